#!/bin/sh
# Runs one program of unit tests, for tests/run.sh, which runs several at a time: each of their
# slots has servers of its own. What the program has to say is shown in one piece, at its end.
#
#   unit.sh PROGRAM [WRAPPER...]
#
# A program writes its results as XML; one that leaves none has crashed. From the environment:
# SKEIN_TEST_SERVERS and SKEIN_TEST_SLOT (the servers), SKEIN_TEST_TALLY (where the counts go),
# SKEIN_TEST_AGAIN (not empty: the tests have run before, without the wrapper) and SKEIN_TEST_SEEN
# (where the first results are kept for the table of faults).
set -eu

program=$1
shift
name=${program##*/}
python=/usr/bin/python3
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d /tmp/skein-unit.XXXXXX)
trap 'rm -rf "$work"' EXIT
mkdir "$work/results"
# shellcheck disable=SC1090
. "$SKEIN_TEST_SERVERS/gw$SKEIN_TEST_SLOT/env"

status=0
CMOCKA_MESSAGE_OUTPUT=xml CMOCKA_XML_FILE="$work/results/%g.xml" \
    timeout --kill-after=10 240 "$@" "$program" >"$work/out" 2>&1 </dev/null || status=$?
# shellcheck disable=SC2086
$python "$root/tests/lib/tally.py" "$SKEIN_TEST_TALLY" "$name" "$work/results" $SKEIN_TEST_AGAIN >"$work/counted" ||
    status=1 # results cut short
{
    if grep -q '^skipped:' "$work/counted"; then
        cat "$work/out"
    fi
    cat "$work/counted"
    if [ "$status" -ne 0 ] && ! grep -q '^failed:' "$work/counted"; then
        tail -n 40 "$work/out"
        echo "failed: $name ended with status $status"
        echo 0 1 0 >>"$SKEIN_TEST_TALLY"
    fi
} >"$work/said"
cat "$work/said"
[ -n "$SKEIN_TEST_AGAIN" ] || for file in "$work"/results/*.xml; do
    [ ! -e "$file" ] || cp "$file" "$SKEIN_TEST_SEEN/$name-${file##*/}"
done

#!/bin/sh
# What the built files show to the outside: the program nothing, a driver its one entry. And inside the
# core, what has external linkage is used by another file (else it is a static that forgot the word).
#
#   visible.sh BUILD
set -eu
build=$1
failed=0

complain() {
    echo "visible: $*"
    failed=1
}

# The start-up code of the C library shows some names in every program.
empty=$(mktemp)
trap 'rm -f "$empty"' EXIT
echo 'int main(void) { return 0; }' | cc -fvisibility=hidden -x c -o "$empty" -
names() {
    nm -g --defined-only "$1" | awk '{ print $3 }' | sort -u
}
names "$empty" >"$empty.names"
shown=$(names "$build/skein" | comm -23 - "$empty.names" | grep -v '^main$' || :)
rm -f "$empty.names"
[ -z "$shown" ] || complain "the program shows $shown"

for driver in "$build"/skein_*.so; do
    shown=$(nm -D --defined-only "$driver" | awk '{ print $3 }')
    [ "$shown" = skein_driver_1 ] || complain "$driver shows $shown"
done

# Names one object defines and no other object of the program or its tests asks for.
nm -A "$build"/libskein-core.a.p/*.o "$build"/skein.p/*.o "$build"/tests/*.p/*.o | awk '
    { object = $1; sub(/:.*/, "", object); kind = $(NF - 1); name = $NF }
    kind == "U" { wanted[name] = 1 }
    kind ~ /^[TDBR]$/ && name != "main" && object !~ /\/tests\// { defined[name] = object }
    END {
        for (name in defined)
            if (!(name in wanted)) {
                print "visible: " name " of " defined[name] " is used by no other file: make it static"
                bad = 1
            }
        exit bad
    }' || failed=1
exit $failed

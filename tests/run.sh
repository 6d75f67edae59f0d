#!/bin/sh
# Builds skein and runs its tests, as root or as anybody. From a fresh clone:
#
#   sh tests/run.sh          everything but the benchmarks (the default, all-but-bench)
#   sh tests/run.sh unit     the unit tests and the checks of the source, under a minute
#   sh tests/run.sh e2e      the real program on real servers
#   sh tests/run.sh faults   the fault suite in its long form, some hours, and the table of faults
#   sh tests/run.sh bench    the benchmarks, which write docs/performance.md
#   sh tests/run.sh coverage which branches of the core the tests take, by folder
#   sh tests/run.sh fuzz [SECONDS]
#                            each fuzz target for so long (60); their corpora are unit tests as well
#
# The last line says what came of it; the exit code is 0 only when nothing failed. Where CI is set,
# a skip counts as a failure, so that nothing is left out unseen. SKEIN_BUILD names another build
# folder than build/.
set -eu

packages='gcc g++ meson ninja-build pkg-config
    libconfig-dev libjansson-dev uthash-dev libsodium-dev liburiparser-dev
    libsqlite3-dev libpq-dev libmariadb-dev libcmocka-dev
    openssl sqlite3 postgresql pgbouncer mariadb-server
    python3 python3-pytest python3-pytest-xdist alembic python3-psycopg2 python3-mysqldb
    clang clang-format valgrind strace abigail-tools man-db'

what=${1:-all-but-bench}
case $what in
unit | e2e | faults | bench | coverage | fuzz | all-but-bench) ;;
*)
    echo "usage: sh tests/run.sh [unit|e2e|faults|bench|coverage|fuzz|all-but-bench]" >&2
    exit 2
    ;;
esac

root=$(cd "$(dirname "$0")/.." && pwd)
build=${SKEIN_BUILD:-$root/build}
jobs=$(nproc)            # tests at a time, each with servers of its own
[ "$jobs" -le 4 ] || jobs=4
python=/usr/bin/python3 # Debian's, which Debian's pytest and client libraries belong to
work=$(mktemp -d /tmp/skein-tests.XXXXXX)
chmod 0755 "$work" # the servers' users pass through it
export PYTHONDONTWRITEBYTECODE=1
tally=$work/tally
: >"$tally"
mkdir "$work/seen" # results that the table of faults is made of

# The one place that ends a run: stops the servers and says the closing line last of all.
finish() {
    status=$?
    trap - EXIT INT TERM HUP
    for servers in "$work"/servers/*; do
        sh "$root/tests/lib/servers.sh" stop "$servers" || :
    done
    if [ "$status" -ne 0 ]; then
        echo 0 1 0 >>"$tally"
    fi
    counts=$(awk '{ p += $1; f += $2; s += $3 } END { print p + 0, f + 0, s + 0 }' "$tally")
    rm -rf "$work"
    # shellcheck disable=SC2086
    set -- $counts
    passed=$1 failed=$2 skipped=$3
    if [ "${CI:-}" = true ] && [ "$skipped" -gt 0 ]; then
        echo "CI is set: $skipped skipped tests count as failed"
        failed=$((failed + skipped)) skipped=0
    fi
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ] || exit 1
    exit 0
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

title() {
    echo "== $*"
}

# Runs one command as one test. Its output is shown when it fails.
check() { # NAME COMMAND...
    name=$1
    shift
    if "$@" >"$work/out" 2>&1; then
        echo "passed: $name"
        grep -E '^[a-z]+: warning: ' "$work/out" || :
        echo 1 0 0 >>"$tally"
    else
        tail -n 60 "$work/out"
        echo "failed: $name"
        echo 0 1 0 >>"$tally"
        return 1
    fi
}

compile() { # FOLDER OPTION...
    folder=$1
    shift
    mode=
    [ ! -e "$folder/build.ninja" ] || mode=--reconfigure
    # shellcheck disable=SC2086
    meson setup $mode "$folder" "$root" -Dwerror=true -Dtests=enabled "$@" && ninja -C "$folder"
}

built() { # LABEL FOLDER OPTION...: whether there is anything to test
    label=$1
    shift
    title "build: $label"
    check "it builds ($label)" compile "$@"
}

# Two servers for each test that runs at a time, for some tests stop and restart theirs. A worker of
# pytest finds its own by its name, which is gw0, gw1 and so on.
serve() {
    export SKEIN_TEST_SERVERS="$work/servers"
    if [ ! -e "$work/servers" ]; then
        seq 0 $((jobs - 1)) |
            xargs -P "$jobs" -I '{}' sh "$root/tests/lib/servers.sh" start "$work/servers/gw{}"
    fi
    # shellcheck disable=SC1091
    . "$work/servers/gw0/env"
}

use() { # FOLDER
    export SKEIN_PROGRAM="$1/skein" SKEIN_DRIVER_DIR="$1" SKEIN_SOURCE_ROOT="$root"
}

unit() { # LABEL AGAIN FOLDER PATTERN [WRAPPER...]
    label=$1 again=$2 folder=$3 pattern=$4
    shift 4
    title "unit tests: $label"
    use "$folder"
    export SKEIN_TEST_TALLY="$tally" SKEIN_TEST_AGAIN="$again" SKEIN_TEST_SEEN="$work/seen"
    find "$folder/tests" -maxdepth 1 -name 'test_*' -type f -perm -u+x | sort | grep -E "/$pattern" |
        xargs -P "$jobs" --process-slot-var=SKEIN_TEST_SLOT -I '{}' \
            sh "$root/tests/lib/unit.sh" '{}' "$@"
}

pytests() { # SUITE LABEL FOLDER PYTEST-ARGUMENT...
    suite=$1 label=$2 folder=$3
    shift 3
    use "$folder"
    status=0
    rm -rf "$work/results"
    $python -m pytest -q -p no:cacheprovider --numprocesses "$jobs" --dist "$split" \
        --junitxml="$work/results/$suite.xml" "$root/tests/$suite" "$@" </dev/null || status=$?
    $python "$root/tests/lib/tally.py" "$tally" "$label" "$work/results" | grep -A 1 '^skipped:' || :
    # pytest: 0 all passed, 1 some failed; anything else is a fault of its own.
    [ "$status" -le 1 ] || echo 0 1 0 >>"$tally"
}

# Results of the plain build are where the table of faults finds its rows.
keep() { # NAME
    for file in "$work"/results/*.xml; do
        [ ! -e "$file" ] || cp "$file" "$work/seen/$1-${file##*/}"
    done
}

e2e() { # LABEL FOLDER PYTEST-ARGUMENT...
    title "end to end: $1"
    split=load
    pytests e2e "$@"
}

faults() { # FOLDER PYTEST-ARGUMENT...
    title 'faults'
    split=loadfile # tests of one file play on the same stands
    pytests faults faults "$@"
    keep faults
}

faults_table() {
    title 'the table of faults'
    $python "$root/tests/faults/table.py" "$tally" "$work/seen"
}

source_checks() {
    title 'checks of the source'
    check 'the arrows between folders hold' $python "$root/tests/check/arrows.py" || :
    check 'names of a folder are told apart' $python "$root/tests/check/names.py" || :
    check 'the code looks alike' sh "$root/tests/check/style.sh" || :
}

# What the ABI's own check says, a line a test.
abi() { # FOLDER
    title 'the driver ABI'
    sh "$root/tests/abi/check.sh" "$1" >"$work/out" 2>&1 || :
    grep -v '^ok ' "$work/out" || :
    awk '/^ok /{ p++ } /^FAILED /{ f++ } /^skipped /{ s++ } END { print p + 0, f + (NR == 0), s + 0 }' \
        "$work/out" >>"$tally"
}

# One target for so many seconds. What breaks it stays in BUILD/crashes; it belongs into the corpus.
fuzz_one() { # PROGRAM SECONDS
    mkdir -p "$build-fuzz/crashes" "$build-fuzz/corpus/${1##*/fuzz_}"
    timeout --kill-after=10 $(($2 + 300)) "$1" -max_total_time="$2" -timeout=20 -rss_limit_mb=2500 \
        -max_len=4096 -artifact_prefix="$build-fuzz/crashes/${1##*/}-" -verbosity=0 \
        "$build-fuzz/corpus/${1##*/fuzz_}" "$root/tests/fuzz/corpus/${1##*/fuzz_}"
}

fuzz() { # SECONDS
    if CC=clang built 'clang with a fuzzer' "$build-fuzz" -Dfuzz=enabled -Doptimization=1; then
        title 'fuzzing'
        use "$build-fuzz"
        export UBSAN_OPTIONS=print_stacktrace=1
        for program in "$build-fuzz"/tests/fuzz_*; do
            [ -f "$program" ] || continue
            check "nothing breaks ${program##*/} within $1 s" fuzz_one "$program" "$1" || :
        done
    fi
}

# Unit tests and e2e on a build that counts. What a worker that is killed would have counted is
# lost. Left out: branches inside the macros of uthash and jansson, which are those libraries'.
coverage() {
    if built coverage "$build-coverage" -Db_coverage=true -Doptimization=0; then
        find "$build-coverage" -name '*.gcda' -delete
        serve
        unit coverage again "$build-coverage" .
        e2e coverage "$build-coverage"
        title 'branches of the core'
        check 'at least 90 % of the branches of core/ are taken' $python tests/lib/coverage.py "$build-coverage" || :
        cat "$work/out"
    fi
}

all() {
    if built gcc "$build"; then
        serve
        check 'only what must be is visible' sh "$root/tests/check/visible.sh" "$build" || :
        check 'built files are hardened' sh "$root/tests/check/hardened.sh" "$build" || :
        check 'what is not static is used' sh "$root/tests/check/linkage.sh" "$build" || :
        abi "$build"
        unit gcc '' "$build" .
        e2e gcc "$build"
        keep e2e
        faults "$build"
        faults_table
        # valgrind: everything that starts no further process of ours and needs no second look at time.
        # It makes everything many times slower: some of the random pairs will do.
        export SKEIN_TEST_PAIRS=40
        unit valgrind again "$build" 'test_(base|config|history|plan|work|plugins)_' valgrind --quiet --error-exitcode=99 \
            --leak-check=full --errors-for-leak-kinds=definite
        unset SKEIN_TEST_PAIRS
    fi
    if CC=clang built clang "$build-clang"; then
        check 'built files are hardened (clang)' sh "$root/tests/check/hardened.sh" "$build-clang" || :
        unit clang again "$build-clang" .
    fi
    if built 'gcc with sanitizers' "$build-asan" -Db_sanitize=address,undefined -Doptimization=1; then
        export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
        unit sanitizers again "$build-asan" .
        e2e sanitizers "$build-asan" -m smoke
    fi
    if built 'one unit' "$build-unity" -Dunity=on; then
        check 'only what must be is visible in a unity build' sh "$root/tests/check/visible.sh" "$build-unity" || :
    fi
}

cd "$root"
# shellcheck disable=SC2086
sh configs/packages.sh $packages
# Durability is not what these tests are about; the benchmarks are, and run stock servers.
[ "$what" = bench ] || export SKEIN_TEST_FSYNC=off
case $what in
unit)
    source_checks
    if built gcc "$build"; then
        serve
        check 'built files are hardened' sh "$root/tests/check/hardened.sh" "$build" || :
        abi "$build"
        unit gcc '' "$build" .
    fi
    ;;
e2e)
    if built gcc "$build"; then
        serve
        e2e gcc "$build"
    fi
    ;;
faults)
    if built gcc "$build"; then
        serve
        unit gcc '' "$build" .
        e2e gcc "$build"
        keep e2e
        faults "$build" --long
        faults_table
    fi
    ;;
bench)
    if built release "$build-release" -Ddebug=false; then
        serve
        use "$build-release"
        title benchmarks
        $python tests/bench/bench.py --tally "$tally"
    fi
    ;;
coverage)
    # shellcheck disable=SC2086
    sh configs/packages.sh gcovr
    coverage
    ;;
fuzz)
    fuzz "${2:-60}"
    ;;
all-but-bench)
    source_checks
    all
    ;;
esac

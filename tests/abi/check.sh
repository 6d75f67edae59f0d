#!/bin/sh
# Holds the driver ABI: what a version promised once, the header of today must still keep.
# Usage: check.sh [FOLDER WITH BUILT DRIVERS]. Prints one line a check; exits 1 if one fails.
set -u

root=$(cd "$(dirname "$0")/../.." && pwd)
drivers=${1:-${SKEIN_DRIVER_DIR:-}}
cc=${CC:-cc}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

pass() { echo "ok      $1"; }
skip() { echo "skipped $1"; }
fail() {
    echo "FAILED  $1"
    failed=1
}

# check NAME COMMAND...: the command's output is shown only if it fails.
check() {
    name=$1
    shift
    if "$@" >"$work/log" 2>&1; then pass "$name"; else
        fail "$name"
        cat "$work/log"
    fi
}

# ---- every public header compiles alone, as C and as C++ ----
for header in driver.h driver-util.h schema.h; do
    printf '#include <skein/%s>\nint main(void) { return 0; }\n' $header >"$work/alone.c"
    cp "$work/alone.c" "$work/alone.cc"
    for compiler in gcc clang; do
        command -v $compiler >/dev/null || { skip "$header alone with $compiler: not installed"; continue; }
        check "$header alone as C11 with $compiler" $compiler -std=c11 -Wall -Wextra -pedantic -Werror \
            -I"$root/include" -c "$work/alone.c" -o "$work/alone.o"
    done
    for compiler in g++ clang++; do
        command -v $compiler >/dev/null || { skip "$header alone with $compiler: not installed"; continue; }
        check "$header alone as C++11 with $compiler" $compiler -std=c++11 -Wall -Wextra -pedantic \
            -Werror -I"$root/include" -c "$work/alone.cc" -o "$work/alone.o"
    done
done

# ---- layout: every line of every version is still there ----
check "layout.c compiles" $cc -std=c11 -I"$root/include" "$root/tests/abi/layout.c" -o "$work/layout"
"$work/layout" >"$work/today" 2>/dev/null
if [ "$($cc -dM -E - </dev/null | grep -c __LP64__)" = 0 ]; then
    skip "layouts of earlier versions: they were taken with 64 bit pointers"
else
    for golden in "$root"/tests/abi/skein-1.*.layout; do
        version=$(basename "$golden" .layout)
        [ -s "$golden" ] || fail "$version: no layout on record"
        if grep -Fxv -f "$work/today" "$golden" >"$work/gone"; then
            fail "$version: these are not as they were"
            cat "$work/gone"
        else
            pass "$version: all $(wc -l <"$golden") facts still hold"
        fi
    done
    # What is new belongs to a new minor, whose layout is committed with it.
    minor=$(printf '#include <skein/driver.h>\nminor SKN_ABI_MINOR\n' |
        $cc -I"$root/include" -E - | sed -n 's/^minor //p')
    check "the header is skein-1.$minor as recorded" \
        diff "$root/tests/abi/skein-1.$minor.layout" "$work/today"
fi

# Every field and enumerator of the header is printed by layout.c.
$cc -I"$root/include" -E -P "$root/include/skein/driver.h" |
    tr -s ' \t\n' ' ' | grep -o 'enum skn_[a-z_]* {[^}]*}' |
    grep -o 'SKN_[A-Z0-9_]*' | sort -u >"$work/named"
sed -n 's/^value \(SKN_[A-Z0-9_]*\) .*/\1/p' "$work/today" | sort -u >"$work/printed"
check "layout.c names every enumerator" sh -c 'test -s "$1" && test -z "$(comm -23 "$1" "$2")"' sh \
    "$work/named" "$work/printed"

# ---- a driver and a host of each version, with the other side of today ----
strict="-std=c11 -Wall -Wextra -Werror -Werror=incompatible-pointer-types"
samples=
for old in "$root"/tests/abi/v1_*; do
    version=$(basename "$old")
    check "$version: its driver compiles with its own header" \
        $cc $strict -shared -fPIC -I"$old" "$old/sample.c" -o "$work/$version-own.so"
    check "$version: its driver compiles with the header of today" \
        $cc $strict -shared -fPIC -I"$root/include" "$old/sample.c" -o "$work/$version-today.so"
    check "$version: its host compiles with its own header" \
        $cc $strict -I"$old" "$old/host.c" -o "$work/$version-host" -ldl
    check "$version: its host compiles with the header of today" \
        $cc $strict -I"$root/include" "$old/host.c" -o "$work/$version-host-today" -ldl
    samples="$samples $work/$version-own.so $work/$version-today.so"
done
for old in "$root"/tests/abi/v1_*; do
    version=$(basename "$old")
    check "$version: its host loads the drivers of all versions" "$work/$version-host" $samples
    if [ -z "$drivers" ]; then
        skip "$version: its host loads the drivers of today: no folder given"
        continue
    fi
    for driver in "$drivers"/skein_*.so; do
        [ -e "$driver" ] || { skip "$version: no drivers in $drivers"; continue; }
        # A driver built with a sanitizer needs a host that is, too.
        if nm -D --undefined-only "$driver" 2>/dev/null | grep -q -E '__(a|ub)san_'; then
            skip "$version: $(basename "$driver") is built with a sanitizer"
        else
            check "$version: its host loads $(basename "$driver")" "$work/$version-host" "$driver"
        fi
    done
done

# ---- signatures as a tool sees them. Only while the minor is the first: an appended slot is a change
# to abidiff, and the layouts and samples above, which every minor adds to, say more ----
if [ "${minor:-0}" = 0 ]; then
    for side in v1_0 today; do
        [ $side = v1_0 ] && include="$root/tests/abi/v1_0" || include="$root/include"
        $cc -std=c11 -g -O0 -shared -fPIC -I"$include" "$root/tests/abi/v1_0/sample.c" \
            -o "$work/$side.so" 2>/dev/null
    done
    check "abidiff of the frozen and the present header" \
        abidiff --no-show-locs "$work/v1_0.so" "$work/today.so"
fi

exit $failed

#!/bin/sh
# What built files must have against exploits, read from the files themselves: full RELRO, position
# independence, no executable stack, no segment both writable and executable, no search path for
# libraries, no relocations in code, stack protection and checked calls of the C library.
#
#   hardened.sh BUILD
set -eu
failed=0
export LC_ALL=C

complain() { # FILE WHAT
    echo "hardened: $1: $2"
    failed=1
}

has() { # FILE WHAT OPTION PATTERN: readelf's answer must have a line with the pattern
    readelf -W "$3" "$1" 2>/dev/null | grep -Eq "$4" || complain "$1" "$2"
}

lacks() { # FILE WHAT OPTION PATTERN
    if readelf -W "$3" "$1" 2>/dev/null | grep -Eq "$4"; then
        complain "$1" "$2"
    fi
}

for file in "$1/skein" "$1"/skein_*.so; do
    [ -f "$file" ] || complain "$file" 'is not there'
    has "$file" 'not position independent' -h 'Type: +DYN'
    has "$file" 'no RELRO' -l 'GNU_RELRO'
    has "$file" 'bound lazily' -d '\(FLAGS_1\).*NOW'
    has "$file" 'no mark for the stack' -l 'GNU_STACK'
    lacks "$file" 'the stack is executable' -l 'GNU_STACK.* RWE '
    lacks "$file" 'writable and executable at once' -l 'LOAD.* RWE '
    lacks "$file" 'data and code in one segment' -l 'LOAD +0x0+ .* R E '
    lacks "$file" 'RPATH or RUNPATH' -d '\((RPATH|RUNPATH)\)'
    lacks "$file" 'relocations in code' -d 'TEXTREL'
    has "$file" 'no stack protector' --dyn-syms '__stack_chk_fail'
    # The names of checked calls depend on what a file calls; each file calls some.
    has "$file" 'no _FORTIFY_SOURCE' --dyn-syms '__[a-z]+_chk(@|$)'
done
has "$1/skein" 'no PIE' -d '\(FLAGS_1\).*PIE'
exit $failed

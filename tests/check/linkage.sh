#!/bin/sh
# What has external linkage in the core is asked for by another file, or it is a static that forgot
# the word. What stands in another function's place (__wrap_) the linker asks for. Wants a build that
# compiles each file on its own.
#
#   linkage.sh BUILD
set -eu

nm -A "$1"/libskein-core.a.p/*.o "$1"/skein.p/*.o "$1"/tests/*.p/*.o | awk '
    { object = $1; sub(/:.*/, "", object); kind = $(NF - 1); name = $NF }
    kind == "U" { wanted[name] = 1 }
    kind ~ /^[TDBR]$/ && name != "main" && name !~ /^__wrap_/ && object !~ /\/tests\// { defined[name] = object }
    END {
        for (name in defined)
            if (!(name in wanted)) {
                sub(/.*\//, "", defined[name])
                print "linkage: no other file than " defined[name] " asks for " name
                unused = 1
            }
        exit unused
    }'

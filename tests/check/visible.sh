#!/bin/sh
# What built files show to the outside: the program nothing, a driver its one entry.
#
#   visible.sh BUILD
set -eu
failed=0

# Names a file exports. Left out: copies of the C library's own data, and marks of the linker.
shows() { # FILE
    nm -D --defined-only "$1" | awk '$3 !~ /@/ { print $3 }' | grep -vxE '__bss_start|_edata|_end' || :
}

shown=$(shows "$1/skein")
if [ -n "$shown" ]; then
    echo "visible: the program shows $shown"
    failed=1
fi
for driver in "$1"/skein_*.so; do
    shown=$(shows "$driver")
    if [ "$shown" != skein_driver_1 ]; then
        echo "visible: $driver shows $shown"
        failed=1
    fi
done
exit $failed

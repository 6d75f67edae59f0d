#!/bin/sh
# The look of the C: clang-format's opinion and calls that nobody makes here. How long functions are
# is reported, not judged.
set -eu
cd "$(dirname "$0")/../.."

files=$(find core plugins include tests -name '*.[ch]' | sort)
failed=0

# shellcheck disable=SC2086
unformatted=$(clang-format --dry-run $files 2>&1 | sed -n 's/^\([^ :]*\):[0-9]*:.*/\1/p' | sort -u)
if [ -n "$unformatted" ]; then
    echo 'style: clang-format would change:' $unformatted
    failed=1
fi

banned='strcpy|strcat|sprintf|vsprintf|gets|strtok|system|popen|alloca|atoi|atol|setjmp|longjmp'
# shellcheck disable=SC2086
if grep -nE "(^|[^A-Za-z0-9_>.\"])($banned) *\\(" $files | grep -vE ':[0-9]+: *(/?\*|//)'; then
    echo 'style: calls that are not made here (see above)'
    failed=1
fi

# shellcheck disable=SC2086
awk '
    FNR == 1 { open = 0 }
    /^\{/ { open = FNR }
    /^\}/ && open {
        n = FNR - open - 1
        print n, FILENAME ":" open
        open = 0
    }' $(echo "$files" | grep -E '^(core|plugins|include)/') /dev/null | sort -n | awk '
    { size[NR] = $1; if ($1 > 60) print "style: warning: " $2 ": a function of " $1 " lines" }
    END { if (NR) print "style: " NR " functions, median " size[int((NR + 1) / 2)] " lines, longest " size[NR] }'

# shellcheck disable=SC2086
wc -l $files | awk '$2 != "total" && $1 > 800 { print "style: warning: " $2 ": " $1 " lines" }'
exit $failed

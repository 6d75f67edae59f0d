#!/bin/sh
# Each public header compiles alone, as pedantic C11 and as C++11, with nothing of skein's but itself.
set -eu
cd "$(dirname "$0")/../.."

failed=0
for header in include/skein/*.h; do
    for language in 'c -std=c11' 'c++ -std=c++11'; do
        # shellcheck disable=SC2086
        if ! echo "#include <skein/${header##*/}>" |
            gcc -I include -Wall -Wextra -Wpedantic -Werror -fsyntax-only -x $language -; then
            echo "headers: $header does not stand alone as $language"
            failed=1
        fi
    done
done
exit $failed

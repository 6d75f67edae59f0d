#!/bin/sh
# From a fresh Debian machine to a migrated fleet: installs what is missing, builds skein, and takes
# three SQLite tenants through an upgrade and back one step. As root or as anybody; run it as often
# as you like.
#
#   sh configs/quickstart.sh [FOLDER]      FOLDER: where the example goes, default ./quickstart-fleet
set -eu

packages='gcc meson ninja-build pkg-config libconfig-dev libjansson-dev uthash-dev libsodium-dev
    liburiparser-dev libsqlite3-dev'

root=$(cd "$(dirname "$0")/.." && pwd)
build=${SKEIN_BUILD:-$root/build}
fleet=${1:-quickstart-fleet}

say() {
    printf '\n== %s\n' "$*"
}

# The program and every driver whose library is there; SQLite's must be.
compile() {
    [ -e "$build/build.ninja" ] || meson setup "$build" "$root" -Dsqlite=enabled -Dtests=disabled
    # shellcheck disable=SC2046
    ninja -C "$build" skein $(ninja -C "$build" -t targets all | sed -n 's/^\(skein_[a-z]*\.so\):.*/\1/p')
}

# Quiet unless it fails.
build_skein() {
    say "building skein in $build"
    log=$(mktemp)
    if ! compile >"$log" 2>&1; then
        tail -n 40 "$log" >&2
        rm -f "$log"
        exit 1
    fi
    rm -f "$log"
}

# Only an empty folder, or one that an earlier quickstart made, is ours to fill.
claim_folder() {
    if [ -n "$(ls -A "$fleet" 2>/dev/null)" ] && [ ! -e "$fleet/.quickstart" ]; then
        echo "$fleet is there already and no quickstart made it; name another folder" >&2
        exit 1
    fi
}

# The example, with a `./skein` in it that knows where the program and its drivers were built.
make_fleet() {
    mkdir -p "$fleet"
    : >"$fleet/.quickstart"
    rm -rf "$fleet/data" "$fleet/migrations"
    cp -R "$root/configs/quickstart/." "$fleet/"
    mkdir "$fleet/data"
    cat >"$fleet/skein" <<WRAPPER
#!/bin/sh
exec '$build/skein' --driver-dir '$build' "\$@"
WRAPPER
    chmod +x "$fleet/skein"
}

show() {
    printf '\n$ ./skein %s\n' "$*"
    ./skein "$@"
}

claim_folder
# shellcheck disable=SC2086
sh "$root/configs/packages.sh" $packages
build_skein
make_fleet
cd "$fleet"
say "three tenants in $(pwd)"
show upgrade head
show status
show downgrade -1 --target shops/acme
show status
show history

cat <<TXT

== Go on from here

  cd $(pwd)
  ./skein upgrade head                    acme catches up
  ./skein revision -m "add a column"      a new file in migrations/: fill in its two sections
  ./skein upgrade head --dry-run -v       what would run, from the databases' real state
  ./skein current --target shops/globex
  ./skein help

  The config is skein.cfg; $root/configs/skein.cfg explains every setting.
TXT

#!/bin/sh
# Private database servers for tests: a PostgreSQL and a MariaDB of their own, in one folder.
#
#   servers.sh start DIR    makes DIR and writes DIR/env (what tests read) and DIR/pids
#   servers.sh stop DIR     stops what DIR/pids names, and removes DIR
#
# Both run with stock settings; SKEIN_TEST_FSYNC=off trades durability for speed. As root they run
# as the users that Debian made for them, for neither server agrees to be root.
set -eu

fail() {
    echo "servers.sh: $*" >&2
    exit 1
}

fail_with() { # LOG WHAT
    tail -n 20 "$1" >&2
    fail "$2"
}

as() { # USER COMMAND...
    user=$1
    shift
    if [ "$(id -u)" -eq 0 ]; then
        # Becomes the command. runuser would wait for it, and stop itself for ever when a test stops
        # the server for a while.
        setpriv --reuid="$user" --regid="$user" --init-groups -- "$@"
    else
        "$@"
    fi
}

owned_folder() { # USER FOLDER
    mkdir -p "$2"
    chmod 0755 "$2"
    if [ "$(id -u)" -eq 0 ]; then
        chown "$1" "$2"
    fi
}

# Below the range that the kernel hands out to clients. Whether it is free only the server's own
# bind can tell, so a server that does not start is tried again on another one.
random_port() {
    echo $(($(od -An -N2 -tu2 /dev/urandom) % 20000 + 10000))
}

start_postgresql() { # DIR
    bin=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
    [ -n "$bin" ] || fail 'no PostgreSQL under /usr/lib/postgresql; install the package postgresql'
    home=$1/postgresql
    owned_folder postgres "$home"
    cd "$home"
    as postgres "$bin/initdb" --pgdata "$home/data" --username postgres --encoding UTF8 --locale C.UTF-8 \
        --auth-local trust --auth-host scram-sha-256 >"$1/initdb.log" 2>&1 ||
        fail_with "$1/initdb.log" 'initdb failed'
    settings="-k $home -c listen_addresses=127.0.0.1 -c max_connections=200 -c max_prepared_transactions=20"
    if [ "${SKEIN_TEST_FSYNC:-on}" = off ]; then
        settings="$settings -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
    fi
    for attempt in 1 2 3 4 5; do
        port=$(random_port)
        if as postgres "$bin/pg_ctl" --pgdata "$home/data" --log "$home/log" --wait --timeout 60 \
            --options "-p $port $settings" start >/dev/null 2>&1; then
            head -n 1 "$home/data/postmaster.pid" >>"$1/pids"
            psql --quiet --no-psqlrc --host "$home" --port "$port" --username postgres --dbname postgres \
                --command "CREATE ROLE skein LOGIN CREATEDB PASSWORD 'skein test'"
            cat >>"$1/env" <<ENV
export SKEIN_TEST_PG_SOCKET=$home
export SKEIN_TEST_PG_PORT=$port
export SKEIN_TEST_PG_USER=postgres
ENV
            return
        fi
    done
    fail_with "$home/log" 'PostgreSQL did not start'
}

start_mariadb() { # DIR
    command -v mariadbd >/dev/null || fail 'no mariadbd; install the package mariadb-server'
    home=$1/mariadb
    owned_folder mysql "$home"
    # A server that starts clears the folder for temporary tables, also of those of other servers.
    owned_folder mysql "$home/tmp"
    cd "$home"
    as mysql mariadb-install-db --no-defaults --datadir="$home/data" --tmpdir="$home/tmp" --skip-test-db \
        --auth-root-authentication-method=normal >"$1/install-db.log" 2>&1 ||
        fail_with "$1/install-db.log" 'mariadb-install-db failed'
    settings=
    if [ "${SKEIN_TEST_FSYNC:-on}" = off ]; then
        settings='--debug-no-sync --innodb-flush-method=nosync --innodb-flush-log-at-trx-commit=0'
    fi
    for attempt in 1 2 3 4 5; do
        port=$(random_port)
        # shellcheck disable=SC2086
        as mysql mariadbd --no-defaults --datadir="$home/data" --socket="$home/socket" --port="$port" \
            --bind-address=127.0.0.1 --pid-file="$home/pid" --tmpdir="$home/tmp" $settings >>"$home/log" 2>&1 &
        if mariadb_ready "$home" $!; then
            cat "$home/pid" >>"$1/pids"
            mariadb --no-defaults --socket="$home/socket" --user=root --execute "
                CREATE USER skein@'127.0.0.1' IDENTIFIED BY 'skein test';
                GRANT ALL ON *.* TO skein@'127.0.0.1'"
            cat >>"$1/env" <<ENV
export SKEIN_TEST_MYSQL_SOCKET=$home/socket
export SKEIN_TEST_MYSQL_PORT=$port
export SKEIN_TEST_MYSQL_USER=root
ENV
            return
        fi
    done
    fail_with "$home/log" 'MariaDB did not start'
}

mariadb_ready() { # HOME PID: true once it answers, false when it died or a minute has passed
    deadline=$(($(date +%s) + 60))
    while kill -0 "$2" 2>/dev/null && [ "$(date +%s)" -lt "$deadline" ]; do
        if mariadb-admin --no-defaults --socket="$1/socket" --user=root --silent ping >/dev/null 2>&1; then
            return 0
        fi
        sleep 0.1
    done
    return 1
}

start() { # DIR
    mkdir -p "$1"
    chmod 0755 "$1"
    dir=$(cd "$1" && pwd)
    [ ! -e "$dir/pids" ] || fail "$dir is in use"
    # A unix socket's whole path has 108 bytes.
    [ ${#dir} -lt 70 ] || fail "$dir is too long a path for a socket"
    : >"$dir/env"
    : >"$dir/pids"
    trap 'stop "$dir"' EXIT
    start_postgresql "$dir"
    start_mariadb "$dir"
    echo 'export SKEIN_TEST_PASSWORD="skein test"' >>"$dir/env"
    trap - EXIT
}

# One that has ended, and that nobody has asked for yet, runs no more.
runs() { # PID
    case $(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) in
    '' | Z*) return 1 ;;
    esac
}

stop() { # DIR
    [ -d "$1" ] || return 0
    cd /
    deadline=$(($(date +%s) + 60))
    for pid in $(cat "$1/pids" 2>/dev/null); do
        # To both servers SIGQUIT means: now, without waiting for clients.
        kill -QUIT "$pid" 2>/dev/null || continue
        while runs "$pid"; do
            if [ "$(date +%s)" -ge "$deadline" ]; then
                kill -KILL "$pid" 2>/dev/null || :
            fi
            sleep 0.1
        done
    done
    rm -rf "$1"
}

[ $# -eq 2 ] || fail 'usage: servers.sh start|stop DIR'
case $1 in
start) start "$2" ;;
stop) stop "$2" ;;
*) fail "unknown command $1" ;;
esac

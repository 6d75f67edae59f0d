"""Servers of this suite's own, with stock settings for durability: they may be killed, started
again, frozen, and set up as nobody would."""

import contextlib
import os
import pathlib
import shlex
import signal
import subprocess
import tempfile
import time

import lib

SCRIPT = lib.ROOT / "tests" / "lib" / "servers.sh"


def children_of(pid):
    """A process and those below it."""
    found = [pid]
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent == pid:
            found.append(int(path.parent.name))
    return found


class Servers:
    """Both servers, as servers.sh makes them."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="skein-faults."))
        self.folder.chmod(0o755)  # the servers' users pass through it
        # Its shell stays with the server, and would keep a pipe open.
        subprocess.run(["sh", SCRIPT, "start", self.folder], check=True, timeout=300,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       env={**os.environ, "SKEIN_TEST_FSYNC": "on"})
        self.env = dict(shlex.split(line)[1].split("=", 1)
                        for line in (self.folder / "env").read_text().splitlines())
        self.postgresql = Postgresql(self)
        self.mysql = Mysql(self)

    def finish(self):
        pids = [str(server.pid()) for server in (self.postgresql, self.mysql)]
        (self.folder / "pids").write_text("\n".join(pids) + "\n")
        lib.run(["sh", SCRIPT, "stop", self.folder])


def as_user(user, command):
    """Becomes the command: runuser would stop itself together with a child that is stopped."""
    become = f"/usr/bin/setpriv --reuid={user} --regid={user} --init-groups --"
    return f"{become} {command}" if os.geteuid() == 0 else command


class Server:
    def processes(self):
        return children_of(self.pid())

    def tell(self, pids, number):
        """One that has ended since it was listed needs no telling."""
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def freeze(self):
        self.tell(self.processes(), signal.SIGSTOP)

    def thaw(self):
        self.tell(reversed(self.processes()), signal.SIGCONT)

    def up(self, client):
        """Waits until it answers."""
        deadline = time.monotonic() + 60
        while True:
            try:
                return client()
            except AssertionError:
                assert time.monotonic() < deadline, "the server does not come back"
                time.sleep(0.1)


class Postgresql(Server):
    """Commands are for sh; each ends with the server up again, or what it does done."""

    def __init__(self, servers):
        env = servers.env
        self.home = pathlib.Path(env["SKEIN_TEST_PG_SOCKET"])
        self.kind = type("PrivatePostgresql", (lib.Postgresql,), {
            "socket": str(self.home), "port": env["SKEIN_TEST_PG_PORT"],
            "user": env["SKEIN_TEST_PG_USER"]})
        control = f"{self.kind.programs}/pg_ctl -D {self.home}/data -l {self.home}/log -w -t 60"
        restart = f"cd / && {as_user('postgres', control)} -m {{}} restart >/dev/null 2>&1"
        options = f'"$(cut -d" " -f2- {self.home}/data/postmaster.opts | tr -d \'\\"\')"'
        start = f"cd / && {as_user('postgres', control)} -o {options} start >/dev/null 2>&1"
        psql = " ".join(self.kind.program(self.kind, "psql", "-XAtq", "-d", "postgres", "-c"))
        others = ("FROM pg_stat_activity WHERE backend_type = 'client backend' AND "
                  "application_name LIKE 'skein%'")
        self.deaths = {
            "fast": restart.format("fast"),
            "immediate": restart.format("immediate"),
            # Where nobody buries the dead, their lock file would be believed.
            "sigkill": f"kill -9 $(head -n 1 {self.home}/data/postmaster.pid); sleep 0.5; "
                       f"rm {self.home}/data/postmaster.pid; "
                       f"for try in 1 2 3 4 5 6 7 8 9; do {{ {start}; }} && break; sleep 1; done",
            "backend": f"""kill -9 $({psql} "SELECT pid {others}") || :; sleep 0.5""",
            "terminate": f'{psql} "SELECT pg_terminate_backend(pid) {others}" >/dev/null',
            "cancel": f'{psql} "SELECT pg_cancel_backend(pid) {others}" >/dev/null'}

    def pid(self):
        return int((self.home / "data" / "postmaster.pid").read_text().split()[0])


class Mysql(Server):
    def __init__(self, servers):
        env = servers.env
        self.home = pathlib.Path(env["SKEIN_TEST_MYSQL_SOCKET"]).parent
        self.kind = type("PrivateMysql", (lib.Mysql,), {
            "socket": env["SKEIN_TEST_MYSQL_SOCKET"], "user": env["SKEIN_TEST_MYSQL_USER"]})
        argv = pathlib.Path(f"/proc/{self.pid()}/cmdline").read_text().split("\0")
        command = shlex.join(["/usr/sbin/mariadbd", *(word for word in argv[1:] if word)])
        # skein's own TMPDIR is not for the server's user.
        start = (f"cd / && unset TMPDIR && {{ setsid {as_user('mysql', command)} >>{self.home}/log 2>&1 "
                 "</dev/null & }; ")
        client = shlex.join(self.kind.program(self.kind, "mariadb", "-BNe"))
        await_up = (f"try=0; until {client} 'SELECT 1' >/dev/null 2>&1 || [ $try = 300 ]; "
                    "do try=$((try + 1)); sleep 0.1; done")
        gone = f"while kill -0 $old 2>/dev/null; do sleep 0.05; done; {start} {await_up}"
        kill = (f"{client} \"SELECT concat('KILL {{}}', id, ';') FROM "
                "information_schema.processlist WHERE user = 'faults'\" | "
                + shlex.join(self.kind.program(self.kind, "mariadb", "--force"))
                + " >/dev/null 2>&1 || :")
        admin = shlex.join(self.kind.program(self.kind, "mariadb-admin"))
        self.deaths = {
            "sigkill": f"old=$(cat {self.home}/pid); kill -9 $old; {gone}",
            "restart": f"old=$(cat {self.home}/pid); {admin} shutdown; {gone}",
            "connection": kill.format(""),
            "query": kill.format("QUERY ")}

    def pid(self):
        return int((self.home / "pid").read_text())

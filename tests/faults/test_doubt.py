"""Seven statements, none of which can be run twice, and a SIGKILL at a random moment: to the whole
run, to its worker, to the server. What is left is a state that the fault-free twin has, and the
same command again makes the rest. Nobody is asked. SKEIN_KILL_ROUNDS says how many rounds."""

import os
import pathlib
import random
import signal
import subprocess
import time

import pytest

import lib
import look
import scene as scenes
from scene import Revision, Scene

ROUNDS = int(os.environ.get("SKEIN_KILL_ROUNDS", "0"))

MARIADB = (Revision("r1", (
    "CREATE TABLE a (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)",
    "INSERT INTO a SELECT seq, seq FROM seq_1_to_300",
    "ALTER TABLE a ADD COLUMN m INTEGER NOT NULL DEFAULT 7",
    "CREATE TABLE b (n INTEGER NOT NULL)",
    "CREATE INDEX a_n ON a (n)",
    "UPDATE a SET n = n + 1000",
    "ALTER TABLE a MODIFY m BIGINT NOT NULL, ALGORITHM=COPY")),)

CONCURRENTLY = (Revision("r1", (
    "CREATE TABLE a (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)",
    "INSERT INTO a SELECT i, i FROM generate_series(1, 300) i",
    "CREATE INDEX CONCURRENTLY a_n ON a (n)",
    "ALTER TABLE a ADD COLUMN m INTEGER NOT NULL DEFAULT 7",
    "CREATE UNIQUE INDEX CONCURRENTLY a_u ON a (n, m)",
    "UPDATE a SET n = n + 1000",
    "DROP INDEX CONCURRENTLY a_n"), off=True),)

TRANSACTION = (Revision("r1", (
    "CREATE TABLE a (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)",
    "INSERT INTO a SELECT i, i FROM generate_series(1, 300) i",
    "CREATE INDEX a_n ON a (n)",
    "ALTER TABLE a ADD COLUMN m INTEGER NOT NULL DEFAULT 7",
    "CREATE TABLE b (n INTEGER NOT NULL)",
    "UPDATE a SET n = n + 1000",
    "CREATE UNIQUE INDEX a_u ON a (n, m)")),)

SQLITE = (
    "CREATE TABLE a (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)",
    "INSERT INTO a WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 300) "
    "SELECT i, i FROM s",
    "CREATE INDEX a_n ON a (n)",
    "ALTER TABLE a ADD COLUMN m INTEGER NOT NULL DEFAULT 7",
    "CREATE TABLE b (n INTEGER NOT NULL)",
    "UPDATE a SET n = n + 1000",
    "CREATE UNIQUE INDEX a_u ON a (n, m)")

SCENES = {scene.name: scene for scene in (
    Scene("mariadb", "mysql", MARIADB, (), True),
    Scene("postgresql", "postgresql", TRANSACTION, scenes.EACH),
    Scene("postgresql-concurrently", "postgresql", CONCURRENTLY, scenes.EACH, True),
    Scene("sqlite", "sqlite", (Revision("r1", SQLITE),), scenes.EACH),
    Scene("sqlite-off", "sqlite", (Revision("r1", SQLITE, off=True),), scenes.EACH, True))}


class Servers:
    """A PostgreSQL and a MariaDB that may be killed: nobody else's, and as durable as they come."""

    def __init__(self, folder):
        self.folder = folder
        environment = {k: v for k, v in os.environ.items() if k != "SKEIN_TEST_FSYNC"}
        self.script = ["sh", str(lib.ROOT / "tests" / "lib" / "servers.sh")]
        with open(f"{folder}.log", "w", encoding="utf-8") as log:
            subprocess.run([*self.script, "start", folder], env=environment, check=True,
                           stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        lines = pathlib.Path(folder, "env").read_text(encoding="utf-8").splitlines()
        self.env = dict(line.removeprefix("export ").split("=", 1) for line in lines)
        self.pid = int(pathlib.Path(folder, "mariadb", "pid").read_text(encoding="utf-8"))
        self.argv = pathlib.Path(f"/proc/{self.pid}/cmdline").read_bytes().decode()
        self.argv = self.argv.rstrip("\0").split("\0")
        self.child = None

    def engines(self):
        return {
            "mysql": type("OwnMysql", (lib.Mysql,), {
                "socket": self.env["SKEIN_TEST_MYSQL_SOCKET"], "missing": None}),
            "postgresql": type("OwnPostgresql", (lib.Postgresql,), {
                "socket": self.env["SKEIN_TEST_PG_SOCKET"], "missing": None,
                "port": self.env["SKEIN_TEST_PG_PORT"]}),
            "sqlite": lib.Sqlite}

    def kill(self, stand):
        if stand.scene.engine == "mysql":
            os.kill(self.pid, signal.SIGKILL)
            return
        # One backend's death restarts all of PostgreSQL.
        try:
            rows = stand.lens.ask("SELECT pid FROM pg_stat_activity WHERE application_name LIKE "
                                  "'skein%' LIMIT 1;")
            for row in rows:
                os.kill(int(row[0]), signal.SIGKILL)
        except (AssertionError, ProcessLookupError):
            return
        if rows:
            self.crash_await(stand)

    @staticmethod
    def crash_await(stand):
        """Until PostgreSQL has seen the death and ended all sessions, the one that looks among
        them; a backend that was on its way out is seen by nobody."""
        deadline = time.monotonic() + 5
        try:
            while time.monotonic() < deadline:
                stand.lens.ask("SELECT 1;")
        except AssertionError:
            pass

    def revive(self, stand):
        """Back again, and asked by a client that knows of no crash. Who was killed takes a moment
        to be gone."""
        deadline = time.monotonic() + 60
        while True:
            if stand.scene.engine == "mysql" and not self.running():
                self.start()
            try:
                stand.lens.ask("SELECT 1;")
                return
            except AssertionError:
                assert time.monotonic() < deadline, "the server does not come back"
                time.sleep(0.05)

    def start(self):
        user = ["setpriv", "--reuid=mysql", "--regid=mysql", "--init-groups", "--"]
        user = user if os.geteuid() == 0 else []
        self.child = subprocess.Popen([*user, *self.argv], stdin=subprocess.DEVNULL,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.pid = self.child.pid

    def running(self):
        try:
            state = pathlib.Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8")
            return state.rpartition(")")[2].split()[0] != "Z"
        except OSError:
            return False

    def stop(self):
        with open(f"{self.folder}/pids", "a", encoding="utf-8") as pids:
            pids.write(f"{self.pid}\n")
        subprocess.run([*self.script, "stop", self.folder], check=False, stdin=subprocess.DEVNULL)
        if self.child:
            self.child.wait(60)


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    if lib.Mysql.missing or lib.Postgresql.missing:
        pytest.skip("no servers")
    folder = tmp_path_factory.mktemp("kill")
    folder.chmod(0o755)
    for above in folder.parents:
        if str(above).startswith("/tmp/"):
            above.chmod(0o755)
    made = Servers(f"/tmp/skein-kill.{os.getpid()}")
    yield made
    made.stop()


@pytest.fixture
def own_stand(servers, tmp_path, monkeypatch):
    made = []

    def make(name):
        monkeypatch.setattr(lib, "ENGINES", servers.engines())
        made.append(scenes.Stand(SCENES[name], tmp_path / name))
        return made[-1]

    yield make
    for stand in made:
        stand.finish()


def worker_of(process):
    children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
    try:
        return [int(pid) for pid in children.read_text(encoding="utf-8").split()]
    except OSError:
        return []


def strike(servers, stand, process, victim):
    if victim == "server":
        servers.kill(stand)
        return
    pids = worker_of(process)
    if victim == "run":
        pids.append(process.pid)
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def length_of_a_run(stand):
    stand.reset()
    began = time.monotonic()
    result = stand.upgrade()
    assert result.code == lib.OK, result
    return time.monotonic() - began


def round_play(servers, stand, figures, chance, whole):
    stand.reset()
    victim = chance.choice(["run", "worker"] + ["server"] * (stand.scene.engine != "sqlite"))
    process = stand.project.start("upgrade", "head", "--format", "json")
    time.sleep(chance.uniform(0, whole))
    struck = process.poll() is None
    if struck:
        strike(servers, stand, process, victim)
    result = stand.project.finish(process)
    if struck:
        figures["kills"] += 1
        figures[f"of the {victim}"] += 1
    servers.revive(stand)
    stand.aftermath(result, figures)


@pytest.mark.parametrize("name", SCENES)
def test_p2_p3_s1_s2_killed_at_a_random_moment_seven_statements_are_each_done_once(
        servers, own_stand, figures, long, name):
    stand = own_stand(name)
    rounds = ROUNDS or (200 if long else 4)
    seed = random.SystemRandom().randrange(1 << 32)
    chance = random.Random(seed)
    whole = length_of_a_run(stand)
    for number in range(10 * rounds):
        # A few rounds may all come too late.
        if number >= rounds and figures["kills"] > 0:
            break
        try:
            round_play(servers, stand, figures, chance, whole)
        except Exception as error:
            raise AssertionError(f"seed {seed}, round {number}: {error}") from error
        figures["rounds"] += 1
    print(f"{name}: {dict(figures)}")
    assert figures["kills"] > 0
    assert not any(count for text, count in figures.items() if "by hand" in text), dict(figures)

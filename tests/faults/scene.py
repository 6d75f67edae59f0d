"""A run that faults are aimed at, on one engine: its revisions, none of which can be applied twice,
the fault-free twin, made by the database's own client statement by statement, and the nine
invariants, checked against that twin."""

import contextlib
import dataclasses
import fcntl
import hashlib
import os
import pathlib
import queue
import time

import lib
import look

CANARY = "c4n4ry-0f-th3-p4ssw0rd"
BYSTANDER = ("CREATE TABLE bystander (n INTEGER NOT NULL, name VARCHAR(20));\n"
             "INSERT INTO bystander VALUES (1, 'one');\nINSERT INTO bystander VALUES (2, 'two');")


@dataclasses.dataclass(frozen=True)
class Revision:
    id: str
    statements: tuple
    off: bool = False  # transaction=off


@dataclasses.dataclass(frozen=True)
class Scene:
    name: str
    engine: str
    revisions: tuple
    settings: tuple = ()  # of the target
    piecewise: bool = False  # the engine cannot roll a revision back
    prepare: str = ""  # what is said to an empty database

    @property
    def head(self):
        return self.revisions[-1].id


TABLES = (
    Revision("r1", ("CREATE TABLE a (n INTEGER NOT NULL)", "INSERT INTO a VALUES (1)")),
    Revision("r2", ("ALTER TABLE a ADD COLUMN m INTEGER", "INSERT INTO a VALUES (2, 2)",
                    "UPDATE a SET n = n + 10")),
    Revision("r3", ("CREATE INDEX a_n ON a (n)", "CREATE TABLE b (n INTEGER NOT NULL)")))

# Five that commit by themselves and two that ride with their count, in two revisions.
PIECES = (
    Revision("r1", ("CREATE TABLE a (n INTEGER NOT NULL)", "INSERT INTO a VALUES (1)",
                    "ALTER TABLE a ADD COLUMN m INTEGER", "UPDATE a SET n = n + 10")),
    Revision("r2", ("CREATE TABLE b (n INTEGER NOT NULL)", "CREATE INDEX a_n ON a (n)",
                    "ALTER TABLE b ADD COLUMN m INTEGER")))

CONCURRENTLY = (
    TABLES[0],
    Revision("r2", ("CREATE INDEX CONCURRENTLY a_n ON a (n)", "INSERT INTO a VALUES (2)",
                    "CREATE UNIQUE INDEX CONCURRENTLY a_u ON a (n)"), off=True),
    Revision("r3", ("DROP INDEX CONCURRENTLY a_n",), off=True))

OFF = (
    TABLES[0],
    Revision("r2", ("CREATE TABLE b (n INTEGER NOT NULL)", "INSERT INTO b VALUES (1)",
                    "ALTER TABLE b ADD COLUMN m INTEGER"), off=True),
    Revision("r3", ("CREATE INDEX b_n ON b (n)",), off=True))

EACH, WHOLE = (("transaction", "revision"),), (("transaction", "target"),)

SCENES = {scene.name: scene for scene in (
    Scene("postgresql", "postgresql", TABLES, EACH),
    Scene("postgresql-whole", "postgresql", TABLES, WHOLE),
    Scene("postgresql-concurrently", "postgresql", CONCURRENTLY, EACH, True),
    Scene("mariadb", "mysql", PIECES, (), True),
    Scene("sqlite", "sqlite", TABLES, EACH),
    Scene("sqlite-whole", "sqlite", TABLES, WHOLE),
    Scene("sqlite-wal", "sqlite", TABLES, EACH, prepare="PRAGMA journal_mode = WAL;"),
    Scene("sqlite-off", "sqlite", OFF, EACH, True))}


def twin_make(scene, lens):
    """states[i][k]: the dump with i revisions and k statements of the next one applied."""
    lens.reset()
    lens.ask(BYSTANDER)
    states = [[lens.look().dump]]
    for revision in scene.revisions:
        for statement in revision.statements:
            lens.ask(f"{statement};")
            states[-1].append(lens.look().dump)
        states.append([states[-1][-1]])
    return states


class Stand:
    """A project folder and a database in which one round is played at a time."""

    def __init__(self, scene, folder, states=None, kind=None):
        """kind: a class of databases in the place of lib's, as for a server of our own."""
        self.scene = scene
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(mode=0o755, parents=True)
        self.project = lib.Project(self.folder / "project")
        self.project.folder.mkdir(mode=0o755)
        (self.folder / "tmp").mkdir()
        self.project.env.update(HOME=str(self.project.folder), TMPDIR=str(self.folder / "tmp"))
        (self.folder / "data").mkdir()
        self.database = (kind or lib.ENGINES[scene.engine])(self.folder / "data")
        self.lens = look.LENSES[scene.engine](self.database)
        self.url = self.database.url
        if scene.engine == "mysql":
            # root has no password there, and a canary must be one.
            self.lens.ask("".join(
                f"CREATE USER IF NOT EXISTS faults@'{host}' IDENTIFIED BY '{CANARY}';"
                f"GRANT ALL ON *.* TO faults@'{host}';" for host in ("localhost", "127.0.0.1")))
            self.url = self.url.replace("//root@", "//faults@")
        for previous, revision in zip((None, *scene.revisions), scene.revisions):
            self.project.revision(
                revision.id, {"transaction=off" if revision.off else "":
                              "".join(f"{s};\n" for s in revision.statements)},
                "", previous.id if previous else "")
        self.configure()
        self.states = states or twin_make(scene, self.lens)

    def configure(self, url=None, **settings):
        target = {"name": "it", "url": url or self.url, **dict(self.scene.settings)}
        if self.scene.engine != "sqlite":
            target["password"] = CANARY
        self.project.config(targets=[{**target, **settings}])
        (self.project.folder / "skein.cfg").chmod(0o600)
        self.files = self.files_read()

    def finish(self):
        self.lens.finish()
        self.database.drop()

    # ---- a round ----

    def reset(self, to=None):
        """An empty database with bystanders in it; to: a revision that skein then goes to."""
        self.lens.reset()
        self.lens.ask(self.scene.prepare + BYSTANDER)
        self.files = self.files_read()
        if to:
            self.project.skein("upgrade", to)

    def files_read(self):
        return {str(path.relative_to(self.folder)): hashlib.sha256(path.read_bytes()).hexdigest()
                for path in self.folder.rglob("*")
                if path.is_file() and path.parent.name not in ("data", "look")}

    def upgrade(self, **options):
        """The command under test, with its report as JSON."""
        return self.project.skein("upgrade", "head", "--format", "json",
                                  **{"code": None, **options})

    def quiet_await(self, patience=20):
        """N6: whoever was left of the run goes by himself, and takes what he held with him."""
        deadline = time.monotonic() + patience
        while True:
            left = look.processes_of(self.project.folder)
            seen = None if left else self.lens.look()
            if not left and not seen.sessions:
                # What the orphan of a run did last may fall in the middle of that look.
                return self.lens.look() if self.scene.piecewise else seen
            assert time.monotonic() < deadline, f"N6: still there: {left or seen.sessions}"
            time.sleep(0.02)

    # ---- the invariants ----

    def applied(self, seen):
        ids = [revision.id for revision in self.scene.revisions]
        assert seen.versions == [] or (len(seen.versions) == 1 and seen.versions[0] in ids), \
            f"N1: version rows {seen.versions}"
        return ids.index(seen.versions[0]) + 1 if seen.versions else 0

    def judge(self, seen, doubt=True):
        """N1, N2, N3, N5 of what a fault left: returns None, or in doubt: "applied" or "not"."""
        count = self.applied(seen)
        states = self.states[count]
        assert seen.prepared == [], f"N6: {seen.prepared}"
        assert [row[0] for row in seen.log] == [r.id for r in self.scene.revisions[:count]], \
            f"N2: log {seen.log}, version {seen.versions}"
        following = self.scene.revisions[count].statements if count < len(self.states) - 1 else ()
        for index in seen.invalid:
            # What a CONCURRENTLY left that did not come to its end; the next run makes it right.
            assert any(f"CONCURRENTLY {index[1]}" in s for s in following), f"N5: {seen.invalid}"
        if seen.step is None:
            assert seen.dump == states[0], f"N1: at {seen.versions}:\n{seen.dump}\n--\n{states[0]}"
            return None
        revision, done, total, intent = seen.step
        assert self.scene.piecewise and count < len(self.scene.revisions), f"N3: {seen.step}"
        expected = self.scene.revisions[count]
        assert (revision, total) == (expected.id, len(expected.statements)), f"N3: {seen.step}"
        if not intent:
            assert seen.dump == states[done], \
                f"N3: {seen.step}:\n{seen.dump}\n--\n{states[done]}"
            return None
        assert doubt and intent == done + 1, f"N3: {seen.step}"
        assert seen.dump in (states[done], states[done + 1]), \
            f"N3: {seen.step}:\n{seen.dump}\n-- neither\n{states[done]}\n-- nor\n{states[intent]}"
        return "applied" if seen.dump == states[intent] else "not"

    def report_check(self, seen, result):
        """N4 of what the run said, and what it must not say."""
        self.text_check(result)
        done = {e["revision"] for e in result.events if e.get("event") == "step"}
        ids = [revision.id for revision in self.scene.revisions[:self.applied(seen)]]
        assert done <= set(ids), f"N4: reported {done}, there are {ids}\n{result}"
        for event in result.events:
            if event.get("event") == "target" and event.get("code") != "uncertain":
                if event["state"] in ("done", "failed"):
                    assert event["to"] == seen.versions, f"N4: {event}, there is {seen.versions}"
        if result.code == lib.OK:
            assert seen.versions == [self.scene.head], f"N4: exit 0 at {seen.versions}\n{result}"
            self.end_check(seen)

    @staticmethod
    def text_check(result):
        assert CANARY not in result.text, f"the password is in: {result}"
        assert not look.RAW.search(result.text), f"raw control bytes in: {result!r}"

    def end_check(self, seen):
        assert seen.dump == self.states[-1][-1], f"N9: {seen.dump}\n--\n{self.states[-1][-1]}"
        assert seen.versions == [self.scene.head] and seen.step is None and not seen.invalid, seen
        assert [row[0] for row in seen.log] == [r.id for r in self.scene.revisions], seen.log
        assert seen.sessions == [] and seen.prepared == [], seen

    def converge(self, doubt=None):
        """N9: the same command again, and nothing by hand. Returns how a doubt was settled."""
        result = self.upgrade()
        self.text_check(result)
        how = "by itself"
        if result.code != lib.OK and doubt and '"uncertain"' in result.out:
            how = "by hand"
            self.project.skein("resolve", "--applied" if doubt == "applied" else "--not-applied",
                               code=None)
            result = self.upgrade()
        assert result.code == lib.OK, f"N9: {result}"
        self.end_check(self.quiet_await())
        self.files_check()
        return how

    def files_check(self):
        """N7: what is skein's to read is as it was, and nothing is left anywhere."""
        assert self.files_read() == self.files, f"N7: {self.files_read()}, was {self.files}"
        data = {path.name for path in (self.folder / "data").iterdir()}
        if data:
            name = pathlib.Path(self.database.url.partition(":")[2]).name
            data -= {name, *self.lock_left(name)}
        assert not data, f"N7: {data}"

    def lock_left(self, name):
        """Beside SQLite's file lies the lock of one who was killed, and nobody has it."""
        path = self.folder / "data" / f"{name}-skein-lock"
        if not self.scene.piecewise or not path.exists():
            return []
        with path.open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return [path.name]

    def aftermath(self, result, figures):
        """Everything that is asked after a fault. figures: what is counted in the table."""
        seen = self.quiet_await()
        doubt = self.judge(seen)
        self.report_check(seen, result)
        how = self.converge(doubt)
        if doubt:
            figures["in doubt"] += 1
            figures[f"{doubt if doubt == 'applied' else 'not applied'}, settled {how}"] += 1
        return seen


class Stands:
    """As many stands of one scene as there are processors, each used by one round at a time."""

    def __init__(self, scene, folder, count=None):
        self.scene = scene
        self.free = queue.Queue()
        self.all = []
        states = None
        for number in range(count or os.cpu_count() or 1):
            stand = Stand(scene, pathlib.Path(folder) / f"{scene.name}{number}", states)
            states = stand.states
            self.all.append(stand)
            self.free.put(stand)

    def finish(self):
        for stand in self.all:
            stand.finish()

    @contextlib.contextmanager
    def one(self):
        stand = self.free.get()
        try:
            yield stand
        finally:
            self.free.put(stand)


def sample(last, most, offset=0):
    """At most so many of the points 1 to last, evenly spread; offset shifts them."""
    stride = -(-last // most)
    return range(1 + offset % stride, last + 1, stride)

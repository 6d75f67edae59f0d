"""What a run has to live on is short: memory, descriptors, processes, room on disk; calls fail or
are interrupted; it is stopped for a while; its surroundings are hostile. It works, or it fails
cleanly, and the next run goes on."""

import os
import pathlib
import signal
import subprocess

import pytest

import lib
import scene as scenes

NAMES = ("postgresql", "mariadb", "sqlite")


def limited(stand, figures, under=(), env=None, start="r1", **options):
    """One run under something; anything but a lie may come of it."""
    stand.reset(start)
    result = stand.upgrade(under=under, env=env, timeout=120, **options)
    figures["rounds"] += 1
    if result.code not in (lib.OK, lib.FAILED, lib.USAGE) and result.code >= 0:
        assert result.code in (lib.PARTIAL, 127, 70), result
    seen = stand.quiet_await()
    doubt = stand.judge(seen)
    if result.code == lib.OK:
        stand.end_check(seen)
    stand.converge(doubt)
    return result


@pytest.mark.parametrize("name", NAMES)
def test_p7_without_the_memory_it_asks_for_it_ends_cleanly(stand, figures, long, name):
    """An address space from nothing to enough, in planner and worker alike."""
    of = stand(name)
    sizes = range(2 << 20, 120 << 20, (1 if long else 30) << 20)
    codes = {limited(of, figures, under=["/usr/bin/prlimit", f"--as={size}", "--"]).code == lib.OK
             for size in sizes}
    assert codes == {True, False}, "both too little and enough were tried"


@pytest.mark.parametrize("name", NAMES)
def test_p8_without_descriptors_it_ends_cleanly(stand, figures, long, name):
    of = stand(name)
    counts = range(4, 32, 1 if long else 9)
    codes = {limited(of, figures, under=["/usr/bin/prlimit", f"--nofile={count}", "--"]).code
             == lib.OK for count in counts}
    assert True in codes


def test_p8_without_a_process_more_it_ends_cleanly(stand, figures, tmp_path):
    """As another user, for the limit does not hold root back."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    of = stand("postgresql")
    of.reset("r1")
    project = lib.Project(tmp_path / "other")
    project.folder.mkdir()
    for parent in project.folder.parents:
        if parent != pathlib.Path("/tmp") and str(parent).startswith("/tmp"):
            parent.chmod(0o755)
    project.chain([("SELECT 1;", "")])
    project.config(targets=[{"name": "it", "url": of.database.url}])
    lib.run(["chown", "-R", "nobody", project.folder])
    result = project.skein("upgrade", "head", code=lib.FAILED, under=[
        "/usr/bin/prlimit", "--nproc=1", "--", "/sbin/runuser", "-u", "nobody", "--",
        "/usr/bin/env", "-C", project.folder])
    assert "cannot start a worker" in result.err or "Resource temporarily" in result.err, result
    figures["rounds"] += 1
    of.converge()


# What is injected, and how. The calls that skein's workers make on SQLite's files, and its sockets.
INJECTED = [("sqlite", "pwrite64:error=ENOSPC"), ("sqlite", "pwrite64:error=EIO"),
            ("sqlite", "fdatasync:error=EIO"), ("sqlite", "unlink:error=EIO"),
            ("sqlite", "pread64:error=EIO"), ("sqlite", "openat:error=EMFILE"),
            ("sqlite", "pwrite64:error=EINTR"), ("postgresql", "sendto:error=EINTR"),
            ("postgresql", "recvfrom:error=EINTR"), ("postgresql", "poll:error=EINTR"),
            ("mariadb", "sendto:error=EINTR"), ("mariadb", "poll:error=EINTR"),
            ("mariadb", "sendto:error=EPIPE")]


@pytest.mark.parametrize("name, what", INJECTED)
def test_p9_a_call_that_fails_or_is_interrupted_loses_nothing(stand, figures, long, name, what):
    of = stand(name)
    for number in range(1, 41) if long else (1, 9):
        limited(of, figures, under=[
            "/usr/bin/strace", "-f", "-o", "/dev/null", "-e", f"trace={what.partition(':')[0]}",
            "-e", f"inject={what}:when={number}", "--"])


@pytest.mark.parametrize("what", ["write:error=ENOSPC", "write:error=EIO", "fsync:error=EIO",
                                  "linkat:error=ENOSPC", "linkat:error=EIO", "write:retval=0",
                                  "openat:error=ENOSPC", "renameat2:error=ENOSPC"])
def test_p9_a_new_revision_is_whole_or_not_there(project, figures, long, what):
    project.folder.joinpath("migrations").mkdir()
    project.config(targets=[{"name": "it", "url": "sqlite:no.db"}])
    call = what.partition(":")[0]
    for number in range(1, 6 if long else 3):
        path = project.folder / "migrations"
        before = set(path.iterdir())
        result = project.skein("revision", "-m", f"try {number}", code=None, timeout=30, under=[
            "/usr/bin/strace", "-f", "-o", "/dev/null", "-P", path, "-e", f"trace={call}", "-e",
            f"inject={what}:when={number}", "--"])
        new = set(path.iterdir()) - before
        figures["rounds"] += 1
        if result.code == lib.OK:
            assert len(new) == 1, result
        for file in new:
            assert "-- skein: downgrade" in file.read_text(), "N7: half a file"
        project.skein("history")


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    folder.mkdir(mode=0o755)
    return lib.Project(folder)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 8 MB, which can be made larger."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a file system")
    path = pathlib.Path(f"/tmp/skein-small.{os.getpid()}")
    path.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m,mode=0777", "tmpfs", path], check=True)
    yield path
    subprocess.run(["umount", "-l", path], check=True)
    path.rmdir()


FILL = {
    "postgresql": ("CREATE TABLE big (t TEXT) TABLESPACE {space};",
                   "INSERT INTO big SELECT (SELECT string_agg(md5(concat(n, i)), '') FROM "
                   "generate_series(1, 64) i) FROM generate_series(1, 9000) n;"),
    "mysql": ("CREATE TABLE big (t TEXT) DATA DIRECTORY = '{space}';",
              "INSERT INTO big SELECT repeat(md5(seq), 64) FROM seq_1_to_9000;"),
    "sqlite": ("CREATE TABLE big (t TEXT);",
               "INSERT INTO big WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c "
               "LIMIT 9000) SELECT hex(randomblob(1024)) FROM c;")}


@pytest.mark.parametrize("engine", FILL)
def test_s5_a_full_disk_fails_the_revision_and_room_lets_it_through(project, figures, small_disk,
                                                                    engine):
    owner = {"postgresql": "postgres", "mysql": "mysql"}.get(engine)
    space = small_disk / "space"
    space.mkdir()
    if owner:
        lib.run(["chown", owner, space])
    database = lib.ENGINES[engine](space)
    name = "small" if engine == "postgresql" else space
    try:
        if engine == "postgresql":
            database.client(f"CREATE TABLESPACE small LOCATION '{space}'")
        create, fill = FILL[engine]
        project.chain([(create.format(space=name), ""),
                       (f"CREATE TABLE more (n INTEGER);\n{fill}\nINSERT INTO more VALUES (1);",
                        "")])
        project.config(targets=[{"name": "it", "url": database.url}])
        project.skein("upgrade", "r1")
        result = project.skein("upgrade", "head", code=lib.FAILED)
        assert "r2.sql:" in result.err, result
        assert database.versions() == ["r1"]
        assert int(database.rows("SELECT count(*) FROM big")[0][0]) == 0
        assert database.has("more") == (engine == "mysql"), "N5"
        subprocess.run(["mount", "-o", "remount,size=256m", small_disk], check=True)
        project.skein("upgrade", "head")
        assert database.versions() == ["r2"]
        assert database.rows("SELECT n FROM more") == [("1",)]
        assert database.rows("SELECT count(*) FROM big") == [("9000",)]
        figures["rounds"] += 1
    finally:
        if engine == "postgresql" and database.has("big"):
            database.client("DROP TABLE big")
        if engine == "postgresql":
            database.client("DROP TABLESPACE small")
        database.drop()


@pytest.mark.parametrize("name", NAMES)
def test_p6_stopped_for_a_while_at_any_call_it_goes_on_as_if_nothing_had_been(
        stand, strike, figures, long, name):
    of = stand(name)
    of.reset()
    _, last, _ = strike(of, "worker")
    for at in scenes.sample(last, 20 if long else 1, last // 2):
        of.reset()
        result, _, struck = strike(of, "worker", at, command="sleep 2")
        figures["rounds"] += struck
        assert result.code == lib.OK, result
        of.aftermath(result, figures)


def test_p6_stopped_longer_than_a_call_may_take_it_is_late_and_not_interrupted(
        stand, strike, figures, long):
    of = stand("sqlite")
    of.configure(lock_timeout=1)
    of.reset()
    _, last, _ = strike(of, "worker")
    for at in range(1, last + 1) if long else [last * 2 // 3]:
        of.reset()
        result, _, struck = strike(of, "worker", at, command="sleep 3")
        figures["rounds"] += struck
        assert result.code in (lib.OK, lib.FAILED), result
        of.aftermath(result, figures)
    of.configure()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("name", [*NAMES, "postgresql-concurrently", "postgresql-whole"])
def test_p4_p5_told_to_stop_at_any_call_it_says_what_is_there(stands, strike, play, figures, long,
                                                              name, number):
    """Once and twice in turn, while the worker is held."""
    of = stands(name)
    of.all[0].reset()
    _, last, _ = strike(of.all[0], "worker")

    def stop(stand, at):
        stand.reset()
        once = f"kill -{int(number)} $PLANNER; sleep 0.1; "
        result, _, struck = strike(stand, "worker", at, command=once * (1 + at % 2))
        assert result.code in (lib.OK, lib.FAILED, lib.INTERRUPTED, lib.PARTIAL), result
        stand.aftermath(result, figures)
        return struck

    play(of, range(1, last + 1) if long else scenes.sample(last, 2, int(number)), stop)


@pytest.mark.parametrize("name", NAMES)
def test_p5_a_reader_that_goes_away_tears_nothing(stand, figures, name):
    of = stand(name)
    of.reset()
    run = of.project.start("upgrade", "head", "--format", "json")
    run.stdout.close()
    error = run.stderr.read()
    code = run.wait(60)
    figures["rounds"] += 1
    assert code != lib.OK, error
    seen = of.quiet_await()
    assert of.judge(seen) is None
    of.converge()


@pytest.mark.parametrize("env", [
    {"PGHOST": "nowhere.invalid", "PGPORT": "1", "PGUSER": "nobody", "PGDATABASE": "no",
     "PGPASSFILE": "/nonexistent", "PGSERVICE": "no", "PGSERVICEFILE": "/nonexistent",
     "PGSSLMODE": "verify-full", "PGOPTIONS": "-c search_path=evil -c statement_timeout=1",
     "PGAPPNAME": "\x1b[31m", "PGCLIENTENCODING": "LATIN1", "PGDATESTYLE": "German"},
    {"MYSQL_HOST": "nowhere.invalid", "MYSQL_TCP_PORT": "1", "MYSQL_UNIX_PORT": "/nonexistent",
     "MYSQL_PWD": "wrong", "MARIADB_PLUGIN_DIR": "/tmp", "LIBMYSQL_PLUGINS": "evil"},
    {"SQLITE_TMPDIR": "/nonexistent", "TMPDIR": "/nonexistent", "SKEIN_TARGET": "\x1b]0;x\x07",
     "SKEIN_JOBS": "-1", "LD_PRELOAD": "", "LD_LIBRARY_PATH": "/nonexistent"},
    {"IFS": "x", "PATH": "", "HOME": "", "LOGNAME": "\n", "USER": "$(reboot)", "COLUMNS": "0"},
], ids=["postgresql", "mysql", "sqlite", "shell"])
@pytest.mark.parametrize("name", NAMES)
def test_c5_a_hostile_environment_changes_nothing(stand, figures, name, env):
    of = stand(name)
    of.reset()
    result = of.upgrade(env=env)
    figures["rounds"] += 1
    assert result.code == lib.OK, result
    of.aftermath(result, figures)


@pytest.mark.parametrize("env", [
    {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"}, {"LC_ALL": "de_DE.UTF-8"}, {"LC_ALL": "C"},
    {"LC_ALL": "POSIX"}, {"LC_ALL": "xx_YY.nonsense"}, {"TZ": ":/etc/passwd"},
    {"TZ": "Nonsense+99"}, {"COLUMNS": "1"}, {"NO_COLOR": "1", "TERM": "dumb"},
    {"TERM": "\x1b[2J"}])
def test_c6_locale_time_zone_and_terminal_change_no_output(stand, figures, env):
    of = stand("sqlite")
    of.reset()
    plain = of.upgrade()
    of.reset()
    result = of.upgrade(env=env)
    figures["rounds"] += 1
    times = {"ms": 0}
    assert [{**e, **times} for e in result.events] == [{**e, **times} for e in plain.events]
    of.aftermath(result, figures)

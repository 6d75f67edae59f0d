"""What a run of skein is to others on the machine: whose rights it has, what of it can be seen, and
what it needs of its surroundings."""

import os
import pathlib
import shutil
import stat
import struct
import subprocess
import tempfile

import pytest

import lib

NOBODY = 65534
STEPS = [("CREATE TABLE a (n INTEGER);", "DROP TABLE a;"),
         ("INSERT INTO a VALUES (2);", "DELETE FROM a;")]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


class Stranger(lib.Project):
    """A project of a user who is not root, with a program and drivers that he can reach."""

    def __init__(self, folder):
        super().__init__(folder)
        self.program = self.folder / "bin" / "skein"
        self.program.parent.mkdir()
        shutil.copy(lib.PROGRAM, self.program)
        for driver in pathlib.Path(lib.DRIVERS).glob("skein_*.so"):
            shutil.copy(driver, self.program.parent)
        self.drivers = str(self.program.parent)
        os.chown(self.folder, NOBODY, NOBODY)

    def write(self, name, text):
        path = super().write(name, text)
        for each in (path, path.parent):
            os.chown(each, NOBODY, NOBODY)
        return path

    def start(self, *arguments, env=None, stdout=subprocess.PIPE):
        argv = [self.program, "--driver-dir", self.drivers, *map(str, arguments)]
        return subprocess.Popen(argv, cwd=self.folder, env={**self.env, **(env or {})}, text=True,
                                stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE,
                                user=NOBODY, group=NOBODY, extra_groups=[],
                                start_new_session=True)


@pytest.fixture
def stranger():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="skein-stranger."))
    folder.chmod(0o755)
    yield Stranger(folder)
    shutil.rmtree(folder)


# ------------------------------------------------------------------------------------------------
# Rights


def set_uid(program):
    program.chmod(0o4755)


def set_gid(program):
    program.chmod(0o2755)


def file_capability(program):
    # VFS_CAP_REVISION_2, effective; CAP_NET_RAW permitted
    os.setxattr(program, "security.capability", struct.pack("<5I", 0x02000001, 1 << 13, 0, 0, 0))


@as_root
@pytest.mark.parametrize("right", [set_uid, set_gid, file_capability])
def test_D6_a_start_with_rights_that_the_caller_lacks_is_refused(stranger, right):
    if os.statvfs(stranger.folder).f_flag & os.ST_NOSUID:
        pytest.skip(f"{stranger.folder} is mounted nosuid")
    stranger.chain(STEPS)
    stranger.config(targets=[{"name": "it", "url": "sqlite:it.db"}])
    right(stranger.program)
    result = stranger.skein("upgrade", "head", code=lib.FAILED)
    assert "rights its caller does not have" in result.err
    assert not (stranger.folder / "it.db").exists()
    stranger.program.chmod(0o755)
    if right is file_capability:
        os.removexattr(stranger.program, "security.capability")
    stranger.skein("upgrade", "head")


# ------------------------------------------------------------------------------------------------
# What of it can be seen


@as_root
@pytest.mark.skipif(any("SAN_OPTIONS" in name for name in os.environ),
                    reason="a sanitizer must be able to look into its own process")
def test_no_core_is_dumped_and_nobody_but_root_can_look_into_the_processes(stranger, holding):
    for pid in holding(stranger):
        limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
        core = next(line.split() for line in limits.splitlines() if line.startswith("Max core"))
        assert core[4:6] == ["0", "0"], limits
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        assert f"Uid:\t{NOBODY}" in status
        # What the kernel does with those of a process that is not dumpable.
        assert os.stat(f"/proc/{pid}/environ").st_uid == 0


def test_a_worker_stands_in_the_root_folder_with_nothing_open_but_its_own(project, holding):
    planner, worker = holding(project)
    assert os.readlink(f"/proc/{worker}/cwd") == "/"
    files = {fd: os.readlink(f"/proc/{worker}/fd/{fd}") for fd in os.listdir(f"/proc/{worker}/fd")}
    assert files["0"] == "/dev/null" and files["3"].startswith("socket:")
    # Behind the shared page stands only what the driver itself has opened.
    assert all(int(fd) <= 4 or path.startswith(str(project.folder / "null"))
               for fd, path in files.items()), files
    assert "NoNewPrivs:\t1" in pathlib.Path(f"/proc/{worker}/status").read_text()
    assert os.readlink(f"/proc/{planner}/cwd") == str(project.folder)


# ------------------------------------------------------------------------------------------------
# What it needs of its surroundings


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2)])
def test_P5_closed_standard_streams_never_become_a_database(project, database, closed):
    one = database("sqlite")
    project.chain(STEPS)
    project.targets({"it": one})
    shell = "exec " + " ".join(f"{fd}>&-" for fd in closed)
    argv = ["sh", "-c", f'{shell}; exec "$@"', "sh", lib.PROGRAM, "--driver-dir", project.drivers,
            "upgrade", "head"]
    subprocess.run(argv, cwd=project.folder, env=project.env, stdin=subprocess.DEVNULL,
                   capture_output=True, timeout=60, check=False)
    assert one.versions() == ["r2"]
    assert one.path.read_bytes().startswith(b"SQLite format 3\0")


@as_root
def test_P12_another_user_works_with_what_is_his_and_nothing_else(stranger):
    stranger.chain(STEPS)
    config = {"targets": [{"name": "it", "url": "sqlite:it.db"}]}
    stranger.config(**config)
    stranger.skein("upgrade", "head")
    assert (stranger.folder / "it.db").stat().st_uid == NOBODY
    os.chown(stranger.folder / "skein.cfg", 12345, 12345)
    result = stranger.skein("current", code=lib.USAGE)
    assert "belongs to user 12345" in result.err


def test_P12_an_open_umask_leaves_no_file_that_others_can_write(project):
    shell = ["sh", "-c", 'umask 000; exec "$@"', "sh", lib.PROGRAM, "--driver-dir", project.drivers]
    for arguments in (["init"], ["revision", "-m", "first"], ["upgrade", "head"]):
        lib.run([*shell, *arguments], cwd=project.folder, env=project.env)
    made = [path for path in project.folder.rglob("*") if path != project.folder]
    assert len(made) >= 4 and (project.folder / "app.db") in made
    for path in made:
        assert not path.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH), path
    assert stat.S_IMODE((project.folder / "skein.cfg").stat().st_mode) == 0o600


@pytest.mark.parametrize("home", [None, "/nowhere"])
def test_P11_neither_a_home_nor_a_safe_temporary_folder_is_needed(project, three, tmp_path, home):
    trap = tmp_path / "tmp"
    trap.mkdir()
    victim = tmp_path / "victim"
    victim.write_text("whole")
    trap.chmod(0o1777)
    for name in ("skein", "skein.tmp", "etilqs_1", "skein-page"):
        (trap / name).symlink_to(victim)
    project.chain(STEPS)
    project.targets(three)
    project.env.pop("HOME")
    env = {"TMPDIR": str(trap), **({"HOME": home} if home else {})}
    project.skein("upgrade", "head", env=env)
    assert all(one.versions() == ["r2"] for one in three.values())
    assert victim.read_text() == "whole" and len(list(trap.iterdir())) == 4

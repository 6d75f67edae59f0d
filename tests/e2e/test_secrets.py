"""Canaries in every place that a password can stand in, on every way that fails: none is ever seen
again, in whatever form, in output, logs, tables, files, or what /proc shows of a process."""

import base64
import itertools
import os
import pathlib
import re
import socket
import urllib.parse

import pytest

import lib

# What quotings and encodings leave alone stands in the middle of each, so that it can be looked for.
CORE = "Qz7kCanary9w"
AWKWARD = f"x'{CORE}\"\\ %/$é"
STEPS = [("CREATE TABLE a (n INTEGER);", "DROP TABLE a;"),
         ("INSERT INTO a VALUES (2);", "DELETE FROM a;")]


def forms(core=CORE):
    """How the core of a canary looks wherever it stands, in lower case."""
    raw = core.encode()
    yield core
    yield core[:8]  # where it was cut
    yield raw.hex()
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + raw + b"\0\0\0").decode()
        yield text[4:len(core) - 2]


FORMS = [form.lower() for form in forms()]


def clean(text, what):
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    for form in FORMS:
        at = text.lower().find(form)
        assert at < 0, f"{what}: {form} in ...{text[max(0, at - 200):at + 100]}..."


def clean_run(project, result, kept=()):
    """Neither what was printed nor any file in the project but those kept holds a canary."""
    clean(result.text, "the output")
    for path in project.folder.rglob("*"):
        if path.is_file() and path.name not in kept:
            clean(path.read_bytes(), path)
    return result


def private(project, name, text=AWKWARD, mode=0o600):
    path = project.write(name, text)
    path.chmod(mode)
    return path


def from_file(project):
    private(project, "pw.canary")
    return {"password_file": "pw.canary"}


def from_command(project):
    path = private(project, "pw.canary")
    return {"password_command": ["cat", path]}


def from_environment(project):
    project.env["IT_PW"] = AWKWARD
    return {"password_env": "IT_PW"}


def written(_project):
    return {"password": AWKWARD}


def from_variable(project):
    project.env["IT_PW"] = AWKWARD
    return {"password": "${env:IT_PW}"}


SOURCES = [from_file, from_command, from_environment, written, from_variable]
KEPT = ("skein.cfg", "pw.canary")


def config(project, **settings):
    project.config(**settings).chmod(0o600)


@pytest.fixture(params=SOURCES)
def source(request, project):
    project.chain(STEPS)
    return request.param(project)


# ------------------------------------------------------------------------------------------------
# Servers


def server(engine):
    port = os.environ[{"postgresql": "SKEIN_TEST_PG_PORT", "mysql": "SKEIN_TEST_MYSQL_PORT"}[engine]]
    return f"{engine}://skein@127.0.0.1:{port}/none"


@pytest.fixture
def closed():
    """A port where nobody answers, for as long as the test runs."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@pytest.mark.parametrize("engine", ["postgresql", "mysql"])
def test_S7_a_wrong_password_is_told_without_it(project, source, engine):
    config(project, targets=[{"name": "it", "url": server(engine), **source}])
    for verb in (["upgrade", "head", "-v"], ["status", "--format", "json"], ["targets"]):
        result = project.skein(*verb, code=None)
        clean_run(project, result, KEPT)
        assert verb == ["targets"] or result.code == lib.FAILED and "it" in result.text, result


@pytest.mark.parametrize("engine", ["postgresql", "mysql"])
def test_the_password_of_the_server_for_scratch_databases_is_never_told(project, source, database,
                                                                        engine):
    one = database(engine)
    project.write("schema.sql", "CREATE TABLE b (n INTEGER);")
    config(project, histories={"app": {"path": "migrations", "schema": {engine: "schema.sql"}}},
           targets=[{"name": "it", "url": one.url, "scratch": {"url": server(engine), **source}}])
    project.skein("upgrade", "head")
    for verb in (["check"], ["test", "-v"], ["check", "--format", "json"], ["targets", "-v"]):
        result = clean_run(project, project.skein(*verb, code=None), KEPT)
        assert verb[0] == "targets" or result.code == lib.FAILED, result
        assert verb[0] == "targets" or "the server for scratch databases" in result.text


@pytest.mark.parametrize("engine", ["postgresql", "mysql"])
def test_a_server_out_of_reach_is_told_without_the_password(project, source, engine, closed):
    url = f"{engine}://app@127.0.0.1:{closed}/none"
    config(project, targets=[{"name": "it", "url": url, **source}])
    result = project.skein("upgrade", "head", "-v", code=lib.FAILED)
    assert "127.0.0.1" in clean_run(project, result, KEPT).err


@pytest.mark.parametrize("engine", ["postgresql", "mysql"])
def test_a_server_that_sends_nonsense_is_told_without_the_password(project, source, engine):
    """It echoes whatever it was sent, as its greeting and as its answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        url = f"{engine}://app@127.0.0.1:{listener.getsockname()[1]}/none"
        config(project, targets=[{"name": "it", "url": url, "connect_timeout": 5, **source}])
        run = project.start("upgrade", "head", "-v")
        with listener.accept()[0] as link:
            link.sendall(f"E\0\0\1\0SFATAL\0MFATAL {AWKWARD} denied\0\0".encode() * 3)
        listener.close()
        result = project.finish(run)
    assert result.code == lib.FAILED
    clean_run(project, result, KEPT)


# A server's message that quotes the canary, by SQL that is one only with the canary in it.
ECHOES = {"postgresql": "SELECT ${literal:app_password}::integer;",
          "mysql": "CREATE TABLE b (n INTEGER);\nSELECT * FROM ${ident:app_password};",
          "sqlite": "SELECT * FROM ${ident:app_password};"}


@pytest.mark.parametrize("engine", sorted(lib.ENGINES))
@pytest.mark.parametrize("canary", [CORE, f"{CORE}'\"`x", f"{'y' * 30}{CORE}"])
def test_what_a_server_quotes_of_a_secret_is_neither_printed_nor_stored(project, database, engine,
                                                                         canary):
    one = database(engine)
    project.chain([*STEPS, (ECHOES[engine], "")])
    variables = {"app_password": canary}
    text = (project.folder / "migrations" / "r3.sql").read_text()
    project.write("migrations/r3.sql",
                  text.replace("-- Revises: r2", "-- Revises: r2\n-- Variables: app_password"))
    config(project, targets=[{"name": "it", "url": one.url, "vars": variables}])
    result = project.skein("upgrade", "head", "-v", code=lib.FAILED)
    assert "r3" in result.err and "***" in result.err, result
    clean_run(project, result, KEPT)
    for verb in (["current", "-v"], ["status"], ["current", "--format", "json"],
                 ["status", "--format", "json"], ["upgrade", "head", "--dry-run"]):
        clean_run(project, project.skein(*verb, code=None), KEPT)
    for table in ("skein_log", "skein_step", "alembic_version"):
        if one.has(table):
            clean(one.client(f"SELECT * FROM {table};"), table)
    if engine == "mysql":
        assert "***" in one.client("SELECT last_error FROM skein_step;")


def test_a_secret_is_not_printed_as_part_of_a_script(project, database):
    project.chain([("SELECT ${literal:app_password};", "")])
    path = project.folder / "migrations" / "r1.sql"
    path.write_text(path.read_text().replace("-- Revises: ",
                                             "-- Revises: \n-- Variables: app_password"))
    config(project, targets=[{"name": "it", "url": database("sqlite").url,
                              "vars": {"app_password": CORE}}])
    result = clean_run(project, project.skein("upgrade", "head", "--sql", code=lib.USAGE), KEPT)
    assert "app_password" in result.err


# ------------------------------------------------------------------------------------------------
# Drivers


BETRAYALS = [{"garbage": "open:1:secret"}, {"garbage": "sql:1:secret"},
             {"garbage": "sql:1:secret", "transactional": False},
             {"print": "open:1,sql:1"}, {"print": "sql:1", "crash": "sql:1:segv"},
             {"print": "open:1", "crash": "open:1:abort"}, {"print": "sql:1", "crash": "sql:1:exit0"},
             {"print": "close:*,describe:*"}, {"garbage": "describe:1:secret"}]


def betrayed(project, source, betrayal, form):
    state = project.folder / "null"
    state.mkdir()
    config(project, targets=[{"name": "it", "url": "null:it", **source,
                              "options": {"state": state, **betrayal}}])
    result = project.skein("upgrade", "head", "-v", "--format", form, code=None)
    assert result.code == lib.OK or "it" in result.err
    assert "***" in result.err, result
    clean_run(project, result, KEPT)
    clean_run(project, project.skein("status", "-v", code=None), KEPT)


@pytest.mark.parametrize("betrayal", BETRAYALS, ids=str)
@pytest.mark.parametrize("form", ["text", "json"])
def test_D3_a_driver_that_tells_everybody_the_password_is_not_heard(project, betrayal, form):
    project.chain(STEPS)
    betrayed(project, from_file(project), betrayal, form)


def test_D3_a_secret_is_kept_from_wherever_it_came(project, source):
    betrayed(project, source, {"garbage": "sql:1:secret", "print": "open:1"}, "json")


def test_each_tenant_has_a_secret_of_its_own_and_none_is_told(project):
    project.chain(STEPS)
    names = [f"t{number}" for number in range(5)]
    for name in names:
        private(project, f"{name}.canary", f"{name}-{AWKWARD}")
    state = project.folder / "null"
    state.mkdir()
    config(project, on_failure="continue", fleets=[{
        "name": "f", "url": "null:${tenant}", "tenants": names, "password_file": "${tenant}.canary",
        "options": {"state": state, "garbage": "sql:1:secret", "print": "open:1"}}])
    result = project.skein("upgrade", "head", "-v", code=lib.FAILED)
    assert all(f"f/{name}" in result.err for name in names)
    clean_run(project, result, ["skein.cfg", *(f"{name}.canary" for name in names)])


# ------------------------------------------------------------------------------------------------
# Wrong configs


Q = urllib.parse.quote(AWKWARD, safe="")
FAULTS = {
    "a bad port": {"url": f"postgresql://app:{Q}@h:port/x"},
    "a bad escape": {"url": f"postgresql://app:{CORE}%zz@h/x"},
    "an @ in a password": {"url": f"postgresql://app:a@{CORE}@h:x/x"},
    "a / in a password": {"url": f"postgresql://app:a/{CORE}@h/x"},
    "a # in a password": {"url": f"postgresql://app:a#{CORE}@h/x"},
    "no scheme": {"url": f"app:{Q}@h/x"},
    "an unknown scheme": {"url": f"{CORE}://h/x"},
    "a blank": {"url": f"postgresql://app:a {CORE}@h:1 x/x"},
    "two passwords": {"url": f"postgresql://app:{Q}@h/x", "password": AWKWARD},
    "a password as a parameter": {"url": f"postgresql://app@h/x?password={Q}"},
    "an option that is no secret by name": {"url": "postgresql://h/x", "options": {"password": Q}},
    "an option nobody knows": {"url": "null:it", "options": {"sslpassword": AWKWARD}},
    "a wrong type": {"url": "postgresql://h/x", "password": [AWKWARD]},
    "a file that is not there": {"url": "postgresql://h/x", "password_file": "none"},
    "a file that others read": {"url": "postgresql://h/x", "password_file": "open.canary"},
    "a command that fails": {"url": "postgresql://h/x", "password_command": [
        "sh", "-c", "cat open.canary; cat open.canary >&2; exit 3"]},
    "a variable for a password's name": {"url": "postgresql://h/x", "password_env": f"{CORE}=x"},
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_C4_a_wrong_config_is_told_without_its_passwords(project, fault, mode):
    project.chain(STEPS)
    private(project, "open.canary", mode=0o644)
    project.config(targets=[{"name": "it", **FAULTS[fault]}]).chmod(mode)
    result = project.skein("upgrade", "head", "-v", code=lib.USAGE if mode == 0o600 else None)
    assert result.code == lib.USAGE and result.err
    if fault != "an unknown scheme":  # which is no place for a password
        clean_run(project, result, ("skein.cfg", "open.canary"))


@pytest.mark.parametrize("url", [f"postgresql://app:{Q}@h/x", f"mysql://app:{CORE}@h/x",
                                 f"postgresql://app@h/x?password={Q}", f"postgresql://:{Q}@h/x",
                                 f"postgresql://app@h/x?sslpassword={Q}",
                                 f"postgresql://app:{CORE}@h:port/x", f"null:x?api_token={CORE}"])
def test_a_password_on_the_command_line_is_refused_and_not_repeated(project, url):
    project.chain(STEPS)
    result = project.skein("upgrade", "head", "--url", url, "--migrations", "migrations",
                           code=lib.USAGE)
    clean_run(project, result)


def test_an_unknown_argument_is_repeated_without_what_looks_like_a_password(project):
    for argument in (f"--password={CORE}", f"postgresql://app:{CORE}@h/x"):
        clean(project.skein("upgrade", argument, code=lib.USAGE).text, argument)


# ------------------------------------------------------------------------------------------------
# What /proc shows


def test_no_process_of_a_run_shows_a_secret(project, holding, source):
    project.env["API_TOKEN"] = AWKWARD
    processes = holding(project, "--jobs", "2", **source,
                        vars={"api_token": "${env:API_TOKEN}"})
    assert len(processes) == 2
    for pid, name in itertools.product(processes, ("cmdline", "environ", "comm", "status")):
        clean(pathlib.Path(f"/proc/{pid}/{name}").read_bytes(), f"{name} of {pid}")


def test_a_command_for_one_password_sees_no_other(project):
    project.chain(STEPS)
    gate = project.folder / "gate"
    os.mkfifo(gate)
    seen = project.folder / "seen.canary"
    private(project, "pw.canary")
    project.env.update(A_PW=AWKWARD, B_PW=AWKWARD)
    private(project, "command", "#!/bin/sh\ncat /proc/$PPID/environ /proc/$PPID/cmdline "
            f"/proc/$$/environ /proc/$$/cmdline > '{seen}'\necho other-password\n", 0o700)
    config(project, targets=[
        {"name": "a", "url": "null:a", "password_env": "A_PW"},
        {"name": "b", "url": "null:b", "password": "${env:B_PW}"},
        {"name": "c", "url": "null:c", "password_command": [str(project.folder / "command")]}])
    project.skein("current", "-t", "c")
    assert b"current" in seen.read_bytes()
    clean(seen.read_bytes(), "what the command sees")
    assert not re.search(rb"[AB]_PW=[^\0]*[^\0]", seen.read_bytes())

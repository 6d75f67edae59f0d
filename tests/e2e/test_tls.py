"""Nobody in between: what a server must prove before it learns anything, and what no server gets
from us. 0.0.0.0 reaches the loopback, and by its text is no address of it."""

import ssl
import struct
import subprocess
import warnings

import pytest

import lib
import tls

STEPS = [("CREATE TABLE a (n INTEGER);", "DROP TABLE a;"),
         ("INSERT INTO a VALUES (2);", "DELETE FROM a;")]
ENGINES = ("postgresql", "mysql")
CA = {"postgresql": "sslrootcert", "mysql": "ssl_ca"}
PASSWORD = "Qz7kCanary9w"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tls.certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(params=ENGINES)
def one(request, database):
    return database(request.param)


def aim(project, one, port, host="0.0.0.0", **options):
    """A target that reaches the database through whoever listens at port."""
    secret = project.write("secret", PASSWORD)
    secret.chmod(0o600)
    project.chain(STEPS)
    project.config(targets=[{"name": "it", "url": f"{one.driver}://{one.user}@{host}:{port}/{one.name}",
                             "options": options, "connect_timeout": 10,
                             **({} if one.driver == "mysql" else {"password_file": "secret"})}])


def test_a_server_that_proves_who_it_is_is_used_without_a_word(project, one, folder):
    with tls.BEFORE[one.driver](tls.context(folder, "good")) as between:
        aim(project, one, between.port, **{CA[one.driver]: folder / "ca.pem"})
        result = project.skein("upgrade", "head")
    assert one.versions() == ["r2"] and between.secured > 0 and not between.plain
    assert "WARN" not in result.err


@pytest.mark.parametrize("name", ["expired", "elsewhere", "unknown"])
@pytest.mark.parametrize("options", [{}, {"tls": "verify"}], ids=str)
def test_W6_a_server_that_proves_nothing_learns_nothing(project, one, folder, name, options):
    with tls.BEFORE[one.driver](tls.context(folder, name)) as between:
        aim(project, one, between.port, **{CA[one.driver]: folder / "ca.pem"}, **options)
        result = project.skein("upgrade", "head", code=lib.FAILED)
    assert "ertificate" in result.err or "TLS" in result.err or "SSL" in result.err, result
    assert one.versions() == [] and not between.plain


@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.1"])
@pytest.mark.parametrize("mode", ["verify", "require"])
def test_W6_nothing_falls_back_to_plain_text(project, one, folder, host, mode):
    with tls.BEFORE[one.driver](plaintext=True) as between:
        aim(project, one, between.port, host, tls=mode, **{CA[one.driver]: folder / "ca.pem"})
        project.skein("upgrade", "head", code=lib.FAILED)
    assert one.versions() == []
    assert not between.plain, between.plain


@pytest.mark.parametrize("name", ["expired", "elsewhere", "unknown"])
def test_W6_a_weaker_wish_is_granted_with_a_warning_in_each_run(project, one, folder, name):
    with tls.BEFORE[one.driver](tls.context(folder, name)) as between:
        aim(project, one, between.port, tls="require")
        for verb in (["upgrade", "head"], ["current"]):
            result = project.skein(*verb)
            assert any(line.startswith("WARN") and "0.0.0.0" in line
                       for line in result.err.splitlines()), result
    assert one.versions() == ["r2"]


def test_W6_tls_before_1_2_is_refused(project, one, folder):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        contexts = [tls.context(folder, "good", newest)
                    for newest in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1)]
    for context in contexts:
        with tls.BEFORE[one.driver](context) as between:
            aim(project, one, between.port, tls="require")
            project.skein("upgrade", "head", code=lib.FAILED)
        assert between.secured == 0 and not between.plain


def test_W6_what_is_slipped_in_before_tls_begins_is_not_heard(project, one, folder):
    inject = {"postgresql": b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I",
              "mysql": b"\x07\0\0\2\0\0\0\2\0\0\0"}[one.driver]
    with tls.BEFORE[one.driver](tls.context(folder, "good"), inject=inject) as between:
        aim(project, one, between.port, **{CA[one.driver]: folder / "ca.pem"})
        project.skein("upgrade", "head", code=lib.FAILED)
    assert one.versions() == [] and not between.plain


@pytest.mark.parametrize("engine", ENGINES)
def test_wrong_words_for_tls_are_refused_before_anybody_is_asked(project, database, engine):
    one = database(engine)
    aim(project, one, 1, tls="on")
    assert "tls must be verify, require or off" in project.skein("upgrade", "head", code=lib.USAGE).err
    if engine == "postgresql":
        aim(project, one, 1, tls="off", sslmode="disable")
        assert "give one" in project.skein("upgrade", "head", code=lib.USAGE).err


# ------------------------------------------------------------------------------------------------
# Servers that ask for too much


class Thief(tls.Between):
    """A MySQL server that asks for the password in clear, or lets everybody in and asks for a
    file."""

    greeting = (b"\x0a5.5.5-10.11.6-MariaDB\0" + struct.pack("<I", 1) + b"12345678\0"
                + struct.pack("<H", 0xf7ff & ~tls.CLIENT_SSL) + b"\x21" + struct.pack("<H", 2)
                + struct.pack("<H", 0x81ff) + b"\x15" + b"\0" * 10 + b"123456789012\0"
                + b"mysql_native_password\0")

    def __init__(self, wish):
        self.wish, self.got = wish, b""
        super().__init__()

    @staticmethod
    def packet(number, body):
        return len(body).to_bytes(3, "little") + bytes([number]) + body

    def serve(self, link):
        link.sendall(self.packet(0, self.greeting))
        tls.receive_packet(link)
        if self.wish == "file":
            link.sendall(self.packet(2, b"\0\0\0\2\0\0\0"))
            tls.receive_packet(link)
            link.sendall(self.packet(1, b"\xfb/etc/hostname"))
        else:
            link.sendall(self.packet(2, b"\xfe" + self.wish.encode() + b"\0" + b"Password: \0"))
        while data := link.recv(65536):
            self.got += data


@pytest.mark.parametrize("wish", ["mysql_clear_password", "dialog", "mysql_old_password", "file"])
def test_a_mysql_server_gets_no_password_in_clear_and_no_file(project, database, wish):
    one = database("mysql")
    with Thief(wish) as thief:
        aim(project, one, thief.port, "127.0.0.1")
        text = (project.folder / "skein.cfg").read_text()
        project.write("skein.cfg", text.replace('connect_timeout', 'password_file = "secret"; connect_timeout'))
        result = project.skein("upgrade", "head", code=lib.FAILED)
    assert PASSWORD.encode() not in thief.got and PASSWORD not in result.text
    hostname = subprocess.run(["cat", "/etc/hostname"], capture_output=True, check=False).stdout
    assert not hostname.strip() or hostname.strip() not in thief.got


# ------------------------------------------------------------------------------------------------
# Surroundings


def test_C5_nothing_in_the_environment_or_the_home_changes_where_and_how_we_connect(project, three,
                                                                                    tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    evil = {".pgpass": "*:*:*:*:evil", ".pg_service.conf": "[evil]\nhost=192.0.2.1\n",
            ".my.cnf": "[client]\nhost=192.0.2.1\nuser=evil\n[mysql]\n!include /dev/full\n",
            ".sqliterc": ".exit 1\n"}
    for name, text in evil.items():
        (home / name).write_text(text)
        (home / name).chmod(0o600)
    env = {"HOME": str(home), "PGHOST": "192.0.2.1", "PGHOSTADDR": "192.0.2.1", "PGPORT": "1",
           "PGOPTIONS": "-c search_path=evil", "PGSERVICE": "evil", "PGSSLMODE": "require",
           "PGSERVICEFILE": str(home / ".pg_service.conf"), "PGPASSFILE": str(home / ".pgpass"),
           "PGPASSWORD": "evil", "PGUSER": "evil", "PGDATABASE": "evil", "PGTZ": "Mars/Phobos",
           "PGDATESTYLE": "evil", "MYSQL_HOST": "192.0.2.1", "MYSQL_TCP_PORT": "1",
           "MYSQL_UNIX_PORT": "/nowhere", "MYSQL_PWD": "evil", "MYSQL_HOME": str(home),
           "MARIADB_PLUGIN_DIR": str(home), "LIBMYSQL_PLUGIN_DIR": str(home),
           "LIBMYSQL_PLUGINS": "evil", "MARIADB_HOME": str(home), "SQLITE_HISTORY": "/nowhere",
           "SQLITE_TMPDIR": "/nowhere", "SKEIN_NONSENSE": "\x1b[31m", "LC_ALL": "tr_TR.UTF-8",
           "OPENSSL_CONF": "/nowhere"}
    project.chain(STEPS)
    project.targets(three)
    project.skein("upgrade", "head", env=env)
    assert all(one.versions() == ["r2"] for one in three.values())


def test_a_password_file_of_libpq_is_read_only_where_it_is_named(project, database):
    one = database("postgresql")
    one.client(f"ALTER DATABASE {one.name} OWNER TO skein")
    (project.folder / ".pgpass").write_text("*:*:*:*:skein test")
    (project.folder / ".pgpass").chmod(0o600)
    project.chain(STEPS)
    target = {"name": "it", "url": f"postgresql://skein@127.0.0.1:{one.port}/{one.name}"}
    project.config(targets=[target])
    project.skein("upgrade", "head", code=lib.FAILED)
    assert one.versions() == []
    project.config(targets=[{**target, "options": {"passfile": str(project.folder / ".pgpass")}}])
    project.skein("upgrade", "head")
    assert one.versions() == ["r2"]

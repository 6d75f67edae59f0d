"""The two programs under one handle: Debian's Alembic, run within this process (starting it anew
takes half a second), and the real skein. Both on one SQLite file each."""

import contextlib
import io
import logging
import os
import re
import shutil
import signal
import sqlite3
import sys
import warnings


class Stream(io.TextIOBase):
    """Stands in for standard output before Alembic binds it, and collects what it prints."""

    encoding = "utf-8"

    def __init__(self):
        self.text = []

    def write(self, text):
        self.text.append(text)
        return len(text)

    def take(self):
        text, self.text = "".join(self.text), []
        return text


class Log(logging.Handler):
    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        self.lines.append(f"{record.levelname}: {record.getMessage()}")

    def take(self):
        lines, self.lines = self.lines, []
        return lines


STREAM, LOG = Stream(), Log()


def import_alembic():
    real, sys.stdout = sys.stdout, STREAM
    sys.path.insert(0, "/usr/lib/python3/dist-packages")
    try:
        import alembic.config
        from alembic.util import messaging, pyfiles
    finally:
        sys.stdout = real
    messaging.TERMWIDTH = None  # never wrapped, whatever the terminal
    logger = logging.getLogger("alembic")
    logger.addHandler(LOG)
    logger.setLevel(logging.INFO)
    warnings.simplefilter("ignore")
    load, kept = pyfiles.load_module_py, {}

    def load_once(name, path):
        """Revision files do not change; env.py is run each time."""
        if os.path.basename(path) == "env.py" or not path.endswith(".py"):
            return load(name, path)
        stamp = (path, os.stat(path).st_mtime_ns, os.stat(path).st_ino)
        if stamp not in kept:
            kept[stamp] = load(name, path)
        return kept[stamp]

    pyfiles.load_module_py = load_once
    return alembic.config


ENV = """
from alembic import context
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool
url = context.config.get_main_option("url")
if context.is_offline_mode():
    context.configure(url=url)
    with context.begin_transaction():
        context.run_migrations()
else:
    with create_engine(url, poolclass=NullPool).connect() as link:
        link.exec_driver_sql("PRAGMA synchronous=OFF")
        context.configure(connection=link)
        with context.begin_transaction():
            context.run_migrations()
"""

TEMPLATE = '''"""${message}

Revision ID: ${up_revision}
Revises: ${down_revision | comma,n}
Create Date: ${create_date}

"""
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}

def upgrade():
    pass

def downgrade():
    pass
'''

OK, REFUSED, CRASHED = "ok", "refused", "crashed"


class Endless(BaseException):
    """Alembic walks in a circle."""

    PROCESSOR_SECONDS = 3  # a command of it takes a hundredth of that

    @classmethod
    @contextlib.contextmanager
    def ends(cls):
        def end(*_):
            raise cls(f"no end within {cls.PROCESSOR_SECONDS} s of processor time")

        before = signal.signal(signal.SIGVTALRM, end)
        signal.setitimer(signal.ITIMER_VIRTUAL, cls.PROCESSOR_SECONDS)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            signal.signal(signal.SIGVTALRM, before)


class Answer:
    def __init__(self, ended, out, log, error):
        self.ended, self.out, self.log, self.error = ended, out, log, error

    def __repr__(self):
        return f"{self.ended} {self.error!r}\n    out: {self.out!r}\n    log: {self.log!r}"


class Database:
    def __init__(self, path):
        self.path = path

    def read(self, sql):
        with sqlite3.connect(self.path) as db:
            rows = [row[0] for row in db.execute(sql)]
        db.close()
        return rows

    def write(self, sql, *values):
        with sqlite3.connect(self.path) as db:
            db.execute(sql, values)
        db.close()

    def versions(self):
        if not self.read("SELECT 1 FROM sqlite_schema WHERE name = 'alembic_version'"):
            return []
        return sorted(self.read("SELECT version_num FROM alembic_version"))

    def tables(self):
        return sorted(self.read(r"SELECT name FROM sqlite_schema WHERE name LIKE 't\_%' ESCAPE '\'"))

    def state(self):
        return self.versions(), self.tables()

    def become(self, other):
        shutil.copyfile(other.path, self.path)


class Alembic:
    def __init__(self, folder):
        self.folder = folder
        self.versions = folder / "versions"
        self.versions.mkdir(parents=True)
        self.database = Database(folder / "x.db")
        (folder / "alembic.ini").write_text(
            f"[alembic]\nscript_location = {folder}\nurl = sqlite:///{self.database.path}\n")
        (folder / "env.py").write_text(ENV)
        (folder / "script.py.mako").write_text(TEMPLATE)
        self.config = import_alembic() if "alembic.config" not in sys.modules \
            else sys.modules["alembic.config"]

    def __call__(self, *arguments):
        real, sys.stdout = (sys.stdout, sys.stderr), STREAM
        sys.stderr = io.StringIO()  # argparse's usage
        error, ended = "", OK
        try:
            with Endless.ends():
                self.config.CommandLine(prog="alembic").main(
                    ["-c", str(self.folder / "alembic.ini"), *arguments])
        except SystemExit as end:
            ended = REFUSED if end.code else OK
            error = sys.stderr.getvalue() if end.code == 2 else ""
        except (Exception, Endless) as crash:  # what a user sees as a traceback
            ended, error = CRASHED, f"{type(crash).__name__}: {crash}"
        finally:
            sys.stdout, sys.stderr = real
        out = STREAM.take()
        if ended == REFUSED and not error:
            out, _, error = out.rpartition("FAILED: ")
        return Answer(ended, out, LOG.take(), error.strip())


class Skein:
    def __init__(self, project):
        self.project = project
        self.versions = project.folder / "migrations"
        self.versions.mkdir()
        self.database = Database(project.folder / "x.db")
        project.config(targets=[{"name": "it", "url": f"sqlite:{self.database.path}"}])

    def __call__(self, *arguments):
        result = self.project.skein(*arguments, code=None, timeout=60)
        ended = {0: OK, 1: REFUSED, 2: REFUSED, 4: REFUSED}.get(result.code, CRASHED)
        log = [line.replace("[skein] ", "") for line in result.err.splitlines()]
        error = "\n".join(re.sub("^(FAILED: |ERROR )", "", line) for line in log
                          if line.startswith(("FAILED: ", "ERROR ")))
        if ended == REFUSED and not error:
            ended, error = CRASHED, f"exit {result.code} without a word: {result.err}"
        elif ended == CRASHED:
            error = f"exit {result.code}: {result.err}"
        return Answer(ended, result.out, log, error)

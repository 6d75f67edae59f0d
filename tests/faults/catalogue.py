"""The faults that skein is to survive, by their IDs. Each must be in the table, with rounds."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Fault:
    what: str
    without: str = ""  # why no test can play it


FAULTS = {
    # our process
    "P1": Fault("SIGKILL before every system call"),
    "P2": Fault("SIGKILL in a long statement, and another runner at once"),
    "P3": Fault("SIGKILL of the planner only, of the worker only"),
    "P4": Fault("SIGINT and SIGTERM, once and twice"),
    "P5": Fault("SIGHUP, SIGPIPE, output that cannot be written, closed standard files"),
    "P6": Fault("stopped and continued; a clock that jumps"),
    "P7": Fault("out of memory"),
    "P8": Fault("out of file descriptors, out of processes"),
    "P9": Fault("no space, I/O errors, short writes, interrupted calls"),
    "P10": Fault("a damaged journal of the run",
                 "skein keeps no journal of its own: the ledger in the target is the only record"),
    "P11": Fault("no HOME, no TMPDIR, a hostile TMPDIR, a read-only root"),
    "P12": Fault("as root, as others, with any umask"),
    # servers
    "S1": Fault("PostgreSQL restarted or killed in each phase"),
    "S2": Fault("MariaDB killed, restarted, KILL CONNECTION and KILL QUERY in each phase"),
    "S3": Fault("SQLite killed in its I/O; power lost"),
    "S4": Fault("a read-only server"),
    "S5": Fault("the server's disk full"),
    "S6": Fault("a server that hangs"),
    "S7": Fault("no login, no rights, a secret that cannot be had"),
    "S8": Fault("no connection free"),
    "S9": Fault("a server of another version or kind"),
    "S10": Fault("encodings and modes of the server"),
    # network
    "W1": Fault("cut after N bytes"),
    "W2": Fault("the reply to COMMIT lost"),
    "W3": Fault("COMMIT lost"),
    "W4": Fault("a black hole"),
    "W5": Fault("reconnected in silence"),
    "W6": Fault("TLS that is not what was asked for"),
    "W7": Fault("several hosts behind one name"),
    # locks, poolers, others at work
    "K1": Fault("several runners on one fleet"),
    "K2": Fault("overlapping subsets in opposite order"),
    "K3": Fault("Alembic or a person at work in the same database"),
    "K4": Fault("a table locked by an idle transaction"),
    "K5": Fault("MariaDB: metadata locks, row locks, FLUSH TABLES WITH READ LOCK"),
    "K6": Fault("time-outs set by role, database or server"),
    "K7": Fault("poolers"),
    "K8": Fault("the lock of a dead client whose statement still runs"),
    "K9": Fault("CREATE INDEX CONCURRENTLY: writers, violations, time-outs, kills"),
    "K10": Fault("deadlocks and serialization failures"),
    "K11": Fault("SQLite: readers and writers in the way"),
    "K12": Fault("one database under two names"),
    # drivers
    "D1": Fault("a driver that crashes or exits"),
    "D2": Fault("a driver that hangs"),
    "D3": Fault("a driver that leaks, prints, closes and changes what is not its own"),
    "D4": Fault("a driver that returns garbage"),
    "D5": Fault("files that are no drivers"),
    "D6": Fault("drivers that others could have written"),
    "D7": Fault("drivers that share symbols or libraries"),
    "D8": Fault("a driver that lies about transactions"),
    # revisions
    "R1": Fault("files at the edge of what is one"),
    "R2": Fault("encodings and line ends"),
    "R3": Fault("where statements end"),
    "R4": Fault("statements that end the transaction or change the session"),
    "R5": Fault("graphs that are none"),
    "R6": Fault("applied revisions edited; version rows that fit nothing"),
    "R7": Fault("directory entries that are no files"),
    "R8": Fault("hostile messages for new revisions"),
    "R9": Fault("hostile names in the catalog"),
    "R10": Fault("downgrades that are missing, empty, failing, irreversible"),
    # config and command line
    "C1": Fault("configs that are none"),
    "C2": Fault("mutated configs"),
    "C3": Fault("selectors"),
    "C4": Fault("secrets that others can read"),
    "C5": Fault("hostile environments"),
    "C6": Fault("locales, time zones, terminals"),
    "C7": Fault("hostile arguments"),
    # coordination
    "M1": Fault("target k of n fails, under every policy"),
    "M2": Fault("the coordinator dies between two commits",
                "no barrier and no two-phase commit: each target commits when it is done"),
    "M3": Fault("compensation fails", "there is no compensation"),
    "M4": Fault("no prepared transactions to be had", "there is no two-phase commit"),
    "M5": Fault("a commit fails behind a barrier", "there is no barrier"),
    "M6": Fault("a deadlock between two targets of one server",
                "without a barrier no target waits for another with locks held"),
    "M7": Fault("the journal lost, or another run's", "there is no journal"),
}

/*
 * The SQLite driver's eyes and hand: pairs of schemas go into each other and back, and rows stay.
 */
#include "sqlite_schema_fixture.h"

static const struct {
    const char *a;
    const char *b;
} pairs[] = {
    {"CREATE TABLE t (a int)", "CREATE TABLE t (a int, b text)"},
    {"CREATE TABLE t (a int, b text)", "CREATE TABLE t (b text)"},
    {"CREATE TABLE t (a int)", "CREATE TABLE t (z text)"},
    {"CREATE TABLE t (a int)", "CREATE TABLE t (a text NOT NULL DEFAULT 'x')"},
    {"CREATE TABLE t (a int); CREATE INDEX i ON t (a)",
     "CREATE TABLE t (a text); CREATE INDEX i ON t (a)"},
    {"CREATE TABLE t (a int, b int); CREATE INDEX i ON t (a); CREATE INDEX k ON t (b)",
     "CREATE TABLE t (b int); CREATE UNIQUE INDEX k ON t (b DESC) WHERE b > 0"},
    {"CREATE TABLE t (a int, b int, CHECK (a < b))", "CREATE TABLE t (a int)"},
    {"CREATE TABLE t (a int, b int CHECK (b > 0) REFERENCES t (a))", "CREATE TABLE t (a int)"},
    {"CREATE TABLE t (a int, b int UNIQUE)", "CREATE TABLE t (a int)"},
    {"CREATE TABLE t (id INTEGER PRIMARY KEY)", "CREATE TABLE t (id INTEGER PRIMARY KEY "
                                                "AUTOINCREMENT)"},
    {"CREATE TABLE t (id INTEGER PRIMARY KEY, d)",
     "CREATE TABLE t (id INTEGER PRIMARY KEY, d) WITHOUT ROWID"},
    {"CREATE TABLE t (id INTEGER, d TEXT)", "CREATE TABLE t (id INTEGER, d TEXT) STRICT"},
    {"CREATE TABLE t (a, b AS (a + 1))", "CREATE TABLE t (a, b AS (a + 2) STORED)"},
    {"CREATE TABLE t (a)", "CREATE TABLE t (a, b AS (a + 1), c AS (b + 1))"},
    {"CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t; CREATE VIEW w AS SELECT a FROM v",
     "CREATE TABLE t (b int); CREATE VIEW v AS SELECT b FROM t; CREATE VIEW w AS SELECT b FROM v"},
    {"CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t",
     "CREATE TABLE t (a text); CREATE VIEW v AS SELECT a FROM t"},
    {"CREATE TABLE x (a int)", "CREATE TABLE y (a int); CREATE VIEW x AS SELECT a FROM y"},
    {"CREATE TABLE t (a int); CREATE TABLE l (n); CREATE TRIGGER g AFTER INSERT ON t BEGIN"
     " INSERT INTO l VALUES (NEW.a); END",
     "CREATE TABLE t (a text); CREATE TABLE l (n text); CREATE TRIGGER g AFTER INSERT ON t BEGIN"
     " INSERT INTO l VALUES (NEW.a); END"},
    {"CREATE TABLE t (a int, b int); CREATE VIEW v AS SELECT a FROM t; CREATE TRIGGER g INSTEAD OF"
     " INSERT ON v BEGIN INSERT INTO t (a) VALUES (NEW.a); END",
     "CREATE TABLE t (a int, b int); CREATE VIEW v AS SELECT a, b FROM t; CREATE TRIGGER g INSTEAD"
     " OF INSERT ON v BEGIN INSERT INTO t (a) VALUES (NEW.a); END"},
    {"CREATE TABLE a (id INTEGER PRIMARY KEY, b int REFERENCES b); CREATE TABLE b (id INTEGER "
     "PRIMARY KEY, a int REFERENCES a ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED)",
     "CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (id INTEGER PRIMARY KEY, a int)"},
    {"", "CREATE TABLE c (id int, FOREIGN KEY (id) REFERENCES p); CREATE TABLE p (id INTEGER "
         "PRIMARY KEY)"},
    {"CREATE TABLE t (a int PRIMARY KEY DESC, b CONSTRAINT n NOT NULL ON CONFLICT IGNORE)",
     "CREATE TABLE t (a INTEGER PRIMARY KEY DESC, b)"},
    {"CREATE TABLE t (a, b, UNIQUE (a) ON CONFLICT REPLACE CHECK (b))",
     "CREATE TABLE t (a, b, CONSTRAINT u UNIQUE (a COLLATE nocase DESC, b))"},
    {"CREATE TABLE t (d DATETIME DEFAULT CURRENT_TIMESTAMP)",
     "CREATE TABLE t (d DATETIME DEFAULT (datetime('now')), e int DEFAULT -1, f DEFAULT \"x\")"},
    {"CREATE TABLE t (t int CHECK (t.t > 0), \"order\" int)",
     "CREATE TABLE t (t int CHECK (t.t > 1), \"order\" text)"},
    {"CREATE TABLE t (a text COLLATE NOCASE)", "CREATE TABLE t (a text COLLATE RTRIM)"},
    {"CREATE TABLE t (a varchar(10), b \"odd type\" (1, -2))",
     "CREATE TABLE t (a varchar (20), b)"},
    {"CREATE VIRTUAL TABLE s USING fts5(body, tokenize = 'porter')", ""},
    {"CREATE TABLE t (a); CREATE VIRTUAL TABLE s USING fts5(a, content='t')",
     "CREATE TABLE t (a, b)"},
    {"CREATE VIEW broken AS SELECT * FROM nowhere; CREATE TABLE t (a, b)",
     "CREATE VIEW broken AS SELECT * FROM nowhere; CREATE TABLE t (a)"},
    {"CREATE TABLE l (a); CREATE TRIGGER broken AFTER INSERT ON l BEGIN INSERT INTO nowhere VALUES"
     " (1); END; CREATE TABLE t (a, b)",
     "CREATE TABLE l (a); CREATE TRIGGER broken AFTER INSERT ON l BEGIN INSERT INTO nowhere VALUES"
     " (1); END; CREATE TABLE t (b)"},
    {"CREATE VIEW a AS WITH b AS (SELECT 1) SELECT * FROM b; CREATE VIEW b AS WITH a AS (SELECT 1)"
     " SELECT * FROM a",
     ""},
    {"CREATE TABLE rowid (rowid, oid, _rowid_, a int)",
     "CREATE TABLE rowid (rowid, oid, _rowid_, a text)"},
    {"CREATE TABLE _skein_new_t (a); CREATE TABLE t (a int)",
     "CREATE TABLE _skein_new_t (a); CREATE TABLE t (a text)"},
    {"CREATE TABLE \"a/b\" (c int); CREATE TABLE a (\"b/c\" int)",
     "CREATE TABLE \"a/b\" (c text); CREATE TABLE a (\"b/c\" text)"},
    {"CREATE TABLE Users (Id int)", "CREATE TABLE USERS (ID int, name text)"},
};

static void pairs_of_schemas_go_into_each_other_and_back(void **state)
{
    struct fixture *f = *state;
    open_ok(f);
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        pair_converges(f, pairs[i].a, pairs[i].b);
        pair_converges(f, pairs[i].b, pairs[i].a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(pairs_of_schemas_go_into_each_other_and_back),
    };
    return cmocka_run_group_tests_name("sqlite schema", tests, NULL, NULL);
}

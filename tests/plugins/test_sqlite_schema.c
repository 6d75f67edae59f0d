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
    {"CREATE VIRTUAL TABLE s USING fts5(a, b UNINDEXED, tokenize = 'porter')",
     "CREATE VIRTUAL TABLE s USING fts5(a, c)"},
    {"CREATE VIRTUAL TABLE s USING fts4(a, b TEXT, tokenize=porter)",
     "CREATE VIRTUAL TABLE s USING fts5(b)"},
    {"CREATE TABLE t (id INTEGER PRIMARY KEY, a); CREATE VIRTUAL TABLE s USING fts5(a, content='t',"
     " content_rowid='id'); CREATE VIEW v AS SELECT a FROM s",
     "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b); CREATE VIRTUAL TABLE s USING fts5(a, b,"
     " content='t', content_rowid='id'); CREATE VIEW v AS SELECT a FROM s"},
    {"CREATE VIRTUAL TABLE s USING fts5(a, content='')",
     "CREATE VIRTUAL TABLE s USING fts5(a, content='nowhere')"},
    {"CREATE VIRTUAL TABLE r USING rtree(id, x0, x1)",
     "CREATE VIRTUAL TABLE r USING rtree(id, x0, x1, y0, y1, +note TEXT)"},
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

/* ---- rows ---- */

static int number_take(void *ctx, uint32_t step, const struct skn_str *columns, uint32_t count)
{
    (void)step, (void)count;
    *(int *)ctx = columns[0].ptr ? (int)strtol(columns[0].ptr, NULL, 10) : -1;
    return 0;
}

static int number_of(struct fixture *f, struct skn_conn *conn, const char *sql)
{
    int number = -1;
    struct skn_step step = {skn_str(sql), SKN_STEP_SQL, 0};
    struct skn_events events = {sizeof events, 0, &number, number_take, NULL};
    if (f->driver->exec(conn, &step, 1, &events, &f->err))
        fail_msg("%s: %s", sql, f->err.message);
    return number;
}

/* What stands there after conn went to b, and after it came back. */
static void keeps(struct fixture *f, const char *a, const char *b, const char *question, int answer,
                  int answer_back)
{
    struct skn_conn *conn = scratch_make(f);
    struct skn_conn *wanted = scratch_make(f);
    struct skn_picture from, to;
    load(f, conn, a);
    load(f, wanted, b);
    look(f, conn, &from);
    look(f, wanted, &to);
    go(f, conn, &from, &to);
    assert_int_equal(number_of(f, conn, question), answer);
    go(f, conn, &to, &from);
    assert_int_equal(number_of(f, conn, question), answer_back);
    skn_picture_finish(&from);
    skn_picture_finish(&to);
    f->driver->schema->scratch_close(conn);
    f->driver->schema->scratch_close(wanted);
}

static void child_rows_stay_when_their_parent_is_made_anew(void **state)
{
    struct fixture *f = *state;
    open_ok(f);
    keeps(f,
          "CREATE TABLE p (id INTEGER PRIMARY KEY, d int); CREATE TABLE c (p REFERENCES p ON DELETE"
          " CASCADE); INSERT INTO p VALUES (1, 2); INSERT INTO c VALUES (1), (1)",
          "CREATE TABLE p (id INTEGER PRIMARY KEY, d text); CREATE TABLE c (p REFERENCES p ON"
          " DELETE CASCADE)",
          "SELECT count(*) FROM c JOIN p ON c.p = p.id", 2, 2);
}

static void a_counter_goes_on_and_rowids_stay_when_a_table_is_made_anew(void **state)
{
    struct fixture *f = *state;
    open_ok(f);
    keeps(f,
          "CREATE TABLE \"it's\" (id INTEGER PRIMARY KEY AUTOINCREMENT, d int); INSERT INTO"
          " \"it's\" (d) VALUES (1), (2), (3); DELETE FROM \"it's\"",
          "CREATE TABLE \"it's\" (id INTEGER PRIMARY KEY AUTOINCREMENT, d text)",
          "SELECT seq FROM sqlite_sequence", 3, 3);
    keeps(f,
          "CREATE TABLE t (a int); INSERT INTO t VALUES (1), (2), (3); DELETE FROM t WHERE a < 3",
          "CREATE TABLE t (a text)", "SELECT rowid FROM t", 3, 3);
}

static void what_does_not_speak_of_a_column_stays_while_it_goes(void **state)
{
    struct fixture *f = *state;
    open_ok(f);
    keeps(f,
          "CREATE TABLE t (a int CHECK (a > 0), b int, CHECK (b < a)); CREATE VIEW v AS SELECT a"
          " FROM t; CREATE TABLE l (n); CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO l"
          " VALUES (NEW.a); END; CREATE INDEX i ON t (a); INSERT INTO t VALUES (2, 1)",
          "CREATE TABLE t (a int CHECK (a > 0)); CREATE VIEW v AS SELECT a FROM t; CREATE TABLE l"
          " (n); CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO l VALUES (NEW.a); END; CREATE"
          " INDEX i ON t (a)",
          "SELECT (SELECT sum(a) FROM v) * 10 + count(*) FROM l", 21, 21);
}

static void a_full_text_index_finds_what_it_found(void **state)
{
    struct fixture *f = *state;
    open_ok(f);
    keeps(f,
          "CREATE VIRTUAL TABLE s USING fts5(a, b); INSERT INTO s (rowid, a, b) VALUES (7, 'one',"
          " 'two')",
          "CREATE VIRTUAL TABLE s USING fts5(a, tokenize = 'porter')",
          "SELECT rowid FROM s WHERE s MATCH 'one'", 7, 7);
    keeps(f, "CREATE TABLE t (id INTEGER PRIMARY KEY, a); INSERT INTO t VALUES (7, 'ones')",
          "CREATE TABLE t (id INTEGER PRIMARY KEY, a); CREATE VIRTUAL TABLE s USING fts5(a, content"
          " = 't', content_rowid = 'id', tokenize = 'porter'); CREATE VIEW found AS SELECT rowid"
          " FROM s WHERE s MATCH 'one'",
          "SELECT max(id) FROM t", 7, 7);
}

/* ---- what is said of a change ---- */

static void plan_of(struct fixture *f, const char *a, const char *b, struct skn_schema_plan *plan)
{
    struct skn_conn *conn = scratch_make(f);
    struct skn_conn *wanted = scratch_make(f);
    struct skn_picture from, to;
    load(f, conn, a);
    load(f, wanted, b);
    look(f, conn, &from);
    look(f, wanted, &to);
    if (skn_schema_plan_make(plan, &from, &to, f->driver->schema, &schema_options, &f->err))
        fail_msg("plan: %s", f->err.message);
    skn_picture_finish(&from);
    skn_picture_finish(&to);
    f->driver->schema->scratch_close(conn);
    f->driver->schema->scratch_close(wanted);
}

static void what_destroys_or_may_fail_says_so_and_how_many_rows_it_is_about(void **state)
{
    static const struct {
        const char *a, *b;
        unsigned flags;
        const char *probe;
    } cases[] = {
        {"CREATE TABLE t (a)", "", SKN_SQL_DESTROYS_DATA, "SELECT count(*) FROM \"t\""},
        {"CREATE TABLE t (a, b)", "CREATE TABLE t (a)", SKN_SQL_DESTROYS_DATA | SKN_SQL_REWRITES,
         "SELECT count(\"b\") FROM \"t\""},
        {"CREATE TABLE t (a, b UNIQUE)", "CREATE TABLE t (a)",
         SKN_SQL_DESTROYS_DATA | SKN_SQL_REWRITES | SKN_SQL_BLOCKS_WRITES,
         "SELECT count(*) FROM \"t\" WHERE \"b\" IS NOT NULL"},
        {"CREATE TABLE t (a)", "CREATE TABLE t (a NOT NULL)",
         SKN_SQL_MAY_FAIL | SKN_SQL_REWRITES | SKN_SQL_BLOCKS_WRITES,
         "SELECT count(*) FROM \"t\" WHERE \"a\" IS NULL"},
        {"CREATE TABLE t (a)", "CREATE TABLE t (a, b NOT NULL)",
         SKN_SQL_MAY_FAIL | SKN_SQL_REWRITES | SKN_SQL_BLOCKS_WRITES,
         "SELECT count(*) FROM \"t\" WHERE 1"},
        {"CREATE TABLE t (a)", "CREATE TABLE t (a, b NOT NULL DEFAULT 1)", 0, ""},
        {"CREATE TABLE t (a, b)", "CREATE TABLE t (a NOT NULL)",
         SKN_SQL_DESTROYS_DATA | SKN_SQL_MAY_FAIL | SKN_SQL_REWRITES | SKN_SQL_BLOCKS_WRITES,
         "SELECT count(*) FROM \"t\" WHERE \"b\" IS NOT NULL"},
        {"CREATE VIRTUAL TABLE t USING fts5(a, b)", "CREATE VIRTUAL TABLE t USING fts5(a)",
         SKN_SQL_DESTROYS_DATA | SKN_SQL_REWRITES | SKN_SQL_BLOCKS_WRITES,
         "SELECT count(*) FROM \"t\""},
        {"CREATE TABLE t (a, b AS (a))", "CREATE TABLE t (a)", SKN_SQL_REWRITES, ""},
    };
    struct fixture *f = *state;
    open_ok(f);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct skn_schema_plan plan;
        const char *probe = "";
        plan_of(f, cases[i].a, cases[i].b, &plan);
        for (size_t k = 0; k < plan.count; k++)
            probe = *probe ? probe : plan.statements[k].probe;
        assert_int_equal(skn_schema_plan_flags(&plan), cases[i].flags);
        assert_string_equal(probe, cases[i].probe);
        skn_schema_plan_finish(&plan);
    }
}

static void a_conflict_clause_does_not_let_rows_go_in_silence(void **state)
{
    struct fixture *f = *state;
    struct skn_schema_plan plan;
    open_ok(f);
    plan_of(f, "CREATE TABLE t (a)", "CREATE TABLE t (a UNIQUE ON CONFLICT IGNORE)", &plan);
    assert_non_null(strstr(plan.statements[1].text, "INSERT OR ABORT INTO"));
    skn_schema_plan_finish(&plan);
}

static int sql_keep(void *ctx, const struct skn_sql *sql)
{
    snprintf(ctx, 128, "%.*s", SKN_FMT(sql->text));
    return SKN_OK;
}

static void a_rename_is_written_for_tables_and_columns(void **state)
{
    struct fixture *f = *state;
    struct skn_conn *conn;
    struct skn_picture picture;
    char said[128];
    struct skn_schema_host host = skn_schema_reading;
    open_ok(f);
    conn = scratch_make(f);
    load(f, conn, "CREATE TABLE a (x, \"y z\"); CREATE TABLE b (x)");
    look(f, conn, &picture);
    host.ctx = said;
    host.write = sql_keep;
    struct skn_change change = {.size = sizeof change,
                                .op = SKN_CHANGE_RENAME,
                                .from = skn_picture_find(&picture, 0, skn_str("a")),
                                .to = skn_picture_find(&picture, 0, skn_str("b"))};
    assert_int_equal(f->driver->schema->render(&host, &change, &schema_options, &f->err), SKN_OK);
    assert_string_equal(said, "ALTER TABLE \"a\" RENAME TO \"b\"");
    change.from = skn_picture_find(&picture, 2, skn_str("a/x"));
    change.to = skn_picture_find(&picture, 2, skn_str("a/y z"));
    assert_int_equal(f->driver->schema->render(&host, &change, &schema_options, &f->err), SKN_OK);
    assert_string_equal(said, "ALTER TABLE \"a\" RENAME COLUMN \"x\" TO \"y z\"");
    skn_picture_finish(&picture);
    f->driver->schema->scratch_close(conn);
}

/* ---- looking ---- */

static void skeins_own_tables_and_shadows_are_left_out(void **state)
{
    static const struct skn_str own[] = {{"alembic_version", 15}, {"skein_log", 9}};
    const struct skn_schema_options options = {
        .size = sizeof options, .version = 34001, .ignore = own, .ignore_count = 2};
    struct fixture *f = *state;
    struct skn_conn *conn;
    struct skn_picture picture;
    struct skn_sink sink;
    open_ok(f);
    conn = scratch_make(f);
    load(f, conn,
         "CREATE TABLE alembic_version (v); CREATE TABLE SKEIN_LOG (a); CREATE INDEX i ON skein_log"
         " (a); CREATE VIRTUAL TABLE s USING fts5(a); CREATE TABLE n (id INTEGER PRIMARY KEY"
         " AUTOINCREMENT)");
    skn_picture_init(&picture, f->driver->schema->kinds, f->driver->schema->kind_count, &sink);
    assert_int_equal(f->driver->schema->inspect(conn, &options, &sink, &f->err), SKN_OK);
    assert_int_equal(skn_picture_link(&picture, &f->err), SKN_OK);
    assert_int_equal(picture.count, 4); /* n, its column and its key, and s */
    skn_picture_finish(&picture);
    f->driver->schema->scratch_close(conn);
}

static void a_scratch_database_leaves_no_file_and_has_the_encoding_of_the_target(void **state)
{
    struct fixture *f = *state;
    struct skn_conn *scratch;
    raw(f->path, "PRAGMA encoding = 'UTF-16le'; CREATE TABLE t (a)");
    open_ok(f);
    scratch = scratch_make(f);
    load(f, scratch, "CREATE TABLE u (a)");
    assert_int_equal(number_of(f, scratch, "SELECT encoding = 'UTF-16le' FROM pragma_encoding"), 1);
    assert_int_equal(number_of(f, f->conn, "SELECT count(*) FROM sqlite_schema"), 1);
    f->driver->schema->scratch_close(scratch);
    assert_int_equal(f->driver->schema->scratch_sweep(f->conn, &f->err), SKN_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(pairs_of_schemas_go_into_each_other_and_back),
        TEST(child_rows_stay_when_their_parent_is_made_anew),
        TEST(a_counter_goes_on_and_rowids_stay_when_a_table_is_made_anew),
        TEST(what_does_not_speak_of_a_column_stays_while_it_goes),
        TEST(a_full_text_index_finds_what_it_found),
        TEST(what_destroys_or_may_fail_says_so_and_how_many_rows_it_is_about),
        TEST(a_conflict_clause_does_not_let_rows_go_in_silence),
        TEST(a_rename_is_written_for_tables_and_columns),
        TEST(skeins_own_tables_and_shadows_are_left_out),
        TEST(a_scratch_database_leaves_no_file_and_has_the_encoding_of_the_target),
    };
    return cmocka_run_group_tests_name("sqlite schema", tests, NULL, NULL);
}

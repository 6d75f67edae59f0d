/*
 * The MySQL driver's schema facet against a real server: pairs of schemas, from one to the other,
 * back, from nothing and to nothing.
 */
#include "mysql_schema.h"

#include "schema/compare.h"

static const struct {
    const char *name;
    const char *one;
    const char *other;
} pairs[] = {
    {"a column comes into the middle and another leaves, and order is kept",
     "CREATE TABLE t (a int PRIMARY KEY, b int, d int)",
     "CREATE TABLE t (a int PRIMARY KEY, c varchar(20) NOT NULL DEFAULT 'x', b int)"},
    {"a column is left out of the versions of a table that gets some, and a sequence is lifted",
     "CREATE TABLE t (a int); CREATE SEQUENCE s",
     "CREATE TABLE t (a int, b int WITHOUT SYSTEM VERSIONING) WITH SYSTEM VERSIONING; CREATE "
     "SEQUENCE s START WITH 10 INCREMENT 5 MINVALUE 3 MAXVALUE 9999 CACHE 7 CYCLE"},
    {"columns change places", "CREATE TABLE t (a int, b int, c int, d int, e int)",
     "CREATE TABLE t (e int, a int, d int, c int, b int)"},
    {"a column's name changes its case", "CREATE TABLE t (id int, total int)",
     "CREATE TABLE t (ID int, Total bigint)"},
    {"the character set of a table with one column of its own",
     "CREATE TABLE t (a varchar(50) NOT NULL DEFAULT 'x', b text, c char(3) CHARACTER SET ascii, "
     "j json) CHARACTER SET latin1",
     "CREATE TABLE t (a varchar(50) NOT NULL DEFAULT 'x', b text, c char(3) CHARACTER SET ascii, "
     "j json) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci"},
    {"the character set of columns that a foreign key ties together",
     "CREATE TABLE p (k varchar(20) PRIMARY KEY) CHARACTER SET latin1; "
     "CREATE TABLE c (k varchar(20), CONSTRAINT fk FOREIGN KEY (k) REFERENCES p (k)) "
     "CHARACTER SET latin1",
     "CREATE TABLE p (k varchar(20) PRIMARY KEY) CHARACTER SET utf8mb4; "
     "CREATE TABLE c (k varchar(20), CONSTRAINT fk FOREIGN KEY (k) REFERENCES p (k)) "
     "CHARACTER SET utf8mb4"},
    {"two new tables with foreign keys to each other", "",
     "CREATE TABLE a (id int PRIMARY KEY, b int); CREATE TABLE b (id int PRIMARY KEY, a int, "
     "CONSTRAINT b_a FOREIGN KEY (a) REFERENCES a (id)); "
     "ALTER TABLE a ADD CONSTRAINT a_b FOREIGN KEY (b) REFERENCES b (id) ON DELETE SET NULL"},
    {"a foreign key to another table over an index that the server made",
     "CREATE TABLE u (id int PRIMARY KEY); CREATE TABLE v (id int PRIMARY KEY); "
     "CREATE TABLE t (a int, FOREIGN KEY (a) REFERENCES u (id))",
     "CREATE TABLE u (id int PRIMARY KEY); CREATE TABLE v (id int PRIMARY KEY); "
     "CREATE TABLE t (a int, FOREIGN KEY (a) REFERENCES v (id))"},
    {"an index that the server made stays beside one that covers it",
     "CREATE TABLE u (id int PRIMARY KEY); CREATE TABLE t (a int, b int, CONSTRAINT fk FOREIGN KEY "
     "(a) REFERENCES u (id))",
     "CREATE TABLE u (id int PRIMARY KEY); CREATE TABLE t (a int, b int, KEY fk (a), "
     "KEY q (a, b), CONSTRAINT fk FOREIGN KEY (a) REFERENCES u (id))"},
    {"prefix, descending, ignored, fulltext and spatial indexes",
     "CREATE TABLE t (id int, a varchar(200), g point NOT NULL, KEY k (a(5), id), KEY i (id), "
     "FULLTEXT KEY f (a), SPATIAL KEY s (g))",
     "CREATE TABLE t (id int, a varchar(200), g point NOT NULL, KEY k (a(7), id DESC) COMMENT 'x', "
     "KEY i (id) IGNORED)"},
    {"the primary key and its counter",
     "CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY, x int NOT NULL)",
     "CREATE TABLE t (id int NOT NULL, x int NOT NULL AUTO_INCREMENT, PRIMARY KEY (x, id))"},
    {"checks, named, numbered and of a column",
     "CREATE TABLE t (a int CHECK (a > 0), b int, CHECK (b > a), CONSTRAINT named CHECK (b < 9))",
     "CREATE TABLE t (a int CHECK (a > 1), b int, CONSTRAINT named CHECK (b < 7), CHECK (b <> a), "
     "CHECK (a + b < 100))"},
    {"generated columns of all kinds",
     "CREATE TABLE t (a int, v int AS (a + 1) VIRTUAL, s int AS (a + 2) STORED, "
     "w int AS (a + 3) VIRTUAL, x int AS (a + 4) STORED, y int, z int, KEY (v))",
     "CREATE TABLE t (a int, v int AS (a + 1) STORED, s int AS (a + 2) VIRTUAL, "
     "w int AS (a * 3) VIRTUAL, x int, y int AS (a + 5) STORED, z int AS (a + 6) VIRTUAL, "
     "KEY (v))"},
    {"partitions added, dropped and taken away",
     "CREATE TABLE t (a int) PARTITION BY RANGE (a) (PARTITION p0 VALUES LESS THAN (10), "
     "PARTITION p1 VALUES LESS THAN (20)); CREATE TABLE h (a int) PARTITION BY HASH (a) "
     "PARTITIONS 3; CREATE TABLE n (a int NOT NULL PRIMARY KEY, b int NOT NULL)",
     "CREATE TABLE t (a int) PARTITION BY RANGE (a) (PARTITION p0 VALUES LESS THAN (10), "
     "PARTITION p1 VALUES LESS THAN (20) COMMENT 'a)b', PARTITION p2 VALUES LESS THAN MAXVALUE); "
     "CREATE TABLE h (a int); CREATE TABLE n (a int NOT NULL, b int NOT NULL, PRIMARY KEY (a, b)) "
     "PARTITION BY KEY (b) PARTITIONS 2"},
    {"options of a table",
     "CREATE TABLE t (a int) ROW_FORMAT=COMPACT COMMENT='it''s' STATS_PERSISTENT=1; "
     "CREATE TABLE m (a int) ENGINE=MyISAM CHECKSUM=1 MAX_ROWS=100",
     "CREATE TABLE t (a int) ROW_FORMAT=DYNAMIC; CREATE TABLE m (a int) ENGINE=InnoDB"},
    {"views over views over what changes",
     "CREATE TABLE t (a int, b int); CREATE VIEW v AS SELECT a, b FROM t; "
     "CREATE VIEW w AS SELECT v.a AS x FROM v JOIN t ON v.b = t.b; "
     "CREATE VIEW a AS SELECT * FROM w",
     "CREATE TABLE t (a bigint, c int); CREATE VIEW w AS SELECT a AS x, c FROM t; "
     "CREATE VIEW v AS SELECT w.c AS b FROM w; CREATE VIEW a AS SELECT b FROM v"},
    {"a table becomes a view of the same name", "CREATE TABLE t (a int); CREATE TABLE u (a int)",
     "CREATE TABLE u (a int); CREATE VIEW t AS SELECT a FROM u"},
    {"routines with bodies",
     "DELIMITER //\n"
     "CREATE PROCEDURE p (IN a int) COMMENT 'it''s' BEGIN DECLARE x int; SET x = a; SELECT x; "
     "END//\n"
     "CREATE FUNCTION f (a int) RETURNS int DETERMINISTIC RETURN a + 1//\n"
     "DELIMITER ;\n"
     "CREATE TABLE t (a int); CREATE VIEW v AS SELECT f(a) AS b FROM t",
     "CREATE FUNCTION f (a int) RETURNS bigint DETERMINISTIC NO SQL RETURN a + 2; "
     "CREATE FUNCTION g () RETURNS int DETERMINISTIC RETURN 1; "
     "CREATE TABLE t (a int); CREATE VIEW v AS SELECT f(a) + g() AS b FROM t"},
    {"triggers in their order",
     "CREATE TABLE t (a int, b int); CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW SET NEW.a = "
     "1; "
     "CREATE TRIGGER y BEFORE INSERT ON t FOR EACH ROW SET NEW.b = 2; "
     "CREATE TRIGGER z BEFORE INSERT ON t FOR EACH ROW SET NEW.b = 3; "
     "CREATE TRIGGER u AFTER UPDATE ON t FOR EACH ROW SET @u = OLD.a",
     "CREATE TABLE t (a int, c int); CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW SET NEW.a = "
     "1; "
     "CREATE TRIGGER z BEFORE INSERT ON t FOR EACH ROW FOLLOWS x SET NEW.c = 3; "
     "CREATE TRIGGER w BEFORE INSERT ON t FOR EACH ROW PRECEDES z SET NEW.c = 4"},
    {"events",
     "CREATE EVENT e ON SCHEDULE EVERY 5 DAY DO SET @a = 1; "
     "CREATE EVENT f ON SCHEDULE EVERY '1:30' HOUR_MINUTE DISABLE DO SET @a = 2",
     "CREATE EVENT e ON SCHEDULE EVERY 6 DAY STARTS '2035-01-01 00:00:00' ENDS "
     "'2036-01-01 00:00:00' ON COMPLETION PRESERVE COMMENT 'it''s' DO SET @a = 1; "
     "CREATE EVENT g ON SCHEDULE AT '2035-01-01 00:00:00' DO SET @a = 3"},
    {"sequences and defaults that count by them",
     "CREATE SEQUENCE s START 5; CREATE TABLE t (a int DEFAULT nextval(s), b int)",
     "CREATE SEQUENCE s START 5 INCREMENT 10 MAXVALUE 1000 CYCLE; CREATE SEQUENCE q; "
     "CREATE TABLE t (a int DEFAULT nextval(q), b int DEFAULT nextval(s))"},
    {"system versioning and periods",
     "CREATE TABLE t (a int PRIMARY KEY, b int) WITH SYSTEM VERSIONING; CREATE TABLE u (a int); "
     "CREATE TABLE p (s date, e date, a int)",
     "CREATE TABLE t (a int PRIMARY KEY, b bigint, c int) WITH SYSTEM VERSIONING; "
     "CREATE TABLE u (a int) WITH SYSTEM VERSIONING; "
     "CREATE TABLE p (s date, e date, a int, PERIOD FOR x (s, e), "
     "PRIMARY KEY (a, x WITHOUT OVERLAPS))"},
    {"types between which there is no way",
     "CREATE TABLE t (a uuid, b point, c int, d inet6, e varchar(40), f varchar(40), g point)",
     "CREATE TABLE t (a int, b varchar(20), c inet6, d uuid, e uuid, f inet4, g geometry)"},
    {"defaults and what goes with them",
     "CREATE TABLE t (a int DEFAULT 1, b timestamp NULL, c varchar(10) DEFAULT 'DEFAULT', "
     "d datetime DEFAULT current_timestamp ON UPDATE current_timestamp, e bit(3) DEFAULT b'101', "
     "f binary(3) DEFAULT x'00ff27', g int INVISIBLE DEFAULT 3, h enum('a','b'), k char(36) "
     "DEFAULT "
     "(uuid()), l varchar(40) COMPRESSED)",
     "CREATE TABLE t (a int DEFAULT 2 COMMENT 'NOT NULL DEFAULT 3', b timestamp NOT NULL DEFAULT "
     "current_timestamp, c varchar(10) NOT NULL DEFAULT '''', d datetime DEFAULT "
     "current_timestamp, e bit(3) DEFAULT b'1', f binary(3), g int DEFAULT 3, "
     "h enum('b','a','c)','d'',e') DEFAULT 'd'',e', k char(36), l varchar(40))"},
};

static void any_schema_turns_into_any_other_and_back(void **state)
{
    struct fixture *f = fixture_of(state);
    open_ok(f);
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        converge(f, pairs[i].name, pairs[i].one, pairs[i].other);
}

/* Names and texts that would end a string, a name, a comment or a statement. */
static const char hostile[] =
    "CREATE TABLE `a``b\n;DROP TABLE x;--x` (`it's` int COMMENT 'it''s */ ; -- \\\\ \n `x`', "
    "`sel/ect` enum('a;b','c''d','e\\\\','/*!f*/','g\ng') DEFAULT 'c''d', `k\\\\` varchar(30) "
    "DEFAULT '''; DROP TABLE x; --', CONSTRAINT `c'k``` CHECK (`it's` <> 5 and `sel/ect` <> ';'), "
    "KEY `i``;` (`it's`)) COMMENT='`\";\\\\'' */'; "
    "CREATE VIEW `v;'` AS SELECT `it's`, ';--' AS `x``y` FROM `a``b\n;DROP TABLE x;--x`; "
    "CREATE PROCEDURE `p``;` () COMMENT ''';' SELECT ';', \"'\", `it's` FROM "
    "`a``b\n;DROP TABLE x;--x`; "
    "CREATE TRIGGER `t``;` BEFORE INSERT ON `a``b\n;DROP TABLE x;--x` FOR EACH ROW SET NEW.`it's` "
    "= 1 /* ' */; "
    "CREATE EVENT `e``;` ON SCHEDULE EVERY 1 DAY DISABLE COMMENT '\\\\'';' DO SET @a = ';'; "
    "CREATE SEQUENCE `s``;`";

static void a_hostile_catalog_comes_through_unharmed(void **state)
{
    struct fixture *f = fixture_of(state);
    open_ok(f);
    converge(f, "hostile", "CREATE TABLE x (a int)", hostile);
}

/* ---- what is written ---- */

static void plan_between(struct fixture *f, const char *one, const char *other,
                         struct skn_schema_plan *plan, const char *rows)
{
    struct skn_conn *live = scratch_new(f);
    struct skn_conn *desired = scratch_new(f);
    struct skn_picture a, b;
    text_load_ok(f, live, one);
    text_load_ok(f, desired, other);
    picture_take(f, live, &a);
    picture_take(f, desired, &b);
    if (skn_schema_plan_make(plan, &a, &b, f->driver->schema, &look, &f->err) != SKN_OK)
        fail_msg("plan: %s", f->err.message);
    if (rows) {
        assert_int_equal(plan->count, 1);
        assert_string_equal(rows_of(f, live, plan->statements[0].probe), rows);
    }
    skn_picture_finish(&a);
    skn_picture_finish(&b);
    f->driver->schema->scratch_close(desired);
    f->driver->schema->scratch_close(live);
}

static void all_of_a_table_changes_in_one_statement(void **state)
{
    struct fixture *f = fixture_of(state);
    struct skn_schema_plan plan;
    open_ok(f);
    plan_between(f, "CREATE TABLE t (id int PRIMARY KEY, a int, b int, KEY k (a))",
                 "CREATE TABLE t (id int PRIMARY KEY, c varchar(9) DEFAULT 'x', b bigint NOT NULL, "
                 "a int, KEY k (b)) COMMENT='it''s'",
                 &plan, NULL);
    assert_int_equal(plan.count, 1);
    assert_string_equal(plan.statements[0].text,
                        "ALTER TABLE `t`\n"
                        "    DROP INDEX `k`,\n"
                        "    ADD COLUMN `c` varchar(9) DEFAULT 'x' AFTER `id`,\n"
                        "    MODIFY COLUMN `b` bigint(20) NOT NULL AFTER `c`,\n"
                        "    ADD KEY `k` (`b`),\n"
                        "    COMMENT='it''s'");
    assert_int_equal(plan.statements[0].flags &
                         (SKN_SQL_NO_TX | SKN_SQL_MAY_FAIL | SKN_SQL_LOSSY | SKN_SQL_DESTROYS_DATA),
                     SKN_SQL_NO_TX | SKN_SQL_MAY_FAIL);
    skn_schema_plan_finish(&plan);
}

static void only_the_partitions_that_change_are_touched(void **state)
{
#define RANGES(list) "CREATE TABLE t (a int) PARTITION BY RANGE (a) (" list ")"
#define PART(name, end) "PARTITION " name " VALUES LESS THAN " end
    static const struct {
        const char *one;
        const char *other;
        const char *begins;
    } cuts[] = {
        {RANGES(PART("p", "(1)")), RANGES(PART("p", "(1)") "," PART("q", "(2)")),
         "ALTER TABLE `t` ADD PARTITION ("},
        {RANGES(PART("p", "(1)") "," PART("z", "MAXVALUE")),
         RANGES(PART("p", "(1)") "," PART("q", "(2)") "," PART("z", "MAXVALUE")),
         "ALTER TABLE `t` REORGANIZE PARTITION `z` INTO ("},
        {RANGES(PART("p", "(1)") "," PART("q", "(2)") "," PART("r", "(3)") "," PART("s", "(4)")),
         RANGES(PART("p", "(1)") "," PART("r", "(3)") "," PART("s", "(4)")),
         "ALTER TABLE `t` REORGANIZE PARTITION `q`, `r` INTO ("},
        {RANGES(PART("p", "(1)") "," PART("q", "(2)")), RANGES(PART("p", "(1)")),
         "ALTER TABLE `t`\n    PARTITION BY RANGE"},
        {"CREATE TABLE t (a int) PARTITION BY LIST (a) (PARTITION p VALUES IN (1, 2))",
         "CREATE TABLE t (a int) PARTITION BY LIST (a) (PARTITION p VALUES IN (1, 2), PARTITION q "
         "VALUES IN (3))",
         "ALTER TABLE `t` ADD PARTITION ("},
    };
    struct fixture *f = fixture_of(state);
    struct skn_schema_plan plan;
    open_ok(f);
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        plan_between(f, cuts[i].one, cuts[i].other, &plan, NULL);
        assert_int_equal(plan.count, 1);
        if (strncmp(plan.statements[0].text, cuts[i].begins, strlen(cuts[i].begins)) != 0)
            fail_msg("%s", plan.statements[0].text);
        assert_int_equal(plan.statements[0].flags & SKN_SQL_DESTROYS_DATA, 0);
        skn_schema_plan_finish(&plan);
        converge(f, cuts[i].begins, cuts[i].one, cuts[i].other);
    }
}

static void what_loses_values_says_so_and_counts_them(void **state)
{
    static const struct {
        const char *one;
        const char *other;
        uint32_t flags;
        const char *rows;
    } losses[] = {
        {"CREATE TABLE t (a int, b int); INSERT INTO t VALUES (1, 1), (2, NULL), (3, 3)",
         "CREATE TABLE t (a int)", SKN_SQL_DESTROYS_DATA, "2"},
        {"CREATE TABLE t (a int); INSERT INTO t VALUES (1), (2)", "", SKN_SQL_DESTROYS_DATA, "2"},
        {"CREATE TABLE t (a int, b int); INSERT INTO t VALUES (1, 1), (2, NULL)",
         "CREATE TABLE t (a int, b int NOT NULL)", SKN_SQL_MAY_FAIL, "1"},
        {"CREATE TABLE t (a int, b varchar(20))", "CREATE TABLE t (a int, b varchar(10))",
         SKN_SQL_LOSSY | SKN_SQL_REWRITES, NULL},
        {"CREATE TABLE t (a int, b int)", "CREATE TABLE t (a int, b int AS (a) VIRTUAL)",
         SKN_SQL_DESTROYS_DATA, "0"},
        {"CREATE SEQUENCE s", "", SKN_SQL_DESTROYS_DATA, NULL},
    };
    struct fixture *f = fixture_of(state);
    struct skn_schema_plan plan;
    open_ok(f);
    for (size_t i = 0; i < sizeof losses / sizeof losses[0]; i++) {
        plan_between(f, losses[i].one, losses[i].other, &plan, losses[i].rows);
        assert_int_equal(plan.statements[0].flags & losses[i].flags, losses[i].flags);
        skn_schema_plan_finish(&plan);
    }
}

static void what_widens_is_no_loss(void **state)
{
    static const char *const types[][2] = {{"int", "bigint"},
                                           {"varchar(10)", "varchar(20)"},
                                           {"char(3)", "varchar(3)"},
                                           {"text", "longtext"},
                                           {"decimal(10,2)", "decimal(12,3)"},
                                           {"enum('a','b')", "enum('a','b','c')"}};
    struct fixture *f = fixture_of(state);
    struct skn_schema_plan plan;
    char one[128], other[128];
    open_ok(f);
    for (size_t i = 0; i < 2 * sizeof types / sizeof types[0]; i++) {
        snprintf(one, sizeof one, "CREATE TABLE t (a %s)", types[i / 2][i % 2]);
        snprintf(other, sizeof other, "CREATE TABLE t (a %s)", types[i / 2][1 - i % 2]);
        plan_between(f, one, other, &plan, NULL);
        assert_int_equal(plan.statements[0].flags & SKN_SQL_LOSSY, i % 2 ? SKN_SQL_LOSSY : 0);
        skn_schema_plan_finish(&plan);
    }
}

static void online_the_server_is_held_to_let_others_write(void **state)
{
    struct fixture *f = fixture_of(state);
    struct skn_schema_plan plan;
    open_ok(f);
    look.flags = SKN_SCHEMA_ONLINE;
    plan_between(f, "CREATE TABLE t (a int, b int)", "CREATE TABLE t (a int, b int, KEY k (b))",
                 &plan, NULL);
    assert_non_null(strstr(plan.statements[0].text, "LOCK=NONE"));
    skn_schema_plan_finish(&plan);
    plan_between(f, "CREATE TABLE t (a int, b int)", "CREATE TABLE t (a bigint, b int)", &plan,
                 NULL);
    assert_null(strstr(plan.statements[0].text, "LOCK=NONE"));
    assert_true(plan.statements[0].flags & SKN_SQL_BLOCKS_WRITES);
    skn_schema_plan_finish(&plan);
    converge(f, "online", "CREATE TABLE t (a int, b varchar(9), KEY k (a))",
             "CREATE TABLE t (a int DEFAULT 3, c int, b varchar(9), UNIQUE KEY u (b)) COMMENT 'x'");
    look.flags = 0;
}

/* ---- names ---- */

struct renaming {
    struct fixture *f;
    struct skn_conn *conn;
};

static int rename_run(void *ctx, const struct skn_sql *sql)
{
    const struct renaming *renaming = ctx;
    struct skn_step step = {sql->text, SKN_STEP_SQL, 0};
    return run_steps(renaming->f, renaming->conn, &step, 1);
}

static void a_rename_by_hint_keeps_what_has_the_name(void **state)
{
    static const struct {
        const char *kind;
        const char *from;
        const char *to;
    } names[] = {{"column", "t/a", "u/b"},
                 {"index", "t/k", "u/m"},
                 {"table", "t", "u"},
                 {"sequence", "s", "r"},
                 {"view", "v", "w"}};
    struct fixture *f = fixture_of(state);
    struct skn_picture a, b, reached;
    struct skn_schema_plan none = {0};
    open_ok(f);
    struct skn_conn *live = scratch_new(f);
    struct skn_conn *desired = scratch_new(f);
    text_load_ok(f, live,
                 "CREATE TABLE t (a int, KEY k (a)); CREATE SEQUENCE s; CREATE TABLE x (a int); "
                 "CREATE VIEW v AS SELECT a FROM x; INSERT INTO t VALUES (7)");
    text_load_ok(f, desired,
                 "CREATE TABLE u (b int, KEY m (b)); CREATE SEQUENCE r; CREATE TABLE x (a int); "
                 "CREATE VIEW w AS SELECT a FROM x");
    picture_take(f, live, &a);
    picture_take(f, desired, &b);
    struct renaming renaming = {f, live};
    struct skn_schema_host host = skn_schema_reading;
    host.ctx = &renaming;
    host.write = rename_run;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        uint32_t kind = 0;
        while (strcmp(f->driver->schema->kinds[kind].name, names[i].kind) != 0)
            kind++;
        struct skn_change change = {.size = sizeof change,
                                    .op = SKN_CHANGE_RENAME,
                                    .from = skn_picture_find(&a, kind, skn_str(names[i].from)),
                                    .to = skn_picture_find(&b, kind, skn_str(names[i].to))};
        if (f->driver->schema->render(&host, &change, &look, &f->err) != SKN_OK)
            fail_msg("%s: %s", names[i].kind, f->err.message);
    }
    picture_take(f, live, &reached);
    pictures_equal(f, &reached, &b, &none, "rename");
    assert_string_equal(rows_of(f, live, "SELECT b FROM u"), "7");
    skn_picture_finish(&reached);
    skn_picture_finish(&a);
    skn_picture_finish(&b);
    f->driver->schema->scratch_close(live);
    f->driver->schema->scratch_close(desired);
}

/* ---- what is looked at ---- */

static void what_no_kind_is_for_is_named_and_what_is_ignored_is_not(void **state)
{
    struct skn_str ignored = skn_str("alembic_version");
    struct fixture *f = fixture_of(state);
    struct skn_picture picture;
    open_ok(f);
    sql_ok(f, "CREATE TABLE alembic_version (a int)");
    sql_ok(f, "CREATE TRIGGER x BEFORE INSERT ON alembic_version FOR EACH ROW SET @a = 1");
    sql_ok(f, "SET sql_mode = 'ORACLE'");
    sql_ok(f, "CREATE PACKAGE k AS PROCEDURE p; END");
    look.ignore = &ignored;
    look.ignore_count = 1;
    picture_take(f, f->conn, &picture);
    look.ignore_count = 0;
    assert_string_equal(picture.unmodelled, "PACKAGE k");
    assert_int_equal(picture.count, 0);
    skn_picture_finish(&picture);
}

static void a_view_that_is_broken_is_seen_and_can_go(void **state)
{
    struct fixture *f = fixture_of(state);
    struct skn_picture broken, whole;
    open_ok(f);
    text_load_ok(f, f->conn, "CREATE TABLE x (a int)");
    picture_take(f, f->conn, &whole);
    text_load_ok(f, f->conn,
                 "CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t; DROP TABLE t");
    picture_take(f, f->conn, &broken);
    assert_int_equal(broken.count, whole.count + 1);
    step_over(f, f->conn, &broken, &whole, "broken");
    skn_picture_finish(&broken);
    skn_picture_finish(&whole);
}

static void a_routine_keeps_the_mode_that_it_was_made_in(void **state)
{
    struct fixture *f = fixture_of(state);
    open_ok(f);
    converge(f, "sql_mode",
             "SET sql_mode = 'PIPES_AS_CONCAT,STRICT_ALL_TABLES'; "
             "CREATE FUNCTION f () RETURNS text DETERMINISTIC RETURN 'a' || 'b'; "
             "CREATE PROCEDURE p () BEGIN SET @a = 1; SET @b = ';'; END; "
             "CREATE TABLE t (a int); CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW SET @a = 1; "
             "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DISABLE DO SET @a = 1",
             "CREATE FUNCTION f () RETURNS text DETERMINISTIC RETURN 'a' || 'b'; "
             "CREATE PROCEDURE p () BEGIN SET @a = 1; SET @b = ';'; END; "
             "CREATE TABLE t (a int); CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW SET @a = 1; "
             "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DISABLE DO SET @a = 1");
}

/* ---- scratch databases ---- */

static const char *scratches(struct fixture *f, const char *name)
{
    char sql[256];
    snprintf(sql, sizeof sql,
             "SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = '%s'", name);
    return rows_of(f, f->watch, sql);
}

static void a_scratch_database_is_like_its_target_and_goes_with_its_connection(void **state)
{
    static const char settings[] =
        "SELECT @@sql_mode, @@collation_database, @@collation_connection, @@foreign_key_checks, "
        "@@lock_wait_timeout, @@time_zone";
    struct fixture *f = fixture_of(state);
    char seen[1024], name[80];
    open_ok(f);
    struct skn_conn *scratch = scratch_new(f);
    snprintf(seen, sizeof seen, "%s", rows_of(f, f->conn, settings));
    assert_string_equal(rows_of(f, scratch, settings), seen);
    snprintf(name, sizeof name, "%s", rows_of(f, scratch, "SELECT DATABASE()"));
    assert_memory_equal(name, "skein_scratch_t_", 16);
    assert_string_equal(scratches(f, name), "1");
    f->driver->schema->scratch_close(scratch);
    assert_string_equal(scratches(f, name), "0");
}

static void only_what_nobody_owns_any_more_is_swept(void **state)
{
    struct fixture *f = fixture_of(state);
    char left[80], owned[80];
    open_ok(f);
    struct skn_conn *gone = scratch_new(f);
    struct skn_conn *alive = scratch_new(f);
    snprintf(left, sizeof left, "%s", rows_of(f, gone, "SELECT DATABASE()"));
    snprintf(owned, sizeof owned, "%s", rows_of(f, alive, "SELECT DATABASE()"));
    sql_ok(f, "CREATE DATABASE IF NOT EXISTS `skein_scratch_Somebody's`");
    assert_int_equal(f->driver->schema->scratch_sweep(f->conn, &f->err), SKN_OK);
    assert_string_equal(scratches(f, left), "1");
    f->driver->close(gone); /* as a killed run leaves it */
    while (strcmp(scratches(f, left), "0") != 0)
        assert_int_equal(f->driver->schema->scratch_sweep(f->conn, &f->err), SKN_OK);
    assert_string_equal(scratches(f, owned), "1");
    assert_string_equal(scratches(f, "skein_scratch_Somebody''s"), "1");
    sql_ok(f, "DROP DATABASE `skein_scratch_Somebody's`");
    f->driver->schema->scratch_close(alive);
}

static void without_the_right_to_make_one_it_says_what_to_grant(void **state)
{
    struct fixture *f = fixture_of(state);
    struct skn_conn *scratch = NULL;
    char sql[256];
    open_ok(f);
    sql_ok(f, "CREATE OR REPLACE USER skein_small@localhost");
    snprintf(sql, sizeof sql, "GRANT ALL ON `%s`.* TO skein_small@localhost", f->database);
    sql_ok(f, sql);
    struct skn_kv options[] = {{skn_str("socket"), skn_str(server_socket())},
                               {skn_str("user"), skn_str("skein_small")},
                               {skn_str("database"), skn_str(f->database)}};
    assert_int_equal(f->driver->schema->scratch_open(f->conn, &f->host, options, 3,
                                                     skn_str("skein_scratch_t"), &scratch, &f->err),
                     SKN_E_PERMISSION);
    assert_null(scratch);
    assert_says(f, "GRANT ALL ON `skein\\_scratch\\_%`.*");
    sql_ok(f, "DROP USER skein_small@localhost");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(any_schema_turns_into_any_other_and_back),
        TEST(a_hostile_catalog_comes_through_unharmed),
        TEST(all_of_a_table_changes_in_one_statement),
        TEST(only_the_partitions_that_change_are_touched),
        TEST(what_loses_values_says_so_and_counts_them),
        TEST(what_widens_is_no_loss),
        TEST(online_the_server_is_held_to_let_others_write),
        TEST(a_rename_by_hint_keeps_what_has_the_name),
        TEST(what_no_kind_is_for_is_named_and_what_is_ignored_is_not),
        TEST(a_view_that_is_broken_is_seen_and_can_go),
        TEST(a_routine_keeps_the_mode_that_it_was_made_in),
        TEST(a_scratch_database_is_like_its_target_and_goes_with_its_connection),
        TEST(only_what_nobody_owns_any_more_is_swept),
        TEST(without_the_right_to_make_one_it_says_what_to_grant),
    };
    return cmocka_run_group_tests_name("mysql schema", tests, NULL, NULL);
}

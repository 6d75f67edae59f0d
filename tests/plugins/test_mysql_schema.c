/*
 * The MySQL driver's schema facet against a real server: pairs of schemas, from one to the other,
 * back, from nothing and to nothing.
 */
#include "mysql_schema.h"

static const struct {
    const char *name;
    const char *one;
    const char *other;
} pairs[] = {
    {"a column comes into the middle and another leaves, and order is kept",
     "CREATE TABLE t (a int PRIMARY KEY, b int, d int)",
     "CREATE TABLE t (a int PRIMARY KEY, c varchar(20) NOT NULL DEFAULT 'x', b int)"},
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(any_schema_turns_into_any_other_and_back),
        TEST(a_hostile_catalog_comes_through_unharmed),
    };
    return cmocka_run_group_tests_name("mysql schema", tests, NULL, NULL);
}

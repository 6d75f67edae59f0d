/*
 * Where statements end and what they are, as the servers and their own clients have it: what is
 * claimed here was tried on PostgreSQL 15, MariaDB 10.11 and SQLite 3.40.
 */
#include "scan_fixture.h"

/* ---- every dialect ---- */

static void a_semicolon_ends_a_statement(void **state)
{
    static const struct split splits[] = {
        {"SELECT 1; SELECT 2", "[SELECT 1][SELECT 2]"},
        {"SELECT 1;SELECT 2;", "[SELECT 1][SELECT 2]"},
        {"  SELECT 1 \t ; \r\n", "[SELECT 1]"},
        {"SELECT 'it''s; fine'; x", "[SELECT 'it''s; fine'][x]"},
        {"SELECT \"a\"\";b\"; x", "[SELECT \"a\"\";b\"][x]"},
        {"SELECT '';''; x", "[SELECT ''][''][x]"},
        {"SELECT 1 -- ; 'no\n; x", "[SELECT 1 -- ; 'no][x]"},
        {"SELECT 1 /* ; 'no */ ; x", "[SELECT 1 /* ; 'no */][x]"},
        {"SELECT /**/ 1; x", "[SELECT /**/ 1][x]"},
        {"SELECT /***/ 1 /*/ ; */; x", "[SELECT /***/ 1 /*/ ; */][x]"},
        {"SELECT 4 / 2 - 1; x", "[SELECT 4 / 2 - 1][x]"},
        {"SELECT n'a;', x'41', b'1'; x", "[SELECT n'a;', x'41', b'1'][x]"},
        {"SELECT 'é;\xf0\x9f\x98\x80'; é", "[SELECT 'é;\xf0\x9f\x98\x80'][é]"},
        {"CREATE VIEW v AS SELECT 1; x", "[CREATE VIEW v AS SELECT 1][x]"},
    };

    (void)state;
    for (size_t i = 0; i < 3; i++)
        ASSERT_SPLITS(dialects[i], 0, splits);
}

static void nothing_is_no_statement(void **state)
{
    static const struct split splits[] = {
        {"", ""},
        {" \n\t\v\f\r ", ""},
        {";", ""},
        {" ; ;; \n;", ""},
        {"-- only a comment", ""},
        {"/* only */ ; -- comments\n", ""},
        {";;SELECT 1;;SELECT 2;;", "[SELECT 1][SELECT 2]"},
        {"-- before\n/* it */ SELECT 1; -- after", "[SELECT 1]"},
        {"\xef\xbb\xbfSELECT 1", "[SELECT 1]"},
        {"\xef\xbb\xbf", ""},
    };

    (void)state;
    for (size_t i = 0; i < 3; i++)
        ASSERT_SPLITS(dialects[i], 0, splits);
}

static void no_text_at_all_is_the_end(void **state)
{
    struct scanning scanning;

    (void)state;
    scanning_init(&scanning, skn_str(NULL), 0);
    assert_int_equal(scanning_next(&scanning, &sqlite), SKN_OK);
    assert_int_equal(scanning.cursor.kind, SKN_STATEMENT_END);
}

static void what_is_never_closed_is_reported_where_it_opens(void **state)
{
    static const struct split splits[] = {
        {"SELECT 'a", "!syntax@8"},
        {"SELECT 1; SELECT 'a;'';", "[SELECT 1]!syntax@18"},
        {"SELECT \"a; -- '", "!syntax@8"},
        {"SELECT 1; /* ; ", "[SELECT 1]!syntax@11"},
        {"SELECT 1 /*", "!syntax@10"},
        {"SELECT 1 /*/", "!syntax@10"},
        {"'", "!syntax@1"},
    };

    (void)state;
    for (size_t i = 0; i < 3; i++)
        ASSERT_SPLITS(dialects[i], 0, splits);
}

static void a_nul_byte_is_refused_where_it_stands(void **state)
{
    static const struct {
        const char *text;
        size_t len;
        const char *expected;
    } texts[] = {
        {"SELECT \0 1", 10, "!syntax@8"},
        {"SELECT 'a\0b'; x", 15, "!syntax@10"},
        {"SELECT 1; -- \0", 14, "[SELECT 1]!syntax@14"},
        {"\0", 1, "!syntax@1"},
        {"SELECT 1; SELECT 2;\0", 20, "[SELECT 1][SELECT 2]!syntax@20"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char *found = scan_write(&postgresql, skn_str_len(texts[i].text, texts[i].len), 0);
        assert_string_equal(found, texts[i].expected);
        free(found);
    }
}

static void an_error_says_what_opened_and_leaves_the_cursor(void **state)
{
    static const struct {
        const struct skn_dialect *dialect;
        const char *text;
        const char *message;
    } errors[] = {
        {&sqlite, "SELECT 'a", "the string that opens here is never closed"},
        {&sqlite, "SELECT [a", "the quoted name that opens here is never closed"},
        {&sqlite, "SELECT 1 /* a", "the comment that opens here is never closed"},
        {&postgresql, "DO $do$ begin", "the text that $do$ opens here is never closed"},
        {&mysql, "/*!50003 SELECT 1", "the executable comment that opens here is never closed"},
        {&mysql, "CREATE PROCEDURE p() BEGIN SELECT 1; IF 1 THEN SELECT 2;",
         "the block that IF opens here is never closed: its END is missing"},
        {&mysql, "DELIMITER", "DELIMITER says no delimiter"},
        {&postgresql, "\\connect shop",
         "\\connect is a command of psql, not SQL; write what it does as statements, or leave it "
         "out"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        struct scanning scanning;
        scanning_init(&scanning, skn_str(errors[i].text), 0);
        assert_int_not_equal(scanning_next(&scanning, errors[i].dialect), SKN_OK);
        assert_string_equal(scanning.err.message, errors[i].message);
        assert_int_equal(scanning.cursor.next, 0);
        assert_string_equal(scanning.cursor.delimiter, "");
    }
}

static void a_caller_that_breaks_the_contract_is_told(void **state)
{
    struct scanning scanning;

    (void)state;
    scanning_init(&scanning, skn_str("SELECT 1"), 0);
    scanning.cursor.next = 9;
    assert_int_equal(scanning_next(&scanning, &sqlite), SKN_E_USAGE);
    scanning_init(&scanning, skn_str("SELECT 1"), 0);
    scanning.cursor.size = 8;
    assert_int_equal(scanning_next(&scanning, &sqlite), SKN_E_USAGE);
}

static void variables_are_refused_inside_quotes_and_comments_only(void **state)
{
    static const struct split used[] = {
        {"SELECT ${literal:x}, ${ident:y}; x", "[SELECT ${literal:x}, ${ident:y}][x]"},
        {"SELECT '${literal:x}'", "!syntax@9"},
        {"SELECT 1; SELECT \"a ${ident:x}\"", "[SELECT 1]!syntax@21"},
        {"SELECT '$${literal:x}'; x", "[SELECT '$${literal:x}'][x]"},
        {"SELECT '$$${literal:x}'; x", "[SELECT '$$${literal:x}'][x]"},
        {"SELECT '$${ ${ident:x}'", "!syntax@13"},
        {"SELECT 1 -- ${ident:x}\n; x", "!syntax@13"},
        {"SELECT /* ${ident:x} */ 1; x", "!syntax@11"},
        {"-- ${ident:x}\nSELECT 1; x", "[SELECT 1][x]"},
        {"/* ${ident:x} */ SELECT 1; x", "[SELECT 1][x]"},
        {"SELECT '${x} $ { $'; x", "[SELECT '${x} $ { $'][x]"},
        {"SELECT ${ident:a;b}; x", "[SELECT ${ident:a;b}][x]"},
    };
    static const struct split unused[] = {
        {"SELECT '${literal:x}'; x", "[SELECT '${literal:x}'][x]"},
    };
    static const struct split dollars[] = {
        {"DO $$ ${ident:x} $$", "!syntax@7"},
        {"DO $a$ ${literal:x} $a$", "!syntax@8"},
        {"DO $a$ $${ $a$; x", "[DO $a$ $${ $a$][x]"},
        {"SELECT $${ident:x}; x", "[SELECT $${ident:x}][x]"},
    };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        ASSERT_SPLITS(dialects[i], SKN_SCAN_VARIABLES, used);
        ASSERT_SPLITS(dialects[i], 0, unused);
    }
    ASSERT_SPLITS(&postgresql, SKN_SCAN_VARIABLES, dollars);
}

/* ---- SQLite ---- */

static void sqlite_quotes_in_four_ways(void **state)
{
    static const struct split splits[] = {
        {"SELECT [a;b] FROM `c;``d`; x", "[SELECT [a;b] FROM `c;``d`][x]"},
        {"SELECT [a]]; x", "[SELECT [a]]][x]"},
        {"SELECT 'a\\'; x", "[SELECT 'a\\'][x]"},
        {"SELECT E'a\\'; x", "[SELECT E'a\\'][x]"},
        {"SELECT $a$;$a$; x", "[SELECT $a$][$a$][x]"},
        {"SELECT 1 --x\n; x", "[SELECT 1 --x][x]"},
        {"SELECT 1 -- a\r; x\n; y", "[SELECT 1 -- a\r; x][y]"},
        {"SELECT /* /* */ 1; x", "[SELECT /* /* */ 1][x]"},
        {"SELECT '#;' # 1; x", "[SELECT '#;' # 1][x]"},
        {"SELECT [a", "!syntax@8"},
        {"SELECT `a", "!syntax@8"},
        {"DELIMITER //; x", "[DELIMITER //][x]"},
        {"\\x; y", "[\\x][y]"},
    };

    (void)state;
    ASSERT_SPLITS(&sqlite, 0, splits);
}

static void sqlite_triggers_end_at_their_end(void **state)
{
    static const struct split splits[] = {
        {"CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = 1; DELETE FROM d; END; x",
         "[CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = 1; DELETE FROM d; END][x]"},
        {"create temp trigger if not exists main.t instead of update of a, b on c for each row "
         "when new.a > 1 begin select 1; end; x",
         "[create temp trigger if not exists main.t instead of update of a, b on c for each row "
         "when new.a > 1 begin select 1; end][x]"},
        {"CREATE TRIGGER t AFTER UPDATE ON a BEGIN SELECT CASE WHEN new.a THEN 1 ELSE 2 END; END; "
         "x",
         "[CREATE TRIGGER t AFTER UPDATE ON a BEGIN SELECT CASE WHEN new.a THEN 1 ELSE 2 END; "
         "END][x]"},
        {"CREATE TRIGGER t AFTER UPDATE OF begin, end ON begin BEGIN SELECT end, a.begin FROM t; "
         "END; x",
         "[CREATE TRIGGER t AFTER UPDATE OF begin, end ON begin BEGIN SELECT end, a.begin FROM t; "
         "END][x]"},
        {"CREATE TRIGGER t AFTER UPDATE ON a BEGIN SELECT 1 AS end; SELECT new.end; END; x",
         "[CREATE TRIGGER t AFTER UPDATE ON a BEGIN SELECT 1 AS end; SELECT new.end; END][x]"},
        {"CREATE TRIGGER t AFTER UPDATE ON a BEGIN SELECT 1; /* ; END; */ -- END;\n END -- c\n; x",
         "[CREATE TRIGGER t AFTER UPDATE ON a BEGIN SELECT 1; /* ; END; */ -- END;\n END -- c][x]"},
        {"CREATE TRIGGER [begin] AFTER DELETE ON \"end\" BEGIN SELECT ';'; END; x",
         "[CREATE TRIGGER [begin] AFTER DELETE ON \"end\" BEGIN SELECT ';'; END][x]"},
        {"CREATE TRIGGER t AFTER DELETE ON a BEGIN SELECT 1; END", NULL},
        {"CREATE TRIGGER t AFTER DELETE ON a BEGIN SELECT 1;", "!syntax@36"},
        {"DROP TRIGGER t; BEGIN; SELECT 1; END; x", "[DROP TRIGGER t][BEGIN][SELECT 1][END][x]"},
        {"CREATE TABLE trigger (a); x", "[CREATE TABLE trigger (a)][x]"},
    };

    (void)state;
    ASSERT_SPLITS(&sqlite, 0, splits);
}

/* ---- PostgreSQL ---- */

static void postgresql_quotes_with_dollars(void **state)
{
    static const struct split splits[] = {
        {"DO $$ begin; end $$; x", "[DO $$ begin; end $$][x]"},
        {"DO $a$ $b$ ; $$ ; $b$ $a$; x", "[DO $a$ $b$ ; $$ ; $b$ $a$][x]"},
        {"SELECT $$a$b$c$$; x", "[SELECT $$a$b$c$$][x]"},
        {"SELECT $a$ $A$ ; $a$; x", "[SELECT $a$ $A$ ; $a$][x]"},
        {"SELECT $a$ x$a$; x", "[SELECT $a$ x$a$][x]"},
        {"SELECT $a$ $$a$; x", "[SELECT $a$ $$a$][x]"},
        {"SELECT 1 AS a$b$c; x$b$", "[SELECT 1 AS a$b$c][x$b$]"},
        {"PREPARE q AS SELECT $1 + $2; x", "[PREPARE q AS SELECT $1 + $2][x]"},
        {"SELECT $é1_$;$é1_$; x", "[SELECT $é1_$;$é1_$][x]"},
        {"SELECT $1a$; x$1a$", "[SELECT $1a$][x$1a$]"},
        {"SELECT 1x$a$;'$a$'; SELECT 1$$;$$; x", "[SELECT 1x$a$]['$a$'][SELECT 1$$;$$][x]"},
        {"SELECT $a b$; x", "[SELECT $a b$][x]"},
        {"SELECT $$'$$, $$--$$, $$/*$$; x", "[SELECT $$'$$, $$--$$, $$/*$$][x]"},
        {"SELECT $a$ $b$", "!syntax@8"},
        {"SELECT $", NULL},
        {"SELECT $a", NULL},
    };

    (void)state;
    ASSERT_SPLITS(&postgresql, 0, splits);
}

static void postgresql_strings_escape_only_behind_e(void **state)
{
    static const struct split splits[] = {
        {"SELECT 'a\\'; x", "[SELECT 'a\\'][x]"},
        {"SELECT E'a\\';'; x", "[SELECT E'a\\';'][x]"},
        {"SELECT e'a\\\\'; x", "[SELECT e'a\\\\'][x]"},
        {"SELECT E'a''\\';'; x", "[SELECT E'a''\\';'][x]"},
        {"SELECT E'a'\n'\\';'; x", "[SELECT E'a'\n'\\';'][x]"},
        {"SELECT E'a' -- b\n '\\';'; x", "[SELECT E'a' -- b\n '\\';'][x]"},
        {"SELECT E'a' '\\'; x", "[SELECT E'a' '\\'][x]"},
        {"SELECT E'a' /*\n*/ '\\'; x", "[SELECT E'a' /*\n*/ '\\'][x]"},
        {"SELECT U&'\\0041;\\', U&\"\\0041;\\\"; x", "[SELECT U&'\\0041;\\', U&\"\\0041;\\\"][x]"},
        {"SELECT typee'a\\'; x", "[SELECT typee'a\\'][x]"},
        {"SELECT n'a\\', B'1', X'ff'; x", "[SELECT n'a\\', B'1', X'ff'][x]"},
        {"SELECT \"a\\\"; x", "[SELECT \"a\\\"][x]"},
        {"SELECT E'a\\", "!syntax@8"},
        {"SELECT E'a' \n '\\'", "!syntax@8"},
    };

    (void)state;
    ASSERT_SPLITS(&postgresql, 0, splits);
}

static void postgresql_comments_nest(void **state)
{
    static const struct split splits[] = {
        {"/* a /* b */ ; */ SELECT 1; x", "[SELECT 1][x]"},
        {"SELECT 1 /* /* /* */ */ ; */; x", "[SELECT 1 /* /* /* */ */ ; */][x]"},
        {"SELECT /* /* */ 1; x", "!syntax@8"},
        {"SELECT 1 -- a\r; x", "[SELECT 1 -- a][x]"},
        {"SELECT 1 --a\n; x", "[SELECT 1 --a][x]"},
        {"SELECT 1 # 2; x", "[SELECT 1 # 2][x]"},
        {"/*! SELECT 1; */ x", "[x]"},
        {"SELECT a[1;2]; `", "[SELECT a[1][2]][`]"},
    };

    (void)state;
    ASSERT_SPLITS(&postgresql, 0, splits);
}

static void postgresql_bodies_end_at_their_end(void **state)
{
    static const struct split splits[] = {
        {"CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END; x",
         "[CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END][x]"},
        {"CREATE OR REPLACE PROCEDURE s.p(a int DEFAULT CASE WHEN true THEN 1 END) BEGIN ATOMIC "
         "INSERT INTO t SELECT CASE WHEN true THEN CASE 1 WHEN 1 THEN 2 END END AS end; END; x",
         "[CREATE OR REPLACE PROCEDURE s.p(a int DEFAULT CASE WHEN true THEN 1 END) BEGIN ATOMIC "
         "INSERT INTO t SELECT CASE WHEN true THEN CASE 1 WHEN 1 THEN 2 END END AS end; END][x]"},
        {"CREATE FUNCTION begin() RETURNS int LANGUAGE sql RETURN 1; x",
         "[CREATE FUNCTION begin() RETURNS int LANGUAGE sql RETURN 1][x]"},
        {"CREATE FUNCTION f(begin int) RETURNS int LANGUAGE sql AS 'SELECT 1;'; BEGIN; END; x",
         "[CREATE FUNCTION f(begin int) RETURNS int LANGUAGE sql AS 'SELECT "
         "1;'][BEGIN][END][x]"},
        {"CREATE FUNCTION f() RETURNS int BEGIN /* c */ ATOMIC END; x",
         "[CREATE FUNCTION f() RETURNS int BEGIN /* c */ ATOMIC END][x]"},
        {"CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1;", "!syntax@33"},
        {"DROP FUNCTION f; BEGIN; x; END", "[DROP FUNCTION f][BEGIN][x][END]"},
        {"CREATE RULE r AS ON INSERT TO t DO ALSO (INSERT INTO a VALUES (1); SELECT 2); x",
         "[CREATE RULE r AS ON INSERT TO t DO ALSO (INSERT INTO a VALUES (1); SELECT 2)][x]"},
        {"CREATE OR REPLACE RULE r AS ON DELETE TO t DO NOTHING; x",
         "[CREATE OR REPLACE RULE r AS ON DELETE TO t DO NOTHING][x]"},
        {"CREATE RULE r AS ON INSERT TO t DO (SELECT 1; (SELECT 2);", "!syntax@36"},
        {"CREATE SCHEMA s CREATE TABLE a (b int) CREATE VIEW v AS SELECT 1; x",
         "[CREATE SCHEMA s CREATE TABLE a (b int) CREATE VIEW v AS SELECT 1][x]"},
        {"CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION f(); x",
         "[CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION f()][x]"},
        {"SELECT (1; SELECT 2", "[SELECT (1][SELECT 2]"},
    };

    (void)state;
    ASSERT_SPLITS(&postgresql, 0, splits);
}

static void what_only_psql_can_do_is_refused(void **state)
{
    static const struct split splits[] = {
        {"\\connect shop\nSELECT 1", "!unsupported@1"},
        {"SELECT 1; \\i x.sql", "[SELECT 1]!unsupported@11"},
        {"SELECT 1 \\; SELECT 2;", "!unsupported@10"},
        {"SELECT 1 \\gexec", "!unsupported@10"},
        {"SELECT 1;\nCOPY t (a, b) FROM stdin;\n1\tit's\n\\.\n", "[SELECT 1]!unsupported@11"},
        {"COPY t FROM STDIN WITH (FORMAT csv);\n'", "!unsupported@1"},
        {"COPY t FROM '/tmp/stdin'; x", "[COPY t FROM '/tmp/stdin'][x]"},
        {"COPY t TO STDOUT; x", "[COPY t TO STDOUT][x]"},
        {"COPY (SELECT 1 FROM stdin) TO '/tmp/x'; x",
         "[COPY (SELECT 1 FROM stdin) TO '/tmp/x'][x]"},
        {"SELECT '\\connect', $$\\i$$ -- \\q\n; x", "[SELECT '\\connect', $$\\i$$ -- \\q][x]"},
    };

    (void)state;
    ASSERT_SPLITS(&postgresql, 0, splits);
}

static void what_changes_where_strings_end_is_refused_if_it_matters(void **state)
{
    static const struct split strings[] = {
        {"SET standard_conforming_strings = off; SELECT '\\'", "!unsupported@1"},
        {"x; SET SESSION standard_conforming_strings TO 'off'; \\", "[x]!unsupported@4"},
        {"SET standard_conforming_strings = 0;\\", "!unsupported@1"},
        {"SET standard_conforming_strings = off; x", "[SET standard_conforming_strings = off][x]"},
        {"SET standard_conforming_strings = on; SELECT '\\'",
         "[SET standard_conforming_strings = on][SELECT '\\']"},
        {"SET standard_conforming_strings = 'on'; SELECT '\\'",
         "[SET standard_conforming_strings = 'on'][SELECT '\\']"},
        {"SET standard_conforming_strings TO DEFAULT; SELECT '\\'",
         "[SET standard_conforming_strings TO DEFAULT][SELECT '\\']"},
    };
    static const struct split modes[] = {
        {"SET sql_mode = 'ANSI,NO_BACKSLASH_ESCAPES'; SELECT 'a\\'", "!unsupported@1"},
        {"SET sql_mode = 'NO_BACKSLASH_ESCAPES'", NULL},
        {"SET sql_mode = 'ANSI_QUOTES'; SELECT '\\\\'",
         "[SET sql_mode = 'ANSI_QUOTES'][SELECT '\\\\']"},
    };

    (void)state;
    ASSERT_SPLITS(&postgresql, 0, strings);
    ASSERT_SPLITS(&mysql, 0, modes);
}

/* ---- MySQL and MariaDB ---- */

static void mysql_strings_escape(void **state)
{
    static const struct split splits[] = {
        {"SELECT 'a\\';b'; x", "[SELECT 'a\\';b'][x]"},
        {"SELECT \"a\\\";b\"; x", "[SELECT \"a\\\";b\"][x]"},
        {"SELECT 'a\\\\'; x", "[SELECT 'a\\\\'][x]"},
        {"SELECT `a\\`; x", "[SELECT `a\\`][x]"},
        {"SELECT `a``;`; x", "[SELECT `a``;`][x]"},
        {"SELECT _utf8'a;b', n'a\\'; b'; x", "[SELECT _utf8'a;b', n'a\\'; b'][x]"},
        {"SELECT 'a\\", "!syntax@8"},
        {"SELECT [1; 2]; x", "[SELECT [1][2]][x]"},
        {"SELECT $a$;$a$", "[SELECT $a$][$a$]"},
    };

    (void)state;
    ASSERT_SPLITS(&mysql, 0, splits);
}

static void mysql_comments_need_a_blank_behind_dashes(void **state)
{
    static const struct split splits[] = {
        {"SELECT 5--1; x", "[SELECT 5--1][x]"},
        {"SELECT 5\n--1; x", "[SELECT 5\n--1][x]"},
        {"SELECT 1 -- ; '\n; x", "[SELECT 1 -- ; '][x]"},
        {"SELECT 1 --\t; '\n; x", "[SELECT 1 --\t; '][x]"},
        {"SELECT 1 --\n; x", "[SELECT 1 --][x]"},
        {"SELECT 1 --\x01; '\n; x", "[SELECT 1 --\x01; '][x]"},
        {"SELECT 1; --", "[SELECT 1]"},
        {"-----\n--it's\nSELECT 1;--;\nx", "[SELECT 1][x]"},
        {"SELECT 1 # ; '\n; x", "[SELECT 1 # ; '][x]"},
        {"# all\n#of it", ""},
        {"SELECT /* /* */ 1; x", "[SELECT /* /* */ 1][x]"},
    };

    (void)state;
    ASSERT_SPLITS(&mysql, 0, splits);
}

static void executable_comments_are_code(void **state)
{
    static const struct split splits[] = {
        {"/*!40101 SET NAMES utf8 */; x", "[/*!40101 SET NAMES utf8 */][x]"},
        {"/*! SELECT 1; SELECT 2 */; x", "[/*! SELECT 1; SELECT 2 */][x]"},
        {"/*M!100100 SELECT ';*/' */; x", "[/*M!100100 SELECT ';*/' */][x]"},
        {"SELECT 1 /*! + 2 */, 3; x", "[SELECT 1 /*! + 2 */, 3][x]"},
        {"/*!50003 SELECT /* ; */ 1 */; x", "[/*!50003 SELECT /* ; */ 1 */][x]"},
        {"/*!50003 SELECT /*!99999 1 + */ 2 */; x", "[/*!50003 SELECT /*!99999 1 + */ 2 */][x]"},
        {"/*!50003 SELECT 1 -- */ ;\n + 3 */; x", "[/*!50003 SELECT 1 -- */ ;\n + 3 */][x]"},
        {"/*!50003 */; /*!*/ ; x", "[x]"},
        {"/*!99999 it's /* ; */ hidden */ SELECT 1; x", "[SELECT 1][x]"},
        {"/*M!999999\\- enable the sandbox mode */ \n SELECT 1", "[SELECT 1]"},
        {"/*!50003 CREATE*/ /*!50017 DEFINER=`a`@`b`*/ /*!50003 TRIGGER t BEFORE INSERT ON c FOR "
         "EACH ROW BEGIN SET NEW.a = 1; SET NEW.b = 2; END */; x",
         "[/*!50003 CREATE*/ /*!50017 DEFINER=`a`@`b`*/ /*!50003 TRIGGER t BEFORE INSERT ON c FOR "
         "EACH ROW BEGIN SET NEW.a = 1; SET NEW.b = 2; END */][x]"},
        {"SELECT 1; /*!50003 SELECT 2; ", "[SELECT 1]!syntax@11"},
        {"SELECT 2 */ 3; x", "[SELECT 2 */ 3][x]"},
    };

    (void)state;
    ASSERT_SPLITS(&mysql, 0, splits);
}

static void a_delimiter_line_changes_the_delimiter(void **state)
{
    static const struct split splits[] = {
        {"DELIMITER //\nSELECT 1; SELECT 2//\nDELIMITER ;\nSELECT 3; x",
         "[SELECT 1; SELECT 2][SELECT 3][x]"},
        {"  delimiter $$ \r\nCREATE PROCEDURE p() BEGIN SELECT 1; END$$\nx$$",
         "[CREATE PROCEDURE p() BEGIN SELECT 1; END][x]"},
        {"SELECT 1;\nDELIMITER ;;\nSELECT 2; SELECT 3;;\nDELIMITER ;\n",
         "[SELECT 1][SELECT 2; SELECT 3]"},
        {"DELIMITER //\nSELECT '//', `//`, \"//\" /* // */ // x",
         "[SELECT '//', `//`, \"//\" /* // "
         "*/][x]"},
        {"DELIMITER //\nSELECT 1 -- //\n// x", "[SELECT 1 -- //][x]"},
        {"DELIMITER //\nSELECT 1//SELECT 2", "[SELECT 1][SELECT 2]"},
        {"DELIMITER //\n// // SELECT 1 ////", "[SELECT 1]"},
        {"DELIMITER '//'\nSELECT 1// x", "[SELECT 1][x]"},
        {"DELIMITER // -- until here\nSELECT 1// x", "[SELECT 1][x]"},
        {"DELIMITER # \nSELECT 1# x", "[SELECT 1][x]"},
        {"DELIMITER abcdefghijklmno\nSELECT 1 abcdefghijklmno x", "[SELECT 1][x]"},
        {"DELIMITER //\n/*!50003 SELECT 1// */// x", "[/*!50003 SELECT 1// */][x]"},
        {"DELIMITER //", ""},
        {"DELIMITER //\nx//\n;\nDELIMITER ;\ny;z", "[x][y][z]"},
        {"SELECT 1; DELIMITER // \nx//y", "[SELECT 1][x][y]"},
        {"CREATE TABLE t (\n delimiter INT\n); x", "[CREATE TABLE t (\n delimiter INT\n)][x]"},
        {"SELECT 1;\nDELIMITER\nSELECT 2;", "[SELECT 1]!syntax@11"},
        {"DELIMITER   ", "!syntax@1"},
        {"DELIMITER abcdefghijklmnop\nx", "!syntax@11"},
        {"DELIMITER a\\b\nx", "!syntax@11"},
        {"DELIMITER // SELECT 1 //\n", "!syntax@14"},
    };

    (void)state;
    ASSERT_SPLITS(&mysql, 0, splits);
}

static void mysql_bodies_end_without_a_delimiter_line(void **state)
{
    static const struct split splits[] = {
        {"CREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END; x",
         "[CREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END][x]"},
        {"CREATE PROCEDURE p() BEGIN END; x", "[CREATE PROCEDURE p() BEGIN END][x]"},
        {"CREATE PROCEDURE p(IN a INT) COMMENT 'BEGIN;' NOT DETERMINISTIC SQL SECURITY INVOKER "
         "BEGIN BEGIN SELECT 1; END; BEGIN END; END; x",
         "[CREATE PROCEDURE p(IN a INT) COMMENT 'BEGIN;' NOT DETERMINISTIC SQL SECURITY INVOKER "
         "BEGIN BEGIN SELECT 1; END; BEGIN END; END][x]"},
        {"CREATE OR REPLACE DEFINER=root@localhost PROCEDURE IF NOT EXISTS d.p() l: BEGIN LEAVE l; "
         "END l; x",
         "[CREATE OR REPLACE DEFINER=root@localhost PROCEDURE IF NOT EXISTS d.p() l: BEGIN LEAVE "
         "l; END l][x]"},
        {"CREATE DEFINER = CURRENT_USER() PROCEDURE p() BEGIN SELECT 1; END; x",
         "[CREATE DEFINER = CURRENT_USER() PROCEDURE p() BEGIN SELECT 1; END][x]"},
        {"CREATE DEFINER='a'@'%' AGGREGATE FUNCTION f(x INT) RETURNS INT BEGIN FETCH GROUP NEXT "
         "ROW; RETURN 1; END; x",
         "[CREATE DEFINER='a'@'%' AGGREGATE FUNCTION f(x INT) RETURNS INT BEGIN FETCH GROUP NEXT "
         "ROW; RETURN 1; END][x]"},
        {"CREATE PROCEDURE begin(begin INT) BEGIN SELECT 1; END; x",
         "[CREATE PROCEDURE begin(begin INT) BEGIN SELECT 1; END][x]"},
        {"CREATE PROCEDURE p() SELECT IF(1, 2, 3); x", "[CREATE PROCEDURE p() SELECT IF(1, 2, "
                                                       "3)][x]"},
        {"CREATE FUNCTION f() RETURNS INT DETERMINISTIC RETURN IF(1, 2, 3); x",
         "[CREATE FUNCTION f() RETURNS INT DETERMINISTIC RETURN IF(1, 2, 3)][x]"},
        {"CREATE FUNCTION f(a ENUM('x')) RETURNS SET('a') CHARSET utf8mb4 COLLATE utf8mb4_bin "
         "DETERMINISTIC IF 1 THEN RETURN 1; END IF; x",
         "[CREATE FUNCTION f(a ENUM('x')) RETURNS SET('a') CHARSET utf8mb4 COLLATE utf8mb4_bin "
         "DETERMINISTIC IF 1 THEN RETURN 1; END IF][x]"},
        {"CREATE FUNCTION f RETURNS STRING SONAME 'x.so'; x",
         "[CREATE FUNCTION f RETURNS STRING SONAME 'x.so'][x]"},
        {"CREATE FUNCTION f() RETURNS INT l: LOOP RETURN 1; END LOOP; x",
         "[CREATE FUNCTION f() RETURNS INT l: LOOP RETURN 1; END LOOP][x]"},
        {"CREATE FUNCTION f() RETURNS INT RETURN CASE WHEN 1 THEN 2 END; x",
         "[CREATE FUNCTION f() RETURNS INT RETURN CASE WHEN 1 THEN 2 END][x]"},
        {"CREATE PROCEDURE p() IF EXISTS (SELECT 1) THEN SELECT 1; ELSEIF 2 THEN SELECT 2; ELSE "
         "SELECT 3; END IF; x",
         "[CREATE PROCEDURE p() IF EXISTS (SELECT 1) THEN SELECT 1; ELSEIF 2 THEN SELECT 2; ELSE "
         "SELECT 3; END IF][x]"},
        {"CREATE PROCEDURE p() CASE 1 WHEN 1 THEN SELECT 1; ELSE BEGIN END; END CASE; x",
         "[CREATE PROCEDURE p() CASE 1 WHEN 1 THEN SELECT 1; ELSE BEGIN END; END CASE][x]"},
        {"CREATE PROCEDURE p() BEGIN SELECT 1;", "!syntax@22"},
        {"CREATE PROCEDURE p() BEGIN IF 1 THEN SELECT 1; END;", "!syntax@22"},
        {"DROP PROCEDURE p; BEGIN; x; END", "[DROP PROCEDURE p][BEGIN][x][END]"},
        {"ALTER PROCEDURE p COMMENT 'a'; x", "[ALTER PROCEDURE p COMMENT 'a'][x]"},
    };

    (void)state;
    ASSERT_SPLITS(&mysql, 0, splits);
}

/* Each is the body of a procedure that MariaDB takes. */
static const char *const bodies[] = {
    "BEGIN IF a THEN SELECT 1; ELSE IF b THEN SELECT 2; END IF; END IF; END",
    "BEGIN IF IF(1, 2, 3) THEN SELECT IF(1, 2, 3); END IF; END",
    "BEGIN IF NOT EXISTS (SELECT 1) THEN DROP TABLE IF EXISTS z; END IF; END",
    "BEGIN IF CASE WHEN 1 THEN 2 ELSE 3 END THEN SELECT 1; END IF; END",
    "BEGIN CREATE TEMPORARY TABLE IF NOT EXISTS z AS SELECT 1 begin; END",
    "BEGIN CASE WHEN 1 THEN SELECT 1; WHEN 2 THEN BEGIN END; ELSE SELECT 3; END CASE; END",
    "BEGIN CASE CASE a WHEN 1 THEN 2 END WHEN 2 THEN SELECT 1; END CASE; END",
    "BEGIN SELECT CASE WHEN 1 THEN IF(1, 2, 3) ELSE REPEAT('a', 2) END; END",
    "BEGIN SELECT CASE WHEN end > 0 THEN end ELSE end END; SET end = 1; END",
    "BEGIN IF end THEN SET end = end; END IF; CASE end WHEN 1 THEN SET end = 2; END CASE; END",
    "BEGIN WHILE end < 3 DO SET end = end + 1; END WHILE; END",
    "BEGIN l: WHILE 1 DO ITERATE l; END WHILE l; `m`: LOOP LEAVE m; END LOOP m; END",
    "BEGIN REPEAT SET @a = 1; UNTIL @a = CASE WHEN 1 THEN 1 END END REPEAT; END",
    "BEGIN REPEAT SELECT REPEAT('a', 2); UNTIL end END REPEAT; END",
    "BEGIN FOR i IN 1..2 DO SELECT i; END FOR; FOR r IN (SELECT 1) DO SELECT 2; END FOR; END",
    "BEGIN DECLARE c CURSOR FOR SELECT 1; DECLARE CONTINUE HANDLER FOR NOT FOUND SET @a = IF(1, 2, "
    "3); OPEN c; END",
    "BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END; SELECT 1; END",
    "BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION, NOT FOUND, SQLSTATE '23000', 1062 IF 1 THEN "
    "SELECT "
    "1; END IF; SELECT 1; END",
    "BEGIN DECLARE EXIT HANDLER FOR SQLSTATE VALUE '23000' l: BEGIN END l; SELECT 1; END",
    "BEGIN DECLARE x CONDITION FOR 1146; DECLARE EXIT HANDLER FOR x SET @a = IF(1, 2, 3); END",
    "BEGIN DECLARE x INT DEFAULT IF(1, 2, 3); DECLARE handler INT; END",
    "BEGIN START TRANSACTION; COMMIT; ROLLBACK; END",
    "BEGIN XA START 'a'; XA END 'a'; XA ROLLBACK 'a'; END",
    "BEGIN SELECT t.end, t.begin, `end`, @end FROM (SELECT 1 end, 2 begin) t; END",
    "BEGIN SELECT 1 AS end; SELECT 2 AS begin; SELECT 1 end; END",
    "BEGIN EXECUTE IMMEDIATE 'BEGIN NOT ATOMIC SELECT 1; END'; DO SLEEP(0); END",
    "BEGIN NOT ATOMIC SELECT 1; END",
    "BEGIN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'END;'; END",
    "BEGIN WITH c AS (SELECT 1) SELECT * FROM c; END",
};

static void blocks_close_at_their_own_end(void **state)
{
    int wrong = 0;

    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        char text[512];
        char expected[512];
        struct split split = {text, expected};
        snprintf(text, sizeof text, "CREATE PROCEDURE p(a INT, b INT, end INT) %s; x", bodies[i]);
        snprintf(expected, sizeof expected, "[CREATE PROCEDURE p(a INT, b INT, end INT) %s][x]",
                 bodies[i]);
        wrong += splits_count_wrong(&mysql, 0, &split, 1);
    }
    assert_int_equal(wrong, 0);
}

static void mysql_triggers_and_events_have_bodies(void **state)
{
    static const struct split splits[] = {
        {"CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET NEW.b = IF(NEW.c, 1, 2); x",
         "[CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET NEW.b = IF(NEW.c, 1, 2)][x]"},
        {"CREATE TRIGGER t AFTER UPDATE ON a FOR EACH ROW FOLLOWS s BEGIN SELECT 1; END; x",
         "[CREATE TRIGGER t AFTER UPDATE ON a FOR EACH ROW FOLLOWS s BEGIN SELECT 1; END][x]"},
        {"CREATE TRIGGER t AFTER DELETE ON a FOR EACH ROW IF OLD.a THEN INSERT INTO b VALUES (1); "
         "END IF; x",
         "[CREATE TRIGGER t AFTER DELETE ON a FOR EACH ROW IF OLD.a THEN INSERT INTO b VALUES (1); "
         "END IF][x]"},
        {"CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS NOW() + INTERVAL IF(1, 2, 3) DAY DO BEGIN "
         "SELECT 1; END; x",
         "[CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS NOW() + INTERVAL IF(1, 2, 3) DAY DO BEGIN "
         "SELECT 1; END][x]"},
        {"ALTER EVENT e DO BEGIN SELECT 1; SELECT 2; END; x",
         "[ALTER EVENT e DO BEGIN SELECT 1; SELECT 2; END][x]"},
        {"ALTER EVENT e DISABLE; x", "[ALTER EVENT e DISABLE][x]"},
        {"DROP EVENT e; x", "[DROP EVENT e][x]"},
    };

    (void)state;
    ASSERT_SPLITS(&mysql, 0, splits);
}

static void compound_statements_stand_alone(void **state)
{
    static const struct split splits[] = {
        {"BEGIN NOT ATOMIC IF 1 THEN SELECT 1; END IF; END; x",
         "[BEGIN NOT ATOMIC IF 1 THEN SELECT 1; END IF; END][x]"},
        {"IF 1 THEN SELECT 1; END IF; x", "[IF 1 THEN SELECT 1; END IF][x]"},
        {"WHILE 0 DO SELECT 1; END WHILE; x", "[WHILE 0 DO SELECT 1; END WHILE][x]"},
        {"FOR i IN 1..2 DO SELECT i; END FOR; x", "[FOR i IN 1..2 DO SELECT i; END FOR][x]"},
        {"CASE 1 WHEN 1 THEN SELECT 1; END CASE; x", "[CASE 1 WHEN 1 THEN SELECT 1; END CASE][x]"},
        {"BEGIN; SELECT 1; COMMIT; BEGIN WORK; x", "[BEGIN][SELECT 1][COMMIT][BEGIN WORK][x]"},
        {"START TRANSACTION; SELECT 1; END; x", "[START TRANSACTION][SELECT 1][END][x]"},
    };

    (void)state;
    ASSERT_SPLITS(&mysql, 0, splits);
}

static void bodies_of_the_oracle_mode_end_too(void **state)
{
    static const struct split splits[] = {
        {"CREATE PACKAGE p AS FUNCTION f RETURN INT; PROCEDURE q(a INT); END; x",
         "[CREATE PACKAGE p AS FUNCTION f RETURN INT; PROCEDURE q(a INT); END][x]"},
        {"CREATE PACKAGE BODY p AS a INT := 1; FUNCTION f RETURN INT AS b INT; BEGIN RETURN 1; "
         "END; "
         "PROCEDURE q(a INT) IS BEGIN SELECT a; END; BEGIN SET @z = 1; END; x",
         "[CREATE PACKAGE BODY p AS a INT := 1; FUNCTION f RETURN INT AS b INT; BEGIN RETURN 1; "
         "END; PROCEDURE q(a INT) IS BEGIN SELECT a; END; BEGIN SET @z = 1; END][x]"},
        {"CREATE OR REPLACE PACKAGE BODY p AS FUNCTION f RETURN INT AS BEGIN RETURN 1; END; END; x",
         "[CREATE OR REPLACE PACKAGE BODY p AS FUNCTION f RETURN INT AS BEGIN RETURN 1; END; "
         "END][x]"},
        {"CREATE PROCEDURE p AS a INT := 1; BEGIN <<l>> FOR i IN 1..2 LOOP SELECT i; END LOOP; "
         "WHILE "
         "a < 2 LOOP a := a + 1; END LOOP; IF a THEN SELECT 1; ELSIF 1 THEN SELECT 2; END IF; "
         "EXCEPTION WHEN OTHERS THEN SELECT 1; WHEN NOT FOUND THEN BEGIN NULL; END; END; x",
         "[CREATE PROCEDURE p AS a INT := 1; BEGIN <<l>> FOR i IN 1..2 LOOP SELECT i; END LOOP; "
         "WHILE a < 2 LOOP a := a + 1; END LOOP; IF a THEN SELECT 1; ELSIF 1 THEN SELECT 2; END "
         "IF; "
         "EXCEPTION WHEN OTHERS THEN SELECT 1; WHEN NOT FOUND THEN BEGIN NULL; END; END][x]"},
        {"CREATE FUNCTION f RETURN INT AS BEGIN RETURN 1; END; x",
         "[CREATE FUNCTION f RETURN INT AS BEGIN RETURN 1; END][x]"},
    };

    (void)state;
    ASSERT_SPLITS(&mysql, 0, splits);
}

static void blocks_nest_only_so_deep(void **state)
{
    char text[4096] = "CREATE PROCEDURE p() ";
    char *found;

    (void)state;
    for (int i = 0; i < 129; i++)
        strncat(text, "BEGIN ", sizeof text - strlen(text) - 1);
    found = scan_write(&mysql, skn_str(text), 0);
    assert_string_equal(found, "!unsupported@790");
    free(found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_semicolon_ends_a_statement),
        cmocka_unit_test(nothing_is_no_statement),
        cmocka_unit_test(no_text_at_all_is_the_end),
        cmocka_unit_test(what_is_never_closed_is_reported_where_it_opens),
        cmocka_unit_test(a_nul_byte_is_refused_where_it_stands),
        cmocka_unit_test(an_error_says_what_opened_and_leaves_the_cursor),
        cmocka_unit_test(a_caller_that_breaks_the_contract_is_told),
        cmocka_unit_test(variables_are_refused_inside_quotes_and_comments_only),
        cmocka_unit_test(sqlite_quotes_in_four_ways),
        cmocka_unit_test(sqlite_triggers_end_at_their_end),
        cmocka_unit_test(postgresql_quotes_with_dollars),
        cmocka_unit_test(postgresql_strings_escape_only_behind_e),
        cmocka_unit_test(postgresql_comments_nest),
        cmocka_unit_test(postgresql_bodies_end_at_their_end),
        cmocka_unit_test(what_only_psql_can_do_is_refused),
        cmocka_unit_test(what_changes_where_strings_end_is_refused_if_it_matters),
        cmocka_unit_test(mysql_strings_escape),
        cmocka_unit_test(mysql_comments_need_a_blank_behind_dashes),
        cmocka_unit_test(executable_comments_are_code),
        cmocka_unit_test(a_delimiter_line_changes_the_delimiter),
        cmocka_unit_test(mysql_bodies_end_without_a_delimiter_line),
        cmocka_unit_test(blocks_close_at_their_own_end),
        cmocka_unit_test(mysql_triggers_and_events_have_bodies),
        cmocka_unit_test(compound_statements_stand_alone),
        cmocka_unit_test(bodies_of_the_oracle_mode_end_too),
        cmocka_unit_test(blocks_nest_only_so_deep),
    };
    return cmocka_run_group_tests_name("scan", tests, NULL, NULL);
}

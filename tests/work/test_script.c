/*
 * Scripts: what is cut out of a section, what is refused, and what variables become.
 */
#include "apply_fixture.h"

/* The script as the worker has it, or its fault in world->err. */
static const struct skn_script *script_of(struct world *world, const char *sql, int off,
                                          int variables)
{
    const struct skn_script *script = NULL;
    json_t *id = script_keep(world, sql, off, variables);
    world->err = (struct skn_error)SKN_ERROR_INIT;
    world->rc = skn_scripts_get(&world->scripts, json_integer_value(id), &world->session, &script,
                                &world->err);
    json_decref(id);
    return world->rc == SKN_OK ? script : NULL;
}

static void refused_at(struct world *world, const char *sql, int off, const char *at,
                       const char *why)
{
    assert_null(script_of(world, sql, off, 0));
    assert_int_equal(world->rc, SKN_E_UNSUPPORTED);
    assert_int_equal(world->err.position, strstr(sql, at) - sql + 1);
    assert_non_null(strstr(world->err.message, why));
}

static void statement_is(const struct skn_script *script, size_t i, const char *text)
{
    assert_non_null(script);
    assert_true(i < script->count);
    assert_int_equal(script->statements[i].text.len, strlen(text));
    assert_memory_equal(script->statements[i].text.ptr, text, strlen(text));
    assert_memory_equal(script->text + script->statements[i].offset, text, strlen(text));
}

static void a_section_is_cut_into_statements_that_know_their_place(void **state)
{
    const struct skn_script *script =
        script_of(*state, "-- one\nSELECT 1;\n\n/* two */ SELECT ';' ;;\nSELECT 3", 0, 0);
    statement_is(script, 0, "SELECT 1");
    statement_is(script, 1, "SELECT ';'");
    statement_is(script, 2, "SELECT 3");
    assert_int_equal(script->count, 3);
    assert_false(script->touches_session);
}

static void r1_a_section_of_nothing_but_comments_has_no_statement(void **state)
{
    static const char *const empty[] = {"", "\n\n", "-- nothing\n", "/* nothing */;;"};
    for (size_t i = 0; i < sizeof empty / sizeof empty[0]; i++) {
        const struct skn_script *script = script_of(*state, empty[i], 0, 0);
        assert_non_null(script);
        assert_int_equal(script->count, 0);
    }
}

static void r4_a_transaction_around_the_whole_section_is_skeins_to_make(void **state)
{
    static const char *const wrapped[] = {
        "BEGIN; SELECT 1; COMMIT;", "begin transaction; SELECT 1; end;",
        "START TRANSACTION;\nSELECT 1;\nCOMMIT WORK;\n", "-- x\nBEGIN IMMEDIATE; SELECT 1; COMMIT"};
    for (size_t i = 0; i < sizeof wrapped / sizeof wrapped[0]; i++) {
        const struct skn_script *script = script_of(*state, wrapped[i], 0, 0);
        statement_is(script, 0, "SELECT 1");
        assert_int_equal(script->count, 1);
    }
    assert_int_equal(script_of(*state, "BEGIN; COMMIT;", 0, 0)->count, 0);
}

static void r4_any_other_control_of_the_transaction_is_refused_by_its_place(void **state)
{
    static const struct {
        const char *sql;
        const char *at;
    } bad[] = {
        {"SELECT 1; COMMIT; SELECT 2;", "COMMIT"},
        {"BEGIN; SELECT 1; COMMIT; SELECT 2;", "BEGIN"},
        {"BEGIN; SELECT 1; COMMIT; BEGIN; SELECT 2; COMMIT;", "COMMIT; BEGIN"},
        {"SELECT 1;\n  ROLLBACK;", "ROLLBACK"},
        {"SAVEPOINT a; SELECT 1; RELEASE a;", "SAVEPOINT"},
        {"BEGIN; SELECT 1; ROLLBACK;", "BEGIN"},
        {"SELECT 1; PREPARE TRANSACTION 'x';", "PREPARE"},
        {"BEGIN", "BEGIN"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        refused_at(*state, bad[i].sql, 0, bad[i].at, "controls the transaction");
        refused_at(*state, bad[i].sql, 1, bad[i].at, "controls the transaction");
    }
}

static void r4_what_skeins_session_and_lock_would_not_survive_is_refused_by_its_place(void **state)
{
    static const struct {
        const char *sql;
        const char *at;
        const char *why;
    } bad[] = {
        {"SELECT 1; DISCARD ALL;", "DISCARD", "gives up skein's lock"},
        {"SELECT 1; SELECT pg_advisory_unlock_all();", "pg_adv", "skein's"},
        {"SELECT pg_catalog.\"pg_advisory_unlock\"(1);", "\"pg_adv", "skein's"},
        {"SELECT 1, RELEASE_ALL_LOCKS ( );", "RELEASE_ALL", "skein's"},
        {"INSERT INTO t SELECT Release_Lock('x');", "Release_Lock", "skein's"},
        {"SELECT get_lock('x', 1);", "get_lock", "skein's"},
        {"SET SESSION AUTHORIZATION 'joe';", "SET", "somebody else"},
        {"set role joe;", "set", "somebody else"},
        {"SET LOCAL ROLE NONE;", "SET", "somebody else"},
        {"RESET ROLE;", "RESET", "somebody else"},
        {"SELECT 1; SET a = 1, @@session.autocommit = 0;", "autocommit", "skein commits"},
        {"FLUSH TABLES a WITH READ LOCK;", "LOCK", "keeps everybody from writing"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        refused_at(*state, bad[i].sql, 0, bad[i].at, bad[i].why);
        refused_at(*state, bad[i].sql, 1, bad[i].at, bad[i].why);
    }
}

static void r4_a_change_of_the_ledgers_tables_is_refused_by_its_place(void **state)
{
    static const char *const bad[] = {
        "DROP TABLE alembic_version;",
        "ALTER TABLE public.\"alembic_version\" ADD x INT;",
        "TRUNCATE TABLE Alembic_Version;",
        "DELETE FROM alembic_version;",
        "UPDATE alembic_version SET version_num = 'x';",
        "INSERT INTO skein_log VALUES (1);",
        "WITH a AS (SELECT 1) DELETE FROM skein_step;",
        "CREATE INDEX i ON alembic_version (version_num);",
        "CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32));",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refused_at(*state, bad[i], 0, bad[i], "changes skein's own table");
    refused_at(*state, "DROP TABLE a, alembic_version;", 0, "alembic", "changes skein's own");
    refused_at(*state, "RENAME TABLE a TO b, b TO skein_step;", 0, "skein_step", "changes skein's");
}

static void r4_what_only_looks_like_that_is_taken(void **state)
{
    static const char *const fine[] = {
        "SELECT version_num FROM alembic_version;",
        "INSERT INTO t SELECT version_num FROM alembic_version;",
        "CREATE VIEW v AS SELECT version_num FROM alembic_version;",
        "INSERT INTO t VALUES ('pg_advisory_unlock_all()');",
        "SELECT 1 /* pg_advisory_unlock_all() */;",
        "CREATE TABLE t (get_lock INT, role INT);",
        "SELECT pg_advisory_xact_lock(1);",
        "SET search_path TO a;",
        "SET LOCAL lock_timeout = 0;",
        "DROP TABLE alembic_versions;",
        "UPDATE my_skein_log SET x = 'DROP TABLE alembic_version';",
    };
    for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++)
        assert_non_null(script_of(*state, fine[i], 0, 0));
}

static void what_cannot_run_inside_a_transaction_says_how_it_can(void **state)
{
    refused_at(*state, "SELECT 1;\nVACUUM;", 0, "VACUUM", "write transaction=off");
    const struct skn_script *script = script_of(*state, "SELECT 1;\nVACUUM;", 1, 0);
    statement_is(script, 1, "VACUUM");
    assert_true(script->off);
}

static void a_fault_is_the_same_each_time_and_costs_no_second_scan(void **state)
{
    struct world *world = *state;
    const struct skn_script *script;
    assert_null(script_of(world, "SELECT 'unterminated", 0, 0));
    assert_int_equal(world->rc, SKN_E_SYNTAX);
    assert_true(world->err.position > 0);
    struct skn_error again = SKN_ERROR_INIT;
    assert_int_equal(skn_scripts_get(&world->scripts, (int64_t)world->scripts.count - 1,
                                     &world->session, &script, &again),
                     SKN_E_SYNTAX);
    assert_string_equal(again.message, world->err.message);
    assert_int_equal(again.position, world->err.position);
}

static void settings_of_the_session_are_noticed(void **state)
{
    assert_true(script_of(*state, "SELECT 1; SET x = 1;", 0, 0)->touches_session);
    assert_true(script_of(*state, "PRAGMA x = 1;", 0, 0)->touches_session);
}

static void a_script_is_kept_as_it_came_first(void **state)
{
    struct world *world = *state;
    const struct skn_script *script = script_of(world, "SELECT 1;", 0, 0);
    json_t *request = json_pack("{s:[I, i, i, i], s:s}", "list",
                                (json_int_t)world->scripts.count - 1, 9, 0, 0, "body", "SELECT 2;");
    assert_int_equal(skn_scripts_add(&world->scripts, request, &world->err), SKN_OK);
    statement_is(script, 0, "SELECT 1");
    json_decref(request);
}

static void a_script_that_was_never_sent_is_an_error(void **state)
{
    static const int64_t ids[] = {-1, 5, INT64_MAX};
    struct world *world = *state;
    const struct skn_script *script;
    script_of(world, "SELECT 1;", 0, 0);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(
            skn_scripts_get(&world->scripts, ids[i], &world->session, &script, &world->err),
            SKN_E_DRIVER);
}

static void a_malformed_script_request_is_refused(void **state)
{
    static const char *const bad[] = {"{\"list\": [-1, 0, 0, 0], \"body\": \"\"}",
                                      "{\"list\": [4000000, 0, 0, 0], \"body\": \"\"}",
                                      "{\"list\": [1, 0, 0, 0]}",
                                      "{\"list\": [1, 0, 0, 0], \"body\": 3}",
                                      "{\"list\": [1, 2, 0, 0], \"body\": \"a\"}",
                                      "{\"list\": [1, -1, 0, 0], \"body\": \"a\"}",
                                      "{\"list\": [1, 0, 0], \"body\": \"\"}",
                                      "{\"list\": [], \"body\": \"\"}",
                                      "{\"body\": \"\"}"};
    struct world *world = *state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        json_t *request = json_loads(bad[i], 0, NULL);
        assert_int_equal(skn_scripts_add(&world->scripts, request, &world->err), SKN_E_DRIVER);
        json_decref(request);
    }
    assert_int_equal(world->scripts.count, 0);
}

static void scripts_that_come_together_are_cut_where_they_meet(void **state)
{
    struct world *world = *state;
    const struct skn_script *script;
    json_t *request = json_pack("{s:[i, i, i, i, i, i, i, i], s:s}", "list", 3, 9, 0, 0, 1, 7, 1, 0,
                                "body", "SELECT 1;SELECT2");
    assert_int_equal(skn_scripts_add(&world->scripts, request, &world->err), SKN_OK);
    json_decref(request);
    for (int64_t id = 1; id <= 3; id += 2) {
        assert_int_equal(
            skn_scripts_get(&world->scripts, id, &world->session, &script, &world->err), SKN_OK);
        statement_is(script, 0, id == 3 ? "SELECT 1" : "SELECT2");
        assert_int_equal(script->off, id == 1);
    }
}

static void d4_a_scanner_that_fails_is_a_fault_of_the_script(void **state)
{
    struct world *world = *state;
    option_set(world, "fail", "scan:2:syntax");
    assert_int_equal(skn_session_open(&world->session, "it", world->options, "", &world->err),
                     SKN_OK);
    assert_null(script_of(world, "SELECT 1; SELECT 2;", 0, 0));
    assert_int_equal(world->rc, SKN_E_SYNTAX);
}

static void d4_a_capability_that_the_driver_cannot_have_is_not_believed_of_a_server(void **state)
{
    struct world *world = *state;
    option_set(world, "garbage", "describe:1:value");
    assert_int_equal(skn_session_open(&world->session, "it", world->options, "", &world->err),
                     SKN_OK);
    assert_int_equal(world->session.server.caps & ~world->session.loaded.driver.caps, 0);
    assert_int_equal(strlen(world->session.server.refusal),
                     sizeof world->session.server.refusal - 1);
}

/* ---- directives ---- */

static void directive_refused(struct world *world, const char *sql, const char *at, const char *why)
{
    assert_null(script_of(world, sql, 1, 0));
    assert_int_equal(world->rc, SKN_E_SYNTAX);
    assert_int_equal(world->err.position, strstr(sql, at) - sql + 1);
    assert_non_null(strstr(world->err.message, why));
}

static void what_stands_before_a_statement_is_its_own(void **state)
{
    const struct skn_script *script =
        script_of(*state,
                  "-- skein:\tproof SELECT 1 ; ;\t\r\nINSERT INTO t VALUES (1);\n"
                  "-- a comment\n-- skein: repeatable\nINSERT INTO t VALUES (2);\n"
                  " -- skein: not at the start of a line\nINSERT INTO t VALUES (3);\n"
                  "-- skein: renamed-from old\nCREATE TABLE fresh (n INTEGER);",
                  1, 0);
    assert_non_null(script);
    assert_int_equal(script->count, 4);
    assert_true(skn_str_is(script->statements[0].proof, "SELECT 1"));
    assert_false(script->statements[0].repeatable);
    assert_null(script->statements[1].proof.ptr);
    assert_true(script->statements[1].repeatable);
    assert_null(script->statements[2].proof.ptr);
    assert_true(skn_str_is(script->statements[3].renamed, "old"));
}

static void a_directive_that_says_nothing_known_is_refused_by_its_place(void **state)
{
    static const struct {
        const char *sql;
        const char *at;
        const char *why;
    } bad[] = {
        {"-- skein: repeatably\nSELECT 1;", "repeatably", "before a statement stands"},
        {"-- skein: proof\nSELECT 1;", "proof", "before a statement stands"},
        {"-- skein:\nSELECT 1;", "\nSELECT", "before a statement stands"},
        {"-- skein: proof DELETE FROM t\nSELECT 1;", "DELETE", "one SELECT, on the same line"},
        {"-- skein: proof SELECT 1; SELECT 2\nSELECT 1;", "SELECT 1; ", "more statements"},
        {"-- skein: proof SELECT 1; 'x\nSELECT 1;", "'x", ""},
        {"-- skein: proof 'x\nSELECT 1;", "'x", ""},
        {"-- skein: proof SELECT 1\n-- skein: proof SELECT 2\nSELECT 3;", "proof SELECT 2",
         "a second proof"},
        {"-- skein: proof SELECT 1\n-- skein: repeatable\nSELECT 3;", "repeatable",
         "needs no proof"},
        {"-- skein: held-back\nSELECT 1;", "held-back", "destroys data"},
        {"-- skein: unproven\nSELECT 1;", "unproven", "was not proven"},
        {"-- skein: held-back: x\nSELECT 1;", "held-back:", "before a statement stands"},
        {"SELECT 1;\n-- skein: held-back\n--! DROP TABLE t;\n", "held-back", "destroys data"},
        {"SELECT 1;\n-- skein: repeatable", "repeatable", ""},
        {"INSERT INTO t VALUES (1,\n-- skein: repeatable\n2);", "repeatable", ""},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        directive_refused(*state, bad[i].sql, bad[i].at, bad[i].why);
}

/* ---- variables ---- */

static const char *expanded(struct world *world, const char *sql)
{
    static char text[512];
    struct skn_arena arena = {0};
    struct skn_str out;
    const struct skn_script *script = script_of(world, sql, 0, 1);
    assert_non_null(script);
    world->rc = skn_statement_expand(script->statements[0].text, &world->session, world->vars,
                                     &arena, &out, &world->err);
    snprintf(text, sizeof text, "%.*s", SKN_FMT(out));
    skn_arena_finish(&arena);
    return text;
}

static void variables_are_quoted_by_the_driver_as_name_or_as_text(void **state)
{
    struct world *world = *state;
    json_object_set_new(world->vars, "a", json_string("o'clock \"x\""));
    assert_string_equal(expanded(world, "SELECT ${literal:a} FROM ${ident:a}"),
                        "SELECT 'o''clock \"x\"' FROM \"o'clock \"\"x\"\"\"");
    assert_int_equal(world->rc, SKN_OK);
}

static void what_a_variable_holds_is_never_read_as_a_variable(void **state)
{
    struct world *world = *state;
    json_object_set_new(world->vars, "a", json_string("${literal:a}"));
    assert_string_equal(expanded(world, "SELECT ${literal:a}${literal:a}"),
                        "SELECT '${literal:a}''${literal:a}'");
}

static void two_dollars_are_one_before_a_brace_and_other_dollars_stay(void **state)
{
    struct world *world = *state;
    json_object_set_new(world->vars, "a", json_string("v"));
    assert_string_equal(expanded(world, "SELECT $1, $${literal:a}, $$, ${other:a}, $"),
                        "SELECT $1, ${literal:a}, $$, ${other:a}, $");
}

static void a_variable_without_a_value_is_named(void **state)
{
    struct world *world = *state;
    expanded(world, "SELECT ${literal:nobody}");
    assert_int_equal(world->rc, SKN_E_CONFIG);
    assert_non_null(strstr(world->err.message, "\"nobody\" has no value"));
}

static void a_value_that_no_name_can_hold_is_refused(void **state)
{
    struct world *world = *state;
    json_object_set_new(world->vars, "a", json_string(""));
    expanded(world, "SELECT ${ident:a}");
    assert_int_equal(world->rc, SKN_E_USAGE);
    json_object_set_new(world->vars, "a", json_stringn("a\0b", 3));
    expanded(world, "SELECT ${literal:a}");
    assert_int_equal(world->rc, SKN_E_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NULL_CASE(a_section_is_cut_into_statements_that_know_their_place),
        NULL_CASE(r1_a_section_of_nothing_but_comments_has_no_statement),
        NULL_CASE(r4_a_transaction_around_the_whole_section_is_skeins_to_make),
        NULL_CASE(r4_any_other_control_of_the_transaction_is_refused_by_its_place),
        NULL_CASE(r4_what_skeins_session_and_lock_would_not_survive_is_refused_by_its_place),
        NULL_CASE(r4_a_change_of_the_ledgers_tables_is_refused_by_its_place),
        NULL_CASE(r4_what_only_looks_like_that_is_taken),
        SQLITE_CASE(what_cannot_run_inside_a_transaction_says_how_it_can),
        NULL_CASE(a_fault_is_the_same_each_time_and_costs_no_second_scan),
        NULL_CASE(settings_of_the_session_are_noticed),
        NULL_CASE(a_script_is_kept_as_it_came_first),
        NULL_CASE(a_script_that_was_never_sent_is_an_error),
        NULL_CASE(a_malformed_script_request_is_refused),
        NULL_CASE(scripts_that_come_together_are_cut_where_they_meet),
        NULL_CASE(d4_a_scanner_that_fails_is_a_fault_of_the_script),
        NULL_CASE(d4_a_capability_that_the_driver_cannot_have_is_not_believed_of_a_server),
        NULL_CASE(what_stands_before_a_statement_is_its_own),
        NULL_CASE(a_directive_that_says_nothing_known_is_refused_by_its_place),
        NULL_CASE(variables_are_quoted_by_the_driver_as_name_or_as_text),
        NULL_CASE(what_a_variable_holds_is_never_read_as_a_variable),
        NULL_CASE(two_dollars_are_one_before_a_brace_and_other_dollars_stay),
        NULL_CASE(a_variable_without_a_value_is_named),
        NULL_CASE(a_value_that_no_name_can_hold_is_refused),
    };
    return cmocka_run_group_tests_name("script", tests, NULL, NULL);
}

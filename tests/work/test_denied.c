/*
 * Each call of the driver fails in turn, in each way that a call can fail: in a comparison, a dump,
 * a rehearsal, an offline script, a run, and what settles a doubt. Either all is as without it, or
 * it is said; what only looks has changed nothing, and the same again, undisturbed, ends as ever.
 */
#include "apply_fixture.h"

#include <dirent.h>
#include <sqlite3.h>

#include "denial.h"
#include "work/compare.h"
#include "work/ensure.h"
#include "work/rehearse.h"
#include "work/render.h"
#include "work/resolve.h"

static const char live_sql[] =
    "CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT NOT NULL, born INTEGER);"
    "CREATE TABLE old_book (id INTEGER PRIMARY KEY, title TEXT, author INTEGER REFERENCES author);"
    "CREATE TABLE gone (n INTEGER);"
    "CREATE INDEX author_name ON author (name);"
    "CREATE VIEW names AS SELECT name FROM author;"
    "INSERT INTO gone VALUES (1);"
    "INSERT INTO author VALUES (1, 'a', 1900);";

static const char desired_sql[] =
    "CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT, died INTEGER);\n"
    "CREATE TABLE book (id INTEGER PRIMARY KEY, title TEXT, author INTEGER REFERENCES author);\n"
    "CREATE TABLE fresh (n INTEGER DEFAULT 7, CHECK (n > 0));\n"
    "CREATE UNIQUE INDEX author_name ON author (name, died);\n"
    "CREATE VIEW names AS SELECT name, died FROM author;\n"
    "CREATE TRIGGER t AFTER INSERT ON fresh BEGIN DELETE FROM book; END;\n";

/* What is done with the driver, and what it is done to. */
struct scene {
    const char *before; /* SQL that the database is made with */
    int (*act)(struct world *world);
    int changes; /* the database */
};

/* ---- the database, by its own library ---- */

static void path_make(const struct world *world, const char *name, char path[128])
{
    snprintf(path, 128, "%s/%s.db", world->folder, name);
}

static int text_add(void *ctx, int count, char **columns, char **names)
{
    (void)names;
    for (int i = 0; i < count; i++)
        skn_buf_addf(ctx, "%s|", columns[i] ? columns[i] : "");
    return 0;
}

static void ask(const struct world *world, const char *name, const char *sql, struct skn_buf *out)
{
    char path[128];
    sqlite3 *database;
    path_make(world, name, path);
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, sql, text_add, out, NULL), SQLITE_OK);
    sqlite3_close(database);
}

static void schema_read(const struct world *world, struct skn_buf *out)
{
    skn_buf_clear(out);
    ask(world, "it", "SELECT name, sql FROM sqlite_schema ORDER BY name", out);
}

static void database_make(struct world *world, const struct scene *scene)
{
    database_forget(world);
    ask(world, "it", scene->before, NULL);
    ask(world, "other", "CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT);", NULL);
}

/* N7: nothing but the two databases. */
static int is_extra(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && strcmp(entry->d_name, "it.db") != 0 &&
           strcmp(entry->d_name, "other.db") != 0;
}

static void nothing_is_left(const struct world *world)
{
    struct dirent **list;
    int count = scandir(world->folder, &list, is_extra, NULL);
    for (int i = 0; i < count; i++) {
        print_error("left behind: %s\n", list[i]->d_name);
        free(list[i]);
    }
    free(list);
    assert_int_equal(count, 0);
}

/* ---- what is done ---- */

static json_t *job_request(struct world *world, json_t *more)
{
    run_forget(world);
    world->request = request_make(world, 0);
    json_object_update(world->request, more);
    json_decref(more);
    world->err = (struct skn_error)SKN_ERROR_INIT;
    assert_int_equal(skn_job_read(&world->job, world->request, &world->err), SKN_OK);
    return world->request;
}

static int compare(struct world *world, json_t *more)
{
    job_request(world, more);
    struct skn_compare comparing = {
        .job = &world->job, .session = &world->session, .scripts = &world->scripts};
    return skn_compare_run(&comparing, &world->err);
}

static int compares_with_a_text(struct world *world)
{
    json_t *more = json_pack("{s:{s:s, s:o}, s:b, s:b, s:[s]}", "to", "is", "script", "script",
                             script_keep(world, desired_sql, 0, 0), "write", 1, "prove", 1,
                             "renames", "old_book:book");
    return compare(world, more);
}

static int compares_with_a_database(struct world *world)
{
    char path[128];
    path_make(world, "other", path);
    json_t *other = request_make(world, 0);
    json_object_set_new(other, "options", json_pack("{s:s}", "database", path));
    return compare(world, json_pack("{s:{s:s, s:o}, s:{s:s}, s:b, s:b, s:b}", "from", "is", "other",
                                    "other", other, "to", "is", "target", "write", 1, "prove", 1,
                                    "online", 1));
}

static int dumps(struct world *world)
{
    return compare(world,
                   json_pack("{s:{s:s}, s:{s:s}}", "from", "is", "nothing", "to", "is", "target"));
}

static int looks(struct world *world)
{
    return compare(world, json_object());
}

static json_t *step_of(struct world *world, const char *kind, const char *from, const char *to,
                       const char *sql)
{
    const char *op = !from[0] ? "insert" : !to[0] ? "delete" : "update";
    return json_pack("{s:s, s:s, s:s, s:[[s, s, s]], s:o}", "kind", kind, "revision",
                     strcmp(kind, "upgrade") == 0 ? to : from, "checksum", "c", "changes", op, from,
                     to, "script", script_keep(world, sql, 0, 0));
}

static int rehearses(struct world *world)
{
    json_t *first = json_pack("{s:o, s:o}", "up",
                              step_of(world, "upgrade", "", "r1", "CREATE TABLE a (n INTEGER);"),
                              "down", step_of(world, "downgrade", "r1", "", "DROP TABLE a;"));
    /* The downgrade leaves something. */
    json_t *second = json_pack(
        "{s:o, s:o}", "up", step_of(world, "upgrade", "r1", "r2", "CREATE TABLE b (n INTEGER);"),
        "down", step_of(world, "downgrade", "r2", "r1", "ALTER TABLE b RENAME TO c;"));
    json_t *third = json_pack("{s:o}", "up",
                              step_of(world, "upgrade", "r2", "r3", "CREATE TABLE d (n INTEGER);"));
    job_request(world, json_pack("{s:[o, o, o]}", "revisions", first, second, third));
    struct skn_rehearsal rehearsal = {
        .job = &world->job, .session = &world->session, .scripts = &world->scripts};
    return skn_rehearse_run(&rehearsal, &world->err);
}

static int renders(struct world *world, json_t *more)
{
    size_t i;
    json_t *step;
    job_request(world, more);
    /* What differs from script to script. */
    json_object_set_new(world->request, "run_id", json_string("0123456789abcdef"));
    json_array_foreach(json_object_get(world->request, "steps"), i, step)
        json_object_set_new(step, "log", json_sprintf("upgrade -> %s", world->chain[i].id));
    struct skn_render rendering = {.job = &world->job,
                                   .session = &world->session,
                                   .scripts = &world->scripts,
                                   .steps = skn_json_array(world->request, "steps"),
                                   .rows = json_copy(json_object_get(world->request, "rows"))};
    int rc = skn_job_read(&world->job, world->request, &world->err);
    if (rc == SKN_OK)
        rc = skn_render_run(&rendering, &world->err);
    skn_render_finish(&rendering);
    json_decref(rendering.rows);
    return rc;
}

static int renders_with_a_log(struct world *world)
{
    return renders(world, json_object());
}

static int renders_as_alembic(struct world *world)
{
    return renders(world, json_pack("{s:b}", "log", 0));
}

static int ensures(struct world *world)
{
    int made;
    job_request(world, json_object());
    world->apply = (struct skn_apply){.job = &world->job,
                                      .session = &world->session,
                                      .failed_step = SIZE_MAX,
                                      .failed_script = -1};
    return skn_apply_ensure(&world->apply, &made, &world->err);
}

static int reads_the_ledger(struct world *world)
{
    struct skn_ledger ledger = {0};
    struct skn_buf holder = {0};
    job_request(world, json_object());
    int rc = skn_apply_connect(&world->job, &world->session, &world->err);
    if (rc == SKN_OK)
        rc = skn_ledger_init(&ledger, &world->job, &world->session, &world->err);
    if (rc == SKN_OK)
        rc = skn_ledger_read(&ledger, &world->err);
    if (rc == SKN_OK)
        rc = skn_ledger_rights(&ledger, &world->err);
    if (rc == SKN_OK)
        rc = skn_session_holder(&world->session, "alembic_version", &holder, &world->err);
    if (rc == SKN_OK)
        skn_session_say(&world->session, json_pack("{s:O}", "rows", ledger.rows), 1);
    skn_buf_finish(&holder);
    skn_ledger_finish(&ledger);
    return rc;
}

/* ---- one scene, from its first call to its last ---- */

/* Whether it is said of a scratch database's own steps, which tell times. */
static int is_of_step(const char *line)
{
    static const char step[] = "{\"event\":\"step\"", start[] = "{\"event\":\"start\"";
    return strncmp(line, step, sizeof step - 1) == 0 || strncmp(line, start, sizeof start - 1) == 0;
}

static void part_erase(char *line, const char *part, size_t more)
{
    char *at = strstr(line, part);
    if (at)
        memmove(at, at + strlen(part) + more, strlen(at + strlen(part) + more) + 1);
}

/* Without what may differ: numbers made of the time, and rows at risk, which are told where they
 * can be counted (here: one row), with the length of the text that tells them. */
static void line_settle(char *line)
{
    part_erase(line, ",\"rows\":\"", 2);
    part_erase(line, ", rows now: ", 1);
    char *bytes = strstr(line, "\"body_bytes\":");
    size_t digits = bytes ? strspn(bytes + 13, "0123456789") : 0;
    memset(bytes ? bytes + 13 : line, '0', digits);
    for (char *at = line; *at; at += digits ? digits : 1) {
        digits = strspn(at, "0123456789");
        if (digits > 15)
            memset(at, '0', digits);
    }
}

/* What was said on the wire since the last time. */
static void events_take(struct world *world, struct skn_buf *out)
{
    char *line = NULL;
    size_t room = 0;
    skn_session_flush(&world->session);
    skn_buf_clear(out);
    FILE *wire = fdopen(dup(SKN_WIRE_FD), "r+");
    rewind(wire);
    while (getline(&line, &room, wire) > 0)
        if (!is_of_step(line)) {
            line_settle(line);
            skn_buf_adds(out, line);
        }
    free(line);
    fclose(wire);
    assert_int_equal(ftruncate(SKN_WIRE_FD, 0), 0);
    lseek(SKN_WIRE_FD, 0, SEEK_SET);
}

static int act(struct world *world, const struct scene *scene, struct skn_buf *said)
{
    skn_scripts_finish(&world->scripts);
    world->scripts = (struct skn_scripts){0};
    *world->page = (struct skn_page){0};
    int rc = scene->act(world);
    skn_session_close(&world->session);
    events_take(world, said);
    return rc;
}

static void scene_is(struct world *world, const struct scene *scene, const struct skn_buf *said,
                     const struct skn_buf *schema, int rc)
{
    struct skn_buf now_said = {0};
    struct skn_buf now = {0};
    assert_int_equal(act(world, scene, &now_said), rc);
    assert_string_equal(skn_buf_text(&now_said), skn_buf_text(said));
    schema_read(world, &now);
    assert_string_equal(skn_buf_text(&now), skn_buf_text(schema));
    nothing_is_left(world);
    skn_buf_finish(&now_said);
    skn_buf_finish(&now);
}

/* Why it went no further: what the driver said, or what was then seen of a link that it lost in a
 * call whose end nothing hung on. */
static int reason_told(const char *text)
{
    return strstr(text, "was denied") || strstr(text, "the scratch database is gone");
}

/* True when there was such a call. */
static int one_denied(struct world *world, const struct scene *scene, const struct skn_buf *said,
                      const struct skn_buf *schema)
{
    struct skn_buf now_said = {0};
    struct skn_buf now = {0};
    world->rc = act(world, scene, &now_said);
    int denied = denial.denied;
    const char *text = skn_buf_text(&now_said);
    if (world->rc == SKN_OK && !reason_told(text))
        assert_string_equal(text, skn_buf_text(said));
    if (world->rc != SKN_OK) {
        assert_int_equal(world->err.code, world->rc);
        assert_int_not_equal(world->err.message[0], '\0');
    }
    if (!scene->changes) {
        schema_read(world, &now);
        assert_string_equal(skn_buf_text(&now), skn_buf_text(schema));
    }
    nothing_is_left(world);
    skn_buf_finish(&now_said);
    skn_buf_finish(&now);
    return denied;
}

/* A part of the calls of a long scene, in each way another one; under valgrind, where all is many
 * times slower, of every scene. */
static size_t stride_of(size_t last)
{
    size_t most = getenv("SKEIN_TEST_PAIRS") ? 6 : 16;
    return last / most + 1;
}

static void each_call_denied(struct world *world, const struct scene *scene)
{
    struct skn_buf said = {0};
    struct skn_buf schema = {0};
    database_make(world, scene);
    denial_begin(DENIAL_FAILS, 0);
    assert_int_equal(act(world, scene, &said), SKN_OK);
    size_t last = denial.count;
    size_t stride = stride_of(last);
    assert_true(last > 1);
    schema_read(world, &schema);
    for (enum denial_way way = DENIAL_FAILS; way < DENIAL_WAYS; way++)
        for (size_t at = 1 + way % stride; at <= last; at += stride) {
            if (scene->changes)
                database_make(world, scene);
            denial_begin(way, at);
            if (!one_denied(world, scene, &said, &schema))
                break;
            denial_begin(way, 0);
            scene_is(world, scene, &said, &schema, SKN_OK);
        }
    skn_buf_finish(&said);
    skn_buf_finish(&schema);
}

static void scene_play(void **state, const char *before, int (*action)(struct world *), int changes)
{
    struct scene scene = {before, action, changes};
    each_call_denied(*state, &scene);
}

static void a_comparison_with_a_text_is_whole_or_says_why_not(void **state)
{
    scene_play(state, live_sql, compares_with_a_text, 0);
}

static void a_comparison_with_a_database_is_whole_or_says_why_not(void **state)
{
    scene_play(state, live_sql, compares_with_a_database, 0);
}

static void a_dump_is_whole_or_says_why_not(void **state)
{
    scene_play(state, live_sql, dumps, 0);
}

static void a_look_is_whole_or_says_why_not(void **state)
{
    scene_play(state, live_sql, looks, 0);
}

static void a_rehearsal_is_whole_or_says_why_not(void **state)
{
    scene_play(state, live_sql, rehearses, 0);
}

static void scripted_chain_make(struct world *world)
{
    chain_make(world);
    world->chain[1].verify = "SELECT 1 FROM t1 WHERE n = 99;";
    world->chain[2] =
        (struct revision){.id = "r3", .up = "INSERT INTO t1 VALUES (${number:n});", .variables = 1};
    json_object_set_new(world->vars, "n", json_string("3"));
}

static void a_script_is_whole_or_says_why_not(void **state)
{
    scripted_chain_make(*state);
    scene_play(state, live_sql, renders_with_a_log, 0);
}

static void a_script_of_alembics_is_whole_or_says_why_not(void **state)
{
    chain_make(*state);
    scene_play(state, live_sql, renders_as_alembic, 0);
}

static void a_version_table_is_made_or_it_is_said_why_not(void **state)
{
    scene_play(state, live_sql, ensures, 1);
}

static void a_ledger_is_read_whole_or_it_is_said_why_not(void **state)
{
    scene_play(state,
               "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);"
               "INSERT INTO alembic_version VALUES ('r7');",
               reads_the_ledger, 0);
}

/* ---- main ---- */

static int denied_setup(void **state)
{
    if (sqlite_setup(state) != 0)
        return -1;
    struct world *world = *state;
    denial_put(&world->session.loaded.driver);
    return 0;
}

#define DENIED_CASE(name) cmocka_unit_test_setup_teardown(name, denied_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DENIED_CASE(a_comparison_with_a_text_is_whole_or_says_why_not),
        DENIED_CASE(a_comparison_with_a_database_is_whole_or_says_why_not),
        DENIED_CASE(a_dump_is_whole_or_says_why_not),
        DENIED_CASE(a_look_is_whole_or_says_why_not),
        DENIED_CASE(a_rehearsal_is_whole_or_says_why_not),
        DENIED_CASE(a_script_is_whole_or_says_why_not),
        DENIED_CASE(a_script_of_alembics_is_whole_or_says_why_not),
        DENIED_CASE(a_version_table_is_made_or_it_is_said_why_not),
        DENIED_CASE(a_ledger_is_read_whole_or_it_is_said_why_not),
    };
    return cmocka_run_group_tests_name("denied", tests, NULL, NULL);
}

/*
 * A fleet of null targets from its config to its end: probed, planned, checked, run, settled.
 */
#include "worker_fixture.h"

#include "config/config.h"
#include "config/select.h"
#include "run/fleet.h"

struct world {
    char folder[64];
    const char *folders[1];
    struct skn_config config;
    struct skn_selection *selection;
    struct skn_pool *pool;
    struct skn_fleet fleet;
    struct skn_fleet_events events;
    struct skn_planner *planner;
    struct skn_error err;
    size_t steps; /* heard of */
    size_t finished;
    char line[256];
};

/* ---- listening ---- */

static void on_member(void *ctx, const struct skn_member *member)
{
    (void)ctx, (void)member;
}

static void on_start(void *ctx, const struct skn_member *member, const struct skn_walk_step *steps,
                     size_t count)
{
    (void)ctx, (void)member, (void)steps, (void)count;
}

static void on_step(void *ctx, const struct skn_member *member, const struct skn_walk_step *step,
                    int64_t ms)
{
    struct world *world = ctx;
    (void)member, (void)step, (void)ms;
    world->steps++;
}

static void on_finished(void *ctx, const struct skn_member *member)
{
    struct world *world = ctx;
    (void)member;
    world->finished++;
}

static void on_line(void *ctx, const struct skn_member *member, int level, const char *text)
{
    struct world *world = ctx;
    (void)member, (void)level;
    snprintf(world->line, sizeof world->line, "%s", text);
}

/* ---- a project in a folder ---- */

static void file_write(const struct world *world, const char *name, const char *text)
{
    char path[160];
    snprintf(path, sizeof path, "%s/%s", world->folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(chmod(path, 0600), 0);
}

static void revision_write(const struct world *world, const char *id, const char *parent,
                           const char *sections)
{
    char name[64];
    struct skn_buf text = {0};
    skn_buf_addf(&text, "-- %s\n--\n-- Revision ID: %s\n-- Revises: %s\n\n%s\n", id, id, parent,
                 sections);
    snprintf(name, sizeof name, "migrations/%s.sql", id);
    file_write(world, name, skn_buf_text(&text));
    skn_buf_finish(&text);
}

/* targets: as "name options;" lines. */
static void config_write(struct world *world, const char *const targets[][2], size_t count,
                         const char *more)
{
    struct skn_buf text = {0};
    skn_buf_addf(&text, "%s\ntargets = (", more);
    for (size_t i = 0; i < count; i++)
        skn_buf_addf(&text,
                     "%s\n  { name = \"%s\"; url = \"null:%s\"; options = { state = \"%s\"; "
                     "%s }; }",
                     i ? "," : "", targets[i][0], targets[i][0], world->folder, targets[i][1]);
    skn_buf_adds(&text, "\n);\n");
    file_write(world, "skein.cfg", skn_buf_text(&text));
    skn_buf_finish(&text);
}

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    char path[128];
    *state = world;
    world->err = (struct skn_error)SKN_ERROR_INIT;
    world->folders[0] = driver_folder();
    world->events = (struct skn_fleet_events){.ctx = world,
                                              .probed = on_member,
                                              .start = on_start,
                                              .step = on_step,
                                              .finished = on_finished,
                                              .line = on_line};
    snprintf(world->folder, sizeof world->folder, "/tmp/skein-fleet-XXXXXX");
    if (!mkdtemp(world->folder))
        return -1;
    snprintf(path, sizeof path, "%s/migrations", world->folder);
    if (mkdir(path, 0700) != 0)
        return -1;
    revision_write(
        world, "r1", "",
        "-- skein: upgrade\nCREATE TABLE t (n INTEGER);\n-- skein: downgrade\nDROP TABLE "
        "t;");
    revision_write(
        world, "r2", "r1",
        "-- skein: upgrade\nINSERT INTO t VALUES (2);\n-- skein: downgrade\nDELETE FROM t;");
    return 0;
}

static void fleet_close(struct world *world)
{
    skn_planner_destroy(world->planner);
    skn_fleet_finish(&world->fleet);
    skn_pool_destroy(world->pool);
    skn_selection_destroy(world->selection);
    skn_config_finish(&world->config);
    world->planner = NULL;
    world->pool = NULL;
    world->selection = NULL;
    world->steps = world->finished = 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    fleet_close(world);
    nftw(world->folder, entry_remove, 8, FTW_DEPTH | FTW_PHYS);
    free(world);
    return 0;
}

/* selector: NULL for every target. */
static int fleet_open(struct world *world, const char *selector)
{
    char path[128];
    snprintf(path, sizeof path, "%s/skein.cfg", world->folder);
    fleet_close(world);
    int rc = skn_config_load(&world->config, path, &world->err);
    if (rc == SKN_OK)
        rc = skn_selection_create(&world->config, &selector, selector ? 1 : 0, &world->selection,
                                  &world->err);
    if (rc != SKN_OK)
        print_error("%s\n", world->err.message);
    assert_int_equal(rc, SKN_OK);
    world->pool = skn_pool_create(1, world->folders, 1);
    return skn_fleet_init(&world->fleet, &world->config, world->selection, world->pool,
                          &world->events, &world->err);
}

static void probed(struct world *world, const char *selector)
{
    assert_int_equal(fleet_open(world, selector), SKN_OK);
    assert_int_equal(skn_fleet_probe(&world->fleet, &world->err), SKN_OK);
}

static int planned(struct world *world, enum skn_plan_verb verb, const char *symbol)
{
    skn_planner_destroy(world->planner);
    world->planner = skn_planner_create(verb, symbol);
    return skn_fleet_plan(&world->fleet, world->planner, &world->err);
}

static void upgraded(struct world *world, const char *symbol)
{
    probed(world, NULL);
    int rc = planned(world, SKN_PLAN_UPGRADE, symbol);
    if (rc == SKN_OK)
        rc = skn_fleet_run(&world->fleet, world->planner, &world->err);
    if (rc != SKN_OK)
        print_error("%s\n", world->err.message);
    assert_int_equal(rc, SKN_OK);
}

static const struct skn_member *member(const struct world *world, const char *name)
{
    for (size_t i = 0; i < world->fleet.count; i++)
        if (strcmp(world->fleet.members[i].target->name, name) == 0)
            return &world->fleet.members[i];
    fail_msg("no member %s", name);
    return NULL;
}

static void member_is(const struct world *world, const char *name, enum skn_member_state state,
                      const char *rows, uint32_t done)
{
    const struct skn_member *found = member(world, name);
    if (found->state != state)
        print_error("%s: %s\n", name, found->error ? found->error : "no error");
    assert_int_equal(found->state, state);
    assert_string_equal(found->rows, rows);
    assert_int_equal(found->done, done);
}

static void error_says(const struct world *world, const char *name, const char *part)
{
    const struct skn_member *found = member(world, name);
    assert_non_null(found->error);
    if (!strstr(found->error, part))
        print_error("%s\n", found->error);
    assert_non_null(strstr(found->error, part));
}

/* ---- the way of a run ---- */

static void a_fleet_goes_up_together_and_then_has_nothing_to_do(void **state)
{
    static const char *const targets[][2] = {{"a", ""}, {"c", "at = \"r2\";"}};
    struct world *world = *state;
    config_write(world, targets, 2, "");
    upgraded(world, "head");
    member_is(world, "a", SKN_MEMBER_DONE, "r2", 2);
    member_is(world, "c", SKN_MEMBER_DONE, "r2", 0);
    assert_string_equal(member(world, "a")->from, "");
    upgraded(world, "r1");
    member_is(world, "a", SKN_MEMBER_DONE, "r2", 0);
    assert_int_equal(world->steps, 0);
}

static void a_fleet_comes_down_to_base(void **state)
{
    static const char *const targets[][2] = {{"a", ""}, {"b", ""}};
    struct world *world = *state;
    config_write(world, targets, 2, "");
    upgraded(world, "head");
    probed(world, NULL);
    assert_int_equal(planned(world, SKN_PLAN_DOWNGRADE, "base"), SKN_OK);
    assert_int_equal(skn_fleet_run(&world->fleet, world->planner, &world->err), SKN_OK);
    member_is(world, "a", SKN_MEMBER_DONE, "", 2);
    assert_int_equal(world->steps, 4);
    assert_int_equal(world->finished, 2);
}

static void k12_two_names_for_one_database_are_refused(void **state)
{
    static const char *const targets[][2] = {
        {"a", "identity = \"one\";"}, {"b", "identity = \"one\";"}, {"c", ""}};
    struct world *world = *state;
    config_write(world, targets, 3, "");
    probed(world, NULL);
    assert_int_equal(world->fleet.failed, 1);
    member_is(world, "b", SKN_MEMBER_UNREACHABLE, "", 0);
    error_says(world, "b", "is the same database and version table as target \"a\"");
}

static void s7_who_cannot_be_reached_is_known_before_anything_is_changed(void **state)
{
    static const char *const targets[][2] = {{"a", ""}, {"b", "fail = \"open:1:auth\";"}};
    struct world *world = *state;
    config_write(world, targets, 2, "");
    probed(world, NULL);
    assert_int_equal(world->fleet.failed, 1);
    member_is(world, "a", SKN_MEMBER_PROBED, "", 0);
    assert_int_equal(member(world, "b")->code, SKN_E_AUTH);
    error_says(world, "b", "open failed");
}

static void s4_a_standby_that_would_have_to_change_is_refused(void **state)
{
    static const char *const targets[][2] = {{"a", "server_flags = \"read_only\";"}};
    struct world *world = *state;
    config_write(world, targets, 1, "");
    probed(world, NULL);
    assert_int_equal(planned(world, SKN_PLAN_UPGRADE, "head"), SKN_E_CONFIG);
    assert_non_null(strstr(world->err.message, "read-only"));
}

static void s9_k7_what_a_driver_says_must_not_be_changed_is_refused_before_anything_is(void **state)
{
    static const char *const targets[][2] = {{"a", "refusal = \"a cluster: name one node\";"}};
    struct world *world = *state;
    config_write(world, targets, 1, "");
    probed(world, NULL);
    assert_int_equal(planned(world, SKN_PLAN_UPGRADE, "head"), SKN_E_CONFIG);
    assert_non_null(strstr(world->err.message, "a cluster: name one node"));
}

static void r6_a_target_that_is_where_no_file_is_names_itself(void **state)
{
    static const char *const targets[][2] = {{"a", ""}, {"b", "at = \"gone\";"}};
    struct world *world = *state;
    config_write(world, targets, 2, "");
    probed(world, NULL);
    assert_int_equal(planned(world, SKN_PLAN_UPGRADE, "head"), SKN_E_CONFIG);
    assert_non_null(strstr(world->err.message, "target \"b\": "));
    assert_non_null(strstr(world->err.message, "gone"));
}

/* ---- checking ---- */

static void r1_a_malformed_statement_anywhere_is_found_by_its_place(void **state)
{
    static const char *const targets[][2] = {{"a", "at = \"r1\";"}};
    struct world *world = *state;
    config_write(world, targets, 1, "");
    /* Not on the way that is planned. */
    revision_write(world, "r1", "",
                   "-- skein: upgrade\nSELECT 1;\n\n  SELECT 'open;\n-- skein: downgrade\n");
    probed(world, NULL);
    assert_int_equal(planned(world, SKN_PLAN_UPGRADE, "head"), SKN_E_SYNTAX);
    assert_non_null(strstr(world->err.message, "r1.sql:9:10: "));
}

static void what_cannot_run_is_a_fault_only_where_it_would_run(void **state)
{
    static const char *const targets[][2] = {{"a", "at = \"r1\";"}};
    struct world *world = *state;
    config_write(world, targets, 1, "");
    revision_write(world, "r1", "",
                   "-- skein: upgrade\nSELECT 1;\nROLLBACK;\n-- skein: downgrade\n");
    probed(world, NULL);
    assert_int_equal(planned(world, SKN_PLAN_UPGRADE, "head"), SKN_OK);
    revision_write(world, "r2", "r1",
                   "-- skein: upgrade\nSELECT 1;\nROLLBACK;\nCOMMIT;\n-- skein: downgrade\n");
    probed(world, NULL);
    assert_int_equal(planned(world, SKN_PLAN_UPGRADE, "head"), SKN_E_UNSUPPORTED);
    assert_non_null(strstr(world->err.message, "r2.sql:8:1: "));
    assert_non_null(strstr(world->err.message, "controls the transaction"));
}

/* ---- failing ---- */

static void m1_the_rest_is_not_reached_or_goes_on_as_it_was_told(void **state)
{
    static const char *const targets[][2] = {{"a", ""}, {"c", ""}, {"b", "fail = \"sql:4\";"}};
    struct world *world = *state;
    config_write(world, targets, 3, "");
    /* The last one that was probed comes first, for its connection is there. */
    upgraded(world, "head");
    member_is(world, "b", SKN_MEMBER_FAILED, "", 0);
    member_is(world, "a", SKN_MEMBER_NOT_REACHED, "", 0);
    member_is(world, "c", SKN_MEMBER_NOT_REACHED, "", 0);
    assert_int_equal(world->fleet.failed, 1);
    assert_int_equal(world->finished, 1);
    config_write(world, targets, 3, "on_failure = \"continue\";");
    upgraded(world, "head");
    member_is(world, "a", SKN_MEMBER_DONE, "r2", 2);
    member_is(world, "b", SKN_MEMBER_FAILED, "", 0);
    member_is(world, "c", SKN_MEMBER_DONE, "r2", 2);
}

static void a_failure_is_told_with_revision_file_line_and_column(void **state)
{
    static const char *const targets[][2] = {{"a", "statement_error = \"(2)\";"}};
    struct world *world = *state;
    config_write(world, targets, 1, "defaults = { transaction = \"revision\"; };");
    upgraded(world, "head");
    member_is(world, "a", SKN_MEMBER_FAILED, "r1", 1);
    error_says(world, "a", "revision r2: ");
    error_says(world, "a", "r2.sql:7:22: syntax error at or near");
}

static void what_belongs_to_no_revision_names_none(void **state)
{
    static const char *const targets[][2] = {{"a", "fail = \"lock:1:permission\";"}};
    struct world *world = *state;
    config_write(world, targets, 1, "");
    upgraded(world, "head");
    member_is(world, "a", SKN_MEMBER_FAILED, "", 0);
    assert_string_equal(member(world, "a")->error, "lock failed, as option fail says");
}

static void d1_a_death_is_told_with_what_it_had_in_hand(void **state)
{
    static const char *const targets[][2] = {{"a", "crash = \"applied:7:kill\";"}};
    struct world *world = *state;
    config_write(world, targets, 1, "defaults = { transaction = \"revision\"; log = false; };");
    upgraded(world, "head");
    member_is(world, "a", SKN_MEMBER_FAILED, "r1", 1);
    error_says(world, "a",
               "revision r2: statement 1: driver null crashed in exec() (signal 9, "
               "Killed); skein current tells whether it was applied");
}

static void s7_a_secret_that_cannot_be_had_is_the_targets_own_failure(void **state)
{
    static const char *const targets[][2] = {{"a", ""}};
    struct world *world = *state;
    config_write(world, targets, 1,
                 "defaults = { password_command = [ \"/bin/sh\", \"-c\", "
                 "\"printf '\\\\377' >&2; exit 3\" ]; };");
    probed(world, NULL);
    member_is(world, "a", SKN_MEMBER_UNREACHABLE, "", 0);
    assert_int_equal(world->fleet.failed, 1);
    assert_null(strstr(member(world, "a")->error, "crashed"));
    assert_null(strstr(member(world, "a")->error, "ended its process"));
}

/* ---- others ---- */

static void k1_who_was_moved_by_others_is_planned_again_from_there(void **state)
{
    static const char *const targets[][2] = {{"a", ""}, {"b", ""}};
    struct world *world = *state;
    struct world *others = NULL;
    config_write(world, targets, 2, "");
    probed(world, NULL);
    assert_int_equal(planned(world, SKN_PLAN_UPGRADE, "head"), SKN_OK);
    /* Another runner, between our plan and our run. */
    assert_int_equal(setup((void **)&others), 0);
    nftw(others->folder, entry_remove, 8, FTW_DEPTH | FTW_PHYS);
    memcpy(others->folder, world->folder, sizeof others->folder);
    upgraded(others, "r1");
    fleet_close(others);
    free(others);

    assert_int_equal(skn_fleet_run(&world->fleet, world->planner, &world->err), SKN_OK);
    member_is(world, "a", SKN_MEMBER_DONE, "r2", 1);
    member_is(world, "b", SKN_MEMBER_DONE, "r2", 1);
    assert_int_equal(world->finished, 2);
}

/* ---- what only databases can tell ---- */

static void selectors_that_ask_databases_take_the_others_away(void **state)
{
    static const char *const targets[][2] = {
        {"a", "at = \"r1\";"}, {"b", "at = \"r2\";"}, {"c", ""}, {"d", "fail = \"open\";"}};
    static const struct {
        const char *selector;
        const char *left;
    } cases[] = {{"behind", "acd"}, {"at:r2", "bd"}, {"at:base", "cd"}, {"at:head", "bd"}};
    struct world *world = *state;
    config_write(world, targets, 4, "");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char left[8] = "";
        probed(world, cases[i].selector);
        assert_int_equal(skn_fleet_filter(&world->fleet, world->selection, &world->err), SKN_OK);
        /* One that did not answer stays: whether it was meant is unknown. */
        for (size_t k = 0; k < world->fleet.count; k++)
            left[k] = world->fleet.members[k].target->name[0];
        assert_string_equal(left, cases[i].left);
    }
}

/* ---- doubt ---- */

static void s2_doubt_is_shown_by_the_probe_and_settled_by_word(void **state)
{
    static const char *const broken[][2] = {
        {"a", "transactional = \"false\"; uncertain = \"sql:4:applied\"; "
              "fail = \"fingerprint:*:unsupported\";"}};
    static const char *const sound[][2] = {
        {"a", "transactional = \"false\"; fail = \"fingerprint:*:unsupported\";"}};
    struct world *world = *state;
    config_write(world, broken, 1, "defaults = { log = false; };");
    upgraded(world, "head");
    member_is(world, "a", SKN_MEMBER_FAILED, "", 0);
    config_write(world, sound, 1, "defaults = { log = false; };");
    upgraded(world, "head");
    assert_int_equal(member(world, "a")->code, SKN_E_UNCERTAIN);
    error_says(world, "a", "statement 1 of 1 of revision r1 is in doubt");

    probed(world, NULL);
    assert_int_equal(skn_json_number(member(world, "a")->progress, "intent"), 1);
    assert_int_equal(skn_fleet_doubts(&world->fleet, &world->err), SKN_OK);
    assert_string_not_equal(skn_json_text(member(world, "a")->doubt, "sql"), "");
    assert_int_equal(skn_fleet_resolve(&world->fleet, 1, &world->err), SKN_OK);
    member_is(world, "a", SKN_MEMBER_DONE, "", 0);
    upgraded(world, "head");
    member_is(world, "a", SKN_MEMBER_DONE, "r2", 2);
    probed(world, NULL);
    assert_int_equal(skn_fleet_doubts(&world->fleet, &world->err), SKN_E_USAGE);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_fleet_goes_up_together_and_then_has_nothing_to_do, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_fleet_comes_down_to_base, setup, teardown),
        cmocka_unit_test_setup_teardown(k12_two_names_for_one_database_are_refused, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            s7_who_cannot_be_reached_is_known_before_anything_is_changed, setup, teardown),
        cmocka_unit_test_setup_teardown(s4_a_standby_that_would_have_to_change_is_refused, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            s9_k7_what_a_driver_says_must_not_be_changed_is_refused_before_anything_is, setup,
            teardown),
        cmocka_unit_test_setup_teardown(r6_a_target_that_is_where_no_file_is_names_itself, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(r1_a_malformed_statement_anywhere_is_found_by_its_place,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(what_cannot_run_is_a_fault_only_where_it_would_run, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(m1_the_rest_is_not_reached_or_goes_on_as_it_was_told, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_failure_is_told_with_revision_file_line_and_column, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_belongs_to_no_revision_names_none, setup, teardown),
        cmocka_unit_test_setup_teardown(d1_a_death_is_told_with_what_it_had_in_hand, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(s7_a_secret_that_cannot_be_had_is_the_targets_own_failure,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(k1_who_was_moved_by_others_is_planned_again_from_there,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(selectors_that_ask_databases_take_the_others_away, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(s2_doubt_is_shown_by_the_probe_and_settled_by_word, setup,
                                        teardown),
    };
    if (is_worker(argc, argv))
        return skn_worker_main();
    return cmocka_run_group_tests_name("fleet", tests, NULL, NULL);
}

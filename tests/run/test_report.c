/*
 * What a run says: lines for people, objects for programs, an exit status for scripts. Whatever the
 * words come from, they cannot steer a terminal or break a line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/wire.h"
#include "run/report.h"

enum { MEMBERS = 12 };

struct world {
    struct skn_report report;
    struct skn_fleet fleet;
    struct skn_member members[MEMBERS];
    struct skn_target targets[MEMBERS];
    char names[MEMBERS][16];
    int stdout_kept;
    int stderr_kept;
    int files[2];
    char out[8192];
    char err[8192];
};

static const struct skn_revision revision = {.id = "r2"};
static const struct skn_walk_step step = {
    .kind = SKN_STEP_UPGRADE, .revision = &revision, .log = "upgrade r1 -> r2, a \x1b[31mmessage"};

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    *state = world;
    world->fleet = (struct skn_fleet){.members = world->members};
    for (size_t i = 0; i < MEMBERS; i++) {
        snprintf(world->names[i], sizeof world->names[i], "t%zu", i);
        world->targets[i] = (struct skn_target){.name = world->names[i], .driver = "null"};
        world->members[i] = (struct skn_member){.target = &world->targets[i],
                                                .rows = "r2",
                                                .from = "r1",
                                                .product = "",
                                                .user = "",
                                                .state = SKN_MEMBER_DONE,
                                                .began = 1};
    }
    return 0;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

/* ---- what is printed is caught ---- */

static void catch_begin(struct world *world, unsigned flags, size_t count)
{
    fflush(NULL);
    world->fleet.count = count;
    skn_report_init(&world->report, flags);
    skn_report_phase(&world->report, &world->fleet, "upgrading", count);
    world->stdout_kept = dup(STDOUT_FILENO);
    world->stderr_kept = dup(STDERR_FILENO);
    for (int i = 0; i < 2; i++)
        world->files[i] = memfd_create("caught", 0);
    dup2(world->files[0], STDOUT_FILENO);
    dup2(world->files[1], STDERR_FILENO);
}

static void caught_read(int fd, char *text, size_t size)
{
    ssize_t n = pread(fd, text, size - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    close(fd);
}

static void catch_end(struct world *world)
{
    fflush(NULL);
    dup2(world->stdout_kept, STDOUT_FILENO);
    dup2(world->stderr_kept, STDERR_FILENO);
    close(world->stdout_kept);
    close(world->stderr_kept);
    caught_read(world->files[0], world->out, sizeof world->out);
    caught_read(world->files[1], world->err, sizeof world->err);
    assert_null(strchr(world->out, '\x1b'));
}

static void member_set(struct world *world, size_t i, enum skn_member_state state,
                       const char *error, uint32_t code)
{
    struct skn_member *member = &world->members[i];
    member->state = state;
    member->error = (char *)(uintptr_t)error;
    member->code = code;
    member->began = state == SKN_MEMBER_NOT_REACHED ? 0 : 1;
}

static const struct skn_fleet_events *events(struct world *world)
{
    return &world->report.events;
}

static void says(const char *text, const char *part)
{
    if (!strstr(text, part))
        print_error("no \"%s\" in:\n%s\n", part, text);
    assert_non_null(strstr(text, part));
}

/* ---- for people ---- */

static void one_target_says_its_steps_as_alembic_does(void **state)
{
    struct world *world = *state;
    catch_begin(world, 0, 1);
    events(world)->start(&world->report, &world->members[0], &step, 1);
    events(world)->step(&world->report, &world->members[0], &step, 5);
    events(world)->finished(&world->report, &world->members[0]);
    skn_report_summary(&world->report, &world->fleet);
    catch_end(world);
    assert_string_equal(world->err, "INFO  [skein] Running upgrade r1 -> r2, a \\x1b[31mmessage\n");
    assert_string_equal(world->out, "");
}

static void several_targets_say_whose_step_it_is(void **state)
{
    struct world *world = *state;
    catch_begin(world, 0, 2);
    events(world)->start(&world->report, &world->members[1], &step, 1);
    skn_report_summary(&world->report, &world->fleet);
    catch_end(world);
    says(world->err, "INFO  [skein] t1: Running upgrade r1 -> r2");
    says(world->out, "2 targets: 2 done (0 changed), 0 failed, 0 skipped, 0 not reached\n");
}

static void many_targets_say_a_line_each_and_no_steps(void **state)
{
    struct world *world = *state;
    world->members[3].done = 2;
    world->members[3].from = "";
    catch_begin(world, 0, MEMBERS);
    events(world)->start(&world->report, &world->members[3], &step, 1);
    events(world)->finished(&world->report, &world->members[3]);
    catch_end(world);
    assert_string_equal(world->err, "INFO  [skein] t3: base -> r2 (2 revisions, 0 ms)\n");
    catch_begin(world, SKN_REPORT_VERBOSE, MEMBERS);
    events(world)->start(&world->report, &world->members[3], &step, 1);
    catch_end(world);
    says(world->err, "t3: Running upgrade");
}

static void quiet_says_only_what_failed(void **state)
{
    struct world *world = *state;
    member_set(world, 1, SKN_MEMBER_FAILED, "it broke", SKN_E_SYNTAX);
    catch_begin(world, SKN_REPORT_QUIET, 2);
    events(world)->start(&world->report, &world->members[0], &step, 1);
    events(world)->finished(&world->report, &world->members[0]);
    events(world)->finished(&world->report, &world->members[1]);
    events(world)->line(&world->report, &world->members[0], 1, "a warning");
    skn_report_summary(&world->report, &world->fleet);
    catch_end(world);
    assert_string_equal(world->err, "ERROR [skein] target \"t1\": it broke\n");
    says(world->out, "  failed       t1 at r2: it broke\n");
}

static void the_summary_names_every_target_that_is_not_done(void **state)
{
    struct world *world = *state;
    member_set(world, 0, SKN_MEMBER_FAILED, "a\nb \x1b[2J", SKN_E_SYNTAX);
    member_set(world, 1, SKN_MEMBER_NOT_REACHED, NULL, 0);
    world->members[1].rows = "\xe2\x80\xae"
                             "evil";
    world->members[2].done = 3;
    catch_begin(world, 0, 4);
    skn_report_summary(&world->report, &world->fleet);
    catch_end(world);
    assert_string_equal(world->out,
                        "4 targets: 2 done (1 changed), 1 failed, 0 skipped, 1 not reached\n"
                        "  failed       t0 at r2: a\\nb \\x1b[2J\n"
                        "  not reached  t1 at \\u{202e}evil: the run stopped before it\n");
}

static void d3_what_a_driver_writes_is_tagged_and_escaped(void **state)
{
    struct world *world = *state;
    catch_begin(world, 0, 1);
    events(world)->line(&world->report, &world->members[0], -1, "{\"event\":\"x\"}\x1b[31m");
    events(world)->line(&world->report, &world->members[0], -2, "to\nerr");
    events(world)->line(&world->report, &world->members[0], 0, "bad");
    events(world)->line(&world->report, &world->members[0], 2, "told");
    events(world)->line(&world->report, &world->members[0], 99, "odd");
    catch_end(world);
    assert_string_equal(world->out, "");
    assert_string_equal(world->err,
                        "WARN  [skein] t0: driver null wrote to its standard output: "
                        "{\"event\":\"x\"}\\x1b[31m\n"
                        "WARN  [skein] t0: driver null wrote to its standard error: to\\nerr\n"
                        "ERROR [skein] t0: bad\n");
}

static void progress_is_painted_over_and_gone_before_a_line(void **state)
{
    struct world *world = *state;
    catch_begin(world, SKN_REPORT_PROGRESS, 3);
    events(world)->probed(&world->report, &world->members[0]);
    events(world)->line(&world->report, &world->members[0], 0, "bad");
    catch_end(world);
    says(world->err, "\r\033[Kupgrading: 1 of 3 done, 0 failed, 2 left");
    says(world->err, "\r\033[KERROR [skein] t0: bad\n");
}

static void what_cannot_be_used_is_named_and_nothing_was_changed(void **state)
{
    struct world *world = *state;
    member_set(world, 1, SKN_MEMBER_UNREACHABLE, "nobody answered", SKN_E_CONNECT);
    catch_begin(world, 0, 3);
    skn_report_unreachable(&world->report, &world->fleet);
    catch_end(world);
    says(world->err, "ERROR [skein] target \"t1\": nobody answered\n");
    says(world->err, "FAILED: 1 of 3 targets cannot be used; nothing was changed anywhere\n");
    catch_begin(world, 0, 3);
    int some = skn_report_unasked(&world->report, &world->fleet);
    world->fleet.count = 1;
    world->fleet.members = &world->members[1];
    int all = skn_report_unasked(&world->report, &world->fleet);
    catch_end(world);
    assert_int_equal(some, 3);
    assert_int_equal(all, 1);
}

/* ---- for programs ---- */

/* Every line of standard output, each an object. */
static json_t *objects(const struct world *world)
{
    json_t *list = json_array();
    for (const char *at = world->out; *at;) {
        size_t len = strcspn(at, "\n");
        json_t *object = json_loadb(at, len, 0, NULL);
        assert_true(json_is_object(object));
        assert_int_equal(skn_json_number(object, "v"), 1);
        assert_string_not_equal(skn_json_text(object, "event"), "");
        json_array_append_new(list, object);
        at += len + (at[len] == '\n');
    }
    return list;
}

static void json_has_an_object_for_each_step_target_and_the_whole(void **state)
{
    struct world *world = *state;
    member_set(world, 1, SKN_MEMBER_FAILED, "bad \xff bytes", SKN_E_SYNTAX);
    member_set(world, 2, SKN_MEMBER_NOT_REACHED, NULL, 0);
    world->members[0].done = 1;
    catch_begin(world, SKN_REPORT_JSON, 3);
    events(world)->start(&world->report, &world->members[0], &step, 1);
    events(world)->step(&world->report, &world->members[0], &step, 5);
    events(world)->finished(&world->report, &world->members[0]);
    events(world)->finished(&world->report, &world->members[1]);
    skn_report_summary(&world->report, &world->fleet);
    catch_end(world);
    json_t *list = objects(world);
    assert_int_equal(json_array_size(list), 5);
    const json_t *said = json_array_get(list, 0);
    assert_string_equal(skn_json_text(said, "event"), "step");
    assert_string_equal(skn_json_text(said, "revision"), "r2");
    assert_int_equal(skn_json_number(said, "ms"), 5);
    said = json_array_get(list, 1);
    assert_string_equal(skn_json_text(said, "state"), "done");
    assert_string_equal(json_string_value(json_array_get(skn_json_array(said, "from"), 0)), "r1");
    said = json_array_get(list, 2);
    assert_string_equal(skn_json_text(said, "code"), "syntax");
    assert_string_equal(skn_json_text(said, "error"), "bad \xef\xbf\xbd bytes");
    said = json_array_get(list, 3);
    assert_string_equal(skn_json_text(said, "target"), "t2");
    assert_string_equal(skn_json_text(said, "state"), "not reached");
    said = json_array_get(list, 4);
    assert_int_equal(skn_json_number(said, "not_reached"), 1);
    json_decref(list);
}

static void m1_json_names_also_who_waited_to_begin_once_more(void **state)
{
    struct world *world = *state;
    member_set(world, 0, SKN_MEMBER_NOT_REACHED, NULL, 0);
    world->members[0].began = 7;
    catch_begin(world, SKN_REPORT_JSON, 1);
    skn_report_summary(&world->report, &world->fleet);
    catch_end(world);
    says(world->out, "\"state\":\"not reached\"");
}

static void an_error_is_an_object_and_a_line(void **state)
{
    struct world *world = *state;
    struct skn_error err = SKN_ERROR_INIT;
    skn_error_set(&err, SKN_E_CONFIG, "a\x1b b");
    catch_begin(world, SKN_REPORT_JSON, 1);
    skn_report_error(&world->report, &err);
    catch_end(world);
    json_t *list = objects(world);
    assert_string_equal(skn_json_text(json_array_get(list, 0), "code"), "config");
    assert_string_equal(skn_json_text(json_array_get(list, 0), "error"), "a\\x1b b");
    assert_string_equal(world->err, "FAILED: a\\x1b b\n");
    json_decref(list);
}

/* ---- for scripts ---- */

static void the_exit_status_says_how_it_went(void **state)
{
    struct world *world = *state;
    struct skn_fleet *fleet = &world->fleet;
    fleet->count = 2;
    assert_int_equal(skn_report_exit(fleet), 0);
    member_set(world, 0, SKN_MEMBER_FAILED, "x", SKN_E_SYNTAX);
    assert_int_equal(skn_report_exit(fleet), 3);
    member_set(world, 1, SKN_MEMBER_NOT_REACHED, NULL, 0);
    assert_int_equal(skn_report_exit(fleet), 1);
    member_set(world, 0, SKN_MEMBER_FAILED, "x", SKN_E_BUSY);
    member_set(world, 1, SKN_MEMBER_FAILED, "x", SKN_E_BUSY);
    assert_int_equal(skn_report_exit(fleet), 5);
    /* Not when something was changed all the same. */
    world->members[1].done = 1;
    assert_int_equal(skn_report_exit(fleet), 1);
    member_set(world, 0, SKN_MEMBER_FAILED, "x", SKN_E_CANCELLED);
    assert_int_equal(skn_report_exit(fleet), 130);
}

static void text_is_cleaned_whatever_it_holds(void **state)
{
    (void)state;
    char *clean = skn_report_clean("");
    assert_string_equal(clean, "");
    free(clean);
    clean = skn_report_clean("a\tb\r\n\x7f\xc0");
    assert_string_equal(clean, "a\\x09b\\x0d\\n\\x7f\\xc0");
    free(clean);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_target_says_its_steps_as_alembic_does, setup, teardown),
        cmocka_unit_test_setup_teardown(several_targets_say_whose_step_it_is, setup, teardown),
        cmocka_unit_test_setup_teardown(many_targets_say_a_line_each_and_no_steps, setup, teardown),
        cmocka_unit_test_setup_teardown(quiet_says_only_what_failed, setup, teardown),
        cmocka_unit_test_setup_teardown(the_summary_names_every_target_that_is_not_done, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(d3_what_a_driver_writes_is_tagged_and_escaped, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(progress_is_painted_over_and_gone_before_a_line, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_cannot_be_used_is_named_and_nothing_was_changed, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(json_has_an_object_for_each_step_target_and_the_whole,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(m1_json_names_also_who_waited_to_begin_once_more, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(an_error_is_an_object_and_a_line, setup, teardown),
        cmocka_unit_test_setup_teardown(the_exit_status_says_how_it_went, setup, teardown),
        cmocka_unit_test_setup_teardown(text_is_cleaned_whatever_it_holds, setup, teardown),
    };
    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}

/* core/history/walk.c and stamp.c, with rows.c and closure.c under them */
#include "alembic_answers.h"
#include "fixture.h"
#include "history/walk.h"
#include "made.h"

static int graph_setup(void **state)
{
    fixture_setup(state);
    graph_load(*state, alembic_graph);
    return 0;
}

/* What a person typed, walked from rows. The caller finishes the walk. */
static int walk(struct fixture *fixture, const char *verb, const char *symbol, const char *rows,
                struct skn_walk *out)
{
    const struct skn_history *history = &fixture->history;
    struct skn_set current = rows_set(fixture, rows);
    struct skn_set destination = {0};
    const struct skn_revision *branch = NULL;
    struct skn_error *err = &fixture->err;
    int rc;
    *out = (struct skn_walk){0};
    if (strcmp(verb, "upgrade") == 0) {
        rc = skn_symbol_upgrade(history, symbol, &current, &destination, err);
        rc = rc ? rc : skn_walk_upgrade(history, &current, &destination, out, err);
    } else if (strcmp(verb, "downgrade") == 0) {
        rc = skn_symbol_downgrade(history, symbol, &current, &destination, &branch, err);
        rc =
            rc ? rc : skn_walk_downgrade(history, &current, &destination, branch, symbol, out, err);
    } else {
        struct skn_wish wish;
        rc = skn_symbol_stamp(history, symbol, &wish, err);
        rc = rc ? rc : skn_walk_stamp(history, &current, &wish, 1, out, err);
        skn_set_finish(&wish.revisions);
    }
    skn_set_finish(&current);
    skn_set_finish(&destination);
    return rc;
}

static int stamp(struct fixture *fixture, const struct skn_set *current,
                 const struct skn_set *destination, struct skn_walk *out)
{
    struct skn_wish wish = {*destination, NULL};
    return skn_walk_stamp(&fixture->history, current, &wish, 1, out, &fixture->err);
}

static void steps_text(const struct skn_walk *walk, struct skn_buf *text)
{
    skn_buf_clear(text);
    for (size_t i = 0; i < walk->count; i++)
        skn_buf_addf(text, "%s\n", walk->steps[i].log);
}

static void alembic_answers_the_same(void **state)
{
    struct fixture *fixture = *state;
    struct skn_buf text = {0};
    for (size_t i = 0; i < sizeof alembic_answers / sizeof alembic_answers[0]; i++) {
        const struct alembic_answer *answer = &alembic_answers[i];
        struct skn_walk out;
        int rc = walk(fixture, answer->verb, answer->symbol, answer->rows, &out);
        if (answer->error) {
            assert_int_equal(rc, SKN_E_USAGE);
            assert_string_equal(fixture->err.message, answer->error);
        } else {
            assert_int_equal(rc, SKN_OK);
            steps_text(&out, &text);
            assert_string_equal(skn_buf_text(&text), answer->steps);
            set_text(fixture, &out.end, &text);
            assert_string_equal(skn_buf_text(&text), answer->end);
        }
        skn_walk_finish(&out);
    }
    skn_buf_finish(&text);
}

/* "DELETE a, UPDATE b c" of all steps, a line each. */
static void changes_text(const struct skn_walk *walk, struct skn_buf *text)
{
    static const char *const names[] = {
        [SKN_ROW_INSERT] = "INSERT", [SKN_ROW_DELETE] = "DELETE", [SKN_ROW_UPDATE] = "UPDATE"};
    skn_buf_clear(text);
    for (size_t i = 0; i < walk->count; i++) {
        for (size_t at = 0; at < walk->steps[i].change_count; at++) {
            const struct skn_row_change *change = &walk->steps[i].changes[at];
            skn_buf_addf(text, "%s%s%s%s%s%s", at ? ", " : "", names[change->op],
                         change->from ? " " : "", change->from ? change->from : "",
                         change->to ? " " : "", change->to ? change->to : "");
        }
        skn_buf_addc(text, '\n');
    }
}

static void changes(struct fixture *fixture, const char *verb, const char *symbol, const char *rows,
                    const char *expected)
{
    struct skn_buf text = {0};
    struct skn_walk out;
    if (walk(fixture, verb, symbol, rows, &out) != SKN_OK)
        fail_msg("%s", fixture->err.message);
    changes_text(&out, &text);
    assert_string_equal(skn_buf_text(&text), expected);
    skn_walk_finish(&out);
    skn_buf_finish(&text);
}

static void refuses(struct fixture *fixture, const char *verb, const char *symbol, const char *rows,
                    const char *message)
{
    struct skn_walk out;
    assert_int_equal(walk(fixture, verb, symbol, rows, &out), SKN_E_USAGE);
    assert_string_equal(fixture->err.message, message);
    assert_int_equal(out.count, 0);
    skn_walk_finish(&out);
}

static void upgrades_insert_update_and_merge_rows(void **state)
{
    struct fixture *fixture = *state;
    changes(fixture, "upgrade", "1975", "", "INSERT 1975ea83b712\n");
    changes(fixture, "upgrade", "ae10", "1975ea83b712", "UPDATE 1975ea83b712 ae1027a6acf\n");
    changes(fixture, "upgrade", "ae10", "27c6a30d7c24", "INSERT ae1027a6acf\n");
    changes(fixture, "upgrade", "53ff", "27c6a30d7c24 ae1027a6acf",
            "DELETE 27c6a30d7c24, UPDATE ae1027a6acf 53fffde5ad5\n");
    changes(fixture, "upgrade", "29f8", "53fffde5ad5 109ec7d132bf",
            "DELETE 109ec7d132bf, UPDATE 53fffde5ad5 29f859a13ea\n");
    changes(fixture, "upgrade", "29f8", "7c1d2e3f4a5b 109ec7d132bf",
            "UPDATE 109ec7d132bf 29f859a13ea\n");
    changes(fixture, "upgrade", "7c1d", "29f859a13ea", "INSERT 7c1d2e3f4a5b\n");
}

static void downgrades_delete_update_and_unmerge_rows(void **state)
{
    struct fixture *fixture = *state;
    changes(fixture, "downgrade", "base", "1975ea83b712", "DELETE 1975ea83b712\n");
    changes(fixture, "downgrade", "1975", "ae1027a6acf", "UPDATE ae1027a6acf 1975ea83b712\n");
    changes(fixture, "downgrade", "ae10@1975", "27c6a30d7c24 ae1027a6acf", "DELETE ae1027a6acf\n");
    changes(fixture, "downgrade", "ae10", "53fffde5ad5",
            "INSERT 27c6a30d7c24, UPDATE 53fffde5ad5 ae1027a6acf\n");
    changes(fixture, "downgrade", "109e", "29f859a13ea",
            "INSERT 109ec7d132bf, UPDATE 29f859a13ea 53fffde5ad5\n");
    changes(fixture, "downgrade", "109e", "29f859a13ea 7c1d2e3f4a5b",
            "UPDATE 29f859a13ea 109ec7d132bf\n");
}

/* Alembic leaves or makes rows here that stand on each other, or stops with a KeyError. */
static void a_parent_that_another_parent_stands_on_gets_no_row(void **state)
{
    struct fixture *fixture = *state;
    folder_empty(fixture->folder);
    graph_load(fixture, "a1\nb1 < a1\nc1 < a1 < b1\nd1\n");
    changes(fixture, "upgrade", "c1", "b1 d1", "UPDATE b1 c1\n");
    changes(fixture, "downgrade", "b1", "c1 d1", "UPDATE c1 b1\n");
    changes(fixture, "downgrade", "d1", "c1 d1", "");
}

static void revisions_that_overlap_are_refused(void **state)
{
    struct fixture *fixture = *state;
    struct skn_set destination = rows_set(fixture, "1975ea83b712 ae1027a6acf");
    struct skn_set current = rows_set(fixture, "");
    struct skn_walk out;
    const char *text =
        "Requested revision ae1027a6acf overlaps with other requested revisions 1975ea83b712";
    assert_int_equal(
        skn_walk_upgrade(&fixture->history, &current, &destination, &out, &fixture->err),
        SKN_E_USAGE);
    assert_string_equal(fixture->err.message, text);
    skn_walk_finish(&out);
    assert_int_equal(stamp(fixture, &current, &destination, &out), SKN_E_USAGE);
    assert_string_equal(fixture->err.message, text);
    skn_walk_finish(&out);
    skn_set_finish(&destination);
    skn_set_finish(&current);
    refuses(fixture, "upgrade", "heads", "1975ea83b712 ae1027a6acf", text);
    refuses(fixture, "upgrade", "heads", "53fffde5ad5 29f859a13ea",
            "Requested revision 29f859a13ea overlaps with other requested revisions 53fffde5ad5");
}

static void rows_that_overlap_can_still_go_down(void **state)
{
    changes(*state, "downgrade", "base", "1975ea83b712 ae1027a6acf",
            "DELETE ae1027a6acf\nDELETE 1975ea83b712\n");
}

static void a_target_that_is_not_below_is_refused(void **state)
{
    refuses(*state, "downgrade", "53ff", "ae1027a6acf",
            "Destination 53ff is not a valid downgrade target from current head(s)");
    refuses(*state, "downgrade", "shoppingcart@53ff", "55af2cb1c267",
            "Not a valid downgrade target from current heads");
}

static void a_step_down_leaves_the_other_children_of_its_parent(void **state)
{
    struct fixture *fixture = *state;
    changes(fixture, "downgrade", "reports@-1", "8d2e3f4a5b6c 7c1d2e3f4a5b",
            "DELETE 8d2e3f4a5b6c\n");
    folder_empty(fixture->folder);
    graph_load(fixture, "a1\nb1 < a1\nc1 < a1 ^ b1\n");
    changes(fixture, "downgrade", "-1", "c1", "UPDATE c1 b1\n");
}

static void going_down_a_branch_takes_its_dependants_and_leaves_what_it_depends_on(void **state)
{
    struct fixture *fixture = *state;
    struct skn_buf text = {0};
    struct skn_walk out;
    assert_int_equal(
        walk(fixture, "downgrade", "networking@base", "55af2cb1c267 9e3f4a5b6c7d", &out), SKN_OK);
    steps_text(&out, &text);
    assert_string_equal(skn_buf_text(&text),
                        "downgrade 55af2cb1c267 -> 29f859a13ea, add ip account table\n"
                        "downgrade 29f859a13ea -> 109ec7d132bf, add DNS\n"
                        "downgrade 9e3f4a5b6c7d -> 8d2e3f4a5b6c, report on ip numbers\n"
                        "downgrade 109ec7d132bf -> 3cac04ae8714, add ip number table\n"
                        "downgrade 3cac04ae8714 -> , create networking branch\n");
    set_text(fixture, &out.end, &text);
    assert_string_equal(skn_buf_text(&text), "8d2e3f4a5b6c");
    skn_walk_finish(&out);
    skn_buf_finish(&text);
}

static void nothing_to_do_is_no_error(void **state)
{
    changes(*state, "upgrade", "heads", "55af2cb1c267 7c1d2e3f4a5b 9e3f4a5b6c7d", "");
    changes(*state, "upgrade", "1975", "53fffde5ad5", "");
    changes(*state, "upgrade", "base", "53fffde5ad5", "");
    changes(*state, "downgrade", "base", "", "");
    changes(*state, "downgrade", "53ff", "53fffde5ad5", "");
    changes(*state, "stamp", "53ff", "53fffde5ad5", "");
    changes(*state, "stamp", "base", "", "");
}

static void stamps_move_only_the_rows_of_their_line(void **state)
{
    changes(*state, "stamp", "53ff", "", "INSERT 53fffde5ad5\n");
    changes(*state, "stamp", "53ff", "27c6a30d7c24 ae1027a6acf 3cac04ae8714",
            "DELETE 27c6a30d7c24, UPDATE ae1027a6acf 53fffde5ad5\n");
    changes(*state, "stamp", "1975", "7c1d2e3f4a5b 8d2e3f4a5b6c 109ec7d132bf",
            "DELETE 7c1d2e3f4a5b, UPDATE 8d2e3f4a5b6c 1975ea83b712\n");
    changes(*state, "stamp", "base", "7c1d2e3f4a5b 109ec7d132bf",
            "DELETE 109ec7d132bf\nDELETE 7c1d2e3f4a5b\n");
}

/* Alembic moves all rows to the first head here, and loses some or stops with a KeyError. */
static void a_stamp_of_several_revisions_keeps_each_row(void **state)
{
    struct fixture *fixture = *state;
    folder_empty(fixture->folder);
    graph_load(fixture, "a1\na2 < a1\na3 < a2\nb1\nb2 < b1\nb3 < b2\n");
    struct skn_buf text = {0};
    struct skn_set current = rows_set(fixture, "a3 b3");
    struct skn_set destination = rows_set(fixture, "a1 b1");
    struct skn_walk out;
    assert_int_equal(stamp(fixture, &current, &destination, &out), SKN_OK);
    steps_text(&out, &text);
    assert_string_equal(skn_buf_text(&text), "stamp_revision a3 -> a1\nstamp_revision b3 -> b1\n");
    assert_int_equal(out.steps[0].kind, SKN_STEP_STAMP);
    assert_null(out.steps[0].revision);
    set_text(fixture, &out.end, &text);
    assert_string_equal(skn_buf_text(&text), "a1 b1");
    skn_walk_finish(&out);
    skn_set_finish(&current);
    skn_set_finish(&destination);
    skn_buf_finish(&text);
}

static int purge(struct fixture *fixture, const char *const *rows, size_t row_count,
                 const char *ids, struct skn_walk *out)
{
    struct skn_wish wish = {rows_set(fixture, ids), NULL};
    int rc = skn_walk_purge(&fixture->history, rows, row_count, &wish, 1, out, &fixture->err);
    skn_set_finish(&wish.revisions);
    return rc;
}

static void a_purge_takes_away_what_no_file_has_and_never_writes_rows_that_overlap(void **state)
{
    struct fixture *fixture = *state;
    static const char *const rows[] = {"deadbeef", "a1", "b1"};
    struct skn_buf text = {0};
    struct skn_walk out;
    folder_empty(fixture->folder);
    graph_load(fixture, "a1\na2 < a1\nb1\n");
    assert_int_equal(purge(fixture, rows, 3, "a2 b1", &out), SKN_OK);
    changes_text(&out, &text);
    assert_string_equal(skn_buf_text(&text), "DELETE deadbeef, DELETE a1, INSERT a2\n");
    set_text(fixture, &out.end, &text);
    assert_string_equal(skn_buf_text(&text), "a2 b1");
    skn_walk_finish(&out);
    assert_int_equal(purge(fixture, rows, 3, "", &out), SKN_OK);
    changes_text(&out, &text);
    assert_string_equal(skn_buf_text(&text), "DELETE deadbeef, DELETE a1, DELETE b1\n");
    assert_int_equal(out.end.count, 0);
    skn_walk_finish(&out);
    assert_int_equal(purge(fixture, rows, 3, "a1 a2", &out), SKN_E_USAGE);
    assert_string_equal(fixture->err.message,
                        "Requested revision a2 overlaps with other requested revisions a1");
    skn_walk_finish(&out);
    skn_buf_finish(&text);
}

static void a_stamp_of_a_branch_moves_all_rows_of_it_and_its_base_takes_them_away(void **state)
{
    struct fixture *fixture = *state;
    folder_empty(fixture->folder);
    graph_load(fixture, "a1 @ left\na2 < a1\na3 < a1\na4 < a3\nb1\n");
    changes(fixture, "stamp", "left@a4", "a2 a3 b1", "DELETE a2, UPDATE a3 a4\n");
    changes(fixture, "stamp", "a4", "a2 a3 b1", "UPDATE a3 a4\n");
    changes(fixture, "stamp", "left@base", "a2 a3 b1", "DELETE a2\nDELETE a3\n");
    refuses(fixture, "stamp", "head", "b1",
            "Multiple heads are present; please specify a single target revision");
}

static void a_log_line_has_the_first_line_of_the_message_or_none(void **state)
{
    struct fixture *fixture = *state;
    struct skn_buf text = {0};
    struct skn_walk out;
    folder_empty(fixture->folder);
    file_write(fixture, "a.sql", "-- one\n-- two\n-- Revision ID: a1\n-- skein: upgrade\n");
    file_write(fixture, "b.sql", "-- Revision ID: b1\n-- Revises: a1\n-- skein: upgrade\n");
    assert_int_equal(fixture_load(fixture), SKN_OK);
    assert_int_equal(walk(fixture, "upgrade", "head", "", &out), SKN_OK);
    steps_text(&out, &text);
    assert_string_equal(skn_buf_text(&text), "upgrade  -> a1, one\nupgrade a1 -> b1\n");
    skn_walk_finish(&out);
    skn_buf_finish(&text);
}

/* Properties over random graphs: the applied set is kept here, step by step, by itself. */
struct ledger {
    const struct skn_history *history;
    uint8_t *applied;
    uint8_t *rows;
};

static uint32_t index_of(const struct ledger *ledger, const char *id)
{
    const struct skn_revision *revision = skn_history_find(ledger->history, id);
    assert_non_null(revision);
    return revision->index;
}

static void ledger_init(struct ledger *ledger, const struct skn_history *history)
{
    *ledger = (struct ledger){history, calloc(history->count, 1), calloc(history->count, 1)};
    assert_true(ledger->applied && ledger->rows);
}

static void ledger_finish(struct ledger *ledger)
{
    free(ledger->applied);
    free(ledger->rows);
}

static void changes_make(struct ledger *ledger, const struct skn_walk_step *step)
{
    for (size_t i = 0; i < step->change_count; i++) {
        const struct skn_row_change *change = &step->changes[i];
        if (change->from) {
            assert_int_equal(ledger->rows[index_of(ledger, change->from)], 1);
            ledger->rows[index_of(ledger, change->from)] = 0;
        }
        if (change->to) {
            assert_int_equal(ledger->rows[index_of(ledger, change->to)], 0);
            ledger->rows[index_of(ledger, change->to)] = 1;
        }
        assert_int_equal(change->from != NULL, change->op != SKN_ROW_INSERT);
        assert_int_equal(change->to != NULL, change->op != SKN_ROW_DELETE);
    }
}

static int any_applied(const struct ledger *ledger, const struct skn_links *links)
{
    for (size_t i = 0; i < links->count; i++)
        if (ledger->applied[links->items[i]])
            return 1;
    return 0;
}

static void all_applied(const struct ledger *ledger, const struct skn_links *links)
{
    for (size_t i = 0; i < links->count; i++)
        assert_int_equal(ledger->applied[links->items[i]], 1);
}

static void rows_are_the_maximal_applied_revisions(const struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->history->count; i++) {
        const struct skn_revision *revision = &ledger->history->revisions[i];
        int maximal = ledger->applied[i] && !any_applied(ledger, &revision->children) &&
                      !any_applied(ledger, &revision->dependants);
        assert_int_equal(ledger->rows[i], maximal);
    }
}

static void ledger_step(struct ledger *ledger, const struct skn_walk_step *step)
{
    const struct skn_revision *revision = step->revision;
    int up = step->kind == SKN_STEP_UPGRADE;
    assert_int_equal(ledger->applied[revision->index], !up);
    if (up) {
        all_applied(ledger, &revision->parents);
        all_applied(ledger, &revision->depends);
    } else {
        assert_false(any_applied(ledger, &revision->children));
        assert_false(any_applied(ledger, &revision->dependants));
    }
    ledger->applied[revision->index] = (uint8_t)up;
    changes_make(ledger, step);
    rows_are_the_maximal_applied_revisions(ledger);
}

static void ledger_walk(struct ledger *ledger, struct skn_walk *walk)
{
    for (size_t i = 0; i < walk->count; i++)
        ledger_step(ledger, &walk->steps[i]);
    size_t rows = 0;
    for (size_t i = 0; i < ledger->history->count; i++)
        rows += ledger->rows[i];
    assert_int_equal(walk->end.count, rows);
    for (size_t i = 0; i < walk->end.count; i++)
        assert_int_equal(ledger->rows[walk->end.items[i]], 1);
}

static void go(struct ledger *ledger, struct skn_set *current, const char *symbol, int up)
{
    struct skn_error err = SKN_ERROR_INIT;
    struct skn_set destination;
    const struct skn_revision *branch = NULL;
    struct skn_walk out = {0};
    int rc =
        up ? skn_symbol_upgrade(ledger->history, symbol, current, &destination, &err)
           : skn_symbol_downgrade(ledger->history, symbol, current, &destination, &branch, &err);
    if (rc == SKN_OK) {
        rc = up ? skn_walk_upgrade(ledger->history, current, &destination, &out, &err)
                : skn_walk_downgrade(ledger->history, current, &destination, branch, symbol, &out,
                                     &err);
        if (rc == SKN_OK) {
            ledger_walk(ledger, &out);
            skn_set_finish(current);
            *current = out.end;
            out.end = (struct skn_set){0};
        }
        skn_walk_finish(&out);
    }
    skn_set_finish(&destination);
}

static size_t applied_count(const struct ledger *ledger)
{
    size_t count = 0;
    for (size_t i = 0; i < ledger->history->count; i++)
        count += ledger->applied[i];
    return count;
}

static void any_way_through_any_graph_keeps_the_rows_right(void **state)
{
    (void)state;
    uint32_t seed = 42;
    for (int round = 0; round < 150; round++) {
        struct made made;
        struct ledger ledger;
        struct skn_set current = {0};
        size_t count = 1 + made_random(&seed, 40);
        made_init(&made, count);
        made_fill(&made, count, &seed, made_random(&seed, 300), made_random(&seed, 600),
                  made_random(&seed, 500));
        assert_true(made_build(&made));
        ledger_init(&ledger, &made.history);
        for (int way = 0; way < 12; way++) {
            char symbol[32];
            uint32_t to = made_random(&seed, (uint32_t)count);
            uint32_t branch = made_random(&seed, (uint32_t)count);
            if (made_random(&seed, 3) == 0)
                snprintf(symbol, sizeof symbol, "r%06u@-1", branch);
            else
                snprintf(symbol, sizeof symbol, "r%06u", to);
            go(&ledger, &current, symbol, made_random(&seed, 2) == 0);
        }
        go(&ledger, &current, "heads", 1);
        assert_int_equal(applied_count(&ledger), count);
        go(&ledger, &current, "base", 0);
        assert_int_equal(applied_count(&ledger), 0);
        assert_int_equal(current.count, 0);
        skn_set_finish(&current);
        ledger_finish(&ledger);
        made_finish(&made);
    }
}

static void a_long_chain_goes_up_and_down(void **state)
{
    (void)state;
    enum { COUNT = 100000 };
    struct made made;
    struct skn_error err = SKN_ERROR_INIT;
    struct skn_set none = {0};
    struct skn_set heads;
    struct skn_walk out;
    made_init(&made, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        made_add(&made);
        if (i > 0)
            made_link(&made, &made.places[i].parents, i - 1);
    }
    assert_true(made_build(&made));
    assert_int_equal(skn_symbol_upgrade(&made.history, "head", &none, &heads, &err), SKN_OK);
    assert_int_equal(skn_walk_upgrade(&made.history, &none, &heads, &out, &err), SKN_OK);
    assert_int_equal(out.count, COUNT);
    assert_string_equal(out.steps[1].log, "upgrade r000000 -> r000001, made");
    skn_walk_finish(&out);
    assert_int_equal(skn_walk_downgrade(&made.history, &heads, &none, NULL, "base", &out, &err),
                     SKN_OK);
    assert_int_equal(out.count, COUNT);
    assert_int_equal(out.end.count, 0);
    skn_walk_finish(&out);
    skn_set_finish(&heads);
    made_finish(&made);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, graph_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(alembic_answers_the_same),
        TEST(upgrades_insert_update_and_merge_rows),
        TEST(downgrades_delete_update_and_unmerge_rows),
        TEST(a_parent_that_another_parent_stands_on_gets_no_row),
        TEST(revisions_that_overlap_are_refused),
        TEST(rows_that_overlap_can_still_go_down),
        TEST(a_target_that_is_not_below_is_refused),
        TEST(a_step_down_leaves_the_other_children_of_its_parent),
        TEST(going_down_a_branch_takes_its_dependants_and_leaves_what_it_depends_on),
        TEST(nothing_to_do_is_no_error),
        TEST(stamps_move_only_the_rows_of_their_line),
        TEST(a_stamp_of_several_revisions_keeps_each_row),
        TEST(a_purge_takes_away_what_no_file_has_and_never_writes_rows_that_overlap),
        TEST(a_stamp_of_a_branch_moves_all_rows_of_it_and_its_base_takes_them_away),
        TEST(a_log_line_has_the_first_line_of_the_message_or_none),
        cmocka_unit_test(any_way_through_any_graph_keeps_the_rows_right),
        cmocka_unit_test(a_long_chain_goes_up_and_down),
    };
    return cmocka_run_group_tests_name("history/walk", tests, NULL, NULL);
}

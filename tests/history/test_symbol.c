/* core/history/symbol.c, with resolve.c and relative.c under it */
#include "alembic_answers.h"
#include "fixture.h"

static int graph_setup(void **state)
{
    fixture_setup(state);
    graph_load(*state, alembic_graph);
    return 0;
}

static void resolves(struct fixture *fixture, const char *symbol, const char *ids)
{
    struct skn_set set;
    struct skn_buf text = {0};
    if (skn_symbol_resolve(&fixture->history, symbol, &set, &fixture->err) != SKN_OK)
        fail_msg("%s: %s", symbol, fixture->err.message);
    set_text(fixture, &set, &text);
    assert_string_equal(skn_buf_text(&text), ids);
    skn_buf_finish(&text);
    skn_set_finish(&set);
}

static void refuses(struct fixture *fixture, const char *symbol, const char *message)
{
    struct skn_set set;
    assert_int_equal(skn_symbol_resolve(&fixture->history, symbol, &set, &fixture->err),
                     SKN_E_USAGE);
    assert_string_equal(fixture->err.message, message);
    assert_int_equal(set.count, 0);
}

enum verb { UPGRADE, DOWNGRADE };

/* branch: the id that a downgrade is narrowed to, or NULL. */
static int answer(struct fixture *fixture, enum verb verb, const char *symbol, const char *rows,
                  struct skn_buf *text, const char **branch)
{
    struct skn_set current = rows_set(fixture, rows);
    struct skn_set set;
    const struct skn_revision *revision = NULL;
    int rc = verb == UPGRADE
                 ? skn_symbol_upgrade(&fixture->history, symbol, &current, &set, &fixture->err)
                 : skn_symbol_downgrade(&fixture->history, symbol, &current, &set, &revision,
                                        &fixture->err);
    skn_buf_clear(text);
    if (rc == SKN_OK)
        set_text(fixture, &set, text);
    else
        skn_buf_adds(text, fixture->err.message);
    *branch = revision ? revision->id : NULL;
    skn_set_finish(&set);
    skn_set_finish(&current);
    return rc;
}

static void goes(struct fixture *fixture, enum verb verb, const char *symbol, const char *rows,
                 const char *ids)
{
    struct skn_buf text = {0};
    const char *branch;
    int rc = answer(fixture, verb, symbol, rows, &text, &branch);
    assert_string_equal(skn_buf_text(&text), ids);
    assert_int_equal(rc, SKN_OK);
    skn_buf_finish(&text);
}

static void fails(struct fixture *fixture, enum verb verb, const char *symbol, const char *rows,
                  const char *message)
{
    struct skn_buf text = {0};
    const char *branch;
    int rc = answer(fixture, verb, symbol, rows, &text, &branch);
    assert_string_equal(skn_buf_text(&text), message);
    assert_int_equal(rc, SKN_E_USAGE);
    skn_buf_finish(&text);
}

static void a_revision_is_named_by_id_label_or_beginning(void **state)
{
    resolves(*state, "53fffde5ad5", "53fffde5ad5");
    resolves(*state, "53", "53fffde5ad5");
    resolves(*state, "a", "ae1027a6acf");
    resolves(*state, "shoppingcart", "27c6a30d7c24");
    resolves(*state, "shopp", "27c6a30d7c24");
    resolves(*state, "base", "");
}

static void heads_are_real_and_head_is_one(void **state)
{
    struct fixture *fixture = *state;
    resolves(fixture, "heads", "55af2cb1c267 7c1d2e3f4a5b 9e3f4a5b6c7d");
    refuses(fixture, "head",
            "Multiple head revisions are present for given argument 'head'; please specify a "
            "specific target revision, '<branchname>@head' to narrow to a specific head, or "
            "'heads' for all heads");
    folder_empty(fixture->folder);
    graph_load(fixture, "a1\nb1 < a1\nc1 ^ b1\n");
    resolves(fixture, "heads", "c1");
    resolves(fixture, "b1@heads", "b1");
    resolves(fixture, "b1@head", "b1");
    refuses(fixture, "head",
            "Multiple head revisions are present for given argument 'head'; please specify a "
            "specific target revision, '<branchname>@head' to narrow to a specific head, or "
            "'heads' for all heads");
    folder_empty(fixture->folder);
    assert_int_equal(fixture_load(fixture), SKN_OK);
    resolves(fixture, "head", "");
    resolves(fixture, "heads", "");
}

static void a_branch_narrows_a_symbol(void **state)
{
    resolves(*state, "networking@head", "55af2cb1c267");
    resolves(*state, "networking@heads", "55af2cb1c267");
    resolves(*state, "reports@head", "9e3f4a5b6c7d");
    resolves(*state, "shoppingcart@heads", "7c1d2e3f4a5b 9e3f4a5b6c7d");
    resolves(*state, "29f8@head", "55af2cb1c267");
    resolves(*state, "shoppingcart@1975", "1975ea83b712");
    refuses(*state, "networking@ae10", "Can't locate revision identified by 'ae10'");
    refuses(*state, "networking@ae1027a6acf",
            "Can't locate revision identified by 'ae1027a6acf'; revision ae1027a6acf is not on "
            "the branch of revision 3cac04ae8714");
    refuses(*state, "nowhere@head", "Can't locate revision identified by 'nowhere'");
    refuses(*state, "shoppingcart@head",
            "Multiple head revisions are present for given argument 'shoppingcart@head'; please "
            "specify a specific target revision, '<branchname>@shoppingcart@head' to narrow to a "
            "specific head, or 'heads' for all heads");
}

static void a_beginning_must_be_unambiguous_and_of_a_long_id(void **state)
{
    struct fixture *fixture = *state;
    folder_empty(fixture->folder);
    graph_load(fixture, "ab01\nab02 < ab01\nab03 < ab02\nab04 < ab03\nab05 < ab04\nab06 < ab05\n"
                        "zz < ab06\nxy99 @ xy99_branch @ xylophone\n");
    refuses(fixture, "ab",
            "Can't locate revision identified by 'ab'; several names begin with it: 'ab01', "
            "'ab02', 'ab03', 'ab04', 'ab05', ...");
    resolves(fixture, "ab01", "ab01");
    refuses(fixture, "z", "Can't locate revision identified by 'z'");
    resolves(fixture, "zz", "zz");
    refuses(fixture, "xy",
            "Can't locate revision identified by 'xy'; several names begin with it: 'xy99', "
            "'xy99_branch', 'xylophone'");
    resolves(fixture, "xyl", "xy99");
    resolves(fixture, "zz@ab01", "ab01");
}

static void a_word_that_means_no_branch_is_no_beginning_of_one(void **state)
{
    struct fixture *fixture = *state;
    folder_empty(fixture->folder);
    graph_load(fixture, "heads2\nbase_1 < heads2\n");
    refuses(fixture, "head@heads2", "Can't locate revision identified by 'head'");
    refuses(fixture, "heads@base_1", "Can't locate revision identified by 'heads'");
    refuses(fixture, "base@head", "Can't locate revision identified by 'base'");
    resolves(fixture, "hea@head", "base_1");
}

static void what_names_nothing_is_refused(void **state)
{
    refuses(*state, "", "Can't locate revision identified by ''");
    refuses(*state, "networking@", "Can't locate revision identified by ''");
    refuses(*state, "@head", "Can't locate revision identified by ''");
    refuses(*state, "nope", "Can't locate revision identified by 'nope'");
    refuses(*state, "a-b", "Can't locate revision identified by 'a-b'");
    refuses(*state, "+1",
            "Can't locate revision identified by '+1'; relative forms are for upgrade and "
            "downgrade");
    refuses(*state, "nope@+1", "Can't locate revision identified by 'nope'");
    refuses(*state, "networking@head-1",
            "Can't locate revision identified by 'head-1'; relative forms are for upgrade and "
            "downgrade");
    resolves(*state, "networking@base", "");
    resolves(*state, "-1", "29f859a13ea 53fffde5ad5 8d2e3f4a5b6c");
    resolves(*state, "networking@-1", "29f859a13ea");
    resolves(*state, "networking@-4", "");
    refuses(*state, "networking@-5", "Walked too far");
}

/* A stamp, the start of a script and a dependency do not even count from the heads. */
static void a_place_is_named_without_counting(void **state)
{
    struct fixture *fixture = *state;
    static const char *const counted[] = {"-1", "networking@-1", "+1", "29f8-1",
                                          "networking@29f8+1"};
    struct skn_set set;
    struct skn_wish wish;
    for (size_t i = 0; i < sizeof counted / sizeof counted[0]; i++) {
        assert_int_equal(skn_symbol_place(&fixture->history, counted[i], &set, &fixture->err),
                         SKN_E_USAGE);
        assert_int_equal(skn_symbol_stamp(&fixture->history, counted[i], &wish, &fixture->err),
                         SKN_E_USAGE);
        assert_non_null(
            strstr(fixture->err.message, "relative forms are for upgrade and downgrade"));
    }
    assert_int_equal(skn_symbol_place(&fixture->history, "networking@head", &set, &fixture->err),
                     SKN_OK);
    assert_int_equal(set.count, 1);
    skn_set_finish(&set);
}

static void version_rows_must_be_known_revisions(void **state)
{
    struct fixture *fixture = *state;
    static const char *const rows[] = {"9e3f4a5b6c7d", "1975ea83b712", "9e3f4a5b6c7d"};
    struct skn_buf text = {0};
    struct skn_set set;
    assert_int_equal(skn_set_from_rows(&fixture->history, rows, 3, &set, &fixture->err), SKN_OK);
    set_text(fixture, &set, &text);
    assert_string_equal(skn_buf_text(&text), "1975ea83b712 9e3f4a5b6c7d");
    skn_set_finish(&set);
    skn_buf_finish(&text);

    static const char *const unknown[] = {"1975", "shoppingcart", "head", "", "dead\x1b[2J"};
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        assert_int_equal(skn_set_from_rows(&fixture->history, &unknown[i], 1, &set, &fixture->err),
                         SKN_E_CONFIG);
    assert_non_null(strstr(fixture->err.message,
                           "Can't locate revision identified by 'dead\\x1b[2J'; no file has"));
}

static void steps_up_from_the_current_revision(void **state)
{
    goes(*state, UPGRADE, "+1", "3cac04ae8714", "109ec7d132bf");
    fails(*state, UPGRADE, "+1", "", "Ambiguous walk");
    fails(*state, UPGRADE, "+1", "1975ea83b712", "Ambiguous walk");
    fails(*state, UPGRADE, "+1", "ae1027a6acf 27c6a30d7c24",
          "Ambiguous upgrade from multiple current revisions");
    fails(*state, UPGRADE, "+9", "3cac04ae8714",
          "Relative revision +9 didn't produce 9 migrations");
    fails(*state, UPGRADE, "+99999999999999999999", "3cac04ae8714",
          "Relative revision +99999999999999999999 didn't produce 4294967295 migrations");
    fails(*state, UPGRADE, "-1", "3cac04ae8714",
          "Relative revision -1 didn't produce 1 migrations");
    fails(*state, UPGRADE, "+0", "3cac04ae8714", "Relative revision 0 didn't produce 0 migrations");
}

static void steps_up_a_branch(void **state)
{
    goes(*state, UPGRADE, "networking@+1", "", "3cac04ae8714");
    goes(*state, UPGRADE, "networking@+2", "53fffde5ad5", "109ec7d132bf");
    goes(*state, UPGRADE, "networking@+1", "3cac04ae8714 ae1027a6acf", "109ec7d132bf");
    goes(*state, UPGRADE, "reports@+1", "29f859a13ea", "8d2e3f4a5b6c");
    fails(*state, UPGRADE, "reports@+9", "53fffde5ad5",
          "Relative revision +9 didn't produce 9 migrations");
}

static void steps_from_a_named_revision(void **state)
{
    goes(*state, UPGRADE, "3cac+1", "", "109ec7d132bf");
    goes(*state, UPGRADE, "networking+1", "", "109ec7d132bf");
    goes(*state, UPGRADE, "networking@base+2", "", "109ec7d132bf");
    goes(*state, UPGRADE, "networking@head-1", "", "29f859a13ea");
    goes(*state, UPGRADE, "reports@53ff+1", "", "8d2e3f4a5b6c");
    goes(*state, UPGRADE, "3cac+0", "", "3cac04ae8714");
    fails(*state, UPGRADE, "3cac-1", "", "Walked too far");
    fails(*state, UPGRADE, "3cac-2", "", "Walked too far");
    fails(*state, UPGRADE, "3cac+9", "", "Walked too far");
    fails(*state, UPGRADE, "base-1", "", "Walked too far");
    fails(*state, UPGRADE, "base+0", "", "Walked too far");
    fails(*state, UPGRADE, "53ff-1", "", "Ambiguous walk");
    fails(*state, UPGRADE, "nope+1", "", "Can't locate revision identified by 'nope'");
    goes(*state, DOWNGRADE, "109e-1", "55af2cb1c267", "3cac04ae8714");
    goes(*state, DOWNGRADE, "109e-2", "55af2cb1c267", "");
    fails(*state, DOWNGRADE, "base+0", "55af2cb1c267", "Walked too far");
}

static void what_follows_the_number_is_not_passed_over(void **state)
{
    fails(*state, UPGRADE, "3cac+1x", "", "Can't locate revision identified by '3cac+1x'");
    fails(*state, UPGRADE, "3cac+1+1", "", "Can't locate revision identified by '3cac+1+1'");
    fails(*state, UPGRADE, "3cac+", "", "Can't locate revision identified by '3cac+'");
    fails(*state, UPGRADE, "+1@networking", "", "Can't locate revision identified by '+1'");
    fails(*state, DOWNGRADE, "-1 ", "55af2cb1c267", "Can't locate revision identified by '-1 '");
    fails(*state, UPGRADE, "a:b", "", "Can't locate revision identified by 'a:b'");
}

static void steps_down_from_the_current_revision(void **state)
{
    goes(*state, DOWNGRADE, "-1", "55af2cb1c267", "29f859a13ea");
    goes(*state, DOWNGRADE, "-1", "1975ea83b712", "");
    fails(*state, DOWNGRADE, "-2", "1975ea83b712",
          "Relative revision -2 didn't produce 2 migrations");
    fails(*state, DOWNGRADE, "-1", "", "Relative revision -1 didn't produce 1 migrations");
    fails(*state, DOWNGRADE, "-1", "53fffde5ad5", "Ambiguous walk");
    fails(*state, DOWNGRADE, "+1", "1975ea83b712",
          "Relative revision +1 didn't produce 1 migrations");
    fails(*state, DOWNGRADE, "-1", "ae1027a6acf 27c6a30d7c24",
          "downgrade -1 from multiple heads is ambiguous; name the one to go down from, such as "
          "27c6a30d7c24@-1 or ae1027a6acf@-1");
}

static void steps_down_a_branch(void **state)
{
    goes(*state, DOWNGRADE, "networking@-1", "55af2cb1c267 9e3f4a5b6c7d", "29f859a13ea");
    goes(*state, DOWNGRADE, "reports@-1", "55af2cb1c267 9e3f4a5b6c7d", "8d2e3f4a5b6c");
    goes(*state, DOWNGRADE, "networking@-1", "9e3f4a5b6c7d", "3cac04ae8714");
    fails(*state, DOWNGRADE, "shoppingcart@-1", "29f859a13ea", "Ambiguous walk");
    fails(*state, DOWNGRADE, "shoppingcart@-1", "ae1027a6acf",
          "Relative revision -1 didn't produce 1 migrations");
    fails(*state, DOWNGRADE, "networking@-1", "",
          "Relative revision -1 didn't produce 1 migrations");
}

static void a_downgrade_tells_the_branch_it_is_narrowed_to(void **state)
{
    struct fixture *fixture = *state;
    struct skn_buf text = {0};
    const char *branch;
    static const struct {
        const char *symbol;
        const char *rows;
        const char *branch;
    } cases[] = {
        {"base", "55af2cb1c267", NULL},
        {"ae10", "53fffde5ad5", NULL},
        {"29f8-1", "55af2cb1c267", NULL},
        {"networking@base", "55af2cb1c267", "3cac04ae8714"},
        {"ae10@1975", "ae1027a6acf", "ae1027a6acf"},
        {"-1", "55af2cb1c267", "55af2cb1c267"},
        {"networking@-1", "55af2cb1c267", "3cac04ae8714"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        answer(fixture, DOWNGRADE, cases[i].symbol, cases[i].rows, &text, &branch);
        if (cases[i].branch)
            assert_string_equal(branch, cases[i].branch);
        else
            assert_null(branch);
    }
    skn_buf_finish(&text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, graph_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_revision_is_named_by_id_label_or_beginning),
        TEST(heads_are_real_and_head_is_one),
        TEST(a_branch_narrows_a_symbol),
        TEST(a_beginning_must_be_unambiguous_and_of_a_long_id),
        TEST(a_word_that_means_no_branch_is_no_beginning_of_one),
        TEST(what_names_nothing_is_refused),
        TEST(a_place_is_named_without_counting),
        TEST(version_rows_must_be_known_revisions),
        TEST(steps_up_from_the_current_revision),
        TEST(steps_up_a_branch),
        TEST(steps_from_a_named_revision),
        TEST(what_follows_the_number_is_not_passed_over),
        TEST(steps_down_from_the_current_revision),
        TEST(steps_down_a_branch),
        TEST(a_downgrade_tells_the_branch_it_is_narrowed_to),
    };
    return cmocka_run_group_tests_name("history/symbol", tests, NULL, NULL);
}

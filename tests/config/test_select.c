/*
 * Selectors: what each form takes, and that none of them ever means "all" by mistake.
 */
#include "scratch.h"

#include "base/buf.h"
#include "config/select.h"

static struct skn_config config;

static int config_make(void **state)
{
    if (scratch_make(state) != 0)
        return -1;
    config_good(
        &config,
        "histories = { app = { path = \"a\"; }; events = { path = \"e\"; }; };\n"
        "targets = (\n"
        " { name = \"shop\"; url = \"postgresql://h/s\"; history = \"app\"; group = \"acme\"; tags "
        "= [ \"prod\", \"eu\" ]; },\n"
        " { name = \"shop-events\"; url = \"mysql://h/e\"; history = \"events\"; group = \"acme\"; "
        "tags = [ \"prod\" ]; },\n"
        " { name = \"edge\"; url = \"sqlite:x\"; history = \"app\"; tags = [ \"eu-edge\" ]; }\n"
        ");\n"
        "fleets = ( { name = \"tenants\"; url = \"sqlite:t/${tenant}\"; history = \"app\"; group = "
        "\"g-${tenant}\";\n"
        "  tenants = [ \"a1\", \"a2\", \"b1\" ]; tags = [ \"tenant\" ]; } );\n");
    return 0;
}

static int config_drop(void **state)
{
    skn_config_finish(&config);
    return scratch_remove(state);
}

/* The names that the selection has, or has not been able to tell of (with a ?), by blanks. */
static void shown(const struct skn_selection *selection, const struct skn_live *live,
                  struct skn_buf *out)
{
    for (size_t i = 0; i < config.target_count; i++) {
        int has = skn_selection_has(selection, &config.targets[i], live);
        if (has != 0)
            skn_buf_addf(out, "%s%s%s", out->len > 0 ? " " : "", config.targets[i].name,
                         has < 0 ? "?" : "");
    }
}

static void selects(const char *const *texts, size_t count, const struct skn_live *live,
                    const char *names)
{
    struct skn_error err = SKN_ERROR_INIT;
    struct skn_selection *selection;
    struct skn_buf out = {0};
    if (skn_selection_create(&config, texts, count, &selection, &err) != SKN_OK)
        fail_msg("%s: %s", count ? texts[0] : "", err.message);
    shown(selection, live, &out);
    assert_string_equal(skn_buf_text(&out), names);
    skn_buf_finish(&out);
    skn_selection_destroy(selection);
}

static void refuses(const char *text, const char *message)
{
    struct skn_error err = SKN_ERROR_INIT;
    struct skn_selection *selection;
    int rc = skn_selection_create(&config, &text, 1, &selection, &err);
    assert_int_equal(rc, SKN_E_USAGE);
    assert_null(selection);
    assert_string_equal(err.message, message);
}

static void each_form_takes_what_it_says(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *names;
    } cases[] = {
        {"shop", "shop"},
        {"tenants/a2", "tenants/a2"},
        {"edge,shop", "shop edge"},
        {"shop,shop", "shop"},
        {"*", "shop shop-events edge tenants/a1 tenants/a2 tenants/b1"},
        {"shop*", "shop shop-events"},
        {"tenants/a*", "tenants/a1 tenants/a2"},
        {"*1", "tenants/a1 tenants/b1"},
        {"tenants/[!a]?", "tenants/b1"},
        {"????", "shop edge"},
        {"@eu", "shop"},
        {"@eu*", "shop edge"},
        {"@prod", "shop shop-events"},
        {"history:events", "shop-events"},
        {"history:*", "shop shop-events edge tenants/a1 tenants/a2 tenants/b1"},
        {"driver:mysql", "shop-events"},
        {"driver:*sql", "shop shop-events"},
        {"group:acme", "shop shop-events"},
        {"group:g-a*", "tenants/a1 tenants/a2"},
        {"group:*", "shop shop-events tenants/a1 tenants/a2 tenants/b1"},
        {"fleet:tenants", "tenants/a1 tenants/a2 tenants/b1"},
        {"!shop", "shop-events edge tenants/a1 tenants/a2 tenants/b1"},
        {"!tenants/*", "shop shop-events edge"},
        {"!@prod,!fleet:tenants", "edge"},
        {"tenants/*,!tenants/a1", "tenants/a2 tenants/b1"},
        {"!tenants/a1,tenants/*", "tenants/a2 tenants/b1"},
        {"@tenant,edge,!*2", "edge tenants/a1 tenants/b1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        selects(&cases[i].text, 1, NULL, cases[i].names);
}

static void several_texts_are_one_selection(void **state)
{
    (void)state;
    static const char *const texts[] = {"tenants/*", "edge", "!tenants/a2,!tenants/b1"};
    selects(texts, 3, NULL, "edge tenants/a1");
    selects(NULL, 0, NULL, "shop shop-events edge tenants/a1 tenants/a2 tenants/b1");
}

static void c3_what_matches_nothing_is_an_error(void **state)
{
    (void)state;
    refuses("shpo", "there is no target \"shpo\"; did you mean \"shop\"?");
    refuses("tenants/a3", "there is no target \"tenants/a3\"; did you mean \"tenants/a1\"?");
    refuses("completely-else", "there is no target \"completely-else\"");
    refuses("SHOP", "there is no target \"SHOP\"; did you mean \"shop\"?");
    refuses("shop,nothere", "there is no target \"nothere\"");
    refuses("!shpo", "there is no target \"shpo\"; did you mean \"shop\"?");
    refuses("x*", "no target matches \"x*\"");
    refuses("!x*", "no target matches \"x*\"");
    refuses("@pord", "no target has tag \"pord\"; did you mean \"prod\"?");
    refuses("@x*", "no tag matches \"x*\"");
    refuses("history:event", "no target has history \"event\"; did you mean \"events\"?");
    refuses("driver:mariadb", "no target has driver \"mariadb\"");
    refuses("group:x", "no target has group \"x\"");
    refuses("fleet:tenant", "no target has fleet \"tenant\"; did you mean \"tenants\"?");
    refuses("shop,!shop", "the selectors leave no target");
    refuses("!*", "the selectors leave no target");
}

static void a_malformed_selector_is_an_error(void **state)
{
    (void)state;
    static const char known[] = "is no selector; there are NAME, a pattern with * ? [ ], @TAG, "
                                "history:, driver:, group:, fleet:, at:REVISION, behind, - and !";
    static const char *const odd[] = {"hist:app", "a@b", "!shop", "http://x", "a:*"};
    char message[320];
    refuses("", "an empty selector");
    refuses("!", "an empty selector");
    refuses("shop,,edge", "an empty selector");
    refuses("shop,", "an empty selector");
    refuses("@", "selector \"@\" selects by nothing");
    refuses("group:", "selector \"group:\" selects by nothing");
    refuses("at:", "selector \"at:\" selects by nothing");
    refuses("ten[ants", "\"ten[ants\" has a [ without its ]");
    refuses("@[", "\"@[\" has a [ without its ]");
    refuses("!-", "- cannot be taken away by !");
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        char text[32];
        snprintf(text, sizeof text, "%s%s", odd[i][0] == '!' ? "!" : "", odd[i]);
        snprintf(message, sizeof message, "\"%s\" %s", odd[i], known);
        refuses(text, message);
    }
}

static void standard_input_is(const char *text, size_t len)
{
    file_put_bytes("input", text, len, 0600);
    assert_non_null(freopen("input", "r", stdin));
}

static void names_may_come_from_standard_input(void **state)
{
    (void)state;
    const char *dash = "-";
    const char *mixed = "edge,-,!tenants/a1";
    static const char lines[] = "tenants/a1\r\n\nshop\n";
    standard_input_is(lines, sizeof lines - 1);
    selects(&dash, 1, NULL, "shop tenants/a1");
    standard_input_is(lines, sizeof lines - 1);
    selects(&mixed, 1, NULL, "shop edge");
    standard_input_is("shop", 4);
    selects(&dash, 1, NULL, "shop");
    standard_input_is("shop\nshpo\n", 10);
    refuses("-", "standard input:2: there is no target \"shpo\"; did you mean \"shop\"?");
    standard_input_is("shop\n*\n", 7);
    refuses("-", "standard input:2: there is no target \"*\"");
    standard_input_is("", 0);
    refuses("-", "the selectors leave no target");
    standard_input_is("shop\nshop\0x\n", 12);
    refuses("-", "standard input:2: this is no name");
    standard_input_is("shop\n", 5);
    refuses("-,-", "- stands twice; standard input is read once");
    char *line = malloc(10000);
    assert_non_null(line);
    memset(line, 'a', 10000);
    standard_input_is(line, 10000);
    free(line);
    refuses("-", "standard input:1: this is no name");
}

/* Target a1 is at revision r1 and behind, a2 at r2, everything else at r1. */
static int asked;

static int at(void *ctx, const struct skn_target *target, const char *revision)
{
    (void)ctx;
    asked++;
    return strcmp(revision, strcmp(target->name, "tenants/a2") == 0 ? "r2" : "r1") == 0;
}

static int behind(void *ctx, const struct skn_target *target)
{
    (void)ctx;
    asked++;
    return strcmp(target->name, "tenants/a1") == 0;
}

static void what_only_databases_know_is_asked_later(void **state)
{
    (void)state;
    static const struct skn_live live = {NULL, at, behind};
    static const struct {
        const char *text;
        const char *before;
        const char *after;
    } cases[] = {
        {"behind", "shop? shop-events? edge? tenants/a1? tenants/a2? tenants/b1?", "tenants/a1"},
        {"at:r2", "shop? shop-events? edge? tenants/a1? tenants/a2? tenants/b1?", "tenants/a2"},
        {"at:nowhere", "shop? shop-events? edge? tenants/a1? tenants/a2? tenants/b1?", ""},
        {"edge,behind", "shop? shop-events? edge tenants/a1? tenants/a2? tenants/b1?",
         "edge tenants/a1"},
        {"behind,!fleet:tenants", "shop? shop-events? edge?", ""},
        {"!behind", "shop? shop-events? edge? tenants/a1? tenants/a2? tenants/b1?",
         "shop shop-events edge tenants/a2 tenants/b1"},
        {"tenants/*,!at:r1", "tenants/a1? tenants/a2? tenants/b1?", "tenants/a2"},
        {"at:r1,!behind,!shop*", "edge? tenants/a1? tenants/a2? tenants/b1?", "edge tenants/b1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        selects(&cases[i].text, 1, NULL, cases[i].before);
        selects(&cases[i].text, 1, &live, cases[i].after);
    }
}

static void databases_are_not_asked_in_vain(void **state)
{
    (void)state;
    static const struct skn_live live = {NULL, at, behind};
    struct skn_error err = SKN_ERROR_INIT;
    struct skn_selection *selection;
    const char *text = "edge,behind,!shop*";
    assert_int_equal(skn_selection_create(&config, &text, 1, &selection, &err), SKN_OK);
    assert_true(skn_selection_needs_live(selection));
    asked = 0;
    assert_int_equal(skn_selection_has(selection, target_get(&config, "shop"), &live), 0);
    assert_int_equal(skn_selection_has(selection, target_get(&config, "edge"), &live), 1);
    assert_int_equal(asked, 0);
    skn_selection_destroy(selection);
    text = "edge";
    assert_int_equal(skn_selection_create(&config, &text, 1, &selection, &err), SKN_OK);
    assert_false(skn_selection_needs_live(selection));
    skn_selection_destroy(selection);
    skn_selection_destroy(NULL);
}

static void c3_ten_thousand_names_are_found_among_as_many(void **state)
{
    (void)state;
    enum { COUNT = 10000 };
    struct skn_config large;
    struct skn_error err = SKN_ERROR_INIT;
    struct skn_selection *selection;
    struct skn_buf text = {0};
    struct skn_buf names = {0};
    const char *dash = "-";
    size_t found = 0;
    for (int i = 0; i < COUNT; i++) {
        skn_buf_addf(&text, "n%d\n", i);
        if (i % 2)
            skn_buf_addf(&names, "f/n%d\n", i);
    }
    file_put("tenants.txt", text.text, 0600);
    config_good(&large, "fleets = ( { name = \"f\"; url = \"null:${tenant}\"; tenants_file = "
                        "\"tenants.txt\"; } );\n");
    standard_input_is(names.text, names.len);
    assert_int_equal(skn_selection_create(&large, &dash, 1, &selection, &err), SKN_OK);
    for (size_t i = 0; i < COUNT; i++)
        found += (size_t)skn_selection_has(selection, &large.targets[i], NULL);
    assert_int_equal(found, COUNT / 2);
    skn_selection_destroy(selection);
    skn_config_finish(&large);
    skn_buf_finish(&text);
    skn_buf_finish(&names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_form_takes_what_it_says),
        cmocka_unit_test(several_texts_are_one_selection),
        cmocka_unit_test(c3_what_matches_nothing_is_an_error),
        cmocka_unit_test(a_malformed_selector_is_an_error),
        cmocka_unit_test(names_may_come_from_standard_input),
        cmocka_unit_test(what_only_databases_know_is_asked_later),
        cmocka_unit_test(databases_are_not_asked_in_vain),
        cmocka_unit_test(c3_ten_thousand_names_are_found_among_as_many),
    };
    return cmocka_run_group_tests_name("select", tests, config_make, config_drop);
}

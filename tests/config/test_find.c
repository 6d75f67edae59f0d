/*
 * Where the config is looked for, and whether the examples are what they say.
 */
#include "scratch.h"

#include <ctype.h>

#include "base/buf.h"
#include "base/file.h"

static int start(void **state)
{
    unsetenv("SKEIN_CONFIG");
    return scratch_make(state);
}

static void finds(const char *given, const char *expected)
{
    struct skn_error err = SKN_ERROR_INIT;
    char *path = NULL;
    assert_int_equal(skn_config_find(given, &path, &err), SKN_OK);
    assert_string_equal(path, expected);
    free(path);
}

static void a_config_is_found_here_or_above(void **state)
{
    (void)state;
    struct skn_error err = SKN_ERROR_INIT;
    char *path = NULL;
    assert_int_equal(mkdir("a", 0700), 0);
    assert_int_equal(mkdir("a/b", 0700), 0);
    assert_int_equal(chdir("a/b"), 0);
    assert_int_equal(skn_config_find(NULL, &path, &err), SKN_E_CONFIG);
    assert_null(path);
    assert_string_equal(err.message, "there is no skein.cfg here or in a folder above; skein init "
                                     "makes one, --config or SKEIN_CONFIG names another");
    file_put("../../skein.cfg", "", 0600);
    finds(NULL, "../../skein.cfg");
    file_put("../skein.cfg", "", 0600);
    finds(NULL, "../skein.cfg");
    file_put("skein.cfg", "", 0600);
    finds(NULL, "skein.cfg");
    assert_int_equal(chdir(scratch), 0);
}

static void what_is_named_is_not_looked_for(void **state)
{
    (void)state;
    finds("other.cfg", "other.cfg");
    setenv("SKEIN_CONFIG", "/etc/env.cfg", 1);
    finds(NULL, "/etc/env.cfg");
    finds("other.cfg", "other.cfg");
    setenv("SKEIN_CONFIG", "", 1);
    finds(NULL, "skein.cfg");
    unsetenv("SKEIN_CONFIG");
}

/* A file of the project, copied to here with a mode that a checkout need not have kept. */
static void example_copy(const char *name)
{
    char path[512];
    const char *root = getenv("SKEIN_SOURCE_ROOT");
    struct skn_error err = SKN_ERROR_INIT;
    struct skn_buf text = {0};
    snprintf(path, sizeof path, "%s/configs/%s", root, name);
    assert_int_equal(skn_file_read(AT_FDCWD, path, path, 0, 1 << 20, &text, &err), SKN_OK);
    file_put(name, skn_buf_text(&text), 0600);
    skn_buf_finish(&text);
}

static void example_loads(struct skn_config *config, const char *name)
{
    struct skn_error err = SKN_ERROR_INIT;
    if (skn_config_load(config, name, &err) != SKN_OK)
        fail_msg("%s", err.message);
}

static void the_examples_load(void **state)
{
    (void)state;
    struct skn_config config;
    if (!getenv("SKEIN_SOURCE_ROOT")) {
        print_message("SKEIN_SOURCE_ROOT is not set\n");
        skip();
    }
    example_copy("skein.cfg");
    example_loads(&config, "skein.cfg");
    assert_int_equal(config.target_count, 5);
    assert_string_equal(pair_get(target_get(&config, "edge")->vars, "price"), "5${unit}");
    skn_config_finish(&config);
    example_copy("fleet.cfg");
    example_copy("fleet-eu.txt");
    example_copy("fleet-us.txt");
    example_loads(&config, "fleet.cfg");
    assert_string_equal(target_get(&config, "analytics-eu/acme")->history->name, "analytics");
    assert_string_equal(target_get(&config, "app-eu/acme")->group, "acme");
    skn_config_finish(&config);
}

/* True when text has key as a word. */
static int mentions(const char *text, const char *key)
{
    size_t len = strlen(key);
    for (const char *at = text; (at = strstr(at, key)) != NULL; at++)
        if ((at == text || !(isalnum((unsigned char)at[-1]) || at[-1] == '_')) &&
            !(isalnum((unsigned char)at[len]) || at[len] == '_'))
            return 1;
    return 0;
}

static void every_key_is_explained(void **state)
{
    (void)state;
    static const char *const keys[] = {
        "targets",
        "fleets",
        "histories",
        "defaults",
        "jobs",
        "on_failure",
        "path",
        "version_table",
        "version_table_schema",
        "file_template",
        "name",
        "url",
        "driver",
        "options",
        "history",
        "group",
        "tags",
        "vars",
        "session",
        "transaction",
        "log",
        "connect_timeout",
        "lock_timeout",
        "statement_timeout",
        "max_per_server",
        "password",
        "password_file",
        "password_command",
        "password_env",
        "tenants",
        "tenants_file",
        "tenant_chars",
    };
    static const char *const files[] = {"configs/skein.cfg", "docs/config.md"};
    const char *root = getenv("SKEIN_SOURCE_ROOT");
    if (!root)
        skip();
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[512];
        struct skn_error err = SKN_ERROR_INIT;
        struct skn_buf text = {0};
        snprintf(path, sizeof path, "%s/%s", root, files[i]);
        assert_int_equal(skn_file_read(AT_FDCWD, path, path, 0, 1 << 20, &text, &err), SKN_OK);
        for (size_t j = 0; j < sizeof keys / sizeof keys[0]; j++)
            if (!mentions(skn_buf_text(&text), keys[j]))
                fail_msg("%s does not explain %s", files[i], keys[j]);
        skn_buf_finish(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_config_is_found_here_or_above),
        cmocka_unit_test(what_is_named_is_not_looked_for),
        cmocka_unit_test(the_examples_load),
        cmocka_unit_test(every_key_is_explained),
    };
    return cmocka_run_group_tests_name("find", tests, start, scratch_remove);
}

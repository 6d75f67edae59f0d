/*
 * Fleets: what they expand to, how little each target takes, and names that mean harm.
 */
#include "scratch.h"

#include <malloc.h>

#include "base/buf.h"

#define PG "fleets = (\n { name = \"t\"; url = \"postgresql://app@db3/tenant_${tenant}\";\n"

static void a_fleet_is_one_target_for_each_tenant(void **state)
{
    (void)state;
    struct skn_config config;
    config_good(&config,
                PG "  tenants = [ \"acme\", \"globex\" ]; tags = [ \"eu\", \"${tenant}\" ];\n"
                   "  group = \"g-${tenant}\"; max_per_server = 20; lock_timeout = 1;\n"
                   "  vars = { schema = \"s_${tenant}\"; plain = \"p\"; };\n"
                   "  session = [ \"SET x = '${tenant}'\" ];\n"
                   "  options = { app = \"skein\"; }; } );\n"
                   "targets = ( { name = \"first\"; url = \"sqlite:x\"; } );\n");
    assert_int_equal(config.target_count, 3);
    assert_string_equal(config.targets[0].name, "first");
    const struct skn_target *acme = &config.targets[1];
    const struct skn_target *globex = &config.targets[2];
    assert_string_equal(acme->name, "t/acme");
    assert_string_equal(globex->name, "t/globex");
    assert_int_equal(globex->index, 2);
    assert_string_equal(acme->fleet, "t");
    assert_string_equal(acme->place, "skein.cfg:2");
    assert_string_equal(pair_get(acme->options, "host"), "db3");
    assert_string_equal(pair_get(acme->options, "user"), "app");
    assert_string_equal(pair_get(acme->options, "database"), "tenant_acme");
    assert_string_equal(pair_get(acme->options, "app"), "skein");
    assert_string_equal(acme->group, "g-acme");
    assert_string_equal(acme->tags.items[1], "acme");
    assert_string_equal(pair_get(acme->vars, "tenant"), "acme");
    assert_string_equal(pair_get(acme->vars, "schema"), "s_acme");
    assert_string_equal(pair_get(acme->vars, "plain"), "p");
    assert_string_equal(acme->session.items[0], "SET x = 'acme'");
    assert_int_equal(acme->max_per_server, 20);
    assert_int_equal(acme->lock_timeout, 1000);
    /* What is not the tenant's is kept once. */
    assert_ptr_equal(acme->server, globex->server);
    assert_ptr_equal(acme->tags.items[0], globex->tags.items[0]);
    assert_ptr_equal(pair_get(acme->options, "host"), pair_get(globex->options, "host"));
    skn_config_finish(&config);
}

static void a_tenant_may_be_a_database_a_schema_or_a_file(void **state)
{
    (void)state;
    struct skn_config config;
    char expected[128];
    config_good(
        &config,
        "fleets = (\n"
        " { name = \"s\"; url = \"postgresql://app@db/app?schema=tenant_${tenant}\"; tenants = [ "
        "\"a\" ]; },\n"
        " { name = \"m\"; url = \"mysql://app@db/${tenant}\"; tenants = [ \"a\" ]; },\n"
        " { name = \"f\"; url = \"sqlite:tenants/${tenant}.db\"; tenants = [ \"a\", \"b\" ]; },\n"
        " { name = \"o\"; url = \"x://h\"; options = { db = \"${tenant}\"; }; tenants = [ \"a\" ]; "
        "}\n"
        ");\n");
    assert_string_equal(pair_get(target_get(&config, "s/a")->options, "database"), "app");
    assert_string_equal(pair_get(target_get(&config, "s/a")->options, "schema"), "tenant_a");
    assert_string_equal(pair_get(target_get(&config, "m/a")->options, "database"), "a");
    assert_string_equal(pair_get(target_get(&config, "o/a")->options, "db"), "a");
    snprintf(expected, sizeof expected, "%s/tenants/b.db", scratch);
    const struct skn_target *b = target_get(&config, "f/b");
    assert_string_equal(pair_get(b->options, "database"), expected);
    assert_ptr_equal(b->server, pair_get(b->options, "database"));
    skn_config_finish(&config);
}

static void tenants_may_come_from_a_file(void **state)
{
    (void)state;
    struct skn_config config;
    file_put("tenants.txt",
             "\xef\xbb\xbf# all of them\r\n\r\nacme\r\n  globex \t\r\n#no\r\n\ninitech", 0644);
    config_good(&config, PG " tenants_file = \"tenants.txt\"; } );\n");
    assert_int_equal(config.target_count, 3);
    assert_string_equal(config.targets[0].name, "t/acme");
    assert_string_equal(config.targets[1].name, "t/globex");
    assert_string_equal(config.targets[2].name, "t/initech");
    skn_config_finish(&config);
}

static void a_bad_list_of_tenants_is_refused(void **state)
{
    (void)state;
    static const char with_file[] = PG " tenants_file = \"tenants.txt\"; } );\n";
    static const struct {
        const char *text; /* of the file */
        const char *message;
    } cases[] = {
        {"", "skein.cfg:3: fleet \"t\" has no tenant"},
        {"# none\n\n", "skein.cfg:3: fleet \"t\" has no tenant"},
        {"a\nb\n\na\n", "tenants.txt:4: there is a target \"t/a\" already, from skein.cfg:2"},
        {"a\n..\n", "tenants.txt:2: a tenant cannot be named \"..\""},
        {".\n", "tenants.txt:1: a tenant cannot be named \".\""},
        {"a/b\n", "tenants.txt:1: tenant \"a/b\" is not written with 1 to 63 letters, digits and _ "
                  ". -; tenant_chars = \"any\" allows more"},
        {"a b\n", "tenants.txt:1: tenant \"a b\" is not written with 1 to 63 letters, digits and _ "
                  ". -; tenant_chars = \"any\" allows more"},
        {"ok\n';DROP\n", "tenants.txt:2: tenant \"';DROP\" is not written with 1 to 63 letters, "
                         "digits and _ . -; tenant_chars = \"any\" allows more"},
        {"a\n\xff\n", "skein.cfg:3: tenants.txt:2: the text is not valid UTF-8"},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
         "tenants.txt:1: tenant "
         "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\""
         " is not written with 1 to 63 letters, digits and _ . -; tenant_chars = \"any\" allows "
         "more"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        file_put("tenants.txt", cases[i].text, 0600);
        config_bad(with_file, cases[i].message);
    }
    file_put_bytes("tenants.txt", "a\nb\0c\n", 6, 0600);
    config_bad(with_file, "tenants.txt:2: a control character (0x00)");
    file_put("tenants.txt", "a\n", 0666);
    config_bad(with_file,
               "skein.cfg:3: tenants.txt: can be written by others (mode 0666); run chmod "
               "go-w on it");
    unlink("tenants.txt");
    config_bad(with_file, "skein.cfg:3: tenants.txt: no such file");
}

static void a_bad_fleet_is_refused(void **state)
{
    (void)state;
    config_bad(PG " } );\n", "skein.cfg:2: fleet \"t\" needs tenants or tenants_file, one of them");
    config_bad(PG " tenants = [ \"a\" ]; tenants_file = \"x\"; } );\n",
               "skein.cfg:2: fleet \"t\" needs tenants or tenants_file, one of them");
    config_bad(PG " tenants = [ ]; } );\n", "skein.cfg:3: fleet \"t\" has no tenant");
    config_bad(PG " tenants = \"a\"; } );\n",
               "skein.cfg:3: tenants must be a list of texts [ \"...\" ]");
    config_bad(PG " tenants = [ 1 ]; } );\n", "skein.cfg:3: tenants must be a text in quotes");
    config_bad(PG " tenants = [ \"a\",\n\"${tenant}\" ]; } );\n",
               "skein.cfg:4: tenants: ${tenant} has no value here; it is for a fleet's settings "
               "other than name, driver, history and tenants");
    config_bad(PG " tenants = [ \"a\",\n\"b\",\n\"a\" ]; } );\n",
               "skein.cfg:5: there is a target \"t/a\" already, from skein.cfg:2");
    config_bad(PG " tenants = [ \"a\" ]; },\n { name = \"t\"; url = \"x:${tenant}\"; tenants = [ "
                  "\"b\" ]; } );\n",
               "skein.cfg:4: there is a fleet \"t\" already");
    config_bad("targets = ( { name = \"t/a\"; url = \"sqlite:x\"; } );\n" PG
               " tenants = [ \"a\" ]; } );\n",
               "skein.cfg:4: there is a target \"t/a\" already, from skein.cfg:1");
    config_bad(PG " tenants = [ \"a\" ]; vars = {\n tenant = \"x\"; }; } );\n",
               "skein.cfg:4: the variable tenant is set by the fleet itself");
    config_bad(PG " tenant_chars = \"all\"; } );\n",
               "skein.cfg:3: tenant_chars must be \"default\" or \"any\"");
    config_bad("fleets = (\n { name = \"f\"; url = \"mysql://h/d\"; tenants = [ \"a\" ]; } );\n",
               "skein.cfg:2: fleet \"f\" has no ${tenant} in its url or options, so that all "
               "tenants would be one database");
    config_bad("fleets = (\n { name = \"${tenant}\"; url = \"x:${tenant}\"; tenants = [ \"a\" ]; } "
               ");\n",
               "skein.cfg:2: name: ${tenant} has no value here; it is for a fleet's settings other "
               "than name, driver, history and tenants");
    config_bad(PG " tenants = [ \"a\" ]; history = \"${tenant}\"; } );\n",
               "skein.cfg:3: history: ${tenant} has no value here; it is for a fleet's settings "
               "other than name, driver, history and tenants");
}

static void hostile_tenants_change_nothing_but_their_database(void **state)
{
    (void)state;
    static const char *const names[] = {
        "x@evil.example:1",
        "x?sslmode=disable",
        "x#y",
        "%2e%2e%2f",
        "%00",
        "a b",
        "*",
        "!a",
        "@eu",
        "a,b",
        "[x]",
        "';DROP TABLE a;--",
        "${env:HOME}",
        "-t",
        "\"",
        "\\",
        "M\xc3\xbcller",
    };
    enum { COUNT = sizeof names / sizeof names[0] };
    struct skn_config config;
    struct skn_buf text = {0};
    for (size_t i = 0; i < COUNT; i++)
        skn_buf_addf(&text, "%s\n", names[i]);
    file_put("tenants.txt", text.text, 0600);
    skn_buf_finish(&text);
    config_good(&config, PG " tenants_file = \"tenants.txt\"; tenant_chars = \"any\"; tags = [ "
                            "\"${tenant}\" ]; group = \"${tenant}\"; } );\n");
    assert_int_equal(config.target_count, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        const struct skn_target *target = &config.targets[i];
        char database[128];
        snprintf(database, sizeof database, "tenant_%s", names[i]);
        assert_string_equal(pair_get(target->options, "database"), database);
        assert_string_equal(pair_get(target->options, "host"), "db3");
        assert_string_equal(pair_get(target->options, "user"), "app");
        assert_int_equal(target->options.count, 3);
        assert_string_equal(target->server, "postgresql|db3|||app");
        assert_string_equal(pair_get(target->vars, "tenant"), names[i]);
        assert_null(strpbrk(target->name, "*?[]!@:, '\"\\#\n"));
        assert_string_equal(target->group, target->name + 2);
        assert_string_equal(target->tags.items[0], target->name + 2);
    }
    assert_string_equal(config.targets[0].name, "t/x%40evil.example%3A1");
    assert_string_equal(config.targets[3].name, "t/%252e%252e%252f");
    assert_string_equal(config.targets[COUNT - 1].name, "t/M\xc3\xbcller");
    skn_config_finish(&config);
}

static void some_tenants_are_refused_whatever_is_allowed(void **state)
{
    (void)state;
    static const char *const names[] = {"a/b", "a\x1b[31mb", "a\xe2\x80\xaex", "a\xc2\x85",
                                        "a\x7f"};
    static const char text[] = PG " tenants_file = \"tenants.txt\"; tenant_chars = \"any\"; } );\n";
    char message[256];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        file_put("tenants.txt", names[i], 0600);
        snprintf(message, sizeof message,
                 "tenants.txt:1: tenant \"%s\" holds a / or a character that does not show, or is "
                 "longer than 128 bytes",
                 names[i]);
        config_bad(text, message);
    }
    file_put("tenants.txt", "..\n", 0600);
    config_bad(text, "tenants.txt:1: a tenant cannot be named \"..\"");
    char name[130];
    memset(name, '+', 60);
    name[60] = '\0';
    file_put("tenants.txt", name, 0600);
    struct skn_error err;
    struct skn_config config;
    assert_int_equal(config_put(&config, text, &err), SKN_E_CONFIG);
    assert_non_null(strstr(err.message, "is longer than 128 bytes"));
    skn_config_finish(&config);
    config_bad("fleets = (\n { name = \"f\";\n url = \"mysql://${tenant}/d\"; tenants = [ \"a\" ]; "
               "tenant_chars = \"any\"; } );\n",
               "skein.cfg:3: ${tenant} in the host, which tenant_chars = \"any\" forbids");
}

static void a_tenant_may_have_a_password_of_its_own(void **state)
{
    (void)state;
    struct skn_config config;
    assert_int_equal(mkdir("pw", 0700), 0);
    file_put("pw/a", "one\n", 0600);
    file_put("pw/b", "two\n", 0600);
    file_put("tenants.txt", "a\nb\n", 0600);
    static const char text[] =
        PG " tenants_file = \"tenants.txt\"; password_file = \"pw/${tenant}\"; } );\n";
    config_good(&config, text);
    assert_string_equal(config.targets[1].secret.text + strlen(scratch), "/pw/b");
    skn_config_finish(&config);
    file_put("pw/b", "two\n", 0644);
    char message[256];
    snprintf(message, sizeof message,
             "tenants.txt:2: %s/pw/b: can be read by others (mode 0644); run chmod 600 on it",
             scratch);
    config_bad(text, message);
    config_good(&config, PG " tenants = [ \"a\", \"b\" ]; password_command = [ \"pass\", "
                            "\"db/${tenant}\" ]; } );\n");
    assert_string_equal(config.targets[1].secret.argv.items[1], "db/b");
    assert_ptr_equal(config.targets[0].secret.argv.items[0],
                     config.targets[1].secret.argv.items[0]);
    skn_config_finish(&config);
}

static size_t memory_used(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/* Bytes that each target of a fleet of count takes once it is loaded. */
static size_t bytes_each(unsigned count)
{
    struct skn_config config;
    struct skn_buf text = {0};
    for (unsigned i = 0; i < count; i++)
        skn_buf_addf(&text, "customer-%06u\n", i);
    file_put_bytes("tenants.txt", text.text, text.len, 0600);
    skn_buf_finish(&text);
    size_t before = memory_used();
    config_good(&config, PG " tenants_file = \"tenants.txt\"; tags = [ \"a\", \"b\" ]; session = [ "
                            "\"SET x = 1\" ]; options = { sslmode = \"require\"; }; } );\n");
    size_t used = memory_used() - before;
    assert_int_equal(config.target_count, count);
    for (unsigned i = 0; i < count; i++) {
        char expected[64];
        snprintf(expected, sizeof expected, "t/customer-%06u", i);
        assert_string_equal(config.targets[i].name, expected);
        assert_int_equal(config.targets[i].index, i);
        assert_ptr_equal(config.targets[i].server, config.targets[0].server);
    }
    skn_config_finish(&config);
    return used / count;
}

static void a_hundred_thousand_tenants_stay_small(void **state)
{
    (void)state;
    size_t few = bytes_each(10000);
    size_t many = bytes_each(100000);
    /* Under a sanitizer malloc keeps no books. */
    if (few == 0)
        skip();
    assert_true(few < 600);
    assert_true(many < 600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fleet_is_one_target_for_each_tenant),
        cmocka_unit_test(a_tenant_may_be_a_database_a_schema_or_a_file),
        cmocka_unit_test(tenants_may_come_from_a_file),
        cmocka_unit_test(a_bad_list_of_tenants_is_refused),
        cmocka_unit_test(a_bad_fleet_is_refused),
        cmocka_unit_test(hostile_tenants_change_nothing_but_their_database),
        cmocka_unit_test(some_tenants_are_refused_whatever_is_allowed),
        cmocka_unit_test(a_tenant_may_have_a_password_of_its_own),
        cmocka_unit_test(a_hundred_thousand_tenants_stay_small),
    };
    return cmocka_run_group_tests_name("fleet", tests, scratch_make, scratch_remove);
}

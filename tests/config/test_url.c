/*
 * URLs: what becomes of their parts, and that errors never show any of them.
 */
#include "scratch.h"

#include "config/url.h"
#include "config/variables.h"

static struct skn_arena arena;

static int arena_make(void **state)
{
    skn_arena_init(&arena);
    setenv("SKN_PW", "p@ss:w/or%d?#[]\xc3\xa4 '", 1);
    setenv("SKN_HOST", "::1", 1);
    setenv("SKN_PORT", "6543", 1);
    setenv("SKN_BASE", "postgresql://app:p%40w@db9:5433", 1);
    setenv("SKN_EMPTY", "", 1);
    setenv("SKN_BAD", "postgresql://c4n4ry:%zz@h/d", 1);
    return scratch_make(state);
}

static int arena_drop(void **state)
{
    skn_arena_finish(&arena);
    return scratch_remove(state);
}

static int url_read(const char *text, int in_fleet, struct skn_url *url, struct skn_error *err)
{
    struct skn_url_rules rules = {
        .arena = &arena, .folder = scratch, .variables = 1, .in_fleet = in_fleet};
    *err = (struct skn_error)SKN_ERROR_INIT;
    return skn_url_read(&rules, text, url, err);
}

/* driver, then each option as key=value, in order, then the password, by blanks; X is the folder.
 */
static void url_show(const struct skn_url *url, char *out, size_t size)
{
    size_t len = (size_t)snprintf(out, size, "%s", url->driver);
    for (size_t i = 0; i < url->options.count; i++) {
        const char *value = url->options.items[i].value;
        int here = strncmp(value, scratch, strlen(scratch)) == 0;
        len += (size_t)snprintf(out + len, size - len, " %s=%s%s", url->options.items[i].key,
                                here ? "X" : "", here ? value + strlen(scratch) : value);
    }
    if (url->password)
        snprintf(out + len, size - len, " :%s", url->password);
}

static void a_url_is_taken_apart(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *parts;
    } cases[] = {
        {"postgresql://user@host:5432/db?schema=x&sslmode=require",
         "postgresql host=host port=5432 user=user database=db schema=x sslmode=require"},
        {"postgres://host/db", "postgresql host=host database=db"},
        {"PostgreSQL://Host/DB", "postgresql host=Host database=DB"},
        {"mariadb://root@localhost/db?socket=/run/my.sock",
         "mysql host=localhost user=root database=db socket=/run/my.sock"},
        {"mysql://root@%2Frun%2Fmysqld.sock/db",
         "mysql socket=/run/mysqld.sock user=root database=db"},
        {"postgresql://%2Frun%2Fpostgresql:5433/db",
         "postgresql host=/run/postgresql port=5433 database=db"},
        {"postgresql:///db?host=/run/postgresql", "postgresql database=db host=/run/postgresql"},
        {"postgresql:///db?host=%2Frun", "postgresql database=db host=/run"},
        {"postgresql://", "postgresql"},
        {"postgresql:db", "postgresql database=db"},
        {"postgresql://h", "postgresql host=h"},
        {"postgresql://h/", "postgresql host=h"},
        {"postgresql://h:/db", "postgresql host=h database=db"},
        {"postgresql://@h/db", "postgresql host=h database=db"},
        {"postgresql://u:@h/db", "postgresql host=h user=u database=db"},
        {"postgresql://h?connect_timeout=1", "postgresql host=h connect_timeout=1"},
        {"postgresql://[2001:db8::1]:5432/db", "postgresql host=2001:db8::1 port=5432 database=db"},
        {"postgresql://h1,h2:5432/db", "postgresql host=h1,h2 port=5432 database=db"},
        {"mysql://u%40corp:p%3Aq%2F%25@h/d%20b", "mysql host=h user=u@corp database=d b :p:q/%"},
        {"mysql://u:a:b@h/d", "mysql host=h user=u database=d :a:b"},
        {"mysql://u:a^b|c{d} \"e\xc3\xa4@h/d",
         "mysql host=h user=u database=d :a^b|c{d} \"e\xc3\xa4"},
        {"postgresql://h/b\xc3\xbc"
         "cher",
         "postgresql host=h database=b\xc3\xbc"
         "cher"},
        {"postgresql://h/a%2Fb", "postgresql host=h database=a/b"},
        {"postgresql://h/d?a=b+c%20d&e=f%26g", "postgresql host=h database=d a=b+c d e=f&g"},
        {"null:anything?latency=5&fail_at=x", "null database=anything latency=5 fail_at=x"},
        {"null:", "null"},
        {"my_db2://h/d", "my_db2 host=h database=d"},
        {"x://u:${env:SKN_PW}@h/d", "x host=h user=u database=d :p@ss:w/or%d?#[]\xc3\xa4 '"},
        {"x://${env:SKN_HOST}:${env:SKN_PORT}/d", "x host=::1 port=6543 database=d"},
        {"${env:SKN_BASE}/shop", "postgresql host=db9 port=5433 user=app database=shop :p@w"},
        {"x://h/${env:SKN_EMPTY}", "x host=h"},
        {"x://h/a$${b}$$", "x host=h database=a${b}$$"},
        {"x://h/d?q=$${env:NO}", "x host=h database=d q=${env:NO}"},
        {"sqlite:app.db", "sqlite database=X/app.db"},
        {"sqlite3:app.db", "sqlite database=X/app.db"},
        {"sqlite:./app.db", "sqlite database=X/app.db"},
        {"sqlite:data/my%20app.db?busy=5", "sqlite database=X/data/my app.db busy=5"},
        {"sqlite:my app@home.db", "sqlite database=X/my app@home.db"},
        {"sqlite:../app.db", "sqlite database=X/../app.db"},
        {"sqlite:/var/lib/app.db", "sqlite database=/var/lib/app.db"},
        {"sqlite:////var/lib/app.db", "sqlite database=/var/lib/app.db"},
        {"sqlite:////nowhere/app.db", "sqlite database=/nowhere/app.db"},
        {"sqlite:///app.db", "sqlite database=X/app.db"},
        {"sqlite:///nowhere/app.db", "sqlite database=X/nowhere/app.db"},
        {"sqlite:///usr/share/app.db", "sqlite database=/usr/share/app.db"},
        {"sqlite:///sub/share/app.db", "sqlite database=X/sub/share/app.db"},
        {"sqlite:file:x?mode=memory", "sqlite database=X/file:x mode=memory"},
    };
    assert_int_equal(mkdir("sub", 0700), 0);
    assert_int_equal(mkdir("sub/share", 0700), 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct skn_url url;
        struct skn_error err;
        char shown[512];
        if (url_read(cases[i].text, 0, &url, &err) != SKN_OK)
            fail_msg("%s: %s", cases[i].text, err.message);
        url_show(&url, shown, sizeof shown);
        assert_string_equal(shown, cases[i].parts);
    }
}

static void a_bad_url_is_refused_without_showing_it(void **state)
{
    (void)state;
    static const char authority[] =
        "the url: the part between // and the next / is malformed; a user name or password writes "
        "@ as %40, / as %2F, : as %3A, [ as %5B, # as %23; a port is a number";
    static const char scheme[] =
        "the url: it has no scheme; it is written sqlite:PATH or postgresql://user@host/name";
    static const char word[] =
        "the url: the scheme, which names the driver, is not written [a-z][a-z0-9_]{0,31}";
    static const char escape[] =
        "byte 17: a % that no two hexadecimal digits follow; a plain % is written %25";
    static const char memory[] =
        "the url: a database in memory would be gone with its connection; name a file";
    static const char variable[] =
        "the url: an unknown variable; there are ${env:NAME} and, in fleets, ${tenant}; a plain ${ "
        "is written $${";
    static const char parameter[] =
        "the url: the name of query parameter 1 is not written [a-z][a-z0-9_]*";
    static const struct {
        const char *text;
        const char *message; /* without "the url: " where it starts with "byte" */
    } cases[] = {
        {"c4n4ry.db", scheme},
        {"", scheme},
        {"://h", word},
        {"9x://h", word},
        {"a-b://h", word},
        {"c4n4ryc4n4ryc4n4ryc4n4ryc4n4ry12345://h", word},
        {"postgresql+psycopg2://c4n4ry@h/d",
         "the url: the scheme has a +; write what stands before it"},
        {"mysql://u:c4n4ry@ss@h/d", authority},
        {"mysql://u:c4n4ry[x@h/d", authority},
        {"mysql://h:c4n4ry/d", authority},
        {"mysql://u:c4n/4ry@h/d", authority},
        {"mysql://u:1/c4n4ry@h/d",
         "the url: an @ behind the first /; in a password / is written %2F, and @ in a name %40"},
        {"mysql://u:1?c4n4ry@h/d",
         "the url: an @ behind the first ?; in a password ? is written %3F, and @ in a value %40"},
        {"mysql://u:c4n#4ry@h/d", authority},
        {"mysql://u:1#c4n4ry@h/d", "the url: it has a #; in a name or password # is written %23"},
        {"mysql://u:c4n4ry%zz@h/d", escape},
        {"mysql://c4n4ry:%0", "byte 16: a % that no two hexadecimal digits follow; a plain % is "
                              "written %25"},
        {"mysql://u:c4n4r%00y@h/d", "byte 16: a control character"},
        {"mysql://u:c4n4ry%0a@h/d", "byte 17: a control character"},
        {"mysql://u:c4n4ry%01@h/d", "byte 17: a control character"},
        {"mysql://u:c4n4ry%7f@h/d", "byte 17: a control character"},
        {"mysql://u:c4n4ry\n@h/d", "byte 17: a control character"},
        {"mysql://u:c4n4ry%ff@h/d", "the url: the password is not valid UTF-8 when decoded"},
        {"mysql://%ff@h/d", "the url: the user is not valid UTF-8 when decoded"},
        {"mysql://h:0/d", "the url: the port is not a number from 1 to 65535"},
        {"mysql://h:65536/d", "the url: the port is not a number from 1 to 65535"},
        {"mysql://h:99999999999999999999/d", "the url: the port is not a number from 1 to 65535"},
        {"mysql:///d?port=c4n4ry", "the url: the port is not a number from 1 to 65535"},
        {"mysql://c4%20n4ry/d", "the url: the host holds a blank or a /"},
        {"mysql://c4%2Fn4ry/d", "the url: the host holds a blank or a /"},
        {"mysql://h/a/c4n4ry", "the url: a second / in the path; a / in a name is written %2F"},
        {"mysql://h/a/", "the url: a second / in the path; a / in a name is written %2F"},
        {"mysql://h/a[c4n4ry",
         "the url: the path or the query is malformed; [ is written %5B, ] %5D"},
        {"mysql://h/d?host=c4n4ry", "the url: query parameter 1 gives what the url already says"},
        {"mysql://h/d?a=1&b=2&a=c4n4ry",
         "the url: query parameter 3 gives what the url already says"},
        {"mysql://h/d?user=a&database=c4n4ry",
         "the url: query parameter 2 gives what the url already says"},
        {"mysql://h/d?c4n4ry", "the url: query parameter 1 has no value"},
        {"mysql://h/d?c4n4ry=", "the url: query parameter 1 has no value"},
        {"mysql://h/d?C4n4ry=1", parameter},
        {"mysql://h/d?=c4n4ry", parameter},
        {"mysql://h/d?a%62-=c4n4ry", parameter},
        {"mysql://h/d?a=%ff", "the url: query parameter 1 is not valid UTF-8 when decoded"},
        {"mysql://h/d?password=c4n4ry",
         "the url: a password is no query parameter; use password_file, password_command or "
         "password_env"},
        {"mysql://h/${tenant}", "the url: ${tenant} has no value here; it is for a fleet's "
                                "settings other than name, driver, history and tenants"},
        {"mysql://h/${c4n4ry}", variable},
        {"mysql://h/${", variable},
        {"mysql://h/${env:SKN_UNSET}", "the url: the environment variable SKN_UNSET is not set"},
        {"mysql://h/${env:}",
         "the url: ${env: wants the name of a variable and a }; a plain ${ is written $${"},
        {"mysql://h/${env:c4n4ry!}",
         "the url: ${env: wants the name of a variable and a }; a plain ${ is written $${"},
        {"${env:SKN_BAD}", "the url: in the value of its first variable: byte 21: a % that no two "
                           "hexadecimal digits follow; a plain % is written %25"},
        {"mysql://h:${env:SKN_PW}/d", authority},
        {"sqlite::memory:", memory},
        {"sqlite://", memory},
        {"sqlite:", memory},
        {"sqlite:///", memory},
        {"sqlite:///:memory:", memory},
        {"sqlite:%3Amemory%3A", memory},
        {"sqlite:c4n4ry/", "the url: the path ends with a /, so it names no file"},
        {"sqlite://c4n4ry/x.db",
         "the url: a file has no user and no host; it is written sqlite:PATH"},
        {"sqlite://u:c4n4ry@/x.db",
         "the url: a file has no user and no host; it is written sqlite:PATH"},
        {"sqlite://c4n4ry.db",
         "the url: a file has no user and no host; it is written sqlite:PATH"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct skn_url url;
        struct skn_error err;
        int rc = url_read(cases[i].text, 0, &url, &err);
        if (rc == SKN_OK)
            fail_msg("%s is taken", cases[i].text);
        const char *message = err.message;
        if (strncmp(cases[i].message, "byte", 4) == 0)
            message += strlen("the url: ");
        assert_string_equal(message, cases[i].message);
        assert_null(strstr(err.message, "c4n"));
        assert_int_equal(rc, SKN_E_CONFIG);
    }
}

static void a_tenant_keeps_to_its_part(void **state)
{
    (void)state;
    struct skn_url url;
    struct skn_error err;
    assert_int_equal(url_read("postgresql://a_${tenant}:x@h.${tenant}/${tenant}?schema=t_${tenant}",
                              1, &url, &err),
                     SKN_OK);
    assert_string_equal(pair_get(url.options, "user"), "a_\x01");
    assert_string_equal(pair_get(url.options, "host"), "h.\x01");
    assert_string_equal(pair_get(url.options, "database"), "\x01");
    struct skn_pairs made = skn_tenant_pairs(&arena, url.options, "x@y/z?a=b&c=%41#");
    assert_string_equal(pair_get(made, "database"), "x@y/z?a=b&c=%41#");
    assert_string_equal(pair_get(made, "schema"), "t_x@y/z?a=b&c=%41#");
    assert_int_equal(made.count, url.options.count);
    assert_int_equal(url_read("sqlite:t/${tenant}.db", 1, &url, &err), SKN_OK);
    assert_non_null(strstr(pair_get(url.options, "database"), "/t/\x01.db"));
    assert_int_equal(url_read("${tenant}://h/d", 1, &url, &err), SKN_E_CONFIG);
    assert_int_equal(url_read("x://h/d?${tenant}=1", 1, &url, &err), SKN_E_CONFIG);
}

static void a_url_knows_what_of_its_password_is_written(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int written;
    } cases[] = {
        {"x://u:pw@h", 1},
        {"x://u:${env:SKN_PW}@h", 0},
        {"x://u:${env:SKN_PW}${env:SKN_PORT}@h", 0},
        {"x://u:${env:SKN_PW}x@h", 1},
        {"x://u:x${env:SKN_PW}@h", 1},
        {"x://${env:SKN_PW}:x@h", 1},
        {"${env:SKN_BASE}/x", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct skn_url url;
        struct skn_error err;
        assert_int_equal(url_read(cases[i].text, 0, &url, &err), SKN_OK);
        assert_non_null(url.password);
        assert_int_equal(url.secret_written, cases[i].written);
    }
}

static void a_url_on_the_command_line_has_no_variables(void **state)
{
    (void)state;
    struct skn_error err = SKN_ERROR_INIT;
    struct skn_config config;
    char expected[128];
    assert_int_equal(skn_config_from_url(&config, "sqlite:a${env:HOME}.db", "mig", &err), SKN_OK);
    assert_int_equal(config.target_count, 1);
    assert_string_equal(config.path, "");
    assert_string_equal(config.folder, scratch);
    assert_string_equal(config.targets[0].name, "default");
    assert_int_equal(config.targets[0].lock_timeout, 60000);
    snprintf(expected, sizeof expected, "%s/a${env:HOME}.db", scratch);
    assert_string_equal(pair_get(config.targets[0].options, "database"), expected);
    snprintf(expected, sizeof expected, "%s/mig", scratch);
    assert_string_equal(config.targets[0].history->paths.items[0], expected);
    skn_config_finish(&config);

    assert_int_equal(skn_config_from_url(&config, "mysql://u:c4n4ry@h/d", "m", &err), SKN_E_USAGE);
    assert_string_equal(err.message, "a password on the command line can be seen by everybody on "
                                     "this machine; use a config with password_file, "
                                     "password_command or password_env");
    skn_config_finish(&config);
    assert_int_equal(skn_config_from_url(&config, "x://h/d?sslpassword=c4n4ry", "m", &err),
                     SKN_E_USAGE);
    skn_config_finish(&config);
    assert_int_equal(skn_config_from_url(&config, "app.db", "m", &err), SKN_E_CONFIG);
    skn_config_finish(&config);
}

static void targets_on_one_server_are_known_by_it(void **state)
{
    (void)state;
    struct skn_config config;
    config_good(&config,
                "targets = (\n"
                " { name = \"a\"; url = \"postgresql://u@h:5432/a?sslmode=require\"; },\n"
                " { name = \"b\"; url = \"postgres://u@h:5432/b\"; },\n"
                " { name = \"c\"; url = \"postgresql://v@h:5432/a\"; },\n"
                " { name = \"d\"; url = \"postgresql:///d?host=/run&user=u\"; },\n"
                " { name = \"e\"; url = \"null:one\"; }, { name = \"f\"; url = \"null:two\"; },\n"
                " { name = \"g\"; url = \"sqlite:g.db\"; },\n"
                " { name = \"h\"; url = \"mysql://u@%2Frun%2Fs/h\"; }\n);\n");
    assert_string_equal(target_get(&config, "a")->server, "postgresql|h|5432||u");
    assert_string_equal(target_get(&config, "b")->server, "postgresql|h|5432||u");
    assert_string_equal(target_get(&config, "c")->server, "postgresql|h|5432||v");
    assert_string_equal(target_get(&config, "d")->server, "postgresql|/run|||u");
    assert_string_equal(target_get(&config, "e")->server, "null|one");
    assert_string_equal(target_get(&config, "f")->server, "null|two");
    assert_string_equal(target_get(&config, "h")->server, "mysql|||/run/s|u");
    skn_config_finish(&config);
}

static void a_url_in_a_config_is_named_by_its_line_only(void **state)
{
    (void)state;
    config_bad(
        "targets = (\n { name = \"a\";\n url = \"mysql://u:c4n4ry%zz@h/d\"; } );\n",
        "skein.cfg:3: the url: byte 17: a % that no two hexadecimal digits follow; a plain % "
        "is written %25");
    config_bad("targets = (\n { name = \"a\";\n url = \"mysql://u:c4n4ry@h/d\"; password_env = "
               "\"X\"; } );\n",
               "skein.cfg:3: password_env beside a password in the url; there is one password");
    config_bad("targets = (\n { name = \"a\";\n url = \"sqlite:a.db\"; options = { database = "
               "\"b\"; }; } );\n",
               "skein.cfg:2: the database of target \"a\" is the file that its url names, and no "
               "option");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_url_is_taken_apart),
        cmocka_unit_test(a_bad_url_is_refused_without_showing_it),
        cmocka_unit_test(a_tenant_keeps_to_its_part),
        cmocka_unit_test(a_url_knows_what_of_its_password_is_written),
        cmocka_unit_test(a_url_on_the_command_line_has_no_variables),
        cmocka_unit_test(targets_on_one_server_are_known_by_it),
        cmocka_unit_test(a_url_in_a_config_is_named_by_its_line_only),
    };
    return cmocka_run_group_tests_name("url", tests, arena_make, arena_drop);
}

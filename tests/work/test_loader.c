/*
 * The loader: what it finds, and which drivers it refuses for what they say of themselves.
 */
#include "loader_fixture.h"

/* ---- finding ---- */

static void the_first_folder_that_holds_a_driver_wins(void **state)
{
    struct fixture *fixture = *state;
    char *path;
    const char *const second = in_folder(fixture, "second");
    assert_int_equal(mkdir(second, 0700), 0);
    assert_int_equal(symlink("nowhere", in_folder(fixture, "second/skein_null.so")), 0);
    const char *const folders[] = {"/nonexistent/folder", "/etc/passwd", fixture->folder, second};
    assert_int_equal(skn_driver_find("null", folders, 4, &path, &fixture->err), SKN_OK);
    assert_string_equal(path, fixture->path);
    free(path);

    /* A dangling link is an answer, not a reason to look further. */
    const char *const turned[] = {second, fixture->folder};
    assert_int_equal(skn_driver_find("null", turned, 2, &path, &fixture->err), SKN_OK);
    assert_non_null(strstr(path, "/second/"));
    free(path);
}

static void a_driver_that_is_nowhere_names_every_folder(void **state)
{
    struct fixture *fixture = *state;
    char *path;
    const char *const folders[] = {"/nonexistent/a", fixture->folder};
    refused_with(fixture, skn_driver_find("absent", folders, 2, &path, &fixture->err),
                 "/nonexistent/a, ");
    assert_non_null(strstr(fixture->err.message, fixture->folder));
    assert_null(path);
    refused_with(fixture, skn_driver_find("absent", NULL, 0, &path, &fixture->err), "none");
}

static void only_words_and_absolute_folders_are_looked_up(void **state)
{
    struct fixture *fixture = *state;
    char *path;
    static const char *const words[] = {
        "",        "Null",  "nu ll",   "nu\nll", "../null",
        "null.so", "1null", "\x1b[2J", "a-b",    "abcdefghijklmnopqrstuvwxyzabcdefg"};
    const char *const folder = fixture->folder;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        refused_with(fixture, skn_driver_find(words[i], &folder, 1, &path, &fixture->err),
                     "a driver's name is");
        assert_null(strpbrk(fixture->err.message, "\n\x1b"));
    }
    static const char *const folders[] = {"", "relative", "./here", "~/there"};
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
        refused_with(fixture, skn_driver_find("null", &folders[i], 1, &path, &fixture->err),
                     i ? "absolute" : "empty");
    char *long_folder = calloc(1, 6000);
    memset(long_folder, '/', 5999);
    memset(long_folder + 1, 'a', 5000);
    const char *const folders_long[] = {long_folder};
    refused_with(fixture, skn_driver_find("null", folders_long, 1, &path, &fixture->err),
                 "too long");
    free(long_folder);
}

/* ---- the handshake ---- */

static int driver_compile(struct fixture *fixture, const char *source, const char *include,
                          const char *define, const char *name)
{
    const char *root = getenv("SKEIN_SOURCE_ROOT");
    char text[3][4096];
    char cc[] = "cc";
    char shared[] = "-shared";
    char pic[] = "-fPIC";
    char output[] = "-o";
    pid_t child;
    int status = -1;
    snprintf(text[0], sizeof text[0], "%s/%s", root ? root : ".", source);
    snprintf(text[1], sizeof text[1], "-I%s/%s", root ? root : ".", include);
    snprintf(text[2], sizeof text[2], "-D%s", define);
    snprintf(fixture->path, sizeof fixture->path, "%s", in_folder(fixture, name));
    char *const argv[] = {cc, shared, pic, text[1], text[2], output, fixture->path, text[0], NULL};
    mode_t mask = umask(022);
    if (posix_spawnp(&child, cc, NULL, NULL, argv, environ) == 0)
        waitpid(child, &status, 0);
    umask(mask);
    return status;
}

static int variant_load(struct fixture *fixture, const char *variant, struct skn_loaded *loaded)
{
    setenv("SKEIN_TEST_VARIANT", variant, 1);
    fixture->err.message[0] = '\0';
    return skn_driver_load("variant", fixture->path, "", &host, loaded, &fixture->err);
}

static const struct {
    const char *variant;
    const char *part;
} bad_variants[] = {
    {"name null", "name: expected text, found NULL"},
    {"name other", "name: expected \"variant\" as in the file name, found \"other\""},
    {"name endless", "name: expected at most 32 bytes"},
    {"name escape", "name: expected printable text, found \"\\x1b[31m\""},
    {"version null", "version: expected text, found NULL"},
    {"version broken", "found \"1\\xff\""},
    {"summary two lines", "found \"one\\ntwo\""},
    {"summary endless", "summary: expected at most"},
    {"size zero", "size of the driver table: expected"},
    {"size short", "size of the driver table: expected"},
    {"size odd", "size of the driver table: expected"},
    {"size huge", "found 4294967295"},
    {"size of no minor", "size of the driver table: expected"},
    {"minor of no size", "size of the driver table: expected"},
    {"open null", "open: expected a function, found NULL"},
    {"close null", "close: expected a function, found NULL"},
    {"describe null", "describe: expected a function, found NULL"},
    {"exec null", "exec: expected a function, found NULL"},
    {"status null", "status: expected a function, found NULL"},
    {"exists null", "exists: expected a function, found NULL"},
    {"quote null", "quote: expected a function, found NULL"},
    {"lock claimed", "lock: expected a function with capability LOCK claimed, found NULL"},
    {"unlock missing", "unlock: expected a function with capability LOCK claimed"},
    {"lock unclaimed", "lock: expected NULL with capability LOCK not claimed, found a function"},
    {"retarget claimed", "retarget: expected a function"},
    {"retarget unclaimed", "retarget: expected NULL"},
    {"settle without token", "token: expected a function"},
    {"token unclaimed", "token: expected NULL"},
    {"options too many", "number of options: expected at most 256, found 257"},
    {"options null", "options: expected 2 of them, found NULL"},
    {"options narrow", "size of the options: expected"},
    {"option name null", "option name: expected text, found NULL"},
    {"option name upper", "found \"Two\""},
    {"option name empty", "option name: expected [a-z]"},
    {"option name twice", "found \"one\" twice"},
    {"option help null", "option help: expected text, found NULL"},
    {"option fallback broken", "option fallback: expected printable text"},
    {"dialect null", "dialect: expected one, found NULL"},
    {"dialect short", "size of the dialect: expected"},
    {"dialect type null", "dialect time_type: expected text, found NULL"},
    {"dialect options null", "dialect table_options: expected text, found NULL"},
    {"facet size zero", "size of the schema facet: expected"},
    {"facet size odd", "size of the schema facet: expected"},
    {"facet size of no minor", "size of the schema facet: expected"},
    {"facet kinds none", "number of schema kinds: expected 1 to 1024, found 0"},
    {"facet kinds too many", "found 4294967295"},
    {"facet kinds null", "schema kinds: expected 2 of them, found NULL"},
    {"facet kind null", "schema kind: expected text, found NULL"},
    {"facet kind escape", "schema kind: expected printable text"},
    {"facet kind empty", "schema kind: expected a name"},
    {"facet inspect null", "inspect: expected a function, found NULL"},
    {"facet scratch half", "scratch_open and scratch_close: expected both or none"},
    {"refusing", "the driver refuses this skein: this host is too old for me"},
    {"refusing silently", "it gives no reason"},
    {"refusing endlessly", "yyyy"},
};

static void a_driver_that_contradicts_itself_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct skn_loaded loaded;
    assert_int_equal(driver_compile(fixture, "tests/work/variant_driver.c", "include", "VARIANT",
                                    "skein_variant.so"),
                     0);
    for (size_t i = 0; i < sizeof bad_variants / sizeof bad_variants[0]; i++) {
        int rc = variant_load(fixture, bad_variants[i].variant, &loaded);
        refused_with(fixture, rc, bad_variants[i].part);
        assert_null(loaded.path);
        assert_null(loaded.driver.open);
        assert_non_null(strstr(fixture->err.message, "skein_variant.so: "));
    }
    static const char *const good[] = {"",
                                       "options none",
                                       "options wide",
                                       "later minor",
                                       "caps unknown",
                                       "option type unknown",
                                       "facet",
                                       "facet of a later minor"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        int rc = variant_load(fixture, good[i], &loaded);
        if (rc != SKN_OK)
            print_error("%s: %s\n", good[i], fixture->err.message);
        assert_int_equal(rc, SKN_OK);
        assert_string_equal(loaded.path, fixture->path);
        free(loaded.path);
    }
}

static void what_a_short_table_does_not_have_is_absent(void **state)
{
    struct fixture *fixture = *state;
    struct skn_loaded loaded;
    assert_int_equal(driver_compile(fixture, "tests/work/variant_driver.c", "include", "VARIANT",
                                    "skein_variant.so"),
                     0);
    assert_int_equal(variant_load(fixture, "oldest table", &loaded), SKN_OK);
    assert_non_null(loaded.driver.quote);
    assert_null(loaded.driver.scan);
    assert_null(loaded.driver.lock);
    assert_null(loaded.driver.settle);
    free(loaded.path);
}

static void what_a_short_facet_does_not_have_is_absent(void **state)
{
    struct fixture *fixture = *state;
    struct skn_loaded loaded;
    assert_int_equal(driver_compile(fixture, "tests/work/variant_driver.c", "include", "VARIANT",
                                    "skein_variant.so"),
                     0);
    assert_int_equal(variant_load(fixture, "facet short", &loaded), SKN_OK);
    assert_non_null(loaded.facet.inspect);
    assert_null(loaded.facet.scratch_close);
    assert_null(loaded.facet.render);
    free(loaded.path);
}

static void a_library_without_our_symbol_is_no_driver(void **state)
{
    struct fixture *fixture = *state;
    static const char *const cases[][2] = {
        {"VARIANT_NO_ENTRY", "not a skein driver"},
        {"VARIANT_ABI_2", "built for driver ABI 2, this skein speaks 1"},
        {"VARIANT_UNDEFINED", "cannot be loaded: undefined symbol: defined_nowhere"},
    };
    for (size_t i = 0; i < 3; i++) {
        struct skn_loaded loaded;
        char name[32];
        snprintf(name, sizeof name, "skein_%zu.so", i);
        assert_int_equal(
            driver_compile(fixture, "tests/work/variant_driver.c", "include", cases[i][0], name),
            0);
        refused_with(fixture, variant_load(fixture, "", &loaded), cases[i][1]);
    }
}

static void nothing_of_a_refused_file_is_run(void **state)
{
    struct fixture *fixture = *state;
    struct skn_loaded loaded;
    char mark[256];
    snprintf(mark, sizeof mark, "%s", in_folder(fixture, "mark"));
    assert_int_equal(driver_compile(fixture, "tests/work/variant_driver.c", "include", "VARIANT",
                                    "skein_variant.so"),
                     0);
    setenv("SKEIN_TEST_MARK", mark, 1);
    assert_int_equal(chmod(fixture->path, 0775), 0);
    assert_int_equal(variant_load(fixture, "", &loaded), SKN_E_CONFIG);
    assert_int_equal(access(mark, F_OK), -1);
    assert_int_equal(chmod(fixture->path, 0755), 0);
    assert_int_equal(variant_load(fixture, "", &loaded), SKN_OK);
    assert_int_equal(access(mark, F_OK), 0);
    free(loaded.path);
    unsetenv("SKEIN_TEST_MARK");
}

static void a_sound_driver_is_loaded_with_its_real_path(void **state)
{
    struct fixture *fixture = *state;
    struct skn_loaded loaded;
    assert_int_equal(symlink(fixture->path, in_folder(fixture, "link.so")), 0);
    assert_int_equal(
        skn_driver_load("null", in_folder(fixture, "link.so"), "", &host, &loaded, &fixture->err),
        SKN_OK);
    assert_string_equal(loaded.path, fixture->path);
    assert_string_equal(loaded.driver.name, "null");
    assert_non_null(loaded.driver.retarget);
    assert_null(loaded.driver.schema);
    free(loaded.path);
    refused_with(fixture,
                 skn_driver_load("other", fixture->path, "", &host, &loaded, &fixture->err),
                 "name: expected \"other\"");
}

static void a_driver_built_against_1_0_loads_today(void **state)
{
    struct fixture *fixture = *state;
    struct skn_loaded loaded;
    struct skn_conn *conn = NULL;
    assert_int_equal(driver_compile(fixture, "tests/abi/v1_0/sample.c", "tests/abi/v1_0", "FROZEN",
                                    "skein_sample.so"),
                     0);
    int rc = skn_driver_load("sample", fixture->path, "", &host, &loaded, &fixture->err);
    if (rc != SKN_OK)
        print_error("%s\n", fixture->err.message);
    assert_int_equal(rc, SKN_OK);
    assert_int_equal(loaded.driver.open(&host, NULL, 0, &conn, &fixture->err), SKN_OK);
    struct skn_server server = {.size = sizeof server};
    assert_int_equal(loaded.driver.describe(conn, &server, &fixture->err), SKN_OK);
    assert_string_equal(server.product, "sample 1.0");
    loaded.driver.close(conn);
    free(loaded.path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_first_folder_that_holds_a_driver_wins),
        CASE(a_driver_that_is_nowhere_names_every_folder),
        CASE(only_words_and_absolute_folders_are_looked_up),
        CASE(a_driver_that_contradicts_itself_is_refused),
        CASE(what_a_short_table_does_not_have_is_absent),
        CASE(what_a_short_facet_does_not_have_is_absent),
        CASE(a_library_without_our_symbol_is_no_driver),
        CASE(nothing_of_a_refused_file_is_run),
        CASE(a_sound_driver_is_loaded_with_its_real_path),
        CASE(a_driver_built_against_1_0_loads_today),
    };
    return cmocka_run_group_tests_name("loader", tests, NULL, NULL);
}

/*
 * What a config's files may be, and what they may include.
 */
#include "scratch.h"

#define ONE "targets = ( { name = \"a\"; url = \"sqlite:a.db\"; } );\n"

/* Loads path, which is refused with exactly this. */
static void load_bad(const char *path, const char *message)
{
    struct skn_error err = SKN_ERROR_INIT;
    struct skn_config config;
    int rc = skn_config_load(&config, path, &err);
    skn_config_finish(&config);
    assert_int_not_equal(rc, SKN_OK);
    assert_string_equal(err.message, message);
    assert_int_equal(err.code, SKN_E_CONFIG);
}

static void what_is_no_readable_file_is_refused(void **state)
{
    (void)state;
    assert_int_equal(mkdir("folder", 0700), 0);
    assert_int_equal(mkfifo("fifo", 0600), 0);
    assert_int_equal(symlink("nowhere", "dangling"), 0);
    load_bad("missing.cfg", "missing.cfg: no such file");
    load_bad("missing/skein.cfg", "missing/skein.cfg: no such file");
    load_bad("folder", "folder: is not a regular file");
    load_bad("fifo", "fifo: is not a regular file");
    load_bad("dangling", "dangling: no such file");
    load_bad("/dev/zero", "/dev/zero: is not a regular file");
}

static void a_huge_file_is_not_read(void **state)
{
    (void)state;
    file_put("huge.cfg", "", 0600);
    assert_int_equal(truncate("huge.cfg", 100 * 1024 * 1024), 0);
    load_bad("huge.cfg", "huge.cfg: is larger than 33554432 bytes");
}

static void bytes_that_are_no_text_are_refused(void **state)
{
    (void)state;
    file_put_bytes("binary.cfg", "a = 1;\n\0\0\0", 10, 0600);
    load_bad("binary.cfg", "binary.cfg:2: a control character (0x00)");
    file_put_bytes("utf16.cfg", "\xff\xfe j\0", 5, 0600);
    load_bad("utf16.cfg", "utf16.cfg:1: the text is not valid UTF-8");
}

static void a_file_that_others_can_change_is_refused(void **state)
{
    (void)state;
    file_put("open.cfg", ONE, 0620);
    load_bad("open.cfg", "open.cfg: can be written by others (mode 0620); run chmod go-w on it");
    file_put("open.cfg", ONE, 0602);
    load_bad("open.cfg", "open.cfg: can be written by others (mode 0602); run chmod go-w on it");
    if (geteuid() != 0)
        return;
    file_put("open.cfg", ONE, 0600);
    assert_int_equal(chown("open.cfg", 4242, (gid_t)-1), 0);
    load_bad("open.cfg", "open.cfg: belongs to user 4242; it must belong to you or to root");
    assert_int_equal(unlink("open.cfg"), 0);
}

static void a_linked_config_is_judged_by_what_it_links_to(void **state)
{
    (void)state;
    struct skn_config config;
    struct skn_error err = SKN_ERROR_INIT;
    file_put("real.cfg", ONE, 0644);
    assert_int_equal(symlink("real.cfg", "link.cfg"), 0);
    assert_int_equal(skn_config_load(&config, "link.cfg", &err), SKN_OK);
    skn_config_finish(&config);
    assert_int_equal(chmod("real.cfg", 0666), 0);
    load_bad("link.cfg", "link.cfg: can be written by others (mode 0666); run chmod go-w on it");
}

static void a_password_needs_a_private_file(void **state)
{
    (void)state;
    static const char password[] =
        "targets = (\n { name = \"a\"; url = \"mysql://h/a\"; password = \"c4n4ry-pw\"; } );\n";
    static const char url[] =
        "targets = (\n { name = \"a\"; url = \"mysql://u:c4n4ry-pw@h/a\"; } );\n";
    static const char mixed[] =
        "targets = (\n { name = \"a\"; url = \"mysql://u:c4n4ry${env:SKN_T}@h/a\"; } );\n";
    static const char query[] =
        "targets = (\n { name = \"a\"; url = \"postgresql://h/a?sslpassword=c4n4ry\"; } );\n";
    static const char option[] = "targets = ( { name = \"a\"; url = \"postgresql://h/a\";\n "
                                 "options = { sslpassword = \"c4n4ry\"; }; } );\n";
    static const char variable[] = "targets = ( { name = \"a\"; url = \"postgresql://h/a\";\n "
                                   "vars = { app_password = \"c4n4ry\"; }; } );\n";
    static const char none[] =
        "targets = (\n { name = \"a\"; url = \"mysql://u:${env:SKN_T}@h/a\"; },\n"
        " { name = \"b\"; url = \"mysql://u@h/b\"; password = \"${env:SKN_T}\"; },\n"
        " { name = \"c\"; url = \"mysql://u@${env:SKN_HOST}/c\"; } );\n";
    static const char reason[] =
        "open.cfg:2: a password in a file that others can read; run chmod 600 open.cfg, or use "
        "password_file, password_command or password_env";
    struct skn_config config;
    struct skn_error err = SKN_ERROR_INIT;
    setenv("SKN_T", "p@ss:/?#[]% \xc3\xa4", 1);
    file_put("open.cfg", password, 0604);
    load_bad("open.cfg", reason);
    file_put("open.cfg", url, 0640);
    load_bad("open.cfg", reason);
    file_put("open.cfg", mixed, 0640);
    load_bad("open.cfg", reason);
    file_put("open.cfg", query, 0640);
    load_bad("open.cfg", reason);
    file_put("open.cfg", option, 0640);
    load_bad("open.cfg", reason);
    file_put("open.cfg", variable, 0640);
    load_bad("open.cfg", reason);

    /* What a secret is made of leaves the environment with the config that was read. */
    assert_null(getenv("SKN_T"));
    setenv("SKN_T", "p@ss:/?#[]% \xc3\xa4", 1);
    file_put("open.cfg", mixed, 0600);
    assert_int_equal(skn_config_load(&config, "open.cfg", &err), SKN_OK);
    assert_string_equal(config.targets[0].secret.text, "c4n4ryp@ss:/?#[]% \xc3\xa4");
    skn_config_finish(&config);
    setenv("SKN_T", "p@ss:/?#[]% \xc3\xa4", 1);
    setenv("SKN_HOST", "h", 1);
    file_put("open.cfg", none, 0644);
    assert_int_equal(skn_config_load(&config, "open.cfg", &err), SKN_OK);
    assert_null(getenv("SKN_T"));
    assert_string_equal(getenv("SKN_HOST"), "h");
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(config.targets[i].secret.kind, SKN_SECRET_INLINE);
        assert_string_equal(config.targets[i].secret.text, "p@ss:/?#[]% \xc3\xa4");
    }
    skn_config_finish(&config);
    unsetenv("SKN_HOST");
}

static void an_include_stands_where_it_is_written(void **state)
{
    (void)state;
    struct skn_config config;
    assert_int_equal(mkdir("conf.d", 0700), 0);
    file_put("conf.d/t.cfg", "{ name = \"b\"; url = \"sqlite:b\"; }", 0600);
    file_put("conf.d/h.cfg", "histories = {\n  @include \"conf.d/paths.cfg\" // behind\n};\n",
             0600);
    file_put("conf.d/paths.cfg", "\xef\xbb\xbf// one\r\napp = { path = \"x\"; };\r\n", 0600);
    config_good(&config, "@include \"conf.d/h.cfg\"\n"
                         "targets = (\n"
                         "  { name = \"a\"; url = \"sqlite:a\"; },\n"
                         "\t@include \t\"./conf.d/t.cfg\"\n"
                         "  , { name = \"c\";\n url = \"sqlite:c\"; }\n"
                         ");\n");
    assert_int_equal(config.target_count, 3);
    assert_string_equal(config.histories[0].place, "conf.d/paths.cfg:2");
    assert_string_equal(target_get(&config, "a")->place, "skein.cfg:3");
    assert_string_equal(target_get(&config, "b")->place, "./conf.d/t.cfg:1");
    assert_string_equal(target_get(&config, "c")->place, "skein.cfg:5");
    /* Paths in an included file are relative to the config's folder as everywhere. */
    assert_int_equal(
        strncmp(config.histories[0].paths.items[0], config.folder, strlen(config.folder)), 0);
    assert_string_equal(config.histories[0].paths.items[0] + strlen(config.folder), "/x");
    skn_config_finish(&config);
}

static void a_fault_in_an_included_file_is_named_there(void **state)
{
    (void)state;
    file_put("inc.cfg", "\njobs = 0;\n", 0600);
    config_bad("@include \"inc.cfg\"\n" ONE, "inc.cfg:2: jobs must be a number from 1 to 1000");
    file_put("inc.cfg", "\njobs 0;\n", 0600);
    config_bad(ONE "@include \"inc.cfg\"\n", "inc.cfg:2: syntax error");
    file_put("inc.cfg", "\nx = (\n", 0600);
    config_bad(ONE "@include \"inc.cfg\"\n);\n",
               "inc.cfg:2: the bracket that opens here is never closed in this file");
    file_put("inc.cfg", "// fine\n", 0600);
    config_bad("\n@include \"inc.cfg\"\n\njobs = 0;\n" ONE,
               "skein.cfg:4: jobs must be a number from 1 to 1000");
    file_put("inc.cfg", "\n\xff\n", 0600);
    config_bad("\n@include \"inc.cfg\"\n" ONE,
               "skein.cfg:2: inc.cfg:2: the text is not valid UTF-8");
}

static void the_path_of_a_config_elsewhere_is_kept(void **state)
{
    (void)state;
    struct skn_config config;
    struct skn_error err = SKN_ERROR_INIT;
    assert_int_equal(mkdir("sub", 0700), 0);
    file_put("sub/x.cfg", "@include \"y.cfg\"\n", 0600);
    file_put("sub/y.cfg", ONE, 0600);
    assert_int_equal(skn_config_load(&config, "sub/x.cfg", &err), SKN_OK);
    assert_string_equal(config.targets[0].place, "sub/y.cfg:1");
    assert_non_null(strstr(config.folder, "/sub"));
    skn_config_finish(&config);
    file_put("sub/y.cfg", "nojobs = 1;\n", 0600);
    load_bad("sub/x.cfg", "sub/y.cfg:1: unknown key \"nojobs\"; did you mean \"jobs\"?");
}

static void an_include_cannot_leave_the_folder(void **state)
{
    (void)state;
    static const char reason[] = "@include: the file must lie below the folder of the config: no "
                                 "absolute path, no \"..\"";
    static const char *const names[] = {"/etc/passwd", "../skein.cfg", "a/../../b", "..", ""};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char text[128];
        char message[256];
        snprintf(text, sizeof text, "\n@include \"%s\"\n", names[i]);
        snprintf(message, sizeof message, "skein.cfg:2: %s", reason);
        config_bad(text, message);
    }
}

static void includes_are_judged_as_the_config_is(void **state)
{
    (void)state;
    unlink("inc.cfg");
    config_bad("@include \"inc.cfg\"\n", "skein.cfg:1: inc.cfg: no such file");
    config_bad("@include \"folder\"\n", "skein.cfg:1: folder: is not a regular file");
    config_bad("@include \"fifo\"\n", "skein.cfg:1: fifo: is not a regular file");
    file_put("inc.cfg", ONE, 0666);
    config_bad("@include \"inc.cfg\"\n", "skein.cfg:1: inc.cfg: can be written by others (mode "
                                         "0666); run chmod go-w on it");
    file_put("inc.cfg", "targets = ( { name = \"a\"; url = \"mysql://u:pw@h/a\"; } );\n", 0644);
    config_bad("@include \"inc.cfg\"\n",
               "inc.cfg:1: a password in a file that others can read; run chmod 600 inc.cfg, or "
               "use password_file, password_command or password_env");
}

static void c1_an_include_takes_no_way_that_others_can_bend(void **state)
{
    (void)state;
    mkdir("way", 0755);
    chmod("way", 0755);
    file_put("way/in.cfg", "jobs = 2;\n", 0600);
    unlink("link");
    unlink("link.cfg");
    assert_int_equal(symlink("way", "link"), 0);
    assert_int_equal(symlink("way/in.cfg", "link.cfg"), 0);
    config_bad("@include \"link/in.cfg\"\n",
               "skein.cfg:1: link/in.cfg: is a symbolic link, which is not followed here");
    config_bad("@include \"link.cfg\"\n",
               "skein.cfg:1: link.cfg: is a symbolic link, which is not followed here");
    config_bad("@include \"way/in.cfg/x\"\n",
               "skein.cfg:1: way/in.cfg/x: cannot be opened: Not a directory");
    chmod("way", 0777);
    struct skn_config config;
    struct skn_error err;
    assert_int_equal(config_put(&config, "@include \"way/in.cfg\"\n", &err), SKN_E_CONFIG);
    assert_non_null(
        strstr(err.message, "skein.cfg:1: way/in.cfg: others can write in this folder"));
    skn_config_finish(&config);
    chmod("way", 0755);
}

static void c4_a_config_in_a_folder_of_everybody_s_is_refused(void **state)
{
    (void)state;
    struct skn_config config;
    struct skn_error err = SKN_ERROR_INIT;
    static const char text[] = "targets = ( { name = \"a\"; url = \"sqlite:a\"; } );\n";
    mkdir("open", 0755);
    file_put("open/skein.cfg", text, 0600);
    chmod("open", 0775);
    assert_int_equal(skn_config_load(&config, "open/skein.cfg", &err), SKN_E_CONFIG);
    assert_non_null(strstr(err.message, "others can write in this folder"));
    skn_config_finish(&config);
    /* In a sticky one they can add, but not replace. */
    chmod("open", 01777);
    assert_int_equal(skn_config_load(&config, "open/skein.cfg", &err), SKN_OK);
    skn_config_finish(&config);
}

static void includes_that_never_end_are_refused(void **state)
{
    (void)state;
    char text[64];
    config_bad("\n@include \"skein.cfg\"\n", "skein.cfg:2: @include: the file includes itself");
    file_put("l1.cfg", "@include \"l2.cfg\"\n", 0600);
    file_put("l2.cfg", "\n@include \"l1.cfg\"\n", 0600);
    config_bad("@include \"l1.cfg\"\n", "l2.cfg:2: @include: the file includes itself");
    for (int i = 1; i <= 9; i++) {
        char name[32];
        snprintf(name, sizeof name, "l%d.cfg", i);
        snprintf(text, sizeof text, "@include \"l%d.cfg\"\n", i + 1);
        file_put(name, text, 0600);
    }
    config_bad("@include \"l1.cfg\"\n",
               "l7.cfg:1: @include: included files include each other more than 7 deep");
    /* Ten lines in each of eight files would be a hundred million. */
    for (int i = 1; i <= 7; i++) {
        char name[32];
        char many[512] = "";
        size_t len = 0;
        snprintf(name, sizeof name, "l%d.cfg", i);
        for (int j = 0; j < 10 && i < 7; j++)
            len += (size_t)snprintf(many + len, sizeof many - len, "@include \"l%d.cfg\"\n", i + 1);
        file_put(name, many, 0600);
    }
    struct skn_error err;
    struct skn_config config;
    assert_int_equal(config_put(&config, "@include \"l1.cfg\"\n" ONE, &err), SKN_E_CONFIG);
    assert_non_null(strstr(err.message, "@include: more than 1000 files are included"));
    skn_config_finish(&config);
}

static void an_include_is_one_only_at_the_start_of_a_line(void **state)
{
    (void)state;
    static const char odd[] = "skein.cfg:1: an @ that is not the start of an @include line";
    struct skn_config config;
    config_bad("x = 1; @include \"/etc/passwd\"\n", odd);
    config_bad("/* */ @include \"/etc/passwd\"\n", odd);
    config_bad("@includ \"x\"\n", odd);
    config_bad("@include x\n", "skein.cfg:1: an @include is written @include \"file\"");
    config_bad("@include \"x\n\"\n", "skein.cfg:1: an @include is written @include \"file\"");
    config_bad("@include \"x\\\"y\"\n", "skein.cfg:1: an @include is written @include \"file\"");
    /* libconfig, which takes the text after us, must not see a second one at the start of a line.
     */
    file_put("inc.cfg", "// nothing\n", 0600);
    config_bad("@include \"inc.cfg\" @include \"/etc/passwd\"\n", odd);
    config_good(&config, "// @include \"no\"\n/*\n@include \"no\"\n*/\n" ONE
                         "defaults = { vars = { x = \"\n@include \\\"/etc/passwd\\\"\n\"; }; };\n");
    assert_string_equal(pair_get(config.targets[0].vars, "x"), "\n@include \"/etc/passwd\"\n");
    skn_config_finish(&config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_readable_file_is_refused),
        cmocka_unit_test(a_huge_file_is_not_read),
        cmocka_unit_test(bytes_that_are_no_text_are_refused),
        cmocka_unit_test(a_file_that_others_can_change_is_refused),
        cmocka_unit_test(a_linked_config_is_judged_by_what_it_links_to),
        cmocka_unit_test(a_password_needs_a_private_file),
        cmocka_unit_test(an_include_stands_where_it_is_written),
        cmocka_unit_test(a_fault_in_an_included_file_is_named_there),
        cmocka_unit_test(the_path_of_a_config_elsewhere_is_kept),
        cmocka_unit_test(an_include_cannot_leave_the_folder),
        cmocka_unit_test(includes_are_judged_as_the_config_is),
        cmocka_unit_test(c1_an_include_takes_no_way_that_others_can_bend),
        cmocka_unit_test(c4_a_config_in_a_folder_of_everybody_s_is_refused),
        cmocka_unit_test(includes_that_never_end_are_refused),
        cmocka_unit_test(an_include_is_one_only_at_the_start_of_a_line),
    };
    return cmocka_run_group_tests_name("source", tests, scratch_make, scratch_remove);
}

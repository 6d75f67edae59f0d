/*
 * Passwords: where they come from, and that they go nowhere else.
 */
#include "scratch.h"

#include <signal.h>

#include "base/buf.h"
#include "base/redact.h"
#include "config/password_command.h"
#include "config/secret.h"

static int forget(void **state)
{
    (void)state;
    skn_secret_forget();
    return 0;
}

static int fetch(enum skn_secret_kind kind, const char *text, struct skn_names argv,
                 struct skn_buf *out, int *found, struct skn_error *err)
{
    struct skn_target target = {.name = "db", .secret = {kind, text, argv}};
    *err = (struct skn_error)SKN_ERROR_INIT;
    skn_buf_clear(out);
    return skn_secret_fetch(&target, out, found, err);
}

static void gives(enum skn_secret_kind kind, const char *text, const char *password)
{
    struct skn_error err;
    struct skn_buf out = {0};
    int found = 0;
    if (fetch(kind, text, (struct skn_names){NULL, 0}, &out, &found, &err) != SKN_OK)
        fail_msg("%s", err.message);
    assert_int_equal(found, 1);
    assert_string_equal(skn_buf_text(&out), password);
    skn_buf_finish(&out);
}

static void gives_not(enum skn_secret_kind kind, const char *text, const char *message)
{
    struct skn_error err;
    struct skn_buf out = {0};
    int found = 1;
    int rc = fetch(kind, text, (struct skn_names){NULL, 0}, &out, &found, &err);
    assert_int_equal(rc, SKN_E_CONFIG);
    assert_int_equal(err.code, SKN_E_CONFIG);
    assert_int_equal(found, 0);
    assert_int_equal(out.len, 0);
    assert_string_equal(err.message, message);
    skn_buf_finish(&out);
}

static void a_target_without_a_password_has_none(void **state)
{
    (void)state;
    struct skn_error err;
    struct skn_buf out = {0};
    int found = 1;
    assert_int_equal(fetch(SKN_SECRET_NONE, NULL, (struct skn_names){NULL, 0}, &out, &found, &err),
                     SKN_OK);
    assert_int_equal(found, 0);
    assert_int_equal(out.len, 0);
    gives(SKN_SECRET_INLINE, "in%line", "in%line");
}

static void a_file_gives_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *password;
    } cases[] = {{"pass word%\n", "pass word%"}, {"x", "x"}, {"a\r\n", "a"}, {" a \n\n", " a \n"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        file_put("pw", cases[i].text, 0600);
        gives(SKN_SECRET_FILE, "pw", cases[i].password);
    }
}

static void a_file_that_is_not_private_gives_nothing(void **state)
{
    (void)state;
    char large[5000];
    memset(large, 'x', sizeof large);
    file_put("pw", "c4n4ry\n", 0644);
    gives_not(SKN_SECRET_FILE, "pw",
              "target \"db\": pw: can be read by others (mode 0644); run chmod 600 on it");
    file_put("pw", "c4n4ry\n", 0640);
    gives_not(SKN_SECRET_FILE, "pw",
              "target \"db\": pw: can be read by others (mode 0640); run chmod 600 on it");
    assert_int_equal(symlink("pw", "pwlink"), 0);
    gives_not(SKN_SECRET_FILE, "pwlink",
              "target \"db\": pwlink: is a symbolic link, which is not followed here");
    gives_not(SKN_SECRET_FILE, "nopw", "target \"db\": nopw: no such file");
    gives_not(SKN_SECRET_FILE, "/", "target \"db\": /: is not a regular file");
    file_put("pw", "", 0600);
    gives_not(SKN_SECRET_FILE, "pw", "target \"db\": pw: it is empty");
    file_put("pw", "\n", 0600);
    gives_not(SKN_SECRET_FILE, "pw", "target \"db\": pw: it is empty");
    file_put_bytes("pw", "c4n\0ry", 6, 0600);
    gives_not(SKN_SECRET_FILE, "pw", "target \"db\": pw: it holds a NUL byte");
    file_put("pw", "c4n4ry\xff", 0600);
    gives_not(SKN_SECRET_FILE, "pw", "target \"db\": pw: it is not valid UTF-8");
    file_put_bytes("pw", large, sizeof large, 0600);
    gives_not(SKN_SECRET_FILE, "pw", "target \"db\": pw: is larger than 4096 bytes");
}

static void a_variable_is_taken_out_of_the_environment(void **state)
{
    (void)state;
    setenv("SKN_SECRET_T", "from env", 1);
    char *memory = getenv("SKN_SECRET_T");
    gives(SKN_SECRET_ENV, "SKN_SECRET_T", "from env");
    assert_null(getenv("SKN_SECRET_T"));
    assert_string_equal(memory, "");
    gives(SKN_SECRET_ENV, "SKN_SECRET_T", "from env"); /* kept for the next target */
    skn_secret_forget();
    gives_not(SKN_SECRET_ENV, "SKN_SECRET_T",
              "target \"db\": password_env: the environment variable SKN_SECRET_T is not set");
    setenv("SKN_SECRET_T", "", 1);
    gives_not(SKN_SECRET_ENV, "SKN_SECRET_T",
              "target \"db\": the environment variable SKN_SECRET_T: it is empty");
}

/* A command, by its arguments. */
static int run(const char *const *argv, size_t count, struct skn_buf *out, struct skn_error *err)
{
    int found;
    return fetch(SKN_SECRET_COMMAND, NULL, (struct skn_names){argv, count}, out, &found, err);
}

static void says(const char *script, const char *password)
{
    const char *const argv[] = {"/bin/sh", "-c", script};
    struct skn_error err;
    struct skn_buf out = {0};
    if (run(argv, 3, &out, &err) != SKN_OK)
        fail_msg("%s: %s", script, err.message);
    assert_string_equal(skn_buf_text(&out), password);
    skn_buf_finish(&out);
}

static void says_not(const char *script, const char *message)
{
    const char *const argv[] = {"/bin/sh", "-c", script};
    struct skn_error err;
    struct skn_buf out = {0};
    assert_int_equal(run(argv, 3, &out, &err), SKN_E_CONFIG);
    assert_int_equal(out.len, 0);
    assert_string_equal(err.message, message);
    skn_buf_finish(&out);
}

static void a_command_gives_what_it_prints(void **state)
{
    (void)state;
    const char *const bare[] = {"printf", "%s\\n", "$HOME `id` ; *"};
    struct skn_error err;
    struct skn_buf out = {0};
    says("echo 'pass word%'", "pass word%");
    says("printf x", "x");
    says("printf 'a\\n\\n'", "a\n");
    says("echo noise >&2; echo pw", "pw");
    says("cat; echo nothing to read", "nothing to read");
    /* Found in PATH, and no shell has a look at the arguments. */
    assert_int_equal(run(bare, 3, &out, &err), SKN_OK);
    assert_string_equal(out.text, "$HOME `id` ; *");
    skn_buf_finish(&out);
}

static void a_command_sees_a_small_environment(void **state)
{
    (void)state;
    setenv("SKN_OTHER_SECRET", "c4n4ry", 1);
    setenv("LANG", "C.UTF-8", 1);
    setenv("HOME", "/nowhere", 1);
    setenv("USER", "me", 1);
    says("/usr/bin/env | /usr/bin/cut -d= -f1 | /usr/bin/grep -v -e '^_$' -e '^PWD$' -e "
         "'^SHLVL$' -e '^OLDPWD$' | /usr/bin/sort | /usr/bin/tr '\\n' ' '",
         "HOME LANG PATH USER ");
}

static int ends_with(const char *text, const char *end)
{
    size_t len = strlen(text);
    return len >= strlen(end) && strcmp(text + len - strlen(end), end) == 0;
}

static void a_command_that_fails_says_why_without_the_secret(void **state)
{
    (void)state;
    const char *const missing[] = {"skein-no-such-program"};
    const char *const folder[] = {"/"};
    struct skn_error err;
    struct skn_buf out = {0};
    setenv("PATH", "/usr/bin:/bin", 1);
    says_not("exit 3", "target \"db\": password_command: /bin/sh exited with status 3");
    says_not("echo 'no key' >&2; exit 1",
             "target \"db\": password_command: /bin/sh exited with status 1: no key");
    says_not("printf '\\033[31mred' >&2; exit 1",
             "target \"db\": password_command: /bin/sh exited with status 1: \\x1b[31mred");
    says_not("echo c4n4ry; echo 'bad c4n4ry given' >&2; exit 1",
             "target \"db\": password_command: /bin/sh exited with status 1: bad *** given");
    says_not("kill -9 $$", "target \"db\": password_command: /bin/sh was ended by signal 9");
    says_not("true", "target \"db\": password_command: /bin/sh: it is empty");
    says_not("printf 'a\\000b'", "target \"db\": password_command: /bin/sh: it holds a NUL byte");
    says_not("printf '\\377'", "target \"db\": password_command: /bin/sh: it is not valid UTF-8");
    says_not("head -c 5000 /dev/zero | tr '\\000' x",
             "target \"db\": password_command: /bin/sh printed more than 4096 bytes");
    says_not("yes", "target \"db\": password_command: /bin/sh printed more than 4096 bytes");
    assert_int_equal(run(missing, 1, &out, &err), SKN_E_CONFIG);
    if (!ends_with(err.message, "status 127")) /* valgrind's posix_spawn() cannot tell */
        assert_string_equal(err.message, "target \"db\": password_command: skein-no-such-program "
                                         "cannot be run: no such program");
    assert_int_equal(run(folder, 1, &out, &err), SKN_E_CONFIG);
    if (!ends_with(err.message, "status 127"))
        assert_string_equal(err.message, "target \"db\": password_command: / cannot be run: "
                                         "Permission denied");
}

static void a_long_complaint_is_cut(void **state)
{
    (void)state;
    const char *const argv[] = {"/bin/sh", "-c",
                                "head -c 100000 /dev/zero | tr '\\000' x >&2; exit 1"};
    struct skn_error err;
    struct skn_buf out = {0};
    assert_int_equal(run(argv, 3, &out, &err), SKN_E_CONFIG);
    assert_true(strlen(err.message) < 700);
    assert_non_null(strstr(err.message, "exited with status 1: xxx"));
}

static void a_command_runs_once_for_all_its_targets(void **state)
{
    (void)state;
    const char *const argv[] = {"/bin/sh", "-c", "echo x >>ran; echo $0", "one"};
    const char *const other[] = {"/bin/sh", "-c", "echo x >>ran; echo $0", "two"};
    struct skn_error err;
    struct skn_buf out = {0};
    struct stat info;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(run(argv, 4, &out, &err), SKN_OK);
        assert_string_equal(out.text, "one");
    }
    assert_int_equal(run(other, 4, &out, &err), SKN_OK);
    assert_string_equal(out.text, "two");
    assert_int_equal(stat("ran", &info), 0);
    assert_int_equal(info.st_size, 4);
    skn_buf_finish(&out);
}

/* Everything that writers put into the FIFO, until the last of them is gone. */
static size_t drain(int fd)
{
    char byte;
    size_t count = 0;
    assert_int_equal(fcntl(fd, F_SETFL, 0), 0);
    while (read(fd, &byte, 1) == 1)
        count++;
    return count;
}

static void a_command_that_takes_too_long_is_killed_with_its_children(void **state)
{
    (void)state;
    const char *const argv[] = {"/bin/sh", "-c", "exec 9>alive; sleep 600 & echo x >&9; wait"};
    struct skn_error err = SKN_ERROR_INIT;
    struct skn_buf out = {0};
    size_t seen = 0;
    assert_int_equal(mkfifo("alive", 0600), 0);
    /* A short limit may pass before the shell has got as far as its child. */
    for (int64_t limit = 100; seen == 0; limit *= 2) {
        int fd = open("alive", O_RDONLY | O_NONBLOCK);
        assert_true(fd >= 0);
        assert_int_equal(skn_password_command_run((struct skn_names){argv, 3}, limit, &out, &err),
                         SKN_E_CONFIG);
        assert_string_equal(err.message, "/bin/sh was killed: it took too long");
        seen = drain(fd); /* would not come back while the child lives */
        close(fd);
    }
    assert_int_equal(out.len, 0);
}

static void a_child_that_stays_behind_is_not_waited_for(void **state)
{
    (void)state;
    char text[32] = "";
    says("sleep 600 & echo $! >stays; echo pw", "pw");
    FILE *file = fopen("stays", "r");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof text, file));
    fclose(file);
    kill((pid_t)strtol(text, NULL, 10), SIGKILL);
}

static void an_option_that_is_a_secret_is_redacted(void **state)
{
    (void)state;
    static const struct skn_pair items[] = {{"host", "visible"}, {"sslpassword", "c4n4ry"}};
    const struct skn_target target = {.name = "db", .options = {items, 2}};
    struct skn_error err = SKN_ERROR_INIT;
    struct skn_buf text = {0};
    int found = 1;
    assert_int_equal(skn_secret_fetch(&target, &text, &found, &err), SKN_OK);
    assert_int_equal(found, 0);
    skn_buf_adds(&text, "visible c4n4ry");
    skn_redact(&text);
    assert_string_equal(text.text, "visible ***");
    skn_buf_finish(&text);
}

static void what_was_fetched_is_redacted(void **state)
{
    (void)state;
    struct skn_buf text = {0};
    gives(SKN_SECRET_INLINE, "hunter2", "hunter2");
    says("echo fr0mcommand", "fr0mcommand");
    skn_buf_adds(&text, "x hunter2 y fr0mcommand z");
    skn_redact(&text);
    assert_string_equal(text.text, "x *** y *** z");
    skn_secret_forget();
    skn_buf_clear(&text);
    skn_buf_adds(&text, "hunter2");
    skn_redact(&text);
    assert_string_equal(text.text, "hunter2");
    skn_buf_finish(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_target_without_a_password_has_none, forget),
        cmocka_unit_test_teardown(a_file_gives_its_line, forget),
        cmocka_unit_test_teardown(a_file_that_is_not_private_gives_nothing, forget),
        cmocka_unit_test_teardown(a_variable_is_taken_out_of_the_environment, forget),
        cmocka_unit_test_teardown(a_command_gives_what_it_prints, forget),
        cmocka_unit_test_teardown(a_command_sees_a_small_environment, forget),
        cmocka_unit_test_teardown(a_command_that_fails_says_why_without_the_secret, forget),
        cmocka_unit_test_teardown(a_long_complaint_is_cut, forget),
        cmocka_unit_test_teardown(a_command_runs_once_for_all_its_targets, forget),
        cmocka_unit_test_teardown(a_command_that_takes_too_long_is_killed_with_its_children,
                                  forget),
        cmocka_unit_test_teardown(a_child_that_stays_behind_is_not_waited_for, forget),
        cmocka_unit_test_teardown(an_option_that_is_a_secret_is_redacted, forget),
        cmocka_unit_test_teardown(what_was_fetched_is_redacted, forget),
    };
    return cmocka_run_group_tests_name("secret", tests, scratch_make, scratch_remove);
}

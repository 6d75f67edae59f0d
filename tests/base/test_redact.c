/*
 * What of a secret is taken out of text, in whatever form it stands there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/redact.h"
#include "base/vault.h"

static int forget(void **state)
{
    (void)state;
    skn_redact_forget();
    skn_vault_empty();
    return 0;
}

static void add(const char *secret)
{
    skn_redact_add((struct skn_str){secret, strlen(secret)});
}

static void becomes(const char *text, const char *expected)
{
    struct skn_buf buf = {0};
    skn_buf_adds(&buf, text);
    skn_redact(&buf);
    assert_string_equal(skn_buf_text(&buf), expected);
    assert_int_equal(buf.len, strlen(expected));
    skn_buf_finish(&buf);
}

static void without_secrets_text_stays(void **state)
{
    (void)state;
    becomes("", "");
    becomes("no password here", "no password here");
}

static void a_secret_is_taken_out_wherever_it_stands(void **state)
{
    (void)state;
    add("hunter2");
    becomes("hunter2", "***");
    becomes("xhunter2y", "x***y");
    becomes("hunter2hunter2", "******");
    becomes("hunter2 hunter2", "*** ***");
    becomes("hunter", "hunter");
    becomes("HUNTER2", "HUNTER2");
    becomes("unter2", "unter2");
    becomes("", "");
}

static void every_form_of_a_secret_is_taken_out(void **state)
{
    (void)state;
    static const char *const forms[] = {
        "p'w\"d\\ %/é",
        "p''w\"d\\ %/é",               /* an SQL literal */
        "p''w\"d\\\\ %/é",             /* one with backslashes */
        "p'w\"\"d\\ %/é",              /* an SQL name */
        "p\\'w\\\"d\\\\ %/é",          /* MySQL */
        "p\\'w\"d\\\\ %/é",            /* a connection string */
        "p'w\\\"d\\\\ %/é",            /* JSON */
        "p'\\''w\"d\\ %/é",            /* a shell's quotes */
        "p\\'w\\\"d\\\\\\ \\%/é",      /* a shell's backslashes */
        "p%27w%22d%5C%20%25%2F%C3%A9", /* a URL */
        "p%27w%22d%5c%20%25%2f%c3%a9", /* and in lower case */
        "p'w%22d%5C%20%25%2F%C3%A9",   /* encodeURIComponent() */
        "p%27w%22d%5C%20%25/%C3%A9",   /* Python */
        "p%27w%22d%5C+%25%2F%C3%A9",   /* HTML forms */
        "70277722645C20252FC3A9",      /* MariaDB's X'...' */
        "70277722645c20252fc3a9",      /* and PostgreSQL's bytea */
        "p'w\\\"d\\\\ %/\\u00e9",      /* JSON in ASCII */
        "p'w\\\"d\\\\ %/\\u00E9",
    };
    char text[128];
    add("p'w\"d\\ %/é");
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        snprintf(text, sizeof text, "<%s>", forms[i]);
        becomes(text, "<***>");
    }
    add("tab\there");
    becomes("tab\\x09here tab\\there tab\there", "*** *** ***");
    add("gr\xf0\x9f\x98\x80n");
    becomes("gr\\ud83d\\ude00n", "***");
}

static void a_secret_in_base64_is_taken_out_wherever_it_begins(void **state)
{
    (void)state;
    add("hunter2?>");
    becomes("aHVudGVyMj8+", "***");                  /* alone */
    becomes("aHVudGVyMj8-", "***");                  /* for URLs */
    becomes("dTpodW50ZXIyPz4=", "dTp***4=");         /* u:hunter2?> */
    becomes("YWI6aHVudGVyMj8+", "YWI6***");          /* ab:hunter2?> */
    becomes("eHh4eDpodW50ZXIyPz54", "eHh4eDp***54"); /* xxxx:hunter2?>x */
    becomes("e2h1bnRlcjI/Pn0=", "e2***n0=");         /* {hunter2?>} */
}

static void the_beginning_of_a_secret_at_a_cut_is_taken_out(void **state)
{
    (void)state;
    char text[300];
    add("correct horse battery");
    snprintf(text, sizeof text, "%0240d correct hor", 0);
    struct skn_buf buf = {0};
    skn_buf_adds(&buf, text);
    skn_redact(&buf);
    assert_null(strstr(buf.text, "corr"));
    assert_string_equal(buf.text + buf.len - 4, " ***");
    skn_buf_finish(&buf);
    becomes("nobody cuts this: correct hor", "nobody cuts this: correct hor");
}

static void each_line_of_a_secret_is_one(void **state)
{
    (void)state;
    add("first line\nsecond line\nend");
    becomes("a second line b", "a *** b");
    becomes("the end", "the end");
    becomes("first line\nsecond line\nend", "***");
}

static void what_says_that_it_is_a_password_is_taken_out_unknown(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"password=hunter2 host=h", "password=*** host=h"},
        {"PGPASSWORD = 'it''s' x", "PGPASSWORD = '***' x"},
        {"sslpassword=\"a\\\"b\";", "sslpassword=\"***\";"},
        {"{\"password\": \"hunter2\", \"a\": 1}", "{\"password\": \"***\", \"a\": 1}"},
        {"?user=u&password=hunter2&x=1", "?user=u&password=***&x=1"},
        {"near 'PASSWORD 'hunter2' VALID' at line 1", "near 'PASSWORD '***' VALID' at line 1"},
        {"ALTER ROLE a ENCRYPTED PASSWORD 'hunter", "ALTER ROLE a ENCRYPTED PASSWORD '***"},
        {"identified by 'hunter2'", "identified by '***'"},
        {"IDENTIFIED VIA ed25519 USING 'hash' x", "IDENTIFIED VIA ed25519 USING '***' x"},
        {"SET PASSWORD FOR a = PASSWORD('hunter2')", "SET PASSWORD FOR a = PASSWORD('***')"},
        {"api_token=abc,", "api_token=***,"},
        {"postgresql://app:hunter2@db/x", "postgresql://app:***@db/x"},
        {"mysql://app:hun@ter@2@db/x y@z", "mysql://app:***@db/x y@z"},
        {"postgresql://db:5432/x", "postgresql://db:5432/x"},
        {"postgresql://app@db:5432/x", "postgresql://app@db:5432/x"},
        {"password authentication failed for user \"app\"",
         "password authentication failed for user \"app\""},
        {"password_file: secret: no such file", "password_file: secret: no such file"},
        {"use password_file, password_command or password_env",
         "use password_file, password_command or password_env"},
        {"access denied for user 'app'@'h' (using password: YES)",
         "access denied for user 'app'@'h' (using password: YES)"},
        {"password=***", "password=***"},
        {"password=", "password="},
        {"password", "password"},
        {"identified", "identified"},
        {"Can't locate revision identified by 'a1'", "Can't locate revision identified by 'a1'"},
        {"CREATE USER revision identified by 'a1'", "CREATE USER revision identified by '***'"},
        {"://", "://"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        becomes(pairs[i][0], pairs[i][1]);
}

static void a_name_tells_of_a_secret(void **state)
{
    (void)state;
    assert_true(skn_redact_named("sslpassword"));
    assert_true(skn_redact_named("API_TOKEN"));
    assert_false(skn_redact_named("passfile"));
    assert_false(skn_redact_named("user"));
}

static void a_short_secret_is_taken_out_as_a_word_only(void **state)
{
    (void)state;
    add("abc");
    add("%");
    becomes("abc", "***");
    becomes("abcd xabc abc. (abc) abc_ abcé", "abcd xabc ***. (***) abc_ abcé");
    becomes("100% of % is %25", "100% of *** is ***");
}

static void overlapping_secrets_leave_nothing_over(void **state)
{
    (void)state;
    add("abcd1234");
    add("1234zzzz");
    add("abcd");
    add("abcd1234zz");
    becomes("abcd1234zzzz", "***");
    becomes("abcd12", "***12");
    becomes("abcd1234z", "***z");
    becomes("x1234zzzzabcd", "x******");
}

static void a_secret_may_hold_any_byte(void **state)
{
    (void)state;
    struct skn_buf buf = {0};
    skn_redact_add((struct skn_str){"ab\0cd", 5});
    skn_redact_add((struct skn_str){"", 0});
    skn_buf_add(&buf, "x\0ab\0cd\0", 8);
    skn_redact(&buf);
    assert_int_equal(buf.len, 6);
    assert_memory_equal(buf.text, "x\0***\0", 6);
    skn_buf_finish(&buf);
}

static void random_secrets_leave_nothing(void **state)
{
    (void)state;
    static const char alphabet[] = "aZ09'\"\\%`$ &;|/?#@:~*!()<>[]{}=+-_.,";
    uint32_t seed = 12345;
    for (int round = 0; round < 200; round++) {
        char secret[25];
        struct skn_buf text = {0};
        size_t len = 8 + (size_t)round % 16;
        for (size_t i = 0; i < len; i++) {
            seed = seed * 1664525u + 1013904223u;
            secret[i] = alphabet[(seed >> 16) % (sizeof alphabet - 1)];
        }
        secret[len] = '\0';
        add(secret);
        skn_buf_addf(&text, "\x01%s\x02", secret);
        for (size_t i = 0; i < len; i++) {
            if (strchr("'\"\\", secret[i]))
                skn_buf_addc(&text, '\\');
            skn_buf_addc(&text, secret[i]);
        }
        skn_buf_addc(&text, '\x03');
        skn_redact(&text);
        assert_string_equal(text.text, "\x01***\x02***\x03");
        skn_buf_finish(&text);
    }
}

static void many_secrets_cost_no_more_than_few(void **state)
{
    (void)state;
    enum { COUNT = 20000 };
    struct skn_buf text = {0};
    char secret[32];
    for (unsigned i = 0; i < COUNT; i++) {
        snprintf(secret, sizeof secret, "%08x-secret", i * 2654435761u);
        add(secret);
        if (i % 100 == 0)
            skn_buf_addf(&text, "[%s]", secret);
    }
    skn_redact(&text);
    assert_int_equal(text.len, COUNT / 100 * 5);
    assert_null(strstr(text.text, "secret"));
    skn_buf_finish(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(without_secrets_text_stays, forget),
        cmocka_unit_test_teardown(a_secret_is_taken_out_wherever_it_stands, forget),
        cmocka_unit_test_teardown(every_form_of_a_secret_is_taken_out, forget),
        cmocka_unit_test_teardown(a_secret_in_base64_is_taken_out_wherever_it_begins, forget),
        cmocka_unit_test_teardown(the_beginning_of_a_secret_at_a_cut_is_taken_out, forget),
        cmocka_unit_test_teardown(each_line_of_a_secret_is_one, forget),
        cmocka_unit_test(what_says_that_it_is_a_password_is_taken_out_unknown),
        cmocka_unit_test(a_name_tells_of_a_secret),
        cmocka_unit_test_teardown(a_short_secret_is_taken_out_as_a_word_only, forget),
        cmocka_unit_test_teardown(overlapping_secrets_leave_nothing_over, forget),
        cmocka_unit_test_teardown(a_secret_may_hold_any_byte, forget),
        cmocka_unit_test_teardown(random_secrets_leave_nothing, forget),
        cmocka_unit_test_teardown(many_secrets_cost_no_more_than_few, forget),
    };
    return cmocka_run_group_tests_name("redact", tests, NULL, NULL);
}

/*
 * Patterns for names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "config/glob.h"

static void patterns_match_what_they_say(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        const char *text;
        int matches;
    } cases[] = {
        {"", "", 1},
        {"", "a", 0},
        {"a", "a", 1},
        {"a", "ab", 0},
        {"ab", "a", 0},
        {"*", "", 1},
        {"*", "anything/at/all", 1},
        {"**", "x", 1},
        {"tenants/*", "tenants/acme", 1},
        {"tenants/*", "tenants/", 1},
        {"tenants/*", "tenants", 0},
        {"*/acme", "eu/tenants/acme", 1},
        {"a*b*c", "a/x/b/y/c", 1},
        {"a*b*c", "acb", 0},
        {"*aab", "aaaaab", 1},
        {"a?c", "abc", 1},
        {"a?c", "ac", 0},
        {"a?c",
         "a\xc3\xbc"
         "c",
         1},
        {"?", "\xf0\x9f\xa6\xa2", 1},
        {"??", "\xc3\xbc", 0},
        {"[abc]x", "bx", 1},
        {"[abc]x", "dx", 0},
        {"[a-c]x", "bx", 1},
        {"[a-c]x", "dx", 0},
        {"[!a-c]x", "dx", 1},
        {"[^a-c]x", "bx", 0},
        {"[!a]", "", 0},
        {"[]]", "]", 1},
        {"[!]]", "]", 0},
        {"[a-]", "-", 1},
        {"[-a]", "-", 1},
        {"[a-c-e]", "-", 1},
        {"[z-a]", "m", 0},
        {"db[0-9][0-9]", "db07", 1},
        {"db[0-9][0-9]", "db7", 0},
        {"*[0-9]", "db7", 1},
        {"*[0-9]", "db7x", 0},
        {"a*", "ba", 0},
        {"*?", "", 0},
        {"*?", "x", 1},
        {"ABC", "abc", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (skn_glob_match(cases[i].pattern, cases[i].text) != cases[i].matches)
            fail_msg("%s on %s", cases[i].pattern, cases[i].text);
}

static void a_class_must_be_closed(void **state)
{
    (void)state;
    static const char *const bad[] = {"[", "a[", "[a", "[]", "[!]", "x[a]y[", "[^"};
    static const char *const good[] = {"", "]", "a]b", "[a]", "[]]", "[[]", "[!a]*", "*?"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(skn_glob_valid(bad[i]));
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(skn_glob_valid(good[i]));
    assert_true(skn_glob_is("a*"));
    assert_true(skn_glob_is("a?"));
    assert_true(skn_glob_is("[a]"));
    assert_false(skn_glob_is("a/b-c.d"));
}

/* A matcher that goes back to every star would not come back from this one. */
static void a_pattern_made_to_be_slow_is_not(void **state)
{
    (void)state;
    enum { STARS = 60000, LEN = 128 };
    char *pattern = malloc(2 * STARS + 2);
    char text[LEN + 1];
    assert_non_null(pattern);
    for (size_t i = 0; i < STARS; i++)
        memcpy(pattern + 2 * i, "a*", 2);
    memcpy(pattern + 2 * STARS, "b", 2);
    memset(text, 'a', LEN);
    text[LEN] = '\0';
    assert_false(skn_glob_match(pattern, text));
    memset(pattern, '*', 2 * STARS);
    assert_false(skn_glob_match(pattern, text));
    for (size_t i = 0; i < 30; i++)
        memcpy(pattern + 4 * i, "*a*a", 4);
    memcpy(pattern + 120, "b", 2);
    assert_false(skn_glob_match(pattern, text));
    free(pattern);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_match_what_they_say),
        cmocka_unit_test(a_class_must_be_closed),
        cmocka_unit_test(a_pattern_made_to_be_slow_is_not),
    };
    return cmocka_run_group_tests_name("glob", tests, NULL, NULL);
}

/*
 * SHA-256 as the standard has it, and ids that differ.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/hash.h"

/* FIPS 180-4's examples. */
static void the_standards_examples_come_out(void **state)
{
    char hex[SKN_SHA256_HEX];
    (void)state;
    skn_sha256_hex((struct skn_str){"", 0}, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    skn_sha256_hex((struct skn_str){"abc", 3}, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    skn_sha256_hex((struct skn_str){"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56},
                   hex);
    assert_string_equal(hex, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void a_zero_byte_counts(void **state)
{
    char one[SKN_SHA256_HEX], other[SKN_SHA256_HEX];
    (void)state;
    skn_sha256_hex((struct skn_str){"a\0b", 3}, one);
    skn_sha256_hex((struct skn_str){"a\0c", 3}, other);
    assert_string_not_equal(one, other);
}

static void random_ids_are_hex_of_the_wanted_length_and_differ(void **state)
{
    char one[17], other[17];
    (void)state;
    skn_random_hex(one, sizeof one);
    skn_random_hex(other, sizeof other);
    assert_int_equal(strlen(one), 16);
    assert_int_equal(strspn(one, "0123456789abcdef"), 16);
    assert_string_not_equal(one, other);
    skn_random_hex(one, 1);
    assert_string_equal(one, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_standards_examples_come_out),
        cmocka_unit_test(a_zero_byte_counts),
        cmocka_unit_test(random_ids_are_hex_of_the_wanted_length_and_differ),
    };
    return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}

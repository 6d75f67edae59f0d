/*
 * What the fuzz targets share. A target is a function over bytes that nobody chose: it feeds them
 * to one part of skein and claims what must hold for every input. libfuzzer.c hands it the fuzzer's
 * bytes, replay.c those of its corpus.
 *
 * skein keeps no journal of its own: what one would hold is read from the ledger, and fuzzed there.
 */
#ifndef SKN_TESTS_FUZZ_H
#define SKN_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <skein/driver-util.h>

/* Every target, by the name of its file and of its corpus, and what it claims. */
#define FUZZ_TARGETS(X)                                                                            \
    X(config, "c2_a_config_is_taken_whole_or_refused")                                             \
    X(driver, "d5_a_driver_file_or_table_that_does_not_hold_together_is_refused")                  \
    X(escape, "what_is_shown_is_printable_and_what_is_sent_is_json")                               \
    X(ledger, "whatever_a_server_answers_a_run_ends_in_order")                                     \
    X(machine, "whatever_happens_nothing_is_there_twice_and_the_rest_is_made")                     \
    X(quote, "r9_what_is_quoted_reads_back_as_the_same_bytes")                                     \
    X(revision, "a_revision_file_is_cut_into_its_parts_or_refused_with_its_place")                 \
    X(rows, "version_rows_are_a_place_in_the_history_or_refused")                                  \
    X(scan, "statements_end_where_a_slow_reader_ends_them")                                        \
    X(select, "c3_selectors_select_what_a_slow_reader_selects")                                    \
    X(url, "a_url_is_taken_apart_and_its_secret_never_shown")                                      \
    X(walk, "a_walk_does_what_a_naive_planner_does_and_back_again")                                \
    X(wire, "d4_a_worker_says_what_it_likes_and_each_target_ends_once")

#define FUZZ_DECLARE(name, claim) void fuzz_##name(const uint8_t *data, size_t size);
FUZZ_TARGETS(FUZZ_DECLARE)

/* A fact that must hold. */
#define FUZZ_CLAIM(fact)                                                                           \
    do {                                                                                           \
        if (!(fact))                                                                               \
            fuzz_refute(__FILE__, __LINE__, #fact);                                                \
    } while (0)

static inline _Noreturn void fuzz_refute(const char *file, int line, const char *fact)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, fact);
    abort();
}

/* Input that is taken piece by piece; at its end there are zeros. */
struct fuzz_input {
    const uint8_t *at;
    size_t left;
};

static inline uint8_t fuzz_byte(struct fuzz_input *input)
{
    if (input->left == 0)
        return 0;
    input->left--;
    return *input->at++;
}

static inline uint32_t fuzz_below(struct fuzz_input *input, uint32_t limit)
{
    return limit > 0 ? fuzz_byte(input) % limit : 0;
}

/* The next len bytes, or those that are left. */
static inline struct skn_str fuzz_take(struct fuzz_input *input, size_t len)
{
    struct skn_str text =
        skn_str_len((const char *)input->at, len < input->left ? len : input->left);
    input->at += text.len;
    input->left -= text.len;
    return text;
}

/* Up to the next byte that is stop, which is passed over; all that is left if there is none. */
static inline struct skn_str fuzz_take_to(struct fuzz_input *input, uint8_t stop)
{
    const uint8_t *end = input->left ? memchr(input->at, stop, input->left) : NULL;
    struct skn_str text = fuzz_take(input, end ? (size_t)(end - input->at) : input->left);
    fuzz_byte(input);
    return text;
}

/* A copy of its own, so that a sanitizer sees a byte read behind it; ended by a NUL, which a text
 * that may hold none has cut it at. The caller frees. */
static inline char *fuzz_text(struct skn_str bytes)
{
    char *text = malloc(bytes.len + 1);
    if (!text)
        abort();
    if (bytes.len)
        memcpy(text, bytes.ptr, bytes.len);
    text[bytes.len] = '\0';
    return text;
}

/* Written apart from skein's own check. */
static inline int fuzz_is_utf8(const char *text, size_t len)
{
    const unsigned char *at = (const unsigned char *)text;
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    for (size_t i = 0; i < len;) {
        unsigned more = at[i] < 0x80 ? 0 : at[i] >= 0xf0 ? 3 : at[i] >= 0xe0 ? 2 : 1;
        uint32_t point = more ? at[i] & (0x3fu >> more) : at[i];
        if (at[i] >= 0xf8 || (at[i] >= 0x80 && at[i] < 0xc0) || more >= len - i)
            return 0;
        for (unsigned k = 1; k <= more; k++) {
            if ((at[i + k] & 0xc0) != 0x80)
                return 0;
            point = point << 6 | (at[i + k] & 0x3f);
        }
        if (point < least[more] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
            return 0;
        i += more + 1;
    }
    return 1;
}

/* One line for a terminal: UTF-8, and no control character in it. */
static inline int fuzz_is_shown(const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at; at++)
        if (*at < 0x20 || *at == 0x7f || (*at == 0xc2 && at[1] >= 0x80 && at[1] <= 0x9f))
            return 0;
    return fuzz_is_utf8(text, strlen(text));
}

/* An error as every part of skein has to leave it: a code, and a text that is ended. */
static inline void fuzz_claim_error(const struct skn_error *err, int code)
{
    FUZZ_CLAIM(code > SKN_OK && code <= SKN_E_DRIVER);
    FUZZ_CLAIM(err->code == (uint32_t)code);
    FUZZ_CLAIM(memchr(err->message, '\0', sizeof err->message));
    FUZZ_CLAIM(err->message[0]);
}

#endif

/*
 * Text from outside on its way to a terminal, a log line and JSON.
 */
#include "fuzz.h"

#include <jansson.h>

#include "base/text.h"
#include "base/wire.h"
#include "run/report.h"

/* Bidirectional and zero-width controls, by their UTF-8. */
static int hides(const char *text)
{
    static const char *const hiding[] = {
        "\xd8\x9c",     "\xe2\x80\x8b", "\xe2\x80\x8c", "\xe2\x80\x8d", "\xe2\x80\x8e",
        "\xe2\x80\x8f", "\xe2\x80\xaa", "\xe2\x80\xab", "\xe2\x80\xac", "\xe2\x80\xad",
        "\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x81\xa7", "\xe2\x81\xa8", "\xe2\x81\xa9"};
    for (size_t i = 0; i < sizeof hiding / sizeof hiding[0]; i++)
        if (strstr(text, hiding[i]))
            return 1;
    return 0;
}

static void terminal_check(struct skn_str text, int keep_lines)
{
    struct skn_buf once = {0};
    struct skn_buf twice = {0};
    skn_text_escape(&once, text, keep_lines);
    const char *shown = skn_buf_text(&once);
    FUZZ_CLAIM(strlen(shown) == once.len);
    FUZZ_CLAIM(!hides(shown));
    /* A kept line end is the one control character, and what is escaped stays as it is. */
    skn_text_escape(&twice, skn_buf_str(&once), keep_lines);
    FUZZ_CLAIM(once.len == twice.len && strcmp(shown, skn_buf_text(&twice)) == 0);
    for (char *at = once.text; keep_lines && at && *at; at++)
        if (*at == '\n' || *at == '\t')
            *at = ' ';
    FUZZ_CLAIM(fuzz_is_shown(skn_buf_text(&once)));
    skn_buf_finish(&once);
    skn_buf_finish(&twice);
}

static void json_check(struct skn_str text)
{
    struct skn_buf line = {0};
    json_t *string = skn_json_string(text.ptr, text.len);
    json_t *object = json_pack("{s:O}", "text", string);
    FUZZ_CLAIM(object);
    skn_wire_encode(&line, object);
    FUZZ_CLAIM(line.len > 0 && memchr(line.text, '\n', line.len) == line.text + line.len - 1);
    FUZZ_CLAIM(fuzz_is_utf8(line.text, line.len));
    json_t *back = json_loadb(line.text, line.len, JSON_ALLOW_NUL, NULL);
    FUZZ_CLAIM(back && json_equal(back, object));
    if (fuzz_is_utf8(text.ptr, text.len)) {
        FUZZ_CLAIM(json_string_length(string) == text.len);
        FUZZ_CLAIM(memcmp(json_string_value(string), text.ptr, text.len) == 0);
    }
    json_decref(back);
    json_decref(object);
    json_decref(string);
    skn_buf_finish(&line);
}

static void valid_check(struct skn_str text)
{
    size_t valid = skn_utf8_check(text.ptr, text.len);
    FUZZ_CLAIM(valid <= text.len && (valid == text.len) == fuzz_is_utf8(text.ptr, text.len));
    FUZZ_CLAIM(fuzz_is_utf8(text.ptr, valid));
}

void fuzz_escape(const uint8_t *data, size_t size)
{
    struct skn_str text = skn_str_len((const char *)data, size);
    valid_check(text);
    terminal_check(text, 0);
    terminal_check(text, 1);
    json_check(text);
    char *ended = fuzz_text(text);
    char *clean = skn_report_clean(ended);
    FUZZ_CLAIM(fuzz_is_shown(clean));
    free(clean);
    free(ended);
}

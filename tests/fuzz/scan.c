/*
 * The statement scanner with the dialects as the drivers have them: what must hold for every text,
 * and against a reader that is written apart from it, a byte at a time. The reader knows quotes and
 * comments and nothing of bodies, so it is asked about texts without them.
 */
#include "fuzz.h"

#include <strings.h>

#include "work/scan.h"

static const struct skn_dialect dialects[] = {
    {.size = sizeof(struct skn_dialect),
     .flags = SKN_DIALECT_BACKTICKS | SKN_DIALECT_BRACKETS | SKN_DIALECT_TRIGGER_BODIES},
    {.size = sizeof(struct skn_dialect),
     .flags = SKN_DIALECT_DOLLAR_QUOTES | SKN_DIALECT_E_STRINGS | SKN_DIALECT_NESTED_COMMENTS |
              SKN_DIALECT_ATOMIC_BODIES | SKN_DIALECT_PSQL},
    {.size = sizeof(struct skn_dialect),
     .flags = SKN_DIALECT_BACKTICKS | SKN_DIALECT_BACKSLASHES | SKN_DIALECT_DOUBLE_QUOTED_TEXT |
              SKN_DIALECT_HASH_COMMENTS | SKN_DIALECT_DASH_NEEDS_SPACE |
              SKN_DIALECT_EXECUTABLE_COMMENTS | SKN_DIALECT_DELIMITER | SKN_DIALECT_ROUTINE_BODIES |
              SKN_DIALECT_TRIGGER_BODIES},
};

enum dialect { SQLITE, POSTGRESQL, MYSQL, DIALECTS };

/* ---- the slow reader ---- */

struct slow {
    enum dialect dialect;
    const char *text;
    size_t len;
    size_t at;
    size_t start;  /* of the statement: its first byte */
    size_t behind; /* the last quote: what stands before it is no part of a name */
    int open;      /* a quote or comment is never closed, or cannot be judged from here on */
};

static char peek(const struct slow *slow, size_t ahead)
{
    return slow->at + ahead < slow->len ? slow->text[slow->at + ahead] : '\0';
}

static int is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static int is_name_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '$' || ((unsigned char)c & 0x80);
}

/* The byte back bytes before here, as part of the same bare word. */
static char word_char(const struct slow *slow, size_t back)
{
    return slow->at >= slow->behind + back ? slow->text[slow->at - back] : ' ';
}

/* Goes behind the first place, from at on, where end stands; a NUL in end is never met. */
static void pass_to(struct slow *slow, const char *end)
{
    size_t len = strlen(end);
    while (slow->len - slow->at >= len && memcmp(slow->text + slow->at, end, len) != 0)
        slow->at++;
    slow->open = slow->len - slow->at < len;
    slow->at = slow->open ? slow->len : slow->at + len;
}

static void pass_quoted(struct slow *slow, char quote, int backslashes)
{
    slow->at++;
    while (slow->at < slow->len) {
        if (backslashes && peek(slow, 0) == '\\') {
            slow->at += 2;
            continue;
        }
        if (peek(slow, 0) == quote && (slow->at + 1 >= slow->len || peek(slow, 1) != quote)) {
            slow->at++;
            return;
        }
        slow->at += peek(slow, 0) == quote ? 2 : 1;
    }
    slow->open = 1;
}

static void pass_nested(struct slow *slow)
{
    size_t depth = 0;
    do {
        if (peek(slow, 0) == '/' && peek(slow, 1) == '*') {
            depth++;
            slow->at += 2;
        } else if (peek(slow, 0) == '*' && peek(slow, 1) == '/') {
            depth--;
            slow->at += 2;
        } else {
            slow->at++;
        }
    } while (depth > 0 && slow->at < slow->len);
    slow->open = depth > 0;
}

static void pass_line(struct slow *slow)
{
    while (slow->at < slow->len && peek(slow, 0) != '\n' &&
           !(slow->dialect == POSTGRESQL && peek(slow, 0) == '\r'))
        slow->at++;
}

/* A comment, if one stands here. */
static int pass_comment(struct slow *slow)
{
    char next = peek(slow, 2);
    int dashes = peek(slow, 0) == '-' && peek(slow, 1) == '-';
    if (dashes && slow->dialect == MYSQL && slow->start < slow->at && slow->at + 2 < slow->len)
        dashes = (unsigned char)next <= ' ' || next == 0x7f;
    if (dashes || (slow->dialect == MYSQL && peek(slow, 0) == '#')) {
        pass_line(slow);
        slow->behind = slow->at;
        return 1;
    }
    if (peek(slow, 0) != '/' || peek(slow, 1) != '*')
        return 0;
    if (slow->dialect == POSTGRESQL) {
        pass_nested(slow);
    } else {
        slow->at += 2;
        pass_to(slow, "*/");
    }
    slow->behind = slow->at;
    return 1;
}

/* $tag$ with what it quotes, or just the dollar. */
static void pass_dollar(struct slow *slow)
{
    char tag[64] = "$";
    size_t len = 1;
    char before = word_char(slow, 1);
    if (is_name_char(before)) {
        slow->open |= before >= '0' && before <= '9'; /* the versions do not agree */
        slow->at++;
        return;
    }
    while (is_name_char(peek(slow, len)) && peek(slow, len) != '$' && len + 2 < sizeof tag) {
        tag[len] = peek(slow, len);
        len++;
    }
    slow->open |= len + 2 >= sizeof tag;
    tag[len] = '$';
    int opens = peek(slow, len) == '$' && !(tag[1] >= '0' && tag[1] <= '9');
    slow->at += opens ? len + 1 : 1;
    if (opens)
        pass_to(slow, tag);
}

static int is_escape_string(const struct slow *slow)
{
    return slow->dialect == MYSQL ||
           (slow->dialect == POSTGRESQL && (word_char(slow, 1) & 0xdf) == 'E' &&
            !is_name_char(word_char(slow, 2)));
}

/* 1E'x' is a number with an end that the versions do not agree on. */
static int is_odd_number(const struct slow *slow)
{
    return slow->dialect == POSTGRESQL && (word_char(slow, 1) & 0xdf) == 'E' &&
           word_char(slow, 2) >= '0' && word_char(slow, 2) <= '9';
}

static void pass_one(struct slow *slow)
{
    char c = peek(slow, 0);
    size_t from = slow->at;
    if (c == '\'' || (c == '"' && slow->dialect == MYSQL)) {
        slow->open |= is_odd_number(slow);
        if (!slow->open)
            pass_quoted(slow, c, is_escape_string(slow));
    } else if (c == '"' || (c == '`' && slow->dialect != POSTGRESQL)) {
        pass_quoted(slow, c, 0);
    } else if (c == '[' && slow->dialect == SQLITE) {
        pass_to(slow, "]");
    } else if (c == '$' && slow->dialect == POSTGRESQL) {
        pass_dollar(slow);
    } else {
        slow->at++;
    }
    if (slow->at > from + 1)
        slow->behind = slow->at;
}

/* The next statement as [start, end), or 0 at the end or where the text cannot be judged. */
static int slow_next(struct slow *slow, size_t *end)
{
    while (slow->at < slow->len && !slow->open) {
        slow->start = slow->at;
        if (is_blank(peek(slow, 0)) || peek(slow, 0) == ';')
            slow->at++;
        else if (!pass_comment(slow))
            break;
    }
    slow->start = slow->at;
    while (slow->at < slow->len && !slow->open && peek(slow, 0) != ';')
        if (!pass_comment(slow))
            pass_one(slow);
    if (slow->open || slow->start == slow->len)
        return 0;
    *end = slow->at;
    while (*end > slow->start && is_blank(slow->text[*end - 1]))
        --*end;
    return 1;
}

static int holds_any(const char *text, const char *const *words)
{
    for (; *words; words++)
        if (strcasestr(text, *words))
            return 1;
    return 0;
}

/* Whether the slow reader knows all that may be in the text: no bodies, which may stand by
 * themselves in MariaDB, no client's commands and no comments that are run. */
static int is_simple(enum dialect dialect, struct skn_str text)
{
    static const char *const words[] = {"create", "begin", "alter", "declare", NULL};
    static const char *const mysql[] = {"delimiter", "/*!",    "/*m!",  "if",  "case",
                                        "loop",      "repeat", "while", "for", NULL};
    char *copy = fuzz_text(text);
    int simple = strlen(copy) == text.len && !holds_any(copy, words) &&
                 !(dialect == MYSQL && holds_any(copy, mysql));
    free(copy);
    return simple;
}

/* ---- what holds for every text ---- */

static void cursor_init(struct skn_scan *cursor, uint32_t options)
{
    *cursor = (struct skn_scan){.size = sizeof *cursor, .options = options};
}

static int starts_with_mark(struct skn_str text)
{
    return text.len >= 3 && memcmp(text.ptr, "\xef\xbb\xbf", 3) == 0;
}

/* A statement by itself is one statement, and the same. */
static void again_check(const struct skn_dialect *dialect, struct skn_str text,
                        const struct skn_scan *found)
{
    struct skn_error err = {.size = sizeof err};
    struct skn_scan again;
    struct skn_str alone = {text.ptr + found->start, (size_t)(found->end - found->start)};
    /* What is a mark of an editor, or a command of the client, only where nothing stands around. */
    if (starts_with_mark(alone) ||
        (alone.len == 9 && strncasecmp(alone.ptr, "DELIMITER", alone.len) == 0))
        return;
    cursor_init(&again, found->options);
    memcpy(again.delimiter, found->delimiter, sizeof again.delimiter);
    FUZZ_CLAIM(skn_scan_next(dialect, alone, &again, &err) == SKN_OK);
    FUZZ_CLAIM(again.start == 0 && again.end == alone.len && again.kind == found->kind);
    FUZZ_CLAIM(strcmp(again.words, found->words) == 0 && again.flags == found->flags);
    FUZZ_CLAIM(again.object.len == found->object.len);
    FUZZ_CLAIM(skn_scan_next(dialect, alone, &again, &err) == SKN_OK);
    FUZZ_CLAIM(again.kind == SKN_STATEMENT_END);
}

static void order_check(struct skn_str text, uint64_t from, const struct skn_scan *found)
{
    FUZZ_CLAIM(from <= found->start && found->start <= found->end && found->end <= found->next);
    FUZZ_CLAIM(found->next <= text.len);
    FUZZ_CLAIM(memchr(found->words, '\0', sizeof found->words));
    FUZZ_CLAIM(memchr(found->delimiter, '\0', sizeof found->delimiter));
    FUZZ_CLAIM(found->kind == SKN_STATEMENT_END || found->start < found->end);
    if (found->object.ptr)
        FUZZ_CLAIM(found->object.ptr >= text.ptr + found->start &&
                   found->object.ptr + found->object.len <= text.ptr + found->end);
}

static void text_check(enum dialect which, struct skn_str text, uint32_t options)
{
    struct slow slow = {.dialect = which, .text = text.ptr, .len = text.len};
    struct skn_error err = {.size = sizeof err};
    struct skn_scan found;
    uint64_t from = 0;
    size_t end = 0;
    int simple = !options && is_simple(which, text);
    int rc;
    if (starts_with_mark(text))
        slow.at = 3;
    cursor_init(&found, options);
    while ((rc = skn_scan_next(&dialects[which], text, &found, &err)) == SKN_OK) {
        order_check(text, from, &found);
        from = found.next;
        int more = simple && slow_next(&slow, &end);
        if (simple && !slow.open) {
            FUZZ_CLAIM(more == (found.kind != SKN_STATEMENT_END));
            FUZZ_CLAIM(!more || (slow.start == found.start && end == found.end));
        }
        if (found.kind == SKN_STATEMENT_END)
            return;
        again_check(&dialects[which], text, &found);
    }
    FUZZ_CLAIM(rc == SKN_E_SYNTAX || rc == SKN_E_UNSUPPORTED);
    FUZZ_CLAIM(err.position >= 1 && err.position <= text.len);
    fuzz_claim_error(&err, rc);
    /* Quotes and comments that are all closed are no reason to refuse a text. */
    if (simple && rc == SKN_E_SYNTAX && which != POSTGRESQL) {
        while (slow_next(&slow, &end))
            continue;
        FUZZ_CLAIM(slow.open);
    }
}

void fuzz_scan(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    uint8_t how = fuzz_byte(&input);
    struct skn_str text = fuzz_take(&input, input.left);
    text_check((enum dialect)(how % DIALECTS), text, how & 0x80 ? SKN_SCAN_VARIABLES : 0);
}

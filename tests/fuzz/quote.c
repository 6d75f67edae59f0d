/*
 * Names and literals as the drivers quote them, read back by the rules of each server, and by the
 * scanner.
 */
#include "fuzz.h"

#include "base/buf.h"
#include "host.h"

enum { DRIVERS = 4, NAME_CHARACTERS = 64, NAME_BYTES = 63 };

static const char *const words[DRIVERS] = {"sqlite", "postgresql", "mysql", "null"};

static const struct skn_driver *driver_get(size_t which)
{
    static const struct skn_driver *drivers[DRIVERS];
    static int tried[DRIVERS];
    if (!tried[which])
        drivers[which] = fuzz_driver_load(words[which]);
    tried[which] = 1;
    return drivers[which];
}

/* The bytes that quoted stands for: doubled marks are one, backslashes escape where they do. */
static void read_back(struct skn_buf *out, struct skn_str quoted, int backslashes)
{
    FUZZ_CLAIM(quoted.len >= 2);
    char mark = quoted.ptr[0];
    FUZZ_CLAIM(quoted.ptr[quoted.len - 1] == mark);
    for (size_t i = 1; i < quoted.len - 1; i++) {
        char c = quoted.ptr[i];
        if (c == mark || (c == '\\' && backslashes)) {
            FUZZ_CLAIM(i + 1 < quoted.len - 1);
            char next = quoted.ptr[++i];
            FUZZ_CLAIM(c == '\\' ? next == '\\' || next == '0' : next == mark);
            c = c == '\\' && next == '0' ? '\0' : next;
        }
        skn_buf_addc(out, c);
    }
}

static void literal_check(size_t which, struct skn_str quoted, struct skn_str text)
{
    struct skn_buf back = {0};
    int escapes = which == 2;
    if (which == 1 && quoted.len > 0 && quoted.ptr[0] == 'E') {
        escapes = 1;
        quoted.ptr++;
        quoted.len--;
    }
    FUZZ_CLAIM(quoted.len > 0 && quoted.ptr[0] == '\'');
    read_back(&back, quoted, escapes);
    FUZZ_CLAIM(back.len == text.len && (text.len == 0 || !memcmp(back.text, text.ptr, text.len)));
    skn_buf_finish(&back);
}

static void name_check(size_t which, struct skn_str quoted, struct skn_str text)
{
    struct skn_buf back = {0};
    FUZZ_CLAIM(quoted.len > 0 && quoted.ptr[0] == (which == 2 ? '`' : '"'));
    FUZZ_CLAIM(text.len > 0 && !memchr(text.ptr, '\0', text.len));
    /* What the server would cut or change in silence is refused. */
    if (which == 1)
        FUZZ_CLAIM(text.len <= NAME_BYTES && fuzz_is_utf8(text.ptr, text.len));
    if (which == 2) {
        size_t characters = 0;
        for (size_t i = 0; i < text.len; i++)
            characters += (text.ptr[i] & 0xc0) != 0x80;
        FUZZ_CLAIM(characters <= NAME_CHARACTERS && text.ptr[text.len - 1] != ' ');
    }
    read_back(&back, quoted, 0);
    FUZZ_CLAIM(back.len == text.len && memcmp(back.text, text.ptr, text.len) == 0);
    skn_buf_finish(&back);
}

/* Whatever is in the quotes, the statement around them ends where it ended before. */
static void statement_check(const struct skn_driver *driver, struct skn_str quoted)
{
    struct skn_buf sql = {0};
    struct skn_scan found = {.size = sizeof found};
    struct skn_error err = {.size = sizeof err};
    skn_buf_adds(&sql, "SELECT ");
    skn_buf_add(&sql, quoted.ptr, quoted.len);
    size_t end = sql.len;
    skn_buf_adds(&sql, "; SELECT 2");
    if (!memchr(sql.text, '\0', sql.len)) {
        int rc = skn_scan_next(driver->dialect, skn_buf_str(&sql), &found, &err);
        FUZZ_CLAIM(rc == SKN_OK && found.start == 0 && found.end == end);
    }
    skn_buf_finish(&sql);
}

void fuzz_quote(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct skn_error err = {.size = sizeof err};
    struct skn_buf quoted = {0};
    uint8_t how = fuzz_byte(&input);
    size_t which = how % DRIVERS;
    uint32_t kind = how & 0x80 ? SKN_QUOTE_IDENT : SKN_QUOTE_LITERAL;
    struct skn_str text = fuzz_take(&input, input.left);
    const struct skn_driver *driver = driver_get(which);
    if (!driver)
        return;
    int rc = driver->quote(kind, text, skn_buf_take, &quoted, &err);
    if (rc != SKN_OK) {
        FUZZ_CLAIM(rc == SKN_E_USAGE && quoted.len == 0);
        fuzz_claim_error(&err, rc);
    } else {
        (kind == SKN_QUOTE_IDENT ? name_check : literal_check)(which, skn_buf_str(&quoted), text);
        statement_check(driver, skn_buf_str(&quoted));
    }
    skn_buf_finish(&quoted);
}

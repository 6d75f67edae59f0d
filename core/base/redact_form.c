/*
 * Quotings and encodings. It knows nothing of where the results are looked for.
 */
#include "base/redact_form.h"

#include <stdint.h>
#include <string.h>

#include <sodium.h>

#include "base/text.h"
#include "base/vault.h"

/* A way to quote: these characters are doubled, those get a backslash. */
struct quoting {
    const char *doubled;
    const char *escaped;
};

static const struct quoting quotings[] = {
    {"", ""},                            /* as it is */
    {"'", ""},                           /* an SQL literal */
    {"'\\", ""},                         /* where backslashes mean something in it */
    {"\"", ""},                          /* an SQL name */
    {"`", ""},                           /* MySQL's */
    {"", "'\"\\"},                       /* mysql_real_escape_string() */
    {"", "'\\"},                         /* a connection string */
    {"", "\"\\"},                        /* JSON and C */
    {"", " !\"#$&'()*;<>?[\\]^`{|}~%="}, /* a shell's word */
};

static void quote(struct skn_buf *out, struct skn_str secret, const struct quoting *quoting)
{
    for (size_t i = 0; i < secret.len; i++) {
        char c = secret.ptr[i];
        if (c && strchr(quoting->doubled, c))
            skn_buf_addc(out, c);
        else if (c && strchr(quoting->escaped, c))
            skn_buf_addc(out, '\\');
        skn_buf_addc(out, c);
    }
}

/* A shell's single quotes: each quote in them closes, is escaped, and opens again. */
static void shell_quote(struct skn_buf *out, struct skn_str secret)
{
    for (size_t i = 0; i < secret.len; i++) {
        if (secret.ptr[i] == '\'')
            skn_buf_adds(out, "'\\'");
        skn_buf_addc(out, secret.ptr[i]);
    }
}

static int is_plain(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* kept: what this encoder leaves alone beside letters and digits; a plus in it stands for a blank.
 */
static void percent_encode(struct skn_buf *out, struct skn_str secret, const char *kept, int upper)
{
    int plus = strchr(kept, '+') != NULL;
    for (size_t i = 0; i < secret.len; i++) {
        unsigned char c = (unsigned char)secret.ptr[i];
        if (c == ' ' && plus)
            skn_buf_addc(out, '+');
        else if (is_plain(c) || (c && c != '+' && strchr(kept, c)))
            skn_buf_addc(out, (char)c);
        else
            skn_buf_addf(out, upper ? "%%%02X" : "%%%02x", c);
    }
}

static void hex_encode(struct skn_buf *out, struct skn_str secret, int upper)
{
    for (size_t i = 0; i < secret.len; i++)
        skn_buf_addf(out, upper ? "%02X" : "%02x", (unsigned)(unsigned char)secret.ptr[i]);
}

/* JSON in ASCII: two escapes for what is beyond 16 bits. */
static void json_point_add(struct skn_buf *out, uint32_t point, int upper)
{
    if (point > 0xffff) {
        json_point_add(out, 0xd800 + ((point - 0x10000) >> 10), upper);
        point = 0xdc00 + ((point - 0x10000) & 0x3ff);
    }
    skn_buf_addf(out, upper ? "\\u%04X" : "\\u%04x", (unsigned)point);
}

static void json_encode(struct skn_buf *out, struct skn_str secret, int upper)
{
    static const char escapes[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    size_t n;
    uint32_t point;
    for (size_t at = 0; at < secret.len; at += n ? n : 1) {
        const char *escape = NULL;
        n = skn_utf8_next(secret.ptr + at, secret.len - at, &point);
        for (const char *e = escapes; *e && n == 1; e += 2)
            if (e[0] == secret.ptr[at])
                escape = e;
        if (escape)
            skn_buf_addf(out, "\\%c", escape[1]);
        else if (n > 0 && (point >= 0x7f || point < 0x20))
            json_point_add(out, point, upper);
        else
            skn_buf_addc(out, secret.ptr[at]);
    }
}

/* As part of a longer text that is base64: what its characters are depends on where in three bytes
 * it begins, and those at both ends hold bits of its neighbours. */
static void base64_encode(struct skn_buf *out, struct skn_str secret, size_t shift, int variant)
{
    struct skn_buf text = {0};
    skn_buf_add(&text, "\0\0", shift);
    skn_buf_add(&text, secret.ptr, secret.len);
    size_t room = sodium_base64_encoded_len(text.len, variant);
    struct skn_buf encoded = {0};
    for (size_t i = 0; i < room; i++)
        skn_buf_addc(&encoded, '\0');
    sodium_bin2base64(encoded.text, room, (const unsigned char *)text.text, text.len, variant);
    size_t first = shift ? shift + 1 : 0;
    size_t last = text.len * 8 / 6;
    if (last > first)
        skn_buf_add(out, encoded.text + first, last - first);
    skn_buf_wipe(&encoded);
    skn_buf_wipe(&text);
}

static void give(struct skn_buf *text, void (*take)(struct skn_str form))
{
    if (text->len > 0)
        take(skn_buf_str(text));
    skn_buf_clear(text);
}

static void quotings_give(struct skn_str secret, struct skn_buf *text,
                          void (*take)(struct skn_str form))
{
    for (size_t i = 0; i < sizeof quotings / sizeof quotings[0]; i++) {
        quote(text, secret, &quotings[i]);
        give(text, take);
    }
    shell_quote(text, secret);
    give(text, take);
    skn_text_escape(text, secret, 0);
    give(text, take);
}

static void encodings_give(struct skn_str secret, struct skn_buf *text,
                           void (*take)(struct skn_str form))
{
    /* RFC 3986; JavaScript's encodeURIComponent(); Python's quote(); HTML forms; PHP's urlencode()
     */
    static const char *const kept[] = {"-._~", "-._~!'()*", "-._~/", "-._*+", "-._+"};
    for (int upper = 0; upper < 2; upper++) {
        for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
            percent_encode(text, secret, kept[i], upper);
            give(text, take);
        }
        hex_encode(text, secret, upper);
        give(text, take);
        json_encode(text, secret, upper);
        give(text, take);
    }
}

/* Of less than this its few characters could be part of any word. */
enum { BASE64_LEAST = 6 };

void skn_redact_forms(struct skn_str secret, void (*take)(struct skn_str form))
{
    static const int variants[] = {sodium_base64_VARIANT_ORIGINAL_NO_PADDING,
                                   sodium_base64_VARIANT_URLSAFE_NO_PADDING};
    struct skn_buf text = {0};
    quotings_give(secret, &text, take);
    encodings_give(secret, &text, take);
    for (size_t shift = 0; shift < 3 && secret.len >= BASE64_LEAST; shift++) {
        for (size_t i = 0; i < 2; i++) {
            base64_encode(&text, secret, shift, variants[i]);
            give(&text, take);
        }
    }
    skn_buf_wipe(&text);
}

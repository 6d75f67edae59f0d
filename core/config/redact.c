/*
 * Taking secrets out of text. It knows nothing of where they come from; how long a text takes does
 * not depend on how many there are.
 */
#include "config/redact.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "base/alloc.h"
#include "base/text.h"
#include "config/secret.h"
#include "config/vault.h"

#undef uthash_malloc
#define uthash_malloc(size) skn_alloc(size)

enum { PREFIX = 4 }; /* bytes a form is found by; a secret that is shorter must be a whole word */

/* One way a secret may be written. */
struct form {
    struct form *next; /* shorter, or as long */
    size_t len;
    char text[];
};

/* All that start with the same bytes. */
struct bucket {
    uint32_t prefix;
    struct form *forms;
    UT_hash_handle hh;
};

static struct bucket *buckets;
static struct form *short_forms;

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

static const struct form *form_find(const struct form *list, const char *text, size_t len)
{
    while (list && (list->len > len || memcmp(list->text, text, list->len) != 0))
        list = list->next;
    return list;
}

static struct bucket *bucket_find(const char *text)
{
    uint32_t prefix;
    struct bucket *bucket;
    memcpy(&prefix, text, PREFIX);
    HASH_FIND(hh, buckets, &prefix, sizeof prefix, bucket);
    return bucket;
}

static struct bucket *bucket_make(const char *text)
{
    struct bucket *bucket = bucket_find(text);
    if (bucket)
        return bucket;
    bucket = skn_vault_alloc(sizeof *bucket);
    memcpy(&bucket->prefix, text, PREFIX);
    HASH_ADD(hh, buckets, prefix, sizeof bucket->prefix, bucket);
    return bucket;
}

/* Keeps a list with the longest first, so that the first that fits is the longest. */
static void form_insert(struct form **list, struct skn_str text)
{
    while (*list && (*list)->len > text.len)
        list = &(*list)->next;
    for (const struct form *same = *list; same && same->len == text.len; same = same->next)
        if (memcmp(same->text, text.ptr, text.len) == 0)
            return;
    struct form *form = skn_vault_alloc(sizeof *form + text.len);
    form->len = text.len;
    memcpy(form->text, text.ptr, text.len);
    form->next = *list;
    *list = form;
}

static void form_add(const struct skn_buf *text, int is_short)
{
    struct form **list = is_short ? &short_forms : &bucket_make(text->text)->forms;
    form_insert(list, skn_buf_str(text));
}

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

static int is_word_char(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
           c >= 0x80;
}

/* kept: what this encoder leaves alone beside letters and digits. */
static void percent_encode(struct skn_buf *out, struct skn_str secret, const char *kept, int upper)
{
    for (size_t i = 0; i < secret.len; i++) {
        unsigned char c = (unsigned char)secret.ptr[i];
        if ((c < 0x80 && c != '_' && is_word_char(c)) || (c && strchr(kept, c)))
            skn_buf_addc(out, (char)c);
        else
            skn_buf_addf(out, upper ? "%%%02X" : "%%%02x", c);
    }
}

void skn_redact_add(struct skn_str secret)
{
    /* RFC 3986; JavaScript's encodeURIComponent(); Python's quote() */
    static const char *const kept[] = {"-._~", "-._~!'()*", "-._~/"};
    struct skn_buf text = {0};
    int is_short = secret.len < PREFIX;
    if (secret.len == 0)
        return;
    for (size_t i = 0; i < sizeof quotings / sizeof quotings[0]; i++) {
        skn_buf_clear(&text);
        quote(&text, secret, &quotings[i]);
        form_add(&text, is_short);
    }
    for (size_t i = 0; i < 2 * sizeof kept / sizeof kept[0]; i++) {
        skn_buf_clear(&text);
        percent_encode(&text, secret, kept[i / 2], i % 2 == 0);
        form_add(&text, is_short);
    }
    skn_buf_clear(&text);
    shell_quote(&text, secret);
    form_add(&text, is_short);
    skn_buf_clear(&text);
    skn_text_escape(&text, secret, 0);
    form_add(&text, is_short);
    skn_buf_wipe(&text);
}

void skn_redact_forget(void)
{
    HASH_CLEAR(hh, buckets);
    short_forms = NULL;
}

/* Length of the short secret that stands alone at text[at], or 0. */
static size_t short_match(struct skn_str text, size_t at)
{
    if (at > 0 && is_word_char((unsigned char)text.ptr[at - 1]))
        return 0;
    for (const struct form *form = short_forms; form; form = form->next) {
        size_t end = at + form->len;
        if (form->len <= text.len - at && memcmp(form->text, text.ptr + at, form->len) == 0 &&
            (end == text.len || !is_word_char((unsigned char)text.ptr[end])))
            return form->len;
    }
    return 0;
}

static size_t match(struct skn_str text, size_t at)
{
    size_t left = text.len - at;
    const struct bucket *bucket = left >= PREFIX ? bucket_find(text.ptr + at) : NULL;
    const struct form *form = bucket ? form_find(bucket->forms, text.ptr + at, left) : NULL;
    return form ? form->len : short_match(text, at);
}

/* End of the stretch that secrets cover from at on; those that overlap are one stretch, for the
 * rest of one would be left. */
static size_t covered_end(struct skn_str text, size_t at)
{
    size_t end = at + match(text, at);
    for (size_t inside = at + 1; inside < end; inside++) {
        size_t further = inside + match(text, inside);
        if (further > end)
            end = further;
    }
    return end;
}

void skn_secret_redact(struct skn_buf *text)
{
    struct skn_buf out = {0};
    struct skn_str from = skn_buf_str(text);
    if (!buckets && !short_forms)
        return;
    for (size_t at = 0; at < from.len;) {
        size_t end = covered_end(from, at);
        if (end == at) {
            skn_buf_addc(&out, from.ptr[at++]);
            continue;
        }
        skn_buf_adds(&out, "***");
        at = end;
    }
    skn_buf_wipe(text);
    *text = out;
}

/*
 * Taking secrets out of text. It knows nothing of where they come from; how long a text takes does
 * not depend on how many there are.
 */
#include "base/redact.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <skein/driver-util.h>
#include <uthash.h>

#include "base/alloc.h"
#include "base/redact_form.h"
#include "base/redact_look.h"
#include "base/vault.h"

#undef uthash_malloc
#define uthash_malloc(size) skn_alloc(size)

enum {
    PREFIX = 4,     /* bytes a form is found by; one that is shorter must be a whole word */
    CUT_LEAST = 200 /* nobody cuts what is shorter */
};

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

static int is_word_char(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
           c >= 0x80;
}

static void form_add(struct skn_str form)
{
    struct form **list = form.len < PREFIX ? &short_forms : &bucket_make(form.ptr)->forms;
    form_insert(list, form);
}

static int is_known(struct skn_str secret)
{
    const struct bucket *bucket = secret.len < PREFIX ? NULL : bucket_find(secret.ptr);
    const struct form *form = bucket ? form_find(bucket->forms, secret.ptr, secret.len) : NULL;
    return form && form->len == secret.len;
}

void skn_redact_add(struct skn_str secret)
{
    if (secret.len == 0 || is_known(secret))
        return;
    skn_redact_forms(secret, form_add);
    /* Where output is taken line by line, each of its lines comes alone. */
    for (size_t at = 0; at < secret.len;) {
        const char *newline = memchr(secret.ptr + at, '\n', secret.len - at);
        size_t end = newline ? (size_t)(newline - secret.ptr) : secret.len;
        if (end - at >= PREFIX && end - at < secret.len)
            skn_redact_forms((struct skn_str){secret.ptr + at, end - at}, form_add);
        at = end + 1;
    }
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

/* A text as long as those that are cut may end in the beginning of a secret. */
static size_t cut_match(const struct bucket *bucket, struct skn_str text, size_t at)
{
    size_t left = text.len - at;
    if (text.len < CUT_LEAST)
        return 0;
    for (const struct form *form = bucket->forms; form && form->len > left; form = form->next)
        if (memcmp(form->text, text.ptr + at, left) == 0)
            return left;
    return 0;
}

static size_t match(struct skn_str text, size_t at)
{
    size_t left = text.len - at;
    const struct bucket *bucket = left >= PREFIX ? bucket_find(text.ptr + at) : NULL;
    const struct form *form = bucket ? form_find(bucket->forms, text.ptr + at, left) : NULL;
    size_t cut = bucket ? cut_match(bucket, text, at) : 0;
    if (cut > 0)
        return cut;
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

static void known_hide(struct skn_str from, struct skn_buf *out)
{
    for (size_t at = 0; at < from.len;) {
        size_t end = covered_end(from, at);
        if (end == at) {
            skn_buf_addc(out, from.ptr[at++]);
            continue;
        }
        skn_buf_adds(out, "***");
        at = end;
    }
}

static void looks_hide(struct skn_str from, struct skn_buf *out)
{
    size_t start, end;
    size_t at = 0;
    while (skn_redact_look(from, at, &start, &end)) {
        skn_buf_add(out, from.ptr + at, start - at);
        skn_buf_adds(out, "***");
        at = end;
    }
    skn_buf_add(out, from.ptr + at, from.len - at);
}

void skn_redact(struct skn_buf *text)
{
    struct skn_buf known = {0};
    struct skn_buf looked = {0};
    if (text->len == 0)
        return;
    if (buckets || short_forms)
        known_hide(skn_buf_str(text), &known);
    looks_hide(skn_buf_str(buckets || short_forms ? &known : text), &looked);
    skn_buf_wipe(&known);
    skn_buf_wipe(text);
    *text = looked;
}

void skn_redact_in_place(char *text, size_t size)
{
    struct skn_buf clean = {0};
    skn_buf_adds(&clean, text);
    skn_redact(&clean);
    size_t len = clean.len;
    if (len >= size)
        len = size - 1;
    memcpy(text, skn_buf_text(&clean), len);
    text[len] = '\0';
    if (len < clean.len)
        skn_utf8_trim(text, len);
    skn_buf_wipe(&clean);
}

int skn_redact_named(const char *name)
{
    static const char *const words[] = {"password", "passwd",     "passphrase",
                                        "secret",   "credential", "token"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcasestr(name, words[i]))
            return 1;
    return 0;
}

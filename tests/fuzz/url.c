/*
 * Database URLs and the redactor. Part of each input is a password that is put into a URL by what
 * RFC 3986 says, without skein's help.
 */
#include "fuzz.h"

#include "base/redact.h"
#include "base/text.h"
#include "config/secret.h"
#include "config/uri_text.h"
#include "config/url.h"

/* What no message says by chance. */
static const char canary[] = "qZ7xKvWm";

static int url_read(struct skn_arena *arena, const char *text, int variables, struct skn_url *url,
                    struct skn_error *err)
{
    struct skn_url_rules rules = {
        .arena = arena, .folder = "/nowhere", .variables = variables, .in_fleet = variables};
    *err = (struct skn_error){.size = sizeof *err};
    int rc = skn_url_read(&rules, text, url, err);
    if (rc != SKN_OK)
        fuzz_claim_error(err, rc);
    return rc;
}

/* ---- any text ---- */

static void parts_check(const struct skn_url *url)
{
    FUZZ_CLAIM(skn_word_valid(url->driver));
    FUZZ_CLAIM(!url->password || fuzz_is_utf8(url->password, strlen(url->password)));
    FUZZ_CLAIM(!url->password || url->secret_written);
    for (size_t i = 0; i < url->options.count; i++) {
        const struct skn_pair *pair = &url->options.items[i];
        FUZZ_CLAIM(pair->value[0] && fuzz_is_utf8(pair->value, strlen(pair->value)));
        FUZZ_CLAIM(strcmp(pair->key, "password") != 0);
        FUZZ_CLAIM(strcmp(pair->key, "port") != 0 || skn_port_valid(pair->value));
        for (size_t k = i + 1; k < url->options.count; k++)
            FUZZ_CLAIM(strcmp(pair->key, url->options.items[k].key) != 0);
    }
}

static void any_check(struct skn_str bytes, int variables)
{
    struct skn_arena arena = {0};
    struct skn_url url;
    struct skn_error err;
    char *text = fuzz_text(bytes);
    if (url_read(&arena, text, variables, &url, &err) == SKN_OK && !variables)
        parts_check(&url);
    free(text);
    skn_arena_finish(&arena);
}

/* ---- a URL around a password ---- */

/* style 0: what must be encoded is; 1: all of it; 2: nothing, so that the URL may be malformed. */
static void password_add(struct skn_buf *out, struct skn_str password, unsigned style)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=";
    for (size_t i = 0; i < password.len; i++) {
        char c = password.ptr[i];
        if (style == 2 || (style == 0 && c && strchr(plain, c)))
            skn_buf_addc(out, c);
        else
            skn_buf_addf(out, i % 2 ? "%%%02X" : "%%%02x", (unsigned)(unsigned char)c);
    }
}

/* Neither a message nor an option shows the password, whether the URL is right or wrong. */
static void password_check(struct skn_str password, unsigned style, struct skn_str rest)
{
    struct skn_arena arena = {0};
    struct skn_buf url = {0};
    struct skn_url parts;
    struct skn_error err;
    skn_buf_adds(&url, "postgresql://user:");
    password_add(&url, password, style);
    skn_buf_adds(&url, "@host/");
    skn_buf_add(&url, rest.ptr, rest.len);
    int rc = url_read(&arena, skn_buf_text(&url), 0, &parts, &err);
    FUZZ_CLAIM(!strstr(err.message, canary));
    for (size_t i = 0; rc == SKN_OK && i < parts.options.count; i++)
        FUZZ_CLAIM(!strstr(parts.options.items[i].value, canary));
    if (rc == SKN_OK && style < 2) {
        FUZZ_CLAIM(parts.password && strlen(parts.password) == password.len);
        FUZZ_CLAIM(memcmp(parts.password, password.ptr, password.len) == 0);
    }
    skn_buf_finish(&url);
    skn_arena_finish(&arena);
}

/* ---- the redactor ---- */

enum { FORMS = 6 };

/* The ways a secret is written, apart from the redactor's own. */
static void form_write(struct skn_buf *out, struct skn_str secret, unsigned form)
{
    for (size_t i = 0; i < secret.len; i++) {
        char c = secret.ptr[i];
        if (form == 1 && c == '\'')
            skn_buf_adds(out, "''");
        else if (form == 2 && c == '"')
            skn_buf_adds(out, "\"\"");
        else if (form == 3 && (c == '\'' || c == '\\'))
            skn_buf_addf(out, "\\%c", c);
        else if (form == 4 && (c == '"' || c == '\\'))
            skn_buf_addf(out, "\\%c", c);
        else if (form == 5 && c == '\'')
            skn_buf_adds(out, "'\\''");
        else
            skn_buf_addc(out, c);
    }
}

static int holds(const struct skn_buf *text, struct skn_str part)
{
    return text->len > 0 && memmem(text->text, text->len, part.ptr, part.len) != NULL;
}

static void redact_check(struct skn_str secret, struct skn_str before, struct skn_str after)
{
    for (unsigned form = 0; form < FORMS; form++) {
        struct skn_buf written = {0};
        struct skn_buf text = {0};
        form_write(&written, secret, form);
        skn_buf_add(&text, before.ptr, before.len);
        skn_buf_add(&text, written.text, written.len);
        skn_buf_add(&text, after.ptr, after.len);
        skn_redact(&text);
        FUZZ_CLAIM(!holds(&text, skn_buf_str(&written)));
        FUZZ_CLAIM(!holds(&text, secret));
        skn_buf_finish(&written);
        skn_buf_finish(&text);
    }
}

/* A secret with the redactor's own mark in it could come about again from what stands around. */
static int may_redact(struct skn_str secret)
{
    return secret.len >= 4 && !memchr(secret.ptr, '*', secret.len) &&
           !memchr(secret.ptr, '\0', secret.len);
}

void fuzz_url(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct skn_buf password = {0};
    uint8_t how = fuzz_byte(&input);
    any_check(skn_str_len((const char *)data, size), 0);
    any_check(skn_str_len((const char *)data, size), 1);
    struct skn_str secret = fuzz_take_to(&input, '\n');
    struct skn_str before = fuzz_take_to(&input, '\n');
    struct skn_str after = fuzz_take(&input, input.left);
    skn_buf_add(&password, secret.ptr, secret.len);
    skn_buf_adds(&password, canary);
    if (!memchr(password.text, '\0', password.len))
        password_check(skn_buf_str(&password), how % 3, before);
    if (may_redact(secret)) {
        skn_redact_add(secret);
        redact_check(secret, before, after);
        skn_secret_forget();
    }
    skn_buf_finish(&password);
}

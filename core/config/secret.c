/*
 * Fetching passwords. It does not know what they open.
 */
#include "config/secret.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/redact.h"
#include "base/vault.h"
#include "config/password_command.h"
#include "config/password_file.h"
#include "config/value.h"

#undef uthash_malloc
#define uthash_malloc(size) skn_alloc(size)

/* An answer that is kept: a command's, because it may be slow or ask somebody; a variable's,
 * because it is taken out of the environment. */
struct answer {
    struct skn_str password;
    UT_hash_handle hh;
    size_t key_len;
    char key[]; /* the kind, then the name or every argument with its NUL */
};

static struct answer *answers;

static void key_make(struct skn_buf *key, const struct skn_secret *secret)
{
    skn_buf_addc(key, (char)('0' + secret->kind));
    if (secret->kind == SKN_SECRET_ENV)
        skn_buf_adds(key, secret->text);
    for (size_t i = 0; i < secret->argv.count; i++)
        skn_buf_add(key, secret->argv.items[i], strlen(secret->argv.items[i]) + 1);
}

static void answer_keep(const struct skn_buf *key, struct skn_str password)
{
    struct answer *answer = skn_vault_alloc(sizeof *answer + key->len);
    char *kept = skn_vault_alloc(password.len + 1);
    memcpy(kept, password.ptr, password.len);
    memcpy(answer->key, key->text, key->len);
    answer->key_len = key->len;
    answer->password = (struct skn_str){kept, password.len};
    HASH_ADD_KEYPTR(hh, answers, answer->key, answer->key_len, answer);
}

static int env_read(const char *name, struct skn_buf *out, struct skn_error *err)
{
    char from[160];
    char *value = secure_getenv(name);
    if (!value)
        return skn_error_set(err, SKN_E_CONFIG,
                             "password_env: the environment variable %.100s is not set", name);
    snprintf(from, sizeof from, "the environment variable %.100s", name);
    int rc = skn_password_valid((struct skn_str){value, strlen(value)}, from, err);
    if (rc == SKN_OK)
        skn_buf_adds(out, value);
    /* No child is to inherit it, and /proc shows the memory it was in. */
    explicit_bzero(value, strlen(value));
    unsetenv(name);
    return rc;
}

static int answer_fetch(const struct skn_secret *secret, struct skn_buf *out, struct skn_error *err)
{
    struct skn_buf key = {0};
    struct skn_buf password = {0};
    struct answer *known;
    int rc = SKN_OK;
    key_make(&key, secret);
    HASH_FIND(hh, answers, key.text, key.len, known);
    if (known) {
        skn_buf_add(out, known->password.ptr, known->password.len);
    } else {
        if (secret->kind == SKN_SECRET_ENV)
            rc = env_read(secret->text, &password, err);
        else if ((rc = skn_password_command_run(secret->argv, SKN_PASSWORD_COMMAND_LIMIT, &password,
                                                err)) != SKN_OK)
            skn_error_context(err, "password_command");
        if (rc == SKN_OK) {
            answer_keep(&key, skn_buf_str(&password));
            skn_buf_add(out, password.text, password.len);
        }
    }
    skn_buf_wipe(&password);
    skn_buf_wipe(&key);
    return rc;
}

static int secret_read(const struct skn_secret *secret, struct skn_buf *out, struct skn_error *err)
{
    switch (secret->kind) {
    case SKN_SECRET_INLINE:
        skn_buf_adds(out, secret->text);
        return SKN_OK;
    case SKN_SECRET_FILE:
        return skn_password_file_read(secret->text, out, err);
    default:
        return answer_fetch(secret, out, err);
    }
}

static void pairs_remember(struct skn_pairs pairs)
{
    for (size_t i = 0; i < pairs.count; i++)
        if (skn_redact_named(pairs.items[i].key))
            skn_redact_add(skn_str(pairs.items[i].value));
}

/* last: the variable that was taken last. */
static void env_take(const struct skn_secret *secret, const char **last)
{
    struct skn_error ignored = SKN_ERROR_INIT;
    struct skn_buf password = {0};
    if (secret->kind != SKN_SECRET_ENV || secret->text == *last)
        return;
    *last = secret->text;
    /* What is missing or wrong matters only if its target is about to be reached. */
    if (secure_getenv(*last) && answer_fetch(secret, &password, &ignored) == SKN_OK)
        skn_redact_add(skn_buf_str(&password));
    skn_buf_wipe(&password);
}

void skn_secret_take_env(const struct skn_config *config)
{
    const char *last = NULL, *last_scratch = NULL;
    for (size_t i = 0; i < config->target_count; i++) {
        env_take(&config->targets[i].secret, &last);
        if (config->targets[i].scratch)
            env_take(&config->targets[i].scratch->secret, &last_scratch);
    }
}

int skn_secret_fetch(const struct skn_target *target, struct skn_buf *out, int *found,
                     struct skn_error *err)
{
    size_t before = out->len;
    pairs_remember(target->options);
    pairs_remember(target->vars);
    *found = target->secret.kind != SKN_SECRET_NONE;
    if (!*found)
        return SKN_OK;
    int rc = secret_read(&target->secret, out, err);
    if (rc != SKN_OK) {
        *found = 0;
        return skn_error_context(err, "target \"%s\"", target->name);
    }
    skn_redact_add((struct skn_str){out->text + before, out->len - before});
    return SKN_OK;
}

void skn_secret_forget(void)
{
    skn_redact_forget();
    HASH_CLEAR(hh, answers);
    skn_vault_empty();
}

/*
 * The options of the null driver: the ones every driver has, and the knobs. It knows nothing of
 * what the knobs do.
 */
#include "null.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MS_MAX = 86400000, NAME_SIZE = 200, FILE_NAME_SIZE = 100 };

const struct skn_option skn_null_options[SKN_NULL_OPTIONS] = {
    {"database", "null", "name of the database", SKN_OPT_STRING, 0},
    {"state", NULL, "folder where databases outlive their connections; without it, memory",
     SKN_OPT_PATH, 0},
    {"at", NULL, "version rows that a new database starts with, comma separated", SKN_OPT_STRING,
     0},
    {"host", NULL, "name of the server", SKN_OPT_STRING, 0},
    {"port", NULL, "part of the name of the server", SKN_OPT_INT, 0},
    {"user", "null", "whom the server takes us for", SKN_OPT_STRING, 0},
    {"password", NULL, "looked at by nobody, and told to everybody where print or garbage says so",
     SKN_OPT_STRING, SKN_OPT_SECRET},
    {"server", NULL, "name of the server, in the place of host and port", SKN_OPT_STRING, 0},
    {"server_flags", NULL, "what the server is: read_only, pooled, superuser", SKN_OPT_STRING, 0},
    {"refusal", NULL, "why nothing must be changed here", SKN_OPT_STRING, 0},
    {"identity", NULL, "name of the database behind every other name of it", SKN_OPT_STRING, 0},
    {"transactional", "true", "DDL rolls back with its transaction", SKN_OPT_BOOL, 0},
    {"settle", "true", "the fate of a lost commit can be asked for, with state", SKN_OPT_BOOL, 0},
    {"latency", "0", "milliseconds that a round trip takes", SKN_OPT_INT, 0},
    {"latency_connect", "0", "milliseconds that connecting takes", SKN_OPT_INT, 0},
    {"fail", NULL, "CALL[:N|:*][:CODE], ...: the Nth call fails with a code, as busy",
     SKN_OPT_STRING, 0},
    {"crash", NULL, "CALL[:N|:*][:HOW], ...: segv, abort, bus, fpe, exit0, exit1, kill or overflow",
     SKN_OPT_STRING, 0},
    {"hang", NULL, "CALL[:N|:*][:HOW], ...: poll minds cancelling, deaf and deafterm do not",
     SKN_OPT_STRING, 0},
    {"print", NULL, "CALL[:N|:*], ...: writes to standard output and standard error",
     SKN_OPT_STRING, 0},
    {"garbage", NULL,
     "CALL[:N|:*][:WHAT], ...: nonsense as error, or as value, or the password as secret",
     SKN_OPT_STRING, 0},
    {"uncertain", NULL, "commit or sql[:N|:*][:FATE], ...: the answer is lost; applied or lost",
     SKN_OPT_STRING, 0},
    {"once", "false", "each knob strikes once for a database, remembered in state", SKN_OPT_BOOL,
     0},
    {"lie", NULL, "commit, rows, tx, caps, done, lock, ...: says what is not so", SKN_OPT_STRING,
     0},
    {"leak", "0", "bytes lost in every call", SKN_OPT_INT, 0},
    {"statement_error", NULL, "statements that hold this text fail at it", SKN_OPT_STRING, 0},
};

struct word {
    const char *text;
    int value;
};

static const struct word calls[] = {
    {"open", SKN_NULL_CALL_OPEN},
    {"close", SKN_NULL_CALL_CLOSE},
    {"describe", SKN_NULL_CALL_DESCRIBE},
    {"exec", SKN_NULL_CALL_EXEC},
    {"status", SKN_NULL_CALL_STATUS},
    {"exists", SKN_NULL_CALL_EXISTS},
    {"quote", SKN_NULL_CALL_QUOTE},
    {"scan", SKN_NULL_CALL_SCAN},
    {"lock", SKN_NULL_CALL_LOCK},
    {"unlock", SKN_NULL_CALL_UNLOCK},
    {"retarget", SKN_NULL_CALL_RETARGET},
    {"token", SKN_NULL_CALL_TOKEN},
    {"settle", SKN_NULL_CALL_SETTLE},
    {"fingerprint", SKN_NULL_CALL_FINGERPRINT},
    {"holder", SKN_NULL_CALL_HOLDER},
    {"begin", SKN_NULL_CALL_BEGIN},
    {"sql", SKN_NULL_CALL_SQL},
    {"applied", SKN_NULL_CALL_APPLIED},
    {"fence", SKN_NULL_CALL_FENCE},
    {"commit", SKN_NULL_CALL_COMMIT},
    {"committed", SKN_NULL_CALL_COMMITTED},
    {"rollback", SKN_NULL_CALL_ROLLBACK},
    {"reset", SKN_NULL_CALL_RESET},
    {"check", SKN_NULL_CALL_CHECK},
    {"holder", SKN_NULL_CALL_HOLDER},
    {NULL, 0},
};

static const struct word codes[] = {
    {"driver", SKN_E_DRIVER},
    {"usage", SKN_E_USAGE},
    {"config", SKN_E_CONFIG},
    {"connect", SKN_E_CONNECT},
    {"auth", SKN_E_AUTH},
    {"permission", SKN_E_PERMISSION},
    {"syntax", SKN_E_SYNTAX},
    {"missing", SKN_E_MISSING},
    {"exists", SKN_E_EXISTS},
    {"constraint", SKN_E_CONSTRAINT},
    {"busy", SKN_E_BUSY},
    {"timeout", SKN_E_TIMEOUT},
    {"cancelled", SKN_E_CANCELLED},
    {"unsupported", SKN_E_UNSUPPORTED},
    {"uncertain", SKN_E_UNCERTAIN},
    {"nomem", SKN_E_NOMEM},
    {NULL, 0},
};

static const struct word crashes[] = {
    {"segv", SKN_NULL_CRASH_SEGV},
    {"abort", SKN_NULL_CRASH_ABORT},
    {"bus", SKN_NULL_CRASH_BUS},
    {"fpe", SKN_NULL_CRASH_FPE},
    {"exit0", SKN_NULL_CRASH_EXIT0},
    {"exit1", SKN_NULL_CRASH_EXIT1},
    {"kill", SKN_NULL_CRASH_KILL},
    {"overflow", SKN_NULL_CRASH_OVERFLOW},
    {NULL, 0},
};

static const struct word hangs[] = {
    {"poll", SKN_NULL_HANG_POLL},
    {"deaf", SKN_NULL_HANG_DEAF},
    {"deafterm", SKN_NULL_HANG_DEAFTERM},
    {NULL, 0},
};

static const struct word prints[] = {{NULL, 0}};

static const struct word garbages[] = {{"error", SKN_NULL_GARBAGE_ERROR},
                                       {"value", SKN_NULL_GARBAGE_VALUE},
                                       {"secret", SKN_NULL_GARBAGE_SECRET},
                                       {NULL, 0}};

static const struct word fates[] = {
    {"lost", SKN_NULL_FATE_LOST}, {"applied", SKN_NULL_FATE_APPLIED}, {NULL, 0}};

static const struct word lies[] = {
    {"commit", SKN_NULL_LIE_COMMIT},
    {"rows", SKN_NULL_LIE_ROWS},
    {"tx", SKN_NULL_LIE_TX},
    {"caps", SKN_NULL_LIE_CAPS},
    {"done", SKN_NULL_LIE_DONE},
    {"lock", SKN_NULL_LIE_LOCK},
    {NULL, 0},
};

static const struct word server_flags[] = {
    {"read_only", SKN_SERVER_READ_ONLY},
    {"pooled", SKN_SERVER_POOLED},
    {"superuser", SKN_SERVER_SUPERUSER},
    {NULL, 0},
};

/* By enum skn_null_fault; fallback is what a knob does that does not say. */
static const struct {
    const char *option;
    const struct word *words;
    int fallback;
} faults[] = {
    {"print", prints, 0},
    {"hang", hangs, SKN_NULL_HANG_POLL},
    {"crash", crashes, SKN_NULL_CRASH_SEGV},
    {"garbage", garbages, SKN_NULL_GARBAGE_ERROR},
    {"fail", codes, SKN_E_DRIVER},
    {"uncertain", fates, SKN_NULL_FATE_LOST},
};

const char *skn_null_call_name(enum skn_null_call call)
{
    return calls[call].text;
}

const char *skn_null_fault_name(enum skn_null_fault fault)
{
    return faults[fault].option;
}

/* ---- lists of words ---- */

static struct skn_str trimmed(struct skn_str text)
{
    while (text.len && text.ptr[0] == ' ')
        text = skn_str_len(text.ptr + 1, text.len - 1);
    while (text.len && text.ptr[text.len - 1] == ' ')
        text.len--;
    return text;
}

/* The part of *rest before the first c; *rest becomes what is behind it, absent if c is not there.
 */
static struct skn_str part_take(struct skn_str *rest, char c)
{
    const char *at = rest->len ? memchr(rest->ptr, c, rest->len) : NULL;
    size_t len = at ? (size_t)(at - rest->ptr) : rest->len;
    struct skn_str part = skn_str_len(rest->ptr, len);
    *rest = at ? skn_str_len(at + 1, rest->len - len - 1) : skn_str(NULL);
    return trimmed(part);
}

static int word_find(const struct word *words, struct skn_str text, int *value)
{
    for (; words->text; words++)
        if (skn_str_is(text, words->text)) {
            *value = words->value;
            return 1;
        }
    return 0;
}

static int flags_read(const char *option, const struct word *words, struct skn_str text,
                      unsigned *flags, struct skn_error *err)
{
    while (text.ptr) {
        struct skn_str part = part_take(&text, ',');
        int flag = 0;
        if (part.len && !word_find(words, part, &flag))
            return skn_fail(err, SKN_E_CONFIG, NULL, 0, "option %s does not know \"%.*s\"", option,
                            SKN_FMT(part));
        *flags |= (unsigned)flag;
    }
    return SKN_OK;
}

static int number_read(struct skn_str text, int64_t most, int64_t *value)
{
    *value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || *value > most)
            return 0;
        *value = *value * 10 + (text.ptr[i] - '0');
    }
    return text.len > 0 && *value <= most;
}

/* ---- knobs ---- */

/* CALL[:N][:WHAT] */
static int knob_read(enum skn_null_fault fault, struct skn_str text, struct skn_null_knob *knob)
{
    struct skn_str rest = text;
    int call;
    int64_t nth = 1;
    *knob = (struct skn_null_knob){.fault = fault, .what = faults[fault].fallback};
    if (!word_find(calls, part_take(&rest, ':'), &call))
        return 0;
    if (fault == SKN_NULL_FAULT_UNCERTAIN && call != SKN_NULL_CALL_COMMIT &&
        call != SKN_NULL_CALL_SQL)
        return 0;
    knob->call = (enum skn_null_call)call;
    struct skn_str part = rest.ptr ? part_take(&rest, ':') : skn_str(NULL);
    if (part.ptr && (skn_str_is(part, "*") || number_read(part, 1000000, &nth))) {
        nth = skn_str_is(part, "*") ? 0 : nth;
        part = rest.ptr ? part_take(&rest, ':') : skn_str(NULL);
    }
    knob->nth = (uint32_t)nth;
    return !rest.ptr && (!part.ptr || word_find(faults[fault].words, part, &knob->what));
}

static int knobs_read(struct skn_null_config *config, enum skn_null_fault fault,
                      struct skn_str text, struct skn_error *err)
{
    while (text.ptr) {
        struct skn_str part = part_take(&text, ',');
        if (part.len == 0)
            continue;
        if (config->knob_count == SKN_NULL_KNOBS)
            return skn_fail(err, SKN_E_CONFIG, NULL, 0, "more than %d knobs", SKN_NULL_KNOBS);
        if (!knob_read(fault, part, &config->knobs[config->knob_count]))
            return skn_fail(err, SKN_E_CONFIG, NULL, 0,
                            "option %s: \"%.*s\" is not as skein drivers null says",
                            faults[fault].option, SKN_FMT(part));
        config->knob_count++;
    }
    return SKN_OK;
}

/* ---- options ---- */

struct given {
    const struct skn_kv *options;
    uint32_t count;
};

static struct skn_str value_get(const struct given *given, const char *name)
{
    return skn_option_get(skn_null_options, SKN_NULL_OPTIONS, given->options, given->count, name);
}

static int text_read(const struct given *given, const char *name, char **out, struct skn_error *err)
{
    struct skn_str value = value_get(given, name);
    if (!value.ptr || value.len == 0)
        return SKN_OK;
    if (value.len > 4096 || memchr(value.ptr, '\0', value.len))
        return skn_fail(err, SKN_E_CONFIG, NULL, 0, "option %s holds a zero byte or is too long",
                        name);
    if (skn_null_name_set(out, value) != SKN_OK)
        return skn_fail(err, SKN_E_NOMEM, NULL, 0, "no memory for the options");
    return SKN_OK;
}

static int ms_read(const struct given *given, const char *name, int64_t most, int64_t *out,
                   struct skn_error *err)
{
    if (number_read(value_get(given, name), most, out))
        return SKN_OK;
    return skn_fail(err, SKN_E_CONFIG, NULL, 0, "option %s must be a number from 0 to %lld", name,
                    (long long)most);
}

static int texts_read(struct skn_null_config *config, const struct given *given,
                      struct skn_error *err)
{
    const struct {
        const char *name;
        char **out;
    } texts[] = {
        {"database", &config->database},
        {"state", &config->state},
        {"at", &config->at},
        {"refusal", &config->refusal},
        {"identity", &config->identity},
        {"user", &config->user},
        {"password", &config->password},
        {"statement_error", &config->statement_error},
    };
    int rc = SKN_OK;
    for (size_t i = 0; rc == SKN_OK && i < sizeof texts / sizeof texts[0]; i++)
        rc = text_read(given, texts[i].name, texts[i].out, err);
    return rc;
}

/* server, else host and port, else null. */
static int server_read(struct skn_null_config *config, const struct given *given,
                       struct skn_error *err)
{
    struct skn_null_text name = {0};
    char *host = NULL;
    char *port = NULL;
    int rc = text_read(given, "server", &config->server, err);
    if (rc == SKN_OK && !config->server)
        rc = text_read(given, "host", &host, err);
    if (rc == SKN_OK && !config->server)
        rc = text_read(given, "port", &port, err);
    if (rc == SKN_OK && !config->server) {
        skn_null_text_adds(&name, host ? host : "null");
        skn_null_text_adds(&name, port ? ":" : "");
        skn_null_text_adds(&name, port ? port : "");
        if (name.failed)
            rc = skn_fail(err, SKN_E_NOMEM, NULL, 0, "no memory for the options");
        else
            config->server = name.ptr;
    }
    if (name.failed)
        skn_null_text_finish(&name);
    free(host);
    free(port);
    return rc;
}

static int numbers_read(struct skn_null_config *config, const struct given *given,
                        struct skn_error *err)
{
    int rc = ms_read(given, "latency", MS_MAX, &config->latency, err);
    if (rc == SKN_OK)
        rc = ms_read(given, "latency_connect", MS_MAX, &config->latency_connect, err);
    if (rc == SKN_OK)
        rc = ms_read(given, "leak", INT64_C(1) << 31, &config->leak, err);
    config->transactional = skn_str_is(value_get(given, "transactional"), "true");
    config->settle = skn_str_is(value_get(given, "settle"), "true");
    config->once = skn_str_is(value_get(given, "once"), "true");
    return rc;
}

static int faults_read(struct skn_null_config *config, const struct given *given,
                       struct skn_error *err)
{
    int rc = flags_read("lie", lies, value_get(given, "lie"), &config->lies, err);
    if (rc == SKN_OK)
        rc = flags_read("server_flags", server_flags, value_get(given, "server_flags"),
                        &config->server_flags, err);
    for (int i = 0; rc == SKN_OK && i < SKN_NULL_FAULTS; i++)
        rc = knobs_read(config, (enum skn_null_fault)i, value_get(given, faults[i].option), err);
    return rc;
}

/* A database in a folder is a file name, so that no name leads out of it. */
static int database_check(const struct skn_null_config *config, struct skn_error *err)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    size_t len = config->database ? strlen(config->database) : 0;
    if (len == 0 || len > NAME_SIZE)
        return skn_fail(err, SKN_E_CONFIG, NULL, 0, "option database must be 1 to %d bytes",
                        NAME_SIZE);
    if (!config->state)
        return config->once ? skn_fail(err, SKN_E_CONFIG, NULL, 0,
                                       "option once needs option state to remember it in")
                            : SKN_OK;
    if (config->database[0] == '.' || strspn(config->database, plain) != len ||
        len > FILE_NAME_SIZE)
        return skn_fail(err, SKN_E_CONFIG, NULL, 0,
                        "option database must be letters, digits, \"_\", \".\" and \"-\", at most "
                        "%d, when option state is given",
                        FILE_NAME_SIZE);
    return SKN_OK;
}

int skn_null_config_read(struct skn_null_config *config, const struct skn_kv *options,
                         uint32_t count, struct skn_error *err)
{
    const struct given given = {options, count};
    int rc = texts_read(config, &given, err);
    if (rc == SKN_OK)
        rc = server_read(config, &given, err);
    if (rc == SKN_OK)
        rc = numbers_read(config, &given, err);
    if (rc == SKN_OK)
        rc = faults_read(config, &given, err);
    return rc == SKN_OK ? database_check(config, err) : rc;
}

void skn_null_config_finish(struct skn_null_config *config)
{
    free(config->database);
    free(config->state);
    free(config->at);
    free(config->server);
    free(config->refusal);
    free(config->identity);
    free(config->user);
    if (config->password)
        explicit_bzero(config->password, strlen(config->password));
    free(config->password);
    free(config->statement_error);
    *config = (struct skn_null_config){0};
}

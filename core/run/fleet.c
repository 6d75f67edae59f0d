/*
 * Members, their histories and their probe. It knows nothing of how plans are made or run.
 */
#include "run/fleet.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uthash.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/wire.h"
#include "base/redact.h"
#include "config/secret.h"

struct text {
    char *text;
    UT_hash_handle hh;
};

struct loaded_history {
    const struct skn_history_config *config;
    struct skn_history history;
    struct loaded_history *next;
};

struct script_of {
    const struct skn_section *section;
    const struct skn_revision *revision;
    uint32_t number;
    UT_hash_handle hh;
};

struct skn_fleet_store {
    struct text *texts;
    struct loaded_history *histories;
    struct script_of *scripts; /* by section */
    struct script_of **by_number;
    size_t script_count;
    size_t script_room;
};

/* ---- shared texts ---- */

const char *skn_fleet_text(struct skn_fleet *fleet, const char *text)
{
    struct text *found;
    HASH_FIND_STR(fleet->store->texts, text, found);
    if (!found) {
        found = skn_alloc(sizeof *found);
        found->text = skn_strdup(text);
        HASH_ADD_KEYPTR(hh, fleet->store->texts, found->text, strlen(found->text), found);
    }
    return found->text;
}

static int text_compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *skn_rows_join(struct skn_fleet *fleet, const json_t *rows)
{
    size_t n = json_array_size(rows);
    const char **ids = skn_alloc_array(n, sizeof *ids);
    struct skn_buf joined = {0};
    for (size_t i = 0; i < n; i++)
        ids[i] = json_string_value(json_array_get(rows, i));
    qsort(ids, n, sizeof *ids, text_compare);
    for (size_t i = 0; i < n; i++)
        skn_buf_addf(&joined, "%s%s", i ? "," : "", ids[i]);
    const char *text = skn_fleet_text(fleet, skn_buf_text(&joined));
    skn_buf_finish(&joined);
    free(ids);
    return text;
}

int skn_rows_read(struct skn_fleet *fleet, const json_t *answer, const char **rows,
                  struct skn_error *err)
{
    const json_t *list = skn_json_array(answer, "rows");
    size_t fit = 0;
    while (fit < json_array_size(list) && json_is_string(json_array_get(list, fit)))
        fit++;
    if (!list || fit < json_array_size(list))
        return skn_error_set(err, SKN_E_DRIVER, "the worker's answer holds no version rows");
    *rows = skn_rows_join(fleet, list);
    return SKN_OK;
}

/* ---- scripts ---- */

/* The version table that the history of a revision keeps. */
static const char *version_table_of(const struct skn_fleet *fleet,
                                    const struct skn_revision *revision)
{
    for (const struct loaded_history *have = fleet->store->histories; have; have = have->next)
        if (revision >= have->history.revisions &&
            revision < have->history.revisions + have->history.count)
            return have->config->version_table;
    return "";
}

uint32_t skn_fleet_script(struct skn_fleet *fleet, const struct skn_revision *revision,
                          const struct skn_section *section)
{
    struct skn_fleet_store *store = fleet->store;
    struct script_of *found;
    HASH_FIND_PTR(store->scripts, &section, found);
    if (found)
        return found->number;
    found = skn_alloc(sizeof *found);
    found->section = section;
    found->revision = revision;
    found->number =
        skn_pool_script_add(fleet->pool, section->text, version_table_of(fleet, revision),
                            revision->variable_count > 0, section->transaction_off);
    HASH_ADD_PTR(store->scripts, section, found);
    /* Numbers in between are scripts of others. */
    while (store->script_count <= found->number) {
        store->by_number = skn_grow(store->by_number, store->script_count, &store->script_room,
                                    sizeof *store->by_number);
        store->by_number[store->script_count++] = NULL;
    }
    store->by_number[found->number] = found;
    return found->number;
}

int skn_fleet_script_locate(const struct skn_fleet *fleet, int64_t script, size_t offset,
                            struct skn_error *err)
{
    if (script < 0 || (size_t)script >= fleet->store->script_count)
        return (int)err->code;
    const struct script_of *found = fleet->store->by_number[script];
    uint32_t line, column;
    if (!found)
        return (int)err->code;
    if (offset > found->section->text.len)
        offset = found->section->text.len;
    skn_section_locate(found->section, offset, &line, &column);
    return skn_error_context(err, "%s:%u:%u", found->revision->path, line, column);
}

/* ---- members ---- */

/* Only those who write are asked who they are: the look-up costs more than a probe. */
static void who_note(struct skn_fleet *fleet)
{
    if (fleet->who[0])
        return;
    char host[128] = "";
    gethostname(host, sizeof host - 1);
    const struct passwd *user = getpwuid(geteuid());
    if (user)
        snprintf(fleet->who, sizeof fleet->who, "%.100s@%.100s", user->pw_name, host);
    else
        snprintf(fleet->who, sizeof fleet->who, "%lu@%.100s", (unsigned long)geteuid(), host);
}

int skn_fleet_init(struct skn_fleet *fleet, const struct skn_config *config,
                   const struct skn_selection *selection, struct skn_pool *pool,
                   const struct skn_fleet_events *events, struct skn_error *err)
{
    *fleet = (struct skn_fleet){.config = config, .pool = pool, .events = events};
    fleet->store = skn_alloc(sizeof *fleet->store);
    fleet->members = skn_alloc_array(config->target_count, sizeof *fleet->members);
    char run_id[17];
    skn_random_hex(run_id, sizeof run_id);
    fleet->run_id = skn_fleet_text(fleet, run_id);
    fleet->go_on = config->on_failure && strcmp(config->on_failure, "continue") == 0;
    for (size_t i = 0; i < config->target_count; i++)
        if (skn_selection_has(selection, &config->targets[i], NULL) != 0)
            fleet->members[fleet->count++] = (struct skn_member){.target = &config->targets[i],
                                                                 .rows = "",
                                                                 .from = "",
                                                                 .product = "",
                                                                 .user = "",
                                                                 .schema = "",
                                                                 .refusal = "",
                                                                 .denial = ""};
    if (fleet->count == 0)
        return skn_error_set(err, SKN_E_USAGE, "no target is selected; see skein targets");
    return SKN_OK;
}

static void member_finish(struct skn_member *member)
{
    json_decref(member->progress);
    json_decref(member->doubt);
    free(member->holder);
    free(member->error);
    free((char *)(uintptr_t)member->identity);
}

void skn_fleet_finish(struct skn_fleet *fleet)
{
    if (!fleet->store)
        return;
    for (size_t i = 0; i < fleet->count; i++)
        member_finish(&fleet->members[i]);
    free(fleet->members);
    struct text *text, *next_text;
    HASH_ITER(hh, fleet->store->texts, text, next_text)
    {
        HASH_DEL(fleet->store->texts, text);
        free(text->text);
        free(text);
    }
    struct script_of *script, *next_script;
    HASH_ITER(hh, fleet->store->scripts, script, next_script)
    {
        HASH_DEL(fleet->store->scripts, script);
        free(script);
    }
    free(fleet->store->by_number);
    struct loaded_history *history = fleet->store->histories;
    while (history) {
        struct loaded_history *next = history->next;
        skn_history_finish(&history->history);
        free(history);
        history = next;
    }
    free(fleet->store);
    fleet->store = NULL;
}

void skn_member_fail(struct skn_member *member, enum skn_member_state state,
                     const struct skn_error *err)
{
    struct skn_buf text = {0};
    skn_buf_adds(&text, err->message);
    skn_redact(&text);
    free(member->error);
    member->error = skn_strdup(skn_buf_text(&text));
    member->code = err->code;
    member->state = state;
    skn_buf_finish(&text);
}

size_t skn_fleet_tally(const struct skn_fleet *fleet, enum skn_member_state state)
{
    size_t n = 0;
    for (size_t i = 0; i < fleet->count; i++)
        n += fleet->members[i].state == state;
    return n;
}

int skn_fleet_history(struct skn_fleet *fleet, const struct skn_history_config *wanted,
                      const struct skn_history **history, struct skn_error *err)
{
    for (struct loaded_history *have = fleet->store->histories; have; have = have->next)
        if (have->config == wanted) {
            *history = &have->history;
            return SKN_OK;
        }
    struct loaded_history *loaded = skn_alloc(sizeof *loaded);
    int rc = skn_history_load(&loaded->history, wanted->name, wanted->paths.items,
                              wanted->paths.count, NULL, NULL, err);
    if (rc != SKN_OK && fleet->looks) {
        fleet->damage = *err;
        *err = (struct skn_error)SKN_ERROR_INIT;
    } else if (rc != SKN_OK) {
        skn_history_finish(&loaded->history);
        free(loaded);
        return rc;
    }
    loaded->config = wanted;
    loaded->next = fleet->store->histories;
    fleet->store->histories = loaded;
    *history = &loaded->history;
    return SKN_OK;
}

/* ---- the probe ---- */

static json_t *pairs_encode(const struct skn_pairs *pairs)
{
    json_t *object = json_object();
    for (size_t i = 0; i < pairs->count; i++)
        json_object_set_new(object, pairs->items[i].key,
                            skn_json_string(pairs->items[i].value, strlen(pairs->items[i].value)));
    return object;
}

static int password_add(const struct skn_target *target, json_t *options, struct skn_error *err)
{
    struct skn_buf secret = {0};
    int found = 0;
    int rc = skn_secret_fetch(target, &secret, &found, err);
    if (rc == SKN_OK && found)
        json_object_set_new(options, "password",
                            skn_json_string(skn_buf_text(&secret), secret.len));
    if (secret.text)
        explicit_bzero(secret.text, secret.room);
    skn_buf_finish(&secret);
    return rc;
}

json_t *skn_fleet_request(struct skn_fleet *fleet, const struct skn_target *target,
                          const char *verb, struct skn_error *err)
{
    static const char *const modes[] = {"auto", "revision", "target"};
    json_t *options = pairs_encode(&target->options);
    /* What reaches no server needs no secret. */
    if (strcmp(verb, "render") != 0 && password_add(target, options, err) != SKN_OK) {
        json_decref(options);
        return NULL;
    }
    if (target->pooler && !json_object_get(options, "pooler"))
        json_object_set_new(options, "pooler", json_string(target->pooler));
    if (strcmp(verb, "probe") != 0)
        who_note(fleet);
    json_t *session = json_array();
    for (size_t i = 0; i < target->session.count; i++)
        json_array_append_new(session, json_string(target->session.items[i]));
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:b, s:s}", "do",
        verb, "target", target->name, "folder", fleet->config->folder, "run_id", fleet->run_id,
        "who", fleet->who, "version_table", target->history->version_table, "schema",
        target->history->version_table_schema, "options", options, "vars",
        pairs_encode(&target->vars), "session", session, "connect_timeout",
        (json_int_t)target->connect_timeout, "lock_timeout", (json_int_t)target->lock_timeout,
        "statement_timeout", (json_int_t)target->statement_timeout, "retries",
        (json_int_t)target->retries, "log", target->log, "transaction", modes[target->transaction]);
}

int skn_fleet_request_scratch(struct skn_fleet *fleet, const struct skn_target *target,
                              json_t *request, struct skn_error *err)
{
    if (!target->scratch)
        return SKN_OK;
    struct skn_target server = *target->scratch;
    server.name = target->name;
    server.history = target->history;
    json_t *scratch = skn_fleet_request(fleet, &server, "scratch", err);
    if (!scratch)
        return skn_error_context(err, "scratch");
    json_object_set_new(request, "scratch", scratch);
    return SKN_OK;
}

/* What could not be asked for is said by the worker, so that there is one way for an item to end.
 */
json_t *skn_fleet_refusal(const struct skn_error *err)
{
    json_t *refusal = skn_error_encode(err);
    json_object_set_new(refusal, "do", json_string("refuse"));
    return refusal;
}

static json_t *probe_request(void *ctx, uint32_t item)
{
    struct skn_fleet *fleet = ctx;
    struct skn_error err = SKN_ERROR_INIT;
    json_t *request = skn_fleet_request(fleet, fleet->members[item].target, "probe", &err);
    if (request && fleet->asks_holder)
        json_object_set_new(request, "holder", json_true());
    if (request && fleet->asks_rights)
        json_object_set_new(request, "rights", json_true());
    if (request)
        return request;
    return skn_fleet_refusal(&err);
}

static void ignore_event(void *ctx, uint32_t item, const json_t *event)
{
    (void)ctx;
    (void)item;
    (void)event;
}

/* What an earlier probe of the same command found is no longer so. */
static void probe_forget(struct skn_member *member)
{
    free((char *)(uintptr_t)member->identity);
    free(member->holder);
    json_decref(member->progress);
    member->identity = NULL;
    member->holder = NULL;
    member->progress = NULL;
}

static void probe_take(struct skn_fleet *fleet, struct skn_member *member, const json_t *event)
{
    probe_forget(member);
    member->from = member->rows;
    member->product = skn_fleet_text(fleet, skn_json_text(event, "product"));
    member->user = skn_fleet_text(fleet, skn_json_text(event, "user"));
    member->schema = skn_fleet_text(fleet, skn_json_text(event, "schema"));
    member->refusal = skn_fleet_text(fleet, skn_json_text(event, "refusal"));
    member->denial = skn_fleet_text(fleet, skn_json_text(event, "denial"));
    /* Servers restored from one snapshot share identities, but not themselves. */
    struct skn_buf identity = {0};
    skn_buf_addf(&identity, "%s\n%s", skn_json_text(event, "identity"),
                 skn_json_text(event, "server"));
    member->identity = identity.text;
    member->flags = (uint32_t)skn_json_number(event, "flags");
    member->caps = (uint64_t)skn_json_number(event, "caps");
    member->stamped = json_is_true(json_object_get(event, "stamped"));
    if (skn_json_text(event, "holder")[0])
        member->holder = skn_strdup(skn_json_text(event, "holder"));
    json_t *progress = json_object_get(event, "progress");
    if (json_is_object(progress))
        member->progress = json_incref(progress);
    member->state = SKN_MEMBER_PROBED;
}

static int probe_finish(void *ctx, uint32_t item, const struct skn_result *result)
{
    struct skn_fleet *fleet = ctx;
    struct skn_member *member = &fleet->members[item];
    struct skn_error err = result->err;
    if (err.code == SKN_OK && skn_rows_read(fleet, result->event, &member->rows, &err) == SKN_OK) {
        probe_take(fleet, member, result->event);
    } else {
        skn_member_fail(member, SKN_MEMBER_UNREACHABLE, &err);
        fleet->failed++;
    }
    fleet->events->probed(fleet->events->ctx, member);
    return 0;
}

static int probe_more(void *ctx)
{
    (void)ctx;
    return skn_pool_interrupts() == 0;
}

static void line_pass(void *ctx, uint32_t item, int level, const char *text)
{
    struct skn_fleet *fleet = ctx;
    fleet->events->line(fleet->events->ctx, &fleet->members[item], level, text);
}

struct seen {
    char *key; /* identity and version table */
    const struct skn_member *member;
    UT_hash_handle hh;
};

/* Two names for one database and version table would be two runners in one run. */
static void duplicates_mark(struct skn_fleet *fleet)
{
    struct seen *all = NULL, *seen, *next;
    for (size_t i = 0; i < fleet->count; i++) {
        struct skn_member *member = &fleet->members[i];
        const struct skn_history_config *history = member->target->history;
        if (member->state != SKN_MEMBER_PROBED || !member->identity || !member->identity[0])
            continue;
        struct skn_buf key = {0};
        skn_buf_addf(&key, "%s\n%s\n%s\n%s", member->target->driver, member->identity,
                     history->version_table_schema[0] ? history->version_table_schema
                                                      : member->schema,
                     history->version_table);
        HASH_FIND_STR(all, skn_buf_text(&key), seen);
        if (seen) {
            struct skn_error err = SKN_ERROR_INIT;
            skn_error_set(&err, SKN_E_CONFIG,
                          "is the same database and version table as target \"%s\"; select one of "
                          "them, or give one a version_table of its own",
                          seen->member->target->name);
            skn_member_fail(member, SKN_MEMBER_UNREACHABLE, &err);
            fleet->failed++;
            skn_buf_finish(&key);
            continue;
        }
        seen = skn_alloc(sizeof *seen);
        seen->key = key.text;
        seen->member = member;
        HASH_ADD_KEYPTR(hh, all, seen->key, strlen(seen->key), seen);
    }
    HASH_ITER(hh, all, seen, next)
    {
        HASH_DEL(all, seen);
        free(seen->key);
        free(seen);
    }
}

static const struct skn_target **targets_list(const struct skn_fleet *fleet)
{
    const struct skn_target **list = skn_alloc_array(fleet->count, sizeof *list);
    for (size_t i = 0; i < fleet->count; i++)
        list[i] = fleet->members[i].target;
    return list;
}

int skn_fleet_probe(struct skn_fleet *fleet, struct skn_error *err)
{
    struct skn_pool_hooks hooks = {.ctx = fleet,
                                   .request = probe_request,
                                   .event = ignore_event,
                                   .finish = probe_finish,
                                   .more = probe_more,
                                   .line = line_pass};
    const struct skn_target **targets = targets_list(fleet);
    fleet->failed = 0;
    int rc = skn_pool_run(fleet->pool, targets, fleet->count, &hooks, err);
    free(targets);
    if (rc == SKN_OK && skn_pool_interrupts() > 0)
        return skn_error_set(err, SKN_E_CANCELLED, "interrupted; nothing was changed");
    if (rc == SKN_OK)
        duplicates_mark(fleet);
    return rc;
}

/* ---- selection by what the databases said ---- */

static int rows_have(const char *rows, const char *id)
{
    size_t len = strlen(id);
    for (const char *at = rows; at && *at;) {
        const char *end = strchrnul(at, ',');
        if ((size_t)(end - at) == len && memcmp(at, id, len) == 0)
            return 1;
        at = *end ? end + 1 : end;
    }
    return 0;
}

struct live {
    struct skn_fleet *fleet;
    const struct skn_member *member;
};

static int live_at(void *ctx, const struct skn_target *target, const char *revision)
{
    struct live *live = ctx;
    const struct skn_history *history;
    struct skn_error err = SKN_ERROR_INIT;
    struct skn_set set = {0};
    if (strcmp(revision, "base") == 0)
        return live->member->rows[0] == '\0';
    int has = rows_have(live->member->rows, revision);
    if (!has && skn_fleet_history(live->fleet, target->history, &history, &err) == SKN_OK &&
        skn_symbol_resolve(history, revision, &set, &err) == SKN_OK)
        for (size_t i = 0; i < set.count; i++)
            has |= rows_have(live->member->rows, history->revisions[set.items[i]].id);
    skn_set_finish(&set);
    return has;
}

static int live_behind(void *ctx, const struct skn_target *target)
{
    struct live *live = ctx;
    const struct skn_history *history;
    const struct skn_plan *plan;
    struct skn_error err = SKN_ERROR_INIT;
    struct skn_planner *planner = skn_planner_create(SKN_PLAN_UPGRADE, "heads");
    int behind = skn_fleet_history(live->fleet, target->history, &history, &err) == SKN_OK &&
                 skn_planner_get(planner, history, live->member->rows, &plan, &err) == SKN_OK &&
                 plan->walk.count > 0;
    skn_planner_destroy(planner);
    return behind;
}

int skn_fleet_filter(struct skn_fleet *fleet, const struct skn_selection *selection,
                     struct skn_error *err)
{
    struct live live = {.fleet = fleet};
    struct skn_live hooks = {.ctx = &live, .at = live_at, .behind = live_behind};
    size_t kept = 0;
    if (!skn_selection_needs_live(selection))
        return SKN_OK;
    for (size_t i = 0; i < fleet->count; i++) {
        struct skn_member *member = &fleet->members[i];
        live.member = member;
        /* One that could not be asked stays: whether it was meant is unknown. */
        int has = member->state != SKN_MEMBER_PROBED ||
                  skn_selection_has(selection, member->target, &hooks);
        if (has)
            fleet->members[kept++] = *member;
        else
            member_finish(member);
    }
    fleet->count = kept;
    if (kept == 0)
        return skn_error_set(err, SKN_E_USAGE, "the selection matches no target as they are now");
    return SKN_OK;
}

/*
 * Version rows on their way from a server to a plan: read by the worker, sent as JSON, joined,
 * looked for in the history.
 */
#include "fuzz.h"

#include "plan/plan.h"
#include "server.h"
#include "work/ledger.h"

enum { REVISIONS_FILE_MAX = 1024 };

static struct skn_history *history_get(void)
{
    static struct skn_history history;
    static int loaded;
    static char path[REVISIONS_FILE_MAX];
    const char *root = getenv("SKEIN_SOURCE_ROOT");
    const char *folder = path;
    struct skn_error err = {.size = sizeof err};
    snprintf(path, sizeof path, "%s/configs/quickstart/migrations", root ? root : ".");
    if (!loaded)
        FUZZ_CLAIM(skn_history_load(&history, "default", &folder, 1, NULL, NULL, &err) == SKN_OK);
    loaded = 1;
    return &history;
}

/* Joined by commas, as the planner keys its plans. */
static char *rows_join(const json_t *rows)
{
    struct skn_buf text = {0};
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const char *id = json_string_value(json_array_get(rows, i));
        FUZZ_CLAIM(id && id[0] && !strchr(id, ',') && fuzz_is_shown(id));
        skn_buf_addf(&text, "%s%s", i ? "," : "", id);
    }
    char *copy = fuzz_text(skn_buf_str(&text));
    skn_buf_finish(&text);
    return copy;
}

static void plan_check(const char *rows, size_t count)
{
    struct skn_planner *planner = skn_planner_create(SKN_PLAN_UPGRADE, "heads");
    struct skn_error err = {.size = sizeof err};
    const struct skn_plan *plan;
    int rc = skn_planner_get(planner, history_get(), rows, &plan, &err);
    if (rc == SKN_OK) {
        FUZZ_CLAIM(strcmp(plan->rows, rows) == 0);
        FUZZ_CLAIM(plan->walk.end.count == 1 && (count > 0 || plan->walk.count > 0));
    } else {
        fuzz_claim_error(&err, rc);
        FUZZ_CLAIM(fuzz_is_shown(err.message));
    }
    skn_planner_destroy(planner);
}

void fuzz_rows(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct skn_page page = {.call = ""};
    struct skn_session session;
    struct skn_ledger ledger = {0};
    struct skn_error err = {.size = sizeof err};
    json_t *request = json_pack("{s:s, s:{}}", "version_table", "alembic_version", "options");
    struct skn_job job;
    server_session_init(&session, &page, &input);
    FUZZ_CLAIM(skn_job_read(&job, request, &err) == SKN_OK);
    int rc = skn_session_open(&session, "t", job.options, "/", &err);
    if (rc == SKN_OK)
        rc = skn_ledger_init(&ledger, &job, &session, &err);
    if (rc == SKN_OK)
        rc = skn_ledger_read(&ledger, &err);
    if (rc == SKN_OK) {
        char *rows = rows_join(ledger.rows);
        plan_check(rows, json_array_size(ledger.rows));
        free(rows);
    } else {
        fuzz_claim_error(&err, rc);
    }
    skn_ledger_finish(&ledger);
    skn_job_finish(&job);
    skn_session_finish(&session);
    json_decref(request);
}

/*
 * A run against a server that answers what nobody chose: the version rows, the progress row of a
 * half applied revision, counts, codes and states. skein keeps no journal of its own, so what a
 * journal would hold is read from there.
 */
#include "fuzz.h"

#include "base/alloc.h"
#include "server.h"
#include "work/apply.h"
#include "work/resolve.h"

enum { STEPS = 2 };

void __wrap_skn_interrupt_sleep(int64_t ms);

/* Nobody is waited for. */
void __wrap_skn_interrupt_sleep(int64_t ms)
{
    (void)ms;
}

static void script_add(struct skn_scripts *scripts, int id, int off, const char *sql)
{
    struct skn_error err = {.size = sizeof err};
    json_t *request =
        json_pack("{s:[i, i, i, i], s:s}", "list", id, (int)strlen(sql), off, 0, "body", sql);
    FUZZ_CLAIM(skn_scripts_add(scripts, request, &err) == SKN_OK);
    json_decref(request);
}

static json_t *request_make(uint8_t how)
{
    static const char *const modes[] = {"auto", "revision", "target"};
    json_t *request = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:{}, s:{}, s:[s], s:i, s:i, s:b, s:s, s:[s], s:[{s:s, "
        "s:s, s:s, s:[[s, s, s]], s:i, s:i}, {s:s, s:s, s:s, s:[[s, s, s]], s:i}]}",
        "target", "t", "run_id", "run", "who", "me@here", "version_table", "alembic_version",
        "schema", "", "folder", "/", "options", "vars", "session", "SET x", "connect_timeout", 1,
        "lock_timeout", 1, "log", how & 1, "transaction", modes[(how >> 1) % 3], "rows", "r0",
        "steps", "kind", "upgrade", "revision", "r1", "checksum", "c", "changes", "update", "r0",
        "r1", "script", 0, "verify", 2, "kind", "upgrade", "revision", "r2", "checksum", "c",
        "changes", "update", "r1", "r2", "script", 1);
    FUZZ_CLAIM(request);
    return request;
}

static void run_check(struct skn_apply *apply, int rc)
{
    const struct skn_page *page = apply->session->page;
    FUZZ_CLAIM(apply->next <= STEPS && page->done <= STEPS);
    if (rc != SKN_OK)
        fuzz_claim_error(&(struct skn_error){.code = (uint32_t)rc, .message = "x"}, rc);
    else
        FUZZ_CLAIM(apply->moved || apply->stopped || apply->next == STEPS);
    FUZZ_CLAIM(page->call[0] == '\0' && page->deadline == 0);
    for (size_t i = 0; i < json_array_size(apply->ledger.rows); i++)
        FUZZ_CLAIM(fuzz_is_shown(json_string_value(json_array_get(apply->ledger.rows, i))));
}

static void run_one(struct skn_session *session, struct skn_scripts *scripts, uint8_t how)
{
    json_t *request = request_make(how);
    struct skn_error err = {.size = sizeof err};
    struct skn_job job;
    struct skn_apply apply = {.job = &job,
                              .session = session,
                              .scripts = scripts,
                              .steps = skn_json_array(request, "steps"),
                              .rows = json_copy(json_object_get(request, "rows")),
                              .count = STEPS,
                              .failed_step = SIZE_MAX,
                              .failed_script = -1};
    session->page->done = 0;
    FUZZ_CLAIM(skn_job_read(&job, request, &err) == SKN_OK);
    if (how & 0x80) {
        apply.count = 1;
        json_t *doubt = NULL;
        skn_apply_resolve(&apply, how & 0x40 ? SKN_RESOLVE_APPLIED : SKN_RESOLVE_NOT_APPLIED, "",
                          &doubt, &err);
        json_decref(doubt);
    } else {
        run_check(&apply, skn_apply_run(&apply, &err));
    }
    skn_ledger_finish(&apply.ledger);
    json_decref(apply.rows);
    skn_job_finish(&job);
    json_decref(request);
}

void fuzz_ledger(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct skn_page page = {.call = ""};
    struct skn_session session;
    struct skn_scripts scripts = {0};
    uint8_t how = fuzz_byte(&input);
    server_session_init(&session, &page, &input);
    script_add(&scripts, 0, how & 8, "CREATE TABLE a (n INTEGER); INSERT INTO a VALUES (1);");
    script_add(&scripts, 1, how & 16, "UPDATE a SET n = 2; CREATE INDEX i ON a (n);");
    script_add(&scripts, 2, 0, "SELECT 1 FROM a WHERE n > 1");
    run_one(&session, &scripts, how);
    run_one(&session, &scripts, fuzz_byte(&input));
    skn_session_finish(&session);
    skn_scripts_finish(&scripts);
}

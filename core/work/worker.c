/*
 * The worker's loop: one request after another until the planner hangs up. It knows nothing of
 * other targets than the one in hand.
 */
#include "work/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/wire.h"
#include "work/apply.h"
#include "work/compare.h"
#include "work/ensure.h"
#include "work/interrupt.h"
#include "work/job.h"
#include "work/rehearse.h"
#include "work/render.h"
#include "work/resolve.h"
#include "work/script.h"
#include "work/session.h"

struct worker {
    struct skn_session session;
    struct skn_scripts scripts;
    struct skn_wire in;
    struct skn_error load_error; /* why there is no driver */
};

static void say(struct worker *worker, json_t *event)
{
    skn_session_say(&worker->session, event, 1);
}

static void say_error(struct worker *worker, const struct skn_error *err)
{
    say(worker, skn_error_encode(err));
}

/* ---- load ---- */

static json_t *options_describe(const struct skn_driver *driver)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < driver->option_count; i++) {
        const char *at = (const char *)driver->options + (size_t)i * driver->option_size;
        const struct skn_option *option = (const struct skn_option *)(const void *)at;
        static const char *const types[] = {"string", "int", "bool", "path"};
        const char *type = option->type < 4 ? types[option->type] : "string";
        json_t *item = json_pack("{s:s, s:s, s:b, s:b}", "name", option->name, "type", type,
                                 "required", (option->flags & SKN_OPT_REQUIRED) != 0, "secret",
                                 (option->flags & SKN_OPT_SECRET) != 0);
        json_object_set_new(item, "help", json_string(option->help ? option->help : ""));
        if (option->fallback)
            json_object_set_new(item, "default", json_string(option->fallback));
        json_array_append_new(list, item);
    }
    return list;
}

static void load(struct worker *worker, const json_t *request)
{
    struct skn_error err = SKN_ERROR_INIT;
    const json_t *folders = skn_json_array(request, "folders");
    size_t count = json_array_size(folders);
    const char **list = skn_alloc_array(count, sizeof *list);
    for (size_t i = 0; i < count; i++)
        list[i] = json_string_value(json_array_get(folders, i));
    int rc = skn_session_load(&worker->session, skn_json_text(request, "driver"), list, count,
                              skn_json_text(request, "sha256"), &err);
    free(list);
    if (rc != SKN_OK) {
        skn_error_context(&err, "driver \"%s\"", skn_json_text(request, "driver"));
        worker->load_error = err;
        say_error(worker, &err);
        return;
    }
    const struct skn_driver *driver = &worker->session.loaded.driver;
    json_t *event = json_pack("{s:s, s:s, s:s, s:s, s:I, s:i, s:o}", "event", "loaded", "driver",
                              driver->name, "version", driver->version, "summary", driver->summary,
                              "caps", (json_int_t)driver->caps, "abi_minor", (int)driver->abi_minor,
                              "options", options_describe(driver));
    json_object_set_new(
        event, "path",
        skn_json_string(worker->session.loaded.path, strlen(worker->session.loaded.path)));
    say(worker, event);
}

/* ---- check ---- */

static void check(struct worker *worker, const json_t *request)
{
    json_t *faults = json_array();
    size_t i;
    json_t *id;
    json_array_foreach((json_t *)(uintptr_t)skn_json_array(request, "scripts"), i, id)
    {
        const struct skn_script *script;
        struct skn_error err = SKN_ERROR_INIT;
        if (skn_scripts_get(&worker->scripts, json_integer_value(id), &worker->session, &script,
                            &err) == SKN_OK)
            continue;
        json_t *fault = skn_error_encode(&err);
        json_object_set_new(fault, "script", json_integer(json_integer_value(id)));
        json_array_append_new(faults, fault);
    }
    say(worker, json_pack("{s:s, s:o}", "event", "checked", "faults", faults));
}

/* ---- probe ---- */

static json_t *text_describe(const char *text)
{
    return skn_json_string(text, strlen(text));
}

static json_t *progress_describe(const struct skn_progress *progress)
{
    if (!progress->found)
        return json_null();
    return json_pack("{s:o, s:o, s:I, s:I, s:I, s:o, s:o, s:o, s:o}", "revision",
                     text_describe(progress->revision), "direction",
                     text_describe(progress->direction), "done", (json_int_t)progress->done,
                     "total", (json_int_t)progress->total, "intent", (json_int_t)progress->intent,
                     "error", text_describe(progress->error), "who", text_describe(progress->who),
                     "run", text_describe(progress->run_id), "since",
                     text_describe(progress->updated));
}

/* Who is at work on the target, where that was asked. */
static int holder_describe(struct worker *worker, const struct skn_job *job, json_t *event,
                           struct skn_error *err)
{
    struct skn_buf holder = {0};
    if (!json_is_true(json_object_get(job->request, "holder")))
        return SKN_OK;
    int rc = skn_session_holder(&worker->session, job->version_table, &holder, err);
    if (rc == SKN_OK)
        json_object_set_new(event, "holder", text_describe(skn_buf_text(&holder)));
    skn_buf_finish(&holder);
    return rc;
}

/* Why the ledger's rows are not ours to change, where that was asked. */
static int denial_describe(const struct worker *worker, const struct skn_job *job,
                           const struct skn_ledger *ledger, json_t *event, struct skn_error *err)
{
    struct skn_error denial = SKN_ERROR_INIT;
    if (!json_is_true(json_object_get(job->request, "rights")) ||
        (worker->session.server.flags & SKN_SERVER_READ_ONLY))
        return SKN_OK;
    int rc = skn_ledger_rights(ledger, &denial);
    if (rc != SKN_OK && rc != SKN_E_PERMISSION) {
        *err = denial;
        return rc;
    }
    json_object_set_new(event, "denial", text_describe(denial.message));
    return SKN_OK;
}

static int target_probe(struct worker *worker, struct skn_job *job, json_t **event,
                        struct skn_error *err)
{
    struct skn_ledger ledger = {0};
    int rc = skn_apply_connect(job, &worker->session, err);
    if (rc == SKN_OK)
        rc = skn_ledger_init(&ledger, job, &worker->session, err);
    if (rc == SKN_OK)
        rc = skn_ledger_read(&ledger, err);
    if (rc == SKN_OK) {
        const struct skn_server *server = &worker->session.server;
        *event =
            json_pack("{s:s, s:o, s:o, s:o, s:o, s:I, s:I, s:b, s:O, s:o}", "event", "probed",
                      "product", text_describe(server->product), "identity",
                      text_describe(server->identity), "server", text_describe(server->server_id),
                      "user", text_describe(server->user), "caps", (json_int_t)server->caps,
                      "flags", (json_int_t)server->flags, "stamped", ledger.has_versions, "rows",
                      ledger.rows, "progress", progress_describe(&ledger.progress));
    }
    if (rc == SKN_OK) {
        const struct skn_server *server = &worker->session.server;
        json_object_set_new(*event, "schema", text_describe(server->schema));
        json_object_set_new(*event, "refusal", text_describe(server->refusal));
        rc = denial_describe(worker, job, &ledger, *event, err);
        if (rc == SKN_OK)
            rc = holder_describe(worker, job, *event, err);
        if (rc != SKN_OK)
            json_decref(*event);
    }
    skn_ledger_finish(&ledger);
    return rc;
}

static void probe(struct worker *worker, const json_t *request)
{
    struct skn_error err = SKN_ERROR_INIT;
    struct skn_job job;
    json_t *event = NULL;
    int rc = skn_job_read(&job, request, &err);
    if (rc == SKN_OK)
        rc = target_probe(worker, &job, &event, &err);
    if (rc == SKN_OK)
        say(worker, event);
    else
        say_error(worker, &err);
    skn_job_finish(&job);
}

/* ---- run ---- */

static void say_failed(struct worker *worker, const struct skn_apply *apply,
                       const struct skn_error *err)
{
    json_t *event = skn_error_encode(err);
    json_object_set_new(event, "done", json_integer((json_int_t)apply->next));
    json_object_set_new(event, "step", json_integer((json_int_t)apply->failed_step));
    if (apply->failed_script >= 0) {
        json_object_set_new(event, "script", json_integer(apply->failed_script));
        json_object_set_new(event, "offset", json_integer((json_int_t)apply->failed_offset));
    }
    say(worker, event);
}

static void run(struct worker *worker, const json_t *request)
{
    struct skn_error err = SKN_ERROR_INIT;
    struct skn_job job;
    struct skn_apply apply = {.job = &job,
                              .session = &worker->session,
                              .scripts = &worker->scripts,
                              .steps = skn_json_array(request, "steps"),
                              .rows = json_copy(json_object_get(request, "rows")),
                              .failed_step = SIZE_MAX,
                              .failed_script = -1};
    apply.count = json_array_size(apply.steps);
    worker->session.page->done = 0;
    worker->session.page->step = 0;
    int rc = skn_job_read(&job, request, &err);
    if (rc == SKN_OK)
        rc = skn_apply_run(&apply, &err);
    worker->session.page->statement = 0;
    if (rc != SKN_OK) {
        /* Whatever state the session is in, the next target shall not inherit it. */
        skn_session_close(&worker->session);
        say_failed(worker, &apply, &err);
    } else if (apply.moved) {
        say(worker, json_pack("{s:s, s:I, s:O}", "event", "moved", "done", (json_int_t)apply.next,
                              "rows", apply.ledger.rows));
    } else {
        say(worker, json_pack("{s:s, s:I, s:b}", "event", "ran", "done", (json_int_t)apply.next,
                              "stopped", apply.stopped));
    }
    skn_ledger_finish(&apply.ledger);
    json_decref(apply.rows);
    skn_job_finish(&job);
}

/* ---- render ---- */

static void render(struct worker *worker, const json_t *request)
{
    struct skn_error err = SKN_ERROR_INIT;
    struct skn_job job;
    struct skn_render rendering = {.job = &job,
                                   .session = &worker->session,
                                   .scripts = &worker->scripts,
                                   .steps = skn_json_array(request, "steps"),
                                   .rows = json_copy(json_object_get(request, "rows")),
                                   .table_only =
                                       json_is_true(json_object_get(request, "table_only"))};
    int rc = skn_job_read(&job, request, &err);
    if (rc == SKN_OK)
        rc = skn_render_run(&rendering, &err);
    json_t *event = rc == SKN_OK ? json_pack("{s:s}", "event", "rendered") : skn_error_encode(&err);
    if (rc != SKN_OK && rendering.failed_script >= 0) {
        json_object_set_new(event, "script", json_integer(rendering.failed_script));
        json_object_set_new(event, "offset", json_integer((json_int_t)rendering.failed_offset));
    }
    say(worker, event);
    skn_render_finish(&rendering);
    json_decref(rendering.rows);
    skn_job_finish(&job);
}

/* ---- resolve ---- */

static void resolve(struct worker *worker, const json_t *request)
{
    struct skn_error err = SKN_ERROR_INIT;
    struct skn_job job;
    struct skn_apply apply = {.job = &job,
                              .session = &worker->session,
                              .scripts = &worker->scripts,
                              .steps = skn_json_array(request, "steps"),
                              .failed_step = SIZE_MAX,
                              .failed_script = -1};
    json_t *doubt = NULL;
    int rc = skn_job_read(&job, request, &err);
    if (rc == SKN_OK)
        rc = skn_apply_resolve(&apply, (enum skn_resolution)skn_json_number(request, "resolution"),
                               skn_json_text(request, "seen"), &doubt, &err);
    if (rc == SKN_OK) {
        say(worker, json_pack("{s:s, s:O}", "event", "resolved", "doubt", doubt));
    } else {
        skn_session_close(&worker->session);
        say_failed(worker, &apply, &err);
    }
    json_decref(doubt);
    skn_ledger_finish(&apply.ledger);
    skn_job_finish(&job);
}

/* ---- compare ---- */

static void compare(struct worker *worker, const json_t *request)
{
    struct skn_error err = SKN_ERROR_INIT;
    struct skn_job job;
    struct skn_compare comparing = {
        .job = &job, .session = &worker->session, .scripts = &worker->scripts};
    int rc = skn_job_read(&job, request, &err);
    if (rc == SKN_OK)
        rc = skn_compare_run(&comparing, &err);
    if (rc != SKN_OK) {
        json_t *event = skn_error_encode(&err);
        if (comparing.failed_script >= 0) {
            json_object_set_new(event, "script", json_integer(comparing.failed_script));
            json_object_set_new(event, "offset", json_integer((json_int_t)comparing.failed_offset));
        }
        say(worker, event);
    }
    skn_job_finish(&job);
}

/* ---- rehearse ---- */

static void rehearse(struct worker *worker, const json_t *request)
{
    struct skn_error err = SKN_ERROR_INIT;
    struct skn_job job;
    struct skn_rehearsal rehearsal = {
        .job = &job, .session = &worker->session, .scripts = &worker->scripts};
    int rc = skn_job_read(&job, request, &err);
    if (rc == SKN_OK)
        rc = skn_rehearse_run(&rehearsal, &err);
    if (rc == SKN_OK)
        say(worker, json_pack("{s:s}", "event", "rehearsed"));
    else
        say_error(worker, &err);
    skn_job_finish(&job);
}

/* ---- ensure ---- */

static void ensure(struct worker *worker, const json_t *request)
{
    struct skn_error err = SKN_ERROR_INIT;
    struct skn_job job;
    struct skn_apply apply = {
        .job = &job, .session = &worker->session, .failed_step = SIZE_MAX, .failed_script = -1};
    int made;
    int rc = skn_job_read(&job, request, &err);
    if (rc == SKN_OK)
        rc = skn_apply_ensure(&apply, &made, &err);
    if (rc == SKN_OK) {
        say(worker, json_pack("{s:s, s:b}", "event", "ensured", "made", made));
    } else {
        skn_session_close(&worker->session);
        say_error(worker, &err);
    }
    skn_ledger_finish(&apply.ledger);
    skn_job_finish(&job);
}

/* What the planner could not prepare (a secret that cannot be had) ends like any other failure. */
static void request_refuse(struct worker *worker, const json_t *request)
{
    struct skn_error err = SKN_ERROR_INIT;
    skn_error_decode(request, &err);
    say_error(worker, &err);
}

/* ---- the loop ---- */

static void request_serve(struct worker *worker, const json_t *request)
{
    static const struct {
        const char *name;
        void (*serve)(struct worker *, const json_t *);
    } table[] = {
        {"load", load},         {"check", check},          {"probe", probe},   {"run", run},
        {"render", render},     {"resolve", resolve},      {"ensure", ensure}, {"compare", compare},
        {"rehearse", rehearse}, {"refuse", request_refuse}};

    const char *name = skn_json_text(request, "do");
    struct skn_error err = SKN_ERROR_INIT;
    if (strcmp(name, "scripts") == 0) {
        skn_scripts_add(&worker->scripts, request, &err);
        return;
    }
    if (worker->load_error.code != SKN_OK) {
        say_error(worker, &worker->load_error);
        return;
    }
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (strcmp(name, table[i].name) == 0) {
            table[i].serve(worker, request);
            return;
        }
    }
    skn_error_set(&err, SKN_E_DRIVER, "unknown request \"%s\"", name);
    say_error(worker, &err);
}

static int requests_serve(struct worker *worker)
{
    for (;;) {
        json_t *request;
        int got = skn_wire_decode(&worker->in, SKN_WIRE_REQUEST_MAX, &request);
        if (got == 0)
            return 0;
        if (got < 0)
            return -1;
        request_serve(worker, request);
        json_decref(request);
    }
}

static struct skn_page *page_map(void)
{
    void *page =
        mmap(NULL, sizeof(struct skn_page), PROT_READ | PROT_WRITE, MAP_SHARED, SKN_PAGE_FD, 0);
    return page == MAP_FAILED ? NULL : page;
}

int skn_worker_main(void)
{
    struct worker worker = {0};
    static char chunk[65536]; /* of which only what is read is ever touched */
    /* The planner's death interrupts us, also while a driver waits for its server. */
    prctl(PR_SET_PDEATHSIG, SIGINT);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    struct skn_page *page = page_map();
    if (!page)
        return 1;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    srand((unsigned)(now.tv_nsec ^ getpid()));
    skn_session_init(&worker.session, page);
    for (;;) {
        ssize_t n = read(SKN_WIRE_FD, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR && !skn_interrupt_cancelled())
            continue;
        if (n <= 0)
            break;
        skn_wire_add(&worker.in, chunk, (size_t)n);
        if (requests_serve(&worker) < 0)
            break;
    }
    skn_session_finish(&worker.session);
    skn_scripts_finish(&worker.scripts);
    skn_wire_finish(&worker.in);
    return 0;
}

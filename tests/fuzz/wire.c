/*
 * The planner's side of the wire: workers that say what they like. No process is started: what
 * child.c would have read from one is taken from the input, part by part, and the pool and the
 * fleet above are the real ones. 0xff ends a worker, 0xfe what it says at once.
 */
#include "fuzz.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "run/child.h"
#include "run/fleet.h"
#include "run/report.h"

/* A process number that no system gives. */
enum { TARGETS = 3, WORKERS_MAX = 40, NOBODY = 1 << 30 };

/* ---- workers that are not there ---- */

struct worker {
    const struct skn_child *child; /* where the pool keeps it */
    int peer;                      /* the other end; a byte that it wrote is never read */
    struct fuzz_input words;       /* what it has yet to say */
};

struct script {
    struct fuzz_input input;
    struct worker workers[WORKERS_MAX];
    size_t count;
};

static struct script *script; /* NULL: children are real ones */

int __wrap_skn_child_start(struct skn_child *child, struct skn_error *err);
int __real_skn_child_start(struct skn_child *child, struct skn_error *err);
int __wrap_skn_child_read(struct skn_child *child, int which);
int __real_skn_child_read(struct skn_child *child, int which);

/* What a driver may have done to the page before its worker died. */
static void page_spoil(struct skn_page *page, struct fuzz_input *words)
{
    struct skn_str bytes = fuzz_take(words, fuzz_byte(words) % (sizeof *page + 1));
    if (bytes.len)
        memcpy(page, bytes.ptr, bytes.len);
    page->deadline = page->polled = 0; /* or it would be waited for */
}

int __wrap_skn_child_start(struct skn_child *child, struct skn_error *err)
{
    int ends[2];
    if (!script)
        return __real_skn_child_start(child, err);
    *child = (struct skn_child){.socket = -1, .outputs = {-1, -1}, .page_fd = -1};
    if (script->count == WORKERS_MAX || (script->input.left && *script->input.at == 0xfd))
        return skn_error_set(err, SKN_E_DRIVER, "cannot start a worker: enough");
    FUZZ_CLAIM(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
    FUZZ_CLAIM(write(ends[1], "", 1) == 1);
    child->pid = NOBODY;
    child->socket = ends[0];
    child->page =
        mmap(NULL, sizeof *child->page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    FUZZ_CLAIM(child->page != MAP_FAILED);
    struct skn_str words = fuzz_take_to(&script->input, 0xff);
    script->workers[script->count++] =
        (struct worker){child, ends[1], {(const uint8_t *)words.ptr, words.len}};
    return SKN_OK;
}

static struct worker *worker_of(const struct skn_child *child)
{
    for (size_t i = script->count; i-- > 0;)
        if (script->workers[i].child == child)
            return &script->workers[i];
    fuzz_refute(__FILE__, __LINE__, "every child was started");
}

int __wrap_skn_child_read(struct skn_child *child, int which)
{
    if (!script)
        return __real_skn_child_read(child, which);
    struct fuzz_input *words = &worker_of(child)->words;
    struct skn_str part = fuzz_take_to(words, 0xfe);
    if (which > 0)
        skn_buf_add(&child->lines[which - 1], part.ptr, part.len);
    else if (part.len > 0 && part.ptr[0] == '#')
        page_spoil(child->page, &(struct fuzz_input){(const uint8_t *)part.ptr, part.len});
    else
        skn_wire_add(&child->in, part.ptr, part.len);
    return words->left > 0 ? 0 : -1;
}

/* ---- the fleet ---- */

struct seen {
    const struct skn_fleet *fleet;
    unsigned probed[TARGETS];
    unsigned finished[TARGETS];
};

static size_t number_of(const struct skn_member *member)
{
    FUZZ_CLAIM(member->target->index < TARGETS);
    return member->target->index;
}

static void on_probed(void *ctx, const struct skn_member *member)
{
    struct seen *seen = ctx;
    seen->probed[number_of(member)]++;
}

static void on_start(void *ctx, const struct skn_member *member, const struct skn_walk_step *steps,
                     size_t count)
{
    (void)ctx;
    FUZZ_CLAIM(count > 0 && steps >= member->plan->walk.steps);
    FUZZ_CLAIM(steps + count <= member->plan->walk.steps + member->plan->walk.count);
}

static void on_step(void *ctx, const struct skn_member *member, const struct skn_walk_step *step,
                    int64_t ms)
{
    (void)ms;
    on_start(ctx, member, step, 1);
}

static void on_finished(void *ctx, const struct skn_member *member)
{
    struct seen *seen = ctx;
    seen->finished[number_of(member)]++;
}

static void on_line(void *ctx, const struct skn_member *member, int level, const char *text)
{
    char *clean = skn_report_clean(text);
    (void)ctx, (void)level;
    number_of(member);
    FUZZ_CLAIM(fuzz_is_shown(clean));
    free(clean);
}

static void member_check(const struct skn_member *member)
{
    if (member->state == SKN_MEMBER_FAILED || member->state == SKN_MEMBER_UNREACHABLE) {
        FUZZ_CLAIM(member->error && member->error[0] && member->code != SKN_OK);
        char *clean = skn_report_clean(member->error);
        FUZZ_CLAIM(fuzz_is_shown(clean));
        free(clean);
    }
    /* Nobody applies more than was asked for, nor all of it by saying something else. */
    if (member->plan && member->tries == 0)
        FUZZ_CLAIM(member->done <= member->plan->walk.count);
    if (member->plan && member->tries == 0 && member->state == SKN_MEMBER_DONE)
        FUZZ_CLAIM(member->done == member->plan->walk.count);
}

static void fleet_go(struct skn_fleet *fleet, const struct skn_selection *selection,
                     const struct seen *seen, const char *symbol)
{
    struct skn_error err = {.size = sizeof err};
    struct skn_planner *planner = skn_planner_create(SKN_PLAN_UPGRADE, symbol);
    int rc = skn_fleet_probe(fleet, &err);
    for (size_t i = 0; rc == SKN_OK && i < TARGETS; i++)
        FUZZ_CLAIM(seen->probed[i] == 1);
    if (rc == SKN_OK)
        rc = skn_fleet_filter(fleet, selection, &err);
    if (rc == SKN_OK)
        rc = skn_fleet_plan(fleet, planner, &err);
    if (rc == SKN_OK)
        rc = skn_fleet_run(fleet, planner, &err);
    if (rc != SKN_OK)
        fuzz_claim_error(&err, rc);
    for (size_t i = 0; i < TARGETS; i++)
        FUZZ_CLAIM(seen->finished[i] <= 1);
    for (size_t i = 0; rc == SKN_OK && i < fleet->count; i++)
        member_check(&fleet->members[i]);
    if (rc == SKN_OK)
        skn_fleet_resolve(fleet, 1, &err);
    skn_planner_destroy(planner);
}

static struct skn_target target_make(uint32_t i, const struct skn_history_config *history)
{
    static const char *const names[TARGETS] = {"one", "two", "three"};
    return (struct skn_target){.name = names[i],
                               .driver = i == 2 ? "null" : "sqlite",
                               .history = history,
                               .group = "",
                               .fleet = "",
                               .server = names[i],
                               .place = "skein.cfg:1",
                               .index = i,
                               .max_per_server = 1,
                               .connect_timeout = 1000};
}

static void script_finish(void)
{
    for (size_t i = 0; i < script->count; i++)
        close(script->workers[i].peer);
    free(script);
    script = NULL;
}

void fuzz_wire(const uint8_t *data, size_t size)
{
    const char *root = getenv("SKEIN_SOURCE_ROOT");
    char path[1024];
    const char *folder = path;
    struct skn_history_config history = {.name = "default",
                                         .paths = {&folder, 1},
                                         .version_table = "alembic_version",
                                         .version_table_schema = "",
                                         .place = ""};
    struct skn_target targets[TARGETS];
    struct skn_config config = {.targets = targets, .target_count = TARGETS, .folder = "/"};
    struct seen seen = {0};
    struct skn_fleet_events events = {&seen, on_probed, on_start, on_step, on_finished, on_line};
    struct skn_fleet fleet;
    struct skn_selection *selection;
    struct skn_error err = {.size = sizeof err};

    snprintf(path, sizeof path, "%s/configs/quickstart/migrations", root ? root : ".");
    for (uint32_t i = 0; i < TARGETS; i++)
        targets[i] = target_make(i, &history);
    script = calloc(1, sizeof *script);
    FUZZ_CLAIM(script);
    script->input = (struct fuzz_input){data, size};
    uint8_t how = fuzz_byte(&script->input);
    config.on_failure = how & 1 ? "continue" : "stop";
    struct skn_pool *pool = skn_pool_create(how & 2 ? 2 : 1, &folder, 1);
    static const char *const live[] = {"one,two,behind,at:base"};
    FUZZ_CLAIM(skn_selection_create(&config, live, how >> 2 & 1, &selection, &err) == SKN_OK);
    FUZZ_CLAIM(skn_fleet_init(&fleet, &config, selection, pool, &events, &err) == SKN_OK);
    seen.fleet = &fleet;
    fleet_go(&fleet, selection, &seen, how & 8 ? "+1" : "heads");
    skn_selection_destroy(selection);
    skn_fleet_finish(&fleet);
    skn_pool_destroy(pool);
    script_finish();
}

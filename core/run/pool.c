/*
 * The poll loop over worker processes. It knows nothing of probes, plans and reports.
 */
#include "run/pool.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/wire.h"
#include "run/child.h"
#include "run/queue.h"

enum { GRACE_MS = 1000, SILENCE_MS = 30000, TICK_MS = 200, TARGETS_PER_WORKER = 2000 };
/* So that the worker takes the first while others are still written down. */
enum { SCRIPTS_AT_ONCE = 256 * 1024 };

struct script {
    struct skn_str sql;
    const char *version_table;
    int variables;
    int off;
};

struct slot {
    struct skn_child child;
    char *driver;        /* NULL: nothing runs here */
    json_t *about;       /* what "loaded" said, or the error in its place; NULL: not yet */
    uint32_t item;       /* in hand, or SKN_NO_ITEM */
    uint32_t last;       /* the item it had last, by index of the current run */
    uint32_t served;     /* items so far */
    size_t scripts_sent; /* room of sent */
    unsigned char *sent; /* by script number */
    json_t *answer;      /* of skn_pool_ask */
};

struct skn_pool {
    struct slot *slots;
    uint32_t jobs;
    const char *const *folders;
    size_t folder_count;
    struct skn_pairs pins;
    struct script *scripts;
    size_t script_count;
    size_t script_room;

    /* Of the run in hand. */
    const struct skn_target *const *items;
    const struct skn_pool_hooks *hooks;
    struct skn_queue *queue;
    const struct skn_target **last_items; /* by slot: what `last` meant in the run before */
    int pressed;                          /* interrupts passed on to the workers */
};

static volatile sig_atomic_t interrupts;

static void interrupt_note(int signal_number)
{
    (void)signal_number;
    interrupts++;
}

void skn_pool_signals_take(void)
{
    struct sigaction action = {.sa_handler = interrupt_note};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    /* A terminal that is closed stops the run as Ctrl-C does; nohup has said that it shall not. */
    struct sigaction hangup;
    if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN)
        sigaction(SIGHUP, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

int skn_pool_interrupts(void)
{
    return interrupts;
}

struct skn_pool *skn_pool_create(uint32_t jobs, const char *const *folders, size_t folder_count)
{
    struct skn_pool *pool = skn_alloc(sizeof *pool);
    pool->jobs = jobs ? jobs : 1;
    pool->folders = folders;
    pool->folder_count = folder_count;
    pool->slots = skn_alloc_array(pool->jobs, sizeof *pool->slots);
    pool->last_items = skn_alloc_array(pool->jobs, sizeof *pool->last_items);
    for (uint32_t i = 0; i < pool->jobs; i++)
        pool->slots[i].item = pool->slots[i].last = SKN_NO_ITEM;
    return pool;
}

void skn_pool_pin(struct skn_pool *pool, struct skn_pairs pins)
{
    pool->pins = pins;
}

static void slot_clear(struct slot *slot)
{
    skn_child_stop(&slot->child);
    free(slot->driver);
    free(slot->sent);
    json_decref(slot->about);
    json_decref(slot->answer);
    *slot = (struct slot){.item = SKN_NO_ITEM, .last = SKN_NO_ITEM};
    slot->child.socket = slot->child.outputs[0] = slot->child.outputs[1] = -1;
    slot->child.page_fd = -1;
}

void skn_pool_destroy(struct skn_pool *pool)
{
    if (!pool)
        return;
    for (uint32_t i = 0; i < pool->jobs; i++) {
        if (pool->slots[i].driver)
            slot_clear(&pool->slots[i]);
        json_decref(pool->slots[i].answer); /* of one that died */
    }
    free(pool->scripts);
    free(pool->slots);
    free(pool->last_items);
    free(pool);
}

uint32_t skn_pool_script_add(struct skn_pool *pool, struct skn_str sql, const char *version_table,
                             int variables, int off)
{
    pool->scripts =
        skn_grow(pool->scripts, pool->script_count, &pool->script_room, sizeof *pool->scripts);
    pool->scripts[pool->script_count] = (struct script){sql, version_table, variables, off};
    return (uint32_t)pool->script_count++;
}

/* ---- workers ---- */

static int slot_start(struct skn_pool *pool, struct slot *slot, const char *driver,
                      struct skn_error *err)
{
    int rc = skn_child_start(&slot->child, err);
    if (rc != SKN_OK)
        return rc;
    slot->driver = skn_strdup(driver);
    json_t *folders = json_array();
    for (size_t i = 0; i < pool->folder_count; i++)
        json_array_append_new(folders, json_string(pool->folders[i]));
    json_t *load = json_pack("{s:s, s:i, s:s, s:o}", "do", "load", "v", SKN_WIRE_VERSION, "driver",
                             driver, "folders", folders);
    const char *sha256 = skn_pairs_get(pool->pins, driver);
    if (sha256)
        json_object_set_new(load, "sha256", json_string(sha256));
    skn_child_send(&slot->child, load);
    json_decref(load);
    return SKN_OK;
}

void skn_pool_warm(struct skn_pool *pool, const char *driver)
{
    struct skn_error ignored = SKN_ERROR_INIT;
    if (!pool->slots[0].driver && slot_start(pool, &pool->slots[0], driver, &ignored) == SKN_OK)
        skn_child_flush(&pool->slots[0].child);
}

/* Scripts of one version table that go out together. */
struct parcel {
    struct skn_pool *pool;
    struct slot *slot;
    json_t *list;
    struct skn_buf texts;
    const char *version_table;
};

static void parcel_send(struct parcel *parcel)
{
    if (json_array_size(parcel->list) == 0)
        return;
    json_t *message = json_pack("{s:s, s:s, s:O}", "do", "scripts", "version_table",
                                parcel->version_table, "list", parcel->list);
    skn_child_send_body(&parcel->slot->child, message, skn_buf_str(&parcel->texts));
    json_decref(message);
    json_array_clear(parcel->list);
    skn_buf_clear(&parcel->texts);
}

static void parcel_add(struct parcel *parcel, size_t number)
{
    const struct script *script = &parcel->pool->scripts[number];
    if (parcel->texts.len + script->sql.len > SCRIPTS_AT_ONCE ||
        strcmp(parcel->version_table, script->version_table) != 0)
        parcel_send(parcel);
    parcel->version_table = script->version_table;
    const json_int_t numbers[SKN_WIRE_SCRIPT] = {(json_int_t)number, (json_int_t)script->sql.len,
                                                 script->off, script->variables};
    for (size_t i = 0; i < SKN_WIRE_SCRIPT; i++)
        json_array_append_new(parcel->list, json_integer(numbers[i]));
    skn_buf_add(&parcel->texts, script->sql.ptr, script->sql.len);
}

static void script_send(struct parcel *parcel, const json_t *id)
{
    const struct skn_pool *pool = parcel->pool;
    struct slot *slot = parcel->slot;
    if (!json_is_integer(id))
        return;
    size_t script = (size_t)json_integer_value(id);
    if (script >= slot->scripts_sent) {
        slot->sent = skn_realloc_array(slot->sent, pool->script_count, 1);
        memset(slot->sent + slot->scripts_sent, 0, pool->script_count - slot->scripts_sent);
        slot->scripts_sent = pool->script_count;
    }
    if (slot->sent[script])
        return;
    slot->sent[script] = 1;
    parcel_add(parcel, script);
}

static void request_send(struct skn_pool *pool, struct slot *slot, const json_t *request)
{
    struct parcel parcel = {.pool = pool, .slot = slot, .list = json_array(), .version_table = ""};
    size_t i;
    json_t *step;
    json_array_foreach((json_t *)(uintptr_t)skn_json_array(request, "steps"), i, step)
    {
        script_send(&parcel, json_object_get(step, "script"));
        script_send(&parcel, json_object_get(step, "verify"));
    }
    json_array_foreach((json_t *)(uintptr_t)skn_json_array(request, "scripts"), i, step)
        script_send(&parcel, step);
    parcel_send(&parcel);
    json_decref(parcel.list);
    skn_buf_finish(&parcel.texts);
    skn_child_send(&slot->child, request);
    skn_child_flush(&slot->child);
}

static void item_start(struct skn_pool *pool, struct slot *slot, uint32_t item)
{
    slot->item = item;
    slot->last = item;
    slot->served++;
    slot->child.stage = 0;
    slot->child.patience = 0;
    /* What it did for the item before is not this one's, should it die before it reads on. */
    slot->child.page->done = slot->child.page->step = slot->child.page->statement = 0;
    json_t *request = pool->hooks->request(pool->hooks->ctx, item);
    request_send(pool, slot, request);
    json_decref(request);
}

static void item_finish(struct skn_pool *pool, struct slot *slot, const struct skn_result *result)
{
    uint32_t item = slot->item;
    slot->item = SKN_NO_ITEM;
    if (pool->hooks->finish(pool->hooks->ctx, item, result))
        skn_queue_return(pool->queue, item);
    else
        skn_queue_end(pool->queue, item);
}

/* ---- what workers say ---- */

static void lines_pass(struct skn_pool *pool, struct slot *slot, int rest)
{
    struct skn_buf line = {0};
    uint32_t item = slot->item != SKN_NO_ITEM ? slot->item : slot->last;
    for (int which = 0; which < 2; which++)
        while (skn_child_line(&slot->child, which, rest, &line))
            if (pool->hooks && item != SKN_NO_ITEM)
                pool->hooks->line(pool->hooks->ctx, item, -1 - which, skn_buf_text(&line));
    skn_buf_finish(&line);
}

/* What a worker wrote before its answer is in the pipe by now, though poll() may not say so yet. */
static void outputs_drain(struct skn_pool *pool, struct slot *slot, int rest)
{
    skn_child_read(&slot->child, 1);
    skn_child_read(&slot->child, 2);
    lines_pass(pool, slot, rest);
}

static int is_final(const char *event)
{
    static const char *const finals[] = {"probed",   "ran",      "moved",    "error",
                                         "checked",  "rendered", "resolved", "ensured",
                                         "compared", "rehearsed"};
    for (size_t i = 0; i < sizeof finals / sizeof finals[0]; i++)
        if (strcmp(event, finals[i]) == 0)
            return 1;
    return 0;
}

static void event_final(struct skn_pool *pool, struct slot *slot, json_t *event)
{
    struct skn_result result = {.event = event, .err = SKN_ERROR_INIT};
    if (strcmp(skn_json_text(event, "event"), "error") == 0)
        skn_error_decode(event, &result.err);
    result.done = (uint32_t)skn_json_number(event, "done");
    result.step =
        json_object_get(event, "step") ? (uint32_t)skn_json_number(event, "step") : SKN_NO_STEP;
    if (slot->item == SKN_NO_ITEM) {
        json_decref(slot->answer);
        slot->answer = json_incref(event);
        return;
    }
    outputs_drain(pool, slot, 0);
    item_finish(pool, slot, &result);
}

static void event_take(struct skn_pool *pool, struct slot *slot, json_t *event)
{
    const char *name = skn_json_text(event, "event");
    /* The first word is about the driver; a driver that did not load answers every request so. */
    if (!slot->about && (strcmp(name, "loaded") == 0 || strcmp(name, "error") == 0)) {
        slot->about = json_incref(event);
        return;
    }
    if (is_final(name))
        event_final(pool, slot, event);
    else if (slot->item == SKN_NO_ITEM || !pool->hooks)
        return;
    else if (strcmp(name, "log") == 0)
        pool->hooks->line(pool->hooks->ctx, slot->item, (int)skn_json_number(event, "level"),
                          skn_json_text(event, "text"));
    else
        pool->hooks->event(pool->hooks->ctx, slot->item, event);
}

/* Its end was closed, or it spoke nonsense: the item in its hands is lost, the slot is free again.
 */
static void slot_lost(struct skn_pool *pool, struct slot *slot, int nonsense)
{
    struct skn_result result = {.err = SKN_ERROR_INIT, .step = SKN_NO_STEP};
    if (slot->child.page) {
        result.done = slot->child.page->done;
        result.step = slot->child.page->step - 1; /* 0, none, becomes SKN_NO_STEP */
        result.statement = slot->child.page->statement;
    }
    if (nonsense) {
        skn_child_signal(&slot->child, SIGKILL);
        skn_error_set(&result.err, SKN_E_DRIVER,
                      "driver %s wrote into skein's own socket; its worker was ended",
                      slot->driver);
    } else {
        skn_child_epitaph(&slot->child, slot->driver, &result.err);
    }
    outputs_drain(pool, slot, 1);
    if (slot->item != SKN_NO_ITEM) {
        item_finish(pool, slot, &result);
    } else if (!slot->answer) {
        slot->answer = skn_error_encode(&result.err);
    }
    json_t *answer = json_incref(slot->answer);
    slot_clear(slot);
    slot->answer = answer;
}

static void slot_read(struct skn_pool *pool, struct slot *slot)
{
    int closed = skn_child_read(&slot->child, 0);
    for (;;) {
        json_t *event;
        int got = skn_wire_decode(&slot->child.in, SKN_WIRE_EVENT_MAX, &event);
        if (got == 0)
            break;
        if (got < 0) {
            slot_lost(pool, slot, 1);
            return;
        }
        event_take(pool, slot, event);
        json_decref(event);
    }
    if (closed < 0)
        slot_lost(pool, slot, 0);
}

static int slot_busy(const struct slot *slot)
{
    return slot->driver && slot->item != SKN_NO_ITEM;
}

static void slots_press(struct skn_pool *pool)
{
    int64_t now = skn_clock_ms();
    for (uint32_t i = 0; i < pool->jobs; i++) {
        struct slot *slot = &pool->slots[i];
        if (!slot->driver || !slot->child.page)
            continue;
        const struct skn_page *page = slot->child.page;
        int overdue = page->deadline > 0 && now > page->deadline + GRACE_MS;
        int silent = page->call[0] && page->polled > 0 && now > page->polled + SILENCE_MS;
        if (slot->child.stage > 0 || overdue || silent)
            skn_child_press(&slot->child);
    }
}

/* First interrupt: stop behind the revision in hand. Second: give up the statement in hand. */
static void interrupts_pass(struct skn_pool *pool)
{
    int seen = interrupts;
    if (seen <= pool->pressed)
        return;
    for (uint32_t i = 0; i < pool->jobs; i++) {
        if (!slot_busy(&pool->slots[i]))
            continue;
        if (seen == 1)
            skn_child_signal(&pool->slots[i].child, SIGUSR1);
        else
            skn_child_press(&pool->slots[i].child);
    }
    pool->pressed = seen;
}

static void slots_poll(struct skn_pool *pool)
{
    struct pollfd *fds = skn_alloc_array((size_t)pool->jobs * SKN_CHILD_FDS, sizeof *fds);
    for (uint32_t i = 0; i < pool->jobs; i++) {
        struct slot *slot = &pool->slots[i];
        struct pollfd *at = fds + (size_t)i * SKN_CHILD_FDS;
        int here = slot->driver != NULL;
        short out = here && slot->child.out.len > 0 ? POLLOUT : 0;
        at[0] = (struct pollfd){.fd = here ? slot->child.socket : -1, .events = POLLIN | out};
        at[1] = (struct pollfd){.fd = here ? slot->child.outputs[0] : -1, .events = POLLIN};
        at[2] = (struct pollfd){.fd = here ? slot->child.outputs[1] : -1, .events = POLLIN};
    }
    int n = poll(fds, (nfds_t)pool->jobs * SKN_CHILD_FDS, TICK_MS);
    for (uint32_t i = 0; n > 0 && i < pool->jobs; i++) {
        struct slot *slot = &pool->slots[i];
        struct pollfd *at = fds + (size_t)i * SKN_CHILD_FDS;
        for (int which = 1; which < SKN_CHILD_FDS; which++)
            if (at[which].revents)
                skn_child_read(&slot->child, which);
        if (at[1].revents || at[2].revents)
            lines_pass(pool, slot, 0);
        if (at[0].revents & POLLOUT)
            skn_child_flush(&slot->child);
        if (at[0].revents & (POLLIN | POLLHUP | POLLERR))
            slot_read(pool, slot);
    }
    free(fds);
    slots_press(pool);
    interrupts_pass(pool);
}

/* ---- handing out ---- */

static int slot_fill(struct skn_pool *pool, struct slot *slot, struct skn_error *err)
{
    /* One that was pressed to come back may still be on its way to the end. */
    if (slot->driver && (slot->served >= TARGETS_PER_WORKER || slot->child.stage > 0))
        slot_clear(slot);
    uint32_t item =
        slot->driver ? skn_queue_take(pool->queue, slot->driver, slot->last) : SKN_NO_ITEM;
    if (item == SKN_NO_ITEM) {
        const char *driver = skn_queue_driver(pool->queue);
        if (!driver)
            return SKN_OK;
        if (slot->driver)
            slot_clear(slot);
        int rc = slot_start(pool, slot, driver, err);
        if (rc != SKN_OK)
            return rc;
        item = skn_queue_take(pool->queue, driver, SKN_NO_ITEM);
    }
    if (item != SKN_NO_ITEM)
        item_start(pool, slot, item);
    return SKN_OK;
}

/* Slots in the order in which they can go on best: those with a worker first. */
static int slots_fill(struct skn_pool *pool, struct skn_error *err)
{
    for (int with_worker = 1; with_worker >= 0; with_worker--)
        for (uint32_t i = 0; i < pool->jobs; i++) {
            struct slot *slot = &pool->slots[i];
            if (slot_busy(slot) || (slot->driver != NULL) != with_worker)
                continue;
            if (skn_queue_waiting(pool->queue) == 0 || !pool->hooks->more(pool->hooks->ctx))
                return SKN_OK;
            int rc = slot_fill(pool, slot, err);
            if (rc != SKN_OK)
                return rc;
        }
    return SKN_OK;
}

static int any_busy(const struct skn_pool *pool)
{
    for (uint32_t i = 0; i < pool->jobs; i++)
        if (slot_busy(&pool->slots[i]))
            return 1;
    return 0;
}

/* What a worker had last in the run before, as an item of this run: its connection may serve again.
 */
static void last_items_translate(struct skn_pool *pool, size_t count)
{
    for (uint32_t i = 0; i < pool->jobs; i++) {
        struct slot *slot = &pool->slots[i];
        const struct skn_target *target = pool->last_items[i];
        slot->last = SKN_NO_ITEM;
        for (size_t k = 0; target && k < count; k++)
            if (pool->items[k] == target)
                slot->last = (uint32_t)k;
    }
}

static void last_items_keep(struct skn_pool *pool)
{
    for (uint32_t i = 0; i < pool->jobs; i++) {
        uint32_t last = pool->slots[i].last;
        pool->last_items[i] = last == SKN_NO_ITEM ? NULL : pool->items[last];
    }
}

int skn_pool_run(struct skn_pool *pool, const struct skn_target *const *items, size_t count,
                 const struct skn_pool_hooks *hooks, struct skn_error *err)
{
    pool->items = items;
    pool->hooks = hooks;
    pool->queue = skn_queue_create(items, count);
    pool->pressed = interrupts;
    last_items_translate(pool, count);
    int rc = slots_fill(pool, err);
    while (rc == SKN_OK && any_busy(pool)) {
        slots_poll(pool);
        rc = slots_fill(pool, err);
    }
    while (any_busy(pool))
        slots_poll(pool);
    last_items_keep(pool);
    skn_queue_destroy(pool->queue);
    pool->queue = NULL;
    pool->hooks = NULL;
    pool->items = NULL;
    return rc;
}

/* ---- asking one worker ---- */

static struct slot *slot_for(struct skn_pool *pool, const char *driver, struct skn_error *err)
{
    struct slot *free_slot = NULL;
    for (uint32_t i = 0; i < pool->jobs; i++) {
        struct slot *slot = &pool->slots[i];
        if (slot->driver && strcmp(slot->driver, driver) == 0)
            return slot;
        if (!slot->driver && !free_slot)
            free_slot = slot;
    }
    if (!free_slot) {
        free_slot = &pool->slots[0];
        slot_clear(free_slot);
    }
    json_decref(free_slot->answer);
    free_slot->answer = NULL;
    return slot_start(pool, free_slot, driver, err) == SKN_OK ? free_slot : NULL;
}

static const json_t *about_await(struct skn_pool *pool, struct slot *slot)
{
    while (slot->driver && !slot->about) {
        skn_child_flush(&slot->child);
        slots_poll(pool);
    }
    return slot->about ? slot->about : slot->answer;
}

static json_t *answer_await(struct skn_pool *pool, struct slot *slot)
{
    while (slot->driver && !slot->answer) {
        skn_child_flush(&slot->child);
        slots_poll(pool);
    }
    json_t *answer = slot->answer;
    slot->answer = NULL;
    return answer;
}

static int answer_fails(const json_t *answer, const char *driver, struct skn_error *err)
{
    if (!answer)
        return skn_error_set(err, SKN_E_DRIVER, "the worker of driver %s gave no answer", driver);
    if (strcmp(skn_json_text(answer, "event"), "error") != 0)
        return SKN_OK;
    skn_error_decode(answer, err);
    return (int)err->code;
}

int skn_pool_ask(struct skn_pool *pool, const char *driver, const json_t *request, json_t **answer,
                 struct skn_error *err)
{
    *answer = NULL;
    struct slot *slot = slot_for(pool, driver, err);
    if (!slot)
        return (int)err->code;
    const json_t *about = about_await(pool, slot);
    int rc = answer_fails(about, driver, err);
    /* One that answered before it was asked, and died, says nothing of what is asked now. */
    if (rc == SKN_OK && !slot->driver)
        rc = answer_fails(NULL, driver, err);
    if (rc == SKN_OK && !request)
        *answer = json_incref((json_t *)(uintptr_t)about);
    if (rc == SKN_OK && request) {
        request_send(pool, slot, request);
        *answer = answer_await(pool, slot);
        rc = answer_fails(*answer, driver, err);
    }
    if (rc == SKN_OK)
        return SKN_OK;
    json_decref(*answer);
    *answer = NULL;
    if (slot->driver)
        slot_clear(slot);
    return rc;
}

/*
 * Events as text, JSON and progress. It decides nothing.
 */
#include "run/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/wire.h"
#include "base/redact.h"
#include "config/secret.h"

enum { PAINT_MS = 100, FEW = 10 };

char *skn_report_clean(const char *text)
{
    struct skn_buf redacted = {0};
    struct skn_buf out = {0};
    skn_buf_adds(&redacted, text);
    skn_redact(&redacted);
    skn_text_escape(&out, skn_buf_str(&redacted), 0);
    skn_buf_finish(&redacted);
    return out.text ? out.text : skn_strdup("");
}

/* What others wrote: servers, drivers, an earlier run. All else is our own words and names. */
static int is_foreign(const char *key)
{
    static const char *const keys[] = {"error", "who", "product", "user", "server", "summary"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (strcmp(key, keys[i]) == 0)
            return 1;
    return 0;
}

static void members_redact(json_t *object)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        if (!json_is_string(value) || !is_foreign(key))
            continue;
        struct skn_buf text = {0};
        skn_buf_add(&text, json_string_value(value), json_string_length(value));
        skn_redact(&text);
        json_object_set_new(object, key, skn_json_string(skn_buf_text(&text), text.len));
        skn_buf_finish(&text);
    }
}

void skn_report_json(json_t *object)
{
    struct skn_buf line = {0};
    members_redact(object);
    members_redact(json_object_get(object, "progress"));
    json_object_set_new(object, "v", json_integer(SKN_WIRE_VERSION));
    skn_wire_encode(&line, object);
    struct skn_buf shown = {0};
    skn_json_escape(&shown, skn_buf_str(&line));
    fwrite(shown.text, 1, shown.len, stdout);
    fflush(stdout);
    skn_buf_finish(&shown);
    skn_buf_finish(&line);
    json_decref(object);
}

/* ---- the progress line ---- */

static void progress_clear(struct skn_report *report)
{
    if (report->on_screen)
        fputs("\r\033[K", stderr);
    report->on_screen = 0;
}

static void progress_paint(struct skn_report *report)
{
    int64_t now = skn_clock_ms();
    if (!(report->flags & SKN_REPORT_PROGRESS) || report->total == 0 ||
        now - report->painted < PAINT_MS)
        return;
    report->painted = now;
    double seconds = (double)(now - report->began) / 1000.0;
    double rate = seconds > 0 ? (double)report->ended / seconds : 0;
    size_t left = report->total - report->ended;
    fprintf(stderr, "\r\033[K%s: %zu of %zu done, %zu failed, %zu left", report->phase,
            report->ended - report->failed, report->total, report->failed, left);
    if (rate > 0)
        fprintf(stderr, ", %.0f/s, %.0f s to go", rate, (double)left / rate);
    fflush(stderr);
    report->on_screen = 1;
}

/* ---- lines ---- */

static const char *level_color(const struct skn_report *report, const char *level)
{
    if (!(report->flags & SKN_REPORT_COLOR))
        return "";
    return strcmp(level, "ERROR") == 0 ? "\033[31m" : strcmp(level, "WARN") == 0 ? "\033[33m" : "";
}

static void line_add(const struct skn_report *report, struct skn_buf *lines, const char *level,
                     const char *target, const char *text)
{
    char *clean = skn_report_clean(text);
    const char *color = level_color(report, level);
    const char *end = color[0] ? "\033[0m" : "";
    skn_buf_addf(lines, "%s%-5s%s [skein] %s%s%s\n", color, level, end, target ? target : "",
                 target ? ": " : "", clean);
    free(clean);
}

/* Standard error has no buffer: each call is a write. */
static void lines_write(struct skn_report *report, struct skn_buf *lines)
{
    progress_clear(report);
    fwrite(lines->text, 1, lines->len, stderr);
    skn_buf_finish(lines);
}

static void log_line(struct skn_report *report, const char *level, const char *target,
                     const char *text)
{
    struct skn_buf line = {0};
    line_add(report, &line, level, target, text);
    lines_write(report, &line);
}

static int many(const struct skn_report *report)
{
    return report->fleet && report->fleet->count > 1;
}

static const char *shown_name(const struct skn_report *report, const struct skn_member *member)
{
    return many(report) ? member->target->name : NULL;
}

static int steps_shown(const struct skn_report *report)
{
    if (report->flags & (SKN_REPORT_QUIET | SKN_REPORT_JSON))
        return 0;
    return (report->flags & SKN_REPORT_VERBOSE) || !report->fleet || report->fleet->count <= FEW;
}

static json_t *rows_json(const char *rows)
{
    json_t *list = json_array();
    for (const char *at = rows; *at;) {
        const char *end = strchrnul(at, ',');
        json_array_append_new(list, skn_json_string(at, (size_t)(end - at)));
        at = *end ? end + 1 : end;
    }
    return list;
}

/* ---- what the fleet tells ---- */

static void on_probed(void *ctx, const struct skn_member *member)
{
    struct skn_report *report = ctx;
    report->ended++;
    report->failed += member->state == SKN_MEMBER_UNREACHABLE;
    progress_paint(report);
}

static void on_start(void *ctx, const struct skn_member *member, const struct skn_walk_step *steps,
                     size_t count)
{
    struct skn_report *report = ctx;
    if (!steps_shown(report) || count == 0)
        return;
    struct skn_buf lines = {0};
    struct skn_buf text = {0};
    for (size_t i = 0; i < count; i++) {
        skn_buf_clear(&text);
        skn_buf_addf(&text, "Running %s", steps[i].log);
        line_add(report, &lines, "INFO", shown_name(report, member), skn_buf_text(&text));
    }
    skn_buf_finish(&text);
    lines_write(report, &lines);
}

static void on_step(void *ctx, const struct skn_member *member, const struct skn_walk_step *step,
                    int64_t ms)
{
    static const char *const kinds[] = {"upgrade", "downgrade", "stamp"};
    struct skn_report *report = ctx;
    if (report->flags & SKN_REPORT_JSON)
        skn_report_json(json_pack("{s:s, s:s, s:s, s:s, s:I}", "event", "step", "target",
                                  member->target->name, "direction", kinds[step->kind], "revision",
                                  step->revision ? step->revision->id : "", "ms", (json_int_t)ms));
}

static const char *state_word(const struct skn_member *member)
{
    switch (member->state) {
    case SKN_MEMBER_DONE:
        return "done";
    case SKN_MEMBER_FAILED:
        return "failed";
    case SKN_MEMBER_UNREACHABLE:
        return "unreachable";
    default:
        return "not reached";
    }
}

static void member_json(const struct skn_member *member)
{
    json_t *object = json_pack("{s:s, s:s, s:s, s:o, s:o, s:I, s:I}", "event", "target", "target",
                               member->target->name, "state", state_word(member), "from",
                               rows_json(member->from), "to", rows_json(member->rows), "revisions",
                               (json_int_t)member->done, "ms", (json_int_t)member->ms);
    if (member->error) {
        json_object_set_new(object, "code", json_string(skn_code_name(member->code)));
        json_object_set_new(object, "error", skn_json_string(member->error, strlen(member->error)));
    }
    skn_report_json(object);
}

static void member_error(struct skn_report *report, const struct skn_member *member)
{
    struct skn_buf text = {0};
    skn_buf_addf(&text, "target \"%s\": %s", member->target->name, member->error);
    log_line(report, "ERROR", NULL, skn_buf_text(&text));
    skn_buf_finish(&text);
}

static void on_finished(void *ctx, const struct skn_member *member)
{
    struct skn_report *report = ctx;
    report->ended++;
    report->failed += member->state == SKN_MEMBER_FAILED;
    if (report->flags & SKN_REPORT_JSON) {
        member_json(member);
        return;
    }
    if (member->state == SKN_MEMBER_FAILED) {
        member_error(report, member);
    } else if (many(report) && !steps_shown(report) && !(report->flags & SKN_REPORT_QUIET) &&
               !(report->flags & SKN_REPORT_PROGRESS)) {
        struct skn_buf text = {0};
        skn_buf_addf(&text, "%s -> %s (%u revisions, %lld ms)",
                     member->from[0] ? member->from : "base",
                     member->rows[0] ? member->rows : "base", member->done, (long long)member->ms);
        log_line(report, "INFO", member->target->name, skn_buf_text(&text));
        skn_buf_finish(&text);
    }
    progress_paint(report);
}

static void on_line(void *ctx, const struct skn_member *member, int level, const char *text)
{
    static const char *const levels[] = {"ERROR", "WARN", "INFO", "DEBUG", "TRACE"};
    struct skn_report *report = ctx;
    int shown = level < 0 || level <= 1 || (report->flags & SKN_REPORT_VERBOSE);
    if (!shown || ((report->flags & SKN_REPORT_QUIET) && level != 0))
        return;
    struct skn_buf line = {0};
    if (level < 0)
        skn_buf_addf(&line, "driver %s wrote to its %s: %s", member->target->driver,
                     level == -1 ? "standard output" : "standard error", text);
    else
        skn_buf_adds(&line, text);
    log_line(report, level < 0 || level > 4 ? "WARN" : levels[level], member->target->name,
             skn_buf_text(&line));
    skn_buf_finish(&line);
}

/* ---- for the verbs ---- */

void skn_report_init(struct skn_report *report, unsigned flags)
{
    *report = (struct skn_report){.flags = flags};
    report->events = (struct skn_fleet_events){.ctx = report,
                                               .probed = on_probed,
                                               .start = on_start,
                                               .step = on_step,
                                               .finished = on_finished,
                                               .line = on_line};
}

void skn_report_phase(struct skn_report *report, const struct skn_fleet *fleet, const char *phase,
                      size_t total)
{
    progress_clear(report);
    report->fleet = fleet;
    report->phase = phase;
    report->total = total > 1 ? total : 0;
    report->ended = 0;
    report->failed = 0;
    report->began = skn_clock_ms();
    report->painted = 0;
}

void skn_report_note(struct skn_report *report, const char *text)
{
    if (!(report->flags & (SKN_REPORT_QUIET | SKN_REPORT_JSON)))
        log_line(report, "INFO", NULL, text);
}

void skn_report_error(struct skn_report *report, const struct skn_error *err)
{
    char *clean = skn_report_clean(err->message);
    progress_clear(report);
    if (report->flags & SKN_REPORT_JSON)
        skn_report_json(json_pack("{s:s, s:s, s:s}", "event", "error", "code",
                                  skn_code_name(err->code), "error", clean));
    fprintf(stderr, "FAILED: %s\n", clean);
    free(clean);
}

static size_t unreachable_print(struct skn_report *report, const struct skn_fleet *fleet)
{
    size_t n = 0;
    for (size_t i = 0; i < fleet->count; i++) {
        const struct skn_member *member = &fleet->members[i];
        if (member->state != SKN_MEMBER_UNREACHABLE)
            continue;
        n++;
        if (report->flags & SKN_REPORT_JSON)
            member_json(member);
        member_error(report, member);
    }
    progress_clear(report);
    return n;
}

void skn_report_unreachable(struct skn_report *report, const struct skn_fleet *fleet)
{
    size_t n = unreachable_print(report, fleet);
    fprintf(stderr, "FAILED: %zu of %zu targets cannot be used; nothing was changed anywhere\n", n,
            fleet->count);
}

int skn_report_unasked(struct skn_report *report, const struct skn_fleet *fleet)
{
    return unreachable_print(report, fleet) < fleet->count ? 3 : 1;
}

static void unfinished_print(const struct skn_fleet *fleet)
{
    for (size_t i = 0; i < fleet->count; i++) {
        const struct skn_member *member = &fleet->members[i];
        if (member->state == SKN_MEMBER_DONE)
            continue;
        struct skn_buf line = {0};
        skn_buf_addf(&line, "  %-11s  %s at %s: %s", state_word(member), member->target->name,
                     member->rows[0] ? member->rows : "base",
                     member->error ? member->error : "the run stopped before it");
        char *clean = skn_report_clean(skn_buf_text(&line));
        puts(clean);
        free(clean);
        skn_buf_finish(&line);
    }
}

/* Its end was an event: it began, and was not left waiting to begin once more. */
static int was_told(const struct skn_member *member)
{
    return member->began != 0 && (member->state != SKN_MEMBER_NOT_REACHED || member->error);
}

void skn_report_summary(struct skn_report *report, const struct skn_fleet *fleet)
{
    size_t done = skn_fleet_tally(fleet, SKN_MEMBER_DONE);
    size_t failed = skn_fleet_tally(fleet, SKN_MEMBER_FAILED);
    size_t left = skn_fleet_tally(fleet, SKN_MEMBER_NOT_REACHED);
    size_t changed = 0;
    for (size_t i = 0; i < fleet->count; i++)
        changed += fleet->members[i].done > 0;
    progress_clear(report);
    if (report->flags & SKN_REPORT_JSON) {
        for (size_t i = 0; i < fleet->count; i++)
            if (!was_told(&fleet->members[i]))
                member_json(&fleet->members[i]);
        skn_report_json(json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I}", "event", "summary",
                                  "targets", (json_int_t)fleet->count, "done", (json_int_t)done,
                                  "changed", (json_int_t)changed, "failed", (json_int_t)failed,
                                  "skipped", (json_int_t)0, "not_reached", (json_int_t)left));
        return;
    }
    if (fleet->count < 2 || ((report->flags & SKN_REPORT_QUIET) && done == fleet->count))
        return;
    printf("%zu targets: %zu done (%zu changed), %zu failed, 0 skipped, %zu not reached\n",
           fleet->count, done, changed, failed, left);
    unfinished_print(fleet);
}

int skn_report_exit(const struct skn_fleet *fleet)
{
    size_t done = skn_fleet_tally(fleet, SKN_MEMBER_DONE);
    size_t busy = 0, cancelled = 0, partly = 0;
    for (size_t i = 0; i < fleet->count; i++) {
        const struct skn_member *member = &fleet->members[i];
        if (member->state == SKN_MEMBER_DONE)
            continue;
        busy += member->error && member->code == SKN_E_BUSY;
        cancelled += member->error && member->code == SKN_E_CANCELLED;
        partly += member->done > 0;
    }
    if (done == fleet->count)
        return 0;
    if (skn_pool_interrupts() > 0 || cancelled > 0)
        return 130;
    if (done > 0)
        return 3;
    if (busy == fleet->count - done && partly == 0)
        return 5;
    return 1;
}

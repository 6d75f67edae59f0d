/*
 * What the planner and its workers say to each other: JSON objects, one a line, over a socket, and
 * one shared page that tells what a worker is doing even after it died. The names of requests and
 * events stand here, because both sides use them and neither includes the other.
 *
 * Requests ("do"): load, scripts, check, probe, run, render, resolve, ensure, compare,
 * rehearse. Events
 * ("event"): loaded, checked, probed, start, ran, moved, text, rendered, resolved, ensured,
 * difference, statement, section, compared, tried, rehearsed, error, log. Every request but scripts
 * ends with exactly one of loaded, checked, probed, ran, moved, rendered, resolved, ensured,
 * compared, rehearsed, error.
 */
#ifndef SKN_BASE_WIRE_H
#define SKN_BASE_WIRE_H

#include <stddef.h>
#include <stdint.h>
#include <jansson.h>

#include "base/buf.h"
#include "base/error.h"

enum {
    SKN_WIRE_VERSION = 1,
    SKN_WIRE_FD = 3, /* in a worker */
    SKN_PAGE_FD = 4,
    SKN_WIRE_REQUEST_MAX = 512 << 20, /* a revision of 64 MiB, escaped */
    SKN_WIRE_EVENT_MAX = 64 << 20,    /* all of a schema, as text */
    SKN_WIRE_SCRIPT = 4 /* numbers a script in "scripts", whose texts are the body one after the
                         * other: its own, its bytes, whether it runs without a transaction, whether
                         * it uses variables. One object each would cost more than scanning it. */
};

/* Written by the worker before and after each driver call; read by the planner at any time. */
struct skn_page {
    char call[32];             /* the slot being called, "" between calls */
    volatile int64_t deadline; /* skn_clock_ms() by which the call should end, 0: none */
    volatile int64_t polled;   /* skn_clock_ms() when the driver last called back */
    volatile uint32_t step;    /* 1-based, of the revision in hand; 0: none */
    volatile uint32_t done;    /* revisions of the current request that are surely in the ledger */
    volatile uint32_t statement; /* 1-based, of the revision in hand; 0: none */
    uint32_t reserved;
};

/* Appends the object as one line. */
void skn_wire_encode(struct skn_buf *out, const json_t *message);

/* Appends the object with a text behind its line, which arrives as its member "body": escaping long
 * texts as JSON, and reading them again, would cost more than all else. */
void skn_wire_encode_body(struct skn_buf *out, json_t *message, struct skn_str body);

/* What has arrived and was not taken yet. A zeroed one is ready. */
struct skn_wire {
    struct skn_buf buf;
    size_t at;      /* where the first line that was not taken begins */
    size_t scanned; /* no line end between at and here */
    json_t *head;   /* of a message whose body has not arrived yet */
};

void skn_wire_finish(struct skn_wire *wire);
void skn_wire_add(struct skn_wire *wire, const char *bytes, size_t len);

/* Takes the first whole line, and the body behind it: 1 and *message (the caller's reference), 0 if
 * there is none yet, -1 if it is no JSON object or longer than limit. */
int skn_wire_decode(struct skn_wire *wire, size_t limit, json_t **message);

/* An object's member: text ("" if absent), number (0 if absent), array (NULL if absent). */
const char *skn_json_text(const json_t *object, const char *key);
int64_t skn_json_number(const json_t *object, const char *key);
const json_t *skn_json_array(const json_t *object, const char *key);

/* Text that may hold bytes no JSON string can: they become U+FFFD. */
json_t *skn_json_string(const char *text, size_t len);

/* An error as members of an event, and back. What comes back is an error, whatever it says. */
json_t *skn_error_encode(const struct skn_error *err);
void skn_error_decode(const json_t *event, struct skn_error *err);

#endif

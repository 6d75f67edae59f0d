/*
 * The header of a revision file: a message and "-- Key: value" lines.
 */
#ifndef SKN_HISTORY_HEADER_H
#define SKN_HISTORY_HEADER_H

#include "base/buf.h"
#include "history/reader.h"

enum skn_key {
    SKN_KEY_ID,
    SKN_KEY_REVISES,
    SKN_KEY_CREATED,
    SKN_KEY_LABELS,
    SKN_KEY_DEPENDS,
    SKN_KEY_REQUIRES,
    SKN_KEY_VARIABLES,
    SKN_KEY_IRREVERSIBLE,
    SKN_KEYS
};

/* Names in a header line and where they stand, for faults that only the whole history shows. */
struct skn_items {
    const char *const *items;
    const uint32_t *columns;
    size_t count;
    uint32_t line;
};

struct skn_header {
    struct skn_str message;
    struct skn_str id; /* empty if it is missing or wrong */
    uint32_t id_line;
    uint32_t id_column;
    struct skn_items parents;
    struct skn_items depends;
    struct skn_items labels;
    struct skn_items requirements;
    struct skn_items variables;
    const char *created;
    const char *irreversible; /* or NULL */
    int broken;               /* something in this file is at fault */
};

/* Reads up to the first directive, and stands on it: 1. At the end of the text: 0. message is room
 * for the message's lines. */
int skn_header_read(struct skn_reader *reader, struct skn_buf *message, struct skn_header *header);

/* True for a line of a message that a reader would take for something else: a key, a directive. */
int skn_header_takes(struct skn_str line);

#endif

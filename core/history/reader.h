/*
 * A text, line by line, with the place of each line for the faults found in it.
 */
#ifndef SKN_HISTORY_READER_H
#define SKN_HISTORY_READER_H

#include "history/fault.h"

enum skn_line_kind { SKN_LINE_BLANK, SKN_LINE_COMMENT, SKN_LINE_DIRECTIVE, SKN_LINE_OTHER };

struct skn_reader {
    struct skn_arena *arena;
    const char *path;
    struct skn_faults *faults;
    struct skn_str text;
    size_t next;        /* where the next line starts */
    uint32_t line;      /* number of the current line; 0 before the first */
    struct skn_str now; /* the current line without its newline */
};

/* Goes to the next line; 0 at the end of the text. */
int skn_reader_next(struct skn_reader *reader);

/* A directive is any line that was meant as one: "-- skein:", also indented or badly spaced. */
enum skn_line_kind skn_reader_kind(const struct skn_reader *reader);

/* What stands behind "--" and one blank, of a comment. */
struct skn_str skn_reader_comment(const struct skn_reader *reader);

/* Column of a place in the current line. */
uint32_t skn_reader_column(const struct skn_reader *reader, const char *at);

/* A fault at a place in the current line. */
#define skn_reader_fault(reader, at, ...)                                                          \
    skn_fault_at((reader)->faults, (reader)->path, (reader)->line,                                 \
                 skn_reader_column((reader), (at)), __VA_ARGS__)

#endif

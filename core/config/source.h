/*
 * The text of a config: its file with the included ones put in, and where each line came from. It
 * knows the grammar only through the lexer.
 */
#ifndef SKN_CONFIG_SOURCE_H
#define SKN_CONFIG_SOURCE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

/* A line of a file, as messages name it. */
struct skn_place {
    const char *shown;
    unsigned line;
};

/* "shown:line: " and the message; SKN_E_CONFIG. */
int skn_place_fail(struct skn_place place, struct skn_error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* "shown:line", in the arena. */
const char *skn_place_text(struct skn_arena *arena, struct skn_place place);

/* Puts "shown:line: " before err's message. */
int skn_place_context(struct skn_place place, struct skn_error *err);

struct skn_source_file {
    const char *shown; /* as messages name it */
    int is_private;    /* nobody but its owner may read it */
};

/* From this line of the text on, lines are those of file from file_line on. */
struct skn_source_span {
    unsigned line;
    unsigned file_line;
    const struct skn_source_file *file;
};

struct skn_source {
    struct skn_arena *arena;
    const char *folder; /* absolute: what an @include is relative to */
    const char *shown;  /* the same as messages name it: "" or "conf/" */
    struct skn_buf text;
    unsigned line; /* of the text's end */
    struct skn_source_span *spans;
    size_t span_count;
    size_t span_room;
};

/* Reads path, which is as the user gave it, and lies in folder. The caller finishes source, also
 * after an error; what was shown stays in the arena. */
int skn_source_read(struct skn_source *source, struct skn_arena *arena, const char *folder,
                    const char *path, struct skn_error *err);

/* Overwrites the text: it may hold passwords. */
void skn_source_finish(struct skn_source *source);

/* Where a line of the text came from. */
struct skn_place skn_source_place(const struct skn_source *source, unsigned line);
const struct skn_source_file *skn_source_file(const struct skn_source *source, unsigned line);

/* Reads a file of UTF-8 lines that only we and root can change: no BOM, "\n" line ends. */
int skn_lines_read(const char *path, const char *shown, unsigned flags, size_t limit,
                   struct skn_buf *out, struct skn_error *err);

#endif

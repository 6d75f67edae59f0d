/*
 * How a statement begins: what it creates, alters or drops, and the name it gives. It looks no
 * further than the name.
 */
#ifndef SKN_WORK_SCAN_HEAD_H
#define SKN_WORK_SCAN_HEAD_H

#include "work/scan_lex.h"

/* Reads ahead on its own copy of a lexer, up to the first ";" or to what the lexer refuses. */
struct skn_scan_reader {
    struct skn_scan_lexer lexer;
    struct skn_scan_token token; /* the one to look at */
};

void skn_scan_reader_init(struct skn_scan_reader *reader, const struct skn_scan_lexer *lexer,
                          size_t at);
void skn_scan_reader_next(struct skn_scan_reader *reader);
bool skn_scan_reader_is(const struct skn_scan_reader *reader, const char *word);
bool skn_scan_reader_is_any(const struct skn_scan_reader *reader, const char *const *words);
bool skn_scan_reader_is_mark(const struct skn_scan_reader *reader, char mark);

/* Goes on behind the word, if it is the one to look at. */
bool skn_scan_reader_take(struct skn_scan_reader *reader, const char *word);

/* A stretch of the text; both 0: none. */
struct skn_scan_span {
    size_t start;
    size_t end;
};

/* [schema.]name, quoted or not. Where several follow, separated by commas, the statement names no
 * single object, and there is none. */
struct skn_scan_span skn_scan_reader_name(struct skn_scan_reader *reader);

/* What a statement is about, as far as it matters to finding its end. */
enum skn_scan_thing {
    SKN_SCAN_THING_NONE,
    SKN_SCAN_THING_OTHER,
    SKN_SCAN_THING_DATABASE, /* or a schema */
    SKN_SCAN_THING_EVENT,
    SKN_SCAN_THING_FUNCTION,
    SKN_SCAN_THING_INDEX,
    SKN_SCAN_THING_PACKAGE,
    SKN_SCAN_THING_PROCEDURE,
    SKN_SCAN_THING_RULE,
    SKN_SCAN_THING_TRIGGER
};

struct skn_scan_head {
    enum skn_scan_thing thing;
    struct skn_scan_span name;
    size_t after; /* the first token behind the name, or the one that was not understood */
};

/* The head of the statement whose first token is at start. */
void skn_scan_head_read(const struct skn_scan_lexer *lexer, size_t start,
                        struct skn_scan_head *head);

#endif

/*
 * The first look at one file of a config: just enough of its grammar to find the @include lines and
 * to refuse what libconfig would take wrongly. It opens no file, and builds nothing.
 */
#ifndef SKN_CONFIG_LEXER_H
#define SKN_CONFIG_LEXER_H

#include <skein/driver.h>

enum {
    SKN_CONFIG_DEPTH = 32,       /* brackets inside brackets; libconfig's parser recurses */
    SKN_CONFIG_SETTINGS = 10000, /* in one group; libconfig compares each with all others */
};

struct skn_bracket {
    char opening;
    unsigned line;
    unsigned settings; /* in it so far */
};

struct skn_lexer {
    struct skn_str text; /* borrowed; ends with a newline, or is empty */
    size_t at;
    unsigned line;  /* of at, 1-based */
    unsigned outer; /* brackets that the including files have open */
    unsigned depth; /* of brackets: what is in use of it, brackets[0] is the file itself */
    struct skn_bracket brackets[SKN_CONFIG_DEPTH + 1];
    struct skn_str include;     /* set when skn_lexer_next stops at an @include */
    const char *fault;          /* what is wrong; static text */
    unsigned fault_line;        /* where */
    unsigned fault_origin_line; /* and the line of the bracket it is about, or 0 */
};

void skn_lexer_init(struct skn_lexer *lexer, struct skn_str text, unsigned outer);

/* Goes on to the next @include line, or to the end: 1 with include set and at behind the line's
 * closing quote, 0 at the end, -1 with fault set. *passed is the text in between. */
int skn_lexer_next(struct skn_lexer *lexer, struct skn_str *passed);

#endif

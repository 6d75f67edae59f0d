/*
 * Statements that hold statements: the bodies of routines, triggers, events and packages, in which
 * ";" does not end the whole. It follows the tokens one by one and knows when a body is closed.
 */
#ifndef SKN_WORK_SCAN_BODY_H
#define SKN_WORK_SCAN_BODY_H

#include "work/scan_head.h"

enum { SKN_SCAN_BODY_DEPTH = 128 };

/* What the next token is taken for. */
enum skn_scan_body_phase {
    SKN_SCAN_BODY_NONE, /* there is no body: the next ";" is the end */

    /* Between the name and the body: what it begins with depends on what is created. */
    SKN_SCAN_BODY_PROCEDURE,
    SKN_SCAN_BODY_FUNCTION,
    SKN_SCAN_BODY_TRIGGER_EACH,
    SKN_SCAN_BODY_TRIGGER_ROW,
    SKN_SCAN_BODY_TRIGGER_ORDER,
    SKN_SCAN_BODY_TRIGGER_OTHER,
    SKN_SCAN_BODY_EVENT,
    SKN_SCAN_BODY_AS,
    SKN_SCAN_BODY_BEGIN,
    SKN_SCAN_BODY_ATOMIC,

    /* Within the body. */
    SKN_SCAN_BODY_START,   /* a statement starts here */
    SKN_SCAN_BODY_INSIDE,  /* of a plain statement */
    SKN_SCAN_BODY_THEN,    /* of a condition, up to THEN */
    SKN_SCAN_BODY_DO,      /* of a condition, up to DO or LOOP */
    SKN_SCAN_BODY_UNTIL,   /* of a condition, up to the END of REPEAT */
    SKN_SCAN_BODY_DECLARE, /* behind DECLARE */
    SKN_SCAN_BODY_HANDLER, /* behind DECLARE ... HANDLER */
    SKN_SCAN_BODY_CAUSE,   /* of what a handler is for */
    SKN_SCAN_BODY_CAUSES,  /* behind one: a comma, or the handler's statement */
    SKN_SCAN_BODY_END,     /* between END and ";" */

    SKN_SCAN_BODY_ACTIONS, /* of a rule: what ends them is a parenthesis */
    SKN_SCAN_BODY_PHASES
};

struct skn_scan_body {
    enum skn_scan_body_phase phase;
    size_t from;        /* tokens before it belong to the head */
    size_t depth;       /* how many are open; of a rule, parentheses */
    size_t parentheses; /* open between the name and the body */
    size_t cases;       /* CASE expressions open inside a condition */
    size_t begin;       /* one past the BEGIN that ATOMIC may follow; 0: none */
    bool label;         /* the last token started a statement, unless a colon makes it a label */
    bool operand;       /* a value is due, so that END or BEGIN is a column */
    bool returns;       /* RETURNS was there: the next RETURN is a statement */
    struct {
        size_t at;
        bool declares; /* declarations, up to a BEGIN that opens nothing more */
        bool package;
    } open[SKN_SCAN_BODY_DEPTH];
};

void skn_scan_body_init(struct skn_scan_body *body, const struct skn_scan_lexer *lexer,
                        size_t start, const struct skn_scan_head *head);

/* True while ";" does not end the statement. */
bool skn_scan_body_is_open(const struct skn_scan_body *body);

/* The next token of the statement, also a ";" that does not end it. */
int skn_scan_body_take(struct skn_scan_body *body, const struct skn_scan_lexer *lexer,
                       const struct skn_scan_token *token);

/* The text is at its end; SKN_E_SYNTAX if the body is not. */
int skn_scan_body_finish(const struct skn_scan_body *body, const struct skn_scan_lexer *lexer);

#endif

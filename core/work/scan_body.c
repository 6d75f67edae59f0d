/*
 * Bodies. What opens a block is a keyword only where a statement may start, so most of this is
 * about knowing where that is; the rest of a statement's grammar is the server's business.
 */
#include "work/scan_body.h"

typedef int take_fn(struct skn_scan_body *body, const struct skn_scan_lexer *lexer,
                    const struct skn_scan_token *token);

static take_fn start_take;

/* ---- what is open ---- */

static int block_open(struct skn_scan_body *body, const struct skn_scan_lexer *lexer, size_t at)
{
    if (body->depth == SKN_SCAN_BODY_DEPTH)
        return skn_scan_fail(lexer->err, SKN_E_UNSUPPORTED, at,
                             "blocks are nested deeper than %d levels here", SKN_SCAN_BODY_DEPTH);
    body->open[body->depth].at = at;
    body->open[body->depth].declares = false;
    body->open[body->depth].package = false;
    body->depth++;
    return SKN_OK;
}

/* AS of Oracle's dialect: declarations, and then a BEGIN. */
static int declarations_open(struct skn_scan_body *body, const struct skn_scan_lexer *lexer,
                             size_t at, bool package)
{
    int rc = block_open(body, lexer, at);

    if (rc == SKN_OK) {
        body->open[body->depth - 1].declares = true;
        body->open[body->depth - 1].package = package;
        body->phase = SKN_SCAN_BODY_START;
    }
    return rc;
}

static int begin_take(struct skn_scan_body *body, const struct skn_scan_lexer *lexer, size_t at)
{
    body->phase = SKN_SCAN_BODY_START;
    if (!body->depth || !body->open[body->depth - 1].declares)
        return block_open(body, lexer, at);
    body->open[body->depth - 1].declares = false;
    body->open[body->depth - 1].package = false;
    body->open[body->depth - 1].at = at;
    return SKN_OK;
}

static void block_close(struct skn_scan_body *body)
{
    body->phase = body->depth ? SKN_SCAN_BODY_END : SKN_SCAN_BODY_INSIDE;
    if (body->depth)
        body->depth--;
}

/* ---- between the name and the body ---- */

static bool in_parentheses(struct skn_scan_body *body, const struct skn_scan_lexer *lexer,
                           const struct skn_scan_token *token)
{
    if (skn_scan_token_is_mark(lexer, token, '('))
        body->parentheses++;
    else if (skn_scan_token_is_mark(lexer, token, ')') && body->parentheses)
        body->parentheses--;
    else
        return body->parentheses > 0;
    return true;
}

static bool is_as(const struct skn_scan_lexer *lexer, const struct skn_scan_token *token)
{
    return skn_scan_token_is(lexer, token, "AS") || skn_scan_token_is(lexer, token, "IS");
}

static int body_start(struct skn_scan_body *body, const struct skn_scan_lexer *lexer,
                      const struct skn_scan_token *token)
{
    body->phase = SKN_SCAN_BODY_START;
    return start_take(body, lexer, token);
}

static int procedure_take(struct skn_scan_body *body, const struct skn_scan_lexer *lexer,
                          const struct skn_scan_token *token)
{
    static const char *const traits[] = {"COMMENT", "LANGUAGE", "SQL",           "NOT",  "CONTAINS",
                                         "NO",      "READS",    "MODIFIES",      "DATA", "SECURITY",
                                         "DEFINER", "INVOKER",  "DETERMINISTIC", NULL};

    if (in_parentheses(body, lexer, token) || token->kind == SKN_SCAN_TOKEN_STRING ||
        skn_scan_token_is_any(lexer, token, traits))
        return SKN_OK;
    if (is_as(lexer, token))
        return declarations_open(body, lexer, token->start, false);
    return body_start(body, lexer, token);
}

/* Words of its type are too many to know, so the body is found by what it can begin with. */
static int function_take(struct skn_scan_body *body, const struct skn_scan_lexer *lexer,
                         const struct skn_scan_token *token)
{
    static const char *const openings[] = {"BEGIN", "IF",     "CASE", "LOOP",
                                           "WHILE", "REPEAT", "FOR",  NULL};

    if (in_parentheses(body, lexer, token))
        return SKN_OK;
    if (skn_scan_token_is_any(lexer, token, openings))
        return body_start(body, lexer, token);
    if (is_as(lexer, token))
        return declarations_open(body, lexer, token->start, false);
    if (skn_scan_token_is(lexer, token, "RETURNS"))
        body->returns = true;
    else if (skn_scan_token_is(lexer, token, "RETURN") && body->returns)
        body->phase = SKN_SCAN_BODY_INSIDE;
    else if (skn_scan_token_is_mark(lexer, token, ':'))
        body->phase = SKN_SCAN_BODY_START;
    return SKN_OK;
}

static int trigger_each_take(struct skn_scan_body *body, const struct skn_scan_lexer *lexer,
                             const struct skn_scan_token *token)
{
    if (skn_scan_token_is(lexer, token, "EACH"))
        body->phase = SKN_SCAN_BODY_TRIGGER_ROW;
    return SKN_OK;
}

static int trigger_row_take(struct skn_scan_body *body, const struct skn_scan_lexer *lexer,
                            const struct skn_scan_token *token)
{
    body->phase = skn_scan_token_is(lexer, token, "ROW") ? SKN_SCAN_BODY_TRIGGER_ORDER
                                                         : SKN_SCAN_BODY_TRIGGER_EACH;
    return SKN_OK;
}

static int trigger_order_take(struct skn_scan_body *body, const struct skn_scan_lexer *lexer,
                              const struct skn_scan_token *token)
{
    if (!skn_scan_token_is(lexer, token, "FOLLOWS") && !skn_scan_token_is(lexer, token, "PRECEDES"))
        return body_start(body, lexer, token);
    body->phase = SKN_SCAN_BODY_TRIGGER_OTHER;
    return SKN_OK;
}

static int trigger_other_take(struct skn_scan_body *body, const struct skn_scan_lexer *lexer,
                              const struct skn_scan_token *token)
{
    (void)lexer;
    (void)token;
    body->phase = SKN_SCAN_BODY_START;
    return SKN_OK;
}

static int event_take(struct skn_scan_body *body, const struct skn_scan_lexer *lexer,
                      const struct skn_scan_token *token)
{
    if (skn_scan_token_is(lexer, token, "DO"))
        body->phase = SKN_SCAN_BODY_START;
    return SKN_OK;
}

/* Of a package, or of a routine in one, which may as well be only announced. */
static int as_take(struct skn_scan_body *body, const struct skn_scan_lexer *lexer,
                   const struct skn_scan_token *token)
{
    if (is_as(lexer, token))
        return declarations_open(body, lexer, token->start, body->depth == 0);
    if (skn_scan_token_is_mark(lexer, token, ';'))
        body->phase = SKN_SCAN_BODY_START;
    return SKN_OK;
}

/* True when a value or a name must follow the token. */
static bool wants_operand(const struct skn_scan_lexer *lexer, const struct skn_scan_token *token)
{
    static const char *const words[] = {"CASE", "WHEN", "THEN", "ELSE", "AND",
                                        "OR",   "NOT",  "OF",   "ON",   NULL};

    if (token->kind == SKN_SCAN_TOKEN_PUNCT)
        return lexer->text[token->start] != ')';
    return skn_scan_token_is_any(lexer, token, words);
}

static int begin_find(struct skn_scan_body *body, const struct skn_scan_lexer *lexer,
                      const struct skn_scan_token *token)
{
    bool name = body->operand;

    body->operand = wants_operand(lexer, token);
    if (in_parentheses(body, lexer, token) || name || !skn_scan_token_is(lexer, token, "BEGIN"))
        return SKN_OK;
    return begin_take(body, lexer, token->start);
}

static int atomic_find(struct skn_scan_body *body, const struct skn_scan_lexer *lexer,
                       const struct skn_scan_token *token)
{
    size_t begin = body->begin;

    if (in_parentheses(body, lexer, token))
        return SKN_OK;
    body->begin = skn_scan_token_is(lexer, token, "BEGIN") ? token->start + 1 : 0;
    if (!begin || !skn_scan_token_is(lexer, token, "ATOMIC"))
        return SKN_OK;
    return begin_take(body, lexer, begin - 1);
}

/* ---- within the body ---- */

static const struct {
    const char *word;
    bool opens;
    enum skn_scan_body_phase next;
} starters[] = {
    {"IF", true, SKN_SCAN_BODY_THEN},          {"CASE", true, SKN_SCAN_BODY_THEN},
    {"WHILE", true, SKN_SCAN_BODY_DO},         {"FOR", true, SKN_SCAN_BODY_DO},
    {"LOOP", true, SKN_SCAN_BODY_START},       {"REPEAT", true, SKN_SCAN_BODY_START},
    {"ELSEIF", false, SKN_SCAN_BODY_THEN},     {"ELSIF", false, SKN_SCAN_BODY_THEN},
    {"WHEN", false, SKN_SCAN_BODY_THEN},       {"UNTIL", false, SKN_SCAN_BODY_UNTIL},
    {"ELSE", false, SKN_SCAN_BODY_START},      {"EXCEPTION", false, SKN_SCAN_BODY_START},
    {"NOT", false, SKN_SCAN_BODY_START},       {"ATOMIC", false, SKN_SCAN_BODY_START},
    {"DECLARE", false, SKN_SCAN_BODY_DECLARE},
};

static bool in_package(const struct skn_scan_body *body)
{
    return body->depth && body->open[body->depth - 1].package;
}

static int starter_take(struct skn_scan_body *body, const struct skn_scan_lexer *lexer,
                        const struct skn_scan_token *token)
{
    for (size_t i = 0; i < sizeof starters / sizeof starters[0]; i++)
        if (skn_scan_token_is(lexer, token, starters[i].word)) {
            body->phase = starters[i].next;
            body->cases = 0;
            body->operand = true;
            return starters[i].opens ? block_open(body, lexer, token->start) : SKN_OK;
        }
    body->phase = SKN_SCAN_BODY_INSIDE;
    body->label = true;
    return SKN_OK;
}

static int start_take(struct skn_scan_body *body, const struct skn_scan_lexer *lexer,
                      const struct skn_scan_token *token)
{
    /* The angles are of a <<label>> in Oracle's dialect. */
    if (skn_scan_token_is_mark(lexer, token, ';') || skn_scan_token_is_mark(lexer, token, '<') ||
        skn_scan_token_is_mark(lexer, token, '>'))
        return SKN_OK;
    if (skn_scan_token_is(lexer, token, "BEGIN"))
        return begin_take(body, lexer, token->start);
    if (skn_scan_token_is(lexer, token, "END")) {
        block_close(body);
        return SKN_OK;
    }
    if (in_package(body) && (skn_scan_token_is(lexer, token, "PROCEDURE") ||
                             skn_scan_token_is(lexer, token, "FUNCTION"))) {
        body->phase = SKN_SCAN_BODY_AS;
        return SKN_OK;
    }
    return starter_take(body, lexer, token);
}

/* "label:" or "<<label>>", but not "variable :=". */
static bool ends_label(const struct skn_scan_lexer *lexer, const struct skn_scan_token *token)
{
    bool assigns = token->end < lexer->len && lexer->text[token->end] == '=';

    return skn_scan_token_is_mark(lexer, token, '>') ||
           (skn_scan_token_is_mark(lexer, token, ':') && !assigns);
}

static int inside_take(struct skn_scan_body *body, const struct skn_scan_lexer *lexer,
                       const struct skn_scan_token *token)
{
    if (skn_scan_token_is_mark(lexer, token, ';') || (body->label && ends_label(lexer, token)))
        body->phase = SKN_SCAN_BODY_START;
    body->label = false;
    return SKN_OK;
}

/* True when the token ends the condition that the phase is about. */
static bool ends_condition(const struct skn_scan_body *body, const struct skn_scan_lexer *lexer,
                           const struct skn_scan_token *token)
{
    if (body->cases)
        return false;
    if (body->phase == SKN_SCAN_BODY_THEN)
        return skn_scan_token_is(lexer, token, "THEN");
    if (body->phase == SKN_SCAN_BODY_DO)
        return skn_scan_token_is(lexer, token, "DO") || skn_scan_token_is(lexer, token, "LOOP");
    return !body->operand && skn_scan_token_is(lexer, token, "END");
}

static int condition_take(struct skn_scan_body *body, const struct skn_scan_lexer *lexer,
                          const struct skn_scan_token *token)
{
    if (ends_condition(body, lexer, token)) {
        if (body->phase == SKN_SCAN_BODY_UNTIL)
            block_close(body);
        else
            body->phase = SKN_SCAN_BODY_START;
        return SKN_OK;
    }
    if (skn_scan_token_is(lexer, token, "CASE"))
        body->cases++;
    else if (skn_scan_token_is(lexer, token, "END") && body->cases && !body->operand)
        body->cases--;
    else if (skn_scan_token_is_mark(lexer, token, ';'))
        body->phase = SKN_SCAN_BODY_START;
    body->operand = wants_operand(lexer, token);
    return SKN_OK;
}

static int declare_take(struct skn_scan_body *body, const struct skn_scan_lexer *lexer,
                        const struct skn_scan_token *token)
{
    static const char *const actions[] = {"CONTINUE", "EXIT", "UNDO", NULL};

    if (skn_scan_token_is(lexer, token, "HANDLER"))
        body->phase = SKN_SCAN_BODY_HANDLER;
    else if (!skn_scan_token_is_any(lexer, token, actions))
        body->phase = SKN_SCAN_BODY_INSIDE;
    return body->phase == SKN_SCAN_BODY_INSIDE ? inside_take(body, lexer, token) : SKN_OK;
}

static int handler_take(struct skn_scan_body *body, const struct skn_scan_lexer *lexer,
                        const struct skn_scan_token *token)
{
    body->phase =
        skn_scan_token_is(lexer, token, "FOR") ? SKN_SCAN_BODY_CAUSE : SKN_SCAN_BODY_INSIDE;
    return body->phase == SKN_SCAN_BODY_INSIDE ? inside_take(body, lexer, token) : SKN_OK;
}

/* SQLSTATE [VALUE] 'x', NOT FOUND, SQLEXCEPTION, a number or a name. */
static int cause_take(struct skn_scan_body *body, const struct skn_scan_lexer *lexer,
                      const struct skn_scan_token *token)
{
    static const char *const first[] = {"SQLSTATE", "VALUE", "NOT", NULL};

    if (!skn_scan_token_is_any(lexer, token, first))
        body->phase = SKN_SCAN_BODY_CAUSES;
    return SKN_OK;
}

static int causes_take(struct skn_scan_body *body, const struct skn_scan_lexer *lexer,
                       const struct skn_scan_token *token)
{
    if (!skn_scan_token_is_mark(lexer, token, ','))
        return body_start(body, lexer, token);
    body->phase = SKN_SCAN_BODY_CAUSE;
    return SKN_OK;
}

static int end_take(struct skn_scan_body *body, const struct skn_scan_lexer *lexer,
                    const struct skn_scan_token *token)
{
    if (skn_scan_token_is_mark(lexer, token, ';'))
        body->phase = SKN_SCAN_BODY_START;
    return SKN_OK;
}

static int actions_take(struct skn_scan_body *body, const struct skn_scan_lexer *lexer,
                        const struct skn_scan_token *token)
{
    if (skn_scan_token_is_mark(lexer, token, '(') && body->depth++ == 0)
        body->open[0].at = token->start;
    else if (skn_scan_token_is_mark(lexer, token, ')') && body->depth)
        body->depth--;
    return SKN_OK;
}

/* ---- the whole ---- */

static take_fn *const takers[SKN_SCAN_BODY_PHASES] = {
    [SKN_SCAN_BODY_PROCEDURE] = procedure_take,
    [SKN_SCAN_BODY_FUNCTION] = function_take,
    [SKN_SCAN_BODY_TRIGGER_EACH] = trigger_each_take,
    [SKN_SCAN_BODY_TRIGGER_ROW] = trigger_row_take,
    [SKN_SCAN_BODY_TRIGGER_ORDER] = trigger_order_take,
    [SKN_SCAN_BODY_TRIGGER_OTHER] = trigger_other_take,
    [SKN_SCAN_BODY_EVENT] = event_take,
    [SKN_SCAN_BODY_AS] = as_take,
    [SKN_SCAN_BODY_BEGIN] = begin_find,
    [SKN_SCAN_BODY_ATOMIC] = atomic_find,
    [SKN_SCAN_BODY_START] = start_take,
    [SKN_SCAN_BODY_INSIDE] = inside_take,
    [SKN_SCAN_BODY_THEN] = condition_take,
    [SKN_SCAN_BODY_DO] = condition_take,
    [SKN_SCAN_BODY_UNTIL] = condition_take,
    [SKN_SCAN_BODY_DECLARE] = declare_take,
    [SKN_SCAN_BODY_HANDLER] = handler_take,
    [SKN_SCAN_BODY_CAUSE] = cause_take,
    [SKN_SCAN_BODY_CAUSES] = causes_take,
    [SKN_SCAN_BODY_END] = end_take,
    [SKN_SCAN_BODY_ACTIONS] = actions_take,
};

static enum skn_scan_body_phase phase_of_definition(uint32_t flags, enum skn_scan_thing thing)
{
    bool routines = (flags & SKN_DIALECT_ROUTINE_BODIES) != 0;
    bool atomic = (flags & SKN_DIALECT_ATOMIC_BODIES) != 0;

    switch (thing) {
    case SKN_SCAN_THING_PROCEDURE:
        return routines ? SKN_SCAN_BODY_PROCEDURE
               : atomic ? SKN_SCAN_BODY_ATOMIC
                        : SKN_SCAN_BODY_NONE;
    case SKN_SCAN_THING_FUNCTION:
        return routines ? SKN_SCAN_BODY_FUNCTION
               : atomic ? SKN_SCAN_BODY_ATOMIC
                        : SKN_SCAN_BODY_NONE;
    case SKN_SCAN_THING_TRIGGER:
        if (!(flags & SKN_DIALECT_TRIGGER_BODIES))
            return SKN_SCAN_BODY_NONE;
        return routines ? SKN_SCAN_BODY_TRIGGER_EACH : SKN_SCAN_BODY_BEGIN;
    case SKN_SCAN_THING_EVENT:
        return routines ? SKN_SCAN_BODY_EVENT : SKN_SCAN_BODY_NONE;
    case SKN_SCAN_THING_PACKAGE:
        return routines ? SKN_SCAN_BODY_AS : SKN_SCAN_BODY_NONE;
    case SKN_SCAN_THING_RULE:
        return atomic ? SKN_SCAN_BODY_ACTIONS : SKN_SCAN_BODY_NONE;
    default:
        return SKN_SCAN_BODY_NONE;
    }
}

/* MariaDB takes compound statements by themselves; BEGIN alone opens a transaction. */
static bool is_compound(struct skn_scan_reader *reader)
{
    static const char *const openings[] = {"IF", "CASE", "LOOP", "WHILE", "REPEAT", "FOR", NULL};

    if (skn_scan_reader_take(reader, "BEGIN"))
        return skn_scan_reader_is(reader, "NOT");
    return skn_scan_token_is_any(&reader->lexer, &reader->token, openings);
}

static enum skn_scan_body_phase phase_find(const struct skn_scan_lexer *lexer, size_t start,
                                           const struct skn_scan_head *head)
{
    struct skn_scan_reader reader;

    skn_scan_reader_init(&reader, lexer, start);
    if (skn_scan_reader_is(&reader, "CREATE") ||
        (skn_scan_reader_is(&reader, "ALTER") && head->thing == SKN_SCAN_THING_EVENT))
        return phase_of_definition(lexer->flags, head->thing);
    if ((lexer->flags & SKN_DIALECT_ROUTINE_BODIES) && is_compound(&reader))
        return SKN_SCAN_BODY_START;
    return SKN_SCAN_BODY_NONE;
}

void skn_scan_body_init(struct skn_scan_body *body, const struct skn_scan_lexer *lexer,
                        size_t start, const struct skn_scan_head *head)
{
    /* A delimiter of its own is how a text says where its bodies end. */
    body->phase = lexer->delimiter_len ? SKN_SCAN_BODY_NONE : phase_find(lexer, start, head);
    body->from = head->thing == SKN_SCAN_THING_NONE ? start : head->after;
    body->depth = 0;
    body->parentheses = 0;
    body->cases = 0;
    body->begin = 0;
    body->label = false;
    body->operand = false;
    body->returns = false;
}

bool skn_scan_body_is_open(const struct skn_scan_body *body)
{
    return body->depth > 0;
}

int skn_scan_body_take(struct skn_scan_body *body, const struct skn_scan_lexer *lexer,
                       const struct skn_scan_token *token)
{
    if (body->phase == SKN_SCAN_BODY_NONE || token->start < body->from)
        return SKN_OK;
    return takers[body->phase](body, lexer, token);
}

int skn_scan_body_finish(const struct skn_scan_body *body, const struct skn_scan_lexer *lexer)
{
    size_t at;
    size_t len = 1;

    if (!body->depth)
        return SKN_OK;
    if (body->phase == SKN_SCAN_BODY_ACTIONS)
        return skn_scan_fail(lexer->err, SKN_E_SYNTAX, body->open[0].at,
                             "the parenthesis that opens here is never closed");
    at = body->open[body->depth - 1].at;
    while (at + len < lexer->len && len < 9 && (lexer->text[at + len] | 0x20) >= 'a' &&
           (lexer->text[at + len] | 0x20) <= 'z')
        len++;
    return skn_scan_fail(lexer->err, SKN_E_SYNTAX, at,
                         "the block that %.*s opens here is never closed: its END is missing",
                         (int)len, lexer->text + at);
}

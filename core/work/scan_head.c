/*
 * How a statement begins. It knows the words of several dialects at once, for none of them means
 * something else in another; where a statement ends it does not know.
 */
#include "work/scan_head.h"

void skn_scan_reader_next(struct skn_scan_reader *reader)
{
    if (reader->token.kind == SKN_SCAN_TOKEN_END)
        return;
    if (skn_scan_lexer_next(&reader->lexer, &reader->token) != SKN_OK ||
        reader->token.kind == SKN_SCAN_TOKEN_DELIMITER || skn_scan_reader_is_mark(reader, ';'))
        reader->token.kind = SKN_SCAN_TOKEN_END;
}

void skn_scan_reader_init(struct skn_scan_reader *reader, const struct skn_scan_lexer *lexer,
                          size_t at)
{
    reader->lexer = *lexer;
    reader->lexer.at = at < lexer->len ? at : lexer->len;
    reader->lexer.executable = 0;
    reader->lexer.name_next = false;
    reader->lexer.fresh = false;
    reader->lexer.err = NULL;
    reader->token =
        (struct skn_scan_token){SKN_SCAN_TOKEN_PUNCT, reader->lexer.at, reader->lexer.at};
    skn_scan_reader_next(reader);
}

bool skn_scan_reader_is(const struct skn_scan_reader *reader, const char *word)
{
    return skn_scan_token_is(&reader->lexer, &reader->token, word);
}

bool skn_scan_reader_is_any(const struct skn_scan_reader *reader, const char *const *words)
{
    return skn_scan_token_is_any(&reader->lexer, &reader->token, words);
}

bool skn_scan_reader_is_mark(const struct skn_scan_reader *reader, char mark)
{
    return skn_scan_token_is_mark(&reader->lexer, &reader->token, mark);
}

bool skn_scan_reader_take(struct skn_scan_reader *reader, const char *word)
{
    if (!skn_scan_reader_is(reader, word))
        return false;
    skn_scan_reader_next(reader);
    return true;
}

static bool take_mark(struct skn_scan_reader *reader, char mark)
{
    if (!skn_scan_reader_is_mark(reader, mark))
        return false;
    skn_scan_reader_next(reader);
    return true;
}

static bool take_any(struct skn_scan_reader *reader, const char *const *words)
{
    if (!skn_scan_reader_is_any(reader, words))
        return false;
    skn_scan_reader_next(reader);
    return true;
}

static bool is_name(const struct skn_scan_reader *reader)
{
    return reader->token.kind == SKN_SCAN_TOKEN_WORD || reader->token.kind == SKN_SCAN_TOKEN_NAME;
}

struct skn_scan_span skn_scan_reader_name(struct skn_scan_reader *reader)
{
    const struct skn_scan_span none = {0, 0};
    struct skn_scan_span name = {reader->token.start, 0};

    do {
        if (!is_name(reader))
            return none;
        name.end = reader->token.end;
        skn_scan_reader_next(reader);
    } while (take_mark(reader, '.'));
    return skn_scan_reader_is_mark(reader, ',') ? none : name;
}

/* ---- CREATE, ALTER, DROP ---- */

static const struct {
    const char *word;
    enum skn_scan_thing thing;
} things[] = {
    {"TABLE", SKN_SCAN_THING_OTHER},       {"INDEX", SKN_SCAN_THING_INDEX},
    {"VIEW", SKN_SCAN_THING_OTHER},        {"SEQUENCE", SKN_SCAN_THING_OTHER},
    {"TYPE", SKN_SCAN_THING_OTHER},        {"DOMAIN", SKN_SCAN_THING_OTHER},
    {"FUNCTION", SKN_SCAN_THING_FUNCTION}, {"PROCEDURE", SKN_SCAN_THING_PROCEDURE},
    {"TRIGGER", SKN_SCAN_THING_TRIGGER},   {"EVENT", SKN_SCAN_THING_EVENT},
    {"PACKAGE", SKN_SCAN_THING_PACKAGE},   {"RULE", SKN_SCAN_THING_RULE},
    {"SCHEMA", SKN_SCAN_THING_DATABASE},   {"DATABASE", SKN_SCAN_THING_DATABASE},
    {"AGGREGATE", SKN_SCAN_THING_OTHER},   {"ROUTINE", SKN_SCAN_THING_OTHER},
    {"POLICY", SKN_SCAN_THING_OTHER},      {"EXTENSION", SKN_SCAN_THING_OTHER},
    {"COLLATION", SKN_SCAN_THING_OTHER},   {"STATISTICS", SKN_SCAN_THING_OTHER},
    {"PUBLICATION", SKN_SCAN_THING_OTHER}, {"SUBSCRIPTION", SKN_SCAN_THING_OTHER},
    {"SERVER", SKN_SCAN_THING_OTHER},      {"ROLE", SKN_SCAN_THING_OTHER},
};

/* root@localhost, 'root'@'%', CURRENT_USER() */
static void user_skip(struct skn_scan_reader *reader)
{
    skn_scan_reader_next(reader);
    if (take_mark(reader, '@'))
        skn_scan_reader_next(reader);
    if (take_mark(reader, '('))
        take_mark(reader, ')');
}

static bool modifier_take(struct skn_scan_reader *reader)
{
    static const char *const modifiers[] = {
        "GLOBAL",       "LOCAL",   "TEMP",    "TEMPORARY", "UNLOGGED", "UNIQUE",
        "FULLTEXT",     "SPATIAL", "VIRTUAL", "RECURSIVE", "FOREIGN",  "CONSTRAINT",
        "MATERIALIZED", "ONLINE",  "OFFLINE", "IGNORE",    NULL};

    if (take_any(reader, modifiers))
        return true;
    if (skn_scan_reader_take(reader, "OR"))
        return skn_scan_reader_take(reader, "REPLACE");
    if (skn_scan_reader_take(reader, "SQL")) {
        if (skn_scan_reader_take(reader, "SECURITY"))
            skn_scan_reader_next(reader);
        return true;
    }
    if (skn_scan_reader_take(reader, "DEFINER")) {
        take_mark(reader, '=');
        user_skip(reader);
        return true;
    }
    if (skn_scan_reader_take(reader, "ALGORITHM")) {
        take_mark(reader, '=');
        skn_scan_reader_next(reader);
        return true;
    }
    return false;
}

/* Two words that name one thing, of which the first names another. */
static enum skn_scan_thing thing_refine(struct skn_scan_reader *reader, const char *word,
                                        enum skn_scan_thing thing)
{
    if (thing == SKN_SCAN_THING_EVENT && skn_scan_reader_take(reader, "TRIGGER"))
        return SKN_SCAN_THING_OTHER;
    if (strcmp(word, "AGGREGATE") == 0 && skn_scan_reader_take(reader, "FUNCTION"))
        return SKN_SCAN_THING_FUNCTION;
    if (thing == SKN_SCAN_THING_PACKAGE)
        skn_scan_reader_take(reader, "BODY");
    return thing;
}

static enum skn_scan_thing thing_take(struct skn_scan_reader *reader)
{
    for (size_t i = 0; i < sizeof things / sizeof things[0]; i++)
        if (skn_scan_reader_take(reader, things[i].word))
            return thing_refine(reader, things[i].word, things[i].thing);
    return SKN_SCAN_THING_NONE;
}

/* Where the name is left out, another word follows at once; ALL IN TABLESPACE names none. */
static bool is_nameless(const struct skn_scan_reader *reader, enum skn_scan_thing thing)
{
    static const char *const options[] = {"AUTHORIZATION", "CHARACTER", "CHARSET", "COLLATE",
                                          "COMMENT",       "DEFAULT",   NULL};

    if (skn_scan_reader_is(reader, "ALL"))
        return true;
    if (thing == SKN_SCAN_THING_INDEX)
        return skn_scan_reader_is(reader, "ON");
    return thing == SKN_SCAN_THING_DATABASE && skn_scan_reader_is_any(reader, options);
}

static struct skn_scan_span object_name(struct skn_scan_reader *reader, enum skn_scan_thing thing)
{
    const struct skn_scan_span none = {0, 0};

    if (thing == SKN_SCAN_THING_INDEX)
        skn_scan_reader_take(reader, "CONCURRENTLY");
    if (skn_scan_reader_take(reader, "IF")) {
        skn_scan_reader_take(reader, "NOT");
        skn_scan_reader_take(reader, "EXISTS");
    }
    skn_scan_reader_take(reader, "ONLY");
    return is_nameless(reader, thing) ? none : skn_scan_reader_name(reader);
}

static void definition_read(struct skn_scan_reader *reader, struct skn_scan_head *head)
{
    while (modifier_take(reader))
        continue;
    head->thing = thing_take(reader);
    if (head->thing != SKN_SCAN_THING_NONE)
        head->name = object_name(reader, head->thing);
}

/* ---- INSERT, REPLACE, UPDATE, DELETE, MERGE, TRUNCATE, RENAME ---- */

static void change_read(struct skn_scan_reader *reader, struct skn_scan_head *head, bool needs_from)
{
    static const char *const modifiers[] = {"LOW_PRIORITY", "HIGH_PRIORITY", "DELAYED", "QUICK",
                                            "IGNORE",       "INTO",          "TABLE",   NULL};
    bool from = false;

    for (;;) {
        if (skn_scan_reader_take(reader, "OR"))
            skn_scan_reader_next(reader); /* of SQLite: UPDATE OR IGNORE t */
        else if (skn_scan_reader_take(reader, "FROM"))
            from = true;
        else if (!take_any(reader, modifiers))
            break;
    }
    /* DELETE a FROM a JOIN b ... may change several. */
    if (needs_from && !from)
        return;
    head->name = object_name(reader, SKN_SCAN_THING_OTHER);
}

static void rename_read(struct skn_scan_reader *reader, struct skn_scan_head *head)
{
    struct skn_scan_reader rest;

    if (!skn_scan_reader_take(reader, "TABLE") && !skn_scan_reader_take(reader, "TABLES"))
        return;
    head->name = object_name(reader, SKN_SCAN_THING_OTHER);
    rest = *reader;
    if (skn_scan_reader_take(&rest, "TO") && !skn_scan_reader_name(&rest).end)
        head->name = (struct skn_scan_span){0, 0};
}

void skn_scan_head_read(const struct skn_scan_lexer *lexer, size_t start,
                        struct skn_scan_head *head)
{
    static const char *const definitions[] = {"CREATE", "ALTER", "DROP", NULL};
    static const char *const changes[] = {"INSERT", "REPLACE", "UPDATE", "MERGE", "TRUNCATE", NULL};
    struct skn_scan_reader reader;

    *head = (struct skn_scan_head){.thing = SKN_SCAN_THING_NONE};
    skn_scan_reader_init(&reader, lexer, start);
    if (take_any(&reader, definitions))
        definition_read(&reader, head);
    else if (take_any(&reader, changes))
        change_read(&reader, head, false);
    else if (skn_scan_reader_take(&reader, "DELETE"))
        change_read(&reader, head, true);
    else if (skn_scan_reader_take(&reader, "RENAME"))
        rename_read(&reader, head);
    head->after = reader.token.start;
}

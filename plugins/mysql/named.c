/*
 * What a statement may create, alter or drop: the kind of thing, and its names. It reads words and
 * names, and gives up (SKN_MYSQL_THING_OPAQUE) where it does not understand; it knows no
 * connection.
 */
#include "named.h"

#include <ctype.h>
#include <strings.h>

/* ---- tokens ---- */

struct tokens {
    struct skn_str rest;
    char kind; /* 'w' word, 'n' quoted name, 's' string, 0 end, else the mark itself */
    char text[SKN_MYSQL_NAME_SIZE];
    int cut; /* text is not all of it */
};

static int word_char(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$' || (c & 0x80);
}

static void text_put(struct tokens *tokens, size_t *len, char c)
{
    if (*len + 1 < sizeof tokens->text)
        tokens->text[(*len)++] = c;
    else
        tokens->cut = 1;
    tokens->text[*len] = '\0';
}

static void quoted_read(struct tokens *tokens, char quote)
{
    struct skn_str *rest = &tokens->rest;
    size_t i = 1;
    size_t len = 0;
    for (; i < rest->len; i++) {
        int escapes = quote != '`' && rest->ptr[i] == '\\' && i + 1 < rest->len;
        if (rest->ptr[i] == quote && !(i + 1 < rest->len && rest->ptr[i + 1] == quote))
            break;
        i += rest->ptr[i] == quote || escapes;
        text_put(tokens, &len, rest->ptr[i]);
    }
    i = i < rest->len ? i + 1 : rest->len;
    *rest = skn_str_len(rest->ptr + i, rest->len - i);
    tokens->kind = quote == '`' ? 'n' : 's';
}

static void bare_read(struct tokens *tokens)
{
    struct skn_str *rest = &tokens->rest;
    size_t i = 0;
    size_t len = 0;
    while (i < rest->len && word_char(rest->ptr[i]))
        text_put(tokens, &len, rest->ptr[i++]);
    *rest = skn_str_len(rest->ptr + i, rest->len - i);
    tokens->kind = 'w';
}

static void token_next(struct tokens *tokens)
{
    tokens->rest = skn_mysql_blanks_drop(tokens->rest);
    tokens->text[0] = '\0';
    tokens->kind = tokens->rest.len ? tokens->rest.ptr[0] : '\0';
    if (!tokens->kind)
        return;
    if (tokens->kind == '`' || tokens->kind == '\'' || tokens->kind == '"')
        quoted_read(tokens, tokens->kind);
    else if (word_char(tokens->kind))
        bare_read(tokens);
    else
        tokens->rest = skn_str_len(tokens->rest.ptr + 1, tokens->rest.len - 1);
}

static int is(const struct tokens *tokens, const char *word)
{
    return tokens->kind == 'w' && strcasecmp(tokens->text, word) == 0;
}

static int take(struct tokens *tokens, const char *word)
{
    if (!is(tokens, word))
        return 0;
    token_next(tokens);
    return 1;
}

static int take_mark(struct tokens *tokens, char mark)
{
    if (tokens->kind != mark)
        return 0;
    token_next(tokens);
    return 1;
}

/* Whether one of these words stands anywhere behind. */
static int has_later(struct tokens tokens, const char *const *words)
{
    for (; tokens.kind; token_next(&tokens))
        for (size_t i = 0; words[i]; i++)
            if (is(&tokens, words[i]))
                return 1;
    return 0;
}

/* ---- names ---- */

static int name_read(struct tokens *tokens, struct skn_mysql_named *named)
{
    struct skn_mysql_name *name = &named->names[named->count];
    if (named->count == SKN_MYSQL_NAMES || (tokens->kind != 'w' && tokens->kind != 'n'))
        return 0;
    name->schema[0] = '\0';
    memcpy(name->name, tokens->text, sizeof name->name);
    token_next(tokens);
    if (take_mark(tokens, '.')) {
        if (tokens->kind != 'w' && tokens->kind != 'n')
            return 0;
        memcpy(name->schema, name->name, sizeof name->schema);
        memcpy(name->name, tokens->text, sizeof name->name);
        token_next(tokens);
    }
    named->count++;
    return !tokens->cut;
}

static int list_read(struct tokens *tokens, struct skn_mysql_named *named)
{
    do
        if (!name_read(tokens, named))
            return 0;
    while (take_mark(tokens, ','));
    return 1;
}

/* ---- CREATE, ALTER, DROP ---- */

/* root@localhost, 'root'@'%', CURRENT_USER() */
static void user_skip(struct tokens *tokens)
{
    token_next(tokens);
    if (take_mark(tokens, '@'))
        token_next(tokens);
    if (take_mark(tokens, '('))
        take_mark(tokens, ')');
}

static int modifier_take(struct tokens *tokens, struct skn_mysql_named *named)
{
    static const char *const plain[] = {"UNIQUE",    "FULLTEXT",  "SPATIAL", "AGGREGATE", "ONLINE",
                                        "TEMPORARY", "UNDEFINED", "IGNORE",  NULL};
    for (size_t i = 0; plain[i]; i++)
        if (take(tokens, plain[i]))
            return 1;
    if (take(tokens, "OR")) {
        named->replaces = 1;
        return take(tokens, "REPLACE");
    }
    if (take(tokens, "DEFINER")) {
        take_mark(tokens, '=');
        user_skip(tokens);
        return 1;
    }
    if (take(tokens, "ALGORITHM")) {
        take_mark(tokens, '=');
        token_next(tokens);
        return 1;
    }
    if (take(tokens, "SQL") && take(tokens, "SECURITY")) {
        token_next(tokens);
        return 1;
    }
    return 0;
}

static const struct {
    const char *word;
    enum skn_mysql_thing thing;
} things[] = {
    {"TABLE", SKN_MYSQL_THING_TABLE},         {"TABLES", SKN_MYSQL_THING_TABLE},
    {"VIEW", SKN_MYSQL_THING_TABLE},          {"SEQUENCE", SKN_MYSQL_THING_TABLE},
    {"INDEX", SKN_MYSQL_THING_INDEX},         {"TRIGGER", SKN_MYSQL_THING_TRIGGER},
    {"PROCEDURE", SKN_MYSQL_THING_PROCEDURE}, {"FUNCTION", SKN_MYSQL_THING_FUNCTION},
    {"PACKAGE", SKN_MYSQL_THING_PACKAGE},     {"EVENT", SKN_MYSQL_THING_EVENT},
    {"DATABASE", SKN_MYSQL_THING_DATABASE},   {"SCHEMA", SKN_MYSQL_THING_DATABASE},
};

static enum skn_mysql_thing thing_take(struct tokens *tokens)
{
    for (size_t i = 0; i < sizeof things / sizeof things[0]; i++)
        if (take(tokens, things[i].word)) {
            if (things[i].thing == SKN_MYSQL_THING_PACKAGE && take(tokens, "BODY"))
                return SKN_MYSQL_THING_PACKAGE_BODY;
            return things[i].thing;
        }
    return SKN_MYSQL_THING_OPAQUE;
}

static void condition_take(struct tokens *tokens, struct skn_mysql_named *named)
{
    if (!take(tokens, "IF"))
        return;
    take(tokens, "NOT");
    take(tokens, "EXISTS");
    named->guarded = 1;
}

/* An index belongs to its table: ... ON t. */
static int index_read(struct tokens *tokens, struct skn_mysql_named *named)
{
    while (tokens->kind && !is(tokens, "ON"))
        token_next(tokens);
    named->thing = SKN_MYSQL_THING_TABLE;
    return take(tokens, "ON") && name_read(tokens, named);
}

/* What no definition shows: rows that are copied in, that move between tables, or that an event
 * which is gone by now had dropped. */
static int shows_in_definition(const struct skn_mysql_named *named, const struct tokens *tokens)
{
    static const char *const fills[] = {"SELECT", "VALUES", "WITH", NULL};
    static const char *const moves[] = {"EXCHANGE", "IMPORT", "DISCARD", NULL};
    static const char *const passes[] = {"AT", NULL};
    static const char *const stays[] = {"PRESERVE", NULL};
    if (named->thing == SKN_MYSQL_THING_TABLE && named->verb == SKN_MYSQL_CREATE && !named->view)
        return !has_later(*tokens, fills);
    if (named->thing == SKN_MYSQL_THING_TABLE && named->verb == SKN_MYSQL_ALTER)
        return !has_later(*tokens, moves);
    if (named->thing == SKN_MYSQL_THING_EVENT && named->verb != SKN_MYSQL_DROP)
        return !has_later(*tokens, passes) || has_later(*tokens, stays);
    return 1;
}

static int definition_read(struct tokens *tokens, struct skn_mysql_named *named)
{
    while (modifier_take(tokens, named))
        continue;
    named->view = is(tokens, "VIEW");
    named->thing = thing_take(tokens);
    if (named->thing == SKN_MYSQL_THING_OPAQUE)
        return 0;
    condition_take(tokens, named);
    if (named->thing == SKN_MYSQL_THING_INDEX)
        return index_read(tokens, named);
    if (named->thing == SKN_MYSQL_THING_DATABASE && named->verb == SKN_MYSQL_ALTER &&
        (is(tokens, "CHARACTER") || is(tokens, "CHARSET") || is(tokens, "COLLATE") ||
         is(tokens, "DEFAULT") || is(tokens, "COMMENT")))
        return 1; /* the session's own */
    int list = named->verb == SKN_MYSQL_DROP;
    int read = list ? list_read(tokens, named) : name_read(tokens, named);
    return read && shows_in_definition(named, tokens);
}

/* RENAME TABLE a TO b, c TO d; a table may be waited for in between. */
static int rename_read(struct tokens *tokens, struct skn_mysql_named *named)
{
    named->thing = SKN_MYSQL_THING_TABLE;
    if (!take(tokens, "TABLE") && !take(tokens, "TABLES"))
        return 0;
    condition_take(tokens, named);
    do {
        if (!name_read(tokens, named))
            return 0;
        while (tokens->kind && !is(tokens, "TO") && tokens->kind != ',')
            token_next(tokens); /* WAIT n */
        if (!take(tokens, "TO") || !name_read(tokens, named))
            return 0;
    } while (take_mark(tokens, ','));
    return 1;
}

struct skn_str skn_mysql_settings_skip(struct skn_str sql)
{
    struct tokens tokens = {.rest = sql};
    size_t depth = 0;
    token_next(&tokens);
    if (!take(&tokens, "SET") || !is(&tokens, "STATEMENT"))
        return sql;
    while (tokens.kind && (depth > 0 || !is(&tokens, "FOR"))) {
        token_next(&tokens);
        depth += tokens.kind == '(';
        depth -= tokens.kind == ')' && depth > 0;
    }
    return tokens.kind ? tokens.rest : sql;
}

void skn_mysql_named_read(struct skn_str sql, struct skn_mysql_named *named)
{
    struct tokens tokens = {.rest = skn_mysql_settings_skip(sql)};
    int read = 0;
    memset(named, 0, sizeof *named);
    token_next(&tokens);
    if (take(&tokens, "RENAME")) {
        named->verb = SKN_MYSQL_RENAME;
        read = rename_read(&tokens, named);
    } else {
        named->verb = take(&tokens, "CREATE")  ? SKN_MYSQL_CREATE
                      : take(&tokens, "ALTER") ? SKN_MYSQL_ALTER
                      : take(&tokens, "DROP")  ? SKN_MYSQL_DROP
                                               : SKN_MYSQL_OTHER;
        read = named->verb != SKN_MYSQL_OTHER && definition_read(&tokens, named);
    }
    if (!read)
        named->thing = SKN_MYSQL_THING_OPAQUE;
}

/* ---- what changes rows ---- */

static int ends_tables(const struct tokens *tokens, size_t found)
{
    static const char *const ends[] = {"SET", "VALUES", "VALUE", "SELECT", "WHERE", NULL};
    if (tokens->kind == '\0' || (tokens->kind == '(' && found > 0))
        return 1;
    for (size_t i = 0; ends[i]; i++)
        if (is(tokens, ends[i]))
            return 1;
    return 0;
}

/* Every name between the verb and the rows: more than the tables, and never less. */
void skn_mysql_tables_read(struct skn_str sql, struct skn_mysql_named *named)
{
    struct tokens tokens = {.rest = sql};
    memset(named, 0, sizeof *named);
    token_next(&tokens);
    if (is(&tokens, "WITH"))
        return;
    named->thing = SKN_MYSQL_THING_TABLE;
    token_next(&tokens);
    while (!ends_tables(&tokens, named->count)) {
        if (tokens.kind != 'w' && tokens.kind != 'n') {
            token_next(&tokens);
        } else if (!name_read(&tokens, named)) {
            named->thing = SKN_MYSQL_THING_OPAQUE;
            return;
        }
    }
}

/*
 * The little SQL that is understood: what a ledger needs, and the simplest statements of a
 * revision. It knows nothing of tables; whatever it cannot read whole it calls opaque.
 */
#include "null.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_NAME, TOKEN_TEXT, TOKEN_NUMBER, TOKEN_SIGN };

struct lexer {
    struct skn_str in;
    size_t at;
    enum token_kind kind;
    struct skn_str text; /* decoded, words in lower case */
    char *out;           /* twice as long as in: a name is decoded once and joined once */
    size_t used;
    int broken; /* something was opened and never closed */
};

/* ---- tokens ---- */

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static char peek(const struct lexer *lexer, size_t ahead)
{
    return lexer->at + ahead < lexer->in.len ? lexer->in.ptr[lexer->at + ahead] : '\0';
}

static int comment_skip(struct lexer *lexer)
{
    const char *end = peek(lexer, 0) == '-' && peek(lexer, 1) == '-'   ? "\n"
                      : peek(lexer, 0) == '/' && peek(lexer, 1) == '*' ? "*/"
                                                                       : NULL;
    if (!end)
        return 0;
    size_t len = strlen(end);
    lexer->at += 2;
    while (lexer->at + len <= lexer->in.len && memcmp(lexer->in.ptr + lexer->at, end, len) != 0)
        lexer->at++;
    lexer->at = lexer->at + len <= lexer->in.len ? lexer->at + len : lexer->in.len;
    return 1;
}

static void space_skip(struct lexer *lexer)
{
    while (lexer->at < lexer->in.len)
        if (memchr(" \t\r\n\f\v", lexer->in.ptr[lexer->at], 6))
            lexer->at++;
        else if (!comment_skip(lexer))
            return;
}

static void put(struct lexer *lexer, char c)
{
    lexer->out[lexer->used++] = c;
}

static void quoted_read(struct lexer *lexer, char close)
{
    for (lexer->at++; lexer->at < lexer->in.len; lexer->at++) {
        if (lexer->in.ptr[lexer->at] == close) {
            if (peek(lexer, 1) != close) {
                lexer->at++;
                return;
            }
            lexer->at++;
        }
        put(lexer, lexer->in.ptr[lexer->at]);
    }
    lexer->broken = 1;
}

static enum token_kind token_read(struct lexer *lexer)
{
    char c = peek(lexer, 0);
    if (lexer->at >= lexer->in.len)
        return TOKEN_END;
    if (c == '\'' || c == '"' || c == '`' || c == '[') {
        quoted_read(lexer, c == '[' ? ']' : c);
        return c == '\'' ? TOKEN_TEXT : TOKEN_NAME;
    }
    if (is_letter(c)) {
        for (; is_letter(peek(lexer, 0)) || is_digit(peek(lexer, 0)); lexer->at++)
            put(lexer, lower(peek(lexer, 0)));
        return TOKEN_WORD;
    }
    if (is_digit(c)) {
        for (; is_digit(peek(lexer, 0)) || peek(lexer, 0) == '.'; lexer->at++)
            put(lexer, peek(lexer, 0));
        return TOKEN_NUMBER;
    }
    put(lexer, c);
    lexer->at++;
    if ((c == '<' && (peek(lexer, 0) == '>' || peek(lexer, 0) == '=')) ||
        ((c == '>' || c == '!') && peek(lexer, 0) == '='))
        put(lexer, lexer->in.ptr[lexer->at++]);
    return TOKEN_SIGN;
}

static void advance(struct lexer *lexer)
{
    space_skip(lexer);
    size_t from = lexer->used;
    lexer->kind = token_read(lexer);
    lexer->text = skn_str_len(lexer->out + from, lexer->used - from);
}

static int lexer_init(struct lexer *lexer, struct skn_str text, char **scratch)
{
    *lexer = (struct lexer){.in = text};
    *scratch = text.len < SIZE_MAX / 4 ? malloc(text.len * 2 + 16) : NULL;
    lexer->out = *scratch;
    if (!lexer->out)
        return SKN_E_NOMEM;
    advance(lexer);
    return SKN_OK;
}

/* ---- what a statement is made of: each returns whether it was there ---- */

static int sql_word(struct lexer *lexer, const char *expected)
{
    if (lexer->kind != TOKEN_WORD || !skn_str_is(lexer->text, expected))
        return 0;
    advance(lexer);
    return 1;
}

static int sign(struct lexer *lexer, const char *expected)
{
    if (lexer->kind != TOKEN_SIGN || !skn_str_is(lexer->text, expected))
        return 0;
    advance(lexer);
    return 1;
}

static int one_of(const struct lexer *lexer, const char *const *words)
{
    for (; lexer->kind == TOKEN_WORD && *words; words++)
        if (skn_str_is(lexer->text, *words))
            return 1;
    return 0;
}

static int name(struct lexer *lexer, struct skn_str *out)
{
    if (lexer->kind != TOKEN_WORD && lexer->kind != TOKEN_NAME)
        return 0;
    *out = lexer->text;
    advance(lexer);
    return out->len > 0;
}

static int table_name(struct lexer *lexer, struct skn_str *out)
{
    struct skn_str schema;
    if (!name(lexer, &schema))
        return 0;
    *out = schema;
    if (!sign(lexer, "."))
        return 1;
    struct skn_str table;
    if (!name(lexer, &table))
        return 0;
    /* The next token is decoded already; joined names go behind it. */
    char *joined = lexer->out + lexer->used;
    memcpy(joined, schema.ptr, schema.len);
    joined[schema.len] = '.';
    memcpy(joined + schema.len + 1, table.ptr, table.len);
    lexer->used += schema.len + 1 + table.len;
    *out = skn_str_len(joined, schema.len + 1 + table.len);
    return 1;
}

static void now_write(struct skn_null_sql *sql)
{
    time_t now = time(NULL);
    struct tm parts;
    if (gmtime_r(&now, &parts))
        strftime(sql->now, sizeof sql->now, "%Y-%m-%d %H:%M:%S", &parts);
}

static int literal(struct lexer *lexer, struct skn_null_sql *sql, struct skn_str *out)
{
    static const char *const clocks[] = {"current_timestamp", NULL};
    static const char *const truths[] = {"true", "false", NULL};
    if (sign(lexer, "-")) {
        if (lexer->kind != TOKEN_NUMBER)
            return 0;
        char *joined = lexer->out + lexer->used;
        joined[0] = '-';
        memcpy(joined + 1, lexer->text.ptr, lexer->text.len);
        lexer->used += lexer->text.len + 1;
        *out = skn_str_len(joined, lexer->text.len + 1);
    } else if (lexer->kind == TOKEN_TEXT || lexer->kind == TOKEN_NUMBER || one_of(lexer, truths)) {
        *out = lexer->text;
    } else if (lexer->kind == TOKEN_WORD && skn_str_is(lexer->text, "null")) {
        *out = skn_str(NULL);
    } else if (one_of(lexer, clocks)) {
        now_write(sql);
        *out = skn_str(sql->now);
    } else {
        return 0;
    }
    advance(lexer);
    return 1;
}

static int name_keep(struct skn_null_sql *sql, struct skn_str text)
{
    if (sql->name_count == SKN_NULL_NAMES)
        return 0;
    sql->names[sql->name_count++] = text;
    return 1;
}

static int value_keep(struct skn_null_sql *sql, struct skn_str value)
{
    if (sql->value_count == sql->value_room) {
        size_t room = sql->value_room ? sql->value_room * 2 : 16;
        struct skn_str *grown = realloc(sql->values, room * sizeof *grown);
        sql->no_memory = !grown;
        if (!grown)
            return 0;
        sql->values = grown;
        sql->value_room = room;
    }
    sql->values[sql->value_count++] = value;
    return 1;
}

static int at_end(const struct lexer *lexer)
{
    return lexer->kind == TOKEN_END && !lexer->broken;
}

static int is_sign(const struct lexer *lexer, char c)
{
    return lexer->kind == TOKEN_SIGN && lexer->text.ptr[0] == c;
}

static void brackets_skip(struct lexer *lexer)
{
    size_t depth = 0;
    do {
        depth += (size_t)is_sign(lexer, '(');
        depth -= (size_t)is_sign(lexer, ')');
        advance(lexer);
    } while (depth > 0 && lexer->kind != TOKEN_END);
}

/* Past the rest of a definition, up to the comma or bracket that ends it. True if it says PRIMARY
 * KEY. */
static int definition_skip(struct lexer *lexer)
{
    int key = 0;
    while (lexer->kind != TOKEN_END && !is_sign(lexer, ',') && !is_sign(lexer, ')'))
        if (is_sign(lexer, '('))
            brackets_skip(lexer);
        else if (sql_word(lexer, "primary"))
            key = sql_word(lexer, "key");
        else
            advance(lexer);
    return key;
}

/* ---- CREATE, DROP, ALTER TABLE ---- */

static const char *const constraint_words[] = {"primary", "unique",  "constraint", "foreign",
                                               "check",   "exclude", NULL};

static int if_exists(struct lexer *lexer, struct skn_null_sql *sql, int negated)
{
    if (!sql_word(lexer, "if"))
        return 1;
    sql->guarded = 1;
    return (!negated || sql_word(lexer, "not")) && sql_word(lexer, "exists");
}

static void key_mark(struct skn_null_sql *sql, struct skn_str column)
{
    for (size_t i = 0; i < sql->name_count; i++)
        if (sql->names[i].len == column.len &&
            memcmp(sql->names[i].ptr, column.ptr, column.len) == 0)
            sql->keys[i] = 1;
}

static int key_list(struct lexer *lexer, struct skn_null_sql *sql)
{
    struct skn_str column;
    if (!sign(lexer, "("))
        return 0;
    do {
        if (!name(lexer, &column))
            return 0;
        key_mark(sql, column);
    } while (sign(lexer, ","));
    return sign(lexer, ")");
}

static int constraint_parse(struct lexer *lexer, struct skn_null_sql *sql)
{
    struct skn_str ignored;
    if (sql_word(lexer, "constraint") && !name(lexer, &ignored))
        return 0;
    if (sql_word(lexer, "primary") && (!sql_word(lexer, "key") || !key_list(lexer, sql)))
        return 0;
    definition_skip(lexer);
    return 1;
}

static int column_parse(struct lexer *lexer, struct skn_null_sql *sql)
{
    struct skn_str column;
    if (!name(lexer, &column) || !name_keep(sql, column))
        return 0;
    sql->keys[sql->name_count - 1] = definition_skip(lexer);
    return 1;
}

static int create_parse(struct lexer *lexer, struct skn_null_sql *sql)
{
    static const char *const before[] = {"temp", "temporary", "unlogged", NULL};
    static const char *const copies[] = {"as", "select", "like", NULL};
    sql->kind = SKN_NULL_CREATE;
    if (one_of(lexer, before))
        advance(lexer);
    if (!sql_word(lexer, "table") || !if_exists(lexer, sql, 1) || !table_name(lexer, &sql->table) ||
        !sign(lexer, "("))
        return 0;
    do {
        if (one_of(lexer, copies) ||
            !(one_of(lexer, constraint_words) ? constraint_parse(lexer, sql)
                                              : column_parse(lexer, sql)))
            return 0;
    } while (sign(lexer, ","));
    if (!sign(lexer, ")"))
        return 0;
    for (; lexer->kind != TOKEN_END; advance(lexer))
        if (one_of(lexer, copies))
            return 0;
    return at_end(lexer);
}

static int drop_parse(struct lexer *lexer, struct skn_null_sql *sql)
{
    struct skn_str table;
    sql->kind = SKN_NULL_DROP;
    if (!sql_word(lexer, "table") || !if_exists(lexer, sql, 0))
        return 0;
    do {
        if (!table_name(lexer, &table) || !name_keep(sql, table))
            return 0;
    } while (sign(lexer, ","));
    if (!sql_word(lexer, "cascade"))
        sql_word(lexer, "restrict");
    return at_end(lexer);
}

static int add_parse(struct lexer *lexer, struct skn_null_sql *sql)
{
    sql->kind = SKN_NULL_ADD_COLUMNS;
    do {
        struct skn_str column;
        int more = sql->name_count > 0;
        if ((more && !sql_word(lexer, "add")) || one_of(lexer, constraint_words))
            return 0;
        sql_word(lexer, "column");
        if (!if_exists(lexer, sql, 1) || !name(lexer, &column) || !name_keep(sql, column) ||
            lexer->kind != TOKEN_WORD)
            return 0;
        definition_skip(lexer);
    } while (sign(lexer, ","));
    return at_end(lexer);
}

static int column_drop_parse(struct lexer *lexer, struct skn_null_sql *sql)
{
    struct skn_str column;
    sql->kind = SKN_NULL_DROP_COLUMN;
    if (one_of(lexer, constraint_words))
        return 0;
    sql_word(lexer, "column");
    if (!if_exists(lexer, sql, 0) || !name(lexer, &column) || !name_keep(sql, column))
        return 0;
    if (!sql_word(lexer, "cascade"))
        sql_word(lexer, "restrict");
    return at_end(lexer);
}

static int rename_parse(struct lexer *lexer, struct skn_null_sql *sql)
{
    struct skn_str from;
    struct skn_str to;
    sql->kind = SKN_NULL_RENAME;
    if (sql_word(lexer, "to"))
        return table_name(lexer, &to) && name_keep(sql, to) && at_end(lexer);
    sql->kind = SKN_NULL_RENAME_COLUMN;
    sql_word(lexer, "column");
    return name(lexer, &from) && name_keep(sql, from) && sql_word(lexer, "to") &&
           name(lexer, &to) && name_keep(sql, to) && at_end(lexer);
}

static int alter_parse(struct lexer *lexer, struct skn_null_sql *sql)
{
    if (!sql_word(lexer, "table"))
        return 0;
    if (sql_word(lexer, "if") && !sql_word(lexer, "exists"))
        return 0;
    sql_word(lexer, "only");
    if (!table_name(lexer, &sql->table))
        return 0;
    if (sql_word(lexer, "add"))
        return add_parse(lexer, sql);
    if (sql_word(lexer, "drop"))
        return column_drop_parse(lexer, sql);
    return sql_word(lexer, "rename") && rename_parse(lexer, sql);
}

/* ---- rows ---- */

static int test_parse(struct lexer *lexer, struct skn_null_sql *sql)
{
    static const char *const ops[] = {"=", "<>", "!=", "<", ">", "<=", ">="};
    if (sql->test_count == SKN_NULL_TESTS)
        return 0;
    struct skn_null_test *test = &sql->tests[sql->test_count++];
    if (!name(lexer, &test->column))
        return 0;
    if (sql_word(lexer, "is")) {
        memcpy(test->op, sql_word(lexer, "not") ? "notnull" : "null\0\0\0", 8);
        return sql_word(lexer, "null");
    }
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++)
        if (sign(lexer, ops[i])) {
            const char *op = strcmp(ops[i], "!=") == 0 ? "<>" : ops[i];
            memcpy(test->op, op, strlen(op) + 1);
            return literal(lexer, sql, &test->value);
        }
    return 0;
}

static int where_parse(struct lexer *lexer, struct skn_null_sql *sql)
{
    if (!sql_word(lexer, "where"))
        return 1;
    do {
        if (!test_parse(lexer, sql))
            return 0;
    } while (sql_word(lexer, "and"));
    return 1;
}

static int insert_row_parse(struct lexer *lexer, struct skn_null_sql *sql)
{
    struct skn_str value;
    size_t before = sql->value_count;
    if (!sign(lexer, "("))
        return 0;
    do {
        if (!literal(lexer, sql, &value) || !value_keep(sql, value))
            return 0;
    } while (sign(lexer, ","));
    size_t width = sql->value_count - before;
    if (before > 0 && width != sql->width)
        return 0;
    sql->width = width;
    return sign(lexer, ")");
}

static int insert_parse(struct lexer *lexer, struct skn_null_sql *sql)
{
    struct skn_str column;
    sql->kind = SKN_NULL_INSERT;
    if (!sql_word(lexer, "into") || !table_name(lexer, &sql->table))
        return 0;
    if (sign(lexer, "(")) {
        do {
            if (!name(lexer, &column) || !name_keep(sql, column))
                return 0;
        } while (sign(lexer, ","));
        if (!sign(lexer, ")"))
            return 0;
    }
    if (!sql_word(lexer, "values"))
        return 0;
    do {
        if (!insert_row_parse(lexer, sql))
            return 0;
    } while (sign(lexer, ","));
    return at_end(lexer);
}

static int change_parse(struct lexer *lexer, struct skn_null_sql *sql)
{
    struct skn_str column;
    struct skn_str value;
    if (!name(lexer, &column) || !name_keep(sql, column) || !sign(lexer, "="))
        return 0;
    int *delta = &sql->deltas[sql->name_count - 1];
    if (!literal(lexer, sql, &value)) {
        struct skn_str same;
        if (!name(lexer, &same) || same.len != column.len ||
            memcmp(same.ptr, column.ptr, same.len) != 0)
            return 0;
        *delta = sign(lexer, "+") ? 1 : sign(lexer, "-") ? -1 : 0;
        if (*delta == 0 || lexer->kind != TOKEN_NUMBER || !literal(lexer, sql, &value))
            return 0;
    }
    return value_keep(sql, value);
}

static int update_parse(struct lexer *lexer, struct skn_null_sql *sql)
{
    sql->kind = SKN_NULL_UPDATE;
    if (!table_name(lexer, &sql->table) || !sql_word(lexer, "set"))
        return 0;
    do {
        if (!change_parse(lexer, sql))
            return 0;
    } while (sign(lexer, ","));
    return where_parse(lexer, sql) && at_end(lexer);
}

static int delete_parse(struct lexer *lexer, struct skn_null_sql *sql)
{
    sql->kind = SKN_NULL_DELETE;
    return sql_word(lexer, "from") && table_name(lexer, &sql->table) && where_parse(lexer, sql) &&
           at_end(lexer);
}

static int items_parse(struct lexer *lexer, struct skn_null_sql *sql)
{
    struct skn_str item;
    if (sign(lexer, "*"))
        return 1;
    do {
        if (literal(lexer, sql, &item)) {
            if (!value_keep(sql, item))
                return 0;
        } else if (sql_word(lexer, "count") && sign(lexer, "(")) {
            sql->kind = SKN_NULL_COUNT;
            if (!sign(lexer, "*") || !sign(lexer, ")"))
                return 0;
        } else if (!name(lexer, &item) || !name_keep(sql, item)) {
            return 0;
        }
    } while (sign(lexer, ","));
    return 1;
}

static int order_parse(struct lexer *lexer, struct skn_null_sql *sql)
{
    if (!sql_word(lexer, "order"))
        return 1;
    if (!sql_word(lexer, "by"))
        return 0;
    do {
        if (sql->order_count == SKN_NULL_ORDERS)
            return 0;
        struct skn_null_order *order = &sql->orders[sql->order_count++];
        if (!name(lexer, &order->column))
            return 0;
        order->descending = sql_word(lexer, "desc");
        sql_word(lexer, "asc");
    } while (sign(lexer, ","));
    return 1;
}

static int limit_parse(struct lexer *lexer, struct skn_null_sql *sql)
{
    sql->limit = SIZE_MAX;
    if (!sql_word(lexer, "limit"))
        return 1;
    if (lexer->kind != TOKEN_NUMBER || lexer->text.len > 9)
        return 0;
    sql->limit = 0;
    for (size_t i = 0; i < lexer->text.len; i++)
        sql->limit = sql->limit * 10 + (size_t)(lexer->text.ptr[i] - '0');
    advance(lexer);
    return 1;
}

static int select_parse(struct lexer *lexer, struct skn_null_sql *sql)
{
    sql->kind = SKN_NULL_SELECT;
    if (!items_parse(lexer, sql))
        return 0;
    if (sql->value_count > 0) {
        sql->kind = SKN_NULL_VALUES;
        return sql->name_count == 0 && at_end(lexer);
    }
    return sql_word(lexer, "from") && table_name(lexer, &sql->table) && where_parse(lexer, sql) &&
           order_parse(lexer, sql) && limit_parse(lexer, sql) && at_end(lexer) &&
           (sql->kind == SKN_NULL_SELECT || sql->name_count == 0);
}

/* ---- the whole statement ---- */

static int simple(struct skn_null_sql *sql, enum skn_null_kind kind)
{
    sql->kind = kind;
    return 1;
}

/* What is not read to its end is opaque, so that no half of it is ever acted upon. */
static int statement_parse(struct lexer *lexer, struct skn_null_sql *sql)
{
    static const char *const ddl[] = {"create", "drop",   "alter",   "truncate", "rename",
                                      "grant",  "revoke", "comment", NULL};
    static const char *const queries[] = {"with", "values", "show", "explain", "table", NULL};
    static const char *const settings[] = {"set", "reset", "pragma", "use", NULL};
    sql->ddl = one_of(lexer, ddl);
    if (sql_word(lexer, "create"))
        return create_parse(lexer, sql);
    if (sql_word(lexer, "drop"))
        return drop_parse(lexer, sql);
    if (sql_word(lexer, "alter"))
        return alter_parse(lexer, sql);
    if (sql_word(lexer, "insert"))
        return insert_parse(lexer, sql);
    if (sql_word(lexer, "update"))
        return update_parse(lexer, sql);
    if (sql_word(lexer, "delete"))
        return delete_parse(lexer, sql);
    if (sql_word(lexer, "select"))
        return select_parse(lexer, sql) || simple(sql, SKN_NULL_QUERY);
    if (sql_word(lexer, "begin") || sql_word(lexer, "start"))
        return simple(sql, SKN_NULL_BEGIN);
    if (sql_word(lexer, "commit") || sql_word(lexer, "end"))
        return simple(sql, SKN_NULL_COMMIT);
    if (sql_word(lexer, "rollback"))
        return !sql_word(lexer, "to") && simple(sql, SKN_NULL_ROLLBACK);
    if (one_of(lexer, queries))
        return simple(sql, SKN_NULL_QUERY);
    return one_of(lexer, settings) && simple(sql, SKN_NULL_SETTING);
}

int skn_null_sql_parse(struct skn_str text, struct skn_null_sql *sql, struct skn_error *err)
{
    struct lexer lexer;
    *sql = (struct skn_null_sql){0};
    if (lexer_init(&lexer, text, &sql->scratch) != SKN_OK)
        return skn_fail(err, SKN_E_NOMEM, NULL, 0, "no memory for the statement");
    if (!statement_parse(&lexer, sql))
        sql->kind = SKN_NULL_OPAQUE;
    if (sql->no_memory)
        return skn_fail(err, SKN_E_NOMEM, NULL, 0, "no memory for the statement");
    return SKN_OK;
}

void skn_null_sql_finish(struct skn_null_sql *sql)
{
    free(sql->values);
    free(sql->scratch);
    sql->values = NULL;
    sql->scratch = NULL;
}

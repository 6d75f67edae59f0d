/*
 * One column as SHOW CREATE TABLE writes it. It knows nothing of the table it is in.
 */
#include "schema.h"

#include <strings.h>

struct column_reader {
    struct skn_mysql_draft draft;
    struct skn_str head; /* the type */
    struct skn_str tail; /* behind its character set */
    struct skn_str charset;
    struct skn_str collation;
};

static int holds_text(struct skn_str head)
{
    static const char *const types[] = {"char",       "varchar",  "tinytext", "text",
                                        "mediumtext", "longtext", "enum",     "set"};
    struct skn_mysql_token token;
    skn_mysql_token_next(&head, &token);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (skn_mysql_token_is(&token, types[i]))
            return 1;
    return 0;
}

static int belongs_to_type(const struct skn_mysql_token *token)
{
    return skn_mysql_token_is(token, "unsigned") || skn_mysql_token_is(token, "zerofill") ||
           (token->kind == 'c' && memmem(token->raw.ptr, token->raw.len, "COMPRESSED", 10));
}

static void type_read(struct column_reader *reader, struct skn_str *rest)
{
    struct skn_mysql_token token;
    skn_mysql_token_next(rest, &token);
    const char *start = token.raw.ptr;
    struct skn_str behind = *rest;
    skn_mysql_token_next(&behind, &token);
    if (token.kind == '(') {
        skn_mysql_group_skip(&behind);
        *rest = behind;
        skn_mysql_token_next(&behind, &token);
    }
    while (belongs_to_type(&token)) {
        *rest = behind;
        skn_mysql_token_next(&behind, &token);
    }
    reader->head = skn_str_len(start, (size_t)(rest->ptr - start));
}

/* CHARACTER SET x, COLLATE y, or the table's, where the column holds text. */
static void charset_read(struct column_reader *reader, struct skn_str *rest,
                         struct skn_str table_charset, struct skn_str table_collation)
{
    struct skn_mysql_token token;
    struct skn_str behind = *rest;
    skn_mysql_token_next(&behind, &token);
    if (skn_mysql_token_is(&token, "CHARACTER")) {
        skn_mysql_token_next(&behind, &token);
        skn_mysql_token_next(&behind, &token);
        reader->charset = token.raw;
        *rest = behind;
        skn_mysql_token_next(&behind, &token);
    }
    if (skn_mysql_token_is(&token, "COLLATE")) {
        skn_mysql_token_next(&behind, &token);
        reader->collation = token.raw;
        *rest = behind;
    }
    if (!holds_text(reader->head))
        return;
    if (!reader->charset.ptr)
        reader->charset = table_charset;
    if (!reader->collation.ptr && reader->charset.len == table_charset.len &&
        memcmp(reader->charset.ptr, table_charset.ptr, table_charset.len) == 0)
        reader->collation = table_collation;
}

/* ---- what stands behind the type ---- */

static const struct {
    const char *word;
    const char *key;
} clauses[] = {
    {"NOT", "null"},
    {"NULL", NULL}, /* goes without saying */
    {"DEFAULT", "default"},
    {"ON", "on update"},
    {"AUTO_INCREMENT", "auto_increment"},
    {"GENERATED", "generated"},
    {"COMMENT", "comment"},
    {"CHECK", "check"},
    {"INVISIBLE", "invisible"},
    {"WITHOUT", "versioning"},
};

enum { CLAUSE_COUNT = sizeof clauses / sizeof clauses[0] };

static size_t clause_find(const struct skn_mysql_token *token)
{
    size_t i = 0;
    while (i < CLAUSE_COUNT && !skn_mysql_token_is(token, clauses[i].word))
        i++;
    return i;
}

static void clause_add(struct column_reader *reader, size_t clause, struct skn_str text)
{
    struct skn_mysql_token token;
    struct skn_str value = text = skn_mysql_trim(text);
    if (text.len == 0 || (clause < CLAUSE_COUNT && !clauses[clause].key))
        return;
    if (clause == CLAUSE_COUNT) {
        skn_mysql_draft_add(&reader->draft, skn_str("clause"), text, SKN_ATTR_SEMANTIC);
        return;
    }
    skn_mysql_token_next(&value, &token);
    value = skn_mysql_trim(value);
    if (clause == 0)
        value = skn_str("no");
    else if (value.len == 0)
        value = skn_str("yes");
    skn_mysql_draft_add(&reader->draft, skn_str(clauses[clause].key), value, SKN_ATTR_SEMANTIC);
}

/* A clause goes from its word to the next one's; the value of DEFAULT may look like one. */
static void clauses_read(struct column_reader *reader)
{
    struct skn_str rest = reader->tail;
    struct skn_str text = rest;
    struct skn_mysql_token token;
    size_t clause = CLAUSE_COUNT;
    for (skn_mysql_token_next(&rest, &token); token.kind; skn_mysql_token_next(&rest, &token)) {
        size_t found = clause_find(&token);
        if (token.kind == '(')
            skn_mysql_group_skip(&rest);
        if (found == CLAUSE_COUNT)
            continue;
        clause_add(reader, clause, skn_mysql_span(text, token.raw.ptr));
        clause = found;
        text = skn_str_len(token.raw.ptr, (size_t)(rest.ptr + rest.len - token.raw.ptr));
        if (strcmp(clauses[found].word, "NOT") == 0 || strcmp(clauses[found].word, "DEFAULT") == 0)
            skn_mysql_token_next(&rest, &token);
        if (token.kind == '(')
            skn_mysql_group_skip(&rest);
    }
    clause_add(reader, clause, text);
}

/* ---- needs ---- */

static int is_sequence_function(const struct skn_mysql_token *token)
{
    return skn_mysql_token_is(token, "nextval") || skn_mysql_token_is(token, "lastval") ||
           skn_mysql_token_is(token, "setval");
}

static int sequences_need(struct column_reader *reader)
{
    struct skn_str rest = reader->tail;
    struct skn_mysql_token token;
    char name[SKN_MYSQL_BARE];
    char id[SKN_MYSQL_ID];
    int rc = SKN_OK;
    for (skn_mysql_token_next(&rest, &token); rc == SKN_OK && token.kind;
         skn_mysql_token_next(&rest, &token)) {
        if (!is_sequence_function(&token))
            continue;
        skn_mysql_token_next(&rest, &token);
        skn_mysql_token_next(&rest, &token);
        skn_mysql_bare_read(token.raw, name);
        skn_mysql_id_write(id, skn_str(NULL), skn_str(name), 0);
        rc = skn_mysql_draft_need(&reader->draft, SKN_MYSQL_KIND_SEQUENCE, id);
    }
    return rc;
}

/* ---- the database's own name ---- */

static int is_database(const struct skn_mysql_inspection *in, const struct skn_mysql_token *token,
                       struct skn_str rest)
{
    char name[SKN_MYSQL_BARE];
    if (token->kind != 'n' || rest.len == 0 || rest.ptr[0] != '.')
        return 0;
    skn_mysql_bare_read(token->raw, name);
    return strcmp(name, in->database) == 0;
}

/* A sequence comes with the name of its database, which is another one in a scratch database. */
static void place_forget(const struct skn_mysql_inspection *in, struct skn_str text, FILE *out)
{
    struct skn_str rest = text;
    struct skn_mysql_token token;
    for (skn_mysql_token_next(&rest, &token); token.kind; skn_mysql_token_next(&rest, &token)) {
        if (!is_database(in, &token, rest))
            continue;
        fwrite(text.ptr, 1, (size_t)(token.raw.ptr - text.ptr), out);
        text = rest = skn_str_len(rest.ptr + 1, rest.len - 1);
    }
    fwrite(text.ptr, 1, text.len, out);
}

/* ---- the column ---- */

static int column_put_together(struct column_reader *reader, struct skn_str text,
                               struct skn_str table_charset, struct skn_str table_collation)
{
    struct skn_str rest = skn_mysql_trim(text);
    type_read(reader, &rest);
    charset_read(reader, &rest, table_charset, table_collation);
    reader->tail = skn_mysql_trim(rest);
    struct skn_mysql_draft *draft = &reader->draft;
    skn_mysql_draft_add(draft, skn_str("name"), draft->fact.name, SKN_ATTR_SEMANTIC);
    skn_mysql_draft_add(draft, skn_str("type"), reader->head, SKN_ATTR_SEMANTIC);
    skn_mysql_draft_add(draft, skn_str("charset"), reader->charset, SKN_ATTR_SEMANTIC);
    skn_mysql_draft_add(draft, skn_str("collation"), reader->collation, SKN_ATTR_SEMANTIC);
    skn_mysql_draft_add(draft, skn_str("tail"), reader->tail, SKN_ATTR_LAYOUT);
    clauses_read(reader);
    int rc = skn_mysql_draft_report(draft);
    return rc == SKN_OK ? sequences_need(reader) : rc;
}

int skn_mysql_column_report(struct skn_mysql_inspection *in, struct skn_str table,
                            struct skn_str raw_name, struct skn_str text, struct skn_str charset,
                            struct skn_str collation)
{
    struct column_reader reader = {0};
    struct skn_mysql_text plain;
    char name[SKN_MYSQL_BARE];
    skn_mysql_bare_read(raw_name, name);
    skn_mysql_draft_init(&reader.draft, in, SKN_MYSQL_KIND_COLUMN, skn_str(name));
    skn_mysql_draft_place(&reader.draft, table, 1);
    if (!memmem(text.ptr, text.len, "`.`", 3))
        return column_put_together(&reader, text, charset, collation);
    int rc = skn_mysql_text_begin(&plain, in->err);
    if (rc != SKN_OK)
        return rc;
    place_forget(in, text, plain.stream);
    rc = skn_mysql_text_end(&plain, in->err);
    if (rc == SKN_OK)
        rc = column_put_together(&reader, skn_str_len(plain.ptr, plain.len), charset, collation);
    skn_mysql_text_finish(&plain);
    return rc;
}

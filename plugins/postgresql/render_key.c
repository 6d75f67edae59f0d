/*
 * Constraints, foreign keys and indexes as SQL. Knows no table but by name.
 */
#include "facet.h"

/* ---- constraints ---- */

/* The index of a constraint says nothing of its options in the constraint's own words. */
static void index_rest(struct skn_pg_writing *writing, const struct skn_object *constraint,
                       const struct skn_attr_change *options,
                       const struct skn_attr_change *tablespace)
{
    struct skn_str index = skn_pg_attr(writing, constraint, "index");
    struct skn_pg_text head = {0};
    skn_pg_text_add(&head, "ALTER INDEX ");
    skn_pg_text_add_len(&head, index.ptr ? index.ptr : "", index.len);
    if (head.failed)
        writing->rc = SKN_E_NOMEM;
    else
        skn_pg_write_options(writing, head.ptr, "", options);
    skn_pg_text_finish(&head);
    if (!tablespace)
        return;
    skn_pg_writef(writing, "ALTER INDEX %S SET TABLESPACE %S", index,
                  tablespace->to.ptr ? tablespace->to : skn_str("pg_default"));
    skn_pg_write_end(writing, SKN_SQL_BLOCKS_WRITES);
}

static void index_rest_new(struct skn_pg_writing *writing, const struct skn_object *constraint)
{
    const struct skn_attr_change options = {skn_str("options"), skn_str(NULL),
                                            skn_pg_attr(writing, constraint, "options")};
    const struct skn_attr_change tablespace = {skn_str("tablespace"), skn_str(NULL),
                                               skn_pg_attr(writing, constraint, "tablespace")};
    if (options.to.ptr || tablespace.to.ptr)
        index_rest(writing, constraint, options.to.ptr ? &options : NULL,
                   tablespace.to.ptr ? &tablespace : NULL);
}

static void validate_write(struct skn_pg_writing *writing, const struct skn_object *constraint,
                           uint32_t flags)
{
    skn_pg_writef(writing, "ALTER TABLE %R VALIDATE CONSTRAINT %O", constraint, constraint);
    skn_pg_write_end(writing, SKN_SQL_MAY_FAIL | flags);
}

/* Where the columns of "UNIQUE (a, b)" end, NULL where it is no such thing. */
static const char *columns_end(const char *text, size_t len)
{
    int depth = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '"') {
            while (++i < len && text[i] != '"')
                continue;
            continue;
        }
        depth += (text[i] == '(') - (text[i] == ')');
        if (text[i] == ')' && depth == 0)
            return text + i + 1;
    }
    return NULL;
}

/* Its index is made while others write, and then taken over. */
static int unique_online(struct skn_pg_writing *writing, const struct skn_object *constraint)
{
    struct skn_str text = writing->host->definition(constraint);
    struct skn_str type = skn_pg_attr(writing, constraint, "type");
    const char *columns = memchr(text.ptr, '(', text.len);
    const char *end = columns_end(text.ptr, text.len);
    if ((!skn_str_is(type, "p") && !skn_str_is(type, "u")) || !columns || !end ||
        skn_pg_attr_is_set(writing, skn_pg_relation_of(writing, constraint), "partition_key"))
        return 0;
    struct skn_str rest = skn_str_len(end, (size_t)(text.ptr + text.len - end));
    if (rest.len && memcmp(rest.ptr, " DEFERRABLE", rest.len < 11 ? rest.len : 11) != 0)
        return 0;
    size_t head = (size_t)(columns - text.ptr);
    skn_pg_writef(writing, "CREATE UNIQUE INDEX CONCURRENTLY %O ON %R %S", constraint, constraint,
                  skn_str_len(columns, (size_t)(end - columns)));
    if (memmem(text.ptr, head, "NULLS NOT DISTINCT", 18))
        skn_pg_write(writing, " NULLS NOT DISTINCT");
    skn_pg_write_end(writing, SKN_SQL_NO_TX | SKN_SQL_MAY_FAIL);
    skn_pg_writef(writing, "ALTER TABLE %R ADD CONSTRAINT %O %s USING INDEX %O%S", constraint,
                  constraint, skn_str_is(type, "p") ? "PRIMARY KEY" : "UNIQUE", constraint, rest);
    skn_pg_write_end(writing, 0);
    return 1;
}

/* A foreign key or a check is looked for in old rows only once new ones have to keep it. */
static int splits_online(const struct skn_pg_writing *writing, const struct skn_object *constraint)
{
    const struct skn_object *table = skn_pg_relation_of(writing, constraint);
    struct skn_str type = skn_pg_attr(writing, constraint, "type");
    return !skn_pg_attr_is_set(writing, constraint, "not_valid") &&
           (skn_str_is(type, "c") ||
            (skn_str_is(type, "f") && !skn_pg_attr_is_set(writing, table, "partition_key")));
}

/* online: -1, it is in CREATE TABLE already, and only the rest is to be written. */
void skn_pg_write_constraint_add(struct skn_pg_writing *writing,
                                 const struct skn_object *constraint, int online)
{
    int split = online > 0 && splits_online(writing, constraint);
    if (online >= 0 && !(online > 0 && unique_online(writing, constraint))) {
        int valid = !skn_pg_attr_is_set(writing, constraint, "not_valid");
        skn_pg_writef(writing, "ALTER TABLE %R ADD CONSTRAINT %O %S%s", constraint, constraint,
                      writing->host->definition(constraint), valid && !split ? "" : " NOT VALID");
        skn_pg_write_end(writing, split   ? SKN_SQL_COMMIT_AFTER
                                  : valid ? SKN_SQL_MAY_FAIL | SKN_SQL_BLOCKS_WRITES
                                          : 0);
    }
    if (split)
        validate_write(writing, constraint, SKN_SQL_COMMIT_AFTER);
    index_rest_new(writing, constraint);
}

void skn_pg_render_constraint(struct skn_pg_writing *writing)
{
    const struct skn_change *change = writing->change;
    if (change->op == SKN_CHANGE_ADD) {
        skn_pg_write_constraint_add(writing, change->to, skn_pg_is_online(writing));
        return;
    }
    if (change->op == SKN_CHANGE_DROP) {
        skn_pg_writef(writing, "ALTER TABLE %R DROP CONSTRAINT %O", change->from, change->from);
        skn_pg_write_end(writing, 0);
        return;
    }
    if (skn_pg_attr_change(change, "not_valid"))
        validate_write(writing, change->to, 0);
    index_rest(writing, change->to, skn_pg_attr_change(change, "options"),
               skn_pg_attr_change(change, "tablespace"));
}

/* ---- indexes ---- */

static const char *behind_word(struct skn_str text, const char *word)
{
    const char *at = memmem(text.ptr, text.len, word, strlen(word));
    return at ? at + strlen(word) : NULL;
}

static int is_partitioned(const struct skn_pg_writing *writing)
{
    return skn_pg_attr_is_set(writing, writing->object, "partitioned");
}

static void statistics_write(struct skn_pg_writing *writing, struct skn_str list, int reset)
{
    while (list.ptr && list.len > 0) {
        const char *end = memchr(list.ptr, '\n', list.len);
        size_t len = end ? (size_t)(end - list.ptr) : list.len;
        const char *equals = memchr(list.ptr, '=', len);
        size_t number = equals ? (size_t)(equals - list.ptr) : len;
        skn_pg_writef(writing, "ALTER INDEX %O ALTER COLUMN %S SET STATISTICS %S", writing->object,
                      skn_str_len(list.ptr, number),
                      reset || !equals ? skn_str("-1") : skn_str_len(equals + 1, len - number - 1));
        skn_pg_write_end(writing, 0);
        list = skn_str_len(list.ptr + len + (end != NULL), list.len - len - (end != NULL));
    }
}

/* Behind "INDEX name ON " in its definition. */
static const char *behind_name(struct skn_str text)
{
    const char *at = behind_word(text, "INDEX ");
    const char *end = text.ptr + text.len;
    int quoted = at && *at == '"';
    while (at && at < end && (quoted || *at != ' ')) {
        at++;
        if (quoted && at < end && *at == '"' && (at + 1 >= end || at[1] != '"'))
            quoted = 0;
        else if (quoted && at < end && *at == '"')
            at++;
    }
    return at && end - at > 4 ? at + 4 : NULL;
}

/* One that its partitions have no part of is made ONLY. */
static void index_text(struct skn_pg_writing *writing, struct skn_str text)
{
    const char *rest = behind_name(text);
    int only = is_partitioned(writing) && skn_pg_attr_is_set(writing, writing->object, "invalid");
    size_t len = rest && only ? (size_t)(rest - text.ptr) : 0;
    skn_pg_writef(writing, "%S%s%S", skn_str_len(text.ptr, len), len ? "ONLY " : "",
                  skn_str_len(text.ptr + len, text.len - len));
}

static void index_create(struct skn_pg_writing *writing)
{
    struct skn_str text = writing->host->definition(writing->object);
    struct skn_str tablespace = skn_pg_attr(writing, writing->object, "tablespace");
    int online = skn_pg_is_online(writing) && !is_partitioned(writing);
    const char *rest = behind_word(text, "INDEX ");
    if (online && rest)
        skn_pg_writef(writing, "%SCONCURRENTLY %S",
                      skn_str_len(text.ptr, (size_t)(rest - text.ptr)),
                      skn_str_len(rest, text.len - (size_t)(rest - text.ptr)));
    else
        index_text(writing, text);
    skn_pg_write_end(writing, online ? (uint32_t)SKN_SQL_NO_TX : (uint32_t)SKN_SQL_BLOCKS_WRITES);
    statistics_write(writing, skn_pg_attr(writing, writing->object, "statistics"), 0);
    if (!tablespace.ptr)
        return;
    skn_pg_writef(writing, "ALTER INDEX %O SET TABLESPACE %S", writing->object, tablespace);
    skn_pg_write_end(writing, SKN_SQL_BLOCKS_WRITES);
}

static void index_alter(struct skn_pg_writing *writing)
{
    const struct skn_attr_change *attr = skn_pg_attr_change(writing->change, "statistics");
    if (attr) {
        statistics_write(writing, attr->from, 1);
        statistics_write(writing, attr->to, 0);
    }
    attr = skn_pg_attr_change(writing->change, "tablespace");
    if (!attr)
        return;
    skn_pg_writef(writing, "ALTER INDEX %O SET TABLESPACE %S", writing->object,
                  attr->to.ptr ? attr->to : skn_str("pg_default"));
    skn_pg_write_end(writing, SKN_SQL_BLOCKS_WRITES);
}

void skn_pg_render_index(struct skn_pg_writing *writing)
{
    if (writing->change->op == SKN_CHANGE_ADD) {
        index_create(writing);
        return;
    }
    if (writing->change->op == SKN_CHANGE_ALTER) {
        index_alter(writing);
        return;
    }
    int online = skn_pg_is_online(writing) && !is_partitioned(writing);
    skn_pg_writef(writing, "DROP INDEX %s%O", online ? "CONCURRENTLY " : "", writing->object);
    skn_pg_write_end(writing, online ? SKN_SQL_NO_TX : 0);
}

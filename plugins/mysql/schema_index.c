/*
 * Indexes that the server may take away by itself. It knows nothing of what an index is for.
 *
 * An index that the server made for a foreign key is the server's: where another one over the same
 * columns comes, it goes without a word. No catalog tells it from one that somebody asked for, so
 * that whatever may be one is made anew in the same statement; the server sees that it is there
 * already, and it is nobody's but ours from then on.
 */
#include "schema.h"

static struct skn_str columns_of(struct skn_str definition)
{
    struct skn_mysql_token token;
    do
        skn_mysql_token_next(&definition, &token);
    while (token.kind && token.kind != '(');
    return definition;
}

/* Whether index is KEY `name` (columns) and nothing more, of columns that another list begins with.
 */
static int is_plain_prefix(struct skn_str index, struct skn_str columns)
{
    struct skn_mysql_token mine, other;
    struct skn_str rest = index;
    skn_mysql_token_next(&rest, &mine);
    if (!skn_mysql_token_is(&mine, "KEY"))
        return 0;
    rest = columns_of(index);
    skn_mysql_token_next(&rest, &mine);
    while (mine.kind == 'n' || mine.kind == ',') {
        skn_mysql_token_next(&columns, &other);
        if (mine.raw.len != other.raw.len || memcmp(mine.raw.ptr, other.raw.ptr, mine.raw.len) != 0)
            return 0;
        skn_mysql_token_next(&rest, &mine);
    }
    int closes = mine.kind == ')';
    skn_mysql_token_next(&rest, &mine);
    return closes && mine.kind == 0;
}

/* It was there before, and nothing of it changes. */
static int stays(const struct skn_schema_host *host, const struct skn_object *index,
                 const struct skn_object *from)
{
    const struct skn_object *old =
        from ? host->find(from, SKN_MYSQL_KIND_INDEX, host->id(index)) : index;
    struct skn_str a = host->definition(index);
    struct skn_str b = old ? host->definition(old) : skn_str(NULL);
    return a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0;
}

static void index_claim(struct skn_mysql_writer *writer, const struct skn_object *index,
                        const char *separator)
{
    skn_mysql_put(writer, separator);
    skn_mysql_put(writer, "DROP INDEX ");
    skn_mysql_put_name(writer, writer->host->name(index));
    skn_mysql_put(writer, ", ADD ");
    skn_mysql_put_str(writer, writer->host->definition(index));
    if (skn_mysql_attr(writer, index, "ignored").ptr)
        skn_mysql_put(writer,
                      skn_mysql_is_mariadb_version(writer->options) ? " IGNORED" : " INVISIBLE");
    writer->note = "an index that is made anew stays; the server takes away one of its own making";
}

unsigned skn_mysql_indexes_claim(struct skn_mysql_writer *writer, const struct skn_object *added,
                                 const struct skn_object *from, const char *separator)
{
    const struct skn_schema_host *host = writer->host;
    const struct skn_object *index;
    struct skn_str columns = columns_of(host->definition(added));
    unsigned count = 0;
    for (uint32_t i = 0; (index = host->child(host->parent(added), i)) != NULL; i++) {
        if (index == added || host->kind(index) != SKN_MYSQL_KIND_INDEX ||
            !is_plain_prefix(host->definition(index), columns) || !stays(host, index, from))
            continue;
        index_claim(writer, index, count++ ? ", " : separator);
    }
    return count;
}

/*
 * A table made anew: under another name, with the rows of the old one, and then in its place. What
 * stands on it was taken away before, and comes back after. Knows nothing of when that is needed.
 */
#include <string.h>

#include "schema.h"

struct rebuild {
    struct skn_sqlite_writing *writing;
    const struct skn_object *from;
    const struct skn_object *to;
    const struct skn_sqlite_alteration *alteration;
    struct skn_str temporary;
    const char *rowid; /* the word for it, where rows keep theirs; NULL: they do not */
};

static struct skn_sqlite_text text_of(const struct rebuild *rebuild)
{
    struct skn_sqlite_text text = {.pool = rebuild->writing->pool};
    return text;
}

static int is_taken(const struct skn_sqlite_writing *writing, const struct skn_object *from,
                    const struct skn_object *to, struct skn_str name)
{
    static const uint32_t kinds[] = {SKN_SQLITE_TABLE, SKN_SQLITE_VIRTUAL, SKN_SQLITE_VIEW,
                                     SKN_SQLITE_INDEX};
    struct skn_str id = skn_sqlite_id(writing->pool, skn_str(NULL), name);
    size_t i;
    for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (writing->host->find(from, kinds[i], id) || writing->host->find(to, kinds[i], id))
            return 1;
    return 0;
}

struct skn_str skn_sqlite_temporary_name(const struct skn_sqlite_writing *writing,
                                         const struct skn_object *from, const struct skn_object *to)
{
    struct skn_sqlite_text name = {.pool = writing->pool};
    skn_sqlite_text_adds(&name, "_skein_new_");
    skn_sqlite_text_add(&name, writing->host->name(to));
    while (!writing->pool->failed && is_taken(writing, from, to, skn_sqlite_text_str(&name)))
        skn_sqlite_text_adds(&name, "_");
    return skn_sqlite_text_str(&name);
}

/* Rows keep their rowid, unless a column says what it is. */
static void rowid_choose(struct rebuild *rebuild)
{
    static const char *const words[] = {"rowid", "_rowid_", "oid"};
    const struct skn_sqlite_alteration *alteration = rebuild->alteration;
    size_t i;
    int key = alteration->to.rowid_key;
    if (alteration->from.without_rowid || alteration->to.without_rowid ||
        (key != SKN_SQLITE_NOWHERE && alteration->was[key] != SKN_SQLITE_NOWHERE))
        return;
    for (i = 0; !rebuild->rowid && i < sizeof words / sizeof words[0]; i++)
        if (skn_sqlite_table_column(&alteration->from, skn_str(words[i])) < 0 &&
            skn_sqlite_table_column(&alteration->to, skn_str(words[i])) < 0)
            rebuild->rowid = words[i];
}

/* ---- what the rows risk ---- */

/* Values of a new column, or of one that is not what it was, are first seen by the copy. */
static uint32_t column_risk(const struct rebuild *rebuild, size_t index)
{
    const struct skn_sqlite_table *to = &rebuild->alteration->to;
    const struct skn_sqlite_column *column = &to->columns[index];
    const struct skn_sqlite_column *old;
    int was = rebuild->alteration->was[index];
    uint32_t flags = 0;
    if (was < 0)
        return to->strict || column->not_null.ptr || column->generated.ptr ? SKN_SQL_MAY_FAIL : 0;
    old = &rebuild->alteration->from.columns[was];
    if (!skn_sqlite_same(old->type, column->type))
        flags |= SKN_SQL_LOSSY | SKN_SQL_MAY_FAIL;
    if ((column->not_null.ptr && !old->not_null.ptr) ||
        !skn_sqlite_same(old->collation, column->collation) ||
        !skn_sqlite_same(old->generated, column->generated))
        flags |= SKN_SQL_MAY_FAIL;
    return flags;
}

static uint32_t risk_of(const struct rebuild *rebuild)
{
    const struct skn_sqlite_table *from = &rebuild->alteration->from;
    const struct skn_sqlite_table *to = &rebuild->alteration->to;
    uint32_t flags = SKN_SQL_REWRITES | SKN_SQL_BLOCKS_WRITES;
    size_t i;
    size_t k;
    for (i = 0; i < to->column_count; i++)
        flags |= column_risk(rebuild, i);
    for (i = 0; i < to->constraint_count; i++) {
        int found = 0;
        for (k = 0; !found && k < from->constraint_count; k++)
            found = skn_sqlite_same(from->constraints[k].text, to->constraints[i].text);
        flags |= found ? 0 : SKN_SQL_MAY_FAIL;
    }
    return to->strict && !from->strict ? flags | SKN_SQL_MAY_FAIL : flags;
}

static int loses_values(const struct skn_sqlite_alteration *alteration)
{
    size_t i;
    for (i = 0; i < alteration->from.column_count; i++)
        if (!alteration->stays[i] && !alteration->from.columns[i].generated.ptr)
            return 1;
    return 0;
}

/* Rows with a value in a column that goes. */
static struct skn_sqlite_text loss_probe(const struct rebuild *rebuild)
{
    const struct skn_sqlite_alteration *alteration = rebuild->alteration;
    struct skn_sqlite_text probe = text_of(rebuild);
    const char *joint = " WHERE ";
    size_t i;
    skn_sqlite_text_adds(&probe, "SELECT count(*) FROM ");
    skn_sqlite_text_name(&probe, rebuild->writing->host->name(rebuild->from));
    for (i = 0; i < alteration->from.column_count; i++) {
        if (alteration->stays[i] || alteration->from.columns[i].generated.ptr)
            continue;
        skn_sqlite_text_adds(&probe, joint);
        skn_sqlite_text_name(&probe, alteration->from.columns[i].name);
        skn_sqlite_text_adds(&probe, " IS NOT NULL");
        joint = " OR ";
    }
    return probe;
}

/* Rows that would be NULL in a column that must not be; all of them where it is new. */
static struct skn_sqlite_text null_probe(const struct rebuild *rebuild)
{
    const struct skn_sqlite_alteration *alteration = rebuild->alteration;
    struct skn_sqlite_text probe = text_of(rebuild);
    const char *joint = " WHERE ";
    size_t i;
    skn_sqlite_text_adds(&probe, "SELECT count(*) FROM ");
    skn_sqlite_text_name(&probe, rebuild->writing->host->name(rebuild->from));
    for (i = 0; i < alteration->to.column_count; i++) {
        const struct skn_sqlite_column *column = &alteration->to.columns[i];
        int was = alteration->was[i];
        if (!column->not_null.ptr || column->generated.ptr ||
            (was < 0 ? column->fallback.ptr : alteration->from.columns[was].not_null.ptr) != NULL)
            continue;
        skn_sqlite_text_adds(&probe, joint);
        if (was < 0)
            skn_sqlite_text_adds(&probe, "1");
        else {
            skn_sqlite_text_name(&probe, column->name);
            skn_sqlite_text_adds(&probe, " IS NULL");
        }
        joint = " OR ";
    }
    if (strcmp(joint, " OR ") != 0)
        probe.len = 0;
    return probe;
}

/* ---- the statements ---- */

static int new_create(const struct rebuild *rebuild)
{
    const struct skn_sqlite_writing *writing = rebuild->writing;
    struct skn_sqlite_text text = text_of(rebuild);
    struct skn_sqlite_text probe = loss_probe(rebuild);
    skn_sqlite_text_adds(&text, "CREATE TABLE ");
    skn_sqlite_text_name(&text, rebuild->temporary);
    skn_sqlite_text_adds(&text, " ");
    skn_sqlite_text_add(&text, writing->host->attr(rebuild->to, "sql"));
    return skn_sqlite_write(writing, &text, 0,
                            "ALTER TABLE of SQLite cannot do this: the table is made anew, and "
                            "takes the rows and the place of the old one",
                            loses_values(rebuild->alteration) ? &probe : NULL);
}

/* The columns that both have, and the engine does not work out itself; the count of them. */
static size_t columns_add(const struct rebuild *rebuild, struct skn_sqlite_text *text)
{
    const struct skn_sqlite_alteration *alteration = rebuild->alteration;
    size_t count = 0;
    size_t i;
    if (rebuild->rowid) {
        skn_sqlite_text_adds(text, rebuild->rowid);
        count++;
    }
    for (i = 0; i < alteration->to.column_count; i++) {
        const struct skn_sqlite_column *column = &alteration->to.columns[i];
        if (alteration->was[i] < 0 || column->generated.ptr)
            continue;
        skn_sqlite_text_adds(text, count++ ? ", " : "");
        skn_sqlite_text_name(text, column->name);
    }
    return count;
}

static int text_says(struct skn_str text, const char *words)
{
    size_t len = strlen(words);
    size_t i;
    for (i = 0; i + len <= text.len; i++)
        if (memcmp(text.ptr + i, words, len) == 0)
            return 1;
    return 0;
}

/* A constraint that says so would let rows go in silence. */
static int has_conflict_clause(const struct skn_sqlite_table *table)
{
    size_t i;
    for (i = 0; i < table->constraint_count; i++)
        if (text_says(table->constraints[i].text, "on conflict"))
            return 1;
    for (i = 0; i < table->column_count; i++)
        if (text_says(table->columns[i].not_null, "on conflict"))
            return 1;
    return 0;
}

static int rows_write(const struct rebuild *rebuild)
{
    struct skn_sqlite_text text = text_of(rebuild);
    struct skn_sqlite_text columns = text_of(rebuild);
    struct skn_sqlite_text probe = null_probe(rebuild);
    if (columns_add(rebuild, &columns) == 0)
        return SKN_OK;
    skn_sqlite_text_adds(&text, has_conflict_clause(&rebuild->alteration->to)
                                    ? "INSERT OR ABORT INTO "
                                    : "INSERT INTO ");
    skn_sqlite_text_name(&text, rebuild->temporary);
    skn_sqlite_text_adds(&text, " (");
    skn_sqlite_text_add(&text, skn_sqlite_text_str(&columns));
    skn_sqlite_text_adds(&text, ")\nSELECT ");
    skn_sqlite_text_add(&text, skn_sqlite_text_str(&columns));
    skn_sqlite_text_adds(&text, "\nFROM ");
    skn_sqlite_text_name(&text, rebuild->writing->host->name(rebuild->from));
    return skn_sqlite_write(rebuild->writing, &text, risk_of(rebuild), NULL,
                            probe.len ? &probe : NULL);
}

/* AUTOINCREMENT goes on where it was, also where the last rows are gone. */
static int sequence_write(const struct rebuild *rebuild)
{
    struct skn_sqlite_text clear = text_of(rebuild);
    struct skn_sqlite_text copy = text_of(rebuild);
    int code;
    if (!rebuild->alteration->from.counts || !rebuild->alteration->to.counts)
        return SKN_OK;
    skn_sqlite_text_adds(&clear, "DELETE FROM sqlite_sequence WHERE name = ");
    skn_sqlite_text_literal(&clear, rebuild->temporary);
    code = skn_sqlite_write(rebuild->writing, &clear, 0, NULL, NULL);
    skn_sqlite_text_adds(&copy, "INSERT INTO sqlite_sequence (name, seq)\nSELECT ");
    skn_sqlite_text_literal(&copy, rebuild->temporary);
    skn_sqlite_text_adds(&copy, ", seq FROM sqlite_sequence WHERE name = ");
    skn_sqlite_text_literal(&copy, rebuild->writing->host->name(rebuild->from));
    skn_sqlite_text_adds(&copy, " COLLATE NOCASE");
    return code ? code : skn_sqlite_write(rebuild->writing, &copy, 0, NULL, NULL);
}

static int old_drop(const struct rebuild *rebuild)
{
    struct skn_sqlite_text text = text_of(rebuild);
    skn_sqlite_text_adds(&text, "DROP TABLE ");
    skn_sqlite_text_name(&text, rebuild->writing->host->name(rebuild->from));
    return skn_sqlite_write(rebuild->writing, &text, 0, NULL, NULL);
}

static int legacy_write(const struct skn_sqlite_writing *writing, const char *statement,
                        const char *note)
{
    struct skn_sqlite_text text = {.pool = writing->pool};
    skn_sqlite_text_adds(&text, statement);
    return skn_sqlite_write(writing, &text, 0, note, NULL);
}

int skn_sqlite_place_take(const struct skn_sqlite_writing *writing, struct skn_str temporary,
                          struct skn_str name)
{
    struct skn_sqlite_text text = {.pool = writing->pool};
    int code = legacy_write(writing, "PRAGMA legacy_alter_table = ON",
                            "or else views and triggers that speak of the table forbid the RENAME");
    skn_sqlite_text_adds(&text, "ALTER TABLE ");
    skn_sqlite_text_name(&text, temporary);
    skn_sqlite_text_adds(&text, " RENAME TO ");
    skn_sqlite_text_name(&text, name);
    if (!code)
        code = skn_sqlite_write(writing, &text, 0, NULL, NULL);
    return code ? code : legacy_write(writing, "PRAGMA legacy_alter_table = OFF", NULL);
}

int skn_sqlite_rebuild(struct skn_sqlite_writing *writing, const struct skn_object *from,
                       const struct skn_object *to, const struct skn_sqlite_alteration *alteration)
{
    struct rebuild rebuild = {.writing = writing, .from = from, .to = to, .alteration = alteration};
    int code;
    if (loses_values(alteration)) /* all of it or nothing, where a person has to agree */
        writing->flags |= SKN_SQL_DESTROYS_DATA;
    rebuild.temporary = skn_sqlite_temporary_name(writing, from, to);
    rowid_choose(&rebuild);
    code = new_create(&rebuild);
    if (!code)
        code = rows_write(&rebuild);
    if (!code)
        code = sequence_write(&rebuild);
    if (!code)
        code = old_drop(&rebuild);
    return code ? code : skn_sqlite_place_take(writing, rebuild.temporary, writing->host->name(to));
}

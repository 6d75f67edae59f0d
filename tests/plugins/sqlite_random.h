/*
 * Random schemas of SQLite's dialect in pairs, where the second is the first with changes; and each
 * written in a style of its own: case, quotes, comments, and where a constraint stands.
 */
#ifndef SKEIN_TEST_SQLITE_RANDOM_H
#define SKEIN_TEST_SQLITE_RANDOM_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { TABLES = 5, COLUMNS = 7, INDEXES = 6, VIEWS = 4, TRIGGERS = 4, NAMES = 16 };

struct made_column {
    int on, type, not_null, fallback, collation, generated, unique, check, refers;
};

struct made_table {
    int on, options, key, unique, check, refers;
    struct made_column column[COLUMNS];
};

/* An index, a view or a trigger. */
struct made_rest {
    int on, table, other, first, second, form;
};

struct made_schema {
    uint64_t hand; /* the same text each time it is written */
    struct made_table table[TABLES];
    struct made_rest index[INDEXES], view[VIEWS], trigger[TRIGGERS];
};

static uint64_t seed;
static const char *table_names[TABLES];
static const char *column_names[COLUMNS];
static int style; /* 0: plain */

static inline int below(int n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (int)((uint32_t)(seed >> 16) % (uint32_t)n);
}

static inline void names_draw(void)
{
    static const char *const pool[NAMES] = {"users",      "order", "a b",          "say \"no\"",
                                            "x--y",       "Mixed", "semi;colon",   "new\nline",
                                            "c */ d",     "it's",  "na\xc3\xafve", "select",
                                            "[brackets]", "a/b",   "back\\slash",  "t$1"};
    int at = below(NAMES);
    for (int i = 0; i < TABLES; i++)
        table_names[i] = pool[(at + i) % NAMES];
    at = below(NAMES);
    for (int i = 0; i < COLUMNS; i++)
        column_names[i] = pool[(at + i) % NAMES];
}

/* ---- making and changing ---- */

static inline void roll(int *value, int n, int again)
{
    if (again >= 100 || below(100) < again)
        *value = below(n);
}

static inline void column_roll(struct made_column *column, int again)
{
    roll(&column->on, 3, again * 2);
    roll(&column->type, 6, again);
    roll(&column->not_null, 4, again);
    roll(&column->fallback, 9, again);
    roll(&column->collation, 5, again);
    roll(&column->generated, 12, again);
    roll(&column->unique, 10, again);
    roll(&column->check, 8, again);
    roll(&column->refers, 24, again);
}

static inline void rest_roll(struct made_rest *rest, int again)
{
    roll(&rest->on, 3, again * 2);
    roll(&rest->table, TABLES, again / 2);
    roll(&rest->other, TABLES, again / 2);
    roll(&rest->first, COLUMNS, again);
    roll(&rest->second, COLUMNS, again);
    roll(&rest->form, 12, again);
}

/* again: in how many of a hundred cases something is drawn once more. */
static inline void schema_roll(struct made_schema *schema, int again)
{
    for (int i = 0; i < TABLES; i++) {
        struct made_table *table = &schema->table[i];
        roll(&table->on, 4, again);
        roll(&table->options, 8, again / 2);
        roll(&table->key, 6, again / 2);
        roll(&table->unique, 6, again);
        roll(&table->check, 5, again);
        roll(&table->refers, 10, again);
        for (int k = 0; k < COLUMNS; k++)
            column_roll(&table->column[k], again);
        table->column[0].on = 1;
        table->column[0].generated = 0;
    }
    for (int i = 0; i < INDEXES; i++)
        rest_roll(&schema->index[i], again);
    for (int i = 0; i < VIEWS; i++)
        rest_roll(&schema->view[i], again);
    for (int i = 0; i < TRIGGERS; i++)
        rest_roll(&schema->trigger[i], again);
}

/* ---- writing ---- */

static inline void word(FILE *out, const char *text)
{
    static const char *const blanks[] = {" ", "  ", "\n", " /* ; ' \" */ ", " -- '\n", "\t"};
    int lower = style && below(2);
    for (; *text; text++)
        fputc(lower && *text >= 'A' && *text <= 'Z' ? *text + ('a' - 'A') : *text, out);
    fputs(style ? blanks[below(6)] : " ", out);
}

static inline void name(FILE *out, const char *text)
{
    int way = style ? below(3) : 0;
    char open = way == 1 ? '`' : way == 2 && !strchr(text, ']') ? '[' : '"';
    char close = open == '[' ? ']' : open;
    fputc(open, out);
    for (; *text; text++) {
        fputc(*text, out);
        if (*text == close)
            fputc(*text, out);
    }
    fputc(close, out);
    fputs(style && below(3) == 0 ? " /**/ " : " ", out);
}

static inline int is_strict(const struct made_table *table)
{
    return table->options == 1 || table->options == 2;
}

/* 1: INTEGER PRIMARY KEY, 2: with AUTOINCREMENT, 3: of two columns, 4: of one */
static inline int key_of(const struct made_table *table)
{
    int without_rowid = table->options == 2 || table->options == 3;
    if (table->key == 3 && (!table->column[1].on || table->column[1].generated == 1 ||
                            table->column[1].generated == 2))
        return 4;
    if (table->key == 2 && without_rowid)
        return 1;
    return table->key == 0 || table->key == 5 ? (without_rowid ? 4 : 0) : table->key;
}

static inline int is_generated(const struct made_column *column, int index)
{
    return index > 0 && (column->generated == 1 || column->generated == 2);
}

static inline void type_write(FILE *out, const struct made_table *table, int index)
{
    static const char *const loose[] = {"int", "varchar(20)", "TEXT", "numeric(10, 2)", "", "blob"};
    static const char *const strict[] = {"INT", "TEXT", "TEXT", "REAL", "ANY", "BLOB"};
    int key = key_of(table);
    /* SQLite takes a comment behind it for a part of it. */
    if (index == 0 && (key == 1 || key == 2))
        fputs("INTEGER ", out);
    else
        fprintf(out, "%s ", (is_strict(table) ? strict : loose)[table->column[index].type]);
}

static inline void default_write(FILE *out, const struct made_column *column)
{
    static const char *const values[] = {
        "", "0", "'it''s; -- /* x'", "NULL", "-12", "x'00ff'", "CURRENT_TIMESTAMP", "(1 + 2)", ""};
    if (!*values[column->fallback])
        return;
    word(out, "DEFAULT");
    fprintf(out, "%s ", values[column->fallback]);
}

static inline void check_write(FILE *out, const char *column, int form)
{
    word(out, "CHECK");
    fputs("(", out);
    name(out, column);
    word(out, form == 1 ? "IS NOT 'no; '' -- '" : form == 2 ? "<> -1" : "IS NULL OR 1");
    fputs(") ", out);
}

static inline void references_write(FILE *out, int refers)
{
    word(out, "REFERENCES");
    name(out, table_names[refers % TABLES]);
    if (refers % 2) {
        word(out, "ON DELETE CASCADE");
        word(out, refers % 4 == 1 ? "DEFERRABLE INITIALLY DEFERRED" : "ON UPDATE SET NULL");
    }
}

static inline void column_write(FILE *out, const struct made_table *table, int index)
{
    static const char *const collations[] = {"", "NOCASE", "RTRIM", "", ""};
    const struct made_column *column = &table->column[index];
    int key = key_of(table);
    name(out, column_names[index]);
    type_write(out, table, index);
    if (is_generated(column, index)) {
        word(out, column->generated == 1 ? "GENERATED ALWAYS AS (" : "AS (");
        name(out, column_names[0]);
        word(out, column->fallback % 2 ? "|| 'x')" : "+ 1)");
        word(out, column->generated == 1 ? "VIRTUAL" : "STORED");
    }
    if (index == 0 && (key == 1 || key == 2))
        word(out, key == 2 ? "PRIMARY KEY AUTOINCREMENT" : "PRIMARY KEY");
    if (!is_generated(column, index) && !(index == 0 && key))
        default_write(out, column);
    if (column->not_null == 1 && !column->refers)
        word(out, "NOT NULL");
    if (*collations[column->collation]) {
        word(out, "COLLATE");
        word(out, collations[column->collation]);
    }
    if (column->unique == 1 && index > 0)
        word(out, "UNIQUE");
    if (column->check && column->check < 4)
        check_write(out, column_names[index], column->check);
    if (column->refers && column->refers <= TABLES && column->not_null != 1 && index > 0)
        references_write(out, column->refers);
}

static inline void constraints_write(FILE *out, const struct made_table *table)
{
    int key = key_of(table);
    if (key > 2) {
        word(out, ", PRIMARY KEY (");
        name(out, column_names[0]);
        if (key == 3) {
            fputs(", ", out);
            name(out, column_names[1]);
        }
        word(out, ")");
    }
    if (table->unique == 1 && table->column[2].on) {
        word(out, ", CONSTRAINT");
        name(out, "u");
        word(out, "UNIQUE (");
        name(out, column_names[0]);
        fputs(", ", out);
        name(out, column_names[2]);
        word(out, ")");
    }
    if (table->check && table->check < 4 && table->column[3].on) {
        word(out, table->check == 3 ? ", CONSTRAINT k" : ",");
        check_write(out, column_names[3], table->check);
    }
    if (table->refers && table->refers <= TABLES && table->column[4].on &&
        table->column[4].not_null != 1) {
        word(out, ", FOREIGN KEY (");
        name(out, column_names[4]);
        word(out, ")");
        references_write(out, table->refers);
    }
}

static inline void table_write(FILE *out, const struct made_schema *schema, int i)
{
    static const char *const options[] = {
        "", "STRICT", "STRICT, WITHOUT ROWID", "WITHOUT ROWID", "", "", "", ""};
    const struct made_table *table = &schema->table[i];
    const char *joint = "";
    word(out, "CREATE TABLE");
    name(out, table_names[i]);
    word(out, "(");
    for (int k = 0; k < COLUMNS; k++) {
        if (!table->column[k].on)
            continue;
        fputs(joint, out);
        column_write(out, table, k);
        joint = ", ";
    }
    constraints_write(out, table);
    word(out, ")");
    fprintf(out, "%s;\n", options[table->options]);
}

static inline void index_write(FILE *out, const struct made_schema *schema, int i)
{
    const struct made_rest *index = &schema->index[i];
    const struct made_table *table = &schema->table[index->table];
    if (!index->on || !table->on || !table->column[index->first].on)
        return;
    word(out, index->form == 1 ? "CREATE UNIQUE INDEX" : "CREATE INDEX");
    fprintf(out, "\"i %d\" ", i);
    word(out, "ON");
    name(out, table_names[index->table]);
    word(out, index->form == 2 ? "(lower(" : "(");
    name(out, column_names[index->first]);
    word(out, index->form == 2   ? "))"
              : index->form == 3 ? "COLLATE NOCASE DESC)"
              : index->form == 4 ? "DESC)"
                                 : ")");
    if (index->form == 5) {
        word(out, "WHERE");
        name(out, column_names[index->first]);
        word(out, "IS NOT NULL");
    }
    fputs(";\n", out);
}

static inline void view_write(FILE *out, const struct made_schema *schema, int i)
{
    const struct made_rest *view = &schema->view[i];
    const struct made_table *table = &schema->table[view->table];
    int broken = view->form == 0;
    if (!view->on || !((table->on && table->column[view->first].on) || broken))
        return;
    word(out, "CREATE VIEW");
    fprintf(out, "\"v %d\" ", i);
    word(out, "AS SELECT");
    if (view->form % 3 == 0)
        word(out, "*");
    else
        name(out, column_names[view->first]);
    if (view->form == 1)
        word(out, ", 'it''s' AS z");
    word(out, "FROM");
    if (view->form == 2 && i > 0 && schema->view[i - 1].on)
        fprintf(out, "\"v %d\" ", i - 1);
    else
        name(out, table_names[view->table]);
    fputs(";\n", out);
}

static inline void trigger_write(FILE *out, const struct made_schema *schema, int i)
{
    const struct made_rest *trigger = &schema->trigger[i];
    const struct made_table *table = &schema->table[trigger->table];
    const struct made_table *other = &schema->table[trigger->other];
    int broken = trigger->form == 0;
    if (!trigger->on || !table->on || !table->column[trigger->first].on ||
        !((other->on && other->column[trigger->second].on) || broken))
        return;
    word(out, "CREATE TRIGGER");
    fprintf(out, "\"t %d\" ", i);
    word(out, trigger->form < 6 ? "AFTER INSERT ON" : "BEFORE DELETE ON");
    name(out, table_names[trigger->table]);
    word(out, "BEGIN");
    word(out, "UPDATE");
    name(out, table_names[trigger->other]);
    word(out, "SET");
    name(out, column_names[trigger->second]);
    word(out, trigger->form % 2 ? "= 'a; b'" : "= NULL");
    word(out, "WHERE 0; SELECT");
    word(out, trigger->form < 6 ? "NEW." : "OLD.");
    name(out, column_names[trigger->first]);
    word(out, "; END;");
    fputs("\n", out);
}

static inline void tables_write(FILE *out, const struct made_schema *schema)
{
    for (int i = 0; i < TABLES; i++)
        if (schema->table[i].on)
            table_write(out, schema, i);
}

static inline void rest_write(FILE *out, const struct made_schema *schema)
{
    for (int i = 0; i < INDEXES; i++)
        index_write(out, schema, i);
    for (int i = 0; i < VIEWS; i++)
        view_write(out, schema, i);
    for (int i = 0; i < TRIGGERS; i++)
        trigger_write(out, schema, i);
}

/* Rows that differ in every column, none of them NULL unless it refers to another table. */
static inline void rows_write(FILE *out, const struct made_schema *schema)
{
    for (int i = 0; i < TABLES; i++) {
        const struct made_table *table = &schema->table[i];
        for (int row = 1; table->on && row <= 3; row++) {
            const char *joint = "";
            fputs("INSERT INTO ", out);
            name(out, table_names[i]);
            fputs("(", out);
            for (int k = 0; k < COLUMNS; k++)
                if (table->column[k].on && !is_generated(&table->column[k], k)) {
                    fputs(joint, out);
                    name(out, column_names[k]);
                    joint = ", ";
                }
            fputs(") VALUES (", out);
            joint = "";
            for (int k = 0; k < COLUMNS; k++)
                if (table->column[k].on && !is_generated(&table->column[k], k)) {
                    int type = table->column[k].type;
                    int key = key_of(table);
                    int refers =
                        (k > 0 && table->column[k].refers && table->column[k].refers <= TABLES) ||
                        (k == 4 && table->refers && table->refers <= TABLES);
                    fputs(joint, out);
                    if (refers && table->column[k].not_null != 1)
                        fputs("NULL", out);
                    else if (k == 0 && (key == 1 || key == 2))
                        fprintf(out, "%d", row * 10);
                    else if (type == 5)
                        fprintf(out, "x'0%d'", row);
                    else
                        fprintf(out, type == 1 || type == 2 ? "'v%d'" : "%d", row * 10);
                    joint = ", ";
                }
            fputs(");\n", out);
        }
    }
}

#endif

/*
 * Statements run against the tables. It knows nothing of transactions and of where tables are kept;
 * a statement changes all that it says or nothing.
 */
#include "null.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- errors ---- */

static int no_memory(struct skn_error *err)
{
    return skn_fail(err, SKN_E_NOMEM, NULL, 0, "no memory for the rows");
}

static int table_missing(struct skn_str table, struct skn_error *err)
{
    return skn_fail(err, SKN_E_MISSING, "42S02", 0, "table %.*s does not exist", SKN_FMT(table));
}

static int column_missing(struct skn_str column, struct skn_error *err)
{
    return skn_fail(err, SKN_E_MISSING, "42S22", 0, "column %.*s does not exist", SKN_FMT(column));
}

static int column_there(struct skn_str column, struct skn_error *err)
{
    return skn_fail(err, SKN_E_EXISTS, "42S21", 0, "column %.*s exists already", SKN_FMT(column));
}

static int column_look(const struct skn_null_table *table, struct skn_str name, size_t *index,
                       struct skn_error *err)
{
    *index = skn_null_column_find(table, name);
    return *index < table->column_count ? SKN_OK : column_missing(name, err);
}

/* ---- values ---- */

static int integer_read(struct skn_str text, int64_t *value)
{
    char digits[24];
    char *end;
    if (!text.ptr || text.len == 0 || text.len >= sizeof digits - 2)
        return 0;
    memcpy(digits, text.ptr, text.len);
    digits[text.len] = '\0';
    *value = strtoll(digits, &end, 10);
    return *end == '\0' && text.len <= 18;
}

static int text_compare(struct skn_str a, struct skn_str b)
{
    int64_t left;
    int64_t right;
    /* Numbers by their size, but 007 is not 7: it may be the name of a revision. */
    if (integer_read(a, &left) && integer_read(b, &right) && left != right)
        return left > right ? 1 : -1;
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len ? memcmp(a.ptr, b.ptr, len) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int null_first_compare(struct skn_str a, struct skn_str b)
{
    if (!a.ptr || !b.ptr)
        return (a.ptr != NULL) - (b.ptr != NULL);
    return text_compare(a, b);
}

static int test_holds(const struct skn_null_test *test, struct skn_str cell)
{
    if (strcmp(test->op, "null") == 0)
        return !cell.ptr;
    if (strcmp(test->op, "notnull") == 0)
        return cell.ptr != NULL;
    if (!cell.ptr || !test->value.ptr)
        return 0;
    int order = text_compare(cell, test->value);
    int equal_wanted = strchr(test->op, '=') != NULL;
    return (order == 0 && equal_wanted) || (order < 0 && test->op[0] == '<') ||
           (order > 0 && strchr(test->op, '>') != NULL);
}

/* ---- which rows ---- */

struct filter {
    const struct skn_null_sql *sql;
    size_t columns[SKN_NULL_TESTS];
};

static int filter_init(struct filter *filter, const struct skn_null_table *table,
                       const struct skn_null_sql *sql, struct skn_error *err)
{
    int rc = SKN_OK;
    filter->sql = sql;
    for (size_t i = 0; rc == SKN_OK && i < sql->test_count; i++)
        rc = column_look(table, sql->tests[i].column, &filter->columns[i], err);
    return rc;
}

static int row_wanted(const struct filter *filter, const struct skn_str *cells)
{
    for (size_t i = 0; i < filter->sql->test_count; i++)
        if (!test_holds(&filter->sql->tests[i], cells[filter->columns[i]]))
            return 0;
    return 1;
}

/* ---- the primary key ---- */

static int keys_equal(const struct skn_null_table *table, const struct skn_str *a,
                      const struct skn_str *b)
{
    int keyed = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        if (!table->columns[i].key)
            continue;
        keyed = 1;
        if (a[i].len != b[i].len || memcmp(a[i].ptr, b[i].ptr, a[i].len) != 0)
            return 0;
    }
    return keyed;
}

/* Whether cells may stand in the table, in the place of row skip if that is one. */
static int key_check(const struct skn_null_table *table, const struct skn_str *cells, size_t skip,
                     struct skn_error *err)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].key && !cells[i].ptr)
            return skn_fail(err, SKN_E_CONSTRAINT, "23502", 0, "column %s of table %s is NULL",
                            table->columns[i].name, table->name);
    for (size_t i = 0; i < table->row_count; i++)
        if (i != skip && keys_equal(table, cells, table->rows[i]))
            return skn_fail(err, SKN_E_CONSTRAINT, "23505", 0,
                            "table %s has a row with this key already", table->name);
    return SKN_OK;
}

/* ---- tables and columns ---- */

static void rows_truncate(struct skn_null_table *table, size_t count)
{
    while (table->row_count > count)
        skn_null_row_drop(table, table->row_count - 1);
}

static int columns_add(struct skn_null_table *table, const struct skn_null_sql *sql,
                       struct skn_error *err)
{
    size_t before = table->column_count;
    int rc = SKN_OK;
    for (size_t i = 0; rc == SKN_OK && i < sql->name_count; i++) {
        int there = skn_null_column_find(table, sql->names[i]) < table->column_count;
        if (there && sql->guarded)
            continue;
        if (there)
            rc = column_there(sql->names[i], err);
        else if (table->column_count == SKN_NULL_NAMES)
            rc = skn_fail(err, SKN_E_UNSUPPORTED, "54011", 0, "more than %d columns in table %s",
                          SKN_NULL_NAMES, table->name);
        else if (skn_null_column_add(table, sql->names[i], sql->keys[i]) != SKN_OK)
            rc = no_memory(err);
    }
    while (rc != SKN_OK && table->column_count > before)
        skn_null_column_drop(table, table->column_count - 1);
    return rc;
}

static int create_run(struct skn_null_store *store, const struct skn_null_sql *sql,
                      struct skn_error *err)
{
    if (skn_null_store_find(store, sql->table))
        return sql->guarded ? SKN_OK
                            : skn_fail(err, SKN_E_EXISTS, "42S01", 0, "table %.*s exists already",
                                       SKN_FMT(sql->table));
    if (skn_null_table_create(store, sql->table) != SKN_OK)
        return no_memory(err);
    /* Two columns of one name must not pass as one that is there already. */
    struct skn_null_sql strict = *sql;
    strict.guarded = 0;
    struct skn_null_table *table = &store->tables[store->table_count - 1];
    int rc = columns_add(table, &strict, err);
    if (rc != SKN_OK)
        skn_null_table_drop(store, table);
    return rc;
}

static int drop_run(struct skn_null_store *store, const struct skn_null_sql *sql,
                    struct skn_error *err)
{
    for (size_t i = 0; i < sql->name_count; i++)
        if (!sql->guarded && !skn_null_store_find(store, sql->names[i]))
            return table_missing(sql->names[i], err);
    for (size_t i = 0; i < sql->name_count; i++) {
        struct skn_null_table *table = skn_null_store_find(store, sql->names[i]);
        if (table)
            skn_null_table_drop(store, table);
    }
    return SKN_OK;
}

static int column_drop_run(struct skn_null_table *table, const struct skn_null_sql *sql,
                           struct skn_error *err)
{
    size_t index = skn_null_column_find(table, sql->names[0]);
    if (index == table->column_count)
        return sql->guarded ? SKN_OK : column_missing(sql->names[0], err);
    skn_null_column_drop(table, index);
    return SKN_OK;
}

static int rename_run(struct skn_null_store *store, struct skn_null_table *table,
                      const struct skn_null_sql *sql, struct skn_error *err)
{
    if (skn_null_store_find(store, sql->names[0]))
        return skn_fail(err, SKN_E_EXISTS, "42S01", 0, "table %.*s exists already",
                        SKN_FMT(sql->names[0]));
    return skn_null_name_set(&table->name, sql->names[0]) == SKN_OK ? SKN_OK : no_memory(err);
}

static int column_rename_run(struct skn_null_table *table, const struct skn_null_sql *sql,
                             struct skn_error *err)
{
    size_t index;
    int rc = column_look(table, sql->names[0], &index, err);
    if (rc != SKN_OK)
        return rc;
    if (skn_null_column_find(table, sql->names[1]) < table->column_count)
        return column_there(sql->names[1], err);
    return skn_null_name_set(&table->columns[index].name, sql->names[1]) == SKN_OK ? SKN_OK
                                                                                   : no_memory(err);
}

/* ---- INSERT, UPDATE, DELETE ---- */

static int insert_places(const struct skn_null_table *table, const struct skn_null_sql *sql,
                         size_t *places, struct skn_error *err)
{
    size_t count = sql->name_count ? sql->name_count : table->column_count;
    if (sql->width != count)
        return skn_fail(err, SKN_E_SYNTAX, "21S01", 0, "%zu values for %zu columns", sql->width,
                        count);
    int rc = SKN_OK;
    for (size_t i = 0; rc == SKN_OK && i < count; i++) {
        places[i] = i;
        if (sql->name_count)
            rc = column_look(table, sql->names[i], &places[i], err);
    }
    return rc;
}

static int insert_run(struct skn_null_table *table, const struct skn_null_sql *sql, int64_t *rows,
                      struct skn_error *err)
{
    size_t places[SKN_NULL_NAMES];
    size_t before = table->row_count;
    int rc = insert_places(table, sql, places, err);
    for (size_t at = 0; rc == SKN_OK && at < sql->value_count; at += sql->width) {
        struct skn_str cells[SKN_NULL_NAMES] = {{0}};
        for (size_t i = 0; i < sql->width; i++)
            cells[places[i]] = sql->values[at + i];
        rc = key_check(table, cells, SIZE_MAX, err);
        if (rc == SKN_OK && skn_null_row_add(table, cells) != SKN_OK)
            rc = no_memory(err);
    }
    if (rc != SKN_OK)
        rows_truncate(table, before);
    *rows = (int64_t)(table->row_count - before);
    return rc;
}

/* The cells of a row after an UPDATE; sums holds the texts of what was added up. */
static int cells_update(const struct skn_null_sql *sql, const size_t *places,
                        const struct skn_str *old, size_t count, struct skn_str *cells,
                        char (*sums)[24], struct skn_error *err)
{
    memcpy(cells, old, count * sizeof *cells);
    for (size_t i = 0; i < sql->name_count; i++) {
        int64_t value;
        int64_t delta;
        struct skn_str before = old[places[i]];
        if (sql->deltas[i] == 0) {
            cells[places[i]] = sql->values[i];
            continue;
        }
        if (!before.ptr)
            continue;
        if (!integer_read(before, &value) || !integer_read(sql->values[i], &delta))
            return skn_fail(err, SKN_E_CONSTRAINT, "22018", 0, "column %.*s is no whole number",
                            SKN_FMT(sql->names[i]));
        snprintf(sums[i], sizeof sums[i], "%lld", (long long)(value + sql->deltas[i] * delta));
        cells[places[i]] = skn_str(sums[i]);
    }
    return SKN_OK;
}

static int row_update(struct skn_null_table *table, const struct skn_null_sql *sql,
                      const size_t *places, size_t index, struct skn_str **old,
                      struct skn_error *err)
{
    struct skn_str cells[SKN_NULL_NAMES];
    char sums[SKN_NULL_NAMES][24];
    int rc = cells_update(sql, places, table->rows[index], table->column_count, cells, sums, err);
    if (rc == SKN_OK)
        rc = key_check(table, cells, index, err);
    if (rc != SKN_OK)
        return rc;
    struct skn_str *copy = skn_null_row_copy(cells, table->column_count);
    if (!copy)
        return no_memory(err);
    *old = table->rows[index];
    table->rows[index] = copy;
    return SKN_OK;
}

/* Puts back, or lets go of, the rows as they were before an UPDATE. */
static void olds_settle(struct skn_null_table *table, struct skn_str **olds, int failed)
{
    for (size_t i = 0; i < table->row_count; i++) {
        if (!olds[i])
            continue;
        skn_null_row_free(failed ? table->rows[i] : olds[i], table->column_count);
        if (failed)
            table->rows[i] = olds[i];
    }
    free(olds);
}

static int update_run(struct skn_null_table *table, const struct skn_null_sql *sql, int64_t *rows,
                      struct skn_error *err)
{
    struct filter filter;
    size_t places[SKN_NULL_NAMES];
    int rc = filter_init(&filter, table, sql, err);
    for (size_t i = 0; rc == SKN_OK && i < sql->name_count; i++)
        rc = column_look(table, sql->names[i], &places[i], err);
    if (rc != SKN_OK)
        return rc;
    struct skn_str **olds = calloc(table->row_count + 1, sizeof(struct skn_str *));
    if (!olds)
        return no_memory(err);
    *rows = 0;
    for (size_t i = 0; rc == SKN_OK && i < table->row_count; i++)
        if (row_wanted(&filter, table->rows[i])) {
            rc = row_update(table, sql, places, i, &olds[i], err);
            ++*rows;
        }
    olds_settle(table, olds, rc != SKN_OK);
    return rc;
}

static int delete_run(struct skn_null_table *table, const struct skn_null_sql *sql, int64_t *rows,
                      struct skn_error *err)
{
    struct filter filter;
    int rc = filter_init(&filter, table, sql, err);
    *rows = 0;
    for (size_t i = table->row_count; rc == SKN_OK && i > 0; i--)
        if (row_wanted(&filter, table->rows[i - 1])) {
            skn_null_row_drop(table, i - 1);
            ++*rows;
        }
    return rc;
}

/* ---- SELECT ---- */

static int row_report(const struct skn_events *events, uint32_t step, const struct skn_str *cells,
                      size_t count, struct skn_error *err)
{
    if (!events || !events->row || !events->row(events->ctx, step, cells, (uint32_t)count))
        return SKN_OK;
    return skn_fail(err, SKN_E_CANCELLED, NULL, 0, "stopped while reading rows");
}

static int rows_ordered(const struct skn_null_sql *sql, const size_t *orders,
                        const struct skn_str *first, const struct skn_str *second)
{
    for (size_t i = 0; i < sql->order_count; i++) {
        int order = null_first_compare(first[orders[i]], second[orders[i]]);
        if (order != 0)
            return (order < 0) != sql->orders[i].descending;
    }
    return 1;
}

/* Puts a row behind those that come no later than it. */
static void row_sort_in(const struct skn_null_sql *sql, const size_t *orders,
                        struct skn_str **found, size_t count, struct skn_str *cells)
{
    size_t at = count;
    while (at > 0 && !rows_ordered(sql, orders, found[at - 1], cells)) {
        found[at] = found[at - 1];
        at--;
    }
    found[at] = cells;
}

static int selected_report(const struct skn_null_table *table, const struct skn_null_sql *sql,
                           struct skn_str *const *found, size_t count,
                           const struct skn_events *events, uint32_t step, struct skn_error *err)
{
    size_t places[SKN_NULL_NAMES];
    size_t width = sql->name_count ? sql->name_count : table->column_count;
    int rc = SKN_OK;
    for (size_t i = 0; rc == SKN_OK && i < width; i++) {
        places[i] = i;
        if (sql->name_count)
            rc = column_look(table, sql->names[i], &places[i], err);
    }
    for (size_t i = 0; rc == SKN_OK && i < count && i < sql->limit; i++) {
        struct skn_str cells[SKN_NULL_NAMES];
        for (size_t c = 0; c < width; c++)
            cells[c] = found[i][places[c]];
        rc = row_report(events, step, cells, width, err);
    }
    return rc;
}

static int select_run(const struct skn_null_table *table, const struct skn_null_sql *sql,
                      const struct skn_events *events, uint32_t step, struct skn_error *err)
{
    struct filter filter;
    size_t orders[SKN_NULL_ORDERS];
    size_t count = 0;
    int rc = filter_init(&filter, table, sql, err);
    for (size_t i = 0; rc == SKN_OK && i < sql->order_count; i++)
        rc = column_look(table, sql->orders[i].column, &orders[i], err);
    if (rc != SKN_OK)
        return rc;
    struct skn_str **found = calloc(table->row_count + 1, sizeof(struct skn_str *));
    if (!found)
        return no_memory(err);
    for (size_t i = 0; i < table->row_count; i++)
        if (row_wanted(&filter, table->rows[i]))
            row_sort_in(sql, orders, found, count++, table->rows[i]);
    rc = selected_report(table, sql, found, count, events, step, err);
    free(found);
    return rc;
}

static int count_run(const struct skn_null_table *table, const struct skn_null_sql *sql,
                     const struct skn_events *events, uint32_t step, struct skn_error *err)
{
    struct filter filter;
    char text[24];
    size_t count = 0;
    int rc = filter_init(&filter, table, sql, err);
    for (size_t i = 0; rc == SKN_OK && i < table->row_count; i++)
        count += (size_t)row_wanted(&filter, table->rows[i]);
    snprintf(text, sizeof text, "%zu", count);
    struct skn_str cell = skn_str(text);
    return rc == SKN_OK ? row_report(events, step, &cell, 1, err) : rc;
}

/* ---- one statement ---- */

static int table_run(struct skn_null_store *store, struct skn_null_table *table,
                     const struct skn_null_sql *sql, const struct skn_events *events, uint32_t step,
                     int64_t *rows, struct skn_error *err)
{
    switch (sql->kind) {
    case SKN_NULL_ADD_COLUMNS:
        return columns_add(table, sql, err);
    case SKN_NULL_DROP_COLUMN:
        return column_drop_run(table, sql, err);
    case SKN_NULL_RENAME:
        return rename_run(store, table, sql, err);
    case SKN_NULL_RENAME_COLUMN:
        return column_rename_run(table, sql, err);
    case SKN_NULL_INSERT:
        return insert_run(table, sql, rows, err);
    case SKN_NULL_UPDATE:
        return update_run(table, sql, rows, err);
    case SKN_NULL_DELETE:
        return delete_run(table, sql, rows, err);
    case SKN_NULL_COUNT:
        return count_run(table, sql, events, step, err);
    default:
        return select_run(table, sql, events, step, err);
    }
}

int skn_null_sql_run(struct skn_null_store *store, const struct skn_null_sql *sql,
                     const struct skn_events *events, uint32_t step, int64_t *rows,
                     struct skn_error *err)
{
    *rows = -1;
    if (sql->kind == SKN_NULL_CREATE)
        return create_run(store, sql, err);
    if (sql->kind == SKN_NULL_DROP)
        return drop_run(store, sql, err);
    if (sql->kind == SKN_NULL_VALUES)
        return row_report(events, step, sql->values, sql->value_count, err);
    if (sql->kind == SKN_NULL_OPAQUE || sql->kind >= SKN_NULL_QUERY)
        return SKN_OK;
    struct skn_null_table *table = skn_null_store_find(store, sql->table);
    if (!table)
        return table_missing(sql->table, err);
    return table_run(store, table, sql, events, step, rows, err);
}

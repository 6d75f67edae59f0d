/*
 * Random pairs of schemas with rows in them: each goes into the other and back, as our eyes see it
 * and as SQLite's own pragmas do, and no row is lost.
 */
#include "sqlite_schema_fixture.h"

#include "sqlite_random.h"

/* ---- what SQLite says, without our eyes ---- */

static int text_take(void *ctx, uint32_t step, const struct skn_str *columns, uint32_t count)
{
    FILE *out = ctx;
    (void)step;
    for (uint32_t i = 0; i < count; i++)
        fprintf(out, "%.*s|", columns[i].ptr ? (int)columns[i].len : 1,
                columns[i].ptr ? columns[i].ptr : "-");
    fputc('\n', out);
    return 0;
}

static void ask(struct fixture *f, struct skn_conn *conn, const char *sql, FILE *out)
{
    struct skn_step step = {skn_str(sql), SKN_STEP_SQL, 0};
    struct skn_events events = {sizeof events, 0, out, text_take, NULL};
    if (f->driver->exec(conn, &step, 1, &events, &f->err))
        fail_msg("%s: %s", sql, f->err.message);
}

static char *observe(struct fixture *f, struct skn_conn *conn)
{
    static const char *const questions[] = {
        "SELECT type, lower(name), lower(tbl_name) FROM sqlite_schema WHERE name NOT LIKE"
        " 'sqlite\\_%' ESCAPE '\\' ORDER BY 1, 2",
        "SELECT lower(t.name), t.wr, t.strict, lower(c.name), upper(c.type), c.\"notnull\","
        " coalesce(c.dflt_value, 'NULL'), c.pk, c.hidden FROM pragma_table_list t,"
        " pragma_table_xinfo(t.name) c WHERE t.type = 'table' AND t.schema = 'main' AND t.name NOT"
        " LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1, 4",
        "SELECT lower(m.name), lower(f.\"table\"), lower(f.\"from\"), lower(f.\"to\"), f.on_update,"
        " f.on_delete, f.seq FROM sqlite_schema m, pragma_foreign_key_list(m.name) f WHERE m.type ="
        " 'table' ORDER BY 1, 2, 3, 4, 5, 6",
        "SELECT lower(m.name), iif(l.origin = 'c', lower(l.name), ''), l.\"unique\", l.origin,"
        " l.partial, x.seqno, lower(x.name), x.\"desc\", upper(x.coll) FROM sqlite_schema m,"
        " pragma_index_list(m.name) l, pragma_index_xinfo(l.name) x WHERE m.type = 'table' AND"
        " x.key ORDER BY 1, 2, 3, 4, 5, 6, 7",
        "SELECT name FROM sqlite_schema WHERE sql LIKE '%AUTOINCREMENT%' ORDER BY 1",
    };
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++)
        ask(f, conn, questions[i], out);
    fclose(out);
    return text;
}

/* ---- pairs ---- */

typedef void write_part(FILE *out, const struct made_schema *schema);

static int part_load(struct fixture *f, struct skn_conn *conn, const struct made_schema *schema,
                     write_part *write, int may_fail)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    write(out, schema);
    fclose(out);
    int failed = load_some(f, conn, text, may_fail);
    free(text);
    return failed;
}

/* With the rows that it takes; with none where they forbid an index. */
static struct skn_conn *made(struct fixture *f, const struct made_schema *schema, int with_rows)
{
    struct skn_conn *conn = scratch_make(f);
    seed = schema->hand;
    part_load(f, conn, schema, tables_write, 0);
    if (with_rows)
        part_load(f, conn, schema, rows_write, 1);
    seed = schema->hand * 3;
    if (part_load(f, conn, schema, rest_write, with_rows) == 0)
        return conn;
    f->driver->schema->scratch_close(conn);
    return made(f, schema, 0);
}

static char *rows_count(struct fixture *f, struct skn_conn *conn, const struct made_schema *a,
                        const struct made_schema *b)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    for (int i = 0; i < TABLES; i++) {
        char *sql = sqlite3_mprintf("SELECT count(*) FROM \"%w\"", table_names[i]);
        if (a->table[i].on && b->table[i].on)
            ask(f, conn, sql, out);
        sqlite3_free(sql);
    }
    fclose(out);
    return text;
}

static int plan_try(struct fixture *f, struct skn_conn *conn, const struct skn_schema_plan *plan)
{
    int code = conn_run(f, conn, SKN_STEP_BEGIN, skn_str(NULL));
    for (size_t i = 0; !code && i < plan->count; i++) {
        code = conn_run(f, conn, SKN_STEP_SQL, skn_str(plan->statements[i].text));
        if (code && !(skn_schema_plan_flags(plan) & SKN_SQL_MAY_FAIL)) {
            plan_print(plan);
            fail_msg("%s: %s", plan->statements[i].text, f->err.message);
        }
    }
    if (!code)
        code = conn_run(f, conn, SKN_STEP_COMMIT, skn_str(NULL));
    if (code)
        conn_run(f, conn, SKN_STEP_ROLLBACK, skn_str(NULL));
    return code;
}

/* Without the rows where they forbid it; the flags must have said so. */
static struct skn_conn *way_go(struct fixture *f, struct skn_conn *conn,
                               const struct made_schema *a, const struct made_schema *b,
                               const struct skn_schema_plan *plan)
{
    char *before = rows_count(f, conn, a, b);
    if (plan_try(f, conn, plan)) {
        f->driver->schema->scratch_close(conn);
        conn = made(f, a, 0);
        plan_apply(f, conn, plan);
    } else {
        char *after = rows_count(f, conn, a, b);
        assert_string_equal(before, after);
        free(after);
    }
    free(before);
    return conn;
}

static void equals(struct fixture *f, struct skn_conn *conn, const struct made_schema *schema,
                   const struct skn_picture *wanted, const struct skn_schema_plan *plan)
{
    struct skn_conn *other = made(f, schema, 0);
    char *seen = observe(f, conn);
    char *expected = observe(f, other);
    struct skn_picture now;
    struct skn_schema_plan rest;
    look(f, conn, &now);
    skn_schema_plan_differences(&rest, &now, wanted, f->driver->schema, &schema_options);
    if (rest.difference_count > 0 || strcmp(seen, expected) != 0) {
        plan_print(plan);
        const char *at = seen, *wants = expected;
        while (*at && *at == *wants)
            at++, wants++;
        fail_msg("\"%.60s\" instead of \"%.60s\", and %s", at > seen + 20 ? at - 20 : seen,
                 wants > expected + 20 ? wants - 20 : expected,
                 rest.difference_count ? rest.differences[0] : "our eyes see no difference");
    }
    skn_schema_plan_finish(&rest);
    skn_picture_finish(&now);
    free(seen);
    free(expected);
    f->driver->schema->scratch_close(other);
}

static struct skn_conn *go_one_way(struct fixture *f, struct skn_conn *conn,
                                   const struct made_schema *a, const struct made_schema *b,
                                   const struct skn_picture *from, const struct skn_picture *to)
{
    struct skn_schema_plan plan;
    if (skn_schema_plan_make(&plan, from, to, f->driver->schema, &schema_options, &f->err)) {
        plan_print(&plan);
        fail_msg("plan: %s", f->err.message);
    }
    conn = way_go(f, conn, a, b, &plan);
    equals(f, conn, b, to, &plan);
    skn_schema_plan_finish(&plan);
    return conn;
}

static void pair_go(struct fixture *f, const struct made_schema *a, const struct made_schema *b)
{
    struct skn_conn *conn = made(f, a, 1);
    struct skn_conn *wanted = made(f, b, 0);
    struct skn_picture from, to;
    look(f, conn, &from);
    look(f, wanted, &to);
    conn = go_one_way(f, conn, a, b, &from, &to);
    conn = go_one_way(f, conn, b, a, &to, &from);
    skn_picture_finish(&from);
    skn_picture_finish(&to);
    f->driver->schema->scratch_close(conn);
    f->driver->schema->scratch_close(wanted);
}

static void pair_draw(long number, struct made_schema *a, struct made_schema *b)
{
    seed = (uint64_t)number * UINT64_C(0x9E3779B97F4A7C15) | 1;
    for (int i = 0; i < 8; i++)
        below(2);
    names_draw();
    memset(a, 0, sizeof *a);
    schema_roll(a, 100);
    *b = *a;
    schema_roll(b, 4 + below(12));
    style = below(3) == 0;
    a->hand = seed;
    b->hand = seed ^ 1;
}

static void random_pairs_go_into_each_other_and_back_with_their_rows(void **state)
{
    struct fixture *f = *state;
    const char *given = getenv("SKEIN_TEST_PAIRS");
    const char *first = getenv("SKEIN_TEST_FIRST");
    long number = first ? strtol(first, NULL, 10) : 1;
    long last = number + (given ? strtol(given, NULL, 10) : 500) - 1;
    open_ok(f);
    for (; number <= last; number++) {
        struct made_schema a, b;
        pair_draw(number, &a, &b);
        pair_go(f, &a, &b);
    }
}

static void how_a_schema_is_written_is_no_difference(void **state)
{
    struct fixture *f = *state;
    open_ok(f);
    for (long number = 1; number <= 60; number++) {
        struct made_schema a, b;
        struct skn_conn *one, *other;
        struct skn_picture seen, again;
        struct skn_schema_plan plan;
        pair_draw(number, &a, &b);
        for (int i = 0; i < COLUMNS; i++) /* in double quotes it might be a text */
            if (strcmp(column_names[i], "Mixed") == 0)
                column_names[i] = "mixed";
        for (int i = 0; i < TABLES; i++)
            if (strcmp(table_names[i], "Mixed") == 0)
                table_names[i] = "mixed";
        style = 0;
        one = made(f, &a, 0);
        style = 1;
        a.hand ^= 2;
        other = made(f, &a, 0);
        look(f, one, &seen);
        look(f, other, &again);
        skn_schema_plan_differences(&plan, &seen, &again, f->driver->schema, &schema_options);
        if (plan.difference_count > 0)
            fail_msg("pair %ld: %s", number, plan.differences[0]);
        skn_schema_plan_finish(&plan);
        skn_picture_finish(&seen);
        skn_picture_finish(&again);
        f->driver->schema->scratch_close(one);
        f->driver->schema->scratch_close(other);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(random_pairs_go_into_each_other_and_back_with_their_rows),
        TEST(how_a_schema_is_written_is_no_difference),
    };
    return cmocka_run_group_tests_name("sqlite schema, random", tests, NULL, NULL);
}

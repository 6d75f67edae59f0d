/* The history as a whole, against what Alembic printed over the graphs of real projects. */
#include "fixture.h"
#include "history/walk.h"

#include <jansson.h>

static char graphs[512];

static void names_write(struct skn_buf *text, const char *key, const json_t *value)
{
    size_t count = json_is_array(value) ? json_array_size(value) : json_is_string(value);
    skn_buf_addf(text, "-- %s:", key);
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_is_array(value) ? json_array_get(value, i) : value;
        skn_buf_addf(text, "%s%s", i ? ", " : " ", json_string_value(item));
    }
    skn_buf_addc(text, '\n');
}

static void revision_make(struct fixture *fixture, const json_t *revision)
{
    struct skn_buf text = {0};
    char name[300];
    snprintf(name, sizeof name, "%.250s.sql", json_string_value(json_object_get(revision, "file")));
    skn_buf_addf(&text, "-- %s\n--\n", json_string_value(json_object_get(revision, "message")));
    names_write(&text, "Revision ID", json_object_get(revision, "revision"));
    names_write(&text, "Revises", json_object_get(revision, "down_revision"));
    names_write(&text, "Branch Labels", json_object_get(revision, "branch_labels"));
    names_write(&text, "Depends On", json_object_get(revision, "depends_on"));
    skn_buf_adds(&text, "\n-- skein: upgrade\n\n-- skein: downgrade\n");
    file_write(fixture, name, skn_buf_text(&text));
    skn_buf_finish(&text);
}

static void project_load(struct fixture *fixture, const char *project)
{
    char path[600];
    size_t i;
    json_t *revision;
    snprintf(path, sizeof path, "%s/%s/graph.json", graphs, project);
    json_t *graph = json_load_file(path, 0, NULL);
    assert_non_null(graph);
    folder_empty(fixture->folder);
    json_array_foreach(json_object_get(graph, "revisions"), i, revision)
        revision_make(fixture, revision);
    json_decref(graph);
    if (fixture_load(fixture) != SKN_OK)
        fail_msg("%s", fixture->err.message);
}

static FILE *golden_open(const char *project, const char *name)
{
    char path[1200];
    snprintf(path, sizeof path, "%s/%s/golden/%s", graphs, project, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    return file;
}

/* "PARENTS -> ID ..., doc", newest first. */
static void history_is_in_the_same_order(struct fixture *fixture, const char *project)
{
    FILE *file = golden_open(project, "history.txt");
    const struct skn_history *history = &fixture->history;
    char line[4096];
    size_t left = history->count;
    while (fgets(line, sizeof line, file)) {
        const char *arrow = strstr(line, " -> ");
        if (!arrow)
            continue;
        assert_true(left > 0);
        const char *id = history->revisions[history->order[--left]].id;
        assert_memory_equal(arrow + 4, id, strlen(id));
    }
    assert_int_equal(left, 0);
    fclose(file);
}

/* The rows before the first step: what stands on its left. */
static struct skn_set rows_before(struct fixture *fixture, const char *step)
{
    char rows[1024] = "";
    const char *from = strchr(step, ' ') + 1;
    const char *arrow = strstr(step, " -> ");
    size_t len = 0;
    for (; from < arrow && len + 1 < sizeof rows; from++)
        if (*from != ',')
            rows[len++] = *from;
    rows[len] = '\0';
    return rows_set(fixture, rows);
}

static int walk_make(struct fixture *fixture, const char *verb, const char *symbol,
                     const struct skn_set *current, struct skn_walk *walk)
{
    const struct skn_history *history = &fixture->history;
    struct skn_error *err = &fixture->err;
    const struct skn_revision *branch = NULL;
    struct skn_set destination = {0};
    int rc;
    if (strcmp(verb, "upgrade") == 0) {
        rc = skn_symbol_upgrade(history, symbol, current, &destination, err);
        rc = rc ? rc : skn_walk_upgrade(history, current, &destination, walk, err);
    } else if (strcmp(verb, "downgrade") == 0) {
        rc = skn_symbol_downgrade(history, symbol, current, &destination, &branch, err);
        rc =
            rc ? rc : skn_walk_downgrade(history, current, &destination, branch, symbol, walk, err);
    } else {
        struct skn_wish wish;
        rc = skn_symbol_stamp(history, symbol, &wish, err);
        rc = rc ? rc : skn_walk_stamp(history, current, &wish, 1, walk, err);
        skn_set_finish(&wish.revisions);
    }
    skn_set_finish(&destination);
    return rc;
}

/* Compares the "Running" lines of one command; 0 if the file has none. */
static int command_runs_the_same(struct fixture *fixture, const char *project, const char *name)
{
    static const char running[] = "Running ";
    FILE *file = golden_open(project, name);
    char line[4096];
    char verb[32];
    char symbol[128];
    size_t at = 0;
    struct skn_walk walk = {0};
    assert_non_null(fgets(line, sizeof line, file));
    int shaped = sscanf(line, "$ alembic %31s %127s", verb, symbol) == 2 && !strstr(line, "--sql");
    while (shaped && fgets(line, sizeof line, file)) {
        const char *step = strstr(line, running);
        if (!step)
            continue;
        step += sizeof running - 1;
        line[strcspn(line, "\n")] = '\0';
        if (at == 0) {
            struct skn_set current = rows_before(fixture, step);
            if (walk_make(fixture, verb, symbol, &current, &walk) != SKN_OK)
                fail_msg("%s: %s", name, fixture->err.message);
            skn_set_finish(&current);
        }
        assert_true(at < walk.count);
        assert_string_equal(walk.steps[at++].log, step);
    }
    assert_int_equal(at, walk.count);
    skn_walk_finish(&walk);
    fclose(file);
    return at > 0;
}

static void commands_run_the_same(struct fixture *fixture, const char *project)
{
    char path[600];
    int compared = 0;
    snprintf(path, sizeof path, "%s/%s/golden", graphs, project);
    DIR *dir = opendir(path);
    struct dirent *entry;
    assert_non_null(dir);
    while ((entry = readdir(dir))) {
        if (strncmp(entry->d_name, "upgrade", 7) == 0 ||
            strncmp(entry->d_name, "downgrade", 9) == 0 ||
            strncmp(entry->d_name, "stamp", 5) == 0 || strncmp(entry->d_name, "reupgrade", 9) == 0)
            compared += command_runs_the_same(fixture, project, entry->d_name);
    }
    closedir(dir);
    assert_true(compared >= 10);
}

static void real_graphs_are_walked_as_alembic_walks_them(void **state)
{
    struct fixture *fixture = *state;
    const char *root = getenv("SKEIN_SOURCE_ROOT");
    static const char *const projects[] = {"airflow", "redash"};
    snprintf(graphs, sizeof graphs, "%s/../shared/corpora/graphs", root ? root : ".");
    if (access(graphs, R_OK) != 0) {
        print_message("skipped: no %s\n", graphs);
        skip();
    }
    for (size_t i = 0; i < sizeof projects / sizeof projects[0]; i++) {
        project_load(fixture, projects[i]);
        history_is_in_the_same_order(fixture, projects[i]);
        commands_run_the_same(fixture, projects[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(real_graphs_are_walked_as_alembic_walks_them, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests_name("history/corpora", tests, NULL, NULL);
}

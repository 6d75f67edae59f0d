/*
 * A state machine: runs that end well, fail, or are killed between two calls of the driver, edits
 * of a tail that failed, other runners, settled doubts, in any order, against SQLite in this
 * process. After each, what is in the file is what its ledger says, and nothing is there twice; in
 * the end the rest is made by the same run as ever.
 */
#include "../work/apply_fixture.h"

#include "fuzz.h"

#include <errno.h>

#include <sqlite3.h>

#include "work/resolve.h"

enum { CHAIN = 3, STATEMENTS = 3, OPS_MAX = 10 };

static const char *const ids[CHAIN] = {"r1", "r2", "r3"};
static const char *const statements[CHAIN][STATEMENTS] = {
    {"CREATE TABLE t (n INTEGER)", "INSERT INTO t VALUES (10)", "INSERT INTO t VALUES (11)"},
    {"INSERT INTO t VALUES (20)", "CREATE TABLE u (n INTEGER)", "INSERT INTO t VALUES (22)"},
    {"CREATE INDEX i ON t (n)", "INSERT INTO t VALUES (31)", "CREATE TABLE v (n INTEGER)"}};
static const char *const effects[CHAIN][STATEMENTS] = {
    {"SELECT count(*) FROM sqlite_schema WHERE name = 't'", "SELECT count(*) FROM t WHERE n = 10",
     "SELECT count(*) FROM t WHERE n = 11"},
    {"SELECT count(*) FROM t WHERE n = 20", "SELECT count(*) FROM sqlite_schema WHERE name = 'u'",
     "SELECT count(*) FROM t WHERE n = 22"},
    {"SELECT count(*) FROM sqlite_schema WHERE name = 'i'", "SELECT count(*) FROM t WHERE n = 31",
     "SELECT count(*) FROM sqlite_schema WHERE name = 'v'"}};

struct machine {
    struct world *world;
    char path[128];
    char texts[CHAIN][256];
    int off[CHAIN];
};

/* ---- death between two calls ---- */

static unsigned death_at; /* 0: never */
static int death_after;   /* behind the call, not before it */

int __wrap_skn_session_exec(struct skn_session *session, const struct skn_step *steps,
                            uint32_t count, const struct skn_events *events, int64_t limit,
                            struct skn_error *err);
int __real_skn_session_exec(struct skn_session *session, const struct skn_step *steps,
                            uint32_t count, const struct skn_events *events, int64_t limit,
                            struct skn_error *err);

int __wrap_skn_session_exec(struct skn_session *session, const struct skn_step *steps,
                            uint32_t count, const struct skn_events *events, int64_t limit,
                            struct skn_error *err)
{
    int dies = death_at > 0 && --death_at == 0;
    if (dies && !death_after)
        raise(SIGKILL);
    int rc = __real_skn_session_exec(session, steps, count, events, limit, err);
    if (dies)
        raise(SIGKILL);
    return rc;
}

/* ---- looking ---- */

/* The first column of the first row, or absent; a missing table has none. */
static long number_of(const struct machine *machine, const char *sql, long absent)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt = NULL;
    long found = absent;
    FUZZ_CLAIM(sqlite3_open(machine->path, &db) == SQLITE_OK);
    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK &&
        sqlite3_step(stmt) == SQLITE_ROW)
        found = (long)sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    return found;
}

/* How many revisions the version row says are applied. */
static size_t place_of_file(const struct machine *machine)
{
    FUZZ_CLAIM(number_of(machine, "SELECT count(*) FROM alembic_version", 0) <= 1);
    long place = number_of(
        machine, "SELECT CAST(substr(version_num, 2) AS INTEGER) FROM alembic_version", 0);
    FUZZ_CLAIM(place >= 0 && place <= CHAIN);
    return (size_t)place;
}

static long effect_of(const struct machine *machine, size_t revision, size_t statement)
{
    long count = number_of(machine, effects[revision][statement], 0);
    FUZZ_CLAIM(count == 0 || count == 1); /* N2 */
    return count;
}

/* How many statements of a revision are applied; they are a prefix of it. */
static size_t prefix_of(const struct machine *machine, size_t revision)
{
    size_t done = 0;
    while (done < STATEMENTS && effect_of(machine, revision, done))
        done++;
    for (size_t i = done; i < STATEMENTS; i++)
        FUZZ_CLAIM(!effect_of(machine, revision, i));
    return done;
}

/* N1 to N3 and N5. */
static void file_check(const struct machine *machine)
{
    size_t place = place_of_file(machine);
    long done = number_of(machine, "SELECT done FROM skein_step", 0);
    long intent = number_of(machine, "SELECT coalesce(intent, 0) FROM skein_step", 0);
    FUZZ_CLAIM(number_of(machine, "SELECT count(*) FROM skein_step", 0) <= 1);
    FUZZ_CLAIM(number_of(machine, "SELECT count(*) FROM skein_log", (long)place) == (long)place);
    for (size_t i = 0; i < CHAIN; i++) {
        long prefix = (long)prefix_of(machine, i);
        if (i != place)
            FUZZ_CLAIM(prefix == (i < place ? STATEMENTS : 0));
        else
            FUZZ_CLAIM(prefix == done || (intent == done + 1 && prefix == intent));
    }
    FUZZ_CLAIM(place < CHAIN || done == 0);
    FUZZ_CLAIM(place == CHAIN || machine->off[place] || (done == 0 && intent == 0));
}

/* ---- doing ---- */

static void chain_write(struct machine *machine, int broken)
{
    machine->world->chain_count = 0;
    for (size_t i = 0; i < CHAIN; i++) {
        snprintf(machine->texts[i], sizeof machine->texts[i], "%s;\n%s;\n%s;\n", statements[i][0],
                 statements[i][1],
                 broken == (int)i + 1 ? "INSERT INTO nothing VALUES (1)" : statements[i][2]);
        chain_add(machine->world,
                  (struct revision){.id = ids[i], .up = machine->texts[i], .off = machine->off[i]});
    }
}

/* N4: what was reported as applied is there. */
static void run_once(struct machine *machine, size_t from)
{
    run_from(machine->world, from);
    skn_session_close(&machine->world->session);
    size_t place = place_of_file(machine);
    if (!machine->world->apply.moved)
        FUZZ_CLAIM(place >= from + machine->world->apply.next);
    if (machine->world->rc == SKN_OK && !machine->world->apply.moved)
        FUZZ_CLAIM(place == CHAIN);
}

static void run_killed(struct machine *machine, unsigned at, int after)
{
    size_t from = place_of_file(machine);
    pid_t pid = fork();
    FUZZ_CLAIM(pid >= 0);
    if (pid == 0) {
        death_at = at;
        death_after = after;
        run_from(machine->world, from);
        _exit(0);
    }
    int status;
    while (waitpid(pid, &status, 0) < 0)
        FUZZ_CLAIM(errno == EINTR);
    FUZZ_CLAIM(WIFEXITED(status) ? WEXITSTATUS(status) == 0 : WTERMSIG(status) == SIGKILL);
}

/* As a person would who has looked. */
static void doubt_settle(struct machine *machine)
{
    size_t place = place_of_file(machine);
    long intent = number_of(machine, "SELECT coalesce(intent, 0) FROM skein_step", 0);
    if (place == CHAIN || intent == 0)
        return;
    struct world *world = machine->world;
    run_forget(world);
    world->request = request_make(world, place);
    world->apply = (struct skn_apply){.job = &world->job,
                                      .session = &world->session,
                                      .scripts = &world->scripts,
                                      .steps = skn_json_array(world->request, "steps"),
                                      .count = 1,
                                      .failed_script = -1};
    FUZZ_CLAIM(skn_job_read(&world->job, world->request, &world->err) == SKN_OK);
    json_t *doubt = NULL;
    int rc = skn_apply_resolve(
        &world->apply,
        prefix_of(machine, place) == (size_t)intent ? SKN_RESOLVE_APPLIED : SKN_RESOLVE_NOT_APPLIED,
        "", &doubt, &world->err);
    json_decref(doubt);
    FUZZ_CLAIM(rc == SKN_OK);
    skn_session_close(&world->session);
}

static void op_do(struct machine *machine, uint8_t op)
{
    switch (op % 5) {
    case 0:
        run_once(machine, place_of_file(machine));
        break;
    case 1:
        run_once(machine, op % (CHAIN + 1)); /* planned when the file was elsewhere */
        break;
    case 2:
        chain_write(machine, op / 5 % (CHAIN + 1));
        break;
    case 3:
        run_killed(machine, 1 + op / 5 % 24, op & 1);
        break;
    default:
        doubt_settle(machine);
        break;
    }
}

/* In memory, where there is such a place: it is written a thousand times a second. */
static void file_place(struct machine *machine)
{
    const char *name = strrchr(machine->world->folder, '/');
    const char *folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(machine->path, sizeof machine->path, "%s%s.db", folder, name);
    option_set(machine->world, "database", machine->path);
}

void fuzz_machine(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct machine machine = {.off = {0}};
    void *state;
    uint8_t how = fuzz_byte(&input);
    FUZZ_CLAIM(sqlite_setup(&state) == 0);
    machine.world = state;
    machine.world->transaction = how & 8 ? "auto" : "revision";
    file_place(&machine);
    for (size_t i = 0; i < CHAIN; i++)
        machine.off[i] = how >> i & 1;
    chain_write(&machine, 0);
    for (int i = 0; i < OPS_MAX && input.left > 0; i++) {
        op_do(&machine, fuzz_byte(&input));
        file_check(&machine);
    }
    chain_write(&machine, 0); /* N9 */
    doubt_settle(&machine);
    if (place_of_file(&machine) < CHAIN)
        run_once(&machine, place_of_file(&machine));
    file_check(&machine);
    FUZZ_CLAIM(place_of_file(&machine) == CHAIN);
    FUZZ_CLAIM(number_of(&machine, "SELECT count(*) FROM skein_step", 0) == 0);
    unlink(machine.path);
    world_teardown(&state);
}

/*
 * Pairs of schemas, taken from one to the other and back on a real engine: the judge of the
 * drivers' schema facets. It goes the way a worker goes, but for the wire.
 *
 *   converge [-v|-j] DRIVER FOLDER OPTION=VALUE... <CASES
 *
 * FOLDER holds the built drivers; the options are those of the driver. CASES: one JSON object a
 * line with "case", "a" and "b", texts of SQL. Of each case one line is said:
 *
 *   ok CASE             up made b of a, down made a of b again, on the database that held a
 *   refused CASE: why   nothing was written, with the reason
 *   unloadable CASE: why
 *   WRONG CASE: why     it was proven, and did not do it
 *
 * -v shows the statements; -j says them behind each ok as {"case", "up", "down"}, for an observer
 * that runs them elsewhere and looks with other eyes.
 */
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "work/propose.h"

struct judge {
    struct skn_session session;
    struct skn_looking looking;
    int verbose;
    int json;
    int wrong;
};

struct side {
    struct skn_scripts scripts;
    struct skn_scratch scratch;
    struct skn_picture picture;
};

static int say(const char *word, const char *name, const struct skn_error *err)
{
    printf("%s %s", word, name);
    for (const char *at = err ? err->message : ""; *at; at++)
        printf("%s%c", at == err->message ? ": " : "", *at == '\n' ? ' ' : *at);
    printf("\n");
    fflush(stdout);
    return 0;
}

static void show(const struct judge *judge, const char *way, const struct skn_schema_plan *plan)
{
    for (size_t i = 0; judge->verbose && i < plan->difference_count; i++)
        printf("  -- %s\n", plan->differences[i]);
    for (size_t i = 0; judge->verbose && i < plan->count; i++)
        printf("  %s [%x] %s;\n", way, plan->statements[i].flags, plan->statements[i].text);
}

static json_t *texts_of(const struct skn_schema_plan *plan)
{
    json_t *texts = json_array();
    for (size_t i = 0; i < plan->count; i++)
        json_array_append_new(texts, json_string(plan->statements[i].text));
    return texts;
}

static void hand_out(const char *name, const struct skn_proposal *proposal)
{
    json_t *said = json_pack("{s:s, s:o, s:o}", "case", name, "up", texts_of(&proposal->up), "down",
                             texts_of(&proposal->down));
    json_dumpf(said, stdout, JSON_COMPACT);
    printf("\n");
    fflush(stdout);
    json_decref(said);
}

static int side_make(struct judge *judge, struct side *side, const char *text,
                     struct skn_error *err)
{
    const struct skn_script *script;
    *side = (struct side){0};
    json_t *request = json_pack("{s:[i, I, i, i], s:s, s:s}", "list", 0, (json_int_t)strlen(text),
                                1, 0, "body", text, "version_table", "alembic_version");
    int rc = skn_scripts_add(&side->scripts, request, err);
    json_decref(request);
    if (rc == SKN_OK)
        rc = skn_scripts_get(&side->scripts, 0, &judge->session, &script, err);
    if (rc == SKN_OK)
        rc = skn_scratch_open(&side->scratch, &judge->session, err);
    if (rc == SKN_OK)
        rc = skn_scratch_load(&side->scratch, script, err);
    if (rc == SKN_OK)
        rc = skn_inspect(&side->scratch.session, &judge->looking, &side->picture, err);
    return rc;
}

static void side_finish(struct side *side)
{
    skn_picture_finish(&side->picture);
    if (side->scratch.beside)
        skn_scratch_close(&side->scratch);
    skn_scripts_finish(&side->scripts);
}

/* Runs the plan where a was, and looks whether it is wanted now. */
static int go(struct judge *judge, struct side *a, const struct skn_schema_plan *plan,
              const struct skn_picture *wanted, const char *way, struct skn_error *err)
{
    struct skn_picture now;
    struct skn_proposal check;
    int rc = skn_scratch_apply(&a->scratch, plan, err);
    if (rc != SKN_OK)
        return skn_error_context(err, "%s", way);
    rc = skn_inspect(&a->scratch.session, &judge->looking, &now, err);
    if (rc == SKN_OK) {
        rc = skn_propose(&check, &judge->session, &judge->looking, &now, wanted, NULL, 0, err);
        if (rc == SKN_OK && check.up.difference_count > 0)
            rc = skn_error_set(err, SKN_E_CONSTRAINT, "%s", check.up.differences[0]);
        skn_proposal_finish(&check);
    }
    skn_picture_finish(&now);
    return rc == SKN_OK ? rc : skn_error_context(err, "%s", way);
}

static int both_ways(struct judge *judge, const char *name, struct side *a, struct side *b,
                     struct skn_error *err)
{
    struct skn_proposal proposal;
    int rc = skn_propose(&proposal, &judge->session, &judge->looking, &a->picture, &b->picture,
                         NULL, SKN_PROPOSE_WRITE | SKN_PROPOSE_PROVE, err);
    if (rc != SKN_OK) {
        say("refused", name, err);
    } else if (proposal.unproven.code != SKN_OK) {
        say("refused", name, &proposal.unproven);
    } else if (go(judge, a, &proposal.up, &b->picture, "up", err) != SKN_OK ||
               go(judge, a, &proposal.down, &a->picture, "down", err) != SKN_OK) {
        judge->wrong++;
        say("WRONG", name, err);
    } else {
        say("ok", name, NULL);
        if (judge->json)
            hand_out(name, &proposal);
    }
    show(judge, "up", &proposal.up);
    show(judge, "down", &proposal.down);
    skn_proposal_finish(&proposal);
    return 0;
}

static void judge_case(struct judge *judge, const json_t *given)
{
    struct side a = {0}, b = {0};
    struct skn_error err = SKN_ERROR_INIT;
    const char *name = skn_json_text(given, "case");
    judge->looking.options.flags |= SKN_SCHEMA_GRANTS;
    int rc = side_make(judge, &b, skn_json_text(given, "b"), &err);
    if (!skn_picture_has_grants(&b.picture))
        judge->looking.options.flags &= ~(uint32_t)SKN_SCHEMA_GRANTS;
    if (rc == SKN_OK)
        rc = side_make(judge, &a, skn_json_text(given, "a"), &err);
    if (rc != SKN_OK)
        say("unloadable", name, &err);
    else if (strlen(a.picture.unmodelled) + strlen(b.picture.unmodelled) > 0) {
        skn_error_set(&err, SKN_E_UNSUPPORTED, "not modelled: %s %s", a.picture.unmodelled,
                      b.picture.unmodelled);
        say("refused", name, &err);
    } else {
        both_ways(judge, name, &a, &b, &err);
    }
    side_finish(&a);
    side_finish(&b);
}

static int connect_to(struct judge *judge, const char *driver, const char *folder, char **options,
                      struct skn_error *err)
{
    json_t *given = json_object();
    for (; *options; options++) {
        char *value = strchr(*options, '=');
        if (!value)
            continue;
        *value++ = '\0';
        json_object_set_new(given, *options, json_string(value));
    }
    skn_session_init(&judge->session, NULL);
    int rc = skn_session_load(&judge->session, driver, &folder, 1, "", err);
    if (rc == SKN_OK)
        rc = skn_session_open(&judge->session, "converge", given, "", err);
    if (rc == SKN_OK)
        rc = skn_inspect_require(&judge->session, 1, err);
    json_decref(given);
    return rc;
}

int main(int argc, char **argv)
{
    struct judge judge = {.verbose = argc > 1 && strcmp(argv[1], "-v") == 0,
                          .json = argc > 1 && strcmp(argv[1], "-j") == 0};
    int options = judge.verbose + judge.json;
    struct skn_error err = SKN_ERROR_INIT;
    char *line = NULL;
    size_t room = 0;
    argv += options;
    argc -= options;
    if (argc < 3) {
        fprintf(stderr, "usage: converge [-v|-j] DRIVER FOLDER OPTION=VALUE... <CASES\n");
        return 2;
    }
    /* What a driver logs goes to the planner, who is not here; nobody to tell is a reason to stop.
     */
    if (dup2(open("/dev/null", O_WRONLY), SKN_WIRE_FD) < 0)
        return 1;
    if (connect_to(&judge, argv[1], argv[2], argv + 3, &err) != SKN_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    skn_looking_init(&judge.looking, &judge.session, "alembic_version", 0);
    while (getline(&line, &room, stdin) > 0) {
        json_t *given = json_loads(line, 0, NULL);
        judge_case(&judge, given);
        json_decref(given);
    }
    free(line);
    skn_session_finish(&judge.session);
    return judge.wrong > 0;
}

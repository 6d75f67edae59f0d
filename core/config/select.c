/*
 * Selectors. What can be told without a database is decided once, when they are parsed; the rest
 * when it is asked.
 */
#include "config/select.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "config/glob.h"
#include "config/nameset.h"
#include "base/nearest.h"

enum { NAMES_MAX = 1000000, NAME_LINE_MAX = 4096 };

enum term_kind { TERM_FIELD, TERM_AT, TERM_BEHIND };

/* What is known of a target, as bits. */
enum { WANTED = 1, REFUSED = 2 };

/* One word of a selector. */
struct term {
    enum term_kind kind;
    int negated;
    const struct field *field;
    char *text; /* behind the prefix; owned */
};

struct skn_selection {
    const struct skn_config *config;
    unsigned char *marks; /* WANTED, REFUSED; by the target's index */
    int any_wanted;       /* a term without ! : targets that none names are out */
    struct term *live;    /* terms that only databases can answer */
    size_t live_count;
    size_t live_room;
};

/* Something a target is selected by. */
struct field {
    const char *prefix;
    const char *noun;
    int (*has)(const struct skn_target *target, const char *pattern);
    void (*offer)(const struct skn_target *target, struct skn_nearest *nearest);
};

static int name_has(const struct skn_target *target, const char *pattern)
{
    return skn_glob_match(pattern, target->name);
}

static void name_offer(const struct skn_target *target, struct skn_nearest *nearest)
{
    skn_nearest_offer(nearest, target->name);
}

static int tag_has(const struct skn_target *target, const char *pattern)
{
    for (size_t i = 0; i < target->tags.count; i++)
        if (skn_glob_match(pattern, target->tags.items[i]))
            return 1;
    return 0;
}

static void tag_offer(const struct skn_target *target, struct skn_nearest *nearest)
{
    for (size_t i = 0; i < target->tags.count; i++)
        skn_nearest_offer(nearest, target->tags.items[i]);
}

static int history_has(const struct skn_target *target, const char *pattern)
{
    return skn_glob_match(pattern, target->history->name);
}

static void history_offer(const struct skn_target *target, struct skn_nearest *nearest)
{
    skn_nearest_offer(nearest, target->history->name);
}

static int driver_has(const struct skn_target *target, const char *pattern)
{
    return skn_glob_match(pattern, target->driver);
}

static void driver_offer(const struct skn_target *target, struct skn_nearest *nearest)
{
    skn_nearest_offer(nearest, target->driver);
}

static int group_has(const struct skn_target *target, const char *pattern)
{
    return target->group[0] != '\0' && skn_glob_match(pattern, target->group);
}

static void group_offer(const struct skn_target *target, struct skn_nearest *nearest)
{
    skn_nearest_offer(nearest, target->group);
}

static int fleet_has(const struct skn_target *target, const char *pattern)
{
    return target->fleet[0] != '\0' && skn_glob_match(pattern, target->fleet);
}

static void fleet_offer(const struct skn_target *target, struct skn_nearest *nearest)
{
    skn_nearest_offer(nearest, target->fleet);
}

static const struct field fields[] = {
    {"@", "tag", tag_has, tag_offer},
    {"history:", "history", history_has, history_offer},
    {"driver:", "driver", driver_has, driver_offer},
    {"group:", "group", group_has, group_offer},
    {"fleet:", "fleet", fleet_has, fleet_offer},
};

static const struct field name_field = {"", "target", name_has, name_offer};

static int starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static void targets_mark(struct skn_selection *selection, uint32_t index, int negated)
{
    selection->marks[index] |= (unsigned char)(negated ? REFUSED : WANTED);
}

/* The hint for a term that found nothing. */
static const char *hint_make(const struct skn_config *config, const struct term *term,
                             char hint[SKN_HINT_TEXT])
{
    struct skn_nearest nearest;
    skn_nearest_init(&nearest, term->text);
    for (size_t i = 0; i < config->target_count; i++)
        term->field->offer(&config->targets[i], &nearest);
    return skn_nearest_hint(&nearest, hint);
}

static int name_unknown(const struct skn_config *config, const struct term *term,
                        struct skn_error *err)
{
    char hint[SKN_HINT_TEXT];
    return skn_error_set(err, SKN_E_USAGE, "there is no target \"%.100s\"%s", term->text,
                         hint_make(config, term, hint));
}

static int field_unmatched(const struct skn_config *config, const struct term *term,
                           struct skn_error *err)
{
    char hint[SKN_HINT_TEXT];
    if (skn_glob_is(term->text))
        return skn_error_set(err, SKN_E_USAGE, "no %s matches \"%.100s\"", term->field->noun,
                             term->text);
    return skn_error_set(err, SKN_E_USAGE, "no target has %s \"%.100s\"%s", term->field->noun,
                         term->text, hint_make(config, term, hint));
}

/* Marks what the field's pattern matches. */
static int field_apply(struct skn_selection *selection, const struct term *term,
                       struct skn_error *err)
{
    const struct skn_config *config = selection->config;
    size_t found = 0;
    for (size_t i = 0; i < config->target_count; i++) {
        if (!term->field->has(&config->targets[i], term->text))
            continue;
        targets_mark(selection, (uint32_t)i, term->negated);
        found++;
    }
    return found ? SKN_OK : field_unmatched(config, term, err);
}

/* What parsing a list of selectors needs. */
struct parser {
    struct skn_selection *selection;
    struct skn_nameset *names; /* of the targets; made for the first exact name */
    int input_read;            /* "-" was there */
};

static const struct skn_nameset *names_get(struct parser *parser)
{
    const struct skn_config *config = parser->selection->config;
    if (parser->names)
        return parser->names;
    parser->names = skn_nameset_create();
    for (size_t i = 0; i < config->target_count; i++)
        skn_nameset_add(parser->names, config->targets[i].name, (uint32_t)i, NULL);
    return parser->names;
}

static int name_apply(struct parser *parser, const struct term *term, struct skn_error *err)
{
    uint32_t index;
    if (!skn_nameset_find(names_get(parser), term->text, &index))
        return name_unknown(parser->selection->config, term, err);
    targets_mark(parser->selection, index, term->negated);
    return SKN_OK;
}

/* A line without its end: 1, or 0 behind the last, or -1 when it can be no name. */
static int line_read(FILE *from, char line[NAME_LINE_MAX])
{
    size_t len = 0;
    int c;
    while ((c = getc(from)) != EOF && c != '\n') {
        if (c == '\0' || len + 1 == NAME_LINE_MAX)
            return -1;
        line[len++] = (char)c;
    }
    if (len > 0 && line[len - 1] == '\r')
        len--;
    line[len] = '\0';
    return len > 0 || c != EOF;
}

static int line_apply(struct parser *parser, char *line, size_t number, struct skn_error *err)
{
    struct term term = {.kind = TERM_FIELD, .field = &name_field, .text = line};
    if (line[0] == '\0' || name_apply(parser, &term, err) == SKN_OK)
        return SKN_OK;
    return skn_error_context(err, "standard input:%zu", number);
}

static int input_apply(struct parser *parser, struct skn_error *err)
{
    char line[NAME_LINE_MAX];
    size_t number = 0;
    int more;
    if (parser->input_read++)
        return skn_error_set(err, SKN_E_USAGE, "- stands twice; standard input is read once");
    while ((more = line_read(stdin, line)) != 0) {
        if (++number > NAMES_MAX)
            return skn_error_set(err, SKN_E_USAGE, "standard input: more than 1000000 lines");
        if (more < 0)
            return skn_error_set(err, SKN_E_USAGE, "standard input:%zu: this is no name", number);
        if (line_apply(parser, line, number, err) != SKN_OK)
            return SKN_E_USAGE;
    }
    if (ferror(stdin))
        return skn_error_set(err, SKN_E_USAGE, "standard input: %s", strerror(errno));
    return SKN_OK;
}

static void live_add(struct skn_selection *selection, const struct term *term)
{
    selection->live = skn_grow(selection->live, selection->live_count, &selection->live_room,
                               sizeof *selection->live);
    selection->live[selection->live_count] = *term;
    selection->live[selection->live_count++].text = skn_strdup(term->text);
}

static int unknown_prefix(const char *word, struct skn_error *err)
{
    return skn_error_set(err, SKN_E_USAGE,
                         "\"%.100s\" is no selector; there are NAME, a pattern with * ? [ ], @TAG, "
                         "history:, driver:, group:, fleet:, at:REVISION, behind, - and !",
                         word);
}

/* Decides what kind of term word is, which has no ! any more. */
static int term_parse(char *word, struct term *term, struct skn_error *err)
{
    term->field = &name_field;
    term->text = word;
    if (strcmp(word, "behind") == 0)
        term->kind = TERM_BEHIND;
    if (starts_with(word, "at:")) {
        term->kind = TERM_AT;
        term->text = word + 3;
    }
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (starts_with(word, fields[i].prefix)) {
            term->field = &fields[i];
            term->text = word + strlen(fields[i].prefix);
        }
    if (term->text[0] == '\0')
        return skn_error_set(err, SKN_E_USAGE, "selector \"%.100s\" selects by nothing", word);
    if (term->kind == TERM_FIELD && !skn_glob_valid(term->text))
        return skn_error_set(err, SKN_E_USAGE, "\"%.100s\" has a [ without its ]", word);
    if (term->kind == TERM_FIELD && term->field == &name_field &&
        (word[0] == '!' || strpbrk(word, "@:")))
        return unknown_prefix(word, err);
    return SKN_OK;
}

static int word_apply(struct parser *parser, char *word, struct skn_error *err)
{
    struct skn_selection *selection = parser->selection;
    struct term term = {.kind = TERM_FIELD};
    if (word[0] == '!') {
        term.negated = 1;
        word++;
    }
    if (word[0] == '\0')
        return skn_error_set(err, SKN_E_USAGE, "an empty selector");
    selection->any_wanted |= !term.negated;
    if (strcmp(word, "-") == 0)
        return term.negated ? skn_error_set(err, SKN_E_USAGE, "- cannot be taken away by !")
                            : input_apply(parser, err);
    int rc = term_parse(word, &term, err);
    if (rc != SKN_OK)
        return rc;
    if (term.kind != TERM_FIELD) {
        live_add(selection, &term);
        return SKN_OK;
    }
    if (term.field == &name_field && !skn_glob_is(term.text))
        return name_apply(parser, &term, err);
    return field_apply(selection, &term, err);
}

/* The words of one --target, between its commas. */
static int text_apply(struct parser *parser, const char *text, struct skn_error *err)
{
    char *copy = skn_strdup(text);
    char *word = copy;
    int rc = SKN_OK;
    while (word && rc == SKN_OK) {
        char *comma = strchr(word, ',');
        if (comma)
            *comma = '\0';
        rc = word_apply(parser, word, err);
        word = comma ? comma + 1 : NULL;
    }
    free(copy);
    return rc;
}

static int leaves_any(const struct skn_selection *selection)
{
    for (size_t i = 0; i < selection->config->target_count; i++)
        if (skn_selection_has(selection, &selection->config->targets[i], NULL) != 0)
            return 1;
    return 0;
}

int skn_selection_create(const struct skn_config *config, const char *const *texts, size_t count,
                         struct skn_selection **selection, struct skn_error *err)
{
    struct skn_selection *made = skn_alloc(sizeof *made);
    struct parser parser = {.selection = made};
    int rc = SKN_OK;
    made->config = config;
    made->marks = skn_alloc(config->target_count);
    *selection = NULL;
    for (size_t i = 0; i < count && rc == SKN_OK; i++)
        rc = text_apply(&parser, texts[i], err);
    if (rc == SKN_OK && count > 0 && !leaves_any(made))
        rc = skn_error_set(err, SKN_E_USAGE, "the selectors leave no target");
    skn_nameset_destroy(parser.names);
    if (rc == SKN_OK)
        *selection = made;
    else
        skn_selection_destroy(made);
    return rc;
}

void skn_selection_destroy(struct skn_selection *selection)
{
    if (!selection)
        return;
    for (size_t i = 0; i < selection->live_count; i++)
        free(selection->live[i].text);
    free(selection->live);
    free(selection->marks);
    free(selection);
}

int skn_selection_needs_live(const struct skn_selection *selection)
{
    return selection->live_count > 0;
}

static int live_has(const struct term *term, const struct skn_target *target,
                    const struct skn_live *live)
{
    int answer = term->kind == TERM_AT ? live->at(live->ctx, target, term->text)
                                       : live->behind(live->ctx, target);
    return answer > 0;
}

/* Whether a live term of this kind holds: 1, 0, -1 for nobody can tell. */
static int any_live(const struct skn_selection *selection, const struct skn_target *target,
                    int negated, const struct skn_live *live)
{
    for (size_t i = 0; i < selection->live_count; i++) {
        const struct term *term = &selection->live[i];
        if (term->negated != negated)
            continue;
        if (!live)
            return -1;
        if (live_has(term, target, live))
            return 1;
    }
    return 0;
}

int skn_selection_has(const struct skn_selection *selection, const struct skn_target *target,
                      const struct skn_live *live)
{
    unsigned marks = selection->marks[target->index];
    if (marks & REFUSED)
        return 0;
    int wanted =
        !selection->any_wanted || (marks & WANTED) ? 1 : any_live(selection, target, 0, live);
    if (wanted == 0)
        return 0;
    int refused = any_live(selection, target, 1, live);
    if (refused > 0)
        return 0;
    return wanted < 0 || refused < 0 ? -1 : 1;
}

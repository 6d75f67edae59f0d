/*
 * Selectors and patterns, against a matcher that tries everything.
 */
#include "fuzz.h"

#include "base/alloc.h"
#include "config/glob.h"
#include "config/select.h"

enum { PATTERN_MAX = 24, SUBJECT_MAX = 24, TARGETS = 6, WORDS_MAX = 8 };

/* ---- patterns ---- */

/* Whether c is in the class whose inside is [at, end). */
static int class_has(const char *at, const char *end, unsigned char c)
{
    int found = 0;
    while (at < end) {
        unsigned char low = (unsigned char)*at;
        if (end - at >= 3 && at[1] == '-') {
            found |= c >= low && c <= (unsigned char)at[2];
            at += 3;
        } else {
            found |= c == low;
            at++;
        }
    }
    return found;
}

static size_t character_len(const char *text)
{
    size_t len = 1;
    while (((unsigned char)text[len] & 0xc0) == 0x80)
        len++;
    return len;
}

static int slow_match(const char *pattern, const char *text)
{
    if (*pattern == '\0')
        return *text == '\0';
    if (*pattern == '*')
        return slow_match(pattern + 1, text) || (*text && slow_match(pattern, text + 1));
    if (*text == '\0')
        return 0;
    if (*pattern == '?')
        return slow_match(pattern + 1, text + character_len(text));
    if (*pattern != '[')
        return *pattern == *text && slow_match(pattern + 1, text + 1);
    int negated = pattern[1] == '!' || pattern[1] == '^';
    const char *inside = pattern + 1 + negated;
    const char *end = strchr(inside + (*inside == ']'), ']');
    return class_has(inside, end, (unsigned char)*text) != negated && slow_match(end + 1, text + 1);
}

static size_t stars_count(const char *pattern)
{
    size_t count = 0;
    for (; (pattern = strchr(pattern, '*')) != NULL; pattern++)
        count++;
    return count;
}

static void pattern_check(struct skn_str pattern_bytes, struct skn_str text_bytes)
{
    char *pattern = fuzz_text(pattern_bytes);
    char *text = fuzz_text(text_bytes);
    if (!skn_glob_valid(pattern))
        FUZZ_CLAIM(strchr(pattern, '['));
    else if (strlen(pattern) <= PATTERN_MAX && strlen(text) <= SUBJECT_MAX &&
             stars_count(pattern) <= 4)
        FUZZ_CLAIM(!!skn_glob_match(pattern, text) == slow_match(pattern, text));
    else
        skn_glob_match(pattern, text);
    if (!skn_glob_is(pattern))
        FUZZ_CLAIM(!!skn_glob_match(pattern, text) == (strcmp(pattern, text) == 0));
    free(pattern);
    free(text);
}

/* ---- selectors ---- */

static const char *const names[TARGETS] = {"shop", "shop-eu", "shop-us", "log.1", "a/b", "crm"};
static const char *const groups[TARGETS] = {"g1", "", "g1", "g2", "", ""};
static const char *const drivers[TARGETS] = {"sqlite", "mysql", "mysql", "sqlite", "null", "null"};
static const char *const tags[TARGETS] = {"old", "eu", "us", "old", "eu", "new"};
static struct skn_history_config histories[2] = {{.name = "default"}, {.name = "other"}};

static void config_make(struct skn_config *config, struct skn_target targets[TARGETS])
{
    *config = (struct skn_config){.targets = targets, .target_count = TARGETS};
    for (uint32_t i = 0; i < TARGETS; i++)
        targets[i] = (struct skn_target){.name = names[i],
                                         .index = i,
                                         .group = groups[i],
                                         .fleet = i == 5 ? "fleet" : "",
                                         .driver = drivers[i],
                                         .tags = {&tags[i], 1},
                                         .history = &histories[i == 4]};
}

static int live_at(void *ctx, const struct skn_target *target, const char *revision)
{
    (void)ctx;
    return target->index == strlen(revision) % TARGETS;
}

static int live_behind(void *ctx, const struct skn_target *target)
{
    (void)ctx;
    return target->index % 2 == 0;
}

/* Whether a word without its ! names the target, as the manual says it. */
static int word_has(const char *word, const struct skn_target *target)
{
    static const char *const fields[] = {"@", "history:", "driver:", "group:", "fleet:"};
    const char *const values[] = {target->tags.items[0], target->history->name, target->driver,
                                  target->group, target->fleet};
    if (strcmp(word, "behind") == 0)
        return live_behind(NULL, target);
    if (strncmp(word, "at:", 3) == 0)
        return live_at(NULL, target, word + 3);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (strncmp(word, fields[i], strlen(fields[i])) == 0)
            return values[i][0] && skn_glob_match(word + strlen(fields[i]), values[i]);
    return skn_glob_match(word, target->name);
}

/* In what any word without ! names, or all if there is none, and in none that a word with ! does.
 */
static int slow_has(const char *text, const struct skn_target *target)
{
    char *copy = skn_strdup(text);
    char *rest = copy;
    int any = 0, wanted = 0, refused = 0;
    for (char *word; (word = strsep(&rest, ",")) != NULL;) {
        any |= word[0] != '!';
        if (word[0] == '!')
            refused |= word_has(word + 1, target);
        else
            wanted |= word_has(word, target);
    }
    free(copy);
    return (wanted || !any) && !refused;
}

static void selector_check(struct skn_str bytes)
{
    struct skn_target targets[TARGETS];
    struct skn_config config;
    struct skn_error err = {.size = sizeof err};
    struct skn_selection *selection;
    struct skn_live live = {.at = live_at, .behind = live_behind};
    char *text = fuzz_text(bytes);
    config_make(&config, targets);
    int rc = skn_selection_create(&config, (const char *const *)&text, 1, &selection, &err);
    FUZZ_CLAIM((rc == SKN_OK) == (selection != NULL));
    if (rc != SKN_OK)
        fuzz_claim_error(&err, rc);
    for (size_t i = 0; rc == SKN_OK && i < TARGETS; i++) {
        int now = skn_selection_has(selection, &targets[i], NULL);
        int then = skn_selection_has(selection, &targets[i], &live);
        FUZZ_CLAIM(then == slow_has(text, &targets[i]));
        FUZZ_CLAIM(now == then || (now == -1 && skn_selection_needs_live(selection)));
    }
    skn_selection_destroy(selection);
    free(text);
}

void fuzz_select(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct skn_str pattern = fuzz_take_to(&input, '\n');
    struct skn_str subject = fuzz_take_to(&input, '\n');
    pattern_check(pattern, subject);
    /* "-" would read standard input. */
    struct skn_str text = fuzz_take(&input, input.left);
    char *copy = fuzz_text(text);
    char *rest = copy;
    int reads = 0;
    for (char *word; (word = strsep(&rest, ",")) != NULL;)
        reads |= strcmp(word, "-") == 0;
    free(copy);
    if (!reads && text.len > 0)
        selector_check(text);
}

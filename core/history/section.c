/*
 * Reads sections: their directive and where their text ends. It never looks into the text.
 */
#include "history/section.h"

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "history/name.h"

enum { SECTIONS_MAX = 256, DRIVERS_MAX = 32 };

static const char *const direction_names[] = {
    [SKN_UP] = "upgrade",
    [SKN_DOWN] = "downgrade",
    [SKN_VERIFY] = "verify",
};

enum { DIRECTIONS = sizeof direction_names / sizeof direction_names[0] };

struct directive {
    struct skn_reader *reader;
    struct skn_str rest;
    struct skn_section section;
    const char *drivers[DRIVERS_MAX];
    int comma; /* a comma was read, and a driver must follow */
};

static int word_ends(char c)
{
    return c == ' ' || c == '\t' || c == ',';
}

static struct skn_str word_next(struct skn_str *rest)
{
    *rest = skn_str_trim(*rest);
    struct skn_str word = {rest->ptr, 0};
    while (word.len < rest->len && !word_ends(word.ptr[word.len]))
        word.len++;
    rest->ptr += word.len;
    rest->len -= word.len;
    *rest = skn_str_trim(*rest);
    return word;
}

static int comma_next(struct skn_str *rest)
{
    if (rest->len == 0 || rest->ptr[0] != ',')
        return 0;
    rest->ptr++;
    rest->len--;
    return 1;
}

static int direction_read(struct directive *directive)
{
    struct skn_str word = word_next(&directive->rest);
    for (size_t i = 0; i < DIRECTIONS; i++) {
        if (skn_str_is(word, direction_names[i])) {
            directive->section.direction = (enum skn_direction)i;
            return 1;
        }
    }
    const char *meant = skn_word_nearest(word, direction_names, DIRECTIONS);
    if (meant)
        skn_reader_fault(directive->reader, word.ptr, "'%.*s' is not known; did you mean '%s'?",
                         SKN_SHOWN(word), meant);
    else
        skn_reader_fault(directive->reader, word.ptr,
                         "'%.*s' is not known; a section is upgrade, downgrade or verify",
                         SKN_SHOWN(word));
    return 0;
}

static int option_read(struct directive *directive, struct skn_str word)
{
    struct skn_section *section = &directive->section;
    if (!skn_str_is(word, "transaction=off")) {
        skn_reader_fault(directive->reader, word.ptr,
                         "'%.*s' is not known; the only option of a section is transaction=off",
                         SKN_SHOWN(word));
        return 0;
    }
    if (section->transaction_off || section->direction == SKN_VERIFY) {
        skn_reader_fault(directive->reader, word.ptr,
                         section->transaction_off
                             ? "transaction=off stands here again; once is enough"
                             : "a verify section runs in the transaction of its revision; take "
                               "transaction=off away");
        return 0;
    }
    section->transaction_off = 1;
    return 1;
}

static int driver_named(const struct skn_section *section, const char *word)
{
    for (size_t i = 0; i < section->driver_count; i++)
        if (strcmp(section->drivers[i], word) == 0)
            return 1;
    return 0;
}

static const char *driver_fault(struct directive *directive, const char *word)
{
    if (!skn_word_valid(word))
        return "is no driver; a driver's name is a-z, then a-z, 0-9 or _, at most 32";
    if (directive->section.driver_count == DRIVERS_MAX)
        return "is one driver too many; a section names at most 32";
    if (directive->section.driver_count > 0 && !directive->comma)
        return "follows without a comma; write 'postgresql, mysql'";
    if (driver_named(&directive->section, word))
        return "stands here again; once is enough";
    return NULL;
}

static int driver_read(struct directive *directive, struct skn_str word)
{
    struct skn_reader *reader = directive->reader;
    char *name = skn_arena_strndup(reader->arena, word.ptr, word.len);
    const char *reason = driver_fault(directive, name);
    if (reason) {
        skn_reader_fault(reader, word.ptr, "'%.*s' %s", SKN_SHOWN(word), reason);
        return 0;
    }
    directive->drivers[directive->section.driver_count++] = name;
    return 1;
}

static int words_read(struct directive *directive)
{
    directive->section.drivers = directive->drivers;
    while (directive->rest.len > 0) {
        struct skn_str word = word_next(&directive->rest);
        int option = word.len > 0 && memchr(word.ptr, '=', word.len) != NULL;
        if (word.len == 0 || (option && directive->comma)) {
            skn_reader_fault(directive->reader, word.ptr, "a driver's name is missing here");
            return 0;
        }
        if (!(option ? option_read(directive, word) : driver_read(directive, word)))
            return 0;
        directive->comma = comma_next(&directive->rest);
    }
    if (directive->comma)
        skn_reader_fault(directive->reader, directive->rest.ptr, "a driver's name is missing here");
    return !directive->comma;
}

static int directive_read(struct skn_reader *reader, struct directive *directive)
{
    static const char start[] = "-- skein:";
    size_t len = sizeof start - 1;
    *directive = (struct directive){.reader = reader};
    if (reader->now.len < len || memcmp(reader->now.ptr, start, len) != 0) {
        skn_reader_fault(reader, reader->now.ptr,
                         "a directive starts its line with '-- skein:', written just so");
        return 0;
    }
    directive->rest = skn_str_len(reader->now.ptr + len, reader->now.len - len);
    return direction_read(directive) && words_read(directive);
}

static int drivers_overlap(const struct skn_section *a, const struct skn_section *b)
{
    if (a->driver_count == 0 || b->driver_count == 0)
        return a->driver_count == b->driver_count;
    for (size_t i = 0; i < a->driver_count; i++)
        if (driver_named(b, a->drivers[i]))
            return 1;
    return 0;
}

static int section_unique(struct directive *directive, const struct skn_section_list *list)
{
    const struct skn_section *section = &directive->section;
    for (size_t i = 0; i < list->count; i++) {
        const struct skn_section *other = &list->items[i];
        if (other->direction != section->direction || !drivers_overlap(section, other))
            continue;
        skn_reader_fault(directive->reader, directive->reader->now.ptr,
                         "a second %s section for the same driver; the first is in line %u",
                         direction_names[section->direction], other->line - 1);
        return 0;
    }
    return 1;
}

static void section_add(struct directive *directive, struct skn_section_list *list)
{
    struct skn_reader *reader = directive->reader;
    struct skn_section *section = &directive->section;
    if (!section_unique(directive, list))
        return;
    if (list->count == SECTIONS_MAX) {
        skn_reader_fault(reader, reader->now.ptr, "more than %d sections", SECTIONS_MAX);
        return;
    }
    const char **drivers =
        skn_arena_alloc_array(reader->arena, section->driver_count, sizeof *drivers);
    for (size_t i = 0; i < section->driver_count; i++)
        drivers[i] = directive->drivers[i];
    section->drivers = drivers;
    section->text.ptr = reader->text.ptr + reader->next;
    section->line = reader->line + 1;
    list->items = skn_grow(list->items, list->count, &list->room, sizeof *list->items);
    list->items[list->count++] = *section;
}

/* The text of the newest section ends here, unless that is known already. */
static void text_end(struct skn_section_list *list, size_t *open, const char *here)
{
    if (*open < list->count)
        list->items[*open].text.len = (size_t)(here - list->items[*open].text.ptr);
    *open = list->count;
}

/* Whether the directive is about the next statement, and so part of a section's text. */
static int is_of_statement(const struct skn_reader *reader)
{
    static const char start[] = "-- skein:";
    size_t len = sizeof start - 1;
    if (reader->now.len < len || memcmp(reader->now.ptr, start, len) != 0)
        return 0;
    struct skn_str rest = skn_str_len(reader->now.ptr + len, reader->now.len - len);
    struct skn_str word = word_next(&rest);
    static const char *const words[] = {"proof", "repeatable", "held-back", "unproven"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (skn_str_is(word, words[i]))
            return 1;
    return 0;
}

static void statement_directive_check(struct skn_reader *reader,
                                      const struct skn_section_list *list)
{
    if (list->count == 0 || list->items[list->count - 1].direction == SKN_VERIFY)
        skn_reader_fault(reader, reader->now.ptr,
                         "'proof' and 'repeatable' stand before a statement of an upgrade or a "
                         "downgrade");
}

void skn_sections_read(struct skn_reader *reader, struct skn_section_list *list)
{
    size_t open = 0;
    struct directive directive;
    list->count = 0;
    do {
        if (skn_reader_kind(reader) != SKN_LINE_DIRECTIVE)
            continue;
        if (is_of_statement(reader)) {
            statement_directive_check(reader, list);
            continue;
        }
        text_end(list, &open, reader->now.ptr);
        if (directive_read(reader, &directive))
            section_add(&directive, list);
    } while (skn_reader_next(reader));
    text_end(list, &open, reader->text.ptr + reader->text.len);
}

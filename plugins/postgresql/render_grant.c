/*
 * Grants and default privileges as SQL: what one role gets and loses between two sets. Knows no
 * object but by the words for it.
 */
#include <string.h>

#include "facet.h"

/* A privilege, and whether it may be handed on: "SELECT", "SELECT *"; 0 at the end. */
static int privilege_next(struct skn_str *list, struct skn_str *word, int *hands_on)
{
    if (!list->ptr || list->len == 0)
        return 0;
    const char *end = memchr(list->ptr, '\n', list->len);
    size_t len = end ? (size_t)(end - list->ptr) : list->len;
    *hands_on = list->ptr[len - 1] == '*';
    *word = skn_str_len(list->ptr, *hands_on ? len - 2 : len);
    list->ptr += len + (end != NULL);
    list->len -= len + (end != NULL);
    return 1;
}

/* Whether a set has it; and whether to be handed on. */
static int privilege_find(struct skn_str list, struct skn_str wanted, int *hands_on)
{
    struct skn_str word;
    while (privilege_next(&list, &word, hands_on))
        if (word.len == wanted.len && memcmp(word.ptr, wanted.ptr, word.len) == 0)
            return 1;
    *hands_on = 0;
    return 0;
}

static void grant_begin(struct skn_pg_writing *writing, const char *words)
{
    struct skn_str place = skn_pg_attr(writing, writing->object, "place");
    if (writing->host->kind(writing->object) == SKN_PG_KIND_DEFAULT_PRIVILEGES)
        skn_pg_writef(writing, "ALTER DEFAULT PRIVILEGES %S%s", place, place.len ? " " : "");
    skn_pg_write(writing, words);
}

static void grant_end(struct skn_pg_writing *writing, const char *word, const char *end)
{
    struct skn_str name = skn_pg_attr(writing, writing->object, "grantee");
    skn_pg_writef(writing, " ON %S %s %S%s", skn_pg_attr(writing, writing->object, "thing"), word,
                  name, end);
    skn_pg_write_end(writing, 0);
}

static void privilege_write(struct skn_pg_writing *writing, struct skn_str word, unsigned count)
{
    struct skn_str column = skn_pg_attr(writing, writing->object, "column");
    skn_pg_writef(writing, "%s%S", count ? ", " : "", word);
    if (column.ptr)
        skn_pg_writef(writing, " (%S)", column);
}

/* Those of one that other has not, or has not in that way: hands_on as they are to be, or only the
 * right to hand them on where keeps. */
static void difference_write(struct skn_pg_writing *writing, struct skn_str one,
                             struct skn_str other, const char *words, int hands_on, int keeps)
{
    struct skn_str list = one, word;
    unsigned count = 0;
    int mine, theirs;
    while (privilege_next(&list, &word, &mine)) {
        int found = privilege_find(other, word, &theirs);
        if (mine != hands_on || (found && (theirs || !mine)) || (keeps && !found))
            continue;
        if (count == 0)
            grant_begin(writing, words);
        privilege_write(writing, word, count++);
    }
    if (count)
        grant_end(writing, words[0] == 'G' ? "TO" : "FROM",
                  words[0] == 'G' && hands_on ? " WITH GRANT OPTION" : "");
}

/* Those that go altogether. */
static void loss_write(struct skn_pg_writing *writing, struct skn_str from, struct skn_str to)
{
    struct skn_str list = from, word;
    unsigned count = 0;
    int mine, theirs;
    while (privilege_next(&list, &word, &mine)) {
        if (privilege_find(to, word, &theirs))
            continue;
        if (count == 0)
            grant_begin(writing, "REVOKE ");
        privilege_write(writing, word, count++);
    }
    if (count)
        grant_end(writing, "FROM", "");
}

void skn_pg_render_grant(struct skn_pg_writing *writing)
{
    const struct skn_change *change = writing->change;
    struct skn_str usual = skn_pg_attr(writing, writing->object, "usual");
    struct skn_str from = change->from ? writing->host->definition(change->from) : usual;
    struct skn_str to = change->to ? writing->host->definition(change->to) : usual;
    loss_write(writing, from, to);
    difference_write(writing, from, to, "REVOKE GRANT OPTION FOR ", 1, 1);
    difference_write(writing, to, from, "GRANT ", 0, 0);
    difference_write(writing, to, from, "GRANT ", 1, 0);
}

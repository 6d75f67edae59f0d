/*
 * One file's text to one revision. It knows nothing of folders and of other revisions.
 */
#include "history/parse.h"

#include <stdlib.h>
#include <string.h>

void skn_parse_room_finish(struct skn_parse_room *room)
{
    skn_buf_finish(&room->message);
    free(room->sections.items);
    *room = (struct skn_parse_room){0};
}

static void header_take(struct skn_arena *arena, const struct skn_header *header,
                        struct skn_revision *revision)
{
    revision->id = skn_arena_strndup(arena, header->id.ptr, header->id.len);
    revision->message = skn_arena_strndup(arena, header->message.ptr, header->message.len);
    revision->created = header->created;
    revision->irreversible = header->irreversible;
    revision->id_line = header->id_line;
    revision->parent_ids = header->parents.items;
    revision->parent_count = header->parents.count;
    revision->depend_texts = header->depends.items;
    revision->depend_count = header->depends.count;
    revision->labels = header->labels.items;
    revision->label_count = header->labels.count;
    revision->variables = header->variables.items;
    revision->variable_count = header->variables.count;
    revision->requires_texts = header->requirements.items;
    revision->requires_count = header->requirements.count;
}

static void sections_take(struct skn_reader *reader, const struct skn_section_list *list,
                          struct skn_revision *revision)
{
    size_t upgrades = 0;
    struct skn_section *sections =
        skn_arena_alloc_array(reader->arena, list->count, sizeof *sections);
    for (size_t i = 0; i < list->count; i++) {
        sections[i] = list->items[i];
        upgrades += sections[i].direction == SKN_UP;
    }
    revision->sections = sections;
    revision->section_count = list->count;
    if (upgrades == 0)
        skn_fault_at(
            reader->faults, reader->path, reader->line ? reader->line : 1, 1,
            "no upgrade section; add a line '-- skein: upgrade' (below it may be nothing)");
}

void skn_revision_parse(struct skn_arena *arena, const char *path, struct skn_str text,
                        struct skn_faults *faults, struct skn_parse_room *room,
                        struct skn_revision *revision, struct skn_header *places)
{
    struct skn_reader reader = {.arena = arena, .path = path, .faults = faults, .text = text};
    size_t before = faults->count;
    *revision = (struct skn_revision){.path = path, .text = text};
    room->sections.count = 0;
    if (skn_header_read(&reader, &room->message, places))
        skn_sections_read(&reader, &room->sections);
    header_take(arena, places, revision);
    /* One fault a cause: a broken directive or header would have a missing section follow. */
    if (faults->count == before)
        sections_take(&reader, &room->sections, revision);
}

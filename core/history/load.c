/*
 * Folders of revision files to a history. It knows nothing of what a header or a graph needs; that
 * is parse.c's and graph.c's.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/file.h"
#include "history/encoding.h"
#include "history/fault.h"
#include "history/folder.h"
#include "history/graph.h"
#include "history/index.h"
#include "history/parse.h"

enum { FILE_LIMIT = 64 << 20, REVISIONS_MAX = 1000000 };

struct loader {
    struct skn_history *history;
    struct skn_faults *faults;
    struct skn_folder *folders;
    size_t folder_count;
    struct skn_buf raw; /* of one file, and the room for the next */
    struct skn_parse_room room;
    struct skn_arena arena;    /* of places */
    struct skn_header *places; /* per revision */
};

static void file_load(struct loader *loader, const struct skn_folder *folder, const char *name)
{
    struct skn_history *history = loader->history;
    const char *path = skn_folder_join(&history->arena, folder->path, name);
    struct skn_error err = SKN_ERROR_INIT;
    struct skn_str text;
    skn_buf_clear(&loader->raw);
    if (skn_file_read(folder->fd, name, path, SKN_FILE_OURS | SKN_FILE_NO_LINK, FILE_LIMIT,
                      &loader->raw, &err) != SKN_OK) {
        skn_fault_add(loader->faults, (int)err.code, "%s", err.message);
        return;
    }
    if (!skn_encoding_normalise(&history->arena, path, skn_buf_str(&loader->raw), loader->faults,
                                &text))
        return;
    size_t index = history->count++;
    size_t before = loader->faults->count;
    skn_revision_parse(&history->arena, path, text, loader->faults, &loader->room,
                       &history->revisions[index], &loader->places[index]);
    history->revisions[index].index = (uint32_t)index;
    loader->places[index].broken = loader->faults->count > before;
}

static void folders_open(struct loader *loader, const char *const *paths, size_t count)
{
    loader->folders = skn_alloc_array(count, sizeof *loader->folders);
    loader->folder_count = count;
    for (size_t i = 0; i < count; i++)
        skn_folder_open(&loader->folders[i], paths[i], loader->history->name, loader->faults);
}

static void folders_finish(struct loader *loader)
{
    for (size_t i = 0; i < loader->folder_count; i++)
        skn_folder_finish(&loader->folders[i]);
    free(loader->folders);
}

static size_t files_count(const struct loader *loader)
{
    size_t count = 0;
    for (size_t i = 0; i < loader->folder_count; i++)
        count += loader->folders[i].count;
    return count;
}

static void files_load(struct loader *loader)
{
    struct skn_history *history = loader->history;
    size_t count = files_count(loader);
    if (count > REVISIONS_MAX) {
        skn_fault_add(loader->faults, SKN_E_CONFIG,
                      "history '%s': %zu files; a history holds at most %d revisions",
                      history->name, count, REVISIONS_MAX);
        return;
    }
    history->revisions = skn_arena_alloc_array(&history->arena, count, sizeof *history->revisions);
    loader->places = skn_arena_alloc_array(&loader->arena, count, sizeof *loader->places);
    for (size_t i = 0; i < loader->folder_count; i++)
        for (size_t at = 0; at < loader->folders[i].count; at++)
            file_load(loader, &loader->folders[i], loader->folders[i].names[at]);
}

int skn_history_load(struct skn_history *history, const char *name, const char *const *folders,
                     size_t folder_count, skn_problem_fn *problem, void *ctx, struct skn_error *err)
{
    struct skn_faults faults = {.problem = problem, .ctx = ctx, .first = SKN_ERROR_INIT};
    struct loader loader = {.history = history, .faults = &faults};
    *history = (struct skn_history){0};
    skn_arena_init(&history->arena);
    history->name = skn_arena_strdup(&history->arena, name);
    skn_index_create(history);

    folders_open(&loader, folders, folder_count);
    files_load(&loader);
    folders_finish(&loader);
    skn_graph_build(history, loader.places, faults.count == 0, &faults);
    if (faults.count > 0)
        skn_graph_heal(history, loader.places);

    skn_arena_finish(&loader.arena);
    skn_buf_finish(&loader.raw);
    skn_parse_room_finish(&loader.room);
    return skn_faults_result(&faults, err);
}

void skn_history_finish(struct skn_history *history)
{
    skn_index_destroy(history->by_name);
    skn_arena_finish(&history->arena);
    *history = (struct skn_history){0};
}

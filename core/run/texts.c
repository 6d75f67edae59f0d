/*
 * Reading SQL files. It knows nothing of what is done with them.
 */
#include "run/texts.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "history/encoding.h"

enum { TEXT_FILE_MAX = 64 << 20 };

static int text_read(struct skn_texts *texts, const char *path, struct skn_str *text,
                     struct skn_error *err)
{
    struct skn_buf raw = {0};
    struct skn_faults faults = {.first = SKN_ERROR_INIT};
    int rc = skn_file_read(AT_FDCWD, path, path, 0, TEXT_FILE_MAX, &raw, err);
    if (rc == SKN_OK &&
        !skn_encoding_normalise(&texts->arena, path, skn_buf_str(&raw), &faults, text))
        rc = skn_faults_result(&faults, err);
    skn_buf_finish(&raw);
    return rc;
}

int skn_texts_get(struct skn_texts *texts, const char *path, const char *version_table,
                  uint32_t *script, struct skn_error *err)
{
    struct skn_text_file added = {.path = path};
    for (size_t i = 0; i < texts->count; i++)
        if (strcmp(texts->items[i].path, path) == 0) {
            *script = texts->items[i].script;
            return SKN_OK;
        }
    int rc = text_read(texts, path, &added.text, err);
    if (rc != SKN_OK)
        return rc;
    *script = added.script = skn_pool_script_add(texts->pool, added.text, version_table, 0, 1);
    texts->items = skn_grow(texts->items, texts->count, &texts->room, sizeof *texts->items);
    texts->items[texts->count++] = added;
    return SKN_OK;
}

void skn_texts_locate(const struct skn_texts *texts, int64_t script, size_t offset,
                      struct skn_error *err)
{
    for (size_t i = 0; i < texts->count; i++) {
        const struct skn_text_file *file = &texts->items[i];
        if ((int64_t)file->script != script)
            continue;
        uint32_t line = 1, column = 1;
        for (size_t k = 0; k < offset && k < file->text.len; k++) {
            column = file->text.ptr[k] == '\n' ? 1 : column + 1;
            line += file->text.ptr[k] == '\n';
        }
        skn_error_context(err, "%s:%u:%u", file->path, line, column);
    }
}

void skn_texts_finish(struct skn_texts *texts)
{
    free(texts->items);
    skn_arena_finish(&texts->arena);
    *texts = (struct skn_texts){0};
}

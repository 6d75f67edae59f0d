/*
 * Questions to one revision. It knows nothing of the history around it.
 */
#include <string.h>

#include "history/encoding.h"
#include "history/history.h"

int skn_revision_is_head(const struct skn_revision *revision)
{
    return revision->children.count == 0;
}

int skn_revision_is_real_head(const struct skn_revision *revision)
{
    return revision->children.count == 0 && revision->dependants.count == 0;
}

static int section_names(const struct skn_section *section, const char *driver)
{
    for (size_t i = 0; i < section->driver_count; i++)
        if (strcmp(section->drivers[i], driver) == 0)
            return 1;
    return 0;
}

const struct skn_section *skn_revision_section(const struct skn_revision *revision,
                                               enum skn_direction direction, const char *driver)
{
    const struct skn_section *general = NULL;
    for (size_t i = 0; i < revision->section_count; i++) {
        const struct skn_section *section = &revision->sections[i];
        if (section->direction != direction)
            continue;
        if (section_names(section, driver))
            return section;
        if (section->driver_count == 0)
            general = section;
    }
    return general;
}

void skn_revision_checksum(const struct skn_revision *revision, char out[SKN_SHA256_HEX])
{
    skn_sha256_hex(revision->text, out);
}

void skn_section_locate(const struct skn_section *section, size_t offset, uint32_t *line,
                        uint32_t *column)
{
    const char *start = section->text.ptr;
    const char *here = start + (offset < section->text.len ? offset : section->text.len);
    const char *newline;
    *line = section->line;
    while (start < here && (newline = memchr(start, '\n', (size_t)(here - start)))) {
        (*line)++;
        start = newline + 1;
    }
    *column = skn_encoding_columns(start, here) + 1;
}

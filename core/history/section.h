/*
 * The sections of a revision file.
 */
#ifndef SKN_HISTORY_SECTION_H
#define SKN_HISTORY_SECTION_H

#include "history/reader.h"

/* A growing list that is used again for each file. */
struct skn_section_list {
    struct skn_section *items;
    size_t count;
    size_t room;
};

/* Reads from the directive that the reader stands on to the end of the text. */
void skn_sections_read(struct skn_reader *reader, struct skn_section_list *list);

#endif

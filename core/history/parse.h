/*
 * One revision file's text.
 */
#ifndef SKN_HISTORY_PARSE_H
#define SKN_HISTORY_PARSE_H

#include "history/header.h"
#include "history/section.h"

/* Room that is used again for each file. */
struct skn_parse_room {
    struct skn_buf message;
    struct skn_section_list sections;
};

void skn_parse_room_finish(struct skn_parse_room *room);

/* Fills all of revision but index and graph, from a normalised text in the arena. What is wrong
 * goes to faults, and revision then holds what could be read; its id may be "". places is for
 * faults that only the graph shows. */
void skn_revision_parse(struct skn_arena *arena, const char *path, struct skn_str text,
                        struct skn_faults *faults, struct skn_parse_room *room,
                        struct skn_revision *revision, struct skn_header *places);

#endif

/*
 * A set of names with a number each, to find duplicates in a list of any length and malice.
 */
#ifndef SKN_CONFIG_NAMESET_H
#define SKN_CONFIG_NAMESET_H

#include <stdint.h>

struct skn_nameset;

struct skn_nameset *skn_nameset_create(void);
void skn_nameset_destroy(struct skn_nameset *set);

/* Adds name (borrowed) with its number: 1, or 0 when it is already there, with *known the number
 * it has (known may be NULL). */
int skn_nameset_add(struct skn_nameset *set, const char *name, uint32_t number, uint32_t *known);

/* 1 with its number, or 0. */
int skn_nameset_find(const struct skn_nameset *set, const char *name, uint32_t *number);

#endif

/*
 * Memory for secrets: kept out of swap and core dumps as far as the system lets us, and overwritten
 * before it is given back.
 */
#ifndef SKN_BASE_VAULT_H
#define SKN_BASE_VAULT_H

#include <stddef.h>

#include "base/buf.h"

/* Zeroed; lives until skn_vault_empty. */
void *skn_vault_alloc(size_t size);

/* Overwrites and frees everything. */
void skn_vault_empty(void);

/* Overwrites and frees a buffer. */
void skn_buf_wipe(struct skn_buf *buf);

/* For free(): what was in the memory is overwritten first. */
void skn_free_wiped(void *memory);

/* Overwrites a text of an arena; NULL is fine. */
void skn_text_wipe(const char *text);

#endif

/*
 * Variables in a config's texts: ${env:NAME}, and ${tenant} in a fleet; $${ is a plain ${. It does
 * not know what the texts are for.
 */
#ifndef SKN_CONFIG_VARIABLES_H
#define SKN_CONFIG_VARIABLES_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "config/config.h"

enum { SKN_TENANT_MARK = 0x01 }; /* stands for the tenant in a text until the fleet is expanded */

enum skn_piece_kind { SKN_PIECE_END = 0, SKN_PIECE_TEXT, SKN_PIECE_ENV, SKN_PIECE_TENANT };

/* A stretch of a text: as it stands, the value of a variable of the environment, or the tenant. */
struct skn_piece {
    enum skn_piece_kind kind;
    struct skn_str text;
};

/* The piece at *at, which is moved on. Errors never show the text, which may be a secret. */
int skn_piece_next(const char **at, int in_fleet, struct skn_piece *piece, struct skn_error *err);

/* Appends text with its variables put in. *own: bytes that stand in the text itself. Refuses what
 * is not UTF-8, and control characters but tab and newline. */
int skn_variables_expand(const char *text, int in_fleet, struct skn_buf *out, size_t *own,
                         struct skn_error *err);

/* text makes a secret: its variables are to leave the environment. */
void skn_variables_note(const char *text);

/* Overwrites and takes out those that were noted, so that neither a child nor /proc shows them. */
void skn_variables_take(void);

/* The tenant where the marks are. What has none is shared, not copied. */
const char *skn_tenant_text(struct skn_arena *arena, const char *text, const char *tenant);
struct skn_names skn_tenant_names(struct skn_arena *arena, struct skn_names names,
                                  const char *tenant);
struct skn_pairs skn_tenant_pairs(struct skn_arena *arena, struct skn_pairs pairs,
                                  const char *tenant);

#endif

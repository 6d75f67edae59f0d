/*
 * The schema facet: its table of kinds and of calls. It knows nothing of what they do.
 */
#include "schema.h"

const struct skn_kind skn_mysql_kinds[SKN_MYSQL_KIND_COUNT] = {
    [SKN_MYSQL_KIND_SEQUENCE] = {"sequence", 0, SKN_KIND_DATA | SKN_KIND_RENAME},
    [SKN_MYSQL_KIND_TABLE] = {"table", 1, SKN_KIND_DATA | SKN_KIND_RENAME},
    [SKN_MYSQL_KIND_COLUMN] = {"column", 2, SKN_KIND_DATA | SKN_KIND_PART | SKN_KIND_RENAME},
    [SKN_MYSQL_KIND_PERIOD] = {"period", 3, SKN_KIND_PART},
    [SKN_MYSQL_KIND_INDEX] = {"index", 4, SKN_KIND_PART | SKN_KIND_RENAME},
    [SKN_MYSQL_KIND_CHECK] = {"check", 5, SKN_KIND_PART},
    [SKN_MYSQL_KIND_FOREIGN_KEY] = {"foreign key", 6, SKN_KIND_FOLD_ADD | SKN_KIND_FOLD_DROP},
    [SKN_MYSQL_KIND_FUNCTION] = {"function", 7, 0},
    [SKN_MYSQL_KIND_PROCEDURE] = {"procedure", 8, 0},
    [SKN_MYSQL_KIND_VIEW] = {"view", 9, SKN_KIND_RENAME},
    [SKN_MYSQL_KIND_TRIGGER] = {"trigger", 10, SKN_KIND_FOLD_DROP},
    [SKN_MYSQL_KIND_EVENT] = {"event", 11, 0},
};

const struct skn_schema_facet skn_mysql_schema = {
    .size = sizeof(struct skn_schema_facet),
    .kind_count = SKN_MYSQL_KIND_COUNT,
    .kinds = skn_mysql_kinds,
    .inspect = skn_mysql_inspect,
    .scratch_open = skn_mysql_scratch_open,
    .scratch_close = skn_mysql_scratch_close,
    .scratch_sweep = skn_mysql_scratch_sweep,
    .classify = skn_mysql_classify,
    .render = skn_mysql_render,
};

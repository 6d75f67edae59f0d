/*
 * The schema facet of the driver: what kinds of objects there are, and who looks, judges and
 * writes.
 */
#include "facet.h"

#define BOTH (SKN_KIND_FOLD_ADD | SKN_KIND_FOLD_DROP)

/* Functions come early, for bodies are not looked into when they are made; what runs them while it
 * is made, such as a materialized view, comes late. */
const struct skn_kind skn_pg_kinds[SKN_PG_KIND_COUNT] = {
    [SKN_PG_KIND_SCHEMA] = {"schema", 1, SKN_KIND_RENAME},
    [SKN_PG_KIND_EXTENSION] = {"extension", 2, 0},
    [SKN_PG_KIND_COLLATION] = {"collation", 3, SKN_KIND_RENAME},
    [SKN_PG_KIND_ENUM] = {"enum", 4, SKN_KIND_RENAME},
    [SKN_PG_KIND_DOMAIN] = {"domain", 5, SKN_KIND_RENAME},
    [SKN_PG_KIND_DOMAIN_CONSTRAINT] = {"domain constraint", 6, BOTH | SKN_KIND_RENAME},
    [SKN_PG_KIND_COMPOSITE] = {"composite type", 7, SKN_KIND_RENAME},
    [SKN_PG_KIND_ATTRIBUTE] = {"attribute", 8, BOTH | SKN_KIND_RENAME},
    [SKN_PG_KIND_RANGE] = {"range type", 9, SKN_KIND_RENAME},
    [SKN_PG_KIND_SEQUENCE] = {"sequence", 10, SKN_KIND_DATA | SKN_KIND_RENAME},
    [SKN_PG_KIND_FUNCTION] = {"function", 11, SKN_KIND_RENAME},
    [SKN_PG_KIND_PROCEDURE] = {"procedure", 12, SKN_KIND_RENAME},
    [SKN_PG_KIND_AGGREGATE] = {"aggregate", 13, SKN_KIND_RENAME},
    [SKN_PG_KIND_TABLE] = {"table", 20, SKN_KIND_DATA | SKN_KIND_RENAME},
    [SKN_PG_KIND_COLUMN] = {"column", 21, SKN_KIND_DATA | BOTH | SKN_KIND_RENAME},
    [SKN_PG_KIND_GENERATED] = {"generated column", 22, BOTH | SKN_KIND_RENAME},
    [SKN_PG_KIND_DEFAULT] = {"default", 23, BOTH},
    /* Its counter counts as rows. */
    [SKN_PG_KIND_IDENTITY] = {"identity", 24, SKN_KIND_DATA | BOTH},
    [SKN_PG_KIND_CONSTRAINT] = {"constraint", 25, BOTH | SKN_KIND_RENAME},
    [SKN_PG_KIND_FOREIGN_KEY] = {"foreign key", 27, SKN_KIND_FOLD_DROP | SKN_KIND_RENAME},
    [SKN_PG_KIND_INDEX] = {"index", 26, SKN_KIND_FOLD_DROP | SKN_KIND_RENAME},
    [SKN_PG_KIND_VIEW] = {"view", 40, SKN_KIND_RENAME},
    [SKN_PG_KIND_MATVIEW] = {"materialized view", 41, SKN_KIND_RENAME},
    [SKN_PG_KIND_TRIGGER] = {"trigger", 50, SKN_KIND_FOLD_DROP | SKN_KIND_RENAME},
    [SKN_PG_KIND_RULE] = {"rule", 51, SKN_KIND_FOLD_DROP | SKN_KIND_RENAME},
    [SKN_PG_KIND_POLICY] = {"policy", 52, SKN_KIND_FOLD_DROP | SKN_KIND_RENAME},
    [SKN_PG_KIND_SEQUENCE_OWNER] = {"sequence owner", 28, SKN_KIND_FOLD_DROP},
    [SKN_PG_KIND_REPLICA_IDENTITY] = {"replica identity", 53, SKN_KIND_FOLD_DROP},
    [SKN_PG_KIND_CLUSTER] = {"cluster order", 54, SKN_KIND_FOLD_DROP},
    [SKN_PG_KIND_COMMENT] = {"comment", 60, SKN_KIND_FOLD_DROP},
    [SKN_PG_KIND_OPERATOR] = {"operator", 14, 0},
    [SKN_PG_KIND_OPERATOR_FAMILY] = {"operator family", 15, 0},
    [SKN_PG_KIND_OPERATOR_CLASS] = {"operator class", 16, 0},
    [SKN_PG_KIND_CAST] = {"cast", 17, 0},
    [SKN_PG_KIND_CONVERSION] = {"conversion", 17, 0},
    [SKN_PG_KIND_DICTIONARY] = {"text search dictionary", 18, 0},
    [SKN_PG_KIND_CONFIGURATION] = {"text search configuration", 18, 0},
    [SKN_PG_KIND_MAPPING] = {"text search mapping", 19, SKN_KIND_FOLD_DROP},
    [SKN_PG_KIND_WRAPPER] = {"foreign-data wrapper", 18, 0},
    [SKN_PG_KIND_SERVER] = {"foreign server", 19, 0},
    [SKN_PG_KIND_USER_MAPPING] = {"user mapping", 20, 0},
    [SKN_PG_KIND_FOREIGN_TABLE] = {"foreign table", 20, 0},
    [SKN_PG_KIND_STATISTICS] = {"extended statistics", 29, SKN_KIND_FOLD_DROP},
    [SKN_PG_KIND_PUBLICATION] = {"publication", 61, 0},
    /* Last, for it looks at what else is done. */
    [SKN_PG_KIND_EVENT_TRIGGER] = {"event trigger", 62, 0},
    [SKN_PG_KIND_OVERRIDE] = {"inherited column", 24, SKN_KIND_FOLD_DROP},
    [SKN_PG_KIND_GRANT] = {"grant", 63, SKN_KIND_FOLD_DROP | SKN_KIND_GRANT},
    [SKN_PG_KIND_DEFAULT_PRIVILEGES] = {"default privileges", 64,
                                        SKN_KIND_FOLD_DROP | SKN_KIND_GRANT},
};

const struct skn_schema_facet skn_pg_facet = {
    .size = sizeof(struct skn_schema_facet),
    .kind_count = SKN_PG_KIND_COUNT,
    .kinds = skn_pg_kinds,
    .inspect = skn_pg_inspect,
    .scratch_open = skn_pg_scratch_open,
    .scratch_close = skn_pg_scratch_close,
    .scratch_sweep = skn_pg_scratch_sweep,
    .classify = skn_pg_classify,
    .render = skn_pg_render,
};

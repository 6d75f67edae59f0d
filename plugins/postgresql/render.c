/*
 * One change as SQL: who of the files by family writes it. Knows no statement but renames.
 */
#include "facet.h"

typedef void family_fn(struct skn_pg_writing *writing);

static family_fn *const families[SKN_PG_KIND_COUNT] = {
    [SKN_PG_KIND_SCHEMA] = skn_pg_render_schema,
    [SKN_PG_KIND_EXTENSION] = skn_pg_render_extension,
    [SKN_PG_KIND_COLLATION] = skn_pg_render_type,
    [SKN_PG_KIND_ENUM] = skn_pg_render_enum,
    [SKN_PG_KIND_DOMAIN] = skn_pg_render_domain,
    [SKN_PG_KIND_DOMAIN_CONSTRAINT] = skn_pg_render_domain_constraint,
    [SKN_PG_KIND_COMPOSITE] = skn_pg_render_type,
    [SKN_PG_KIND_ATTRIBUTE] = skn_pg_render_attribute,
    [SKN_PG_KIND_RANGE] = skn_pg_render_type,
    [SKN_PG_KIND_SEQUENCE] = skn_pg_render_sequence,
    [SKN_PG_KIND_FUNCTION] = skn_pg_render_routine,
    [SKN_PG_KIND_PROCEDURE] = skn_pg_render_routine,
    [SKN_PG_KIND_AGGREGATE] = skn_pg_render_routine,
    [SKN_PG_KIND_TABLE] = skn_pg_render_table,
    [SKN_PG_KIND_COLUMN] = skn_pg_render_column,
    [SKN_PG_KIND_GENERATED] = skn_pg_render_column,
    [SKN_PG_KIND_DEFAULT] = skn_pg_render_default,
    [SKN_PG_KIND_IDENTITY] = skn_pg_render_identity,
    [SKN_PG_KIND_CONSTRAINT] = skn_pg_render_constraint,
    [SKN_PG_KIND_FOREIGN_KEY] = skn_pg_render_constraint,
    [SKN_PG_KIND_INDEX] = skn_pg_render_index,
    [SKN_PG_KIND_VIEW] = skn_pg_render_view,
    [SKN_PG_KIND_MATVIEW] = skn_pg_render_matview,
    [SKN_PG_KIND_TRIGGER] = skn_pg_render_on_relation,
    [SKN_PG_KIND_RULE] = skn_pg_render_on_relation,
    [SKN_PG_KIND_POLICY] = skn_pg_render_on_relation,
    [SKN_PG_KIND_SEQUENCE_OWNER] = skn_pg_render_satellite,
    [SKN_PG_KIND_REPLICA_IDENTITY] = skn_pg_render_satellite,
    [SKN_PG_KIND_CLUSTER] = skn_pg_render_satellite,
    [SKN_PG_KIND_COMMENT] = skn_pg_render_comment,
    [SKN_PG_KIND_OPERATOR] = skn_pg_render_stated,
    [SKN_PG_KIND_OPERATOR_FAMILY] = skn_pg_render_stated,
    [SKN_PG_KIND_OPERATOR_CLASS] = skn_pg_render_stated,
    [SKN_PG_KIND_CAST] = skn_pg_render_stated,
    [SKN_PG_KIND_CONVERSION] = skn_pg_render_stated,
    [SKN_PG_KIND_DICTIONARY] = skn_pg_render_stated,
    [SKN_PG_KIND_CONFIGURATION] = skn_pg_render_stated,
    [SKN_PG_KIND_MAPPING] = skn_pg_render_stated,
    [SKN_PG_KIND_WRAPPER] = skn_pg_render_stated,
    [SKN_PG_KIND_SERVER] = skn_pg_render_stated,
    [SKN_PG_KIND_USER_MAPPING] = skn_pg_render_stated,
    [SKN_PG_KIND_FOREIGN_TABLE] = skn_pg_render_stated,
    [SKN_PG_KIND_STATISTICS] = skn_pg_render_stated,
    [SKN_PG_KIND_PUBLICATION] = skn_pg_render_stated,
    [SKN_PG_KIND_EVENT_TRIGGER] = skn_pg_render_stated,
    [SKN_PG_KIND_OVERRIDE] = skn_pg_render_override,
    [SKN_PG_KIND_GRANT] = skn_pg_render_grant,
    [SKN_PG_KIND_DEFAULT_PRIVILEGES] = skn_pg_render_grant,
};

/* ---- renames: the words between the name of the object and the new one ---- */

static const char *const rename_words[SKN_PG_KIND_COUNT] = {
    [SKN_PG_KIND_SCHEMA] = "SCHEMA",
    [SKN_PG_KIND_COLLATION] = "COLLATION",
    [SKN_PG_KIND_ENUM] = "TYPE",
    [SKN_PG_KIND_DOMAIN] = "DOMAIN",
    [SKN_PG_KIND_DOMAIN_CONSTRAINT] = "DOMAIN %R RENAME CONSTRAINT",
    [SKN_PG_KIND_COMPOSITE] = "TYPE",
    [SKN_PG_KIND_ATTRIBUTE] = "TYPE %R RENAME ATTRIBUTE",
    [SKN_PG_KIND_RANGE] = "TYPE",
    [SKN_PG_KIND_SEQUENCE] = "SEQUENCE",
    [SKN_PG_KIND_FUNCTION] = "FUNCTION",
    [SKN_PG_KIND_PROCEDURE] = "PROCEDURE",
    [SKN_PG_KIND_AGGREGATE] = "AGGREGATE",
    [SKN_PG_KIND_TABLE] = "TABLE",
    [SKN_PG_KIND_COLUMN] = "TABLE %R RENAME COLUMN",
    [SKN_PG_KIND_GENERATED] = "TABLE %R RENAME COLUMN",
    [SKN_PG_KIND_CONSTRAINT] = "TABLE %R RENAME CONSTRAINT",
    [SKN_PG_KIND_FOREIGN_KEY] = "TABLE %R RENAME CONSTRAINT",
    [SKN_PG_KIND_INDEX] = "INDEX",
    [SKN_PG_KIND_VIEW] = "VIEW",
    [SKN_PG_KIND_MATVIEW] = "MATERIALIZED VIEW",
    [SKN_PG_KIND_TRIGGER] = "TRIGGER",
    [SKN_PG_KIND_RULE] = "RULE",
    [SKN_PG_KIND_POLICY] = "POLICY",
};

void skn_pg_render_rename(struct skn_pg_writing *writing)
{
    const struct skn_object *from = writing->change->from;
    uint32_t kind = writing->host->kind(from);
    const char *words = rename_words[kind];
    if (!words)
        return;
    skn_pg_write(writing, "ALTER ");
    skn_pg_writef(writing, words, from);
    skn_pg_writef(writing, " %O", from);
    if (kind == SKN_PG_KIND_TRIGGER || kind == SKN_PG_KIND_RULE || kind == SKN_PG_KIND_POLICY)
        skn_pg_writef(writing, " ON %R", from);
    skn_pg_write(writing, strchr(words, '%') ? " TO " : " RENAME TO ");
    skn_pg_text_add_ident(&writing->sql, writing->host->name(writing->change->to));
    skn_pg_write_end(writing, 0);
}

void skn_pg_render_change(struct skn_pg_writing *writing)
{
    families[writing->host->kind(writing->object)](writing);
}

int skn_pg_render(const struct skn_schema_host *host, const struct skn_change *change,
                  const struct skn_schema_options *options, struct skn_error *err)
{
    struct skn_pg_writing writing = {.host = host, .change = change, .options = options};
    writing.object = change->to ? change->to : change->from;
    if (change->op == SKN_CHANGE_RENAME)
        skn_pg_render_rename(&writing);
    else
        skn_pg_render_change(&writing);
    skn_pg_text_finish(&writing.sql);
    skn_pg_text_finish(&writing.probe);
    skn_pg_text_finish(&writing.note);
    if (writing.rc == SKN_E_NOMEM)
        return skn_pg_no_memory(err);
    return writing.rc;
}

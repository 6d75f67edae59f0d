/*
 * What is asked of the catalogs: one query a family of objects, the same for a schema of any size.
 * This is the list of them, and what their marks stand for; their texts are in queries_*.c.
 */
#include "queries.h"

#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

const struct skn_pg_look skn_pg_looks[] = {
    {SKN_PG_LOOK_OBJECT, SKN_PG_LOOK_WHOLE, 0, 0, skn_pg_schemas_sql},
    {SKN_PG_LOOK_OBJECT, SKN_PG_LOOK_WHOLE, 0, 0, skn_pg_extensions_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 150000, skn_pg_collations_old_sql},
    {SKN_PG_LOOK_OBJECT, 0, 150000, 170000, skn_pg_collations_15_sql},
    {SKN_PG_LOOK_OBJECT, 0, 170000, 0, skn_pg_collations_17_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 140000, skn_pg_types_old_sql},
    {SKN_PG_LOOK_OBJECT, 0, 140000, 0, skn_pg_types_14_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 0, skn_pg_attributes_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 0, skn_pg_relations_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 0, skn_pg_operators_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 0, skn_pg_families_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 0, skn_pg_classes_sql},
    {SKN_PG_LOOK_OBJECT, SKN_PG_LOOK_WHOLE, 0, 0, skn_pg_casts_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 0, skn_pg_conversions_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 0, skn_pg_dictionaries_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 0, skn_pg_configurations_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 0, skn_pg_mappings_sql},
    {SKN_PG_LOOK_OBJECT, SKN_PG_LOOK_WHOLE, 0, 0, skn_pg_wrappers_sql},
    {SKN_PG_LOOK_OBJECT, SKN_PG_LOOK_WHOLE, 0, 0, skn_pg_servers_sql},
    {SKN_PG_LOOK_OBJECT, SKN_PG_LOOK_WHOLE, 0, 0, skn_pg_user_mappings_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 0, skn_pg_foreign_tables_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 140000, skn_pg_columns_old_sql},
    {SKN_PG_LOOK_OBJECT, 0, 140000, 0, skn_pg_columns_14_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 0, skn_pg_defaults_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 0, skn_pg_identities_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 0, skn_pg_constraints_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 0, skn_pg_indexes_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 0, skn_pg_routines_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 0, skn_pg_aggregates_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 130000, skn_pg_triggers_old_sql},
    {SKN_PG_LOOK_OBJECT, 0, 130000, 0, skn_pg_triggers_13_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 0, skn_pg_rules_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 0, skn_pg_policies_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 0, skn_pg_owners_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 0, skn_pg_replicas_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 0, skn_pg_clusters_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 0, skn_pg_statistics_sql},
    {SKN_PG_LOOK_OBJECT, SKN_PG_LOOK_WHOLE, 150000, 0, skn_pg_publications_sql},
    {SKN_PG_LOOK_OBJECT, SKN_PG_LOOK_WHOLE, 0, 0, skn_pg_event_triggers_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 0, skn_pg_overrides_sql},
    {SKN_PG_LOOK_OBJECT, SKN_PG_LOOK_GRANTS, 0, 0, skn_pg_grants_sql},
    {SKN_PG_LOOK_OBJECT, SKN_PG_LOOK_GRANTS, 0, 0, skn_pg_column_grants_sql},
    {SKN_PG_LOOK_OBJECT, SKN_PG_LOOK_GRANTS, 0, 0, skn_pg_default_privileges_sql},
    {SKN_PG_LOOK_COMMENT, 0, 0, 0, skn_pg_comments_sql},
    {SKN_PG_LOOK_ALIAS, 0, 0, 0, skn_pg_aliases_sql},
    {SKN_PG_LOOK_ALIAS, 0, 140000, 0, skn_pg_multiranges_sql},
    {SKN_PG_LOOK_ALIAS, 0, 0, 0, skn_pg_special_aliases_sql},
    {SKN_PG_LOOK_ALIAS, SKN_PG_LOOK_WHOLE, 150000, 0, skn_pg_publication_aliases_sql},
    {SKN_PG_LOOK_NEED, 0, 0, 0, skn_pg_needs_sql},
    {SKN_PG_LOOK_NEED, 0, 0, 0, skn_pg_mapping_needs_sql},
    {SKN_PG_LOOK_NEED, 0, 0, 0, skn_pg_override_needs_sql},
    {SKN_PG_LOOK_FOREIGN, SKN_PG_LOOK_WHOLE, 0, 0, skn_pg_foreign_sql},
    {SKN_PG_LOOK_FOREIGN, 0, 0, 0, skn_pg_foreign_here_sql},
    {SKN_PG_LOOK_FOREIGN, SKN_PG_LOOK_WHOLE, 0, 0, skn_pg_special_foreign_sql},
    {SKN_PG_LOOK_FOREIGN, SKN_PG_LOOK_WHOLE, 0, 150000, skn_pg_publications_foreign_sql},
};
const size_t skn_pg_look_count = ARRAY_SIZE(skn_pg_looks);

static void prefix_add(struct skn_pg_text *sql, struct skn_str schema)
{
    if (!schema.ptr)
        skn_pg_text_add(sql, "pg_catalog.quote_ident(n.nspname) || '.' || ");
}

static void schemas_add(struct skn_pg_text *sql, struct skn_str schema)
{
    if (!schema.ptr) {
        skn_pg_text_add(sql, "NOT pg_catalog.starts_with(n.nspname::text, 'pg_') AND n.nspname <> "
                             "'information_schema'");
        return;
    }
    skn_pg_text_add(sql, "n.nspname = ");
    skn_pg_text_add_literal(sql, schema);
}

/* The texts that marks with operands stand for: $1 and $2 are those. */
static const struct {
    char mark;
    const char *text;
} templates[] = {
    {'Q', "pg_catalog.quote_ident($1)"},
    {'X', "NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = '$1' AND x.objid = $2 AND "
          "x.deptype = 'e')"},
    {'Y', "NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = '$1' AND x.objid = $2 AND "
          "x.deptype IN ('e', 'i'))"},
    {'L', "CASE WHEN $1 IS NOT NULL THEN pg_catalog.array_to_string(ARRAY(SELECT o FROM "
          "pg_catalog.unnest($1) o ORDER BY o COLLATE \"C\"), E'\\n') END"},
    {'O', "COALESCE(' OPTIONS (' || (SELECT pg_catalog.string_agg(pg_catalog.quote_ident("
          "pg_catalog.split_part(o, '=', 1)) || ' ' || pg_catalog.quote_literal(pg_catalog.substr("
          "o, pg_catalog.strpos(o, '=') + 1)), ', ' ORDER BY o COLLATE \"C\") FROM "
          "pg_catalog.unnest($1) o) || ')', '')"},
    {'C', "CASE WHEN $1 <> '0' AND $1 <> $2.typcollation THEN (SELECT CASE WHEN "
          "pg_catalog.pg_collation_is_visible(co.oid) THEN '' ELSE "
          "pg_catalog.quote_ident(cn.nspname) || '.' END || pg_catalog.quote_ident(co.collname) "
          "FROM pg_collation co JOIN pg_namespace cn ON cn.oid = co.collnamespace WHERE co.oid = "
          "$1) END"},
};

static const char *template_of(char mark)
{
    for (size_t i = 0; i < ARRAY_SIZE(templates); i++)
        if (templates[i].mark == mark)
            return templates[i].text;
    return NULL;
}

/* The template with the operands at, which a colon parts and a semicolon ends; where it ends. */
static const char *template_add(struct skn_pg_text *sql, const char *text, const char *at)
{
    size_t one = strcspn(at, ":;");
    const char *other = at[one] == ':' ? at + one + 1 : at + one;
    size_t two = strcspn(other, ";");
    for (const char *dollar; (dollar = strchr(text, '$')) != NULL; text = dollar + 2) {
        skn_pg_text_add_len(sql, text, (size_t)(dollar - text));
        skn_pg_text_add_len(sql, dollar[1] == '1' ? at : other, dollar[1] == '1' ? one : two);
    }
    skn_pg_text_add(sql, text);
    return other + two + 1;
}

void skn_pg_look_build(const struct skn_pg_look *look, struct skn_str schema,
                       struct skn_pg_text *sql)
{
    const char *at = look->sql;
    skn_pg_text_clear(sql);
    for (const char *mark; (mark = strchr(at, '@')) != NULL;) {
        const char *text = template_of(mark[1]);
        skn_pg_text_add_len(sql, at, (size_t)(mark - at));
        if (mark[1] == 'F')
            schemas_add(sql, schema);
        else if (mark[1] == 'P' || mark[1] == 'Q')
            prefix_add(sql, schema);
        at = text ? template_add(sql, text, mark + 2) : mark + 2;
    }
    skn_pg_text_add(sql, at);
}

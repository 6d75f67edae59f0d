/*
 * The queries of the catalogs, by the files that hold them. In their texts these marks stand for
 * what is built for each look, by queries.c:
 *
 *   @F            n is one of the schemas that are looked at
 *   @P            what the name of something in n is preceded by
 *   @Qname;       such a name
 *   @Xclass:oid;  no extension owns it
 *   @Yclass:oid;  nor anything else
 *   @Llist;       a list of options, one a line
 *   @Olist;       options of foreign data, as they are written
 *   @Cown:type;   a collation that is not the type's own
 *
 * Each may run with a schema of the user's behind pg_catalog in search_path, where somebody may
 * have put functions and operators that fit better than the server's own. So functions carry their
 * schema, and operators get operands of just the types that pg_catalog has them for.
 */
#ifndef SKEIN_PG_QUERIES_H
#define SKEIN_PG_QUERIES_H

#include "facet.h"

extern const char skn_pg_schemas_sql[];
extern const char skn_pg_extensions_sql[];
extern const char skn_pg_collations_old_sql[];
extern const char skn_pg_collations_15_sql[];
extern const char skn_pg_collations_17_sql[];
extern const char skn_pg_types_old_sql[];
extern const char skn_pg_types_14_sql[];
extern const char skn_pg_attributes_sql[];
extern const char skn_pg_relations_sql[];
extern const char skn_pg_columns_old_sql[];
extern const char skn_pg_columns_14_sql[];
extern const char skn_pg_defaults_sql[];
extern const char skn_pg_identities_sql[];
extern const char skn_pg_constraints_sql[];
extern const char skn_pg_indexes_sql[];
extern const char skn_pg_routines_sql[];
extern const char skn_pg_aggregates_sql[];
extern const char skn_pg_triggers_old_sql[];
extern const char skn_pg_triggers_13_sql[];
extern const char skn_pg_rules_sql[];
extern const char skn_pg_policies_sql[];
extern const char skn_pg_owners_sql[];
extern const char skn_pg_replicas_sql[];
extern const char skn_pg_clusters_sql[];
extern const char skn_pg_comments_sql[];
extern const char skn_pg_aliases_sql[];
extern const char skn_pg_multiranges_sql[];
extern const char skn_pg_needs_sql[];
extern const char skn_pg_foreign_sql[];
extern const char skn_pg_foreign_here_sql[];
extern const char skn_pg_operators_sql[];
extern const char skn_pg_families_sql[];
extern const char skn_pg_classes_sql[];
extern const char skn_pg_casts_sql[];
extern const char skn_pg_conversions_sql[];
extern const char skn_pg_dictionaries_sql[];
extern const char skn_pg_configurations_sql[];
extern const char skn_pg_mappings_sql[];
extern const char skn_pg_mapping_needs_sql[];
extern const char skn_pg_wrappers_sql[];
extern const char skn_pg_servers_sql[];
extern const char skn_pg_user_mappings_sql[];
extern const char skn_pg_foreign_tables_sql[];
extern const char skn_pg_statistics_sql[];
extern const char skn_pg_publications_sql[];
extern const char skn_pg_event_triggers_sql[];
extern const char skn_pg_grants_sql[];
extern const char skn_pg_overrides_sql[];
extern const char skn_pg_override_needs_sql[];
extern const char skn_pg_column_grants_sql[];
extern const char skn_pg_default_privileges_sql[];
extern const char skn_pg_special_aliases_sql[];
extern const char skn_pg_publication_aliases_sql[];
extern const char skn_pg_special_foreign_sql[];
extern const char skn_pg_publications_foreign_sql[];

#endif

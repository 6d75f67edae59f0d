/*
 * What is asked of the catalogs about relations, their columns, constraints and indexes, and what
 * a relation has at most one of.
 * Knows nothing of what becomes of the rows.
 */
#include "queries.h"

const char skn_pg_relations_sql[] =
    "SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN"
    " 'sequence' ELSE 'table' END, 1259, c.oid, 0, NULL, NULL, NULL, @Qc.relname;, c.relname,"
    " @Qc.relname;, CASE WHEN c.relkind IN ('v', 'm') THEN"
    " pg_catalog.rtrim(pg_catalog.pg_get_viewdef(c.oid), ';') END, CASE WHEN c.relpersistence ="
    " 'u' THEN 'true' END AS unlogged, CASE WHEN am.amname <> 'heap' THEN"
    " pg_catalog.quote_ident(am.amname) END AS access_method, pg_catalog.quote_ident(ts.spcname)"
    " AS tablespace, @Lc.reloptions; AS options, CASE WHEN c.relkind IN ('r', 'm') THEN"
    " @Ltc.reloptions; END AS toast_options, CASE WHEN c.relrowsecurity THEN 'true' END AS"
    " row_security, CASE WHEN c.relforcerowsecurity THEN 'true' END AS force_row_security, CASE"
    " WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END AS partition_key, CASE"
    " WHEN c.relispartition THEN pg_catalog.pg_get_expr(c.relpartbound, c.oid) END AS bound, CASE"
    " WHEN c.relispartition THEN h.parents END AS partition_of, CASE WHEN NOT c.relispartition"
    " THEN h.parents END AS inherits, CASE WHEN c.relkind = 'v' THEN (SELECT"
    " pg_catalog.string_agg(pg_catalog.quote_ident(va.attname) || ' ' ||"
    " pg_catalog.format_type(va.atttypid, va.atttypmod), E'\\n' ORDER BY va.attnum)"
    " FROM pg_attribute va WHERE va.attrelid = c.oid AND va.attnum > 0) END AS \"+columns\", CASE"
    " WHEN c.relkind = 'm' AND NOT c.relispopulated THEN 'true' END AS \"-empty\", CASE WHEN"
    " c.relacl IS NOT NULL THEN 'true' END AS \"-granted\", CASE WHEN c.relkind = 'S' THEN"
    " pg_catalog.format_type(s.seqtypid, NULL) END AS type, s.seqstart AS start, s.seqincrement"
    " AS increment, s.seqmin AS min, s.seqmax AS max, s.seqcache AS cache, CASE WHEN s.seqcycle"
    " THEN 'true' END AS cycle FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " LEFT JOIN pg_am am ON am.oid = c.relam LEFT JOIN pg_tablespace ts ON ts.oid ="
    " c.reltablespace LEFT JOIN pg_class tc ON tc.oid = c.reltoastrelid"
    " LEFT JOIN pg_sequence s ON s.seqrelid = c.oid LEFT JOIN (SELECT i.inhrelid,"
    " pg_catalog.string_agg(CASE WHEN pg_catalog.pg_table_is_visible(p.oid) THEN '' ELSE"
    " pg_catalog.quote_ident(pn.nspname) || '.' END || pg_catalog.quote_ident(p.relname), ', '"
    " ORDER BY i.inhseqno) AS parents FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent"
    " JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE p.relkind IN ('r', 'p')"
    " GROUP BY i.inhrelid) h ON h.inhrelid = c.oid WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S')"
    " AND c.reloftype = '0' AND c.relpersistence <> 't' AND @F AND NOT EXISTS (SELECT"
    " FROM pg_depend x WHERE x.classid = '1259' AND x.objid = c.oid AND (x.deptype = 'e' OR"
    " (x.deptype = 'i' AND c.relkind = 'S')))";

#define COLUMNS_SQL(piece)                                                                         \
    "SELECT CASE WHEN a.attgenerated = '' THEN 'column' ELSE 'generated column' END, 1259,"        \
    " a.attrelid, a.attnum, 1259, a.attrelid, 0, pg_catalog.quote_ident(a.attname), a.attname,"    \
    " NULL, NULL, pg_catalog.format_type(a.atttypid, a.atttypmod) AS type, @Ca.attcollation:t; AS" \
    " collation, CASE WHEN a.attnotnull THEN 'true' END AS notnull, CASE WHEN a.attgenerated <>"   \
    " '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END AS generated, CASE WHEN a.attstorage" \
    " <> t.typstorage THEN a.attstorage END AS storage, CASE" piece                                \
    " a.attstattarget >= 0 THEN a.attstattarget END AS statistics, CASE WHEN a.attoptions IS NOT"  \
    " NULL THEN (SELECT pg_catalog.string_agg(o, E'\\n' ORDER BY o COLLATE \"C\")"                 \
    " FROM pg_catalog.unnest(a.attoptions) o WHERE pg_catalog.split_part(o, '=', 1) IN"            \
    " ('n_distinct', 'n_distinct_inherited')) END AS options, a.attnum AS \"+position\""           \
    " FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid ="    \
    " c.relnamespace JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid ="   \
    " a.attrelid AND d.adnum = a.attnum WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT"    \
    " a.attisdropped AND a.attinhcount = 0 AND @F ORDER BY a.attrelid, a.attnum"

const char skn_pg_columns_old_sql[] = COLUMNS_SQL(" WHEN");
const char skn_pg_columns_14_sql[] = COLUMNS_SQL(
    " a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END AS compression, CASE WHEN");

/* Functions of the server's own leave no trace in pg_depend; their numbers stand in the expression.
 */
const char skn_pg_defaults_sql[] =
    "SELECT 'default', 2604, d.oid, 0, 1259, d.adrelid, d.adnum,"
    " pg_catalog.quote_ident(a.attname), a.attname, NULL, e.text, CASE WHEN"
    " pg_catalog.starts_with(e.text, 'nextval(') OR (pg_catalog.strpos(e.text, '(') > 0 AND"
    " EXISTS (SELECT FROM pg_catalog.regexp_matches(d.adbin::text, ':(?:op)?funcid (\\d+)', 'g')"
    " m JOIN pg_proc p ON p.oid = m[1]::oid WHERE p.provolatile = 'v')) THEN 'true' END AS"
    " \"-volatile\" FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum"
    " = d.adnum JOIN pg_class c ON c.oid = d.adrelid JOIN pg_namespace n ON n.oid ="
    " c.relnamespace, LATERAL (SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS text OFFSET"
    " 0) e WHERE c.relkind IN ('r', 'p', 'v') AND a.attgenerated = '' AND (a.attinhcount = 0 OR"
    " c.relkind = 'v') AND @F";

/* The sequence's name is a place that it takes, so that a sequence of that name can leave it. */
const char skn_pg_identities_sql[] =
    "SELECT 'identity', 1, a.attrelid, a.attnum, 1259, a.attrelid, a.attnum, 'identity',"
    " a.attname, @Qc.relname;, NULL, CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT'"
    " END AS generated, s.seqstart AS start, s.seqincrement AS increment, s.seqmin AS min,"
    " s.seqmax AS max, s.seqcache AS cache, CASE WHEN s.seqcycle THEN 'true' END AS cycle"
    " FROM pg_attribute a JOIN pg_depend x ON x.refclassid = '1259' AND x.refobjid = a.attrelid"
    " AND x.refobjsubid = a.attnum AND x.classid = '1259' AND x.deptype = 'i'"
    " JOIN pg_class c ON c.oid = x.objid AND c.relkind = 'S' JOIN pg_namespace n ON n.oid ="
    " c.relnamespace JOIN pg_sequence s ON s.seqrelid = c.oid WHERE a.attidentity <> '' AND"
    " a.attinhcount = 0 AND @F";

const char skn_pg_constraints_sql[] =
    "SELECT CASE WHEN k.contypid <> '0' THEN 'domain constraint' WHEN k.contype = 'f' THEN"
    " 'foreign key' ELSE 'constraint' END, 2606, k.oid, 0, CASE WHEN k.contypid <> '0' THEN 1247"
    " ELSE 1259 END, CASE WHEN k.contypid <> '0' THEN k.contypid ELSE k.conrelid END, 0,"
    " pg_catalog.quote_ident(k.conname), k.conname, CASE WHEN k.contype IN ('p', 'u', 'x') THEN"
    " @Qk.conname; END, CASE WHEN k.convalidated THEN e.text ELSE"
    " pg_catalog.regexp_replace(e.text, ' NOT VALID$', '') END, CASE WHEN NOT k.convalidated THEN"
    " 'true' END AS not_valid, @Lic.reloptions; AS options, pg_catalog.quote_ident(ts.spcname) AS"
    " tablespace, CASE WHEN k.contype IN ('p', 'u', 'x') THEN @Qk.conname; END AS \"+index\","
    " k.contype AS \"-type\" FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace"
    " LEFT JOIN pg_class ic ON ic.oid = k.conindid AND k.contype IN ('p', 'u', 'x')"
    " LEFT JOIN pg_tablespace ts ON ts.oid = ic.reltablespace, LATERAL (SELECT"
    " pg_catalog.pg_get_constraintdef(k.oid) AS text) e WHERE k.contype IN ('p', 'u', 'f', 'c',"
    " 'x') AND k.conparentid = '0' AND (k.coninhcount = 0 OR k.contypid <> '0') AND @F"
    " ORDER BY k.conrelid, k.contypid, k.conname";

/* The definition's head is written anew: it always names the table with its schema, and says ONLY
 * of an index that has parts. */
const char skn_pg_indexes_sql[] =
    "SELECT 'index', 1259, i.indexrelid, 0, 1259, i.indrelid, 0, @Qic.relname;, ic.relname,"
    " @Qic.relname;, 'CREATE ' || h.uniq || 'INDEX ' || pg_catalog.quote_ident(ic.relname) || '"
    " ON ' || @Qc.relname; || pg_catalog.substr(pg_catalog.pg_get_indexdef(i.indexrelid),"
    " pg_catalog.length('CREATE ' || h.uniq || 'INDEX ' || pg_catalog.quote_ident(ic.relname) ||"
    " ' ON ' || CASE WHEN ic.relkind = 'I' THEN 'ONLY ' ELSE '' END ||"
    " pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)) + 1), CASE"
    " WHEN NOT i.indisvalid THEN 'true' END AS invalid, pg_catalog.quote_ident(ts.spcname) AS"
    " tablespace, CASE WHEN i.indexprs IS NOT NULL THEN (SELECT pg_catalog.string_agg(sa.attnum"
    " || '=' || sa.attstattarget, E'\\n' ORDER BY sa.attnum) FROM pg_attribute sa"
    " WHERE sa.attrelid = i.indexrelid AND sa.attstattarget >= 0) END AS statistics, CASE WHEN"
    " ic.relkind = 'I' THEN 'true' END AS \"-partitioned\" FROM pg_index i"
    " JOIN pg_class ic ON ic.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid"
    " JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_tablespace ts ON ts.oid ="
    " ic.reltablespace, LATERAL (SELECT CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END AS"
    " uniq) h WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND"
    " k.contype IN ('p', 'u', 'x')) AND NOT ic.relispartition AND @F ORDER BY i.indrelid,"
    " ic.relname";

const char skn_pg_owners_sql[] =
    "SELECT 'sequence owner', 2, c.oid, 0, 1259, c.oid, 0, 'owner', c.relname, NULL,"
    " @Qoc.relname; || '.' || pg_catalog.quote_ident(oa.attname) FROM pg_class c"
    " JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_depend x ON x.classid = '1259' AND"
    " x.objid = c.oid AND x.refclassid = '1259' AND x.deptype = 'a' JOIN pg_class oc ON oc.oid ="
    " x.refobjid JOIN pg_attribute oa ON oa.attrelid = x.refobjid AND oa.attnum = x.refobjsubid"
    " WHERE c.relkind = 'S' AND @F";

const char skn_pg_replicas_sql[] =
    "SELECT 'replica identity', 3, c.oid, 0, 1259, c.oid, 0, 'replica identity', c.relname, NULL,"
    " CASE c.relreplident WHEN 'f' THEN 'FULL' WHEN 'n' THEN 'NOTHING' ELSE 'USING INDEX ' ||"
    " pg_catalog.quote_ident(ic.relname) END FROM pg_class c JOIN pg_namespace n ON n.oid ="
    " c.relnamespace LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisreplident"
    " LEFT JOIN pg_class ic ON ic.oid = i.indexrelid WHERE c.relkind IN ('r', 'p') AND"
    " c.relreplident <> 'd' AND (c.relreplident <> 'i' OR ic.oid IS NOT NULL) AND @F";

const char skn_pg_clusters_sql[] =
    "SELECT 'cluster order', 4, i.indrelid, 0, 1259, i.indrelid, 0, 'cluster order', ic.relname,"
    " NULL, pg_catalog.quote_ident(ic.relname) FROM pg_index i JOIN pg_class ic ON ic.oid ="
    " i.indexrelid JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid ="
    " c.relnamespace WHERE i.indisclustered AND @F";

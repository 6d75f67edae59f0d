/*
 * What is asked of the catalogs about schemas, extensions, collations and types.
 * Knows nothing of what becomes of the rows.
 */
#include "queries.h"

const char skn_pg_schemas_sql[] =
    "SELECT 'schema', 2615, n.oid, 0, NULL, NULL, NULL, pg_catalog.quote_ident(n.nspname),"
    " n.nspname, NULL, NULL FROM pg_namespace n WHERE @F AND @X2615:n.oid;";

const char skn_pg_extensions_sql[] =
    "SELECT 'extension', 3079, e.oid, 0, NULL, NULL, NULL, pg_catalog.quote_ident(e.extname),"
    " e.extname, NULL, NULL, CASE WHEN @X2615:n.oid; THEN pg_catalog.quote_ident(n.nspname) END"
    " AS schema, e.extversion AS \"-version\" FROM pg_extension e JOIN pg_namespace n ON n.oid ="
    " e.extnamespace WHERE e.extname <> 'plpgsql'";

#define COLLATIONS_SQL(piece)                                                                      \
    "SELECT 'collation', 3456, c.oid, 0, NULL, NULL, NULL, @Qc.collname;, c.collname, NULL,"       \
    " pg_catalog.concat_ws(', ', 'provider = ' || CASE c.collprovider WHEN 'i' THEN 'icu' WHEN"    \
    " 'b' THEN 'builtin' ELSE 'libc' END, 'lc_collate = ' ||"                                      \
    " pg_catalog.quote_literal(c.collcollate), 'lc_ctype = ' ||"                                   \
    " pg_catalog.quote_literal(c.collctype)," piece                                                \
    " WHEN NOT c.collisdeterministic THEN 'deterministic = false' END)"                            \
    " FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace"                          \
    " WHERE @F AND @X3456:c.oid;"

const char skn_pg_collations_old_sql[] = COLLATIONS_SQL(" CASE");
const char skn_pg_collations_15_sql[] =
    COLLATIONS_SQL(" 'locale = ' || pg_catalog.quote_literal(c.colliculocale), CASE");
const char skn_pg_collations_17_sql[] =
    COLLATIONS_SQL(" 'locale = ' || pg_catalog.quote_literal(c.colllocale), CASE");

#define TYPES_SQL(piece)                                                                           \
    "SELECT CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'c' THEN 'composite"   \
    " type' ELSE 'range type' END, 1247, t.oid, 0, NULL, NULL, NULL, @Qt.typname;, t.typname,"     \
    " @Qt.typname;, CASE t.typtype WHEN 'e' THEN (SELECT"                                          \
    " pg_catalog.string_agg(pg_catalog.quote_literal(l.enumlabel), ', '"                           \
    " ORDER BY l.enumsortorder) FROM pg_enum l WHERE l.enumtypid = t.oid) WHEN 'r' THEN (SELECT"   \
    " pg_catalog.concat_ws(', ', 'SUBTYPE = ' || pg_catalog.format_type(r.rngsubtype, NULL), CASE" \
    " WHEN NOT oc.opcdefault THEN 'SUBTYPE_OPCLASS = ' || pg_catalog.quote_ident(ocn.nspname) ||"  \
    " '.' || pg_catalog.quote_ident(oc.opcname) END, 'COLLATION = ' || @Cr.rngcollation:rs;, CASE" \
    " WHEN r.rngcanonical <> '0' THEN 'CANONICAL = ' || r.rngcanonical::text END, CASE WHEN"       \
    " r.rngsubdiff <> '0' THEN 'SUBTYPE_DIFF = ' || r.rngsubdiff::text" piece                      \
    " FROM pg_range r JOIN pg_type rs ON rs.oid = r.rngsubtype JOIN pg_opclass oc ON oc.oid ="     \
    " r.rngsubopc JOIN pg_namespace ocn ON ocn.oid = oc.opcnamespace WHERE r.rngtypid = t.oid)"    \
    " END, CASE t.typtype WHEN 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod) END AS" \
    " type, CASE t.typtype WHEN 'd' THEN @Ct.typcollation:bs; END AS collation, CASE WHEN"         \
    " t.typtype = 'd' AND t.typnotnull THEN 'true' END AS notnull, CASE t.typtype WHEN 'd' THEN"   \
    " COALESCE(pg_catalog.pg_get_expr(t.typdefaultbin, '0'), t.typdefault) END AS \"default\""     \
    " FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_type bs ON bs.oid" \
    " = t.typbasetype LEFT JOIN pg_class c ON c.oid = t.typrelid WHERE (t.typtype IN ('e', 'd',"   \
    " 'r') OR (t.typtype = 'c' AND c.relkind = 'c')) AND @F AND @X1247:t.oid;"

const char skn_pg_types_old_sql[] = TYPES_SQL(" END)");
const char skn_pg_types_14_sql[] =
    TYPES_SQL(" END, (SELECT 'MULTIRANGE_TYPE_NAME = ' || @Qmt.typname; FROM pg_type mt WHERE "
              "mt.oid = r.rngmultitypid))");

const char skn_pg_attributes_sql[] =
    "SELECT 'attribute', 1259, a.attrelid, a.attnum, 1247, c.reltype, 0,"
    " pg_catalog.quote_ident(a.attname), a.attname, NULL, NULL,"
    " pg_catalog.format_type(a.atttypid, a.atttypmod) AS type, @Ca.attcollation:t; AS collation"
    " FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid ="
    " c.relnamespace JOIN pg_type t ON t.oid = a.atttypid WHERE c.relkind = 'c' AND a.attnum > 0"
    " AND NOT a.attisdropped AND @F ORDER BY a.attrelid, a.attnum";

/*
 * What is asked of the catalogs about comments, what stands for what, what needs what, and what
 * there is no kind for.
 * Knows nothing of what becomes of the rows.
 */
#include "queries.h"

const char skn_pg_comments_sql[] =
    "SELECT d.classoid, d.objoid, d.objsubid, pg_catalog.quote_ident(a.attname), d.description"
    " FROM pg_description d LEFT JOIN pg_attribute a ON d.classoid = '1259' AND a.attrelid ="
    " d.objoid AND a.attnum = d.objsubid AND d.objsubid > 0 WHERE (d.objoid >= '16384' OR"
    " (d.classoid = '2615' AND d.objoid = '2200')) AND d.classoid <> '3079'";

const char skn_pg_aliases_sql[] =
    "SELECT 2618, r.oid, 0, 1259, r.ev_class, 0 FROM pg_rewrite r WHERE r.oid >= '16384' AND"
    " r.rulename = '_RETURN' UNION ALL SELECT 2604, d.oid, 0, 1259, d.adrelid, d.adnum"
    " FROM pg_attrdef d WHERE d.oid >= '16384' UNION ALL SELECT 1247, t.oid, 0, 1259, t.typrelid,"
    " 0 FROM pg_type t WHERE t.oid >= '16384' AND t.typrelid <> '0' UNION ALL SELECT 1259, c.oid,"
    " 0, 1247, c.reltype, 0 FROM pg_class c WHERE c.oid >= '16384' AND c.relkind = 'c'"
    " UNION ALL SELECT 1247, t.oid, 0, 1247, t.typelem, 0 FROM pg_type t"
    " WHERE t.oid >= '16384' AND t.typelem >= '16384' AND t.typcategory = 'A'"
    " UNION ALL SELECT 1259, k.conindid, 0, 2606, k.oid, 0 FROM pg_constraint k"
    " WHERE k.oid >= '16384' AND k.contype IN ('p', 'u', 'x') UNION ALL SELECT 1259, i.inhrelid,"
    " 0, 1259, i.inhparent, 0 FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid AND"
    " c.relkind IN ('i', 'I') UNION ALL SELECT 2606, k.oid, 0, 2606, k.conparentid, 0"
    " FROM pg_constraint k WHERE k.oid >= '16384' AND k.conparentid <> '0'"
    " UNION ALL SELECT 1259, i.inhrelid, a.attnum, 1259, i.inhparent, pa.attnum"
    " FROM pg_inherits i JOIN pg_attribute a ON a.attrelid = i.inhrelid AND a.attinhcount > 0 AND"
    " NOT a.attisdropped AND a.attnum > 0 JOIN pg_attribute pa ON pa.attrelid = i.inhparent AND"
    " pa.attname = a.attname UNION ALL SELECT x.classid, x.objid, x.objsubid, x.refclassid,"
    " x.refobjid, 0 FROM pg_depend x WHERE x.deptype = 'e' AND x.objid >= '16384'"
    " UNION ALL SELECT 1259, x.objid, 0, 1, x.refobjid, x.refobjsubid FROM pg_depend x"
    " WHERE x.classid = '1259' AND x.refclassid = '1259' AND x.deptype = 'i' AND x.refobjsubid >"
    " 0 AND x.objid >= '16384'";

const char skn_pg_multiranges_sql[] =
    "SELECT 1247, r.rngmultitypid, 0, 1247, r.rngtypid, 0 FROM pg_range r"
    " WHERE r.rngtypid >= '16384'";

/* A sequence does not need the column that owns it; that it is owned does. */
const char skn_pg_needs_sql[] =
    "SELECT CASE WHEN o.oid IS NULL THEN d.classid ELSE '2' END, d.objid, d.objsubid,"
    " d.refclassid, d.refobjid, d.refobjsubid FROM pg_depend d LEFT JOIN pg_class o ON d.classid"
    " = '1259' AND d.refclassid = '1259' AND d.deptype = 'a' AND o.oid = d.objid AND o.relkind ="
    " 'S' WHERE d.deptype IN ('n', 'a', 'i', 'P', 'S') AND d.objid >= '16384' AND (d.refobjid >="
    " '16384' OR (d.refclassid = '2615' AND d.refobjid = '2200')) UNION ALL SELECT 3, i.indrelid,"
    " 0, 1259, i.indexrelid, 0 FROM pg_index i WHERE i.indisreplident UNION ALL SELECT 4,"
    " i.indrelid, 0, 1259, i.indexrelid, 0 FROM pg_index i WHERE i.indisclustered";

const char skn_pg_foreign_sql[] =
    "SELECT 'text search parser', f.prsname::text FROM pg_ts_parser f WHERE f.oid >= '16384' AND"
    " @Y3601:f.oid; UNION ALL SELECT 'text search template', f.tmplname::text FROM pg_ts_template f"
    " WHERE f.oid >= '16384' AND @Y3764:f.oid; UNION ALL SELECT 'language', f.lanname::text FROM"
    " pg_language f WHERE f.oid >= '16384' AND @Y2612:f.oid; UNION ALL SELECT 'transform',"
    " pg_catalog.format_type(f.trftype, NULL) FROM pg_transform f WHERE f.oid >= '16384' AND"
    " @Y3576:f.oid; UNION ALL SELECT 'access method', f.amname::text FROM pg_am f WHERE f.oid >="
    " '16384' AND @Y2601:f.oid; UNION ALL SELECT 'security label', s.label FROM pg_seclabel s";

const char skn_pg_foreign_here_sql[] =
    "SELECT CASE c.relkind WHEN 'f' THEN 'foreign table with a parent' ELSE 'typed table' END,"
    " @Qc.relname; FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE"
    " (c.reloftype <> '0' OR (c.relkind = 'f' AND EXISTS (SELECT FROM pg_inherits i WHERE"
    " i.inhrelid = c.oid))) AND @F AND @X1259:c.oid; UNION ALL SELECT CASE WHEN t.typisdefined"
    " THEN 'base type' ELSE 'shell type' END, @Qt.typname; FROM pg_type t JOIN pg_namespace n ON"
    " n.oid = t.typnamespace WHERE ((t.typtype = 'b' AND t.typelem = '0') OR NOT t.typisdefined)"
    " AND @F AND @X1247:t.oid;";

/* A column that comes from a parent is no object; where its default or null is not the parent's,
 * that is one. */
#define OVERRIDES                                                                                  \
    " FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid AND c.relkind IN ('r', 'p')"        \
    " JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid ="           \
    " i.inhrelid AND a.attnum > 0 AND NOT a.attisdropped AND a.attinhcount = 1 JOIN"               \
    " pg_attribute pa ON pa.attrelid = i.inhparent AND pa.attname = a.attname LEFT JOIN"           \
    " pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum LEFT JOIN pg_attrdef pd ON"    \
    " pd.adrelid = pa.attrelid AND pd.adnum = pa.attnum, LATERAL (SELECT"                          \
    " pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS own, pg_catalog.pg_get_expr(pd.adbin,"         \
    " pd.adrelid) AS parents, a.attnotnull <> pa.attnotnull AND NOT EXISTS (SELECT FROM"           \
    " pg_constraint k WHERE k.conrelid = a.attrelid AND k.contype = 'p') AS stricter OFFSET 0)"    \
    " e WHERE @F AND (e.stricter OR e.own IS DISTINCT FROM e.parents)"

const char skn_pg_overrides_sql[] =
    "SELECT 'inherited column', 8, a.attrelid, a.attnum, 1259, a.attrelid, 0,"
    " pg_catalog.quote_ident(a.attname), a.attname, NULL, NULL, CASE WHEN e.own IS DISTINCT FROM"
    " e.parents THEN COALESCE(e.own, '') END AS \"default\", e.parents AS over, CASE WHEN"
    " e.stricter THEN a.attnotnull::text END AS notnull" OVERRIDES;

const char skn_pg_override_needs_sql[] =
    "SELECT 8, a.attrelid, a.attnum, 1259, pa.attrelid, pa.attnum" OVERRIDES
    " UNION ALL SELECT 8, a.attrelid, a.attnum, 2604, pd.oid, 0" OVERRIDES
    " AND pd.oid IS NOT NULL";

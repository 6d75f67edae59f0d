/*
 * What is asked of the catalogs: one query a family of objects, the same for a schema of any size.
 * Knows nothing of what becomes of the rows.
 *
 * Each may run with a schema of the user's behind pg_catalog in search_path, where somebody may
 * have put functions and operators that fit better than the server's own. So functions carry their
 * schema, and operators get operands of just the types that pg_catalog has them for.
 */
#include "facet.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* The numbers of the catalogs, which never change. */
#define TYPES "1247"
#define ROUTINES "1255"
#define RELATIONS "1259"
#define DEFAULTS "2604"
#define CONSTRAINTS "2606"
#define SCHEMAS "2615"
#define REWRITES "2618"
#define TRIGGERS "2620"
#define EXTENSIONS "3079"
#define POLICIES "3256"
#define COLLATIONS "3456"
/* Places of our own. */
#define IDENTITIES "1"
#define OWNERS "2"
#define REPLICAS "3"
#define CLUSTERS "4"

#define ID(name) "@P pg_catalog.quote_ident(" name ")"
#define NO_PARENT "NULL, NULL, NULL"
#define NO_MEMBER(class, oid)                                                                      \
    "NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = '" class "' AND x.objid = " oid         \
                                                                    " AND x.deptype = 'e')"
#define LINES(array)                                                                               \
    "CASE WHEN " array " IS NOT NULL THEN pg_catalog.array_to_string(ARRAY(SELECT o FROM "         \
    "pg_catalog.unnest(" array ") o ORDER BY o COLLATE \"C\"), E'\\n') END"
#define COLLATION(own, type)                                                                       \
    "CASE WHEN " own " <> '0' AND " own " <> " type ".typcollation THEN (SELECT "                  \
    "CASE WHEN pg_catalog.pg_collation_is_visible(co.oid) THEN '' ELSE "                           \
    "pg_catalog.quote_ident(cn.nspname) || '.' END || pg_catalog.quote_ident(co.collname) "        \
    "FROM pg_collation co JOIN pg_namespace cn ON cn.oid = co.collnamespace WHERE co.oid = " own   \
    ") END"
#define SEQUENCE_ATTRS(s)                                                                          \
    s ".seqstart AS start, " s ".seqincrement AS increment, " s ".seqmin AS min, " s               \
      ".seqmax AS max, " s ".seqcache AS cache, CASE WHEN " s ".seqcycle THEN 'true' END AS cycle"

/* ---- schemas, extensions, types ---- */

static const char schemas_sql[] = "SELECT 'schema', " SCHEMAS ", n.oid, 0, " NO_PARENT
                                  ", pg_catalog.quote_ident(n.nspname), n.nspname, NULL, NULL"
                                  " FROM pg_namespace n WHERE @F AND " NO_MEMBER(SCHEMAS, "n.oid");

static const char extensions_sql[] =
    "SELECT 'extension', " EXTENSIONS ", e.oid, 0, " NO_PARENT
    ", pg_catalog.quote_ident(e.extname), e.extname, NULL, NULL, CASE WHEN " NO_MEMBER(
        SCHEMAS,
        "n.oid") " THEN pg_catalog.quote_ident(n.nspname) END AS schema, e.extversion AS "
                 "\"-version\""
                 " FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE "
                 "e.extname <> 'plpgsql'";

#define COLLATIONS_SQL(locale)                                                                     \
    "SELECT 'collation', " COLLATIONS ", c.oid, 0, " NO_PARENT                                     \
    ", " ID("c.collname") ", c.collname, NULL, pg_catalog.concat_ws(', ', 'provider = ' || CASE "  \
                          "c.collprovider WHEN "                                                   \
                          "'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END, " locale        \
                          ", CASE WHEN NOT "                                                       \
                          "c.collisdeterministic THEN 'deterministic = false' END)"                \
                          " FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace "   \
                          "WHERE @F AND " NO_MEMBER(COLLATIONS, "c.oid")
#define LIBC_LOCALE                                                                                \
    "'lc_collate = ' || pg_catalog.quote_literal(c.collcollate), 'lc_ctype = ' || "                \
    "pg_catalog.quote_literal(c.collctype)"

static const char collations_old_sql[] = COLLATIONS_SQL(LIBC_LOCALE);
static const char collations_15_sql[] =
    COLLATIONS_SQL(LIBC_LOCALE ", 'locale = ' || pg_catalog.quote_literal(c.colliculocale)");
static const char collations_17_sql[] =
    COLLATIONS_SQL(LIBC_LOCALE ", 'locale = ' || pg_catalog.quote_literal(c.colllocale)");

#define TYPES_SQL(multirange)                                                                      \
    "SELECT CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'c' THEN "             \
    "'composite type' ELSE 'range type' END, " TYPES ", t.oid, 0, " NO_PARENT                      \
    ", " ID("t.typname") ", t.typname, " ID(                                                       \
        "t.typname") ", CASE t.typtype WHEN 'e' THEN (SELECT "                                     \
                     "pg_catalog.string_agg(pg_catalog.quote_literal(l.enumlabel), ', ' ORDER BY " \
                     "l.enumsortorder) FROM pg_enum l WHERE l.enumtypid = t.oid)"                  \
                     " WHEN 'r' THEN (SELECT pg_catalog.concat_ws(', ', 'SUBTYPE = ' || "          \
                     "pg_catalog.format_type(r.rngsubtype, NULL), CASE WHEN NOT oc.opcdefault "    \
                     "THEN "                                                                       \
                     "'SUBTYPE_OPCLASS = ' || pg_catalog.quote_ident(ocn.nspname) || '.' || "      \
                     "pg_catalog.quote_ident(oc.opcname) END, 'COLLATION = ' || " COLLATION(       \
                         "r.rngcollation",                                                         \
                         "rs") ", CASE WHEN r.rngcanonical <> '0' THEN 'CANONICAL = ' || "         \
                               "r.rngcanonical::text END, CASE "                                   \
                               "WHEN r.rngsubdiff <> '0' THEN 'SUBTYPE_DIFF = ' || "               \
                               "r.rngsubdiff::text END" multirange ") "                            \
                               "FROM pg_range r JOIN pg_type rs ON rs.oid = r.rngsubtype JOIN "    \
                               "pg_opclass oc ON oc.oid = "                                        \
                               "r.rngsubopc JOIN pg_namespace ocn ON ocn.oid = oc.opcnamespace "   \
                               "WHERE r.rngtypid = t.oid) "                                        \
                               "END, CASE t.typtype WHEN 'd' THEN "                                \
                               "pg_catalog.format_type(t.typbasetype, t.typtypmod) END AS "        \
                               "type, CASE t.typtype WHEN 'd' THEN " COLLATION(                    \
                                   "t.typcollation",                                               \
                                   "bs") " END AS collation, "                                     \
                                         "CASE WHEN t.typtype = 'd' AND t.typnotnull THEN 'true' " \
                                         "END AS notnull, CASE t.typtype WHEN "                    \
                                         "'d' THEN "                                               \
                                         "COALESCE(pg_catalog.pg_get_expr(t.typdefaultbin, '0'), " \
                                         "t.typdefault) END AS "                                   \
                                         "\"default\""                                             \
                                         " FROM pg_type t JOIN pg_namespace n ON n.oid = "         \
                                         "t.typnamespace LEFT JOIN pg_type bs ON "                 \
                                         "bs.oid = t.typbasetype LEFT JOIN pg_class c ON c.oid = " \
                                         "t.typrelid"                                              \
                                         " WHERE (t.typtype IN ('e', 'd', 'r') OR (t.typtype = "   \
                                         "'c' AND c.relkind = 'c')) AND @F "                       \
                                         "AND " NO_MEMBER(TYPES, "t.oid")

static const char types_old_sql[] = TYPES_SQL("");
static const char types_14_sql[] = TYPES_SQL(
    ", (SELECT 'MULTIRANGE_TYPE_NAME = ' || @P pg_catalog.quote_ident(mt.typname) FROM pg_type mt "
    "WHERE mt.oid = r.rngmultitypid)");

static const char attributes_sql[] =
    "SELECT 'attribute', " RELATIONS ", a.attrelid, a.attnum, " TYPES
    ", c.reltype, 0, pg_catalog.quote_ident(a.attname), a.attname, NULL, NULL, "
    "pg_catalog.format_type(a.atttypid, a.atttypmod) AS type, " COLLATION(
        "a.attcollation", "t") " AS collation FROM pg_attribute a JOIN pg_class c ON c.oid = "
                               "a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN "
                               "pg_type t ON t.oid = a.atttypid WHERE c.relkind = 'c' AND a.attnum "
                               "> 0 AND NOT a.attisdropped AND @F ORDER BY a.attrelid, a.attnum";

/* ---- relations ---- */

static const char relations_sql[] =
    "SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN "
    "'sequence' ELSE 'table' END, " RELATIONS ", c.oid, 0, " NO_PARENT
    ", " ID("c.relname") ", c.relname, " ID(
        "c.relname") ", CASE WHEN c.relkind IN ('v', 'm') THEN "
                     "pg_catalog.rtrim(pg_catalog.pg_get_viewdef(c.oid), ';') END, "
                     "CASE WHEN c.relpersistence = 'u' THEN 'true' END AS unlogged, CASE WHEN "
                     "am.amname <> 'heap' "
                     "THEN pg_catalog.quote_ident(am.amname) END AS access_method, "
                     "pg_catalog.quote_ident(ts.spcname) AS tablespace, " LINES(
                         "c.reloptions") " AS options, CASE WHEN c.relkind IN ('r', 'm') "
                                         "THEN " LINES("tc.reloptions") " END AS toast_options, "
                                                                        "CASE WHEN "
                                                                        "c.relrowsecurity THEN "
                                                                        "'true' END AS "
                                                                        "row_security, CASE WHEN "
                                                                        "c.relforcerowsecurity "
                                                                        "THEN 'true' END AS "
                                                                        "force_row_security, CASE "
                                                                        "WHEN c.relkind = 'p' THEN "
                                                                        "pg_catalog.pg_get_"
                                                                        "partkeydef(c.oid) END AS "
                                                                        "partition_key, CASE WHEN "
                                                                        "c.relispartition THEN "
                                                                        "pg_catalog.pg_get_expr(c."
                                                                        "relpartbound, c.oid) END "
                                                                        "AS bound, CASE WHEN "
                                                                        "c.relispartition THEN "
                                                                        "h.parents END AS "
                                                                        "partition_of, CASE WHEN "
                                                                        "NOT c.relispartition THEN "
                                                                        "h.parents END AS "
                                                                        "inherits, "
                                                                        "CASE WHEN c.relkind = 'v' "
                                                                        "THEN (SELECT "
                                                                        "pg_catalog.string_agg(pg_"
                                                                        "catalog.quote_ident("
                                                                        "va.attname) || ' ' || "
                                                                        "pg_catalog.format_type(va."
                                                                        "atttypid, va.atttypmod), "
                                                                        "E'\\n' ORDER BY "
                                                                        "va.attnum) FROM "
                                                                        "pg_attribute va WHERE "
                                                                        "va.attrelid = c.oid AND "
                                                                        "va.attnum > 0) END AS "
                                                                        "\"+columns\", CASE WHEN "
                                                                        "c.relkind = 'm' AND NOT "
                                                                        "c.relispopulated THEN "
                                                                        "'true' END AS "
                                                                        "\"-empty\", CASE WHEN "
                                                                        "c.relacl IS NOT NULL THEN "
                                                                        "'true' END AS "
                                                                        "\"-granted\", CASE WHEN "
                                                                        "c.relkind = 'S' THEN "
                                                                        "pg_catalog.format_type(s."
                                                                        "seqtypid, NULL) END AS "
                                                                        "type, " SEQUENCE_ATTRS(
                                                                            "s") " FROM pg_class c "
                                                                                 "JOIN "
                                                                                 "pg_namespace n "
                                                                                 "ON n.oid = "
                                                                                 "c.relnamespace "
                                                                                 "LEFT JOIN pg_am "
                                                                                 "am ON "
                                                                                 "am.oid = c.relam "
                                                                                 "LEFT JOIN "
                                                                                 "pg_tablespace ts "
                                                                                 "ON ts.oid = "
                                                                                 "c.reltablespace "
                                                                                 "LEFT JOIN "
                                                                                 "pg_class tc ON "
                                                                                 "tc.oid = "
                                                                                 "c.reltoastrelid "
                                                                                 "LEFT JOIN "
                                                                                 "pg_sequence s ON "
                                                                                 "s.seqrelid = "
                                                                                 "c.oid "
                                                                                 "LEFT JOIN "
                                                                                 "(SELECT "
                                                                                 "i.inhrelid, "
                                                                                 "pg_catalog."
                                                                                 "string_agg(CASE "
                                                                                 "WHEN "
                                                                                 "pg_catalog.pg_"
                                                                                 "table_is_visible("
                                                                                 "p.oid) THEN '' "
                                                                                 "ELSE "
                                                                                 "pg_catalog.quote_"
                                                                                 "ident(pn.nspname)"
                                                                                 " "
                                                                                 "|| '.' END || "
                                                                                 "pg_catalog.quote_"
                                                                                 "ident(p.relname),"
                                                                                 " ', ' ORDER BY "
                                                                                 "i.inhseqno) AS "
                                                                                 "parents "
                                                                                 "FROM pg_inherits "
                                                                                 "i JOIN pg_class "
                                                                                 "p ON p.oid = "
                                                                                 "i.inhparent JOIN "
                                                                                 "pg_namespace pn "
                                                                                 "ON "
                                                                                 "pn.oid = "
                                                                                 "p.relnamespace "
                                                                                 "WHERE p.relkind "
                                                                                 "IN ('r', 'p') "
                                                                                 "GROUP BY "
                                                                                 "i.inhrelid) h ON "
                                                                                 "h.inhrelid = "
                                                                                 "c.oid WHERE "
                                                                                 "c.relkind IN "
                                                                                 "('r', 'p', 'v', "
                                                                                 "'m', 'S') AND "
                                                                                 "c.reloftype = "
                                                                                 "'0' "
                                                                                 "AND "
                                                                                 "c.relpersistence "
                                                                                 "<> 't' AND @F "
                                                                                 "AND NOT EXISTS "
                                                                                 "(SELECT FROM "
                                                                                 "pg_depend x "
                                                                                 "WHERE "
                                                                                 "x.classid = "
                                                                                 "'1259' AND "
                                                                                 "x.objid = c.oid "
                                                                                 "AND (x.deptype = "
                                                                                 "'e' OR "
                                                                                 "(x.deptype = 'i' "
                                                                                 "AND "
                                                                                 "c.relkind = "
                                                                                 "'S')))";

#define COLUMNS_SQL(compression)                                                                   \
    "SELECT CASE WHEN a.attgenerated = '' THEN 'column' ELSE 'generated column' END, " RELATIONS   \
    ", a.attrelid, a.attnum, " RELATIONS                                                           \
    ", a.attrelid, 0, pg_catalog.quote_ident(a.attname), a.attname, NULL, NULL, "                  \
    "pg_catalog.format_type(a.atttypid, a.atttypmod) AS type, " COLLATION(                         \
        "a.attcollation",                                                                          \
        "t") " AS collation, CASE WHEN a.attnotnull THEN 'true' END AS notnull, CASE WHEN "        \
             "a.attgenerated "                                                                     \
             "<> '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END AS generated, CASE WHEN "  \
             "a.attstorage <> t.typstorage THEN a.attstorage END AS storage, " compression         \
             "CASE WHEN a.attstattarget >= 0 THEN a.attstattarget END AS statistics, CASE WHEN "   \
             "a.attoptions IS NOT NULL THEN (SELECT pg_catalog.string_agg(o, E'\\n' ORDER BY o "   \
             "COLLATE "                                                                            \
             "\"C\") FROM pg_catalog.unnest(a.attoptions) o WHERE pg_catalog.split_part(o, '=', "  \
             "1) IN "                                                                              \
             "('n_distinct', 'n_distinct_inherited')) END AS options, a.attnum AS \"+position\""   \
             " FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON "  \
             "n.oid = "                                                                            \
             "c.relnamespace JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef d ON "      \
             "d.adrelid = "                                                                        \
             "a.attrelid AND d.adnum = a.attnum WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 "   \
             "AND NOT "                                                                            \
             "a.attisdropped AND a.attislocal AND @F ORDER BY a.attrelid, a.attnum"

static const char columns_old_sql[] = COLUMNS_SQL("");
static const char columns_14_sql[] = COLUMNS_SQL(
    "CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END AS compression, ");

/* Functions of the server's own leave no trace in pg_depend; their numbers stand in the expression.
 */
static const char defaults_sql[] =
    "SELECT 'default', " DEFAULTS ", d.oid, 0, " RELATIONS
    ", d.adrelid, d.adnum, pg_catalog.quote_ident(a.attname), a.attname, NULL, e.text, CASE WHEN "
    "pg_catalog.starts_with(e.text, 'nextval(') OR (pg_catalog.strpos(e.text, '(') > 0 AND EXISTS "
    "(SELECT FROM pg_catalog.regexp_matches("
    "d.adbin::text, ':(?:op)?funcid (\\d+)', 'g') m JOIN pg_proc p ON p.oid = m[1]::oid WHERE "
    "p.provolatile = 'v')) THEN 'true' END AS \"-volatile\""
    " FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum JOIN "
    "pg_class c ON c.oid = d.adrelid JOIN pg_namespace n ON n.oid = c.relnamespace, LATERAL "
    "(SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS text OFFSET 0) e WHERE c.relkind IN "
    "('r', 'p', "
    "'v') AND a.attgenerated = '' AND (a.attislocal OR c.relkind = 'v') AND @F";

/* The sequence's name is a place that it takes, so that a sequence of that name can leave it. */
static const char identities_sql[] =
    "SELECT 'identity', " IDENTITIES ", a.attrelid, a.attnum, " RELATIONS
    ", a.attrelid, a.attnum, 'identity', a.attname, " ID(
        "c.relname") ", NULL, CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END AS "
                     "generated, " SEQUENCE_ATTRS(
                         "s") " FROM pg_attribute a JOIN pg_depend x ON x.refclassid = '1259' AND "
                              "x.refobjid = a.attrelid "
                              "AND x.refobjsubid = a.attnum AND x.classid = '1259' AND x.deptype = "
                              "'i' JOIN pg_class c ON "
                              "c.oid = x.objid AND c.relkind = 'S' JOIN pg_namespace n ON n.oid = "
                              "c.relnamespace JOIN "
                              "pg_sequence s ON s.seqrelid = c.oid WHERE a.attidentity <> '' AND "
                              "a.attislocal AND @F";

static const char constraints_sql[] =
    "SELECT CASE WHEN k.contypid <> '0' THEN 'domain constraint' WHEN k.contype = 'f' THEN "
    "'foreign "
    "key' ELSE 'constraint' END, " CONSTRAINTS ", k.oid, 0, CASE WHEN k.contypid <> '0' THEN " TYPES
    " ELSE " RELATIONS " END, CASE WHEN k.contypid <> '0' THEN k.contypid ELSE k.conrelid END, 0, "
    "pg_catalog.quote_ident(k.conname), k.conname, CASE WHEN k.contype IN ('p', 'u', 'x') THEN " ID(
        "k.conname") " END, CASE WHEN k.convalidated THEN e.text ELSE "
                     "pg_catalog.regexp_replace(e.text, ' NOT "
                     "VALID$', '') END, CASE WHEN NOT k.convalidated THEN 'true' END AS "
                     "not_valid, " LINES(
                         "ic.reloptions") " AS options, pg_catalog.quote_ident(ts.spcname) AS "
                                          "tablespace, CASE WHEN "
                                          "k.contype IN ('p', 'u', 'x') THEN " ID(
                                              "k.conname") " END AS \"+index\", k.contype AS "
                                                           "\"-type\""
                                                           " FROM pg_constraint k JOIN "
                                                           "pg_namespace n ON n.oid = "
                                                           "k.connamespace LEFT JOIN pg_class ic "
                                                           "ON ic.oid = "
                                                           "k.conindid AND k.contype IN ('p', 'u', "
                                                           "'x') LEFT JOIN "
                                                           "pg_tablespace ts ON ts.oid = "
                                                           "ic.reltablespace, LATERAL "
                                                           "(SELECT "
                                                           "pg_catalog.pg_get_constraintdef(k.oid) "
                                                           "AS text) "
                                                           "e WHERE k.contype IN ('p', 'u', 'f', "
                                                           "'c', 'x') AND "
                                                           "k.conparentid = '0' AND (k.conislocal "
                                                           "OR k.contypid <> "
                                                           "'0') AND @F ORDER BY k.conrelid, "
                                                           "k.contypid, k.conname";

/* The definition's head is written anew: it always names the table with its schema, and says ONLY
 * of an index that has parts. */
static const char indexes_sql[] =
    "SELECT 'index', " RELATIONS ", i.indexrelid, 0, " RELATIONS
    ", i.indrelid, 0, " ID("ic.relname") ", ic.relname, " ID(
        "ic.relname") ", 'CREATE ' || h.uniq || 'INDEX ' || pg_catalog.quote_ident(ic.relname) || "
                      "' ON ' || " ID("c.relname") " || "
                                                   "pg_catalog.substr(pg_catalog.pg_get_indexdef(i."
                                                   "indexrelid), "
                                                   "pg_catalog.length('CREATE ' || h.uniq || "
                                                   "'INDEX ' || "
                                                   "pg_catalog.quote_ident(ic.relname) || ' ON ' "
                                                   "|| CASE WHEN ic.relkind = 'I' "
                                                   "THEN 'ONLY ' ELSE '' END || "
                                                   "pg_catalog.quote_ident(n.nspname) || '.' || "
                                                   "pg_catalog.quote_ident(c.relname)) + 1), CASE "
                                                   "WHEN NOT i.indisvalid THEN "
                                                   "'true' END AS invalid, "
                                                   "pg_catalog.quote_ident(ts.spcname) AS "
                                                   "tablespace, CASE "
                                                   "WHEN i.indexprs IS NOT NULL THEN (SELECT "
                                                   "pg_catalog.string_agg(sa.attnum || "
                                                   "'=' || sa.attstattarget, E'\\n' ORDER BY "
                                                   "sa.attnum) FROM pg_attribute sa "
                                                   "WHERE sa.attrelid = i.indexrelid AND "
                                                   "sa.attstattarget >= 0) END AS statistics, "
                                                   "CASE WHEN ic.relkind = 'I' THEN 'true' END AS "
                                                   "\"-partitioned\""
                                                   " FROM pg_index i JOIN pg_class ic ON ic.oid = "
                                                   "i.indexrelid JOIN pg_class c ON "
                                                   "c.oid = i.indrelid JOIN pg_namespace n ON "
                                                   "n.oid = c.relnamespace LEFT JOIN "
                                                   "pg_tablespace ts ON ts.oid = ic.reltablespace, "
                                                   "LATERAL (SELECT CASE WHEN "
                                                   "i.indisunique THEN 'UNIQUE ' ELSE '' END AS "
                                                   "uniq) h WHERE NOT EXISTS (SELECT "
                                                   "FROM pg_constraint k WHERE k.conindid = "
                                                   "i.indexrelid AND k.contype IN ('p', "
                                                   "'u', 'x')) AND NOT ic.relispartition AND @F "
                                                   "ORDER BY i.indrelid, ic.relname";

/* ---- routines, triggers, rules, policies ---- */

#define ROUTINE_ID ID("p.proname") " || '(' || pg_catalog.oidvectortypes(p.proargtypes) || ')'"

static const char routines_sql[] =
    "SELECT CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END, " ROUTINES
    ", p.oid, 0, " NO_PARENT ", " ROUTINE_ID ", p.proname, 'routine ' || " ROUTINE_ID
    ", 'CREATE OR REPLACE ' || k.word || " ID(
        "p.proname") " || pg_catalog.rtrim(pg_catalog.substr(pg_catalog.pg_get_functiondef(p.oid), "
                     "pg_catalog.length('CREATE OR REPLACE ' || k.word || "
                     "pg_catalog.quote_ident(n.nspname) || '.' || "
                     "pg_catalog.quote_ident(p.proname)) + 1), E'\\n'), "
                     "pg_catalog.pg_get_function_arguments(p.oid) AS arguments, "
                     "pg_catalog.pg_get_function_result(p.oid) AS returns, l.lanname AS "
                     "\"-language\", CASE WHEN p.proacl IS NOT NULL THEN 'true' END AS \"-granted\""
                     " FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN "
                     "pg_language l ON l.oid = p.prolang, LATERAL (SELECT CASE p.prokind WHEN 'p' "
                     "THEN 'PROCEDURE ' ELSE 'FUNCTION ' END AS word) k WHERE p.prokind <> 'a' AND "
                     "@F AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = '1255' AND "
                     "x.objid = p.oid AND x.deptype IN ('e', 'i'))";

#define FUNCTION_OF(label, column)                                                                 \
    "CASE WHEN " column " <> '0' THEN '" label " = ' || " column "::text END"
#define MODIFIES(label, column)                                                                    \
    "'" label " = ' || CASE " column " WHEN 's' THEN 'SHAREABLE' WHEN 'w' THEN 'READ_WRITE' END"

static const char
    aggregates_sql[] = "SELECT 'aggregate', " ROUTINES ", p.oid, 0, " NO_PARENT
                       ", " ID("p.proname") " || '(' || k.arguments || ')', p.proname, 'routine ' "
                                            "|| " ROUTINE_ID ", 'CREATE AGGREGATE ' || " ID(
                                                "p.proname") " || '(' || CASE WHEN "
                                                             "k.full_arguments = '' THEN '*' ELSE "
                                                             "k.full_arguments END || ') (' || "
                                                             "pg_catalog.concat_ws(', ', 'SFUNC = "
                                                             "' || a.aggtransfn::text, 'STYPE = ' "
                                                             "|| "
                                                             "pg_catalog.format_type(a."
                                                             "aggtranstype, NULL), CASE WHEN "
                                                             "a.aggtransspace "
                                                             "<> 0 THEN 'SSPACE = ' "
                                                             "|| a.aggtransspace::text "
                                                             "END, " FUNCTION_OF(
                                                                 "FINALFUNC", "a.aggfinalfn") ", "
                                                                                              "CASE"
                                                                                              " WHE"
                                                                                              "N "
                                                                                              "a."
                                                                                              "aggf"
                                                                                              "inal"
                                                                                              "extr"
                                                                                              "a "
                                                                                              "THEN"
                                                                                              " '"
                                                                                              "FINA"
                                                                                              "LFUN"
                                                                                              "C_"
                                                                                              "EXTR"
                                                                                              "A' "
                                                                                              "END,"
                                                                                              " " MODIFIES("FINALFUNC_MODIFY", "NULLIF(a."
                                                                                                                               "aggfinalmodify,"
                                                                                                                               " CASE WHEN "
                                                                                                                               "a.aggkind = "
                                                                                                                               "'n' THEN 'r' "
                                                                                                                               "ELSE 's' "
                                                                                                                               "END::\"char\")") ", " FUNCTION_OF("COMBINEFUNC", "a.aggcombinefn") ", " FUNCTION_OF("SERIALFUNC", "a.aggserialfn") ", " FUNCTION_OF("DESERIALFUNC", "a.aggdeserialfn") ", 'INITCOND = ' || pg_catalog.quote_literal(a.agginitval), " FUNCTION_OF("MSFUNC",
                                                                                                                                                                                                                                                                                                                                                                                 "a.aggmtransfn") ", " FUNCTION_OF("MINVFUNC", "a."
                                                                                                                                                                                                                                                                                                                                                                                                                               "aggminvtransf"
                                                                                                                                                                                                                                                                                                                                                                                                                               "n") ", CASE "
                                                                                                                                                                                                                                                                                                                                                                                                                                    "WHEN "
                                                                                                                                                                                                                                                                                                                                                                                                                                    "a."
                                                                                                                                                                                                                                                                                                                                                                                                                                    "aggmtrans"
                                                                                                                                                                                                                                                                                                                                                                                                                                    "type <> "
                                                                                                                                                                                                                                                                                                                                                                                                                                    "'0' THEN "
                                                                                                                                                                                                                                                                                                                                                                                                                                    "'MSTYPE "
                                                                                                                                                                                                                                                                                                                                                                                                                                    "= ' || "
                                                                                                                                                                                                                                                                                                                                                                                                                                    "pg_"
                                                                                                                                                                                                                                                                                                                                                                                                                                    "catalog."
                                                                                                                                                                                                                                                                                                                                                                                                                                    "format_"
                                                                                                                                                                                                                                                                                                                                                                                                                                    "type("
                                                                                                                                                                                                                                                                                                                                                                                                                                    "a."
                                                                                                                                                                                                                                                                                                                                                                                                                                    "aggmtrans"
                                                                                                                                                                                                                                                                                                                                                                                                                                    "type, "
                                                                                                                                                                                                                                                                                                                                                                                                                                    "NULL) "
                                                                                                                                                                                                                                                                                                                                                                                                                                    "END, "
                                                                                                                                                                                                                                                                                                                                                                                                                                    "CASE "
                                                                                                                                                                                                                                                                                                                                                                                                                                    "WHEN "
                                                                                                                                                                                                                                                                                                                                                                                                                                    "a."
                                                                                                                                                                                                                                                                                                                                                                                                                                    "aggmtrans"
                                                                                                                                                                                                                                                                                                                                                                                                                                    "space <> "
                                                                                                                                                                                                                                                                                                                                                                                                                                    "0 THEN "
                                                                                                                                                                                                                                                                                                                                                                                                                                    "'MSSPACE "
                                                                                                                                                                                                                                                                                                                                                                                                                                    "= ' || "
                                                                                                                                                                                                                                                                                                                                                                                                                                    "a."
                                                                                                                                                                                                                                                                                                                                                                                                                                    "aggmtrans"
                                                                                                                                                                                                                                                                                                                                                                                                                                    "space::"
                                                                                                                                                                                                                                                                                                                                                                                                                                    "text "
                                                                                                                                                                                                                                                                                                                                                                                                                                    "END,"
                                                                                                                                                                                                                                                                                                                                                                                                                                    " " FUNCTION_OF(
                                                                                                                                                                                                                                                                                                                                                                                                                                        "MFINA"
                                                                                                                                                                                                                                                                                                                                                                                                                                        "LFUN"
                                                                                                                                                                                                                                                                                                                                                                                                                                        "C",
                                                                                                                                                                                                                                                                                                                                                                                                                                        "a."
                                                                                                                                                                                                                                                                                                                                                                                                                                        "aggmf"
                                                                                                                                                                                                                                                                                                                                                                                                                                        "inalf"
                                                                                                                                                                                                                                                                                                                                                                                                                                        "n") ", CASE WHEN "
                                                                                                                                                                                                                                                                                                                                                                                                                                             "a.aggmfinalextra THEN 'MFINALFUNC_EXTRA' END, 'MINITCOND = ' || "
                                                                                                                                                                                                                                                                                                                                                                                                                                             "pg_catalog.quote_literal(a.aggminitval), CASE WHEN a.aggsortop <> '0' THEN 'SORTOP = "
                                                                                                                                                                                                                                                                                                                                                                                                                                             "OPERATOR(' || (SELECT pg_catalog.quote_ident(sn.nspname) || '.' || so.oprname::text FROM "
                                                                                                                                                                                                                                                                                                                                                                                                                                             "pg_operator so JOIN pg_namespace sn ON sn.oid = so.oprnamespace WHERE so.oid = a.aggsortop) "
                                                                                                                                                                                                                                                                                                                                                                                                                                             "|| ')' END, CASE p.proparallel WHEN 's' THEN 'PARALLEL = SAFE' WHEN 'r' THEN 'PARALLEL = "
                                                                                                                                                                                                                                                                                                                                                                                                                                             "RESTRICTED' END, CASE WHEN a.aggkind = 'h' THEN 'HYPOTHETICAL' END) || ')'"
                                                                                                                                                                                                                                                                                                                                                                                                                                             " FROM pg_proc p JOIN pg_aggregate a ON a.aggfnoid = p.oid JOIN pg_namespace n ON n.oid = "
                                                                                                                                                                                                                                                                                                                                                                                                                                             "p.pronamespace, LATERAL (SELECT CASE WHEN p.pronargs = 0 THEN '*' ELSE "
                                                                                                                                                                                                                                                                                                                                                                                                                                             "pg_catalog.pg_get_function_identity_arguments(p.oid) END AS arguments, "
                                                                                                                                                                                                                                                                                                                                                                                                                                             "pg_catalog.pg_get_function_arguments(p.oid) AS full_arguments) k WHERE @F AND " NO_MEMBER(
                                                                                                                                                                                                                                                                                                                                                                                                                                                 ROUTINES,
                                                                                                                                                                                                                                                                                                                                                                                                                                                 "p.oid");

#define ENABLED(column)                                                                            \
    "CASE " column                                                                                 \
    " WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'A' THEN 'ENABLE "               \
    "ALWAYS' END AS enabled"

#define TRIGGERS_SQL(own)                                                                          \
    "SELECT 'trigger', " TRIGGERS ", t.oid, 0, " RELATIONS                                         \
    ", t.tgrelid, 0, pg_catalog.quote_ident(t.tgname), t.tgname, NULL, "                           \
    "pg_catalog.pg_get_triggerdef(t.oid, true), " ENABLED(                                         \
        "t.tgenabled") " FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN "             \
                       "pg_namespace n ON n.oid = "                                                \
                       "c.relnamespace WHERE NOT t.tgisinternal AND " own " AND @F"

static const char triggers_old_sql[] = TRIGGERS_SQL("NOT c.relispartition");
static const char triggers_13_sql[] = TRIGGERS_SQL("t.tgparentid = '0'");

static const char rules_sql[] =
    "SELECT 'rule', " REWRITES ", r.oid, 0, " RELATIONS
    ", r.ev_class, 0, pg_catalog.quote_ident(r.rulename), r.rulename, NULL, "
    "pg_catalog.rtrim(pg_catalog.pg_get_ruledef(r.oid, true), ';'), " ENABLED(
        "r.ev_enabled") " FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN "
                        "pg_namespace n ON n.oid = "
                        "c.relnamespace WHERE r.rulename <> '_RETURN' AND @F";

static const char policies_sql[] =
    "SELECT 'policy', " POLICIES ", p.oid, 0, " RELATIONS
    ", p.polrelid, 0, pg_catalog.quote_ident(p.polname), p.polname, NULL, pg_catalog.concat_ws(' "
    "', CASE WHEN NOT p.polpermissive THEN 'AS RESTRICTIVE' END, CASE p.polcmd WHEN 'r' THEN 'FOR "
    "SELECT' WHEN 'a' THEN 'FOR INSERT' WHEN 'w' THEN 'FOR UPDATE' WHEN 'd' THEN 'FOR DELETE' END, "
    "'TO ' || (SELECT pg_catalog.string_agg(CASE WHEN r = '0' THEN 'PUBLIC' ELSE "
    "pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(r)) END, ', ' ORDER BY "
    "pg_catalog.pg_get_userbyid(r)) FROM pg_catalog.unnest(p.polroles) r), 'USING (' || "
    "pg_catalog.pg_get_expr(p.polqual, p.polrelid) || ')', 'WITH CHECK (' || "
    "pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) || ')')"
    " FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = "
    "c.relnamespace WHERE @F";

/* ---- what hangs on relations ---- */

static const char owners_sql[] = "SELECT 'sequence owner', " OWNERS ", c.oid, 0, " RELATIONS
                                 ", c.oid, 0, 'owner', c.relname, NULL, " ID(
                                     "oc.relname") " || '.' || pg_catalog.quote_ident(oa.attname) "
                                                   "FROM pg_class c JOIN pg_namespace n ON n.oid = "
                                                   "c.relnamespace JOIN pg_depend x ON x.classid = "
                                                   "'1259' AND x.objid = c.oid AND x.refclassid = "
                                                   "'1259' AND x.deptype = 'a' JOIN pg_class oc ON "
                                                   "oc.oid = x.refobjid JOIN pg_attribute oa ON "
                                                   "oa.attrelid = x.refobjid AND oa.attnum = "
                                                   "x.refobjsubid WHERE c.relkind = 'S' AND @F";

static const char replicas_sql[] =
    "SELECT 'replica identity', " REPLICAS ", c.oid, 0, " RELATIONS
    ", c.oid, 0, 'replica identity', c.relname, NULL, CASE c.relreplident WHEN 'f' THEN 'FULL' "
    "WHEN 'n' THEN 'NOTHING' ELSE 'USING INDEX ' || pg_catalog.quote_ident(ic.relname) END FROM "
    "pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_index i ON i.indrelid = "
    "c.oid AND i.indisreplident LEFT JOIN pg_class ic ON ic.oid = i.indexrelid WHERE c.relkind IN "
    "('r', 'p') AND c.relreplident <> 'd' AND (c.relreplident <> 'i' OR ic.oid IS NOT NULL) AND @F";

static const char clusters_sql[] =
    "SELECT 'cluster order', " CLUSTERS ", i.indrelid, 0, " RELATIONS
    ", i.indrelid, 0, 'cluster order', ic.relname, NULL, pg_catalog.quote_ident(ic.relname) FROM "
    "pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid "
    "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE i.indisclustered AND @F";

static const char comments_sql[] =
    "SELECT d.classoid, d.objoid, d.objsubid, pg_catalog.quote_ident(a.attname), d.description "
    "FROM "
    "pg_description d LEFT JOIN pg_attribute a ON d.classoid = '1259' AND a.attrelid = d.objoid "
    "AND "
    "a.attnum = d.objsubid AND d.objsubid > 0 WHERE (d.objoid >= '16384' OR (d.classoid = '2615' "
    "AND d.objoid = '2200')) AND d.classoid <> '3079'";

/* ---- how the catalogs hang together ---- */

static const char aliases_sql[] =
    "SELECT 2618, r.oid, 0, 1259, r.ev_class, 0 FROM pg_rewrite r WHERE r.oid >= '16384' AND "
    "r.rulename = '_RETURN'"
    " UNION ALL SELECT 2604, d.oid, 0, 1259, d.adrelid, d.adnum FROM pg_attrdef d WHERE d.oid >= "
    "'16384'"
    " UNION ALL SELECT 1247, t.oid, 0, 1259, t.typrelid, 0 FROM pg_type t WHERE t.oid >= '16384' "
    "AND t.typrelid <> '0'"
    " UNION ALL SELECT 1259, c.oid, 0, 1247, c.reltype, 0 FROM pg_class c WHERE c.oid >= '16384' "
    "AND c.relkind = 'c'"
    " UNION ALL SELECT 1247, t.oid, 0, 1247, t.typelem, 0 FROM pg_type t WHERE t.oid >= '16384' "
    "AND t.typelem >= '16384' AND t.typcategory = 'A'"
    " UNION ALL SELECT 1259, k.conindid, 0, 2606, k.oid, 0 FROM pg_constraint k WHERE k.oid >= "
    "'16384' AND k.contype IN ('p', 'u', 'x')"
    " UNION ALL SELECT 1259, i.inhrelid, 0, 1259, i.inhparent, 0 FROM pg_inherits i JOIN pg_class "
    "c "
    "ON c.oid = i.inhrelid AND c.relkind IN ('i', 'I')"
    " UNION ALL SELECT 2606, k.oid, 0, 2606, k.conparentid, 0 FROM pg_constraint k WHERE k.oid >= "
    "'16384' AND k.conparentid <> '0'"
    " UNION ALL SELECT 1259, i.inhrelid, a.attnum, 1259, i.inhparent, pa.attnum FROM pg_inherits i "
    "JOIN pg_attribute a ON a.attrelid = i.inhrelid AND NOT a.attislocal AND NOT a.attisdropped "
    "AND "
    "a.attnum > 0 JOIN pg_attribute pa ON pa.attrelid = i.inhparent AND pa.attname = a.attname"
    " UNION ALL SELECT x.classid, x.objid, x.objsubid, x.refclassid, x.refobjid, 0 FROM pg_depend "
    "x "
    "WHERE x.deptype = 'e' AND x.objid >= '16384'"
    " UNION ALL SELECT 1259, x.objid, 0, 1, x.refobjid, x.refobjsubid FROM pg_depend x WHERE "
    "x.classid = '1259' AND x.refclassid = '1259' AND x.deptype = 'i' AND x.refobjsubid > 0 AND "
    "x.objid >= '16384'";

static const char multiranges_sql[] =
    "SELECT 1247, r.rngmultitypid, 0, 1247, r.rngtypid, 0 FROM pg_range r WHERE r.rngtypid >= "
    "'16384'";

/* A sequence does not need the column that owns it; that it is owned does. */
static const char needs_sql[] =
    "SELECT CASE WHEN o.oid IS NULL THEN d.classid ELSE '2' END, d.objid, d.objsubid, "
    "d.refclassid, "
    "d.refobjid, d.refobjsubid FROM pg_depend d LEFT JOIN pg_class o ON d.classid = '1259' AND "
    "d.refclassid = '1259' AND d.deptype = 'a' AND o.oid = d.objid AND o.relkind = 'S' WHERE "
    "d.deptype IN ('n', 'a', 'i', 'P', 'S') AND d.objid >= '16384' AND (d.refobjid >= '16384' OR "
    "(d.refclassid = '2615' AND d.refobjid = '2200'))"
    " UNION ALL SELECT 3, i.indrelid, 0, 1259, i.indexrelid, 0 FROM pg_index i WHERE "
    "i.indisreplident"
    " UNION ALL SELECT 4, i.indrelid, 0, 1259, i.indexrelid, 0 FROM pg_index i WHERE "
    "i.indisclustered";

/* ---- what there is no kind for ---- */

#define FOREIGN(word, catalog, oid, name, class)                                                   \
    "SELECT '" word "', " name "::text FROM " catalog " f WHERE f." oid                            \
    " >= '16384' AND NOT EXISTS "                                                                  \
    "(SELECT FROM pg_depend x WHERE x.classid = '" class "' AND x.objid = f." oid                  \
                                                         " AND x.deptype IN ('e', 'i'))"
#define AND_FOREIGN " UNION ALL "

static const char foreign_sql[] = FOREIGN("cast", "pg_cast", "oid",
                                          "pg_catalog.format_type(f.castsource, NULL) || ' AS ' || "
                                          "pg_catalog.format_type(f.casttarget, NULL)",
                                          "2605")
    AND_FOREIGN FOREIGN("operator", "pg_operator", "oid", "f.oprname", "2617") AND_FOREIGN FOREIGN(
        "operator class", "pg_opclass", "oid", "f.opcname",
        "2616") AND_FOREIGN FOREIGN("operator family", "pg_opfamily", "oid", "f.opfname", "2753")
        AND_FOREIGN FOREIGN("text search configuration", "pg_ts_config", "oid", "f.cfgname", "3602")
            AND_FOREIGN FOREIGN("text search dictionary", "pg_ts_dict", "oid", "f.dictname", "3600")
                AND_FOREIGN FOREIGN("text search parser", "pg_ts_parser", "oid", "f.prsname",
                                    "3601") AND_FOREIGN FOREIGN("text search template",
                                                                "pg_ts_template", "oid",
                                                                "f.tmplname", "3764")
                    AND_FOREIGN FOREIGN("conversion", "pg_conversion", "oid", "f.conname", "2607")
                        AND_FOREIGN FOREIGN("language", "pg_language", "oid", "f.lanname", "2612")
                            AND_FOREIGN FOREIGN("transform", "pg_transform", "oid",
                                                "pg_catalog.format_type(f.trftype, NULL)", "3576")
                                AND_FOREIGN FOREIGN("foreign-data wrapper",
                                                    "pg_foreign_data_wrapper", "oid", "f.fdwname",
                                                    "2328")
                                    AND_FOREIGN FOREIGN("foreign server", "pg_foreign_server",
                                                        "oid", "f.srvname", "1417")
                                        AND_FOREIGN FOREIGN("publication", "pg_publication", "oid",
                                                            "f.pubname", "6104")
                                            AND_FOREIGN FOREIGN("event trigger", "pg_event_trigger",
                                                                "oid", "f.evtname", "3466")
                                                AND_FOREIGN FOREIGN("access method", "pg_am", "oid",
                                                                    "f.amname", "2601");

/* A column that comes from a parent is no object, and must be as the parent's is. */
static const char foreign_here_sql[] = "SELECT 'extended statistics', " ID(
    "f.stxname") " FROM pg_statistic_ext f JOIN pg_namespace n ON n.oid = f.stxnamespace WHERE "
                 "@F UNION ALL SELECT CASE c.relkind WHEN 'f' THEN 'foreign table' ELSE 'typed "
                 "table' END, " ID(
                     "c.relname") " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
                                  "WHERE (c.relkind = 'f' OR "
                                  "c.reloftype <> '0') AND @F AND " NO_MEMBER(RELATIONS, "c.oid") " UNION ALL SELECT 'base type', " ID(
                                      "t.typname") " FROM pg_type t JOIN pg_namespace n ON n.oid = "
                                                   "t.typnamespace WHERE t.typtype "
                                                   "= 'b' AND t.typelem = '0' AND @F "
                                                   "AND " NO_MEMBER(
                                                       TYPES,
                                                       "t.oid") " UNION ALL SELECT 'default or "
                                                                "null of its own in an inherited "
                                                                "column', " ID("c.relname") " || "
                                                                                            "'.' "
                                                                                            "|| "
                                                                                            "pg_"
                                                                                            "catalo"
                                                                                            "g."
                                                                                            "quote_"
                                                                                            "ident("
                                                                                            "a."
                                                                                            "attnam"
                                                                                            "e) "
                                                                                            "FROM "
                                                                                            "pg_"
                                                                                            "inheri"
                                                                                            "ts i "
                                                                                            "JOIN "
                                                                                            "pg_"
                                                                                            "class "
                                                                                            "c ON "
                                                                                            "c.oid "
                                                                                            "= "
                                                                                            "i."
                                                                                            "inhrel"
                                                                                            "id "
                                                                                            "AND "
                                                                                            "c."
                                                                                            "relkin"
                                                                                            "d IN "
                                                                                            "('r', "
                                                                                            "'p') "
                                                                                            "JOIN "
                                                                                            "pg_"
                                                                                            "namesp"
                                                                                            "ace n "
                                                                                            "ON "
                                                                                            "n.oid "
                                                                                            "= "
                                                                                            "c."
                                                                                            "relnam"
                                                                                            "espace"
                                                                                            " JOIN "
                                                                                            "pg_"
                                                                                            "attrib"
                                                                                            "ute a "
                                                                                            "ON "
                                                                                            "a."
                                                                                            "attrel"
                                                                                            "id = "
                                                                                            "i."
                                                                                            "inhrel"
                                                                                            "id "
                                                                                            "AND "
                                                                                            "a."
                                                                                            "attnum"
                                                                                            " > 0 "
                                                                                            "AND "
                                                                                            "NOT "
                                                                                            "a."
                                                                                            "attisl"
                                                                                            "ocal "
                                                                                            "AND "
                                                                                            "a."
                                                                                            "attinh"
                                                                                            "count "
                                                                                            "= 1 "
                                                                                            "JOIN "
                                                                                            "pg_"
                                                                                            "attrib"
                                                                                            "ute "
                                                                                            "pa ON "
                                                                                            "pa."
                                                                                            "attrel"
                                                                                            "id = "
                                                                                            "i."
                                                                                            "inhpar"
                                                                                            "ent "
                                                                                            "AND "
                                                                                            "pa."
                                                                                            "attnam"
                                                                                            "e = "
                                                                                            "a."
                                                                                            "attnam"
                                                                                            "e "
                                                                                            "LEFT "
                                                                                            "JOIN "
                                                                                            "pg_"
                                                                                            "attrde"
                                                                                            "f d "
                                                                                            "ON "
                                                                                            "d."
                                                                                            "adreli"
                                                                                            "d = "
                                                                                            "a."
                                                                                            "attrel"
                                                                                            "id "
                                                                                            "AND "
                                                                                            "d."
                                                                                            "adnum "
                                                                                            "= "
                                                                                            "a."
                                                                                            "attnum"
                                                                                            " LEFT "
                                                                                            "JOIN "
                                                                                            "pg_"
                                                                                            "attrde"
                                                                                            "f pd "
                                                                                            "ON "
                                                                                            "pd."
                                                                                            "adreli"
                                                                                            "d = "
                                                                                            "pa."
                                                                                            "attrel"
                                                                                            "id "
                                                                                            "AND "
                                                                                            "pd."
                                                                                            "adnum "
                                                                                            "= "
                                                                                            "pa."
                                                                                            "attnum"
                                                                                            " WHERE"
                                                                                            " @F "
                                                                                            "AND "
                                                                                            "((a."
                                                                                            "attnot"
                                                                                            "null "
                                                                                            "<> "
                                                                                            "pa."
                                                                                            "attnot"
                                                                                            "null "
                                                                                            "AND "
                                                                                            "NOT "
                                                                                            "EXISTS"
                                                                                            " ("
                                                                                            "SELECT"
                                                                                            " FROM "
                                                                                            "pg_"
                                                                                            "constr"
                                                                                            "aint "
                                                                                            "k "
                                                                                            "WHERE "
                                                                                            "k."
                                                                                            "conrel"
                                                                                            "id = "
                                                                                            "a."
                                                                                            "attrel"
                                                                                            "id "
                                                                                            "AND "
                                                                                            "k."
                                                                                            "contyp"
                                                                                            "e = "
                                                                                            "'p')) "
                                                                                            "OR "
                                                                                            "pg_"
                                                                                            "catalo"
                                                                                            "g.pg_"
                                                                                            "get_"
                                                                                            "expr("
                                                                                            "d."
                                                                                            "adbin,"
                                                                                            " d."
                                                                                            "adreli"
                                                                                            "d) IS "
                                                                                            "DISTIN"
                                                                                            "CT "
                                                                                            "FROM "
                                                                                            "pg_"
                                                                                            "catalo"
                                                                                            "g.pg_"
                                                                                            "get_"
                                                                                            "expr("
                                                                                            "pd."
                                                                                            "adbin,"
                                                                                            " pd."
                                                                                            "adreli"
                                                                                            "d))";

const struct skn_pg_look skn_pg_looks[] = {
    {SKN_PG_LOOK_OBJECT, 1, 0, 0, schemas_sql},
    {SKN_PG_LOOK_OBJECT, 1, 0, 0, extensions_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 150000, collations_old_sql},
    {SKN_PG_LOOK_OBJECT, 0, 150000, 170000, collations_15_sql},
    {SKN_PG_LOOK_OBJECT, 0, 170000, 0, collations_17_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 140000, types_old_sql},
    {SKN_PG_LOOK_OBJECT, 0, 140000, 0, types_14_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 0, attributes_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 0, relations_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 140000, columns_old_sql},
    {SKN_PG_LOOK_OBJECT, 0, 140000, 0, columns_14_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 0, defaults_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 0, identities_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 0, constraints_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 0, indexes_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 0, routines_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 0, aggregates_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 130000, triggers_old_sql},
    {SKN_PG_LOOK_OBJECT, 0, 130000, 0, triggers_13_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 0, rules_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 0, policies_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 0, owners_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 0, replicas_sql},
    {SKN_PG_LOOK_OBJECT, 0, 0, 0, clusters_sql},
    {SKN_PG_LOOK_COMMENT, 0, 0, 0, comments_sql},
    {SKN_PG_LOOK_ALIAS, 0, 0, 0, aliases_sql},
    {SKN_PG_LOOK_ALIAS, 0, 140000, 0, multiranges_sql},
    {SKN_PG_LOOK_NEED, 0, 0, 0, needs_sql},
    {SKN_PG_LOOK_FOREIGN, 1, 0, 0, foreign_sql},
    {SKN_PG_LOOK_FOREIGN, 0, 0, 0, foreign_here_sql},
};
const size_t skn_pg_look_count = ARRAY_SIZE(skn_pg_looks);

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

void skn_pg_look_build(const struct skn_pg_look *look, struct skn_str schema,
                       struct skn_pg_text *sql)
{
    const char *at = look->sql;
    skn_pg_text_clear(sql);
    for (const char *mark; (mark = strchr(at, '@')) != NULL; at = mark + 2) {
        skn_pg_text_add_len(sql, at, (size_t)(mark - at));
        if (mark[1] == 'F')
            schemas_add(sql, schema);
        else if (!schema.ptr)
            skn_pg_text_add(sql, "pg_catalog.quote_ident(n.nspname) || '.' ||");
    }
    skn_pg_text_add(sql, at);
}

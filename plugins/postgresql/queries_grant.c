/*
 * What is asked of the catalogs about grants: what each role but the owner may do with an object
 * beyond, or short of, what is so without a word. Knows nothing of what becomes of the rows.
 */
#include "queries.h"

/* Of o, which has an acl and what is usual for its kind: a row for each grantee whose rights are
 * not the usual ones. The privileges are told one a line; "usual" are those he has without. */
#define GRANTEES                                                                                   \
    " FROM o, LATERAL (SELECT g.grantee, pg_catalog.string_agg(DISTINCT g.item, E'\\n' ORDER BY"   \
    " g.item) FILTER (WHERE g.actual) AS now, pg_catalog.string_agg(DISTINCT g.item, E'\\n' ORDER" \
    " BY g.item) FILTER (WHERE NOT g.actual) AS usual FROM (SELECT true AS actual, e.grantee,"     \
    " e.privilege_type || CASE WHEN e.is_grantable THEN ' *' ELSE '' END AS item FROM"             \
    " pg_catalog.aclexplode(o.acl) e UNION ALL SELECT false, e.grantee, e.privilege_type || CASE"  \
    " WHEN e.is_grantable THEN ' *' ELSE '' END FROM pg_catalog.aclexplode(o.usual) e) g WHERE"    \
    " g.grantee <> o.owner GROUP BY g.grantee) a LEFT JOIN pg_roles r ON r.oid = a.grantee,"       \
    " LATERAL (SELECT CASE WHEN a.grantee = '0' THEN 'PUBLIC' ELSE"                                \
    " COALESCE(pg_catalog.quote_ident(r.rolname), a.grantee::text) END AS name) k"                 \
    " WHERE a.now IS DISTINCT FROM a.usual"

const char skn_pg_grants_sql[] =
    "WITH o AS (SELECT 1259 AS class, c.oid, CASE c.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE"
    " 'TABLE ' END || @Qc.relname; AS thing, c.relowner AS owner, c.relacl AS acl,"
    " pg_catalog.acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::\"char\", c.relowner)"
    " AS usual FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relacl IS NOT"
    " NULL AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND @F UNION ALL SELECT 1255, p.oid,"
    " CASE p.prokind WHEN 'p' THEN 'PROCEDURE ' ELSE 'FUNCTION ' END || @Qp.proname; || '(' ||"
    " pg_catalog.oidvectortypes(p.proargtypes) || ')', p.proowner, p.proacl,"
    " pg_catalog.acldefault('f', p.proowner) FROM pg_proc p JOIN pg_namespace n ON n.oid ="
    " p.pronamespace WHERE p.proacl IS NOT NULL AND @F UNION ALL SELECT 1247, t.oid, 'TYPE ' ||"
    " @Qt.typname;, t.typowner, t.typacl, pg_catalog.acldefault('T', t.typowner) FROM pg_type t"
    " JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typacl IS NOT NULL AND t.typrelid ="
    " '0' AND @F UNION ALL SELECT 2615, n.oid, 'SCHEMA ' || pg_catalog.quote_ident(n.nspname),"
    " n.nspowner, n.nspacl, COALESCE((SELECT i.initprivs FROM pg_init_privs i WHERE i.classoid ="
    " '2615' AND i.objoid = n.oid), pg_catalog.acldefault('n', n.nspowner)) FROM pg_namespace n"
    " WHERE n.nspacl IS NOT NULL AND @F UNION ALL SELECT 2328, w.oid, 'FOREIGN DATA WRAPPER ' ||"
    " pg_catalog.quote_ident(w.fdwname), w.fdwowner, w.fdwacl, pg_catalog.acldefault('F',"
    " w.fdwowner) FROM pg_foreign_data_wrapper w WHERE w.fdwacl IS NOT NULL UNION ALL SELECT 1417,"
    " s.oid, 'FOREIGN SERVER ' || pg_catalog.quote_ident(s.srvname), s.srvowner, s.srvacl,"
    " pg_catalog.acldefault('S', s.srvowner) FROM pg_foreign_server s WHERE s.srvacl IS NOT NULL)"
    " SELECT 'grant', 5, o.oid, 0, o.class, o.oid, 0, k.name, k.name, NULL, COALESCE(a.now, ''),"
    " a.usual AS \"+usual\", o.thing AS \"+thing\", k.name AS \"+grantee\"" GRANTEES;

/* On single columns. Whose right to all of a table covers them, says so there. */
const char skn_pg_column_grants_sql[] =
    "WITH o AS (SELECT c.oid, t.attnum, pg_catalog.quote_ident(t.attname) AS attname, 'TABLE ' ||"
    " @Qc.relname; AS thing, c.relowner AS owner, t.attacl AS acl, pg_catalog.acldefault('c',"
    " c.relowner) AS usual FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid JOIN"
    " pg_namespace n ON n.oid = c.relnamespace WHERE t.attacl IS NOT NULL AND NOT t.attisdropped"
    " AND @F)"
    " SELECT 'grant', 6, o.oid, o.attnum, 1259, o.oid, o.attnum, o.thing || ' (' ||"
    " o.attname || ') ' || k.name,"
    " k.name, NULL, COALESCE(a.now, ''), a.usual AS \"+usual\", o.thing AS \"+thing\", k.name"
    " AS \"+grantee\", o.attname AS \"+column\"" GRANTEES;

const char skn_pg_default_privileges_sql[] =
    "WITH o AS (SELECT d.oid, d.defaclnamespace, CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN"
    " 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES' ELSE 'SCHEMAS' END AS"
    " thing, d.defaclrole AS owner, d.defaclacl AS acl, CASE WHEN d.defaclnamespace = '0' THEN"
    " pg_catalog.acldefault(CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype"
    " END::\"char\", d.defaclrole) END AS usual, pg_catalog.concat_ws(' ', CASE WHEN"
    " u.rolname <> CURRENT_USER THEN 'FOR ROLE ' || pg_catalog.quote_ident(u.rolname) END, CASE"
    " WHEN n.oid IS NOT NULL THEN 'IN SCHEMA ' || pg_catalog.quote_ident(n.nspname) END) AS place"
    " FROM pg_default_acl d JOIN pg_roles u ON u.oid = d.defaclrole LEFT JOIN pg_namespace n ON"
    " n.oid = d.defaclnamespace WHERE n.oid IS NULL OR (@F))"
    " SELECT 'default privileges', 7, o.oid, 0, CASE WHEN o.defaclnamespace <> '0' THEN 2615 END,"
    " o.defaclnamespace, 0, pg_catalog.concat_ws(' ', o.place, o.thing, k.name), k.name, NULL,"
    " COALESCE(a.now, ''), a.usual AS \"+usual\", o.thing AS \"+thing\", o.place AS \"+place\", "
    "k.name AS"
    " \"+grantee\"" GRANTEES;

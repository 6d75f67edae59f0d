/*
 * What is asked of the catalogs about routines, triggers, rules and policies.
 * Knows nothing of what becomes of the rows.
 */
#include "queries.h"

const char skn_pg_routines_sql[] =
    "SELECT CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END, 1255, p.oid, 0, NULL,"
    " NULL, NULL, @Qp.proname; || '(' || pg_catalog.oidvectortypes(p.proargtypes) || ')',"
    " p.proname, 'routine ' || @Qp.proname; || '(' || pg_catalog.oidvectortypes(p.proargtypes) ||"
    " ')', 'CREATE OR REPLACE ' || k.word || @Qp.proname; ||"
    " pg_catalog.rtrim(pg_catalog.substr(pg_catalog.pg_get_functiondef(p.oid),"
    " pg_catalog.length('CREATE OR REPLACE ' || k.word || pg_catalog.quote_ident(n.nspname) ||"
    " '.' || pg_catalog.quote_ident(p.proname)) + 1), E'\\n'),"
    " pg_catalog.pg_get_function_arguments(p.oid) AS arguments,"
    " pg_catalog.pg_get_function_result(p.oid) AS returns, l.lanname AS \"-language\", CASE WHEN"
    " p.proacl IS NOT NULL THEN 'true' END AS \"-granted\" FROM pg_proc p"
    " JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang,"
    " LATERAL (SELECT CASE p.prokind WHEN 'p' THEN 'PROCEDURE ' ELSE 'FUNCTION ' END AS word) k"
    " WHERE p.prokind <> 'a' AND @F AND NOT EXISTS (SELECT FROM pg_depend x"
    " WHERE x.classid = '1255' AND x.objid = p.oid AND x.deptype IN ('e', 'i'))";

const char skn_pg_aggregates_sql[] =
    "SELECT 'aggregate', 1255, p.oid, 0, NULL, NULL, NULL, @Qp.proname; || '(' || k.arguments ||"
    " ')', p.proname, 'routine ' || @Qp.proname; || '(' ||"
    " pg_catalog.oidvectortypes(p.proargtypes) || ')', 'CREATE AGGREGATE ' || @Qp.proname; || '('"
    " || CASE WHEN k.full_arguments = '' THEN '*' ELSE k.full_arguments END || ') (' ||"
    " pg_catalog.concat_ws(', ', 'SFUNC = ' || a.aggtransfn::text, 'STYPE = ' ||"
    " pg_catalog.format_type(a.aggtranstype, NULL), CASE WHEN a.aggtransspace <> 0 THEN 'SSPACE ="
    " ' || a.aggtransspace::text END, CASE WHEN a.aggfinalfn <> '0' THEN 'FINALFUNC = ' ||"
    " a.aggfinalfn::text END, CASE WHEN a.aggfinalextra THEN 'FINALFUNC_EXTRA' END,"
    " 'FINALFUNC_MODIFY = ' || CASE NULLIF(a.aggfinalmodify, CASE WHEN a.aggkind = 'n' THEN 'r'"
    " ELSE 's' END::\"char\") WHEN 's' THEN 'SHAREABLE' WHEN 'w' THEN 'READ_WRITE' END, CASE WHEN"
    " a.aggcombinefn <> '0' THEN 'COMBINEFUNC = ' || a.aggcombinefn::text END, CASE WHEN"
    " a.aggserialfn <> '0' THEN 'SERIALFUNC = ' || a.aggserialfn::text END, CASE WHEN"
    " a.aggdeserialfn <> '0' THEN 'DESERIALFUNC = ' || a.aggdeserialfn::text END, 'INITCOND = '"
    " || pg_catalog.quote_literal(a.agginitval), CASE WHEN a.aggmtransfn <> '0' THEN 'MSFUNC = '"
    " || a.aggmtransfn::text END, CASE WHEN a.aggminvtransfn <> '0' THEN 'MINVFUNC = ' ||"
    " a.aggminvtransfn::text END, CASE WHEN a.aggmtranstype <> '0' THEN 'MSTYPE = ' ||"
    " pg_catalog.format_type(a.aggmtranstype, NULL) END, CASE WHEN a.aggmtransspace <> 0 THEN"
    " 'MSSPACE = ' || a.aggmtransspace::text END, CASE WHEN a.aggmfinalfn <> '0' THEN 'MFINALFUNC"
    " = ' || a.aggmfinalfn::text END, CASE WHEN a.aggmfinalextra THEN 'MFINALFUNC_EXTRA' END,"
    " 'MINITCOND = ' || pg_catalog.quote_literal(a.aggminitval), CASE WHEN a.aggsortop <> '0'"
    " THEN 'SORTOP = OPERATOR(' || (SELECT pg_catalog.quote_ident(sn.nspname) || '.' ||"
    " so.oprname::text FROM pg_operator so JOIN pg_namespace sn ON sn.oid = so.oprnamespace"
    " WHERE so.oid = a.aggsortop) || ')' END, CASE p.proparallel WHEN 's' THEN 'PARALLEL = SAFE'"
    " WHEN 'r' THEN 'PARALLEL = RESTRICTED' END, CASE WHEN a.aggkind = 'h' THEN 'HYPOTHETICAL'"
    " END) || ')' FROM pg_proc p JOIN pg_aggregate a ON a.aggfnoid = p.oid"
    " JOIN pg_namespace n ON n.oid = p.pronamespace, LATERAL (SELECT CASE WHEN p.pronargs = 0"
    " THEN '*' ELSE pg_catalog.pg_get_function_identity_arguments(p.oid) END AS arguments,"
    " pg_catalog.pg_get_function_arguments(p.oid) AS full_arguments) k"
    " WHERE @F AND @X1255:p.oid;";

#define TRIGGERS_SQL(piece)                                                                        \
    "SELECT 'trigger', 2620, t.oid, 0, 1259, t.tgrelid, 0, pg_catalog.quote_ident(t.tgname),"      \
    " t.tgname, NULL, pg_catalog.pg_get_triggerdef(t.oid, true), CASE t.tgenabled WHEN 'D' THEN"   \
    " 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'A' THEN 'ENABLE ALWAYS' END AS enabled"       \
    " FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid ="       \
    " c.relnamespace WHERE NOT t.tgisinternal AND" piece " AND @F"

const char skn_pg_triggers_old_sql[] = TRIGGERS_SQL(" NOT c.relispartition");
const char skn_pg_triggers_13_sql[] = TRIGGERS_SQL(" t.tgparentid = '0'");

const char skn_pg_rules_sql[] =
    "SELECT 'rule', 2618, r.oid, 0, 1259, r.ev_class, 0, pg_catalog.quote_ident(r.rulename),"
    " r.rulename, NULL, pg_catalog.rtrim(pg_catalog.pg_get_ruledef(r.oid, true), ';'), CASE"
    " r.ev_enabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'A' THEN 'ENABLE"
    " ALWAYS' END AS enabled FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class"
    " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE r.rulename <> '_RETURN' AND @F";

const char skn_pg_policies_sql[] =
    "SELECT 'policy', 3256, p.oid, 0, 1259, p.polrelid, 0, pg_catalog.quote_ident(p.polname),"
    " p.polname, NULL, pg_catalog.concat_ws(' ', CASE WHEN NOT p.polpermissive THEN 'AS"
    " RESTRICTIVE' END, CASE p.polcmd WHEN 'r' THEN 'FOR SELECT' WHEN 'a' THEN 'FOR INSERT' WHEN"
    " 'w' THEN 'FOR UPDATE' WHEN 'd' THEN 'FOR DELETE' END, 'TO ' || (SELECT"
    " pg_catalog.string_agg(CASE WHEN r = '0' THEN 'PUBLIC' ELSE"
    " pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(r)) END, ', ' ORDER BY"
    " pg_catalog.pg_get_userbyid(r)) FROM pg_catalog.unnest(p.polroles) r), 'USING (' ||"
    " pg_catalog.pg_get_expr(p.polqual, p.polrelid) || ')', 'WITH CHECK (' ||"
    " pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) || ')') FROM pg_policy p"
    " JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE @F";

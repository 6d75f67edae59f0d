/*
 * What is asked of the catalogs about operators, casts, conversions, text search, foreign data,
 * extended statistics, publications and event triggers: what is nothing but its definition. "words"
 * are those by which DROP and COMMENT ON know it, "drop" is said in place of them, "also" behind
 * the definition. Knows nothing of what becomes of the rows.
 */
#include "queries.h"

/* ---- operators ---- */

const char skn_pg_operators_sql[] =
    "SELECT 'operator', 2617, o.oid, 0, NULL, NULL, NULL, k.name, o.oprname, NULL,"
    " 'CREATE OPERATOR ' || @P o.oprname || ' (' || pg_catalog.concat_ws(', ',"
    " 'PROCEDURE = ' || o.oprcode::text, 'LEFTARG = ' || k.leftarg, 'RIGHTARG = ' || k.rightarg,"
    " (SELECT 'COMMUTATOR = ' || CASE WHEN pg_catalog.pg_operator_is_visible(co.oid)"
    " THEN co.oprname::text ELSE 'OPERATOR(' || pg_catalog.quote_ident(cn.nspname) || '.' ||"
    " co.oprname || ')' END FROM pg_operator co JOIN pg_namespace cn ON cn.oid = co.oprnamespace"
    " WHERE co.oid = o.oprcom),"
    " (SELECT 'NEGATOR = ' || CASE WHEN pg_catalog.pg_operator_is_visible(co.oid)"
    " THEN co.oprname::text ELSE 'OPERATOR(' || pg_catalog.quote_ident(cn.nspname) || '.' ||"
    " co.oprname || ')' END FROM pg_operator co JOIN pg_namespace cn ON cn.oid = co.oprnamespace"
    " WHERE co.oid = o.oprnegate),"
    " CASE WHEN o.oprrest <> '0' THEN 'RESTRICT = ' || o.oprrest::text END,"
    " CASE WHEN o.oprjoin <> '0' THEN 'JOIN = ' || o.oprjoin::text END,"
    " CASE WHEN o.oprcanhash THEN 'HASHES' END, CASE WHEN o.oprcanmerge THEN 'MERGES' END) || ')',"
    " 'OPERATOR ' || k.name AS \"+words\""
    " FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace,"
    " LATERAL (SELECT CASE WHEN o.oprleft <> '0' THEN pg_catalog.format_type(o.oprleft, NULL) END"
    " AS leftarg, CASE WHEN o.oprright <> '0' THEN pg_catalog.format_type(o.oprright, NULL) END"
    " AS rightarg) a, LATERAL (SELECT a.leftarg, a.rightarg, @P o.oprname || ' (' ||"
    " COALESCE(a.leftarg, 'NONE') || ', ' || COALESCE(a.rightarg, 'NONE') || ')' AS name) k"
    " WHERE o.oprcode <> '0' AND @F AND @Y2617:o.oid;";

const char skn_pg_families_sql[] =
    "SELECT 'operator family', 2753, f.oid, 0, NULL, NULL, NULL, k.name, f.opfname, NULL,"
    " 'CREATE OPERATOR FAMILY ' || k.name, 'OPERATOR FAMILY ' || k.name AS \"+words\""
    " FROM pg_opfamily f JOIN pg_namespace n ON n.oid = f.opfnamespace JOIN pg_am am ON am.oid ="
    " f.opfmethod, LATERAL (SELECT @Qf.opfname; || ' USING ' || pg_catalog.quote_ident(am.amname)"
    " AS name) k WHERE @F AND @Y2753:f.oid;";

const char skn_pg_classes_sql[] =
    "SELECT 'operator class', 2616, o.oid, 0, NULL, NULL, NULL, k.name, o.opcname, NULL,"
    " 'CREATE OPERATOR CLASS ' || @Qo.opcname; || CASE WHEN o.opcdefault THEN ' DEFAULT' ELSE ''"
    " END || ' FOR TYPE ' || pg_catalog.format_type(o.opcintype, NULL) || ' USING ' ||"
    " pg_catalog.quote_ident(am.amname) || ' FAMILY ' || CASE WHEN"
    " pg_catalog.pg_opfamily_is_visible(f.oid) THEN '' ELSE pg_catalog.quote_ident(fn.nspname) ||"
    " '.' END || pg_catalog.quote_ident(f.opfname) || ' AS ' || pg_catalog.concat_ws(', ',"
    " CASE WHEN o.opckeytype <> '0' THEN 'STORAGE ' || pg_catalog.format_type(o.opckeytype, NULL)"
    " END,"
    " (SELECT pg_catalog.string_agg('OPERATOR ' || a.amopstrategy || ' ' ||"
    " a.amopopr::regoperator::text || CASE WHEN a.amopsortfamily <> '0' THEN ' FOR ORDER BY ' ||"
    " (SELECT pg_catalog.quote_ident(sn.nspname) || '.' || pg_catalog.quote_ident(sf.opfname) FROM"
    " pg_opfamily sf JOIN pg_namespace sn ON sn.oid = sf.opfnamespace WHERE sf.oid ="
    " a.amopsortfamily) ELSE '' END, ', ' ORDER BY a.amopstrategy, a.amopopr::regoperator::text)"
    " FROM pg_amop a JOIN pg_depend x ON x.classid = '2602' AND x.objid = a.oid WHERE"
    " x.refclassid = '2616' AND x.refobjid = o.oid AND x.deptype = 'i'),"
    " (SELECT pg_catalog.string_agg('FUNCTION ' || a.amprocnum || ' (' ||"
    " pg_catalog.format_type(a.amproclefttype, NULL) || ', ' ||"
    " pg_catalog.format_type(a.amprocrighttype, NULL) || ') ' || a.amproc::regprocedure::text,"
    " ', ' ORDER BY a.amprocnum, a.amproc::regprocedure::text) FROM pg_amproc a JOIN pg_depend x"
    " ON x.classid = '2603' AND x.objid = a.oid WHERE x.refclassid = '2616' AND x.refobjid = o.oid"
    " AND x.deptype = 'i')), 'OPERATOR CLASS ' || k.name AS \"+words\""
    " FROM pg_opclass o JOIN pg_namespace n ON n.oid = o.opcnamespace JOIN pg_am am ON am.oid ="
    " o.opcmethod JOIN pg_opfamily f ON f.oid = o.opcfamily JOIN pg_namespace fn ON fn.oid ="
    " f.opfnamespace, LATERAL (SELECT @Qo.opcname; || ' USING ' ||"
    " pg_catalog.quote_ident(am.amname) AS name) k WHERE @F AND @Y2616:o.oid;";

/* ---- casts, conversions ---- */

const char skn_pg_casts_sql[] =
    "SELECT 'cast', 2605, c.oid, 0, NULL, NULL, NULL, k.name, k.name, NULL, 'CREATE CAST ' ||"
    " k.name || CASE c.castmethod WHEN 'f' THEN ' WITH FUNCTION ' ||"
    " c.castfunc::regprocedure::text WHEN 'i' THEN ' WITH INOUT' ELSE ' WITHOUT FUNCTION' END ||"
    " CASE c.castcontext WHEN 'a' THEN ' AS ASSIGNMENT' WHEN 'i' THEN ' AS IMPLICIT' ELSE '' END,"
    " 'CAST ' || k.name AS \"+words\" FROM pg_cast c, LATERAL (SELECT '(' ||"
    " pg_catalog.format_type(c.castsource, NULL) || ' AS ' ||"
    " pg_catalog.format_type(c.casttarget, NULL) || ')' AS name) k"
    " WHERE c.oid >= '16384' AND @Y2605:c.oid;";

const char skn_pg_conversions_sql[] =
    "SELECT 'conversion', 2607, c.oid, 0, NULL, NULL, NULL, @Qc.conname;, c.conname, NULL,"
    " CASE WHEN c.condefault THEN 'CREATE DEFAULT CONVERSION ' ELSE 'CREATE CONVERSION ' END ||"
    " @Qc.conname; || ' FOR ' ||"
    " pg_catalog.quote_literal(pg_catalog.pg_encoding_to_char(c.conforencoding)) || ' TO ' ||"
    " pg_catalog.quote_literal(pg_catalog.pg_encoding_to_char(c.contoencoding)) || ' FROM ' ||"
    " c.conproc::text, 'CONVERSION ' || @Qc.conname; AS \"+words\""
    " FROM pg_conversion c JOIN pg_namespace n ON n.oid = c.connamespace WHERE @F AND"
    " @Y2607:c.oid;";

/* ---- text search ---- */

const char skn_pg_dictionaries_sql[] =
    "SELECT 'text search dictionary', 3600, d.oid, 0, NULL, NULL, NULL, @Qd.dictname;, d.dictname,"
    " NULL, 'CREATE TEXT SEARCH DICTIONARY ' || @Qd.dictname; || ' (TEMPLATE = ' || CASE WHEN"
    " pg_catalog.pg_ts_template_is_visible(t.oid) THEN '' ELSE pg_catalog.quote_ident(tn.nspname)"
    " || '.' END || pg_catalog.quote_ident(t.tmplname) || CASE WHEN d.dictinitoption IS NOT NULL"
    " THEN ', ' || d.dictinitoption ELSE '' END || ')', 'TEXT SEARCH DICTIONARY ' ||"
    " @Qd.dictname; AS \"+words\""
    " FROM pg_ts_dict d JOIN pg_namespace n ON n.oid = d.dictnamespace JOIN pg_ts_template t ON"
    " t.oid = d.dicttemplate JOIN pg_namespace tn ON tn.oid = t.tmplnamespace WHERE @F AND"
    " @Y3600:d.oid;";

const char skn_pg_configurations_sql[] =
    "SELECT 'text search configuration', 3602, c.oid, 0, NULL, NULL, NULL, @Qc.cfgname;,"
    " c.cfgname, NULL, 'CREATE TEXT SEARCH CONFIGURATION ' || @Qc.cfgname; || ' (PARSER = ' ||"
    " CASE WHEN pg_catalog.pg_ts_parser_is_visible(p.oid) THEN '' ELSE"
    " pg_catalog.quote_ident(pn.nspname) || '.' END || pg_catalog.quote_ident(p.prsname) || ')',"
    " 'TEXT SEARCH CONFIGURATION ' || @Qc.cfgname; AS \"+words\""
    " FROM pg_ts_config c JOIN pg_namespace n ON n.oid = c.cfgnamespace JOIN pg_ts_parser p ON"
    " p.oid = c.cfgparser JOIN pg_namespace pn ON pn.oid = p.prsnamespace WHERE @F AND"
    " @Y3602:c.oid;";

/* Which dictionaries a configuration asks for one kind of token. */
const char skn_pg_mappings_sql[] =
    "SELECT 'text search mapping', 3603, m.mapcfg, m.maptokentype, 3602, m.mapcfg, 0,"
    " pg_catalog.quote_ident(t.alias), t.alias, NULL, k.head || ' ADD MAPPING FOR ' ||"
    " pg_catalog.quote_ident(t.alias) || ' WITH ' || pg_catalog.string_agg(CASE WHEN"
    " pg_catalog.pg_ts_dict_is_visible(d.oid) THEN '' ELSE pg_catalog.quote_ident(dn.nspname) ||"
    " '.' END || pg_catalog.quote_ident(d.dictname), ', ' ORDER BY m.mapseqno),"
    " k.head || ' DROP MAPPING FOR ' || pg_catalog.quote_ident(t.alias) AS \"+drop\""
    " FROM pg_ts_config_map m JOIN pg_ts_config c ON c.oid = m.mapcfg JOIN pg_namespace n ON n.oid"
    " = c.cfgnamespace JOIN pg_ts_dict d ON d.oid = m.mapdict JOIN pg_namespace dn ON dn.oid ="
    " d.dictnamespace, LATERAL (SELECT y.alias FROM pg_catalog.ts_token_type(c.cfgparser) y WHERE"
    " y.tokid = m.maptokentype) t, LATERAL (SELECT 'ALTER TEXT SEARCH CONFIGURATION ' ||"
    " @Qc.cfgname; AS head) k WHERE @F GROUP BY m.mapcfg, m.maptokentype, t.alias, k.head";

const char skn_pg_mapping_needs_sql[] =
    "SELECT 3603, m.mapcfg, m.maptokentype, 3600, m.mapdict, 0 FROM pg_ts_config_map m WHERE"
    " m.mapcfg >= '16384'";

/* ---- foreign data ---- */

const char skn_pg_wrappers_sql[] =
    "SELECT 'foreign-data wrapper', 2328, w.oid, 0, NULL, NULL, NULL,"
    " pg_catalog.quote_ident(w.fdwname), w.fdwname, NULL, 'CREATE FOREIGN DATA WRAPPER ' ||"
    " pg_catalog.quote_ident(w.fdwname) || CASE WHEN w.fdwhandler <> '0' THEN ' HANDLER ' ||"
    " w.fdwhandler::regproc::text ELSE '' END || CASE WHEN w.fdwvalidator <> '0' THEN"
    " ' VALIDATOR ' || w.fdwvalidator::regproc::text ELSE '' END || @Ow.fdwoptions;,"
    " 'FOREIGN DATA WRAPPER ' || pg_catalog.quote_ident(w.fdwname) AS \"+words\""
    " FROM pg_foreign_data_wrapper w WHERE @Y2328:w.oid;";

/* What may be a secret is no part of a file: those are named instead. */
#define SECRET(list)                                                                               \
    "EXISTS (SELECT FROM pg_catalog.unnest(" list ") z WHERE "                                     \
    "pg_catalog.regexp_match(pg_catalog.split_part(z, '=', 1), 'pass|secret|token', 'i') IS "      \
    "NOT NULL)"

const char skn_pg_servers_sql[] =
    "SELECT 'foreign server', 1417, s.oid, 0, NULL, NULL, NULL, pg_catalog.quote_ident(s.srvname),"
    " s.srvname, NULL, 'CREATE SERVER ' || pg_catalog.quote_ident(s.srvname) ||"
    " COALESCE(' TYPE ' || pg_catalog.quote_literal(s.srvtype), '') ||"
    " COALESCE(' VERSION ' || pg_catalog.quote_literal(s.srvversion), '') ||"
    " ' FOREIGN DATA WRAPPER ' || pg_catalog.quote_ident(w.fdwname) || @Os.srvoptions;,"
    " 'SERVER ' || pg_catalog.quote_ident(s.srvname) AS \"+words\""
    " FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw"
    " WHERE NOT " SECRET("s.srvoptions") " AND @Y1417:s.oid;";

#define MAPPED_USER                                                                                \
    "CASE WHEN m.umuser = '0' THEN 'PUBLIC' ELSE pg_catalog.quote_ident(m.usename) END || "        \
    "' SERVER ' || pg_catalog.quote_ident(m.srvname)"
#define SUPERUSER "pg_catalog.current_setting('is_superuser') = 'on'"

/* Their options are hidden from others, who could not tell them from none. */
const char skn_pg_user_mappings_sql[] =
    "SELECT 'user mapping', 1418, m.umid, 0, NULL, NULL, NULL, k.name, k.name, NULL,"
    " 'CREATE USER MAPPING FOR ' || k.name || @Om.umoptions;, 'USER MAPPING FOR ' || k.name AS"
    " \"+words\" FROM pg_user_mappings m, LATERAL (SELECT " MAPPED_USER " AS name) k"
    " WHERE " SUPERUSER " AND NOT " SECRET("m.umoptions");

const char skn_pg_foreign_tables_sql[] =
    "SELECT 'foreign table', 1259, c.oid, 0, NULL, NULL, NULL, @Qc.relname;, c.relname,"
    " @Qc.relname;, 'CREATE FOREIGN TABLE ' || @Qc.relname; || ' (' || COALESCE((SELECT"
    " pg_catalog.string_agg(E'\\n    ' || pg_catalog.quote_ident(a.attname) || ' ' ||"
    " pg_catalog.format_type(a.atttypid, a.atttypmod) || @Oa.attfdwoptions; || COALESCE((SELECT"
    " ' COLLATE ' || CASE WHEN pg_catalog.pg_collation_is_visible(co.oid) THEN '' ELSE"
    " pg_catalog.quote_ident(cn.nspname) || '.' END || pg_catalog.quote_ident(co.collname) FROM"
    " pg_collation co JOIN pg_namespace cn ON cn.oid = co.collnamespace WHERE co.oid ="
    " a.attcollation AND a.attcollation <> t.typcollation), '') || CASE WHEN a.attgenerated <> ''"
    " THEN ' GENERATED ALWAYS AS (' || pg_catalog.pg_get_expr(d.adbin, d.adrelid) || ') STORED'"
    " ELSE COALESCE(' DEFAULT ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid), '') END || CASE"
    " WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END, ',' ORDER BY a.attnum) FROM pg_attribute a"
    " JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND"
    " d.adnum = a.attnum WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '') ||"
    " ') SERVER ' || pg_catalog.quote_ident(s.srvname) || @Of.ftoptions;,"
    " 'FOREIGN TABLE ' || @Qc.relname; AS \"+words\""
    " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_foreign_table f ON"
    " f.ftrelid = c.oid JOIN pg_foreign_server s ON s.oid = f.ftserver WHERE @F AND NOT EXISTS"
    " (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid) AND NOT " SECRET(
        "f.ftoptions") " AND"
                       " @X1259:c.oid;";

/* ---- statistics, publications, event triggers ---- */

const char skn_pg_statistics_sql[] =
    "SELECT 'extended statistics', 3381, s.oid, 0, 1259, s.stxrelid, 0, @Qs.stxname;, s.stxname,"
    " @Qs.stxname;, 'CREATE STATISTICS ' || @Qs.stxname; || pg_catalog.substr("
    "pg_catalog.pg_get_statisticsobjdef(s.oid), pg_catalog.length('CREATE STATISTICS ' ||"
    " pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(s.stxname)) + 1),"
    " CASE WHEN k.target IS NOT NULL AND k.target <> '-1' THEN 'ALTER STATISTICS ' ||"
    " @Qs.stxname; || ' SET STATISTICS ' || k.target END AS also,"
    " 'STATISTICS ' || @Qs.stxname; AS \"+words\""
    " FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace, LATERAL (SELECT"
    " pg_catalog.jsonb_extract_path_text(pg_catalog.to_jsonb(s), 'stxstattarget') AS target) k"
    " WHERE @F AND @Y3381:s.oid;";

const char skn_pg_publications_sql[] =
    "SELECT 'publication', 6104, p.oid, 0, NULL, NULL, NULL, pg_catalog.quote_ident(p.pubname),"
    " p.pubname, NULL, 'CREATE PUBLICATION ' || pg_catalog.quote_ident(p.pubname) || CASE WHEN"
    " p.puballtables THEN ' FOR ALL TABLES' ELSE COALESCE(' FOR ' || (SELECT"
    " pg_catalog.string_agg(m.text, ', ' ORDER BY m.text) FROM (SELECT 'TABLE ONLY ' ||"
    " pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) ||"
    " COALESCE(' (' || (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER"
    " BY a.attnum) FROM pg_attribute a WHERE a.attrelid = r.prrelid AND a.attnum = ANY"
    " (r.prattrs::int2[])) || ')', '') || COALESCE(' WHERE (' || pg_catalog.pg_get_expr(r.prqual,"
    " r.prrelid) || ')', '') AS text FROM pg_publication_rel r JOIN pg_class c ON c.oid ="
    " r.prrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE r.prpubid = p.oid UNION ALL"
    " SELECT 'TABLES IN SCHEMA ' || pg_catalog.quote_ident(n.nspname) FROM"
    " pg_publication_namespace r JOIN pg_namespace n ON n.oid = r.pnnspid WHERE r.pnpubid ="
    " p.oid) m), '') END || ' WITH (publish = ' || pg_catalog.quote_literal("
    "pg_catalog.concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate"
    " THEN 'update' END, CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN"
    " 'truncate' END)) || CASE WHEN p.pubviaroot THEN ', publish_via_partition_root = true' ELSE"
    " '' END || ')', 'PUBLICATION ' || pg_catalog.quote_ident(p.pubname) AS \"+words\""
    " FROM pg_publication p WHERE @Y6104:p.oid;";

const char skn_pg_event_triggers_sql[] =
    "SELECT 'event trigger', 3466, e.oid, 0, NULL, NULL, NULL, pg_catalog.quote_ident(e.evtname),"
    " e.evtname, NULL, 'CREATE EVENT TRIGGER ' || pg_catalog.quote_ident(e.evtname) || ' ON ' ||"
    " e.evtevent || COALESCE(' WHEN TAG IN (' || (SELECT"
    " pg_catalog.string_agg(pg_catalog.quote_literal(t), ', ' ORDER BY t) FROM"
    " pg_catalog.unnest(e.evttags) t) || ')', '') || ' EXECUTE PROCEDURE ' ||"
    " e.evtfoid::regproc::text || '()', CASE WHEN e.evtenabled <> 'O' THEN 'ALTER EVENT TRIGGER '"
    " || pg_catalog.quote_ident(e.evtname) || CASE e.evtenabled WHEN 'D' THEN ' DISABLE' WHEN 'R'"
    " THEN ' ENABLE REPLICA' ELSE ' ENABLE ALWAYS' END END AS also,"
    " 'EVENT TRIGGER ' || pg_catalog.quote_ident(e.evtname) AS \"+words\""
    " FROM pg_event_trigger e WHERE @Y3466:e.oid;";

/* ---- whose parts have places of their own ---- */

const char skn_pg_special_aliases_sql[] =
    "SELECT x.classid, x.objid, 0, x.refclassid, x.refobjid, 0 FROM pg_depend x WHERE x.classid IN"
    " ('2602', '2603') AND x.refclassid = '2616' AND x.deptype = 'i' AND x.objid >= '16384'";

const char skn_pg_publication_aliases_sql[] =
    "SELECT 6106, r.oid, 0, 6104, r.prpubid, 0 FROM pg_publication_rel r UNION ALL"
    " SELECT 6237, r.oid, 0, 6104, r.pnpubid, 0 FROM pg_publication_namespace r";

/* ---- those that cannot be told ---- */

const char skn_pg_special_foreign_sql[] =
    "SELECT 'user mapping', k.name FROM pg_user_mappings m, LATERAL (SELECT " MAPPED_USER
    " AS name) k WHERE NOT " SUPERUSER " OR " SECRET(
        "m.umoptions") " UNION ALL SELECT"
                       " 'foreign server with a secret', s.srvname::text FROM pg_foreign_server s "
                       "WHERE " SECRET(
                           "s.srvoptions") " UNION ALL SELECT 'shell operator', o.oprname::text "
                                           "FROM pg_operator o"
                                           " WHERE o.oprcode = '0' UNION ALL SELECT 'member of an "
                                           "operator family',"
                                           " f.opfname::text FROM pg_opfamily f JOIN pg_depend x "
                                           "ON x.refclassid ="
                                           " '2753' AND x.refobjid = f.oid AND x.classid IN "
                                           "('2602', '2603') AND"
                                           " x.deptype = 'a' WHERE x.objid >= '16384' AND "
                                           "@Y2753:f.oid; UNION ALL"
                                           " SELECT 'subscription', s.subname::text FROM "
                                           "pg_subscription s JOIN"
                                           " pg_database d ON d.oid = s.subdbid WHERE d.datname ="
                                           " pg_catalog.current_database()";

const char skn_pg_publications_foreign_sql[] =
    "SELECT 'publication', p.pubname::text FROM pg_publication p WHERE @Y6104:p.oid;";

/*
 * Prints where everything in <skein/driver.h> and <skein/schema.h> lies, one fact a line: check.sh
 * holds it against the layouts of all versions so far. Whatever is added to the header is added
 * here.
 */
#include <stdio.h>

#include <skein/driver.h>
#include <skein/schema.h>

#define FIELD(type, field)                                                                         \
    printf("struct %s.%s offset %zu size %zu\n", #type, #field, offsetof(struct type, field),      \
           sizeof(((struct type *)0)->field))

/* Only what is frozen keeps its size. */
#define FROZEN(type) printf("struct %s size %zu\n", #type, sizeof(struct type))

/* Nothing that could be a field stands behind the last one, so that none is forgotten here. */
#define LAST(type, field)                                                                          \
    _Static_assert(sizeof(struct type) - offsetof(struct type, field) -                            \
                           sizeof(((struct type *)0)->field) <                                     \
                       _Alignof(struct type),                                                      \
                   "a field of " #type " is missing here")

#define VALUE(name) printf("value %s %lld\n", #name, (long long)(name))

static void structs_print(void)
{
    FIELD(skn_str, ptr);
    FIELD(skn_str, len);
    LAST(skn_str, len);
    FROZEN(skn_str);

    FIELD(skn_kv, key);
    FIELD(skn_kv, value);
    LAST(skn_kv, value);
    FROZEN(skn_kv);

    FIELD(skn_error, size);
    FIELD(skn_error, code);
    FIELD(skn_error, native);
    FIELD(skn_error, position);
    FIELD(skn_error, step);
    FIELD(skn_error, reserved);
    FIELD(skn_error, sqlstate);
    FIELD(skn_error, message);
    LAST(skn_error, message);

    FIELD(skn_scan, size);
    FIELD(skn_scan, options);
    FIELD(skn_scan, kind);
    FIELD(skn_scan, flags);
    FIELD(skn_scan, next);
    FIELD(skn_scan, start);
    FIELD(skn_scan, end);
    FIELD(skn_scan, object);
    FIELD(skn_scan, words);
    FIELD(skn_scan, delimiter);
    LAST(skn_scan, delimiter);

    FIELD(skn_dialect, size);
    FIELD(skn_dialect, flags);
    FIELD(skn_dialect, id_type);
    FIELD(skn_dialect, text_type);
    FIELD(skn_dialect, long_type);
    FIELD(skn_dialect, integer_type);
    FIELD(skn_dialect, time_type);
    FIELD(skn_dialect, table_options);
    LAST(skn_dialect, table_options);

    FIELD(skn_host, size);
    FIELD(skn_host, abi_minor);
    FIELD(skn_host, ctx);
    FIELD(skn_host, log);
    FIELD(skn_host, alloc);
    FIELD(skn_host, cancelled);
    FIELD(skn_host, time_left);
    FIELD(skn_host, scan);
    LAST(skn_host, scan);

    FIELD(skn_option, name);
    FIELD(skn_option, fallback);
    FIELD(skn_option, help);
    FIELD(skn_option, type);
    FIELD(skn_option, flags);
    LAST(skn_option, flags);

    FIELD(skn_server, size);
    FIELD(skn_server, flags);
    FIELD(skn_server, caps);
    FIELD(skn_server, version);
    FIELD(skn_server, product);
    FIELD(skn_server, server_id);
    FIELD(skn_server, identity);
    FIELD(skn_server, user);
    FIELD(skn_server, schema);
    FIELD(skn_server, refusal);
    LAST(skn_server, refusal);

    FIELD(skn_step, sql);
    FIELD(skn_step, op);
    FIELD(skn_step, reserved);
    LAST(skn_step, reserved);
    FROZEN(skn_step);

    FIELD(skn_events, size);
    FIELD(skn_events, reserved);
    FIELD(skn_events, ctx);
    FIELD(skn_events, row);
    FIELD(skn_events, done);
    LAST(skn_events, done);

    FIELD(skn_status, size);
    FIELD(skn_status, flags);
    FIELD(skn_status, session);
    LAST(skn_status, session);

    FIELD(skn_driver, size);
    FIELD(skn_driver, abi_minor);
    FIELD(skn_driver, name);
    FIELD(skn_driver, version);
    FIELD(skn_driver, summary);
    FIELD(skn_driver, options);
    FIELD(skn_driver, option_count);
    FIELD(skn_driver, option_size);
    FIELD(skn_driver, dialect);
    FIELD(skn_driver, caps);
    FIELD(skn_driver, open);
    FIELD(skn_driver, close);
    FIELD(skn_driver, describe);
    FIELD(skn_driver, exec);
    FIELD(skn_driver, status);
    FIELD(skn_driver, exists);
    FIELD(skn_driver, quote);
    FIELD(skn_driver, scan);
    FIELD(skn_driver, lock);
    FIELD(skn_driver, unlock);
    FIELD(skn_driver, retarget);
    FIELD(skn_driver, token);
    FIELD(skn_driver, settle);
    FIELD(skn_driver, fingerprint);
    FIELD(skn_driver, schema);
    FIELD(skn_driver, script);
    FIELD(skn_driver, prove);
    FIELD(skn_driver, rolls_back);
    FIELD(skn_driver, holder);
    LAST(skn_driver, holder);
}

static void values_print(void)
{
    /* enum skn_code */
    VALUE(SKN_OK);
    VALUE(SKN_E_USAGE);
    VALUE(SKN_E_CONFIG);
    VALUE(SKN_E_CONNECT);
    VALUE(SKN_E_AUTH);
    VALUE(SKN_E_PERMISSION);
    VALUE(SKN_E_SYNTAX);
    VALUE(SKN_E_MISSING);
    VALUE(SKN_E_EXISTS);
    VALUE(SKN_E_CONSTRAINT);
    VALUE(SKN_E_BUSY);
    VALUE(SKN_E_TIMEOUT);
    VALUE(SKN_E_CANCELLED);
    VALUE(SKN_E_UNSUPPORTED);
    VALUE(SKN_E_UNCERTAIN);
    VALUE(SKN_E_NOMEM);
    VALUE(SKN_E_DRIVER);

    /* enum skn_statement_kind */
    VALUE(SKN_STATEMENT_END);
    VALUE(SKN_STATEMENT_DDL);
    VALUE(SKN_STATEMENT_DML);
    VALUE(SKN_STATEMENT_QUERY);
    VALUE(SKN_STATEMENT_SESSION);
    VALUE(SKN_STATEMENT_OTHER);
    VALUE(SKN_STATEMENT_BEGIN);
    VALUE(SKN_STATEMENT_COMMIT);
    VALUE(SKN_STATEMENT_ROLLBACK);
    VALUE(SKN_STATEMENT_SAVEPOINT);
    VALUE(SKN_STATEMENT_IGNORED);

    /* enum skn_statement_flag */
    VALUE(SKN_STATEMENT_NO_TX);
    VALUE(SKN_STATEMENT_REPEATABLE);
    VALUE(SKN_STATEMENT_ALONE);

    /* enum skn_scan_option */
    VALUE(SKN_SCAN_VARIABLES);

    /* enum skn_dialect_flag */
    VALUE(SKN_DIALECT_DOLLAR_QUOTES);
    VALUE(SKN_DIALECT_BACKTICKS);
    VALUE(SKN_DIALECT_BRACKETS);
    VALUE(SKN_DIALECT_BACKSLASHES);
    VALUE(SKN_DIALECT_E_STRINGS);
    VALUE(SKN_DIALECT_HASH_COMMENTS);
    VALUE(SKN_DIALECT_NESTED_COMMENTS);
    VALUE(SKN_DIALECT_EXECUTABLE_COMMENTS);
    VALUE(SKN_DIALECT_DELIMITER);
    VALUE(SKN_DIALECT_ROUTINE_BODIES);
    VALUE(SKN_DIALECT_TRIGGER_BODIES);
    VALUE(SKN_DIALECT_ATOMIC_BODIES);
    VALUE(SKN_DIALECT_DASH_NEEDS_SPACE);
    VALUE(SKN_DIALECT_DOUBLE_QUOTED_TEXT);
    VALUE(SKN_DIALECT_PSQL);
    VALUE(SKN_DIALECT_ALEMBIC_TX);

    /* enum skn_option_type */
    VALUE(SKN_OPT_STRING);
    VALUE(SKN_OPT_INT);
    VALUE(SKN_OPT_BOOL);
    VALUE(SKN_OPT_PATH);

    /* enum skn_option_flag */
    VALUE(SKN_OPT_REQUIRED);
    VALUE(SKN_OPT_SECRET);

    /* enum skn_cap */
    VALUE(SKN_CAP_DDL_TX);
    VALUE(SKN_CAP_LOCK);
    VALUE(SKN_CAP_PIPELINE);
    VALUE(SKN_CAP_SAVEPOINT);
    VALUE(SKN_CAP_PREPARE);
    VALUE(SKN_CAP_RETARGET);
    VALUE(SKN_CAP_SETTLE);
    VALUE(SKN_CAP_LOCK_ASIDE);

    /* enum skn_server_flag */
    VALUE(SKN_SERVER_READ_ONLY);
    VALUE(SKN_SERVER_POOLED);
    VALUE(SKN_SERVER_SUPERUSER);
    VALUE(SKN_SERVER_LOCAL);
    VALUE(SKN_SERVER_NO_CREATE);

    /* enum skn_step_op */
    VALUE(SKN_STEP_SQL);
    VALUE(SKN_STEP_BEGIN);
    VALUE(SKN_STEP_FENCE);
    VALUE(SKN_STEP_COMMIT);
    VALUE(SKN_STEP_ROLLBACK);
    VALUE(SKN_STEP_RESET);
    VALUE(SKN_STEP_PREPARE);
    VALUE(SKN_STEP_COMMIT_PREPARED);
    VALUE(SKN_STEP_ROLLBACK_PREPARED);
    VALUE(SKN_STEP_CHECK);
    VALUE(SKN_STEP_RIGHTS);

    /* enum skn_status_flag */
    VALUE(SKN_STATUS_OPEN);
    VALUE(SKN_STATUS_IN_TX);
    VALUE(SKN_STATUS_FAILED_TX);
    VALUE(SKN_STATUS_CHANGED);

    /* enum skn_quote_kind */
    VALUE(SKN_QUOTE_IDENT);
    VALUE(SKN_QUOTE_LITERAL);

    /* enum skn_script_part */
    VALUE(SKN_SCRIPT_OPEN);
    VALUE(SKN_SCRIPT_PLACE);
    VALUE(SKN_SCRIPT_RESET);
    VALUE(SKN_SCRIPT_BEGIN);
    VALUE(SKN_SCRIPT_FENCE);
    VALUE(SKN_SCRIPT_COMMIT);
    VALUE(SKN_SCRIPT_CHECK);
    VALUE(SKN_SCRIPT_NOW);

    /* enum skn_outcome */
    VALUE(SKN_OUTCOME_UNKNOWN);
    VALUE(SKN_OUTCOME_COMMITTED);
    VALUE(SKN_OUTCOME_ABORTED);
    VALUE(SKN_OUTCOME_RUNNING);
    VALUE(SKN_OUTCOME_PARTLY);
}

static void schema_structs_print(void)
{
    FIELD(skn_kind, name);
    FIELD(skn_kind, rank);
    FIELD(skn_kind, flags);
    LAST(skn_kind, flags);
    FROZEN(skn_kind);

    FIELD(skn_attr, key);
    FIELD(skn_attr, value);
    FIELD(skn_attr, attr_class);
    FIELD(skn_attr, reserved);
    LAST(skn_attr, reserved);
    FROZEN(skn_attr);

    FIELD(skn_fact, size);
    FIELD(skn_fact, kind);
    FIELD(skn_fact, id);
    FIELD(skn_fact, name);
    FIELD(skn_fact, slot);
    FIELD(skn_fact, definition);
    FIELD(skn_fact, parent_id);
    FIELD(skn_fact, parent_kind);
    FIELD(skn_fact, attr_count);
    FIELD(skn_fact, attrs);
    LAST(skn_fact, attrs);

    FIELD(skn_sink, size);
    FIELD(skn_sink, reserved);
    FIELD(skn_sink, ctx);
    FIELD(skn_sink, object);
    FIELD(skn_sink, need);
    FIELD(skn_sink, unmodelled);
    LAST(skn_sink, unmodelled);

    FIELD(skn_schema_options, size);
    FIELD(skn_schema_options, flags);
    FIELD(skn_schema_options, version);
    FIELD(skn_schema_options, schema);
    FIELD(skn_schema_options, ignore_count);
    FIELD(skn_schema_options, reserved);
    FIELD(skn_schema_options, ignore);
    LAST(skn_schema_options, ignore);

    FIELD(skn_attr_change, key);
    FIELD(skn_attr_change, from);
    FIELD(skn_attr_change, to);
    LAST(skn_attr_change, to);
    FROZEN(skn_attr_change);

    FIELD(skn_change, size);
    FIELD(skn_change, op);
    FIELD(skn_change, from);
    FIELD(skn_change, to);
    FIELD(skn_change, attrs);
    FIELD(skn_change, attr_count);
    FIELD(skn_change, member_count);
    FIELD(skn_change, members);
    LAST(skn_change, members);

    FIELD(skn_sql, size);
    FIELD(skn_sql, flags);
    FIELD(skn_sql, text);
    FIELD(skn_sql, note);
    FIELD(skn_sql, probe);
    LAST(skn_sql, probe);

    FIELD(skn_schema_host, size);
    FIELD(skn_schema_host, reserved);
    FIELD(skn_schema_host, ctx);
    FIELD(skn_schema_host, kind);
    FIELD(skn_schema_host, id);
    FIELD(skn_schema_host, name);
    FIELD(skn_schema_host, definition);
    FIELD(skn_schema_host, attr);
    FIELD(skn_schema_host, parent);
    FIELD(skn_schema_host, child);
    FIELD(skn_schema_host, needed);
    FIELD(skn_schema_host, dependent);
    FIELD(skn_schema_host, find);
    FIELD(skn_schema_host, write);
    LAST(skn_schema_host, write);

    FIELD(skn_schema_facet, size);
    FIELD(skn_schema_facet, kind_count);
    FIELD(skn_schema_facet, kinds);
    FIELD(skn_schema_facet, inspect);
    FIELD(skn_schema_facet, scratch_open);
    FIELD(skn_schema_facet, scratch_close);
    FIELD(skn_schema_facet, scratch_sweep);
    FIELD(skn_schema_facet, classify);
    FIELD(skn_schema_facet, render);
    FIELD(skn_schema_facet, rebuilds);
    LAST(skn_schema_facet, rebuilds);
}

static void schema_values_print(void)
{
    /* enum skn_kind_flag */
    VALUE(SKN_KIND_DATA);
    VALUE(SKN_KIND_FOLD_ADD);
    VALUE(SKN_KIND_FOLD_DROP);
    VALUE(SKN_KIND_RENAME);
    VALUE(SKN_KIND_PART);
    VALUE(SKN_KIND_GRANT);

    /* enum skn_attr_class */
    VALUE(SKN_ATTR_SEMANTIC);
    VALUE(SKN_ATTR_LAYOUT);
    VALUE(SKN_ATTR_INFO);

    /* enum skn_schema_option */
    VALUE(SKN_SCHEMA_ONLINE);
    VALUE(SKN_SCHEMA_GRANTS);

    /* enum skn_change_op */
    VALUE(SKN_CHANGE_NONE);
    VALUE(SKN_CHANGE_ADD);
    VALUE(SKN_CHANGE_DROP);
    VALUE(SKN_CHANGE_ALTER);
    VALUE(SKN_CHANGE_RENAME);
    VALUE(SKN_CHANGE_REPLACE);

    /* enum skn_class */
    VALUE(SKN_CLASS_EQUAL);
    VALUE(SKN_CLASS_ALTER);
    VALUE(SKN_CLASS_REPLACE);
    VALUE(SKN_CLASS_REFUSE);
    VALUE(SKN_CLASS_REBUILD);
    VALUE(SKN_CLASS_CARRY);

    /* enum skn_sql_flag */
    VALUE(SKN_SQL_NO_TX);
    VALUE(SKN_SQL_COMMIT_AFTER);
    VALUE(SKN_SQL_DESTROYS_DATA);
    VALUE(SKN_SQL_LOSSY);
    VALUE(SKN_SQL_MAY_FAIL);
    VALUE(SKN_SQL_REWRITES);
    VALUE(SKN_SQL_BLOCKS_WRITES);
    VALUE(SKN_SQL_BLOCKS_READS);
    VALUE(SKN_SQL_MANUAL);
}

int main(void)
{
    VALUE(SKN_ABI_MAJOR);
    structs_print();
    values_print();
    schema_structs_print();
    schema_values_print();
    return 0;
}

/*
 * The MySQL and MariaDB driver: its table. Written to what MariaDB Connector/C and MySQL's client
 * library have in common.
 */
#include "schema.h"

static const struct skn_driver driver = {
    .size = sizeof(struct skn_driver),
    .abi_minor = SKN_ABI_MINOR,
    .name = "mysql",
    .version = SKEIN_VERSION,
    .summary = "MySQL 5.7 and later, MariaDB 10.2 and later",
    .options = skn_mysql_options,
    .option_count = SKN_MYSQL_OPTION_COUNT,
    .option_size = sizeof(struct skn_option),
    .dialect = &skn_mysql_dialect,
    .caps = SKN_CAP_LOCK | SKN_CAP_RETARGET,
    .open = skn_mysql_open,
    .close = skn_mysql_close,
    .describe = skn_mysql_describe,
    .exec = skn_mysql_exec,
    .status = skn_mysql_status,
    .exists = skn_mysql_exists,
    .quote = skn_mysql_quote,
    .scan = skn_mysql_scan,
    .lock = skn_mysql_lock,
    .unlock = skn_mysql_unlock,
    .retarget = skn_mysql_retarget,
    .fingerprint = skn_mysql_fingerprint,
    .schema = &skn_mysql_schema,
    .script = skn_mysql_script,
    .prove = skn_mysql_prove,
    .rolls_back = skn_mysql_rolls_back,
    .holder = skn_mysql_holder,
};

const struct skn_driver *SKN_DRIVER_ENTRY(const struct skn_host *host, struct skn_error *err)
{
    if (!SKN_HAS(host, skn_host, scan)) {
        skn_fail(err, SKN_E_USAGE, NULL, 0, "the host lacks services of driver ABI 1.0");
        return NULL;
    }
    return &driver;
}

/*
 * What the library and the server say, in skein's words: a class that tells what to do next, where
 * in the statement it went wrong, and never the password. It knows nothing of transactions.
 */
#include "conn.h"

#include <ctype.h>
#include <stdlib.h>

struct error_class {
    unsigned native;
    int code;
    const char *hint; /* a second clause, or NULL */
};

static const char *const PACKET_HINT =
    "raise max_allowed_packet on the server or split the statement";

/* Where the SQLSTATE (often HY000 or 42000) does not tell enough. Numbers up to 1969 are the same
 * in MySQL and MariaDB where both have them; 3024 and up are MySQL's, 4025 MariaDB's. */
static const struct error_class classes[] = {
    {CR_SERVER_GONE_ERROR, SKN_E_CONNECT, NULL},
    {CR_SERVER_LOST, SKN_E_CONNECT, NULL},
    {CR_SERVER_LOST_EXTENDED, SKN_E_CONNECT, NULL},
    {CR_CONNECTION_ERROR, SKN_E_CONNECT, NULL},
    {CR_CONN_HOST_ERROR, SKN_E_CONNECT, NULL},
    {CR_UNKNOWN_HOST, SKN_E_CONNECT, NULL},
    {CR_SSL_CONNECTION_ERROR, SKN_E_CONNECT, "see options tls and ssl_ca"},
    {CR_MALFORMED_PACKET, SKN_E_CONNECT, NULL},
    {CR_COMMANDS_OUT_OF_SYNC, SKN_E_DRIVER, NULL},
    {CR_OUT_OF_MEMORY, SKN_E_NOMEM, NULL},
    {CR_NET_PACKET_TOO_LARGE, SKN_E_UNSUPPORTED, PACKET_HINT},
    {CR_AUTH_PLUGIN_CANNOT_LOAD, SKN_E_AUTH, "this way to log in is not offered by skein"},
    {CR_AUTH_PLUGIN_ERR, SKN_E_AUTH, "this way to log in is not offered by skein"},
    {1005, SKN_E_CONSTRAINT, NULL}, /* cannot create table: foreign key */
    {1007, SKN_E_EXISTS, NULL},     /* database exists */
    {1008, SKN_E_MISSING, NULL},    /* no such database to drop */
    {1036, SKN_E_PERMISSION, NULL}, /* table is read-only */
    {1040, SKN_E_BUSY, NULL},       /* too many connections */
    {1044, SKN_E_AUTH, NULL},       /* no access to the database */
    {1045, SKN_E_AUTH, "check user and password"},
    {1047, SKN_E_BUSY, NULL},       /* Galera: node not ready */
    {1048, SKN_E_CONSTRAINT, NULL}, /* column cannot be null */
    {1049, SKN_E_MISSING, "create the database first"},
    {1050, SKN_E_EXISTS, NULL},      /* table */
    {1051, SKN_E_MISSING, NULL},     /* table to drop */
    {1054, SKN_E_MISSING, NULL},     /* column */
    {1060, SKN_E_EXISTS, NULL},      /* column */
    {1061, SKN_E_EXISTS, NULL},      /* index */
    {1062, SKN_E_CONSTRAINT, NULL},  /* duplicate entry */
    {1068, SKN_E_EXISTS, NULL},      /* primary key */
    {1072, SKN_E_MISSING, NULL},     /* key column */
    {1091, SKN_E_MISSING, NULL},     /* column or key to drop */
    {1093, SKN_E_SYNTAX, NULL},      /* table is changed and read at once */
    {1095, SKN_E_PERMISSION, NULL},  /* not owner of thread */
    {1115, SKN_E_UNSUPPORTED, NULL}, /* character set */
    {1129, SKN_E_AUTH, NULL},        /* host blocked */
    {1130, SKN_E_AUTH, NULL},        /* host not allowed */
    {1136, SKN_E_SYNTAX, NULL},      /* column count */
    {1142, SKN_E_PERMISSION, NULL},  /* command denied on table */
    {1143, SKN_E_PERMISSION, NULL},  /* command denied on column */
    {1146, SKN_E_MISSING, NULL},     /* table */
    {1153, SKN_E_UNSUPPORTED, PACKET_HINT},
    {1176, SKN_E_MISSING, NULL}, /* key */
    {1193, SKN_E_MISSING, NULL}, /* system variable */
    {1203, SKN_E_BUSY, NULL},    /* too many connections of the user */
    {1205, SKN_E_BUSY, "another session holds the lock; option lock_wait_timeout"},
    {1213, SKN_E_BUSY, NULL},        /* deadlock */
    {1215, SKN_E_CONSTRAINT, NULL},  /* cannot add foreign key */
    {1221, SKN_E_SYNTAX, NULL},      /* incorrect usage */
    {1222, SKN_E_SYNTAX, NULL},      /* column count of UNION */
    {1223, SKN_E_BUSY, NULL},        /* global read lock */
    {1226, SKN_E_BUSY, NULL},        /* user's resource limit */
    {1227, SKN_E_PERMISSION, NULL},  /* privilege needed */
    {1235, SKN_E_UNSUPPORTED, NULL}, /* not in this version */
    {1241, SKN_E_SYNTAX, NULL},      /* operand columns */
    {1242, SKN_E_CONSTRAINT, NULL},  /* subquery gives more than one row */
    {1251, SKN_E_AUTH, NULL},        /* old authentication */
    {1265, SKN_E_CONSTRAINT, NULL},  /* data truncated */
    {1267, SKN_E_SYNTAX, NULL},      /* collations */
    {1273, SKN_E_UNSUPPORTED, NULL}, /* collation */
    {1275, SKN_E_AUTH, NULL},        /* old authentication */
    {1286, SKN_E_UNSUPPORTED, NULL}, /* storage engine */
    {1290, SKN_E_PERMISSION, NULL},  /* an option of the server, such as --read-only */
    {1304, SKN_E_EXISTS, NULL},      /* routine */
    {1305, SKN_E_MISSING, NULL},     /* routine */
    {1317, SKN_E_CANCELLED, NULL},   /* KILL QUERY */
    {1359, SKN_E_EXISTS, NULL},      /* trigger */
    {1360, SKN_E_MISSING, NULL},     /* trigger */
    {1364, SKN_E_CONSTRAINT, NULL},  /* no default value */
    {1366, SKN_E_CONSTRAINT, NULL},  /* incorrect value */
    {1370, SKN_E_PERMISSION, NULL},  /* routine */
    {1412, SKN_E_BUSY, NULL},        /* table definition changed, retry */
    {1419, SKN_E_PERMISSION, NULL},  /* routine, under binary logging */
    {1449, SKN_E_MISSING, NULL},     /* definer */
    {1553, SKN_E_CONSTRAINT, NULL},  /* index needed by a foreign key */
    {1644, SKN_E_CONSTRAINT, NULL},  /* SIGNAL */
    {1698, SKN_E_AUTH, "check user and password"},
    {1701, SKN_E_CONSTRAINT, NULL}, /* truncate of a referenced table */
    {1820, SKN_E_AUTH, NULL},       /* password expired */
    {1826, SKN_E_EXISTS, NULL},     /* foreign key */
    {1836, SKN_E_PERMISSION, "upgrade its primary"},
    {1862, SKN_E_AUTH, NULL},       /* password expired */
    {1927, SKN_E_CONNECT, NULL},    /* MariaDB: KILL CONNECTION */
    {1969, SKN_E_TIMEOUT, NULL},    /* MariaDB: max_statement_time */
    {3024, SKN_E_TIMEOUT, NULL},    /* MySQL: max_execution_time */
    {3169, SKN_E_CONNECT, NULL},    /* MySQL: KILL CONNECTION */
    {3819, SKN_E_CONSTRAINT, NULL}, /* MySQL: CHECK */
    {4025, SKN_E_CONSTRAINT, NULL}, /* MariaDB: CHECK */
    {4031, SKN_E_CONNECT, NULL},    /* MySQL: idle for too long */
};

static const struct error_class *class_find(unsigned native)
{
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
        if (classes[i].native == native)
            return &classes[i];
    return NULL;
}

/* What the library itself says (2000 to 2999, in MariaDB 5000 too) it says of a link that is of no
 * use any more. */
int skn_mysql_is_lost(unsigned native)
{
    static const unsigned farewells[] = {1053, 1152, 1184, 1927, 3169, 4031};
    for (size_t i = 0; i < sizeof farewells / sizeof farewells[0]; i++)
        if (farewells[i] == native)
            return 1;
    return (native >= 2000 && native < 3000) || (native >= 5000 && native < 6000);
}

/* ---- where ---- */

enum {
    NEAR_CUT = 70
}; /* a syntax error quotes 80 characters of the statement, or fewer to its end */

/* Byte offset of line number line. */
static size_t line_start(struct skn_str sql, unsigned long line)
{
    size_t at = 0;
    for (; line > 1; line--) {
        const char *end = memchr(sql.ptr + at, '\n', sql.len - at);
        if (!end)
            return at;
        at = (size_t)(end - sql.ptr) + 1;
    }
    return at;
}

/* The place of quoted, which has been cut. The parser may have read on into the line that it names,
 * so one that starts earlier will do. */
static size_t cut_find(struct skn_str sql, struct skn_str quoted, unsigned long line)
{
    size_t from = line_start(sql, line);
    size_t found = sql.len;
    for (size_t i = 0; i + quoted.len <= sql.len; i++) {
        if (memcmp(sql.ptr + i, quoted.ptr, quoted.len) != 0)
            continue;
        found = i;
        if (i >= from)
            break;
    }
    return found;
}

static size_t quoted_find(struct skn_str sql, struct skn_str quoted, unsigned long line)
{
    size_t tail = quoted.len <= sql.len ? sql.len - quoted.len : sql.len;
    if (memcmp(sql.ptr + tail, quoted.ptr, sql.len - tail) == 0)
        return tail;
    /* MariaDB marks the cut. */
    if (quoted.len > 3 && memcmp(quoted.ptr + quoted.len - 3, "...", 3) == 0)
        quoted.len -= 3;
    return quoted.len >= NEAR_CUT ? cut_find(sql, quoted, line) : sql.len;
}

/* "... near 'FRAGMENT' at line N" is all that the server tells. */
static uint32_t syntax_position(struct skn_str sql, const char *message)
{
    static const char before[] = "near '";
    static const char behind[] = "' at line ";
    const char *start = strstr(message, before);
    const char *end = NULL;
    for (const char *at = message; (at = strstr(at, behind)) != NULL; at++)
        end = at;
    if (!sql.ptr || sql.len == 0 || sql.len > UINT32_MAX || !start || !end)
        return 0;
    start += sizeof before - 1;
    if (end < start)
        return 0;
    struct skn_str quoted = skn_str_len(start, (size_t)(end - start));
    if (quoted.len == 0)
        return (uint32_t)sql.len;
    size_t at = quoted_find(sql, quoted, strtoul(end + sizeof behind - 1, NULL, 10));
    return at < sql.len ? (uint32_t)at + 1 : 0;
}

/* ---- wording ---- */

/* Shorter ones are found in any text, and hide nothing. */
enum { SECRET_MIN = 4 };

static void secret_hide(char *text, const char *secret)
{
    size_t len = secret ? strlen(secret) : 0;
    if (len < SECRET_MIN)
        return;
    for (char *at = text; (at = strstr(at, secret)) != NULL; at += 3) {
        memmove(at + 3, at + len, strlen(at + len) + 1);
        memcpy(at, "***", 3);
    }
}

static void message_form(char *text)
{
    size_t len = strlen(text);
    while (len > 0 && (text[len - 1] == '.' || isspace((unsigned char)text[len - 1])))
        text[--len] = '\0';
    if (len > 1 && isupper((unsigned char)text[0]) && !isupper((unsigned char)text[1]))
        text[0] = (char)tolower((unsigned char)text[0]);
}

/* The libraries have but "unknown" for their own errors. */
static const char *sqlstate_of(MYSQL *mysql)
{
    unsigned native = mysql_errno(mysql);
    if (native == CR_CONNECTION_ERROR || native == CR_CONN_HOST_ERROR || native == CR_UNKNOWN_HOST)
        return "08001";
    return skn_mysql_is_lost(native) ? "08006" : mysql_sqlstate(mysql);
}

/* What an error means once we are let in, and a statement is what it is about. */
static void class_refine(struct error_class *found, size_t sql_len)
{
    /* The right FILE is missed under the number of a wrong password. */
    if (found->code == SKN_E_AUTH)
        *found = (struct error_class){found->native, SKN_E_PERMISSION, NULL};
    if (!skn_mysql_is_lost(found->native))
        return;
    /* A server that gets more than it takes often hangs up before it says so. */
    found->hint = sql_len > 1 << 20 ? PACKET_HINT : NULL;
}

int skn_mysql_fail(MYSQL *mysql, const struct skn_mysql_settings *settings, struct skn_str sql,
                   struct skn_error *err)
{
    unsigned native = mysql_errno(mysql);
    const char *sqlstate = sqlstate_of(mysql);
    const struct error_class *known = class_find(native);
    struct error_class found = {native, skn_sqlstate_class(sqlstate), NULL};
    char text[1024];
    if (known)
        found = *known;
    if (sql.ptr)
        class_refine(&found, sql.len);
    snprintf(text, sizeof text, "%s", mysql_error(mysql));
    uint32_t position = native == 1064 ? syntax_position(sql, text) : 0;
    secret_hide(text, settings->texts[SKN_MYSQL_PASSWORD]);
    message_form(text);
    skn_fail(err, found.code, sqlstate, (int32_t)native, "%s%s%s", text, found.hint ? "; " : "",
             found.hint ? found.hint : "");
    if (err)
        err->position = position;
    return found.code;
}

/*
 * What a statement names.
 */
#ifndef SKEIN_MYSQL_NAMED_H
#define SKEIN_MYSQL_NAMED_H

#include "conn.h"

enum {
    SKN_MYSQL_NAME_SIZE = SKN_MYSQL_NAME_MAX * 4 + 1, /* of 64 characters, and a NUL */
    SKN_MYSQL_NAMES = 32
};

enum skn_mysql_thing {
    SKN_MYSQL_THING_OPAQUE = 0, /* nothing that a definition would show, or not understood */
    SKN_MYSQL_THING_TABLE,      /* or a view, or a sequence */
    SKN_MYSQL_THING_INDEX,
    SKN_MYSQL_THING_TRIGGER,
    SKN_MYSQL_THING_PROCEDURE,
    SKN_MYSQL_THING_FUNCTION,
    SKN_MYSQL_THING_PACKAGE,
    SKN_MYSQL_THING_PACKAGE_BODY,
    SKN_MYSQL_THING_EVENT,
    SKN_MYSQL_THING_DATABASE /* without a name: the session's */
};

enum skn_mysql_verb {
    SKN_MYSQL_OTHER = 0,
    SKN_MYSQL_CREATE,
    SKN_MYSQL_ALTER,
    SKN_MYSQL_DROP,
    SKN_MYSQL_RENAME
};

struct skn_mysql_name {
    char schema[SKN_MYSQL_NAME_SIZE]; /* "" : the session's database */
    char name[SKN_MYSQL_NAME_SIZE];
};

struct skn_mysql_named {
    enum skn_mysql_thing thing;
    enum skn_mysql_verb verb;
    int guarded;  /* IF EXISTS, IF NOT EXISTS */
    int replaces; /* OR REPLACE */
    int view;
    struct skn_mysql_name names[SKN_MYSQL_NAMES];
    size_t count;
};

/* What DDL names; RENAME: from and to by turns. */
void skn_mysql_named_read(struct skn_str sql, struct skn_mysql_named *named);

/* What a statement that changes rows may name as a table. */
void skn_mysql_tables_read(struct skn_str sql, struct skn_mysql_named *named);

/* What SET STATEMENT ... FOR stands before; sql itself where it is no such statement. */
struct skn_str skn_mysql_settings_skip(struct skn_str sql);

#endif

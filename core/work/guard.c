/*
 * Statements that skein's own work would not survive. It knows the words of several engines at
 * once, for none of them means something else in another; of sessions and scripts it knows nothing.
 */
#include "work/guard.h"

#include <string.h>
#include <strings.h>

#include "work/scan_lex.h"

static const char role_reason[] =
    "makes skein somebody else, who need not be able to write its ledger; put SET ROLE into "
    "session of the target's config, where it holds for all revisions";

static const char tables_reason[] =
    "keeps skein's own tables out of its reach; leave LOCK TABLES and UNLOCK TABLES out";

/* A statement by the words it opens with, and by one that stands somewhere behind them, or NULL. */
static const struct {
    const char *words;
    const char *later;
    uint32_t dialect; /* only where it has one of these flags; 0: everywhere */
    const char *reason;
} rules[] = {
    {"DISCARD ALL", NULL, 0,
     "gives up skein's lock with all else of the session; skein puts settings back itself"},
    {"SET", "AUTOCOMMIT", 0,
     "changes when skein's own statements are kept; leave it out: skein commits"},
    {"FLUSH", "LOCK", 0, "keeps everybody from writing, skein too; leave it out"},
    {"LOCK TABLE", NULL, SKN_DIALECT_DELIMITER, tables_reason},
    {"LOCK TABLES", NULL, SKN_DIALECT_DELIMITER, tables_reason},
    {"UNLOCK TABLE", NULL, SKN_DIALECT_DELIMITER, tables_reason},
    {"UNLOCK TABLES", NULL, SKN_DIALECT_DELIMITER, tables_reason},
    {"SET SESSION AUTHORIZATION", NULL, 0, role_reason},
    {"SET LOCAL SESSION AUTHORIZATION", NULL, 0, role_reason},
    {"RESET SESSION AUTHORIZATION", NULL, 0, role_reason},
    {"SET ROLE", NULL, 0, role_reason},
    {"SET LOCAL ROLE", NULL, 0, role_reason},
    {"SET SESSION ROLE", NULL, 0, role_reason},
    {"RESET ROLE", NULL, 0, role_reason},
};

static const char function_reason[] =
    "takes or gives up locks of the session, which are skein's and last beyond the revision; use "
    "pg_advisory_xact_lock(), or no lock at all: skein lets one runner in at a time";

static const char ledger_reason[] =
    "changes skein's own table; leave it out (skein stamp is what changes version rows)";

static int starts_with(const char *words, const char *prefix)
{
    size_t len = strlen(prefix);
    return strncmp(words, prefix, len) == 0 && (words[len] == '\0' || words[len] == ' ');
}

static int is_word_of(const struct skn_scan_token *token)
{
    return token->kind == SKN_SCAN_TOKEN_WORD || token->kind == SKN_SCAN_TOKEN_NAME;
}

static int is_lock_function(const struct skn_scan_lexer *lexer, const struct skn_scan_token *token)
{
    static const char *const functions[] = {"PG_ADVISORY_LOCK",
                                            "PG_ADVISORY_LOCK_SHARED",
                                            "PG_TRY_ADVISORY_LOCK",
                                            "PG_TRY_ADVISORY_LOCK_SHARED",
                                            "PG_ADVISORY_UNLOCK",
                                            "PG_ADVISORY_UNLOCK_SHARED",
                                            "PG_ADVISORY_UNLOCK_ALL",
                                            "GET_LOCK",
                                            "RELEASE_LOCK",
                                            "RELEASE_ALL_LOCKS",
                                            NULL};
    struct skn_scan_lexer ahead = *lexer;
    struct skn_scan_token next;
    struct skn_scan_token word = *token;

    if (!is_word_of(token))
        return 0;
    /* Behind a schema it is a name to the lexer. */
    word.kind = SKN_SCAN_TOKEN_WORD;
    if (lexer->text[word.start] == '"' || lexer->text[word.start] == '`') {
        word.start++;
        word.end--;
    }
    return skn_scan_token_is_any(lexer, &word, functions) &&
           skn_scan_lexer_next(&ahead, &next) == SKN_OK &&
           skn_scan_token_is_mark(&ahead, &next, '(');
}

/* ---- skein's tables ---- */

static int spells(struct skn_str name, const char *table)
{
    if (name.len > 2 && strchr("\"`[", name.ptr[0]))
        name = skn_str_len(name.ptr + 1, name.len - 2);
    return strlen(table) == name.len && strncasecmp(name.ptr, table, name.len) == 0;
}

static int is_ledger(struct skn_str name, const char *version_table)
{
    return (version_table[0] && spells(name, version_table)) || spells(name, "skein_log") ||
           spells(name, "skein_step");
}

/* The part of an object's name behind its schema. */
static struct skn_str last_part(struct skn_str object)
{
    for (size_t i = object.len; i > 0; i--)
        if (object.ptr[i - 1] == '.')
            return skn_str_len(object.ptr + i, object.len - i);
    return object;
}

static int changes_ledger(const struct skn_scan *found, const char *version_table)
{
    return found->kind != SKN_STATEMENT_QUERY && found->object.ptr &&
           is_ledger(last_part(found->object), version_table);
}

/* Those that may name several tables, and do nothing with them but away. */
static int names_victims(const struct skn_scan *found)
{
    return starts_with(found->words, "DROP") || starts_with(found->words, "TRUNCATE") ||
           starts_with(found->words, "RENAME");
}

/* ---- the whole statement, word by word ---- */

struct walk {
    struct skn_scan_lexer lexer;
    struct skn_scan_token token;
    int runs_body; /* what stands in dollar quotes is run at once */
};

static int walk_next(struct walk *walk)
{
    const char *text = walk->lexer.text;

    if (skn_scan_lexer_next(&walk->lexer, &walk->token) != SKN_OK ||
        walk->token.kind == SKN_SCAN_TOKEN_END)
        return 0;
    if (walk->runs_body && walk->token.kind == SKN_SCAN_TOKEN_STRING &&
        text[walk->token.start] == '$') {
        const char *tag_end =
            memchr(text + walk->token.start + 1, '$', walk->token.end - walk->token.start - 1);
        walk->lexer.at = tag_end ? (size_t)(tag_end - text) + 1 : walk->token.end;
    }
    return 1;
}

static int rule_opens(size_t rule, const struct skn_dialect *dialect, const struct skn_scan *found)
{
    return (!rules[rule].dialect || (dialect->flags & rules[rule].dialect)) &&
           starts_with(found->words, rules[rule].words);
}

static const char *rule_later(const struct skn_dialect *dialect, const struct skn_scan *found,
                              const struct walk *walk)
{
    struct skn_scan_token word = walk->token;

    if (!is_word_of(&word))
        return NULL;
    word.kind = SKN_SCAN_TOKEN_WORD;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (rules[i].later && rule_opens(i, dialect, found) &&
            skn_scan_token_is(&walk->lexer, &word, rules[i].later))
            return rules[i].reason;
    return NULL;
}

static const char *token_judge(const struct skn_dialect *dialect, const struct skn_scan *found,
                               const struct walk *walk, const char *version_table)
{
    const char *text = walk->lexer.text + walk->token.start;
    size_t len = walk->token.end - walk->token.start;

    if (is_lock_function(&walk->lexer, &walk->token))
        return function_reason;
    if (names_victims(found) && is_word_of(&walk->token) &&
        is_ledger(skn_str_len(text, len), version_table))
        return ledger_reason;
    return rule_later(dialect, found, walk);
}

/* What a routine does when it is called one day is not done here. */
static int only_defines(const struct skn_scan *found)
{
    return starts_with(found->words, "CREATE") && !starts_with(found->words, "CREATE TABLE");
}

const char *skn_guard_find(const struct skn_dialect *dialect, struct skn_str text,
                           const struct skn_scan *found, const char *version_table, size_t *at)
{
    struct walk walk = {.lexer = {.text = text.ptr,
                                  .len = (size_t)found->end,
                                  .at = (size_t)found->start,
                                  .flags = dialect->flags,
                                  .options = found->options},
                        .runs_body = starts_with(found->words, "DO")};

    *at = (size_t)found->start;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (!rules[i].later && rule_opens(i, dialect, found))
            return rules[i].reason;
    if (changes_ledger(found, version_table))
        return ledger_reason;
    while (!only_defines(found) && walk_next(&walk)) {
        const char *reason = token_judge(dialect, found, &walk, version_table);
        *at = walk.token.start;
        if (reason)
            return reason;
    }
    return NULL;
}

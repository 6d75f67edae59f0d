/*
 * Views, sequences and routines as SHOW CREATE writes them, without who made them. It knows nothing
 * of tables.
 */
#include "schema.h"

/* ---- DEFINER ---- */

/* Where DEFINER=`user`@`host` stands; a text without it gives an empty span at its start. */
static struct skn_str definer_find(struct skn_str text)
{
    struct skn_str rest = text;
    struct skn_mysql_token token;
    for (int i = 0; i < 8; i++) {
        skn_mysql_token_next(&rest, &token);
        if (!skn_mysql_token_is(&token, "DEFINER"))
            continue;
        const char *start = token.raw.ptr;
        skn_mysql_token_next(&rest, &token); /* = */
        skn_mysql_token_next(&rest, &token);
        if (rest.len > 0 && rest.ptr[0] == '@') {
            skn_mysql_token_next(&rest, &token); /* @, or all of @host */
            if (token.raw.len == 1)
                skn_mysql_token_next(&rest, &token);
        }
        if (rest.len > 0 && rest.ptr[0] == ' ')
            rest = skn_str_len(rest.ptr + 1, rest.len - 1);
        return skn_str_len(start, (size_t)(rest.ptr - start));
    }
    return skn_str_len(text.ptr, 0);
}

/* The definition is text without its DEFINER, and without the CREATE that it begins with. */
static int definition_report(struct skn_mysql_draft *draft, struct skn_str text)
{
    struct skn_str create = skn_str("CREATE ");
    struct skn_str definer = definer_find(text);
    const char *behind = definer.ptr + definer.len;
    struct skn_mysql_text plain;
    int rc = skn_mysql_text_begin(&plain, draft->in->err);
    if (rc != SKN_OK)
        return rc;
    if (definer.len > 0)
        fwrite(text.ptr, 1, (size_t)(definer.ptr - text.ptr), plain.stream);
    fwrite(behind, 1, (size_t)(text.ptr + text.len - behind), plain.stream);
    rc = skn_mysql_text_end(&plain, draft->in->err);
    if (rc == SKN_OK) {
        size_t skip = plain.len > create.len ? create.len : 0;
        draft->fact.definition = skn_str_len(plain.ptr + skip, plain.len - skip);
        rc = skn_mysql_draft_report(draft);
    }
    skn_mysql_text_finish(&plain);
    return rc;
}

/* ---- views ---- */

static int relation_need(const struct skn_mysql_draft *draft, struct skn_str raw)
{
    static const uint32_t kinds[] = {SKN_MYSQL_KIND_TABLE, SKN_MYSQL_KIND_VIEW,
                                     SKN_MYSQL_KIND_SEQUENCE};
    char name[SKN_MYSQL_BARE];
    char id[SKN_MYSQL_ID];
    int rc = SKN_OK;
    skn_mysql_bare_read(raw, name);
    skn_mysql_id_write(id, skn_str(NULL), skn_str(name), 0);
    for (size_t i = 0; rc == SKN_OK && i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i] != SKN_MYSQL_KIND_VIEW || strcmp(id, draft->id) != 0)
            rc = skn_mysql_draft_need(draft, kinds[i], id);
    return rc;
}

static int function_need(const struct skn_mysql_draft *draft, struct skn_str raw)
{
    char name[SKN_MYSQL_BARE];
    char id[SKN_MYSQL_ID];
    skn_mysql_bare_read(raw, name);
    skn_mysql_id_write(id, skn_str(NULL), skn_str(name), 1);
    return skn_mysql_draft_need(draft, SKN_MYSQL_KIND_FUNCTION, id);
}

/* The server writes every column with its table, so that a name on its own, behind one of these, is
 * that of a relation; what is no relation after all is nobody's need. */
static int opens_relation(const struct skn_mysql_token *token)
{
    return skn_mysql_token_is(token, "from") || skn_mysql_token_is(token, "join") ||
           skn_mysql_token_is(token, "straight_join") || token->kind == ',' || token->kind == '(';
}

static int view_needs(const struct skn_mysql_draft *draft, struct skn_str rest)
{
    struct skn_mysql_token token, before = {0};
    int rc = SKN_OK;
    for (skn_mysql_token_next(&rest, &token); rc == SKN_OK && token.kind;
         skn_mysql_token_next(&rest, &token)) {
        char behind = '\0';
        if (rest.len > 0)
            behind = rest.ptr[0];
        if ((token.kind == 'n' || token.kind == 'w') && behind == '(')
            rc = function_need(draft, token.raw);
        else if (token.kind == 'n' && behind != '.' && opens_relation(&before))
            rc = relation_need(draft, token.raw);
        before = token;
    }
    return rc;
}

int skn_mysql_view_report(struct skn_mysql_inspection *in, struct skn_str name, struct skn_str text)
{
    struct skn_mysql_draft draft;
    char slot[SKN_MYSQL_BARE + 16];
    skn_mysql_draft_init(&draft, in, SKN_MYSQL_KIND_VIEW, name);
    snprintf(slot, sizeof slot, "relation:%.*s", SKN_FMT(name));
    draft.fact.slot = skn_str(slot);
    int rc = definition_report(&draft, text);
    return rc == SKN_OK ? view_needs(&draft, text) : rc;
}

/* ---- sequences ---- */

/* What ALTER SEQUENCE takes: neither its name nor its engine. */
int skn_mysql_sequence_report(struct skn_mysql_inspection *in, struct skn_str name,
                              struct skn_str text)
{
    struct skn_mysql_draft draft;
    struct skn_mysql_token token;
    char slot[SKN_MYSQL_BARE + 16];
    struct skn_str rest = text;
    for (int i = 0; i < 3; i++)
        skn_mysql_token_next(&rest, &token); /* CREATE SEQUENCE `name` */
    struct skn_str start = rest;
    do
        skn_mysql_token_next(&rest, &token);
    while (token.kind && !skn_mysql_token_is(&token, "ENGINE"));
    skn_mysql_draft_init(&draft, in, SKN_MYSQL_KIND_SEQUENCE, name);
    snprintf(slot, sizeof slot, "relation:%.*s", SKN_FMT(name));
    draft.fact.slot = skn_str(slot);
    draft.fact.definition = skn_mysql_trim(skn_mysql_span(start, token.raw.ptr));
    return skn_mysql_draft_report(&draft);
}

/* ---- routines ---- */

int skn_mysql_routine_report(struct skn_mysql_inspection *in, uint32_t kind, struct skn_str name,
                             struct skn_str sql_mode, struct skn_str text)
{
    struct skn_mysql_draft draft;
    if (!text.ptr)
        return skn_fail(in->err, SKN_E_PERMISSION, NULL, 0,
                        "the body of %s %.*s is hidden from us; grant us SELECT on mysql.proc "
                        "(MySQL: SHOW_ROUTINE), or let us be its definer",
                        skn_mysql_kinds[kind].name, SKN_FMT(name));
    skn_mysql_draft_init(&draft, in, kind, name);
    if (!skn_str_is(sql_mode, in->sql_mode))
        skn_mysql_draft_add(&draft, skn_str("sql_mode"), sql_mode, SKN_ATTR_SEMANTIC);
    return definition_report(&draft, text);
}

/*
 * Facts on their way to the core: ids, attributes, needs. It knows nothing of how they are found.
 */
#include "schema.h"

static void id_char(char *out, size_t *len, char c, int fold)
{
    if (*len + 2 >= SKN_MYSQL_ID)
        return;
    if (c == '/' || c == '\\')
        out[(*len)++] = '\\';
    out[(*len)++] = fold && c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

void skn_mysql_id_write(char out[SKN_MYSQL_ID], struct skn_str table, struct skn_str name, int fold)
{
    size_t len = 0;
    for (size_t i = 0; i < table.len; i++)
        id_char(out, &len, table.ptr[i], 0);
    if (table.ptr && len + 1 < SKN_MYSQL_ID)
        out[len++] = '/';
    for (size_t i = 0; i < name.len; i++)
        id_char(out, &len, name.ptr[i], fold);
    out[len] = '\0';
}

static int is_folded(uint32_t kind)
{
    return kind == SKN_MYSQL_KIND_FUNCTION || kind == SKN_MYSQL_KIND_PROCEDURE ||
           kind == SKN_MYSQL_KIND_EVENT;
}

void skn_mysql_draft_init(struct skn_mysql_draft *draft, struct skn_mysql_inspection *in,
                          uint32_t kind, struct skn_str name)
{
    draft->in = in;
    draft->overflow = 0;
    skn_mysql_id_write(draft->id, skn_str(NULL), name, is_folded(kind));
    draft->fact = (struct skn_fact){.size = sizeof draft->fact,
                                    .kind = kind,
                                    .id = skn_str(draft->id),
                                    .name = name,
                                    .parent_kind = SKN_KIND_NONE,
                                    .attrs = draft->attrs};
}

void skn_mysql_draft_place(struct skn_mysql_draft *draft, struct skn_str table, int fold)
{
    skn_mysql_id_write(draft->id, table, draft->fact.name, fold);
    skn_mysql_id_write(draft->parent, skn_str(NULL), table, 0);
    draft->fact.id = skn_str(draft->id);
    draft->fact.parent_kind = SKN_MYSQL_KIND_TABLE;
    draft->fact.parent_id = skn_str(draft->parent);
}

void skn_mysql_draft_add(struct skn_mysql_draft *draft, struct skn_str key, struct skn_str value,
                         uint32_t attr_class)
{
    if (!value.ptr)
        return;
    if (draft->fact.attr_count == SKN_MYSQL_ATTRS) {
        draft->overflow = 1;
        return;
    }
    draft->attrs[draft->fact.attr_count++] = (struct skn_attr){key, value, attr_class, 0};
}

int skn_mysql_draft_report(struct skn_mysql_draft *draft)
{
    if (draft->overflow)
        return skn_fail(
            draft->in->err, SKN_E_UNSUPPORTED, NULL, 0, "%s %.*s has more than %d attributes",
            skn_mysql_kinds[draft->fact.kind].name, SKN_FMT(draft->fact.id), SKN_MYSQL_ATTRS);
    return draft->in->sink->object(draft->in->sink->ctx, &draft->fact);
}

int skn_mysql_draft_need(const struct skn_mysql_draft *draft, uint32_t kind, const char *id)
{
    return draft->in->sink->need(draft->in->sink->ctx, draft->fact.kind, draft->fact.id, kind,
                                 skn_str(id));
}

int skn_mysql_ignored(const struct skn_mysql_inspection *in, struct skn_str name)
{
    for (uint32_t i = 0; i < in->options->ignore_count; i++) {
        struct skn_str ignored = in->options->ignore[i];
        if (ignored.len == name.len && memcmp(ignored.ptr, name.ptr, name.len) == 0)
            return 1;
    }
    return 0;
}

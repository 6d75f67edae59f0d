/*
 * Asking the driver for a picture. It knows nothing of what is made of it.
 */
#include "work/inspect.h"

void skn_looking_init(struct skn_looking *looking, const struct skn_session *session,
                      const char *version_table, uint32_t flags)
{
    *looking = (struct skn_looking){
        .ignore = {skn_str(version_table), skn_str("skein_log"), skn_str("skein_step")}};
    looking->options = (struct skn_schema_options){.size = sizeof looking->options,
                                                   .flags = flags,
                                                   .version = session->server.version,
                                                   .ignore_count = SKN_OWN_TABLES,
                                                   .ignore = looking->ignore};
}

int skn_inspect_require(const struct skn_session *session, int write, struct skn_error *err)
{
    const struct skn_schema_facet *facet = skn_session_facet(session);
    const char *name = session->loaded.driver.name;
    if (!facet)
        return skn_error_set(err, SKN_E_UNSUPPORTED, "driver %s cannot look at a schema", name);
    if (write && (!facet->render || !facet->scratch_open))
        return skn_error_set(err, SKN_E_UNSUPPORTED,
                             "driver %s can look at a schema, but not write one", name);
    return SKN_OK;
}

int skn_inspect(struct skn_session *session, const struct skn_looking *looking,
                struct skn_picture *picture, struct skn_error *err)
{
    const struct skn_schema_facet *facet = skn_session_facet(session);
    struct skn_sink sink;
    skn_picture_init(picture, facet->kinds, facet->kind_count, &sink);
    skn_session_call_begin(session, "inspect", 0);
    int rc = facet->inspect(session->conn, &looking->options, &sink, err);
    rc = skn_session_call_end(session, rc, err);
    if (rc == SKN_OK)
        rc = skn_picture_link(picture, err);
    return rc == SKN_OK ? rc : skn_error_context(err, "looking at the schema");
}

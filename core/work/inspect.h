/*
 * The picture of the schema that a session is in.
 */
#ifndef SKN_WORK_INSPECT_H
#define SKN_WORK_INSPECT_H

#include "schema/picture.h"
#include "work/session.h"

enum { SKN_OWN_TABLES = 3 };

/* What is left out of every picture: skein's own tables. */
struct skn_looking {
    struct skn_str ignore[SKN_OWN_TABLES];
    struct skn_schema_options options; /* points into ignore */
};

/* flags: enum skn_schema_option. version_table is borrowed. */
void skn_looking_init(struct skn_looking *looking, const struct skn_session *session,
                      const char *version_table, uint32_t flags);

/* NULL where the driver has none. */
static inline const struct skn_schema_facet *skn_session_facet(const struct skn_session *session)
{
    return session->loaded.driver.schema ? &session->loaded.facet : NULL;
}

/* SKN_E_UNSUPPORTED, naming the driver, unless it can look; write: and can write what it sees. */
int skn_inspect_require(const struct skn_session *session, int write, struct skn_error *err);

/* Looks. picture is the caller's to finish, also after an error. */
int skn_inspect(struct skn_session *session, const struct skn_looking *looking,
                struct skn_picture *picture, struct skn_error *err);

#endif

/*
 * What a statement would do to skein's own session, locks and tables, as far as its text tells.
 * What is hidden in functions and built at run time is noticed there, when it has happened.
 */
#ifndef SKN_WORK_GUARD_H
#define SKN_WORK_GUARD_H

#include <skein/driver.h>

/* Why the statement found in text must not run, NULL if nothing speaks against it. version_table:
 * bare name, "" if not known. *at: offset in text of what is to blame. */
const char *skn_guard_find(const struct skn_dialect *dialect, struct skn_str text,
                           const struct skn_scan *found, const char *version_table, size_t *at);

#endif

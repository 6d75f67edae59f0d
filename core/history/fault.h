/*
 * The faults of a history, all of them: each is passed on as it is found, and the first becomes the
 * error.
 */
#ifndef SKN_HISTORY_FAULT_H
#define SKN_HISTORY_FAULT_H

#include "history/history.h"

struct skn_faults {
    skn_problem_fn *problem; /* may be NULL */
    void *ctx;
    struct skn_error first;
    size_t count;
};

/* The argument pair for "%.*s" of a word that came from a file. */
#define SKN_SHOWN(s) (int)((s).len > 64 ? 64 : (s).len), (s).ptr

/* Messages are escaped here, so that names and words can be put into them as they are. */
void skn_fault_add(struct skn_faults *faults, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A fault in what a file says: "path:line:column: ...". */
void skn_fault_at(struct skn_faults *faults, const char *path, uint32_t line, uint32_t column,
                  const char *format, ...) __attribute__((format(printf, 5, 6)));

/* SKN_OK, or the first fault with the number of the others. */
int skn_faults_result(const struct skn_faults *faults, struct skn_error *err);

#endif

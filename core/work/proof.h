/*
 * How a statement that ran outside a transaction ended: by what it may change, before and now, by
 * what the database says of it, or by a query of its author's.
 */
#ifndef SKN_WORK_PROOF_H
#define SKN_WORK_PROOF_H

#include "base/hash.h"
#include "work/job.h"
#include "work/script.h"

enum { SKN_FINGERPRINT = 96 }; /* "VERSION:SHA-256", of the server and of the definitions */

enum skn_verdict { SKN_VERDICT_DOUBT = 0, SKN_VERDICT_APPLIED, SKN_VERDICT_NOT_APPLIED };

/* What is announced before a statement runs that no transaction holds. */
struct skn_intent {
    size_t statement;             /* 1-based; 0: none */
    char text[SKN_SHA256_HEX];    /* hash of the statement */
    char before[SKN_FINGERPRINT]; /* what it may change, before; "" where that cannot be told */
};

/* A statement, as one target gets it. */
struct skn_proof {
    const struct skn_job *job;
    struct skn_session *session;
    const struct skn_script *script;
    size_t index; /* of the statement */
    struct skn_str sql;
    struct skn_str query; /* of its author; absent: none */
    int repeatable;
    struct skn_arena arena;
};

int skn_proof_init(struct skn_proof *proof, const struct skn_job *job, struct skn_session *session,
                   const struct skn_script *script, size_t index, struct skn_error *err);
void skn_proof_finish(struct skn_proof *proof);

/* What the statement may change, as it is now; "" where no definition shows it. text: the
 * definitions themselves, or NULL. */
int skn_proof_look(struct skn_proof *proof, char now[SKN_FINGERPRINT], struct skn_buf *text,
                   struct skn_error *err);

/* The same before it runs; "" also where the fingerprint will not be needed. SKN_E_CONFIG: its
 * author's query says that it was applied already. */
int skn_proof_before(struct skn_proof *proof, char before[SKN_FINGERPRINT], struct skn_error *err);

/* The statement is not running any more. failed: it ended with an error. now: as for look. */
int skn_proof_judge(struct skn_proof *proof, const char *before, int failed,
                    enum skn_verdict *verdict, struct skn_error *err);

/* It succeeded. SKN_OK with verdict NOT_APPLIED: and left nothing that can be used. */
int skn_proof_confirm(struct skn_proof *proof, enum skn_verdict *verdict, struct skn_error *err);

#endif

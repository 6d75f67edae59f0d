/*
 * Reading jobs. It knows nothing of what is done with them.
 */
#include "work/job.h"

#include "base/redact.h"
#include "base/wire.h"

enum { RETRIES = 30 };

static void job_secrets_note(const json_t *vars)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)vars, name, value)
    {
        if (skn_redact_named(name))
            skn_redact_add(skn_str_len(json_string_value(value), json_string_length(value)));
    }
}

int skn_job_read(struct skn_job *job, const json_t *request, struct skn_error *err)
{
    *job = (struct skn_job){.request = request};
    job->target = skn_json_text(request, "target");
    job->run_id = skn_json_text(request, "run_id");
    job->who = skn_json_text(request, "who");
    job->version_table = skn_json_text(request, "version_table");
    job->schema = skn_json_text(request, "schema");
    job->folder = skn_json_text(request, "folder");
    job->options = json_object_get(request, "options");
    job->vars = json_object_get(request, "vars");
    job->session = skn_json_array(request, "session");
    job->connect_timeout = skn_json_number(request, "connect_timeout");
    job->lock_timeout = skn_json_number(request, "lock_timeout");
    job->statement_timeout = skn_json_number(request, "statement_timeout");
    job->retries = json_is_integer(json_object_get(request, "retries"))
                       ? (int)skn_json_number(request, "retries")
                       : RETRIES;

    job_secrets_note(job->vars);
    job->log = json_is_true(json_object_get(request, "log"));
    if (!job->version_table[0] || !json_is_object(job->options))
        return skn_error_set(err, SKN_E_DRIVER, "malformed request");
    return SKN_OK;
}

void skn_job_finish(struct skn_job *job)
{
    skn_arena_finish(&job->arena);
}

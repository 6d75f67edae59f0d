/*
 * Collects faults. It knows nothing of what is wrong.
 */
#include "history/fault.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"

enum { MESSAGE_SIZE = 2048, FIRST_LIMIT = 900 };

static void message_add(struct skn_faults *faults, int code, const char *message)
{
    struct skn_buf shown = {0};
    skn_text_escape(&shown, skn_str(message), 0);
    if (faults->count++ == 0)
        skn_error_set(&faults->first, code, "%s", skn_buf_text(&shown));
    if (faults->problem)
        faults->problem(faults->ctx, skn_buf_text(&shown));
    skn_buf_finish(&shown);
}

void skn_fault_add(struct skn_faults *faults, int code, const char *format, ...)
{
    char message[MESSAGE_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    message_add(faults, code, message);
}

void skn_fault_at(struct skn_faults *faults, const char *path, uint32_t line, uint32_t column,
                  const char *format, ...)
{
    char reason[MESSAGE_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(reason, sizeof reason, format, args);
    va_end(args);
    skn_fault_add(faults, SKN_E_SYNTAX, "%s:%u:%u: %s", path, line, column, reason);
}

int skn_faults_result(const struct skn_faults *faults, struct skn_error *err)
{
    if (faults->count == 0)
        return SKN_OK;
    if (faults->count == 1)
        return skn_error_set(err, (int)faults->first.code, "%s", faults->first.message);

    char first[sizeof faults->first.message];
    snprintf(first, sizeof first, "%s", faults->first.message);
    if (strlen(first) > FIRST_LIMIT)
        skn_utf8_trim(first, FIRST_LIMIT);
    size_t more = faults->count - 1;
    return skn_error_set(err, (int)faults->first.code, "%s; and %zu more fault%s", first, more,
                         more == 1 ? "" : "s");
}

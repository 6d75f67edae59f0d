/*
 * The wording of refusals. It knows nothing of the reasons.
 */
#include "work/refuse.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

enum { PATH_SHOWN = 300, REASON_MAX = 640 };

static void path_show(struct skn_buf *out, const char *path)
{
    size_t len = strlen(path);
    if (len > PATH_SHOWN) {
        skn_buf_adds(out, "...");
        path += len - PATH_SHOWN;
        len = PATH_SHOWN;
    }
    skn_text_escape(out, skn_str_len(path, len), 0);
}

int skn_driver_refuse(struct skn_error *err, const char *path, const char *format, ...)
{
    char reason[REASON_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(reason, sizeof reason, format, args);
    va_end(args);

    struct skn_buf shown = {0};
    path_show(&shown, path);
    skn_buf_adds(&shown, ": ");
    skn_text_escape(&shown, skn_str(reason), 0);
    skn_error_set(err, SKN_E_CONFIG, "%s", skn_buf_text(&shown));
    skn_buf_finish(&shown);
    return SKN_E_CONFIG;
}

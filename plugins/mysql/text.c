/*
 * SQL put together in memory. It knows nothing of what the SQL is for.
 */
#include "conn.h"

#include <stdlib.h>

static int no_memory(struct skn_error *err)
{
    return skn_fail(err, SKN_E_NOMEM, NULL, 0, "no memory for a statement");
}

int skn_mysql_text_begin(struct skn_mysql_text *text, struct skn_error *err)
{
    *text = (struct skn_mysql_text){0};
    text->stream = open_memstream(&text->ptr, &text->len);
    return text->stream ? SKN_OK : no_memory(err);
}

int skn_mysql_text_end(struct skn_mysql_text *text, struct skn_error *err)
{
    int failed = ferror(text->stream) | fclose(text->stream);
    text->stream = NULL;
    return failed ? no_memory(err) : SKN_OK;
}

void skn_mysql_text_finish(struct skn_mysql_text *text)
{
    if (text->stream)
        fclose(text->stream);
    free(text->ptr);
    *text = (struct skn_mysql_text){0};
}

void skn_mysql_text_literal(struct skn_mysql_text *text, struct skn_str value)
{
    fputs("_utf8mb4 X'", text->stream);
    for (size_t i = 0; i < value.len; i++)
        fprintf(text->stream, "%02X", (unsigned)(unsigned char)value.ptr[i]);
    fputc('\'', text->stream);
}

/*
 * Lines and their kinds. It knows nothing of what headers and sections mean.
 */
#include "history/reader.h"

#include <string.h>
#include <strings.h>

#include "history/encoding.h"

int skn_reader_next(struct skn_reader *reader)
{
    size_t left = reader->text.len - reader->next;
    if (left == 0)
        return 0;
    const char *start = reader->text.ptr + reader->next;
    const char *newline = memchr(start, '\n', left);
    reader->now.ptr = start;
    reader->now.len = newline ? (size_t)(newline - start) : left;
    reader->next += reader->now.len + (newline != NULL);
    reader->line++;
    return 1;
}

static size_t blanks_skip(struct skn_str line, size_t at)
{
    while (at < line.len && (line.ptr[at] == ' ' || line.ptr[at] == '\t'))
        at++;
    return at;
}

static int names_skein(struct skn_str line, size_t at)
{
    static const char word[] = "skein";
    size_t len = sizeof word - 1;
    at = blanks_skip(line, at);
    if (line.len - at < len || strncasecmp(line.ptr + at, word, len) != 0)
        return 0;
    at = blanks_skip(line, at + len);
    return at < line.len && line.ptr[at] == ':';
}

enum skn_line_kind skn_reader_kind(const struct skn_reader *reader)
{
    struct skn_str line = reader->now;
    size_t at = blanks_skip(line, 0);
    if (at == line.len)
        return SKN_LINE_BLANK;
    if (line.len - at < 2 || line.ptr[at] != '-' || line.ptr[at + 1] != '-')
        return SKN_LINE_OTHER;
    if (names_skein(line, at + 2))
        return SKN_LINE_DIRECTIVE;
    return at == 0 ? SKN_LINE_COMMENT : SKN_LINE_OTHER;
}

struct skn_str skn_reader_comment(const struct skn_reader *reader)
{
    size_t at = 2;
    if (at < reader->now.len && reader->now.ptr[at] == ' ')
        at++;
    return (struct skn_str){reader->now.ptr + at, reader->now.len - at};
}

uint32_t skn_reader_column(const struct skn_reader *reader, const char *at)
{
    return skn_encoding_columns(reader->now.ptr, at) + 1;
}

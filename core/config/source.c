/*
 * Reading of config files. libconfig 1.5 would open what an @include names wherever it is and
 * whatever it is, so the files are read here and it gets one checked text.
 */
#include "config/source.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "config/lexer.h"
#include "base/vault.h"

enum {
    BYTES_MAX = 32 << 20, /* of all files together */
    FILES_OPEN_MAX = 8,
    INCLUDES_MAX = 1000
};

/* A file that is being read. */
struct frame {
    const struct skn_source_file *file;
    struct skn_buf text;
    struct skn_lexer lexer;
};

struct stack {
    struct frame frames[FILES_OPEN_MAX];
    size_t count;
    size_t includes;
};

static void lines_normalise(struct skn_buf *buf)
{
    static const char bom[] = "\xef\xbb\xbf";
    if (buf->len >= 3 && memcmp(buf->text, bom, 3) == 0)
        skn_buf_drop(buf, 3);
    size_t to = 0;
    for (size_t from = 0; from < buf->len; from++)
        if (buf->text[from] != '\r' || from + 1 >= buf->len || buf->text[from + 1] != '\n')
            buf->text[to++] = buf->text[from];
    if (buf->len > 0)
        buf->text[to] = '\0';
    buf->len = to;
}

static unsigned lines_before(const char *text, size_t len)
{
    unsigned lines = 0;
    const char *end = text + len;
    for (const char *at = text; (at = memchr(at, '\n', (size_t)(end - at))) != NULL; at++)
        lines++;
    return lines;
}

int skn_lines_read(const char *path, const char *shown, unsigned flags, size_t limit,
                   struct skn_buf *out, struct skn_error *err)
{
    int rc = skn_file_read(AT_FDCWD, path, shown, flags, limit, out, err);
    if (rc != SKN_OK) {
        err->code = SKN_E_CONFIG;
        return SKN_E_CONFIG;
    }
    lines_normalise(out);
    const char *text = skn_buf_text(out);
    size_t valid = skn_utf8_check(text, out->len);
    if (valid < out->len)
        return skn_place_fail((struct skn_place){shown, lines_before(text, valid) + 1}, err,
                              "the text is not valid UTF-8");
    return SKN_OK;
}

static int control_check(const struct skn_buf *text, const char *shown, struct skn_error *err)
{
    for (size_t i = 0; i < text->len; i++) {
        unsigned char c = (unsigned char)text->text[i];
        if ((c < 0x20 && c != '\n' && c != '\t' && c != '\r') || c == 0x7f)
            return skn_place_fail((struct skn_place){shown, lines_before(text->text, i) + 1}, err,
                                  "a control character (0x%02x)", c);
    }
    return SKN_OK;
}

/* Read as private first and as public after, so that what was learnt holds for what was read. */
static int file_read(const char *path, struct skn_source_file *file, size_t limit,
                     struct skn_buf *out, struct skn_error *err)
{
    int rc = skn_lines_read(path, file->shown, SKN_FILE_OURS | SKN_FILE_PRIVATE, limit, out, err);
    file->is_private = rc == SKN_OK;
    if (!file->is_private) {
        skn_buf_clear(out);
        rc = skn_lines_read(path, file->shown, SKN_FILE_OURS, limit, out, err);
    }
    return rc == SKN_OK ? control_check(out, file->shown, err) : rc;
}

static int frame_open(struct stack *stack, struct skn_source *source, const char *path,
                      const char *shown, struct skn_error *err)
{
    struct frame *frame = &stack->frames[stack->count];
    unsigned outer = 0;
    for (size_t i = 0; i < stack->count; i++)
        outer += stack->frames[i].lexer.depth;
    struct skn_source_file *file = skn_arena_alloc(source->arena, sizeof *file);
    file->shown = shown;
    *frame = (struct frame){.file = file};
    stack->count++;
    int rc = file_read(path, file, BYTES_MAX - source->text.len, &frame->text, err);
    if (rc != SKN_OK)
        return rc;
    /* libconfig reads a comment only up to a newline. */
    if (frame->text.len == 0 || frame->text.text[frame->text.len - 1] != '\n')
        skn_buf_addc(&frame->text, '\n');
    skn_lexer_init(&frame->lexer, skn_buf_str(&frame->text), outer);
    return SKN_OK;
}

static void frame_close(struct stack *stack)
{
    skn_buf_wipe(&stack->frames[--stack->count].text);
}

static struct skn_place frame_place(const struct frame *frame)
{
    return (struct skn_place){frame->file->shown, frame->lexer.line};
}

static int include_fail(const struct frame *frame, struct skn_error *err, const char *reason)
{
    return skn_place_fail(frame_place(frame), err, "@include: %s", reason);
}

/* A path that stays below the config's folder as far as its text tells. */
static int include_path_valid(struct skn_str path)
{
    if (path.len == 0 || path.ptr[0] == '/')
        return 0;
    const char *end = path.ptr + path.len;
    for (const char *part = path.ptr; part <= end;) {
        const char *slash = memchr(part, '/', (size_t)(end - part));
        const char *stop = slash ? slash : end;
        if (stop - part == 2 && part[0] == '.' && part[1] == '.')
            return 0;
        part = stop + 1;
    }
    return 1;
}

static int include_open(struct stack *stack, struct skn_source *source, struct skn_error *err)
{
    const struct frame *frame = &stack->frames[stack->count - 1];
    struct skn_str name = frame->lexer.include;
    if (!include_path_valid(name))
        return include_fail(frame, err,
                            "the file must lie below the folder of the config: no absolute path, "
                            "no \"..\"");
    const char *shown = skn_arena_printf(source->arena, "%s%.*s", source->shown, SKN_FMT(name));
    for (size_t i = 0; i < stack->count; i++)
        if (strcmp(stack->frames[i].file->shown, shown) == 0)
            return include_fail(frame, err, "the file includes itself");
    if (stack->count == FILES_OPEN_MAX)
        return include_fail(frame, err, "included files include each other more than 7 deep");
    if (++stack->includes > INCLUDES_MAX)
        return include_fail(frame, err, "more than 1000 files are included");
    const char *path = skn_arena_printf(source->arena, "%s/%.*s", source->folder, SKN_FMT(name));
    const char *below = skn_arena_printf(source->arena, "%.*s", SKN_FMT(name));
    if (skn_file_below_check(source->folder, below, shown, err) == SKN_OK &&
        frame_open(stack, source, path, shown, err) == SKN_OK)
        return SKN_OK;
    err->code = SKN_E_CONFIG;
    return skn_place_context(frame_place(frame), err);
}

static void span_add(struct skn_source *source, const struct frame *frame, unsigned file_line)
{
    source->spans =
        skn_grow(source->spans, source->span_count, &source->span_room, sizeof *source->spans);
    source->spans[source->span_count++] =
        (struct skn_source_span){source->line, file_line, frame->file};
}

static int lexer_fail(const struct frame *frame, struct skn_error *err)
{
    const struct skn_lexer *lexer = &frame->lexer;
    struct skn_place place = {frame->file->shown, lexer->fault_line};
    if (lexer->fault_origin_line)
        return skn_place_fail(place, err, "%s, of line %u", lexer->fault, lexer->fault_origin_line);
    return skn_place_fail(place, err, "%s", lexer->fault);
}

/* Takes the text of the innermost file up to its next @include or its end. */
static int stack_step(struct stack *stack, struct skn_source *source, struct skn_error *err)
{
    struct frame *frame = &stack->frames[stack->count - 1];
    struct skn_str passed = {NULL, 0};
    span_add(source, frame, frame->lexer.line);
    int more = skn_lexer_next(&frame->lexer, &passed);
    if (more < 0)
        return lexer_fail(frame, err);
    if (source->text.len + passed.len > BYTES_MAX)
        return skn_error_set(err, SKN_E_CONFIG,
                             "%s: with the files it includes it is larger than "
                             "%d bytes",
                             frame->file->shown, BYTES_MAX);
    skn_buf_add(&source->text, passed.ptr, passed.len);
    source->line += lines_before(passed.ptr, passed.len);
    if (more)
        return include_open(stack, source, err);
    frame_close(stack);
    return SKN_OK;
}

int skn_source_read(struct skn_source *source, struct skn_arena *arena, const char *folder,
                    const char *path, struct skn_error *err)
{
    struct stack stack = {.count = 0};
    const char *slash = strrchr(path, '/');
    *source = (struct skn_source){.arena = arena, .folder = folder, .line = 1};
    source->shown = skn_arena_strndup(arena, path, slash ? (size_t)(slash + 1 - path) : 0);

    int rc = frame_open(&stack, source, path, skn_arena_strdup(arena, path), err);
    while (rc == SKN_OK && stack.count > 0)
        rc = stack_step(&stack, source, err);
    while (stack.count > 0)
        frame_close(&stack);
    return rc;
}

void skn_source_finish(struct skn_source *source)
{
    skn_buf_wipe(&source->text);
    free(source->spans);
    *source = (struct skn_source){.arena = NULL};
}

static const struct skn_source_span *span_find(const struct skn_source *source, unsigned line)
{
    size_t low = 0;
    size_t high = source->span_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (source->spans[middle].line <= line)
            low = middle;
        else
            high = middle;
    }
    return &source->spans[low];
}

struct skn_place skn_source_place(const struct skn_source *source, unsigned line)
{
    const struct skn_source_span *span = span_find(source, line);
    unsigned further = line > span->line ? line - span->line : 0;
    return (struct skn_place){span->file->shown, span->file_line + further};
}

const struct skn_source_file *skn_source_file(const struct skn_source *source, unsigned line)
{
    return span_find(source, line)->file;
}

const char *skn_place_text(struct skn_arena *arena, struct skn_place place)
{
    return skn_arena_printf(arena, "%s:%u", place.shown, place.line);
}

int skn_place_context(struct skn_place place, struct skn_error *err)
{
    return skn_error_context(err, "%s:%u", place.shown, place.line);
}

int skn_place_fail(struct skn_place place, struct skn_error *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    skn_failv(err, SKN_E_CONFIG, NULL, 0, format, args);
    va_end(args);
    return skn_place_context(place, err);
}

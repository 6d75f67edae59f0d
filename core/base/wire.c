/*
 * Lines of JSON. It knows nothing of what they mean.
 */
#include "base/wire.h"

#include <string.h>
#include <skein/driver-util.h>

#include "base/alloc.h"
#include "base/text.h"

static int chunk_take(const char *text, size_t size, void *ctx)
{
    skn_buf_add(ctx, text, size);
    return 0;
}

void skn_wire_encode(struct skn_buf *out, const json_t *message)
{
    json_dump_callback(message, chunk_take, out, JSON_COMPACT);
    skn_buf_addc(out, '\n');
}

/* Escaping by hand, for thousands of scripts cost more as JSON objects than all else. */
static void string_escape(struct skn_buf *out, const char *text, size_t len)
{
    size_t from = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= ' ' && c != '"' && c != '\\')
            continue;
        skn_buf_add(out, text + from, i - from);
        if (c == '\n')
            skn_buf_adds(out, "\\n");
        else
            skn_buf_addf(out, "\\u%04x", c);
        from = i + 1;
    }
    skn_buf_add(out, text + from, len - from);
}

void skn_wire_add_string(struct skn_buf *out, struct skn_str text)
{
    skn_buf_addc(out, '"');
    while (text.len > 0) {
        size_t good = skn_utf8_check(text.ptr, text.len);
        string_escape(out, text.ptr, good);
        text = skn_str_len(text.ptr + good, text.len - good);
        if (text.len > 0) {
            skn_buf_adds(out, "\xef\xbf\xbd");
            text = skn_str_len(text.ptr + 1, text.len - 1);
        }
    }
    skn_buf_addc(out, '"');
}

void skn_wire_finish(struct skn_wire *wire)
{
    skn_buf_finish(&wire->buf);
    *wire = (struct skn_wire){0};
}

void skn_wire_add(struct skn_wire *wire, const char *bytes, size_t len)
{
    /* Taken lines are dropped only when they are the larger part: every byte moves a bounded number
     * of times. */
    if (wire->at > wire->buf.len / 2) {
        skn_buf_drop(&wire->buf, wire->at);
        wire->scanned -= wire->at;
        wire->at = 0;
    }
    skn_buf_add(&wire->buf, bytes, len);
}

int skn_wire_decode(struct skn_wire *wire, size_t limit, json_t **message)
{
    const char *text = skn_buf_text(&wire->buf);
    size_t left = wire->buf.len - wire->scanned;
    const char *end = left ? memchr(text + wire->scanned, '\n', left) : NULL;
    if (!end) {
        wire->scanned = wire->buf.len;
        return wire->buf.len - wire->at > limit ? -1 : 0;
    }
    size_t len = (size_t)(end - text) - wire->at;
    *message = len > limit ? NULL : json_loadb(text + wire->at, len, JSON_ALLOW_NUL, NULL);
    wire->at += len + 1;
    wire->scanned = wire->at;
    if (json_is_object(*message))
        return 1;
    json_decref(*message);
    *message = NULL;
    return -1;
}

const char *skn_json_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

int64_t skn_json_number(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

const json_t *skn_json_array(const json_t *object, const char *key)
{
    const json_t *array = json_object_get(object, key);
    return json_is_array(array) ? array : NULL;
}

json_t *skn_json_string(const char *text, size_t len)
{
    json_t *string = json_stringn(text, len);
    if (string)
        return string;
    struct skn_buf clean = {0};
    while (len > 0) {
        size_t good = skn_utf8_check(text, len);
        skn_buf_add(&clean, text, good);
        if (good < len) {
            skn_buf_adds(&clean, "\xef\xbf\xbd");
            good++;
        }
        text += good;
        len -= good;
    }
    string = json_stringn(skn_buf_text(&clean), clean.len);
    skn_buf_finish(&clean);
    return string;
}

json_t *skn_error_encode(const struct skn_error *err)
{
    size_t len = strnlen(err->message, sizeof err->message);
    size_t state = strnlen(err->sqlstate, sizeof err->sqlstate);
    return json_pack("{s:s, s:s, s:o, s:o, s:i, s:I}", "event", "error", "code",
                     skn_code_name(err->code), "message", skn_json_string(err->message, len),
                     "sqlstate", skn_json_string(err->sqlstate, state), "native", (int)err->native,
                     "position", (json_int_t)err->position);
}

void skn_error_decode(const json_t *event, struct skn_error *err)
{
    skn_error_set(err, (int)skn_code_by_name(skn_json_text(event, "code")), "%s",
                  skn_json_text(event, "message"));
    const char *state = skn_json_text(event, "sqlstate");
    memcpy(err->sqlstate, state, strnlen(state, sizeof err->sqlstate - 1));
    err->native = (int32_t)skn_json_number(event, "native");
    err->position = (uint32_t)skn_json_number(event, "position");
}

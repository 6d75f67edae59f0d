/*
 * Lines of JSON. It knows nothing of what they mean.
 */
#include "base/wire.h"

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "base/vault.h"

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

void skn_wire_encode_body(struct skn_buf *out, json_t *message, struct skn_str body)
{
    json_object_set_new(message, "body_bytes", json_integer((json_int_t)body.len));
    skn_wire_encode(out, message);
    skn_buf_add(out, body.ptr, body.len);
    skn_buf_addc(out, '\n');
}

void skn_wire_finish(struct skn_wire *wire)
{
    skn_buf_wipe(&wire->buf);
    json_decref(wire->head);
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

/* The first line as wire->head: 1 it is there, 0 not all of it has arrived, -1 it cannot be one. */
static int head_take(struct skn_wire *wire, size_t limit)
{
    const char *text = skn_buf_text(&wire->buf);
    size_t left = wire->buf.len - wire->scanned;
    const char *end = left ? memchr(text + wire->scanned, '\n', left) : NULL;
    if (!end) {
        wire->scanned = wire->buf.len;
        return wire->buf.len - wire->at > limit ? -1 : 0;
    }
    size_t len = (size_t)(end - text) - wire->at;
    wire->head = len > limit ? NULL : json_loadb(text + wire->at, len, JSON_ALLOW_NUL, NULL);
    wire->at = wire->scanned = wire->at + len + 1;
    return json_is_object(wire->head) ? 1 : -1;
}

/* The body behind the line of wire->head: 1 it is there, or there is none; 0 not all of it has
 * arrived; -1 it cannot be one. */
static int body_take(struct skn_wire *wire, size_t limit)
{
    const json_t *bytes = json_object_get(wire->head, "body_bytes");
    if (!bytes)
        return 1;
    json_int_t len = json_integer_value(bytes);
    if (len < 0 || (size_t)len > limit)
        return -1;
    if (wire->buf.len - wire->at < (size_t)len + 1)
        return 0;
    const char *text = wire->buf.text + wire->at;
    if (text[len] != '\n')
        return -1;
    json_object_set_new(wire->head, "body", skn_json_string(text, (size_t)len));
    wire->at = wire->scanned = wire->at + (size_t)len + 1;
    return 1;
}

int skn_wire_decode(struct skn_wire *wire, size_t limit, json_t **message)
{
    int got = wire->head ? 1 : head_take(wire, limit);
    if (got == 1)
        got = body_take(wire, limit);
    /* It may have held a password. */
    if (wire->at == wire->buf.len) {
        skn_buf_drop(&wire->buf, wire->at);
        wire->at = wire->scanned = 0;
    }
    *message = NULL;
    if (got == 0)
        return 0;
    if (got == 1)
        *message = wire->head;
    else
        json_decref(wire->head);
    wire->head = NULL;
    return got;
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
    uint32_t code = skn_code_by_name(skn_json_text(event, "code"));
    const char *message = skn_json_text(event, "message");
    skn_error_set(err, code == SKN_OK ? SKN_E_DRIVER : (int)code, "%s",
                  message[0] ? message : "no reason was given");
    const char *state = skn_json_text(event, "sqlstate");
    memcpy(err->sqlstate, state, strnlen(state, sizeof err->sqlstate - 1));
    err->native = (int32_t)skn_json_number(event, "native");
    err->position = (uint32_t)skn_json_number(event, "position");
}

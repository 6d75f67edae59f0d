/*
 * A growing text, always NUL-terminated.
 */
#ifndef SKN_BASE_BUF_H
#define SKN_BASE_BUF_H

#include <stddef.h>
#include <skein/driver.h>

struct skn_buf {
    char *text; /* NULL while nothing was ever added; owned */
    size_t len;
    size_t room;
};

/* A zeroed buf is ready. finish frees, and leaves it ready again. */
void skn_buf_finish(struct skn_buf *buf);

void skn_buf_clear(struct skn_buf *buf); /* keeps the room */
void skn_buf_add(struct skn_buf *buf, const char *text, size_t len);
void skn_buf_adds(struct skn_buf *buf, const char *text);
void skn_buf_addc(struct skn_buf *buf, char c);
void skn_buf_addf(struct skn_buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3), nonnull(2)));

/* Room for more bytes behind the text, to be written there; then extend by those that were. */
char *skn_buf_reserve(struct skn_buf *buf, size_t more);
void skn_buf_extend(struct skn_buf *buf, size_t len);

/* Drops the first len bytes. */
void skn_buf_drop(struct skn_buf *buf, size_t len);

/* The text, "" when empty; the buf keeps it. */
const char *skn_buf_text(const struct skn_buf *buf);
struct skn_str skn_buf_str(const struct skn_buf *buf);

/* skn_text_fn: ctx is a struct skn_buf. */
void skn_buf_take(void *ctx, struct skn_str text);

#endif

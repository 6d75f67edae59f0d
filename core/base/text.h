/*
 * Text that came from outside: validity, and what of it may be shown.
 */
#ifndef SKN_BASE_TEXT_H
#define SKN_BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <skein/driver.h>

#include "base/buf.h"

/* Length of the valid UTF-8 character at text, which has len bytes, at least one; 0 if there is
 * none. Its code point to *point. */
size_t skn_utf8_next(const char *text, size_t len, uint32_t *point);

/* Offset of the first byte that is no valid UTF-8 (overlong, surrogate, cut), or len if there is
 * none. */
size_t skn_utf8_check(const char *text, size_t len);

/* Appends text so that it can be printed: control characters (C0, C1, DEL), bidirectional and
 * zero-width controls and broken UTF-8 become visible \xNN and \u{NNNN}. Newlines and tabs stay
 * with keep_lines, else they are escaped too (one line of a log stays one line). */
void skn_text_escape(struct skn_buf *out, struct skn_str text, int keep_lines);

/* Appends JSON, with the same characters as \uNNNN in it: it means what it meant, and a terminal
 * does nothing about it. */
void skn_json_escape(struct skn_buf *out, struct skn_str json);

/* True for [a-z][a-z0-9_]{0,31}: a driver's or history's word. */
int skn_word_valid(const char *text);

#endif

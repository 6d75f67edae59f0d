/*
 * Chained hashes. It knows nothing of what they are compared with.
 */
#include "work/prefix.h"

#include "base/buf.h"

void skn_prefix_extend(char prefix[SKN_SHA256_HEX], struct skn_str statement)
{
    struct skn_buf text = {0};
    skn_buf_adds(&text, prefix);
    skn_buf_addc(&text, '\n');
    skn_buf_add(&text, statement.ptr, statement.len);
    skn_sha256_hex(skn_buf_str(&text), prefix);
    skn_buf_finish(&text);
}

/*
 * Hashes and random ids, by libsodium.
 */
#include "base/hash.h"

#include <sodium.h>

void skn_sha256_hex(struct skn_str text, char out[SKN_SHA256_HEX])
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(digest, (const unsigned char *)text.ptr, text.len);
    sodium_bin2hex(out, SKN_SHA256_HEX, digest, sizeof digest);
}

void skn_random_hex(char *out, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i + 1 < size; i++)
        out[i] = digits[randombytes_uniform(16)];
    out[size - 1] = '\0';
}

/*
 * Hashes, by libsodium, and random ids, by the kernel.
 */
#include "base/hash.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include <sodium.h>

void skn_sha256_hex(struct skn_str text, char out[SKN_SHA256_HEX])
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(digest, (const unsigned char *)text.ptr, text.len);
    sodium_bin2hex(out, SKN_SHA256_HEX, digest, sizeof digest);
}

int skn_sha256_fd(int fd, char out[SKN_SHA256_HEX])
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    unsigned char chunk[65536];
    crypto_hash_sha256_state state;
    off_t at = 0;
    crypto_hash_sha256_init(&state);
    for (;;) {
        ssize_t n = pread(fd, chunk, sizeof chunk, at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        crypto_hash_sha256_update(&state, chunk, (size_t)n);
        at += n;
    }
    crypto_hash_sha256_final(&state, digest);
    sodium_bin2hex(out, SKN_SHA256_HEX, digest, sizeof digest);
    return 0;
}

void skn_random_bytes(void *out, size_t size)
{
    unsigned char *at = out;
    while (size > 0) {
        ssize_t n = getrandom(at, size, 0);
        if (n < 0 && errno != EINTR)
            abort();
        at += n > 0 ? n : 0;
        size -= n > 0 ? (size_t)n : 0;
    }
}

void skn_random_hex(char *out, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[64];
    while (size > 1) {
        size_t n = size - 1 < sizeof bytes ? size - 1 : sizeof bytes;
        skn_random_bytes(bytes, n);
        for (size_t i = 0; i < n; i++)
            *out++ = digits[bytes[i] & 15];
        size -= n;
    }
    if (size > 0)
        *out = '\0';
}

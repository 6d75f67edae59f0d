/*
 * SHA-256 and random ids.
 */
#ifndef SKN_BASE_HASH_H
#define SKN_BASE_HASH_H

#include <stddef.h>
#include <skein/driver.h>

enum { SKN_SHA256_HEX = 65 }; /* 64 digits and a NUL */

void skn_sha256_hex(struct skn_str text, char out[SKN_SHA256_HEX]);

/* Of what fd holds from its beginning; 0, or -1 with errno. */
int skn_sha256_fd(int fd, char out[SKN_SHA256_HEX]);

/* From the system's random source. */
void skn_random_bytes(void *out, size_t size);

/* Lower-case hex digits from the system's random source; size counts the NUL. */
void skn_random_hex(char *out, size_t size);

#endif

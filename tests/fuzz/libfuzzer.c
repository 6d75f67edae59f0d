/*
 * One target as libFuzzer calls it; FUZZ_TARGET is its name.
 */
#include "fuzz.h"

#define FUZZ_NAME_(name) fuzz_##name
#define FUZZ_NAME(name) FUZZ_NAME_(name)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FUZZ_NAME(FUZZ_TARGET)(data, size);
    return 0;
}

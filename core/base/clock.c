/*
 * Clocks.
 */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

#include "base/hash.h"

int64_t skn_clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void skn_time_utc(char out[SKN_TIME_TEXT])
{
    struct timespec now;
    struct tm parts;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    char text[64];
    snprintf(text, sizeof text, "%04d-%02d-%02d %02d:%02d:%02d.%03ld", parts.tm_year + 1900,
             parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
             now.tv_nsec / 1000000);
    snprintf(out, SKN_TIME_TEXT, "%.23s", text);
}

int64_t skn_time_number(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t micros = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
    uint16_t chance;
    skn_random_bytes(&chance, sizeof chance);
    return micros * 1024 + chance % 1024;
}

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

/* By the handful: asking the kernel costs more than the row that the number is for. */
static uint16_t chance_next(void)
{
    static uint16_t drawn[256];
    static size_t left;
    if (left == 0) {
        left = sizeof drawn / sizeof drawn[0];
        skn_random_bytes(drawn, sizeof drawn);
    }
    return drawn[--left];
}

int64_t skn_time_number(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t micros = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
    return micros * 1024 + chance_next() % 1024;
}

/*
 * Time: a clock that never jumps for deadlines, and the calendar's for records.
 */
#ifndef SKN_BASE_CLOCK_H
#define SKN_BASE_CLOCK_H

#include <stdint.h>

enum { SKN_TIME_TEXT = 24 }; /* "YYYY-MM-DD HH:MM:SS.mmm" and a NUL */

int64_t skn_clock_ms(void); /* monotonic */

/* Now, UTC. */
void skn_time_utc(char out[SKN_TIME_TEXT]);

/* A number that grows with time, and that two callers will not get alike: microseconds, then
 * chance. */
int64_t skn_time_number(void);

#endif

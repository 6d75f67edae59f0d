/*
 * What a bare client needs of one engine. Each function ends the program when it fails.
 */
#ifndef SKN_BENCH_FLOOR_H
#define SKN_BENCH_FLOOR_H

/* where: a path, or "key=value key=value" as the engine's file says. */
void floor_open(const char *where);
void floor_close(void);

/* One statement, one round trip. */
void floor_exec(const char *sql);

/* The number of rows a query gives. */
int floor_query(const char *sql);

void floor_fail(const char *what, const char *why);

#endif

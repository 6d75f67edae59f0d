/*
 * What reaches a worker from outside while it is in the middle of something: SIGINT says to give up
 * the call in hand, SIGUSR1 to stop behind the revision in hand.
 */
#ifndef SKN_WORK_INTERRUPT_H
#define SKN_WORK_INTERRUPT_H

#include <stdint.h>

/* From here on both are listened to. */
void skn_interrupt_take(void);

/* As if SIGINT had come. */
void skn_interrupt_give_up(void);

int skn_interrupt_cancelled(void);
int skn_interrupt_stopping(void);     /* also when cancelled */
void skn_interrupt_sleep(int64_t ms); /* ends early when cancelled */

#endif

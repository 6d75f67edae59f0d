/*
 * The worker: the process that loads one driver and does what the planner asks, target after
 * target.
 */
#ifndef SKN_WORK_WORKER_H
#define SKN_WORK_WORKER_H

/* Serves SKN_WIRE_FD until it is closed. Returns the exit status. */
int skn_worker_main(void);

#endif

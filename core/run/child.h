/*
 * A worker process as the planner sees it: started, spoken to, watched, ended. It knows nothing of
 * what is asked of it.
 */
#ifndef SKN_RUN_CHILD_H
#define SKN_RUN_CHILD_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/wire.h"

enum { SKN_CHILD_FDS = 3 }; /* socket, stdout, stderr */

struct skn_child {
    pid_t pid;      /* 0: not running */
    int socket;     /* -1: closed */
    int outputs[2]; /* its stdout and stderr; -1: closed */
    struct skn_wire in;
    struct skn_buf out;      /* queued */
    size_t sent;             /* of out */
    struct skn_buf lines[2]; /* captured text, up to the last line end */
    int cut[2];              /* the rest of a line that is too long is to be left out */
    struct skn_page *page;
    int page_fd;
    int64_t patience; /* skn_clock_ms() of the next step from SIGINT to SIGKILL; 0: none begun */
    int stage;        /* 0 none, 1 SIGINT, 2 SIGTERM, 3 SIGKILL sent */
    int status;       /* of waitpid, once it is reaped */
};

/* Starts skein as a worker: its own process group, a small environment, nothing open but its
 * socket. */
int skn_child_start(struct skn_child *child, struct skn_error *err);

/* Queues a message; goes out as the socket takes it. */
void skn_child_send(struct skn_child *child, const json_t *message);
void skn_child_send_body(struct skn_child *child, json_t *message, struct skn_str body);
void skn_child_flush(struct skn_child *child);

/* Reads what is there of the socket (0) or an output (1, 2). 0: fine, -1: closed. */
int skn_child_read(struct skn_child *child, int which);

/* The next line captured from stdout (0) or stderr (1), into line; 0 if there is none. With the
 * rest: also an unfinished one. Of a line that is too long only the beginning: halves of a secret
 * would not be known as one. */
int skn_child_line(struct skn_child *child, int which, int rest, struct skn_buf *line);

/* Ends a call that overran: SIGINT, then SIGTERM, then SIGKILL, two seconds apart. */
void skn_child_press(struct skn_child *child);
void skn_child_signal(struct skn_child *child, int signal_number);

/* Closes the socket and waits for the end; after two seconds it is killed. */
void skn_child_stop(struct skn_child *child);

/* It hung up: reaps it and says how it ended, in which call: "crashed in exec (signal 11, ...)". */
void skn_child_epitaph(struct skn_child *child, const char *driver, struct skn_error *err);

#endif

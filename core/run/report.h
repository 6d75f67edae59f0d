/*
 * What a run says while it goes: log lines and progress for people, one JSON object a line for
 * programs. Results go to standard output, everything else to standard error. It decides nothing.
 */
#ifndef SKN_RUN_REPORT_H
#define SKN_RUN_REPORT_H

#include "run/fleet.h"

enum skn_report_flag {
    SKN_REPORT_JSON = 1,
    SKN_REPORT_QUIET = 2,
    SKN_REPORT_VERBOSE = 4,
    SKN_REPORT_PROGRESS = 8, /* a line that is painted over, on a terminal */
    SKN_REPORT_COLOR = 16
};

struct skn_report {
    unsigned flags;                 /* enum skn_report_flag */
    struct skn_fleet_events events; /* give this to the fleet */
    const struct skn_fleet *fleet;
    const char *phase; /* "probing", "upgrading", ... */
    size_t total;      /* of the phase */
    size_t ended;
    size_t failed;
    int64_t began;
    int64_t painted;
    int on_screen; /* the progress line is showing */
};

void skn_report_init(struct skn_report *report, unsigned flags);

/* A phase of so many targets begins; total 0: none. */
void skn_report_phase(struct skn_report *report, const struct skn_fleet *fleet, const char *phase,
                      size_t total);

/* A line of the log, unless it is quiet. */
void skn_report_note(struct skn_report *report, const char *text);

/* Prints an error of the command, redacted and escaped. */
void skn_report_error(struct skn_report *report, const struct skn_error *err);

/* Prints what could not be reached, each by name, and that nothing was changed. */
void skn_report_unreachable(struct skn_report *report, const struct skn_fleet *fleet);

/* The same for a verb that only looks: the others were shown. Returns the exit status, 1 or 3. */
int skn_report_unasked(struct skn_report *report, const struct skn_fleet *fleet);

/* The summary of a run over several targets, and every one that is not done. */
void skn_report_summary(struct skn_report *report, const struct skn_fleet *fleet);

/* The exit status that a run's members ask for: 0, 1, 3, 5 or 130. */
int skn_report_exit(const struct skn_fleet *fleet);

/* A line of JSON to standard output; takes the reference. */
void skn_report_json(json_t *object);

/* Text on one line, redacted and escaped: malloc'ed. */
char *skn_report_clean(const char *text);

#endif

/*
 * Being told to give up, or to stop soon. It knows nothing of what is given up.
 */
#include "work/interrupt.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

enum { ORPHAN_S = 10 };

static volatile sig_atomic_t cancelled;
static volatile sig_atomic_t stopping;
static pid_t planner; /* who started us */

/* Also when the planner has died. Then nobody ends a call that does not come back but we. */
static void cancel_note(int signal_number)
{
    (void)signal_number;
    cancelled = 1;
    if (getppid() != planner)
        alarm(ORPHAN_S);
}

static void stop_note(int signal_number)
{
    (void)signal_number;
    stopping = 1;
}

void skn_interrupt_give_up(void)
{
    cancelled = 1;
}

int skn_interrupt_cancelled(void)
{
    return cancelled;
}

int skn_interrupt_stopping(void)
{
    return stopping || cancelled;
}

void skn_interrupt_sleep(int64_t ms)
{
    struct timespec wait = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    if (!cancelled)
        nanosleep(&wait, NULL);
}

void skn_interrupt_take(void)
{
    struct sigaction action = {.sa_handler = cancel_note};
    planner = getppid();
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    action.sa_handler = stop_note;
    action.sa_flags = SA_RESTART;
    sigaction(SIGUSR1, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    /* Kept back since before this program was started, so that none could end it on the way. */
    sigset_t ours;
    sigemptyset(&ours);
    sigaddset(&ours, SIGINT);
    sigaddset(&ours, SIGUSR1);
    sigprocmask(SIG_UNBLOCK, &ours, NULL);
}

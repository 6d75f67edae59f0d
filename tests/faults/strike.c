/*
 * Runs skein and strikes one of its processes just before its N-th system call: kills it, or holds
 * it there while a command does something to the world around it. strace can kill too, but counts
 * in every process for itself and cannot be told which one is meant. It knows nothing of skein but
 * that the first process is the planner and all others are workers.
 *
 *   strike [-r planner|worker|all] [-e] [-n N] [-x COMMAND] -o REPORT PROGRAM ARGUMENT...
 *
 *   -r  whose calls are counted, and who is killed; all: the worker's calls, and everybody dies
 *   -e  counts only calls that others can notice, or that wait for others
 *   -n  strikes before the N-th; without it only counts
 *   -x  runs COMMAND by sh while the process is held, in the place of killing it; $PLANNER and
 * $HELD are the numbers of processes
 *
 * REPORT gets one line: how many calls were counted, and "struck" or "whole". It ends when all the
 * processes have ended, with the status of the planner.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum role { PLANNER, WORKER, ALL };
enum { PROCESSES = 64, SYSCALL_STOP = SIGTRAP | 0x80 };

struct process {
    pid_t pid; /* 0: a free place */
    enum role role;
    int greeted; /* its first stop is behind it */
};

struct strike {
    enum role role;
    int noticed_only;
    long at; /* 0: never */
    const char *command;
    const char *report;
    long count;
    int struck;
    pid_t planner;
    int status; /* of the planner */
    struct process processes[PROCESSES];
};

static void die(const char *what)
{
    perror(what);
    exit(125);
}

static struct process *process_find(struct strike *strike, pid_t pid)
{
    for (size_t i = 0; i < PROCESSES; i++)
        if (strike->processes[i].pid == pid)
            return &strike->processes[i];
    return NULL;
}

static struct process *process_note(struct strike *strike, pid_t pid, enum role role)
{
    struct process *process = process_find(strike, pid);
    if (process)
        return process;
    process = process_find(strike, 0);
    if (!process)
        die("too many processes");
    *process = (struct process){.pid = pid, .role = role};
    return process;
}

/* Whether others could tell that the call was made, or time passes in it. */
static int is_noticed(const struct __ptrace_syscall_info *call)
{
    static const long noticed[] = {
        SYS_write,     SYS_pwrite64,  SYS_writev,   SYS_sendto,  SYS_sendmsg,    SYS_fsync,
        SYS_fdatasync, SYS_ftruncate, SYS_unlinkat, SYS_mkdirat, SYS_linkat,     SYS_renameat2,
        SYS_connect,   SYS_shutdown,  SYS_ppoll,    SYS_execve,  SYS_exit_group, SYS_flock,
#ifdef SYS_poll /* the calls that newer machines never had */
        SYS_poll,      SYS_unlink,    SYS_mkdir,    SYS_link,    SYS_rename,
#endif
    };
    long number = (long)call->entry.nr;
    for (size_t i = 0; i < sizeof noticed / sizeof noticed[0]; i++)
        if (noticed[i] == number)
            return 1;
    if (number == SYS_openat)
        return (call->entry.args[2] & O_CREAT) != 0;
    return number == SYS_fcntl && call->entry.args[1] == F_SETLK;
}

static void everybody_kill(const struct strike *strike)
{
    for (size_t i = 0; i < PROCESSES; i++)
        if (strike->processes[i].pid > 0)
            kill(strike->processes[i].pid, SIGKILL);
}

static void pid_export(const char *name, pid_t pid)
{
    char text[16];
    snprintf(text, sizeof text, "%d", (int)pid);
    setenv(name, text, 1);
}

static void command_run(const char *command, pid_t planner, pid_t held)
{
    pid_t pid = fork();
    if (pid == 0) {
        pid_export("PLANNER", planner);
        pid_export("HELD", held);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    int status;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (status != 0)
        fprintf(stderr, "strike: the command ended with %d\n", status);
}

static void strike_now(struct strike *strike, pid_t pid)
{
    strike->struck = 1;
    if (strike->command)
        command_run(strike->command, strike->planner, pid);
    else if (strike->role == ALL)
        everybody_kill(strike);
    else
        kill(pid, SIGKILL);
}

static void syscall_note(struct strike *strike, const struct process *process)
{
    struct __ptrace_syscall_info call;
    enum role counted = strike->role == PLANNER ? PLANNER : WORKER;
    if (process->role != counted || strike->struck)
        return;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, process->pid, sizeof call, &call) <= 0 ||
        call.op != PTRACE_SYSCALL_INFO_ENTRY || (strike->noticed_only && !is_noticed(&call)))
        return;
    strike->count++;
    if (strike->count == strike->at)
        strike_now(strike, process->pid);
}

static void birth_note(struct strike *strike, const struct process *parent, int event)
{
    unsigned long pid;
    if (ptrace(PTRACE_GETEVENTMSG, parent->pid, 0, &pid) == 0)
        process_note(strike, (pid_t)pid, event == PTRACE_EVENT_CLONE ? parent->role : WORKER);
}

/* Lets a stopped process go on; what stopped it is passed on where it was a signal to it. */
static void stop_take(struct strike *strike, struct process *process, int status)
{
    int signal_number = WSTOPSIG(status);
    int event = status >> 16;
    int pass = 0;
    if (signal_number == SYSCALL_STOP)
        syscall_note(strike, process);
    else if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK ||
             event == PTRACE_EVENT_CLONE)
        birth_note(strike, process, event);
    else if (event == 0 && !process->greeted && signal_number == SIGSTOP)
        process->greeted = 1;
    else if (event == 0)
        pass = signal_number;
    ptrace(PTRACE_SYSCALL, process->pid, 0, pass);
}

static void watch(struct strike *strike)
{
    for (;;) {
        int status;
        pid_t pid = waitpid(-1, &status, __WALL);
        if (pid < 0 && errno == EINTR)
            continue;
        if (pid < 0)
            return;
        /* One that was born may stop before its parent says so. */
        struct process *process = process_note(strike, pid, WORKER);
        if (WIFSTOPPED(status)) {
            stop_take(strike, process, status);
            continue;
        }
        process->pid = 0;
        if (pid == strike->planner)
            strike->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
}

static void start(struct strike *strike, char **argv)
{
    strike->planner = fork();
    if (strike->planner < 0)
        die("fork");
    if (strike->planner == 0) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        execv(argv[0], argv);
        die(argv[0]);
    }
    int status;
    long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                   PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
    if (waitpid(strike->planner, &status, 0) < 0 || !WIFSTOPPED(status) ||
        ptrace(PTRACE_SETOPTIONS, strike->planner, 0, options) != 0)
        die("ptrace");
    process_note(strike, strike->planner, PLANNER)->greeted = 1;
    ptrace(PTRACE_SYSCALL, strike->planner, 0, 0);
}

static char **options_read(struct strike *strike, int argc, char **argv)
{
    int option;
    while ((option = getopt(argc, argv, "+r:en:x:o:")) != -1) {
        if (option == 'r')
            strike->role = strcmp(optarg, "planner") == 0  ? PLANNER
                           : strcmp(optarg, "worker") == 0 ? WORKER
                                                           : ALL;
        else if (option == 'e')
            strike->noticed_only = 1;
        else if (option == 'n')
            strike->at = strtol(optarg, NULL, 10);
        else if (option == 'x')
            strike->command = optarg;
        else if (option == 'o')
            strike->report = optarg;
        else
            exit(125);
    }
    return argv + optind;
}

int main(int argc, char **argv)
{
    struct strike strike = {.role = WORKER};
    char **command = options_read(&strike, argc, argv);
    if (!*command || !strike.report) {
        fputs("usage: strike [-r planner|worker|all] [-e] [-n N] [-x COMMAND] -o REPORT "
              "PROGRAM ARGUMENT...\n",
              stderr);
        return 125;
    }
    start(&strike, command);
    watch(&strike);
    FILE *report = fopen(strike.report, "w");
    if (!report)
        die(strike.report);
    fprintf(report, "%ld %s\n", strike.count, strike.struck ? "struck" : "whole");
    fclose(report);
    return strike.status;
}

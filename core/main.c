/*
 * skein: options, verb, exit status. As a worker it is another program, which is why this is the
 * only file that knows both sides.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <unistd.h>

#include <jansson.h>

#include "base/vault.h"
#include "cmd/command.h"
#include "cmd/help.h"
#include "work/worker.h"

/* A database connection must never get the number of a standard stream. */
static void streams_open(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY) != fd)
            _exit(1);
}

/* Passwords pass through our memory: no core dump may hold it, and nobody but root may look into
 * it, by a debugger or by /proc. */
static void memory_guard(void)
{
#ifndef SKEIN_SANITIZED /* LeakSanitizer looks by a debugger's means */
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
#endif
    /* Requests to workers are JSON, and hold passwords. */
    json_set_alloc_funcs(malloc, skn_free_wiped);
}

static int report_flags(const struct skn_context *context, unsigned *flags, struct skn_error *err)
{
    const char *format = skn_context_get(context, "format");
    const char *color = skn_context_get(context, "color");
    int terminal = isatty(STDERR_FILENO);
    *flags = 0;
    if (format && strcmp(format, "json") != 0 && strcmp(format, "text") != 0)
        return skn_error_set(err, SKN_E_USAGE, "--format must be text or json");
    if (color && strcmp(color, "auto") != 0 && strcmp(color, "never") != 0 &&
        strcmp(color, "always") != 0)
        return skn_error_set(err, SKN_E_USAGE, "--color must be auto, never or always");
    if (format && strcmp(format, "json") == 0)
        *flags |= SKN_REPORT_JSON;
    if (skn_context_get(context, "quiet"))
        *flags |= SKN_REPORT_QUIET;
    if (skn_context_get(context, "verbose"))
        *flags |= SKN_REPORT_VERBOSE;
    if (terminal && !skn_context_get(context, "no-progress") && !(*flags & SKN_REPORT_QUIET))
        *flags |= SKN_REPORT_PROGRESS;
    if ((color && strcmp(color, "always") == 0) ||
        (terminal && !getenv("NO_COLOR") && !(color && strcmp(color, "never") == 0)))
        *flags |= SKN_REPORT_COLOR;
    return SKN_OK;
}

static int command_run(struct skn_context *context, struct skn_error *err)
{
    if (skn_context_get(context, "version")) {
        printf("skein %s\n", SKEIN_VERSION);
        return 0;
    }
    if (!context->command || skn_context_get(context, "help")) {
        if (context->command)
            skn_help_command(context->command);
        else
            skn_help_all();
        return context->command || skn_context_get(context, "help") ? 0 : 2;
    }
    int status = context->command->run(context, err);
    if (status != 0 || context->fleet.damage.code == SKN_OK)
        return status;
    *err = context->fleet.damage;
    return -1;
}

/* What was printed must have arrived, or the answer is no answer. */
static int output_finish(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    fprintf(stderr, "FAILED: the output could not be written\n");
    return status == 0 ? 1 : status;
}

int main(int argc, char **argv)
{
    struct skn_context context = {0};
    struct skn_error err = SKN_ERROR_INIT;
    unsigned flags = 0;

    streams_open();
    umask(022);
    if (getauxval(AT_SECURE)) {
        fprintf(stderr, "FAILED: skein does not run with rights its caller does not have "
                        "(setuid, setgid or file capabilities)\n");
        return 1;
    }
    memory_guard();
    if (argc == 2 && strcmp(argv[1], "--worker") == 0)
        return skn_worker_main();

    int status = -1;
    if (skn_context_parse(&context, argc, argv, &err) == SKN_OK &&
        report_flags(&context, &flags, &err) == SKN_OK) {
        skn_report_init(&context.report, flags);
        status = command_run(&context, &err);
    } else {
        skn_report_init(&context.report, flags);
    }
    if (status < 0) {
        skn_report_error(&context.report, &err);
        status = skn_code_exit(err.code);
    }
    skn_context_finish(&context);
    return output_finish(status);
}

/*
 * Running a password command. It does not know what the password is for.
 */
#include "config/password_command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "config/password_file.h"
#include "base/redact.h"
#include "config/secret.h"
#include "base/vault.h"

enum {
    COMPLAINT_MAX = 512, /* of its standard error */
    TICK = 50            /* ms between two looks whether it has ended */
};

/* A command under way. */
struct command {
    const char *name;
    pid_t pid;
    int ended;
    int lost;   /* somebody else took its status */
    int status; /* of waitpid, once ended */
    int64_t deadline;
    struct pollfd pipes[2]; /* its standard output and error; fd -1 when closed */
    struct skn_buf output;
    struct skn_buf complaint;
};

static char **argv_create(struct skn_names names)
{
    char **argv = skn_alloc_array(names.count + 1, sizeof *argv);
    for (size_t i = 0; i < names.count; i++)
        argv[i] = skn_strdup(names.items[i]);
    return argv;
}

static char **environment_create(void)
{
    static const char *const names[] = {"PATH", "HOME", "LANG", "USER"};
    char **environment = skn_alloc_array(sizeof names / sizeof names[0] + 1, sizeof *environment);
    size_t count = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = secure_getenv(names[i]);
        struct skn_buf text = {0};
        if (!value)
            continue;
        skn_buf_addf(&text, "%s=%s", names[i], value);
        environment[count++] = text.text;
    }
    return environment;
}

static void texts_destroy(char **texts)
{
    for (size_t i = 0; texts[i]; i++) {
        explicit_bzero(texts[i], strlen(texts[i]));
        free(texts[i]);
    }
    free(texts);
}

/* A process group of its own, so that all of it can be killed; signals as at a login. */
static void attributes_init(posix_spawnattr_t *attributes)
{
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_init(attributes);
    posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
                                             POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setpgroup(attributes, 0);
    posix_spawnattr_setsigdefault(attributes, &all);
    posix_spawnattr_setsigmask(attributes, &none);
}

static int spawn(struct command *command, struct skn_names names, int output, int complaint)
{
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    char **argv = argv_create(names);
    char **environment = environment_create();
    attributes_init(&attributes);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, complaint, STDERR_FILENO);
    int failed = posix_spawnp(&command->pid, argv[0], &actions, &attributes, argv, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    texts_destroy(environment);
    texts_destroy(argv);
    return failed;
}

static int command_start(struct command *command, struct skn_names argv, struct skn_error *err)
{
    int output[2];
    int complaint[2];
    if (pipe2(output, O_CLOEXEC) != 0)
        return skn_error_set(err, SKN_E_CONFIG, "no pipe: %s", strerror(errno));
    if (pipe2(complaint, O_CLOEXEC) != 0) {
        close(output[0]);
        close(output[1]);
        return skn_error_set(err, SKN_E_CONFIG, "no pipe: %s", strerror(errno));
    }
    int failed = spawn(command, argv, output[1], complaint[1]);
    close(output[1]);
    close(complaint[1]);
    command->pipes[0] = (struct pollfd){.fd = output[0], .events = POLLIN};
    command->pipes[1] = (struct pollfd){.fd = complaint[0], .events = POLLIN};
    if (failed)
        return skn_error_set(err, SKN_E_CONFIG, "%s cannot be run: %s", command->name,
                             failed == ENOENT ? "no such program" : strerror(failed));
    return SKN_OK;
}

static void command_finish(struct command *command)
{
    for (size_t i = 0; i < 2; i++)
        if (command->pipes[i].fd >= 0)
            close(command->pipes[i].fd);
    skn_buf_wipe(&command->output);
    skn_buf_wipe(&command->complaint);
}

static void command_look(struct command *command)
{
    pid_t pid = command->ended ? 0 : waitpid(command->pid, &command->status, WNOHANG);
    if (pid != 0)
        command->ended = 1;
    if (pid < 0)
        command->lost = 1;
}

static void command_kill(struct command *command)
{
    kill(-command->pid, SIGKILL);
    while (!command->ended && waitpid(command->pid, &command->status, 0) < 0 && errno == EINTR)
        continue;
    command->ended = 1;
}

/* Takes what is there; the pipe is closed at its end. */
static void pipe_read(struct pollfd *pipe, struct skn_buf *into, size_t most)
{
    char chunk[1024];
    ssize_t n = read(pipe->fd, chunk, sizeof chunk);
    if (n < 0 && errno == EINTR)
        return;
    if (n <= 0) {
        close(pipe->fd);
        pipe->fd = -1;
        return;
    }
    size_t room = most - (into->len < most ? into->len : most);
    skn_buf_add(into, chunk, (size_t)n < room ? (size_t)n : room);
    explicit_bzero(chunk, sizeof chunk);
}

/* Until it has ended and said all it had to say. A child it left behind may keep the pipes open,
 * and is not waited for. */
static int command_collect(struct command *command, struct skn_error *err)
{
    while (!command->ended || command->pipes[0].fd >= 0 || command->pipes[1].fd >= 0) {
        int64_t left = command->deadline - skn_clock_ms();
        if (left <= 0 && command->ended)
            break;
        if (left <= 0) {
            command_kill(command);
            return skn_error_set(err, SKN_E_CONFIG, "%s was killed: it took too long",
                                 command->name);
        }
        int was_ended = command->ended;
        int ready = poll(command->pipes, 2, was_ended ? 0 : left < TICK ? (int)left : TICK);
        if (command->pipes[0].fd >= 0 && command->pipes[0].revents)
            pipe_read(&command->pipes[0], &command->output, SKN_PASSWORD_MAX + 3);
        if (command->pipes[1].fd >= 0 && command->pipes[1].revents)
            pipe_read(&command->pipes[1], &command->complaint, COMPLAINT_MAX);
        if (command->output.len > SKN_PASSWORD_MAX + 2) {
            command_kill(command);
            return skn_error_set(err, SKN_E_CONFIG, "%s printed more than %d bytes", command->name,
                                 SKN_PASSWORD_MAX);
        }
        command_look(command);
        if (was_ended && ready <= 0)
            break;
    }
    return SKN_OK;
}

/* How it failed, with what it said, fit to be shown. */
static int status_check(struct command *command, struct skn_error *err)
{
    struct skn_buf shown = {0};
    if (command->lost)
        return skn_error_set(err, SKN_E_CONFIG,
                             "%s ended, and how cannot be told: SIGCHLD is ignored", command->name);
    if (WIFEXITED(command->status) && WEXITSTATUS(command->status) == 0)
        return SKN_OK;
    skn_redact(&command->complaint);
    struct skn_str complaint = skn_buf_str(&command->complaint);
    complaint.len = skn_password_trim(complaint);
    skn_text_escape(&shown, complaint, 0);
    const char *colon = shown.len > 0 ? ": " : "";
    if (WIFEXITED(command->status))
        skn_error_set(err, SKN_E_CONFIG, "%s exited with status %d%s%s", command->name,
                      WEXITSTATUS(command->status), colon, skn_buf_text(&shown));
    else
        skn_error_set(err, SKN_E_CONFIG, "%s was ended by signal %d%s%s", command->name,
                      WTERMSIG(command->status), colon, skn_buf_text(&shown));
    skn_buf_finish(&shown);
    return SKN_E_CONFIG;
}

int skn_password_command_run(struct skn_names argv, int64_t limit, struct skn_buf *out,
                             struct skn_error *err)
{
    struct command command = {.name = argv.items[0], .deadline = skn_clock_ms() + limit};
    int rc = command_start(&command, argv, err);
    if (rc == SKN_OK)
        rc = command_collect(&command, err);
    struct skn_str password = skn_buf_str(&command.output);
    password.len = skn_password_trim(password);
    skn_redact_add(password);
    if (rc == SKN_OK)
        rc = status_check(&command, err);
    if (rc == SKN_OK)
        rc = skn_password_valid(password, command.name, err);
    if (rc == SKN_OK)
        skn_buf_add(out, password.ptr, password.len);
    command_finish(&command);
    return rc;
}

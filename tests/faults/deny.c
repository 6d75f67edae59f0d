/*
 * A library to preload into skein: the N-th allocation of one of its processes fails, whoever makes
 * it - skein, a library it is linked with, a driver's client library. It knows nothing of skein but
 * that a worker is started with "--worker", and it goes along to workers, whose environment skein
 * makes anew.
 *
 *   DENY_ROLE    planner or worker: whose allocations are counted
 *   DENY_AT      the first that fails; 0: none, only count
 *   DENY_ON      if set, all behind it fail as well
 *   DENY_REPORT  a file that gets two numbers as the processor writes them: how many there were,
 *                and how many failed
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

struct report {
    long counted;
    long denied;
};

enum { PASSED_ON = 5, ENVIRONMENT_MAX = 64 };
static const char *const passed_on[PASSED_ON] = {
    "LD_PRELOAD=", "DENY_ROLE=", "DENY_AT=", "DENY_ON=", "DENY_REPORT="};
static char kept[PASSED_ON][512]; /* what skein forgets of its own environment */
static struct report *report;     /* NULL: not this process */
static long deny_at;
static int deny_on;
static int (*spawn_next)(pid_t *, const char *, const posix_spawn_file_actions_t *,
                         const posix_spawnattr_t *, char *const *, char *const *);

static int is_worker(void)
{
    char line[64] = "";
    int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    ssize_t n = read(fd, line, sizeof line);
    close(fd);
    return n > 9 && memmem(line, (size_t)n, "--worker", 8) != NULL;
}

static const char *value_of(const char *name)
{
    for (char **at = environ; *at; at++)
        if (strncmp(*at, name, strlen(name)) == 0)
            return *at + strlen(name);
    return NULL;
}

__attribute__((constructor)) static void begin(void)
{
    const char *role = value_of("DENY_ROLE=");
    const char *path = value_of("DENY_REPORT=");
    const char *at = value_of("DENY_AT=");
    *(void **)&spawn_next = dlsym(RTLD_NEXT, "posix_spawn");
    for (int i = 0; i < PASSED_ON; i++) {
        const char *value = value_of(passed_on[i]);
        if (value && strlen(value) + strlen(passed_on[i]) < sizeof kept[i]) {
            memcpy(kept[i], passed_on[i], strlen(passed_on[i]));
            memcpy(kept[i] + strlen(passed_on[i]), value, strlen(value) + 1);
        }
    }
    if (!role || !path || !at || is_worker() != (strcmp(role, "worker") == 0))
        return;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    void *page = mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    deny_at = strtol(at, NULL, 10);
    deny_on = value_of("DENY_ON=") != NULL;
    report = page == MAP_FAILED ? NULL : page;
}

static int denied(void)
{
    if (!report)
        return 0;
    long now = ++report->counted;
    if (deny_at == 0 || now < deny_at || (now > deny_at && !deny_on))
        return 0;
    report->denied++;
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t size)
{
    return denied() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return denied() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return denied() ? NULL : __libc_realloc(old, size);
}

void *reallocarray(void *old, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(old, bytes);
}

int posix_spawn(pid_t *pid, const char *program, const posix_spawn_file_actions_t *actions,
                const posix_spawnattr_t *attributes, char *const *arguments,
                char *const *environment)
{
    char *more[ENVIRONMENT_MAX];
    size_t n = 0;
    for (; environment[n] && n + PASSED_ON + 1 < ENVIRONMENT_MAX; n++)
        more[n] = environment[n];
    for (int i = 0; i < PASSED_ON; i++)
        if (kept[i][0])
            more[n++] = kept[i];
    more[n] = NULL;
    return spawn_next(pid, program, actions, attributes, arguments, more);
}

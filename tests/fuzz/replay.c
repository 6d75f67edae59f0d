/*
 * The corpora as unit tests: each target with every file of its folder, in builds without a fuzzer
 * too. With arguments, a target and files: just those, for a look at what the fuzzer found.
 */
#include <setjmp.h>
#include <stdarg.h>

#include "fuzz.h"

#include <dirent.h>
#include <unistd.h>

#include <cmocka.h>

struct target {
    const char *name;
    const char *claim;
    void (*run)(const uint8_t *data, size_t size);
};

#define TARGET(name, claim) {#name, claim, fuzz_##name},
static const struct target targets[] = {FUZZ_TARGETS(TARGET)};
enum { TARGETS = sizeof targets / sizeof targets[0] };

/* A file's bytes in memory of just their size. */
static void file_replay(const struct target *target, const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    assert_true(size >= 0);
    rewind(file);
    uint8_t *data = malloc((size_t)size + !size);
    assert_non_null(data);
    assert_int_equal(fread(data, 1, (size_t)size, file), (size_t)size);
    fclose(file);
    target->run(data, (size_t)size);
    free(data);
}

/* Its name is said before, and again if the target does not come back from it. */
static const char *replaying;

static void replaying_say(void)
{
    if (replaying)
        fprintf(stderr, "replaying %s\n", replaying);
}

static void corpus_replay(void **state)
{
    const struct target *target = *state;
    char path[1024];
    const char *root = getenv("SKEIN_SOURCE_ROOT");
    size_t count = 0;
    snprintf(path, sizeof path, "%s/tests/fuzz/corpus/%s", root ? root : ".", target->name);
    DIR *folder = opendir(path);
    assert_non_null(folder);
    size_t len = strlen(path);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path + len, sizeof path - len, "/%s", entry->d_name);
        replaying = path;
        file_replay(target, path);
        replaying = NULL;
        count++;
    }
    closedir(folder);
    assert_true(count > 0);
}

static int files_replay(int count, char **arguments)
{
    for (size_t i = 0; i < TARGETS; i++)
        for (int at = 2; strcmp(targets[i].name, arguments[1]) == 0 && at < count; at++) {
            fprintf(stderr, "%s\n", arguments[at]);
            file_replay(&targets[i], arguments[at]);
        }
    return 0;
}

int main(int argc, char **argv)
{
    struct CMUnitTest tests[TARGETS];
    atexit(replaying_say);
    if (argc > 1)
        return files_replay(argc, argv);
    for (size_t i = 0; i < TARGETS; i++)
        tests[i] = (struct CMUnitTest){
            .name = targets[i].claim,
            .test_func = corpus_replay,
            .initial_state = (void *)(uintptr_t)&targets[i],
        };
    return _cmocka_run_group_tests("fuzz", tests, TARGETS, NULL, NULL);
}

/*
 * One worker process: what it is born with, how it is spoken to, how its end is told.
 */
#include "worker_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>

#include "run/child.h"

/* Waits for the next event of this name. */
static json_t *event_await(struct skn_child *child, const char *name)
{
    for (;;) {
        json_t *event = NULL;
        skn_child_flush(child);
        int got = skn_wire_decode(&child->in, SKN_WIRE_EVENT_MAX, &event);
        assert_true(got >= 0);
        if (got == 1 && strcmp(skn_json_text(event, "event"), name) == 0)
            return event;
        json_decref(event);
        struct pollfd wait = {.fd = child->socket, .events = POLLIN};
        if (got == 0 && poll(&wait, 1, 10000) == 1)
            assert_int_equal(skn_child_read(child, 0), 0);
    }
}

static void request_send(struct skn_child *child, json_t *request)
{
    skn_child_send(child, request);
    json_decref(request);
    skn_child_flush(child);
}

static void load_send(struct skn_child *child, const char *driver)
{
    request_send(child, json_pack("{s:s, s:s, s:[s]}", "do", "load", "driver", driver, "folders",
                                  driver_folder()));
}

static void probe_send(struct skn_child *child, json_t *options)
{
    request_send(child, json_pack("{s:s, s:s, s:s, s:o, s:i}", "do", "probe", "target", "it",
                                  "version_table", "alembic_version", "options", options,
                                  "connect_timeout", 5000));
}

static struct skn_child started(void)
{
    struct skn_child child;
    struct skn_error err = SKN_ERROR_INIT;
    assert_int_equal(skn_child_start(&child, &err), SKN_OK);
    return child;
}

static void a_worker_loads_a_driver_and_answers(void **state)
{
    struct skn_child child = started();
    (void)state;
    load_send(&child, "null");
    json_t *event = event_await(&child, "loaded");
    assert_string_equal(skn_json_text(event, "driver"), "null");
    json_decref(event);
    probe_send(&child, json_pack("{s:s, s:s}", "database", "x", "at", "r1"));
    event = event_await(&child, "probed");
    assert_string_equal(json_string_value(json_array_get(skn_json_array(event, "rows"), 0)), "r1");
    json_decref(event);
    skn_child_stop(&child);
    assert_int_equal(child.pid, 0);
}

static void a_driver_that_is_not_there_is_told_at_every_request(void **state)
{
    struct skn_child child = started();
    (void)state;
    load_send(&child, "nosuch");
    for (int i = 0; i < 2; i++) {
        json_t *event = event_await(&child, "error");
        assert_string_equal(skn_json_text(event, "code"), "config");
        assert_non_null(strstr(skn_json_text(event, "message"), "nosuch"));
        json_decref(event);
        probe_send(&child, json_object());
    }
    skn_child_stop(&child);
}

static void nonsense_requests_are_answered_and_malformed_lines_end_the_worker(void **state)
{
    struct skn_child child = started();
    (void)state;
    load_send(&child, "null");
    json_decref(event_await(&child, "loaded"));
    request_send(&child, json_pack("{s:s}", "do", "dance"));
    json_t *event = event_await(&child, "error");
    assert_non_null(strstr(skn_json_text(event, "message"), "unknown request \"dance\""));
    json_decref(event);
    request_send(&child, json_pack("{s:s}", "do", "probe"));
    json_decref(event_await(&child, "error"));
    skn_buf_adds(&child.out, "no json\n");
    skn_child_flush(&child);
    struct pollfd wait = {.fd = child.socket, .events = POLLIN};
    assert_int_equal(poll(&wait, 1, 10000), 1);
    assert_int_equal(skn_child_read(&child, 0), -1);
    struct skn_error err = SKN_ERROR_INIT;
    skn_child_epitaph(&child, "null", &err);
    assert_non_null(strstr(err.message, "ended its process between calls (exit status 0)"));
    skn_child_stop(&child);
}

static void p4_signals_before_it_listens_do_not_end_a_worker(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++) {
        struct skn_child child = started();
        skn_child_signal(&child, SIGUSR1);
        load_send(&child, "null");
        json_decref(event_await(&child, "loaded"));
        skn_child_stop(&child);
        assert_true(WIFEXITED(child.status) || child.status == 0);
    }
}

/* A file of /proc, lines or NUL-ended texts as lines. */
static size_t proc_read(pid_t pid, const char *name, char *text, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/%s", (long)pid, name);
    int fd = open(path, O_RDONLY);
    size_t len = 0;
    ssize_t n;
    while (fd >= 0 && len < size - 1 && (n = read(fd, text + len, size - 1 - len)) > 0)
        len += (size_t)n;
    if (fd >= 0)
        close(fd);
    for (size_t i = 0; i < len; i++)
        if (text[i] == '\0')
            text[i] = '\n';
    text[len] = '\0';
    return len;
}

static void c5_a_worker_sees_nothing_of_the_environment_that_could_steer_it(void **state)
{
    char text[16384];
    (void)state;
    setenv("PGOPTIONS", "-c search_path=evil", 1);
    setenv("LD_LIBRARY_PATH", "/nowhere", 1);
    setenv("APP_PASSWORD", "canary", 1);
    struct skn_child child = started();
    load_send(&child, "null");
    json_decref(event_await(&child, "loaded"));
    assert_true(proc_read(child.pid, "environ", text, sizeof text) > 0);
    assert_null(strstr(text, "PGOPTIONS"));
    assert_null(strstr(text, "LD_LIBRARY_PATH"));
    assert_null(strstr(text, "canary"));
    assert_non_null(strstr(text, "PATH="));
    proc_read(child.pid, "cmdline", text, sizeof text);
    assert_string_equal(text, "skein\n--worker\n");
    skn_child_stop(&child);
}

static void a_worker_inherits_no_open_file(void **state)
{
    char path[64];
    (void)state;
    int leak = fcntl(STDOUT_FILENO, F_DUPFD, 40); /* without close-on-exec */
    struct skn_child child = started();
    load_send(&child, "null");
    json_decref(event_await(&child, "loaded"));
    snprintf(path, sizeof path, "/proc/%ld/fd", (long)child.pid);
    DIR *dir = opendir(path);
    const struct dirent *entry;
    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL)
        assert_true(entry->d_name[0] == '.' || strtol(entry->d_name, NULL, 10) <= SKN_PAGE_FD);
    closedir(dir);
    close(leak);
    skn_child_stop(&child);
}

static void p3_a_worker_leaves_when_its_planner_hangs_up(void **state)
{
    struct skn_child child = started();
    (void)state;
    load_send(&child, "null");
    json_decref(event_await(&child, "loaded"));
    pid_t pid = child.pid;
    skn_child_stop(&child);
    assert_int_equal(kill(pid, 0), -1);
}

static void d1_the_end_of_a_worker_names_the_call_and_the_signal(void **state)
{
    static const struct {
        const char *crash;
        const char *part;
    } ends[] = {
        {"open:1:segv", "driver null crashed in open() (signal 11"},
        {"describe:1:kill", "driver null crashed in describe() (signal 9"},
        {"exists:1:exit0", "driver null ended its process in exists() (exit status 0)"},
        {"status:1:exit1", "driver null ended its process in status() (exit status 1)"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct skn_child child = started();
        struct skn_error err = SKN_ERROR_INIT;
        load_send(&child, "null");
        probe_send(&child, json_pack("{s:s, s:s}", "database", "x", "crash", ends[i].crash));
        struct pollfd wait = {.fd = child.socket, .events = POLLIN};
        do
            assert_int_equal(poll(&wait, 1, 20000), 1);
        while (skn_child_read(&child, 0) == 0);
        skn_child_epitaph(&child, "null", &err);
        assert_non_null(strstr(err.message, ends[i].part));
        assert_int_equal(err.code, SKN_E_DRIVER);
        skn_child_stop(&child);
    }
}

static void d3_captured_lines_are_cut_where_they_end_or_grow_too_long(void **state)
{
    struct skn_child child = {.socket = -1, .outputs = {-1, -1}, .page_fd = -1};
    struct skn_buf line = {0};
    (void)state;
    skn_buf_adds(&child.lines[0], "one\ntwo\nrest");
    assert_true(skn_child_line(&child, 0, 0, &line));
    assert_string_equal(line.text, "one");
    assert_true(skn_child_line(&child, 0, 0, &line));
    assert_string_equal(line.text, "two");
    assert_false(skn_child_line(&child, 0, 0, &line));
    assert_true(skn_child_line(&child, 0, 1, &line));
    assert_string_equal(line.text, "rest");
    assert_false(skn_child_line(&child, 0, 1, &line));
    for (int i = 0; i < 20000; i++)
        skn_buf_addc(&child.lines[1], 'x');
    assert_true(skn_child_line(&child, 1, 0, &line));
    assert_int_equal(line.len, 8192);
    assert_false(skn_child_line(&child, 1, 1, &line));
    skn_buf_adds(&child.lines[1], "more of it");
    assert_false(skn_child_line(&child, 1, 0, &line));
    skn_buf_adds(&child.lines[1], " and its end\nnext\n");
    assert_true(skn_child_line(&child, 1, 0, &line));
    assert_string_equal(line.text, "next");
    skn_buf_finish(&line);
    skn_child_stop(&child);
}

static size_t descriptors_open(void)
{
    size_t n = 0;
    DIR *folder = opendir("/proc/self/fd");
    assert_non_null(folder);
    while (readdir(folder))
        n++;
    closedir(folder);
    return n;
}

static void p8_a_worker_for_which_there_are_no_descriptors_is_not_started(void **state)
{
    struct rlimit before;
    size_t open_before = descriptors_open();
    size_t failures = 0;
    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    for (rlim_t most = 3;; most++) {
        struct skn_child child;
        struct skn_error err = SKN_ERROR_INIT;
        struct rlimit limit = {most, before.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
        int rc = skn_child_start(&child, &err);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
        if (rc == SKN_OK) {
            skn_child_stop(&child);
            break;
        }
        failures++;
        assert_int_equal(rc, SKN_E_DRIVER);
        assert_non_null(strstr(err.message, "cannot start a worker: Too many open files"));
        assert_int_equal(descriptors_open(), open_before);
    }
    assert_true(failures >= 7);
    assert_int_equal(descriptors_open(), open_before);
}

#ifndef SKEIN_SANITIZED /* a sanitizer needs more memory than any */
static void p7_a_worker_for_which_there_is_no_memory_is_not_started(void **state)
{
    struct rlimit before;
    struct skn_child child;
    struct skn_error err = SKN_ERROR_INIT;
    (void)state;
    size_t open_before = descriptors_open();
    assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
    struct rlimit limit = {1, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_AS, &limit), 0);
    int rc = skn_child_start(&child, &err);
    assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
    assert_int_equal(rc, SKN_E_DRIVER);
    assert_non_null(strstr(err.message, "Cannot allocate memory"));
    assert_int_equal(descriptors_open(), open_before);
}
#endif

static void d2_a_worker_that_does_not_leave_is_killed(void **state)
{
    struct skn_child child = started();
    (void)state;
    load_send(&child, "null");
    json_decref(event_await(&child, "loaded"));
    pid_t pid = child.pid;
    assert_int_equal(kill(pid, SIGSTOP), 0);
    skn_child_stop(&child);
    assert_int_equal(kill(pid, 0), -1);
    assert_int_equal(errno, ESRCH);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_worker_loads_a_driver_and_answers),
        cmocka_unit_test(a_driver_that_is_not_there_is_told_at_every_request),
        cmocka_unit_test(nonsense_requests_are_answered_and_malformed_lines_end_the_worker),
        cmocka_unit_test(p4_signals_before_it_listens_do_not_end_a_worker),
        cmocka_unit_test(c5_a_worker_sees_nothing_of_the_environment_that_could_steer_it),
        cmocka_unit_test(a_worker_inherits_no_open_file),
        cmocka_unit_test(p3_a_worker_leaves_when_its_planner_hangs_up),
        cmocka_unit_test(d1_the_end_of_a_worker_names_the_call_and_the_signal),
        cmocka_unit_test(p8_a_worker_for_which_there_are_no_descriptors_is_not_started),
#ifndef SKEIN_SANITIZED
        cmocka_unit_test(p7_a_worker_for_which_there_is_no_memory_is_not_started),
#endif
        cmocka_unit_test(d2_a_worker_that_does_not_leave_is_killed),
        cmocka_unit_test(d3_captured_lines_are_cut_where_they_end_or_grow_too_long),
    };
    if (is_worker(argc, argv))
        return skn_worker_main();
    return cmocka_run_group_tests_name("child", tests, NULL, NULL);
}

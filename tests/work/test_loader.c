/*
 * The loader: what it finds, what it trusts, what it refuses, and that no file can hurt it while it
 * is only being looked at.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <link.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "work/loader.h"

extern char **environ;

/* ---- the host ---- */

static void host_log(void *ctx, uint32_t level, struct skn_str line)
{
    (void)ctx, (void)level, (void)line;
}

static void *host_alloc(void *ctx, void *old, size_t size)
{
    (void)ctx;
    if (size)
        return realloc(old, size);
    free(old);
    return NULL;
}

static int host_cancelled(void *ctx)
{
    (void)ctx;
    return 0;
}

static int64_t host_time_left(void *ctx)
{
    (void)ctx;
    return -1;
}

static int host_scan(void *ctx, const struct skn_dialect *dialect, struct skn_str text,
                     struct skn_scan *cursor, struct skn_error *err)
{
    (void)ctx, (void)dialect, (void)text, (void)cursor, (void)err;
    return SKN_E_UNSUPPORTED;
}

static const struct skn_host host = {
    .size = sizeof host,
    .abi_minor = SKN_ABI_MINOR,
    .log = host_log,
    .alloc = host_alloc,
    .cancelled = host_cancelled,
    .time_left = host_time_left,
    .scan = host_scan,
};

/* ---- a folder for each test, with a driver in it ---- */

struct fixture {
    char folder[64];
    char path[128]; /* of a copy of the null driver in it */
    char *bytes;    /* of the null driver */
    size_t size;
    struct skn_error err;
};

static void file_write(const char *path, const void *bytes, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0)
        print_error("%s: %s\n", path, strerror(errno));
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), size);
    assert_int_equal(close(fd), 0);
}

static int bytes_read(struct fixture *fixture)
{
    const char *folder = getenv("SKEIN_DRIVER_DIR");
    char path[4096];
    struct stat info;
    snprintf(path, sizeof path, "%s/skein_null.so", folder ? folder : ".");
    int fd = open(path, O_RDONLY);
    if (fd < 0 || fstat(fd, &info) != 0)
        return -1;
    fixture->size = (size_t)info.st_size;
    fixture->bytes = malloc(fixture->size);
    ssize_t n = read(fd, fixture->bytes, fixture->size);
    close(fd);
    return n == info.st_size ? 0 : -1;
}

static int fixture_setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    *state = fixture;
    fixture->err.size = sizeof fixture->err;
    snprintf(fixture->folder, sizeof fixture->folder, "/tmp/skein-loader-XXXXXX");
    if (!mkdtemp(fixture->folder) || bytes_read(fixture) != 0)
        return -1;
    snprintf(fixture->path, sizeof fixture->path, "%s/skein_null.so", fixture->folder);
    file_write(fixture->path, fixture->bytes, fixture->size);
    return 0;
}

static int entry_remove(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info, (void)kind, (void)where;
    return remove(path);
}

static int fixture_teardown(void **state)
{
    struct fixture *fixture = *state;
    nftw(fixture->folder, entry_remove, 8, FTW_DEPTH | FTW_PHYS);
    free(fixture->bytes);
    free(fixture);
    return 0;
}

static const char *in_folder(const struct fixture *fixture, const char *name)
{
    static char paths[4][256];
    static size_t turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", fixture->folder, name);
    return path;
}

static void refused_with(struct fixture *fixture, int rc, const char *part)
{
    if (rc != SKN_E_CONFIG || !strstr(fixture->err.message, part))
        print_error("expected \"%s\", got %d: %s\n", part, rc, fixture->err.message);
    assert_int_equal(rc, SKN_E_CONFIG);
    assert_non_null(strstr(fixture->err.message, part));
}

static void check_refused(struct fixture *fixture, const char *path, const char *part)
{
    fixture->err.message[0] = '\0';
    refused_with(fixture, skn_driver_check_file(path, &fixture->err), part);
}

static void check_accepted(struct fixture *fixture, const char *path)
{
    int rc = skn_driver_check_file(path, &fixture->err);
    if (rc != SKN_OK)
        print_error("%s\n", fixture->err.message);
    assert_int_equal(rc, SKN_OK);
}

/* ---- finding ---- */

static void the_first_folder_that_holds_a_driver_wins(void **state)
{
    struct fixture *fixture = *state;
    char *path;
    const char *const second = in_folder(fixture, "second");
    assert_int_equal(mkdir(second, 0700), 0);
    assert_int_equal(symlink("nowhere", in_folder(fixture, "second/skein_null.so")), 0);
    const char *const folders[] = {"/nonexistent/folder", "/etc/passwd", fixture->folder, second};
    assert_int_equal(skn_driver_find("null", folders, 4, &path, &fixture->err), SKN_OK);
    assert_string_equal(path, fixture->path);
    free(path);

    /* A dangling link is an answer, not a reason to look further. */
    const char *const turned[] = {second, fixture->folder};
    assert_int_equal(skn_driver_find("null", turned, 2, &path, &fixture->err), SKN_OK);
    assert_non_null(strstr(path, "/second/"));
    free(path);
}

static void a_driver_that_is_nowhere_names_every_folder(void **state)
{
    struct fixture *fixture = *state;
    char *path;
    const char *const folders[] = {"/nonexistent/a", fixture->folder};
    refused_with(fixture, skn_driver_find("absent", folders, 2, &path, &fixture->err),
                 "/nonexistent/a, ");
    assert_non_null(strstr(fixture->err.message, fixture->folder));
    assert_null(path);
    refused_with(fixture, skn_driver_find("absent", NULL, 0, &path, &fixture->err), "none");
}

static void only_words_and_absolute_folders_are_looked_up(void **state)
{
    struct fixture *fixture = *state;
    char *path;
    static const char *const words[] = {
        "",        "Null",  "nu ll",   "nu\nll", "../null",
        "null.so", "1null", "\x1b[2J", "a-b",    "abcdefghijklmnopqrstuvwxyzabcdefg"};
    const char *const folder = fixture->folder;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        refused_with(fixture, skn_driver_find(words[i], &folder, 1, &path, &fixture->err),
                     "a driver's name is");
        assert_null(strpbrk(fixture->err.message, "\n\x1b"));
    }
    static const char *const folders[] = {"", "relative", "./here", "~/there"};
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
        refused_with(fixture, skn_driver_find("null", &folders[i], 1, &path, &fixture->err),
                     i ? "absolute" : "empty");
    char *long_folder = calloc(1, 6000);
    memset(long_folder, '/', 5999);
    memset(long_folder + 1, 'a', 5000);
    const char *const folders_long[] = {long_folder};
    refused_with(fixture, skn_driver_find("null", folders_long, 1, &path, &fixture->err),
                 "too long");
    free(long_folder);
}

/* ---- kinds of files ---- */

static void a_sound_driver_is_accepted_by_any_path_to_it(void **state)
{
    struct fixture *fixture = *state;
    check_accepted(fixture, fixture->path);
    assert_int_equal(symlink(fixture->path, in_folder(fixture, "link.so")), 0);
    check_accepted(fixture, in_folder(fixture, "link.so"));
    char roundabout[256];
    snprintf(roundabout, sizeof roundabout, "/proc/self/root%s/..//./%s/skein_null.so",
             fixture->folder, strrchr(fixture->folder, '/'));
    check_accepted(fixture, roundabout);
    const char *named = in_folder(fixture, "line\nbreak \x1b[31m.so");
    file_write(named, fixture->bytes, fixture->size);
    check_accepted(fixture, named);
    assert_int_equal(chmod(named, 0606), 0);
    check_refused(fixture, named, "line\\nbreak \\x1b[31m.so: mode");
}

static void what_is_no_regular_file_is_refused_without_waiting(void **state)
{
    struct fixture *fixture = *state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *fifo = in_folder(fixture, "fifo");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    check_refused(fixture, fifo, "regular file");
    const char *folder = in_folder(fixture, "folder");
    assert_int_equal(mkdir(folder, 0700), 0);
    check_refused(fixture, folder, "regular file");
    check_refused(fixture, "/dev/null", "regular file");
    check_refused(fixture, "/", "regular file");
    snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", fixture->folder);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    check_refused(fixture, address.sun_path, "regular file");
    close(fd);
}

static void what_cannot_be_reached_is_refused(void **state)
{
    struct fixture *fixture = *state;
    check_refused(fixture, in_folder(fixture, "absent.so"), "No such file");
    assert_int_equal(symlink("nowhere", in_folder(fixture, "dangling")), 0);
    check_refused(fixture, in_folder(fixture, "dangling"), "No such file");
    assert_int_equal(symlink("loop", in_folder(fixture, "loop")), 0);
    check_refused(fixture, in_folder(fixture, "loop"), "symbolic links");
    check_refused(fixture, "", "No such file");
    char *path = calloc(1, 9000);
    memset(path, 'a', 8999);
    path[0] = '/';
    check_refused(fixture, path, "too long");
    /* A long path loses its beginning, never the reason. */
    assert_true(strlen(fixture->err.message) < 500);
    free(path);
}

static void a_file_that_is_no_driver_is_refused(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture->path, "", 0);
    check_refused(fixture, fixture->path, "found 0 bytes");
    file_write(fixture->path, fixture->bytes, 63);
    check_refused(fixture, fixture->path, "found 63 bytes");
    char text[200];
    memset(text, '#', sizeof text);
    file_write(fixture->path, text, sizeof text);
    check_refused(fixture, fixture->path, "magic");
}

/* ---- owners and modes ---- */

static void a_driver_others_can_write_is_refused(void **state)
{
    struct fixture *fixture = *state;
    static const mode_t open_modes[] = {0666, 0664, 0620, 0602, 0777};
    for (size_t i = 0; i < sizeof open_modes / sizeof open_modes[0]; i++) {
        assert_int_equal(chmod(fixture->path, open_modes[i]), 0);
        check_refused(fixture, fixture->path, "run chmod go-w on it");
    }
    static const mode_t closed_modes[] = {0755, 0644, 0555, 0400};
    for (size_t i = 0; i < sizeof closed_modes / sizeof closed_modes[0]; i++) {
        assert_int_equal(chmod(fixture->path, closed_modes[i]), 0);
        check_accepted(fixture, fixture->path);
    }
}

static void a_folder_others_can_write_is_refused_wherever_it_stands(void **state)
{
    struct fixture *fixture = *state;
    char above[128];
    char inside[128];
    snprintf(above, sizeof above, "%s", in_folder(fixture, "above"));
    snprintf(inside, sizeof inside, "%s", in_folder(fixture, "above/inside"));
    assert_int_equal(mkdir(above, 0700), 0);
    assert_int_equal(mkdir(inside, 0700), 0);
    const char *path = in_folder(fixture, "above/inside/skein_null.so");
    file_write(path, fixture->bytes, fixture->size);
    static const struct {
        mode_t above;
        mode_t inside;
        const char *fails; /* the element; NULL: none */
    } cases[] = {
        {0755, 0755, NULL},
        {0777, 0755, "above: mode"},
        {0775, 0755, "above: mode"},
        {0755, 0777, "inside: mode"},
        {0755, 0770, "inside: mode"},
        /* Sticky: nobody can exchange what we own there, but anybody can add a driver. */
        {01777, 0755, NULL},
        {0755, 01777, "inside: mode"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(chmod(above, cases[i].above), 0);
        assert_int_equal(chmod(inside, cases[i].inside), 0);
        if (cases[i].fails)
            check_refused(fixture, path, cases[i].fails);
        else
            check_accepted(fixture, path);
    }
}

static void a_link_does_not_lend_its_folder_s_trust(void **state)
{
    struct fixture *fixture = *state;
    const char *open_folder = in_folder(fixture, "open");
    assert_int_equal(mkdir(open_folder, 0700), 0);
    assert_int_equal(chmod(open_folder, 0777), 0);
    const char *inside = in_folder(fixture, "open/skein_null.so");
    file_write(inside, fixture->bytes, fixture->size);
    assert_int_equal(symlink(inside, in_folder(fixture, "trusted.so")), 0);
    check_refused(fixture, in_folder(fixture, "trusted.so"), "open: mode");
}

static void another_user_s_driver_is_refused(void **state)
{
    struct fixture *fixture = *state;
    if (geteuid() != 0) {
        print_message("skipped: giving a file to another user needs root\n");
        skip();
    }
    assert_int_equal(chown(fixture->path, 12345, 0), 0);
    check_refused(fixture, fixture->path, "owner: expected root or user 0, found user 12345");
    assert_int_equal(chown(fixture->path, 0, 12345), 0);
    check_accepted(fixture, fixture->path);
    assert_int_equal(chown(fixture->folder, 12345, 0), 0);
    check_refused(fixture, fixture->path, "found user 12345");
    assert_int_equal(chown(fixture->folder, 0, 0), 0);
}

/* ---- ELF ---- */

struct elf {
    ElfW(Ehdr) header;
    ElfW(Phdr) programs[32];
};

static struct elf elf_of(const struct fixture *fixture)
{
    struct elf elf = {0};
    memcpy(&elf.header, fixture->bytes, sizeof elf.header);
    assert_true(elf.header.e_phnum <= 32);
    memcpy(elf.programs, fixture->bytes + elf.header.e_phoff,
           elf.header.e_phnum * sizeof elf.programs[0]);
    return elf;
}

static void elf_write(struct fixture *fixture, const struct elf *elf)
{
    const struct elf sound = elf_of(fixture);
    char *copy = malloc(fixture->size);
    memcpy(copy, fixture->bytes, fixture->size);
    memcpy(copy + sound.header.e_phoff, elf->programs,
           sound.header.e_phnum * sizeof elf->programs[0]);
    memcpy(copy, &elf->header, sizeof elf->header);
    file_write(fixture->path, copy, fixture->size);
    free(copy);
}

static size_t program_of(const struct elf *elf, uint32_t type)
{
    size_t i = 0;
    while (i < elf->header.e_phnum && elf->programs[i].p_type != type)
        i++;
    assert_true(i < elf->header.e_phnum);
    return i;
}

static void a_header_for_another_machine_is_refused(void **state)
{
    struct fixture *fixture = *state;
    for (int i = 0; i < 10; i++) {
        static const char *const parts[] = {"class",
                                            "byte order",
                                            "ELF version",
                                            "machine",
                                            "type",
                                            "version",
                                            "size of the header",
                                            "size of a program header",
                                            "number of program headers",
                                            "offset of the program headers"};
        struct elf elf = elf_of(fixture);
        elf.header.e_ident[EI_CLASS] ^= i == 0 ? 3 : 0;
        elf.header.e_ident[EI_DATA] ^= i == 1 ? 3 : 0;
        elf.header.e_ident[EI_VERSION] ^= i == 2;
        elf.header.e_machine = (ElfW(Half))(elf.header.e_machine ^ (i == 3));
        elf.header.e_type = i == 4 ? ET_EXEC : ET_DYN;
        elf.header.e_version = i == 5 ? 7 : EV_CURRENT;
        elf.header.e_ehsize = (ElfW(Half))(elf.header.e_ehsize + (i == 6));
        elf.header.e_phentsize = i == 7 ? 32 : elf.header.e_phentsize;
        elf.header.e_phnum = i == 8 ? 0xffff : elf.header.e_phnum;
        elf.header.e_phoff += i == 9;
        elf_write(fixture, &elf);
        check_refused(fixture, fixture->path, parts[i]);
    }
}

static void a_segment_that_leaves_the_file_is_refused(void **state)
{
    struct fixture *fixture = *state;
    const struct elf sound = elf_of(fixture);
    size_t load = program_of(&sound, PT_LOAD);
    struct elf elf = sound;
    elf.programs[load].p_filesz = elf.programs[load].p_memsz = fixture->size + 1;
    elf_write(fixture, &elf);
    check_refused(fixture, fixture->path, "cut short or damaged");

    elf = sound;
    elf.programs[load].p_offset = UINTPTR_MAX - 4095;
    elf.programs[load].p_filesz = 8192;
    elf_write(fixture, &elf);
    check_refused(fixture, fixture->path, "cut short or damaged");

    elf = sound;
    elf.header.e_phoff = UINTPTR_MAX - 7;
    elf_write(fixture, &elf);
    check_refused(fixture, fixture->path, "program headers");

    elf = sound;
    elf.programs[load].p_memsz = elf.programs[load].p_filesz - 1;
    elf_write(fixture, &elf);
    check_refused(fixture, fixture->path, "segment in memory");

    elf = sound;
    elf.programs[load].p_memsz = UINTPTR_MAX - 10;
    elf_write(fixture, &elf);
    check_refused(fixture, fixture->path, "segment address");

    elf = sound;
    elf.programs[load].p_vaddr += 8;
    elf_write(fixture, &elf);
    check_refused(fixture, fixture->path, "segment address");
}

static void segments_out_of_order_are_refused(void **state)
{
    struct fixture *fixture = *state;
    struct elf elf = elf_of(fixture);
    size_t first = program_of(&elf, PT_LOAD);
    const ElfW(Phdr) kept = elf.programs[first];
    assert_int_equal(elf.programs[first + 1].p_type, PT_LOAD);
    elf.programs[first] = elf.programs[first + 1];
    elf.programs[first + 1] = kept;
    elf_write(fixture, &elf);
    check_refused(fixture, fixture->path, "segment address");
    for (size_t i = 0; i < elf.header.e_phnum; i++)
        if (elf.programs[i].p_type == PT_LOAD)
            elf.programs[i].p_type = PT_NULL;
    elf_write(fixture, &elf);
    check_refused(fixture, fixture->path, "expected one to load");
}

static void an_executable_stack_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct elf elf = elf_of(fixture);
    size_t stack = program_of(&elf, PT_GNU_STACK);
    elf.programs[stack].p_flags |= PF_X;
    elf_write(fixture, &elf);
    check_refused(fixture, fixture->path, "noexecstack");
    elf.programs[stack].p_type = PT_NULL;
    elf_write(fixture, &elf);
    check_refused(fixture, fixture->path, "no mark");
}

static void a_dynamic_segment_that_cannot_be_read_is_refused(void **state)
{
    struct fixture *fixture = *state;
    const struct elf sound = elf_of(fixture);
    size_t dynamic = program_of(&sound, PT_DYNAMIC);
    struct elf elf = sound;
    elf.programs[dynamic].p_type = PT_NULL;
    elf_write(fixture, &elf);
    check_refused(fixture, fixture->path, "found none");

    elf = sound;
    elf.programs[dynamic].p_vaddr += 4096;
    elf_write(fixture, &elf);
    check_refused(fixture, fixture->path, "inside a loaded one");

    elf = sound;
    elf.programs[dynamic].p_filesz += 1;
    elf_write(fixture, &elf);
    check_refused(fixture, fixture->path, "dynamic segment");

    elf = sound;
    elf.programs[dynamic].p_filesz = sizeof(ElfW(Dyn));
    elf_write(fixture, &elf);
    check_refused(fixture, fixture->path, "end mark");
}

static void text_relocations_are_refused(void **state)
{
    struct fixture *fixture = *state;
    const struct elf sound = elf_of(fixture);
    size_t dynamic = program_of(&sound, PT_DYNAMIC);
    ElfW(Dyn) entry;
    size_t at = sound.programs[dynamic].p_offset;
    memcpy(&entry, fixture->bytes + at, sizeof entry);
    const ElfW(Dyn) flags = {.d_tag = DT_FLAGS, .d_un.d_val = DF_TEXTREL};
    memcpy(fixture->bytes + at, &flags, sizeof flags);
    file_write(fixture->path, fixture->bytes, fixture->size);
    check_refused(fixture, fixture->path, "text relocations");
    entry.d_tag = DT_TEXTREL;
    memcpy(fixture->bytes + at, &entry, sizeof entry);
    file_write(fixture->path, fixture->bytes, fixture->size);
    check_refused(fixture, fixture->path, "text relocations");
}

/* ---- loading, in a child: what a damaged driver does is not ours to promise ---- */

enum { CHILD_LOADED = 0, CHILD_REFUSED = 3 };

/* The test runner catches signals and would go on with its tests in the child. */
static void signals_reset(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGSYS, SIGABRT, SIGTRAP};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        signal(signals[i], SIG_DFL);
}

static int load_status(const struct fixture *fixture)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        struct skn_loaded loaded;
        struct skn_error err = SKN_ERROR_INIT;
        int quiet = open("/dev/null", O_RDWR);
        dup2(quiet, STDOUT_FILENO);
        dup2(quiet, STDERR_FILENO);
        const struct rlimit none = {0, 0};
        signals_reset();
        setrlimit(RLIMIT_CORE, &none);
        alarm(30);
        int rc = skn_driver_load("null", fixture->path, &host, &loaded, &err);
        _exit(rc == SKN_OK ? CHILD_LOADED : CHILD_REFUSED);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static size_t loaded_end(const struct fixture *fixture)
{
    const struct elf elf = elf_of(fixture);
    size_t end = elf.header.e_phoff + elf.header.e_phnum * sizeof elf.programs[0];
    for (size_t i = 0; i < elf.header.e_phnum; i++)
        if (elf.programs[i].p_offset + elf.programs[i].p_filesz > end)
            end = elf.programs[i].p_offset + elf.programs[i].p_filesz;
    return end;
}

static void truncated_check(struct fixture *fixture, size_t size)
{
    file_write(fixture->path, fixture->bytes, size);
    if (size < loaded_end(fixture)) {
        assert_int_equal(skn_driver_check_file(fixture->path, &fixture->err), SKN_E_CONFIG);
        return;
    }
    check_accepted(fixture, fixture->path);
    int status = load_status(fixture);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), CHILD_LOADED);
}

static unsigned seed_take(void)
{
    const char *given = getenv("SKEIN_TEST_SEED");
    unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)getpid();
    print_message("SKEIN_TEST_SEED=%u\n", seed);
    srandom(seed);
    return seed;
}

static void a_driver_cut_anywhere_is_refused_before_it_can_kill(void **state)
{
    struct fixture *fixture = *state;
    seed_take();
    size_t end = loaded_end(fixture);
    for (size_t i = 0; i <= 200; i++)
        truncated_check(fixture, end * i / 200);
    for (size_t i = 0; i < 100; i++)
        truncated_check(fixture, (size_t)random() % end);
    const struct elf elf = elf_of(fixture);
    for (size_t i = 0; i < elf.header.e_phnum; i++) {
        size_t edge = elf.programs[i].p_offset + elf.programs[i].p_filesz;
        truncated_check(fixture, edge);
        truncated_check(fixture, edge ? edge - 1 : 0);
    }
    truncated_check(fixture, end - 1);
    truncated_check(fixture, fixture->size);
}

static void no_flipped_bytes_hurt_the_check(void **state)
{
    struct fixture *fixture = *state;
    size_t accepted = 0;
    seed_take();
    assert_true(fixture->size > 4096);
    int fd = open(fixture->path, O_WRONLY);
    for (int round = 0; round < 1000; round++) {
        char start[4096];
        memcpy(start, fixture->bytes, sizeof start);
        for (int i = 0; i < 3; i++)
            start[(size_t)random() % (round % 2 ? 1024 : 4096)] ^= (char)(1 + random() % 255);
        assert_int_equal(pwrite(fd, start, sizeof start, 0), sizeof start);
        fixture->err.message[0] = '\0';
        int rc = skn_driver_check_file(fixture->path, &fixture->err);
        assert_true(rc == SKN_OK || (rc == SKN_E_CONFIG && fixture->err.message[0]));
        accepted += rc == SKN_OK;
        if (rc == SKN_OK && accepted % 4 == 0)
            load_status(fixture);
    }
    close(fd);
}

/* ---- the handshake ---- */

static int driver_compile(struct fixture *fixture, const char *source, const char *include,
                          const char *define, const char *name)
{
    const char *root = getenv("SKEIN_SOURCE_ROOT");
    char text[3][4096];
    char cc[] = "cc";
    char shared[] = "-shared";
    char pic[] = "-fPIC";
    char output[] = "-o";
    pid_t child;
    int status = -1;
    snprintf(text[0], sizeof text[0], "%s/%s", root ? root : ".", source);
    snprintf(text[1], sizeof text[1], "-I%s/%s", root ? root : ".", include);
    snprintf(text[2], sizeof text[2], "-D%s", define);
    snprintf(fixture->path, sizeof fixture->path, "%s", in_folder(fixture, name));
    char *const argv[] = {cc, shared, pic, text[1], text[2], output, fixture->path, text[0], NULL};
    mode_t mask = umask(022);
    if (posix_spawnp(&child, cc, NULL, NULL, argv, environ) == 0)
        waitpid(child, &status, 0);
    umask(mask);
    return status;
}

static int variant_load(struct fixture *fixture, const char *variant, struct skn_loaded *loaded)
{
    setenv("SKEIN_TEST_VARIANT", variant, 1);
    fixture->err.message[0] = '\0';
    return skn_driver_load("variant", fixture->path, &host, loaded, &fixture->err);
}

static const struct {
    const char *variant;
    const char *part;
} bad_variants[] = {
    {"name null", "name: expected text, found NULL"},
    {"name other", "name: expected \"variant\" as in the file name, found \"other\""},
    {"name endless", "name: expected at most 32 bytes"},
    {"name escape", "name: expected printable text, found \"\\x1b[31m\""},
    {"version null", "version: expected text, found NULL"},
    {"version broken", "found \"1\\xff\""},
    {"summary two lines", "found \"one\\ntwo\""},
    {"summary endless", "summary: expected at most"},
    {"size zero", "size of the driver table: expected"},
    {"size short", "size of the driver table: expected"},
    {"size odd", "size of the driver table: expected"},
    {"size huge", "found 4294967295"},
    {"size of no minor", "size of the driver table: expected"},
    {"minor of no size", "size of the driver table: expected"},
    {"open null", "open: expected a function, found NULL"},
    {"close null", "close: expected a function, found NULL"},
    {"describe null", "describe: expected a function, found NULL"},
    {"exec null", "exec: expected a function, found NULL"},
    {"status null", "status: expected a function, found NULL"},
    {"exists null", "exists: expected a function, found NULL"},
    {"quote null", "quote: expected a function, found NULL"},
    {"lock claimed", "lock: expected a function with capability LOCK claimed, found NULL"},
    {"unlock missing", "unlock: expected a function with capability LOCK claimed"},
    {"lock unclaimed", "lock: expected NULL with capability LOCK not claimed, found a function"},
    {"retarget claimed", "retarget: expected a function"},
    {"retarget unclaimed", "retarget: expected NULL"},
    {"settle without token", "token: expected a function"},
    {"token unclaimed", "token: expected NULL"},
    {"options too many", "number of options: expected at most 256, found 257"},
    {"options null", "options: expected 2 of them, found NULL"},
    {"options narrow", "size of the options: expected"},
    {"option name null", "option name: expected text, found NULL"},
    {"option name upper", "found \"Two\""},
    {"option name empty", "option name: expected [a-z]"},
    {"option name twice", "found \"one\" twice"},
    {"option help null", "option help: expected text, found NULL"},
    {"option fallback broken", "option fallback: expected printable text"},
    {"dialect null", "dialect: expected one, found NULL"},
    {"dialect short", "size of the dialect: expected"},
    {"dialect type null", "dialect time_type: expected text, found NULL"},
    {"dialect options null", "dialect table_options: expected text, found NULL"},
    {"refusing", "the driver refuses this skein: this host is too old for me"},
    {"refusing silently", "it gives no reason"},
    {"refusing endlessly", "yyyy"},
};

static void a_driver_that_contradicts_itself_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct skn_loaded loaded;
    assert_int_equal(driver_compile(fixture, "tests/work/variant_driver.c", "include", "VARIANT",
                                    "skein_variant.so"),
                     0);
    for (size_t i = 0; i < sizeof bad_variants / sizeof bad_variants[0]; i++) {
        int rc = variant_load(fixture, bad_variants[i].variant, &loaded);
        refused_with(fixture, rc, bad_variants[i].part);
        assert_null(loaded.path);
        assert_null(loaded.driver.open);
        assert_non_null(strstr(fixture->err.message, "skein_variant.so: "));
    }
    static const char *const good[] = {
        "", "options none", "options wide", "later minor", "caps unknown", "option type unknown"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        int rc = variant_load(fixture, good[i], &loaded);
        if (rc != SKN_OK)
            print_error("%s: %s\n", good[i], fixture->err.message);
        assert_int_equal(rc, SKN_OK);
        assert_string_equal(loaded.path, fixture->path);
        free(loaded.path);
    }
}

static void what_a_short_table_does_not_have_is_absent(void **state)
{
    struct fixture *fixture = *state;
    struct skn_loaded loaded;
    assert_int_equal(driver_compile(fixture, "tests/work/variant_driver.c", "include", "VARIANT",
                                    "skein_variant.so"),
                     0);
    assert_int_equal(variant_load(fixture, "oldest table", &loaded), SKN_OK);
    assert_non_null(loaded.driver.quote);
    assert_null(loaded.driver.scan);
    assert_null(loaded.driver.lock);
    assert_null(loaded.driver.settle);
    free(loaded.path);
}

static void a_library_without_our_symbol_is_no_driver(void **state)
{
    struct fixture *fixture = *state;
    static const char *const cases[][2] = {
        {"VARIANT_NO_ENTRY", "not a skein driver"},
        {"VARIANT_ABI_2", "built for driver ABI 2, this skein speaks 1"},
        {"VARIANT_UNDEFINED", "cannot be loaded: undefined symbol: defined_nowhere"},
    };
    for (size_t i = 0; i < 3; i++) {
        struct skn_loaded loaded;
        char name[32];
        snprintf(name, sizeof name, "skein_%zu.so", i);
        assert_int_equal(
            driver_compile(fixture, "tests/work/variant_driver.c", "include", cases[i][0], name),
            0);
        refused_with(fixture, variant_load(fixture, "", &loaded), cases[i][1]);
    }
}

static void nothing_of_a_refused_file_is_run(void **state)
{
    struct fixture *fixture = *state;
    struct skn_loaded loaded;
    char mark[256];
    snprintf(mark, sizeof mark, "%s", in_folder(fixture, "mark"));
    assert_int_equal(driver_compile(fixture, "tests/work/variant_driver.c", "include", "VARIANT",
                                    "skein_variant.so"),
                     0);
    setenv("SKEIN_TEST_MARK", mark, 1);
    assert_int_equal(chmod(fixture->path, 0775), 0);
    assert_int_equal(variant_load(fixture, "", &loaded), SKN_E_CONFIG);
    assert_int_equal(access(mark, F_OK), -1);
    assert_int_equal(chmod(fixture->path, 0755), 0);
    assert_int_equal(variant_load(fixture, "", &loaded), SKN_OK);
    assert_int_equal(access(mark, F_OK), 0);
    free(loaded.path);
    unsetenv("SKEIN_TEST_MARK");
}

static void a_sound_driver_is_loaded_with_its_real_path(void **state)
{
    struct fixture *fixture = *state;
    struct skn_loaded loaded;
    assert_int_equal(symlink(fixture->path, in_folder(fixture, "link.so")), 0);
    assert_int_equal(
        skn_driver_load("null", in_folder(fixture, "link.so"), &host, &loaded, &fixture->err),
        SKN_OK);
    assert_string_equal(loaded.path, fixture->path);
    assert_string_equal(loaded.driver.name, "null");
    assert_non_null(loaded.driver.retarget);
    assert_null(loaded.driver.schema);
    free(loaded.path);
    refused_with(fixture, skn_driver_load("other", fixture->path, &host, &loaded, &fixture->err),
                 "name: expected \"other\"");
}

static void a_driver_built_against_1_0_loads_today(void **state)
{
    struct fixture *fixture = *state;
    struct skn_loaded loaded;
    struct skn_conn *conn = NULL;
    assert_int_equal(driver_compile(fixture, "tests/abi/v1_0/sample.c", "tests/abi/v1_0", "FROZEN",
                                    "skein_sample.so"),
                     0);
    int rc = skn_driver_load("sample", fixture->path, &host, &loaded, &fixture->err);
    if (rc != SKN_OK)
        print_error("%s\n", fixture->err.message);
    assert_int_equal(rc, SKN_OK);
    assert_int_equal(loaded.driver.open(&host, NULL, 0, &conn, &fixture->err), SKN_OK);
    struct skn_server server = {.size = sizeof server};
    assert_int_equal(loaded.driver.describe(conn, &server, &fixture->err), SKN_OK);
    assert_string_equal(server.product, "sample 1.0");
    loaded.driver.close(conn);
    free(loaded.path);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_first_folder_that_holds_a_driver_wins),
        CASE(a_driver_that_is_nowhere_names_every_folder),
        CASE(only_words_and_absolute_folders_are_looked_up),
        CASE(a_sound_driver_is_accepted_by_any_path_to_it),
        CASE(what_is_no_regular_file_is_refused_without_waiting),
        CASE(what_cannot_be_reached_is_refused),
        CASE(a_file_that_is_no_driver_is_refused),
        CASE(a_driver_others_can_write_is_refused),
        CASE(a_folder_others_can_write_is_refused_wherever_it_stands),
        CASE(a_link_does_not_lend_its_folder_s_trust),
        CASE(another_user_s_driver_is_refused),
        CASE(a_header_for_another_machine_is_refused),
        CASE(a_segment_that_leaves_the_file_is_refused),
        CASE(segments_out_of_order_are_refused),
        CASE(an_executable_stack_is_refused),
        CASE(a_dynamic_segment_that_cannot_be_read_is_refused),
        CASE(text_relocations_are_refused),
        CASE(a_driver_cut_anywhere_is_refused_before_it_can_kill),
        CASE(no_flipped_bytes_hurt_the_check),
        CASE(a_driver_that_contradicts_itself_is_refused),
        CASE(what_a_short_table_does_not_have_is_absent),
        CASE(a_library_without_our_symbol_is_no_driver),
        CASE(nothing_of_a_refused_file_is_run),
        CASE(a_sound_driver_is_loaded_with_its_real_path),
        CASE(a_driver_built_against_1_0_loads_today),
    };
    return cmocka_run_group_tests_name("loader", tests, NULL, NULL);
}

/*
 * That no damaged file can hurt the check, and none that passes it kills the linker.
 */
#include "loader_fixture.h"

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
        int rc = skn_driver_load("null", fixture->path, "", &host, &loaded, &err);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_header_for_another_machine_is_refused),
        CASE(a_segment_that_leaves_the_file_is_refused),
        CASE(segments_out_of_order_are_refused),
        CASE(an_executable_stack_is_refused),
        CASE(a_dynamic_segment_that_cannot_be_read_is_refused),
        CASE(text_relocations_are_refused),
        CASE(a_driver_cut_anywhere_is_refused_before_it_can_kill),
        CASE(no_flipped_bytes_hurt_the_check),
    };
    return cmocka_run_group_tests_name("elf", tests, NULL, NULL);
}

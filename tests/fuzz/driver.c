/*
 * A driver's file before it is loaded, and its table after. The file starts as a sound one in
 * memory, which the input patches: noise alone would never get past the magic number.
 */
#include "fuzz.h"

#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/text.h"
#include "work/elf.h"
#include "work/handshake.h"

/* ---- the file ---- */

enum { PROGRAMS = 4, DYNAMICS = 4, IMAGE_SIZE = 1024 };

struct sound {
    ElfW(Ehdr) header;
    ElfW(Phdr) programs[PROGRAMS];
    ElfW(Dyn) dynamic[DYNAMICS];
};

extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

static void sound_make(struct sound *sound)
{
    size_t dynamic = offsetof(struct sound, dynamic);
    *sound = (struct sound){.header = __ehdr_start};
    sound->header.e_type = ET_DYN;
    sound->header.e_phoff = offsetof(struct sound, programs);
    sound->header.e_phnum = PROGRAMS;
    sound->programs[0] =
        (ElfW(Phdr)){.p_type = PT_LOAD, .p_flags = PF_R, .p_filesz = IMAGE_SIZE, .p_memsz = 4096};
    sound->programs[1] = (ElfW(Phdr)){.p_type = PT_LOAD, .p_flags = PF_R | PF_W, .p_vaddr = 8192};
    sound->programs[2] = (ElfW(Phdr)){.p_type = PT_DYNAMIC,
                                      .p_offset = dynamic,
                                      .p_vaddr = dynamic,
                                      .p_filesz = sizeof sound->dynamic,
                                      .p_memsz = sizeof sound->dynamic};
    sound->programs[3] = (ElfW(Phdr)){.p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W};
    sound->dynamic[0].d_tag = DT_SONAME;
}

static int in_file(uint64_t offset, uint64_t len, uint64_t size)
{
    return offset <= size && len <= size - offset;
}

/* What the linker would die of, or run, had it been let through. */
static void accepted_check(const unsigned char *bytes, size_t size)
{
    ElfW(Ehdr) header;
    FUZZ_CLAIM(size >= sizeof header);
    memcpy(&header, bytes, sizeof header);
    FUZZ_CLAIM(memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 && header.e_type == ET_DYN);
    FUZZ_CLAIM(header.e_machine == __ehdr_start.e_machine);
    FUZZ_CLAIM(in_file(header.e_phoff, header.e_phnum * sizeof(ElfW(Phdr)), size));
    int stack = 0, loads = 0;
    for (size_t i = 0; i < header.e_phnum; i++) {
        ElfW(Phdr) program;
        memcpy(&program, bytes + header.e_phoff + i * sizeof program, sizeof program);
        FUZZ_CLAIM(in_file(program.p_offset, program.p_filesz, size));
        FUZZ_CLAIM(program.p_type != PT_GNU_STACK || stack || !(program.p_flags & PF_X));
        stack |= program.p_type == PT_GNU_STACK;
        loads += program.p_type == PT_LOAD;
    }
    FUZZ_CLAIM(stack && loads > 0);
}

static void file_check(struct fuzz_input *input)
{
    unsigned char bytes[IMAGE_SIZE] = {0};
    struct sound sound;
    struct skn_error err = {.size = sizeof err};
    size_t size = sizeof bytes;
    sound_make(&sound);
    memcpy(bytes, &sound, sizeof sound);
    if (fuzz_byte(input) == 0xff)
        size = (size_t)fuzz_byte(input) * 4;
    while (input->left >= 3) {
        size_t at = (size_t)fuzz_byte(input) << 8;
        at |= fuzz_byte(input);
        bytes[at % sizeof sound] = fuzz_byte(input);
    }
    int fd = memfd_create("driver", MFD_CLOEXEC);
    FUZZ_CLAIM(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
    int rc = skn_elf_check(fd, "skein_x.so", &err);
    if (rc == SKN_OK)
        accepted_check(bytes, size);
    else
        fuzz_claim_error(&err, rc);
    FUZZ_CLAIM(rc == SKN_OK || fuzz_is_shown(err.message));
    close(fd);
}

/* ---- the table ---- */

enum { OPTIONS = 3, TEXT_MAX = 40 };

/* Never called: that one is there is all that is asked. */
static void there(void)
{
}

struct claims {
    struct skn_driver driver;
    struct skn_dialect dialect;
    struct skn_option options[OPTIONS];
    char *texts[64];
    size_t text_count;
};

static const char *text_make(struct claims *claims, struct fuzz_input *input, const char *sound)
{
    uint8_t how = fuzz_byte(input);
    if (how < 0x80 || claims->text_count == 64)
        return sound;
    if (how == 0xff)
        return NULL;
    char *text = fuzz_text(fuzz_take(input, how & 0x3f));
    claims->texts[claims->text_count++] = text;
    return text;
}

static uint32_t number_make(struct fuzz_input *input, uint32_t sound)
{
    uint8_t how = fuzz_byte(input);
    return how < 0x80 ? sound : how < 0xc0 ? sound + how - 0xa0 : UINT32_MAX - how;
}

static void dialect_make(struct claims *claims, struct fuzz_input *input)
{
    struct skn_dialect *dialect = &claims->dialect;
    const char **const texts[] = {&dialect->id_type,   &dialect->text_type,
                                  &dialect->long_type, &dialect->integer_type,
                                  &dialect->time_type, &dialect->table_options};
    /* A size that is larger than the table is is a lie that nobody can see through. */
    dialect->size = number_make(input, sizeof *dialect);
    if (dialect->size > sizeof *dialect)
        dialect->size = sizeof *dialect;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        *texts[i] = text_make(claims, input, "TEXT");
}

static void options_make(struct claims *claims, struct fuzz_input *input)
{
    static const char *const names[OPTIONS] = {"host", "port", "user"};
    for (size_t i = 0; i < OPTIONS; i++)
        claims->options[i] = (struct skn_option){.name = text_make(claims, input, names[i]),
                                                 .fallback = text_make(claims, input, NULL),
                                                 .help = text_make(claims, input, "help"),
                                                 .type = number_make(input, 0)};
}

/* Slots are there or not, by the bits of two bytes. */
static void slots_make(struct skn_driver *driver, struct fuzz_input *input)
{
    uint32_t bits = (uint32_t)fuzz_byte(input) << 8;
    bits |= fuzz_byte(input);
    size_t first = offsetof(struct skn_driver, open);
    size_t count = (sizeof *driver - first) / sizeof(void (*)(void));
    for (size_t i = 0; i < count; i++) {
        void (*slot)(void) = bits >> i % 16 & 1 ? NULL : there;
        memcpy((char *)driver + first + i * sizeof slot, &slot, sizeof slot);
    }
}

static void table_make(struct claims *claims, struct fuzz_input *input)
{
    struct skn_driver *driver = &claims->driver;
    dialect_make(claims, input);
    options_make(claims, input);
    slots_make(driver, input);
    driver->size = number_make(input, sizeof *driver);
    if (driver->size > sizeof *driver)
        driver->size = sizeof *driver;
    driver->abi_minor = number_make(input, SKN_ABI_MINOR);
    driver->name = text_make(claims, input, "x");
    driver->version = text_make(claims, input, "1");
    driver->summary = text_make(claims, input, "a driver");
    driver->options = fuzz_byte(input) == 0xff ? NULL : claims->options;
    driver->option_count = fuzz_byte(input) % (OPTIONS + 1);
    driver->option_size = number_make(input, sizeof(struct skn_option));
    if (driver->option_size > sizeof(struct skn_option))
        driver->option_count = driver->option_count > 0;
    driver->dialect = fuzz_byte(input) == 0xff ? NULL : &claims->dialect;
    driver->caps = number_make(input, SKN_CAP_LOCK | SKN_CAP_RETARGET | SKN_CAP_SETTLE);
}

static void sound_check(const struct skn_driver *driver)
{
    FUZZ_CLAIM(strcmp(driver->name, "x") == 0 && fuzz_is_shown(driver->version));
    FUZZ_CLAIM(fuzz_is_shown(driver->summary) && driver->dialect);
    FUZZ_CLAIM(driver->open && driver->close && driver->describe && driver->exec);
    FUZZ_CLAIM(driver->status && driver->exists && driver->quote);
    FUZZ_CLAIM(!driver->lock == !(driver->caps & SKN_CAP_LOCK));
    FUZZ_CLAIM(!driver->unlock == !(driver->caps & SKN_CAP_LOCK));
    FUZZ_CLAIM(!driver->retarget == !(driver->caps & SKN_CAP_RETARGET));
    FUZZ_CLAIM(!driver->settle == !(driver->caps & SKN_CAP_SETTLE));
}

static void table_check(struct fuzz_input *input)
{
    struct claims *claims = calloc(1, sizeof *claims);
    struct skn_driver copy;
    struct skn_error err = {.size = sizeof err};
    FUZZ_CLAIM(claims);
    table_make(claims, input);
    int rc = skn_handshake_copy("skein_x.so", &claims->driver, &copy, &err);
    if (rc == SKN_OK)
        rc = skn_handshake_check("x", "skein_x.so", &copy, &err);
    if (rc == SKN_OK)
        sound_check(&copy);
    else
        fuzz_claim_error(&err, rc);
    FUZZ_CLAIM(rc == SKN_OK || fuzz_is_shown(err.message));
    for (size_t i = 0; i < claims->text_count; i++)
        free(claims->texts[i]);
    free(claims);
}

void fuzz_driver(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    if (fuzz_byte(&input) % 2)
        table_check(&input);
    else
        file_check(&input);
}

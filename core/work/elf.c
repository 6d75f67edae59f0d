/*
 * ELF headers, read with suspicion. It knows nothing of symbols and sections.
 */
#include "work/elf.h"

#include <errno.h>
#include <inttypes.h>
#include <link.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "work/refuse.h"

enum { PROGRAMS_MAX = 128, DYNAMIC_MAX = 65536, DYNAMIC_CHUNK = 64 };

typedef ElfW(Ehdr) elf_header;
typedef ElfW(Phdr) elf_program;
typedef ElfW(Dyn) elf_dynamic;

struct image {
    int fd;
    const char *path;
    uint64_t size;
    elf_header header;
    elf_program programs[PROGRAMS_MAX];
};

/* This program's own header, placed by the linker: what a driver must be built like. */
extern const elf_header __ehdr_start __attribute__((visibility("hidden")));

static int bytes_read(const struct image *image, void *out, size_t len, uint64_t offset,
                      struct skn_error *err)
{
    size_t done = 0;
    while (done < len) {
        ssize_t n = pread(image->fd, (char *)out + done, len - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return skn_driver_refuse(err, image->path, "cannot be read: %s",
                                     n < 0 ? strerror(errno) : "it became shorter");
        done += (size_t)n;
    }
    return SKN_OK;
}

static int field_check(const struct image *image, const char *field, uint64_t expected,
                       uint64_t found, struct skn_error *err)
{
    if (expected == found)
        return SKN_OK;
    return skn_driver_refuse(err, image->path, "%s: expected %" PRIu64 ", found %" PRIu64, field,
                             expected, found);
}

/* Offset and length may be anything, also so large that their sum wraps. */
static int range_check(const struct image *image, const char *field, uint64_t offset, uint64_t len,
                       struct skn_error *err)
{
    if (offset <= image->size && len <= image->size - offset)
        return SKN_OK;
    return skn_driver_refuse(err, image->path,
                             "%s: expected to lie within the file's %" PRIu64
                             " bytes, found %" PRIu64 " bytes at %" PRIu64
                             "; the file is cut short or damaged",
                             field, image->size, len, offset);
}

static int size_read(struct image *image, struct skn_error *err)
{
    struct stat info;
    if (fstat(image->fd, &info) != 0)
        return skn_driver_refuse(err, image->path, "cannot be examined: %s", strerror(errno));
    image->size = info.st_size > 0 ? (uint64_t)info.st_size : 0;
    if (image->size >= sizeof image->header)
        return SKN_OK;
    return skn_driver_refuse(
        err, image->path, "size: expected a shared object, found %" PRIu64 " bytes", image->size);
}

static int header_check(const struct image *image, struct skn_error *err)
{
    const elf_header *own = &__ehdr_start;
    const elf_header *header = &image->header;
    if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
        return skn_driver_refuse(err, image->path,
                                 "magic: expected an ELF file, found something else");
    const struct {
        const char *field;
        uint64_t expected;
        uint64_t found;
    } fields[] = {
        {"class (1: 32 bit, 2: 64 bit)", own->e_ident[EI_CLASS], header->e_ident[EI_CLASS]},
        {"byte order (1: little, 2: big)", own->e_ident[EI_DATA], header->e_ident[EI_DATA]},
        {"ELF version", EV_CURRENT, header->e_ident[EI_VERSION]},
        {"machine", own->e_machine, header->e_machine},
        {"type (3: shared object)", ET_DYN, header->e_type},
        {"version", EV_CURRENT, header->e_version},
        {"size of the header", sizeof *header, header->e_ehsize},
        {"size of a program header", sizeof(elf_program), header->e_phentsize},
    };
    int rc = SKN_OK;
    for (size_t i = 0; rc == SKN_OK && i < sizeof fields / sizeof fields[0]; i++)
        rc = field_check(image, fields[i].field, fields[i].expected, fields[i].found, err);
    return rc;
}

static int programs_read(struct image *image, struct skn_error *err)
{
    const elf_header *header = &image->header;
    if (header->e_phnum == 0 || header->e_phnum > PROGRAMS_MAX)
        return skn_driver_refuse(err, image->path,
                                 "number of program headers: expected 1 to %d, found %u",
                                 PROGRAMS_MAX, (unsigned)header->e_phnum);
    if (header->e_phoff % _Alignof(elf_program) != 0)
        return skn_driver_refuse(err, image->path,
                                 "offset of the program headers: expected a multiple of %zu, "
                                 "found %" PRIu64,
                                 _Alignof(elf_program), (uint64_t)header->e_phoff);
    size_t len = header->e_phnum * sizeof(elf_program);
    int rc = range_check(image, "program headers", header->e_phoff, len, err);
    return rc == SKN_OK ? bytes_read(image, image->programs, len, header->e_phoff, err) : rc;
}

/* What the linker maps must be page by page what the file holds, and each segment must lie behind
 * the one before, for the linker reserves from the first to the last. */
static int load_check(const struct image *image, const elf_program *load, uint64_t behind,
                      struct skn_error *err)
{
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t address = load->p_vaddr;
    uint64_t end;
    if (load->p_filesz > load->p_memsz)
        return skn_driver_refuse(err, image->path,
                                 "segment in memory: expected at least %" PRIu64
                                 " bytes, found %" PRIu64,
                                 (uint64_t)load->p_filesz, (uint64_t)load->p_memsz);
    if (address % page != load->p_offset % page)
        return skn_driver_refuse(err, image->path,
                                 "segment address: expected to agree with its offset %#" PRIx64
                                 " within a page, found %#" PRIx64,
                                 (uint64_t)load->p_offset, address);
    if (address < behind || __builtin_add_overflow(address, (uint64_t)load->p_memsz, &end) ||
        end > UINTPTR_MAX - page)
        return skn_driver_refuse(err, image->path,
                                 "segment address: expected behind %#" PRIx64
                                 " and below the end of memory, found %#" PRIx64,
                                 behind, address);
    return SKN_OK;
}

static const elf_program *program_find(const struct image *image, uint32_t type)
{
    for (size_t i = 0; i < image->header.e_phnum; i++)
        if (image->programs[i].p_type == type)
            return &image->programs[i];
    return NULL;
}

static int programs_check(const struct image *image, struct skn_error *err)
{
    uint64_t behind = 0;
    int rc = SKN_OK;
    for (size_t i = 0; rc == SKN_OK && i < image->header.e_phnum; i++) {
        const elf_program *program = &image->programs[i];
        rc = range_check(image, "segment", program->p_offset, program->p_filesz, err);
        if (rc == SKN_OK && program->p_type == PT_LOAD) {
            rc = load_check(image, program, behind, err);
            behind = program->p_vaddr + program->p_memsz;
        }
    }
    if (rc == SKN_OK && !program_find(image, PT_LOAD))
        rc = skn_driver_refuse(err, image->path, "segments: expected one to load, found none");
    return rc;
}

static int stack_check(const struct image *image, struct skn_error *err)
{
    const elf_program *stack = program_find(image, PT_GNU_STACK);
    if (stack && !(stack->p_flags & PF_X))
        return SKN_OK;
    return skn_driver_refuse(err, image->path,
                             "stack: expected one that is not executable, found %s; link it with "
                             "-z noexecstack",
                             stack ? "an executable one" : "no mark");
}

/* True when the segment is in memory where the file says it is. */
static int load_holds(const elf_program *load, const elf_program *part)
{
    return load->p_type == PT_LOAD && part->p_offset >= load->p_offset &&
           part->p_filesz <= load->p_filesz &&
           part->p_offset - load->p_offset <= load->p_filesz - part->p_filesz &&
           part->p_vaddr - load->p_vaddr == part->p_offset - load->p_offset;
}

static int dynamic_place_check(const struct image *image, const elf_program **found,
                               struct skn_error *err)
{
    const elf_program *dynamic = program_find(image, PT_DYNAMIC);
    *found = dynamic;
    if (!dynamic)
        return skn_driver_refuse(err, image->path, "dynamic segment: expected one, found none");
    if (dynamic->p_filesz == 0 || dynamic->p_filesz % sizeof(elf_dynamic) != 0 ||
        dynamic->p_filesz > DYNAMIC_MAX)
        return skn_driver_refuse(
            err, image->path, "dynamic segment: expected 1 to %zu entries, found %" PRIu64 " bytes",
            DYNAMIC_MAX / sizeof(elf_dynamic), (uint64_t)dynamic->p_filesz);
    for (size_t i = 0; i < image->header.e_phnum; i++)
        if (load_holds(&image->programs[i], dynamic))
            return SKN_OK;
    return skn_driver_refuse(err, image->path,
                             "dynamic segment: expected inside a loaded one, found outside");
}

static int dynamic_entry_check(const struct image *image, const elf_dynamic *entry,
                               struct skn_error *err)
{
    if (entry->d_tag != DT_TEXTREL &&
        !(entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL)))
        return SKN_OK;
    return skn_driver_refuse(err, image->path,
                             "code: expected to be left as it is, found text relocations; compile "
                             "it with -fPIC");
}

static int dynamic_check(const struct image *image, struct skn_error *err)
{
    const elf_program *dynamic;
    int rc = dynamic_place_check(image, &dynamic, err);
    uint64_t at = 0;
    while (rc == SKN_OK && at < dynamic->p_filesz) {
        elf_dynamic entries[DYNAMIC_CHUNK];
        uint64_t left = dynamic->p_filesz - at;
        size_t len = left < sizeof entries ? (size_t)left : sizeof entries;
        rc = bytes_read(image, entries, len, dynamic->p_offset + at, err);
        for (size_t i = 0; rc == SKN_OK && i < len / sizeof entries[0]; i++) {
            if (entries[i].d_tag == DT_NULL)
                return SKN_OK;
            rc = dynamic_entry_check(image, &entries[i], err);
        }
        at += len;
    }
    if (rc == SKN_OK)
        rc = skn_driver_refuse(err, image->path,
                               "dynamic segment: expected an end mark, found none");
    return rc;
}

int skn_elf_check(int fd, const char *path, struct skn_error *err)
{
    struct image image = {.fd = fd, .path = path};
    int rc = size_read(&image, err);
    if (rc == SKN_OK)
        rc = bytes_read(&image, &image.header, sizeof image.header, 0, err);
    if (rc == SKN_OK)
        rc = header_check(&image, err);
    if (rc == SKN_OK)
        rc = programs_read(&image, err);
    if (rc == SKN_OK)
        rc = programs_check(&image, err);
    if (rc == SKN_OK)
        rc = stack_check(&image, err);
    if (rc == SKN_OK)
        rc = dynamic_check(&image, err);
    return rc;
}

/*
 * One revision file: its bytes to text, its text to header and sections.
 */
#include "fuzz.h"

#include "history/encoding.h"
#include "history/name.h"
#include "history/parse.h"

enum { PROBLEM_PLACE = 16 };

struct reading {
    struct skn_arena arena;
    struct skn_faults faults;
    struct skn_parse_room room;
    struct skn_revision revision;
    struct skn_header places;
    struct skn_str text;
    int is_text;
};

/* Every fault names its file and place, on one line that can be shown. */
static void problem_check(void *ctx, const char *text)
{
    (void)ctx;
    FUZZ_CLAIM(strncmp(text, "f.sql:", 6) == 0);
    FUZZ_CLAIM(text[6] >= '1' && text[6] <= '9');
    FUZZ_CLAIM(fuzz_is_shown(text));
}

static void reading_init(struct reading *reading, struct skn_str raw)
{
    *reading = (struct reading){
        .faults = {.problem = problem_check, .first = {.size = sizeof(struct skn_error)}}};
    reading->is_text =
        skn_encoding_normalise(&reading->arena, "f.sql", raw, &reading->faults, &reading->text);
    FUZZ_CLAIM(reading->is_text == (reading->faults.count == 0));
    if (reading->is_text)
        skn_revision_parse(&reading->arena, "f.sql", reading->text, &reading->faults,
                           &reading->room, &reading->revision, &reading->places);
}

static void reading_finish(struct reading *reading)
{
    skn_parse_room_finish(&reading->room);
    skn_arena_finish(&reading->arena);
}

static void section_check(const struct reading *reading, const struct skn_section *section)
{
    struct skn_str text = reading->text;
    uint32_t line, column;
    FUZZ_CLAIM(section->text.ptr >= text.ptr &&
               section->text.ptr + section->text.len <= text.ptr + text.len);
    skn_section_locate(section, section->text.len, &line, &column);
    FUZZ_CLAIM(line >= section->line && column >= 1);
    for (size_t i = 0; i < section->driver_count; i++)
        FUZZ_CLAIM(section->drivers[i][0] >= 'a' && section->drivers[i][0] <= 'z');
}

static void revision_check(const struct reading *reading)
{
    const struct skn_revision *revision = &reading->revision;
    size_t upgrades = 0;
    FUZZ_CLAIM(!skn_id_fault(skn_str(revision->id)));
    FUZZ_CLAIM(revision->text.ptr == reading->text.ptr && revision->text.len == reading->text.len);
    for (size_t i = 0; i < revision->parent_count; i++)
        FUZZ_CLAIM(!skn_id_fault(skn_str(revision->parent_ids[i])));
    for (size_t i = 0; i < revision->label_count; i++)
        FUZZ_CLAIM(!skn_label_fault(skn_str(revision->labels[i])));
    for (size_t i = 0; i < revision->variable_count; i++)
        FUZZ_CLAIM(!skn_variable_fault(skn_str(revision->variables[i])));
    for (size_t i = 0; i < revision->section_count; i++) {
        section_check(reading, &revision->sections[i]);
        upgrades += revision->sections[i].direction == SKN_UP;
        for (size_t k = i + 1; k < revision->section_count; k++)
            FUZZ_CLAIM(revision->sections[i].text.ptr <= revision->sections[k].text.ptr);
    }
    FUZZ_CLAIM(upgrades > 0);
}

/* A mark at the start and other line ends are the same file, by text and by faults. */
static void twin_check(const struct reading *reading)
{
    struct skn_buf twin = {0};
    struct reading other;
    skn_buf_adds(&twin, "\xef\xbb\xbf");
    for (size_t i = 0; i < reading->text.len; i++) {
        if (reading->text.ptr[i] == '\n')
            skn_buf_addc(&twin, '\r');
        skn_buf_addc(&twin, reading->text.ptr[i]);
    }
    reading_init(&other, skn_buf_str(&twin));
    FUZZ_CLAIM(other.is_text && other.text.len == reading->text.len);
    FUZZ_CLAIM(memcmp(other.text.ptr, reading->text.ptr, reading->text.len) == 0);
    FUZZ_CLAIM(other.faults.count == reading->faults.count);
    reading_finish(&other);
    skn_buf_finish(&twin);
}

void fuzz_revision(const uint8_t *data, size_t size)
{
    struct reading reading;
    struct skn_error err = {.size = sizeof err};
    reading_init(&reading, skn_str_len((const char *)data, size));
    int rc = skn_faults_result(&reading.faults, &err);
    FUZZ_CLAIM((rc == SKN_OK) == (reading.faults.count == 0));
    if (rc == SKN_OK)
        revision_check(&reading);
    else
        fuzz_claim_error(&err, rc);
    if (reading.is_text)
        twin_check(&reading);
    reading_finish(&reading);
}

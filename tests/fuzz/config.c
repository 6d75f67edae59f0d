/*
 * A config file, with one that it may include and a list of tenants beside it.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "config/config.h"
#include "config/value.h"

const char *__lsan_default_suppressions(void);

/* libconfig 1.5 forgets the text of a string, also of an empty one, that a syntax error follows. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void)
{
    return "leak:strbuf_append\nleak:libconfig_yylex\n";
}

static char folder[64];

static int entry_remove(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info, (void)kind, (void)where;
    return remove(path);
}

static void folder_remove(void)
{
    nftw(folder, entry_remove, 4, FTW_DEPTH | FTW_PHYS);
}

static void folder_make(void)
{
    if (folder[0])
        return;
    snprintf(folder, sizeof folder, "/tmp/skein-fuzz-XXXXXX");
    FUZZ_CLAIM(mkdtemp(folder));
    atexit(folder_remove);
    char path[96];
    snprintf(path, sizeof path, "%s/m", folder);
    FUZZ_CLAIM(mkdir(path, 0700) == 0);
    setenv("FUZZ_WORD", "w0rd", 1);
}

static void file_write(const char *name, struct skn_str text, mode_t mode)
{
    char path[96];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    FUZZ_CLAIM(fd >= 0 && write(fd, text.ptr, text.len) == (ssize_t)text.len);
    FUZZ_CLAIM(fchmod(fd, mode) == 0);
    close(fd);
}

static void pairs_check(struct skn_pairs pairs)
{
    for (size_t i = 0; i < pairs.count; i++) {
        FUZZ_CLAIM(pairs.items[i].key[0]);
        FUZZ_CLAIM(fuzz_is_utf8(pairs.items[i].value, strlen(pairs.items[i].value)));
    }
}

static void target_check(const struct skn_config *config, uint32_t i)
{
    const struct skn_target *target = &config->targets[i];
    FUZZ_CLAIM(target->index == i && target->name[0] && target->name[0] != '-');
    FUZZ_CLAIM(fuzz_is_shown(target->name) && skn_word_valid(target->driver));
    FUZZ_CLAIM(target->history && target->server && target->place);
    FUZZ_CLAIM(target->connect_timeout > 0 && target->lock_timeout >= 0);
    FUZZ_CLAIM(target->statement_timeout >= 0);
    FUZZ_CLAIM(target->secret.kind == SKN_SECRET_NONE || target->secret.kind > SKN_SECRET_COMMAND ||
               target->secret.text || target->secret.argv.count > 0);
    FUZZ_CLAIM(!skn_pairs_get(target->options, "password"));
    pairs_check(target->options);
    pairs_check(target->vars);
    for (uint32_t k = 0; k < i && config->target_count < 64; k++)
        FUZZ_CLAIM(strcmp(target->name, config->targets[k].name) != 0);
}

static void config_check(const char *path)
{
    struct skn_config config;
    struct skn_error err = {.size = sizeof err};
    int rc = skn_config_load(&config, path, &err);
    if (rc == SKN_OK) {
        FUZZ_CLAIM(config.history_count > 0);
        for (uint32_t i = 0; i < config.target_count; i++)
            target_check(&config, i);
    } else {
        fuzz_claim_error(&err, rc);
        FUZZ_CLAIM(fuzz_is_utf8(err.message, strlen(err.message)));
    }
    skn_config_finish(&config);
}

void fuzz_config(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    char path[96];
    folder_make();
    struct skn_str text = fuzz_take_to(&input, 0xff);
    struct skn_str included = fuzz_take_to(&input, 0xff);
    file_write("skein.cfg", text, 0600);
    file_write("part.cfg", included, 0600);
    file_write("tenants", fuzz_take(&input, input.left), 0644);
    snprintf(path, sizeof path, "%s/skein.cfg", folder);
    config_check(path);
}

/*
 * A driver with one thing wrong, as SKEIN_TEST_VARIANT says. test_loader.c compiles and loads it.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <skein/driver-util.h>
#include <skein/driver.h>
#include <skein/schema.h>

/* Loading runs this before anybody has asked what the file is. */
__attribute__((constructor)) static void constructed(void)
{
    const char *mark = getenv("SKEIN_TEST_MARK");
    int fd = mark ? open(mark, O_WRONLY | O_CREAT, 0600) : -1;
    if (fd >= 0)
        close(fd);
}

#if defined(VARIANT_NO_ENTRY)
SKN_EXPORT int unrelated = 1;
#elif defined(VARIANT_ABI_2)
SKN_EXPORT int skein_driver_2(void);
int skein_driver_2(void)
{
    return 0;
}
#else

#if defined(VARIANT_UNDEFINED)
int defined_nowhere(void);
#endif

struct wide_option {
    struct skn_option option;
    uint64_t more;
};

struct wide_driver {
    struct skn_driver driver;
    uint64_t more[8];
};

static struct skn_option options[300];
static struct wide_option wide[2];
static struct skn_dialect dialect;
static struct wide_driver table;
static struct skn_kind kinds[2];
static struct wide_facet {
    struct skn_schema_facet facet;
    uint64_t more[8];
} wide_facet;

static int conn_open(const struct skn_host *host, const struct skn_kv *given, uint32_t count,
                     struct skn_conn **conn, struct skn_error *err)
{
    (void)host, (void)given, (void)count, (void)conn, (void)err;
#if defined(VARIANT_UNDEFINED)
    return defined_nowhere();
#else
    return SKN_E_CONNECT;
#endif
}

static void conn_close(struct skn_conn *conn)
{
    (void)conn;
}

static int conn_describe(struct skn_conn *conn, struct skn_server *out, struct skn_error *err)
{
    (void)conn, (void)out, (void)err;
    return SKN_E_CONNECT;
}

static int conn_exec(struct skn_conn *conn, const struct skn_step *steps, uint32_t count,
                     const struct skn_events *events, struct skn_error *err)
{
    (void)conn, (void)steps, (void)count, (void)events, (void)err;
    return SKN_E_CONNECT;
}

static int conn_status(struct skn_conn *conn, struct skn_status *out, struct skn_error *err)
{
    (void)conn, (void)out, (void)err;
    return SKN_E_CONNECT;
}

static int conn_exists(struct skn_conn *conn, struct skn_str schema, const struct skn_str *names,
                       uint32_t count, uint64_t *found, struct skn_error *err)
{
    (void)conn, (void)schema, (void)names, (void)count, (void)found, (void)err;
    return SKN_E_CONNECT;
}

static int quote(uint32_t kind, struct skn_str text, skn_text_fn *out, void *ctx,
                 struct skn_error *err)
{
    (void)kind, (void)text, (void)out, (void)ctx, (void)err;
    return SKN_E_USAGE;
}

static int conn_lock(struct skn_conn *conn, struct skn_str name, struct skn_error *err)
{
    (void)conn, (void)name, (void)err;
    return SKN_E_BUSY;
}

static int conn_retarget(struct skn_conn *conn, const struct skn_kv *given, uint32_t count,
                         struct skn_error *err)
{
    (void)conn, (void)given, (void)count, (void)err;
    return SKN_E_UNSUPPORTED;
}

static uint32_t conn_token(struct skn_conn *conn, char *buffer, uint32_t size)
{
    (void)conn, (void)buffer, (void)size;
    return 0;
}

static int conn_settle(struct skn_conn *conn, struct skn_str token, uint32_t *outcome,
                       struct skn_error *err)
{
    (void)conn, (void)token, (void)outcome, (void)err;
    return SKN_E_UNSUPPORTED;
}

static int inspect(struct skn_conn *conn, const struct skn_schema_options *given,
                   const struct skn_sink *sink, struct skn_error *err)
{
    (void)conn, (void)given, (void)sink, (void)err;
    return SKN_E_CONNECT;
}

static void scratch_close(struct skn_conn *conn)
{
    (void)conn;
}

static void sound_make(void)
{
    memset(&table, 0, sizeof table);
    memset(options, 0, sizeof options);
    memset(wide, 0, sizeof wide);
    for (size_t i = 0; i < 2; i++)
        wide[i].option = options[i] =
            (struct skn_option){.name = i ? "two" : "one", .help = "an option"};
    dialect = (struct skn_dialect){.size = sizeof dialect,
                                   .id_type = "a",
                                   .text_type = "b",
                                   .long_type = "c",
                                   .integer_type = "d",
                                   .time_type = "e",
                                   .table_options = ""};
    table.driver = (struct skn_driver){.size = sizeof table.driver,
                                       .abi_minor = SKN_ABI_MINOR,
                                       .name = "variant",
                                       .version = "1",
                                       .summary = "a driver for tests",
                                       .options = options,
                                       .option_count = 2,
                                       .option_size = sizeof options[0],
                                       .dialect = &dialect,
                                       .open = conn_open,
                                       .close = conn_close,
                                       .describe = conn_describe,
                                       .exec = conn_exec,
                                       .status = conn_status,
                                       .exists = conn_exists,
                                       .quote = quote};
}

static const char *variant;

static int is(const char *name)
{
    return strcmp(variant, name) == 0;
}

static void texts_spoil(struct skn_driver *driver)
{
    static char endless[4096];
    memset(endless, 'x', sizeof endless);
    if (is("name null"))
        driver->name = NULL;
    if (is("name other"))
        driver->name = "other";
    if (is("name endless"))
        driver->name = endless;
    if (is("name escape"))
        driver->name = "\x1b[31m";
    if (is("version null"))
        driver->version = NULL;
    if (is("version broken"))
        driver->version = "1\xff";
    if (is("summary two lines"))
        driver->summary = "one\ntwo";
    if (is("summary endless"))
        driver->summary = endless;
}

static void sizes_spoil(struct skn_driver *driver)
{
    const uint32_t least = (uint32_t)offsetof(struct skn_driver, scan);
    if (is("size zero"))
        driver->size = 0;
    if (is("size short"))
        driver->size = least - 8;
    if (is("size odd"))
        driver->size = least + 4;
    if (is("size huge"))
        driver->size = UINT32_MAX;
    if (is("size of no minor"))
        driver->size = sizeof table;
    if (is("minor of no size")) {
        driver->abi_minor = SKN_ABI_MINOR + 1;
        driver->size = least;
    }
    if (is("later minor")) {
        driver->abi_minor = SKN_ABI_MINOR + 1;
        driver->size = sizeof table;
    }
    /* What stands behind the end of a short table is not part of it. */
    if (is("oldest table")) {
        driver->size = least;
        driver->lock = conn_lock;
        driver->settle = conn_settle;
    }
}

static void calls_spoil(struct skn_driver *driver)
{
    if (is("open null"))
        driver->open = NULL;
    if (is("close null"))
        driver->close = NULL;
    if (is("describe null"))
        driver->describe = NULL;
    if (is("exec null"))
        driver->exec = NULL;
    if (is("status null"))
        driver->status = NULL;
    if (is("exists null"))
        driver->exists = NULL;
    if (is("quote null"))
        driver->quote = NULL;
    if (is("lock claimed") || is("unlock missing"))
        driver->caps = SKN_CAP_LOCK;
    if (is("unlock missing") || is("lock unclaimed"))
        driver->lock = conn_lock;
    if (is("retarget claimed"))
        driver->caps = SKN_CAP_RETARGET;
    if (is("retarget unclaimed"))
        driver->retarget = conn_retarget;
    if (is("settle without token"))
        driver->caps = SKN_CAP_SETTLE;
    if (is("settle without token"))
        driver->settle = conn_settle;
    if (is("token unclaimed"))
        driver->token = conn_token;
    if (is("caps unknown"))
        driver->caps = UINT64_C(1) << 63 | SKN_CAP_DDL_TX;
}

static void options_spoil(struct skn_driver *driver)
{
    if (is("options too many"))
        driver->option_count = 257;
    if (is("options null"))
        driver->options = NULL;
    if (is("options none")) {
        driver->options = NULL;
        driver->option_count = driver->option_size = 0;
    }
    if (is("options narrow"))
        driver->option_size = 16;
    if (is("options wide")) {
        driver->options = &wide[0].option;
        driver->option_size = sizeof wide[0];
    }
    if (is("option name null"))
        options[1].name = NULL;
    if (is("option name upper"))
        options[1].name = "Two";
    if (is("option name empty"))
        options[1].name = "";
    if (is("option name twice"))
        options[1].name = "one";
    if (is("option help null"))
        options[0].help = NULL;
    if (is("option fallback broken"))
        options[0].fallback = "a\tb\x7f";
    if (is("option type unknown"))
        options[0].type = options[0].flags = 0x8000;
}

static void dialect_spoil(struct skn_driver *driver)
{
    if (is("dialect null"))
        driver->dialect = NULL;
    if (is("dialect short"))
        dialect.size = 16;
    if (is("dialect type null"))
        dialect.time_type = NULL;
    if (is("dialect options null"))
        dialect.table_options = NULL;
}

static void facet_spoil(struct skn_driver *driver)
{
    struct skn_schema_facet *facet = &wide_facet.facet;
    kinds[0] = kinds[1] = (struct skn_kind){.name = "table"};
    *facet = (struct skn_schema_facet){
        .size = sizeof *facet, .kind_count = 2, .kinds = kinds, .inspect = inspect};
    if (strncmp(variant, "facet", 5) == 0)
        driver->schema = facet;
    if (is("facet size zero"))
        facet->size = 0;
    if (is("facet size odd"))
        facet->size -= 4;
    if (is("facet size of no minor"))
        facet->size = sizeof wide_facet;
    if (is("facet of a later minor")) {
        driver->abi_minor = SKN_ABI_MINOR + 1;
        driver->size = sizeof table;
        facet->size = sizeof wide_facet;
    }
    if (is("facet kinds none"))
        facet->kind_count = 0;
    if (is("facet kinds too many"))
        facet->kind_count = UINT32_MAX;
    if (is("facet kinds null"))
        facet->kinds = NULL;
    if (is("facet kind null"))
        kinds[1].name = NULL;
    if (is("facet kind escape"))
        kinds[1].name = "\x1b[31m";
    if (is("facet kind empty"))
        kinds[1].name = "";
    if (is("facet inspect null"))
        facet->inspect = NULL;
    if (is("facet scratch half"))
        facet->scratch_close = scratch_close;
    /* What stands behind the end is not part of it. */
    if (is("facet short")) {
        facet->scratch_close = scratch_close;
        facet->size = (uint32_t)offsetof(struct skn_schema_facet, scratch_open);
    }
}

const struct skn_driver *skein_driver_1(const struct skn_host *host, struct skn_error *err)
{
    (void)host;
    variant = getenv("SKEIN_TEST_VARIANT");
    sound_make();
    if (is("refusing"))
        skn_fail(err, SKN_E_UNSUPPORTED, NULL, 0, "this host is too old for me");
    if (is("refusing endlessly"))
        memset(err->message, 'y', sizeof err->message);
    if (strncmp(variant, "refusing", 8) == 0)
        return NULL;
    texts_spoil(&table.driver);
    sizes_spoil(&table.driver);
    calls_spoil(&table.driver);
    options_spoil(&table.driver);
    dialect_spoil(&table.driver);
    facet_spoil(&table.driver);
    return &table.driver;
}

#endif

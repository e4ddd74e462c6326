#include "bench_timing.h"

#include "buf.h"
#include "mem.h"
#include "password_plugin.h"
#include "rand.h"
#include "table.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define USERS      64 /* of each kind */
#define ROUND      250
#define WARM_TRIES 64
#define NAME_SIZE  12
#define PASSWORD   (BENCH_TIMING_PASSWORD + 1)
#define FILE_MAX   ((size_t)1 << 20)

static const struct kind {
    const char *ends; /* of the line of the users file; NULL: there is no such line */
    bool two;
    enum schloss_auth_reason reason;
} kinds[] = {
    [BENCH_TIMING_UNKNOWN] = {NULL, false, SCHLOSS_AUTH_REASON_UNKNOWN_USER},
    [BENCH_TIMING_DISABLED] = {":disabled", false, SCHLOSS_AUTH_REASON_DISABLED},
    [BENCH_TIMING_EXPIRED] = {":expires=2001-01-01T00:00:00Z", false,
        SCHLOSS_AUTH_REASON_EXPIRED},
    [BENCH_TIMING_ROTATED] = {"", true, SCHLOSS_AUTH_REASON_WRONG_PASSWORD},
    [BENCH_TIMING_KNOWN] = {"", false, SCHLOSS_AUTH_REASON_WRONG_PASSWORD},
    [BENCH_TIMING_PREFIX] = {"", false, SCHLOSS_AUTH_REASON_WRONG_PASSWORD},
};

static const struct kind wrong_kind = {"", false, SCHLOSS_AUTH_REASON_WRONG_PASSWORD};

/* --- the host ----------------------------------------------------------------------- */

struct answer {
    unsigned count;
    uint32_t verdict;
    uint32_t reason;
};

static void on_complete(
    void *self, uint64_t attempt, const struct schloss_auth_result *result)
{
    struct answer *a = self;

    (void)attempt;
    a->count++;
    a->verdict = result->verdict;
    a->reason = result->reason;
}

static int64_t on_now_ms(void *self)
{
    (void)self;
    return 1000;
}

static void on_wait(void *self, uint64_t attempt, uint32_t delay_ms)
{
    (void)self;
    (void)attempt;
    (void)delay_ms; /* not answered, which is noticed */
}

static void on_log(void *self, uint32_t level, struct schloss_auth_bytes text)
{
    (void)self;
    (void)level;
    (void)fprintf(stderr, "%.*s\n", (int)text.length, (const char *)text.bytes);
}

typedef void function(void);

static const struct schloss_auth_function functions[] = {
    {SCHLOSS_AUTH_HOST_COMPLETE, (function *)on_complete},
    {SCHLOSS_AUTH_HOST_NOW_MS, (function *)on_now_ms},
    {SCHLOSS_AUTH_HOST_WAIT, (function *)on_wait},
    {SCHLOSS_AUTH_HOST_LOG, (function *)on_log},
    {0, NULL},
};

/* --- the plugin --------------------------------------------------------------------- */

/* Of one kind, all of one length. */
struct names {
    const struct kind *kind;
    char items[USERS][NAME_SIZE];
    char passwords[USERS][PASSWORD]; /* the right ones; of two, the second */
};

struct bench_plugin {
    struct names wrong;
    struct names other;
    bool by_prefix; /* other: the same users, and passwords that begin well */
    struct answer answer;
    struct schloss_auth_host offer;
    struct schloss_auth_instance *instance;
    schloss_auth_plugin_begin *begin;
    schloss_auth_plugin_step *step;
    uint64_t attempts;
};

static function *find(uint32_t id)
{
    const struct schloss_auth_function *f = password_plugin()->functions;

    while (f->id != 0 && f->id != id) {
        f++;
    }
    return f->call;
}

/* The hashes of users who are let in, and their passwords, for the judges below, which
 * take no context. */
static struct table real_hashes;

/* The fault that this program is to find: who is not let in is not worked for. */
static bool early_match(const char *hash, const void *password, size_t length)
{
    return table_get(&real_hashes, hash, strlen(hash)) != NULL &&
           users_hash_matches(hash, password, length);
}

/* The other one: what is wrong is answered as soon as that is seen. */
static bool bytewise_match(const char *hash, const void *password, size_t length)
{
    const char *right = table_get(&real_hashes, hash, strlen(hash));
    const volatile char *given = password;
    size_t n = 0;

    while (right != NULL && n < length && right[n] != '\0' && given[n] == right[n]) {
        n++;
    }
    return right != NULL && n == length && right[n] == '\0';
}

static enum err add_hash(struct buf *text, bool let_in, char password[PASSWORD])
{
    char hash[USERS_HASH_MAX];

    (void)snprintf(password, PASSWORD, "%016llx", (unsigned long long)rand_u64());
    enum err e = users_hash_make(hash, password, strlen(password), USERS_COST_GENERATED);
    if (e == OK) {
        buf_add_text(text, ":");
        buf_add_text(text, hash);
        e = let_in ? table_put(&real_hashes, hash, strlen(hash), password) : OK;
    }
    return e;
}

static void draw_names(struct names *n, const struct kind *kind)
{
    n->kind = kind;
    for (unsigned i = 0; i < USERS; i++) { /* two alike would be refused by the file */
        (void)snprintf(n->items[i], NAME_SIZE, "%02x%08x",
            kind == &wrong_kind ? i : i + USERS, (unsigned)(rand_u64() & UINT32_MAX));
    }
}

static enum err add_users(struct buf *text, struct names *names)
{
    const struct kind *kind = names->kind;
    const bool let_in = kind->reason == SCHLOSS_AUTH_REASON_WRONG_PASSWORD;
    enum err e = OK;

    for (unsigned i = 0; i < USERS && e == OK && kind->ends != NULL; i++) {
        buf_add_text(text, names->items[i]);
        e = add_hash(text, let_in, names->passwords[i]);
        if (e == OK && kind->two) {
            e = add_hash(text, let_in, names->passwords[i]);
        }
        buf_add_text(text, kind->ends);
        buf_add_text(text, "\n");
    }
    return e == OK ? buf_error(text) : e;
}

static enum err create(struct bench_plugin *p, const struct buf *users)
{
    int fd = memfd_create("users", MFD_CLOEXEC);
    if (fd < 0 || write(fd, users->bytes, users->length) != (ssize_t)users->length) {
        return ERR_IO;
    }
    const struct schloss_auth_file files[] = {{"users", fd}};
    const struct schloss_auth_config config = {
        .size = sizeof(config), .files = files, .file_count = 1};
    p->offer = (struct schloss_auth_host){.size = sizeof(p->offer),
        .abi_major = SCHLOSS_AUTH_ABI_MAJOR,
        .abi_minor = SCHLOSS_AUTH_ABI_MINOR,
        .host = &p->answer,
        .functions = functions};
    p->instance = ((schloss_auth_plugin_create *)find(SCHLOSS_AUTH_PLUGIN_CREATE))(
        &p->offer, &config);
    p->begin = (schloss_auth_plugin_begin *)find(SCHLOSS_AUTH_PLUGIN_BEGIN);
    p->step = (schloss_auth_plugin_step *)find(SCHLOSS_AUTH_PLUGIN_STEP);
    (void)close(fd);
    return p->instance == NULL ? ERR_INVALID : OK;
}

static enum err start(struct bench_plugin *p, const struct bench_timing *asked)
{
    struct buf users;

    buf_init(&users, FILE_MAX);
    table_init(&real_hashes, 8 * USERS);
    draw_names(&p->wrong, &wrong_kind);
    draw_names(&p->other, &kinds[asked->other]);
    enum err e = add_users(&users, &p->wrong);
    p->by_prefix = asked->other == BENCH_TIMING_PREFIX;
    if (p->by_prefix) {
        p->other = p->wrong;
    } else if (e == OK) {
        e = add_users(&users, &p->other);
    }
    if (e == OK) {
        e = create(p, &users);
    }
    if (e == OK && asked->early_exit) {
        password_plugin_set_match(
            p->instance, p->by_prefix ? bytewise_match : early_match);
    }
    buf_fini(&users);
    return e;
}

static void stop(struct bench_plugin *p)
{
    if (p->instance != NULL) {
        ((schloss_auth_plugin_destroy *)find(SCHLOSS_AUTH_PLUGIN_DESTROY))(p->instance);
    }
    p->instance = NULL;
    table_fini(&real_hashes);
}

/* --- tries -------------------------------------------------------------------------- */

static int64_t now_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* `right` bytes of the right one, then a byte that is not, then the right ones again. */
static void spoil(char out[PASSWORD], const char *password, size_t right)
{
    memcpy(out, password, PASSWORD);
    out[right] = 'x';
}

static enum err login(
    struct bench_plugin *p, const struct names *names, size_t try, int64_t *ns_out)
{
    char password[PASSWORD] = "wrong password";
    char address[32];
    char message[64];
    const int address_length = snprintf(address, sizeof(address), "10.%03u.%03u.%03u",
        (unsigned)(try >> 16) & 255, (unsigned)(try >> 8) & 255, (unsigned)try & 255);
    if (p->by_prefix) {
        const size_t right = 1 + rand_u64() % (BENCH_TIMING_PASSWORD - 1);
        spoil(password, names->passwords[try % USERS], names == &p->other ? right : 0);
    }
    const int length = snprintf(
        message, sizeof(message), "%c%s%c%s", 0, names->items[try % USERS], 0, password);

    p->answer = (struct answer){.count = 0};
    p->attempts++;
    const int64_t before = now_ns();
    p->begin(p->instance, p->attempts, (struct schloss_auth_bytes){"PLAIN", 5},
        (struct schloss_auth_bytes){address, (size_t)address_length});
    p->step(
        p->instance, p->attempts, (struct schloss_auth_bytes){message, (size_t)length});
    *ns_out = now_ns() - before;
    return p->answer.count == 1 && p->answer.verdict == SCHLOSS_AUTH_DENY &&
                   p->answer.reason == names->kind->reason
               ? OK
               : ERR_INVALID;
}

static enum err run_pair(struct bench_plugin *p, size_t try, int64_t ns[2])
{
    const struct names *pair[] = {&p->wrong, &p->other};
    const size_t first = rand_u64() & 1;

    enum err e = login(p, pair[first], try, &ns[first]);
    return e == OK ? login(p, pair[1 - first], try, &ns[1 - first]) : e;
}

static enum err run_round(
    struct bench_plugin *p, size_t count, int64_t *wrong, int64_t *other)
{
    int64_t ns[2] = {0, 0};
    enum err e = OK;

    for (size_t try = 0; e == OK && try < WARM_TRIES + count; try++) {
        e = run_pair(p, try, ns);
        if (try >= WARM_TRIES) {
            wrong[try - WARM_TRIES] = ns[0];
            other[try - WARM_TRIES] = ns[1];
        }
    }
    return e;
}

enum err bench_timing_run(
    const struct bench_timing *asked, int64_t *wrong, int64_t *other)
{
    struct bench_plugin p = {.attempts = 0};
    enum err e = OK;

    for (size_t done = 0; e == OK && done < asked->tries; done += ROUND) {
        const size_t left = asked->tries - done;
        e = start(&p, asked);
        if (e == OK) {
            e = run_round(&p, left < ROUND ? left : ROUND, wrong + done, other + done);
        }
        stop(&p);
    }
    return e;
}

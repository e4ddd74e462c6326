#include "password_plugin.h"

#include "clock.h"
#include "mem.h"
#include "password_backoff.h"
#include "password_sasl.h"
#include "table.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PREFIX        "User:"
#define PREFIX_LENGTH (sizeof(PREFIX) - 1)

struct host {
    void *self;
    schloss_auth_host_complete *complete;
    schloss_auth_host_now_ms *now_ms;
    schloss_auth_host_wait *wait;
    schloss_auth_host_log *log;
};

struct schloss_auth_instance {
    struct host host;
    struct password_check check;
    struct password_backoff backoff;
    struct table attempts; /* by number */
    bool sasl_started;
};

struct attempt {
    uint64_t number;
    char address[PASSWORD_ADDRESS_MAX];
    size_t address_length;
    struct secret message; /* while it waits for its turn */
};

void password_plugin_set_match(
    struct schloss_auth_instance *instance, password_match *match)
{
    instance->check.match = match;
}

/* --- attempts --------------------------------------------------------------------- */

static void attempt_free(struct attempt *a)
{
    if (a != NULL) {
        secret_free(&a->message);
        mem_free(a);
    }
}

static void on_cancel(struct schloss_auth_instance *p, uint64_t number)
{
    attempt_free(table_remove(&p->attempts, &number, sizeof(number)));
}

static void on_begin(struct schloss_auth_instance *p, uint64_t number,
    struct schloss_auth_bytes mechanism, struct schloss_auth_bytes address)
{
    (void)mechanism; /* there is but one */
    if (address.length > PASSWORD_ADDRESS_MAX) {
        return; /* no such attempt: its step is answered with an error */
    }
    on_cancel(p, number);
    struct attempt *a = mem_alloc(1, sizeof(*a));
    if (a == NULL) {
        return;
    }
    a->number = number;
    a->address_length = address.length;
    if (address.length > 0) {
        memcpy(a->address, address.bytes, address.length);
    }
    if (table_put(&p->attempts, &number, sizeof(number), a) != OK) {
        attempt_free(a);
    }
}

/* Ends it, here and at the host. */
static void refuse(struct schloss_auth_instance *p, uint64_t number,
    enum schloss_auth_verdict verdict, enum schloss_auth_reason reason)
{
    const struct schloss_auth_result result = {
        .size = sizeof(result), .verdict = verdict, .reason = reason};

    on_cancel(p, number);
    p->host.complete(p->host.self, number, &result);
}

static void allow(
    struct schloss_auth_instance *p, uint64_t number, const struct password_message *m)
{
    char principal[PREFIX_LENGTH + USERS_NAME_MAX] = PREFIX;
    struct schloss_auth_result result = {.size = sizeof(result),
        .verdict = SCHLOSS_AUTH_ALLOW,
        .reason = SCHLOSS_AUTH_REASON_NONE};

    memcpy(principal + PREFIX_LENGTH, m->name, m->name_length);
    result.principal =
        (struct schloss_auth_bytes){principal, PREFIX_LENGTH + m->name_length};
    result.expires_ms = password_check_expires_ms(&p->check, m->name, m->name_length);
    on_cancel(p, number);
    p->host.complete(p->host.self, number, &result);
}

static enum password_answer on_verify(void *context, const struct password_proof *asked)
{
    struct schloss_auth_instance *p = context;

    const struct password_now now = {p->host.now_ms(p->host.self), clock_wall_ms()};

    return password_check_run(&p->check, asked, now);
}

/* For the audit. Outside they all look the same. */
static enum schloss_auth_reason reason_of(enum password_answer answer)
{
    switch (answer) {
    case PASSWORD_UNKNOWN_USER:
        return SCHLOSS_AUTH_REASON_UNKNOWN_USER;
    case PASSWORD_DISABLED:
        return SCHLOSS_AUTH_REASON_DISABLED;
    case PASSWORD_EXPIRED:
        return SCHLOSS_AUTH_REASON_EXPIRED;
    case PASSWORD_RIGHT:
    case PASSWORD_WRONG:
        break;
    }
    return SCHLOSS_AUTH_REASON_WRONG_PASSWORD;
}

/* It is this attempt's turn. */
static void judge(struct schloss_auth_instance *p, struct attempt *a,
    struct schloss_auth_bytes message, const struct password_message *m)
{
    const struct password_pair pair = {
        m->name, m->name_length, a->address, a->address_length};
    const struct password_sasl_login login = {.message = message.bytes,
        .length = message.length,
        .parsed = m,
        .verify = on_verify,
        .context = p};
    enum password_answer answer;

    enum err e = password_sasl_run(&login, &answer);
    if (e == OK) {
        password_backoff_succeeded(&p->backoff, &pair);
        allow(p, a->number, m);
        return;
    }
    if (e == ERR_DENIED) {
        password_backoff_failed(&p->backoff, &pair, p->host.now_ms(p->host.self));
        refuse(p, a->number, SCHLOSS_AUTH_DENY, reason_of(answer));
        return;
    }
    if (e == ERR_INVALID) {
        refuse(p, a->number, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_MALFORMED);
        return;
    }
    refuse(p, a->number, SCHLOSS_AUTH_ERROR, SCHLOSS_AUTH_REASON_INTERNAL);
}

static void on_step(
    struct schloss_auth_instance *p, uint64_t number, struct schloss_auth_bytes message)
{
    struct attempt *a = table_get(&p->attempts, &number, sizeof(number));
    struct password_message m;
    uint32_t wait_ms = 0;

    if (a == NULL || a->message.bytes != NULL) {
        refuse(p, number, SCHLOSS_AUTH_ERROR, SCHLOSS_AUTH_REASON_INTERNAL);
        return;
    }
    enum schloss_auth_reason reason =
        password_message_parse(&m, message.bytes, message.length);
    if (reason != SCHLOSS_AUTH_REASON_NONE) {
        refuse(p, number, SCHLOSS_AUTH_DENY, reason);
        return;
    }
    const struct password_pair pair = {
        m.name, m.name_length, a->address, a->address_length};
    if (!password_backoff_turn(
            &p->backoff, &pair, p->host.now_ms(p->host.self), &wait_ms)) {
        refuse(p, number, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_TOO_MANY_FAILURES);
        return;
    }
    if (wait_ms == 0) {
        judge(p, a, message, &m);
        return;
    }
    if (secret_set(&a->message, message.bytes, message.length) != OK) {
        refuse(p, number, SCHLOSS_AUTH_ERROR, SCHLOSS_AUTH_REASON_INTERNAL);
        return;
    }
    p->host.wait(p->host.self, number, wait_ms);
}

static void on_resume(struct schloss_auth_instance *p, uint64_t number)
{
    struct attempt *a = table_get(&p->attempts, &number, sizeof(number));
    struct password_message m;

    if (a == NULL || a->message.bytes == NULL ||
        password_message_parse(&m, a->message.bytes, a->message.length) !=
            SCHLOSS_AUTH_REASON_NONE) {
        refuse(p, number, SCHLOSS_AUTH_ERROR, SCHLOSS_AUTH_REASON_INTERNAL);
        return;
    }
    const struct schloss_auth_bytes message = {a->message.bytes, a->message.length};
    judge(p, a, message, &m);
}

static uint32_t on_knows(
    struct schloss_auth_instance *p, struct schloss_auth_bytes principal)
{
    const char *name = principal.bytes;

    if (principal.length <= PREFIX_LENGTH || memcmp(name, PREFIX, PREFIX_LENGTH) != 0) {
        return SCHLOSS_AUTH_REFUSED;
    }
    const enum password_answer standing = password_check_standing(&p->check,
        name + PREFIX_LENGTH, principal.length - PREFIX_LENGTH, clock_wall_ms());
    return standing == PASSWORD_RIGHT ? SCHLOSS_AUTH_READY : SCHLOSS_AUTH_REFUSED;
}

/* --- the instance ----------------------------------------------------------------- */

static void say(const struct host *host, const char *text)
{
    host->log(host->self, SCHLOSS_AUTH_LOG_ERROR,
        (struct schloss_auth_bytes){text, strlen(text)});
}

static bool host_init(struct host *out, const struct schloss_auth_host *host)
{
    *out = (struct host){.self = NULL};
    if (host == NULL || host->size < sizeof(*host) ||
        host->abi_major != SCHLOSS_AUTH_ABI_MAJOR) {
        return false;
    }
    out->self = host->host;
    for (const struct schloss_auth_function *f = host->functions; f->id != 0; f++) {
        switch (f->id) {
        case SCHLOSS_AUTH_HOST_COMPLETE:
            out->complete = (schloss_auth_host_complete *)f->call;
            break;
        case SCHLOSS_AUTH_HOST_NOW_MS:
            out->now_ms = (schloss_auth_host_now_ms *)f->call;
            break;
        case SCHLOSS_AUTH_HOST_WAIT:
            out->wait = (schloss_auth_host_wait *)f->call;
            break;
        case SCHLOSS_AUTH_HOST_LOG:
            out->log = (schloss_auth_host_log *)f->call;
            break;
        default:
            break; /* a newer host */
        }
    }
    return out->complete != NULL && out->now_ms != NULL && out->wait != NULL &&
           out->log != NULL;
}

/* The whole file from its beginning, wherever its descriptor stands. */
static enum err read_all(int fd, struct buf *out)
{
    for (;;) {
        uint8_t *room = buf_reserve(out, 65536);
        if (room == NULL) {
            return buf_error(out);
        }
        ssize_t n = pread(fd, room, 65536, (off_t)out->length);
        if (n < 0) {
            return ERR_IO;
        }
        if (n == 0) {
            return OK;
        }
        buf_grew(out, (size_t)n);
    }
}

static enum err load_users(struct schloss_auth_instance *p, int fd)
{
    struct users_problem problem = {.line = 0};
    struct buf bytes;
    struct buf text;

    buf_init(&bytes, USERS_FILE_SIZE_MAX + 65536);
    buf_init(&text, 4096);
    enum err e = read_all(fd, &bytes);
    if (e == OK) {
        e = password_check_load(&p->check, bytes.bytes, bytes.length, &problem);
    }
    if (e == ERR_INVALID) {
        users_problem_describe(&problem, "users", &text);
    } else if (e == ERR_FULL && p->check.costs == PASSWORD_COSTS_MAX) {
        buf_add_text(&text, "the users file has hashes of more than 4 different costs; "
                            "set some passwords again [AUTH001]");
    } else if (e != OK) {
        buf_add_format(
            &text, "the users file can not be read: %s [AUTH002]", err_text(e));
    }
    if (e != OK) {
        buf_add(&text, "", 1);
        say(&p->host,
            buf_error(&text) == OK ? (const char *)text.bytes : "the users file is bad");
    }
    if (bytes.bytes != NULL) {
        mem_wipe(bytes.bytes, bytes.capacity);
    }
    buf_fini(&bytes);
    buf_fini(&text);
    return e;
}

static int users_fd(const struct schloss_auth_config *config)
{
    for (size_t i = 0; i < config->file_count; i++) {
        if (strcmp(config->files[i].name, "users") == 0) {
            return config->files[i].fd;
        }
    }
    return -1;
}

static void on_destroy(struct schloss_auth_instance *p)
{
    size_t cursor = 0;

    if (p == NULL) {
        return;
    }
    for (struct attempt *a = table_next(&p->attempts, &cursor); a != NULL;
         a = table_next(&p->attempts, &cursor)) {
        attempt_free(a);
    }
    table_fini(&p->attempts);
    if (p->sasl_started) {
        password_sasl_stop();
    }
    password_check_fini(&p->check);
    password_backoff_fini(&p->backoff);
    mem_free(p);
}

static struct schloss_auth_instance *on_create(
    const struct schloss_auth_host *host, const struct schloss_auth_config *config)
{
    struct host functions;

    if (!host_init(&functions, host) || config == NULL ||
        config->size < offsetof(struct schloss_auth_config, settings)) {
        return NULL;
    }
    struct schloss_auth_instance *p = mem_alloc(1, sizeof(*p));
    if (p == NULL) {
        return NULL;
    }
    p->host = functions;
    table_init(&p->attempts, PASSWORD_ATTEMPTS_MAX);
    enum err e = password_check_init(&p->check, users_hash_matches);
    if (e == OK) {
        e = password_backoff_init(&p->backoff);
    }
    if (e == OK) {
        e = password_sasl_start();
        p->sasl_started = e == OK;
    }
    if (e != OK) {
        say(&p->host, "the password plugin can not start [AUTH003]");
    } else {
        e = load_users(p, users_fd(config));
    }
    if (e != OK) {
        on_destroy(p);
        return NULL;
    }
    return p;
}

/* --- dummy logins ----------------------------------------------------------------- */

#define DUMMY_NAME     "dummy"
#define DUMMY_PASSWORD "not a secret at all"

static enum password_answer dummy_verify(
    void *context, const struct password_proof *asked)
{
    return password_check_run(context, asked, (struct password_now){1, 1});
}

static bool dummy_login(struct password_check *check, const char *name,
    const char *password, enum password_answer expected)
{
    char message[128];
    struct password_message m;
    enum password_answer answer = PASSWORD_WRONG;

    int length = snprintf(message, sizeof(message), "%c%s%c%s", 0, name, 0, password);
    if (length <= 0 ||
        password_message_parse(&m, message, (size_t)length) != SCHLOSS_AUTH_REASON_NONE) {
        return false;
    }
    const struct password_sasl_login login = {.message = message,
        .length = (size_t)length,
        .parsed = &m,
        .verify = dummy_verify,
        .context = check};
    enum err e = password_sasl_run(&login, &answer);
    return answer == expected && (e == OK) == (expected == PASSWORD_RIGHT);
}

/* Good, bad and unknown, over a file of its own with the cheapest hash there is. */
static bool dummy_logins(struct password_check *check)
{
    char hash[USERS_HASH_MAX];
    char file[sizeof(hash) + 16];
    struct users_problem problem;

    if (users_hash_make(hash, DUMMY_PASSWORD, sizeof(DUMMY_PASSWORD) - 1,
            USERS_COST_GENERATED) != OK) {
        return false;
    }
    int length = snprintf(file, sizeof(file), DUMMY_NAME ":%s\n", hash);
    return length > 0 &&
           password_check_load(check, file, (size_t)length, &problem) == OK &&
           dummy_login(check, DUMMY_NAME, DUMMY_PASSWORD, PASSWORD_RIGHT) &&
           dummy_login(check, DUMMY_NAME, DUMMY_PASSWORD, PASSWORD_RIGHT) &&
           dummy_login(check, DUMMY_NAME, "another password", PASSWORD_WRONG) &&
           dummy_login(check, "nobody", DUMMY_PASSWORD, PASSWORD_UNKNOWN_USER);
}

/* What a stored form of this cost takes: "$argon2id$v=19$m=" and KiB. */
static bool memory_suffices(const char *phantom)
{
    size_t kib = strtoul(phantom + sizeof("$argon2id$v=19$m=") - 1, NULL, 10);
    void *memory = mem_alloc(kib + 64, 1024);

    mem_free(memory);
    return memory != NULL;
}

/* Out of memory, Argon2 would answer like for a wrong password. */
static uint32_t on_warm(struct schloss_auth_instance *p)
{
    struct password_check dummy;

    enum err e = password_check_init(&dummy, users_hash_matches);
    bool good = e == OK && dummy_logins(&dummy);
    password_check_fini(&dummy);
    if (!good) {
        say(&p->host, "the dummy logins did not end as they must [AUTH004]");
        return SCHLOSS_AUTH_REFUSED;
    }
    for (size_t i = 0; i < p->check.costs; i++) {
        if (!memory_suffices(p->check.phantoms[i])) {
            say(&p->host,
                "there is not the memory that checking a password takes [AUTH005]");
            return SCHLOSS_AUTH_REFUSED;
        }
        if (p->check.match(
                p->check.phantoms[i], DUMMY_PASSWORD, sizeof(DUMMY_PASSWORD) - 1)) {
            return SCHLOSS_AUTH_REFUSED;
        }
    }
    return SCHLOSS_AUTH_READY;
}

const struct schloss_auth_plugin *password_plugin(void)
{
    typedef void function(void);
    static const struct schloss_auth_function functions[] = {
        {SCHLOSS_AUTH_PLUGIN_CREATE, (function *)on_create},
        {SCHLOSS_AUTH_PLUGIN_DESTROY, (function *)on_destroy},
        {SCHLOSS_AUTH_PLUGIN_WARM, (function *)on_warm},
        {SCHLOSS_AUTH_PLUGIN_BEGIN, (function *)on_begin},
        {SCHLOSS_AUTH_PLUGIN_STEP, (function *)on_step},
        {SCHLOSS_AUTH_PLUGIN_CANCEL, (function *)on_cancel},
        {SCHLOSS_AUTH_PLUGIN_RESUME, (function *)on_resume},
        {SCHLOSS_AUTH_PLUGIN_KNOWS, (function *)on_knows},
        {0, NULL},
    };
    static const struct schloss_auth_plugin plugin = {
        .size = sizeof(plugin),
        .abi_major = SCHLOSS_AUTH_ABI_MAJOR,
        .abi_minor = SCHLOSS_AUTH_ABI_MINOR,
        .name = "password",
        .version = "0.1.0",
        .mechanisms = "PLAIN",
        .functions = functions,
    };

    return &plugin;
}

#include "scram_plugin.h"

#include "mem.h"
#include "password_backoff.h"
#include "scram_exchange.h"
#include "scram_host.h"
#include "scram_warm.h"

#include <stdio.h>
#include <string.h>

#define PRINCIPAL_PREFIX "User:"
#define PREFIX_LENGTH    (sizeof(PRINCIPAL_PREFIX) - 1)

struct schloss_auth_instance {
    struct scram_host host;
    struct scram_crypto crypto;
    struct scram_lookup lookup;
    struct password_backoff backoff;
    struct table attempts; /* by number */
    bool warned;           /* of a phantom key that is not there */
    bool complained;       /* of stored credentials that can not be opened */
};

enum state { WANTS_FIRST, WANTS_FINAL, WAITS };

struct attempt {
    uint64_t number;
    enum state state;
    char address[SCRAM_ADDRESS_MAX];
    size_t address_length;
    struct scram_exchange exchange;
    struct secret message; /* client-final while it waits for its turn */
};

/* --- attempts --------------------------------------------------------------------- */

static void attempt_free(struct attempt *a)
{
    if (a != NULL) {
        scram_exchange_fini(&a->exchange);
        secret_free(&a->message);
        mem_free(a);
    }
}

static void on_cancel(struct schloss_auth_instance *p, uint64_t number)
{
    attempt_free(table_remove(&p->attempts, &number, sizeof(number)));
}

/* Once, with the first login: what a plugin says before the host runs is not logged. */
static void warn_once(struct schloss_auth_instance *p)
{
    if (p->warned || p->lookup.key_is_lasting) {
        return;
    }
    p->warned = true;
    scram_host_say(&p->host, SCHLOSS_AUTH_LOG_WARN,
        "there is no phantom key: who asks again after a restart can tell which users "
        "exist [SCR022]");
}

static void on_begin(struct schloss_auth_instance *p, uint64_t number,
    struct schloss_auth_bytes mechanism, struct schloss_auth_bytes address)
{
    enum scram_mechanism which;

    warn_once(p);
    if (address.length > SCRAM_ADDRESS_MAX ||
        !scram_mechanism_find(mechanism.bytes, mechanism.length, &which)) {
        return; /* no such attempt: its step is answered with an error */
    }
    on_cancel(p, number);
    struct attempt *a = mem_alloc(1, sizeof(*a));
    if (a == NULL) {
        return;
    }
    a->number = number;
    a->state = WANTS_FIRST;
    a->address_length = address.length;
    if (address.length > 0) {
        memcpy(a->address, address.bytes, address.length);
    }
    scram_exchange_init(&a->exchange, which);
    if (table_put(&p->attempts, &number, sizeof(number), a) != OK) {
        attempt_free(a);
    }
}

/* Ends it, here and at the host. */
static void refuse(
    struct schloss_auth_instance *p, uint64_t number, enum schloss_auth_reason reason)
{
    const struct schloss_auth_result result = {.size = sizeof(result),
        .verdict = reason == SCHLOSS_AUTH_REASON_INTERNAL ? SCHLOSS_AUTH_ERROR
                                                          : SCHLOSS_AUTH_DENY,
        .reason = reason};

    on_cancel(p, number);
    p->host.complete(p->host.self, number, &result);
}

/* The host may cancel inside: what it reads is not the attempt's. */
static void go_on(struct schloss_auth_instance *p, struct attempt *a)
{
    char answer[SCRAM_SERVER_FIRST_MAX];
    const struct schloss_auth_result result = {.size = sizeof(result),
        .verdict = SCHLOSS_AUTH_CONTINUE,
        .reason = SCHLOSS_AUTH_REASON_NONE,
        .answer = {answer, a->exchange.server_first_length}};

    memcpy(answer, a->exchange.server_first, a->exchange.server_first_length);
    a->state = WANTS_FINAL;
    p->host.complete(p->host.self, a->number, &result);
}

static void allow(
    struct schloss_auth_instance *p, const struct attempt *a, const char *answer)
{
    char principal[PREFIX_LENGTH + USERS_NAME_MAX] = PRINCIPAL_PREFIX;
    const uint64_t number = a->number;
    const struct schloss_auth_result result = {.size = sizeof(result),
        .verdict = SCHLOSS_AUTH_ALLOW,
        .reason = SCHLOSS_AUTH_REASON_NONE,
        .answer = {answer, strlen(answer)},
        .principal = {principal, PREFIX_LENGTH + a->exchange.name_length}};

    memcpy(principal + PREFIX_LENGTH, a->exchange.name, a->exchange.name_length);
    on_cancel(p, number);
    p->host.complete(p->host.self, number, &result);
}

/* --- steps ------------------------------------------------------------------------ */

static void on_first(
    struct schloss_auth_instance *p, struct attempt *a, const struct scram_part *message)
{
    char nonce[SCRAM_SERVER_NONCE + 1];

    scram_exchange_nonce(nonce);
    enum schloss_auth_reason reason =
        scram_exchange_first(&a->exchange, &p->lookup, message, nonce);
    if (reason != SCHLOSS_AUTH_REASON_NONE) {
        refuse(p, a->number, reason);
        return;
    }
    go_on(p, a);
}

static struct password_pair pair_of(const struct attempt *a)
{
    return (struct password_pair){
        a->exchange.name, a->exchange.name_length, a->address, a->address_length};
}

/* It is this attempt's turn. */
static void judge(
    struct schloss_auth_instance *p, struct attempt *a, const struct scram_final *final)
{
    char answer[SCRAM_SERVER_FINAL_MAX];
    const struct password_pair pair = pair_of(a);
    enum scram_proof proof = SCRAM_WRONG;
    bool current = false;

    if (scram_exchange_prove(&a->exchange, &p->crypto, final, &proof, answer) != OK ||
        (proof == SCRAM_PROVED &&
            scram_exchange_is_current(&a->exchange, &p->lookup, &current) != OK)) {
        refuse(p, a->number, SCHLOSS_AUTH_REASON_INTERNAL);
        return;
    }
    if (proof == SCRAM_PROVED && !current) {
        proof = SCRAM_WRONG; /* by what was good when it began */
    }
    if (proof == SCRAM_PROVED) {
        password_backoff_succeeded(&p->backoff, &pair);
        allow(p, a, answer);
        return;
    }
    password_backoff_failed(&p->backoff, &pair, p->host.now_ms(p->host.self));
    refuse(p, a->number,
        proof == SCRAM_WRONG ? SCHLOSS_AUTH_REASON_WRONG_PASSWORD
                             : SCHLOSS_AUTH_REASON_UNKNOWN_USER);
}

static void on_final(
    struct schloss_auth_instance *p, struct attempt *a, const struct scram_part *message)
{
    struct scram_final final;
    uint32_t wait_ms = 0;

    enum schloss_auth_reason reason = scram_exchange_check(&a->exchange, message, &final);
    if (reason != SCHLOSS_AUTH_REASON_NONE) {
        refuse(p, a->number, reason);
        return;
    }
    const struct password_pair pair = pair_of(a);
    if (!password_backoff_turn(
            &p->backoff, &pair, p->host.now_ms(p->host.self), &wait_ms)) {
        refuse(p, a->number, SCHLOSS_AUTH_REASON_TOO_MANY_FAILURES);
        return;
    }
    if (wait_ms == 0) {
        judge(p, a, &final);
        return;
    }
    if (secret_set(&a->message, message->bytes, message->length) != OK) {
        refuse(p, a->number, SCHLOSS_AUTH_REASON_INTERNAL);
        return;
    }
    a->state = WAITS;
    p->host.wait(p->host.self, a->number, wait_ms);
}

static void on_step(
    struct schloss_auth_instance *p, uint64_t number, struct schloss_auth_bytes message)
{
    struct attempt *a = table_get(&p->attempts, &number, sizeof(number));
    const struct scram_part part = {message.bytes, message.length};

    if (a != NULL && a->state == WANTS_FIRST) {
        on_first(p, a, &part);
    } else if (a != NULL && a->state == WANTS_FINAL) {
        on_final(p, a, &part);
    } else {
        refuse(p, number, SCHLOSS_AUTH_REASON_INTERNAL);
    }
}

static void on_resume(struct schloss_auth_instance *p, uint64_t number)
{
    struct attempt *a = table_get(&p->attempts, &number, sizeof(number));
    struct scram_final final;

    if (a == NULL || a->state != WAITS) {
        refuse(p, number, SCHLOSS_AUTH_REASON_INTERNAL);
        return;
    }
    const struct scram_part message = {a->message.bytes, a->message.length};
    if (scram_exchange_check(&a->exchange, &message, &final) !=
        SCHLOSS_AUTH_REASON_NONE) {
        refuse(p, number, SCHLOSS_AUTH_REASON_INTERNAL);
        return;
    }
    judge(p, a, &final);
}

static uint32_t on_knows(
    struct schloss_auth_instance *p, struct schloss_auth_bytes principal)
{
    const char *text = principal.bytes;

    if (principal.length <= PREFIX_LENGTH ||
        memcmp(text, PRINCIPAL_PREFIX, PREFIX_LENGTH) != 0) {
        return SCHLOSS_AUTH_REFUSED;
    }
    return scram_lookup_may_stay(
               &p->lookup, text + PREFIX_LENGTH, principal.length - PREFIX_LENGTH)
               ? SCHLOSS_AUTH_READY
               : SCHLOSS_AUTH_REFUSED;
}

/* --- credentials that are set over the network -------------------------------------- */

static uint32_t on_sealing_key(
    struct schloss_auth_instance *p, struct schloss_auth_bytes *key_out)
{
    if (!p->lookup.kept.has_keys) {
        return SCHLOSS_AUTH_REFUSED;
    }
    *key_out = (struct schloss_auth_bytes){
        p->lookup.kept.keys.public_key, sizeof(p->lookup.kept.keys.public_key)};
    return SCHLOSS_AUTH_READY;
}

static void complain_once(struct schloss_auth_instance *p)
{
    if (!p->complained) {
        p->complained = true;
        scram_host_say(&p->host, SCHLOSS_AUTH_LOG_ERROR,
            "a credential that was set over the network can not be opened, or is not the "
            "user's: is the phantom key the one of then? [SCR025]");
    }
}

static uint32_t on_credential(struct schloss_auth_instance *p,
    const struct schloss_auth_credential *credential,
    struct schloss_auth_bytes *stored_out)
{
    if (credential->size < sizeof(*credential)) {
        return SCHLOSS_AUTH_REFUSED;
    }
    enum err e = scram_lookup_told(&p->lookup, credential, stored_out);
    if (e != OK && credential->act == SCHLOSS_AUTH_CREDENTIAL_KEEP) {
        complain_once(p);
    }
    if (e == ERR_EXISTS) {
        return SCHLOSS_AUTH_ELSEWHERE;
    }
    return e == OK ? SCHLOSS_AUTH_READY : SCHLOSS_AUTH_REFUSED;
}

/* --- the instance ----------------------------------------------------------------- */

static void complain_of_file(
    const struct scram_host *host, enum err e, const struct users_problem *problem)
{
    struct buf text;

    buf_init(&text, 4096);
    if (e == ERR_INVALID) {
        users_problem_describe(problem, "scram", &text);
    } else {
        buf_add_format(&text,
            "the file of SCRAM credentials can not be read: %s [SCR020]", err_text(e));
    }
    buf_add(&text, "", 1);
    scram_host_say(host, SCHLOSS_AUTH_LOG_ERROR,
        buf_error(&text) == OK ? (const char *)text.bytes
                               : "the file of SCRAM credentials is bad [SCR020]");
    buf_fini(&text);
}

static enum err load_credentials(struct schloss_auth_instance *p, int fd)
{
    struct users_problem problem = {.line = 0};
    struct buf bytes;

    buf_init(&bytes, USERS_FILE_SIZE_MAX);
    enum err e = scram_host_read(fd, &bytes);
    if (e == OK) {
        e = scram_lookup_load(&p->lookup, bytes.bytes, bytes.length, &problem);
    }
    if (e != OK) {
        complain_of_file(&p->host, e, &problem);
    }
    if (bytes.bytes != NULL) {
        mem_wipe(bytes.bytes, bytes.capacity);
    }
    buf_fini(&bytes);
    return e;
}

static enum err load_phantom_key(struct schloss_auth_instance *p, int fd)
{
    struct buf bytes;

    if (fd < 0) {
        return OK; /* optional */
    }
    buf_init(&bytes, SCRAM_KEY_FILE_MAX);
    enum err e = scram_host_read(fd, &bytes);
    if (e == OK) {
        e = scram_lookup_set_key(&p->lookup, bytes.bytes, bytes.length);
    }
    if (e != OK) {
        scram_host_say(&p->host, SCHLOSS_AUTH_LOG_ERROR,
            "the phantom key can not be read, or is not 32 to 4096 bytes [SCR021]");
    }
    if (bytes.bytes != NULL) {
        mem_wipe(bytes.bytes, bytes.capacity);
    }
    buf_fini(&bytes);
    return e;
}

static enum err load(
    struct schloss_auth_instance *p, const struct schloss_auth_config *config)
{
    enum err e = load_credentials(p, scram_host_file(config, "scram"));

    if (e == OK) {
        e = load_phantom_key(p, scram_host_file(config, "phantom-key"));
    }
    return e;
}

static bool is_fips_required(const struct schloss_auth_config *config)
{
    const char *fips = scram_host_setting(config, "schloss.fips");

    return fips != NULL && strcmp(fips, "required") == 0;
}

/* All but what is in files. */
static enum err prepare(
    struct schloss_auth_instance *p, const struct schloss_auth_config *config)
{
    const bool required = is_fips_required(config);
    enum err e = scram_crypto_init_mode(&p->crypto, required ? ALGO_FIPS : ALGO_DEFAULT);

    if (e == ERR_UNSUPPORTED && required) {
        scram_host_say(&p->host, SCHLOSS_AUTH_LOG_ERROR,
            "schloss.fips=required, but OpenSSL has no usable FIPS provider [SCR026]");
        return e;
    }
    if (e == OK) {
        e = seal_prepare();
    }
    if (e == OK) {
        e = password_backoff_init(&p->backoff);
    }
    if (e != OK) {
        scram_host_say(
            &p->host, SCHLOSS_AUTH_LOG_ERROR, "the SCRAM plugin can not start [SCR023]");
    }
    return e;
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
    scram_lookup_fini(&p->lookup);
    scram_crypto_fini(&p->crypto);
    password_backoff_fini(&p->backoff);
    mem_free(p);
}

static struct schloss_auth_instance *on_create(
    const struct schloss_auth_host *host, const struct schloss_auth_config *config)
{
    struct scram_host functions;

    if (!scram_host_init(&functions, host) || config == NULL ||
        config->size < offsetof(struct schloss_auth_config, settings)) {
        return NULL;
    }
    struct schloss_auth_instance *p = mem_alloc(1, sizeof(*p));
    if (p == NULL) {
        return NULL;
    }
    p->host = functions;
    table_init(&p->attempts, SCRAM_ATTEMPTS_MAX);
    scram_lookup_init(&p->lookup, &p->crypto);
    enum err e = prepare(p, config);
    if (e == OK) {
        e = load(p, config);
    }
    if (e != OK) {
        on_destroy(p);
        return NULL;
    }
    return p;
}

static uint32_t on_warm(struct schloss_auth_instance *p)
{
    if (!scram_warm_run(&p->crypto)) {
        scram_host_say(&p->host, SCHLOSS_AUTH_LOG_ERROR,
            "the dummy logins did not end as they must [SCR024]");
        return SCHLOSS_AUTH_REFUSED;
    }
    return SCHLOSS_AUTH_READY;
}

const struct schloss_auth_plugin *scram_plugin(void)
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
        {SCHLOSS_AUTH_PLUGIN_SEALING_KEY, (function *)on_sealing_key},
        {SCHLOSS_AUTH_PLUGIN_CREDENTIAL, (function *)on_credential},
        {SCHLOSS_AUTH_PLUGIN_FILES, (function *)algo_files},
        {0, NULL},
    };
    static const struct schloss_auth_plugin plugin = {
        .size = sizeof(plugin),
        .abi_major = SCHLOSS_AUTH_ABI_MAJOR,
        .abi_minor = SCHLOSS_AUTH_ABI_MINOR,
        .name = "scram",
        .version = "0.1.0",
        .mechanisms = "SCRAM-SHA-256 SCRAM-SHA-512",
        .functions = functions,
    };

    return &plugin;
}

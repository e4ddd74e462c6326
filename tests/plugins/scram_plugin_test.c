#include "scram_plugin.h"

#include "mem.h"
#include "password_backoff.h"
#include "scram_client.h"
#include "scram_credential.h"
#include "seal_box.h"
#include "test.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A host that remembers the last thing it was told. */
static struct {
    int64_t now_ms;
    unsigned completions;
    unsigned waits;
    uint64_t attempt;
    struct schloss_auth_result result;
    char answer[1024];
    char principal[300];
    uint32_t delay_ms;
    char said[600];
    unsigned warnings;
    bool cancels_inside; /* a CONTINUE */
} host;

static struct schloss_auth_instance *plugin;
static schloss_auth_plugin_create *create;
static schloss_auth_plugin_destroy *destroy;
static schloss_auth_plugin_warm *warm;
static schloss_auth_plugin_begin *begin;
static schloss_auth_plugin_step *step;
static schloss_auth_plugin_cancel *cancel;
static schloss_auth_plugin_resume *resume;
static schloss_auth_plugin_knows *knows;
static schloss_auth_plugin_sealing_key *sealing_key;
static schloss_auth_plugin_credential *credential;

static void on_complete(
    void *self, uint64_t attempt, const struct schloss_auth_result *result)
{
    (void)self;
    host.completions++;
    host.attempt = attempt;
    host.result = *result;
    if (host.cancels_inside && result->verdict == SCHLOSS_AUTH_CONTINUE) {
        cancel(plugin, attempt);
    }
    (void)snprintf(host.answer, sizeof(host.answer), "%.*s", (int)result->answer.length,
        (const char *)result->answer.bytes);
    (void)snprintf(host.principal, sizeof(host.principal), "%.*s",
        (int)result->principal.length, (const char *)result->principal.bytes);
}

static int64_t on_now_ms(void *self)
{
    (void)self;
    return host.now_ms;
}

static void on_wait(void *self, uint64_t attempt, uint32_t delay_ms)
{
    (void)self;
    host.waits++;
    host.attempt = attempt;
    host.delay_ms = delay_ms;
}

static void on_log(void *self, uint32_t level, struct schloss_auth_bytes text)
{
    (void)self;
    host.warnings += level == SCHLOSS_AUTH_LOG_WARN;
    (void)snprintf(
        host.said, sizeof(host.said), "%.*s", (int)text.length, (const char *)text.bytes);
}

typedef void function(void);

static const struct schloss_auth_function functions[] = {
    {SCHLOSS_AUTH_HOST_COMPLETE, (function *)on_complete},
    {SCHLOSS_AUTH_HOST_NOW_MS, (function *)on_now_ms},
    {SCHLOSS_AUTH_HOST_WAIT, (function *)on_wait},
    {SCHLOSS_AUTH_HOST_LOG, (function *)on_log},
    {9999, (function *)on_log}, /* of a later version */
    {0, NULL},
};

static struct schloss_auth_host offer = {
    .size = sizeof(offer), .abi_major = SCHLOSS_AUTH_ABI_MAJOR, .functions = functions};

static function *find(uint32_t id)
{
    const struct schloss_auth_function *f = scram_plugin()->functions;

    while (f->id != id) {
        assert_int_not_equal(f->id, 0);
        f++;
    }
    return f->call;
}

static int file_of(const void *bytes, size_t length)
{
    int fd = memfd_create("file", 0);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, length), (ssize_t)length);
    return fd;
}

/* key NULL: no such file. */
static struct schloss_auth_instance *create_with(const char *text, const char *key)
{
    const struct schloss_auth_file files[] = {{"users", -1},
        {"scram", file_of(text, strlen(text))},
        {"phantom-key", key != NULL ? file_of(key, strlen(key)) : -1}};
    const struct schloss_auth_config config = {
        .size = sizeof(config), .files = files, .file_count = key != NULL ? 3 : 2};

    struct schloss_auth_instance *p = create(&offer, &config);
    (void)close(files[1].fd);
    (void)close(files[2].fd);
    return p;
}

static char credentials[4096];

static void add_line(const char *name, const char *mechanism, const char *password)
{
    const size_t used = strlen(credentials);

    scram_client_line(name, mechanism, password, "0123456789abcdef", 4096,
        credentials + used, sizeof(credentials) - used);
}

static int setup(void **state)
{
    (void)state;
    memset(&host, 0, sizeof(host));
    host.now_ms = 1000;
    create = (schloss_auth_plugin_create *)find(SCHLOSS_AUTH_PLUGIN_CREATE);
    destroy = (schloss_auth_plugin_destroy *)find(SCHLOSS_AUTH_PLUGIN_DESTROY);
    warm = (schloss_auth_plugin_warm *)find(SCHLOSS_AUTH_PLUGIN_WARM);
    begin = (schloss_auth_plugin_begin *)find(SCHLOSS_AUTH_PLUGIN_BEGIN);
    step = (schloss_auth_plugin_step *)find(SCHLOSS_AUTH_PLUGIN_STEP);
    cancel = (schloss_auth_plugin_cancel *)find(SCHLOSS_AUTH_PLUGIN_CANCEL);
    resume = (schloss_auth_plugin_resume *)find(SCHLOSS_AUTH_PLUGIN_RESUME);
    knows = (schloss_auth_plugin_knows *)find(SCHLOSS_AUTH_PLUGIN_KNOWS);
    sealing_key =
        (schloss_auth_plugin_sealing_key *)find(SCHLOSS_AUTH_PLUGIN_SEALING_KEY);
    credential = (schloss_auth_plugin_credential *)find(SCHLOSS_AUTH_PLUGIN_CREDENTIAL);
    (void)strcpy(
        credentials, ":phantom-key$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n");
    add_line("alice", "SCRAM-SHA-256", "right password");
    add_line("alice", "SCRAM-SHA-512", "right password");
    add_line("bob", "SCRAM-SHA-512", "bob's password");
    add_line("gone", "SCRAM-SHA-512", "right password");
    (void)strcpy(credentials + strlen(credentials) - 1, ":disabled\n");
    plugin = create_with(credentials, NULL);
    if (plugin == NULL || host.said[0] != '\0') {
        return -1;
    }
    return warm(plugin) == SCHLOSS_AUTH_READY ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    destroy(plugin);
    return 0;
}

static struct schloss_auth_bytes text_bytes(const char *text)
{
    return (struct schloss_auth_bytes){text, strlen(text)};
}

static void assert_refused(
    uint64_t attempt, enum schloss_auth_verdict verdict, enum schloss_auth_reason reason)
{
    assert_int_equal(host.completions, 1);
    assert_int_equal(host.attempt, attempt);
    assert_int_equal(host.result.size, sizeof(host.result));
    assert_int_equal(host.result.verdict, verdict);
    assert_int_equal(host.result.reason, reason);
    assert_string_equal(host.answer, "");
    assert_string_equal(host.principal, "");
    host.completions = 0;
}

static void assert_denied(uint64_t attempt, enum schloss_auth_reason reason)
{
    assert_refused(attempt, SCHLOSS_AUTH_DENY, reason);
}

struct user {
    const char *mechanism;
    const char *name;
    const char *password;
    const char *address;
};

/* Up to the answer to client-first; the client then has its final message ready. */
static void say_first(uint64_t attempt, const struct user *u, struct scram_client *c)
{
    static char bare[300];
    char first[400];

    (void)snprintf(bare, sizeof(bare), "n=%s,r=abcdefgh", u->name);
    (void)snprintf(first, sizeof(first), "n,,%s", bare);
    *c = (struct scram_client){
        .mechanism = u->mechanism, .gs2 = "n,,", .bare = bare, .password = u->password};
    begin(plugin, attempt, text_bytes(u->mechanism), text_bytes(u->address));
    step(plugin, attempt, text_bytes(first));
    assert_int_equal(host.completions, 1);
    assert_int_equal(host.attempt, attempt);
    assert_int_equal(host.result.verdict, SCHLOSS_AUTH_CONTINUE);
    assert_int_equal(host.result.reason, SCHLOSS_AUTH_REASON_NONE);
    assert_string_equal(host.principal, "");
    host.completions = 0;
    scram_client_run(c, host.answer, strlen(host.answer));
}

static struct scram_client login(uint64_t attempt, const struct user *u)
{
    struct scram_client c;

    say_first(attempt, u, &c);
    step(plugin, attempt, text_bytes(c.final));
    return c;
}

static void assert_allowed(
    uint64_t attempt, const struct scram_client *c, const char *principal)
{
    assert_int_equal(host.completions, 1);
    assert_int_equal(host.attempt, attempt);
    assert_int_equal(host.result.verdict, SCHLOSS_AUTH_ALLOW);
    assert_int_equal(host.result.reason, SCHLOSS_AUTH_REASON_NONE);
    assert_int_equal(host.result.expires_ms, 0);
    assert_string_equal(host.answer, c->server_final);
    assert_string_equal(host.principal, principal);
    host.completions = 0;
}

static const struct user alice = {
    "SCRAM-SHA-512", "alice", "right password", "127.0.0.1"};
static const struct user guesser = {"SCRAM-SHA-512", "alice", "a guess", "127.0.0.1"};

static void users_log_in_with_either_mechanism(void **state)
{
    static const struct user by_256 = {
        "SCRAM-SHA-256", "alice", "right password", "127.0.0.1"};

    (void)state;
    struct scram_client c = login(1, &alice);
    assert_allowed(1, &c, "User:alice");
    c = login(2, &by_256);
    assert_allowed(2, &c, "User:alice");
}

static void wrong_unknown_and_disabled_differ_for_the_audit_only(void **state)
{
    static const struct user unknown = {
        "SCRAM-SHA-512", "nobody", "right password", "127.0.0.1"};
    static const struct user other_mechanism = {
        "SCRAM-SHA-256", "bob", "bob's password", "127.0.0.1"};
    static const struct user disabled = {
        "SCRAM-SHA-512", "gone", "right password", "127.0.0.1"};
    size_t length;

    (void)state;
    (void)login(1, &guesser);
    assert_denied(1, SCHLOSS_AUTH_REASON_WRONG_PASSWORD);
    (void)login(2, &unknown);
    assert_denied(2, SCHLOSS_AUTH_REASON_UNKNOWN_USER);
    (void)login(3, &other_mechanism);
    assert_denied(3, SCHLOSS_AUTH_REASON_UNKNOWN_USER);
    (void)login(4, &disabled);
    assert_denied(4, SCHLOSS_AUTH_REASON_UNKNOWN_USER);
    /* The first answers have one form. */
    begin(plugin, 5, text_bytes("SCRAM-SHA-512"), text_bytes("127.0.0.1"));
    step(plugin, 5, text_bytes("n,,n=alice,r=x"));
    length = strlen(host.answer);
    assert_non_null(strstr(host.answer, ",i=4096"));
    begin(plugin, 6, text_bytes("SCRAM-SHA-512"), text_bytes("127.0.0.1"));
    step(plugin, 6, text_bytes("n,,n=nobod,r=x"));
    assert_int_equal(strlen(host.answer), length);
    assert_non_null(strstr(host.answer, ",i=4096"));
}

static void first_messages_that_are_wrong_are_denied(void **state)
{
    static const struct {
        const char *text;
        enum schloss_auth_reason reason;
    } cases[] = {
        {"", SCHLOSS_AUTH_REASON_MALFORMED},
        {"n,,n=alice", SCHLOSS_AUTH_REASON_MALFORMED},
        {"p=tls-unique,,n=alice,r=x", SCHLOSS_AUTH_REASON_MALFORMED},
        {"n,,m=1,n=alice,r=x", SCHLOSS_AUTH_REASON_MALFORMED},
        {"n,a=bob,n=alice,r=x", SCHLOSS_AUTH_REASON_OTHER_IDENTITY},
        {"n,,n=alice,r=x,tokenauth=true", SCHLOSS_AUTH_REASON_MECHANISM},
        {"c=biws,r=x,p=AAAA", SCHLOSS_AUTH_REASON_MALFORMED},
    };
    static char long_message[1 << 16];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin(plugin, i, text_bytes("SCRAM-SHA-512"), text_bytes("127.0.0.1"));
        step(plugin, i, text_bytes(cases[i].text));
        assert_denied(i, cases[i].reason);
    }
    memset(long_message, 'n', sizeof(long_message));
    begin(plugin, 99, text_bytes("SCRAM-SHA-256"), text_bytes("127.0.0.1"));
    step(plugin, 99, (struct schloss_auth_bytes){long_message, sizeof(long_message)});
    assert_denied(99, SCHLOSS_AUTH_REASON_TOO_LONG);
}

static void another_exchanges_final_message_is_malformed(void **state)
{
    struct scram_client one;
    struct scram_client two;

    (void)state;
    say_first(1, &alice, &one);
    say_first(2, &alice, &two);
    step(plugin, 1, text_bytes(two.final));
    assert_denied(1, SCHLOSS_AUTH_REASON_MALFORMED);
    step(plugin, 2, text_bytes(two.final));
    assert_allowed(2, &two, "User:alice");
    step(plugin, 2, text_bytes(two.final));
    assert_refused(2, SCHLOSS_AUTH_ERROR, SCHLOSS_AUTH_REASON_INTERNAL);
}

static void a_final_message_of_the_other_mechanism_is_malformed(void **state)
{
    struct scram_client c;

    (void)state;
    say_first(1, &alice, &c);
    const char *nonce = strstr(c.final, "r=");
    char final[600];
    (void)snprintf(final, sizeof(final), "c=biws,%.*s,p=%s",
        (int)(strstr(nonce, ",p=") - nonce), nonce,
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    step(plugin, 1, text_bytes(final));
    assert_denied(1, SCHLOSS_AUTH_REASON_MALFORMED);
}

static void fail_until_it_waits(void)
{
    for (uint64_t i = 0; i < PASSWORD_FREE_FAILURES; i++) {
        (void)login(100 + i, &guesser);
        assert_denied(100 + i, SCHLOSS_AUTH_REASON_WRONG_PASSWORD);
    }
}

static void who_guesses_waits_before_the_proof_is_looked_at(void **state)
{
    (void)state;
    fail_until_it_waits();
    struct scram_client c = login(1, &alice);
    assert_int_equal(host.completions, 0);
    assert_int_equal(host.waits, 1);
    assert_int_equal(host.delay_ms, PASSWORD_PAUSE_MIN_MS);
    host.now_ms += host.delay_ms;
    step(plugin, 2, text_bytes("x")); /* another attempt's */
    assert_refused(2, SCHLOSS_AUTH_ERROR, SCHLOSS_AUTH_REASON_INTERNAL);
    resume(plugin, 1);
    assert_allowed(1, &c, "User:alice");
    c = login(3, &alice); /* forgiven */
    assert_allowed(3, &c, "User:alice");
}

static void a_guesser_who_waits_is_refused_in_the_end(void **state)
{
    (void)state;
    fail_until_it_waits();
    (void)login(1, &guesser);
    assert_int_equal(host.waits, 1);
    host.now_ms += host.delay_ms;
    resume(plugin, 1);
    assert_denied(1, SCHLOSS_AUTH_REASON_WRONG_PASSWORD);
}

static void a_guess_is_a_final_message_and_not_a_first_one(void **state)
{
    struct scram_client c;

    (void)state;
    for (uint64_t i = 0; i < 20; i++) {
        say_first(i, &guesser, &c);
        step(plugin, i, text_bytes("c=biws,r=x,p=AAAA"));
        assert_denied(i, SCHLOSS_AUTH_REASON_MALFORMED);
    }
    c = login(50, &alice);
    assert_allowed(50, &c, "User:alice");
}

static void both_mechanisms_share_the_count_of_guesses(void **state)
{
    static const struct user by_256 = {"SCRAM-SHA-256", "alice", "a guess", "127.0.0.1"};

    (void)state;
    fail_until_it_waits();
    (void)login(1, &by_256);
    assert_int_equal(host.completions, 0);
    assert_int_equal(host.waits, 1);
}

static void a_guesser_locks_out_nobody_else(void **state)
{
    static const struct user elsewhere = {
        "SCRAM-SHA-512", "alice", "right password", "127.0.0.2"};

    (void)state;
    fail_until_it_waits();
    struct scram_client c = login(1, &elsewhere);
    assert_allowed(1, &c, "User:alice");
}

static void too_many_at_once_are_denied(void **state)
{
    uint64_t number = 1;

    (void)state;
    fail_until_it_waits();
    while (host.completions == 0) {
        (void)login(number, &alice);
        number++;
    }
    assert_denied(number - 1, SCHLOSS_AUTH_REASON_TOO_MANY_FAILURES);
}

static void calls_out_of_order_are_errors(void **state)
{
    struct scram_client c;

    (void)state;
    step(plugin, 7, text_bytes("x"));
    assert_refused(7, SCHLOSS_AUTH_ERROR, SCHLOSS_AUTH_REASON_INTERNAL);
    resume(plugin, 8);
    assert_refused(8, SCHLOSS_AUTH_ERROR, SCHLOSS_AUTH_REASON_INTERNAL);
    begin(plugin, 9, text_bytes("PLAIN"), text_bytes("127.0.0.1"));
    step(plugin, 9, text_bytes("n,,n=alice,r=x"));
    assert_refused(9, SCHLOSS_AUTH_ERROR, SCHLOSS_AUTH_REASON_INTERNAL);
    say_first(10, &alice, &c);
    resume(plugin, 10);
    assert_refused(10, SCHLOSS_AUTH_ERROR, SCHLOSS_AUTH_REASON_INTERNAL);
    say_first(11, &alice, &c);
    cancel(plugin, 11);
    step(plugin, 11, text_bytes(c.final));
    assert_refused(11, SCHLOSS_AUTH_ERROR, SCHLOSS_AUTH_REASON_INTERNAL);
    say_first(12, &alice, &c);
    begin(plugin, 12, text_bytes("SCRAM-SHA-512"), text_bytes("127.0.0.1"));
    step(plugin, 12, text_bytes(c.final)); /* begun again */
    assert_denied(12, SCHLOSS_AUTH_REASON_MALFORMED);
    cancel(plugin, 13);
}

static void a_step_while_it_waits_is_an_error(void **state)
{
    (void)state;
    fail_until_it_waits();
    const struct scram_client c = login(1, &alice);
    step(plugin, 1, text_bytes(c.final));
    assert_refused(1, SCHLOSS_AUTH_ERROR, SCHLOSS_AUTH_REASON_INTERNAL);
    resume(plugin, 1);
    assert_refused(1, SCHLOSS_AUTH_ERROR, SCHLOSS_AUTH_REASON_INTERNAL);
}

static void the_host_may_cancel_inside_a_completion(void **state)
{
    (void)state;
    host.cancels_inside = true;
    begin(plugin, 1, text_bytes("SCRAM-SHA-512"), text_bytes("127.0.0.1"));
    step(plugin, 1, text_bytes("n,,n=alice,r=x"));
    assert_int_equal(host.completions, 1);
    assert_memory_equal(host.answer, "r=x", 3); /* and its bytes are still there */
    host.completions = 0;
    step(plugin, 1, text_bytes("c=biws,r=x,p=AAAA"));
    assert_refused(1, SCHLOSS_AUTH_ERROR, SCHLOSS_AUTH_REASON_INTERNAL);
}

static void what_is_left_open_is_freed(void **state)
{
    struct scram_client c;

    (void)state;
    fail_until_it_waits();
    (void)login(1, &alice);
    begin(plugin, 2, text_bytes("SCRAM-SHA-256"), text_bytes("127.0.0.1"));
    say_first(3, &alice, &c);
    /* teardown, under the address sanitizer */
}

static void who_has_no_credential_in_force_may_not_stay(void **state)
{
    (void)state;
    assert_int_equal(knows(plugin, text_bytes("User:alice")), SCHLOSS_AUTH_READY);
    assert_int_equal(knows(plugin, text_bytes("User:bob")), SCHLOSS_AUTH_READY);
    assert_int_equal(knows(plugin, text_bytes("User:gone")), SCHLOSS_AUTH_REFUSED);
    assert_int_equal(knows(plugin, text_bytes("User:nobody")), SCHLOSS_AUTH_REFUSED);
    assert_int_equal(knows(plugin, text_bytes("Group:alice")), SCHLOSS_AUTH_REFUSED);
    assert_int_equal(knows(plugin, text_bytes("User:")), SCHLOSS_AUTH_REFUSED);
    assert_int_equal(knows(plugin, text_bytes("")), SCHLOSS_AUTH_REFUSED);
    assert_int_equal(knows(plugin, text_bytes("alice")), SCHLOSS_AUTH_REFUSED);
}

static void a_bad_file_is_refused_and_the_place_is_said(void **state)
{
    const struct schloss_auth_config empty = {.size = sizeof(empty)};

    (void)state;
    assert_null(create_with("alice:nothing\n", NULL));
    assert_non_null(strstr(host.said, "scram:1:7"));
    assert_null(create_with("alice", NULL));
    assert_null(create(&offer, &empty));
    assert_non_null(strstr(host.said, "can not be read"));
}

static void a_phantom_key_may_be_a_file_and_is_missed_when_there_is_none(void **state)
{
    (void)state;
    assert_null(create_with(credentials, "too short"));
    assert_non_null(strstr(host.said, "SCR021"));
    struct schloss_auth_instance *p = create_with("", "0123456789abcdef0123456789abcdef");
    assert_non_null(p);
    begin(p, 1, text_bytes("SCRAM-SHA-512"), text_bytes("127.0.0.1"));
    assert_int_equal(host.warnings, 0);
    destroy(p);
    p = create_with("", NULL);
    assert_non_null(p);
    assert_int_equal(host.warnings, 0); /* the host would not log it yet */
    for (uint64_t i = 1; i < 3; i++) {
        begin(p, i, text_bytes("SCRAM-SHA-512"), text_bytes("127.0.0.1"));
        assert_int_equal(host.warnings, 1);
    }
    assert_non_null(strstr(host.said, "SCR022"));
    destroy(p);
}

static void a_host_that_lacks_something_is_refused(void **state)
{
    const struct schloss_auth_config config = {.size = sizeof(config)};
    struct schloss_auth_host other = offer;

    (void)state;
    other.size = sizeof(other) - 1;
    assert_null(create(&other, &config));
    other = offer;
    other.abi_major++;
    assert_null(create(&other, &config));
    other = offer;
    other.functions = functions + 1; /* no complete */
    assert_null(create(&other, &config));
    assert_null(create(NULL, &config));
    assert_null(create(&offer, NULL));
}

static void a_failed_allocation_refuses_and_never_allows(void **state)
{
    struct scram_client c;
    unsigned failures = 0;

    (void)state;
    for (long n = 0; n < 3; n++) { /* the attempt, its place, the copy of its message */
        mem_fail_after(n);
        begin(plugin, 1, text_bytes("SCRAM-SHA-512"), text_bytes("127.0.0.1"));
        step(plugin, 1, text_bytes("n,,n=alice,r=x"));
        mem_fail_after(-1);
        failures += host.result.verdict == SCHLOSS_AUTH_ERROR;
        assert_int_not_equal(host.result.verdict, SCHLOSS_AUTH_ALLOW);
        host.completions = 0;
    }
    assert_true(failures >= 2);
    fail_until_it_waits();
    say_first(2, &alice, &c);
    mem_fail_after(0);
    step(plugin, 2, text_bytes(c.final));
    mem_fail_after(-1);
    assert_refused(2, SCHLOSS_AUTH_ERROR, SCHLOSS_AUTH_REASON_INTERNAL);
}

static void without_memory_there_is_no_instance(void **state)
{
    unsigned failures = 0;

    (void)state;
    for (long n = 0;; n++) {
        mem_fail_after(n);
        struct schloss_auth_instance *p = create_with(credentials, NULL);
        mem_fail_after(-1);
        if (p != NULL) {
            destroy(p);
            break;
        }
        failures++;
    }
    assert_true(failures > 10);
}

/* --- credentials that are set over the network -------------------------------------- */

/* Seals a password as a gate does. */
static size_t seal_password(
    const char *name, const char *password, uint8_t out[SEAL_OFFER_MAX])
{
    static const struct scram_part salt = {"0123456789abcdef", 16};
    const struct scram_part secret = {password, strlen(password)};
    struct schloss_auth_bytes key = {NULL, 0};
    struct scram_crypto crypto;
    struct seal_credential c;
    uint8_t salted[SCRAM_HASH_MAX];
    size_t length = 0;

    assert_int_equal(sealing_key(plugin, &key), SCHLOSS_AUTH_READY);
    assert_int_equal(key.length, SEAL_KEY_SIZE);
    assert_int_equal(scram_crypto_init(&crypto), OK);
    assert_int_equal(scram_crypto_salted_password(
                         &crypto, SCRAM_SHA_512, &secret, &salt, 4096, salted),
        OK);
    scram_crypto_fini(&crypto);
    memset(&c, 0, sizeof(c));
    c.mechanism = SEAL_SCRAM_SHA_512;
    c.iterations = 4096;
    c.name_length = strlen(name);
    memcpy(c.name, name, c.name_length);
    c.salt_length = salt.length;
    memcpy(c.salt, salt.bytes, salt.length);
    seal_credential_derive(&c, salted);
    assert_int_equal(seal_offer(key.bytes, &c, out, &length), OK);
    return length;
}

static uint32_t tell(uint32_t act, const char *name, uint64_t serial,
    struct schloss_auth_bytes bytes, struct schloss_auth_bytes *stored_out)
{
    const struct schloss_auth_credential c = {.size = sizeof(c),
        .act = act,
        .cost = 4096,
        .name = text_bytes(name),
        .mechanism = text_bytes("SCRAM-SHA-512"),
        .serial = serial,
        .bytes = bytes};

    return credential(plugin, &c, stored_out);
}

/* Offers, and keeps what comes of it. */
static void set_password(const char *name, const char *password, uint64_t serial)
{
    uint8_t sealed[SEAL_OFFER_MAX];
    uint8_t kept[SCHLOSS_AUTH_CREDENTIAL_MAX];
    const struct schloss_auth_bytes offered = {
        sealed, seal_password(name, password, sealed)};
    struct schloss_auth_bytes stored = {NULL, 0};

    assert_int_equal(tell(SCHLOSS_AUTH_CREDENTIAL_OFFER, name, serial, offered, &stored),
        SCHLOSS_AUTH_READY);
    memcpy(kept, stored.bytes, stored.length);
    stored.bytes = kept;
    assert_int_equal(tell(SCHLOSS_AUTH_CREDENTIAL_KEEP, name, serial, stored, NULL),
        SCHLOSS_AUTH_READY);
}

static const struct user zoe = {"SCRAM-SHA-512", "zoe", "her password", "127.0.0.1"};

static void who_was_set_over_the_network_logs_in_until_it_is_removed(void **state)
{
    (void)state;
    (void)login(1, &zoe);
    assert_denied(1, SCHLOSS_AUTH_REASON_UNKNOWN_USER);
    assert_int_equal(knows(plugin, text_bytes("User:zoe")), SCHLOSS_AUTH_REFUSED);
    set_password("zoe", "her password", 1);
    struct scram_client c = login(2, &zoe);
    assert_allowed(2, &c, "User:zoe");
    assert_int_equal(knows(plugin, text_bytes("User:zoe")), SCHLOSS_AUTH_READY);
    set_password("zoe", "another", 2);
    (void)login(3, &zoe);
    assert_denied(3, SCHLOSS_AUTH_REASON_WRONG_PASSWORD);
    set_password("zoe", "her password", 3);
    c = login(4, &zoe);
    assert_allowed(4, &c, "User:zoe");
    assert_int_equal(tell(SCHLOSS_AUTH_CREDENTIAL_REMOVE, "zoe", 4,
                         (struct schloss_auth_bytes){NULL, 0}, NULL),
        SCHLOSS_AUTH_READY);
    (void)login(5, &zoe);
    assert_denied(5, SCHLOSS_AUTH_REASON_UNKNOWN_USER);
    assert_int_equal(knows(plugin, text_bytes("User:zoe")), SCHLOSS_AUTH_REFUSED);
    assert_string_equal(host.said, "");
}

static void a_login_under_way_is_judged_by_what_is_in_force_when_it_ends(void **state)
{
    struct scram_client c;

    (void)state;
    set_password("zoe", "her password", 1);
    say_first(1, &zoe, &c);
    set_password("zoe", "another", 2);
    step(plugin, 1, text_bytes(c.final));
    assert_denied(1, SCHLOSS_AUTH_REASON_WRONG_PASSWORD);
    set_password("zoe", "her password", 3);
    say_first(2, &zoe, &c);
    assert_int_equal(tell(SCHLOSS_AUTH_CREDENTIAL_REMOVE, "zoe", 4,
                         (struct schloss_auth_bytes){NULL, 0}, NULL),
        SCHLOSS_AUTH_READY);
    step(plugin, 2, text_bytes(c.final));
    assert_denied(2, SCHLOSS_AUTH_REASON_WRONG_PASSWORD);
}

static void a_user_of_the_file_has_what_stands_there(void **state)
{
    static const struct user bob = {
        "SCRAM-SHA-512", "bob", "bob's password", "127.0.0.1"};
    static const char *const names[] = {"alice", "bob", "gone"};
    uint8_t sealed[SEAL_OFFER_MAX];
    struct schloss_auth_bytes stored;

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const struct schloss_auth_bytes offered = {
            sealed, seal_password(names[i], "mine", sealed)};
        assert_int_equal(
            tell(SCHLOSS_AUTH_CREDENTIAL_OFFER, names[i], 1, offered, &stored),
            SCHLOSS_AUTH_ELSEWHERE);
    }
    struct scram_client c = login(1, &bob);
    assert_allowed(1, &c, "User:bob");
}

/* As it comes about when the user is written into the file later. */
static void what_was_stored_of_a_user_of_the_file_does_not_count(void **state)
{
    static const struct user by_network = {
        "SCRAM-SHA-512", "late", "her password", "127.0.0.1"};

    (void)state;
    set_password("late", "her password", 1);
    struct scram_client c = login(1, &by_network);
    assert_allowed(1, &c, "User:late");
    destroy(plugin);
    add_line("late", "SCRAM-SHA-256", "the file's");
    (void)strcpy(credentials + strlen(credentials) - 1, ":disabled\n");
    plugin = create_with(credentials, NULL);
    assert_non_null(plugin);
    uint8_t kept[SEAL_STORED_MAX];
    struct seal_keys keys;
    struct seal_credential made;
    static const uint8_t phantom_key[32];
    uint8_t sealed[SEAL_OFFER_MAX];
    const size_t length = seal_password("late", "her password", sealed);
    seal_keys_derive(&keys, phantom_key, sizeof(phantom_key));
    assert_int_equal(seal_offer_open(&keys, sealed, length, &made), OK);
    made.serial = 1;
    const struct schloss_auth_bytes stored = {kept, seal_store(&keys, &made, kept)};
    assert_int_equal(
        tell(SCHLOSS_AUTH_CREDENTIAL_KEEP, "late", 1, stored, NULL), SCHLOSS_AUTH_READY);
    (void)login(2, &by_network);
    assert_denied(2, SCHLOSS_AUTH_REASON_UNKNOWN_USER);
    assert_int_equal(knows(plugin, text_bytes("User:late")), SCHLOSS_AUTH_REFUSED);
}

static void what_can_not_be_opened_is_said_once(void **state)
{
    const struct schloss_auth_bytes bytes = text_bytes("nothing that was stored here");

    (void)state;
    for (uint64_t i = 1; i <= 3; i++) {
        host.said[0] = '\0';
        assert_int_equal(tell(SCHLOSS_AUTH_CREDENTIAL_KEEP, "zoe", i, bytes, NULL),
            SCHLOSS_AUTH_REFUSED);
        assert_true((strstr(host.said, "SCR025") != NULL) == (i == 1));
    }
    struct schloss_auth_bytes stored;
    assert_int_equal(tell(SCHLOSS_AUTH_CREDENTIAL_OFFER, "zoe", 4, bytes, &stored),
        SCHLOSS_AUTH_REFUSED);
    assert_int_equal(tell(0, "zoe", 4, bytes, &stored), SCHLOSS_AUTH_REFUSED);
    assert_int_equal(tell(4, "zoe", 4, bytes, &stored), SCHLOSS_AUTH_REFUSED);
    const struct schloss_auth_credential short_one = {
        .size = sizeof(short_one) - 1, .act = SCHLOSS_AUTH_CREDENTIAL_REMOVE};
    assert_int_equal(credential(plugin, &short_one, &stored), SCHLOSS_AUTH_REFUSED);
}

static void without_a_lasting_key_there_is_no_key_to_seal_to(void **state)
{
    struct schloss_auth_bytes key = {NULL, 0};

    (void)state;
    struct schloss_auth_instance *p = create_with("", NULL);
    assert_non_null(p);
    assert_int_equal(sealing_key(p, &key), SCHLOSS_AUTH_REFUSED);
    assert_null(key.bytes);
    destroy(p);
    p = create_with("", "0123456789abcdef0123456789abcdef");
    assert_non_null(p);
    assert_int_equal(sealing_key(p, &key), SCHLOSS_AUTH_READY);
    destroy(p);
}

static void phantoms_look_like_most_of_those_that_were_set(void **state)
{
    (void)state;
    struct schloss_auth_instance *before = plugin;
    plugin =
        create_with(":phantom-key$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", NULL);
    assert_non_null(plugin);
    begin(plugin, 1, text_bytes("SCRAM-SHA-512"), text_bytes("127.0.0.1"));
    step(plugin, 1, text_bytes("n,,n=nobody,r=x"));
    const size_t length = strlen(host.answer);
    set_password("zoe", "her password", 1); /* whose salt is shorter */
    begin(plugin, 2, text_bytes("SCRAM-SHA-512"), text_bytes("127.0.0.1"));
    step(plugin, 2, text_bytes("n,,n=nobody,r=x"));
    assert_int_equal(strlen(host.answer),
        length - SCRAM_BASE64_LENGTH(SCRAM_SALT_SIZE) + SCRAM_BASE64_LENGTH(16));
    begin(plugin, 3, text_bytes("SCRAM-SHA-512"), text_bytes("127.0.0.1"));
    set_password("zoe", "her password", 2);
    mem_fail_after(0);
    step(plugin, 3, text_bytes("n,,n=nobody,r=x"));
    mem_fail_after(-1);
    assert_int_equal(host.result.verdict, SCHLOSS_AUTH_ERROR);
    destroy(plugin);
    plugin = before;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(users_log_in_with_either_mechanism),
        TEST(wrong_unknown_and_disabled_differ_for_the_audit_only),
        TEST(first_messages_that_are_wrong_are_denied),
        TEST(another_exchanges_final_message_is_malformed),
        TEST(a_final_message_of_the_other_mechanism_is_malformed),
        TEST(who_guesses_waits_before_the_proof_is_looked_at),
        TEST(a_guesser_who_waits_is_refused_in_the_end),
        TEST(a_guess_is_a_final_message_and_not_a_first_one),
        TEST(both_mechanisms_share_the_count_of_guesses),
        TEST(a_guesser_locks_out_nobody_else),
        TEST(too_many_at_once_are_denied),
        TEST(calls_out_of_order_are_errors),
        TEST(a_step_while_it_waits_is_an_error),
        TEST(the_host_may_cancel_inside_a_completion),
        TEST(what_is_left_open_is_freed),
        TEST(who_has_no_credential_in_force_may_not_stay),
        TEST(a_bad_file_is_refused_and_the_place_is_said),
        TEST(a_phantom_key_may_be_a_file_and_is_missed_when_there_is_none),
        TEST(a_host_that_lacks_something_is_refused),
        TEST(a_failed_allocation_refuses_and_never_allows),
        TEST(who_was_set_over_the_network_logs_in_until_it_is_removed),
        TEST(a_login_under_way_is_judged_by_what_is_in_force_when_it_ends),
        TEST(a_user_of_the_file_has_what_stands_there),
        TEST(what_was_stored_of_a_user_of_the_file_does_not_count),
        TEST(what_can_not_be_opened_is_said_once),
        TEST(without_a_lasting_key_there_is_no_key_to_seal_to),
        TEST(phantoms_look_like_most_of_those_that_were_set),
        TEST(without_memory_there_is_no_instance),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "x509_plugin.h"

#include "clock.h"
#include "mem.h"
#include "test.h"
#include "x509_handshake.h"
#include "x509_proof.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MESSAGE_MAX 200000
#define LONG_CHAIN  100

/* A host that remembers the last thing it was told. */
static struct {
    unsigned completions;
    uint64_t attempt;
    struct schloss_auth_result result;
    char principal[300];
    char issuer[300];
    char said[600];
} host;

static void on_complete(
    void *self, uint64_t attempt, const struct schloss_auth_result *result)
{
    (void)self;
    host.completions++;
    host.attempt = attempt;
    host.result = *result;
    (void)snprintf(host.principal, sizeof(host.principal), "%.*s",
        (int)result->principal.length, (const char *)result->principal.bytes);
    (void)snprintf(host.issuer, sizeof(host.issuer), "%.*s", (int)result->issuer.length,
        (const char *)result->issuer.bytes);
}

static void on_log(void *self, uint32_t level, struct schloss_auth_bytes text)
{
    (void)self;
    (void)level;
    (void)snprintf(
        host.said, sizeof(host.said), "%.*s", (int)text.length, (const char *)text.bytes);
}

typedef void function(void);

static const struct schloss_auth_function functions[] = {
    {SCHLOSS_AUTH_HOST_COMPLETE, (function *)on_complete},
    {SCHLOSS_AUTH_HOST_LOG, (function *)on_log},
    {9999, (function *)on_log}, /* of a later version */
    {0, NULL},
};

static struct schloss_auth_host offer = {
    .size = sizeof(offer), .abi_major = SCHLOSS_AUTH_ABI_MAJOR, .functions = functions};

static function *find(uint32_t id)
{
    const struct schloss_auth_function *f = x509_plugin()->functions;

    while (f->id != id) {
        assert_int_not_equal(f->id, 0);
        f++;
    }
    return f->call;
}

#define CALL(name, id) ((schloss_auth_plugin_##name *)find(SCHLOSS_AUTH_PLUGIN_##id))

/* --- keys, certificates, files ---------------------------------------------------- */

static struct {
    X509 *ca;
    X509 *server;
    X509 *client;
    struct buf ca_pem;
} pki;

static EVP_PKEY *ca_key(void)
{
    return handshake_key("P-256", 1);
}

static X509 *make_client(const char *name, const char *alternative)
{
    return handshake_certificate(&(struct handshake_subject){.name = name,
        .key = handshake_key("P-256", 3),
        .issuer = pki.ca,
        .issuer_key = ca_key(),
        .usage = "clientAuth",
        .alternative = alternative,
        .serial = 7});
}

static int setup(void **state)
{
    (void)state;
    memset(&host, 0, sizeof(host));
    pki.ca = handshake_certificate(&(struct handshake_subject){
        .name = "ca", .key = ca_key(), .is_ca = true, .serial = 1});
    pki.server = handshake_certificate(
        &(struct handshake_subject){.name = "server", .key = handshake_key("P-256", 2)});
    pki.client = make_client("alice", NULL);
    buf_init(&pki.ca_pem, 100000);
    handshake_add_pem(&pki.ca_pem, pki.ca);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    X509_free(pki.ca);
    X509_free(pki.server);
    X509_free(pki.client);
    buf_fini(&pki.ca_pem);
    return 0;
}

static int make_file(const void *bytes, size_t length)
{
    int fd = memfd_create("file", 0);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, length), (ssize_t)length);
    return fd;
}

#define SETTINGS_MAX 4

struct setup {
    const void *ca; /* NULL: the ordinary one */
    size_t ca_length;
    const char *crl;
    const char *deny;
    struct schloss_auth_setting settings[SETTINGS_MAX];
};

static struct schloss_auth_instance *create(const struct setup *s)
{
    struct schloss_auth_file files[3];
    struct schloss_auth_config config = {
        .size = sizeof(config), .files = files, .settings = s->settings};

    files[0] = (struct schloss_auth_file){
        "ca", s->ca != NULL ? make_file(s->ca, s->ca_length)
                            : make_file(pki.ca_pem.bytes, pki.ca_pem.length)};
    config.file_count = 1;
    if (s->crl != NULL) {
        files[config.file_count] =
            (struct schloss_auth_file){"crl", make_file(s->crl, strlen(s->crl))};
        config.file_count++;
    }
    if (s->deny != NULL) {
        files[config.file_count] =
            (struct schloss_auth_file){"deny", make_file(s->deny, strlen(s->deny))};
        config.file_count++;
    }
    while (config.setting_count < SETTINGS_MAX &&
           s->settings[config.setting_count].name != NULL) {
        config.setting_count++;
    }
    struct schloss_auth_instance *p = CALL(create, CREATE)(&offer, &config);
    for (size_t i = 0; i < config.file_count; i++) {
        (void)close(files[i].fd);
    }
    return p;
}

/* --- attempts --------------------------------------------------------------------- */

static void send_message(
    struct schloss_auth_instance *p, uint64_t attempt, const void *bytes, size_t length)
{
    host.completions = 0;
    host.principal[0] = '\0';
    CALL(begin, BEGIN)
    (p, attempt, (struct schloss_auth_bytes){"X509", 4},
        (struct schloss_auth_bytes){"127.0.0.1", 9});
    assert_int_equal(host.completions, 0);
    CALL(step, STEP)(p, attempt, (struct schloss_auth_bytes){bytes, length});
}

static void assert_answer(
    uint64_t attempt, enum schloss_auth_verdict verdict, enum schloss_auth_reason reason)
{
    assert_int_equal(host.completions, 1);
    assert_int_equal(host.attempt, attempt);
    assert_int_equal(host.result.size, sizeof(host.result));
    assert_int_equal(host.result.verdict, verdict);
    assert_int_equal(host.result.reason, reason);
    assert_int_equal(host.result.answer.length, 0);
    if (verdict != SCHLOSS_AUTH_ALLOW) {
        assert_string_equal(host.principal, "");
    }
}

static void shake_hands(X509 *client, X509 *const *others, struct buf *out)
{
    const struct handshake h = {.server = pki.server,
        .server_key = handshake_key("P-256", 2),
        .client = client,
        .client_key = handshake_key("P-256", 3),
        .others = others};

    buf_init(out, MESSAGE_MAX);
    handshake_run(&h, out);
}

static void log_in(struct schloss_auth_instance *p, X509 *client)
{
    struct buf message;

    shake_hands(client, NULL, &message);
    send_message(p, 1, message.bytes, message.length);
    buf_fini(&message);
}

/* --- the tests -------------------------------------------------------------------- */

static void a_proven_certificate_allows_until_it_ends(void **state)
{
    struct schloss_auth_instance *p = create(&(struct setup){.crl = NULL});

    (void)state;
    assert_non_null(p);
    assert_int_equal(CALL(warm, WARM)(p), SCHLOSS_AUTH_READY);
    assert_int_equal(host.completions, 0);
    log_in(p, pki.client);
    assert_answer(1, SCHLOSS_AUTH_ALLOW, SCHLOSS_AUTH_REASON_NONE);
    assert_string_equal(host.principal, "User:CN=alice");
    assert_string_equal(host.issuer, "CN=ca");
    assert_true(host.result.expires_ms > clock_wall_ms());
    assert_true(host.result.expires_ms < clock_wall_ms() + (int64_t)366 * 86400000);
    CALL(destroy, DESTROY)(p);
}

static void the_settings_say_which_name(void **state)
{
    static const struct {
        struct schloss_auth_setting settings[SETTINGS_MAX];
        const char *principal; /* NULL: none */
    } cases[] = {
        {{{"ssl.principal.mapping.rules", "RULE:^CN=(.*)$/$1/U"}}, "User:ALICE"},
        {{{"ssl.principal.mapping.rules", "RULE:^CN=bob$/x/"}}, NULL},
        {{{"ssl.principal.mapping.rules", "RULE:^CN=(.*)$/ANONYMOUS/"}}, NULL},
        {{{"ssl.principal.mapping.rules", "RULE:^CN=(.*)$//"}}, NULL},
        {{{"ssl.principal.mapping.rules", "RULE:^CN=(.*)$/a\nb/"}}, NULL},
        {{{"ssl.principal.source", "subject"}}, "User:CN=alice"},
        {{{"ssl.principal.source", "san-uri"}}, "User:spiffe://td/a"},
        {{{"ssl.principal.source", "san-dns"}}, NULL},
        {{{"ssl.principal.source", "san-dns"}, {"ssl.principal.san.several", "refuse"}},
            NULL},
        {{{"ssl.principal.source", "san-dns"}, {"ssl.principal.san.several", "first"}},
            "User:a"},
        {{{"ssl.principal.source", "san-email"}}, NULL},
        {{{"ssl.principal.source", "san-uri"},
             {"ssl.principal.mapping.rules", "RULE:^spiffe:\\/\\/td\\/(.*)$/$1/"},
             {"scratch", "/nowhere"}},
            "User:a"},
    };

    (void)state;
    X509 *client = make_client("alice", "URI:spiffe://td/a,DNS:a,DNS:b");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct setup s = {.crl = NULL};
        memcpy(s.settings, cases[i].settings, sizeof(s.settings));
        struct schloss_auth_instance *p = create(&s);
        assert_non_null(p);
        log_in(p, client);
        if (cases[i].principal == NULL) {
            assert_answer(1, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_X509_NAME);
        } else {
            assert_answer(1, SCHLOSS_AUTH_ALLOW, SCHLOSS_AUTH_REASON_NONE);
            assert_string_equal(host.principal, cases[i].principal);
        }
        CALL(destroy, DESTROY)(p);
    }
    X509_free(client);
}

static void a_name_longer_than_a_principal_is_refused(void **state)
{
    struct setup s = {.settings = {{"ssl.principal.mapping.rules",
                          "RULE:CN=/aaaaaaaaaaaaaaaaaaaaaaaaa/,"
                          "RULE:^CN=(.*)$/$1$1$1$1$1$1$1/"}}};

    (void)state;
    X509 *client = make_client("0123456789012345678901234567890123456", NULL);
    struct schloss_auth_instance *p = create(&s); /* 7 times 37: 259 */
    assert_non_null(p);
    log_in(p, client);
    assert_answer(1, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_X509_NAME);
    CALL(destroy, DESTROY)(p);
    X509_free(client);
    client = make_client("012345678901234567890123456789012345", NULL);
    p = create(&s); /* 252 */
    log_in(p, client);
    assert_answer(1, SCHLOSS_AUTH_ALLOW, SCHLOSS_AUTH_REASON_NONE);
    CALL(destroy, DESTROY)(p);
    X509_free(client);
}

static void a_name_with_separators_is_not_another_name(void **state)
{
    struct setup s = {
        .settings = {{"ssl.principal.mapping.rules", "RULE:^CN=([^,]*),OU=(.*)$/$2/,"
                                                     "RULE:^CN=(.*)$/plain $1/"}}};

    (void)state;
    X509 *client = make_client("eve,OU=admin", NULL);
    struct schloss_auth_instance *p = create(&s);
    log_in(p, client);
    assert_answer(1, SCHLOSS_AUTH_ALLOW, SCHLOSS_AUTH_REASON_NONE);
    assert_string_equal(host.principal, "User:plain eve\\,OU\\=admin");
    CALL(destroy, DESTROY)(p);
    X509_free(client);
}

static void the_files_are_looked_at(void **state)
{
    static const long seven[] = {7, 0};
    static const long eight[] = {8, 0};
    struct setup s = {.deny = "* 7\n"};
    struct buf pem;

    (void)state;
    struct schloss_auth_instance *p = create(&s);
    log_in(p, pki.client);
    assert_answer(1, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_X509_REVOKED);
    CALL(destroy, DESTROY)(p);
    buf_init(&pem, 100000);
    X509_CRL *crl = handshake_crl(pki.ca, ca_key(), seven, false);
    handshake_add_crl_pem(&pem, crl);
    buf_add(&pem, "", 1);
    p = create(&(struct setup){.crl = (const char *)pem.bytes});
    log_in(p, pki.client);
    assert_answer(1, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_X509_REVOKED);
    CALL(destroy, DESTROY)(p);
    X509_CRL_free(crl);

    buf_reset(&pem);
    crl = handshake_crl(pki.ca, ca_key(), eight, true);
    handshake_add_crl_pem(&pem, crl);
    buf_add(&pem, "", 1);
    assert_string_equal(host.said, "");
    p = create(&(struct setup){.crl = (const char *)pem.bytes});
    assert_non_null(strstr(host.said, "1 certificates and lists are past their end"));
    log_in(p, pki.client);
    assert_answer(1, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_X509_CRL);
    CALL(destroy, DESTROY)(p);
    p = create(&(struct setup){.crl = (const char *)pem.bytes,
        .settings = {{"ssl.client.crl.expired", "accept"}}});
    log_in(p, pki.client);
    assert_answer(1, SCHLOSS_AUTH_ALLOW, SCHLOSS_AUTH_REASON_NONE);
    CALL(destroy, DESTROY)(p);
    X509_CRL_free(crl);
    buf_fini(&pem);
}

static void what_is_not_proven_is_denied(void **state)
{
    struct schloss_auth_instance *p = create(&(struct setup){.crl = NULL});
    static const uint8_t zeros[X509_PROOF_MAX + 1];
    struct buf message;

    (void)state;
    shake_hands(pki.client, NULL, &message);
    message.bytes[0] ^= 1;
    send_message(p, 1, message.bytes, message.length);
    assert_answer(1, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_X509_FRESH);
    message.bytes[0] ^= 1;
    message.bytes[X509_FRESH_SIZE + 10] ^= 1; /* the client's random bytes */
    send_message(p, 2, message.bytes, message.length);
    assert_answer(2, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_X509_PROOF);
    send_message(p, 3, message.bytes, 0);
    assert_answer(3, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_MALFORMED);
    send_message(p, 4, NULL, 0);
    assert_answer(4, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_MALFORMED);
    send_message(p, 5, zeros, sizeof(zeros));
    assert_answer(5, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_TOO_LONG);
    X509 *stranger = handshake_certificate(&(struct handshake_subject){
        .name = "alice", .key = handshake_key("P-256", 3), .usage = "clientAuth"});
    log_in(p, stranger);
    assert_answer(1, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_X509_CHAIN);
    X509_free(stranger);
    buf_fini(&message);
    CALL(destroy, DESTROY)(p);
}

static void a_chain_of_a_hundred_is_refused(void **state)
{
    struct schloss_auth_instance *p = create(&(struct setup){.crl = NULL});
    X509 *others[LONG_CHAIN + 1] = {NULL};
    X509 *issuer = pki.ca;
    struct buf message;

    (void)state;
    for (size_t i = 0; i < LONG_CHAIN; i++) {
        others[i] = handshake_certificate(&(struct handshake_subject){.name = "between",
            .key = ca_key(),
            .issuer = issuer,
            .issuer_key = ca_key(),
            .is_ca = true,
            .serial = (long)i + 2});
        issuer = others[i];
    }
    X509 *client = handshake_certificate(&(struct handshake_subject){.name = "alice",
        .key = handshake_key("P-256", 3),
        .issuer = issuer,
        .issuer_key = ca_key()});
    shake_hands(client, others, &message);
    assert_true(message.length < X509_PROOF_MAX);
    send_message(p, 1, message.bytes, message.length);
    assert_answer(1, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_MALFORMED);
    buf_fini(&message);
    X509_free(client);
    for (size_t i = 0; i < LONG_CHAIN; i++) {
        X509_free(others[i]);
    }
    CALL(destroy, DESTROY)(p);
}

static void an_attempt_has_one_step_after_its_begin(void **state)
{
    struct schloss_auth_instance *p = create(&(struct setup){.crl = NULL});
    struct buf message;

    (void)state;
    shake_hands(pki.client, NULL, &message);
    const struct schloss_auth_bytes bytes = {message.bytes, message.length};
    CALL(step, STEP)(p, 1, bytes);
    assert_answer(1, SCHLOSS_AUTH_ERROR, SCHLOSS_AUTH_REASON_INTERNAL);
    send_message(p, 2, message.bytes, message.length);
    assert_answer(2, SCHLOSS_AUTH_ALLOW, SCHLOSS_AUTH_REASON_NONE);
    host.completions = 0;
    host.principal[0] = '\0';
    CALL(step, STEP)(p, 2, bytes);
    assert_answer(2, SCHLOSS_AUTH_ERROR, SCHLOSS_AUTH_REASON_INTERNAL);
    host.completions = 0;
    CALL(begin, BEGIN)
    (p, 3, (struct schloss_auth_bytes){"X509", 4}, (struct schloss_auth_bytes){"", 0});
    CALL(cancel, CANCEL)(p, 3);
    CALL(cancel, CANCEL)(p, 4);
    assert_int_equal(host.completions, 0);
    CALL(step, STEP)(p, 3, bytes);
    assert_answer(3, SCHLOSS_AUTH_ERROR, SCHLOSS_AUTH_REASON_INTERNAL);
    buf_fini(&message);
    CALL(destroy, DESTROY)(p);
    CALL(destroy, DESTROY)(NULL);
}

static void check_not_created(const struct setup *s, const char *says)
{
    host.said[0] = '\0';
    assert_null(create(s));
    if (strstr(host.said, says) == NULL) {
        fail_msg("'%s' does not say '%s'", host.said, says);
    }
}

static void bad_files_and_settings_are_refused_in_words(void **state)
{
    (void)state;
    check_not_created(
        &(struct setup){.ca = "", .ca_length = 0}, "ca can not be used: there is no");
    check_not_created(&(struct setup){.crl = "x"}, "the file crl can not be used");
    check_not_created(
        &(struct setup){.deny = "* 1\nx\n"}, "deny can not be used: line 2: ");
    check_not_created(&(struct setup){.settings = {{"ssl.principal.source", "san"}}},
        "san-email [CRT002]");
    check_not_created(&(struct setup){.settings = {{"ssl.principal.san.several", ""}}},
        "refuse first [CRT002]");
    check_not_created(&(struct setup){.settings = {{"ssl.client.crl.expired", "Accept"}}},
        "is not one of: refuse accept");
    check_not_created(
        &(struct setup){.settings = {{"ssl.principal.mapping.rules", "RULE:(/x/"}}},
        "byte 7: the pattern is not a regular expression");
}

static void without_anchors_there_is_no_instance(void **state)
{
    const struct schloss_auth_file files[] = {{"users", 0}};
    const struct schloss_auth_config config = {
        .size = sizeof(config), .files = files, .file_count = 1};

    (void)state;
    assert_null(CALL(create, CREATE)(&offer, &config));
    assert_non_null(strstr(host.said, "the file ca can not be used"));
}

static void a_host_that_lacks_something_is_refused(void **state)
{
    const struct schloss_auth_config config = {.size = sizeof(config)};
    struct schloss_auth_host other = offer;

    (void)state;
    other.size = sizeof(other) - 1;
    assert_null(CALL(create, CREATE)(&other, &config));
    other = offer;
    other.abi_major++;
    assert_null(CALL(create, CREATE)(&other, &config));
    other = offer;
    other.functions = functions + 1; /* no complete */
    assert_null(CALL(create, CREATE)(&other, &config));
    assert_null(CALL(create, CREATE)(NULL, &config));
    assert_null(CALL(create, CREATE)(&offer, NULL));
}

/* Whatever allocation fails, nobody is let in who was not, and nothing leaks. */
static void no_memory_lets_nobody_in(void **state)
{
    struct schloss_auth_instance *p = NULL;
    struct buf message;

    (void)state;
    for (long n = 0; p == NULL; n++) {
        assert_true(n < 1000);
        mem_fail_after(n);
        p = create(&(struct setup){.deny = "* 99\n"});
        mem_fail_after(-1);
    }
    shake_hands(pki.client, NULL, &message);
    for (long n = 0; n < 8; n++) {
        host.completions = 0;
        host.principal[0] = '\0';
        mem_fail_after(n);
        CALL(begin, BEGIN)
        (p, 1, (struct schloss_auth_bytes){"X509", 4},
            (struct schloss_auth_bytes){"", 0});
        CALL(step, STEP)
        (p, 1, (struct schloss_auth_bytes){message.bytes, message.length});
        mem_fail_after(-1);
        assert_int_equal(host.completions, 1);
        assert_true(host.result.verdict == SCHLOSS_AUTH_ERROR ||
                    host.result.verdict == SCHLOSS_AUTH_ALLOW);
    }
    buf_fini(&message);
    CALL(destroy, DESTROY)(p);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_proven_certificate_allows_until_it_ends),
        TEST(the_settings_say_which_name),
        TEST(a_name_longer_than_a_principal_is_refused),
        TEST(a_name_with_separators_is_not_another_name),
        TEST(the_files_are_looked_at),
        TEST(what_is_not_proven_is_denied),
        TEST(a_chain_of_a_hundred_is_refused),
        TEST(an_attempt_has_one_step_after_its_begin),
        TEST(bad_files_and_settings_are_refused_in_words),
        TEST(without_anchors_there_is_no_instance),
        TEST(a_host_that_lacks_something_is_refused),
        TEST(no_memory_lets_nobody_in),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tls_context.h"

#include "certificate.h"
#include "clock.h"
#include "tls_server.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOON 5000

struct fixture {
    struct certificate certificate;
    struct tls_context *context;
};

static enum err sign(void *context, uint16_t scheme, const uint8_t *text,
    size_t text_length, uint8_t *signature, size_t *length)
{
    const struct fixture *f = context;

    return certificate_sign(
        &f->certificate, scheme, text, text_length, signature, length);
}

static void open_fixture(struct fixture *f, const char *type)
{
    struct tls_problem problem = {""};
    struct tls_signer signer = {.sign = sign, .context = f};

    certificate_make(&f->certificate, type);
    f->context = NULL;
    enum err e = tls_context_new((const uint8_t *)f->certificate.chain,
        f->certificate.chain_length, TLS_VERSION_1_2, TLS_VERSION_1_3, &signer,
        &f->context, &problem);
    if (e != OK) {
        fail_msg("%s", problem.text);
    }
}

static void close_fixture(struct fixture *f)
{
    tls_context_free(&f->context);
    certificate_free(&f->certificate);
}

/* What a client offers; NULL: what OpenSSL does. */
struct client {
    int version;
    const char *ciphers;
    const char *suites;
    const char *groups;
    const char *schemes;
    bool no_extended_master_secret;
    int fd;
    bool connected;
    char cipher[64];
};

static void *run_client(void *context)
{
    struct client *c = context;
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    char byte;

    SSL_CTX_set_min_proto_version(ctx, c->version);
    SSL_CTX_set_max_proto_version(ctx, c->version);
    bool set = (c->ciphers == NULL || SSL_CTX_set_cipher_list(ctx, c->ciphers) == 1) &&
               (c->suites == NULL || SSL_CTX_set_ciphersuites(ctx, c->suites) == 1) &&
               (c->groups == NULL ||
                   SSL_CTX_set1_groups_list(ctx, (char *)(uintptr_t)c->groups) == 1) &&
               (c->schemes == NULL ||
                   SSL_CTX_set1_sigalgs_list(ctx, (char *)(uintptr_t)c->schemes) == 1);
    if (c->no_extended_master_secret) {
        SSL_CTX_set_options(ctx, SSL_OP_NO_EXTENDED_MASTER_SECRET);
    }
    SSL *ssl = SSL_new(ctx);
    SSL_set_fd(ssl, c->fd);
    c->connected = set && SSL_connect(ssl) == 1 && SSL_read(ssl, &byte, 1) == 1;
    (void)snprintf(c->cipher, sizeof(c->cipher), "%s", SSL_get_cipher_name(ssl));
    SSL_free(ssl);
    SSL_CTX_free(ctx);
    ERR_clear_error();
    return NULL;
}

/* One connection by that policy. */
static enum err connect_by(struct fixture *f, enum tlspolicy_name policy,
    struct client *c, struct tls_problem *problem)
{
    struct tls_connection *connection = NULL;
    pthread_t thread;
    int ends[2];

    assert_int_equal(tls_context_policy(f->context, tlspolicy_get(policy), problem), OK);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    c->fd = ends[1];
    assert_int_equal(pthread_create(&thread, NULL, run_client, c), 0);
    enum err e =
        tls_accept(f->context, ends[0], clock_mono_ms() + SOON, &connection, problem);
    if (e == OK) {
        assert_int_equal(tls_write(connection, "x", 1, clock_mono_ms() + SOON), OK);
    }
    tls_close(&connection, 0);
    shutdown(ends[0], SHUT_RDWR);
    assert_int_equal(pthread_join(thread, NULL), 0);
    close(ends[0]);
    close(ends[1]);
    return e;
}

static void check(
    const char *type, enum tlspolicy_name policy, struct client c, bool good)
{
    struct fixture f;
    struct tls_problem problem = {""};

    open_fixture(&f, type);
    assert_int_equal(tls_context_policy(f.context, tlspolicy_get(policy), &problem), OK);
    assert_int_equal(tls_warm(f.context, &problem), OK);
    enum err e = connect_by(&f, policy, &c, &problem);
    if ((e == OK) != good || c.connected != good) {
        fail_msg("%s by %s: %s", type, tlspolicy_get(policy)->name, problem.text);
    }
    close_fixture(&f);
}

static void every_key_and_policy_that_go_together_shake_hands(void **state)
{
    static const char *const types[] = {"RSA2048", "P-256", "P-384", "ED25519"};

    (void)state;
    for (unsigned i = 0; i < TLSPOLICY_COUNT; i++) {
        const struct tlspolicy *p = tlspolicy_get(i);
        for (size_t k = 0; k < 4; k++) {
            for (int v = p->version_min; v <= p->version_max; v++) {
                if (i != TLSPOLICY_FIPS || k != 3) {
                    check(types[k], (enum tlspolicy_name)i, (struct client){.version = v},
                        true);
                }
            }
        }
    }
}

static void each_suite_and_group_of_a_policy_is_there_and_no_other(void **state)
{
    const struct client chacha = {
        .version = TLS1_3_VERSION, .suites = "TLS_CHACHA20_POLY1305_SHA256"};
    const struct client ccm = {
        .version = TLS1_3_VERSION, .suites = "TLS_AES_128_CCM_SHA256"};
    const struct client x25519 = {.version = TLS1_3_VERSION, .groups = "X25519"};
    const struct client p384 = {.version = TLS1_3_VERSION, .groups = "P-384"};
    const struct client p521 = {.version = TLS1_3_VERSION, .groups = "P-521"};
    const struct client old = {
        .version = TLS1_2_VERSION, .ciphers = "ECDHE-ECDSA-CHACHA20-POLY1305"};
    const struct client cbc = {
        .version = TLS1_2_VERSION, .ciphers = "ECDHE-ECDSA-AES128-SHA256"};

    (void)state;
    for (unsigned i = 0; i < TLSPOLICY_COUNT; i++) {
        enum tlspolicy_name p = (enum tlspolicy_name)i;
        bool fips = i == TLSPOLICY_FIPS;
        check("P-256", p, chacha, !fips);
        check("P-256", p, x25519, !fips);
        check("P-256", p, ccm, false);
        check("P-256", p, p384, true);
        check("P-256", p, p521, false);
        check("P-256", p, old, i == TLSPOLICY_INTERMEDIATE);
        check("P-256", p, cbc, false);
    }
}

static void tls_1_2_is_not_modern(void **state)
{
    const struct client c = {.version = TLS1_2_VERSION};

    (void)state;
    check("P-256", TLSPOLICY_MODERN, c, false);
    check("P-256", TLSPOLICY_INTERMEDIATE, c, true);
    check("P-256", TLSPOLICY_FIPS, c, true);
}

/* Clients whose RSA has no PSS are of TLS 1.2. */
static void signatures_are_those_of_the_policy(void **state)
{
    const struct client pkcs1 = {
        .version = TLS1_2_VERSION, .schemes = "rsa_pkcs1_sha256"};
    const struct client sha1 = {.version = TLS1_2_VERSION,
        .schemes = "RSA+SHA1",
        .ciphers = "DEFAULT:@SECLEVEL=0"};

    (void)state;
    check("RSA2048", TLSPOLICY_INTERMEDIATE, pkcs1, true);
    check("RSA2048", TLSPOLICY_FIPS, pkcs1, true);
    check("RSA2048", TLSPOLICY_INTERMEDIATE, sha1, false);
}

static void fips_wants_the_extended_master_secret(void **state)
{
    struct client c = {.version = TLS1_2_VERSION, .no_extended_master_secret = true};
    struct fixture f;
    struct tls_problem problem = {""};

    (void)state;
    check("P-256", TLSPOLICY_INTERMEDIATE, c, true);
    open_fixture(&f, "P-256");
    assert_int_equal(connect_by(&f, TLSPOLICY_FIPS, &c, &problem), ERR_INVALID);
    assert_false(c.connected);
    assert_non_null(strstr(problem.text, "extms"));
    close_fixture(&f);
}

static void one_context_serves_each_connection_by_its_own_policy(void **state)
{
    struct fixture f;
    struct tls_problem problem = {""};

    (void)state;
    open_fixture(&f, "P-256");
    for (int round = 0; round < 2; round++) {
        struct client c = {.version = TLS1_2_VERSION};
        assert_int_equal(connect_by(&f, TLSPOLICY_INTERMEDIATE, &c, &problem), OK);
        assert_int_equal(connect_by(&f, TLSPOLICY_MODERN, &c, &problem), ERR_INVALID);
    }
    close_fixture(&f);
}

static void what_does_not_go_together_is_refused_with_a_sentence(void **state)
{
    struct fixture f;
    struct tls_problem problem = {""};
    struct tls_signer signer = {.sign = sign, .context = &f};
    struct tls_context *old = NULL;

    (void)state;
    open_fixture(&f, "ED25519");
    assert_int_equal(
        tls_context_policy(f.context, tlspolicy_get(TLSPOLICY_FIPS), &problem),
        ERR_UNSUPPORTED);
    assert_non_null(strstr(problem.text, "policy=fips has no signature"));
    assert_int_equal(
        tls_context_new((const uint8_t *)f.certificate.chain, f.certificate.chain_length,
            TLS_VERSION_1_2, TLS_VERSION_1_2, &signer, &old, &problem),
        OK);
    assert_int_equal(tls_context_policy(old, tlspolicy_get(TLSPOLICY_MODERN), &problem),
        ERR_UNSUPPORTED);
    assert_non_null(strstr(problem.text, "no version in common"));
    tls_context_free(&old);
    close_fixture(&f);
}

static void without_the_fips_provider_there_is_no_context_of_it(void **state)
{
    struct fixture f;
    struct tls_problem problem = {""};
    struct tls_signer signer = {.sign = sign, .context = &f};
    struct tls_context *context = NULL;
    struct algo algo;
    bool is_there = algo_open(&algo, ALGO_FIPS) == OK;

    (void)state;
    algo_close(&algo);
    open_fixture(&f, "P-256");
    const struct tls_chain chain = {.bytes = (const uint8_t *)f.certificate.chain,
        .length = f.certificate.chain_length,
        .version_min = TLS_VERSION_1_2,
        .version_max = TLS_VERSION_1_3};
    enum err e = tls_context_new_mode(ALGO_FIPS, &chain, &signer, &context, &problem);
    assert_int_equal(e, is_there ? OK : ERR_UNSUPPORTED);
    if (!is_there) {
        assert_null(context);
        assert_non_null(strstr(problem.text, "no usable FIPS provider"));
    }
    tls_context_free(&context);
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_and_policy_that_go_together_shake_hands),
        cmocka_unit_test(each_suite_and_group_of_a_policy_is_there_and_no_other),
        cmocka_unit_test(tls_1_2_is_not_modern),
        cmocka_unit_test(signatures_are_those_of_the_policy),
        cmocka_unit_test(fips_wants_the_extended_master_secret),
        cmocka_unit_test(one_context_serves_each_connection_by_its_own_policy),
        cmocka_unit_test(what_does_not_go_together_is_refused_with_a_sentence),
        cmocka_unit_test(without_the_fips_provider_there_is_no_context_of_it),
    };
    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

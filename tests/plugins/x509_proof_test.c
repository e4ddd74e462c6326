#include "x509_proof.h"

#include "test.h"
#include "x509_chain.h"
#include "x509_handshake.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <string.h>

#define MESSAGE_MAX 200000

/* Who is who in these tests; the certificates are their own issuers. */
static struct {
    X509 *server;
    X509 *client;
} who;

static X509 *named(const char *name, EVP_PKEY *key)
{
    return handshake_certificate(&(struct handshake_subject){.name = name, .key = key});
}

static int setup(void **state)
{
    (void)state;
    who.server = named("server", handshake_key("P-256", 1));
    who.client = named("client", handshake_key("P-256", 2));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    X509_free(who.server);
    X509_free(who.client);
    return 0;
}

static struct handshake ordinary(void)
{
    return (struct handshake){.server_key = handshake_key("P-256", 1),
        .server = who.server,
        .client_key = handshake_key("P-256", 2),
        .client = who.client};
}

static enum schloss_auth_reason judge(const uint8_t *bytes, size_t length)
{
    struct x509_transcript t;
    struct x509_peer server = {.leaf = NULL};
    struct x509_peer client = {.leaf = NULL};
    enum schloss_auth_reason reason = x509_proof_parse(&t, bytes, length);

    if (reason == SCHLOSS_AUTH_REASON_NONE) {
        reason = x509_peer_init(&server, &t.server);
    }
    if (reason == SCHLOSS_AUTH_REASON_NONE) {
        reason = x509_peer_init(&client, &t.client);
    }
    if (reason == SCHLOSS_AUTH_REASON_NONE) {
        reason = x509_proof_check(&t, bytes, server.leaf, client.leaf);
    }
    x509_peer_fini(&server);
    x509_peer_fini(&client);
    ERR_clear_error();
    return reason;
}

static void record(const struct handshake *h, struct buf *out)
{
    buf_init(out, MESSAGE_MAX);
    handshake_run(h, out);
}

static void check_accepted(const struct handshake *h)
{
    struct x509_transcript t;
    struct buf message;

    record(h, &message);
    assert_int_equal(judge(message.bytes, message.length), SCHLOSS_AUTH_REASON_NONE);
    assert_int_equal(
        x509_proof_parse(&t, message.bytes, message.length), SCHLOSS_AUTH_REASON_NONE);
    assert_int_equal(t.first_hello.length > 0, h->retry);
    assert_int_equal(t.sha384, h->suite != NULL && strstr(h->suite, "SHA384") != NULL);
    buf_fini(&message);
}

static void every_suite_and_key_and_a_retry_are_accepted(void **state)
{
    static const char *const suites[] = {"TLS_AES_128_GCM_SHA256",
        "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"};
    static const char *const keys[] = {"RSA-2048", "P-256", "P-384", "P-521", "Ed25519"};

    (void)state;
    for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
        EVP_PKEY *key = handshake_key(keys[k], 2);
        X509 *client = named("client", key);
        for (size_t i = 0; i < 2 * sizeof(suites) / sizeof(suites[0]); i++) {
            struct handshake h = ordinary();
            h.client = client;
            h.client_key = key;
            h.suite = suites[i / 2];
            h.retry = i % 2 == 1;
            check_accepted(&h);
        }
        X509_free(client);
    }
}

static void servers_of_rsa_and_ecdsa_are_accepted(void **state)
{
    static const char *const keys[] = {"RSA-2048", "P-256", "P-384"};

    (void)state;
    for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
        struct handshake h = ordinary();
        h.server_key = handshake_key(keys[k], 1);
        h.server = named("server", h.server_key);
        check_accepted(&h);
        X509_free(h.server);
    }
}

static void all_digests_of_rsa_are_accepted(void **state)
{
    static const char *const schemes[] = {
        "rsa_pss_rsae_sha256", "rsa_pss_rsae_sha384", "rsa_pss_rsae_sha512"};

    (void)state;
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        struct handshake h = ordinary();
        h.client_key = handshake_key("RSA-2048", 2);
        h.client = named("client", h.client_key);
        h.client_schemes = schemes[i];
        h.server_key = handshake_key("RSA-2048", 1);
        h.server = named("server", h.server_key);
        check_accepted(&h);
        X509_free(h.client);
        X509_free(h.server);
    }
}

/* The same server signature could come again, and with it an old proof. */
static void a_server_whose_signature_is_always_the_same_is_refused(void **state)
{
    struct handshake h = ordinary();
    struct buf message;

    (void)state;
    h.server_key = handshake_key("Ed25519", 1);
    h.server = named("server", h.server_key);
    record(&h, &message);
    assert_int_equal(
        judge(message.bytes, message.length), SCHLOSS_AUTH_REASON_X509_PROOF);
    buf_fini(&message);
    X509_free(h.server);
}

static void a_short_rsa_key_is_weak(void **state)
{
    struct handshake h = ordinary();
    struct buf message;

    (void)state;
    h.client_key = handshake_key("RSA-1024", 2);
    h.client = named("client", h.client_key);
    h.client_schemes = "rsa_pss_rsae_sha256:ecdsa_secp256r1_sha256";
    record(&h, &message);
    assert_int_equal(judge(message.bytes, message.length), SCHLOSS_AUTH_REASON_X509_WEAK);
    buf_fini(&message);
    X509_free(h.client);
}

/* The whole of an old handshake, which once was right, under the signature of now. */
static void an_old_handshake_is_not_of_this_session(void **state)
{
    struct handshake h = ordinary();
    struct buf old;
    struct buf now;

    (void)state;
    record(&h, &old);
    record(&h, &now);
    memcpy(old.bytes, now.bytes, X509_FRESH_SIZE);
    assert_int_equal(judge(old.bytes, old.length), SCHLOSS_AUTH_REASON_X509_FRESH);
    buf_fini(&old);
    buf_fini(&now);
}

/* From message `type` number n on, what `from` has; before it what `to` has. */
static void splice(const struct buf *to, const struct buf *from, uint8_t type, unsigned n,
    struct buf *out)
{
    size_t to_at;
    size_t from_at;
    size_t length;

    assert_true(handshake_find(to->bytes, to->length, type, n, &to_at, &length));
    assert_true(handshake_find(from->bytes, from->length, type, n, &from_at, &length));
    buf_init(out, MESSAGE_MAX);
    buf_add(out, to->bytes, to_at);
    buf_add(out, from->bytes + from_at, from->length - from_at);
    assert_int_equal(buf_error(out), OK);
}

static void a_proof_of_another_handshake_does_not_fit(void **state)
{
    static const struct {
        uint8_t type;
        unsigned n;
    } cuts[] = {{11, 1}, {15, 1}, {20, 0}, {15, 0}, {11, 0}, {13, 0}, {2, 0}};
    struct handshake h = ordinary();
    struct buf old;
    struct buf now;
    struct buf spliced;

    (void)state;
    record(&h, &old);
    record(&h, &now);
    for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
        splice(&now, &old, cuts[i].type, cuts[i].n, &spliced);
        handshake_freshen(spliced.bytes, spliced.length);
        enum schloss_auth_reason reason = judge(spliced.bytes, spliced.length);
        assert_int_equal(reason, SCHLOSS_AUTH_REASON_X509_PROOF);
        buf_fini(&spliced);
    }
    buf_fini(&old);
    buf_fini(&now);
}

/* Another's certificate before one's own signature. */
static void a_certificate_without_its_key_proves_nothing(void **state)
{
    struct handshake h = ordinary();
    struct buf victim;
    struct buf mine;
    struct buf spliced;
    size_t at;
    size_t length;

    (void)state;
    record(&h, &victim);
    h.client_key = handshake_key("P-256", 3);
    h.client = named("client", h.client_key);
    record(&h, &mine);
    splice(&mine, &victim, 11, 1, &spliced);
    assert_true(handshake_find(spliced.bytes, spliced.length, 15, 1, &at, &length));
    spliced.length = at;
    assert_true(handshake_find(mine.bytes, mine.length, 15, 1, &at, &length));
    buf_add(&spliced, mine.bytes + at, mine.length - at);
    assert_int_equal(
        judge(spliced.bytes, spliced.length), SCHLOSS_AUTH_REASON_X509_PROOF);
    buf_fini(&victim);
    buf_fini(&mine);
    buf_fini(&spliced);
    X509_free(h.client);
}

/* A gate that asks for a signature over something else and shows that one. */
static void a_server_signature_over_another_text_is_refused(void **state)
{
    struct handshake h = ordinary();
    struct buf one;
    struct buf two;
    size_t at;
    size_t length;
    size_t other_at;
    size_t other_length;

    (void)state;
    record(&h, &one);
    do { /* an ECDSA signature varies in length */
        buf_init(&two, MESSAGE_MAX);
        handshake_run(&h, &two);
        assert_true(handshake_find(one.bytes, one.length, 15, 0, &at, &length));
        assert_true(
            handshake_find(two.bytes, two.length, 15, 0, &other_at, &other_length));
        if (length != other_length) {
            buf_fini(&two);
        }
    } while (length != other_length);
    memcpy(one.bytes + at, two.bytes + other_at, length);
    handshake_freshen(one.bytes, one.length);
    assert_int_equal(judge(one.bytes, one.length), SCHLOSS_AUTH_REASON_X509_PROOF);
    buf_fini(&one);
    buf_fini(&two);
}

static size_t without_finished(const struct buf *message)
{
    size_t at;
    size_t length;

    assert_true(handshake_find(message->bytes, message->length, 20, 1, &at, &length));
    assert_int_equal(at + length, message->length);
    return at;
}

static void check_each_byte_counts(const struct handshake *h, uint8_t flip)
{
    struct buf message;

    record(h, &message);
    size_t end = without_finished(&message);
    assert_int_equal(judge(message.bytes, end), SCHLOSS_AUTH_REASON_NONE);
    for (size_t i = 0; i < end; i++) {
        message.bytes[i] ^= flip;
        enum schloss_auth_reason reason = judge(message.bytes, end);
        assert_int_not_equal(reason, SCHLOSS_AUTH_REASON_NONE);
        assert_int_not_equal(reason, SCHLOSS_AUTH_REASON_INTERNAL);
        message.bytes[i] ^= flip;
    }
    assert_int_equal(judge(message.bytes, end), SCHLOSS_AUTH_REASON_NONE);
    buf_fini(&message);
}

static void every_altered_byte_is_noticed(void **state)
{
    struct handshake h = ordinary();

    (void)state;
    check_each_byte_counts(&h, 0x01);
    check_each_byte_counts(&h, 0x80);
    h.retry = true;
    check_each_byte_counts(&h, 0xff);
    h.suite = "TLS_AES_256_GCM_SHA384";
    check_each_byte_counts(&h, 0x40);
}

/* Who alters the server's signature too, and has broker believe it, gains nothing. */
static void every_altered_byte_is_noticed_even_when_fresh(void **state)
{
    struct handshake h = ordinary();
    struct buf message;

    (void)state;
    record(&h, &message);
    size_t end = without_finished(&message);
    for (size_t i = X509_FRESH_SIZE; i < end; i++) {
        uint8_t fresh[X509_FRESH_SIZE];
        size_t at;
        size_t length;
        memcpy(fresh, message.bytes, sizeof(fresh));
        message.bytes[i] ^= 0x04;
        if (handshake_find(message.bytes, end, 15, 0, &at, &length) && length > 8 &&
            at + length <= end) {
            handshake_freshen(message.bytes, end);
        }
        assert_int_not_equal(judge(message.bytes, end), SCHLOSS_AUTH_REASON_NONE);
        message.bytes[i] ^= 0x04;
        memcpy(message.bytes, fresh, sizeof(fresh));
    }
    buf_fini(&message);
}

static void every_truncation_is_malformed(void **state)
{
    struct handshake h = ordinary();
    struct buf message;

    (void)state;
    record(&h, &message);
    size_t end = without_finished(&message);
    for (size_t length = 0; length < message.length; length++) {
        assert_int_equal(judge(message.bytes, length),
            length == end ? SCHLOSS_AUTH_REASON_NONE : SCHLOSS_AUTH_REASON_MALFORMED);
    }
    buf_fini(&message);
}

static void what_is_too_long_is_not_looked_at(void **state)
{
    static uint8_t bytes[X509_PROOF_MAX + 1];

    (void)state;
    assert_int_equal(judge(bytes, sizeof(bytes)), SCHLOSS_AUTH_REASON_TOO_LONG);
    assert_int_equal(judge(bytes, sizeof(bytes) - 1), SCHLOSS_AUTH_REASON_MALFORMED);
}

static void check_scheme(const char *kind, uint16_t scheme)
{
    struct handshake h = ordinary();
    struct buf message;
    struct x509_transcript t;

    h.client_key = handshake_key(kind, 2);
    h.client = named("client", h.client_key);
    record(&h, &message);
    assert_int_equal(
        x509_proof_parse(&t, message.bytes, message.length), SCHLOSS_AUTH_REASON_NONE);
    assert_int_not_equal(t.client.scheme, scheme);
    t.client.scheme = scheme;
    assert_int_equal(x509_proof_check(&t, message.bytes, h.server, h.client),
        SCHLOSS_AUTH_REASON_X509_PROOF);
    buf_fini(&message);
    X509_free(h.client);
}

static void a_scheme_that_does_not_fit_the_key_is_refused(void **state)
{
    (void)state;
    check_scheme("P-256", 0x0503);
    check_scheme("P-384", 0x0403);
    check_scheme("P-256", 0x0804);
    check_scheme("RSA-2048", 0x0401); /* rsa_pkcs1_sha256 */
    check_scheme("RSA-2048", 0x0809); /* rsa_pss_pss_sha256 */
    check_scheme("RSA-2048", 0x0807);
    check_scheme("Ed25519", 0x0403);
    check_scheme("P-256", 0x0203); /* ecdsa_sha1 */
    check_scheme("P-256", 0);
}

/* Signs the client's part as x509_proof.c should read it, with whatever digest. */
static size_t sign_anew(
    const struct x509_transcript *t, EVP_PKEY *key, const char *digest, uint8_t out[256])
{
    uint8_t text[64 + 34 + X509_HASH_MAX];
    size_t length = 256;
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    memset(text, ' ', 64);
    memcpy(text + 64, "TLS 1.3, client CertificateVerify", 34);
    size_t hash = x509_transcript_hash(t, &t->to_client, text + 64 + 34);
    assert_int_equal(
        EVP_DigestSignInit_ex(context, NULL, digest, NULL, NULL, key, NULL), 1);
    assert_int_equal(EVP_DigestSign(context, out, &length, text, 64 + 34 + hash), 1);
    EVP_MD_CTX_free(context);
    return length;
}

static void check_digest(
    const char *digest, uint16_t scheme, enum schloss_auth_reason expected)
{
    struct handshake h = ordinary();
    struct x509_transcript t;
    uint8_t signature[256];
    struct buf message;

    h.client_key = handshake_key("P-384", 2);
    h.client = named("client", h.client_key);
    record(&h, &message);
    assert_int_equal(
        x509_proof_parse(&t, message.bytes, message.length), SCHLOSS_AUTH_REASON_NONE);
    t.client.scheme = scheme;
    t.client.signature.length = sign_anew(&t, h.client_key, digest, signature);
    t.client.signature.bytes = signature;
    assert_int_equal(x509_proof_check(&t, message.bytes, h.server, h.client), expected);
    buf_fini(&message);
    X509_free(h.client);
}

static void a_right_signature_on_the_curve_of_another_scheme_is_refused(void **state)
{
    (void)state;
    check_digest("SHA384", 0x0503, SCHLOSS_AUTH_REASON_NONE);
    check_digest("SHA256", 0x0403, SCHLOSS_AUTH_REASON_X509_PROOF);
    check_digest("SHA512", 0x0603, SCHLOSS_AUTH_REASON_X509_PROOF);
    check_digest("SHA256", 0x0503, SCHLOSS_AUTH_REASON_X509_PROOF);
}

/* The same key, but its curve is written out instead of named. */
static X509 *with_explicit_curve(const char *name, EVP_PKEY *key)
{
    EVP_PKEY *other = EVP_PKEY_dup(key);
    uint8_t *der = NULL;

    assert_int_equal(EVP_PKEY_set_utf8_string_param(other, OSSL_PKEY_PARAM_EC_ENCODING,
                         OSSL_PKEY_EC_ENCODING_EXPLICIT),
        1);
    X509 *made = named(name, other);
    int length = i2d_X509(made, &der);
    const uint8_t *pos = der;
    X509 *read = d2i_X509(NULL, &pos, length);
    assert_non_null(read);
    OPENSSL_free(der);
    X509_free(made);
    EVP_PKEY_free(other);
    return read;
}

static void a_curve_that_is_not_named_is_refused(void **state)
{
    struct handshake h = ordinary();
    struct x509_transcript t;
    struct buf message;

    (void)state;
    record(&h, &message);
    X509 *client = with_explicit_curve("client", h.client_key);
    assert_int_equal(
        x509_proof_parse(&t, message.bytes, message.length), SCHLOSS_AUTH_REASON_NONE);
    assert_int_equal(x509_proof_check(&t, message.bytes, h.server, h.client),
        SCHLOSS_AUTH_REASON_NONE);
    assert_int_equal(x509_proof_check(&t, message.bytes, h.server, client),
        SCHLOSS_AUTH_REASON_X509_PROOF);
    X509_free(client);
    buf_fini(&message);
}

static void every_scheme_can_be_warmed(void **state)
{
    (void)state;
    assert_int_equal(x509_proof_warm(), OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_suite_and_key_and_a_retry_are_accepted),
        cmocka_unit_test(servers_of_rsa_and_ecdsa_are_accepted),
        cmocka_unit_test(all_digests_of_rsa_are_accepted),
        cmocka_unit_test(a_server_whose_signature_is_always_the_same_is_refused),
        cmocka_unit_test(a_short_rsa_key_is_weak),
        cmocka_unit_test(an_old_handshake_is_not_of_this_session),
        cmocka_unit_test(a_proof_of_another_handshake_does_not_fit),
        cmocka_unit_test(a_certificate_without_its_key_proves_nothing),
        cmocka_unit_test(a_server_signature_over_another_text_is_refused),
        cmocka_unit_test(every_altered_byte_is_noticed),
        cmocka_unit_test(every_altered_byte_is_noticed_even_when_fresh),
        cmocka_unit_test(every_truncation_is_malformed),
        cmocka_unit_test(what_is_too_long_is_not_looked_at),
        cmocka_unit_test(a_scheme_that_does_not_fit_the_key_is_refused),
        cmocka_unit_test(a_right_signature_on_the_curve_of_another_scheme_is_refused),
        cmocka_unit_test(a_curve_that_is_not_named_is_refused),
        cmocka_unit_test(every_scheme_can_be_warmed),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}

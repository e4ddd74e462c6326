#include "x509_chain.h"

#include "clock.h"
#include "test.h"
#include "x509_handshake.h"

#include <string.h>
#include <time.h>

#define DAY_MS ((int64_t)86400000)

/* root signs middle, middle signs what the tests ask for. */
static struct {
    EVP_PKEY *root_key;
    EVP_PKEY *middle_key;
    EVP_PKEY *leaf_key;
    X509 *root;
    X509 *middle;
} pki;

static X509 *make_ca(const char *name, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key)
{
    return handshake_certificate(&(struct handshake_subject){.name = name,
        .key = key,
        .issuer = issuer,
        .issuer_key = issuer_key,
        .is_ca = true,
        .serial = 50});
}

static int setup(void **state)
{
    (void)state;
    pki.root_key = handshake_key("P-256", 1);
    pki.middle_key = handshake_key("P-256", 2);
    pki.leaf_key = handshake_key("P-256", 3);
    pki.root = make_ca("root", pki.root_key, NULL, NULL);
    pki.middle = make_ca("middle", pki.middle_key, pki.root, pki.root_key);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    X509_free(pki.root);
    X509_free(pki.middle);
    return 0;
}

static struct handshake_subject leaf(void)
{
    return (struct handshake_subject){.name = "client",
        .key = pki.leaf_key,
        .issuer = pki.middle,
        .issuer_key = pki.middle_key,
        .usage = "clientAuth",
        .serial = 7};
}

/* --- a chain under test ----------------------------------------------------------- */

static void load_ca(struct x509_chain *c, X509 *anchor)
{
    const char *problem = NULL;
    struct buf pem;

    buf_init(&pem, 100000);
    handshake_add_pem(&pem, anchor);
    assert_int_equal(x509_chain_load_ca(c, pem.bytes, pem.length, &problem), OK);
    buf_fini(&pem);
}

static void chain_init(struct x509_chain *c)
{
    assert_int_equal(x509_chain_init(c), OK);
    load_ca(c, pki.root);
}

static void load_crl(
    struct x509_chain *c, X509 *issuer, EVP_PKEY *key, const long *serials, bool ended)
{
    const char *problem = NULL;
    X509_CRL *crl = handshake_crl(issuer, key, serials, ended);
    struct buf pem;

    buf_init(&pem, 100000);
    handshake_add_crl_pem(&pem, crl);
    assert_int_equal(x509_chain_load_crl(c, pem.bytes, pem.length, &problem), OK);
    buf_fini(&pem);
    X509_CRL_free(crl);
}

static int64_t last_expires_ms;

static enum schloss_auth_reason check_with(
    struct x509_chain *c, X509 *certificate, X509 *const *others)
{
    struct x509_peer peer = {.leaf = certificate, .others = sk_X509_new_null()};

    for (; others != NULL && *others != NULL; others++) {
        assert_true(sk_X509_push(peer.others, *others) > 0);
    }
    enum schloss_auth_reason reason =
        x509_chain_check(c, &peer, clock_wall_ms(), &last_expires_ms);
    sk_X509_free(peer.others);
    return reason;
}

/* Made, checked below middle, and freed. */
static enum schloss_auth_reason check(
    struct x509_chain *c, const struct handshake_subject *s)
{
    X509 *const others[] = {pki.middle, NULL};
    X509 *certificate = handshake_certificate(s);

    enum schloss_auth_reason reason = check_with(c, certificate, others);
    X509_free(certificate);
    return reason;
}

static enum schloss_auth_reason check_fresh(const struct handshake_subject *s)
{
    struct x509_chain c;

    chain_init(&c);
    enum schloss_auth_reason reason = check(&c, s);
    x509_chain_fini(&c);
    return reason;
}

/* --- the tests -------------------------------------------------------------------- */

static void a_chain_to_an_anchor_is_trusted_until_its_first_end(void **state)
{
    struct handshake_subject s = leaf();

    (void)state;
    assert_int_equal(check_fresh(&s), SCHLOSS_AUTH_REASON_NONE);
    assert_true(last_expires_ms > clock_wall_ms() + 364 * DAY_MS);
    s.from_days = -2;
    s.to_days = 3;
    assert_int_equal(check_fresh(&s), SCHLOSS_AUTH_REASON_NONE);
    assert_true(last_expires_ms > clock_wall_ms() + 2 * DAY_MS);
    assert_true(last_expires_ms <= clock_wall_ms() + 3 * DAY_MS);
    s.to_days = 1000; /* longer than its issuers */
    assert_int_equal(check_fresh(&s), SCHLOSS_AUTH_REASON_NONE);
    assert_true(last_expires_ms <= clock_wall_ms() + 365 * DAY_MS);
}

static void every_certificate_of_the_file_is_an_anchor(void **state)
{
    struct handshake_subject s = leaf();
    struct x509_chain c;

    (void)state;
    X509 *certificate = handshake_certificate(&s);
    assert_int_equal(x509_chain_init(&c), OK);
    load_ca(&c, pki.middle); /* its issuer is not there */
    assert_int_equal(check_with(&c, certificate, NULL), SCHLOSS_AUTH_REASON_NONE);
    x509_chain_fini(&c);
    X509_free(certificate);
}

static void another_ca_is_not_trusted_even_under_the_same_name(void **state)
{
    struct handshake_subject s = leaf();
    struct x509_chain c;

    (void)state;
    chain_init(&c);
    s.issuer_key = pki.leaf_key; /* not the key of middle */
    assert_int_equal(check(&c, &s), SCHLOSS_AUTH_REASON_X509_CHAIN);
    s.issuer = NULL;
    assert_int_equal(check(&c, &s), SCHLOSS_AUTH_REASON_X509_CHAIN);
    s = leaf();
    X509 *root = make_ca("root", pki.leaf_key, NULL, NULL);
    s.issuer = root;
    s.issuer_key = pki.leaf_key;
    assert_int_equal(check(&c, &s), SCHLOSS_AUTH_REASON_X509_CHAIN);
    X509_free(root);
    x509_chain_fini(&c);
}

static void who_is_no_ca_signs_for_nobody(void **state)
{
    struct handshake_subject s = leaf();
    struct x509_chain c;

    (void)state;
    X509 *first = handshake_certificate(&s);
    X509 *const others[] = {first, pki.middle, NULL};
    s.key = handshake_key("P-256", 4);
    s.issuer = first;
    s.issuer_key = pki.leaf_key;
    X509 *second = handshake_certificate(&s);
    chain_init(&c);
    assert_int_not_equal(check_with(&c, second, others), SCHLOSS_AUTH_REASON_NONE);
    x509_chain_fini(&c);
    X509_free(first);
    X509_free(second);
}

static void out_of_its_time_is_refused(void **state)
{
    struct handshake_subject s = leaf();

    (void)state;
    s.from_days = -10;
    s.to_days = -1;
    assert_int_equal(check_fresh(&s), SCHLOSS_AUTH_REASON_X509_EXPIRED);
    s.from_days = 1;
    s.to_days = 10;
    assert_int_equal(check_fresh(&s), SCHLOSS_AUTH_REASON_X509_EXPIRED);
}

static void only_certificates_for_clients_pass(void **state)
{
    struct handshake_subject s = leaf();

    (void)state;
    s.usage = "serverAuth";
    assert_int_equal(check_fresh(&s), SCHLOSS_AUTH_REASON_X509_PURPOSE);
    s.usage = "codeSigning,emailProtection";
    assert_int_equal(check_fresh(&s), SCHLOSS_AUTH_REASON_X509_PURPOSE);
    s.usage = "anyExtendedKeyUsage";
    assert_int_equal(check_fresh(&s), SCHLOSS_AUTH_REASON_X509_PURPOSE);
    s.usage = "serverAuth,clientAuth";
    assert_int_equal(check_fresh(&s), SCHLOSS_AUTH_REASON_NONE);
    s.usage = NULL; /* nothing said: as RFC 5280 has it, for everything */
    assert_int_equal(check_fresh(&s), SCHLOSS_AUTH_REASON_NONE);
    s.is_ca = true; /* its key may sign certificates only */
    assert_int_equal(check_fresh(&s), SCHLOSS_AUTH_REASON_X509_PURPOSE);
}

static void weak_keys_and_digests_are_refused(void **state)
{
    struct handshake_subject s = leaf();
    struct x509_chain c;

    (void)state;
    s.digest = "SHA1";
    assert_int_equal(check_fresh(&s), SCHLOSS_AUTH_REASON_X509_WEAK);
    s.digest = NULL;
    s.key = handshake_key("RSA-1024", 1);
    assert_int_equal(check_fresh(&s), SCHLOSS_AUTH_REASON_X509_WEAK);
    s = leaf();
    X509 *weak = make_ca("weak", handshake_key("RSA-1024", 1), pki.root, pki.root_key);
    X509 *const others[] = {weak, NULL};
    s.issuer = weak;
    s.issuer_key = handshake_key("RSA-1024", 1);
    X509 *certificate = handshake_certificate(&s);
    chain_init(&c);
    assert_int_equal(check_with(&c, certificate, others), SCHLOSS_AUTH_REASON_X509_WEAK);
    x509_chain_fini(&c);
    X509_free(certificate);
    X509_free(weak);
}

/* As many certificates between client and anchor as asked for. */
static enum schloss_auth_reason check_depth(size_t between)
{
    struct handshake_subject s = leaf();
    struct x509_chain c;
    X509 *cas[X509_DEPTH_MAX + 3] = {NULL};
    X509 *issuer = pki.root;
    EVP_PKEY *issuer_key = pki.root_key;

    for (size_t i = 0; i < between; i++) {
        char name[8] = {'c', 'a', (char)('0' + i)};
        EVP_PKEY *key = handshake_key("P-256", (unsigned)(10 + i));
        cas[i] = make_ca(name, key, issuer, issuer_key);
        issuer = cas[i];
        issuer_key = key;
    }
    s.issuer = issuer;
    s.issuer_key = issuer_key;
    X509 *certificate = handshake_certificate(&s);
    chain_init(&c);
    enum schloss_auth_reason reason = check_with(&c, certificate, cas);
    x509_chain_fini(&c);
    X509_free(certificate);
    for (size_t i = 0; i < between; i++) {
        X509_free(cas[i]);
    }
    return reason;
}

static void a_chain_has_a_greatest_length(void **state)
{
    (void)state;
    assert_int_equal(check_depth(0), SCHLOSS_AUTH_REASON_NONE);
    assert_int_equal(check_depth(X509_DEPTH_MAX), SCHLOSS_AUTH_REASON_NONE);
    assert_int_equal(check_depth(X509_DEPTH_MAX + 1), SCHLOSS_AUTH_REASON_X509_CHAIN);
}

static void revoked_certificates_are_refused(void **state)
{
    static const long seven[] = {3, 7, 0};
    static const long eight[] = {8, 0};
    static const long fifty[] = {50, 0};
    struct handshake_subject s = leaf();
    struct x509_chain c;

    (void)state;
    chain_init(&c);
    load_crl(&c, pki.middle, pki.middle_key, seven, false);
    assert_int_equal(check(&c, &s), SCHLOSS_AUTH_REASON_X509_REVOKED);
    s.serial = 8;
    assert_int_equal(check(&c, &s), SCHLOSS_AUTH_REASON_NONE);
    x509_chain_fini(&c);

    chain_init(&c); /* the issuer is revoked, of two lists in one file's order */
    load_crl(&c, pki.middle, pki.middle_key, eight, false);
    load_crl(&c, pki.root, pki.root_key, fifty, false);
    s.serial = 7;
    assert_int_equal(check(&c, &s), SCHLOSS_AUTH_REASON_X509_REVOKED);
    x509_chain_fini(&c);
}

static void without_a_list_of_its_issuer_a_client_is_refused(void **state)
{
    static const long none[] = {99, 0};
    struct handshake_subject s = leaf();
    struct x509_chain c;

    (void)state;
    chain_init(&c);
    load_crl(&c, pki.root, pki.root_key, none, false);
    assert_int_equal(check(&c, &s), SCHLOSS_AUTH_REASON_X509_CRL);
    load_crl(&c, pki.middle, pki.middle_key, none, false);
    assert_int_equal(check(&c, &s), SCHLOSS_AUTH_REASON_NONE);
    x509_chain_fini(&c);
}

static void a_list_that_its_issuer_did_not_sign_is_none(void **state)
{
    static const long none[] = {99, 0};
    struct handshake_subject s = leaf();
    struct x509_chain c;

    (void)state;
    chain_init(&c);
    load_crl(&c, pki.middle, pki.leaf_key, none, false);
    assert_int_not_equal(check(&c, &s), SCHLOSS_AUTH_REASON_NONE);
    x509_chain_fini(&c);
}

static void a_list_whose_time_is_over_refuses_unless_accepted(void **state)
{
    static const long seven[] = {7, 0};
    struct handshake_subject s = leaf();
    struct x509_chain c;

    (void)state;
    chain_init(&c);
    load_crl(&c, pki.middle, pki.middle_key, seven, true);
    s.serial = 8;
    assert_int_equal(check(&c, &s), SCHLOSS_AUTH_REASON_X509_CRL);
    c.expired_crl_is_good = true;
    assert_int_equal(check(&c, &s), SCHLOSS_AUTH_REASON_NONE);
    s.serial = 7;
    assert_int_equal(check(&c, &s), SCHLOSS_AUTH_REASON_X509_REVOKED);
    s.serial = 8;
    s.from_days = -10;
    s.to_days = -1;
    assert_int_equal(check(&c, &s), SCHLOSS_AUTH_REASON_X509_EXPIRED);
    x509_chain_fini(&c);
}

static void deny(struct x509_chain *c, X509 *issuer, const char *serial)
{
    struct x509_deny_problem problem;
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned length;
    struct buf line;

    buf_init(&line, 1000);
    assert_int_equal(X509_digest(issuer, EVP_sha256(), digest, &length), 1);
    for (unsigned i = 0; i < length; i++) {
        buf_add_format(&line, "%02x", digest[i]);
    }
    buf_add_format(&line, " %s\n", serial);
    assert_int_equal(x509_deny_parse(&c->deny, line.bytes, line.length, &problem), OK);
    buf_fini(&line);
}

static void denied_serials_are_refused(void **state)
{
    struct handshake_subject s = leaf();
    struct x509_chain c;

    (void)state;
    chain_init(&c);
    deny(&c, pki.root, "7"); /* not its issuer */
    assert_int_equal(check(&c, &s), SCHLOSS_AUTH_REASON_NONE);
    deny(&c, pki.middle, "07");
    assert_int_equal(check(&c, &s), SCHLOSS_AUTH_REASON_X509_REVOKED);
    s.serial = 8;
    assert_int_equal(check(&c, &s), SCHLOSS_AUTH_REASON_NONE);
    deny(&c, pki.root, "32"); /* the 50 of middle */
    assert_int_equal(check(&c, &s), SCHLOSS_AUTH_REASON_X509_REVOKED);
    x509_chain_fini(&c);
}

static void bad_ca(const void *bytes, size_t length, const char *says)
{
    struct x509_chain c;
    const char *problem = "";

    assert_int_equal(x509_chain_init(&c), OK);
    assert_int_equal(x509_chain_load_ca(&c, bytes, length, &problem), ERR_INVALID);
    assert_non_null(strstr(problem, says));
    x509_chain_fini(&c);
}

static void a_bad_file_of_anchors_is_refused(void **state)
{
    struct handshake_subject s = leaf();
    struct buf pem;

    (void)state;
    buf_init(&pem, 100000);
    bad_ca("", 0, "no certificate");
    bad_ca("hello\n", 6, "no certificate");
    X509 *certificate = handshake_certificate(&s);
    handshake_add_pem(&pem, certificate);
    bad_ca(pem.bytes, pem.length, "not of a CA");
    buf_reset(&pem);
    handshake_add_pem(&pem, pki.root);
    size_t first = pem.length;
    handshake_add_pem(&pem, pki.middle);
    bad_ca(pem.bytes, pem.length - 10, "damaged");
    pem.bytes[first + 100] = '!'; /* in the second block */
    bad_ca(pem.bytes, pem.length, "damaged");
    buf_fini(&pem);
    X509_free(certificate);
}

static void a_bad_file_of_lists_is_refused(void **state)
{
    static const long none[] = {99, 0};
    struct x509_chain c;
    const char *problem = "";
    struct buf pem;

    (void)state;
    buf_init(&pem, 100000);
    assert_int_equal(x509_chain_init(&c), OK);
    assert_int_equal(x509_chain_load_crl(&c, "", 0, &problem), ERR_INVALID);
    assert_non_null(strstr(problem, "no revocation list"));
    X509_CRL *crl = handshake_crl(pki.middle, pki.middle_key, none, false);
    handshake_add_crl_pem(&pem, crl);
    handshake_add_pem(&pem, pki.root);
    assert_int_equal(
        x509_chain_load_crl(&c, pem.bytes, pem.length, &problem), ERR_INVALID);
    assert_non_null(strstr(problem, "not a revocation list"));
    x509_chain_fini(&c);
    X509_CRL_free(crl);
    buf_fini(&pem);
}

static void what_is_no_certificate_is_malformed(void **state)
{
    struct x509_side side = {.chain_length = 2};
    struct x509_peer peer;
    uint8_t *der = NULL;
    int length = i2d_X509(pki.root, &der);

    (void)state;
    assert_true(length > 0);
    uint8_t *longer = OPENSSL_zalloc((size_t)length + 1);
    memcpy(longer, der, (size_t)length);
    side.chain[0] = (struct x509_view){der, (size_t)length};
    side.chain[1] = side.chain[0];
    assert_int_equal(x509_peer_init(&peer, &side), SCHLOSS_AUTH_REASON_NONE);
    assert_int_equal(sk_X509_num(peer.others), 1);
    x509_peer_fini(&peer);
    for (size_t i = 0; i < 2; i++) {
        side.chain[i] = (struct x509_view){longer, (size_t)length + 1};
        assert_int_equal(x509_peer_init(&peer, &side), SCHLOSS_AUTH_REASON_MALFORMED);
        x509_peer_fini(&peer);
        side.chain[i] = (struct x509_view){der, (size_t)length - 1};
        assert_int_equal(x509_peer_init(&peer, &side), SCHLOSS_AUTH_REASON_MALFORMED);
        x509_peer_fini(&peer);
        side.chain[i] = (struct x509_view){der, (size_t)length};
    }
    OPENSSL_free(der);
    OPENSSL_free(longer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_to_an_anchor_is_trusted_until_its_first_end),
        cmocka_unit_test(every_certificate_of_the_file_is_an_anchor),
        cmocka_unit_test(another_ca_is_not_trusted_even_under_the_same_name),
        cmocka_unit_test(who_is_no_ca_signs_for_nobody),
        cmocka_unit_test(out_of_its_time_is_refused),
        cmocka_unit_test(only_certificates_for_clients_pass),
        cmocka_unit_test(weak_keys_and_digests_are_refused),
        cmocka_unit_test(a_chain_has_a_greatest_length),
        cmocka_unit_test(revoked_certificates_are_refused),
        cmocka_unit_test(without_a_list_of_its_issuer_a_client_is_refused),
        cmocka_unit_test(a_list_that_its_issuer_did_not_sign_is_none),
        cmocka_unit_test(a_list_whose_time_is_over_refuses_unless_accepted),
        cmocka_unit_test(denied_serials_are_refused),
        cmocka_unit_test(a_bad_file_of_anchors_is_refused),
        cmocka_unit_test(a_bad_file_of_lists_is_refused),
        cmocka_unit_test(what_is_no_certificate_is_malformed),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}

#include "keys_certificate.h"

#include "tls/certificate.h"

#include <openssl/x509v3.h>

static struct algo algo; /* opened by main() */
static const struct keys_names names = {.certificate = "/tls/c.pem", .key = "/tls/k.pem"};

struct extension {
    int nid;
    const char *value;
};

static void add(X509 *x, const struct extension *e)
{
    X509_EXTENSION *made = X509V3_EXT_conf_nid(NULL, NULL, e->nid, e->value);

    assert_non_null(made);
    assert_int_equal(X509_add_ext(x, made, -1), 1);
    X509_EXTENSION_free(made);
}

/* Reads and checks a certificate with these extensions, up to a nid of 0. */
static enum err judge(const struct extension *extensions, struct keys_problem *problem)
{
    struct certificate c;
    struct ipc_certificates facts;
    X509 *first = NULL;

    certificate_make(&c, "P-256");
    for (const struct extension *e = extensions; e->nid != 0; e++) {
        add(c.x509, e);
    }
    assert_true(X509_sign(c.x509, c.key, EVP_sha256()) > 0);
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_X509(bio, c.x509), 1);
    c.chain_length = certificate_take(bio, c.chain, CERTIFICATE_TEXT_MAX);
    assert_int_equal(keys_certificate_read(&algo, (const uint8_t *)c.chain,
                         c.chain_length, &names, &first, &facts, problem),
        OK);
    enum err e = keys_certificate_check(first, &names, problem);
    X509_free(first);
    certificate_free(&c);
    return e;
}

static void check_refused(const struct extension *extensions, const char *words)
{
    struct keys_problem problem = {""};

    assert_int_equal(judge(extensions, &problem), ERR_INVALID);
    if (strstr(problem.text, words) == NULL ||
        strncmp(problem.text, "/tls/c.pem: ", 12) != 0) {
        fail_msg("\"%s\" is not in \"%s\"", words, problem.text);
    }
}

static void check_taken(const struct extension *extensions)
{
    struct keys_problem problem = {""};

    if (judge(extensions, &problem) != OK) {
        fail_msg("%s", problem.text);
    }
}

static void a_certificate_for_servers_is_taken(void **state)
{
    static const struct extension none[] = {{0, NULL}};
    static const struct extension usual[] = {{NID_basic_constraints, "critical,CA:FALSE"},
        {NID_key_usage, "critical,digitalSignature"}, {NID_ext_key_usage, "serverAuth"},
        {0, NULL}};
    static const struct extension both[] = {
        {NID_ext_key_usage, "clientAuth,serverAuth"}, {0, NULL}};
    static const struct extension any[] = {
        {NID_ext_key_usage, "anyExtendedKeyUsage"}, {0, NULL}};

    (void)state;
    check_taken(none);
    check_taken(usual);
    check_taken(both);
    check_taken(any);
}

static void a_certificate_for_something_else_is_refused(void **state)
{
    static const struct extension client[] = {
        {NID_ext_key_usage, "clientAuth"}, {0, NULL}};
    static const struct extension encipher[] = {
        {NID_key_usage, "critical,keyEncipherment"}, {0, NULL}};

    (void)state;
    check_refused(client, "lacks serverAuth: have it issued again");
    check_refused(encipher, "lacks digitalSignature: have it issued again");
}

static void the_certificate_of_a_ca_is_refused(void **state)
{
    static const struct extension ca[] = {
        {NID_basic_constraints, "critical,CA:TRUE"}, {0, NULL}};

    (void)state;
    check_refused(ca, "is one of a CA (CA:TRUE)");
}

static void what_is_told_is_of_each_certificate(void **state)
{
    struct certificate c;
    struct certificate issuer;
    struct ipc_certificates facts;
    struct keys_problem problem = {""};
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    X509 *first = NULL;
    static char both[2 * CERTIFICATE_TEXT_MAX];

    (void)state;
    certificate_make_for(&c, "P-256", -60, 5 * 86400, NULL);
    certificate_make_for(&issuer, "P-384", -60, 86400, NULL);
    memcpy(both, c.chain, c.chain_length);
    memcpy(both + c.chain_length, issuer.chain, issuer.chain_length);
    assert_int_equal(
        keys_certificate_read(&algo, (const uint8_t *)both,
            c.chain_length + issuer.chain_length, &names, &first, &facts, &problem),
        OK);
    assert_int_equal(facts.count, 2);
    assert_true(facts.items[0].not_after_s - facts.items[1].not_after_s >= 4 * 86400 - 5);
    assert_string_equal(facts.items[0].subject, "/CN=localhost");
    assert_int_equal(X509_digest(issuer.x509, EVP_sha256(), digest, &length), 1);
    assert_memory_equal(facts.items[1].digest, digest, length);
    assert_int_equal(X509_cmp(first, c.x509), 0);
    X509_free(first);
    certificate_free(&issuer);
    certificate_free(&c);
}

/* Its end is said by keys_expiry; whether a client needs it is the client's to know. */
static void an_issuer_that_expired_is_no_reason_to_refuse(void **state)
{
    struct certificate c;
    struct certificate issuer;
    struct ipc_certificates facts;
    struct keys_problem problem = {""};
    X509 *first = NULL;
    static char both[2 * CERTIFICATE_TEXT_MAX];

    (void)state;
    certificate_make(&c, "P-256");
    certificate_make_for(&issuer, "P-256", -7200, -3600, NULL);
    memcpy(both, c.chain, c.chain_length);
    memcpy(both + c.chain_length, issuer.chain, issuer.chain_length);
    assert_int_equal(
        keys_certificate_read(&algo, (const uint8_t *)both,
            c.chain_length + issuer.chain_length, &names, &first, &facts, &problem),
        OK);
    assert_int_equal(keys_certificate_check(first, &names, &problem), OK);
    X509_free(first);
    certificate_free(&issuer);
    certificate_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_for_servers_is_taken),
        cmocka_unit_test(a_certificate_for_something_else_is_refused),
        cmocka_unit_test(the_certificate_of_a_ca_is_refused),
        cmocka_unit_test(what_is_told_is_of_each_certificate),
        cmocka_unit_test(an_issuer_that_expired_is_no_reason_to_refuse),
    };
    if (algo_open(&algo, ALGO_DEFAULT) != OK) {
        return 1;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    algo_close(&algo);
    return failed;
}

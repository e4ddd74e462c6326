/* OpenSSL's allocations fail one after the other: whoever was refused still is. */
#include "x509_judge.h"

#include "clock.h"
#include "test.h"
#include "x509_handshake.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#define STRIDE 5 /* so that it takes seconds */

static long fail_at = -1; /* the allocations before it succeed; negative: all do */
static bool fail_on;      /* those behind it fail too */
static bool failed;

static bool must_fail(void)
{
    if (fail_at < 0) {
        return failed && fail_on;
    }
    if (fail_at-- > 0) {
        return false;
    }
    failed = true;
    return true;
}

static void *on_alloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return must_fail() ? NULL : malloc(size);
}

static void *on_resize(void *memory, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return must_fail() ? NULL : realloc(memory, size);
}

static void on_free(void *memory, const char *file, int line)
{
    (void)file;
    (void)line;
    free(memory);
}

static struct {
    struct x509_judge judge;
    struct buf good;    /* of who is let in */
    struct buf revoked; /* of whose issuer's certificate is revoked */
} world;

static void load_ca(X509 *root)
{
    const char *problem;
    struct buf pem;

    buf_init(&pem, 100000);
    handshake_add_pem(&pem, root);
    assert_int_equal(
        x509_chain_load_ca(&world.judge.chain, pem.bytes, pem.length, &problem), OK);
    buf_fini(&pem);
}

static void load_crl(X509 *issuer, unsigned key, long serial)
{
    const long serials[] = {serial, 0};
    const char *problem;
    struct buf pem;

    X509_CRL *crl = handshake_crl(issuer, handshake_key("P-256", key), serials, false);
    buf_init(&pem, 100000);
    handshake_add_crl_pem(&pem, crl);
    assert_int_equal(
        x509_chain_load_crl(&world.judge.chain, pem.bytes, pem.length, &problem), OK);
    buf_fini(&pem);
    X509_CRL_free(crl);
}

static X509 *make(const char *name, unsigned key, X509 *issuer, unsigned issuer_key)
{
    return handshake_certificate(&(struct handshake_subject){.name = name,
        .key = handshake_key("P-256", key),
        .issuer = issuer,
        .issuer_key = handshake_key("P-256", issuer_key),
        .is_ca = key < 10,
        .serial = (long)key});
}

/* A client below a CA of its own, which root has signed. */
static void shake_hands(X509 *root, unsigned ca_key, struct buf *out)
{
    X509 *ca = make(ca_key == 2 ? "ca2" : "ca3", ca_key, root, 1);
    X509 *client = make("client", 20, ca, ca_key);
    X509 *server = make("server", 21, NULL, 21);
    X509 *const others[] = {ca, NULL};
    const struct handshake h = {.server = server,
        .server_key = handshake_key("P-256", 21),
        .client = client,
        .client_key = handshake_key("P-256", 20),
        .others = others};

    load_crl(ca, ca_key, 99);
    buf_init(out, 100000);
    handshake_run(&h, out);
    X509_free(ca);
    X509_free(client);
    X509_free(server);
}

static int setup(void **state)
{
    struct x509_rules_problem problem;

    (void)state;
    assert_int_equal(x509_judge_init(&world.judge), OK);
    assert_int_equal(x509_rules_init(&world.judge.rules, "DEFAULT", 7, &problem), OK);
    X509 *root = make("root", 1, NULL, 1);
    load_ca(root);
    load_crl(root, 1, 3);
    shake_hands(root, 2, &world.good);
    shake_hands(root, 3, &world.revoked);
    X509_free(root);
    return x509_judge_warm(&world.judge) == OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    x509_judge_fini(&world.judge);
    buf_fini(&world.good);
    buf_fini(&world.revoked);
    return 0;
}

static enum schloss_auth_reason judge(const struct buf *message)
{
    struct x509_verdict verdict;

    return x509_judge_message(
        &world.judge, message->bytes, message->length, clock_wall_ms(), &verdict);
}

/* The allocations of one judgement in turn, of single ones every STRIDE-th; returns how
 * many times it was let in while one failed. */
static unsigned let_in_while_failing(const struct buf *message, bool all_behind)
{
    unsigned let_in = 0;

    for (long n = 0;; n += all_behind ? 1 : STRIDE) {
        fail_on = all_behind;
        failed = false;
        fail_at = n;
        enum schloss_auth_reason reason = judge(message);
        fail_at = -1;
        fail_on = false;
        if (!failed) {
            assert_true(n > 100);
            return let_in;
        }
        let_in += reason == SCHLOSS_AUTH_REASON_NONE;
    }
}

static void with_memory_one_is_let_in_and_one_is_not(void **state)
{
    (void)state;
    assert_int_equal(judge(&world.good), SCHLOSS_AUTH_REASON_NONE);
    assert_int_equal(judge(&world.revoked), SCHLOSS_AUTH_REASON_X509_REVOKED);
}

static void without_memory_who_was_refused_still_is(void **state)
{
    (void)state;
    assert_int_equal(let_in_while_failing(&world.revoked, false), 0);
    assert_int_equal(let_in_while_failing(&world.revoked, true), 0);
    assert_int_equal(judge(&world.revoked), SCHLOSS_AUTH_REASON_X509_REVOKED);
}

static void without_memory_a_proof_that_does_not_hold_still_does_not(void **state)
{
    size_t at;
    size_t length;

    (void)state;
    assert_true(handshake_find(world.good.bytes, world.good.length, 15, 1, &at, &length));
    world.good.bytes[at + length - 1] ^= 1;
    assert_int_equal(let_in_while_failing(&world.good, false), 0);
    assert_int_equal(let_in_while_failing(&world.good, true), 0);
    world.good.bytes[at + length - 1] ^= 1;
}

static void when_memory_is_back_so_is_the_answer(void **state)
{
    (void)state;
    (void)let_in_while_failing(&world.good, true);
    assert_int_equal(judge(&world.good), SCHLOSS_AUTH_REASON_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_memory_one_is_let_in_and_one_is_not),
        cmocka_unit_test(without_memory_who_was_refused_still_is),
        cmocka_unit_test(without_memory_a_proof_that_does_not_hold_still_does_not),
        cmocka_unit_test(when_memory_is_back_so_is_the_answer),
    };

    if (CRYPTO_set_mem_functions(on_alloc, on_resize, on_free) != 1) {
        return EXIT_FAILURE;
    }
    return cmocka_run_group_tests(tests, setup, teardown);
}

#include "bench_scram.h"

#include "test.h"

#include <string.h>

/* The exchange of RFC 7677, section 3. */
#define NONCE "rOprNGfwEbeRWgbNEkqO"
#define BOTH  NONCE "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
#define SALT  "W22ZaJ0SNY7soEsUEjb6gQ=="

static const struct bench_scram example = {
    .first_bare = "n=user,r=" NONCE, .nonce = NONCE};

static enum err prove(
    const char *said, struct bench_scram_salted *salted, char out[BENCH_SCRAM_TEXT])
{
    return bench_scram_prove(&example, said, strlen(said), "pencil", salted, out);
}

static void the_proof_is_that_of_the_rfc(void **state)
{
    struct bench_scram_salted salted = {.iterations = 0};
    char out[BENCH_SCRAM_TEXT];

    (void)state;
    for (int i = 0; i < 2; i++) { /* the second time with the hash that was kept */
        assert_int_equal(prove("r=" BOTH ",s=" SALT ",i=4096", &salted, out), OK);
        assert_string_equal(
            out, "c=biws,r=" BOTH ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
        assert_int_equal(salted.iterations, 4096);
    }
}

static void another_salt_or_count_is_another_proof(void **state)
{
    struct bench_scram_salted salted = {.iterations = 0};
    char first[BENCH_SCRAM_TEXT];
    char out[BENCH_SCRAM_TEXT];

    (void)state;
    assert_int_equal(prove("r=" BOTH ",s=" SALT ",i=4096", &salted, first), OK);
    assert_int_equal(prove("r=" BOTH ",s=" SALT ",i=4097", &salted, out), OK);
    assert_string_not_equal(out, first);
    assert_int_equal(
        prove("r=" BOTH ",s=V22ZaJ0SNY7soEsUEjb6gQ==,i=4096", &salted, out), OK);
    assert_string_not_equal(out, first);
}

static void what_is_no_answer_is_refused(void **state)
{
    static const char *const rows[] = {"", "r=" BOTH, "r=" BOTH ",s=" SALT,
        "s=" SALT ",r=" BOTH ",i=4096", "r=another,s=" SALT ",i=4096",
        "r=" BOTH ",s=" SALT ",i=0", "r=" BOTH ",s=" SALT ",i=1000001",
        "r=" BOTH ",s=,i=4096", "r=" BOTH ",s=W22,i=4096", "r=" BOTH ",s=????,i=4096",
        "r=" BOTH ",s=====,i=4096"};
    struct bench_scram_salted salted = {.iterations = 0};
    char out[BENCH_SCRAM_TEXT];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(prove(rows[i], &salted, out), ERR_INVALID);
    }
}

static void each_client_has_a_nonce_of_its_own(void **state)
{
    struct bench_scram one;
    struct bench_scram other;
    char first[BENCH_SCRAM_TEXT];
    char second[BENCH_SCRAM_TEXT];

    (void)state;
    bench_scram_begin(&one, "crowd7", first);
    bench_scram_begin(&other, "crowd7", second);
    assert_memory_equal(first, "n,,n=crowd7,r=", 14);
    assert_string_equal(first + 14, one.nonce);
    assert_string_not_equal(first, second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_proof_is_that_of_the_rfc),
        cmocka_unit_test(another_salt_or_count_is_another_proof),
        cmocka_unit_test(what_is_no_answer_is_refused),
        cmocka_unit_test(each_client_has_a_nonce_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

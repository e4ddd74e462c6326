#include "scram_exchange.h"

#include "scram_client.h"
#include "test.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NONE      SCHLOSS_AUTH_REASON_NONE
#define MALFORMED SCHLOSS_AUTH_REASON_MALFORMED

static struct scram_crypto crypto;
static struct scram_lookup lookup;

/* A vector: what client and server say, and what is stored. */
struct vector {
    enum scram_mechanism mechanism;
    const char *file;
    const char *first;
    const char *nonce; /* the server's */
    const char *server_first;
    const char *final;
    const char *server_final;
};

#define NONCE "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"

/* RFC 7677, section 3: user "user", password "pencil". */
static const struct vector sha_256 = {
    .mechanism = SCRAM_SHA_256,
    .file = "user:SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"
            "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
            "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=\n",
    .first = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
    .nonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
    .server_first = "r=" NONCE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
    .final = "c=biws,r=" NONCE ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
    .server_final = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
};

/*
 * The same with SHA-512, computed by python3 from the formulas of RFC 5802 alone:
 *     salted = hashlib.pbkdf2_hmac('sha512', b'pencil', salt, 4096)
 *     client = hmac.new(salted, b'Client Key', 'sha512').digest()
 *     stored = hashlib.sha512(client).digest()
 *     server = hmac.new(salted, b'Server Key', 'sha512').digest()
 *     message = first_bare + ',' + server_first + ',' + final_without_proof
 *     proof = client ^ hmac.new(stored, message, 'sha512').digest()
 *     verifier = hmac.new(server, message, 'sha512').digest()
 */
static const struct vector sha_512 = {
    .mechanism = SCRAM_SHA_512,
    .file = "user:SCRAM-SHA-512$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"
            "6AAub3065EYRmyFpM2RNwqK+eGnrkYuEWbXn19LsEmBqzu8QaCXNc1FwpnX9NhH2hK/"
            "60dzj9DoO5DvVkOHbvg==:"
            "jZHbYjC1aHh0/hKbxyBuGFjDrgjgKTT1esA7awWiKcRZ0o/"
            "0b1yWEebBeSVkkCFewf91nLDfKF24mvD5nmE6rA==\n",
    .first = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
    .nonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
    .server_first = "r=" NONCE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
    .final = "c=biws,r=" NONCE ",p=gMGXRcevScNtxZ6/"
             "8lQYpGtnsNAc3mGcmNomv+xnoOMw+3R2xNJdMNnzMlTN8PPC6wdp6dybEmDYXYTxwnYPJQ==",
    .server_final = "v=ZQnYEgWQMFmmsM8aQMF0nDDCy/"
                    "AgCzkwk8CmMZYcMg0vSVlKDanekLtifDSeVGT4+5ZxXnJq199RVG2rR7N7Zw==",
};

#define S32 "ssssssssssssssssssssssssssssssss"

/* By the same program: the user "=,", who names himself twice, 10,000 iterations over the
 * salt "0123456789abcdef", an extension, and a client that could bind to a channel. */
static const struct vector odd = {
    .mechanism = SCRAM_SHA_512,
    .file = "=,:SCRAM-SHA-512$10000:MDEyMzQ1Njc4OWFiY2RlZg==$"
            "QvnvNw0S3jabikbUiYQsxI2bxCtC32oTvouy6KDv9zTjSC7MulSewGf469L7vEjdIUy3wvSeIGJY"
            "seQ0WEWmqg==:"
            "nDC1LSAXRSWqIszvpTg86Ed3IoRHWMeMu2KKBajNx0oYuvkuErTj/"
            "94O6OM6fkp2Fu5j3h2/bBg8H8LdMYWvtQ==\n",
    .first = "y,a==3D=2C,n==3D=2C,r=c,ext=1",
    .nonce = S32,
    .server_first = "r=c" S32 ",s=MDEyMzQ1Njc4OWFiY2RlZg==,i=10000",
    .final = "c=eSxhPT0zRD0yQyw=,r=c" S32 ",p="
             "BGqUCWy666pCBCRGplOPOkrtz72Ec/"
             "BGLAkqjTXjm1aZNf69QBZlAfpKf4kFnT43fb1LYfzg35y7YhGgWZ9egg==",
    .server_final = "v=WECeNTig2rlCAHX8P336ftWxxyjh5PUGL0+ni1imdrlJIuSzKWcXeQInBXUS6WHMw/"
                    "nLEQGQFGszHoKVLN95qw==",
};

/* --- failing OpenSSL -------------------------------------------------------------- */

static long openssl_fails_after = -1;

static bool openssl_must_fail(void)
{
    if (openssl_fails_after < 0) {
        return false;
    }
    openssl_fails_after--;
    return openssl_fails_after < 0;
}

static void *openssl_malloc(size_t size, const char *from, int at)
{
    (void)from;
    (void)at;
    return openssl_must_fail() ? NULL : malloc(size);
}

static void *openssl_realloc(void *p, size_t size, const char *from, int at)
{
    (void)from;
    (void)at;
    return openssl_must_fail() ? NULL : realloc(p, size);
}

static void openssl_free(void *p, const char *from, int at)
{
    (void)from;
    (void)at;
    free(p);
}

/* --- one login -------------------------------------------------------------------- */

static int setup(void **state)
{
    (void)state;
    if (scram_crypto_init(&crypto) != OK) {
        return -1;
    }
    scram_lookup_init(&lookup, &crypto);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    openssl_fails_after = -1;
    scram_lookup_fini(&lookup);
    scram_crypto_fini(&crypto);
    return 0;
}

static void load(const char *file)
{
    struct users_problem problem;

    scram_lookup_fini(&lookup);
    scram_lookup_init(&lookup, &crypto);
    assert_int_equal(scram_lookup_load(&lookup, file, strlen(file), &problem), OK);
}

static enum schloss_auth_reason say_first(struct scram_exchange *x,
    enum scram_mechanism mechanism, const void *bytes, size_t length, const char *nonce)
{
    const struct scram_part message = {bytes, length};

    scram_exchange_init(x, mechanism);
    return scram_exchange_first(x, &lookup, &message, nonce);
}

struct outcome {
    enum schloss_auth_reason reason;
    enum err e;
    enum scram_proof proof;
    char answer[SCRAM_SERVER_FINAL_MAX];
};

static struct outcome say_final(
    const struct scram_exchange *x, const void *bytes, size_t length)
{
    const struct scram_part message = {bytes, length};
    struct outcome o = {.e = ERR_DENIED, .proof = SCRAM_WRONG};
    struct scram_final final;

    o.reason = scram_exchange_check(x, &message, &final);
    if (o.reason == NONE) {
        o.e = scram_exchange_prove(x, &crypto, &final, &o.proof, o.answer);
    }
    return o;
}

static void begin(struct scram_exchange *x, const struct vector *v)
{
    load(v->file);
    assert_int_equal(
        say_first(x, v->mechanism, v->first, strlen(v->first), v->nonce), NONE);
}

static void check_vector(const struct vector *v)
{
    struct scram_exchange x;

    begin(&x, v);
    assert_int_equal(x.server_first_length, strlen(v->server_first));
    assert_string_equal(x.server_first, v->server_first);
    const struct outcome o = say_final(&x, v->final, strlen(v->final));
    assert_int_equal(o.reason, NONE);
    assert_int_equal(o.e, OK);
    assert_int_equal(o.proof, SCRAM_PROVED);
    assert_string_equal(o.answer, v->server_final);
    scram_exchange_fini(&x);
}

static void the_vectors_are_met_to_the_byte(void **state)
{
    (void)state;
    check_vector(&sha_256);
    check_vector(&sha_512);
    check_vector(&odd);
}

/* --- what goes wrong -------------------------------------------------------------- */

static struct outcome run_with(const struct vector *v, const char *final)
{
    struct scram_exchange x;

    begin(&x, v);
    const struct outcome o = say_final(&x, final, strlen(final));
    scram_exchange_fini(&x);
    return o;
}

#define PROOF ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="

/* Only the half of the client would be compared, or only that of the server, or only as
 * far as the shorter goes. */
static void a_nonce_must_be_repeated_whole(void **state)
{
    static const char *const finals[] = {
        "c=biws,r=rOprNGfwEbeRWgbNEkqO" PROOF,
        "c=biws,r=%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0" PROOF,
        "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k" PROOF,
        "c=biws,r=" NONCE "0" PROOF,
        "c=biws,r=OOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0" PROOF,
        "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k1" PROOF,
        "c=biws,r=ROPRNGFWEBERWGBNEKQO%HVYDPWUA2RATCAFUXFILJ)HNLF$K0" PROOF,
        "c=biws,r=a" PROOF,
        "c=biws,r=rOprNGfwEbeRWgbNEkqO" NONCE PROOF, /* librdkafka before 2.6.1 */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(finals) / sizeof(finals[0]); i++) {
        assert_int_equal(run_with(&sha_256, finals[i]).reason, MALFORMED);
    }
}

static void a_recorded_exchange_does_not_work_again(void **state)
{
    struct scram_exchange x;
    char nonce[SCRAM_SERVER_NONCE + 1];
    char replay[512];

    (void)state;
    load(sha_256.file);
    scram_exchange_nonce(nonce);
    assert_int_equal(
        say_first(&x, SCRAM_SHA_256, sha_256.first, strlen(sha_256.first), nonce), NONE);
    assert_int_equal(
        say_final(&x, sha_256.final, strlen(sha_256.final)).reason, MALFORMED);
    /* The recorded proof under the new nonce. */
    (void)snprintf(
        replay, sizeof(replay), "c=biws,r=rOprNGfwEbeRWgbNEkqO%s" PROOF, nonce);
    const struct outcome o = say_final(&x, replay, strlen(replay));
    assert_int_equal(o.reason, NONE);
    assert_int_equal(o.proof, SCRAM_WRONG);
    assert_string_equal(o.answer, "");
    scram_exchange_fini(&x);
}

static void nonces_are_new_and_printable(void **state)
{
    char one[SCRAM_SERVER_NONCE + 1];
    char two[SCRAM_SERVER_NONCE + 1];

    (void)state;
    scram_exchange_nonce(one);
    scram_exchange_nonce(two);
    assert_int_equal(strlen(one), SCRAM_SERVER_NONCE);
    assert_int_equal(strspn(one, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                 "0123456789+/"),
        SCRAM_SERVER_NONCE);
    assert_string_not_equal(one, two);
}

static void the_binding_is_that_of_the_first_message(void **state)
{
    (void)state;
    /* "y,,", "n,a=user,", "p=x,,", nothing, and the right one with other base64 */
    assert_int_equal(run_with(&sha_256, "c=eSws,r=" NONCE PROOF).reason, MALFORMED);
    assert_int_equal(
        run_with(&sha_256, "c=bixhPXVzZXIs,r=" NONCE PROOF).reason, MALFORMED);
    assert_int_equal(run_with(&sha_256, "c=cD14LCw=,r=" NONCE PROOF).reason, MALFORMED);
    assert_int_equal(run_with(&sha_256, "c=,r=" NONCE PROOF).reason, MALFORMED);
    assert_int_equal(run_with(&sha_256, "c=biws=,r=" NONCE PROOF).reason, MALFORMED);
    assert_int_equal(run_with(&sha_256, "c=biw,r=" NONCE PROOF).reason, MALFORMED);
}

static void every_other_proof_is_wrong(void **state)
{
    char final[256];
    uint8_t proof[32];
    size_t length = 0;
    char text[64];

    (void)state;
    assert_true(scram_base64_decode("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", 44,
        proof, sizeof(proof), &length));
    for (unsigned bit = 0; bit < 256; bit++) {
        proof[bit / 8] ^= (uint8_t)(1u << bit % 8);
        scram_base64_encode(proof, sizeof(proof), text);
        proof[bit / 8] ^= (uint8_t)(1u << bit % 8);
        (void)snprintf(final, sizeof(final), "c=biws,r=%s,p=%s", NONCE, text);
        const struct outcome o = run_with(&sha_256, final);
        assert_int_equal(o.e, OK);
        assert_int_equal(o.proof, SCRAM_WRONG);
        assert_string_equal(o.answer, "");
    }
}

static void an_extension_is_part_of_what_is_proved(void **state)
{
    (void)state;
    assert_int_equal(
        run_with(&sha_256, "c=biws,r=" NONCE ",x=1" PROOF).proof, SCRAM_WRONG);
}

/* The client's key is the secret: to know what is stored is not enough. */
static void a_proof_made_of_the_stored_key_is_wrong(void **state)
{
    uint8_t signature[32];
    uint8_t stored[32];
    char final[256];
    char text[64];
    size_t length = 0;
    const struct scram_part key = {stored, 32};

    (void)state;
    assert_true(scram_base64_decode("WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=", 44,
        stored, sizeof(stored), &length));
    const struct scram_part message[] = {{sha_256.first + 3, strlen(sha_256.first) - 3},
        {",", 1}, {sha_256.server_first, strlen(sha_256.server_first)}, {",", 1},
        {"c=biws,r=" NONCE, strlen("c=biws,r=" NONCE)}};
    assert_int_equal(
        scram_crypto_hmac(&crypto, SCRAM_SHA_256, &key, message, 5, signature), OK);
    for (unsigned with = 0; with < 2; with++) {
        uint8_t proof[32];
        for (size_t i = 0; i < 32; i++) {
            proof[i] = (uint8_t)(signature[i] ^ (with == 0 ? 0 : stored[i]));
        }
        scram_base64_encode(proof, sizeof(proof), text);
        (void)snprintf(final, sizeof(final), "c=biws,r=%s,p=%s", NONCE, text);
        assert_int_equal(run_with(&sha_256, final).proof, SCRAM_WRONG);
    }
}

static void disabled_users_are_told_apart_for_the_audit_only(void **state)
{
    char file[512];
    struct scram_exchange x;

    (void)state;
    (void)snprintf(file, sizeof(file), "%.*s:disabled\n", (int)strlen(sha_256.file) - 1,
        sha_256.file);
    load(file);
    assert_int_equal(
        say_first(&x, SCRAM_SHA_256, sha_256.first, strlen(sha_256.first), sha_256.nonce),
        NONE);
    assert_string_equal(x.server_first, sha_256.server_first);
    const struct outcome o = say_final(&x, sha_256.final, strlen(sha_256.final));
    assert_int_equal(o.proof, SCRAM_DISABLED);
    assert_string_equal(o.answer, "");
    scram_exchange_fini(&x);
}

static void unknown_users_get_an_exchange_that_fails_at_its_end(void **state)
{
    struct scram_client client = {.mechanism = "SCRAM-SHA-256",
        .gs2 = "n,,",
        .bare = "n=nobody,r=x",
        .password = "pencil"};
    struct scram_exchange x;
    char again[SCRAM_SERVER_FIRST_MAX];

    (void)state;
    load(sha_256.file);
    assert_int_equal(say_first(&x, SCRAM_SHA_256, "n,,n=nobody,r=x", 15, S32), NONE);
    (void)strcpy(again, x.server_first);
    scram_client_run(&client, x.server_first, x.server_first_length);
    const struct outcome o = say_final(&x, client.final, strlen(client.final));
    assert_int_equal(o.reason, NONE);
    assert_int_equal(o.e, OK);
    assert_int_equal(o.proof, SCRAM_UNKNOWN);
    assert_string_equal(o.answer, "");
    scram_exchange_fini(&x);
    assert_int_equal(say_first(&x, SCRAM_SHA_256, "n,,n=nobody,r=x", 15, S32), NONE);
    assert_string_equal(x.server_first, again); /* the same salt each time */
    scram_exchange_fini(&x);
}

/* --- mutations -------------------------------------------------------------------- */

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* One to three bytes changed, dropped, doubled or swapped for what the syntax knows. */
static size_t mutate(char *text, size_t length, size_t room, uint32_t *seed)
{
    static const char special[] = ",=nyparcmp\0\xff A/+:";

    for (uint32_t n = 1 + next_random(seed) % 3; n > 0; n--) {
        size_t at = next_random(seed) % (length > 0 ? length : 1);
        switch (next_random(seed) % 5) {
        case 0:
            text[at] = (char)(text[at] ^ (1 << next_random(seed) % 8));
            break;
        case 1:
            text[at] = special[next_random(seed) % sizeof(special)];
            break;
        case 2:
            memmove(text + at, text + at + 1, length - at - (length > 0));
            length -= length > 0;
            break;
        case 3:
            if (length + 1 < room) {
                memmove(text + at + 1, text + at, length - at);
                length++;
            }
            break;
        default:
            length = at;
            break;
        }
    }
    return length;
}

/* Whatever is changed, nobody comes in: 2000 first messages and 2000 final ones. */
static void mutated_exchanges_are_never_right(void **state)
{
    static const struct vector *const vectors[] = {&sha_256, &sha_512, &odd};
    uint32_t seed = 1;
    unsigned wellformed = 0;

    (void)state;
    for (unsigned n = 0; n < 4000; n++) {
        const struct vector *v = vectors[n % 3];
        const bool in_first = n < 2000;
        const char *right = in_first ? v->first : v->final;
        char text[1024];
        struct scram_exchange x;
        memcpy(text, right, strlen(right));
        const size_t length = mutate(text, strlen(right), sizeof(text), &seed);
        if (length == strlen(right) && memcmp(text, right, length) == 0) {
            continue;
        }
        load(v->file);
        enum schloss_auth_reason reason = say_first(&x, v->mechanism,
            in_first ? text : v->first, in_first ? length : strlen(v->first), v->nonce);
        if (reason == NONE) {
            wellformed += in_first;
            const struct outcome o = say_final(
                &x, in_first ? v->final : text, in_first ? strlen(v->final) : length);
            assert_int_not_equal(o.proof, SCRAM_PROVED);
            assert_string_equal(o.answer, "");
        }
        scram_exchange_fini(&x);
    }
    assert_true(wellformed > 100); /* or nothing was tried */
}

/* --- failures of the world -------------------------------------------------------- */

static void a_failed_allocation_is_an_internal_error(void **state)
{
    struct scram_exchange x;

    (void)state;
    load(sha_256.file);
    mem_fail_after(0);
    enum schloss_auth_reason reason =
        say_first(&x, SCRAM_SHA_256, sha_256.first, strlen(sha_256.first), sha_256.nonce);
    mem_fail_after(-1);
    assert_int_equal(reason, SCHLOSS_AUTH_REASON_INTERNAL);
    scram_exchange_fini(&x);
}

static void openssl_without_memory_never_makes_a_proof_right(void **state)
{
    static const char wrong[] =
        "c=biws,r=" NONCE ",p=AHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
    struct scram_exchange x;
    unsigned errors = 0;

    (void)state;
    begin(&x, &sha_256);
    for (long n = 0; n < 16; n++) {
        openssl_fails_after = n;
        const struct outcome right = say_final(&x, sha_256.final, strlen(sha_256.final));
        openssl_fails_after = n;
        const struct outcome o = say_final(&x, wrong, strlen(wrong));
        openssl_fails_after = -1;
        errors += right.e != OK;
        assert_true(right.e == ERR_NOMEM || right.proof == SCRAM_PROVED);
        assert_int_equal(o.proof, SCRAM_WRONG);
        assert_string_equal(o.answer, "");
    }
    assert_true(errors > 0);
    const struct outcome after = say_final(&x, sha_256.final, strlen(sha_256.final));
    assert_int_equal(after.proof, SCRAM_PROVED); /* it recovers */
    scram_exchange_fini(&x);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_vectors_are_met_to_the_byte),
        TEST(a_nonce_must_be_repeated_whole),
        TEST(a_recorded_exchange_does_not_work_again),
        TEST(nonces_are_new_and_printable),
        TEST(the_binding_is_that_of_the_first_message),
        TEST(every_other_proof_is_wrong),
        TEST(an_extension_is_part_of_what_is_proved),
        TEST(a_proof_made_of_the_stored_key_is_wrong),
        TEST(disabled_users_are_told_apart_for_the_audit_only),
        TEST(unknown_users_get_an_exchange_that_fails_at_its_end),
        TEST(mutated_exchanges_are_never_right),
        TEST(a_failed_allocation_is_an_internal_error),
        TEST(openssl_without_memory_never_makes_a_proof_right),
    };

    if (CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free) != 1) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}

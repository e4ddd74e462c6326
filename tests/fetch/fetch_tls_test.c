#include "fetch_tls.h"

#include "clock.h"
#include "fetch_server.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

#define HOST    "keys.test"
#define SOON_MS 10000

static char *pem;       /* of HOST; its own authority */
static char *other_pem; /* of another key */
static char *old_pem;   /* of HOST, and over */
static EVP_PKEY *key;
static EVP_PKEY *other_key;
static EVP_PKEY *old_key;
static struct tls_problem problem;

/* One connection of a client that trusts anchors and wants host. */
static enum err connect_by(struct fetch_server *s, const char *shown, EVP_PKEY *shown_key,
    const char *anchors, const char *host)
{
    struct fetch_tls t;
    int64_t wait_ms = s->is_silent ? 50 : SOON_MS;
    char byte;
    size_t length;

    problem.text[0] = '\0';
    int fd = fetch_server_begin(s, shown, shown_key);
    assert_int_equal(fetch_tls_init(&t, anchors, strlen(anchors), &problem), OK);
    enum err e = fetch_tls_connect(&t, fd, host, clock_mono_ms() + SOON_MS, &problem);
    if (e == OK) {
        e = fetch_tls_write(&t, "\r\n\r\n", 4, &problem);
        t.deadline_ms = clock_mono_ms() + wait_ms;
    }
    if (e == OK) {
        e = fetch_tls_read(&t, &byte, 1, &length, &problem);
    }
    fetch_tls_fini(&t);
    fetch_server_end(s);
    return e;
}

static void a_server_whose_certificate_names_the_host_is_talked_to(void **state)
{
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct fetch_server s = {
            .version_max = versions[i], .answer = "x", .answer_length = 1};
        if (connect_by(&s, pem, key, pem, HOST) != OK) {
            fail_msg("%s", problem.text);
        }
    }
}

static void assert_refused(const char *shown, EVP_PKEY *shown_key, const char *anchors,
    const char *host, const char *why)
{
    struct fetch_server s = {.answer = "x", .answer_length = 1};

    assert_int_equal(connect_by(&s, shown, shown_key, anchors, host), ERR_INVALID);
    assert_string_equal(problem.text, why);
}

static void another_name_is_refused(void **state)
{
    static const char why[] =
        "the certificate of the server is refused: hostname mismatch";

    (void)state;
    assert_refused(pem, key, pem, "other.test", why);
    assert_refused(pem, key, pem, "a.keys.test", why);
    assert_refused(pem, key, pem, "common.test", why); /* its common name is no name */
}

static void another_authority_and_another_time_are_refused(void **state)
{
    (void)state;
    assert_refused(pem, key, other_pem, HOST,
        "the certificate of the server is refused: self-signed certificate");
    assert_refused(old_pem, old_key, old_pem, HOST,
        "the certificate of the server is refused: certificate has expired");
}

static void versions_before_1_2_are_refused(void **state)
{
    struct fetch_server s = {.version_max = TLS1_1_VERSION};

    (void)state;
    assert_int_not_equal(connect_by(&s, pem, key, pem, HOST), OK);
    assert_non_null(strstr(problem.text, "the handshake"));
}

static void nothing_is_waited_for_longer_than_the_deadline(void **state)
{
    struct fetch_server s = {.is_silent = true};

    (void)state;
    assert_int_equal(connect_by(&s, pem, key, pem, HOST), ERR_TIMEOUT);
    assert_string_equal(problem.text, "the answer took too long");
}

static void an_end_is_told_from_a_connection_that_breaks(void **state)
{
    struct fetch_server s = {.answer_length = 0};

    (void)state;
    assert_int_equal(connect_by(&s, pem, key, pem, HOST), OK);
}

static void assert_no_anchors(const char *text)
{
    struct fetch_tls t;

    assert_int_equal(fetch_tls_init(&t, text, strlen(text), &problem), ERR_INVALID);
    assert_string_equal(problem.text, "the file of authorities has no certificate, more "
                                      "than 1000, or one that is broken");
    fetch_tls_fini(&t);
}

static void authorities_that_can_not_be_read_are_refused(void **state)
{
    char *half = strdup(pem);

    (void)state;
    assert_no_anchors("");
    assert_no_anchors("no certificate\n");
    half[strlen(half) / 2] = '!';
    assert_no_anchors(half);
    free(half);
}

static int set_up(void **state)
{
    (void)state;
    pem = fetch_server_certificate(HOST, 3600, &key);
    other_pem = fetch_server_certificate(HOST, 3600, &other_key);
    old_pem = fetch_server_certificate(HOST, -3600, &old_key);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(pem);
    free(other_pem);
    free(old_pem);
    EVP_PKEY_free(key);
    EVP_PKEY_free(other_key);
    EVP_PKEY_free(old_key);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_whose_certificate_names_the_host_is_talked_to),
        cmocka_unit_test(another_name_is_refused),
        cmocka_unit_test(another_authority_and_another_time_are_refused),
        cmocka_unit_test(versions_before_1_2_are_refused),
        cmocka_unit_test(nothing_is_waited_for_longer_than_the_deadline),
        cmocka_unit_test(an_end_is_told_from_a_connection_that_breaks),
        cmocka_unit_test(authorities_that_can_not_be_read_are_refused),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}

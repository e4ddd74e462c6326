#include "fetch_keys.h"

#include "clock.h"
#include "fetch_server.h"
#include "mem.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

#define HOST "keys.test"
#define ED25519                                                                          \
    "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"a\","                     \
    "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}"

static struct fetch_http answer;
static struct tls_problem problem;
static char request[4096];

/* What becomes of that answer to a GET of url. */
static enum err get(const char *url_text, const char *said)
{
    struct fetch_server s = {.answer = said, .answer_length = strlen(said)};
    struct fetch_tls t;
    struct conf_url url;
    EVP_PKEY *key = NULL;
    char *pem = fetch_server_certificate(HOST, 3600, &key);

    assert_null(conf_url_parse(url_text, &url));
    int fd = fetch_server_begin(&s, pem, key);
    fetch_http_init(&answer);
    assert_int_equal(fetch_tls_init(&t, pem, strlen(pem), &problem), OK);
    enum err e = fetch_tls_connect(&t, fd, url.host, clock_mono_ms() + 10000, &problem);
    if (e == OK) {
        e = fetch_keys_get(&t, &url, &answer, &problem);
    }
    fetch_tls_fini(&t);
    fetch_server_end(&s);
    memcpy(request, s.request, sizeof(request));
    EVP_PKEY_free(key);
    free(pem);
    return e;
}

static void a_get_names_host_and_target_and_brings_the_body(void **state)
{
    (void)state;
    assert_int_equal(get("https://keys.test/a/b?c=d",
                         "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"),
        OK);
    assert_int_equal(answer.body.length, 4);
    assert_memory_equal(answer.body.bytes, "body", 4);
    assert_string_equal(request,
        "GET /a/b?c=d HTTP/1.1\r\nHost: keys.test\r\nUser-Agent: schloss\r\n"
        "Accept: application/json\r\nAccept-Encoding: identity\r\nConnection: "
        "close\r\n\r\n");
    fetch_http_fini(&answer);
    assert_int_equal(
        get("https://keys.test:8443", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        OK);
    assert_non_null(strstr(request, "GET / HTTP/1.1\r\nHost: keys.test:8443\r\n"));
    fetch_http_fini(&answer);
}

static void the_longest_url_is_asked_for_whole(void **state)
{
    static char url[CONF_URL_MAX + 2] = "https://keys.test/";

    (void)state;
    memset(url + strlen(url), 'a', CONF_URL_MAX - strlen(url));
    assert_int_equal(get(url, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"), OK);
    const char *target = url + strlen("https://keys.test");
    assert_memory_equal(request, "GET ", 4);
    assert_memory_equal(request + 4, target, strlen(target));
    assert_memory_equal(
        request + 4 + strlen(target), " HTTP/1.1\r\nHost: keys.test\r\n", 28);
    fetch_http_fini(&answer);
    url[CONF_URL_MAX] = 'a';
    struct conf_url none;
    assert_non_null(conf_url_parse(url, &none));
}

static void assert_refused(const char *said, const char *why)
{
    assert_int_equal(get("https://keys.test/", said), ERR_INVALID);
    assert_string_equal(problem.text, why);
    fetch_http_fini(&answer);
}

static void what_is_no_answer_is_said_without_its_bytes(void **state)
{
    (void)state;
    assert_refused("HTTP/1.1 302 Found\r\nLocation: https://else.test/\r\n\r\n",
        "the answer has status 302, not 200; redirects are not followed");
    assert_refused("HTTP/1.1 500 secret\r\n\r\n", "the answer has status 500, not 200");
    assert_refused(
        "HTTP/1.1 200 OK\r\n\r\n{}", "the answer does not say where its body ends");
    assert_refused(
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", "the answer is not complete");
    assert_refused("", "the answer is not complete");
}

static enum err check(const char *text)
{
    struct buf body;

    buf_init(&body, 65536);
    buf_add_text(&body, text);
    enum err e = fetch_keys_check(&body, &problem);
    buf_fini(&body);
    return e;
}

static void a_key_set_is_what_the_plugin_takes(void **state)
{
    (void)state;
    assert_int_equal(check(ED25519), OK);
    assert_int_equal(check("{\"keys\":[]}"), ERR_INVALID);
    assert_string_equal(problem.text, "the key set has no key that checks a signature");
    assert_int_equal(check("[]"), ERR_INVALID);
    assert_string_equal(
        problem.text, "the key set is not a JSON object whose members are all different");
    assert_int_equal(
        check("{\"keys\":[{\"kty\":\"oct\",\"k\":\"AA\",\"kid\":\"a\"}]}"), ERR_INVALID);
    assert_string_equal(problem.text, "the key set: key 1 holds a secret: symmetric keys "
                                      "and private parts do not belong "
                                      "here");
}

static void without_memory_a_key_set_is_not_taken_for_a_bad_one(void **state)
{
    enum err e = ERR_NOMEM;
    long n = 0;

    (void)state;
    for (; e != OK && n < 1000; n++) {
        struct buf body;
        buf_init(&body, 65536);
        buf_add_text(&body, ED25519);
        mem_fail_after(n);
        e = fetch_keys_check(&body, &problem);
        mem_fail_after(-1);
        buf_fini(&body);
        if (e != OK) {
            assert_int_equal(e, ERR_NOMEM);
            assert_string_equal(problem.text, "the key set: out of memory");
        }
    }
    assert_int_equal(e, OK);
    assert_true(n > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_get_names_host_and_target_and_brings_the_body),
        cmocka_unit_test(the_longest_url_is_asked_for_whole),
        cmocka_unit_test(what_is_no_answer_is_said_without_its_bytes),
        cmocka_unit_test(a_key_set_is_what_the_plugin_takes),
        cmocka_unit_test(without_memory_a_key_set_is_not_taken_for_a_bad_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

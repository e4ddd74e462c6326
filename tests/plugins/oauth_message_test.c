#include "oauth_message.h"

#include "test.h"

#include <string.h>

#define A "\x01"

static void assert_bytes(
    const void *bytes, size_t length, enum schloss_auth_reason expected)
{
    struct oauth_message m = {.user_length = 77};

    assert_int_equal(oauth_message_parse(&m, bytes, length), expected);
    if (expected != SCHLOSS_AUTH_REASON_NONE) {
        assert_int_equal(m.user_length, 77); /* written on success only */
    }
}

static void assert_parts(const char *text, const char *user, const char *token)
{
    struct oauth_message m;

    assert_int_equal(
        oauth_message_parse(&m, text, strlen(text)), SCHLOSS_AUTH_REASON_NONE);
    assert_int_equal(m.user_length, strlen(user));
    assert_memory_equal(m.user, user, m.user_length);
    assert_int_equal(m.token.length, strlen(token));
    assert_memory_equal(m.token.bytes, token, m.token.length);
}

#define REFUSED(text) assert_bytes(text, sizeof(text) - 1, SCHLOSS_AUTH_REASON_MALFORMED)

static void clients_send_a_token_alone_or_with_more(void **state)
{
    (void)state;
    assert_parts("n,," A "auth=Bearer a.b.c" A A, "", "a.b.c");
    assert_parts("y,," A "auth=Bearer a.b.c" A A, "", "a.b.c");
    assert_parts("n,a=alice," A "auth=bearer a.b.c" A A, "alice", "a.b.c");
    assert_parts("n,," A "auth=BEARER   a.b.c" A A, "", "a.b.c");
    assert_parts("n,a=user@example.com," A "host=server.example.com" A "port=143" A
                 "auth=Bearer vF9dft4q" A A,
        "user@example.com", "vF9dft4q");
    assert_parts("n,," A "auth=Bearer t" A "logicalCluster=lkc-1" A "traceId=1 2,3=4" A A,
        "", "t");
    assert_parts("n,," A "host=" A "auth=Bearer t" A A, "", "t");
    assert_parts("n,," A "AUTH=Basic x" A "auth=Bearer t" A A, "", "t");
}

static void a_client_may_ask_for_the_error(void **state)
{
    (void)state;
    assert_parts("n,," A "auth=" A A, "", "");
    assert_parts("n,," A "auth=Bearer " A A, "", "");
}

static void names_are_decoded(void **state)
{
    (void)state;
    assert_parts("n,a=a=2Cb=3Dc," A "auth=Bearer t" A A, "a,b=c", "t");
    assert_parts("n,a=\xc3\xa9," A "auth=Bearer t" A A, "\xc3\xa9", "t");
    REFUSED("n,a=a=2cb," A "auth=Bearer t" A A);
    REFUSED("n,a=a=b," A "auth=Bearer t" A A);
    REFUSED("n,a=a=," A "auth=Bearer t" A A);
    REFUSED("n,a=a=2," A "auth=Bearer t" A A);
    REFUSED("n,a=a=00," A "auth=Bearer t" A A);
    REFUSED("n,a=," A "auth=Bearer t" A A);
    REFUSED("n,a=a\0b," A "auth=Bearer t" A A);
    REFUSED("n,a=\xff," A "auth=Bearer t" A A);
    REFUSED("n,b=alice," A "auth=Bearer t" A A);
    REFUSED("n,alice," A "auth=Bearer t" A A);
}

static void channel_binding_is_not_on_offer(void **state)
{
    (void)state;
    REFUSED("p=tls-exporter,," A "auth=Bearer t" A A);
    REFUSED("p,," A "auth=Bearer t" A A);
    REFUSED(",," A "auth=Bearer t" A A);
    REFUSED("N,," A "auth=Bearer t" A A);
    REFUSED("nn,," A "auth=Bearer t" A A);
    REFUSED("F,n,," A "auth=Bearer t" A A);
}

static void what_is_not_the_form_is_refused(void **state)
{
    (void)state;
    REFUSED("");
    REFUSED("n");
    REFUSED("n,");
    REFUSED("n,,");
    REFUSED(A);
    REFUSED("n,," A A);
    REFUSED("n,," A);
    REFUSED("n,,auth=Bearer t" A A);
    REFUSED("n,,x" A "auth=Bearer t" A A);
    REFUSED("n,," A "auth=Bearer t" A);
    REFUSED("n,," A "auth=Bearer t");
    REFUSED("n,," A "auth=Bearer t" A A A);
    REFUSED("n,," A "auth=Bearer t" A A "x");
    REFUSED("n,," A A "auth=Bearer t" A A);
    REFUSED("n,," A "host=h" A A);
    REFUSED("n,," A "auth=Bearer t" A "auth=Bearer t" A A);
    REFUSED("n,," A "auth=" A "auth=Bearer t" A A);
    REFUSED("n,," A "auth=Bearer" A A);
    REFUSED("n,," A "auth=Basic t" A A);
    REFUSED("n,," A "auth=Bearer\tt" A A);
    REFUSED("n,," A "auth=t" A A);
    REFUSED("n,," A "auth = Bearer t" A A);
    REFUSED("n,," A "=Bearer t" A A);
    REFUSED("n,," A "auth" A A);
    REFUSED("n,," A "auth=Bearer t" A "key" A A);
    REFUSED("n,," A "auth=Bearer t" A "=value" A A);
    REFUSED("n,," A "auth=Bearer t" A "k1=value" A A);
    REFUSED("n,," A "auth=Bearer t" A "k_y=value" A A);
    REFUSED("n,," A "auth=Bearer t" A "k=\x7f" A A);
    REFUSED("n,," A "auth=Bearer t" A "k=\xc3\xa9" A A);
    REFUSED("n,," A "auth=Bearer t" A "k=\0" A A);
    REFUSED("n,," A "auth=Bearer \0" A A);
}

static void every_truncation_is_an_error(void **state)
{
    static const char whole[] = "n,a=alice," A "host=h" A "auth=Bearer a.b.c" A "k=v" A A;

    (void)state;
    for (size_t length = 0; length < sizeof(whole) - 1; length++) {
        assert_bytes(whole, length, SCHLOSS_AUTH_REASON_MALFORMED);
    }
    assert_bytes(whole, sizeof(whole) - 1, SCHLOSS_AUTH_REASON_NONE);
}

static size_t compose(char *out, size_t user, size_t whole)
{
    memcpy(out, "n,a=", 4);
    memset(out + 4, 'u', user);
    memcpy(out + 4 + user, "," A "auth=Bearer ", 14);
    memset(out + 18 + user, 't', whole - user - 20);
    memcpy(out + whole - 2, A A, 2);
    return whole;
}

static void lengths_are_bounded(void **state)
{
    static char bytes[1 << 20];

    (void)state;
    assert_bytes(bytes, compose(bytes, 255, 1000), SCHLOSS_AUTH_REASON_NONE);
    assert_bytes(bytes, compose(bytes, 256, 1000), SCHLOSS_AUTH_REASON_MALFORMED);
    assert_bytes(bytes, compose(bytes, 5, OAUTH_MESSAGE_MAX), SCHLOSS_AUTH_REASON_NONE);
    assert_bytes(
        bytes, compose(bytes, 5, OAUTH_MESSAGE_MAX + 1), SCHLOSS_AUTH_REASON_TOO_LONG);
    assert_bytes(bytes, compose(bytes, 5, sizeof(bytes)), SCHLOSS_AUTH_REASON_TOO_LONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clients_send_a_token_alone_or_with_more),
        cmocka_unit_test(a_client_may_ask_for_the_error),
        cmocka_unit_test(names_are_decoded),
        cmocka_unit_test(channel_binding_is_not_on_offer),
        cmocka_unit_test(what_is_not_the_form_is_refused),
        cmocka_unit_test(every_truncation_is_an_error),
        cmocka_unit_test(lengths_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

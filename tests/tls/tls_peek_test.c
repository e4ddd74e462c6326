#include "tls_peek.h"

#include "clock.h"
#include "test.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ApiVersions v3 of client "rdkafka": length 24. */
static const uint8_t kafka[] = {0, 0, 0, 24, 0, 18, 0, 3, 0, 0, 0, 1, 0, 7, 'r', 'd', 'k',
    'a', 'f', 'k', 'a', 0, 1, 'x', 1, 'y', 0, 0};

static enum tls_speech classify(const void *bytes, size_t length)
{
    return tls_peek_classify(bytes, length).speech;
}

static enum tls_speech changed(size_t at, uint8_t value)
{
    uint8_t bytes[sizeof(kafka)];

    memcpy(bytes, kafka, sizeof(bytes));
    bytes[at] = value;
    return classify(bytes, sizeof(bytes));
}

static void tls_is_known_by_its_first_two_bytes(void **state)
{
    (void)state;
    assert_int_equal(classify("\x16", 1), TLS_SPEECH_TLS);
    assert_int_equal(classify("\x16\x03\x01\x02\x00", 5), TLS_SPEECH_TLS);
    assert_int_equal(classify("\x16\x02\x01", 3), TLS_SPEECH_OTHER);
    assert_int_equal(classify("\x16\x04", 2), TLS_SPEECH_OTHER);
    assert_int_equal(classify("\x15\x03\x01", 3), TLS_SPEECH_OTHER);
    assert_int_equal(classify("\x17\x03\x03", 3), TLS_SPEECH_OTHER);
}

static void http_is_known_by_its_method(void **state)
{
    static const char *const methods[] = {"GET ", "HEAD ", "POST ", "PUT ", "PATCH ",
        "DELETE ", "OPTIONS ", "CONNECT ", "PRI "};

    (void)state;
    for (size_t i = 0; i < 9; i++) {
        size_t length = strlen(methods[i]);
        assert_int_equal(classify(methods[i], length), TLS_SPEECH_HTTP);
        for (size_t cut = 1; cut < length; cut++) {
            assert_int_equal(classify(methods[i], cut), TLS_SPEECH_SHORT);
        }
    }
    assert_int_equal(classify("GET / HTTP/1.1\r\n", 16), TLS_SPEECH_HTTP);
    assert_int_equal(classify("GETX", 4), TLS_SPEECH_OTHER);
    assert_int_equal(classify("get ", 4), TLS_SPEECH_OTHER);
    assert_int_equal(classify("SSH-2.0-", 8), TLS_SPEECH_OTHER);
}

static void a_kafka_request_tells_its_api_and_client(void **state)
{
    struct tls_peek p = tls_peek_classify(kafka, sizeof(kafka));

    (void)state;
    assert_int_equal(p.speech, TLS_SPEECH_KAFKA);
    assert_int_equal(p.api_key, 18);
    assert_int_equal(p.api_version, 3);
    assert_int_equal(p.client_id_length, 7);
    assert_memory_equal(p.client_id, "rdkafka", 7);
}

static void every_truncation_is_short_or_lacks_the_client(void **state)
{
    (void)state;
    for (size_t length = 0; length < sizeof(kafka); length++) {
        struct tls_peek p = tls_peek_classify(kafka, length);
        assert_int_equal(p.speech, length < 14 ? TLS_SPEECH_SHORT : TLS_SPEECH_KAFKA);
        assert_true((p.client_id != NULL) == (length >= 21));
    }
}

static void a_null_or_empty_client_id_is_none(void **state)
{
    uint8_t bytes[14];

    (void)state;
    memcpy(bytes, kafka, sizeof(bytes));
    bytes[3] = 10;
    memcpy(bytes + 12, "\xff\xff", 2);
    assert_int_equal(classify(bytes, 14), TLS_SPEECH_KAFKA);
    assert_null(tls_peek_classify(bytes, 14).client_id);
    memcpy(bytes + 12, "\x00\x00", 2);
    assert_int_equal(classify(bytes, 14), TLS_SPEECH_KAFKA);
    assert_null(tls_peek_classify(bytes, 14).client_id);
    memcpy(bytes + 12, "\x00\x01", 2);
    assert_int_equal(classify(bytes, 14), TLS_SPEECH_OTHER);
    memcpy(bytes + 12, "\xff\xfe", 2);
    assert_int_equal(classify(bytes, 14), TLS_SPEECH_OTHER);
}

static void implausible_frames_are_something_else(void **state)
{
    (void)state;
    assert_int_equal(changed(0, 1), TLS_SPEECH_OTHER);
    assert_int_equal(changed(0, 0x80), TLS_SPEECH_OTHER);
    assert_int_equal(changed(1, 15), TLS_SPEECH_KAFKA);
    assert_int_equal(changed(1, 16), TLS_SPEECH_OTHER);
    assert_int_equal(changed(3, 17), TLS_SPEECH_KAFKA);
    assert_int_equal(changed(3, 16), TLS_SPEECH_OTHER);
    assert_int_equal(changed(3, 9), TLS_SPEECH_OTHER);
    assert_int_equal(changed(4, 1), TLS_SPEECH_OTHER);
    assert_int_equal(changed(5, 94), TLS_SPEECH_KAFKA);
    assert_int_equal(changed(5, 95), TLS_SPEECH_OTHER);
    assert_int_equal(changed(6, 1), TLS_SPEECH_OTHER);
    assert_int_equal(changed(7, 200), TLS_SPEECH_KAFKA);
    assert_int_equal(classify("\x01", 1), TLS_SPEECH_OTHER);
    assert_int_equal(classify("\x00\x10", 2), TLS_SPEECH_OTHER);
    assert_int_equal(classify("\x00\x00\x00\x20\x01", 5), TLS_SPEECH_OTHER);
    assert_int_equal(classify("\x00\x00\x00\x20\x00\x5f", 6), TLS_SPEECH_OTHER);
    assert_int_equal(classify("\x00\x00\x00\x20\x00\x5e\x01", 7), TLS_SPEECH_OTHER);
    assert_int_equal(classify("\x00\x00\x00\x20\x00\x5e\x00", 7), TLS_SPEECH_SHORT);
}

static void looking_takes_nothing(void **state)
{
    int ends[2];
    uint8_t bytes[TLS_PEEK_BYTES];
    uint8_t again[64];
    struct tls_peek p;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_int_equal(
        tls_peek_socket(ends[0], clock_mono_ms() + 20, bytes, &p), ERR_TIMEOUT);
    assert_int_equal(write(ends[1], kafka, sizeof(kafka)), (ssize_t)sizeof(kafka));
    assert_int_equal(tls_peek_socket(ends[0], clock_mono_ms() + 5000, bytes, &p), OK);
    assert_int_equal(p.speech, TLS_SPEECH_KAFKA);
    assert_memory_equal(p.client_id, "rdkafka", 7);
    assert_int_equal(read(ends[0], again, sizeof(again)), (ssize_t)sizeof(kafka));
    assert_memory_equal(again, kafka, sizeof(kafka));
    close(ends[1]);
    assert_int_equal(tls_peek_socket(ends[0], -1, bytes, &p), ERR_CLOSED);
    close(ends[0]);
}

static void too_little_to_tell_is_not_waited_for_long(void **state)
{
    int ends[2];
    uint8_t bytes[TLS_PEEK_BYTES];
    struct tls_peek p;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_int_equal(write(ends[1], kafka, 5), 5);
    assert_int_equal(
        tls_peek_socket(ends[0], clock_mono_ms() + 30, bytes, &p), ERR_TIMEOUT);
    assert_int_equal(tls_peek_socket(ends[0], clock_mono_ms() + 20000, bytes, &p), OK);
    assert_int_equal(p.speech, TLS_SPEECH_OTHER);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tls_is_known_by_its_first_two_bytes),
        cmocka_unit_test(http_is_known_by_its_method),
        cmocka_unit_test(a_kafka_request_tells_its_api_and_client),
        cmocka_unit_test(every_truncation_is_short_or_lacks_the_client),
        cmocka_unit_test(a_null_or_empty_client_id_is_none),
        cmocka_unit_test(implausible_frames_are_something_else),
        cmocka_unit_test(looking_takes_nothing),
        cmocka_unit_test(too_little_to_tell_is_not_waited_for_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "fetch_http.h"

#include "mem.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

static struct fetch_http h;
static char text[2 * FETCH_BODY_MAX];

/* In pieces of that size. */
static enum fetch_http_answer read_in(const char *bytes, size_t length, size_t piece)
{
    enum fetch_http_answer answer = FETCH_HTTP_MORE;

    fetch_http_init(&h);
    for (size_t at = 0; at < length; at += piece) {
        answer =
            fetch_http_read(&h, bytes + at, length - at < piece ? length - at : piece);
    }
    return answer;
}

static void assert_answer_of(
    const char *bytes, size_t length, enum fetch_http_answer expected, const char *body)
{
    static const size_t pieces[] = {SIZE_MAX / 2, 1, 2, 3, 7, 64};

    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        enum fetch_http_answer answer = read_in(bytes, length, pieces[i]);
        if (answer != expected) {
            fail_msg("pieces of %zu: the answer %s: %s", pieces[i],
                fetch_http_text(answer), bytes);
        }
        if (body != NULL) {
            assert_int_equal(h.body.length, strlen(body));
            assert_memory_equal(h.body.bytes, body, strlen(body));
        }
        fetch_http_fini(&h);
    }
}

static void assert_answer(const char *bytes, enum fetch_http_answer expected)
{
    assert_answer_of(bytes, strlen(bytes), expected, NULL);
}

static void assert_body(const char *bytes, const char *body)
{
    assert_answer_of(bytes, strlen(bytes), FETCH_HTTP_DONE, body);
}

#define OKAY "HTTP/1.1 200 OK\r\n"

static void a_body_of_a_given_length_is_read_whole(void **state)
{
    (void)state;
    assert_body(OKAY "Content-Length: 4\r\n\r\nkeys", "keys");
    assert_body("HTTP/1.0 200 \r\ncontent-length:4\r\nX:\t y \t\r\n\r\nkeys", "keys");
    assert_body(OKAY "Content-Length: 4\r\n\r\nkeys, and more", "keys");
    assert_body(OKAY "Content-Encoding: Identity\r\nContent-Length: 1\r\n\r\n\r", "\r");
    assert_answer(OKAY "Content-Length: 0\r\n\r\n", FETCH_HTTP_DONE);
    assert_answer(OKAY "Content-Length: 4\r\n\r\nkey", FETCH_HTTP_MORE);
}

static void chunks_are_put_together(void **state)
{
    (void)state;
    assert_body(OKAY "Transfer-Encoding: chunked\r\n\r\n"
                     "3\r\nabc\r\n00A\r\n0123456789\r\n0\r\n\r\nmore",
        "abc0123456789");
    assert_answer(OKAY "Transfer-Encoding: Chunked\r\n\r\n0\r\n\r\n", FETCH_HTTP_DONE);
    assert_answer(
        OKAY "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n", FETCH_HTTP_MORE);
}

static void only_status_200_of_http_1_is_taken(void **state)
{
    static const char *const lines[] = {"HTTP/2.0 200 OK\r\n", "HTTP/1.2 200 OK\r\n",
        "http/1.1 200 OK\r\n", "HTTP/1.1  200 OK\r\n", "HTTP/1.1 200\r\n",
        "HTTP/1.1 2000 OK\r\n", "HTTP/1.1 20 OK\r\n", "HTTP/1.1\t200 OK\r\n", "\r\n",
        "HTTP/1.1 -20 OK\r\n", "ICY 200 OK\r\n", "x\r\n"};
    static const char *const others[] = {"HTTP/1.1 100 Continue\r\n",
        "HTTP/1.1 204 None\r\n", "HTTP/1.1 206 Part\r\n", "HTTP/1.1 301 There\r\n",
        "HTTP/1.1 404 No\r\n", "HTTP/1.0 503 Later\r\n", "HTTP/1.1 000 \r\n"};

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        assert_answer(lines[i], FETCH_HTTP_STATUS_LINE);
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_answer(others[i], FETCH_HTTP_STATUS);
    }
    (void)read_in(others[3], strlen(others[3]), 100);
    assert_int_equal(h.status, 301);
    fetch_http_fini(&h);
}

static void what_could_be_read_in_two_ways_is_refused(void **state)
{
    (void)state;
    assert_answer(OKAY "\r\n", FETCH_HTTP_NO_LENGTH);
    assert_answer(OKAY "Connection: close\r\n\r\n{}", FETCH_HTTP_NO_LENGTH);
    assert_answer(
        OKAY "Content-Length: 1\r\nContent-Length: 1\r\n\r\n1", FETCH_HTTP_LENGTH);
    assert_answer(OKAY "Content-Length: 1, 1\r\n\r\n", FETCH_HTTP_LENGTH);
    assert_answer(OKAY "Content-Length: +1\r\n\r\n", FETCH_HTTP_LENGTH);
    assert_answer(OKAY "Content-Length: -1\r\n\r\n", FETCH_HTTP_LENGTH);
    assert_answer(OKAY "Content-Length: 0x1\r\n\r\n", FETCH_HTTP_LENGTH);
    assert_answer(OKAY "Content-Length:\r\n\r\n", FETCH_HTTP_LENGTH);
    assert_answer(OKAY "Content-Length: 99999999999999999999\r\n\r\n", FETCH_HTTP_LENGTH);
    assert_answer(OKAY "Transfer-Encoding: gzip\r\n\r\n", FETCH_HTTP_CODING);
    assert_answer(OKAY "Transfer-Encoding: gzip, chunked\r\n\r\n", FETCH_HTTP_CODING);
    assert_answer(OKAY "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        FETCH_HTTP_CODING);
    assert_answer(OKAY "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        FETCH_HTTP_CODING);
    assert_answer(OKAY "Content-Encoding: gzip\r\n\r\n", FETCH_HTTP_CODING);
}

static void malformed_lines_are_refused(void **state)
{
    static const char nul[] = OKAY "X: a\0b\r\n\r\n";

    (void)state;
    assert_answer("HTTP/1.1 200 OK\n", FETCH_HTTP_LINE);
    assert_answer("\n", FETCH_HTTP_LINE);
    assert_answer(OKAY "X: y\n", FETCH_HTTP_LINE);
    assert_answer_of(nul, sizeof(nul) - 1, FETCH_HTTP_LINE, NULL);
    assert_answer(OKAY "X : y\r\n", FETCH_HTTP_FIELD);
    assert_answer(OKAY " continued\r\n", FETCH_HTTP_FIELD);
    assert_answer(OKAY ": y\r\n", FETCH_HTTP_FIELD);
    assert_answer(OKAY "no colon\r\n", FETCH_HTTP_FIELD);
    assert_answer(OKAY "X: a\rb\r\n", FETCH_HTTP_FIELD);
    assert_answer(OKAY "X: \x7f\r\n", FETCH_HTTP_FIELD);
    assert_answer(OKAY "X: \x01\r\n", FETCH_HTTP_FIELD);
    assert_answer(OKAY "Content-Length\xe9: 1\r\n", FETCH_HTTP_FIELD);
}

#define CHUNKED OKAY "Transfer-Encoding: chunked\r\n\r\n"

static void malformed_chunks_are_refused(void **state)
{
    (void)state;
    assert_answer(CHUNKED "\r\n", FETCH_HTTP_CHUNK);
    assert_answer(CHUNKED "g\r\n", FETCH_HTTP_CHUNK);
    assert_answer(CHUNKED "3;x=y\r\nabc\r\n", FETCH_HTTP_CHUNK);
    assert_answer(CHUNKED " 3\r\nabc\r\n", FETCH_HTTP_CHUNK);
    assert_answer(CHUNKED "-3\r\nabc\r\n", FETCH_HTTP_CHUNK);
    assert_answer(CHUNKED "000000003\r\nabc\r\n", FETCH_HTTP_CHUNK);
    assert_answer(CHUNKED "3\r\nabcd\r\n", FETCH_HTTP_CHUNK);
    assert_answer(CHUNKED "3\r\nabc\n", FETCH_HTTP_LINE);
    assert_answer(CHUNKED "ffffffff\r\n", FETCH_HTTP_BODY_SIZE);
    assert_answer(CHUNKED "0\r\nX: y\r\n\r\n", FETCH_HTTP_TRAILER);
}

/* Appends a character n times. */
static void repeat(size_t *length, char c, size_t n)
{
    memset(text + *length, c, n);
    *length += n;
}

static void append(size_t *length, const char *what)
{
    memcpy(text + *length, what, strlen(what));
    *length += strlen(what);
}

static void a_body_may_be_as_large_as_the_limit(void **state)
{
    size_t length = 0;

    (void)state;
    append(&length, OKAY "Content-Length: 262144\r\n\r\n");
    repeat(&length, 'x', FETCH_BODY_MAX);
    assert_int_equal(read_in(text, length, 1000), FETCH_HTTP_DONE);
    assert_int_equal(h.body.length, FETCH_BODY_MAX);
    fetch_http_fini(&h);
    assert_answer(OKAY "Content-Length: 262145\r\n\r\n", FETCH_HTTP_BODY_SIZE);

    length = 0;
    append(&length, CHUNKED "3ffff\r\n");
    repeat(&length, 'x', FETCH_BODY_MAX - 1);
    append(&length, "\r\n");
    size_t before = length;
    append(&length, "1\r\nx\r\n0\r\n\r\n");
    assert_int_equal(read_in(text, length, 1000), FETCH_HTTP_DONE);
    fetch_http_fini(&h);
    length = before;
    append(&length, "2\r\n");
    assert_int_equal(read_in(text, length, 1000), FETCH_HTTP_BODY_SIZE);
    fetch_http_fini(&h);
}

static void lines_and_heads_are_bounded(void **state)
{
    size_t length = 0;

    (void)state;
    append(&length, OKAY "X: ");
    repeat(&length, 'x', FETCH_LINE_MAX - 6);
    append(&length, "\r\nContent-Length: 0\r\n\r\n");
    assert_answer_of(text, length, FETCH_HTTP_DONE, NULL);
    length = 0;
    append(&length, OKAY "X: ");
    repeat(&length, 'x', FETCH_LINE_MAX - 5);
    append(&length, "\r\nContent-Length: 0\r\n\r\n");
    assert_answer_of(text, length, FETCH_HTTP_LINE, NULL);
    length = 0;
    append(&length, OKAY);
    while (length <= FETCH_HEAD_MAX) {
        append(&length, "X: 01234567890123456789\r\n");
    }
    assert_answer_of(text, length, FETCH_HTTP_HEAD_SIZE, NULL);
}

static void what_follows_an_answer_is_not_looked_at(void **state)
{
    (void)state;
    assert_int_equal(read_in("x\r\n", 3, 3), FETCH_HTTP_STATUS_LINE);
    assert_int_equal(fetch_http_read(&h, OKAY, strlen(OKAY)), FETCH_HTTP_STATUS_LINE);
    fetch_http_fini(&h);
}

static void without_memory_there_is_no_body(void **state)
{
    static const char good[] = OKAY "Content-Length: 4\r\n\r\nkeys";

    (void)state;
    mem_fail_after(0);
    enum fetch_http_answer answer = read_in(good, sizeof(good) - 1, 100);
    mem_fail_after(-1);
    assert_int_equal(answer, FETCH_HTTP_MEMORY);
    fetch_http_fini(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_of_a_given_length_is_read_whole),
        cmocka_unit_test(chunks_are_put_together),
        cmocka_unit_test(only_status_200_of_http_1_is_taken),
        cmocka_unit_test(what_could_be_read_in_two_ways_is_refused),
        cmocka_unit_test(malformed_lines_are_refused),
        cmocka_unit_test(malformed_chunks_are_refused),
        cmocka_unit_test(a_body_may_be_as_large_as_the_limit),
        cmocka_unit_test(lines_and_heads_are_bounded),
        cmocka_unit_test(what_follows_an_answer_is_not_looked_at),
        cmocka_unit_test(without_memory_there_is_no_body),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

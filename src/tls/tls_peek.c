#include "tls_peek.h"

#include "clock.h"
#include "tls_wait.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#define HEADER_BYTES                                                                     \
    14 /* length, key, version, correlation id, length of the client id */
#define MORE_WAIT_MS  500
#define MORE_ROUND_MS 10
#define TLS_HANDSHAKE 0x16
#define TLS_MAJOR     3

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static int16_t get_i16(const uint8_t *bytes)
{
    return (int16_t)(uint16_t)(bytes[0] << 8 | bytes[1]);
}

static bool may_be_http(const uint8_t *bytes, size_t length, bool *whole_out)
{
    static const char *const methods[] = {"GET ", "HEAD ", "POST ", "PUT ", "PATCH ",
        "DELETE ", "OPTIONS ", "CONNECT ", "PRI "};

    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        size_t size = strlen(methods[i]);
        if (memcmp(bytes, methods[i], smaller(size, length)) == 0) {
            *whole_out = length >= size;
            return true;
        }
    }
    return false;
}

static struct tls_peek as_kafka(const uint8_t *bytes, size_t length)
{
    struct tls_peek out = {.speech = TLS_SPEECH_OTHER};

    /* What is there must already be right, so that a wrong byte is told at once. */
    if (bytes[0] != 0 || (length >= 2 && bytes[1] >= TLS_PEEK_FRAME_MAX >> 16) ||
        (length >= 5 && bytes[4] != 0) || (length >= 6 && bytes[5] > TLS_PEEK_API_MAX) ||
        (length >= 7 && bytes[6] != 0)) {
        return out;
    }
    if (length < HEADER_BYTES) {
        out.speech = TLS_SPEECH_SHORT;
        return out;
    }
    size_t frame = (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
    int16_t id = get_i16(bytes + 12);
    if (frame < HEADER_BYTES - 4 || id < -1 ||
        (id > 0 && (size_t)id > frame - (HEADER_BYTES - 4))) {
        return out;
    }
    out.speech = TLS_SPEECH_KAFKA;
    out.api_key = get_i16(bytes + 4);
    out.api_version = get_i16(bytes + 6);
    if (id > 0 && (size_t)id <= length - HEADER_BYTES) {
        out.client_id = bytes + HEADER_BYTES;
        out.client_id_length = (size_t)id;
    }
    return out;
}

struct tls_peek tls_peek_classify(const uint8_t *bytes, size_t length)
{
    struct tls_peek out = {.speech = TLS_SPEECH_SHORT};
    bool whole = false;

    if (length == 0) {
        return out;
    }
    if (bytes[0] == TLS_HANDSHAKE) {
        bool tls = length < 2 || bytes[1] == TLS_MAJOR;
        out.speech = tls ? TLS_SPEECH_TLS : TLS_SPEECH_OTHER;
        return out;
    }
    if (may_be_http(bytes, length, &whole)) {
        out.speech = whole ? TLS_SPEECH_HTTP : TLS_SPEECH_SHORT;
        return out;
    }
    return as_kafka(bytes, length);
}

/* Bytes that were looked at stay readable, so poll can not wait for more of them. */
static enum err wait_for_more(int64_t deadline_ms)
{
    if (deadline_ms >= 0 && clock_mono_ms() >= deadline_ms) {
        return ERR_TIMEOUT;
    }
    return poll(NULL, 0, MORE_ROUND_MS) == 0 || errno == EINTR ? OK : ERR_IO;
}

enum err tls_peek_socket(
    int fd, int64_t deadline_ms, uint8_t bytes[TLS_PEEK_BYTES], struct tls_peek *out)
{
    int64_t first_ms = -1;

    for (;;) {
        enum err e =
            first_ms < 0 ? tls_wait(fd, POLLIN, deadline_ms) : wait_for_more(deadline_ms);
        if (e != OK) {
            return e;
        }
        ssize_t n = recv(fd, bytes, TLS_PEEK_BYTES, MSG_PEEK | MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno == ECONNRESET)) {
            return ERR_CLOSED;
        }
        if (n < 0) {
            if (errno == EAGAIN || errno == EINTR) {
                continue;
            }
            return ERR_IO;
        }
        first_ms = first_ms < 0 ? clock_mono_ms() : first_ms;
        struct tls_peek found = tls_peek_classify(bytes, (size_t)n);
        bool enough = clock_mono_ms() - first_ms >= MORE_WAIT_MS;
        if (found.speech != TLS_SPEECH_SHORT || enough) {
            found.speech =
                found.speech == TLS_SPEECH_SHORT ? TLS_SPEECH_OTHER : found.speech;
            *out = found;
            return OK;
        }
    }
}

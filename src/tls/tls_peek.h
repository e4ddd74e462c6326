/*
 * tls_peek - what does a client speak, told from its first bytes?
 *
 * For the log line that says what to change: plaintext Kafka on a TLS port, TLS on a
 * plaintext port, a browser on either.
 *
 * Trust: the bytes are a stranger's, before any handshake. Nothing is consumed.
 *
 * Ownership: client_id borrows the bytes.
 */
#ifndef TLS_PEEK_H
#define TLS_PEEK_H

#include "err.h"

#include <stddef.h>
#include <stdint.h>

#define TLS_PEEK_BYTES     512           /* more is never needed */
#define TLS_PEEK_FRAME_MAX (1024 * 1024) /* a first Kafka request is smaller */
#define TLS_PEEK_API_MAX   94            /* the highest key that Apache Kafka 4.x knows */

enum tls_speech {
    TLS_SPEECH_SHORT, /* so far it may be any of those below */
    TLS_SPEECH_TLS,
    TLS_SPEECH_KAFKA,
    TLS_SPEECH_HTTP,
    TLS_SPEECH_OTHER,
};

struct tls_peek {
    enum tls_speech speech;
    /* TLS_SPEECH_KAFKA only: */
    int16_t api_key;
    int16_t api_version;
    const uint8_t *client_id; /* NULL: none, or not here yet; any bytes */
    size_t client_id_length;
};

struct tls_peek tls_peek_classify(const uint8_t *bytes, size_t length);

/*
 * Waits until the first bytes of a socket tell what it speaks, and leaves them there.
 * bytes: room for them, which the result borrows. ERR_TIMEOUT, ERR_CLOSED, ERR_IO. A
 * client that sends too little to tell is TLS_SPEECH_OTHER after half a second.
 */
enum err tls_peek_socket(int fd, int64_t deadline_ms, uint8_t bytes[TLS_PEEK_BYTES],
    struct tls_peek *out) MUST_CHECK;

#endif

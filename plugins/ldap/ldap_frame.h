/*
 * ldap_frame - the outside of the messages of a directory: where each ends, its number, and
 * the one answer that comes before TLS.
 *
 * The LDAP library sees no byte of a message of number zero (RFC 4511, 4.4): nobody asked
 * for it, the only one that there is says that the connection is over, and some versions
 * of the library abort on one without a name.
 *
 * Trust: the bytes are hostile. Ownership: values only.
 *
 * Limits: LDAP_MESSAGE_MAX bytes a message, LDAP_TLS_ANSWER_MAX of the answer to StartTLS.
 */
#ifndef LDAP_FRAME_H
#define LDAP_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LDAP_MESSAGE_MAX    65536
#define LDAP_TLS_ANSWER_MAX 512
#define LDAP_FRAME_HEAD_MAX 12 /* tag and length, and the number with its own */

/* --- the stream of messages --- */

struct ldap_frame { /* zero: before the first message */
    uint8_t head[LDAP_FRAME_HEAD_MAX];
    size_t head_length;
    size_t left; /* of the message, behind its head */
    bool failed;
    bool too_long; /* ... since a message is longer than LDAP_MESSAGE_MAX */
};

/* What came next. false: no byte of it may go on, and nothing behind it. */
bool ldap_frame_accept(struct ldap_frame *f, const void *bytes, size_t length);

/* --- StartTLS --- */

/* The request: an extended operation of number 1 (RFC 4511, 4.14). */
extern const uint8_t ldap_frame_starttls[31];

enum ldap_tls_answer {
    LDAP_TLS_ANSWER_YES = 0x35, /* zero is not success */
    LDAP_TLS_ANSWER_PARTIAL = 1,
    LDAP_TLS_ANSWER_NO,
    LDAP_TLS_ANSWER_BAD, /* it is no answer to that, or something stands behind it */
};

/* All bytes that came so far. */
enum ldap_tls_answer ldap_frame_tls_answer(const uint8_t *bytes, size_t length);

#endif

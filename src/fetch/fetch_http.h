/*
 * fetch_http - one answer of HTTP/1.1 (RFC 9112) to one GET, read strictly.
 *
 * Status 200 alone is taken, and a body whose end is told: by one Content-Length, or by
 * `chunked` alone; never by the end of the connection, which anybody on the way can make.
 * Lines end with CR LF. No continuation lines, no blanks before a colon, no chunk
 * extensions, no trailers, no content codings: who serves a key set needs none of them,
 * and each is a way to read one answer twice. Redirects are not followed.
 *
 * A reader of our own: the client library that Debian 12 has comes with 32 others, among
 * them LDAP, Kerberos, SSH, RTMP and a second TLS, for what is a few hundred lines here.
 *
 * Trust: takes any bytes, in any pieces. Ownership: the body is the reader's own.
 *
 * Limits: FETCH_HEAD_MAX bytes of status and fields, FETCH_BODY_MAX of body.
 */
#ifndef FETCH_HTTP_H
#define FETCH_HTTP_H

#include "buf.h"

#include <stdbool.h>

#define FETCH_LINE_MAX ((size_t)8192)
#define FETCH_HEAD_MAX ((size_t)32768)
#define FETCH_BODY_MAX ((size_t)256 * 1024)

/* The last two are answers; the others say what is wrong, half a sentence each. */
#define FETCH_HTTP_ANSWERS(X)                                                            \
    X(STATUS_LINE, "does not begin with a status line of HTTP/1")                        \
    X(STATUS, "has another status than 200; redirects are not followed")                 \
    X(LINE, "has a line that does not end with CR LF, or has no end")                    \
    X(FIELD, "has a field that is malformed")                                            \
    X(HEAD_SIZE, "has more than 32 KiB before its body")                                 \
    X(LENGTH, "has a Content-Length that is no number, or has two")                      \
    X(CODING, "has a coding other than chunked alone")                                   \
    X(NO_LENGTH, "does not say where its body ends")                                     \
    X(BODY_SIZE, "is larger than 256 KiB")                                               \
    X(CHUNK, "has a chunk that is malformed")                                            \
    X(TRAILER, "has trailers")                                                           \
    X(MEMORY, "does not fit into memory")                                                \
    X(MORE, "is not complete")                                                           \
    X(DONE, "is complete")

enum fetch_http_answer {
#define FETCH_HTTP_ENUM(name, text) FETCH_HTTP_##name,
    FETCH_HTTP_ANSWERS(FETCH_HTTP_ENUM)
#undef FETCH_HTTP_ENUM
};

struct fetch_http {
    unsigned state;
    char line[FETCH_LINE_MAX];
    size_t line_length;
    size_t head_length;
    unsigned status; /* 0: not read yet */
    bool has_length;
    bool is_chunked;
    size_t left; /* of the body, or of this chunk */
    enum fetch_http_answer answer;
    struct buf body;
};

void fetch_http_init(struct fetch_http *h);
void fetch_http_fini(struct fetch_http *h);
/* MORE until the body is there; what follows an error or DONE is not looked at. */
enum fetch_http_answer fetch_http_read(
    struct fetch_http *h, const void *bytes, size_t length);
const char *fetch_http_text(enum fetch_http_answer answer);

#endif

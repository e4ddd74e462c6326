#include "x509_transcript.h"

#include <openssl/evp.h>
#include <string.h>

enum { /* RFC 8446, 4 */
    CLIENT_HELLO = 1,
    SERVER_HELLO = 2,
    ENCRYPTED_EXTENSIONS = 8,
    CERTIFICATE = 11,
    CERTIFICATE_REQUEST = 13,
    CERTIFICATE_VERIFY = 15,
    FINISHED = 20,
    MESSAGE_HASH = 254,
};

enum {
    EXTENSION_PRE_SHARED_KEY = 41,
    EXTENSION_EARLY_DATA = 42,
    EXTENSION_SUPPORTED_VERSIONS = 43,
};

#define LEGACY_VERSION 0x0303
#define TLS13          0x0304
#define RANDOM_SIZE    32
#define SESSION_ID_MAX 32
#define HEADER_SIZE    4

/* The Random of a ServerHello that is a HelloRetryRequest (RFC 8446, 4.1.3). */
static const uint8_t retry_random[RANDOM_SIZE] = {0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a,
    0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16,
    0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};

/* --- bytes: the first error sticks, and what fails gives zero or nothing ---------- */

struct reader {
    const uint8_t *pos;
    size_t left;
    enum x509_walk error;
};

static void fail(struct reader *r, enum x509_walk error)
{
    r->error = r->error == X509_WALK_OK ? error : r->error;
    r->left = 0;
}

/* The only place that steps over bytes. */
static const uint8_t *take(struct reader *r, size_t length)
{
    if (length > r->left) {
        fail(r, X509_WALK_SHORT);
    }
    if (r->error != X509_WALK_OK) {
        return NULL;
    }
    r->pos += length;
    r->left -= length;
    return r->pos - length;
}

static uint32_t take_number(struct reader *r, size_t size)
{
    const uint8_t *p = take(r, size);
    uint32_t value = 0;

    for (size_t i = 0; p != NULL && i < size; i++) {
        value = value << 8 | p[i];
    }
    return value;
}

/* A vector whose length stands before it in `size` bytes. */
static struct x509_view take_vector(struct reader *r, size_t size)
{
    size_t length = take_number(r, size);
    const uint8_t *p = take(r, length);

    return (struct x509_view){.bytes = p, .length = p == NULL ? 0 : length};
}

static struct reader reader_of(struct x509_view v)
{
    return (struct reader){.pos = v.bytes, .left = v.length, .error = X509_WALK_OK};
}

/* What is inside a message that is whole may not end early, nor late. */
static enum x509_walk finish(const struct reader *r)
{
    if (r->error == X509_WALK_SHORT || (r->error == X509_WALK_OK && r->left > 0)) {
        return X509_WALK_SHAPE;
    }
    return r->error;
}

/* --- the messages ----------------------------------------------------------------- */

/* What the walk knows while it goes. */
struct walk {
    struct reader messages;
    struct x509_transcript t;
    const uint8_t *start; /* of what is hashed as it is */
    uint32_t suite;       /* 0: not chosen yet */
};

static bool is_next(const struct walk *w, uint8_t type)
{
    return w->messages.left > 0 && w->messages.pos[0] == type;
}

/* The body of the next message, which must be of this type. */
static enum x509_walk next(struct walk *w, uint8_t type, struct x509_view *body_out)
{
    if (w->messages.left > 0 && w->messages.pos[0] != type) {
        return X509_WALK_ORDER;
    }
    (void)take(&w->messages, 1);
    *body_out = take_vector(&w->messages, HEADER_SIZE - 1);
    return w->messages.error;
}

static struct x509_view hashed_so_far(const struct walk *w)
{
    return (struct x509_view){
        .bytes = w->start, .length = (size_t)(w->messages.pos - w->start)};
}

struct extensions {
    bool version_seen;
    uint32_t version; /* of supported_versions, as a server sends it */
};

static void read_extensions(struct reader *r, struct extensions *out)
{
    struct x509_view all = take_vector(r, 2);
    struct reader inner = reader_of(all);

    while (inner.error == X509_WALK_OK && inner.left > 0) {
        uint32_t type = take_number(&inner, 2);
        struct x509_view data = take_vector(&inner, 2);
        if (inner.error != X509_WALK_OK || out == NULL) {
            continue;
        }
        if (type == EXTENSION_PRE_SHARED_KEY || type == EXTENSION_EARLY_DATA) {
            fail(&inner, X509_WALK_RESUMED);
        }
        if (type == EXTENSION_SUPPORTED_VERSIONS) {
            if (out->version_seen || data.length != 2) {
                fail(&inner, X509_WALK_SHAPE);
                continue;
            }
            out->version_seen = true;
            out->version = (uint32_t)data.bytes[0] << 8 | data.bytes[1];
        }
    }
    if (inner.error != X509_WALK_OK) {
        fail(r, inner.error);
    }
}

/* What a client offers is between it and the server: only the form counts. */
static enum x509_walk walk_client_hello(struct walk *w)
{
    struct x509_view body;
    enum x509_walk error = next(w, CLIENT_HELLO, &body);

    if (error != X509_WALK_OK) {
        return error;
    }
    struct reader r = reader_of(body);
    if (take_number(&r, 2) != LEGACY_VERSION) {
        fail(&r, X509_WALK_VERSION);
    }
    (void)take(&r, RANDOM_SIZE);
    if (take_vector(&r, 1).length > SESSION_ID_MAX) {
        fail(&r, X509_WALK_SHAPE);
    }
    struct x509_view suites = take_vector(&r, 2);
    if (suites.length == 0 || suites.length % 2 != 0 || take_vector(&r, 1).length == 0) {
        fail(&r, X509_WALK_SHAPE);
    }
    read_extensions(&r, NULL);
    return finish(&r);
}

static enum x509_walk choose_suite(struct walk *w, uint32_t suite)
{
    if (w->suite != 0 && w->suite != suite) {
        return X509_WALK_SUITE;
    }
    w->suite = suite;
    switch (suite) {
    case 0x1301: /* TLS_AES_128_GCM_SHA256 */
    case 0x1303: /* TLS_CHACHA20_POLY1305_SHA256 */
        w->t.sha384 = false;
        return X509_WALK_OK;
    case 0x1302: /* TLS_AES_256_GCM_SHA384 */
        w->t.sha384 = true;
        return X509_WALK_OK;
    default:
        return X509_WALK_SUITE;
    }
}

static enum x509_walk walk_server_hello(struct walk *w, bool *retry_out)
{
    struct extensions extensions = {.version_seen = false};
    struct x509_view body;
    enum x509_walk error = next(w, SERVER_HELLO, &body);

    if (error != X509_WALK_OK) {
        return error;
    }
    struct reader r = reader_of(body);
    uint32_t legacy = take_number(&r, 2);
    const uint8_t *random = take(&r, RANDOM_SIZE);
    if (take_vector(&r, 1).length > SESSION_ID_MAX) {
        fail(&r, X509_WALK_SHAPE);
    }
    uint32_t suite = take_number(&r, 2);
    if (take_number(&r, 1) != 0) { /* compression */
        fail(&r, X509_WALK_SHAPE);
    }
    if (legacy == LEGACY_VERSION && r.error == X509_WALK_OK && r.left == 0) {
        return X509_WALK_VERSION; /* TLS 1.2 may come without extensions */
    }
    read_extensions(&r, &extensions);
    error = finish(&r);
    if (error != X509_WALK_OK) {
        return error;
    }
    if (legacy != LEGACY_VERSION || extensions.version != TLS13) {
        return X509_WALK_VERSION;
    }
    *retry_out = memcmp(random, retry_random, RANDOM_SIZE) == 0;
    return choose_suite(w, suite);
}

/* ClientHello and ServerHello, and before them perhaps a first try. */
static enum x509_walk walk_hellos(struct walk *w)
{
    bool retry = false;
    enum x509_walk error = walk_client_hello(w);

    if (error != X509_WALK_OK) {
        return error;
    }
    struct x509_view first = hashed_so_far(w);
    error = walk_server_hello(w, &retry);
    if (error != X509_WALK_OK || !retry) {
        return error;
    }
    w->t.first_hello = first;
    w->start += first.length;
    error = walk_client_hello(w);
    if (error != X509_WALK_OK) {
        return error;
    }
    error = walk_server_hello(w, &retry);
    return error == X509_WALK_OK && retry ? X509_WALK_ORDER : error;
}

static enum x509_walk walk_encrypted_extensions(struct walk *w)
{
    struct extensions extensions = {.version_seen = false};
    struct x509_view body;
    enum x509_walk error = next(w, ENCRYPTED_EXTENSIONS, &body);

    if (error != X509_WALK_OK) {
        return error;
    }
    struct reader r = reader_of(body);
    read_extensions(&r, &extensions);
    return finish(&r);
}

/* Its context is empty but after the handshake (RFC 8446, 4.3.2). */
static enum x509_walk walk_certificate_request(struct walk *w)
{
    struct x509_view body;
    enum x509_walk error = next(w, CERTIFICATE_REQUEST, &body);

    if (error != X509_WALK_OK) {
        return error;
    }
    struct reader r = reader_of(body);
    if (take_vector(&r, 1).length != 0) {
        fail(&r, X509_WALK_SHAPE);
    }
    read_extensions(&r, NULL);
    return finish(&r);
}

static enum x509_walk walk_certificate(struct walk *w, struct x509_side *side)
{
    struct x509_view body;
    enum x509_walk error = next(w, CERTIFICATE, &body);

    if (error != X509_WALK_OK) {
        return error;
    }
    struct reader r = reader_of(body);
    if (take_vector(&r, 1).length != 0) {
        fail(&r, X509_WALK_SHAPE);
    }
    struct reader list = reader_of(take_vector(&r, 3));
    error = finish(&r);
    while (error == X509_WALK_OK && list.error == X509_WALK_OK && list.left > 0) {
        struct x509_view der = take_vector(&list, 3);
        read_extensions(&list, NULL);
        if (list.error == X509_WALK_OK && der.length == 0) {
            fail(&list, X509_WALK_SHAPE);
        }
        if (side->chain_length == X509_CERTIFICATES_MAX) {
            fail(&list, X509_WALK_LIMIT);
            break;
        }
        side->chain[side->chain_length] = der;
        side->chain_length++;
    }
    if (error == X509_WALK_OK) {
        error = finish(&list);
    }
    return error == X509_WALK_OK && side->chain_length == 0 ? X509_WALK_NO_CHAIN : error;
}

static enum x509_walk walk_certificate_verify(struct walk *w, struct x509_side *side)
{
    struct x509_view body;
    enum x509_walk error = next(w, CERTIFICATE_VERIFY, &body);

    if (error != X509_WALK_OK) {
        return error;
    }
    struct reader r = reader_of(body);
    side->scheme = (uint16_t)take_number(&r, 2);
    side->signature = take_vector(&r, 2);
    if (side->signature.length == 0) {
        fail(&r, X509_WALK_SHAPE);
    }
    return finish(&r);
}

static enum x509_walk walk_finished(struct walk *w)
{
    struct x509_view body;
    enum x509_walk error = next(w, FINISHED, &body);

    if (error != X509_WALK_OK) {
        return error;
    }
    return body.length == (w->t.sha384 ? 48 : 32) ? X509_WALK_OK : X509_WALK_SHAPE;
}

static enum x509_walk walk_server(struct walk *w)
{
    enum x509_walk error = walk_hellos(w);

    if (error == X509_WALK_OK) {
        error = walk_encrypted_extensions(w);
    }
    if (error == X509_WALK_OK) {
        error = walk_certificate_request(w);
    }
    if (error == X509_WALK_OK) {
        error = walk_certificate(w, &w->t.server);
        w->t.to_server = hashed_so_far(w);
    }
    if (error == X509_WALK_OK) {
        error = walk_certificate_verify(w, &w->t.server);
    }
    return error == X509_WALK_OK ? walk_finished(w) : error;
}

static enum x509_walk walk_client(struct walk *w)
{
    enum x509_walk error = walk_certificate(w, &w->t.client);

    w->t.to_client = hashed_so_far(w);
    if (error == X509_WALK_OK) {
        error = walk_certificate_verify(w, &w->t.client);
    }
    if (error == X509_WALK_OK && is_next(w, FINISHED)) {
        error = walk_finished(w);
    }
    return error == X509_WALK_OK && w->messages.left > 0 ? X509_WALK_TRAILING : error;
}

enum x509_walk x509_transcript_walk(
    struct x509_transcript *out, const uint8_t *bytes, size_t length)
{
    struct walk w = {.messages = {.pos = bytes, .left = length}, .start = bytes};

    if (length == 0) {
        return X509_WALK_SHORT;
    }
    if (length > X509_MESSAGES_MAX) {
        return X509_WALK_LIMIT;
    }
    enum x509_walk error = walk_server(&w);
    if (error == X509_WALK_OK) {
        error = walk_client(&w);
    }
    if (error == X509_WALK_OK) {
        *out = w.t;
    }
    return error;
}

/* --- the hash --------------------------------------------------------------------- */

/* The first ClientHello counts as a message that holds its hash. */
static bool add_first_hello(
    EVP_MD_CTX *context, const EVP_MD *md, const struct x509_view *hello)
{
    uint8_t message[HEADER_SIZE + EVP_MAX_MD_SIZE] = {MESSAGE_HASH};
    unsigned length = 0;

    if (hello->length == 0) {
        return true;
    }
    if (EVP_Digest(
            hello->bytes, hello->length, message + HEADER_SIZE, &length, md, NULL) != 1) {
        return false;
    }
    message[HEADER_SIZE - 1] = (uint8_t)length;
    return EVP_DigestUpdate(context, message, HEADER_SIZE + length) == 1;
}

size_t x509_transcript_hash(const struct x509_transcript *t, const struct x509_view *part,
    uint8_t out[X509_HASH_MAX])
{
    const EVP_MD *md = t->sha384 ? EVP_sha384() : EVP_sha256();
    unsigned length = 0;
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    bool good = context != NULL && EVP_DigestInit_ex(context, md, NULL) == 1 &&
                add_first_hello(context, md, &t->first_hello) &&
                EVP_DigestUpdate(context, part->bytes, part->length) == 1 &&
                EVP_DigestFinal_ex(context, out, &length) == 1;
    EVP_MD_CTX_free(context);
    return good ? length : 0;
}

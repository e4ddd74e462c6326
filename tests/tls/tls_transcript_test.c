#include "tls_transcript.h"

#include "certificate.h"
#include "clock.h"
#include "mem.h"
#include "tls_server.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOON     5000
#define SEEN_MAX 262144

struct fixture {
    struct certificate certificate;
    struct tls_context *context;
    int ends[2];                          /* server, client */
    uint8_t signature[TLS_SIGNATURE_MAX]; /* the last that was made */
    size_t signature_length;
};

static enum err sign(void *context, uint16_t scheme, const uint8_t *text,
    size_t text_length, uint8_t *signature, size_t *length)
{
    struct fixture *f = context;
    enum err e =
        certificate_sign(&f->certificate, scheme, text, text_length, signature, length);

    memcpy(f->signature, signature, *length);
    f->signature_length = *length;
    return e;
}

static void open_context(struct fixture *f, const char *type, uint16_t min, uint16_t max)
{
    struct tls_problem problem = {""};

    memset(f, 0, sizeof(*f));
    certificate_make(&f->certificate, type);
    struct tls_signer signer = {.sign = sign, .context = f};
    assert_int_equal(
        tls_context_new((const uint8_t *)f->certificate.chain,
            f->certificate.chain_length, min, max, &signer, &f->context, &problem),
        OK);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, f->ends), 0);
}

static void open_fixture(struct fixture *f, enum tls_ask ask)
{
    struct tls_problem problem = {""};

    open_context(f, "P-256", TLS_VERSION_1_2, TLS_VERSION_1_3);
    assert_int_equal(tls_context_ask(f->context, ask, &problem), OK);
}

static void close_fixture(struct fixture *f)
{
    tls_context_free(&f->context);
    certificate_free(&f->certificate);
    close(f->ends[0]);
    close(f->ends[1]);
}

/* --- a client in a thread, that keeps what its own OpenSSL saw -------------------- */

struct client {
    pthread_t thread;
    int fd;
    const struct certificate *shown; /* NULL: none */
    unsigned chain;                  /* how often it stands in its own chain besides */
    const char *groups;              /* NULL: OpenSSL's */
    int version_max;                 /* 0: TLS 1.3 */
    bool offers_session;             /* a secret of an earlier session, as a ticket is */
    /* results */
    bool connected; /* and got a byte */
    bool offered;
    bool reused;
    unsigned tickets;
    int error; /* OpenSSL's reason */
    uint8_t *seen;
    size_t seen_length;
    bool seen_all;
    unsigned hellos; /* of the client */
};

static void on_message(int is_ours, int version, int content_type, const void *message,
    size_t length, SSL *ssl, void *context)
{
    struct client *c = context;
    const uint8_t *bytes = message;

    (void)version;
    (void)ssl;
    if (content_type != SSL3_RT_HANDSHAKE || c->seen_all ||
        length > SEEN_MAX - c->seen_length) {
        return;
    }
    memcpy(c->seen + c->seen_length, bytes, length);
    c->seen_length += length;
    c->hellos += is_ours != 0 && bytes[0] == SSL3_MT_CLIENT_HELLO;
    c->seen_all = is_ours != 0 && bytes[0] == SSL3_MT_CERTIFICATE_VERIFY;
}

static int count_ticket(SSL *ssl, SSL_SESSION *session)
{
    struct client *c = SSL_get_app_data(ssl);

    (void)session;
    c->tickets++;
    return 0;
}

static int offer_session(SSL *ssl, const EVP_MD *md, const unsigned char **id,
    size_t *id_length, SSL_SESSION **session)
{
    static const unsigned char name[] = "earlier";
    static const unsigned char secret[32] = {7};
    static const unsigned char suite[] = {0x13, 0x01};
    struct client *c = SSL_get_app_data(ssl);

    (void)md;
    *id = name;
    *id_length = sizeof(name);
    *session = SSL_SESSION_new();
    c->offered = true;
    return SSL_SESSION_set1_master_key(*session, secret, sizeof(secret)) == 1 &&
           SSL_SESSION_set_cipher(*session, SSL_CIPHER_find(ssl, suite)) == 1 &&
           SSL_SESSION_set_protocol_version(*session, TLS1_3_VERSION) == 1;
}

static SSL_CTX *client_context(const struct client *c)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

    SSL_CTX_set_max_proto_version(ctx, c->version_max);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT);
    SSL_CTX_sess_set_new_cb(ctx, count_ticket);
    if (c->offers_session) {
        SSL_CTX_set_psk_use_session_callback(ctx, offer_session);
    }
    if (c->groups != NULL) {
        SSL_CTX_set1_groups_list(ctx, (char *)(uintptr_t)c->groups);
    }
    if (c->shown != NULL) {
        SSL_CTX_use_certificate(ctx, c->shown->x509);
        SSL_CTX_use_PrivateKey(ctx, c->shown->key);
    }
    for (unsigned i = 0; i < c->chain; i++) {
        SSL_CTX_add1_chain_cert(ctx, c->shown->x509);
    }
    return ctx;
}

static void *run_client(void *context)
{
    struct client *c = context;
    SSL_CTX *ctx = client_context(c);
    SSL *ssl = SSL_new(ctx);
    char byte;

    ERR_clear_error();
    SSL_set_msg_callback(ssl, on_message);
    SSL_set_msg_callback_arg(ssl, c);
    SSL_set_app_data(ssl, c);
    SSL_set_fd(ssl, c->fd);
    c->connected = SSL_connect(ssl) == 1 && SSL_read(ssl, &byte, 1) == 1;
    c->reused = SSL_session_reused(ssl) == 1;
    c->error = ERR_GET_REASON(ERR_peek_last_error());
    SSL_free(ssl);
    SSL_CTX_free(ctx);
    ERR_clear_error();
    return NULL;
}

/* One connection; *out is NULL when there was none. */
static enum err connect_one(
    struct fixture *f, struct client *c, struct tls_connection **out)
{
    struct tls_problem problem = {""};

    *out = NULL;
    c->fd = f->ends[1];
    c->seen = calloc(1, SEEN_MAX);
    assert_int_equal(pthread_create(&c->thread, NULL, run_client, c), 0);
    enum err e =
        tls_accept(f->context, f->ends[0], clock_mono_ms() + SOON, out, &problem);
    if (e == OK) {
        assert_int_equal(tls_write(*out, "x", 1, clock_mono_ms() + SOON), OK);
    } else {
        shutdown(f->ends[0], SHUT_RDWR);
    }
    assert_int_equal(pthread_join(c->thread, NULL), 0);
    return e;
}

static void expect_transcript(struct fixture *f, struct client *c)
{
    struct tls_connection *connection = NULL;
    const uint8_t *bytes = NULL;
    size_t length = 0;

    assert_int_equal(connect_one(f, c, &connection), OK);
    assert_true(c->connected && c->seen_all);
    assert_int_equal(tls_get_transcript(connection, &bytes, &length), OK);
    assert_int_equal(length, c->seen_length);
    assert_memory_equal(bytes, c->seen, length);
    assert_int_equal(bytes[0], SSL3_MT_CLIENT_HELLO);
    tls_forget_transcript(connection);
    assert_int_equal(tls_get_transcript(connection, &bytes, &length), ERR_NOT_FOUND);
    tls_close(&connection, 0);
    free(c->seen);
}

static void expect_none(struct fixture *f, struct client *c, enum err why)
{
    struct tls_connection *connection = NULL;
    const uint8_t *bytes = NULL;
    size_t length = 0;

    assert_int_equal(connect_one(f, c, &connection), OK);
    assert_true(c->connected);
    assert_int_equal(tls_get_transcript(connection, &bytes, &length), why);
    assert_null(bytes);
    tls_close(&connection, 0);
    free(c->seen);
}

static void a_transcript_is_what_the_client_saw(void **state)
{
    static const char *const types[] = {
        "P-256", "P-384", "RSA2048", "RSA3072", "ED25519"};
    static const enum tls_ask asks[] = {TLS_ASK_REQUESTED, TLS_ASK_REQUIRED};

    (void)state;
    for (size_t i = 0; i < 10; i++) {
        struct fixture f;
        struct certificate shown;
        struct client c = {.shown = &shown};
        open_fixture(&f, asks[i % 2]);
        certificate_make(&shown, types[i / 2]);
        expect_transcript(&f, &c);
        assert_int_equal(c.hellos, 1);
        certificate_free(&shown);
        close_fixture(&f);
    }
}

struct message {
    size_t at; /* in the transcript, where its header begins */
    uint8_t type;
    const uint8_t *body;
    size_t length;
};

/* The messages of a transcript, which uses up all of it. */
static size_t split(const uint8_t *bytes, size_t length, struct message out[16])
{
    size_t count = 0;

    for (size_t at = 0; at < length; at += 4 + out[count++].length) {
        assert_true(count < 16 && length - at >= 4);
        out[count] = (struct message){.at = at,
            .type = bytes[at],
            .body = bytes + at + 4,
            .length = (size_t)(bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3])};
        assert_true(out[count].length <= length - at - 4);
    }
    return count;
}

/* RFC 8446, 4.4.3, of the client and with SHA-256. */
static void check_proof(EVP_PKEY *key, const uint8_t *bytes, const struct message *proof)
{
    static const char context[] = "TLS 1.3, client CertificateVerify";
    uint8_t text[64 + sizeof(context) + 32];
    EVP_MD_CTX *verify = EVP_MD_CTX_new();

    memset(text, ' ', 64);
    memcpy(text + 64, context, sizeof(context));
    assert_int_equal(EVP_Digest(bytes, proof->at, text + 64 + sizeof(context), NULL,
                         EVP_sha256(), NULL),
        1);
    assert_int_equal(EVP_DigestVerifyInit(verify, NULL, EVP_sha256(), NULL, key), 1);
    assert_int_equal(
        EVP_DigestVerify(verify, proof->body + 4, proof->length - 4, text, sizeof(text)),
        1);
    EVP_MD_CTX_free(verify);
}

static void a_transcript_proves_client_and_server(void **state)
{
    static const uint8_t order[] = {SSL3_MT_CLIENT_HELLO, SSL3_MT_SERVER_HELLO,
        SSL3_MT_ENCRYPTED_EXTENSIONS, SSL3_MT_CERTIFICATE_REQUEST, SSL3_MT_CERTIFICATE,
        SSL3_MT_CERTIFICATE_VERIFY, SSL3_MT_FINISHED, SSL3_MT_CERTIFICATE,
        SSL3_MT_CERTIFICATE_VERIFY};
    struct fixture f;
    struct certificate shown;
    struct client c = {.shown = &shown};
    struct tls_connection *connection = NULL;
    struct message messages[16];
    const uint8_t *bytes = NULL;
    size_t length = 0;

    (void)state;
    open_fixture(&f, TLS_ASK_REQUIRED);
    certificate_make(&shown, "P-256");
    assert_int_equal(connect_one(&f, &c, &connection), OK);
    assert_int_equal(tls_get_transcript(connection, &bytes, &length), OK);
    assert_int_equal(split(bytes, length, messages), sizeof(order));
    for (size_t i = 0; i < sizeof(order); i++) {
        assert_int_equal(messages[i].type, order[i]);
    }
    assert_int_equal(messages[5].length - 4, f.signature_length);
    assert_memory_equal(messages[5].body + 4, f.signature, f.signature_length);
    check_proof(shown.key, bytes, &messages[8]);
    tls_close(&connection, 0);
    free(c.seen);
    certificate_free(&shown);
    close_fixture(&f);
}

static void a_second_hello_is_in_the_transcript(void **state)
{
    struct fixture f;
    struct certificate shown;
    struct client c = {.shown = &shown, .groups = "P-521:P-256"};

    (void)state;
    open_fixture(&f, TLS_ASK_REQUIRED);
    certificate_make(&shown, "P-256");
    expect_transcript(&f, &c);
    assert_int_equal(c.hellos, 2);
    certificate_free(&shown);
    close_fixture(&f);
}

/* Whether it counts is not decided here. */
static void a_certificate_that_expired_is_handed_on(void **state)
{
    struct fixture f;
    struct certificate shown;
    struct client c = {.shown = &shown};

    (void)state;
    open_fixture(&f, TLS_ASK_REQUIRED);
    certificate_make_for(&shown, "P-256", -7200, -3600, NULL);
    expect_transcript(&f, &c);
    certificate_free(&shown);
    close_fixture(&f);
}

static void who_is_not_asked_has_no_transcript(void **state)
{
    struct fixture f;
    struct certificate shown;
    struct client c = {.shown = &shown};

    (void)state;
    open_fixture(&f, TLS_ASK_NOTHING);
    certificate_make(&shown, "P-256");
    expect_none(&f, &c, ERR_NOT_FOUND);
    assert_false(c.seen_all);
    certificate_free(&shown);
    close_fixture(&f);
}

static void who_is_requested_may_show_none(void **state)
{
    struct fixture f;
    struct client c = {.shown = NULL};

    (void)state;
    open_fixture(&f, TLS_ASK_REQUESTED);
    expect_none(&f, &c, ERR_NOT_FOUND);
    close_fixture(&f);
}

static void who_is_required_hears_why_there_is_no_connection(void **state)
{
    struct fixture f;
    struct client c = {.shown = NULL};
    struct tls_connection *connection = NULL;

    (void)state;
    open_fixture(&f, TLS_ASK_REQUIRED);
    assert_int_equal(connect_one(&f, &c, &connection), ERR_INVALID);
    assert_null(connection);
    assert_false(c.connected);
    assert_int_equal(c.error, SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED);
    free(c.seen);
    close_fixture(&f);
}

static void a_transcript_that_is_too_long_is_none(void **state)
{
    struct fixture f;
    struct certificate shown;
    struct client c = {.shown = &shown};

    (void)state;
    certificate_make(&shown, "RSA4096");
    c.chain = (unsigned)(TLS_TRANSCRIPT_MAX / (size_t)i2d_X509(shown.x509, NULL));
    open_fixture(&f, TLS_ASK_REQUIRED);
    expect_none(&f, &c, ERR_FULL);
    close_fixture(&f);
    /* One that fits is whole. */
    struct client shorter = {.shown = &shown, .chain = c.chain - 4};
    open_fixture(&f, TLS_ASK_REQUIRED);
    expect_transcript(&f, &shorter);
    close_fixture(&f);
    certificate_free(&shown);
}

static void tls_1_2_is_off_where_certificates_are_asked_for(void **state)
{
    struct fixture f;
    struct client c = {.shown = NULL, .version_max = TLS1_2_VERSION};
    struct tls_connection *connection = NULL;

    (void)state;
    open_fixture(&f, TLS_ASK_REQUESTED);
    assert_int_equal(connect_one(&f, &c, &connection), ERR_INVALID);
    assert_false(c.connected);
    free(c.seen);
    close_fixture(&f);
    /* Not so where they are not. */
    open_fixture(&f, TLS_ASK_NOTHING);
    expect_none(&f, &c, ERR_NOT_FOUND);
    close_fixture(&f);
}

/* A session that went on without the proof would be a certificate's without its key. */
static void no_session_is_resumed_where_certificates_are_asked_for(void **state)
{
    static const enum tls_ask asks[] = {TLS_ASK_REQUESTED, TLS_ASK_REQUIRED};
    struct certificate shown;

    (void)state;
    certificate_make(&shown, "P-256");
    for (size_t i = 0; i < 2; i++) {
        for (unsigned p = 0; p < TLSPOLICY_COUNT; p++) {
            struct fixture f;
            struct client c = {.shown = &shown, .offers_session = true};
            struct tls_problem problem = {""};
            open_fixture(&f, asks[i]);
            assert_int_equal(
                tls_context_policy(f.context, tlspolicy_get(p), &problem), OK);
            expect_transcript(&f, &c);
            assert_true(c.offered);
            assert_false(c.reused);
            assert_int_equal(c.tickets, 0);
            assert_true(f.signature_length > 0);
            close_fixture(&f);
        }
    }
    certificate_free(&shown);
}

static void what_can_not_be_asked_is_refused_with_a_sentence(void **state)
{
    struct fixture f;
    struct tls_problem problem = {""};

    (void)state;
    open_context(&f, "P-256", TLS_VERSION_1_2, TLS_VERSION_1_2);
    assert_int_equal(
        tls_context_ask(f.context, TLS_ASK_REQUESTED, &problem), ERR_UNSUPPORTED);
    assert_non_null(strstr(problem.text, "need TLS 1.3"));
    assert_int_equal(tls_context_ask(f.context, TLS_ASK_NOTHING, &problem), OK);
    close_fixture(&f);
    open_context(&f, "ED25519", TLS_VERSION_1_2, TLS_VERSION_1_3);
    assert_int_equal(
        tls_context_ask(f.context, TLS_ASK_REQUIRED, &problem), ERR_UNSUPPORTED);
    assert_non_null(strstr(problem.text, "signatures of Ed25519 repeat"));
    assert_int_equal(tls_context_ask(f.context, TLS_ASK_NOTHING, &problem), OK);
    close_fixture(&f);
}

static void without_memory_there_is_no_transcript(void **state)
{
    struct certificate shown;
    unsigned without = 0;
    unsigned refused = 0;

    (void)state;
    certificate_make(&shown, "P-256");
    for (long n = 0; n < 16; n++) {
        struct fixture f;
        struct client c = {.shown = &shown};
        struct tls_connection *connection = NULL;
        const uint8_t *bytes = NULL;
        size_t length = 0;
        open_fixture(&f, TLS_ASK_REQUIRED);
        mem_fail_after(n);
        enum err e = connect_one(&f, &c, &connection);
        mem_fail_after(-1);
        refused += e != OK;
        if (e == OK) { /* all of it, or nothing */
            e = tls_get_transcript(connection, &bytes, &length);
            assert_true(e == ERR_NOMEM || (e == OK && length == c.seen_length));
            without += e == ERR_NOMEM;
        }
        tls_close(&connection, 0);
        free(c.seen);
        close_fixture(&f);
    }
    assert_true(refused > 0 && without > 0);
    certificate_free(&shown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_transcript_is_what_the_client_saw),
        cmocka_unit_test(a_transcript_proves_client_and_server),
        cmocka_unit_test(a_second_hello_is_in_the_transcript),
        cmocka_unit_test(a_certificate_that_expired_is_handed_on),
        cmocka_unit_test(who_is_not_asked_has_no_transcript),
        cmocka_unit_test(who_is_requested_may_show_none),
        cmocka_unit_test(who_is_required_hears_why_there_is_no_connection),
        cmocka_unit_test(a_transcript_that_is_too_long_is_none),
        cmocka_unit_test(tls_1_2_is_off_where_certificates_are_asked_for),
        cmocka_unit_test(no_session_is_resumed_where_certificates_are_asked_for),
        cmocka_unit_test(what_can_not_be_asked_is_refused_with_a_sentence),
        cmocka_unit_test(without_memory_there_is_no_transcript),
    };
    signal(SIGPIPE, SIG_IGN); /* the client's; OpenSSL's own socket calls raise it */
    return cmocka_run_group_tests(tests, NULL, NULL);
}

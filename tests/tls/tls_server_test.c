#include "tls_server.h"

#include "certificate.h"
#include "clock.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOON 5000

/* --- the server's key, and what it saw -------------------------------------------- */

enum behaviour { SIGN_WELL, SIGN_REFUSE, SIGN_WRONG_BYTES, SIGN_EMPTY };

struct fixture {
    struct certificate certificate;
    struct tls_context *context;
    enum behaviour behaviour;
    unsigned signatures;
    uint16_t scheme;
    size_t text_length;
    int ends[2]; /* server, client */
};

static enum err sign(void *context, uint16_t scheme, const uint8_t *text,
    size_t text_length, uint8_t *signature, size_t *length)
{
    struct fixture *f = context;

    f->signatures++;
    f->scheme = scheme;
    f->text_length = text_length;
    if (f->behaviour == SIGN_REFUSE) {
        return ERR_DENIED;
    }
    if (f->behaviour == SIGN_EMPTY) {
        *length = 0;
        return OK;
    }
    enum err e =
        certificate_sign(&f->certificate, scheme, text, text_length, signature, length);
    if (f->behaviour == SIGN_WRONG_BYTES) {
        signature[*length - 1] ^= 1;
    }
    return e;
}

static void open_fixture(struct fixture *f, const char *type, uint16_t min, uint16_t max)
{
    struct tls_problem problem = {""};

    memset(f, 0, sizeof(*f));
    certificate_make(&f->certificate, type);
    struct tls_signer signer = {.sign = sign, .context = f};
    enum err e = tls_context_new((const uint8_t *)f->certificate.chain,
        f->certificate.chain_length, min, max, &signer, &f->context, &problem);
    if (e != OK) {
        fail_msg("%s", problem.text);
    }
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, f->ends), 0);
}

static void close_fixture(struct fixture *f)
{
    tls_context_free(&f->context);
    assert_null(f->context);
    certificate_free(&f->certificate);
    close(f->ends[0]);
    if (f->ends[1] >= 0) {
        close(f->ends[1]);
    }
}

/* --- a client in a thread --------------------------------------------------------- */

struct client {
    pthread_t thread;
    int fd;
    int version_min;
    int version_max;
    bool quiet;       /* after the handshake: nothing */
    bool renegotiate; /* instead of talking */
    uint8_t *into;    /* NULL: expects five bytes; else: `want` bytes */
    size_t want;
    const char *ciphers;  /* TLS 1.2; NULL: OpenSSL's */
    SSL_SESSION *offered; /* NULL: none */
    /* results */
    bool connected;
    bool reused;
    unsigned tickets;
    bool echoed;
    bool renegotiated;
    bool goodbye;
    SSL_SESSION *session; /* kept, for another try */
};

static int count_ticket(SSL *ssl, SSL_SESSION *session)
{
    struct client *c = SSL_get_app_data(ssl);

    c->tickets += SSL_version(ssl) == TLS1_3_VERSION || SSL_SESSION_has_ticket(session);
    return 0;
}

static void talk(struct client *c, SSL *ssl)
{
    char answer[5];

    if (c->into != NULL) {
        size_t got = 0;
        int n = SSL_write(ssl, "hello", 5);
        while (got < c->want &&
               (n = SSL_read(ssl, c->into + got, (int)(c->want - got))) > 0) {
            got += (size_t)n;
        }
        return;
    }
    if (SSL_write(ssl, "hello", 5) == 5 && SSL_read(ssl, answer, 5) == 5) {
        c->echoed = memcmp(answer, "HELLO", 5) == 0;
    }
    c->goodbye = SSL_read(ssl, answer, 1) == 0 &&
                 (SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN) != 0;
}

static void *run_client(void *context)
{
    struct client *c = context;
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

    SSL_CTX_set_security_level(ctx, 0);
    SSL_CTX_set_min_proto_version(ctx, c->version_min);
    SSL_CTX_set_max_proto_version(ctx, c->version_max);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT);
    SSL_CTX_sess_set_new_cb(ctx, count_ticket);
    if (c->ciphers != NULL) {
        SSL_CTX_set_cipher_list(ctx, c->ciphers);
    }
    SSL *ssl = SSL_new(ctx);
    SSL_set_app_data(ssl, c);
    SSL_set_fd(ssl, c->fd);
    if (c->offered != NULL) {
        SSL_set_session(ssl, c->offered);
    }
    c->connected = SSL_connect(ssl) == 1;
    if (c->connected && c->renegotiate) {
        c->renegotiated = SSL_renegotiate(ssl) == 1 && SSL_do_handshake(ssl) == 1;
        shutdown(c->fd, SHUT_RDWR);
    } else if (c->connected && !c->quiet) {
        c->reused = SSL_session_reused(ssl) == 1;
        talk(c, ssl);
        c->session = SSL_get1_session(ssl);
    }
    SSL_free(ssl);
    SSL_CTX_free(ctx);
    ERR_clear_error();
    return NULL;
}

static void run(struct client *c)
{
    assert_int_equal(pthread_create(&c->thread, NULL, run_client, c), 0);
}

static struct client *start(struct fixture *f, int version)
{
    struct client *c = calloc(1, sizeof(*c));

    c->fd = f->ends[1];
    c->version_min = version;
    c->version_max = version;
    run(c);
    return c;
}

static void join(struct client *c)
{
    assert_int_equal(pthread_join(c->thread, NULL), 0);
}

/* The server's side of talk(). */
static void serve(struct tls_connection *c)
{
    char got[16];
    size_t length = 0;

    assert_int_equal(tls_read(c, got, sizeof(got), clock_mono_ms() + SOON, &length), OK);
    assert_int_equal(length, 5);
    assert_memory_equal(got, "hello", 5);
    assert_int_equal(tls_read(c, got, sizeof(got), 0, &length), ERR_TIMEOUT);
    assert_int_equal(tls_write(c, "HELLO", 5, clock_mono_ms() + SOON), OK);
    tls_close(&c, clock_mono_ms() + SOON);
    assert_null(c);
}

static enum err accept_one(
    struct fixture *f, struct tls_connection **c, struct tls_problem *problem)
{
    return tls_accept(f->context, f->ends[0], clock_mono_ms() + SOON, c, problem);
}

/* --- tests ------------------------------------------------------------------------ */

static void check_key(const char *type, int version, uint16_t scheme)
{
    struct fixture f;
    struct tls_connection *c = NULL;
    struct tls_problem problem = {""};

    open_fixture(&f, type, TLS_VERSION_1_2, TLS_VERSION_1_3);
    assert_int_equal(tls_warm(f.context, &problem), OK);
    assert_int_equal(f.signatures, 0);
    struct client *client = start(&f, version);
    if (accept_one(&f, &c, &problem) != OK) {
        fail_msg("%s %x: %s", type, (unsigned)version, problem.text);
    }
    serve(c);
    join(client);
    assert_true(client->connected && client->echoed && client->goodbye);
    assert_int_equal(client->tickets, 0);
    assert_int_equal(f.signatures, 1);
    assert_int_equal(f.scheme, scheme);
    if (version == TLS1_3_VERSION) {
        assert_true(f.text_length == 130 || f.text_length == 146);
    } else {
        assert_int_equal(f.text_length, 100); /* X25519 */
    }
    SSL_SESSION_free(client->session);
    free(client);
    close_fixture(&f);
}

static void every_key_type_shakes_hands_in_both_versions(void **state)
{
    static const struct {
        const char *type;
        uint16_t scheme;
    } keys[] = {{"RSA2048", 0x0804}, {"RSA3072", 0x0804}, {"P-256", 0x0403},
        {"P-384", 0x0503}, {"ED25519", 0x0807}};

    (void)state;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        check_key(keys[i].type, TLS1_3_VERSION, keys[i].scheme);
        check_key(keys[i].type, TLS1_2_VERSION, keys[i].scheme);
    }
}

static void check_refused(const char *type, uint16_t min, uint16_t max, int version,
    const char *ciphers, enum behaviour behaviour, enum err expected, const char *words)
{
    struct fixture f;
    struct tls_connection *c = NULL;
    struct tls_problem problem = {""};

    open_fixture(&f, type, min, max);
    f.behaviour = behaviour;
    struct client *client = calloc(1, sizeof(*client));
    client->fd = f.ends[1];
    client->version_min = version;
    client->version_max = version;
    client->ciphers = ciphers;
    run(client);
    assert_int_equal(accept_one(&f, &c, &problem), expected);
    assert_null(c);
    join(client);
    assert_false(client->connected);
    if (strstr(problem.text, words) == NULL) {
        fail_msg("\"%s\" is not in \"%s\"", words, problem.text);
    }
    free(client);
    close_fixture(&f);
}

static void versions_outside_the_range_are_refused(void **state)
{
    const uint16_t v12 = TLS_VERSION_1_2;
    const uint16_t v13 = TLS_VERSION_1_3;

    (void)state;
    check_refused("P-256", v12, v13, TLS1_VERSION, "DEFAULT:@SECLEVEL=0", SIGN_WELL,
        ERR_INVALID, "unsupported protocol");
    check_refused("P-256", v12, v13, TLS1_1_VERSION, "DEFAULT:@SECLEVEL=0", SIGN_WELL,
        ERR_INVALID, "unsupported protocol");
    check_refused("P-256", v13, v13, TLS1_2_VERSION, NULL, SIGN_WELL, ERR_INVALID,
        "unsupported protocol");
    check_refused(
        "P-256", v12, v12, TLS1_3_VERSION, NULL, SIGN_WELL, ERR_INVALID, "protocol");
}

static void weak_cipher_suites_are_refused(void **state)
{
    static const char *const weak[] = {"AES128-SHA", "AES256-GCM-SHA384",
        "ECDHE-RSA-AES128-SHA", "ECDHE-RSA-AES256-SHA384", "DHE-RSA-AES128-GCM-SHA256"};

    (void)state;
    for (size_t i = 0; i < sizeof(weak) / sizeof(weak[0]); i++) {
        check_refused("RSA2048", TLS_VERSION_1_2, TLS_VERSION_1_3, TLS1_2_VERSION,
            weak[i], SIGN_WELL, ERR_INVALID, "no shared cipher");
    }
}

static void a_signer_that_fails_ends_only_the_handshake(void **state)
{
    const uint16_t v12 = TLS_VERSION_1_2;
    const uint16_t v13 = TLS_VERSION_1_3;

    (void)state;
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        check_refused("P-256", v12, v13, version, NULL, SIGN_REFUSE, ERR_DENIED,
            "signature was not made: not permitted");
        check_refused("RSA2048", v12, v13, version, NULL, SIGN_REFUSE, ERR_DENIED,
            "signature was not made");
        check_refused("ED25519", v12, v13, version, NULL, SIGN_EMPTY, ERR_INVALID,
            "handshake failed");
        check_refused(
            "P-256", v12, v13, version, NULL, SIGN_WRONG_BYTES, ERR_INVALID, "decrypt");
        check_refused(
            "RSA2048", v12, v13, version, NULL, SIGN_WRONG_BYTES, ERR_INVALID, "decrypt");
    }
}

static void deadlines_end_the_wait(void **state)
{
    struct fixture f;
    struct tls_connection *c = NULL;
    struct tls_problem problem = {""};

    (void)state;
    open_fixture(&f, "P-256", TLS_VERSION_1_2, TLS_VERSION_1_3);
    int64_t start_ms = clock_mono_ms();
    assert_int_equal(
        tls_accept(f.context, f.ends[0], start_ms + 30, &c, &problem), ERR_TIMEOUT);
    assert_in_range(clock_mono_ms() - start_ms, 30, 3000);
    assert_non_null(strstr(problem.text, "in time"));
    assert_int_equal(tls_accept(f.context, f.ends[0], 0, &c, &problem), ERR_TIMEOUT);
    /* Half a ClientHello is no handshake either. */
    assert_int_equal(write(f.ends[1], "\x16\x03\x01\x02\x00\x01\x00", 7), 7);
    assert_int_equal(tls_accept(f.context, f.ends[0], clock_mono_ms() + 30, &c, &problem),
        ERR_TIMEOUT);
    assert_null(c);
    close_fixture(&f);
}

static void a_reader_that_never_reads_does_not_hold_us(void **state)
{
    struct fixture f;
    struct tls_connection *c = NULL;
    struct tls_problem problem = {""};
    uint8_t *much = calloc(1, 8 << 20);

    (void)state;
    open_fixture(&f, "P-256", TLS_VERSION_1_2, TLS_VERSION_1_3);
    struct client *client = calloc(1, sizeof(*client));
    *client = (struct client){.fd = f.ends[1],
        .version_min = TLS1_3_VERSION,
        .version_max = TLS1_3_VERSION,
        .quiet = true};
    run(client);
    assert_int_equal(accept_one(&f, &c, &problem), OK);
    join(client);
    assert_int_equal(tls_write(c, much, 8 << 20, clock_mono_ms() + 30), ERR_TIMEOUT);
    tls_close(&c, -1);
    free(much);
    free(client);
    close_fixture(&f);
}

static void large_answers_arrive_whole(void **state)
{
    const size_t size = 3 << 20;
    struct fixture f;
    struct tls_connection *c = NULL;
    struct tls_problem problem = {""};
    uint8_t *sent = malloc(size);
    uint8_t got[16];
    size_t length = 0;

    (void)state;
    for (size_t i = 0; i < size; i++) {
        sent[i] = (uint8_t)(i * 7 + i / 1000);
    }
    open_fixture(&f, "P-256", TLS_VERSION_1_2, TLS_VERSION_1_3);
    struct client *client = calloc(1, sizeof(*client));
    *client = (struct client){.fd = f.ends[1],
        .version_min = TLS1_2_VERSION,
        .version_max = TLS1_3_VERSION,
        .into = calloc(1, size),
        .want = size};
    run(client);
    assert_int_equal(accept_one(&f, &c, &problem), OK);
    assert_int_equal(tls_read(c, got, 2, clock_mono_ms() + SOON, &length), OK);
    assert_int_equal(length, 2);
    assert_true(tls_has_pending(c));
    assert_int_equal(tls_read(c, got, 16, clock_mono_ms() + SOON, &length), OK);
    assert_int_equal(length, 3);
    assert_false(tls_has_pending(c));
    assert_int_equal(tls_write(c, sent, size, clock_mono_ms() + SOON), OK);
    join(client);
    assert_memory_equal(client->into, sent, size);
    tls_close(&c, 0);
    SSL_SESSION_free(client->session);
    free(client->into);
    free(client);
    free(sent);
    close_fixture(&f);
}

static void renegotiation_gets_no_second_signature(void **state)
{
    struct fixture f;
    struct tls_connection *c = NULL;
    struct tls_problem problem = {""};
    char byte;
    size_t length = 0;

    (void)state;
    open_fixture(&f, "P-256", TLS_VERSION_1_2, TLS_VERSION_1_3);
    struct client *client = calloc(1, sizeof(*client));
    *client = (struct client){.fd = f.ends[1],
        .version_min = TLS1_2_VERSION,
        .version_max = TLS1_2_VERSION,
        .renegotiate = true};
    run(client);
    assert_int_equal(accept_one(&f, &c, &problem), OK);
    assert_int_not_equal(tls_read(c, &byte, 1, clock_mono_ms() + SOON, &length), OK);
    join(client);
    assert_true(client->connected);
    assert_false(client->renegotiated);
    assert_int_equal(f.signatures, 1);
    tls_close(&c, 0);
    free(client);
    close_fixture(&f);
}

static void garbage_is_the_clients_fault(void **state)
{
    static const char *const garbage[] = {"GET / HTTP/1.1\r\n\r\n",
        "\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", "\x15\x03\x01\x00\x02\x02\x28",
        "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"};
    static const size_t lengths[] = {18, 10, 7, 12};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct fixture f;
        struct tls_connection *c = NULL;
        struct tls_problem problem = {""};
        open_fixture(&f, "P-256", TLS_VERSION_1_2, TLS_VERSION_1_3);
        assert_int_equal(write(f.ends[1], garbage[i], lengths[i]), (ssize_t)lengths[i]);
        assert_int_equal(accept_one(&f, &c, &problem), ERR_INVALID);
        assert_non_null(strstr(problem.text, "handshake failed"));
        assert_int_equal(f.signatures, 0);
        close_fixture(&f);
    }
}

static void a_client_that_leaves_is_seen_at_once(void **state)
{
    (void)state;
    for (int half = 0; half < 2; half++) {
        struct fixture f;
        struct tls_connection *c = NULL;
        struct tls_problem problem = {""};
        open_fixture(&f, "P-256", TLS_VERSION_1_2, TLS_VERSION_1_3);
        if (half == 1) {
            assert_int_equal(write(f.ends[1], "\x16\x03\x01\x02\x00\x01", 6), 6);
        }
        close(f.ends[1]);
        f.ends[1] = -1;
        assert_int_equal(accept_one(&f, &c, &problem), ERR_CLOSED);
        assert_non_null(strstr(problem.text, "client closed"));
        close_fixture(&f);
    }
}

static void a_broken_connection_reads_as_closed(void **state)
{
    struct fixture f;
    struct tls_connection *c = NULL;
    struct tls_problem problem = {""};
    char byte;
    size_t length = 0;

    (void)state;
    open_fixture(&f, "P-256", TLS_VERSION_1_2, TLS_VERSION_1_3);
    struct client *client = calloc(1, sizeof(*client));
    *client = (struct client){.fd = f.ends[1],
        .version_min = TLS1_2_VERSION,
        .version_max = TLS1_3_VERSION,
        .quiet = true};
    run(client);
    assert_int_equal(accept_one(&f, &c, &problem), OK);
    join(client);
    close(f.ends[1]);
    f.ends[1] = -1;
    assert_int_equal(tls_read(c, &byte, 1, clock_mono_ms() + SOON, &length), ERR_CLOSED);
    assert_int_equal(tls_write(c, "x", 1, clock_mono_ms() + SOON), ERR_CLOSED);
    tls_close(&c, clock_mono_ms() + SOON);
    free(client);
    close_fixture(&f);
}

static void sessions_are_not_resumed(void **state)
{
    (void)state;
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        struct fixture f;
        struct tls_connection *c = NULL;
        struct tls_problem problem = {""};
        SSL_SESSION *session = NULL;
        open_fixture(&f, "P-256", TLS_VERSION_1_2, TLS_VERSION_1_3);
        for (unsigned round = 1; round <= 2; round++) {
            struct client *client = calloc(1, sizeof(*client));
            *client = (struct client){.fd = f.ends[1],
                .version_min = version,
                .version_max = version,
                .offered = session};
            run(client);
            assert_int_equal(accept_one(&f, &c, &problem), OK);
            serve(c);
            c = NULL;
            join(client);
            assert_true(client->connected && client->echoed);
            assert_false(client->reused);
            assert_int_equal(client->tickets, 0);
            assert_int_equal(f.signatures, round);
            SSL_SESSION_free(session);
            session = client->session;
            free(client);
        }
        SSL_SESSION_free(session);
        close_fixture(&f);
    }
}

static enum err try_chain(const char *chain, size_t length, uint16_t min, uint16_t max,
    struct tls_problem *problem)
{
    struct tls_context *context = NULL;
    struct tls_signer signer = {.sign = sign, .context = NULL};
    enum err e = tls_context_new(
        (const uint8_t *)chain, length, min, max, &signer, &context, problem);

    assert_true((e == OK) == (context != NULL));
    tls_context_free(&context);
    return e;
}

static void check_bad_chain(const char *chain, size_t length, const char *words)
{
    struct tls_problem problem = {""};

    assert_int_equal(try_chain(chain, length, TLS_VERSION_1_2, TLS_VERSION_1_3, &problem),
        ERR_INVALID);
    if (strstr(problem.text, words) == NULL) {
        fail_msg("\"%s\" is not in \"%s\"", words, problem.text);
    }
}

static void bad_chains_are_refused_with_a_sentence(void **state)
{
    struct certificate c;
    static char text[CERTIFICATE_TEXT_MAX * 12];
    size_t length = 0;

    (void)state;
    check_bad_chain("", 0, "there is no certificate");
    check_bad_chain("nothing", 7, "there is no certificate");
    certificate_make(&c, "P-256");
    memcpy(text, c.chain, c.chain_length);
    text[100] = '!';
    check_bad_chain(text, c.chain_length, "damaged");
    memcpy(text, c.chain, c.chain_length);
    memcpy(text + c.chain_length, c.key_text, c.key_length);
    check_bad_chain(text, c.chain_length + c.key_length, "private key");
    for (size_t i = 0; i < TLS_CHAIN_MAX + 1; i++) {
        memcpy(text + length, c.chain, c.chain_length);
        length += c.chain_length;
    }
    struct tls_problem problem;
    assert_int_equal(try_chain(text, length - c.chain_length, TLS_VERSION_1_2,
                         TLS_VERSION_1_3, &problem),
        OK);
    check_bad_chain(text, length, "more than 10");
    certificate_free(&c);
    static const char *const unfit[] = {"RSA1024", "secp521r1", "ED448"};
    for (size_t i = 0; i < 3; i++) {
        certificate_make(&c, unfit[i]);
        check_bad_chain(c.chain, c.chain_length, "none of RSA");
        certificate_free(&c);
    }
}

static void versions_have_limits(void **state)
{
    struct certificate c;
    struct tls_problem p = {""};

    (void)state;
    certificate_make(&c, "P-256");
    assert_int_equal(try_chain(c.chain, c.chain_length, 0x0302, 0x0304, &p), ERR_INVALID);
    assert_int_equal(try_chain(c.chain, c.chain_length, 0x0303, 0x0305, &p), ERR_INVALID);
    assert_int_equal(try_chain(c.chain, c.chain_length, 0x0304, 0x0303, &p), ERR_INVALID);
    assert_non_null(strstr(p.text, "1.2, 1.3 or both"));
    assert_int_equal(try_chain(c.chain, c.chain_length, 0x0304, 0x0304, &p), OK);
    assert_int_equal(try_chain(c.chain, c.chain_length, 0x0303, 0x0303, &p), OK);
    certificate_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_type_shakes_hands_in_both_versions),
        cmocka_unit_test(versions_outside_the_range_are_refused),
        cmocka_unit_test(weak_cipher_suites_are_refused),
        cmocka_unit_test(a_signer_that_fails_ends_only_the_handshake),
        cmocka_unit_test(deadlines_end_the_wait),
        cmocka_unit_test(a_reader_that_never_reads_does_not_hold_us),
        cmocka_unit_test(large_answers_arrive_whole),
        cmocka_unit_test(renegotiation_gets_no_second_signature),
        cmocka_unit_test(garbage_is_the_clients_fault),
        cmocka_unit_test(a_client_that_leaves_is_seen_at_once),
        cmocka_unit_test(a_broken_connection_reads_as_closed),
        cmocka_unit_test(sessions_are_not_resumed),
        cmocka_unit_test(bad_chains_are_refused_with_a_sentence),
        cmocka_unit_test(versions_have_limits),
    };
    signal(SIGPIPE, SIG_DFL); /* no write of ours may raise it */
    return cmocka_run_group_tests(tests, NULL, NULL);
}

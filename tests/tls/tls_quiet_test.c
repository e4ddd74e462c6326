/*
 * After tls_warm() no system call outside a short list is needed: the server runs whole
 * connections in a child process under a filter that kills it for any other.
 */
#include "tls_server.h"

#include "certificate.h"
#include "clock.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const int allowed[] = {SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(recvfrom),
    SCMP_SYS(sendto), SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(poll),
    SCMP_SYS(ppoll), SCMP_SYS(close), SCMP_SYS(brk), SCMP_SYS(mmap), SCMP_SYS(munmap),
    SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(getrandom), SCMP_SYS(clock_gettime),
    SCMP_SYS(getpid), SCMP_SYS(futex), SCMP_SYS(rt_sigprocmask), SCMP_SYS(exit_group)};

static enum err sign(void *context, uint16_t scheme, const uint8_t *text,
    size_t text_length, uint8_t *signature, size_t *length)
{
    return certificate_sign(context, scheme, text, text_length, signature, length);
}

static void close_filter(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    bool made = filter != NULL && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;

    for (size_t i = 0; made && i < sizeof(allowed) / sizeof(allowed[0]); i++) {
        made = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0) == 0;
    }
    if (!made || seccomp_load(filter) != 0) {
        _exit(99);
    }
}

/* Serves what comes; the exit status says how the last connection ended. */
static void serve(struct certificate *own, int fd, enum tls_ask ask)
{
    struct tls_context *context = NULL;
    struct tls_connection *c = NULL;
    struct tls_problem problem;
    struct tls_signer signer = {.sign = sign, .context = own};
    uint8_t bytes[TLS_PEEK_BYTES];
    struct tls_peek peek;
    size_t length = 0;
    int64_t deadline_ms = clock_mono_ms() + 10000;

    if (tls_context_new((const uint8_t *)own->chain, own->chain_length, TLS_VERSION_1_2,
            TLS_VERSION_1_3, &signer, &context, &problem) != OK ||
        tls_context_ask(context, ask, &problem) != OK ||
        tls_warm(context, &problem) != OK) {
        _exit(98);
    }
    /* The signer of this test has its own first time, which is not what is tested. */
    uint8_t signature[TLS_SIGNATURE_MAX];
    size_t signature_length = sizeof(signature);
    bool rsa = EVP_PKEY_is_a(own->key, "RSA");
    uint16_t scheme = rsa ? 0x0804 : 0x0403;
    if (sign(own, scheme, bytes, 0, signature, &signature_length) != OK) {
        _exit(97);
    }
    close_filter();
    enum err e = tls_peek_socket(fd, deadline_ms, bytes, &peek);
    if (e == OK) {
        e = tls_accept(context, fd, deadline_ms, &c, &problem);
    }
    while (e == OK && length == 0) {
        e = tls_read(c, bytes, sizeof(bytes), deadline_ms, &length);
    }
    if (e == OK) {
        e = tls_write(c, bytes, length, deadline_ms);
    }
    tls_close(&c, deadline_ms);
    _exit((int)e);
}

static void connect_to(
    int fd, int version, const char *ciphers, const struct certificate *shown)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    char answer[5];

    SSL_CTX_set_security_level(ctx, 0);
    SSL_CTX_set_min_proto_version(ctx, version);
    SSL_CTX_set_max_proto_version(ctx, version);
    if (ciphers != NULL && version == TLS1_3_VERSION) {
        assert_int_equal(SSL_CTX_set_ciphersuites(ctx, ciphers), 1);
    } else if (ciphers != NULL) {
        assert_int_equal(SSL_CTX_set_cipher_list(ctx, ciphers), 1);
    }
    if (shown != NULL) {
        assert_int_equal(SSL_CTX_use_certificate(ctx, shown->x509), 1);
        assert_int_equal(SSL_CTX_use_PrivateKey(ctx, shown->key), 1);
    }
    SSL *ssl = SSL_new(ctx);
    SSL_set_fd(ssl, fd);
    if (SSL_connect(ssl) == 1) {
        (void)SSL_write(ssl, "hello", 5);
        (void)SSL_read(ssl, answer, 5);
        (void)SSL_read(ssl, answer, 1);
    }
    SSL_free(ssl);
    SSL_CTX_free(ctx);
    ERR_clear_error();
}

/* version 0: garbage. shown: the client's certificate, which is asked for then. */
static void check_with(const char *type, int version, const char *ciphers,
    const struct certificate *shown, enum err expected)
{
    struct certificate own;
    int ends[2];
    int status = 0;

    certificate_make(&own, type);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(ends[1]);
        serve(&own, ends[0], shown != NULL ? TLS_ASK_REQUIRED : TLS_ASK_NOTHING);
    }
    close(ends[0]);
    if (version == 0) {
        assert_int_equal(write(ends[1], "\x16\x03\x01\x00\x02\x01\x00", 7), 7);
        shutdown(ends[1], SHUT_WR);
    } else {
        connect_to(ends[1], version, ciphers, shown);
    }
    close(ends[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status)) {
        fail_msg("%s: killed by signal %d: a system call that is not in the list", type,
            WTERMSIG(status));
    }
    assert_int_equal(WEXITSTATUS(status), expected);
    certificate_free(&own);
}

static void check(const char *type, int version, const char *ciphers, enum err expected)
{
    check_with(type, version, ciphers, NULL, expected);
}

static void clients_with_a_certificate_need_no_other_system_calls(void **state)
{
    static const char *const types[] = {"P-256", "P-384", "RSA2048", "ED25519"};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct certificate shown;
        certificate_make(&shown, types[i]);
        check_with("P-256", TLS1_3_VERSION, NULL, &shown, OK);
        check_with("RSA2048", TLS1_3_VERSION, NULL, &shown, OK);
        certificate_free(&shown);
    }
}

static void connections_need_only_the_listed_system_calls(void **state)
{
    static const char *const types[] = {"P-256", "RSA2048"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        check(types[i], TLS1_3_VERSION, NULL, OK);
        check(types[i], TLS1_3_VERSION, "TLS_CHACHA20_POLY1305_SHA256", OK);
        check(types[i], TLS1_3_VERSION, "TLS_AES_128_GCM_SHA256", OK);
        check(types[i], TLS1_2_VERSION, NULL, OK);
        check(types[i], TLS1_2_VERSION, "ECDHE+CHACHA20", OK);
    }
}

static void failures_need_only_the_listed_system_calls(void **state)
{
    (void)state;
    check("P-256", 0, NULL, ERR_CLOSED);
    check("P-256", TLS1_1_VERSION, "DEFAULT:@SECLEVEL=0", ERR_INVALID);
    check("P-256", TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA", ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connections_need_only_the_listed_system_calls),
        cmocka_unit_test(clients_with_a_certificate_need_no_other_system_calls),
        cmocka_unit_test(failures_need_only_the_listed_system_calls),
    };
    signal(SIGPIPE, SIG_IGN); /* the client's; OpenSSL's own socket calls raise it */
    return cmocka_run_group_tests(tests, NULL, NULL);
}

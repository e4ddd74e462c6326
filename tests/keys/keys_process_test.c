#include "keys_process.h"

#include "clock.h"
#include "ipc_words.h"
#include "loop.h"
#include "mem.h"
#include "tls/certificate.h"
#include "tlspolicy.h"

#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define TEXT_1_3 130

/* The process under test in this one, and its neighbours' ends. */
struct fixture {
    struct keys keys;
    struct certificate certificate;
    struct ipc_channel warden;
    struct ipc_channel audit;
    struct ipc_channel broker;
    uint8_t text[TEXT_1_3];
    uint8_t client_auth;
    uint8_t tls12;
    uint8_t policies;
};

static void on_warden_end(void *context, enum err why)
{
    struct keys *k = context;

    (void)why;
    k->role.stopping = true;
    ipc_link_fini(&k->role.warden);
}

/* Until nobody has anything to do. */
static void settle(struct fixture *f)
{
    for (int i = 0; i < 8; i++) {
        assert_int_equal(loop_once(f->keys.role.loop, 0), OK);
    }
}

static void channel(struct ipc_channel *c, int fd, enum ipc_role self, enum ipc_role peer)
{
    assert_int_equal(ipc_channel_init(c, fd, IPC_PACKETS, self, peer, 1 << 20), OK);
}

static void tell(struct fixture *f, enum ipc_msg msg, const void *message, int fd)
{
    assert_int_equal(ipc_channel_send(&f->warden, msg, 0, message, fd), OK);
    settle(f);
}

static int key_file(const char *text, size_t length)
{
    int fd = memfd_create("key", MFD_CLOEXEC);

    assert_int_equal(write(fd, text, length), (ssize_t)length);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static void send_start(struct fixture *f, const struct certificate *key)
{
    struct ipc_keys_start start = {.tls12 = f->tls12,
        .tls13 = 1,
        .client_auth = f->client_auth,
        .tls_policies = f->policies,
        .certificate_chain = {
            (const uint8_t *)f->certificate.chain, f->certificate.chain_length}};
    int fd = key_file(key->key_text, key->key_length);

    tell(f, IPC_MSG_KEYS_START, &start, fd);
    close(fd);
}

static void begin(struct fixture *f, const char *type)
{
    struct ipc_channel ours;
    int ends[2];

    memset(f, 0, sizeof(*f));
    certificate_make(&f->certificate, type);
    memset(f->text, ' ', 64);
    memcpy(f->text + 64, "TLS 1.3, server CertificateVerify", 34);
    keys_init(&f->keys);
    f->keys.role.self = IPC_KEYS;
    f->keys.role.loop = loop_new();
    assert_int_equal(ipc_pair(IPC_PACKETS, ends), OK);
    channel(&f->warden, ends[0], IPC_WARDEN, IPC_KEYS);
    channel(&ours, ends[1], IPC_KEYS, IPC_WARDEN);
    assert_int_equal(ipc_link_init(&f->keys.role.warden, f->keys.role.loop, &ours,
                         keys_handlers, &f->keys, on_warden_end),
        OK);
    f->keys.role.warden.channel.state = ROLE_STARTING;
    f->audit.fd = -1;
    f->client_auth = IPC_CLIENT_AUTH_REQUIRED;
    f->tls12 = 1;
    f->broker.fd = -1;
    f->policies = 1u << TLSPOLICY_INTERMEDIATE;
}

static void add_audit(struct fixture *f)
{
    struct ipc_peer_add add = {.role = IPC_AUDIT};
    int ends[2];

    ipc_channel_fini(&f->audit);
    assert_int_equal(ipc_pair(IPC_PACKETS, ends), OK);
    channel(&f->audit, ends[0], IPC_AUDIT, IPC_KEYS);
    tell(f, IPC_MSG_PEER_ADD, &add, ends[1]);
    close(ends[1]);
}

static void add_broker(struct fixture *f)
{
    struct ipc_peer_add add = {.role = IPC_BROKER};
    int ends[2];

    ipc_channel_fini(&f->broker);
    assert_int_equal(ipc_pair(IPC_PACKETS, ends), OK);
    channel(&f->broker, ends[0], IPC_BROKER, IPC_KEYS);
    tell(f, IPC_MSG_PEER_ADD, &add, ends[1]);
    close(ends[1]);
}

/* What the warden hears of it before it is ready. */
static void expect_certificate(struct fixture *f)
{
    struct ipc_received m;

    assert_int_equal(ipc_channel_receive(&f->warden, &m), OK);
    assert_int_equal(m.msg, IPC_MSG_CERTIFICATE);
    assert_int_equal(m.body.certificate.index, 0);
    assert_int_equal(m.body.certificate.digest.len, 32);
    int64_t left_s = m.body.certificate.not_after_s - clock_wall_ms() / 1000;
    assert_true(left_s > 3000 && left_s <= 3600);
    assert_true(ipc_view_equals(m.body.certificate.subject, "/CN=localhost"));
}

static void serve(struct fixture *f)
{
    add_audit(f);
    add_broker(f);
    send_start(f, &f->certificate);
    assert_true(f->keys.role.started);
    expect_certificate(f);
    f->keys.role.warden.channel.state = ROLE_RUNNING;
}

static void open_fixture(struct fixture *f, const char *type)
{
    begin(f, type);
    if (strcmp(type, "ED25519") == 0) {
        f->client_auth = IPC_CLIENT_AUTH_NONE;
        f->tls12 = 0;
    }
    serve(f);
}

static void close_fixture(struct fixture *f)
{
    keys_fini(&f->keys);
    ipc_link_fini(&f->keys.role.warden);
    loop_free(&f->keys.role.loop);
    ipc_channel_fini(&f->warden);
    ipc_channel_fini(&f->audit);
    ipc_channel_fini(&f->broker);
    certificate_free(&f->certificate);
}

/* A gate's own end. */
static void add_gate(struct fixture *f, struct ipc_channel *gate, uint64_t number)
{
    struct ipc_gate_add add = {.gate = number};
    int ends[2];

    assert_int_equal(ipc_pair(IPC_PACKETS, ends), OK);
    channel(gate, ends[0], IPC_GATE, IPC_KEYS);
    tell(f, IPC_MSG_GATE_ADD, &add, ends[1]);
    close(ends[1]);
}

static void ask(struct fixture *f, struct ipc_channel *gate, uint16_t scheme,
    const void *text, size_t length)
{
    struct ipc_sign message = {.scheme = scheme, .text = {text, length}};

    assert_int_equal(ipc_channel_send(gate, IPC_MSG_SIGN, 77, &message, -1), OK);
    settle(f);
}

static void expect_signature(
    struct fixture *f, struct ipc_channel *gate, const EVP_MD *md)
{
    struct ipc_received m;

    assert_int_equal(ipc_channel_receive(gate, &m), OK);
    assert_int_equal(m.msg, IPC_MSG_SIGN_RESULT);
    assert_int_equal(m.request, 77);
    assert_int_equal(m.body.sign_result.refused, 0);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_int_equal(
        EVP_DigestVerifyInit(context, NULL, md, NULL, f->certificate.key), 1);
    assert_int_equal(EVP_DigestVerify(context, m.body.sign_result.signature.ptr,
                         m.body.sign_result.signature.len, f->text, sizeof(f->text)),
        1);
    EVP_MD_CTX_free(context);
}

/* Its channel is closed, warden and audit know, and the process goes on. */
static void expect_breach(
    struct fixture *f, struct ipc_channel *gate, uint64_t number, const char *words)
{
    struct ipc_received m;
    char reason[256];

    assert_int_equal(ipc_channel_receive(gate, &m), ERR_CLOSED);
    assert_int_equal(ipc_channel_receive(&f->warden, &m), OK);
    assert_int_equal(m.msg, IPC_MSG_GATE_KILL);
    assert_int_equal(m.body.gate_kill.gate, number);
    assert_int_equal(m.body.gate_kill.reason, IPC_KILL_BREACH);
    assert_int_equal(ipc_channel_receive(&f->audit, &m), OK);
    assert_int_equal(m.msg, IPC_MSG_EVENT);
    assert_int_equal(m.body.event.session, number);
    assert_int_equal(m.body.event.kind, IPC_EVENT_PROCESS);
    assert_int_equal(m.body.event.outcome, IPC_OUTCOME_DENIED);
    assert_true(ipc_view_equals(m.body.event.operation, "sign"));
    memcpy(reason, m.body.event.reason.ptr, m.body.event.reason.len);
    reason[m.body.event.reason.len] = '\0';
    if (strstr(reason, words) == NULL) {
        fail_msg("\"%s\" is not in \"%s\"", words, reason);
    }
    assert_int_equal(f->keys.gates.count, 0);
    assert_false(f->keys.role.stopping);
    assert_int_equal(ipc_channel_receive(&f->warden, &m), ERR_AGAIN);
}

/* Another gate is served as if nothing had been. */
static void expect_service(struct fixture *f)
{
    struct ipc_channel gate;

    add_gate(f, &gate, 999);
    ask(f, &gate, 0x0403, f->text, sizeof(f->text));
    expect_signature(f, &gate, EVP_sha256());
    ipc_channel_fini(&gate);
    settle(f);
    assert_int_equal(f->keys.gates.count, 0);
}

static void a_gate_gets_its_signature(void **state)
{
    struct fixture f;
    struct ipc_channel gate;

    (void)state;
    open_fixture(&f, "P-256");
    add_gate(&f, &gate, 5);
    ask(&f, &gate, 0x0403, f.text, sizeof(f.text));
    expect_signature(&f, &gate, EVP_sha256());
    assert_int_equal(f.keys.signatures, 1);
    assert_int_equal(f.keys.breaches, 0);
    ipc_channel_fini(&gate);
    close_fixture(&f);
}

/* The digest of the signature that the gate got, which is left in *out. */
static void expect_told(
    struct fixture *f, struct ipc_channel *gate, uint64_t number, uint8_t out[32])
{
    struct ipc_received told;
    struct ipc_received m;

    assert_int_equal(ipc_channel_receive(&f->broker, &told), OK);
    assert_int_equal(told.msg, IPC_MSG_SIGNED);
    assert_int_equal(told.body.signed_text.gate, number);
    assert_int_equal(told.body.signed_text.digest.len, 32);
    assert_int_equal(ipc_channel_receive(gate, &m), OK);
    assert_int_equal(m.body.sign_result.refused, 0);
    assert_int_equal(EVP_Digest(m.body.sign_result.signature.ptr,
                         m.body.sign_result.signature.len, out, NULL, EVP_sha256(), NULL),
        1);
    assert_memory_equal(told.body.signed_text.digest.ptr, out, 32);
    assert_int_equal(ipc_channel_receive(&f->broker, &told), ERR_AGAIN);
}

static void broker_is_told_of_every_signature(void **state)
{
    static const struct {
        const char *type;
        uint16_t scheme;
    } rows[] = {{"P-256", 0x0403}, {"P-384", 0x0503}, {"RSA2048", 0x0804}};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct fixture f;
        struct ipc_channel gates[2];
        uint8_t digests[2][32];
        open_fixture(&f, rows[i].type);
        for (uint64_t k = 0; k < 2; k++) {
            add_gate(&f, &gates[k], 5 + k);
            ask(&f, &gates[k], rows[i].scheme, f.text, sizeof(f.text));
            expect_told(&f, &gates[k], 5 + k, digests[k]);
        }
        /* The same text, and yet another signature: none can be shown twice. */
        assert_memory_not_equal(digests[0], digests[1], 32);
        ipc_channel_fini(&gates[0]);
        ipc_channel_fini(&gates[1]);
        close_fixture(&f);
    }
}

static void broker_is_not_told_of_tls_1_2(void **state)
{
    struct fixture f;
    struct ipc_channel gate;
    struct ipc_received m;
    uint8_t text[64 + 4 + 32] = {0}; /* randoms, then X25519 */

    (void)state;
    open_fixture(&f, "P-256");
    text[64] = 3;
    text[66] = 29;
    text[67] = 32;
    add_gate(&f, &gate, 5);
    ask(&f, &gate, 0x0403, text, sizeof(text));
    assert_int_equal(ipc_channel_receive(&gate, &m), OK);
    assert_int_equal(m.body.sign_result.refused, 0);
    assert_int_equal(ipc_channel_receive(&f.broker, &m), ERR_AGAIN);
    ipc_channel_fini(&gate);
    close_fixture(&f);
}

/* Not for a certificate: it goes by the version. */
static void broker_is_told_of_tls_1_3_where_tls_1_2_is_spoken_too(void **state)
{
    struct fixture f;
    struct ipc_channel gate;
    uint8_t digest[32];

    (void)state;
    begin(&f, "P-256");
    f.client_auth = IPC_CLIENT_AUTH_NONE;
    serve(&f);
    add_gate(&f, &gate, 5);
    ask(&f, &gate, 0x0403, f.text, sizeof(f.text));
    expect_told(&f, &gate, 5, digest);
    ipc_channel_fini(&gate);
    close_fixture(&f);
}

static void broker_is_not_told_where_it_would_learn_nothing(void **state)
{
    struct fixture f;
    struct ipc_channel gate;
    struct ipc_received m;

    (void)state;
    open_fixture(&f, "ED25519");
    add_gate(&f, &gate, 5);
    ask(&f, &gate, 0x0807, f.text, sizeof(f.text));
    expect_signature(&f, &gate, NULL);
    assert_int_equal(ipc_channel_receive(&f.broker, &m), ERR_AGAIN);
    ipc_channel_fini(&gate);
    close_fixture(&f);
}

static void broker_is_not_told_of_what_was_not_signed(void **state)
{
    struct fixture f;
    struct ipc_channel gate;
    struct ipc_received m;

    (void)state;
    open_fixture(&f, "P-256");
    add_gate(&f, &gate, 5);
    ask(&f, &gate, 0x0403, "x", 1);
    expect_breach(&f, &gate, 5, "not of a TLS handshake");
    assert_int_equal(ipc_channel_receive(&f.broker, &m), ERR_AGAIN);
    ipc_channel_fini(&gate);
    close_fixture(&f);
}

static void without_broker_gates_are_served(void **state)
{
    struct fixture f;
    struct ipc_channel gate;
    uint8_t digest[32];

    (void)state;
    open_fixture(&f, "P-256");
    ipc_channel_fini(&f.broker);
    settle(&f);
    expect_service(&f);
    /* A new broker takes the place of the old one. */
    add_broker(&f);
    add_gate(&f, &gate, 6);
    ask(&f, &gate, 0x0403, f.text, sizeof(f.text));
    expect_told(&f, &gate, 6, digest);
    ipc_channel_fini(&gate);
    close_fixture(&f);
}

static void broker_may_say_nothing(void **state)
{
    struct fixture f;
    struct ipc_received m;
    static const uint8_t stop[16] = {0x02, 0x01};

    (void)state;
    open_fixture(&f, "P-256");
    assert_int_equal(write(f.broker.fd, stop, sizeof(stop)), sizeof(stop));
    settle(&f);
    assert_int_equal(ipc_channel_receive(&f.broker, &m), ERR_CLOSED);
    assert_false(f.keys.role.stopping);
    expect_service(&f);
    close_fixture(&f);
}

static void a_second_signature_is_a_breach(void **state)
{
    struct fixture f;
    struct ipc_channel gate;

    (void)state;
    open_fixture(&f, "P-256");
    add_gate(&f, &gate, 5);
    ask(&f, &gate, 0x0403, f.text, sizeof(f.text));
    expect_signature(&f, &gate, EVP_sha256());
    ask(&f, &gate, 0x0403, f.text, sizeof(f.text));
    expect_breach(&f, &gate, 5, "a second signature");
    assert_int_equal(f.keys.signatures, 1);
    ipc_channel_fini(&gate);
    expect_service(&f);
    close_fixture(&f);
}

static void two_at_once_get_one_answer(void **state)
{
    struct fixture f;
    struct ipc_channel gate;
    struct ipc_sign message = {.scheme = 0x0403};

    (void)state;
    open_fixture(&f, "P-256");
    message.text = (struct ipc_view){f.text, sizeof(f.text)};
    add_gate(&f, &gate, 5);
    assert_int_equal(ipc_channel_send(&gate, IPC_MSG_SIGN, 77, &message, -1), OK);
    assert_int_equal(ipc_channel_send(&gate, IPC_MSG_SIGN, 77, &message, -1), OK);
    settle(&f);
    expect_signature(&f, &gate, EVP_sha256());
    expect_breach(&f, &gate, 5, "a second signature");
    ipc_channel_fini(&gate);
    close_fixture(&f);
}

static void check_breach(
    uint16_t scheme, const void *text, size_t length, const char *words)
{
    struct fixture f;
    struct ipc_channel gate;

    open_fixture(&f, "P-256");
    add_gate(&f, &gate, 6);
    ask(&f, &gate, scheme, text, length);
    expect_breach(&f, &gate, 6, words);
    assert_int_equal(f.keys.signatures, 0);
    ipc_channel_fini(&gate);
    expect_service(&f);
    close_fixture(&f);
}

static void a_text_that_is_not_tls_is_a_breach(void **state)
{
    uint8_t text[TEXT_1_3];

    (void)state;
    check_breach(0x0403, "", 0, "not of a TLS handshake");
    check_breach(0x0403, "give me your key", 16, "not of a TLS handshake");
    memset(text, ' ', sizeof(text));
    memcpy(text + 64, "TLS 1.3, client CertificateVerify", 34);
    check_breach(0x0403, text, sizeof(text), "not of a TLS handshake");
}

static void a_scheme_of_another_key_is_a_breach(void **state)
{
    static const uint16_t others[] = {0, 0x0203, 0x0401, 0x0503, 0x0804, 0x0807, 0xffff};
    uint8_t text[TEXT_1_3] = {0};

    (void)state;
    memset(text, ' ', 64);
    memcpy(text + 64, "TLS 1.3, server CertificateVerify", 34);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        check_breach(others[i], text, sizeof(text), "not of this key");
    }
}

static void pkcs1_is_not_for_tls_1_3(void **state)
{
    struct fixture f;
    struct ipc_channel gate;

    (void)state;
    open_fixture(&f, "RSA2048");
    add_gate(&f, &gate, 6);
    ask(&f, &gate, 0x0401, f.text, sizeof(f.text));
    expect_breach(&f, &gate, 6, "not of this key");
    ipc_channel_fini(&gate);
    close_fixture(&f);
}

static void bytes_that_are_no_message_are_a_breach(void **state)
{
    static const uint8_t unknown[16] = {0xff, 0xff};
    static const uint8_t of_the_warden[16] = {0x02, 0x01}; /* STOP */
    static const uint8_t of_keys[16] = {0x07, 0x03};       /* SIGN_RESULT, cut off */
    static const struct {
        const uint8_t *bytes;
        size_t length;
    } bad[] = {{unknown, 16}, {of_the_warden, 16}, {of_keys, 16}, {unknown, 3}};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct fixture f;
        struct ipc_channel gate;
        open_fixture(&f, "P-256");
        add_gate(&f, &gate, 7);
        assert_int_equal(
            write(gate.fd, bad[i].bytes, bad[i].length), (ssize_t)bad[i].length);
        settle(&f);
        expect_breach(&f, &gate, 7, "may not send");
        ipc_channel_fini(&gate);
        expect_service(&f);
        close_fixture(&f);
    }
}

static void a_descriptor_of_a_gate_does_not_arrive(void **state)
{
    struct fixture f;
    struct ipc_channel gate;
    struct ipc_gate_add add = {.gate = 8};

    (void)state;
    open_fixture(&f, "P-256");
    add_gate(&f, &gate, 7);
    gate.self = IPC_WARDEN; /* a gate that says what only the warden says */
    assert_int_equal(ipc_channel_send(&gate, IPC_MSG_GATE_ADD, 0, &add, 0), OK);
    settle(&f);
    expect_breach(&f, &gate, 7, "may not send");
    assert_null(table_get(&f.keys.gates, &add.gate, sizeof(add.gate)));
    ipc_channel_fini(&gate);
    close_fixture(&f);
}

static void a_gate_that_leaves_is_forgotten(void **state)
{
    struct fixture f;
    struct ipc_channel gate;
    struct ipc_received m;

    (void)state;
    open_fixture(&f, "P-256");
    add_gate(&f, &gate, 9);
    assert_int_equal(f.keys.gates.count, 1);
    ipc_channel_fini(&gate);
    settle(&f);
    assert_int_equal(f.keys.gates.count, 0);
    assert_int_equal(ipc_channel_receive(&f.warden, &m), ERR_AGAIN);
    assert_int_equal(f.keys.breaches, 0);
    struct ipc_gate_gone gone = {.gate = 9};
    tell(&f, IPC_MSG_GATE_GONE, &gone, -1);
    assert_false(f.keys.role.stopping);
    close_fixture(&f);
}

static void gate_gone_closes_the_channel(void **state)
{
    struct fixture f;
    struct ipc_channel gate;
    struct ipc_channel other;
    struct ipc_received m;
    struct ipc_gate_gone gone = {.gate = 9};

    (void)state;
    open_fixture(&f, "P-256");
    add_gate(&f, &gate, 9);
    add_gate(&f, &other, 10);
    tell(&f, IPC_MSG_GATE_GONE, &gone, -1);
    assert_int_equal(ipc_channel_receive(&gate, &m), ERR_CLOSED);
    assert_int_equal(ipc_channel_receive(&other, &m), ERR_AGAIN);
    assert_int_equal(f.keys.gates.count, 1);
    ask(&f, &other, 0x0403, f.text, sizeof(f.text));
    expect_signature(&f, &other, EVP_sha256());
    ipc_channel_fini(&gate);
    ipc_channel_fini(&other);
    close_fixture(&f);
}

static void without_audit_a_breach_is_still_one(void **state)
{
    struct fixture f;
    struct ipc_channel gate;
    struct ipc_received m;

    (void)state;
    open_fixture(&f, "P-256");
    ipc_channel_fini(&f.audit);
    settle(&f);
    add_gate(&f, &gate, 5);
    ask(&f, &gate, 0x0403, "x", 1);
    assert_int_equal(ipc_channel_receive(&gate, &m), ERR_CLOSED);
    assert_int_equal(ipc_channel_receive(&f.warden, &m), OK);
    assert_int_equal(m.msg, IPC_MSG_GATE_KILL);
    ipc_channel_fini(&gate);
    /* A new audit takes the place of the old one. */
    add_audit(&f);
    add_gate(&f, &gate, 6);
    ask(&f, &gate, 0x0403, "x", 1);
    expect_breach(&f, &gate, 6, "not of a TLS handshake");
    ipc_channel_fini(&gate);
    expect_service(&f);
    close_fixture(&f);
}

static void without_memory_only_that_gate_suffers(void **state)
{
    struct fixture f;
    struct ipc_channel gate;
    struct ipc_received m;
    struct ipc_gate_add add = {.gate = 5};

    (void)state;
    for (long successes = 0; successes < 3; successes++) {
        int ends[2];
        open_fixture(&f, "P-256");
        assert_int_equal(ipc_pair(IPC_PACKETS, ends), OK);
        channel(&gate, ends[0], IPC_GATE, IPC_KEYS);
        assert_int_equal(
            ipc_channel_send(&f.warden, IPC_MSG_GATE_ADD, 0, &add, ends[1]), OK);
        close(ends[1]);
        mem_fail_after(successes);
        settle(&f);
        mem_fail_after(-1);
        settle(&f);
        assert_false(f.keys.role.stopping);
        assert_int_equal(f.keys.gates.count, 0);
        assert_int_equal(ipc_channel_receive(&gate, &m), ERR_CLOSED);
        ipc_channel_fini(&gate);
        expect_service(&f);
        close_fixture(&f);
    }
}

/* The warden is trusted: what it may not send ends the process. */
static void check_ends(enum ipc_msg msg, const void *message, unsigned warden_state)
{
    struct fixture f;
    int fd = ipc_info(msg)->fds == 1 ? memfd_create("x", MFD_CLOEXEC) : -1;

    open_fixture(&f, "P-256");
    f.keys.role.warden.channel.state = warden_state;
    tell(&f, msg, message, fd);
    assert_true(f.keys.role.stopping);
    if (fd >= 0) {
        close(fd);
    }
    close_fixture(&f);
}

static void the_wardens_messages_have_their_time(void **state)
{
    struct ipc_gate_add add = {.gate = 1};
    struct ipc_gate_gone gone = {.gate = 1};
    struct ipc_keys_start start = {0};
    struct ipc_keys_token token = {
        .module = ipc_text("/m.so"), .uri = ipc_text("pkcs11:token=t;id=1")};
    struct ipc_keys_path path = {.path = ipc_text("/tmp")};
    struct ipc_keys_variable variable = {.name = ipc_text("A"), .value = ipc_text("b")};
    struct ipc_peer_add peer = {.role = IPC_STORE};
    struct ipc_stop stop = {0};

    (void)state;
    check_ends(IPC_MSG_GATE_ADD, &add, ROLE_STARTING);
    check_ends(IPC_MSG_GATE_GONE, &gone, ROLE_STARTING);
    check_ends(IPC_MSG_KEYS_START, &start, ROLE_RUNNING);
    check_ends(IPC_MSG_KEYS_START, &start, ROLE_STARTING); /* a second one */
    check_ends(IPC_MSG_KEYS_TOKEN, &token, ROLE_RUNNING);
    check_ends(IPC_MSG_KEYS_TOKEN, &token, ROLE_STARTING); /* without a signer */
    check_ends(IPC_MSG_KEYS_PATH, &path, ROLE_STARTING);
    check_ends(IPC_MSG_KEYS_VARIABLE, &variable, ROLE_STARTING);
    check_ends(IPC_MSG_PEER_ADD, &peer, ROLE_RUNNING);
    check_ends(IPC_MSG_STOP, &stop, ROLE_RUNNING);
}

static void the_warden_is_answered_that_it_is_alive(void **state)
{
    struct ipc_alive_ask asked = {0};
    struct ipc_received m;
    struct fixture f;

    (void)state;
    open_fixture(&f, "P-256");
    tell(&f, IPC_MSG_ALIVE_ASK, &asked, -1);
    assert_int_equal(ipc_channel_receive(&f.warden, &m), OK);
    assert_int_equal(m.msg, IPC_MSG_ALIVE);
    close_fixture(&f);
}

/* --- a signer --------------------------------------------------------------------- */

/* Somebody else who has the key. */
struct other {
    EVP_PKEY *key;
    unsigned given;
    unsigned opened;
    bool fails;
};

static enum err other_given(void *context, const struct ipc_received *m)
{
    struct other *o = context;

    assert_int_equal(m->msg, IPC_MSG_KEYS_TOKEN);
    o->given++;
    return OK;
}

static enum err other_open(
    void *context, enum keys_type type, int fd, struct keys_problem *problem)
{
    struct other *o = context;

    (void)problem;
    assert_int_equal(type, KEYS_P256);
    assert_true(fd >= 0);
    o->opened++;
    return OK;
}

static enum err other_sign(void *context, const struct keys_order *order,
    uint8_t signature[KEYS_SIGNATURE_MAX], size_t *length_out)
{
    struct other *o = context;
    size_t length = KEYS_SIGNATURE_MAX;
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(o->key, NULL);

    assert_int_equal(order->type, KEYS_P256);
    assert_string_equal(order->digest, "SHA256");
    assert_int_equal(order->length, 32);
    assert_int_equal(EVP_PKEY_sign_init(c), 1);
    assert_int_equal(
        EVP_PKEY_sign(c, signature, &length, order->bytes, order->length), 1);
    EVP_PKEY_CTX_free(c);
    *length_out = length;
    return o->fails ? ERR_IO : OK;
}

static const struct keys_signer *other_signer(struct other *o, struct keys_signer *out)
{
    *out = (struct keys_signer){
        .context = o, .given = other_given, .open = other_open, .sign = other_sign};
    return out;
}

static void open_with_signer(
    struct fixture *f, struct other *o, struct keys_signer *signer)
{
    struct ipc_keys_token token = {
        .module = ipc_text("/m.so"), .uri = ipc_text("pkcs11:token=t;id=1")};

    begin(f, "P-256");
    *o = (struct other){.key = f->certificate.key};
    f->keys.signer = other_signer(o, signer);
    add_audit(f);
    add_broker(f);
    tell(f, IPC_MSG_KEYS_TOKEN, &token, -1);
    send_start(f, &f->certificate);
    assert_true(f->keys.role.started);
    expect_certificate(f);
    f->keys.role.warden.channel.state = ROLE_RUNNING;
}

static void a_signer_signs_what_gates_ask_for(void **state)
{
    struct keys_signer signer;
    struct fixture f;
    struct other o;

    (void)state;
    open_with_signer(&f, &o, &signer);
    assert_int_equal(o.given, 1);
    assert_int_equal(o.opened, 1);
    assert_null(f.keys.key.private_key);
    expect_service(&f);
    assert_false(f.keys.failed);
    close_fixture(&f);
}

static void a_signer_that_fails_refuses_one_gate_and_ends_the_process(void **state)
{
    struct keys_signer signer;
    struct ipc_channel gate;
    struct ipc_received m;
    struct fixture f;
    struct other o;

    (void)state;
    open_with_signer(&f, &o, &signer);
    add_gate(&f, &gate, 5);
    o.fails = true;
    ask(&f, &gate, 0x0403, f.text, sizeof(f.text));
    assert_int_equal(ipc_channel_receive(&gate, &m), OK);
    assert_int_equal(m.msg, IPC_MSG_SIGN_RESULT);
    assert_int_equal(m.body.sign_result.refused, 1);
    assert_int_equal(m.body.sign_result.signature.len, 0);
    assert_true(f.keys.failed);
    assert_true(f.keys.role.stopping);
    assert_int_equal(f.keys.breaches, 0);
    ipc_channel_fini(&gate);
    close_fixture(&f);
}

static void a_gate_is_added_once(void **state)
{
    struct fixture f;
    struct ipc_channel gate;
    struct ipc_channel again;

    (void)state;
    open_fixture(&f, "P-256");
    add_gate(&f, &gate, 5);
    add_gate(&f, &again, 5);
    assert_true(f.keys.role.stopping);
    ipc_channel_fini(&gate);
    ipc_channel_fini(&again);
    close_fixture(&f);
}

static void a_bad_pair_refuses_the_start(void **state)
{
    int status = 0;
    pid_t child = fork();

    (void)state;
    assert_true(child >= 0);
    if (child == 0) {
        struct fixture f;
        struct certificate other;
        begin(&f, "P-256");
        certificate_make(&other, "P-256");
        send_start(&f, &other);
        _exit(1); /* must not come here */
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), ROLE_EXIT_CONFIG);
}

static int start_status_of(const char *type, const struct ipc_keys_start *what)
{
    int status = 0;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        struct fixture f;
        begin(&f, type);
        struct ipc_keys_start start = *what;
        start.tls13 = 1;
        start.certificate_chain = (struct ipc_view){
            (const uint8_t *)f.certificate.chain, f.certificate.chain_length};
        tell(&f, IPC_MSG_KEYS_START, &start,
            key_file(f.certificate.key_text, f.certificate.key_length));
        _exit(f.keys.role.started ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int start_status(const char *type, enum ipc_client_auth client_auth)
{
    struct ipc_keys_start start = {.client_auth = (uint8_t)client_auth};

    return start_status_of(type, &start);
}

static void a_key_that_no_policy_of_a_listener_signs_with_refuses_the_start(void **state)
{
    struct ipc_keys_start fips = {.tls_policies = 1u << TLSPOLICY_FIPS};
    struct ipc_keys_start both = {
        .tls_policies = 1u << TLSPOLICY_FIPS | 1u << TLSPOLICY_MODERN};
    struct ipc_keys_start modern = {.tls_policies = 1u << TLSPOLICY_MODERN};

    (void)state;
    assert_int_equal(start_status_of("ED25519", &fips), ROLE_EXIT_CONFIG);
    assert_int_equal(start_status_of("ED25519", &both), ROLE_EXIT_CONFIG);
    assert_int_equal(start_status_of("ED25519", &modern), 0);
    assert_int_equal(start_status_of("P-256", &both), 0);
}

/* With the module installed the start goes on: then there is nothing to refuse. */
static void without_the_fips_provider_a_start_that_requires_it_is_refused(void **state)
{
    struct ipc_keys_start start = {.fips = 1, .tls_policies = 1u << TLSPOLICY_FIPS};
    struct algo algo;
    bool is_there = algo_open(&algo, ALGO_FIPS) == OK;

    (void)state;
    algo_close(&algo);
    assert_int_equal(start_status_of("P-256", &start), is_there ? 0 : ROLE_EXIT_CONFIG);
}

static void the_warden_hears_until_when_the_certificates_are_good(void **state)
{
    struct fixture f;
    struct ipc_received m;

    (void)state;
    open_fixture(&f, "P-256"); /* expects it */
    assert_int_equal(ipc_channel_receive(&f.warden, &m), ERR_AGAIN);
    assert_true(f.keys.expiry_timer.armed);
    close_fixture(&f);
}

static void a_scheme_that_no_listener_has_is_a_breach(void **state)
{
    struct fixture f;
    struct ipc_channel gate;

    (void)state;
    open_fixture(&f, "P-256");
    f.keys.policies = 0;
    add_gate(&f, &gate, 7);
    ask(&f, &gate, 0x0403, f.text, sizeof(f.text));
    assert_int_equal(f.keys.breaches, 1);
    assert_int_equal(f.keys.signatures, 0);
    ipc_channel_fini(&gate);
    close_fixture(&f);
}

static void a_key_whose_signatures_repeat_is_not_for_client_certificates(void **state)
{
    (void)state;
    assert_int_equal(
        start_status("ED25519", IPC_CLIENT_AUTH_REQUESTED), ROLE_EXIT_CONFIG);
    assert_int_equal(start_status("ED25519", IPC_CLIENT_AUTH_REQUIRED), ROLE_EXIT_CONFIG);
    assert_int_equal(start_status("ED25519", IPC_CLIENT_AUTH_NONE), 0);
    assert_int_equal(start_status("P-256", IPC_CLIENT_AUTH_REQUIRED), 0);
    assert_int_equal(start_status("RSA2048", IPC_CLIENT_AUTH_REQUIRED), 0);
}

/* Sanitizers need system calls of their own. */
#ifdef __SANITIZE_ADDRESS__
#define FILTERED false
#else
#define FILTERED true
#endif

static void close_filter(void)
{
    static const int allowed[] = {SCMP_SYS(epoll_wait), SCMP_SYS(epoll_ctl),
        SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(read), SCMP_SYS(write),
        SCMP_SYS(close), SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(brk),
        SCMP_SYS(getrandom), SCMP_SYS(getpid), SCMP_SYS(futex), SCMP_SYS(clock_gettime),
        SCMP_SYS(exit_group), SCMP_SYS(fcntl) /* a new channel is made non-blocking */};
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    bool made = filter != NULL && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;

    for (size_t i = 0; made && i < sizeof(allowed) / sizeof(allowed[0]); i++) {
        made = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0) == 0;
    }
    if (!made || seccomp_load(filter) != 0) {
        _exit(99);
    }
}

/* In a child: the sockets are there before the filter, everything else comes after it. */
static void sign_under_a_filter(const char *type, uint16_t scheme)
{
    struct fixture f;
    struct ipc_channel gate;
    struct ipc_received m;
    struct ipc_gate_add add = {.gate = 3};
    int ends[2];

    open_fixture(&f, type);
    assert_int_equal(ipc_pair(IPC_PACKETS, ends), OK);
    channel(&gate, ends[0], IPC_GATE, IPC_KEYS);
    assert_int_equal(ipc_channel_send(&f.warden, IPC_MSG_GATE_ADD, 0, &add, ends[1]), OK);
    close(ends[1]);
    close_filter();
    settle(&f);
    ask(&f, &gate, scheme, f.text, sizeof(f.text));
    if (ipc_channel_receive(&gate, &m) != OK || m.msg != IPC_MSG_SIGN_RESULT ||
        m.body.sign_result.refused != 0) {
        _exit(1);
    }
    ask(&f, &gate, scheme, f.text, sizeof(f.text));
    _exit(ipc_channel_receive(&gate, &m) == ERR_CLOSED ? 0 : 2);
}

static void signing_needs_only_the_listed_system_calls(void **state)
{
    static const struct {
        const char *type;
        uint16_t scheme;
    } rows[] = {{"RSA2048", 0x0804}, {"RSA2048", 0x0806}, {"P-256", 0x0403},
        {"P-384", 0x0503}, {"ED25519", 0x0807}};

    (void)state;
    for (size_t i = 0; FILTERED && i < sizeof(rows) / sizeof(rows[0]); i++) {
        int status = 0;
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            sign_under_a_filter(rows[i].type, rows[i].scheme);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        if (WIFSIGNALED(status)) {
            fail_msg("%s: killed by signal %d: a system call that is not in the list",
                rows[i].type, WTERMSIG(status));
        }
        assert_int_equal(WEXITSTATUS(status), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gate_gets_its_signature),
        cmocka_unit_test(broker_is_told_of_every_signature),
        cmocka_unit_test(broker_is_not_told_of_tls_1_2),
        cmocka_unit_test(broker_is_told_of_tls_1_3_where_tls_1_2_is_spoken_too),
        cmocka_unit_test(broker_is_not_told_where_it_would_learn_nothing),
        cmocka_unit_test(broker_is_not_told_of_what_was_not_signed),
        cmocka_unit_test(without_broker_gates_are_served),
        cmocka_unit_test(broker_may_say_nothing),
        cmocka_unit_test(a_second_signature_is_a_breach),
        cmocka_unit_test(two_at_once_get_one_answer),
        cmocka_unit_test(a_text_that_is_not_tls_is_a_breach),
        cmocka_unit_test(a_scheme_of_another_key_is_a_breach),
        cmocka_unit_test(pkcs1_is_not_for_tls_1_3),
        cmocka_unit_test(bytes_that_are_no_message_are_a_breach),
        cmocka_unit_test(a_descriptor_of_a_gate_does_not_arrive),
        cmocka_unit_test(a_gate_that_leaves_is_forgotten),
        cmocka_unit_test(gate_gone_closes_the_channel),
        cmocka_unit_test(without_audit_a_breach_is_still_one),
        cmocka_unit_test(without_memory_only_that_gate_suffers),
        cmocka_unit_test(the_wardens_messages_have_their_time),
        cmocka_unit_test(a_gate_is_added_once),
        cmocka_unit_test(the_warden_is_answered_that_it_is_alive),
        cmocka_unit_test(a_signer_signs_what_gates_ask_for),
        cmocka_unit_test(a_signer_that_fails_refuses_one_gate_and_ends_the_process),
        cmocka_unit_test(a_bad_pair_refuses_the_start),
        cmocka_unit_test(a_key_that_no_policy_of_a_listener_signs_with_refuses_the_start),
        cmocka_unit_test(without_the_fips_provider_a_start_that_requires_it_is_refused),
        cmocka_unit_test(the_warden_hears_until_when_the_certificates_are_good),
        cmocka_unit_test(a_scheme_that_no_listener_has_is_a_breach),
        cmocka_unit_test(a_key_whose_signatures_repeat_is_not_for_client_certificates),
        cmocka_unit_test(signing_needs_only_the_listed_system_calls),
    };
    if (keys_key_prepare() != OK) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Client certificates: the test is the gate that shows a handshake, keys that signed it,
 * and auth that judges it. */
#include "broker_proof.h"

#include "broker_authn.h"
#include "broker_fixture.h"
#include "broker_principal.h"
#include "mem.h"
#include "test.h"
#include "wire_api.h"
#include "wire_code.h"
#include "wire_list_groups.h"
#include "wire_sasl_authenticate.h"
#include "wire_sasl_handshake.h"

#include <string.h>

#define QUEUE (1 << 20)

enum listener {
    SASL_SSL,
    SSL_REQUIRED,
    SSL_REQUESTED,
    SSL_GUEST,
    SASL_REQUIRED,
    SSL_OPEN
};

struct trial {
    struct fixture *f;
    struct ipc_channel auth;
    struct ipc_channel keys;
    struct fixture_gate *g;
    /* of the attempt that auth was asked to judge */
    uint32_t attempt;
    uint8_t bytes[IPC_SASL_MAX];
    size_t length;
};

static const uint8_t transcript[] = "client hello, server hello, and so on";

static void add_listener(struct fixture *f, enum listener number,
    enum ipc_protocol protocol, enum ipc_client_auth client_auth, const char *anonymous)
{
    struct broker_listener *l = &f->broker.listeners[number];

    *l = (struct broker_listener){.present = true,
        .protocol = protocol,
        .client_auth = client_auth,
        .sessions_max = 1};
    memcpy(l->name, "L", 2);
    memcpy(l->mechanisms, "PLAIN", 6);
    memcpy(l->anonymous, anonymous, strlen(anonymous) + 1);
}

static void neighbour(struct trial *t, struct ipc_channel *theirs, enum ipc_role role,
    enum err (*add)(struct broker *b, int fd))
{
    int ends[2];

    assert_int_equal(ipc_pair(IPC_PACKETS, ends), OK);
    assert_int_equal(
        ipc_channel_init(theirs, ends[1], IPC_PACKETS, role, IPC_BROKER, QUEUE), OK);
    assert_int_equal(add(&t->f->broker, ends[0]), OK);
}

/* An authority for certificates, which may name anybody on every listener. */
static void add_judge(struct fixture *f)
{
    const struct ipc_authority told = {.name = ipc_text("x509"),
        .mechanisms = ipc_text("X509,PLAIN"),
        .principals = ipc_text("User:*")};

    assert_int_equal(broker_authn_on_authority(&f->broker, &told), OK);
    for (uint8_t i = 0; i < BROKER_LISTENERS_MAX; i++) {
        const struct ipc_scope scope = {
            .listener = i, .patterns = ipc_text("User:*;!User:boss")};
        assert_int_equal(broker_authn_on_scope(&f->broker, &scope), OK);
    }
}

static enum err add_auth(struct broker *b, int fd)
{
    return broker_authn_add(b, 0, fd);
}

static struct trial *begin(void)
{
    struct trial *t = mem_alloc(1, sizeof(*t));

    assert_non_null(t);
    t->f = fixture_new("allow alice to read group g\n");
    add_judge(t->f);
    neighbour(t, &t->auth, IPC_AUTH, add_auth);
    neighbour(t, &t->keys, IPC_KEYS, broker_proof_add_keys);
    add_listener(t->f, SSL_REQUIRED, IPC_PROTOCOL_SSL, IPC_CLIENT_AUTH_REQUIRED, "");
    add_listener(t->f, SSL_REQUESTED, IPC_PROTOCOL_SSL, IPC_CLIENT_AUTH_REQUESTED, "");
    add_listener(
        t->f, SSL_GUEST, IPC_PROTOCOL_SSL, IPC_CLIENT_AUTH_REQUESTED, "User:guest");
    add_listener(
        t->f, SASL_REQUIRED, IPC_PROTOCOL_SASL_SSL, IPC_CLIENT_AUTH_REQUIRED, "");
    add_listener(t->f, SSL_OPEN, IPC_PROTOCOL_SSL, IPC_CLIENT_AUTH_NONE, "User:all");
    return t;
}

static void finish(struct trial *t)
{
    struct broker *b = &t->f->broker;

    if (t->g != NULL) {
        fixture_drop_gate(t->f, t->g->number);
    }
    for (size_t i = 0; i < 2; i++) {
        ipc_link_fini(&b->authorities[0].processes[i].link);
        ipc_link_fini(&b->keys[i].link);
    }
    for (size_t i = 0; i < BROKER_LISTENERS_MAX; i++) {
        mem_free(b->authorities[0].scopes[i]);
    }
    ipc_channel_fini(&t->auth);
    ipc_channel_fini(&t->keys);
    fixture_free(&t->f);
    mem_free(t);
}

/* --- what each of them says ------------------------------------------------------- */

static void say_added(struct trial *t, int *end)
{
    struct ipc_gate_add add;

    t->g = fixture_new_gate(t->f, end);
    add = (struct ipc_gate_add){.gate = t->g->number};
    assert_int_equal(
        ipc_channel_send(&t->f->warden, IPC_MSG_GATE_ADD, 0, &add, *end), OK);
}

static void say_open(struct trial *t, enum listener listener)
{
    struct ipc_session_open open = {.gate = t->g->number,
        .listener = (uint8_t)listener,
        .address = ipc_text("192.0.2.9"),
        .port = 4711};

    assert_int_equal(
        ipc_channel_send(&t->f->porter, IPC_MSG_SESSION_OPEN, 0, &open, -1), OK);
}

/* A client came to that listener. */
static struct trial *come(enum listener listener)
{
    struct trial *t = begin();
    int end = -1;

    say_added(t, &end);
    say_open(t, listener);
    fixture_pump(t->f);
    return t;
}

static struct broker_session *session(struct trial *t)
{
    struct broker_session *s = broker_session_find(&t->f->broker, t->g->number);

    assert_non_null(s);
    return s;
}

/* 32 bytes, all of them that one. */
static void say_signed(struct trial *t, uint64_t gate, uint8_t byte, size_t length)
{
    uint8_t digest[32];
    struct ipc_signed_text told = {
        .gate = gate, .digest = {.ptr = digest, .len = length}};

    memset(digest, byte, sizeof(digest));
    assert_int_equal(ipc_channel_send(&t->keys, IPC_MSG_SIGNED, 0, &told, -1), OK);
}

static void say_proof(struct trial *t, const void *bytes, size_t length)
{
    struct ipc_proof proof = {.transcript = {.ptr = bytes, .len = length}};

    assert_int_equal(
        ipc_channel_send(&t->g->channel, IPC_MSG_PROOF, ++t->g->request, &proof, -1), OK);
}

/* keys signed, the gate shows it. */
static void show(struct trial *t)
{
    say_signed(t, t->g->number, 7, 32);
    say_proof(t, transcript, sizeof(transcript));
    fixture_pump(t->f);
}

static void verdict(
    struct trial *t, enum ipc_verdict is, const char *principal, uint16_t reason)
{
    struct ipc_auth_result result = {.session = t->g->number,
        .attempt = t->attempt,
        .verdict = (uint8_t)is,
        .reason = reason,
        .principal = ipc_text(principal)};

    assert_int_equal(ipc_channel_send(&t->auth, IPC_MSG_AUTH_RESULT, 0, &result, -1), OK);
    fixture_pump(t->f);
}

/* --- what must come of it --------------------------------------------------------- */

/* auth is asked to judge this digest and transcript. */
static void expect_asked(struct trial *t, uint8_t byte)
{
    struct ipc_received m;
    uint8_t digest[32];

    memset(digest, byte, sizeof(digest));
    assert_int_equal(ipc_channel_receive(&t->auth, &m), OK);
    assert_int_equal(m.msg, IPC_MSG_AUTH_BEGIN);
    assert_int_equal(m.body.auth_begin.session, t->g->number);
    assert_true(ipc_view_equals(m.body.auth_begin.mechanism, "X509"));
    assert_true(ipc_view_equals(m.body.auth_begin.address, "192.0.2.9"));
    t->attempt = m.body.auth_begin.attempt;
    assert_int_equal(ipc_channel_receive(&t->auth, &m), OK);
    assert_int_equal(m.msg, IPC_MSG_AUTH_STEP);
    assert_int_equal(m.body.auth_step.attempt, t->attempt);
    t->length = m.body.auth_step.bytes.len;
    memcpy(t->bytes, m.body.auth_step.bytes.ptr, t->length);
    assert_memory_equal(t->bytes, digest, 32);
    assert_int_equal(ipc_channel_receive(&t->auth, &m), ERR_AGAIN);
}

static void expect_not_asked(struct trial *t)
{
    struct ipc_received m;

    assert_int_equal(ipc_channel_receive(&t->auth, &m), ERR_AGAIN);
}

static void expect_breach(struct trial *t)
{
    fixture_pump(t->f);
    assert_true(fixture_is_killed(t->f, t->g->number));
    assert_int_equal(session(t)->state, SESSION_ENDING);
}

/* It was told so, and nothing that it says counts any more. */
static void expect_refused(struct trial *t, const char *why)
{
    assert_int_equal(t->g->provens, 1);
    assert_false(t->g->proven);
    assert_int_equal(session(t)->state, SESSION_ENDING);
    assert_string_equal(session(t)->principal, "");
    assert_int_equal(t->f->failed_logins, 1);
    assert_int_equal(t->f->logins, 0);
    assert_string_equal(t->f->last_failed, why);
    assert_false(fixture_is_killed(t->f, t->g->number));
    struct list_groups_request request = {0};
    fixture_send(t->f, t->g->number, WIRE_API_LIST_GROUPS, 4, &request);
    assert_false(fixture_answered(t->f, t->g->number));
    expect_breach(t);
}

/* Ours, not the client's guilt: its gate is ended at once. */
static void expect_given_up(struct trial *t, const char *why)
{
    assert_true(fixture_is_killed(t->f, t->g->number));
    assert_int_equal(t->g->provens, 0);
    assert_string_equal(session(t)->principal, "");
    assert_int_equal(t->f->failed_logins, 1);
    assert_string_equal(t->f->last_failed, why);
}

static void expect_principal(struct trial *t, const char *principal)
{
    assert_int_equal(t->g->provens, 1);
    assert_true(t->g->proven);
    assert_int_equal(session(t)->state, SESSION_AUTHENTICATED);
    assert_string_equal(session(t)->principal, principal);
    struct list_groups_request request = {0};
    fixture_send(t->f, t->g->number, WIRE_API_LIST_GROUPS, 4, &request);
    assert_true(fixture_answered(t->f, t->g->number));
}

/* --- tests ------------------------------------------------------------------------ */

static void a_good_proof_says_who_the_session_is(void **state)
{
    (void)state;
    struct trial *t = come(SSL_REQUIRED);

    assert_int_equal(session(t)->state, SESSION_UNKNOWN);
    show(t);
    expect_asked(t, 7);
    assert_int_equal(t->length, 32 + sizeof(transcript));
    assert_memory_equal(t->bytes + 32, transcript, sizeof(transcript));
    assert_int_equal(t->g->provens, 0);
    verdict(t, IPC_VERDICT_ALLOW, "User:alice", 0);
    assert_int_equal(t->f->logins, 1);
    expect_principal(t, "User:alice");
    finish(t);
}

static void who_has_all_his_sessions_is_refused(void **state)
{
    (void)state;
    struct trial *t = come(SSL_REQUIRED);
    struct broker_session *other =
        broker_session_find(&t->f->broker, fixture_gate(t->f, "alice"));

    other->listener = SSL_REQUIRED;
    assert_int_equal(broker_principal_enter(other, ipc_text("User:alice")), OK);
    show(t);
    expect_asked(t, 7);
    verdict(t, IPC_VERDICT_ALLOW, "User:alice", 0);
    expect_refused(t, "X509: User:alice has as many sessions as it may");
    finish(t);
}

static void the_longest_proof_arrives_whole(void **state)
{
    (void)state;
    struct trial *t = come(SSL_REQUESTED);
    uint8_t *longest = mem_alloc(1, IPC_PROOF_MAX);

    memset(longest, 0x5a, IPC_PROOF_MAX);
    say_signed(t, t->g->number, 7, 32);
    say_proof(t, longest, IPC_PROOF_MAX);
    fixture_pump(t->f);
    expect_asked(t, 7);
    assert_int_equal(t->length, 32 + IPC_PROOF_MAX);
    assert_memory_equal(t->bytes + 32, longest, IPC_PROOF_MAX);
    verdict(t, IPC_VERDICT_ALLOW, "User:alice", 0);
    expect_principal(t, "User:alice");
    mem_free(longest);
    finish(t);
}

static void a_bad_proof_ends_the_session_and_is_in_the_audit(void **state)
{
    (void)state;
    struct trial *t = come(SSL_REQUIRED);

    show(t);
    expect_asked(t, 7);
    verdict(t, IPC_VERDICT_DENY, "User:alice", 5);
    expect_refused(t, "X509: too many failures from this address for this user");
    finish(t);
    t = come(SSL_REQUIRED);
    show(t);
    expect_asked(t, 7);
    verdict(t, IPC_VERDICT_DENY, "", 999);
    expect_refused(t, "X509: the client certificate was refused");
    finish(t);
}

static void an_authority_that_fails_lets_nobody_in(void **state)
{
    static const struct {
        enum ipc_verdict verdict;
        const char *principal;
        const char *why;
    } rows[] = {{IPC_VERDICT_ERROR, "User:alice", "X509: the mechanism failed"},
        {IPC_VERDICT_CONTINUE, "User:alice", "X509: the mechanism failed"},
        {(enum ipc_verdict)0, "User:alice", "X509: the mechanism failed"},
        {(enum ipc_verdict)1, "User:alice", "X509: the mechanism failed"},
        {IPC_VERDICT_ALLOW, "", "X509: auth named no usable principal"},
        {IPC_VERDICT_ALLOW, "alice", "X509: auth named no usable principal"},
        {IPC_VERDICT_ALLOW, "User:a\nb", "X509: auth named no usable principal"}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct trial *t = come(SSL_REQUIRED);
        show(t);
        expect_asked(t, 7);
        verdict(t, rows[i].verdict, rows[i].principal, 999);
        expect_given_up(t, rows[i].why);
        finish(t);
    }
}

static void while_the_authority_is_silent_nothing_is_taken(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct trial *t = come(SSL_REQUIRED);
        struct sasl_handshake_request sasl = {.mechanism = fixture_view("PLAIN")};
        struct list_groups_request request = {0};
        show(t);
        expect_asked(t, 7);
        assert_int_equal(t->g->provens, 0);
        assert_int_equal(session(t)->state, SESSION_AUTHENTICATING);
        if (i == 0) {
            fixture_send(t->f, t->g->number, WIRE_API_LIST_GROUPS, 4, &request);
        } else if (i == 1) {
            fixture_send(t->f, t->g->number, WIRE_API_SASL_HANDSHAKE, 1, &sasl);
        } else {
            (void)fixture_open(t->f, t->g->number, "t");
        }
        assert_false(fixture_answered(t->f, t->g->number));
        expect_breach(t);
        /* What it says then comes too late. */
        verdict(t, IPC_VERDICT_ALLOW, "User:alice", 0);
        assert_string_equal(session(t)->principal, "");
        finish(t);
    }
}

static void an_authority_that_never_answers_costs_the_session(void **state)
{
    (void)state;
    struct trial *t = begin();
    int end = -1;

    t->f->broker.config.auth_timeout_ms = 1;
    say_added(t, &end);
    say_open(t, SSL_REQUIRED);
    fixture_pump(t->f);
    if (!fixture_is_killed(t->f, t->g->number)) {
        fixture_wait(t->f);
    }
    assert_true(fixture_is_killed(t->f, t->g->number));
    assert_int_equal(t->g->provens, 0);
    finish(t);
}

static void an_authority_that_goes_away_ends_the_attempt(void **state)
{
    (void)state;
    struct trial *t = come(SSL_REQUIRED);

    show(t);
    expect_asked(t, 7);
    ipc_channel_fini(&t->auth);
    fixture_pump(t->f);
    expect_given_up(t, "X509: auth went away");
    finish(t);
    /* ... and without one there is none. */
    t = come(SSL_REQUIRED);
    ipc_channel_fini(&t->auth);
    fixture_pump(t->f);
    show(t);
    expect_given_up(t, "X509: auth can not be reached");
    finish(t);
}

static void a_verdict_counts_once(void **state)
{
    (void)state;
    struct trial *t = come(SSL_REQUIRED);

    show(t);
    expect_asked(t, 7);
    verdict(t, IPC_VERDICT_ALLOW, "User:alice", 0);
    verdict(t, IPC_VERDICT_ALLOW, "User:bob", 0);
    verdict(t, IPC_VERDICT_DENY, "", 0);
    assert_int_equal(t->f->logins, 1);
    assert_int_equal(t->f->failed_logins, 0);
    expect_principal(t, "User:alice");
    finish(t);
}

static void a_verdict_on_another_attempt_does_not_count(void **state)
{
    (void)state;
    struct trial *t = come(SSL_REQUIRED);

    show(t);
    expect_asked(t, 7);
    t->attempt++;
    verdict(t, IPC_VERDICT_ALLOW, "User:bob", 0);
    assert_int_equal(t->g->provens, 0);
    t->attempt--;
    verdict(t, IPC_VERDICT_ALLOW, "User:alice", 0);
    expect_principal(t, "User:alice");
    finish(t);
}

static void a_proof_is_shown_once(void **state)
{
    (void)state;
    struct trial *t = come(SSL_REQUIRED);

    show(t);
    expect_asked(t, 7);
    say_proof(t, transcript, sizeof(transcript));
    expect_breach(t);
    verdict(t, IPC_VERDICT_ALLOW, "User:alice", 0);
    assert_string_equal(session(t)->principal, "");
    finish(t);
    /* A refused one too. */
    t = come(SSL_REQUIRED);
    show(t);
    expect_asked(t, 7);
    verdict(t, IPC_VERDICT_DENY, "", 0);
    say_proof(t, transcript, sizeof(transcript));
    fixture_pump(t->f);
    expect_not_asked(t);
    assert_true(fixture_is_killed(t->f, t->g->number));
    finish(t);
}

static void a_proof_after_authentication_is_a_breach(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct trial *t = come(i == 0 ? SSL_REQUIRED : SSL_GUEST);
        if (i == 0) {
            show(t);
            expect_asked(t, 7);
            verdict(t, IPC_VERDICT_ALLOW, "User:alice", 0);
        } else {
            say_proof(t, "", 0);
            fixture_pump(t->f);
        }
        expect_principal(t, i == 0 ? "User:alice" : "User:guest");
        say_proof(t, transcript, sizeof(transcript));
        expect_breach(t);
        expect_not_asked(t);
        finish(t);
    }
}

static void a_proof_where_nobody_asked_is_a_breach(void **state)
{
    static const enum listener listeners[] = {SASL_SSL, SSL_OPEN};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct trial *t = come(listeners[i % 2]);
        say_signed(t, t->g->number, 7, 32);
        say_proof(t, transcript, i < 2 ? sizeof(transcript) : 0);
        expect_breach(t);
        expect_not_asked(t);
        finish(t);
    }
}

static void a_proof_before_there_is_a_client_is_a_breach(void **state)
{
    (void)state;
    struct trial *t = begin();
    int end = -1;

    say_added(t, &end);
    say_proof(t, transcript, sizeof(transcript));
    expect_breach(t);
    expect_not_asked(t);
    finish(t);
}

static void requests_before_the_proof_are_a_breach(void **state)
{
    static const enum listener listeners[] = {SSL_REQUIRED, SSL_GUEST, SASL_REQUIRED};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct trial *t = come(listeners[i]);
        struct sasl_handshake_request request = {.mechanism = fixture_view("PLAIN")};
        fixture_send(t->f, t->g->number, WIRE_API_SASL_HANDSHAKE, 1, &request);
        assert_false(fixture_answered(t->f, t->g->number));
        expect_breach(t);
        finish(t);
    }
}

static void what_keys_did_not_sign_proves_nothing(void **state)
{
    (void)state;
    struct trial *t = come(SSL_REQUIRED);

    say_proof(t, transcript, sizeof(transcript));
    fixture_pump(t->f);
    expect_not_asked(t);
    expect_given_up(t, "X509: keys knows of no signature for this handshake");
    finish(t);
}

static void a_signature_for_another_gate_proves_nothing(void **state)
{
    (void)state;
    struct trial *t = come(SSL_REQUIRED);

    say_signed(t, t->g->number + 1, 7, 32);
    say_proof(t, transcript, sizeof(transcript));
    fixture_pump(t->f);
    expect_not_asked(t);
    expect_given_up(t, "X509: keys knows of no signature for this handshake");
    finish(t);
}

static void the_last_signature_counts(void **state)
{
    (void)state;
    struct trial *t = come(SSL_REQUIRED);

    say_signed(t, t->g->number, 9, 32);
    show(t);
    expect_asked(t, 7);
    finish(t);
}

/* The gate's word may be read before those of keys, the warden and the porter. */
static void a_signature_of_a_gate_that_is_not_introduced_yet_is_kept(void **state)
{
    (void)state;
    struct trial *t = begin();
    int end = -1;

    say_added(t, &end);
    say_signed(t, t->g->number, 7, 32);
    ipc_link_drain(&t->f->broker.keys[0].link);
    assert_true(session(t)->proof.is_signed);
    say_open(t, SSL_REQUIRED);
    say_proof(t, transcript, sizeof(transcript));
    fixture_pump(t->f);
    expect_asked(t, 7);
    verdict(t, IPC_VERDICT_ALLOW, "User:alice", 0);
    expect_principal(t, "User:alice");
    finish(t);
}

#define TLS_1_2 0x0303

/* Whether the session may read a topic, by the first message of its gate. */
static bool may(struct trial *t, const char *topic)
{
    return fixture_open_code(t->f, t->g->number, topic, IPC_OPERATION_READ) !=
           WIRE_CODE_TOPIC_AUTHORIZATION_FAILED;
}

/* A client came to that listener, which asks for so much at least. */
static struct trial *come_by_tls(enum listener listener, uint16_t tls_min)
{
    struct trial *t = come(listener);

    t->f->broker.listeners[listener].tls_min = tls_min;
    fixture_set_policy(t->f, "allow any to read topic g with tls >= 1.3\n"
                             "allow any to read topic h\n"
                             "deny any to read topic h with tls >= 1.3\n");
    return t;
}

static void what_keys_signed_says_which_tls_it_is(void **state)
{
    (void)state;
    struct trial *t = come_by_tls(SSL_OPEN, TLS_1_2);
    say_signed(t, t->g->number, 7, 32);
    assert_true(may(t, "g"));
    assert_false(may(t, "h"));
    finish(t);
}

static void without_a_word_of_keys_it_is_what_the_listener_asks_for(void **state)
{
    (void)state;
    struct trial *t = come_by_tls(SSL_OPEN, TLS_1_2);
    say_signed(t, t->g->number + 1, 7, 32);
    assert_false(may(t, "g"));
    assert_false(may(t, "h")); /* it may be so */
    finish(t);
}

/* A gate may ask keys for a signature whoever its client is. */
static void a_signature_is_no_tls_where_the_listener_has_none(void **state)
{
    (void)state;
    struct trial *t = come_by_tls(SSL_OPEN, 0);
    say_signed(t, t->g->number, 7, 32);
    assert_false(may(t, "g"));
    assert_true(may(t, "h"));
    finish(t);
}

static void keys_is_heard_before_the_proof_is_judged(void **state)
{
    (void)state;
    struct trial *t = come(SSL_REQUIRED);

    say_signed(t, t->g->number, 7, 32);
    say_proof(t, transcript, sizeof(transcript));
    ipc_link_drain(&session(t)->link);
    expect_asked(t, 7);
    finish(t);
}

static void a_digest_of_another_length_closes_the_channel_of_keys(void **state)
{
    (void)state;
    for (size_t length = 0; length < 32; length += 31) {
        struct trial *t = come(SSL_REQUIRED);
        say_signed(t, t->g->number, 7, length);
        fixture_pump(t->f);
        assert_false(ipc_link_is_open(&t->f->broker.keys[0].link));
        assert_false(session(t)->proof.is_signed);
        assert_false(t->f->broker.role.stopping);
        finish(t);
    }
}

static void both_processes_of_a_reload_are_heard(void **state)
{
    (void)state;
    struct trial *t = come(SSL_REQUIRED);
    struct ipc_channel first = t->keys;

    neighbour(t, &t->keys, IPC_KEYS, broker_proof_add_keys);
    struct ipc_channel second = t->keys;
    t->keys = first;
    show(t);
    expect_asked(t, 7);
    t->keys = second;
    verdict(t, IPC_VERDICT_ALLOW, "User:alice", 0);
    expect_principal(t, "User:alice");
    /* A third one takes the place of the first. */
    neighbour(t, &t->keys, IPC_KEYS, broker_proof_add_keys);
    struct ipc_received m;
    assert_int_equal(ipc_channel_receive(&first, &m), ERR_CLOSED);
    assert_int_equal(ipc_channel_receive(&second, &m), ERR_AGAIN);
    ipc_channel_fini(&first);
    ipc_channel_fini(&second);
    finish(t);
}

/* The old process lets in whom it was asked about after the new one is there. */
static struct ipc_channel replace_judge(struct trial *t)
{
    struct ipc_channel old = t->auth;
    struct ipc_channel fresh;

    show(t);
    expect_asked(t, 7);
    neighbour(t, &fresh, IPC_AUTH, add_auth);
    verdict(t, IPC_VERDICT_ALLOW, "User:alice", 0);
    assert_int_equal(t->g->provens, 0);
    assert_int_equal(t->f->logins, 0);
    t->auth = fresh;
    return old;
}

static void what_a_replaced_judge_lets_in_is_judged_again(void **state)
{
    static const enum listener listeners[] = {SSL_REQUIRED, SASL_REQUIRED};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct trial *t = come(listeners[i % 2]);
        struct ipc_channel old = replace_judge(t);
        expect_asked(t, 7);
        assert_int_equal(t->length, 32 + sizeof(transcript));
        assert_memory_equal(t->bytes + 32, transcript, sizeof(transcript));
        if (i < 2) {
            verdict(t, IPC_VERDICT_ALLOW, "User:bob", 0);
            assert_true(t->g->proven);
            assert_string_equal(session(t)->principal, i == 0 ? "User:bob" : "");
            assert_null(session(t)->proof.judged.bytes);
        } else {
            verdict(t, IPC_VERDICT_DENY, "", 999);
            expect_refused(t, "X509: the client certificate was refused");
        }
        ipc_channel_fini(&old);
        finish(t);
    }
}

static void what_a_replaced_judge_says_then_does_not_count(void **state)
{
    (void)state;
    struct trial *t = come(SSL_REQUIRED);
    struct ipc_channel old = replace_judge(t);

    expect_asked(t, 7);
    struct ipc_channel fresh = t->auth;
    t->auth = old; /* it knows the number of the attempt, say */
    verdict(t, IPC_VERDICT_ALLOW, "User:alice", 0);
    assert_int_equal(t->g->provens, 0);
    t->auth = fresh;
    verdict(t, IPC_VERDICT_ALLOW, "User:bob", 0);
    expect_principal(t, "User:bob");
    ipc_channel_fini(&old);
    finish(t);
}

static void a_replaced_judge_may_refuse(void **state)
{
    (void)state;
    struct trial *t = come(SSL_REQUIRED);
    struct ipc_channel fresh;

    show(t);
    expect_asked(t, 7);
    neighbour(t, &fresh, IPC_AUTH, add_auth);
    verdict(t, IPC_VERDICT_DENY, "", 999);
    expect_refused(t, "X509: the client certificate was refused");
    ipc_channel_fini(&fresh);
    finish(t);
}

static void who_shows_no_certificate_is_anonymous_where_that_is_allowed(void **state)
{
    (void)state;
    struct trial *t = come(SSL_GUEST);

    assert_int_equal(session(t)->state, SESSION_UNKNOWN);
    say_proof(t, "", 0);
    fixture_pump(t->f);
    expect_not_asked(t);
    expect_principal(t, "User:guest");
    finish(t);
}

static void who_shows_no_certificate_is_nobody_elsewhere(void **state)
{
    (void)state;
    struct trial *t = come(SSL_REQUESTED);

    say_proof(t, "", 0);
    fixture_pump(t->f);
    expect_refused(
        t, "X509: no client certificate was shown, and nobody is anonymous here");
    finish(t);
    static const enum listener required[] = {SSL_REQUIRED, SASL_REQUIRED};
    for (size_t i = 0; i < 2; i++) {
        t = come(required[i]);
        say_proof(t, "", 0);
        fixture_pump(t->f);
        expect_refused(t, "X509: a client certificate is required and none was shown");
        finish(t);
    }
}

/* Not even as whom the listener has for everybody. */
static void who_shows_a_bad_certificate_is_not_anonymous(void **state)
{
    (void)state;
    struct trial *t = come(SSL_GUEST);

    show(t);
    expect_asked(t, 7);
    verdict(t, IPC_VERDICT_DENY, "", 999);
    expect_refused(t, "X509: the client certificate was refused");
    finish(t);
}

static void on_sasl_ssl_the_name_comes_from_sasl(void **state)
{
    (void)state;
    struct trial *t = come(SASL_REQUIRED);
    struct sasl_handshake_request handshake = {.mechanism = fixture_view("PLAIN")};
    struct sasl_authenticate_request step = {.auth_bytes = fixture_view("secret")};
    struct ipc_received m;

    show(t);
    expect_asked(t, 7);
    uint32_t first = t->attempt;
    verdict(t, IPC_VERDICT_ALLOW, "User:certificate", 0);
    assert_true(t->g->proven);
    assert_int_equal(session(t)->state, SESSION_UNKNOWN);
    assert_string_equal(session(t)->principal, "");
    assert_int_equal(t->f->logins, 0);
    const struct sasl_handshake_response *answer =
        fixture_call(t->f, t->g->number, WIRE_API_SASL_HANDSHAKE, 1, &handshake);
    assert_int_equal(answer->error_code, 0);
    fixture_send(t->f, t->g->number, WIRE_API_SASL_AUTHENTICATE, 2, &step);
    assert_int_equal(ipc_channel_receive(&t->auth, &m), OK);
    assert_true(ipc_view_equals(m.body.auth_begin.mechanism, "PLAIN"));
    t->attempt = m.body.auth_begin.attempt;
    assert_int_not_equal(t->attempt, first);
    assert_int_equal(ipc_channel_receive(&t->auth, &m), OK);
    verdict(t, IPC_VERDICT_ALLOW, "User:alice", 0);
    assert_true(fixture_answered(t->f, t->g->number));
    expect_principal(t, "User:alice");
    assert_int_equal(t->f->logins, 1);
    finish(t);
}

static void on_sasl_ssl_a_bad_certificate_ends_the_session(void **state)
{
    (void)state;
    struct trial *t = come(SASL_REQUIRED);

    show(t);
    expect_asked(t, 7);
    verdict(t, IPC_VERDICT_DENY, "", 999);
    expect_refused(t, "X509: the client certificate was refused");
    finish(t);
}

static void whom_its_judge_may_not_name_is_refused(void **state)
{
    (void)state;
    struct trial *t = come(SSL_REQUIRED);

    show(t);
    expect_asked(t, 7);
    verdict(t, IPC_VERDICT_ALLOW, "User:boss", 0);
    expect_refused(t, "X509: outside the scope of its authority");
    finish(t);
}

/* Else the client would say itself what the judge is told. */
static void sasl_can_not_name_the_mechanism_of_certificates(void **state)
{
    (void)state;
    struct trial *t = come(SASL_SSL);
    struct sasl_handshake_request handshake = {.mechanism = fixture_view("X509")};

    memcpy(t->f->broker.listeners[SASL_SSL].mechanisms, "PLAIN,X509", 11);
    const struct sasl_handshake_response *answer =
        fixture_call(t->f, t->g->number, WIRE_API_SASL_HANDSHAKE, 1, &handshake);
    assert_int_equal(answer->error_code, WIRE_CODE_UNSUPPORTED_SASL_MECHANISM);
    expect_not_asked(t);
    finish(t);
}

static void a_gate_that_goes_takes_its_attempt_along(void **state)
{
    (void)state;
    struct trial *t = come(SSL_REQUIRED);
    struct ipc_received m;

    show(t);
    expect_asked(t, 7);
    fixture_drop_gate(t->f, t->g->number);
    t->g = NULL;
    assert_int_equal(ipc_channel_receive(&t->auth, &m), OK);
    assert_int_equal(m.msg, IPC_MSG_AUTH_CANCEL);
    assert_int_equal(m.body.auth_cancel.attempt, t->attempt);
    finish(t);
}

static void without_memory_nobody_is_let_in(void **state)
{
    (void)state;
    for (long n = 0; n < 3; n++) {
        struct trial *t = come(SSL_REQUIRED);
        say_signed(t, t->g->number, 7, 32);
        fixture_pump(t->f);
        struct broker_session *s = session(t);
        struct ipc_received m = {.msg = IPC_MSG_PROOF, .request = ++t->g->request};
        m.body.proof.transcript =
            (struct ipc_view){.ptr = transcript, .len = sizeof(transcript)};
        mem_fail_after(n);
        enum err e = broker_proof_on_proof(s, &m);
        mem_fail_after(-1);
        fixture_pump(t->f);
        assert_int_equal(e, OK);
        assert_string_equal(s->principal, "");
        if (n == 0) {
            expect_given_up(t, "X509: no memory for the proof");
        }
        finish(t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_proof_says_who_the_session_is),
        cmocka_unit_test(who_has_all_his_sessions_is_refused),
        cmocka_unit_test(the_longest_proof_arrives_whole),
        cmocka_unit_test(a_bad_proof_ends_the_session_and_is_in_the_audit),
        cmocka_unit_test(an_authority_that_fails_lets_nobody_in),
        cmocka_unit_test(while_the_authority_is_silent_nothing_is_taken),
        cmocka_unit_test(an_authority_that_never_answers_costs_the_session),
        cmocka_unit_test(an_authority_that_goes_away_ends_the_attempt),
        cmocka_unit_test(a_verdict_counts_once),
        cmocka_unit_test(a_verdict_on_another_attempt_does_not_count),
        cmocka_unit_test(a_proof_is_shown_once),
        cmocka_unit_test(a_proof_after_authentication_is_a_breach),
        cmocka_unit_test(a_proof_where_nobody_asked_is_a_breach),
        cmocka_unit_test(a_proof_before_there_is_a_client_is_a_breach),
        cmocka_unit_test(requests_before_the_proof_are_a_breach),
        cmocka_unit_test(what_keys_did_not_sign_proves_nothing),
        cmocka_unit_test(a_signature_for_another_gate_proves_nothing),
        cmocka_unit_test(the_last_signature_counts),
        cmocka_unit_test(a_signature_of_a_gate_that_is_not_introduced_yet_is_kept),
        cmocka_unit_test(what_keys_signed_says_which_tls_it_is),
        cmocka_unit_test(without_a_word_of_keys_it_is_what_the_listener_asks_for),
        cmocka_unit_test(a_signature_is_no_tls_where_the_listener_has_none),
        cmocka_unit_test(keys_is_heard_before_the_proof_is_judged),
        cmocka_unit_test(a_digest_of_another_length_closes_the_channel_of_keys),
        cmocka_unit_test(both_processes_of_a_reload_are_heard),
        cmocka_unit_test(what_a_replaced_judge_lets_in_is_judged_again),
        cmocka_unit_test(what_a_replaced_judge_says_then_does_not_count),
        cmocka_unit_test(a_replaced_judge_may_refuse),
        cmocka_unit_test(who_shows_no_certificate_is_anonymous_where_that_is_allowed),
        cmocka_unit_test(who_shows_no_certificate_is_nobody_elsewhere),
        cmocka_unit_test(who_shows_a_bad_certificate_is_not_anonymous),
        cmocka_unit_test(on_sasl_ssl_the_name_comes_from_sasl),
        cmocka_unit_test(on_sasl_ssl_a_bad_certificate_ends_the_session),
        cmocka_unit_test(whom_its_judge_may_not_name_is_refused),
        cmocka_unit_test(sasl_can_not_name_the_mechanism_of_certificates),
        cmocka_unit_test(a_gate_that_goes_takes_its_attempt_along),
        cmocka_unit_test(without_memory_nobody_is_let_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* broker_scram, broker_scram_alter and broker_credential: SCRAM credentials that are set
 * over the network. The test speaks for auth. */
#include "broker_authn.h"
#include "broker_credential.h"
#include "broker_fixture.h"
#include "mem.h"
#include "test.h"
#include "wire_alter_user_scram_credentials.h"
#include "wire_code.h"
#include "wire_describe_user_scram_credentials.h"

#include <stdio.h>
#include <string.h>

#define MECHANISMS "SCRAM-SHA-256,SCRAM-SHA-512"
#define HEARD_MAX  64

static const char RULES[] = "allow alice to all cluster\n";
static const uint8_t KEY[IPC_SEAL_KEY_MAX] = {1, 2, 3};

static struct fixture *f;

/* One process of auth, and what it was told. */
static struct {
    struct ipc_channel channel;
    uint8_t status; /* its answer to an offer */
    uint8_t kept;   /* ... and to what follows */
    bool is_silent;
    size_t count;
    struct heard {
        enum ipc_msg msg;
        uint64_t request;
        uint8_t act;
        uint64_t serial;
        char text[128]; /* "name mechanism cost bytes" */
    } heard[HEARD_MAX];
} auth;

/* --- the test's auth ---------------------------------------------------------------- */

static void start_process(const uint8_t *key)
{
    const struct ipc_sealing_key told = {
        .key = {.ptr = key, .len = key == NULL ? 0 : IPC_SEAL_KEY_MAX}};
    int ends[2];

    ipc_channel_fini(&auth.channel);
    auth.count = 0;
    assert_int_equal(ipc_pair(IPC_PACKETS, ends), OK);
    assert_int_equal(ipc_channel_init(&auth.channel, ends[1], IPC_PACKETS, IPC_AUTH,
                         IPC_BROKER, 1 << 20),
        OK);
    assert_int_equal(broker_authn_add(&f->broker, 0, ends[0]), OK);
    if (key != NULL) {
        assert_int_equal(
            ipc_channel_send(&auth.channel, IPC_MSG_SEALING_KEY, 0, &told, -1), OK);
    }
    fixture_pump(f);
}

static void name_authority(void)
{
    const struct ipc_authority told = {.index = 0,
        .name = ipc_text("scram"),
        .mechanisms = ipc_text(MECHANISMS),
        .principals = ipc_text("User:*")};

    assert_int_equal(broker_authn_on_authority(&f->broker, &told), OK);
}

static void answer(uint64_t request, uint8_t status, const char *stored)
{
    const struct ipc_credential_answer said = {
        .status = status, .stored = ipc_text(stored)};

    assert_int_equal(
        ipc_channel_send(&auth.channel, IPC_MSG_CREDENTIAL_ANSWER, request, &said, -1),
        OK);
    fixture_pump(f);
}

static void note(const struct ipc_received *m, struct heard *h)
{
    const struct ipc_credential *c = &m->body.credential;

    *h = (struct heard){.msg = m->msg, .request = m->request};
    if (m->msg == IPC_MSG_AUTH_KNOWS) {
        (void)snprintf(h->text, sizeof(h->text), "%.*s",
            (int)m->body.auth_knows.principal.len,
            (const char *)m->body.auth_knows.principal.ptr);
        return;
    }
    assert_int_equal(m->msg, IPC_MSG_CREDENTIAL);
    h->act = c->act;
    h->serial = c->serial;
    (void)snprintf(h->text, sizeof(h->text), "%.*s %.*s %u %.*s", (int)c->name.len,
        (const char *)c->name.ptr, (int)c->mechanism.len, (const char *)c->mechanism.ptr,
        c->cost, (int)c->bytes.len, (const char *)c->bytes.ptr);
}

/* Hears what is there, and answers unless it is silent: what it stores of "X" is "kept X". */
static void hear(void)
{
    struct ipc_received m;

    while (ipc_channel_receive(&auth.channel, &m) == OK) {
        char stored[64] = "";
        assert_true(auth.count < HEARD_MAX);
        struct heard *h = &auth.heard[auth.count++];
        note(&m, h);
        if (m.msg != IPC_MSG_CREDENTIAL || m.request == 0 || auth.is_silent) {
            continue;
        }
        const bool offered = h->act == IPC_CREDENTIAL_OFFER;
        if (offered && auth.status == IPC_CREDENTIAL_TAKEN) {
            (void)snprintf(stored, sizeof(stored), "kept %.*s",
                (int)m.body.credential.bytes.len,
                (const char *)m.body.credential.bytes.ptr);
        }
        answer(m.request, offered ? auth.status : auth.kept, stored);
    }
}

static void assert_heard(size_t i, uint8_t act, const char *text)
{
    assert_true(i < auth.count);
    assert_int_equal(auth.heard[i].msg, IPC_MSG_CREDENTIAL);
    assert_int_equal(auth.heard[i].act, act);
    assert_string_equal(auth.heard[i].text, text);
}

static int setup(void **state)
{
    (void)state;
    memset(&auth, 0, sizeof(auth));
    auth.channel.fd = -1;
    auth.status = IPC_CREDENTIAL_TAKEN;
    auth.kept = IPC_CREDENTIAL_TAKEN;
    f = fixture_new(RULES);
    name_authority();
    start_process(KEY);
    return 0;
}

static void end_processes(void)
{
    ipc_channel_fini(&auth.channel);
    for (size_t i = 0; i < 2; i++) {
        ipc_link_fini(&f->broker.authorities[0].processes[i].link);
    }
}

static int teardown(void **state)
{
    (void)state;
    mem_fail_after(-1);
    end_processes();
    fixture_free(&f);
    return 0;
}

/* --- requests ----------------------------------------------------------------------- */

struct ask {
    const char *user;
    int8_t mechanism;
    int32_t iterations; /* 0: a deletion */
    const char *sealed;
};

static void send(uint64_t gate, const struct ask *asks, size_t count)
{
    struct alter_user_scram_credentials_request_scram_credential_deletion gone[8];
    struct alter_user_scram_credentials_request_scram_credential_upsertion set[8];
    struct alter_user_scram_credentials_request r = {
        .deletions = {.items = gone}, .upsertions = {.items = set}};

    for (size_t i = 0; i < count; i++) {
        if (asks[i].iterations == 0) {
            gone[r.deletions.count].name = fixture_view(asks[i].user);
            gone[r.deletions.count++].mechanism = asks[i].mechanism;
            continue;
        }
        set[r.upsertions.count].name = fixture_view(asks[i].user);
        set[r.upsertions.count].mechanism = asks[i].mechanism;
        set[r.upsertions.count].iterations = asks[i].iterations;
        set[r.upsertions.count].salt = fixture_view("");
        set[r.upsertions.count++].salted_password = fixture_view(asks[i].sealed);
    }
    fixture_send(f, gate, WIRE_API_ALTER_USER_SCRAM_CREDENTIALS, 0, &r);
}

static const struct alter_user_scram_credentials_response *answered(uint64_t gate)
{
    return fixture_answer(f, gate, WIRE_API_ALTER_USER_SCRAM_CREDENTIALS);
}

/* The code of row i, which is that user's. */
static int16_t code_of(
    const struct alter_user_scram_credentials_response *a, int32_t i, const char *user)
{
    const struct alter_user_scram_credentials_result *rows = a->results.items;

    assert_true(i < a->results.count);
    fixture_assert_text(rows[i].user, user);
    assert_true((rows[i].error_code == 0) == (rows[i].error_message.ptr == NULL) ||
                rows[i].error_code == WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED);
    return rows[i].error_code;
}

static int16_t row(uint64_t gate, const char *user)
{
    return code_of(answered(gate), 0, user);
}

/* Of one change, with auth at work. */
static int16_t alter(const char *who, const char *user, int8_t mechanism, int32_t times,
    const char *sealed)
{
    const struct ask ask = {user, mechanism, times, sealed};
    const uint64_t gate = fixture_gate(f, who);

    send(gate, &ask, 1);
    hear();
    const int16_t code = row(gate, user);
    fixture_drop_gate(f, gate);
    return code;
}

static const struct meta_credential *find(const char *user, int8_t mechanism)
{
    return meta_credential_find(
        &f->broker.image.credentials, fixture_view(user), mechanism);
}

/* --- what becomes of a change ------------------------------------------------------- */

static void a_credential_is_offered_stored_and_in_force(void **state)
{
    (void)state;
    assert_int_equal(alter("alice", "zoe", 2, 8192, "sealed"), 0);
    assert_int_equal(auth.count, 2);
    assert_heard(0, IPC_CREDENTIAL_OFFER, "zoe SCRAM-SHA-512 8192 sealed");
    assert_heard(1, IPC_CREDENTIAL_KEEP, "zoe SCRAM-SHA-512 8192 kept sealed");
    assert_true(auth.heard[0].serial > 0);
    assert_int_equal(auth.heard[0].serial, auth.heard[1].serial);
    const struct meta_credential *c = find("zoe", 2);
    assert_non_null(c);
    fixture_assert_text(c->sealed, "kept sealed");
    assert_int_equal(c->iterations, 8192);
    assert_int_equal(c->serial, auth.heard[0].serial);
    assert_int_equal(alter("alice", "zoe", 2, 4096, "again"), 0);
    assert_true(find("zoe", 2)->serial > (int64_t)auth.heard[1].serial);
    fixture_assert_text(find("zoe", 2)->sealed, "kept again");
}

static void nothing_is_answered_before_auth_took_it_and_it_is_durable(void **state)
{
    const struct ask ask = {"zoe", 1, 4096, "sealed"};

    (void)state;
    const uint64_t gate = fixture_gate(f, "alice");
    auth.is_silent = true;
    f->hold_appends = true;
    send(gate, &ask, 1);
    hear();
    assert_int_equal(auth.count, 1); /* the offer */
    assert_int_equal(f->held_count, 0);
    answer(auth.heard[0].request, IPC_CREDENTIAL_TAKEN, "kept");
    hear();
    assert_int_equal(auth.count, 1); /* nothing is in force yet */
    assert_int_equal(f->held_count, 1);
    assert_null(find("zoe", 1));
    fixture_release(f, 0);
    hear();
    assert_heard(1, IPC_CREDENTIAL_KEEP, "zoe SCRAM-SHA-256 4096 kept");
    assert_false(fixture_answered(f, gate));
    answer(auth.heard[1].request, IPC_CREDENTIAL_TAKEN, "");
    assert_int_equal(row(gate, "zoe"), 0);
}

static void what_auth_refuses_is_not_recorded(void **state)
{
    (void)state;
    const size_t batches = f->batch_count;
    auth.status = IPC_CREDENTIAL_REFUSED;
    assert_int_equal(
        alter("alice", "zoe", 1, 4096, "forged"), WIRE_CODE_UNACCEPTABLE_CREDENTIAL);
    auth.status = IPC_CREDENTIAL_ELSEWHERE;
    assert_int_equal(
        alter("alice", "zoe", 1, 4096, "sealed"), WIRE_CODE_UNACCEPTABLE_CREDENTIAL);
    auth.status = 77;
    assert_int_equal(
        alter("alice", "zoe", 1, 4096, "sealed"), WIRE_CODE_UNACCEPTABLE_CREDENTIAL);
    assert_int_equal(f->batch_count, batches);
    assert_null(find("zoe", 1));
    auth.status = IPC_CREDENTIAL_TAKEN;
    assert_int_equal(alter("alice", "zoe", 1, 4096, "sealed"), 0); /* nothing is left */
}

static void auth_that_stores_nothing_has_not_taken_it(void **state)
{
    const struct ask ask = {"zoe", 1, 4096, "sealed"};

    (void)state;
    const uint64_t gate = fixture_gate(f, "alice");
    auth.is_silent = true;
    send(gate, &ask, 1);
    hear();
    answer(auth.heard[0].request, IPC_CREDENTIAL_TAKEN, "");
    assert_int_equal(row(gate, "zoe"), WIRE_CODE_UNACCEPTABLE_CREDENTIAL);
}

static void what_is_stored_and_not_in_force_is_told(void **state)
{
    (void)state;
    auth.kept = IPC_CREDENTIAL_REFUSED;
    assert_int_equal(
        alter("alice", "zoe", 1, 4096, "sealed"), WIRE_CODE_UNKNOWN_SERVER_ERROR);
    assert_non_null(find("zoe", 1));
}

static void auth_that_goes_away_before_it_answers_leaves_nothing(void **state)
{
    const struct ask ask = {"zoe", 1, 4096, "sealed"};

    (void)state;
    const uint64_t gate = fixture_gate(f, "alice");
    auth.is_silent = true;
    send(gate, &ask, 1);
    assert_false(fixture_answered(f, gate));
    ipc_channel_fini(&auth.channel);
    fixture_pump(f);
    assert_int_equal(row(gate, "zoe"), WIRE_CODE_REQUEST_TIMED_OUT);
    assert_null(find("zoe", 1));
    assert_int_equal(
        alter("alice", "zoe", 1, 4096, "sealed"), WIRE_CODE_REQUEST_TIMED_OUT);
}

static void auth_that_goes_away_later_is_told_when_it_comes_back(void **state)
{
    const struct ask ask = {"zoe", 1, 4096, "sealed"};

    (void)state;
    const uint64_t gate = fixture_gate(f, "alice");
    f->hold_appends = true;
    send(gate, &ask, 1);
    hear();
    ipc_channel_fini(&auth.channel);
    fixture_pump(f);
    fixture_release(f, 0);
    assert_int_equal(row(gate, "zoe"), 0);
    start_process(KEY);
    hear();
    assert_int_equal(auth.count, 1);
    assert_heard(0, IPC_CREDENTIAL_KEEP, "zoe SCRAM-SHA-256 4096 kept sealed");
    assert_int_equal(auth.heard[0].request, 0);
}

static void what_can_not_be_written_is_not_in_force(void **state)
{
    const struct ask ask = {"zoe", 1, 4096, "sealed"};

    (void)state;
    const uint64_t gate = fixture_gate(f, "alice");
    f->hold_appends = true;
    send(gate, &ask, 1);
    hear();
    fixture_release(f, WIRE_CODE_KAFKA_STORAGE_ERROR);
    hear();
    assert_int_equal(row(gate, "zoe"), WIRE_CODE_KAFKA_STORAGE_ERROR);
    assert_int_equal(auth.count, 1);
    assert_null(find("zoe", 1));
    assert_int_equal(alter("alice", "zoe", 1, 4096, "sealed"), 0);
}

static void everything_is_there_after_a_restart(void **state)
{
    (void)state;
    assert_int_equal(alter("alice", "zoe", 1, 4096, "one"), 0);
    assert_int_equal(alter("alice", "yves", 2, 4096, "two"), 0);
    assert_int_equal(alter("alice", "yves", 2, 0, NULL), 0);
    const int64_t serial = f->broker.image.credentials.serial;
    end_processes();
    memset(f->broker.authorities, 0, sizeof(f->broker.authorities));
    fixture_restart(f);
    name_authority();
    start_process(KEY);
    hear();
    assert_int_equal(auth.count, 1);
    assert_heard(0, IPC_CREDENTIAL_KEEP, "zoe SCRAM-SHA-256 4096 kept one");
    assert_int_equal(f->broker.image.credentials.serial, serial);
    assert_int_equal(alter("alice", "zoe", 1, 4096, "three"), 0);
    assert_true(find("zoe", 1)->serial > serial);
}

static void a_new_process_knows_credentials_before_it_is_asked_about_sessions(
    void **state)
{
    (void)state;
    assert_int_equal(alter("alice", "zoe", 1, 4096, "one"), 0);
    struct broker_session *s = broker_session_find(&f->broker, fixture_gate(f, "zoe"));
    s->authority = &f->broker.authorities[0];
    start_process(KEY);
    hear();
    assert_int_equal(auth.count, 2);
    assert_heard(0, IPC_CREDENTIAL_KEEP, "zoe SCRAM-SHA-256 4096 kept one");
    assert_int_equal(auth.heard[1].msg, IPC_MSG_AUTH_KNOWS);
}

static void an_authority_is_given_credentials_of_its_mechanisms_alone(void **state)
{
    (void)state;
    assert_int_equal(alter("alice", "zoe", 1, 4096, "one"), 0);
    assert_int_equal(alter("alice", "zoe", 2, 4096, "two"), 0);
    (void)strcpy(f->broker.authorities[0].mechanisms, "SCRAM-SHA-512");
    start_process(KEY);
    hear();
    assert_int_equal(auth.count, 1);
    assert_heard(0, IPC_CREDENTIAL_KEEP, "zoe SCRAM-SHA-512 4096 kept two");
}

static void sessions_of_who_lost_the_last_credential_end_and_no_others(void **state)
{
    const struct ipc_auth_known no = {.known = IPC_KNOWN_NO};
    struct ipc_auth_known answered = no;

    (void)state;
    assert_int_equal(alter("alice", "zoe", 1, 4096, "one"), 0);
    const uint64_t zoe = fixture_gate(f, "zoe");
    const uint64_t elsewhere = fixture_gate(f, "zoe"); /* by another authority */
    const uint64_t other = fixture_gate(f, "zo");
    broker_session_find(&f->broker, zoe)->authority = &f->broker.authorities[0];
    broker_session_find(&f->broker, other)->authority = &f->broker.authorities[0];
    auth.count = 0;
    assert_int_equal(alter("alice", "zoe", 1, 0, NULL), 0);
    hear();
    assert_int_equal(auth.count, 2);
    assert_heard(0, IPC_CREDENTIAL_REMOVE, "zoe SCRAM-SHA-256 0 ");
    assert_int_equal(auth.heard[1].msg, IPC_MSG_AUTH_KNOWS);
    assert_string_equal(auth.heard[1].text, "User:zoe");
    answered.session = zoe;
    assert_int_equal(
        ipc_channel_send(&auth.channel, IPC_MSG_AUTH_KNOWN, 0, &answered, -1), OK);
    fixture_pump(f);
    assert_true(fixture_is_killed(f, zoe));
    assert_false(fixture_is_killed(f, elsewhere));
    assert_false(fixture_is_killed(f, other));
}

static void one_change_of_a_user_at_a_time(void **state)
{
    const struct ask ask = {"zoe", 1, 4096, "sealed"};
    const struct ask another = {"yves", 1, 4096, "sealed"};

    (void)state;
    const uint64_t first = fixture_gate(f, "alice");
    const uint64_t second = fixture_gate(f, "alice");
    const uint64_t third = fixture_gate(f, "alice");
    f->hold_appends = true;
    send(first, &ask, 1);
    hear();
    send(second, &ask, 1);
    send(third, &another, 1);
    hear();
    assert_int_equal(row(second, "zoe"), WIRE_CODE_REQUEST_TIMED_OUT);
    assert_int_equal(f->held_count, 2);
    fixture_release(f, 0);
    hear();
    assert_int_equal(row(first, "zoe"), 0);
    assert_int_equal(row(third, "yves"), 0);
    assert_int_equal(alter("alice", "zoe", 1, 4096, "sealed"), 0);
}

static void it_is_done_though_who_asked_is_gone(void **state)
{
    const struct ask ask = {"zoe", 1, 4096, "sealed"};

    (void)state;
    const uint64_t gate = fixture_gate(f, "alice");
    send(gate, &ask, 1);
    fixture_drop_gate(f, gate);
    hear();
    assert_non_null(find("zoe", 1));
    assert_heard(1, IPC_CREDENTIAL_KEEP, "zoe SCRAM-SHA-256 4096 kept sealed");
    /* ... in its name. */
    assert_memory_equal(f->last_change, "User:alice ", 11);
}

static void what_had_not_begun_when_who_asked_went_is_not_done(void **state)
{
    const struct ask asks[] = {{"yves", 1, 4096, "one"}, {"zoe", 1, 4096, "two"}};

    (void)state;
    const uint64_t gate = fixture_gate(f, "alice");
    send(gate, asks, 2);
    fixture_drop_gate(f, gate);
    hear();
    assert_non_null(find("yves", 1));
    assert_null(find("zoe", 1));
}

/* --- what is refused ---------------------------------------------------------------- */

static void what_breaks_a_rule_is_refused_by_its_code(void **state)
{
    char name[META_CREDENTIAL_NAME_MAX + 2];

    (void)state;
    memset(name, 'n', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    assert_int_equal(
        alter("alice", "zoe", 1, 4095, "x"), WIRE_CODE_UNACCEPTABLE_CREDENTIAL);
    assert_int_equal(
        alter("alice", "zoe", 1, 16385, "x"), WIRE_CODE_UNACCEPTABLE_CREDENTIAL);
    assert_int_equal(
        alter("alice", "zoe", 1, -1, "x"), WIRE_CODE_UNACCEPTABLE_CREDENTIAL);
    assert_int_equal(alter("alice", "", 1, 4096, "x"), WIRE_CODE_UNACCEPTABLE_CREDENTIAL);
    assert_int_equal(
        alter("alice", name, 1, 4096, "x"), WIRE_CODE_UNACCEPTABLE_CREDENTIAL);
    assert_int_equal(
        alter("alice", "zoe", 1, 4096, ""), WIRE_CODE_UNACCEPTABLE_CREDENTIAL);
    assert_int_equal(
        alter("alice", "zoe", 0, 4096, "x"), WIRE_CODE_UNSUPPORTED_SASL_MECHANISM);
    assert_int_equal(
        alter("alice", "zoe", 3, 4096, "x"), WIRE_CODE_UNSUPPORTED_SASL_MECHANISM);
    assert_int_equal(
        alter("alice", "zoe", 3, 0, NULL), WIRE_CODE_UNSUPPORTED_SASL_MECHANISM);
    assert_int_equal(alter("alice", "zoe", 1, 0, NULL), WIRE_CODE_RESOURCE_NOT_FOUND);
    assert_int_equal(
        alter("bob", "zoe", 1, 4096, "x"), WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED);
    assert_int_equal(
        alter("bob", "", 9, 0, NULL), WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED);
    assert_int_equal(auth.count, 0);
    assert_int_equal(f->broker.image.credentials.by_key.count, 0);
}

static void a_super_users_credentials_are_for_super_users(void **state)
{
    (void)state;
    const size_t denied = f->denied;
    assert_int_equal(
        alter("alice", "root", 1, 4096, "x"), WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED);
    assert_int_equal(f->denied, denied + 1);
    assert_string_equal(f->last_denied, "alter-credential user root");
    assert_int_equal(auth.count, 0);
    assert_int_equal(alter("root", "root", 1, 4096, "x"), 0);
    assert_int_equal(
        alter("alice", "root", 1, 0, NULL), WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED);
    assert_non_null(find("root", 1));
    assert_int_equal(alter("alice", "roo", 1, 4096, "x"), 0);
    assert_int_equal(alter("alice", "root2", 1, 4096, "x"), 0);
}

static void what_could_not_be_sealed_is_refused_with_the_reason(void **state)
{
    (void)state;
    f->broker.authorities[0].processes[f->broker.authorities[0].now].has_sealing_key =
        false;
    assert_int_equal(
        alter("alice", "zoe", 1, 4096, ""), WIRE_CODE_UNSUPPORTED_SASL_MECHANISM);
    (void)strcpy(f->broker.authorities[0].mechanisms, "SCRAM-SHA-512");
    assert_int_equal(
        alter("alice", "zoe", 1, 4096, ""), WIRE_CODE_UNSUPPORTED_SASL_MECHANISM);
}

static void a_user_is_changed_as_a_whole_or_not_at_all(void **state)
{
    static const struct ask asks[] = {{"zoe", 1, 4096, "good"}, {"yves", 1, 4096, "good"},
        {"zoe", 2, 100, "bad"}, {"xavi", 1, 4096, "one"}, {"xavi", 2, 4096, "two"},
        {"wim", 1, 4096, "one"}, {"wim", 1, 4096, "two"}};

    (void)state;
    const uint64_t gate = fixture_gate(f, "alice");
    send(gate, asks, 7);
    hear();
    const struct alter_user_scram_credentials_response *a = answered(gate);
    assert_int_equal(code_of(a, 0, "zoe"), WIRE_CODE_UNACCEPTABLE_CREDENTIAL);
    assert_int_equal(code_of(a, 1, "yves"), 0);
    assert_int_equal(code_of(a, 2, "xavi"), 0);
    assert_int_equal(code_of(a, 3, "wim"), WIRE_CODE_DUPLICATE_RESOURCE);
    assert_int_equal(f->broker.image.credentials.by_key.count, 3);
    assert_non_null(find("xavi", 1));
    assert_non_null(find("xavi", 2));
    static const struct ask mixed[] = {{"xavi", 1, 0, NULL}, {"xavi", 2, 8192, "three"},
        {"yves", 1, 0, NULL}, {"yves", 1, 4096, "four"}};
    const uint64_t second = fixture_gate(f, "alice");
    send(second, mixed, 4);
    hear();
    a = answered(second);
    assert_int_equal(code_of(a, 0, "xavi"), 0);
    assert_int_equal(code_of(a, 1, "yves"), WIRE_CODE_DUPLICATE_RESOURCE);
    assert_null(find("xavi", 1));
    assert_int_equal(find("xavi", 2)->iterations, 8192);
    assert_non_null(find("yves", 1));
}

static void there_are_no_more_than_there_may_be(void **state)
{
    char name[16];

    (void)state;
    for (int i = 0; i < META_CREDENTIALS_MAX; i++) {
        (void)snprintf(name, sizeof(name), "user%d", i);
        const struct meta_credential c = {.name = fixture_view(name),
            .mechanism = 1,
            .iterations = 4096,
            .serial = i + 1,
            .sealed = fixture_view("sealed")};
        assert_int_equal(meta_credential_set(&f->broker.image.credentials, &c), OK);
    }
    assert_int_equal(
        alter("alice", "zoe", 1, 4096, "sealed"), WIRE_CODE_POLICY_VIOLATION);
    assert_int_equal(alter("alice", "user7", 1, 4096, "sealed"), 0);
    assert_int_equal(alter("alice", "user7", 1, 0, NULL), 0);
    assert_int_equal(alter("alice", "zoe", 1, 4096, "sealed"), 0);
}

static void without_memory_nothing_half_is_left(void **state)
{
    struct alter_user_scram_credentials_request_scram_credential_upsertion set = {
        .name = fixture_view("zoe"),
        .mechanism = 1,
        .iterations = 4096,
        .salt = fixture_view(""),
        .salted_password = fixture_view("sealed")};
    const struct alter_user_scram_credentials_request r = {
        .upsertions = {.items = &set, .count = 1}};

    (void)state;
    for (long n = 0; n < 24; n++) {
        const uint64_t gate = fixture_gate(f, "alice");
        auth.count = 0;
        fixture_send_starved(f, gate, WIRE_API_ALTER_USER_SCRAM_CREDENTIALS, 0, &r, n);
        hear();
        assert_true(fixture_is_killed(f, gate) || fixture_answered(f, gate));
        if (!fixture_is_killed(f, gate)) {
            const bool is_there = row(gate, "zoe") == 0;
            assert_int_equal(is_there, find("zoe", 1) != NULL);
        }
        fixture_drop_gate(f, gate);
        if (find("zoe", 1) != NULL) {
            assert_int_equal(alter("alice", "zoe", 1, 0, NULL), 0);
        }
    }
    assert_int_equal(alter("alice", "zoe", 1, 4096, "sealed"), 0);
}

/* --- keys --------------------------------------------------------------------------- */

static struct ipc_received ask_key(uint64_t gate, uint8_t mechanism)
{
    const struct ipc_seal_ask ask = {.mechanism = mechanism};
    struct ipc_received m = {.fd = -1};
    struct fixture_gate *g = NULL;

    for (size_t i = 0; i < FIXTURE_GATES_MAX; i++) {
        g = f->gates[i].number == gate ? &f->gates[i] : g;
    }
    assert_int_equal(
        ipc_channel_send(&g->channel, IPC_MSG_SEAL_ASK, ++g->request, &ask, -1), OK);
    assert_int_equal(loop_once(f->broker.role.loop, 0), OK);
    if (ipc_channel_receive(&g->channel, &m) == OK) {
        assert_int_equal(m.msg, IPC_MSG_SEAL_KEY);
        assert_int_equal(m.request, g->request);
    }
    return m;
}

static void a_gate_is_told_the_key_of_the_mechanism(void **state)
{
    (void)state;
    const uint64_t gate = fixture_gate(f, "alice");
    struct ipc_received m = ask_key(gate, 1);
    assert_int_equal(m.body.seal_key.key.len, sizeof(KEY));
    assert_memory_equal(m.body.seal_key.key.ptr, KEY, sizeof(KEY));
    assert_int_equal(ask_key(gate, 0).body.seal_key.key.len, 0);
    assert_int_equal(ask_key(gate, 200).body.seal_key.key.len, 0);
    start_process(NULL); /* without a lasting key */
    assert_int_equal(ask_key(gate, 1).body.seal_key.key.len, 0);
    (void)strcpy(f->broker.authorities[0].mechanisms, "PLAIN");
    assert_int_equal(ask_key(gate, 1).body.seal_key.key.len, 0);
}

static void who_has_not_logged_in_asks_for_no_key(void **state)
{
    (void)state;
    const uint64_t gate = fixture_gate(f, "alice");
    broker_session_find(&f->broker, gate)->state = SESSION_UNKNOWN;
    (void)ask_key(gate, 1);
    fixture_pump(f);
    assert_true(fixture_is_killed(f, gate));
}

static void an_answer_that_nobody_asked_for_ends_the_channel(void **state)
{
    (void)state;
    answer(7, IPC_CREDENTIAL_TAKEN, "kept");
    assert_null(broker_authn_present(&f->broker, ipc_text("SCRAM-SHA-256")));
}

static void a_key_of_another_length_ends_the_channel(void **state)
{
    const struct ipc_sealing_key told = {.key = {.ptr = KEY, .len = 31}};

    (void)state;
    assert_int_equal(
        ipc_channel_send(&auth.channel, IPC_MSG_SEALING_KEY, 0, &told, -1), OK);
    fixture_pump(f);
    assert_null(broker_authn_present(&f->broker, ipc_text("SCRAM-SHA-256")));
}

/* --- DescribeUserScramCredentials --------------------------------------------------- */

static const struct describe_user_scram_credentials_response *describe(
    const char *who, size_t count, const char *const *users)
{
    struct describe_user_scram_credentials_request_user_name names[4];
    const struct describe_user_scram_credentials_request r = {
        .users = {.items = names, .count = users == NULL ? -1 : (int32_t)count}};

    for (size_t i = 0; i < count; i++) {
        names[i].name = fixture_view(users[i]);
    }
    return fixture_call(
        f, fixture_gate(f, who), WIRE_API_DESCRIBE_USER_SCRAM_CREDENTIALS, 0, &r);
}

static void users_are_described_without_anything_secret(void **state)
{
    static const char *const users[] = {"zoe", "nobody", "yves", "zoe"};

    (void)state;
    assert_int_equal(alter("alice", "zoe", 2, 8192, "one"), 0);
    assert_int_equal(alter("alice", "zoe", 1, 4096, "two"), 0);
    assert_int_equal(alter("alice", "yves", 2, 4096, "three"), 0);
    const struct describe_user_scram_credentials_response *a =
        describe("alice", 3, users);
    const struct describe_user_scram_credentials_result *rows = a->results.items;
    assert_int_equal(a->results.count, 3);
    fixture_assert_text(rows[0].user, "zoe");
    const struct describe_user_scram_credentials_response_credential_info *infos =
        rows[0].credential_infos.items;
    assert_int_equal(rows[0].credential_infos.count, 2);
    assert_int_equal(infos[0].mechanism, 1);
    assert_int_equal(infos[0].iterations, 4096);
    assert_int_equal(infos[1].mechanism, 2);
    assert_int_equal(infos[1].iterations, 8192);
    assert_int_equal(rows[1].error_code, WIRE_CODE_RESOURCE_NOT_FOUND);
    assert_int_equal(rows[2].error_code, 0);
    a = describe("alice", 4, users);
    rows = a->results.items;
    assert_int_equal(a->results.count, 3);
    assert_int_equal(rows[0].error_code, WIRE_CODE_DUPLICATE_RESOURCE);
    assert_int_equal(rows[0].credential_infos.count, 0);
}

static void everybody_is_described_in_the_order_of_names(void **state)
{
    static const char *const none[] = {""};

    (void)state;
    assert_int_equal(describe("alice", 0, NULL)->results.count, 0);
    assert_int_equal(alter("alice", "zoe", 2, 4096, "one"), 0);
    assert_int_equal(alter("alice", "yves", 2, 4096, "two"), 0);
    assert_int_equal(alter("alice", "yves", 1, 4096, "three"), 0);
    for (size_t i = 0; i < 2; i++) {
        const struct describe_user_scram_credentials_response *a =
            describe("alice", 0, i == 0 ? NULL : none);
        const struct describe_user_scram_credentials_result *rows = a->results.items;
        assert_int_equal(a->error_code, 0);
        assert_int_equal(a->results.count, 2);
        fixture_assert_text(rows[0].user, "yves");
        fixture_assert_text(rows[1].user, "zoe");
        assert_int_equal(rows[0].credential_infos.count, 2);
    }
}

static void who_may_not_describe_the_cluster_hears_of_no_users_credentials(void **state)
{
    static const char *const users[] = {"zoe", "carol", "zoe"};

    (void)state;
    assert_int_equal(alter("alice", "zoe", 2, 4096, "one"), 0);
    const struct describe_user_scram_credentials_response *a = describe("bob", 3, users);
    const struct describe_user_scram_credentials_result *rows = a->results.items;
    assert_int_equal(a->error_code, WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED);
    assert_int_equal(a->results.count, 3);
    for (size_t i = 0; i < 3; i++) {
        fixture_assert_text(rows[i].user, "");
        assert_int_equal(rows[i].error_code, WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED);
    }
    a = describe("bob", 0, NULL);
    assert_int_equal(a->error_code, WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED);
    assert_int_equal(a->results.count, 0);
}

#define WITH_AUTH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_AUTH(a_credential_is_offered_stored_and_in_force),
        WITH_AUTH(nothing_is_answered_before_auth_took_it_and_it_is_durable),
        WITH_AUTH(what_auth_refuses_is_not_recorded),
        WITH_AUTH(auth_that_stores_nothing_has_not_taken_it),
        WITH_AUTH(what_is_stored_and_not_in_force_is_told),
        WITH_AUTH(auth_that_goes_away_before_it_answers_leaves_nothing),
        WITH_AUTH(auth_that_goes_away_later_is_told_when_it_comes_back),
        WITH_AUTH(what_can_not_be_written_is_not_in_force),
        WITH_AUTH(everything_is_there_after_a_restart),
        WITH_AUTH(a_new_process_knows_credentials_before_it_is_asked_about_sessions),
        WITH_AUTH(an_authority_is_given_credentials_of_its_mechanisms_alone),
        WITH_AUTH(sessions_of_who_lost_the_last_credential_end_and_no_others),
        WITH_AUTH(one_change_of_a_user_at_a_time),
        WITH_AUTH(it_is_done_though_who_asked_is_gone),
        WITH_AUTH(what_had_not_begun_when_who_asked_went_is_not_done),
        WITH_AUTH(what_breaks_a_rule_is_refused_by_its_code),
        WITH_AUTH(a_super_users_credentials_are_for_super_users),
        WITH_AUTH(what_could_not_be_sealed_is_refused_with_the_reason),
        WITH_AUTH(a_user_is_changed_as_a_whole_or_not_at_all),
        WITH_AUTH(there_are_no_more_than_there_may_be),
        WITH_AUTH(without_memory_nothing_half_is_left),
        WITH_AUTH(a_gate_is_told_the_key_of_the_mechanism),
        WITH_AUTH(who_has_not_logged_in_asks_for_no_key),
        WITH_AUTH(an_answer_that_nobody_asked_for_ends_the_channel),
        WITH_AUTH(a_key_of_another_length_ends_the_channel),
        WITH_AUTH(users_are_described_without_anything_secret),
        WITH_AUTH(everybody_is_described_in_the_order_of_names),
        WITH_AUTH(who_may_not_describe_the_cluster_hears_of_no_users_credentials),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "gate_scram.h"

#include "ipc_words.h"
#include "mem.h"
#include "seal_box.h"
#include "test.h"
#include "wire_alter_user_scram_credentials.h"

#include <string.h>
#include <unistd.h>

static struct gate gate;
static struct ipc_channel broker; /* the other end */
static struct seal_keys keys;
static uint8_t frame[65536]; /* what the views look at */

static int setup(void **state)
{
    static const uint8_t secret[32] = {1};
    int ends[2];

    (void)state;
    memset(&gate, 0, sizeof(gate));
    gate.connection.fd = -1;
    gate.role.warden.channel.fd = -1;
    if (seal_prepare() != OK || ipc_pair(IPC_PACKETS, ends) != OK ||
        ipc_channel_init(
            &gate.broker, ends[0], IPC_PACKETS, IPC_GATE, IPC_BROKER, 1 << 20) != OK ||
        ipc_channel_init(&broker, ends[1], IPC_PACKETS, IPC_BROKER, IPC_GATE, 1 << 20) !=
            OK) {
        return -1;
    }
    arena_init(&gate.arena, (size_t)1 << 26);
    buf_init(&gate.frame, sizeof(frame));
    seal_keys_derive(&keys, secret, sizeof(secret));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    mem_fail_after(-1);
    ipc_channel_fini(&gate.broker);
    ipc_channel_fini(&broker);
    arena_fini(&gate.arena);
    buf_fini(&gate.frame);
    return 0;
}

/* Broker's answer to the gate's n-th question, which is on its way already. */
static void expect_question(uint64_t n, const uint8_t *key, size_t length)
{
    const struct ipc_seal_key answer = {.key = {.ptr = key, .len = length}};

    assert_int_equal(ipc_channel_send(&broker, IPC_MSG_SEAL_KEY, n, &answer, -1), OK);
}

static void assert_asked(uint8_t mechanism)
{
    struct ipc_received m;

    assert_int_equal(ipc_channel_receive(&broker, &m), OK);
    assert_int_equal(m.msg, IPC_MSG_SEAL_ASK);
    assert_int_equal(m.body.seal_ask.mechanism, mechanism);
}

static void assert_asked_no_more(void)
{
    struct ipc_received m;

    assert_int_equal(ipc_channel_receive(&broker, &m), ERR_AGAIN);
}

#define UPSERTION struct alter_user_scram_credentials_request_scram_credential_upsertion

static UPSERTION upsertion(int8_t mechanism, size_t password)
{
    memset(frame, 0x5e, sizeof(frame));
    return (UPSERTION){.name = {.ptr = (const uint8_t *)"zoe", .len = 3},
        .mechanism = mechanism,
        .iterations = 4096,
        .salt = {.ptr = (const uint8_t *)"saltsalt", .len = 8},
        .salted_password = {.ptr = frame, .len = password}};
}

static const UPSERTION *seal_all(const UPSERTION *asked, size_t count)
{
    struct alter_user_scram_credentials_request_scram_credential_deletion gone = {
        .name = {.ptr = (const uint8_t *)"yves", .len = 4}, .mechanism = 1};
    const struct alter_user_scram_credentials_request *sealed = NULL;
    UPSERTION copies[4];
    const void *out = NULL;

    memcpy(copies, asked, count * sizeof(*asked));
    const struct alter_user_scram_credentials_request r = {
        .deletions = {.items = &gone, .count = 1},
        .upsertions = {.items = copies, .count = (int32_t)count}};
    assert_int_equal(gate_scram_seal(&gate, &r, &out), OK);
    sealed = out;
    assert_ptr_equal(sealed->deletions.items, &gone);
    assert_int_equal(sealed->deletions.count, 1);
    assert_int_equal(sealed->upsertions.count, count);
    return sealed->upsertions.items;
}

static void assert_empty(const UPSERTION *sealed)
{
    assert_non_null(sealed->salt.ptr);
    assert_int_equal(sealed->salt.len, 0);
    assert_non_null(sealed->salted_password.ptr);
    assert_int_equal(sealed->salted_password.len, 0);
}

static void a_salted_password_leaves_sealed_as_two_keys(void **state)
{
    const UPSERTION asked = upsertion(SEAL_SCRAM_SHA_512, 64);
    struct seal_credential expected;
    struct seal_credential opened;

    (void)state;
    expect_question(1, keys.public_key, SEAL_KEY_SIZE);
    const UPSERTION *sealed = seal_all(&asked, 1);
    assert_asked(SEAL_SCRAM_SHA_512);
    assert_int_equal(sealed->salt.len, 0);
    assert_non_null(sealed->salt.ptr);
    assert_int_equal(sealed->name.len, 3);
    assert_int_equal(sealed->mechanism, 2);
    assert_int_equal(sealed->iterations, 4096);
    assert_int_equal(seal_offer_open(&keys, sealed->salted_password.ptr,
                         sealed->salted_password.len, &opened),
        OK);
    memset(&expected, 0, sizeof(expected));
    expected.mechanism = SEAL_SCRAM_SHA_512;
    expected.iterations = 4096;
    expected.name_length = 3;
    memcpy(expected.name, "zoe", 3);
    expected.salt_length = 8;
    memcpy(expected.salt, "saltsalt", 8);
    seal_credential_derive(&expected, frame);
    assert_memory_equal(&opened, &expected, sizeof(opened));
}

static void each_mechanism_is_asked_for_once(void **state)
{
    const UPSERTION asked[] = {upsertion(1, 32), upsertion(2, 64), upsertion(1, 32)};

    (void)state;
    expect_question(1, keys.public_key, SEAL_KEY_SIZE);
    expect_question(2, NULL, 0);
    const UPSERTION *sealed = seal_all(asked, 3);
    assert_asked(1);
    assert_asked(2);
    assert_asked_no_more();
    assert_true(sealed[0].salted_password.len > 0);
    assert_empty(&sealed[1]); /* nobody takes it */
    assert_true(sealed[2].salted_password.len > 0);
    assert_memory_not_equal(sealed[0].salted_password.ptr, sealed[2].salted_password.ptr,
        sealed[0].salted_password.len);
}

static void what_can_not_be_sealed_leaves_empty_and_nobody_is_asked(void **state)
{
    UPSERTION asked;

    (void)state;
    static const int8_t mechanisms[] = {0, 3, -1, 127, -128};
    for (size_t i = 0; i < sizeof(mechanisms); i++) {
        asked = upsertion(mechanisms[i], 64);
        assert_empty(seal_all(&asked, 1));
    }
    static const size_t lengths[] = {0, 32, 63, 65, 65536};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        asked = upsertion(2, lengths[i]);
        assert_empty(seal_all(&asked, 1));
        asked = upsertion(2, 64);
        asked.salt = (struct wire_view){
            .ptr = frame, .len = lengths[i] == 32 || lengths[i] == 63 ? 7 : lengths[i]};
        assert_empty(seal_all(&asked, 1));
        asked = upsertion(2, 64);
        asked.name =
            (struct wire_view){.ptr = frame, .len = lengths[i] == 65536 ? 65536 : 0};
        assert_empty(seal_all(&asked, 1));
    }
    static const int32_t times[] = {0, 4095, 16385, -1, INT32_MIN};
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        asked = upsertion(2, 64);
        asked.iterations = times[i];
        assert_empty(seal_all(&asked, 1));
    }
    assert_asked_no_more();
}

static void a_key_that_is_none_seals_nothing(void **state)
{
    static const uint8_t zero[SEAL_KEY_SIZE];
    const UPSERTION asked[] = {upsertion(2, 64), upsertion(1, 32)};

    (void)state;
    expect_question(1, zero, sizeof(zero));
    expect_question(2, zero, 31);
    const UPSERTION *sealed = seal_all(asked, 2);
    assert_empty(&sealed[0]);
    assert_empty(&sealed[1]);
}

static void more_changes_than_broker_takes_are_refused(void **state)
{
    const struct alter_user_scram_credentials_request r = {
        .upsertions = {.items = NULL, .count = GATE_SCRAM_CHANGES_MAX + 1}};
    const void *out = NULL;

    (void)state;
    assert_int_equal(gate_scram_seal(&gate, &r, &out), ERR_FULL);
    assert_null(out);
}

static void without_memory_nothing_leaves(void **state)
{
    UPSERTION asked = upsertion(2, 64);
    const struct alter_user_scram_credentials_request r = {
        .upsertions = {.items = &asked, .count = 1}};
    const void *out = NULL;

    (void)state;
    mem_fail_after(0);
    assert_int_equal(gate_scram_seal(&gate, &r, &out), ERR_NOMEM);
    assert_null(out);
}

static void a_frame_is_wiped(void **state)
{
    static const uint8_t nothing[1000];

    (void)state;
    memset(frame, 0x5e, sizeof(frame));
    gate_scram_forget(&gate); /* there is none */
    buf_add(&gate.frame, frame, sizeof(nothing));
    gate_scram_forget(&gate);
    assert_memory_equal(gate.frame.bytes, nothing, sizeof(nothing));
}

#define IN_A_GATE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_GATE(a_salted_password_leaves_sealed_as_two_keys),
        IN_A_GATE(each_mechanism_is_asked_for_once),
        IN_A_GATE(what_can_not_be_sealed_leaves_empty_and_nobody_is_asked),
        IN_A_GATE(a_key_that_is_none_seals_nothing),
        IN_A_GATE(more_changes_than_broker_takes_are_refused),
        IN_A_GATE(without_memory_nothing_leaves),
        IN_A_GATE(a_frame_is_wiped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

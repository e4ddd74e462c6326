/* RFC 4616: its examples, its bounds, and what is none of its messages. */
#include "password_host.h"
#include "password_message.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static int setup(void **state)
{
    char tim[USERS_HASH_MAX];
    char kurt[USERS_HASH_MAX];
    char users[2 * USERS_HASH_MAX + 32];

    (void)snprintf(users, sizeof(users), "tim:%s\nKurt:%s\n",
        password_host_hash(tim, "tanstaaftanstaaf"),
        password_host_hash(kurt, "xipj3plmq"));
    *state = password_host_start(users);
    return 0;
}

static int teardown(void **state)
{
    password_host_stop(*state);
    return 0;
}

static void the_examples_of_the_rfc_end_as_it_says(void **state)
{
    /* Section 4, the first: a user logs in. */
    SEND(*state, 1, "\0tim\0tanstaaftanstaaf");
    password_host_answered(1, SCHLOSS_AUTH_ALLOW, SCHLOSS_AUTH_REASON_NONE);
    assert_string_equal(host.principal, "User:tim");
    /* The second: a user asks to act as another, with his own right password. */
    SEND(*state, 2, "Ursel\0Kurt\0xipj3plmq");
    password_host_answered(2, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_OTHER_IDENTITY);
    SEND(*state, 3, "\0Kurt\0xipj3plmq");
    password_host_answered(3, SCHLOSS_AUTH_ALLOW, SCHLOSS_AUTH_REASON_NONE);
    assert_string_equal(host.principal, "User:Kurt");
    SEND(*state, 4, "Kurt\0Kurt\0xipj3plmq");
    password_host_answered(4, SCHLOSS_AUTH_ALLOW, SCHLOSS_AUTH_REASON_NONE);
    SEND(*state, 5, "\0Kurt\0tanstaaftanstaaf");
    password_host_answered(5, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_WRONG_PASSWORD);
    SEND(*state, 6, "\0TIM\0tanstaaftanstaaf");
    password_host_answered(6, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_UNKNOWN_USER);
}

/* Section 2: each part MUST be accepted up to 255 octets. */
static void parts_of_255_octets_are_taken(void **state)
{
    char name[256] = "";
    char password[256] = "";
    char hash[USERS_HASH_MAX];
    char users[512];
    char message[800];

    (void)state;
    memset(name, 'n', 255);
    memset(password, 'p', 255);
    (void)snprintf(
        users, sizeof(users), "%s:%s\n", name, password_host_hash(hash, password));
    struct schloss_auth_instance *p = password_host_start(users);
    int length =
        snprintf(message, sizeof(message), "%s%c%s%c%s", name, 0, name, 0, password);
    assert_int_equal(length, 255 * 3 + 2);
    password_host_send(p, 1, "127.0.0.1", message, (size_t)length);
    password_host_answered(1, SCHLOSS_AUTH_ALLOW, SCHLOSS_AUTH_REASON_NONE);
    password_host_stop(p);
}

/* --- mutations ---------------------------------------------------------------------- */

static const char good[] = "\0tim\0tanstaaftanstaaf";
static const char named[] = "tim\0tim\0tanstaaftanstaaf";

static struct {
    uint64_t count;
    uint64_t malformed;
    uint64_t by_reason[SCHLOSS_AUTH_REASON_EXPIRED + 1];
} sent;

static bool is(const char *bytes, size_t length, const char *other, size_t other_length)
{
    return length == other_length && memcmp(bytes, other, length) == 0;
}

/* Refused whatever it is; without an Argon2 where it is no message. */
static void send_mutant(struct schloss_auth_instance *p, const void *bytes, size_t length)
{
    char address[64];

    if (is(bytes, length, good, sizeof(good) - 1) ||
        is(bytes, length, named, sizeof(named) - 1)) {
        return;
    }
    sent.count++;
    /* An address for each: none waits for its turn. */
    (void)snprintf(address, sizeof(address), "10.%u.%u.%u", (unsigned)(sent.count >> 16),
        (unsigned)(sent.count >> 8 & 255), (unsigned)(sent.count & 255));
    password_host_send(p, sent.count, address, bytes, length);
    const uint32_t reason = host.result.reason;
    assert_true(reason <= SCHLOSS_AUTH_REASON_EXPIRED);
    password_host_answered(sent.count, SCHLOSS_AUTH_DENY, reason);
    sent.by_reason[reason]++;
    switch (reason) {
    case SCHLOSS_AUTH_REASON_MALFORMED:
    case SCHLOSS_AUTH_REASON_TOO_LONG:
        sent.malformed++;
        assert_int_equal(host.matches, 0);
        break;
    case SCHLOSS_AUTH_REASON_OTHER_IDENTITY:
        assert_int_equal(host.matches, 0);
        break;
    default:
        assert_true(reason == SCHLOSS_AUTH_REASON_UNKNOWN_USER ||
                    reason == SCHLOSS_AUTH_REASON_WRONG_PASSWORD);
        assert_int_equal(host.matches, 1);
        break;
    }
}

#define ROOM 4096

/* Every byte of the message replaced, removed and doubled, and each byte put everywhere. */
static void send_neighbours(
    struct schloss_auth_instance *p, const char *message, size_t length)
{
    static const uint8_t bytes[] = {0x00, 0x01, '\t', '\n', ' ', ':', '"', '\\', '%',
        0x7f, 0x80, 0xa0, 0xc0, 0xc2, 0xed, 0xf4, 0xfe, 0xff};
    char out[ROOM];

    for (size_t at = 0; at <= length; at++) {
        send_mutant(p, message, at == length ? 0 : at); /* cut */
        for (size_t i = 0; i < sizeof(bytes); i++) {
            memcpy(out, message, at);
            out[at] = (char)bytes[i];
            memcpy(out + at + 1, message + at, length - at);
            send_mutant(p, out, length + 1);
            if (at < length) {
                memcpy(out, message, length);
                out[at] = (char)bytes[i];
                send_mutant(p, out, length);
            }
        }
        if (at < length) {
            memcpy(out, message, at);
            memcpy(out + at, message + at + 1, length - at - 1);
            send_mutant(p, out, length - 1);
        }
    }
}

/* Numbers that are the same in each run. */
static uint32_t next_number(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return (uint32_t)(*seed >> 32);
}

/* Up to eight changes of a good message, among them some that make it far too long. */
static void send_random(struct schloss_auth_instance *p, uint64_t *seed)
{
    char out[ROOM] = "";
    size_t length = sizeof(named) - 1;

    memcpy(out, named, length);
    for (uint32_t n = next_number(seed) % 8 + 1; n > 0; n--) {
        const size_t at = next_number(seed) % (length + 1);
        const size_t count = next_number(seed) % 8;
        switch (next_number(seed) % 5) {
        case 0: /* other bytes */
            for (size_t i = at; i < length && i < at + count; i++) {
                out[i] = (char)next_number(seed);
            }
            break;
        case 1: /* a NUL */
            memmove(out + at + 1, out + at, length - at);
            out[at] = '\0';
            length++;
            break;
        case 2: /* cut out */
            if (at + count <= length) {
                memmove(out + at, out + at + count, length - at - count);
                length -= count;
            }
            break;
        case 3: /* the whole once more */
            if (length * 2 <= ROOM - 8) {
                memcpy(out + length, out, length);
                length *= 2;
            }
            break;
        default: /* cut off */
            length = at;
            break;
        }
    }
    send_mutant(p, out, length);
}

static void no_mutation_of_a_message_is_let_in(void **state)
{
    static const char both[] = "Ursel\0Kurt\0xipj3plmq";
    static char endless[1 << 20] = "\0tim";
    uint64_t seed = UINT64_C(0x5c41055);

    memset(&sent, 0, sizeof(sent));
    send_neighbours(*state, good, sizeof(good) - 1);
    send_neighbours(*state, named, sizeof(named) - 1);
    send_neighbours(*state, both, sizeof(both) - 1);
    for (unsigned i = 0; i < 4000; i++) {
        send_random(*state, &seed);
    }
    memset(endless + 5, 'p', sizeof(endless) - 5);
    for (size_t length = USERS_PASSWORD_MAX + 6; length <= sizeof(endless); length *= 2) {
        send_mutant(*state, endless, length);
    }
    assert_true(sent.malformed >= 300);
    assert_true(sent.by_reason[SCHLOSS_AUTH_REASON_TOO_LONG] > 0);
    assert_true(sent.by_reason[SCHLOSS_AUTH_REASON_OTHER_IDENTITY] > 0);
    assert_true(sent.by_reason[SCHLOSS_AUTH_REASON_UNKNOWN_USER] > 0);
    assert_true(sent.by_reason[SCHLOSS_AUTH_REASON_WRONG_PASSWORD] > 0);
    /* The plugin is as good as before. */
    SEND(*state, 1, "\0tim\0tanstaaftanstaaf");
    password_host_answered(1, SCHLOSS_AUTH_ALLOW, SCHLOSS_AUTH_REASON_NONE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_examples_of_the_rfc_end_as_it_says),
        cmocka_unit_test(parts_of_255_octets_are_taken),
        TEST(no_mutation_of_a_message_is_let_in),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

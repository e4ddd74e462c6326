/* broker_principal: how many sessions somebody has, and when he last came. */
#include "broker_principal.h"

#include "mem.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static struct broker broker;

static int set_up(void **state)
{
    (void)state;
    memset(&broker, 0, sizeof(broker));
    broker.listeners[0] = (struct broker_listener){.present = true, .sessions_max = 2};
    broker.listeners[1] = (struct broker_listener){.present = true, .sessions_max = 3};
    broker_principals_init(&broker.principals);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    broker_principals_fini(&broker.principals);
    return 0;
}

static struct broker_session on(uint8_t listener)
{
    return (struct broker_session){.broker = &broker,
        .listener = listener,
        .mechanism = "PLAIN",
        .address = "192.0.2.7"};
}

static struct wire_view view(const char *text)
{
    return (struct wire_view){.ptr = (const uint8_t *)text, .len = strlen(text)};
}

static const struct broker_principal *find(const char *name)
{
    return broker_principal_find(&broker, view(name));
}

static void log_in(struct broker_session *s, const char *name)
{
    assert_int_equal(broker_principal_enter(s, ipc_text(name)), OK);
    broker_principal_login(s);
}

/* Two sessions of one listener, two of another. */
static void put_on(struct broker_session s[4], uint8_t first, uint8_t second)
{
    for (size_t i = 0; i < 4; i++) {
        s[i] = on(i < 2 ? first : second);
    }
}

static void the_session_above_the_limit_is_refused(void **state)
{
    (void)state;
    static struct broker_session s[4];

    put_on(s, 0, 0);
    log_in(&s[0], "User:bob");
    log_in(&s[1], "User:bob");
    assert_int_equal(broker_principal_enter(&s[2], ipc_text("User:bob")), ERR_FULL);
    assert_null(s[2].row);
    log_in(&s[3], "User:bo"); /* somebody else */
    assert_int_equal(find("User:bob")->sessions, 2);
    broker_principal_leave(&s[0]);
    log_in(&s[2], "User:bob");
}

static void the_listener_says_how_many_and_all_count(void **state)
{
    (void)state;
    static struct broker_session s[4];

    put_on(s, 0, 1);
    log_in(&s[0], "User:bob");
    log_in(&s[1], "User:bob");
    log_in(&s[2], "User:bob");
    assert_int_equal(broker_principal_enter(&s[3], ipc_text("User:bob")), ERR_FULL);
}

static void who_left_counts_no_more_and_leaves_once(void **state)
{
    (void)state;
    struct broker_session a = on(0);
    struct broker_session b = on(0);

    log_in(&a, "User:bob");
    log_in(&b, "User:bob");
    broker_principal_leave(&a);
    broker_principal_leave(&a);
    assert_int_equal(find("User:bob")->sessions, 1);
    broker_principal_leave(&b);
    assert_int_equal(find("User:bob")->sessions, 0);
    assert_int_equal(broker.principals.idle, 1);
    log_in(&a, "User:bob");
    assert_int_equal(broker.principals.idle, 0);
    assert_int_equal(find("User:bob")->sessions, 1);
}

static void a_session_that_enters_again_is_counted_once(void **state)
{
    (void)state;
    struct broker_session a = on(0);

    log_in(&a, "User:bob");
    log_in(&a, "User:bob");
    assert_int_equal(find("User:bob")->sessions, 1);
    log_in(&a, "User:carol");
    assert_int_equal(find("User:bob")->sessions, 0);
    assert_int_equal(find("User:carol")->sessions, 1);
}

static void who_did_not_log_in_after_all_is_not_remembered(void **state)
{
    (void)state;
    struct broker_session a = on(0);

    assert_int_equal(broker_principal_enter(&a, ipc_text("User:bob")), OK);
    broker_principal_leave(&a);
    assert_null(find("User:bob"));
    assert_int_equal(broker.principals.rows.count, 0);
}

static void the_last_login_is_remembered_when_he_is_gone(void **state)
{
    (void)state;
    struct broker_session a = on(0);

    log_in(&a, "User:bob");
    broker_principal_leave(&a);
    const struct broker_principal *row = find("User:bob");
    assert_non_null(row);
    assert_true(row->login_ms >= broker.principals.since_ms);
    assert_string_equal(row->mechanism, "PLAIN");
    assert_string_equal(row->address, "192.0.2.7");
}

static void the_oldest_of_too_many_are_forgotten(void **state)
{
    (void)state;
    struct broker_session stays = on(0);
    struct broker_session s = on(0);
    char name[32];

    log_in(&stays, "User:stays");
    for (int i = 0; i < BROKER_PRINCIPALS_IDLE + 2; i++) {
        (void)snprintf(name, sizeof(name), "User:%d", i);
        log_in(&s, name);
        broker_principal_leave(&s);
    }
    assert_int_equal(broker.principals.idle, BROKER_PRINCIPALS_IDLE);
    assert_int_equal(broker.principals.rows.count, BROKER_PRINCIPALS_IDLE + 1);
    assert_true(broker.principals.forgotten == 2);
    assert_null(find("User:0"));
    assert_null(find("User:1"));
    assert_non_null(find("User:2"));
    assert_non_null(find("User:stays"));
}

static void who_can_not_be_counted_does_not_come_in(void **state)
{
    (void)state;
    struct broker_session a = on(0);

    for (long n = 0; n < 3; n++) {
        mem_fail_after(n);
        enum err e = broker_principal_enter(&a, ipc_text("User:bob"));
        mem_fail_after(-1);
        assert_int_equal(e, ERR_NOMEM);
        assert_null(a.row);
        assert_int_equal(broker.principals.rows.count, 0);
    }
    log_in(&a, "User:bob");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_session_above_the_limit_is_refused),
        TEST(the_listener_says_how_many_and_all_count),
        TEST(who_left_counts_no_more_and_leaves_once),
        TEST(a_session_that_enters_again_is_counted_once),
        TEST(who_did_not_log_in_after_all_is_not_remembered),
        TEST(the_last_login_is_remembered_when_he_is_gone),
        TEST(the_oldest_of_too_many_are_forgotten),
        TEST(who_can_not_be_counted_does_not_come_in),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}

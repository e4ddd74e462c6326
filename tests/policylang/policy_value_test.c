#include "policy_value.h"
#include "test.h"

#include <string.h>

static struct policy_view view_of(const char *text)
{
    return (struct policy_view){(const uint8_t *)text, strlen(text)};
}

static void check_time(const char *text, int64_t seconds)
{
    int64_t ms = -1;

    if (!policy_value_time(view_of(text), &ms) || ms != seconds * 1000) {
        fail_msg("%s: %lld", text, (long long)ms);
    }
}

static void times_are_utc(void **state)
{
    (void)state;
    check_time("2000-01-01", 946684800);
    check_time("2000-02-29T23:59Z", 951868740);
    check_time("2026-11-21T18:00Z", 1795284000);
    check_time("2028-02-29", 1835395200);
    check_time("2100-03-01", 4107542400);
    check_time("2400-02-29", 13574563200);
    check_time("9999-12-31T23:59Z", 253402300740);
}

static void what_no_calendar_has_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "2026", "2026-02-30", "2026-02-29",
        "2100-02-29", "2026-04-31", "2026-00-10", "2026-13-10", "2026-01-00",
        "2026-01-32", "1999-12-31", "0000-01-01", "2026-01-01T", "2026-01-01T24:00Z",
        "2026-01-01T23:60Z", "2026-01-01T12:00", "2026-01-01T12:00:00Z",
        "2026-01-01t12:00z", "+026-01-01", "2026-1-01", "2026/01/01", "2026-01-01 "};
    int64_t ms = 0;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (policy_value_time(view_of(wrong[i]), &ms)) {
            fail_msg("%s", wrong[i]);
        }
    }
    assert_int_equal(ms, 0);
}

static void durations_have_a_unit_and_a_limit(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "s", "8", "0s", "-1s", "+1s", "1.5h", "8H",
        "8w", "3651d", "315360001s", "99999999999999999999s", "1 h"};
    int64_t ms = 0;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        int64_t ignored = 0;
        if (policy_value_duration(view_of(wrong[i]), &ignored)) {
            fail_msg("%s", wrong[i]);
        }
    }
    assert_true(policy_value_duration(view_of("1s"), &ms) && ms == 1000);
    assert_true(policy_value_duration(view_of("90m"), &ms) && ms == 5400000);
    assert_true(policy_value_duration(view_of("8h"), &ms) && ms == 28800000);
    assert_true(policy_value_duration(view_of("3650d"), &ms) && ms == 315360000000);
}

static void words_are_exact(void **state)
{
    (void)state;
    uint16_t tls = 0;
    enum policy_method method = POLICY_METHOD_NONE;

    assert_true(policy_value_tls(view_of("1.2"), &tls) && tls == 0x0303);
    assert_true(policy_value_tls(view_of("1.3"), &tls) && tls == 0x0304);
    assert_false(policy_value_tls(view_of("1.1"), &tls));
    assert_false(policy_value_tls(view_of("1.30"), &tls));
    assert_true(policy_value_method(view_of("mtls"), &method));
    assert_int_equal(method, POLICY_METHOD_MTLS);
    assert_true(policy_value_method(view_of("peer"), &method));
    assert_int_equal(method, POLICY_METHOD_PEER);
    assert_false(policy_value_method(view_of("none"), &method));
    assert_false(policy_value_method(view_of("other"), &method));
    assert_false(policy_value_method(view_of("MTLS"), &method));
    assert_false(policy_value_method(view_of(""), &method));
    assert_true(policy_value_listener(view_of("SASL_SSL-2")));
    assert_false(policy_value_listener(view_of("")));
    assert_false(policy_value_listener(view_of("a.b")));
    assert_true(policy_value_is_definable(view_of("a.B_c-9")));
    assert_false(policy_value_is_definable(view_of("")));
    assert_false(policy_value_is_definable(view_of("a*")));
}

static void listeners_have_a_length(void **state)
{
    (void)state;
    char name[66] = "";

    memset(name, 'a', 65);
    assert_false(policy_value_listener(view_of(name)));
    name[64] = '\0';
    assert_true(policy_value_listener(view_of(name)));
}

static void check_net(const char *text, enum policy_value_net fault, const char *shown)
{
    struct policy_net net;
    char out[POLICY_NET_TEXT_MAX];

    if (policy_value_net(view_of(text), &net) != fault) {
        fail_msg("%s", text);
    }
    if (shown != NULL) {
        policy_net_text(&net, out);
        assert_string_equal(out, shown);
    }
}

static void networks_have_no_host_bits(void **state)
{
    (void)state;
    check_net("10.0.0.0/8", POLICY_VALUE_NET_GOOD, "10.0.0.0/8");
    check_net("0.0.0.0/0", POLICY_VALUE_NET_GOOD, "0.0.0.0/0");
    check_net("192.0.2.7/32", POLICY_VALUE_NET_GOOD, NULL);
    check_net("192.0.2.7", POLICY_VALUE_NET_GOOD, NULL);
    check_net("2001:db8::/32", POLICY_VALUE_NET_GOOD, "2001:db8::/32");
    check_net("::/0", POLICY_VALUE_NET_GOOD, NULL);
    check_net("10.0.0.1/31", POLICY_VALUE_NET_HOST_BITS, "10.0.0.0/31");
    check_net("10.20.1.0/16", POLICY_VALUE_NET_HOST_BITS, "10.20.0.0/16");
    check_net("2001:db8::1/64", POLICY_VALUE_NET_HOST_BITS, "2001:db8::/64");
    check_net("255.255.255.255/0", POLICY_VALUE_NET_HOST_BITS, "0.0.0.0/0");
    static const char *const wrong[] = {"", "/", "/8", "10.0.0.0/", "10.0.0.0/33",
        "10.0.0.0/-1", "10.0.0.0/8/8", "10.0.0/8", "10.0.0.256", "::/129", "host",
        "10.0.0.0/255.0.0.0", "fe80::1%eth0"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        check_net(wrong[i], POLICY_VALUE_NET_WRONG, NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_utc),
        cmocka_unit_test(what_no_calendar_has_is_refused),
        cmocka_unit_test(durations_have_a_unit_and_a_limit),
        cmocka_unit_test(words_are_exact),
        cmocka_unit_test(listeners_have_a_length),
        cmocka_unit_test(networks_have_no_host_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

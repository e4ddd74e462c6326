/* Rules that hold only from somewhere, by some method, or at some time. */
#include "policy_build_fixture.h"

#define READ POLICY_BIT(POLICY_READ)

static struct policy *policy_if(
    enum policy_effect effect, const struct policy_build_condition *condition)
{
    const struct rule rules[] = {
        {effect, "any", READ, POLICY_TOPIC, "t", *condition},
        {POLICY_ALLOW, "any", READ, POLICY_TOPIC, effect == POLICY_DENY ? "t" : "u", {0}},
    };

    return POLICY_OF(rules, 0);
}

/* The rule holds: an allow gives, a deny takes. */
static void check(const struct policy_build_condition *condition, const struct asker *a,
    bool allow_holds, bool deny_holds)
{
    struct policy *p = policy_if(POLICY_ALLOW, condition);

    assert_int_equal(may_read(p, a), allow_holds);
    policy_free(&p);
    p = policy_if(POLICY_DENY, condition);
    assert_int_equal(may_read(p, a), !deny_holds);
    policy_free(&p);
}

static struct policy_net net_of(const char *text)
{
    struct policy_net net;

    assert_true(policy_net_parse(view_of(text), &net));
    return net;
}

static void set_address(struct asker *a, const char *text)
{
    struct policy_net net = net_of(text);

    memcpy(a->context.address, net.address, sizeof(net.address));
}

static void a_network_holds_for_the_addresses_inside(void **state)
{
    (void)state;
    static const struct {
        const char *net;
        const char *address;
        bool inside;
    } cases[] = {
        {"10.20.0.0/16", "10.20.255.255", true},
        {"10.20.0.0/16", "10.21.0.0", false},
        {"10.20.0.0/15", "10.21.0.0", true},
        {"10.20.0.4/30", "10.20.0.7", true},
        {"10.20.0.4/30", "10.20.0.8", false},
        {"10.20.0.7", "10.20.0.7", true},
        {"10.20.0.7", "10.20.0.6", false},
        {"0.0.0.0/0", "255.255.255.255", true},
        {"0.0.0.0/0", "2001:db8::1", false},
        {"::/0", "2001:db8::1", true},
        {"::/0", "10.20.0.7", false}, /* every address of IPv6 */
        {"::/80", "10.20.0.7", false},
        {"::ffff:0:0/96", "10.20.0.7", true},
        {"2001:db8::/33", "2001:db8:7fff::1", true},
        {"2001:db8::/33", "2001:db8:8000::1", false},
        {"2001:db8::5", "2001:db8::5", true},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct policy_net net = net_of(cases[i].net);
        struct policy_build_condition c = {.nets = &net, .net_count = 1};
        struct asker a = asker("User:a");
        set_address(&a, cases[i].address);
        check(&c, &a, cases[i].inside, cases[i].inside);
        c.is_outside = true;
        check(&c, &a, !cases[i].inside, !cases[i].inside);
    }
}

static void any_of_several_networks_will_do_and_outside_is_none_of_them(void **state)
{
    (void)state;
    const struct policy_net nets[] = {net_of("10.0.0.0/8"), net_of("192.0.2.0/24")};
    struct policy_build_condition c = {.nets = nets, .net_count = 2};
    struct asker a = asker("User:a");

    set_address(&a, "192.0.2.9");
    check(&c, &a, true, true);
    c.is_outside = true;
    check(&c, &a, false, false);
    set_address(&a, "198.51.100.1");
    check(&c, &a, true, true);
}

static void a_listener_is_named_whole_in_large_or_small_letters(void **state)
{
    (void)state;
    const struct policy_view names[] = {view_of("INTERNAL"), view_of("CLIENT")};
    struct policy_build_condition c = {.listeners = names, .listener_count = 2};
    struct asker a = asker("User:a");

    check(&c, &a, true, true);
    c.listener_count = 1;
    check(&c, &a, false, false);
    a.context.listener = view_of("internal");
    check(&c, &a, true, true);
    a.context.listener = view_of("interna");
    check(&c, &a, false, false);
    a.context.listener = view_of("internals");
    check(&c, &a, false, false);
}

static void one_of_the_methods_will_do(void **state)
{
    (void)state;
    struct policy_build_condition c = {
        .methods = 1u << POLICY_METHOD_GSSAPI | 1u << POLICY_METHOD_MTLS};
    struct asker a = asker("User:a");

    check(&c, &a, true, true);
    a.context.method = POLICY_METHOD_PLAIN;
    check(&c, &a, false, false);
    a.context.method = POLICY_METHOD_NONE;
    check(&c, &a, false, false);
}

static void a_version_of_tls_is_the_least(void **state)
{
    (void)state;
    const struct policy_build_condition c = {.tls_min = 0x0304};
    struct asker a = asker("User:a");

    check(&c, &a, true, true);
    a.context.tls = 0x0303;
    check(&c, &a, false, false);
    a.context.tls = 0;
    check(&c, &a, false, false);
}

static void a_version_of_tls_that_may_be_later_is_in_doubt(void **state)
{
    (void)state;
    const struct policy_build_condition c = {.tls_min = 0x0304};
    struct asker a = asker("User:a");

    a.context.tls_is_least = true;
    check(&c, &a, true, true);
    a.context.tls = 0x0303;
    check(&c, &a, false, true);
    a.context.tls = 0; /* there is none at all */
    check(&c, &a, false, false);
}

static void an_issuer_that_is_not_known_is_not_the_one(void **state)
{
    (void)state;
    const struct policy_build_condition c = {.issuer = view_of("CN=ca")};
    struct asker a = asker("User:a");

    check(&c, &a, true, true);
    a.context.issuer = view_of("CN=other");
    check(&c, &a, false, false);
    a.context.issuer = view_of("");
    check(&c, &a, false, false);
}

static void an_age_ends_to_the_millisecond(void **state)
{
    (void)state;
    const struct policy_build_condition c = {.age_ms = 100};
    struct asker a = asker("User:a");

    a.context.now_ms = 999;
    check(&c, &a, true, true);
    a.context.now_ms = 1000;
    check(&c, &a, false, false);
    a.context.authenticated_ms = 0; /* never */
    a.context.now_ms = 50;
    check(&c, &a, false, false);
}

static void an_age_needs_no_clock_that_is_right_but_one_that_goes_forward(void **state)
{
    (void)state;
    const struct policy_build_condition c = {.age_ms = 100};
    struct asker a = asker("User:a");

    a.context.now_ms = 950;
    a.context.clock_is_sure = false;
    check(&c, &a, true, true);
    a.context.now_ms = 899;
    check(&c, &a, false, true);
}

static void a_rule_begins_and_ends_to_the_millisecond(void **state)
{
    (void)state;
    const struct policy_build_condition c = {.after_ms = 500, .until_ms = 1000};
    struct asker a = asker("User:a");

    a.context.now_ms = 499;
    check(&c, &a, false, false);
    a.context.now_ms = 500;
    check(&c, &a, true, true);
    a.context.now_ms = 999;
    check(&c, &a, true, true);
    a.context.now_ms = 1000;
    check(&c, &a, false, false);
}

static void while_the_clock_is_not_sure_no_timed_allow_holds_and_each_timed_deny_does(
    void **state)
{
    (void)state;
    static const int64_t moments[] = {1, 499, 500, 999, 1000, 5000};
    const struct policy_build_condition conditions[] = {
        {.after_ms = 500}, {.until_ms = 1000}, {.after_ms = 500, .until_ms = 1000}};
    struct asker a = asker("User:a");

    a.context.clock_is_sure = false;
    for (size_t i = 0; i < 3; i++) {
        for (size_t k = 0; k < sizeof(moments) / sizeof(moments[0]); k++) {
            a.context.now_ms = moments[k];
            check(&conditions[i], &a, false, true);
        }
    }
}

static void all_parts_of_a_condition_must_hold(void **state)
{
    (void)state;
    const struct policy_net net = net_of("10.20.0.0/16");
    const struct policy_view listener = view_of("CLIENT");
    const struct policy_build_condition c = {.nets = &net,
        .net_count = 1,
        .listeners = &listener,
        .listener_count = 1,
        .methods = 1u << POLICY_METHOD_MTLS,
        .tls_min = 0x0304,
        .age_ms = 101,
        .issuer = view_of("CN=ca"),
        .after_ms = 1000,
        .until_ms = 1001};
    struct asker a = asker("User:a");

    check(&c, &a, true, true);
    for (int part = 0; part < 6; part++) {
        a = asker("User:a");
        switch (part) {
        case 0:
            set_address(&a, "10.21.0.1");
            break;
        case 1:
            a.context.listener = view_of("OTHER");
            break;
        case 2:
            a.context.method = POLICY_METHOD_OAUTH;
            break;
        case 3:
            a.context.tls = 0x0303;
            break;
        case 4:
            a.context.authenticated_ms = 1;
            break;
        default:
            a.context.issuer = view_of("CN=x");
        }
        check(&c, &a, false, false);
    }
}

static void the_first_rule_whose_condition_is_met_is_named(void **state)
{
    (void)state;
    const struct policy_net far = net_of("192.0.2.0/24");
    const struct policy_net near = net_of("10.0.0.0/8");
    const struct rule rules[] = {
        {POLICY_ALLOW, "User:a", READ, POLICY_TOPIC, "t", {.nets = &far, .net_count = 1}},
        {POLICY_ALLOW, "User:a", READ, POLICY_TOPIC, "t",
            {.nets = &near, .net_count = 1}},
        {POLICY_ALLOW, "any", READ, POLICY_TOPIC, "*", {0}},
    };
    struct policy *p = POLICY_OF(rules, 0);
    struct asker a = asker("User:a");

    assert_int_equal(ask(p, &a, POLICY_READ, POLICY_TOPIC, "t").rule, 1);
    set_address(&a, "192.0.2.1");
    assert_int_equal(ask(p, &a, POLICY_READ, POLICY_TOPIC, "t").rule, 0);
    set_address(&a, "203.0.113.1");
    assert_int_equal(ask(p, &a, POLICY_READ, POLICY_TOPIC, "t").rule, 2);
    assert_int_equal(policy_describe(p, 2).line, 7);
    assert_string_equal(policy_describe(p, 2).file, "main.policy");
    assert_string_equal(policy_describe(p, 3).id, "default");
    policy_free(&p);
}

static void conditions_count_for_some_resource_too(void **state)
{
    (void)state;
    const struct policy_net far = net_of("192.0.2.0/24");
    const struct policy_build_condition away = {.nets = &far, .net_count = 1};
    const struct rule given[] = {{POLICY_ALLOW, "User:a", READ, POLICY_TOPIC, "t", away}};
    const struct rule taken[] = {{POLICY_ALLOW, "User:a", READ, POLICY_TOPIC, "t", {0}},
        {POLICY_DENY, "User:a", READ, POLICY_TOPIC, "t", away}};
    struct policy *of[] = {POLICY_OF(given, 0), POLICY_OF(taken, 0)};
    struct asker a = asker("User:a");
    struct policy_who who;

    for (int i = 0; i < 2; i++) {
        policy_resolve(of[i], &a.identity, &who);
        set_address(&a, "192.0.2.1");
        assert_int_equal(
            policy_allows_any(of[i], &who, &a.context, POLICY_READ, POLICY_TOPIC),
            i == 0);
        set_address(&a, "192.0.3.1");
        assert_int_equal(
            policy_allows_any(of[i], &who, &a.context, POLICY_READ, POLICY_TOPIC),
            i == 1);
        policy_free(&of[i]);
    }
}

static void the_next_change_is_the_nearest_moment_ahead(void **state)
{
    (void)state;
    const struct rule rules[] = {
        {POLICY_ALLOW, "User:a", READ, POLICY_TOPIC, "t", {.until_ms = 300}},
        {POLICY_DENY, "User:a", READ, POLICY_TOPIC, "u",
            {.after_ms = 100, .until_ms = 200}},
    };
    const struct rule ages[] = {
        {POLICY_ALLOW, "User:a", READ, POLICY_TOPIC, "t", {.age_ms = 300}}};
    const struct rule plain[] = {
        {POLICY_ALLOW, "User:a", READ, POLICY_TOPIC, "t", {.tls_min = 0x0303}}};
    struct policy *p = POLICY_OF(rules, 0);

    assert_int_equal(policy_next_change_ms(p, 0), 100);
    assert_int_equal(policy_next_change_ms(p, 99), 100);
    assert_int_equal(policy_next_change_ms(p, 100), 200);
    assert_int_equal(policy_next_change_ms(p, 200), 300);
    assert_int_equal(policy_next_change_ms(p, 300), 0);
    assert_true(policy_has_ages(p));
    policy_free(&p);
    p = POLICY_OF(ages, 0);
    assert_int_equal(policy_next_change_ms(p, 0), 0);
    assert_true(policy_has_ages(p));
    policy_free(&p);
    p = POLICY_OF(plain, 0);
    assert_false(policy_has_ages(p));
    policy_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_network_holds_for_the_addresses_inside),
        cmocka_unit_test(any_of_several_networks_will_do_and_outside_is_none_of_them),
        cmocka_unit_test(a_listener_is_named_whole_in_large_or_small_letters),
        cmocka_unit_test(one_of_the_methods_will_do),
        cmocka_unit_test(a_version_of_tls_is_the_least),
        cmocka_unit_test(a_version_of_tls_that_may_be_later_is_in_doubt),
        cmocka_unit_test(an_issuer_that_is_not_known_is_not_the_one),
        cmocka_unit_test(an_age_ends_to_the_millisecond),
        cmocka_unit_test(an_age_needs_no_clock_that_is_right_but_one_that_goes_forward),
        cmocka_unit_test(a_rule_begins_and_ends_to_the_millisecond),
        cmocka_unit_test(
            while_the_clock_is_not_sure_no_timed_allow_holds_and_each_timed_deny_does),
        cmocka_unit_test(all_parts_of_a_condition_must_hold),
        cmocka_unit_test(the_first_rule_whose_condition_is_met_is_named),
        cmocka_unit_test(conditions_count_for_some_resource_too),
        cmocka_unit_test(the_next_change_is_the_nearest_moment_ahead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

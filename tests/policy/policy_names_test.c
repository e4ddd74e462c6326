#include "policy_build_fixture.h"

static void networks_are_read_and_written(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *written; /* NULL: refused */
    } cases[] = {
        {"10.0.0.0/8", "10.0.0.0/8"},
        {"10.0.0.1", "10.0.0.1"},
        {"10.0.0.1/32", "10.0.0.1"},
        {"0.0.0.0/0", "0.0.0.0/0"},
        {"::/0", "::/0"},
        {"::1", "::1"},
        {"2001:DB8::/32", "2001:db8::/32"},
        {"::ffff:10.0.0.1", "10.0.0.1"},
        {"::ffff:0:0/96", "0.0.0.0/0"},
        {"10.0.0.1/8", NULL},
        {"2001:db8::1/32", NULL},
        {"10.0.0.0/33", NULL},
        {"::/129", NULL},
        {"10.0.0.0/", NULL},
        {"10.0.0.0/08", NULL},
        {"10.0.0.0/8/8", NULL},
        {"10.0.0.0/-1", NULL},
        {"10.0.0", NULL},
        {"010.0.0.1", NULL},
        {"10.0.0.1 ", NULL},
        {"1::2::3", NULL},
        {"fe80::1%eth0", NULL},
        {"localhost", NULL},
        {"", NULL},
        {"/8", NULL},
        {"1111:2222:3333:4444:5555:6666:7777:8888:9999:0000:1111", NULL},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct policy_net net;
        char text[POLICY_NET_TEXT_MAX];
        bool good = policy_net_parse(view_of(cases[i].text), &net);
        if (good != (cases[i].written != NULL)) {
            fail_msg("'%s'", cases[i].text);
        }
        if (good) {
            policy_net_text(&net, text);
            assert_string_equal(text, cases[i].written);
        }
    }
    struct policy_net net;
    const struct policy_view with_nul = {(const uint8_t *)"10.0.0.1\0/8", 11};
    assert_false(policy_net_parse(with_nul, &net));
}

static void the_longest_network_fits_its_text(void **state)
{
    (void)state;
    static const char longest[] = "1111:2222:3333:4444:5555:6666:7777:8880/127";
    char text[POLICY_NET_TEXT_MAX];
    struct policy_net net;

    assert_true(policy_net_parse(view_of(longest), &net));
    policy_net_text(&net, text);
    assert_string_equal(text, longest);
}

static void every_code_has_a_word_of_its_own(void **state)
{
    (void)state;
    assert_string_equal(policy_operation_name(POLICY_READ), "read");
    assert_string_equal(
        policy_operation_name(POLICY_TWO_PHASE_COMMIT), "two-phase-commit");
    assert_string_equal(policy_resource_name(POLICY_USER), "user");
    assert_string_equal(policy_method_name(POLICY_METHOD_SCRAM512), "scram512");
    for (int a = 0; a < 20; a++) {
        bool known = a >= POLICY_READ && a <= POLICY_TWO_PHASE_COMMIT;
        const char *word = policy_operation_name((enum policy_operation)a);
        assert_int_equal(strcmp(word, "unknown") != 0, known);
        for (int b = 0; b < a && known; b++) {
            assert_string_not_equal(
                word, policy_operation_name((enum policy_operation)b));
        }
        known = a >= POLICY_TOPIC && a <= POLICY_USER;
        assert_int_equal(
            strcmp(policy_resource_name((enum policy_resource)a), "unknown") != 0, known);
        assert_int_equal(
            strcmp(policy_method_name((enum policy_method)a), "unknown") != 0,
            a < POLICY_METHODS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(networks_are_read_and_written),
        cmocka_unit_test(the_longest_network_fits_its_text),
        cmocka_unit_test(every_code_has_a_word_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "conf_dial.h"
#include "test.h"

#include <string.h>

static struct conf_dial found;

static void good(const char *text, size_t count)
{
    const char *why = NULL;

    if (conf_dial_parse(text, &found, &why) != OK) {
        fail_msg("%s: %s", text, why);
    }
    assert_int_equal(found.count, count);
}

static void bad(const char *text, const char *part)
{
    const char *why = NULL;

    memset(&found, 0x5a, sizeof(found));
    assert_int_equal(conf_dial_parse(text, &found, &why), ERR_INVALID);
    assert_int_equal(found.count, (size_t)0x5a5a5a5a5a5a5a5a);
    if (strstr(why, part) == NULL) {
        fail_msg("%s: %s, not %s", text, why, part);
    }
}

static void numbers_of_both_families_are_taken_in_their_order(void **state)
{
    static const uint8_t v4[4] = {192, 0, 2, 7};
    static const uint8_t v6[16] = {0x20, 1, 0xd, 0xb8, [15] = 7};

    (void)state;
    good("192.0.2.7:636,[2001:db8::7]:65535", 2);
    assert_false(found.addresses[0].is_v6);
    assert_memory_equal(found.addresses[0].bytes, v4, 4);
    assert_int_equal(found.addresses[0].port, 636);
    assert_true(found.addresses[1].is_v6);
    assert_memory_equal(found.addresses[1].bytes, v6, 16);
    assert_int_equal(found.addresses[1].port, 65535);
    good("127.0.0.1:1", 1);
}

static void a_name_is_refused_and_the_sentence_says_why(void **state)
{
    (void)state;
    bad("ldap.example:636", "a name is not looked up");
    bad("localhost:636", "a name is not looked up");
    bad("[ldap.example]:636", "a name is not looked up");
    bad("fe80::1%eth0:636", "a name is not looked up");
    bad("[fe80::1%eth0]:636", "a name is not looked up");
    bad("192.0.2.7,", "ADDRESS:PORT");
}

static void what_is_no_address_of_one_host_is_refused(void **state)
{
    (void)state;
    bad("0.0.0.0:636", "one host");
    bad("0.1.2.3:636", "one host");
    bad("224.0.0.1:636", "one host");
    bad("255.255.255.255:636", "one host");
    bad("[::]:636", "one host");
    bad("[ff02::1]:636", "one host");
}

static void what_is_not_of_the_form_is_refused(void **state)
{
    (void)state;
    bad("", "ADDRESS:PORT");
    bad(":636", "ADDRESS:PORT");
    bad("[]:636", "ADDRESS:PORT");
    bad("[::1]", "ADDRESS:PORT");
    bad("[::1]636", "ADDRESS:PORT");
    bad("[::1", "ADDRESS:PORT");
    bad("[", "ADDRESS:PORT");
    bad("192.0.2.7", "ADDRESS:PORT");
    bad("192.0.2.7:636,", "ADDRESS:PORT");
    bad("2001:db8::7:636", "numbers");
    bad("192.0.2.7:", "a port is");
    bad("192.0.2.7:0", "a port is");
    bad("192.0.2.7:65536", "a port is");
    bad("192.0.2.7:+1", "a port is");
    bad("192.0.2.7: 1", "a port is");
    bad("192.0.2.7:636 ,192.0.2.8:636", "a port is");
    bad("192.0.2.07:636", "numbers");
    bad("1.1.1.1:1,1.1.1.1:1,1.1.1.1:1,1.1.1.1:1,1.1.1.1:1,1.1.1.1:1,1.1.1.1:1,1.1.1.1:1,"
        "1.1.1.1:1",
        "more than 8");
    good(
        "1.1.1.1:1,1.1.1.1:1,1.1.1.1:1,1.1.1.1:1,1.1.1.1:1,1.1.1.1:1,1.1.1.1:1,1.1.1.1:1",
        8);
    bad("11111111111111111111111111111111111111111111111111111111111111111:1", "ADDRESS");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_both_families_are_taken_in_their_order),
        cmocka_unit_test(a_name_is_refused_and_the_sentence_says_why),
        cmocka_unit_test(what_is_no_address_of_one_host_is_refused),
        cmocka_unit_test(what_is_not_of_the_form_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

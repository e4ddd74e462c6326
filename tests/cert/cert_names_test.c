#include "cert_names.h"

#include "test.h"

#include <string.h>

static char got[8192];
static struct cert_problem why;

static enum err round_trip(const char *text)
{
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    struct buf out;

    assert_non_null(names);
    enum err e = cert_names_parse(names, text, strlen(text), &why);
    buf_init(&out, sizeof(got) - 1);
    cert_names_write(names, &out);
    assert_int_equal(buf_error(&out), OK);
    if (out.length > 0) {
        memcpy(got, out.bytes, out.length);
    }
    got[out.length] = '\0';
    buf_fini(&out);
    GENERAL_NAMES_free(names);
    return e;
}

static void names_are_written_as_they_were_read(void **state)
{
    static const char *const good[] = {"dns:broker.example", "dns:*.example.org",
        "ip:10.0.0.1", "ip:::1", "uri:spiffe://example.org/job", "email:ann@example.org",
        "dns:a.example,ip:127.0.0.1,dns:b.example"};

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_int_equal(round_trip(good[i]), OK);
        assert_string_equal(got, good[i]);
    }
}

static void what_no_client_could_check_is_refused(void **state)
{
    static const char *const bad[] = {"", "broker", "dns:", "dns:a,", ",dns:a", "dns:a b",
        "dns:*", "dns:*.org", "dns:a.*.org", "dns:a..b", "ip:10.0.0", "ip:1.2.3.4/8",
        "ip:example", "uri:job", "uri:spiffe://", "email:ann", "rid:1.2.3", "DNS:a",
        "dns:a\xc3\xbc.example",
        "ip:00000000000000000000000000000000000000000000000000000000000000000"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        memset(&why, 0, sizeof(why));
        assert_int_equal(round_trip(bad[i]), ERR_INVALID);
        assert_true(why.text[0] != '\0');
    }
}

static void there_are_no_more_than_a_hundred(void **state)
{
    char text[CERT_NAMES_MAX * 6 + 16] = "";

    (void)state;
    for (int i = 0; i < CERT_NAMES_MAX; i++) {
        (void)strcat(text, i == 0 ? "dns:a" : ",dns:a");
    }
    assert_int_equal(round_trip(text), OK);
    (void)strcat(text, ",dns:a");
    assert_int_equal(round_trip(text), ERR_INVALID);
    assert_non_null(strstr(why.text, "100"));
}

static void names_of_others_can_not_pass_for_two_or_steer_a_terminal(void **state)
{
    static const char evil[] = "a,ip:1.2.3.4\x1b[2J\\ b";
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_IA5STRING *value = ASN1_IA5STRING_new();
    struct buf out;

    (void)state;
    assert_int_equal(ASN1_STRING_set(value, evil, sizeof(evil) - 1), 1);
    GENERAL_NAME_set0_value(name, GEN_DNS, value);
    assert_true(sk_GENERAL_NAME_push(names, name) > 0);
    buf_init(&out, sizeof(got));
    cert_names_write(names, &out);
    static const char safe[] = "dns:a\\x2cip:1.2.3.4\\x1b[2J\\x5c\\x20b";
    assert_int_equal(out.length, sizeof(safe) - 1);
    assert_memory_equal(out.bytes, safe, out.length);
    buf_fini(&out);
    GENERAL_NAMES_free(names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_written_as_they_were_read),
        cmocka_unit_test(what_no_client_could_check_is_refused),
        cmocka_unit_test(there_are_no_more_than_a_hundred),
        cmocka_unit_test(names_of_others_can_not_pass_for_two_or_steer_a_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "ldap_text.h"

#include "test.h"

#include <ldap.h>
#include <string.h>

static const char *expand(const char *text, const char *name, size_t length)
{
    static char out[4096];
    struct buf b;

    buf_init(&b, sizeof(out) - 1);
    ldap_text_expand(&b, text, name, length);
    assert_int_equal(buf_error(&b), OK);
    memcpy(out, b.bytes, b.length);
    out[b.length] = '\0';
    buf_fini(&b);
    return out;
}

#define EXPAND(text, name) expand(text, name, sizeof(name) - 1)

static void a_template_has_the_name_and_nothing_that_is_not_known(void **state)
{
    (void)state;
    assert_true(ldap_text_is_template("uid=%u,dc=x"));
    assert_true(ldap_text_is_template("%u%%%u"));
    assert_false(ldap_text_is_template(""));
    assert_false(ldap_text_is_template("uid=alice"));
    assert_false(ldap_text_is_template("uid=%%u"));
    assert_false(ldap_text_is_template("uid=%u,ou=%s"));
    assert_false(ldap_text_is_template("uid=%u%"));
    assert_false(ldap_text_is_template("%"));
}

static void plain_names_stand_as_they_are(void **state)
{
    (void)state;
    assert_string_equal(
        EXPAND("uid=%u,dc=x", "Al-ice_9.b@corp"), "uid=Al-ice_9.b@corp,dc=x");
    assert_string_equal(EXPAND("%u%%%u", "a"), "a%a");
    assert_string_equal(EXPAND("100%%", "a"), "100%");
}

static void what_means_something_there_is_written_in_hex(void **state)
{
    (void)state;
    assert_string_equal(EXPAND("(uid=%u)", "*)(uid=*"), "(uid=\\2a\\29\\28uid\\3d\\2a)");
    assert_string_equal(EXPAND("uid=%u,dc=x", "a,ou=x"), "uid=a\\2cou\\3dx,dc=x");
    assert_string_equal(EXPAND("%u", "\\2a"), "\\5c2a");
    assert_string_equal(EXPAND("%u", "%u"), "\\25u");
    assert_string_equal(EXPAND("%u", "a\0b"), "a\\00b");
    assert_string_equal(EXPAND("%u", "\xc3\xa1"), "\\c3\\a1");
}

/* The library that will read it finds one value, and the very name. */
static void a_dn_of_any_byte_is_that_name_again(void **state)
{
    (void)state;
    for (unsigned byte = 1; byte < 0x80; byte++) {
        const char name[3] = {'a', (char)byte, 'b'};
        LDAPDN dn = NULL;
        assert_int_equal(
            ldap_str2dn(expand("uid=%u,dc=x", name, 3), &dn, LDAP_DN_FORMAT_LDAPV3),
            LDAP_SUCCESS);
        assert_non_null(dn[0]);
        assert_null(dn[0][1]);
        assert_int_equal(dn[0][0]->la_value.bv_len, 3);
        assert_memory_equal(dn[0][0]->la_value.bv_val, name, 3);
        assert_non_null(dn[1]);
        assert_null(dn[2]);
        ldap_dnfree(dn);
    }
}

static void a_text_that_does_not_fit_is_an_error_and_no_part_of_one(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 8);
    ldap_text_expand(&b, "uid=%u,dc=x", "alice", 5);
    assert_int_equal(buf_error(&b), ERR_FULL);
    buf_fini(&b);
}

static void only_lower_case_ascii_has_one_spelling(void **state)
{
    (void)state;
#define ONE(name) ldap_text_has_one_spelling(name, sizeof(name) - 1)
    assert_true(ONE("alice"));
    assert_true(ONE("alice,ou=x"));
    assert_false(ONE("Alice"));
    assert_false(ONE("alicE"));
    assert_false(ONE(" alice"));
    assert_false(ONE("al ice"));
    assert_false(ONE("alice\t"));
    assert_false(ONE("\xc3\xa1lice"));
    assert_false(ONE("alice\x7f"));
    assert_false(ONE(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_template_has_the_name_and_nothing_that_is_not_known),
        cmocka_unit_test(plain_names_stand_as_they_are),
        cmocka_unit_test(what_means_something_there_is_written_in_hex),
        cmocka_unit_test(a_dn_of_any_byte_is_that_name_again),
        cmocka_unit_test(a_text_that_does_not_fit_is_an_error_and_no_part_of_one),
        cmocka_unit_test(only_lower_case_ascii_has_one_spelling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tlspolicy.h"

#include "test.h"

#include <string.h>

static const struct tlspolicy *named(const char *name)
{
    for (unsigned i = 0; i < TLSPOLICY_COUNT; i++) {
        if (strcmp(tlspolicy_get(i)->name, name) == 0) {
            return tlspolicy_get(i);
        }
    }
    fail_msg("there is no policy %s", name);
    return NULL;
}

static void each_number_is_a_policy_and_no_other(void **state)
{
    (void)state;
    assert_ptr_equal(tlspolicy_get(TLSPOLICY_MODERN), named("modern"));
    assert_ptr_equal(tlspolicy_get(TLSPOLICY_INTERMEDIATE), named("intermediate"));
    assert_ptr_equal(tlspolicy_get(TLSPOLICY_FIPS), named("fips"));
    assert_null(tlspolicy_get(TLSPOLICY_COUNT));
    assert_null(tlspolicy_get(255));
}

static void modern_is_tls_1_3_alone(void **state)
{
    const struct tlspolicy *p = named("modern");

    (void)state;
    assert_int_equal(p->version_min, TLSPOLICY_1_3);
    assert_int_equal(p->version_max, TLSPOLICY_1_3);
    assert_string_equal(p->ciphers, "");
    assert_null(strstr(p->schemes, "pkcs1"));
}

static void whoever_speaks_tls_1_2_has_ciphers_for_it(void **state)
{
    (void)state;
    for (unsigned i = 0; i < TLSPOLICY_COUNT; i++) {
        const struct tlspolicy *p = tlspolicy_get(i);
        assert_int_equal(p->version_min == TLSPOLICY_1_2, p->ciphers[0] != '\0');
        assert_true(strlen(p->schemes) < TLSPOLICY_TEXT_MAX);
        assert_true(strlen(p->groups) < TLSPOLICY_TEXT_MAX);
        assert_null(strstr(p->ciphers, "CBC"));
        assert_null(strstr(p->schemes, "sha1"));
    }
}

static void fips_has_nothing_that_is_not_approved(void **state)
{
    const struct tlspolicy *p = named("fips");

    (void)state;
    assert_null(strstr(p->ciphers, "CHACHA"));
    assert_null(strstr(p->suites, "CHACHA"));
    assert_null(strstr(p->groups, "X25519"));
    assert_null(strstr(p->schemes, "ed25519"));
    assert_true(p->extended_master_secret);
}

static void a_scheme_is_known_by_its_number(void **state)
{
    (void)state;
    assert_true(tlspolicy_signs(named("modern"), 0x0807));
    assert_false(tlspolicy_signs(named("fips"), 0x0807));
    assert_false(tlspolicy_signs(named("modern"), 0x0401));
    assert_true(tlspolicy_signs(named("intermediate"), 0x0401));
    assert_true(tlspolicy_signs(named("fips"), 0x0403));
    for (unsigned i = 0; i < TLSPOLICY_COUNT; i++) {
        assert_false(tlspolicy_signs(tlspolicy_get(i), 0x0201)); /* SHA-1 */
        assert_false(tlspolicy_signs(tlspolicy_get(i), 0));
    }
}

static void what_is_chosen_is_in_both_lists(void **state)
{
    char out[TLSPOLICY_TEXT_MAX];

    (void)state;
    assert_true(tlspolicy_choose(named("modern"),
        "rsa_pkcs1_sha256:rsa_pss_rsae_sha384:x:rsa_pss_rsae_sha256", out));
    assert_string_equal(out, "rsa_pss_rsae_sha384:rsa_pss_rsae_sha256");
    assert_false(tlspolicy_choose(named("fips"), "ed25519", out));
    assert_string_equal(out, "");
    assert_false(tlspolicy_choose(named("fips"), "", out));
    /* A part of a name is not the name. */
    assert_false(tlspolicy_choose(named("modern"), "rsa_pss:ecdsa_secp256r1", out));
    assert_false(tlspolicy_choose(named("modern"), "rsa_pss_rsae_sha2567", out));
}

static void all_of_it_is_printed(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 16384);
    tlspolicy_print(&out);
    buf_add(&out, "", 1);
    assert_int_equal(buf_error(&out), OK);
    const char *text = (const char *)out.bytes;
    for (unsigned i = 0; i < TLSPOLICY_COUNT; i++) {
        assert_non_null(strstr(text, tlspolicy_get(i)->meant));
    }
    assert_non_null(
        strstr(text, "  groups              X25519\n                      P-256\n"));
    assert_non_null(strstr(text, "TLSv1.2 needs       extended_master_secret\n"));
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_number_is_a_policy_and_no_other),
        cmocka_unit_test(modern_is_tls_1_3_alone),
        cmocka_unit_test(whoever_speaks_tls_1_2_has_ciphers_for_it),
        cmocka_unit_test(fips_has_nothing_that_is_not_approved),
        cmocka_unit_test(a_scheme_is_known_by_its_number),
        cmocka_unit_test(what_is_chosen_is_in_both_lists),
        cmocka_unit_test(all_of_it_is_printed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "policy_sign_fixture.h"

#include "policy_secret.h"

/* Made by minisign -G -W; nothing is signed with it. */
static const char plain_text[] =
    "untrusted comment: minisign encrypted secret key\n"
    "RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAKzMjXTarGxqC"
    "O0U3afuzEtc2HsYtH7WNCYmBEEszvlBFXikblly2UCti0ohIkG+Aau0tL5YH8lhLS94PVR0bGr+B/DhTTUEg"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";

static void a_plain_key_of_minisign_is_read_and_signs(void **state)
{
    struct policy_secret s;
    struct policy_signature_key key;
    struct policy_signature signature;
    struct buf public;
    struct buf text;

    (void)state;
    buf_init(&public, 4096);
    buf_init(&text, 4096);
    assert_false(policy_secret_is_encrypted(fixture_view(plain_text)));
    assert_int_equal(policy_secret_parse(fixture_view(plain_text), NULL, &s), OK);
    policy_secret_write_public(&s, &public);
    assert_true(policy_signature_key_parse(
        (struct policy_view){public.bytes, public.length}, &key));
    assert_int_equal(
        policy_secret_sign(&s, fixture_view("hi\n"), "a comment", &text), OK);
    assert_true(policy_signature_parse(
        (struct policy_view){text.bytes, text.length}, &signature));
    assert_int_equal(policy_signature_verify(&signature, &key, fixture_view("hi\n")),
        POLICY_SIGNATURE_GOOD);
    policy_secret_fini(&s);
    buf_fini(&public);
    buf_fini(&text);
}

static void what_was_made_is_written_and_read(void **state)
{
    struct policy_secret made;
    struct policy_secret read;
    struct buf text;

    (void)state;
    buf_init(&text, 4096);
    assert_int_equal(policy_secret_make(&made), OK);
    assert_int_equal(policy_secret_write(&made, NULL, &text), OK);
    assert_int_equal(
        policy_secret_parse((struct policy_view){text.bytes, text.length}, NULL, &read),
        OK);
    assert_memory_equal(&made, &read, sizeof(made));
    policy_secret_fini(&made);
    policy_secret_fini(&read);
    buf_fini(&text);
}

static enum err parse_changed(const char *from, const char *to)
{
    char text[1024];
    struct policy_secret s;
    const char *at = strstr(plain_text, from);

    assert_non_null(at);
    (void)snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - plain_text), plain_text, to,
        at + strlen(from));
    return policy_secret_parse(fixture_view(text), NULL, &s);
}

static void a_key_file_that_is_not_exactly_so_is_refused(void **state)
{
    (void)state;
    assert_int_equal(parse_changed("minisign", "minisign"), OK);
    assert_int_equal(parse_changed("untrusted", "trusted"), ERR_INVALID);
    assert_int_equal(parse_changed("RWQA", "RUQA"), ERR_INVALID);
    assert_int_equal(parse_changed("EIyA", "EIzA"), ERR_INVALID); /* another checksum */
    assert_int_equal(parse_changed("AAA=\n", "AAA=\n\n"), ERR_INVALID);
    assert_int_equal(parse_changed("AAA=\n", "AA==\n"), ERR_INVALID);
    assert_int_equal(parse_changed("RWQAAEIy", "RWRTY0Iy"), ERR_DENIED); /* encrypted */
}

/* With the public half of another key, two signatures would give the secret away. */
static void a_key_whose_halves_do_not_fit_is_refused(void **state)
{
    (void)state;
    assert_int_equal(parse_changed("UCti0ohI", "UCti0ohJ"), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_key_of_minisign_is_read_and_signs),
        cmocka_unit_test(what_was_made_is_written_and_read),
        cmocka_unit_test(a_key_file_that_is_not_exactly_so_is_refused),
        cmocka_unit_test(a_key_whose_halves_do_not_fit_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

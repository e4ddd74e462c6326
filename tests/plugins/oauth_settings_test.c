#include "oauth_settings.h"

#include "test.h"

#include <stdio.h>
#include <string.h>

static struct oauth_settings s;
static const char *key;
static const char *why;

/* The two that are required, and one more. */
static enum err read_with(const char *name, const char *value)
{
    const struct schloss_auth_setting settings[] = {
        {OAUTH_SET_AUDIENCE, "schloss"}, {OAUTH_SET_ISSUER, "https://i"}, {name, value}};

    key = "unchanged";
    return oauth_settings_read(&s, settings, 3, &key, &why);
}

static void assert_refused(const char *name, const char *value, const char *expected)
{
    assert_int_equal(read_with(name, value), ERR_INVALID);
    assert_string_equal(key, name);
    assert_string_equal(why, expected);
}

/* A required one alone has this value. */
static void assert_required(const char *name, const char *value, const char *expected)
{
    const bool is_issuer = strcmp(name, OAUTH_SET_ISSUER) == 0;
    const struct schloss_auth_setting settings[] = {
        {OAUTH_SET_AUDIENCE, is_issuer ? "schloss" : value},
        {OAUTH_SET_ISSUER, is_issuer ? value : "https://i"}};

    assert_int_equal(oauth_settings_read(&s, settings, 2, &key, &why), ERR_INVALID);
    assert_string_equal(key, name);
    assert_string_equal(why, expected);
}

static void what_is_not_said_has_its_default(void **state)
{
    (void)state;
    assert_int_equal(read_with("other", "x"), OK);
    assert_int_equal(s.audience_count, 1);
    assert_string_equal(s.audiences[0], "schloss");
    assert_string_equal(s.issuer, "https://i");
    assert_string_equal(s.sub_claim, "sub");
    assert_string_equal(s.scope_claim, "scope");
    assert_int_equal(s.algorithms, OAUTH_ALL);
    assert_int_equal(s.skew_ms, 30000);
    assert_int_equal(s.lifetime_max_ms, 86400000);
}

static void what_is_said_is_taken(void **state)
{
    (void)state;
    assert_int_equal(read_with(OAUTH_SET_SUB, " client_id "), OK);
    assert_string_equal(s.sub_claim, "client_id");
    assert_int_equal(read_with(OAUTH_SET_SCOPE, "scp"), OK);
    assert_string_equal(s.scope_claim, "scp");
    assert_int_equal(read_with(OAUTH_SET_SKEW, "0"), OK);
    assert_int_equal(s.skew_ms, 0);
    assert_int_equal(read_with(OAUTH_SET_SKEW, "300"), OK);
    assert_int_equal(s.skew_ms, 300000);
    assert_int_equal(read_with(OAUTH_SET_LIFETIME, "1"), OK);
    assert_int_equal(s.lifetime_max_ms, 1000);
    assert_int_equal(read_with(OAUTH_SET_LIFETIME, "31536000"), OK);
    assert_int_equal(read_with(OAUTH_SET_ALGORITHMS, "ES256 , EdDSA"), OK);
    assert_int_equal(s.algorithms, OAUTH_BIT(OAUTH_ES256) | OAUTH_BIT(OAUTH_EdDSA));
    assert_int_equal(read_with(OAUTH_SET_ALGORITHMS, ""), OK);
    assert_int_equal(s.algorithms, OAUTH_ALL);
}

static void numbers_have_bounds(void **state)
{
    static const char *const bad[] = {
        "-1", "301", "1s", "0x1", "1.5", "99999999999999999999"};
    static const char sentence[] = "is not a number of seconds within its bounds";

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_refused(OAUTH_SET_SKEW, bad[i], sentence);
    }
    assert_refused(OAUTH_SET_LIFETIME, "0", sentence);
    assert_refused(OAUTH_SET_LIFETIME, "31536001", sentence);
}

static void only_the_four_algorithms_are_named(void **state)
{
    static const char *const bad[] = {
        "none", "HS256", "RS256,none", "RS256 ES256", "rs256", "RS512"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_refused(OAUTH_SET_ALGORITHMS, bad[i],
            "names another algorithm than RS256, PS256, ES256 and EdDSA");
    }
    assert_refused(OAUTH_SET_ALGORITHMS, ",", "names no algorithm");
}

static void audiences_are_a_list(void **state)
{
    char list[OAUTH_AUDIENCES_MAX * 4 + 8] = "";
    const struct schloss_auth_setting settings[] = {
        {OAUTH_SET_AUDIENCE, " a b ,https://c,, d "}, {OAUTH_SET_ISSUER, "i"}};

    (void)state;
    assert_int_equal(oauth_settings_read(&s, settings, 2, &key, &why), OK);
    assert_int_equal(s.audience_count, 3);
    assert_string_equal(s.audiences[0], "a b");
    assert_string_equal(s.audiences[1], "https://c");
    assert_string_equal(s.audiences[2], "d");
    for (unsigned i = 0; i <= OAUTH_AUDIENCES_MAX; i++) {
        (void)snprintf(list + strlen(list), 5, "a%u,", i);
    }
    assert_required(OAUTH_SET_AUDIENCE, list, "names more than 16 audiences");
}

static void what_is_required_is_asked_for(void **state)
{
    static const char missing[] = "is required, and is not there";

    (void)state;
    assert_required(OAUTH_SET_AUDIENCE, "", missing);
    assert_required(OAUTH_SET_AUDIENCE, " , ,", missing);
    assert_required(OAUTH_SET_ISSUER, "", missing);
    assert_required(OAUTH_SET_ISSUER, " \t", missing);
    assert_int_equal(oauth_settings_read(&s, NULL, 0, &key, &why), ERR_INVALID);
    assert_string_equal(why, missing);
}

static void texts_are_short_utf8_and_there_once(void **state)
{
    char text[OAUTH_TEXT_MAX + 2];

    (void)state;
    memset(text, 'a', sizeof(text));
    text[OAUTH_TEXT_MAX] = '\0';
    assert_int_equal(read_with(OAUTH_SET_SUB, text), OK);
    assert_string_equal(s.sub_claim, text);
    text[OAUTH_TEXT_MAX] = 'a';
    text[OAUTH_TEXT_MAX + 1] = '\0';
    assert_refused(OAUTH_SET_SUB, text, "is longer than 512 bytes");
    assert_required(OAUTH_SET_ISSUER, text, "is longer than 512 bytes");
    assert_required(OAUTH_SET_AUDIENCE, text, "is longer than 512 bytes");
    assert_refused(OAUTH_SET_SUB, "\xff", "is not UTF-8");
    assert_refused(OAUTH_SET_ISSUER, "https://i", "is there twice");
    assert_refused(OAUTH_SET_AUDIENCE, "", "is there twice");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_said_has_its_default),
        cmocka_unit_test(what_is_said_is_taken),
        cmocka_unit_test(numbers_have_bounds),
        cmocka_unit_test(only_the_four_algorithms_are_named),
        cmocka_unit_test(audiences_are_a_list),
        cmocka_unit_test(what_is_required_is_asked_for),
        cmocka_unit_test(texts_are_short_utf8_and_there_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "oauth_claims.h"

#include "test.h"

#include <stdio.h>
#include <string.h>

#define NOW_MS                                                                           \
    1500000 /* the 1500th second; the skew is 30 s, the longest session 1000 s */

static struct oauth_settings s;
static struct oauth_identity who;

static void assert_claims(const char *text, enum schloss_auth_reason expected)
{
    json_t *claims = NULL;

    who = (struct oauth_identity){.name_length = 999};
    assert_int_equal(oauth_json_parse(text, strlen(text), &claims), OK);
    assert_int_equal(oauth_claims_check(&s, claims, NOW_MS, &who), expected);
    assert_true((expected == SCHLOSS_AUTH_REASON_NONE) == (who.name_length != 999));
    json_decref(claims);
}

/* Good ones, but for what is given; a later member of the same name is not allowed. */
#define ISS "\"iss\":\"i\","
#define AUD "\"aud\":\"a\","
#define EXP "\"exp\":2000,"
#define SUB "\"sub\":\"alice\""

#define GOOD(text)         assert_claims(text, SCHLOSS_AUTH_REASON_NONE)
#define REFUSED(text, why) assert_claims(text, SCHLOSS_AUTH_REASON_TOKEN_##why)

static void good_claims_name_who_and_until_when(void **state)
{
    (void)state;
    GOOD("{" ISS AUD EXP SUB "}");
    assert_int_equal(who.name_length, 5);
    assert_memory_equal(who.name, "alice", 5);
    assert_int_equal(who.expires_ms, 2000000);
    GOOD("{" ISS AUD EXP SUB ",\"jti\":[{}],\"azp\":null,\"amr\":{}}");
}

static void the_issuer_is_the_expected_one(void **state)
{
    (void)state;
    REFUSED("{" AUD EXP SUB "}", ISSUER);
    REFUSED("{\"iss\":\"\"," AUD EXP SUB "}", ISSUER);
    REFUSED("{\"iss\":\"i/\"," AUD EXP SUB "}", ISSUER);
    REFUSED("{\"iss\":\"I\"," AUD EXP SUB "}", ISSUER);
    REFUSED("{\"iss\":[\"i\"]," AUD EXP SUB "}", ISSUER);
    REFUSED("{\"iss\":null," AUD EXP SUB "}", ISSUER);
}

static void one_audience_is_an_expected_one(void **state)
{
    (void)state;
    GOOD("{" ISS "\"aud\":\"b\"," EXP SUB "}");
    GOOD("{" ISS "\"aud\":[\"x\",\"b\",\"y\"]," EXP SUB "}");
    GOOD("{" ISS "\"aud\":[\"a\"]," EXP SUB "}");
    REFUSED("{" ISS EXP SUB "}", AUDIENCE);
    REFUSED("{" ISS "\"aud\":\"x\"," EXP SUB "}", AUDIENCE);
    REFUSED("{" ISS "\"aud\":\"ab\"," EXP SUB "}", AUDIENCE);
    REFUSED("{" ISS "\"aud\":\"a,b\"," EXP SUB "}", AUDIENCE);
    REFUSED("{" ISS "\"aud\":\"\"," EXP SUB "}", AUDIENCE);
    REFUSED("{" ISS "\"aud\":[]," EXP SUB "}", AUDIENCE);
    REFUSED("{" ISS "\"aud\":[\"x\",\"y\"]," EXP SUB "}", AUDIENCE);
    REFUSED("{" ISS "\"aud\":{\"a\":\"a\"}," EXP SUB "}", AUDIENCE);
    REFUSED("{" ISS "\"aud\":1," EXP SUB "}", AUDIENCE);
    REFUSED("{" ISS "\"aud\":[\"a\",1]," EXP SUB "}", CLAIMS);
    REFUSED("{" ISS "\"aud\":[[\"a\"]]," EXP SUB "}", CLAIMS);
}

static void assert_exp(const char *exp, enum schloss_auth_reason expected)
{
    char text[200];

    (void)snprintf(text, sizeof(text), "{" ISS AUD "\"exp\":%s," SUB "}", exp);
    assert_claims(text, expected);
}

static void a_token_ends(void **state)
{
    (void)state;
    REFUSED("{" ISS AUD SUB "}", CLAIMS);
    assert_exp("1501", SCHLOSS_AUTH_REASON_NONE);
    assert_int_equal(who.expires_ms, 1501000);
    assert_exp("1500.001", SCHLOSS_AUTH_REASON_NONE);
    assert_int_equal(who.expires_ms, 1500001);
    assert_exp("1.501e3", SCHLOSS_AUTH_REASON_NONE);
    assert_int_equal(who.expires_ms, 1501000);
    assert_exp("1470.5", SCHLOSS_AUTH_REASON_NONE);
    assert_exp("1470", SCHLOSS_AUTH_REASON_TOKEN_EXPIRED);
    assert_exp("1469.999", SCHLOSS_AUTH_REASON_TOKEN_EXPIRED);
    assert_exp("0", SCHLOSS_AUTH_REASON_TOKEN_EXPIRED);
    assert_exp("-1", SCHLOSS_AUTH_REASON_TOKEN_CLAIMS);
    assert_exp("-0.5", SCHLOSS_AUTH_REASON_TOKEN_CLAIMS);
    assert_exp("253402300799", SCHLOSS_AUTH_REASON_NONE);
    assert_exp("253402300800", SCHLOSS_AUTH_REASON_TOKEN_CLAIMS);
    assert_exp("9223372036854775807", SCHLOSS_AUTH_REASON_TOKEN_CLAIMS);
    assert_exp("1e300", SCHLOSS_AUTH_REASON_TOKEN_CLAIMS);
    assert_exp("\"2000\"", SCHLOSS_AUTH_REASON_TOKEN_CLAIMS);
    assert_exp("null", SCHLOSS_AUTH_REASON_TOKEN_CLAIMS);
    assert_exp("true", SCHLOSS_AUTH_REASON_TOKEN_CLAIMS);
    assert_exp("[2000]", SCHLOSS_AUTH_REASON_TOKEN_CLAIMS);
}

static void a_session_is_never_over_when_it_begins_nor_too_long(void **state)
{
    (void)state;
    assert_exp("1500", SCHLOSS_AUTH_REASON_NONE);
    assert_int_equal(who.expires_ms, 1530000);
    assert_exp("1471", SCHLOSS_AUTH_REASON_NONE);
    assert_int_equal(who.expires_ms, 1501000);
    assert_exp("2500", SCHLOSS_AUTH_REASON_NONE);
    assert_int_equal(who.expires_ms, 2500000);
    assert_exp("2501", SCHLOSS_AUTH_REASON_NONE);
    assert_int_equal(who.expires_ms, 2500000);
    assert_exp("253402300799", SCHLOSS_AUTH_REASON_NONE);
    assert_int_equal(who.expires_ms, 2500000);
}

static void a_token_has_begun(void **state)
{
    (void)state;
    GOOD("{" ISS AUD EXP "\"nbf\":1500,\"iat\":1500," SUB "}");
    GOOD("{" ISS AUD EXP "\"nbf\":1530," SUB "}");
    REFUSED("{" ISS AUD EXP "\"nbf\":1531," SUB "}", EXPIRED);
    REFUSED("{" ISS AUD EXP "\"nbf\":1530.001," SUB "}", EXPIRED);
    GOOD("{" ISS AUD EXP "\"iat\":1530," SUB "}");
    REFUSED("{" ISS AUD EXP "\"iat\":1531," SUB "}", EXPIRED);
    REFUSED("{" ISS AUD EXP "\"nbf\":\"1\"," SUB "}", CLAIMS);
    REFUSED("{" ISS AUD EXP "\"nbf\":null," SUB "}", CLAIMS);
    REFUSED("{" ISS AUD EXP "\"iat\":[]," SUB "}", CLAIMS);
    REFUSED("{" ISS AUD EXP "\"iat\":-1," SUB "}", CLAIMS);
}

static void assert_name(const char *json, const char *expected)
{
    char text[700];

    (void)snprintf(text, sizeof(text), "{" ISS AUD EXP "\"sub\":%s}", json);
    assert_claims(text,
        expected == NULL ? SCHLOSS_AUTH_REASON_TOKEN_CLAIMS : SCHLOSS_AUTH_REASON_NONE);
    if (expected != NULL) {
        assert_int_equal(who.name_length, strlen(expected));
        assert_memory_equal(who.name, expected, who.name_length);
    }
}

static void names_are_those_that_users_may_have(void **state)
{
    char text[300];

    (void)state;
    assert_name("\"a b@example.org/x|y\"", "a b@example.org/x|y");
    assert_name("\"\xc3\xa9\"", "\xc3\xa9");
    assert_name("\"system:serviceaccount:ns:app\"", "system:serviceaccount:ns:app");
    assert_name("\"\\u0061\"", "a");
    assert_name("\"\"", NULL);
    assert_name("\" a\"", NULL);
    assert_name("\"a \"", NULL);
    assert_name("\"a\\nb\"", NULL);
    assert_name("\"a\\u0001b\"", NULL);
    assert_name("\"a\\u007f\"", NULL);
    assert_name("\"a\\u202eb\"", NULL);
    assert_name("\"a\\u200bb\"", NULL);
    assert_name("7", NULL);
    assert_name("null", NULL);
    assert_name("[\"alice\"]", NULL);
    memset(text, 'n', sizeof(text));
    text[0] = '"';
    text[256] = '"';
    text[257] = '\0';
    char name[256];
    memset(name, 'n', 255);
    name[255] = '\0';
    assert_name(text, name);
    text[256] = 'n';
    text[257] = '"';
    text[258] = '\0';
    assert_name(text, NULL);
}

static void the_name_may_be_another_claim(void **state)
{
    (void)state;
    (void)snprintf(s.sub_claim, sizeof(s.sub_claim), "client_id");
    REFUSED("{" ISS AUD EXP SUB "}", CLAIMS);
    GOOD("{" ISS AUD EXP SUB ",\"client_id\":\"bob\"}");
    assert_int_equal(who.name_length, 3);
    assert_memory_equal(who.name, "bob", 3);
    (void)snprintf(s.sub_claim, sizeof(s.sub_claim), "sub");
}

static void a_scope_has_a_form(void **state)
{
    (void)state;
    GOOD("{" ISS AUD EXP SUB ",\"scope\":\"read write\"}");
    GOOD("{" ISS AUD EXP SUB ",\"scope\":[\"read\",\"write\"]}");
    GOOD("{" ISS AUD EXP SUB ",\"scope\":[]}");
    REFUSED("{" ISS AUD EXP SUB ",\"scope\":1}", CLAIMS);
    REFUSED("{" ISS AUD EXP SUB ",\"scope\":{}}", CLAIMS);
    REFUSED("{" ISS AUD EXP SUB ",\"scope\":null}", CLAIMS);
    REFUSED("{" ISS AUD EXP SUB ",\"scope\":[\"read\",1]}", CLAIMS);
}

static void a_bound_token_is_no_bearer_token(void **state)
{
    (void)state;
    REFUSED("{" ISS AUD EXP SUB ",\"cnf\":{\"x5t#S256\":\"a\"}}", CLAIMS);
    REFUSED("{" ISS AUD EXP SUB ",\"cnf\":{\"jkt\":\"a\"}}", CLAIMS);
    REFUSED("{" ISS AUD EXP SUB ",\"cnf\":null}", CLAIMS);
}

#define GROUPS(text) "{" ISS AUD EXP SUB ",\"groups\":" text "}"

static void groups_are_a_text_or_a_list_of_texts(void **state)
{
    (void)state;
    GOOD("{" ISS AUD EXP SUB "}");
    assert_int_equal(who.groups_length, 0);
    GOOD(GROUPS("\"ops\""));
    assert_int_equal(who.groups_length, 4);
    GOOD(GROUPS("[\"ops\",\"a b\"]"));
    assert_int_equal(who.groups_length, 8);
    assert_memory_equal(who.groups, "ops\0a b", 8);
    GOOD(GROUPS("[]"));
    REFUSED(GROUPS("\"\""), CLAIMS);
    REFUSED(GROUPS("null"), CLAIMS);
    REFUSED(GROUPS("[1]"), CLAIMS);
    REFUSED(GROUPS("[[\"ops\"]]"), CLAIMS);
    REFUSED(GROUPS("{\"ops\":1}"), CLAIMS);
    REFUSED(GROUPS("\"o\\nps\""), CLAIMS);
}

/* A rule that denies may be about any of them. */
static void nobody_comes_in_with_more_groups_than_are_told(void **state)
{
    static char text[8192];
    size_t at =
        (size_t)snprintf(text, sizeof(text), "{%s\"groups\":[", ISS AUD EXP SUB ",");

    (void)state;
    for (int i = 0; i < SCHLOSS_AUTH_GROUPS_MAX; i++) {
        at += (size_t)snprintf(
            text + at, sizeof(text) - at, "%s\"g%d\"", i > 0 ? "," : "", i);
    }
    (void)snprintf(text + at, sizeof(text) - at, "]}");
    GOOD(text);
    (void)snprintf(text + at, sizeof(text) - at, ",\"one more\"]}");
    REFUSED(text, CLAIMS);
    at = (size_t)snprintf(text, sizeof(text), "{%s\"groups\":\"", ISS AUD EXP SUB ",");
    memset(text + at, 'g', SCHLOSS_AUTH_GROUPS_BYTES_MAX);
    (void)snprintf(text + at + SCHLOSS_AUTH_GROUPS_BYTES_MAX - 1, 4, "\"}");
    GOOD(text);
    memset(text + at, 'g', SCHLOSS_AUTH_GROUPS_BYTES_MAX);
    (void)snprintf(text + at + SCHLOSS_AUTH_GROUPS_BYTES_MAX, 4, "\"}");
    REFUSED(text, CLAIMS);
}

static int setup(void **state)
{
    static const struct schloss_auth_setting settings[] = {{OAUTH_SET_AUDIENCE, "a,b"},
        {OAUTH_SET_ISSUER, "i"}, {OAUTH_SET_LIFETIME, "1000"}};
    const char *key;
    const char *why;

    (void)state;
    oauth_json_start();
    return oauth_settings_read(&s, settings, 3, &key, &why) == OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_claims_name_who_and_until_when),
        cmocka_unit_test(the_issuer_is_the_expected_one),
        cmocka_unit_test(one_audience_is_an_expected_one),
        cmocka_unit_test(a_token_ends),
        cmocka_unit_test(a_session_is_never_over_when_it_begins_nor_too_long),
        cmocka_unit_test(a_token_has_begun),
        cmocka_unit_test(names_are_those_that_users_may_have),
        cmocka_unit_test(the_name_may_be_another_claim),
        cmocka_unit_test(a_scope_has_a_form),
        cmocka_unit_test(groups_are_a_text_or_a_list_of_texts),
        cmocka_unit_test(nobody_comes_in_with_more_groups_than_are_told),
        cmocka_unit_test(a_bound_token_is_no_bearer_token),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}

#include "policy_sign_fixture.h"

#include "policy_signature.h"

/* Made by minisign 0.11 over "hi\n". */
static const char key_text[] =
    "untrusted comment: minisign public key 1A1BAB365D23332B\n"
    "RWQrMyNdNqsbGiti0ohIkG+Aau0tL5YH8lhLS94PVR0bGr+B/DhTTUEg\n";
static const char hashed_text[] =
    "untrusted comment: signature from minisign secret key\n"
    "RUQrMyNdNqsbGh5M527IBzTEBCCebcEsCqbyqcpW9XuJIb8QbX9+7TnHhow8xRKfUaUHTYkWpHnUJMeAGDOp"
    "rt5iZ5DbaflWIQI=\n"
    "trusted comment: timestamp:1795288513\tfile:f\thashed\n"
    "DoYd77BnvvVb8mLXSW+G73oKLoLI2bc12hAc4LQ1f6zenJ+GrIxJQ1HTebtuHlifhqD1uWL6z/LDCuOCuNG9"
    "Dg==\n";
static const char plain_text[] =
    "untrusted comment: signature from minisign secret key\n"
    "RWQrMyNdNqsbGm7X2vhSlIoAhtqpUH8n87ahfmEjm7yvUWQAWrQeKnAX3gQCnFpnom+8Hrr5yYCAfFSrgcrO"
    "FsFEEWFlticjFA8=\n"
    "trusted comment: timestamp:1795288513\tfile:f\n"
    "rH7AFgYgr7nvbLAfn8FuJflQdYZ322CatLxSEuZLPjheCHjdz7lduBVajCSrsQ/vygi+LSOcL5DlC0p0GDsi"
    "CQ==\n";

static struct policy_signature_key key(void)
{
    struct policy_signature_key k;

    assert_true(policy_signature_key_parse(fixture_view(key_text), &k));
    return k;
}

static void what_minisign_made_is_good(void **state)
{
    struct policy_signature_key k = key();
    struct policy_signature s;
    char id[POLICY_SIGNATURE_ID_TEXT];

    (void)state;
    policy_signature_id_text(k.id, id);
    assert_string_equal(id, "1A1BAB365D23332B");
    assert_true(policy_signature_parse(fixture_view(hashed_text), &s));
    assert_true(s.is_hashed);
    assert_int_equal(
        policy_signature_verify(&s, &k, fixture_view("hi\n")), POLICY_SIGNATURE_GOOD);
    assert_true(policy_signature_parse(fixture_view(plain_text), &s));
    assert_false(s.is_hashed);
    assert_int_equal(
        policy_signature_verify(&s, &k, fixture_view("hi\n")), POLICY_SIGNATURE_GOOD);
}

static void another_message_key_or_kind_is_told_apart(void **state)
{
    struct policy_signature_key k = key();
    struct policy_signature s;

    (void)state;
    assert_true(policy_signature_parse(fixture_view(hashed_text), &s));
    assert_int_equal(policy_signature_verify(&s, &k, fixture_view("hi")),
        POLICY_SIGNATURE_OTHER_MESSAGE);
    s.is_hashed = false;
    assert_int_equal(policy_signature_verify(&s, &k, fixture_view("hi\n")),
        POLICY_SIGNATURE_OTHER_MESSAGE);
    s.is_hashed = true;
    k.key[0] ^= 1;
    assert_int_equal(policy_signature_verify(&s, &k, fixture_view("hi\n")),
        POLICY_SIGNATURE_OTHER_MESSAGE);
    k.id[0] ^= 1;
    assert_int_equal(policy_signature_verify(&s, &k, fixture_view("hi\n")),
        POLICY_SIGNATURE_OTHER_KEY);
}

static void each_changed_bit_of_signature_or_comment_is_found(void **state)
{
    struct policy_signature_key k = key();
    struct policy_signature s;
    uint8_t comment[POLICY_SIGNATURE_COMMENT_MAX];

    (void)state;
    assert_true(policy_signature_parse(fixture_view(hashed_text), &s));
    for (size_t i = 0; i < 8 * POLICY_SIGNATURE_BYTES; i++) {
        struct policy_signature changed = s;
        changed.bytes[i / 8] ^= (uint8_t)(1u << (i % 8));
        assert_int_not_equal(policy_signature_verify(&changed, &k, fixture_view("hi\n")),
            POLICY_SIGNATURE_GOOD);
        changed = s;
        changed.whole[i / 8] ^= (uint8_t)(1u << (i % 8));
        assert_int_equal(policy_signature_verify(&changed, &k, fixture_view("hi\n")),
            POLICY_SIGNATURE_OTHER_COMMENT);
    }
    for (size_t i = 0; i < s.comment.len; i++) {
        struct policy_signature changed = s;
        memcpy(comment, s.comment.ptr, s.comment.len);
        comment[i] ^= 1;
        changed.comment.ptr = comment;
        assert_int_equal(policy_signature_verify(&changed, &k, fixture_view("hi\n")),
            POLICY_SIGNATURE_OTHER_COMMENT);
    }
    s.comment.len--;
    assert_int_equal(policy_signature_verify(&s, &k, fixture_view("hi\n")),
        POLICY_SIGNATURE_OTHER_COMMENT);
}

static void a_key_that_would_take_any_signature_takes_none(void **state)
{
    struct policy_signature_key k = key();
    struct policy_signature s;

    (void)state;
    assert_true(policy_signature_parse(fixture_view(plain_text), &s));
    memset(k.key, 0, sizeof(k.key)); /* points of small order, and S = 0 */
    memset(s.bytes, 0, sizeof(s.bytes));
    assert_int_not_equal(
        policy_signature_verify(&s, &k, fixture_view("hi\n")), POLICY_SIGNATURE_GOOD);
    k.key[0] = 1;
    s.bytes[0] = 1;
    assert_int_not_equal(
        policy_signature_verify(&s, &k, fixture_view("hi\n")), POLICY_SIGNATURE_GOOD);
}

static bool parses(const char *from, const char *to)
{
    char text[POLICY_SIGNATURE_TEXT_MAX];
    const char *at = strstr(hashed_text, from);
    struct policy_signature s;

    assert_non_null(at);
    (void)snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - hashed_text), hashed_text,
        to, at + strlen(from));
    return policy_signature_parse(fixture_view(text), &s);
}

static void what_is_not_exactly_of_that_form_is_refused(void **state)
{
    static char long_text[POLICY_SIGNATURE_TEXT_MAX + 1];
    struct policy_signature_key k;
    struct policy_signature s;

    (void)state;
    assert_true(parses("hashed", "hashed"));
    assert_false(parses("untrusted comment: ", "comment: "));
    assert_false(parses("\ntrusted comment: ", "\nuntrusted comment: "));
    assert_false(parses("RUQr", "RVQr")); /* no such kind */
    assert_false(parses("IQI=", "IQI"));
    assert_false(parses("IQI=", "IQI=A"));
    assert_false(parses("IQI=", "IQJ=")); /* bits that stand for nothing */
    assert_false(parses("Dg==\n", "Dg==\nmore\n"));
    assert_false(parses("Dg==\n", ""));
    assert_false(parses("DoYd", "Do Yd"));
    assert_false(parses("hashed", "\x1b[2J"));
    assert_false(policy_signature_parse(fixture_view(""), &s));
    assert_false(policy_signature_parse(fixture_view(key_text), &s));
    assert_false(policy_signature_key_parse(fixture_view(hashed_text), &k));
    memset(long_text, 'a', sizeof(long_text) - 1);
    memcpy(long_text, "untrusted comment: ", 19);
    assert_false(policy_signature_parse(fixture_view(long_text), &s));
    assert_false(policy_signature_key_parse(fixture_view(long_text), &k));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_minisign_made_is_good),
        cmocka_unit_test(another_message_key_or_kind_is_told_apart),
        cmocka_unit_test(each_changed_bit_of_signature_or_comment_is_found),
        cmocka_unit_test(a_key_that_would_take_any_signature_takes_none),
        cmocka_unit_test(what_is_not_exactly_of_that_form_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

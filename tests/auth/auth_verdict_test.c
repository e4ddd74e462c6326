#include "auth_verdict.h"

#include "ipc_words.h"
#include "test.h"

#include <string.h>

static struct schloss_auth_result allow(const char *principal)
{
    return (struct schloss_auth_result){.size = sizeof(struct schloss_auth_result),
        .verdict = SCHLOSS_AUTH_ALLOW,
        .principal = {principal, strlen(principal)}};
}

static enum err check(const struct schloss_auth_result *r)
{
    struct ipc_auth_result out = {.session = 7};
    enum err e = auth_verdict_check(r, &out);

    assert_int_equal(out.session, 7);
    if (e != OK) {
        assert_int_equal(out.verdict, 0);
        assert_int_equal(out.principal.len, 0);
    }
    return e;
}

static void allow_needs_a_whole_principal(void **state)
{
    char longest[IPC_PRINCIPAL_MAX + 2] = "User:";
    struct schloss_auth_result r = allow("User:a");

    (void)state;
    assert_int_equal(check(&r), OK);
    r = allow("User:");
    assert_int_equal(check(&r), ERR_INVALID);
    r = allow("user:a");
    assert_int_equal(check(&r), ERR_INVALID);
    r = allow("User:\x1f");
    assert_int_equal(check(&r), ERR_INVALID);
    r = allow("User:a\x7f");
    assert_int_equal(check(&r), ERR_INVALID);
    r = allow("User: ");
    assert_int_equal(check(&r), OK);
    memset(longest + 5, 'x', sizeof(longest) - 6);
    r = allow(longest);
    assert_int_equal(r.principal.length, IPC_PRINCIPAL_MAX + 1);
    assert_int_equal(check(&r), ERR_INVALID);
    r.principal.length--;
    assert_int_equal(check(&r), OK);
}

static void expiry_is_not_negative(void **state)
{
    struct schloss_auth_result r = allow("User:a");
    struct ipc_auth_result out = {.session = 7};

    (void)state;
    r.expires_ms = -1;
    assert_int_equal(check(&r), ERR_INVALID);
    r.expires_ms = 1;
    assert_int_equal(auth_verdict_check(&r, &out), OK);
    assert_int_equal(out.expires_ms, 1);
}

static void only_four_numbers_are_verdicts(void **state)
{
    unsigned good = 0;

    (void)state;
    for (uint32_t verdict = 0; verdict < 1024; verdict++) {
        struct schloss_auth_result r = {.size = sizeof(r), .verdict = verdict};
        good += check(&r) == OK;
    }
    assert_int_equal(good, 3); /* ALLOW lacks a principal here */
}

static void answers_are_bounded_and_refusals_say_nothing(void **state)
{
    static uint8_t bytes[AUTH_ANSWER_MAX + 1];
    struct schloss_auth_result r = {.size = sizeof(r),
        .verdict = SCHLOSS_AUTH_CONTINUE,
        .answer = {bytes, AUTH_ANSWER_MAX}};
    struct ipc_auth_result out = {.session = 7};

    (void)state;
    assert_int_equal(auth_verdict_check(&r, &out), OK);
    assert_int_equal(out.bytes.len, AUTH_ANSWER_MAX);
    r.answer.length++;
    assert_int_equal(check(&r), ERR_INVALID);
    r.answer.length = 4;
    r.verdict = SCHLOSS_AUTH_DENY;
    r.reason = SCHLOSS_AUTH_REASON_WRONG_PASSWORD;
    out = (struct ipc_auth_result){.session = 7};
    assert_int_equal(auth_verdict_check(&r, &out), OK);
    assert_int_equal(out.bytes.len, 0);
    assert_int_equal(out.reason, SCHLOSS_AUTH_REASON_WRONG_PASSWORD);
    r.reason = UINT16_MAX + 1;
    assert_int_equal(check(&r), ERR_INVALID);
}

static enum err with_groups(const char *groups, size_t length)
{
    struct schloss_auth_result r = allow("User:a");

    r.groups = (struct schloss_auth_bytes){groups, length};
    return check(&r);
}

static void groups_are_printable_names_each_with_an_end(void **state)
{
    static char many[4 * SCHLOSS_AUTH_GROUPS_BYTES_MAX];

    (void)state;
    assert_int_equal(with_groups("a\0b c\0", 6), OK);
    assert_int_equal(with_groups(NULL, 0), OK);
    assert_int_equal(with_groups("a", 1), ERR_INVALID);
    assert_int_equal(with_groups("a\0b", 3), ERR_INVALID);
    assert_int_equal(with_groups("\0", 1), ERR_INVALID);
    assert_int_equal(with_groups("a\0\0", 3), ERR_INVALID);
    assert_int_equal(with_groups("a\nb\0", 4), ERR_INVALID);
    assert_int_equal(with_groups("\xff\0", 2), ERR_INVALID);
    assert_int_equal(with_groups(NULL, 2), ERR_INVALID);
    for (size_t i = 0; i < sizeof(many); i += 2) {
        many[i] = 'x';
    }
    assert_int_equal(with_groups(many, 2 * SCHLOSS_AUTH_GROUPS_MAX), OK);
    assert_int_equal(with_groups(many, 2 * SCHLOSS_AUTH_GROUPS_MAX + 2), ERR_INVALID);
    memset(many, 'x', sizeof(many) - 1);
    many[SCHLOSS_AUTH_GROUPS_BYTES_MAX - 1] = '\0';
    assert_int_equal(with_groups(many, SCHLOSS_AUTH_GROUPS_BYTES_MAX), OK);
    assert_int_equal(with_groups(many, sizeof(many)), ERR_INVALID);
}

static void a_plugin_of_before_has_no_groups(void **state)
{
    struct schloss_auth_result r = allow("User:a");
    struct ipc_auth_result out = {.groups = {(const uint8_t *)"x", 1}};

    (void)state;
    r.size = offsetof(struct schloss_auth_result, groups);
    r.groups = (struct schloss_auth_bytes){(const void *)1, 1000000};
    assert_int_equal(auth_verdict_check(&r, &out), OK);
    assert_int_equal(out.groups.len, 0);
    r.size--;
    assert_int_equal(check(&r), ERR_INVALID);
}

static enum err with_issuer(const char *issuer, size_t length)
{
    struct schloss_auth_result r = allow("User:a");

    r.issuer = (struct schloss_auth_bytes){issuer, length};
    return check(&r);
}

static void an_issuer_is_printable_text_of_a_bounded_length(void **state)
{
    static char text[SCHLOSS_AUTH_ISSUER_MAX + 1];

    (void)state;
    assert_int_equal(with_issuer(NULL, 0), OK);
    assert_int_equal(with_issuer("https://id.example", 18), OK);
    assert_int_equal(with_issuer("CN=\xc3\xa9", 5), OK);
    assert_int_equal(with_issuer(NULL, 1), ERR_INVALID);
    assert_int_equal(with_issuer("a\0b", 3), ERR_INVALID);
    assert_int_equal(with_issuer("a\n", 2), ERR_INVALID);
    assert_int_equal(with_issuer("a\x7f", 2), ERR_INVALID);
    assert_int_equal(with_issuer("\xff", 1), ERR_INVALID);
    memset(text, 'x', sizeof(text));
    assert_int_equal(with_issuer(text, SCHLOSS_AUTH_ISSUER_MAX), OK);
    assert_int_equal(with_issuer(text, sizeof(text)), ERR_INVALID);
}

static void only_who_is_let_in_has_an_issuer(void **state)
{
    struct schloss_auth_result r = allow("User:a");
    struct ipc_auth_result out = {.verdict = 0};

    (void)state;
    r.issuer = (struct schloss_auth_bytes){"who", 3};
    assert_int_equal(auth_verdict_check(&r, &out), OK);
    assert_true(ipc_view_equals(out.issuer, "who"));
    out = (struct ipc_auth_result){.verdict = 0};
    r.verdict = SCHLOSS_AUTH_DENY;
    r.principal.length = 0;
    assert_int_equal(auth_verdict_check(&r, &out), OK);
    assert_int_equal(out.issuer.len, 0);
    r = allow("User:a");
    r.issuer = (struct schloss_auth_bytes){(const void *)1, 1000000};
    r.size = offsetof(struct schloss_auth_result, issuer); /* an older plugin's */
    assert_int_equal(auth_verdict_check(&r, &out), OK);
    assert_int_equal(out.issuer.len, 0);
}

static void every_reason_has_a_text(void **state)
{
    (void)state;
    assert_string_equal(
        auth_reason_text(SCHLOSS_AUTH_REASON_UNKNOWN_USER), "unknown user");
    assert_string_equal(auth_reason_text(SCHLOSS_AUTH_REASON_ROUNDS), "too many rounds");
    assert_string_equal(auth_reason_text(65535), "unknown reason");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allow_needs_a_whole_principal),
        cmocka_unit_test(expiry_is_not_negative),
        cmocka_unit_test(only_four_numbers_are_verdicts),
        cmocka_unit_test(answers_are_bounded_and_refusals_say_nothing),
        cmocka_unit_test(groups_are_printable_names_each_with_an_end),
        cmocka_unit_test(a_plugin_of_before_has_no_groups),
        cmocka_unit_test(an_issuer_is_printable_text_of_a_bounded_length),
        cmocka_unit_test(only_who_is_let_in_has_an_issuer),
        cmocka_unit_test(every_reason_has_a_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

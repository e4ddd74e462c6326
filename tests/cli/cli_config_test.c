#include "cli_config.h"

#include "test.h"

#include <stdio.h>
#include <string.h>

static bool take(void *context, const char *key, const char *value, struct buf *complaint)
{
    size_t used = strlen(context);

    if (strcmp(key, "bad") == 0) {
        buf_add_text(complaint, "no such setting");
        return false;
    }
    (void)snprintf((char *)context + used, 256 - used, "%s>%s;", key, value);
    return true;
}

static enum err parse(const char *text, char pairs[256], char said[256])
{
    char copy[256];
    struct buf complaint;

    pairs[0] = '\0';
    (void)snprintf(copy, sizeof(copy), "%s", text);
    buf_init(&complaint, 4096);
    enum err e = cli_config_parse(copy, strlen(copy), "f", take, pairs, &complaint);
    (void)snprintf(said, 256, "%.*s", (int)complaint.length,
        complaint.bytes == NULL ? "" : (const char *)complaint.bytes);
    buf_fini(&complaint);
    return e;
}

static void pairs_are_trimmed_and_comments_left_out(void **state)
{
    char pairs[256];
    char said[256];

    (void)state;
    assert_int_equal(parse("# c\n! c\n\n a = b = c \r\nd=", pairs, said), OK);
    assert_string_equal(pairs, "a>b = c;d>;");
}

static void errors_name_line_and_column(void **state)
{
    char pairs[256];
    char said[256];

    (void)state;
    assert_int_equal(parse("a=b\n  word\n", pairs, said), ERR_INVALID);
    assert_int_equal(strncmp(said, "f:2:3: error: there is no key=value", 35), 0);
    assert_int_equal(parse("=b\n", pairs, said), ERR_INVALID);
    assert_int_equal(parse("bad=b\n", pairs, said), ERR_INVALID);
    assert_int_equal(strncmp(said, "f:1:1: error: no such setting", 29), 0);
}

static void secrets_are_known(void **state)
{
    (void)state;
    assert_true(cli_config_is_secret("sasl.password"));
    assert_true(cli_config_is_secret("ssl.key.pem"));
    assert_false(cli_config_is_secret("sasl.username"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_are_trimmed_and_comments_left_out),
        cmocka_unit_test(errors_name_line_and_column),
        cmocka_unit_test(secrets_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "cli_handover_text.h"

#include "test.h"

#include <string.h>

static char got[65536];

static const char *text_of(struct buf *b)
{
    assert_int_equal(buf_error(b), OK);
    assert_true(b->length < sizeof(got));
    memcpy(got, b->bytes, b->length);
    got[b->length] = '\0';
    buf_fini(b);
    return got;
}

static const char *quoted(const char *text)
{
    struct buf b;

    buf_init(&b, sizeof(got));
    cli_jaas_quote(&b, text, strlen(text));
    return text_of(&b);
}

static const char *property(const char *value)
{
    struct buf b;

    buf_init(&b, sizeof(got));
    cli_java_property(&b, "k", value, strlen(value));
    return text_of(&b);
}

static void quotes_and_backslashes_are_escaped_for_the_login_module(void **state)
{
    (void)state;
    assert_string_equal(quoted("a=b;c#d$e'f//g/*h"), "\"a=b;c#d$e'f//g/*h\"");
    assert_string_equal(quoted("a\"b"), "\"a\\\"b\"");
    assert_string_equal(quoted("a\\n\\"), "\"a\\\\n\\\\\"");
    assert_string_equal(quoted("\xc3\xbc"), "\"\xc3\xbc\"");
    assert_string_equal(quoted(""), "\"\"");
}

static void controls_are_written_as_octal_digits_of_which_the_next_is_none(void **state)
{
    (void)state;
    assert_string_equal(quoted("a\t1\r2\x7f"), "\"a\\0111\\0152\\177\"");
}

static void a_property_is_ascii_and_begins_with_no_blank(void **state)
{
    (void)state;
    assert_string_equal(property("a=b:c#d!e"), "k=a=b:c#d!e\n");
    assert_string_equal(property("a\\b"), "k=a\\\\b\n");
    assert_string_equal(property("  a b "), "k=\\  a b \n");
    assert_string_equal(property("\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80"),
        "k=\\u00fc\\u20ac\\ud83d\\ude00\n");
    assert_string_equal(property("\t\x7f"), "k=\\u0009\\u007f\n");
    assert_string_equal(property(""), "k=\n");
}

static void lines_of_a_property_go_on_in_the_next_line(void **state)
{
    (void)state;
    assert_string_equal(property("a\nb\n"), "k=a\\n\\\n  b\\n\n");
}

static const char *problem(const char *text)
{
    struct secret secret = {.bytes = NULL};

    assert_int_equal(secret_set(&secret, text, strlen(text)), OK);
    const char *why = cli_handover_problem(&secret);
    secret_free(&secret);
    return why;
}

static void a_password_that_one_form_can_not_hold_is_refused(void **state)
{
    char longest[CLI_HANDOVER_VALUE_MAX + 2];

    (void)state;
    memset(longest, 'a', sizeof(longest) - 1);
    longest[CLI_HANDOVER_VALUE_MAX + 1] = '\0';
    assert_non_null(problem(longest));
    longest[CLI_HANDOVER_VALUE_MAX] = '\0';
    assert_null(problem(longest));
    assert_null(problem("p\"a'ss\\word=#$ \t\xc3\xbc;"));
    assert_non_null(problem(" blank in front"));
    assert_non_null(problem("blank behind\t"));
    assert_non_null(problem("two\nlines"));
    assert_non_null(problem("\xff not UTF-8"));
    assert_non_null(problem(""));
}

struct fixture {
    struct buf ca;
    struct buf certificate;
    struct buf key;
    struct secret secret;
    struct cli_handover h;
};

static void make(struct fixture *f, bool with_certificate)
{
    *f = (struct fixture){.secret = {.bytes = NULL}};
    buf_init(&f->ca, 100);
    buf_init(&f->certificate, 100);
    buf_init(&f->key, 100);
    buf_add_text(&f->ca, "CA\n");
    buf_add_text(&f->certificate, "CERT\n");
    buf_add_text(&f->key, "KEY\n");
    assert_int_equal(secret_set(&f->secret, "a\"\\b", 4), OK);
    f->h = (struct cli_handover){.bootstrap = "h:1",
        .user = "ann",
        .secret = &f->secret,
        .mechanism = "PLAIN",
        .folder = "/x",
        .ca = &f->ca,
        .certificate = with_certificate ? &f->certificate : NULL,
        .key = with_certificate ? &f->key : NULL};
}

static void clear(struct fixture *f)
{
    buf_fini(&f->ca);
    buf_fini(&f->certificate);
    buf_fini(&f->key);
    secret_free(&f->secret);
}

static void the_file_for_java_names_no_other_file(void **state)
{
    struct fixture f;
    struct buf out;

    (void)state;
    make(&f, true);
    buf_init(&out, sizeof(got));
    cli_handover_java(&f.h, &out);
    const char *text = text_of(&out);
    assert_null(strstr(text, "location"));
    assert_null(strstr(text, "/x"));
    assert_non_null(strstr(text, "\nsecurity.protocol=SASL_SSL\nsasl.mechanism=PLAIN\n"));
    /* quoted for the module, and that for the file */
    assert_non_null(strstr(text, "username=\"ann\" password=\"a\\\\\"\\\\\\\\b\";\n"));
    assert_non_null(strstr(text, "\nssl.truststore.certificates=CA\\n\n"));
    assert_non_null(strstr(text, "\nssl.keystore.key=KEY\\n\n"));
    clear(&f);
}

static void scram_has_its_own_login_module(void **state)
{
    struct fixture f;
    struct buf out;

    (void)state;
    make(&f, false);
    f.h.mechanism = "SCRAM-SHA-512";
    buf_init(&out, sizeof(got));
    cli_handover_java(&f.h, &out);
    const char *text = text_of(&out);
    assert_non_null(strstr(text, "\nsasl.mechanism=SCRAM-SHA-512\n"));
    assert_non_null(strstr(text, "scram.ScramLoginModule required "));
    assert_null(strstr(text, "keystore"));
    clear(&f);
}

static void the_file_for_librdkafka_has_the_password_as_it_is(void **state)
{
    struct fixture f;
    struct buf out;

    (void)state;
    make(&f, true);
    buf_init(&out, sizeof(got));
    cli_handover_librdkafka(&f.h, &out);
    const char *text = text_of(&out);
    assert_non_null(strstr(text, "\nsasl.password=a\"\\b\n"));
    assert_non_null(strstr(text, "\nssl.ca.location=/x/ca.pem\n"));
    assert_non_null(strstr(text, "\nssl.key.location=/x/client.key\n"));
    clear(&f);
}

static void without_a_password_the_certificate_alone_logs_in(void **state)
{
    struct fixture f;
    struct buf out;

    (void)state;
    make(&f, true);
    f.h.user = NULL;
    f.h.secret = NULL;
    buf_init(&out, sizeof(got));
    cli_handover_librdkafka(&f.h, &out);
    cli_handover_java(&f.h, &out);
    const char *text = text_of(&out);
    assert_null(strstr(text, "sasl"));
    assert_non_null(strstr(text, "\nsecurity.protocol=ssl\n"));
    assert_non_null(strstr(text, "\nsecurity.protocol=SSL\n"));
    clear(&f);
}

static void every_allocation_may_fail(void **state)
{
    struct fixture f;
    struct buf out;

    (void)state;
    make(&f, true);
    for (long n = 0;; n++) {
        buf_init(&out, sizeof(got));
        mem_fail_after(n);
        cli_handover_java(&f.h, &out);
        mem_fail_after(-1);
        enum err e = buf_error(&out);
        buf_fini(&out);
        if (e == OK) {
            assert_true(n > 1);
            break;
        }
        assert_int_equal(e, ERR_NOMEM);
    }
    clear(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quotes_and_backslashes_are_escaped_for_the_login_module),
        cmocka_unit_test(controls_are_written_as_octal_digits_of_which_the_next_is_none),
        cmocka_unit_test(a_property_is_ascii_and_begins_with_no_blank),
        cmocka_unit_test(lines_of_a_property_go_on_in_the_next_line),
        cmocka_unit_test(a_password_that_one_form_can_not_hold_is_refused),
        cmocka_unit_test(the_file_for_java_names_no_other_file),
        cmocka_unit_test(scram_has_its_own_login_module),
        cmocka_unit_test(the_file_for_librdkafka_has_the_password_as_it_is),
        cmocka_unit_test(without_a_password_the_certificate_alone_logs_in),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

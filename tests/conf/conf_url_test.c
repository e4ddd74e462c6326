#include "conf_url.h"

#include "test.h"

#include <stdio.h>
#include <string.h>

static void assert_url(
    const char *text, const char *host, unsigned port, const char *target)
{
    struct conf_url url;
    const char *why = conf_url_parse(text, &url);

    if (why != NULL) {
        fail_msg("%s %s", text, why);
    }
    assert_string_equal(url.host, host);
    assert_int_equal(url.port, port);
    assert_string_equal(url.target, target);
}

static void assert_no_url(const char *text, const char *expected)
{
    struct conf_url url = {.port = 1};
    const char *why = conf_url_parse(text, &url);

    if (why == NULL) {
        fail_msg("%s is taken", text);
    }
    assert_non_null(strstr(why, expected));
    assert_int_equal(url.port, 1);
}

static void a_url_has_a_host_a_port_and_a_target(void **state)
{
    (void)state;
    assert_url("https://keys.test/a/b?c=d&e", "keys.test", 443, "/a/b?c=d&e");
    assert_url("https://Keys.Test", "Keys.Test", 443, "/");
    assert_url("https://localhost:65535/", "localhost", 65535, "/");
    assert_url("https://a-b.c1:8443/x@y", "a-b.c1", 8443, "/x@y");
    assert_url("https://1.2.3.four/", "1.2.3.four", 443, "/");
}

static void what_is_no_such_url_is_said_in_words(void **state)
{
    (void)state;
    assert_no_url("", "does not begin with https://");
    assert_no_url("http://keys.test/", "does not begin with https://");
    assert_no_url("HTTPS://keys.test/", "does not begin with https://");
    assert_no_url("file:///etc/jwks", "does not begin with https://");
    assert_no_url("https://keys.test/#x", "fragment");
    assert_no_url("https://u@keys.test/", "a user or a password");
    assert_no_url("https://u:p@keys.test/", "a user or a password");
    assert_no_url("https://keys.test?x", "no path before");
    assert_no_url("https://keys.test:0/", "a port that is not");
    assert_no_url("https://keys.test:65536/", "a port that is not");
    assert_no_url("https://keys.test:/", "a port that is not");
    assert_no_url("https://keys.test:+1/", "a port that is not");
    assert_no_url("https://keys.test:1:2/", "a port that is not");
    assert_no_url("https://keys.test/\r\nX: y", "is not a URL");
    assert_no_url("https://keys.test/ ", "is not a URL");
    assert_no_url("https://keys.test/\xc3\xa9", "is not a URL");
    assert_no_url("https://keys.test/<", "is not a URL");
}

static void a_host_is_a_name(void **state)
{
    static const char *const hosts[] = {"", "192.0.2.1", "1", "[::1]", ".", "a.", ".a",
        "a..b", "-a.b", "a-.b", "a_b", "a%41", "a!b"};
    char text[400];
    char label[65];

    (void)state;
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        (void)snprintf(text, sizeof(text), "https://%s/", hosts[i]);
        assert_no_url(text, "no host name");
    }
    memset(label, 'a', 64);
    label[64] = '\0';
    (void)snprintf(text, sizeof(text), "https://%s/", label + 1);
    assert_url(text, label + 1, 443, "/");
    (void)snprintf(text, sizeof(text), "https://%s/", label);
    assert_no_url(text, "no host name");
    /* 253 characters are a name, 254 are none. */
    (void)snprintf(text, sizeof(text), "https://%.63s.%.63s.%.63s.%.61s/", label, label,
        label, label);
    struct conf_url url;
    assert_null(conf_url_parse(text, &url));
    assert_int_equal(strlen(url.host), CONF_HOST_MAX);
    (void)snprintf(text, sizeof(text), "https://%.63s.%.63s.%.63s.%.62s/", label, label,
        label, label);
    assert_no_url(text, "no host name");
}

static void a_url_has_2048_characters_at_most(void **state)
{
    char text[CONF_URL_MAX + 2];
    struct conf_url url;

    (void)state;
    memset(text, 'a', sizeof(text));
    memcpy(text, "https://a/", 10);
    text[CONF_URL_MAX] = '\0';
    assert_null(conf_url_parse(text, &url));
    text[CONF_URL_MAX] = 'a';
    text[CONF_URL_MAX + 1] = '\0';
    assert_no_url(text, "is not a URL");
}

static void an_address_is_in_digits_with_a_port(void **state)
{
    static const uint8_t v4[] = {192, 0, 2, 1};
    static const uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
    static const char *const bad[] = {"", ":", "192.0.2.1", "192.0.2.1:", "192.0.2.1:0",
        "192.0.2.1:65536", "192.0.2.1:1x", "192.0.2:443", "192.0.2.256:443",
        "keys.test:443", "2001:db8::1:443", "[2001:db8::1]", "[2001:db8::1]443",
        "[2001:db8::1:443", "[192.0.2.1]:443", "[]:443", "[::1%lo]:443", " 192.0.2.1:443",
        "192.0.2.1:443 ", "0x7f.0.0.1:443",
        "[0000000000000000000000000000000000000000000000000000000000000000001]:443"};
    struct conf_address a;

    (void)state;
    assert_null(conf_address_parse("192.0.2.1:443", &a));
    assert_false(a.is_v6);
    assert_memory_equal(a.bytes, v4, sizeof(v4));
    assert_int_equal(a.port, 443);
    assert_null(conf_address_parse("[2001:db8::1]:65535", &a));
    assert_true(a.is_v6);
    assert_memory_equal(a.bytes, v6, sizeof(v6));
    assert_int_equal(a.port, 65535);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const char *why = conf_address_parse(bad[i], &a);
        if (why == NULL) {
            fail_msg("'%s' is taken", bad[i]);
        }
        assert_non_null(strstr(why, "names are not looked up"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_url_has_a_host_a_port_and_a_target),
        cmocka_unit_test(what_is_no_such_url_is_said_in_words),
        cmocka_unit_test(a_host_is_a_name),
        cmocka_unit_test(a_url_has_2048_characters_at_most),
        cmocka_unit_test(an_address_is_in_digits_with_a_port),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

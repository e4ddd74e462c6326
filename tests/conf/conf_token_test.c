#include "conf.h"

#include "mem.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

#define BASE                                                                             \
    "node.id=1\n"                                                                        \
    "log.dirs=/data\n"                                                                   \
    "sasl.enabled.mechanisms=PLAIN\n"                                                    \
    "listeners=SASL_SSL://127.0.0.1:9092\n"
#define CERTIFICATE "ssl.certificate.location=/c.pem\n"
#define MODULE      "ssl.key.pkcs11.module=/m.so\n"
#define URI         "ssl.key.pkcs11.uri=pkcs11:token=t;object=o\n"
#define PIN         "ssl.key.pkcs11.pin.file=/pin\n"
#define GOOD        BASE CERTIFICATE MODULE URI PIN
#define PATHS       "ssl.key.pkcs11.paths="
#define ENVIRONMENT "ssl.key.pkcs11.environment="

static enum err parse(const char *text, struct conf **conf, char *errors, size_t size)
{
    const struct conf_source file = {"main", (const uint8_t *)text, strlen(text)};
    struct buf b;

    buf_init(&b, size - 1);
    enum err e = conf_parse(&file, 1, conf, &b);
    (void)snprintf(errors, size, "%.*s", (int)b.length, (const char *)b.bytes);
    buf_fini(&b);
    return e;
}

static struct conf *good(const char *text)
{
    char errors[4096];
    struct conf *conf = NULL;

    if (parse(text, &conf, errors, sizeof(errors)) != OK) {
        fail_msg("%s\n%s", text, errors);
    }
    return conf;
}

static void check_bad(const char *text, const char *expected)
{
    char errors[4096];
    struct conf *conf = NULL;

    assert_int_equal(parse(text, &conf, errors, sizeof(errors)), ERR_INVALID);
    assert_null(conf);
    if (strstr(errors, expected) == NULL) {
        fail_msg("%s\nexpected: %s\ngot: %s", text, expected, errors);
    }
}

static void a_token_takes_the_place_of_the_keys_file(void **state)
{
    (void)state;
    struct conf *c = good(GOOD);

    assert_string_equal(c->token_module, "/m.so");
    assert_string_equal(c->token_uri, "pkcs11:token=t;object=o");
    assert_string_equal(c->token_pin_file, "/pin");
    assert_string_equal(c->certificate_file, "/c.pem");
    assert_null(c->key_file);
    assert_int_equal(c->token_paths.count, 0);
    assert_int_equal(c->token_environment.count, 0);
    conf_free(&c);
}

static void a_key_has_one_place(void **state)
{
    (void)state;
    check_bad(GOOD "ssl.key.location=/k.pem\n", "from a file and from a token");
    check_bad(BASE MODULE URI PIN "ssl.keystore.location=/k.pem\n",
        "from a file and from a token");
    check_bad(BASE CERTIFICATE "ssl.key.location=/k.pem\n" ENVIRONMENT "A=b\n",
        "from a file and from a token");
}

static void what_belongs_together_must_be_there(void **state)
{
    (void)state;
    check_bad(BASE CERTIFICATE URI PIN, "ssl.key.pkcs11.module is not set");
    check_bad(BASE CERTIFICATE MODULE PIN, "ssl.key.pkcs11.uri is not set");
    check_bad(BASE CERTIFICATE MODULE URI, "ssl.key.pkcs11.pin.file is not set");
    check_bad(BASE MODULE URI PIN, "ssl.certificate.location is not set");
    check_bad(BASE CERTIFICATE PATHS "/x\n", "ssl.key.pkcs11.module is not set");
    check_bad(BASE CERTIFICATE "ssl.key.pkcs11.module=m.so\n" URI PIN,
        "is not an absolute path");
}

static void no_pin_stands_in_the_configuration(void **state)
{
    (void)state;
    check_bad(BASE CERTIFICATE MODULE PIN
        "ssl.key.pkcs11.uri=pkcs11:token=t;object=o?pin-value=1\n",
        "has no place in this URI");
}

static void paths_are_plain_and_absolute(void **state)
{
    (void)state;
    struct conf *c = good(GOOD PATHS "/var/lib/tokens, /etc/softhsm2.conf\n");

    assert_int_equal(c->token_paths.count, 2);
    assert_string_equal(c->token_paths.items[0], "/var/lib/tokens");
    assert_string_equal(c->token_paths.items[1], "/etc/softhsm2.conf");
    conf_free(&c);
    check_bad(GOOD PATHS "tokens\n", "is no plain absolute path");
    check_bad(GOOD PATHS "/\n", "is no plain absolute path");
    check_bad(GOOD PATHS "/a/\n", "is no plain absolute path");
    check_bad(GOOD PATHS "/a//b\n", "is no plain absolute path");
    check_bad(GOOD PATHS "/a/../b\n", "is no plain absolute path");
    check_bad(GOOD PATHS "/a/./b\n", "is no plain absolute path");
    check_bad(GOOD PATHS "/a/..\n", "is no plain absolute path");
    check_bad(GOOD PATHS "/1,/2,/3,/4,/5,/6,/7,/8,/9\n", "is one too many");
}

static void the_environment_is_the_modules_alone(void **state)
{
    (void)state;
    struct conf *c = good(GOOD ENVIRONMENT "SOFTHSM2_CONF=/etc/x=y, _A1=b\n");

    assert_int_equal(c->token_environment.count, 2);
    assert_string_equal(c->token_environment.items[0], "SOFTHSM2_CONF=/etc/x=y");
    assert_string_equal(c->token_environment.items[1], "_A1=b");
    conf_free(&c);
    check_bad(GOOD ENVIRONMENT "SOFTHSM2_CONF\n", "is not NAME=VALUE");
    check_bad(GOOD ENVIRONMENT "SOFTHSM2_CONF=\n", "is not NAME=VALUE");
    check_bad(GOOD ENVIRONMENT "=x\n", "is not NAME=VALUE");
    check_bad(GOOD ENVIRONMENT "1A=x\n", "is not NAME=VALUE");
    check_bad(GOOD ENVIRONMENT "path=x\n", "is not NAME=VALUE");
    check_bad(GOOD ENVIRONMENT "LD_PRELOAD=/x.so\n", "is read by more than the module");
    check_bad(GOOD ENVIRONMENT "OPENSSL_CONF=/x\n", "is read by more than the module");
}

static void a_token_is_outside_of_fips(void **state)
{
    (void)state;
    check_bad("node.id=1\nlog.dirs=/data\nlisteners=SSL://127.0.0.1:9092\n"
              "schloss.anonymous.principal.SSL=User:x\n" CERTIFICATE MODULE URI PIN
              "schloss.fips=required\n",
        "cryptography of its own");
}

static void memory_may_run_out(void **state)
{
    char errors[4096];
    struct conf *conf = NULL;
    enum err e = ERR_NOMEM;

    (void)state;
    for (long n = 0; e != OK && n < 1000; n++) {
        mem_fail_after(n);
        e = parse(GOOD PATHS "/a\n" ENVIRONMENT "A=b\n", &conf, errors, sizeof(errors));
        mem_fail_after(-1);
        assert_true(e == OK || e == ERR_NOMEM || e == ERR_FULL || e == ERR_INVALID);
    }
    assert_int_equal(e, OK);
    conf_free(&conf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_takes_the_place_of_the_keys_file),
        cmocka_unit_test(a_key_has_one_place),
        cmocka_unit_test(what_belongs_together_must_be_there),
        cmocka_unit_test(no_pin_stands_in_the_configuration),
        cmocka_unit_test(paths_are_plain_and_absolute),
        cmocka_unit_test(the_environment_is_the_modules_alone),
        cmocka_unit_test(a_token_is_outside_of_fips),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

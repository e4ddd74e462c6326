#include "x509_name.h"

#include "test.h"
#include "x509_handshake.h"

#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

struct part {
    const char *type; /* a word or an OID */
    int form;         /* V_ASN1_... */
    const char *value;
    int length; /* -1: to its NUL */
    int set;    /* -1: of the set before */
};

static X509_NAME *make_name(const struct part *parts)
{
    X509_NAME *name = X509_NAME_new();

    for (; parts->type != NULL; parts++) {
        ASN1_OBJECT *type = OBJ_txt2obj(parts->type, 0);
        assert_non_null(type);
        assert_int_equal(
            X509_NAME_add_entry_by_OBJ(name, type, parts->form,
                (const uint8_t *)parts->value, parts->length, -1, parts->set),
            1);
        ASN1_OBJECT_free(type);
    }
    return name;
}

/* As it comes out of DER, which is how it comes. */
static enum err write_subject(const struct part *parts, struct buf *out)
{
    X509 *certificate = X509_new();
    X509_NAME *name = make_name(parts);

    buf_init(out, 4096);
    assert_int_equal(X509_set_subject_name(certificate, name), 1);
    enum err e = x509_name_write(out, certificate, X509_SOURCE_SUBJECT, false);
    X509_NAME_free(name);
    X509_free(certificate);
    return e;
}

static void check_subject(const struct part *parts, const char *expected)
{
    struct buf out;

    assert_int_equal(write_subject(parts, &out), OK);
    buf_add(&out, "", 1);
    assert_string_equal((const char *)out.bytes, expected);
    buf_fini(&out);
}

static void check_no_subject(const struct part *parts, enum err expected)
{
    struct buf out;

    assert_int_equal(write_subject(parts, &out), expected);
    buf_fini(&out);
}

#define UTF8(type, value)                                                                \
    {                                                                                    \
        type, V_ASN1_UTF8STRING, value, -1, 0                                            \
    }
#define NAME(...)                                                                        \
    (const struct part[])                                                                \
    {                                                                                    \
        __VA_ARGS__,                                                                     \
        {                                                                                \
            NULL, 0, NULL, 0, 0                                                          \
        }                                                                                \
    }

static void an_issuer_is_written_as_a_subject_is(void **state)
{
    const struct part *parts = NAME(UTF8("O", "Corp, Inc"), UTF8("CN", "ca"));
    const struct part *bad = NAME(UTF8("CN", "c\na"));
    X509 *certificate = X509_new();
    X509_NAME *name = make_name(parts);
    X509_NAME *bad_name = make_name(bad);
    struct buf out;

    (void)state;
    buf_init(&out, 4096);
    assert_int_equal(x509_name_write_issuer(&out, certificate), ERR_NOT_FOUND);
    assert_int_equal(X509_set_issuer_name(certificate, name), 1);
    assert_int_equal(x509_name_write_issuer(&out, certificate), OK);
    buf_add(&out, "", 1);
    assert_string_equal((const char *)out.bytes, "CN=ca,O=Corp\\, Inc");
    assert_int_equal(X509_set_issuer_name(certificate, bad_name), 1);
    assert_int_equal(x509_name_write_issuer(&out, certificate), ERR_INVALID);
    buf_fini(&out);
    X509_NAME_free(name);
    X509_NAME_free(bad_name);
    X509_free(certificate);
}

static void a_subject_is_written_last_part_first(void **state)
{
    (void)state;
    check_subject(NAME(UTF8("C", "DE"), UTF8("ST", "BE"), UTF8("L", "Berlin"),
                      UTF8("O", "Example"), UTF8("OU", "Front"), UTF8("CN", "web1")),
        "CN=web1,OU=Front,O=Example,L=Berlin,ST=BE,C=DE");
    check_subject(NAME(UTF8("DC", "org"), UTF8("street", "Way 1"), UTF8("UID", "u1")),
        "UID=u1,STREET=Way 1,DC=org");
    check_subject(NAME(UTF8("CN", "\xc3\xa9t\xc3\xa9")), "CN=\xc3\xa9t\xc3\xa9");
    check_subject(NAME({"CN", V_ASN1_UTF8STRING, "", 0, 0}, UTF8("O", "x")), "O=x,CN=");
}

static void parts_of_one_set_are_joined_by_a_plus(void **state)
{
    const struct part joined[] = {UTF8("O", "Example"), UTF8("CN", "a"),
        {"UID", V_ASN1_UTF8STRING, "1", -1, -1}, UTF8("OU", "z"), {NULL, 0, NULL, 0, 0}};

    (void)state;
    check_subject(joined, "OU=z,CN=a+UID=1,O=Example");
}

static void other_types_are_numbers_and_their_values_hex(void **state)
{
    (void)state;
    check_subject(NAME({"emailAddress", V_ASN1_IA5STRING, "a@b", -1, 0}, UTF8("CN", "a")),
        "CN=a,1.2.840.113549.1.9.1=#1603614062");
    check_subject(NAME(UTF8("SN", "x")), "2.5.4.4=#0c0178");
    check_subject(
        NAME({"serialNumber", V_ASN1_PRINTABLESTRING, "1", -1, 0}), "2.5.4.5=#130131");
    check_subject(NAME({"1.2.3.4", V_ASN1_UTF8STRING, "\n", -1, 0}), "1.2.3.4=#0c010a");
}

static void what_separates_is_escaped(void **state)
{
    (void)state;
    check_subject(NAME(UTF8("O", "Example"), UTF8("CN", "web,OU=admin")),
        "CN=web\\,OU\\=admin,O=Example");
    check_subject(NAME(UTF8("CN", "a+b\"c\\d<e>f;g#h=i")),
        "CN=a\\+b\\\"c\\\\d\\<e\\>f\\;g\\#h\\=i");
    check_subject(NAME(UTF8("CN", "#a")), "CN=\\#a");
    check_subject(NAME(UTF8("CN", "  a b ")), "CN=\\ \\ a b\\ ");
    check_subject(NAME(UTF8("CN", "  ")), "CN=\\ \\ ");
    check_subject(NAME(UTF8("CN", "a/b'c")), "CN=a/b'c");
}

static void text_that_could_deceive_is_refused(void **state)
{
    static const char *const bad[] = {"a\nb", "a\rb", "\t", "\x7f", "\x1b[0m", "\xc2\x85",
        "\xe2\x80\xa8", "\xe2\x80\xae", "\xe2\x80\x8b", "\xef\xbb\xbf", "\xc5\xbf",
        "\xe2\x84\xaa", "\xc2\xad"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        check_no_subject(NAME(UTF8("CN", bad[i])), ERR_INVALID);
        assert_false(x509_name_is_harmless(bad[i], strlen(bad[i])));
    }
    check_no_subject(NAME({"CN", V_ASN1_UTF8STRING, "admin\0.evil", 11, 0}), ERR_INVALID);
    check_no_subject(NAME({"CN", V_ASN1_T61STRING, "\xe9", -1, 0}), ERR_INVALID);
    check_no_subject(NAME({"CN", V_ASN1_PRINTABLESTRING, "\xff", -1, 0}), ERR_INVALID);
    check_no_subject(NAME({"CN", V_ASN1_BMPSTRING, "\0a", 2, 0}), ERR_INVALID);
    assert_true(x509_name_is_harmless("a \xc3\xa9 \xf0\x9f\x8f\xb0", 9));
    assert_true(x509_name_is_harmless("", 0));
}

static void a_certificate_without_a_subject_has_no_name(void **state)
{
    (void)state;
    check_no_subject((const struct part[]){{NULL, 0, NULL, 0, 0}}, ERR_NOT_FOUND);
}

static void a_subject_that_is_too_long_is_refused(void **state)
{
    static char value[5000];

    (void)state;
    memset(value, 'a', sizeof(value) - 1);
    check_no_subject(NAME(UTF8("1.2.3.4", value)), ERR_FULL);
}

/* --- alternative names ------------------------------------------------------------ */

static enum err write_alternative(
    const char *names, enum x509_source source, bool first, struct buf *out)
{
    EVP_PKEY *key = handshake_key("P-256", 1);
    X509 *c = handshake_certificate(
        &(struct handshake_subject){.name = "subject", .key = key, .alternative = names});

    buf_init(out, 4096);
    enum err e = x509_name_write(out, c, source, first);
    X509_free(c);
    return e;
}

static void check_alternative(
    const char *names, enum x509_source source, bool first, const char *expected)
{
    struct buf out;

    assert_int_equal(write_alternative(names, source, first, &out), OK);
    buf_add(&out, "", 1);
    assert_string_equal((const char *)out.bytes, expected);
    buf_fini(&out);
}

static void check_no_alternative(
    const char *names, enum x509_source source, bool first, enum err expected)
{
    struct buf out;

    assert_int_equal(write_alternative(names, source, first, &out), expected);
    buf_fini(&out);
}

static void the_only_name_of_its_kind_is_taken(void **state)
{
    static const char all[] = "DNS:Web1.Example,URI:spiffe://td/ns/a,email:a@b.c";

    (void)state;
    check_alternative(all, X509_SOURCE_URI, false, "spiffe://td/ns/a");
    check_alternative(all, X509_SOURCE_DNS, false, "web1.example");
    check_alternative(all, X509_SOURCE_EMAIL, false, "a@b.c");
    check_no_alternative("DNS:a", X509_SOURCE_URI, false, ERR_NOT_FOUND);
    check_no_alternative(NULL, X509_SOURCE_DNS, true, ERR_NOT_FOUND);
}

static void of_several_names_none_is_taken_unless_the_first_is_asked_for(void **state)
{
    (void)state;
    check_no_alternative("DNS:a,DNS:b", X509_SOURCE_DNS, false, ERR_EXISTS);
    check_no_alternative("DNS:a,URI:u:x,DNS:a", X509_SOURCE_DNS, false, ERR_EXISTS);
    check_alternative("URI:u:x,DNS:a,DNS:b", X509_SOURCE_DNS, true, "a");
    /* The first that is bad is not passed over. */
    check_no_alternative("DNS:*.a,DNS:b", X509_SOURCE_DNS, true, ERR_INVALID);
}

static bool is_uri(const char *text)
{
    return x509_name_is_uri(text, strlen(text));
}

static void a_spiffe_id_has_its_form(void **state)
{
    static char longest[2 * X509_SPIFFE_MAX] = "spiffe://td/";

    (void)state;
    assert_true(is_uri("spiffe://example.org/ns/prod/sa/web_1.2-3"));
    assert_true(is_uri("spiffe://td/a"));
    assert_true(is_uri("spiffe://td/...")); /* only . and .. mean something */
    assert_false(is_uri("spiffe://td"));
    assert_false(is_uri("spiffe://td/"));
    assert_false(is_uri("spiffe://td/a/"));
    assert_false(is_uri("spiffe://td//a"));
    assert_false(is_uri("spiffe://td/./a"));
    assert_false(is_uri("spiffe://td/a/.."));
    assert_false(is_uri("spiffe:///a"));
    assert_false(is_uri("spiffe://TD/a"));
    assert_false(is_uri("SPIFFE://td/a"));
    assert_false(is_uri("spiffe:td/a"));
    assert_false(is_uri("spiffe:"));
    assert_false(is_uri("spiffe://td:80/a"));
    assert_false(is_uri("spiffe://me@td/a"));
    assert_false(is_uri("spiffe://td/a?b"));
    assert_false(is_uri("spiffe://td/a#b"));
    assert_false(is_uri("spiffe://td/%61"));
    memset(longest + 12, 'a', sizeof(longest) - 12);
    assert_true(x509_name_is_uri(longest, X509_SPIFFE_MAX));
    assert_false(x509_name_is_uri(longest, X509_SPIFFE_MAX + 1));
}

static void other_names_have_theirs(void **state)
{
    (void)state;
    assert_true(is_uri("urn:a:b"));
    assert_true(is_uri("https://a/b?c#d"));
    assert_false(is_uri("no-scheme"));
    assert_false(is_uri(""));
    assert_false(is_uri("urn:a b"));
    assert_false(x509_name_is_uri("urn:a\0b", 7));
    assert_false(is_uri("urn:\xc3\xa9"));
    assert_true(x509_name_is_dns("a-1.b_c", 7));
    assert_false(x509_name_is_dns("a..b", 4));
    assert_false(x509_name_is_dns(".a", 2));
    assert_false(x509_name_is_dns("a.", 2));
    assert_false(x509_name_is_dns("*.a", 3));
    assert_false(x509_name_is_dns("a\0b", 3));
    assert_false(x509_name_is_dns("", 0));
    assert_true(x509_name_is_email("a.b+c@d.e", 9));
    assert_false(x509_name_is_email("@d.e", 4));
    assert_false(x509_name_is_email("a@", 2));
    assert_false(x509_name_is_email("a@b@c", 5));
    assert_false(x509_name_is_email("a b@c", 5));
    assert_false(x509_name_is_email("a,b@c", 5));
    assert_false(x509_name_is_email("a\0@c", 4));
    assert_false(x509_name_is_email("", 0));
}

static void the_parts_of_a_host_name_have_a_length(void **state)
{
    char name[256];

    (void)state;
    memset(name, 'a', sizeof(name));
    assert_true(x509_name_is_dns(name, 63));
    assert_false(x509_name_is_dns(name, 64));
    for (size_t i = 49; i < sizeof(name); i += 50) {
        name[i] = '.';
    }
    assert_true(x509_name_is_dns(name, 253));
    assert_false(x509_name_is_dns(name, 254));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_issuer_is_written_as_a_subject_is),
        cmocka_unit_test(a_subject_is_written_last_part_first),
        cmocka_unit_test(parts_of_one_set_are_joined_by_a_plus),
        cmocka_unit_test(other_types_are_numbers_and_their_values_hex),
        cmocka_unit_test(what_separates_is_escaped),
        cmocka_unit_test(text_that_could_deceive_is_refused),
        cmocka_unit_test(a_certificate_without_a_subject_has_no_name),
        cmocka_unit_test(a_subject_that_is_too_long_is_refused),
        cmocka_unit_test(the_only_name_of_its_kind_is_taken),
        cmocka_unit_test(of_several_names_none_is_taken_unless_the_first_is_asked_for),
        cmocka_unit_test(a_spiffe_id_has_its_form),
        cmocka_unit_test(other_names_have_theirs),
        cmocka_unit_test(the_parts_of_a_host_name_have_a_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

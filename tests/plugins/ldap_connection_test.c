#include "ldap_connection.h"

#include "clock.h"
#include "test.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define SAME     (-1) /* the number of the request */
#define MORE     (-2) /* the same, and behind the reply before without a request */
#define RAW      (-3) /* the bytes are a whole message */
#define PASSWORD "a password that is nowhere else"

struct reply {
    int number;
    const char *bytes; /* the operation */
    size_t length;
};

#define REPLY(number, text) (number), (text), sizeof(text) - 1
#define BIND(code)                                                                       \
    {                                                                                    \
        REPLY(SAME, "\x61\x07\x0a\x01" code "\x04\x00\x04\x00")                          \
    }
#define SEARCH_DONE                                                                      \
    {                                                                                    \
        REPLY(SAME, "\x65\x07\x0a\x01\x00\x04\x00\x04\x00")                              \
    }
/* Those that make the library abort, or leak. */
#define NAMELESS "\x78\x09\x0a\x01\x00\x04\x00\x04\x00\x8a\x00"
#define NOTICE   "\x78\x07\x0a\x01\x34\x04\x00\x04\x00"

/* What the directory does; it is another process. */
static struct {
    const char *starttls; /* in the clear; NULL: nothing */
    size_t starttls_length;
    struct reply replies[6];
} script;

static EVP_PKEY *key;
static X509 *certificate;
static struct ldap_settings settings;
static struct ldap_stream stream;
static struct ldap_connection connection;
static struct ldap_link ldap;
static struct ldap_groups groups;
static pid_t child;
static char said[300];

static void directory_answer(SSL *ssl, const struct reply *r)
{
    static uint8_t request[4096];
    uint8_t out[256] = {0x30, (uint8_t)(r->length + 3), 0x02, 0x01};

    if (r->number != MORE && SSL_read(ssl, request, sizeof(request)) <= 0) {
        return;
    }
    size_t at = 2 + ((request[1] & 0x80) != 0 ? request[1] & 0x7f : 0);
    out[4] = r->number < 0 ? request[at + 2] : (uint8_t)r->number;
    memcpy(out + 5, r->bytes, r->length);
    (void)(r->number == RAW ? SSL_write(ssl, r->bytes, (int)r->length)
                            : SSL_write(ssl, out, (int)r->length + 5));
}

static void directory_main(int fd)
{
    uint8_t request[64];
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());

    SSL_CTX_use_certificate(context, certificate);
    SSL_CTX_use_PrivateKey(context, key);
    if (script.starttls != NULL) {
        (void)recv(fd, request, sizeof(ldap_frame_starttls), MSG_WAITALL);
        (void)send(fd, script.starttls, script.starttls_length, MSG_NOSIGNAL);
    }
    SSL *ssl = SSL_new(context);
    SSL_set_fd(ssl, fd);
    if (SSL_accept(ssl) == 1) {
        for (const struct reply *r = script.replies; r->bytes != NULL; r++) {
            directory_answer(ssl, r);
        }
        (void)SSL_read(ssl, request, sizeof(request)); /* until the other end is gone */
    }
    _exit(0);
}

static int on_dial(void *context, uint32_t timeout_ms)
{
    int pair[2];

    (void)context;
    (void)timeout_ms;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    child = fork();
    if (child == 0) {
        close(pair[0]);
        directory_main(pair[1]);
    }
    close(pair[1]);
    return pair[0];
}

static void on_say(void *context, const char *what, const char *why)
{
    (void)context;
    (void)snprintf(said, sizeof(said), "%s: %s", what, why != NULL ? why : "");
}

static void make_certificate(void)
{
    key = EVP_EC_gen("P-256");
    certificate = X509_new();
    X509_EXTENSION *name =
        X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "DNS:d.test");
    assert_int_equal(X509_set_version(certificate, 2), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(certificate), -60));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(certificate), 3600));
    assert_int_equal(X509_set_pubkey(certificate, key), 1);
    assert_int_equal(X509_add_ext(certificate, name, -1), 1);
    assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
    X509_EXTENSION_free(name);
}

static int set_up_group(void **state)
{
    (void)state;
    make_certificate();
    return ldap_connection_warm() == OK ? 0 : -1;
}

static int tear_down_group(void **state)
{
    (void)state;
    X509_free(certificate);
    EVP_PKEY_free(key);
    return 0;
}

static int set_up(void **state)
{
    BIO *pem = BIO_new(BIO_s_mem());
    char *bytes;

    (void)state;
    assert_int_equal(PEM_write_bio_X509(pem, certificate), 1);
    long length = BIO_get_mem_data(pem, &bytes);
    assert_int_equal(ldap_stream_init(&stream, bytes, (size_t)length, "d.test"), OK);
    BIO_free(pem);
    memset(&script, 0, sizeof(script));
    settings = (struct ldap_settings){.dn_template = "uid=%u,dc=x",
        .base = "dc=x",
        .name_attribute = "uid",
        .bind_dn = "cn=reader"};
    connection = (struct ldap_connection){
        .settings = &settings, .stream = &stream, .dial = on_dial, .say = on_say};
    ldap = ldap_connection_link(&connection);
    child = -1;
    said[0] = '\0';
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    ldap.close(ldap.context);
    ldap_stream_fini(&stream);
    ldap_settings_fini(&settings);
    return child < 0 || waitpid(child, NULL, 0) == child ? 0 : -1;
}

static int64_t soon(void)
{
    return clock_mono_ms() + 20000;
}

static enum ldap_answer ask(const char *name)
{
    const struct ldap_login login = {name, strlen(name), PASSWORD, strlen(PASSWORD)};

    assert_int_equal(ldap.open(ldap.context, soon()), LDAP_ANSWER_RIGHT);
    return ldap.check(ldap.context, &login, soon(), &groups);
}

static enum ldap_answer ask_with(struct reply reply)
{
    script.replies[0] = reply;
    return ask("alice");
}

static void who_can_bind_is_right(void **state)
{
    (void)state;
    assert_int_equal(ask_with((struct reply)BIND("\x00")), LDAP_ANSWER_RIGHT);
}

static void a_message_of_nobody_ends_the_connection(void **state)
{
    static const struct reply replies[] = {{REPLY(0, NAMELESS)}, {REPLY(0, NOTICE)}};

    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(ask_with(replies[i]), LDAP_ANSWER_UNREACHABLE);
        assert_string_equal(said, "bind: no answer");
        assert_true(stream.failed);
        tear_down(state);
        set_up(state);
    }
}

/* --- StartTLS --------------------------------------------------------------------------- */

static enum ldap_answer start(const char *bytes, size_t length)
{
    settings.starttls = true;
    script.starttls = bytes;
    script.starttls_length = length;
    return ldap.open(ldap.context, soon());
}

#define START(text) start(text, sizeof(text) - 1)
#define YES         "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"

static void tls_is_started_and_then_spoken_over(void **state)
{
    const struct ldap_login login = {"alice", 5, "right", 5};

    (void)state;
    script.replies[0] = (struct reply)BIND("\x00");
    assert_int_equal(START(YES), LDAP_ANSWER_RIGHT);
    assert_int_equal(
        ldap.check(ldap.context, &login, soon(), &groups), LDAP_ANSWER_RIGHT);
}

static void what_comes_before_tls_never_reaches_the_library(void **state)
{
    (void)state;
    assert_int_equal(START("\x30\x0e\x02\x01\x00" NAMELESS), LDAP_ANSWER_UNTRUSTED);
    assert_null(connection.ld);
    assert_string_equal(said, "StartTLS: that is no answer to it");
}

static void what_stands_behind_the_answer_is_refused(void **state)
{
    (void)state;
    assert_int_equal(
        START(YES "\x30\x0c\x02\x01\x02\x61\x07\x0a\x01\x00\x04\x00\x04\x00"),
        LDAP_ANSWER_UNTRUSTED);
    assert_null(connection.ld);
    assert_string_equal(said, "StartTLS: that is no answer to it");
}

static void who_refuses_tls_is_not_trusted(void **state)
{
    (void)state;
    assert_int_equal(START("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x34\x04\x00\x04\x00"),
        LDAP_ANSWER_UNTRUSTED);
    assert_string_equal(said, "StartTLS: the directory refuses it");
}

static void who_goes_on_in_the_clear_is_not_trusted(void **state)
{
    char bytes[1200];

    (void)state;
    memset(bytes, 'x', sizeof(bytes));
    bytes[0] = 0x30;
    assert_int_equal(start(bytes, sizeof(bytes)), LDAP_ANSWER_UNTRUSTED);
}

static void who_says_too_little_is_not_waited_for(void **state)
{
    (void)state;
    settings.starttls = true;
    script.starttls = YES;
    script.starttls_length = 5;
    assert_int_equal(
        ldap.open(ldap.context, clock_mono_ms() + 100), LDAP_ANSWER_UNREACHABLE);
    assert_string_equal(said, "StartTLS: timed out");
}

/* --- who can shut out others -------------------------------------------------------------- */

static void a_code_that_says_nothing_of_the_password_is_about_that_user_only(void **state)
{
    static const struct reply replies[] = {
        BIND("\x0a"), BIND("\x01"), BIND("\x33"), BIND("\x50"), BIND("\x7f")};

    for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
        assert_int_equal(ask_with(replies[i]), LDAP_ANSWER_UNDECIDED);
        tear_down(state);
        set_up(state);
    }
    assert_int_equal(
        ask_with((struct reply){REPLY(SAME, "\x61\x00")}), LDAP_ANSWER_CONFUSED);
}

static void by_search(const char *filter)
{
    settings.dn_template[0] = '\0';
    (void)snprintf(settings.filter, sizeof(settings.filter), "%s", filter);
    assert_int_equal(secret_set(&settings.bind_password, "own", 3), OK);
}

static void the_account_that_looks_for_users_has_to_be_let_in(void **state)
{
    (void)state;
    by_search("(uid=%u)");
    assert_int_equal(ask_with((struct reply)BIND("\x0a")), LDAP_ANSWER_CONFUSED);
    assert_string_equal(said, "bind: the account of search.bind.dn is refused");
}

static void a_name_that_does_not_fit_into_the_filter_is_unknown(void **state)
{
    char name[256];

    (void)state;
    by_search("(|(a=%u)(b=%u)(c=%u)(d=%u)(e=%u)(f=%u))");
    memset(name, '*', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    script.replies[0] = (struct reply)BIND("\x00");
    assert_int_equal(ask(name), LDAP_ANSWER_UNKNOWN);
    assert_false(stream.failed);
}

static void who_is_not_found_is_unknown_whatever_the_directory_says_of_them(void **state)
{
    (void)state;
    by_search("(uid=%u)");
    script.replies[0] = (struct reply)BIND("\x00");
    script.replies[1] = (struct reply)SEARCH_DONE;
    script.replies[2] = (struct reply)BIND("\x0a");
    assert_int_equal(ask("alice"), LDAP_ANSWER_UNKNOWN);
}

/* --- groups ----------------------------------------------------------------------------- */

#define UID       "\x30\x0e\x04\x03uid\x31\x07\x04\x05\x61lice"
#define G(values) "\x30\x0b\x04\x01g\x31\x06" values
#define A_AND_B   "\x04\x01\x61\x04\x01\x62"

/* An entry with these attributes, that many bytes of them. */
static struct reply entry(const char *attributes, size_t length)
{
    static char bytes[128];
    const char head[] = {
        0x64, (char)(length + 7), 4, 3, 'o', '=', 'x', 0x30, (char)length};

    assert_true(length < 100);
    memcpy(bytes, head, sizeof(head));
    memcpy(bytes + sizeof(head), attributes, length);
    return (struct reply){SAME, bytes, sizeof(head) + length};
}

#define ENTRY(text) entry(text, sizeof(text) - 1)

static enum ldap_answer find_with(struct reply found)
{
    by_search("(uid=%u)");
    strcpy(settings.group_attribute, "G");
    script.replies[0] = (struct reply)BIND("\x00");
    script.replies[1] = found;
    script.replies[2] = (struct reply)SEARCH_DONE;
    script.replies[2].number = MORE;
    script.replies[3] = (struct reply)BIND("\x00");
    return ask("alice");
}

static void groups_come_with_the_search(void **state)
{
    (void)state;
    assert_int_equal(find_with(ENTRY(UID G(A_AND_B))), LDAP_ANSWER_RIGHT);
    assert_int_equal(groups.count, 2);
    assert_memory_equal(groups.names, "a\0b", 4);
}

static void without_the_attribute_one_is_in_no_group(void **state)
{
    (void)state;
    groups.count = 7;
    groups.length = 7;
    assert_int_equal(find_with(ENTRY(UID)), LDAP_ANSWER_RIGHT);
    assert_int_equal(groups.count, 0);
    assert_int_equal(groups.length, 0);
}

#define PART(text)                                                                       \
    {                                                                                    \
        UID text, sizeof(UID text) - 1                                                   \
    }

/* ... and a wrong password is still no more than that. */
static void who_has_groups_that_may_not_be_all_is_not_let_in(void **state)
{
    static const struct {
        const char *attributes;
        size_t length;
    } found[] = {
        PART("\x30\x0d\x04\x09g;range=0\x31\x00"),
        PART("\x30\x10\x04\x09g;range=0\x31\x03\x04\x01\x61"),
        PART("\x30\x0a\x04\x03g;x\x31\x03\x04\x01\x61"),
        PART(G(A_AND_B) G(A_AND_B)),
        PART(G("\x04\x01\x61\x04\x01\n")),
        PART(G("\x04\x01\x61\x04\x01\xff")),
        PART(G("\x04\x04\x61\0\x62\x63")),
        PART("\x30\x05\x04\x01g\x31\x00"),
        PART("\x30\x06\x04\x01G\x31\x01\x00"),
    };

    for (size_t i = 0; i < sizeof(found) / sizeof(found[0]); i++) {
        assert_int_equal(
            find_with(entry(found[i].attributes, found[i].length)), LDAP_ANSWER_GROUPS);
        tear_down(state);
        set_up(state);
    }
    by_search("(uid=%u)");
    strcpy(settings.group_attribute, "g");
    script.replies[0] = (struct reply)BIND("\x00");
    script.replies[1] = ENTRY(UID "\x30\x05\x04\x01g\x31\x00");
    script.replies[2] = (struct reply)SEARCH_DONE;
    script.replies[2].number = MORE;
    script.replies[3] = (struct reply)BIND("\x31");
    assert_int_equal(ask("alice"), LDAP_ANSWER_WRONG);
}

static void where_nobody_asks_for_groups_they_do_not_matter(void **state)
{
    (void)state;
    by_search("(uid=%u)");
    script.replies[0] = (struct reply)BIND("\x00");
    script.replies[1] = ENTRY(UID G(A_AND_B) G(A_AND_B));
    script.replies[2] = (struct reply)SEARCH_DONE;
    script.replies[2].number = MORE;
    script.replies[3] = (struct reply)BIND("\x00");
    assert_int_equal(ask("alice"), LDAP_ANSWER_RIGHT);
    assert_int_equal(groups.count, 0);
}

static void an_entry_that_is_too_long_is_about_that_user_only(void **state)
{
    (void)state;
    assert_int_equal(
        find_with((struct reply){REPLY(RAW, "\x30\x84\x00\x02\x00\x00\x02\x01\x02\x64")}),
        LDAP_ANSWER_UNDECIDED);
    assert_string_equal(said, "search: an entry is too long");
}

static enum ldap_answer read_with(struct reply found, struct reply done)
{
    strcpy(settings.group_attribute, "g");
    script.replies[0] = (struct reply)BIND("\x00");
    script.replies[1] = found;
    script.replies[2] = done;
    return ask("alice");
}

static void with_a_template_the_user_reads_its_own_entry(void **state)
{
    struct reply done = SEARCH_DONE;

    done.number = MORE;
    assert_int_equal(read_with(ENTRY(G(A_AND_B)), done), LDAP_ANSWER_RIGHT);
    assert_int_equal(groups.count, 2);
    assert_memory_equal(groups.names, "a\0b", 4);
    tear_down(state);
    set_up(state);
    assert_int_equal(
        read_with(ENTRY("\x30\x05\x04\x01g\x31\x00"), done), LDAP_ANSWER_GROUPS);
}

static void who_can_not_read_its_own_entry_is_not_let_in(void **state)
{
    static const struct reply done[] = {SEARCH_DONE,
        {REPLY(SAME, "\x65\x07\x0a\x01\x20\x04\x00\x04\x00")},
        {REPLY(SAME, "\x65\x07\x0a\x01\x32\x04\x00\x04\x00")}};

    for (size_t i = 0; i < sizeof(done) / sizeof(done[0]); i++) {
        assert_int_equal(
            read_with(done[i], (struct reply){.bytes = NULL}), LDAP_ANSWER_UNDECIDED);
        tear_down(state);
        set_up(state);
    }
}

/* --- passwords ---------------------------------------------------------------------------- */

static bool heap_has(const char *text)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    bool found = false;

    while (fgets(line, sizeof(line), maps) != NULL) {
        unsigned long from;
        unsigned long to;
        if (strstr(line, "[heap]") != NULL && sscanf(line, "%lx-%lx", &from, &to) == 2) {
            found |= memmem((const void *)from, to - from, text, strlen(text)) != NULL;
        }
    }
    fclose(maps);
    return found;
}

static void a_request_that_was_sent_keeps_no_password_in_memory(void **state)
{
    const struct ldap_login login = {"alice", 5, PASSWORD, strlen(PASSWORD)};
    char *copy = strdup(PASSWORD);
    bool can_see = heap_has(PASSWORD);

    (void)state;
    OPENSSL_cleanse(copy, strlen(copy));
    free(copy);
    if (!can_see) {
        skip(); /* a sanitizer has a heap of its own */
    }
    assert_false(heap_has(PASSWORD));
    /* Nobody answers: the library still has the request. */
    assert_int_equal(ldap.open(ldap.context, soon()), LDAP_ANSWER_RIGHT);
    assert_int_equal(ldap.check(ldap.context, &login, clock_mono_ms() + 200, &groups),
        LDAP_ANSWER_UNREACHABLE);
    assert_string_equal(said, "bind: no answer");
    assert_false(heap_has(PASSWORD));
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(who_can_bind_is_right),
        TEST(a_message_of_nobody_ends_the_connection),
        TEST(tls_is_started_and_then_spoken_over),
        TEST(what_comes_before_tls_never_reaches_the_library),
        TEST(what_stands_behind_the_answer_is_refused),
        TEST(who_refuses_tls_is_not_trusted),
        TEST(who_goes_on_in_the_clear_is_not_trusted),
        TEST(who_says_too_little_is_not_waited_for),
        TEST(a_code_that_says_nothing_of_the_password_is_about_that_user_only),
        TEST(the_account_that_looks_for_users_has_to_be_let_in),
        TEST(a_name_that_does_not_fit_into_the_filter_is_unknown),
        TEST(who_is_not_found_is_unknown_whatever_the_directory_says_of_them),
        TEST(groups_come_with_the_search),
        TEST(without_the_attribute_one_is_in_no_group),
        TEST(who_has_groups_that_may_not_be_all_is_not_let_in),
        TEST(where_nobody_asks_for_groups_they_do_not_matter),
        TEST(an_entry_that_is_too_long_is_about_that_user_only),
        TEST(with_a_template_the_user_reads_its_own_entry),
        TEST(who_can_not_read_its_own_entry_is_not_let_in),
        TEST(a_request_that_was_sent_keeps_no_password_in_memory),
    };
    return cmocka_run_group_tests(tests, set_up_group, tear_down_group);
}

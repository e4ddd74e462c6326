/* Without a KDC: tickets are made with the key of the service (gssapi_loop.h). */
#include "gssapi_plugin.h"

#include "clock.h"
#include "gssapi_exchange.h"
#include "gssapi_loop.h"
#include "gssapi_token.h"
#include "mem.h"
#include "test.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REALM "EXAMPLE.TEST"

/* A host that remembers the last thing it was told. */
static struct {
    unsigned completions;
    uint64_t attempt;
    struct schloss_auth_result result;
    uint8_t answer[4096];
    char principal[300];
    char said[2200];
} host;

static char folder[] = "/tmp/gssapi-test-XXXXXX";
static char keytab_path[sizeof(folder) + 16];

static void on_complete(
    void *self, uint64_t attempt, const struct schloss_auth_result *result)
{
    (void)self;
    host.completions++;
    host.attempt = attempt;
    host.result = *result;
    assert_true(result->answer.length <= sizeof(host.answer));
    if (result->answer.length > 0) {
        memcpy(host.answer, result->answer.bytes, result->answer.length);
    }
    (void)snprintf(host.principal, sizeof(host.principal), "%.*s",
        (int)result->principal.length, (const char *)result->principal.bytes);
}

static void on_log(void *self, uint32_t level, struct schloss_auth_bytes text)
{
    (void)self;
    (void)level;
    (void)snprintf(
        host.said, sizeof(host.said), "%.*s", (int)text.length, (const char *)text.bytes);
}

typedef void function(void);

static const struct schloss_auth_function functions[] = {
    {SCHLOSS_AUTH_HOST_COMPLETE, (function *)on_complete},
    {SCHLOSS_AUTH_HOST_LOG, (function *)on_log},
    {9999, (function *)on_log}, /* of a later version */
    {0, NULL},
};

static const struct schloss_auth_host offer = {
    .size = sizeof(offer), .abi_major = SCHLOSS_AUTH_ABI_MAJOR, .functions = functions};

static schloss_auth_plugin_create *create;
static schloss_auth_plugin_destroy *destroy;
static schloss_auth_plugin_warm *warm;
static schloss_auth_plugin_begin *begin;
static schloss_auth_plugin_step *step;
static schloss_auth_plugin_cancel *cancel;

static function *find(uint32_t id)
{
    const struct schloss_auth_function *f = gssapi_plugin()->functions;

    while (f->id != id) {
        assert_int_not_equal(f->id, 0);
        f++;
    }
    return f->call;
}

static struct schloss_auth_instance *create_with(
    const char *keytab, const char *scratch, const char *rules)
{
    const struct schloss_auth_file files[] = {{"keytab", open(keytab, O_RDONLY)}};
    const struct schloss_auth_setting settings[] = {
        {"scratch", scratch},
        {"sasl.kerberos.principal.to.local.rules", rules},
        {"something.else", "x"},
    };
    const struct schloss_auth_config config = {.size = sizeof(config),
        .files = files,
        .file_count = 1,
        .settings = settings,
        .setting_count = 3};

    struct schloss_auth_instance *p = create(&offer, &config);
    (void)close(files[0].fd);
    return p;
}

static int make_keytab(void)
{
    char name[sizeof(keytab_path) + 8];
    krb5_context context = NULL;
    krb5_keytab keytab = NULL;
    krb5_keytab_entry entry = {.vno = 3};

    (void)snprintf(keytab_path, sizeof(keytab_path), "%s/source", folder);
    (void)snprintf(name, sizeof(name), "FILE:%s", keytab_path);
    if (setenv("KRB5_CONFIG", "/dev/null", 1) != 0 || krb5_init_context(&context) != 0 ||
        krb5_kt_resolve(context, name, &keytab) != 0 ||
        krb5_parse_name(context, "kafka/localhost@" REALM, &entry.principal) != 0 ||
        krb5_c_make_random_key(context, ENCTYPE_AES256_CTS_HMAC_SHA1_96, &entry.key) !=
            0 ||
        krb5_kt_add_entry(context, keytab, &entry) != 0) {
        return -1;
    }
    (void)krb5_free_keytab_entry_contents(context, &entry);
    (void)krb5_kt_close(context, keytab);
    krb5_free_context(context);
    return 0;
}

static int setup_all(void **state)
{
    (void)state;
    create = (schloss_auth_plugin_create *)find(SCHLOSS_AUTH_PLUGIN_CREATE);
    destroy = (schloss_auth_plugin_destroy *)find(SCHLOSS_AUTH_PLUGIN_DESTROY);
    warm = (schloss_auth_plugin_warm *)find(SCHLOSS_AUTH_PLUGIN_WARM);
    begin = (schloss_auth_plugin_begin *)find(SCHLOSS_AUTH_PLUGIN_BEGIN);
    step = (schloss_auth_plugin_step *)find(SCHLOSS_AUTH_PLUGIN_STEP);
    cancel = (schloss_auth_plugin_cancel *)find(SCHLOSS_AUTH_PLUGIN_CANCEL);
    return mkdtemp(folder) != NULL ? make_keytab() : -1;
}

static int teardown_all(void **state)
{
    DIR *listing = opendir(folder);
    struct dirent *entry;

    (void)state;
    while (listing != NULL && (entry = readdir(listing)) != NULL) {
        bool conf = strncmp(entry->d_name, "krb5-", 5) == 0;
        if (conf || strcmp(entry->d_name, "source") == 0 ||
            strcmp(entry->d_name, "rcache") == 0) {
            (void)unlinkat(dirfd(listing), entry->d_name, 0);
        }
    }
    if (listing != NULL) {
        (void)closedir(listing);
    }
    return rmdir(folder); /* fails if a keytab was left */
}

static int setup(void **state)
{
    memset(&host, 0, sizeof(host));
    *state = create_with(keytab_path, folder, "RULE:[1:$1]/L");
    return *state != NULL ? 0 : -1;
}

static int teardown(void **state)
{
    destroy(*state);
    return 0;
}

/* --- logins ----------------------------------------------------------------------- */

static struct gssapi_ticket good_ticket(const char *client)
{
    const int64_t now_s = clock_wall_ms() / 1000;

    return (struct gssapi_ticket){
        .client = client, .start_s = now_s - 1, .end_s = now_s + 500};
}

static void assert_answer(
    uint64_t attempt, enum schloss_auth_verdict verdict, enum schloss_auth_reason reason)
{
    assert_int_equal(host.completions, 1);
    assert_int_equal(host.attempt, attempt);
    assert_int_equal(host.result.size, sizeof(host.result));
    assert_int_equal(host.result.verdict, verdict);
    assert_int_equal(host.result.reason, reason);
    if (verdict != SCHLOSS_AUTH_CONTINUE) {
        assert_int_equal(host.result.answer.length, 0);
    }
    if (verdict != SCHLOSS_AUTH_ALLOW) {
        assert_string_equal(host.principal, "");
        assert_int_equal(host.result.expires_ms, 0);
    }
    host.completions = 0;
}

static void send_bytes(
    struct schloss_auth_instance *p, uint64_t attempt, const void *bytes, size_t length)
{
    step(p, attempt, (struct schloss_auth_bytes){bytes, length});
}

static void start(struct schloss_auth_instance *p, uint64_t attempt,
    const struct gssapi_ticket *ticket, OM_uint32 flags, struct gssapi_loop_client *c)
{
    assert_int_equal(
        gssapi_loop_client_init(c, gssapi_plugin_keytab(p), ticket, flags), OK);
    begin(p, attempt, (struct schloss_auth_bytes){"GSSAPI", 6},
        (struct schloss_auth_bytes){"127.0.0.1", 9});
    send_bytes(p, attempt, c->token.value, c->token.length);
}

/* Up to the client's choice, which is sent. */
static void go_on(struct schloss_auth_instance *p, uint64_t attempt, uint8_t layer,
    const char *authzid, bool mutual, struct gssapi_loop_client *c)
{
    gss_buffer_desc choice = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor;

    assert_answer(attempt, SCHLOSS_AUTH_CONTINUE, SCHLOSS_AUTH_REASON_NONE);
    if (mutual) {
        const gss_buffer_desc reply = {host.result.answer.length, host.answer};
        assert_int_equal(gssapi_loop_client_finish(c, &reply), OK);
        send_bytes(p, attempt, NULL, 0);
        assert_answer(attempt, SCHLOSS_AUTH_CONTINUE, SCHLOSS_AUTH_REASON_NONE);
    }
    assert_true(host.result.answer.length > 0);
    assert_int_equal(gssapi_loop_client_choose(c, layer, authzid, &choice), OK);
    send_bytes(p, attempt, choice.value, choice.length);
    (void)gss_release_buffer(&minor, &choice);
}

static void warming_ends_well_and_more_than_once(void **state)
{
    assert_int_equal(warm(*state), SCHLOSS_AUTH_READY);
    assert_int_equal(warm(*state), SCHLOSS_AUTH_READY);
    assert_string_equal(host.said, "");
    assert_int_equal(host.completions, 0);
}

static void both_kinds_of_client_get_in_until_their_ticket_ends(void **state)
{
    static const OM_uint32 flags[] = {GSS_C_MUTUAL_FLAG, 0};
    const struct gssapi_ticket ticket = good_ticket("Alice@" REALM);

    for (uint64_t i = 0; i < 2; i++) {
        struct gssapi_loop_client c;
        start(*state, i, &ticket, flags[i], &c);
        go_on(*state, i, GSSAPI_LAYER_NONE, "", i == 0, &c);
        assert_answer(i, SCHLOSS_AUTH_ALLOW, SCHLOSS_AUTH_REASON_NONE);
        assert_string_equal(host.principal, "User:alice");
        assert_int_equal(host.result.expires_ms, ticket.end_s * 1000);
        gssapi_loop_client_fini(&c, gssapi_plugin_keytab(*state));
        send_bytes(*state, i, NULL, 0);
        assert_answer(i, SCHLOSS_AUTH_ERROR, SCHLOSS_AUTH_REASON_INTERNAL);
        memset(host.principal, 0, sizeof(host.principal));
    }
}

static void whole_login(struct schloss_auth_instance *p, const char *client,
    uint8_t layer, const char *authzid, enum schloss_auth_reason reason)
{
    const struct gssapi_ticket ticket = good_ticket(client);
    struct gssapi_loop_client c;

    start(p, 1, &ticket, GSS_C_MUTUAL_FLAG, &c);
    go_on(p, 1, layer, authzid, true, &c);
    assert_answer(1,
        reason == SCHLOSS_AUTH_REASON_NONE ? SCHLOSS_AUTH_ALLOW : SCHLOSS_AUTH_DENY,
        reason);
    gssapi_loop_client_fini(&c, gssapi_plugin_keytab(p));
    memset(host.principal, 0, sizeof(host.principal));
}

static void the_authzid_is_the_principal_or_its_name(void **state)
{
    whole_login(*state, "Alice@" REALM, 1, "alice", SCHLOSS_AUTH_REASON_NONE);
    whole_login(*state, "Alice@" REALM, 1, "Alice@" REALM, SCHLOSS_AUTH_REASON_NONE);
    whole_login(*state, "Alice@" REALM, 1, "Alice", SCHLOSS_AUTH_REASON_OTHER_IDENTITY);
    whole_login(*state, "Alice@" REALM, 1, "bob", SCHLOSS_AUTH_REASON_OTHER_IDENTITY);
}

static void the_name_of_the_service_asks_for_nobody(void **state)
{
    whole_login(*state, "Alice@" REALM, 1, "kafka@localhost", SCHLOSS_AUTH_REASON_NONE);
    whole_login(*state, "Alice@" REALM, 1, "kafka", SCHLOSS_AUTH_REASON_OTHER_IDENTITY);
    whole_login(*state, "Alice@" REALM, 1, "kafka@", SCHLOSS_AUTH_REASON_OTHER_IDENTITY);
    whole_login(
        *state, "Alice@" REALM, 1, "kafkas@host", SCHLOSS_AUTH_REASON_OTHER_IDENTITY);
}

static void only_no_layer_can_be_chosen(void **state)
{
    static const uint8_t layers[] = {0, 2, 3, 4, 7, 0x81};

    for (size_t i = 0; i < sizeof(layers); i++) {
        whole_login(*state, "alice@" REALM, layers[i], "", SCHLOSS_AUTH_REASON_KRB_LAYER);
    }
}

static void a_principal_without_a_rule_is_denied(void **state)
{
    whole_login(*state, "alice/admin@" REALM, 1, "", SCHLOSS_AUTH_REASON_KRB_NO_RULE);
    whole_login(*state, "*@" REALM, 1, "", SCHLOSS_AUTH_REASON_KRB_NO_RULE);
}

static void first_token(struct schloss_auth_instance *p,
    const struct gssapi_ticket *ticket, enum schloss_auth_reason reason)
{
    struct gssapi_loop_client c;

    start(p, 1, ticket, 0, &c);
    assert_answer(1, SCHLOSS_AUTH_DENY, reason);
    gssapi_loop_client_fini(&c, gssapi_plugin_keytab(p));
}

static void names_that_need_an_escape_or_are_nobody_are_denied(void **state)
{
    static const char *const names[] = {"al\\\\ice@" REALM, "alice\\@" REALM "@OTHER",
        "al\\nice@" REALM, "a\\/b@" REALM, "WELLKNOWN/ANONYMOUS@" REALM, "\xff@" REALM};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const struct gssapi_ticket ticket = good_ticket(names[i]);
        first_token(*state, &ticket, SCHLOSS_AUTH_REASON_KRB_NO_RULE);
    }
}

static void bad_tickets_are_told_apart(void **state)
{
    struct gssapi_ticket ticket = good_ticket("alice@" REALM);

    ticket.spoilt = true;
    first_token(*state, &ticket, SCHLOSS_AUTH_REASON_KRB_NO_KEY);
    assert_non_null(strstr(host.said, "[KRB010]"));
    ticket.spoilt = false;
    ticket.end_s -= 5000;
    ticket.start_s -= 5000;
    first_token(*state, &ticket, SCHLOSS_AUTH_REASON_KRB_EXPIRED);
    ticket = good_ticket("alice@" REALM);
    ticket.start_s += 5000;
    ticket.end_s += 5000;
    first_token(*state, &ticket, SCHLOSS_AUTH_REASON_KRB_SKEW);
}

/* The library tolerates a ticket that ended within the clock skew; a login does not. */
static void a_ticket_that_just_ended_is_expired(void **state)
{
    struct gssapi_ticket ticket = good_ticket("alice@" REALM);
    struct gssapi_loop_client c;

    ticket.start_s -= 1000;
    ticket.end_s = ticket.start_s + 990;
    start(*state, 1, &ticket, GSS_C_MUTUAL_FLAG, &c);
    go_on(*state, 1, GSSAPI_LAYER_NONE, "", true, &c);
    assert_answer(1, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_KRB_EXPIRED);
    gssapi_loop_client_fini(&c, gssapi_plugin_keytab(*state));
}

static void a_token_counts_once(void **state)
{
    const struct gssapi_ticket ticket = good_ticket("alice@" REALM);
    struct gssapi_loop_client c;

    start(*state, 1, &ticket, 0, &c);
    assert_answer(1, SCHLOSS_AUTH_CONTINUE, SCHLOSS_AUTH_REASON_NONE);
    begin(*state, 2, (struct schloss_auth_bytes){"GSSAPI", 6},
        (struct schloss_auth_bytes){NULL, 0});
    send_bytes(*state, 2, c.token.value, c.token.length);
    assert_answer(2, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_KRB_REPLAY);
    gssapi_loop_client_fini(&c, gssapi_plugin_keytab(*state));
}

static void every_truncation_and_every_wrong_byte_is_denied(void **state)
{
    const struct gssapi_ticket ticket = good_ticket("alice@" REALM);
    struct gssapi_loop_client c;
    struct schloss_auth_instance *p = *state;

    start(p, 1, &ticket, 0, &c); /* from here on, what gets through is a replay */
    assert_answer(1, SCHLOSS_AUTH_CONTINUE, SCHLOSS_AUTH_REASON_NONE);
    for (size_t i = 0; i < 2 * c.token.length; i++) {
        size_t length = i < c.token.length ? i : c.token.length;
        uint8_t *copy = malloc(length > 0 ? length : 1);
        assert_non_null(copy);
        memcpy(copy, c.token.value, length);
        if (i >= c.token.length) {
            copy[i - c.token.length] ^= 4;
        }
        begin(p, i + 2, (struct schloss_auth_bytes){"GSSAPI", 6},
            (struct schloss_auth_bytes){NULL, 0});
        send_bytes(p, i + 2, copy, length);
        free(copy);
        assert_int_equal(host.completions, 1);
        host.completions = 0;
        /* One bit asks for mutual authentication; it proves nothing, and gets nowhere. */
        if (host.result.verdict == SCHLOSS_AUTH_CONTINUE) {
            send_bytes(p, i + 2, "x", 1);
            host.completions = 0;
        }
        assert_int_equal(host.result.verdict, SCHLOSS_AUTH_DENY);
    }
    gssapi_loop_client_fini(&c, gssapi_plugin_keytab(p));
}

static void messages_in_the_wrong_place_are_denied(void **state)
{
    static uint8_t long_message[GSSAPI_TOKEN_MAX + 1];
    const struct gssapi_ticket ticket = good_ticket("alice@" REALM);
    struct gssapi_loop_client c;
    struct schloss_auth_instance *p = *state;

    begin(p, 1, (struct schloss_auth_bytes){"GSSAPI", 6},
        (struct schloss_auth_bytes){NULL, 0});
    send_bytes(p, 1, NULL, 0);
    assert_answer(1, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_MALFORMED);
    begin(p, 2, (struct schloss_auth_bytes){"GSSAPI", 6},
        (struct schloss_auth_bytes){NULL, 0});
    send_bytes(p, 2, long_message, sizeof(long_message));
    assert_answer(2, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_TOO_LONG);
    start(p, 3, &ticket, GSS_C_MUTUAL_FLAG, &c);
    assert_answer(3, SCHLOSS_AUTH_CONTINUE, SCHLOSS_AUTH_REASON_NONE);
    send_bytes(p, 3, c.token.value, c.token.length);
    assert_answer(3, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_MALFORMED);
    gssapi_loop_client_fini(&c, gssapi_plugin_keytab(p));
    start(p, 4, &ticket, GSS_C_MUTUAL_FLAG, &c);
    assert_answer(4, SCHLOSS_AUTH_CONTINUE, SCHLOSS_AUTH_REASON_NONE);
    send_bytes(p, 4, NULL, 0);
    assert_answer(4, SCHLOSS_AUTH_CONTINUE, SCHLOSS_AUTH_REASON_NONE);
    send_bytes(p, 4, NULL, 0);
    assert_int_equal(host.result.verdict, SCHLOSS_AUTH_DENY);
    host.completions = 0;
    gssapi_loop_client_fini(&c, gssapi_plugin_keytab(p));
}

static void calls_out_of_order_are_errors(void **state)
{
    send_bytes(*state, 7, "x", 1);
    assert_answer(7, SCHLOSS_AUTH_ERROR, SCHLOSS_AUTH_REASON_INTERNAL);
    cancel(*state, 8);
    begin(*state, 9, (struct schloss_auth_bytes){"GSSAPI", 6},
        (struct schloss_auth_bytes){NULL, 0});
    cancel(*state, 9);
    send_bytes(*state, 9, "x", 1);
    assert_answer(9, SCHLOSS_AUTH_ERROR, SCHLOSS_AUTH_REASON_INTERNAL);
    begin(*state, 10, (struct schloss_auth_bytes){"GSSAPI", 6},
        (struct schloss_auth_bytes){NULL, 0});
    /* teardown frees what is left open, under the address sanitizer */
}

/* --- the start -------------------------------------------------------------------- */

static void a_bad_start_says_why(void **state)
{
    (void)state;
    assert_null(create_with("/dev/null", folder, ""));
    assert_non_null(strstr(host.said, "[KRB001]"));
    assert_null(create_with(keytab_path, "", ""));
    assert_non_null(strstr(host.said, "[KRB003]"));
    assert_null(create_with(keytab_path, "relative", ""));
    assert_non_null(strstr(host.said, "[KRB003]"));
    assert_null(create_with(keytab_path, "/tmp/a:b", ""));
    assert_non_null(strstr(host.said, "[KRB003]"));
    assert_null(create_with(keytab_path, "/nonexistent", ""));
    assert_non_null(strstr(host.said, "[KRB004]"));
    assert_null(create_with(keytab_path, folder, "RULE:"));
    assert_non_null(strstr(host.said, "[KRB011]"));
}

static void a_host_that_lacks_something_is_refused(void **state)
{
    const struct schloss_auth_config config = {.size = sizeof(config)};
    const struct schloss_auth_config old = {.size = 8};
    struct schloss_auth_host other = offer;

    (void)state;
    assert_null(create(NULL, &config));
    assert_null(create(&offer, NULL));
    assert_null(create(&offer, &old));
    other.abi_major++;
    assert_null(create(&other, &config));
    other = offer;
    other.functions = functions + 2;
    assert_null(create(&other, &config));
}

static void no_memory_is_an_error_each_time(void **state)
{
    struct schloss_auth_instance *p = NULL;
    long successes = 0;

    (void)state;
    while (p == NULL) {
        mem_fail_after(successes);
        p = create_with(keytab_path, folder, "DEFAULT");
        mem_fail_after(-1);
        successes++;
        assert_true(successes < 200);
    }
    assert_true(successes > 5);
    destroy(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(warming_ends_well_and_more_than_once),
        TEST(both_kinds_of_client_get_in_until_their_ticket_ends),
        TEST(the_authzid_is_the_principal_or_its_name),
        TEST(the_name_of_the_service_asks_for_nobody),
        TEST(only_no_layer_can_be_chosen),
        TEST(a_principal_without_a_rule_is_denied),
        TEST(names_that_need_an_escape_or_are_nobody_are_denied),
        TEST(bad_tickets_are_told_apart),
        TEST(a_ticket_that_just_ended_is_expired),
        TEST(a_token_counts_once),
        TEST(every_truncation_and_every_wrong_byte_is_denied),
        TEST(messages_in_the_wrong_place_are_denied),
        TEST(calls_out_of_order_are_errors),
        cmocka_unit_test(a_bad_start_says_why),
        cmocka_unit_test(a_host_that_lacks_something_is_refused),
        cmocka_unit_test(no_memory_is_an_error_each_time),
#undef TEST
    };

    return cmocka_run_group_tests(tests, setup_all, teardown_all);
}

/*
 * The binary interface of plugins, as it was given away: sizes, offsets and numbers. A
 * change that fails here breaks plugins that were built before it. What may be done is to
 * add at the end of a struct, to a table or to the reasons, with a new minor version; then
 * a row is added here and none is changed.
 */
#include "test.h"

#include <schloss/auth_plugin.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Of a struct that a plugin of minor version 3 knows: it may grow behind these. */
#define FIELD(type, field, offset, length)                                               \
    do {                                                                                 \
        assert_int_equal(offsetof(struct type, field), offset);                          \
        assert_int_equal(sizeof(((struct type *)NULL)->field), length);                  \
    } while (0)

static void structs_that_never_grow_have_their_sizes(void **state)
{
    (void)state;
    assert_int_equal(sizeof(struct schloss_auth_function), 16);
    FIELD(schloss_auth_function, id, 0, 4);
    FIELD(schloss_auth_function, call, 8, 8);
    assert_int_equal(sizeof(struct schloss_auth_bytes), 16);
    FIELD(schloss_auth_bytes, bytes, 0, 8);
    FIELD(schloss_auth_bytes, length, 8, 8);
    /* Elements of arrays, without a size of their own. */
    assert_int_equal(sizeof(struct schloss_auth_file), 16);
    FIELD(schloss_auth_file, name, 0, 8);
    FIELD(schloss_auth_file, fd, 8, 4);
    assert_int_equal(sizeof(struct schloss_auth_setting), 16);
    FIELD(schloss_auth_setting, name, 0, 8);
    FIELD(schloss_auth_setting, value, 8, 8);
}

static void what_a_plugin_answers_is_where_it_was(void **state)
{
    (void)state;
    assert_int_equal(sizeof(struct schloss_auth_result), 88);
    FIELD(schloss_auth_result, size, 0, 8);
    FIELD(schloss_auth_result, verdict, 8, 4);
    FIELD(schloss_auth_result, reason, 12, 4);
    FIELD(schloss_auth_result, answer, 16, 16);
    FIELD(schloss_auth_result, principal, 32, 16);
    FIELD(schloss_auth_result, expires_ms, 48, 8); /* minor 2 ended here */
    FIELD(schloss_auth_result, groups, 56, 16);
    FIELD(schloss_auth_result, issuer, 72, 16);
}

static void what_a_host_gives_is_where_it_was(void **state)
{
    (void)state;
    assert_int_equal(sizeof(struct schloss_auth_host), 32);
    FIELD(schloss_auth_host, size, 0, 8);
    FIELD(schloss_auth_host, abi_major, 8, 4);
    FIELD(schloss_auth_host, abi_minor, 12, 4);
    FIELD(schloss_auth_host, host, 16, 8);
    FIELD(schloss_auth_host, functions, 24, 8);
    assert_int_equal(sizeof(struct schloss_auth_config), 40);
    FIELD(schloss_auth_config, size, 0, 8);
    FIELD(schloss_auth_config, files, 8, 8);
    FIELD(schloss_auth_config, file_count, 16, 8);
    FIELD(schloss_auth_config, settings, 24, 8); /* minor 0 ended here */
    FIELD(schloss_auth_config, setting_count, 32, 8);
}

static void a_credential_is_where_it_was(void **state)
{
    (void)state;
    assert_int_equal(sizeof(struct schloss_auth_credential), 72);
    FIELD(schloss_auth_credential, size, 0, 8);
    FIELD(schloss_auth_credential, act, 8, 4);
    FIELD(schloss_auth_credential, cost, 12, 4);
    FIELD(schloss_auth_credential, name, 16, 16);
    FIELD(schloss_auth_credential, mechanism, 32, 16);
    FIELD(schloss_auth_credential, serial, 48, 8);
    FIELD(schloss_auth_credential, bytes, 56, 16);
}

static void what_a_plugin_says_of_itself_is_where_it_was(void **state)
{
    (void)state;
    assert_int_equal(sizeof(struct schloss_auth_plugin), 48);
    FIELD(schloss_auth_plugin, size, 0, 8);
    FIELD(schloss_auth_plugin, abi_major, 8, 4);
    FIELD(schloss_auth_plugin, abi_minor, 12, 4);
    FIELD(schloss_auth_plugin, name, 16, 8);
    FIELD(schloss_auth_plugin, version, 24, 8);
    FIELD(schloss_auth_plugin, mechanisms, 32, 8);
    FIELD(schloss_auth_plugin, functions, 40, 8);
}

static void functions_keep_their_numbers(void **state)
{
    static const uint32_t host[] = {SCHLOSS_AUTH_HOST_COMPLETE, SCHLOSS_AUTH_HOST_NOW_MS,
        SCHLOSS_AUTH_HOST_WAIT, SCHLOSS_AUTH_HOST_LOG, SCHLOSS_AUTH_HOST_DIAL};
    static const uint32_t plugin[] = {SCHLOSS_AUTH_PLUGIN_CREATE,
        SCHLOSS_AUTH_PLUGIN_DESTROY, SCHLOSS_AUTH_PLUGIN_WARM, SCHLOSS_AUTH_PLUGIN_BEGIN,
        SCHLOSS_AUTH_PLUGIN_STEP, SCHLOSS_AUTH_PLUGIN_CANCEL, SCHLOSS_AUTH_PLUGIN_RESUME,
        SCHLOSS_AUTH_PLUGIN_KNOWS, SCHLOSS_AUTH_PLUGIN_SEALING_KEY,
        SCHLOSS_AUTH_PLUGIN_CREDENTIAL, SCHLOSS_AUTH_PLUGIN_FILES};

    (void)state;
    for (uint32_t i = 0; i < sizeof(host) / sizeof(host[0]); i++) {
        assert_int_equal(host[i], i + 1);
    }
    for (uint32_t i = 0; i < sizeof(plugin) / sizeof(plugin[0]); i++) {
        assert_int_equal(plugin[i], i + 1);
    }
}

/* The types of the functions: a changed one does not compile here. */
static void functions_keep_their_types(void **state)
{
    void (*complete)(void *, uint64_t, const struct schloss_auth_result *) =
        (schloss_auth_host_complete *)NULL;
    int64_t (*now_ms)(void *) = (schloss_auth_host_now_ms *)NULL;
    void (*wait)(void *, uint64_t, uint32_t) = (schloss_auth_host_wait *)NULL;
    void (*log)(void *, uint32_t, struct schloss_auth_bytes) =
        (schloss_auth_host_log *)NULL;
    int (*dial)(void *, uint32_t) = (schloss_auth_host_dial *)NULL;
    struct schloss_auth_instance *(*create)(const struct schloss_auth_host *,
        const struct schloss_auth_config *) = (schloss_auth_plugin_create *)NULL;
    void (*destroy)(struct schloss_auth_instance *) = (schloss_auth_plugin_destroy *)NULL;
    uint32_t (*warm)(struct schloss_auth_instance *) = (schloss_auth_plugin_warm *)NULL;
    void (*begin)(struct schloss_auth_instance *, uint64_t, struct schloss_auth_bytes,
        struct schloss_auth_bytes) = (schloss_auth_plugin_begin *)NULL;
    void (*step)(struct schloss_auth_instance *, uint64_t, struct schloss_auth_bytes) =
        (schloss_auth_plugin_step *)NULL;
    void (*cancel)(struct schloss_auth_instance *, uint64_t) =
        (schloss_auth_plugin_cancel *)NULL;
    void (*resume)(struct schloss_auth_instance *, uint64_t) =
        (schloss_auth_plugin_resume *)NULL;
    uint32_t (*knows)(struct schloss_auth_instance *, struct schloss_auth_bytes) =
        (schloss_auth_plugin_knows *)NULL;
    uint32_t (*sealing_key)(struct schloss_auth_instance *, struct schloss_auth_bytes *) =
        (schloss_auth_plugin_sealing_key *)NULL;
    uint32_t (*credential)(struct schloss_auth_instance *,
        const struct schloss_auth_credential *, struct schloss_auth_bytes *) =
        (schloss_auth_plugin_credential *)NULL;
    const char *(*files)(void) = (schloss_auth_plugin_files *)NULL;
    const struct schloss_auth_plugin *(*entry)(uint32_t) =
        (schloss_auth_plugin_entry *)NULL;

    (void)state;
    assert_true(complete == NULL && now_ms == NULL && wait == NULL && log == NULL);
    assert_null(dial);
    assert_true(create == NULL && destroy == NULL && warm == NULL && begin == NULL);
    assert_true(step == NULL && cancel == NULL && resume == NULL && knows == NULL);
    assert_true(sealing_key == NULL && credential == NULL);
    assert_true(files == NULL && entry == NULL);
}

static void versions_and_values_are_what_they_were(void **state)
{
    (void)state;
    assert_int_equal(SCHLOSS_AUTH_ABI_MAJOR, 1);
    assert_int_equal(SCHLOSS_AUTH_ABI_MINOR, 4);
    assert_int_equal(SCHLOSS_AUTH_HOST_ABI, 0x10004);
    assert_string_equal(SCHLOSS_AUTH_PLUGIN_ENTRY, "schloss_auth_plugin_v1");
    assert_int_equal(SCHLOSS_AUTH_CONTINUE, 0x2c);
    assert_int_equal(SCHLOSS_AUTH_ALLOW, 0x51);
    assert_int_equal(SCHLOSS_AUTH_DENY, 0xa7);
    assert_int_equal(SCHLOSS_AUTH_ERROR, 0xe3);
    assert_int_equal(SCHLOSS_AUTH_READY, 0x6b);
    assert_int_equal(SCHLOSS_AUTH_REFUSED, 0x94);
    assert_int_equal(SCHLOSS_AUTH_ELSEWHERE, 0x2d);
    assert_int_equal(SCHLOSS_AUTH_CREDENTIAL_OFFER, 1);
    assert_int_equal(SCHLOSS_AUTH_CREDENTIAL_KEEP, 2);
    assert_int_equal(SCHLOSS_AUTH_CREDENTIAL_REMOVE, 3);
    assert_int_equal(SCHLOSS_AUTH_CREDENTIAL_MAX, 1024);
    assert_int_equal(SCHLOSS_AUTH_LOG_ERROR, 1);
    assert_int_equal(SCHLOSS_AUTH_LOG_WARN, 2);
    assert_int_equal(SCHLOSS_AUTH_LOG_INFO, 3);
}

static int bits_that_differ(unsigned a, unsigned b)
{
    return __builtin_popcount(a ^ b);
}

static void no_flipped_bit_makes_a_verdict_of_another(void **state)
{
    static const unsigned all[] = {0, SCHLOSS_AUTH_CONTINUE, SCHLOSS_AUTH_ALLOW,
        SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_ERROR};

    (void)state;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        for (size_t k = 0; k < i; k++) {
            assert_true(bits_that_differ(all[i], all[k]) >= 2);
        }
    }
    assert_true(bits_that_differ(SCHLOSS_AUTH_READY, SCHLOSS_AUTH_REFUSED) >= 2);
    assert_true(bits_that_differ(SCHLOSS_AUTH_READY, SCHLOSS_AUTH_ELSEWHERE) >= 2);
    assert_true(bits_that_differ(SCHLOSS_AUTH_REFUSED, SCHLOSS_AUTH_ELSEWHERE) >= 2);
}

struct reason {
    const char *name;
    unsigned number;
};

/* Whatever was a reason once stands here for ever, also when nobody gives it any more. */
static const struct reason known[] = {
    {"NONE", 0},
    {"MALFORMED", 1},
    {"UNKNOWN_USER", 2},
    {"WRONG_PASSWORD", 3},
    {"OTHER_IDENTITY", 4},
    {"TOO_MANY_FAILURES", 5},
    {"TOO_LONG", 6},
    {"MECHANISM", 7},
    {"TIMEOUT", 8},
    {"BUSY", 9},
    {"SEQUENCE", 10},
    {"PLUGIN", 11},
    {"INTERNAL", 12},
    {"ROUNDS", 13},
    {"DISABLED", 14},
    {"EXPIRED", 15},
    {"KRB_SKEW", 20},
    {"KRB_NO_KEY", 21},
    {"KRB_EXPIRED", 22},
    {"KRB_REPLAY", 23},
    {"KRB_OTHER", 24},
    {"KRB_NO_RULE", 25},
    {"KRB_LAYER", 26},
    {"KRB_SERVICE", 27},
    {"X509_PROOF", 30},
    {"X509_FRESH", 31},
    {"X509_CHAIN", 32},
    {"X509_EXPIRED", 33},
    {"X509_REVOKED", 34},
    {"X509_PURPOSE", 35},
    {"X509_NAME", 36},
    {"X509_WEAK", 37},
    {"X509_CRL", 38},
    {"X509_ISSUER", 39},
    {"TOKEN_FORM", 40},
    {"TOKEN_SIGNATURE", 41},
    {"TOKEN_EXPIRED", 42},
    {"TOKEN_AUDIENCE", 43},
    {"TOKEN_ISSUER", 44},
    {"TOKEN_KEY", 45},
    {"TOKEN_ALGORITHM", 46},
    {"TOKEN_CLAIMS", 47},
    {"TOKEN_NO_KEYS", 48},
    {"LDAP_UNREACHABLE", 50},
    {"LDAP_UNTRUSTED", 51},
    {"LDAP_ANSWER", 52},
    {"LDAP_LOCKED", 53},
    {"LDAP_SEVERAL", 54},
    {"LDAP_GROUPS", 55},
};

static const struct reason present[] = {
#define REASON(name, number, text) {#name, number},
    SCHLOSS_AUTH_REASONS(REASON)
#undef REASON
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void reasons_keep_their_numbers(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(known); i++) {
        size_t found = 0;
        for (size_t k = 0; k < COUNT(present); k++) {
            bool same = strcmp(known[i].name, present[k].name) == 0;
            assert_true(same == (known[i].number == present[k].number));
            found += same ? 1 : 0;
        }
        assert_true(found <= 1);
    }
}

static void every_reason_is_written_down_here(void **state)
{
    (void)state;
    for (size_t k = 0; k < COUNT(present); k++) {
        size_t i = 0;
        while (i < COUNT(known) && strcmp(known[i].name, present[k].name) != 0) {
            i++;
        }
        assert_true(i < COUNT(known));
        assert_true(present[k].number <= UINT16_MAX); /* as it travels to broker */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(structs_that_never_grow_have_their_sizes),
        cmocka_unit_test(what_a_plugin_answers_is_where_it_was),
        cmocka_unit_test(what_a_host_gives_is_where_it_was),
        cmocka_unit_test(a_credential_is_where_it_was),
        cmocka_unit_test(what_a_plugin_says_of_itself_is_where_it_was),
        cmocka_unit_test(functions_keep_their_numbers),
        cmocka_unit_test(functions_keep_their_types),
        cmocka_unit_test(versions_and_values_are_what_they_were),
        cmocka_unit_test(no_flipped_bit_makes_a_verdict_of_another),
        cmocka_unit_test(reasons_keep_their_numbers),
        cmocka_unit_test(every_reason_is_written_down_here),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "meta_config.h"
#include "meta_name.h"
#include "test.h"

#include <string.h>

static char message[128];

static bool check(const char *name, const char *value)
{
    struct wire_view v = {(const uint8_t *)value, value == NULL ? 0 : strlen(value)};
    message[0] = '\0';
    bool ok = meta_config_check(meta_view(name), v, message, sizeof(message));
    assert_int_equal(message[0] == '\0', ok);
    return ok;
}

static void every_default_is_accepted_and_names_are_in_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < meta_config_count(); i++) {
        const struct meta_config *c = meta_config_at(i);
        assert_ptr_equal(meta_config_find(meta_view(c->name)), c);
        assert_true(check(c->name, c->fallback));
        assert_true(strlen(c->meaning) > 0);
        if (i > 0) {
            assert_true(strcmp(meta_config_at(i - 1)->name, c->name) < 0);
        }
    }
}

static void unknown_names_and_missing_values_are_refused(void **state)
{
    (void)state;
    assert_false(check("retention.mss", "1"));
    assert_string_equal(message, "there is no topic config of that name");
    assert_false(check("", "1"));
    assert_false(check("retention.ms", NULL));
    assert_string_equal(message, "invalid value for retention.ms: it has no value");
}

static void numbers_keep_their_bounds(void **state)
{
    (void)state;
    assert_true(check("segment.bytes", "1048576"));
    assert_false(check("segment.bytes", "1048575"));
    assert_true(check("segment.bytes", "2147483647"));
    assert_false(check("segment.bytes", "2147483648"));
    assert_true(check("retention.ms", "-1"));
    assert_false(check("retention.ms", "-2"));
    assert_true(check("retention.ms", "9223372036854775807"));
    assert_false(check("retention.ms", "9223372036854775808"));
    assert_true(check("retention.ms", " 5 "));
    assert_false(check("retention.ms", "5 5"));
    assert_false(check("retention.ms", "1h"));
    assert_false(check("retention.ms", ""));
    assert_true(check("min.cleanable.dirty.ratio", "0"));
    assert_true(check("min.cleanable.dirty.ratio", "1.0"));
    assert_true(check("min.cleanable.dirty.ratio", "0.25"));
    assert_false(check("min.cleanable.dirty.ratio", "1.1"));
    assert_false(check("min.cleanable.dirty.ratio", "0."));
    assert_false(check("min.cleanable.dirty.ratio", "2"));
    assert_false(check("min.cleanable.dirty.ratio", "-0.1"));
    assert_false(check("min.cleanable.dirty.ratio", "00"));
    assert_false(check("min.cleanable.dirty.ratio", ""));
}

static void what_cannot_be_honoured_is_refused_with_the_reason(void **state)
{
    (void)state;
    assert_false(check("cleanup.policy", "compress"));
    assert_string_equal(
        message, "invalid value for cleanup.policy: only delete or compact is possible");
    assert_false(check("cleanup.policy", "Delete"));
    assert_false(check("cleanup.policy", "delete,,compact"));
    assert_false(check("cleanup.policy", "delete,delete"));
    assert_true(check("cleanup.policy", "compact, delete"));
    assert_true(check("cleanup.policy", ""));
    assert_false(check("cleanup.policy", "delete,"));
    assert_false(check("preallocate", "true"));
    assert_true(check("leader.replication.throttled.replicas", "*"));
    assert_true(check("leader.replication.throttled.replicas", "0:1, 12:34"));
    assert_true(check("leader.replication.throttled.replicas", ""));
    assert_false(check("leader.replication.throttled.replicas", "x"));
    assert_false(check("leader.replication.throttled.replicas", "0:"));
    assert_false(check("leader.replication.throttled.replicas", ":1"));
    assert_false(check("remote.storage.enable", "true"));
    assert_true(check("remote.storage.enable", "False"));
    assert_true(check("compression.type", "gzip"));
    assert_false(check("compression.type", "brotli"));
    assert_string_equal(message,
        "invalid value for compression.type: only producer or "
        "uncompressed or gzip or snappy or lz4 or zstd is possible");
    assert_false(check("compression.gzip.level", "0"));
    assert_true(check("compression.gzip.level", "-1"));
    assert_true(check("min.insync.replicas", "2"));
    assert_false(check("min.insync.replicas", "0"));
    assert_true(check("message.timestamp.type", "LogAppendTime"));
    assert_true(check("message.timestamp.type", "CreateTime"));
    assert_false(check("message.timestamp.type", "LogAppendTime or"));
    assert_string_equal(message, "invalid value for message.timestamp.type: only "
                                 "CreateTime or LogAppendTime is possible");
    assert_false(check("schloss.encryption.key", "k"));
    assert_false(check("schloss.durability", "os"));
}

static bool check_lags(const char *min, const char *max)
{
    message[0] = '\0';
    bool ok =
        meta_config_check_lags(meta_view(min), meta_view(max), message, sizeof(message));
    assert_int_equal(message[0] == '\0', ok);
    return ok;
}

static void the_least_lag_of_compaction_is_not_above_the_most(void **state)
{
    (void)state;
    assert_true(check_lags("5", "5"));
    assert_true(check_lags("5", " 6 "));
    assert_true(check_lags("9223372036854775807", ""));
    assert_true(check_lags("", "1"));
    assert_true(check_lags("x", "1")); /* as it might stand on the disk */
    assert_false(check_lags("6", "5"));
    assert_string_equal(
        message, "min.compaction.lag.ms (6) is above max.compaction.lag.ms (5)");
    assert_false(check_lags("9223372036854775807", "9223372036854775806"));
}

static void a_list_has_elements_with_blanks_around_them(void **state)
{
    struct wire_view list = meta_view(" a ,bc,,d");
    struct wire_view one;

    (void)state;
    assert_true(meta_config_has(list, "a"));
    assert_true(meta_config_has(list, "bc"));
    assert_true(meta_config_has(list, "d"));
    assert_false(meta_config_has(list, "b"));
    assert_false(meta_config_has(meta_view(""), "a"));
    for (int i = 0; i < 4; i++) {
        assert_true(meta_config_next_element(&list, &one));
    }
    assert_true(meta_view_equal(one, meta_view("d")));
    assert_false(meta_config_next_element(&list, &one));
}

static void booleans_are_true_or_false(void **state)
{
    (void)state;
    assert_true(check("unclean.leader.election.enable", "true"));
    assert_true(check("unclean.leader.election.enable", "FALSE"));
    assert_false(check("unclean.leader.election.enable", "yes"));
    assert_false(check("unclean.leader.election.enable", ""));
    assert_false(check("unclean.leader.election.enable", "truee"));
}

static void text_is_bounded_and_printable(void **state)
{
    (void)state;
    char text[META_CONFIG_VALUE_MAX + 2] = {0};
    memset(text, 'x', 64);
    assert_true(check("schloss.classification", text));
    text[64] = 'x';
    assert_false(check("schloss.classification", text));
    assert_false(check("schloss.classification", "a\nb"));
    for (size_t i = 0; i < META_CONFIG_VALUE_MAX; i++) {
        text[i] = "0:1,"[i % 4];
    }
    text[META_CONFIG_VALUE_MAX - 1] = '2';
    text[META_CONFIG_VALUE_MAX] = '3';
    assert_false(check("leader.replication.throttled.replicas", text));
    text[META_CONFIG_VALUE_MAX] = '\0';
    assert_true(check("leader.replication.throttled.replicas", text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_default_is_accepted_and_names_are_in_order),
        cmocka_unit_test(unknown_names_and_missing_values_are_refused),
        cmocka_unit_test(numbers_keep_their_bounds),
        cmocka_unit_test(what_cannot_be_honoured_is_refused_with_the_reason),
        cmocka_unit_test(the_least_lag_of_compaction_is_not_above_the_most),
        cmocka_unit_test(a_list_has_elements_with_blanks_around_them),
        cmocka_unit_test(booleans_are_true_or_false),
        cmocka_unit_test(text_is_bounded_and_printable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

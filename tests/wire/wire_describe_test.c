#include "test.h"

#include "wire_describe.h"
#include "wire_sample.h"

#include <string.h>

static void check(const struct wire_api *api, const char *wanted)
{
    struct buf b;

    buf_init(&b, 1 << 20);
    wire_describe_api(api, &b);
    buf_add(&b, "", 1);
    assert_int_equal(buf_error(&b), OK);
    assert_string_equal((const char *)b.bytes, wanted);
    buf_fini(&b);
}

static void a_plain_api_is_described_in_full(void **state)
{
    (void)state;
    check(wire_api_find(WIRE_API_SASL_HANDSHAKE),
        "{\"request\": {\"name\": \"SaslHandshakeRequest\", \"versions\": \"0-1\", "
        "\"flexibleVersions\": \"none\", \"fields\": ["
        "{\"name\": \"Mechanism\", \"type\": \"string\", \"versions\": \"0+\"}]}, "
        "\"response\": {\"name\": \"SaslHandshakeResponse\", \"versions\": \"0-1\", "
        "\"flexibleVersions\": \"none\", \"fields\": ["
        "{\"name\": \"ErrorCode\", \"type\": \"int16\", \"versions\": \"0+\"}, "
        "{\"name\": \"Mechanisms\", \"type\": \"[]string\", \"versions\": \"0+\"}]}}");
}

/* clang-format off */
#define shown_FIELDS(S, FIELD)                                                           \
    FIELD(S, BETWEEN(2, 2), bool, yes, "Yes", DEFAULT(true))                             \
    FIELD(S, BETWEEN(1, 3), bool, no, "No", DEFAULT(false))                              \
    FIELD(S, SINCE(0), int64, big, "Big", DEFAULT(INT64_MIN))                            \
    FIELD(S, SINCE(0), string, text, "Text", NULLABLE(SINCE(1)), TAGGED(4, SINCE(2)),    \
        DEFAULT_NULL)                                                                    \
    FIELD(S, SINCE(0), structs(sample_part), parts, "Parts")                             \
    FIELD(S, SINCE(0), structure(sample_part), part, "Part")                             \
    FIELD(S, SINCE(0), optional(sample_part), maybe, "Maybe", NULLABLE(SINCE(0)),        \
        DEFAULT_NULL)
WIRE_STRUCT(shown);
/* clang-format on */

WIRE_TABLE(shown, "Shown")

#define PART                                                                             \
    "\"fields\": [{\"name\": \"Small\", \"type\": \"int8\", \"versions\": \"0+\", "      \
    "\"default\": 3}, {\"name\": \"Text\", \"type\": \"string\", \"versions\": \"0+\", " \
    "\"default\": \"\"}, {\"name\": \"Numbers\", \"type\": \"[]int32\", "                \
    "\"versions\": \"0+\"}]"
#define SHOWN                                                                            \
    "{\"name\": \"Shown\", \"versions\": \"4\", \"flexibleVersions\": \"2+\", "          \
    "\"fields\": ["                                                                      \
    "{\"name\": \"Yes\", \"type\": \"bool\", \"versions\": \"2\", \"default\": true}, "  \
    "{\"name\": \"No\", \"type\": \"bool\", \"versions\": \"1-3\", \"default\": "        \
    "false}, "                                                                           \
    "{\"name\": \"Big\", \"type\": \"int64\", \"versions\": \"0+\", "                    \
    "\"default\": -9223372036854775808}, "                                               \
    "{\"name\": \"Text\", \"type\": \"string\", \"versions\": \"0+\", "                  \
    "\"nullableVersions\": \"1+\", \"taggedVersions\": \"2+\", \"tag\": 4, "             \
    "\"default\": \"null\"}, "                                                           \
    "{\"name\": \"Parts\", \"type\": \"[]SamplePart\", \"versions\": \"0+\", " PART      \
    "}, "                                                                                \
    "{\"name\": \"Part\", \"type\": \"SamplePart\", \"versions\": \"0+\", " PART "}, "   \
    "{\"name\": \"Maybe\", \"type\": \"SamplePart\", \"versions\": \"0+\", "             \
    "\"nullableVersions\": \"0+\", \"default\": \"null\", " PART "}]}"

static void each_column_is_shown_where_it_applies(void **state)
{
    (void)state;
    const struct wire_api api = {.name = "Shown",
        .min = 4,
        .max = 4,
        .flexible_from = 2,
        .request = &shown_schema,
        .response = &shown_schema};

    check(&api, "{\"request\": " SHOWN ", \"response\": " SHOWN "}");
}

static void every_api_can_be_described(void **state)
{
    (void)state;
    struct buf b;

    buf_init(&b, 1 << 20);
    for (size_t i = 0; i < wire_api_known_count(); i++) {
        buf_reset(&b);
        wire_describe_api(wire_api_known_at(i), &b);
        assert_int_equal(buf_error(&b), OK);
        int depth = 0;
        for (size_t p = 0; p < b.length; p++) {
            depth += b.bytes[p] == '{' || b.bytes[p] == '[';
            depth -= b.bytes[p] == '}' || b.bytes[p] == ']';
            assert_true(depth > 0 || p + 1 == b.length || b.bytes[p] == ']');
        }
    }
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_api_is_described_in_full),
        cmocka_unit_test(each_column_is_shown_where_it_applies),
        cmocka_unit_test(every_api_can_be_described),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

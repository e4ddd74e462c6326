#include "audit_line.h"

#include "ipc_words.h"
#include "test.h"
#include "text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define LINE_MAX_BYTES 65536 /* what the process gives a line */

/* --- a reader of JSON, strict and small: objects of strings, numbers and null ----- */

static const char *read_string(const char *p)
{
    if (*p++ != '"') {
        return NULL;
    }
    while (*p != '"') {
        if ((uint8_t)*p < 0x20) {
            return NULL;
        }
        if (*p == '\\') {
            p++;
            if (*p == 'u') {
                for (int i = 1; i <= 4; i++) {
                    if (!isxdigit((uint8_t)p[i])) {
                        return NULL;
                    }
                }
                p += 4;
            } else if (*p == '\0' || strchr("\"\\/bfnrt", *p) == NULL) {
                return NULL;
            }
        }
        p++;
    }
    return p + 1;
}

static const char *read_value(const char *p)
{
    if (*p == '"') {
        return read_string(p);
    }
    if (strncmp(p, "null", 4) == 0) {
        return p + 4;
    }
    if (!isdigit((uint8_t)*p) || (*p == '0' && isdigit((uint8_t)p[1]))) {
        return NULL;
    }
    while (isdigit((uint8_t)*p)) {
        p++;
    }
    return p;
}

/* Exactly one object and a newline; the number of its members, 0 when it is not so. */
static size_t read_line(const char *p)
{
    size_t members = 0;

    do {
        char opening = members == 0 ? '{' : ',';
        if (*p++ != opening || (p = read_string(p)) == NULL || *p++ != ':' ||
            (p = read_value(p)) == NULL) {
            return 0;
        }
        members++;
    } while (*p == ',');
    return strcmp(p, "}\n") == 0 ? members : 0;
}

static char line[LINE_MAX_BYTES + 1];

/* The line of an event, as a string. */
static const char *line_of(
    uint64_t sequence, enum ipc_role source, const struct ipc_event *event)
{
    struct buf b;

    buf_init(&b, LINE_MAX_BYTES);
    audit_line_add(&b, sequence, source, event);
    buf_add_text(&b, "}\n"); /* which sealing it would */
    assert_int_equal(buf_error(&b), OK);
    assert_true(text_is_utf8(b.bytes, b.length));
    memcpy(line, b.bytes, b.length);
    line[b.length] = '\0';
    assert_int_equal(strlen(line), b.length);
    assert_ptr_equal(strchr(line, '\n'), line + b.length - 1);
    buf_fini(&b);
    return line;
}

static void an_event_without_words_is_short(void **state)
{
    const struct ipc_event event = {.time_ms = 0, .kind = 3, .outcome = 1};

    (void)state;
    assert_string_equal(line_of(1, IPC_BROKER, &event),
        "{\"time\":\"1970-01-01T00:00:00.000Z\",\"seq\":1,\"source\":\"broker\","
        "\"event\":\"admin\",\"outcome\":\"success\"}\n");
}

static void every_field_has_its_member(void **state)
{
    const struct ipc_event event = {.time_ms = 1700000000123,
        .kind = IPC_EVENT_DENIED,
        .outcome = IPC_OUTCOME_DENIED,
        .session = UINT64_MAX,
        .principal = ipc_text("User:a"),
        .address = ipc_text("10.0.0.1"),
        .listener = ipc_text("L"),
        .mechanism = ipc_text("PLAIN"),
        .client_id = ipc_text("c"),
        .operation = ipc_text("read"),
        .resource = ipc_text("topic"),
        .name = ipc_text("t"),
        .rule = ipc_text("r"),
        .reason = ipc_text("why"),
        .count = 2,
        .api = ipc_text("Fetch"),
        .serial = 7,
        .decision = ipc_text("1a2b3c4d-2f"),
        .bytes = 9,
        .first_time_ms = 1700000000000};

    (void)state;
    assert_string_equal(line_of(UINT64_MAX, IPC_STORE, &event),
        "{\"time\":\"2023-11-14T22:13:20.123Z\",\"seq\":18446744073709551615,"
        "\"source\":\"store\",\"event\":\"denied\",\"outcome\":\"denied\","
        "\"session\":18446744073709551615,\"principal\":\"User:a\","
        "\"address\":\"10.0.0.1\",\"listener\":\"L\",\"mechanism\":\"PLAIN\","
        "\"client_id\":\"c\",\"api\":\"Fetch\",\"operation\":\"read\",\"resource\":"
        "\"topic\",\"name\":"
        "\"t\","
        "\"rule\":\"r\",\"serial\":7,\"decision\":\"1a2b3c4d-2f\",\"reason\":\"why\","
        "\"count\":2,\"bytes\":9,\"first_time\":\"2023-11-14T22:13:20.000Z\"}\n");
    assert_int_equal(read_line(line), 22);
}

static void what_was_read_is_said_also_where_it_is_nothing(void **state)
{
    const struct ipc_event event = {
        .kind = IPC_EVENT_CONSUME, .outcome = IPC_OUTCOME_SUCCESS, .last_offset = -1};

    (void)state;
    assert_string_equal(line_of(1, IPC_BROKER, &event),
        "{\"time\":\"1970-01-01T00:00:00.000Z\",\"seq\":1,\"source\":\"broker\","
        "\"event\":\"consume\",\"outcome\":\"success\",\"partition\":0,"
        "\"first_offset\":0,\"last_offset\":-1,\"records\":0}\n");
}

static void a_count_of_one_is_not_said(void **state)
{
    struct ipc_event event = {.count = 1};

    (void)state;
    assert_null(strstr(line_of(1, IPC_KEYS, &event), "count"));
    event.count = UINT32_MAX;
    assert_non_null(strstr(line_of(1, IPC_KEYS, &event), ",\"count\":4294967295}"));
}

static void every_kind_outcome_and_source_has_a_name(void **state)
{
    static const char *const kinds[] = {"unknown", "authentication", "denied", "admin",
        "process", "reload", "session", "produce", "consume", "group", "gap", "audit",
        "permissive", "unknown"};
    static const char *const outcomes[] = {
        "unknown", "success", "failure", "denied", "unknown"};

    (void)state;
    for (uint16_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct ipc_event event = {.kind = i, .outcome = IPC_OUTCOME_SUCCESS};
        char want[64];
        (void)snprintf(want, sizeof(want), ",\"event\":\"%s\",", kinds[i]);
        assert_non_null(strstr(line_of(1, IPC_AUTH, &event), want));
    }
    for (uint8_t i = 0; i < 5; i++) {
        struct ipc_event event = {.outcome = i};
        char want[64];
        (void)snprintf(want, sizeof(want), ",\"outcome\":\"%s\"}", outcomes[i]);
        assert_non_null(strstr(line_of(1, IPC_AUTH, &event), want));
    }
    for (unsigned role = 1; role <= IPC_DIAL; role <<= 1) {
        struct ipc_event event = {0};
        char want[64];
        (void)snprintf(want, sizeof(want), ",\"source\":\"%s\",",
            ipc_role_name((enum ipc_role)role));
        assert_non_null(strstr(line_of(1, (enum ipc_role)role, &event), want));
    }
}

static void check_time(int64_t time_ms)
{
    const struct ipc_event event = {.time_ms = time_ms};
    time_t seconds = (time_t)(time_ms / 1000);
    struct tm tm;
    char want[64];

    assert_non_null(gmtime_r(&seconds, &tm));
    size_t n = strftime(want, sizeof(want), "{\"time\":\"%Y-%m-%dT%H:%M:%S", &tm);
    (void)snprintf(want + n, sizeof(want) - n, ".%03dZ\",", (int)(time_ms % 1000));
    assert_memory_equal(line_of(1, IPC_AUTH, &event), want, strlen(want));
}

static void times_are_those_of_the_calendar(void **state)
{
    const int64_t day = 86400000;

    (void)state;
    for (int64_t n = 0; n < 60000; n++) {
        check_time(n * day + n % 2 * (day - 1)); /* first or last of the day, to 2134 */
    }
    for (int64_t time = 0; time < 253402300800000; time += 97 * day + 12345678) {
        check_time(time);
    }
    check_time(253402300799999);
}

static void a_time_that_can_not_be_written_is_null(void **state)
{
    const int64_t times[] = {-1, INT64_MIN, 253402300800000, INT64_MAX};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        const struct ipc_event event = {.time_ms = times[i]};
        assert_memory_equal(line_of(1, IPC_AUTH, &event), "{\"time\":null,", 13);
        assert_int_equal(read_line(line), 5);
    }
}

/* An event whose every text is `length` bytes, or its maximum if that is less. */
static struct ipc_event filled(const uint8_t *bytes, size_t length)
{
    const struct ipc_view v = {.ptr = bytes, .len = length};

    return (struct ipc_event){.time_ms = INT64_MAX,
        .kind = UINT16_MAX,
        .outcome = UINT8_MAX,
        .session = UINT64_MAX,
        .principal = ipc_cut(v, IPC_PRINCIPAL_MAX),
        .address = ipc_cut(v, IPC_ADDRESS_MAX),
        .listener = ipc_cut(v, 64),
        .mechanism = ipc_cut(v, 32),
        .client_id = ipc_cut(v, 255),
        .operation = ipc_cut(v, 32),
        .resource = ipc_cut(v, 32),
        .name = ipc_cut(v, 255),
        .rule = ipc_cut(v, 64),
        .reason = ipc_cut(v, 255),
        .count = UINT32_MAX};
}

static void hostile_text_stays_inside_its_string(void **state)
{
    static const char *const texts[] = {"\",\"principal\":\"User:root", "\\", "\\\"",
        "\"}\n{\"", "\r\n", "\x1b[2J",
        ("\xc2\x9b"
         "2J"),
        "\xff\xfe", "\xed\xa0\x80", "</script>", "\x7f", "a\tb"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct ipc_event event = filled((const uint8_t *)texts[i], strlen(texts[i]));
        assert_int_equal(read_line(line_of(9, IPC_BROKER, &event)), 17);
        assert_null(strchr(line, 0x1b));
        assert_null(strstr(line, "\xc2\x9b"));
    }
}

static void every_byte_at_full_length_is_one_valid_line(void **state)
{
    uint8_t bytes[512];
    uint32_t seed = 1;

    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        memset(bytes, (int)byte, sizeof(bytes));
        struct ipc_event event = filled(bytes, sizeof(bytes));
        assert_int_equal(read_line(line_of(UINT64_MAX, IPC_PORTER, &event)), 17);
    }
    for (int round = 0; round < 2000; round++) {
        for (size_t i = 0; i < sizeof(bytes); i++) {
            seed = seed * 1664525 + 1013904223;
            bytes[i] = (uint8_t)(seed >> 24);
        }
        struct ipc_event event = filled(bytes, 1 + seed % sizeof(bytes));
        assert_int_equal(read_line(line_of(1, IPC_WARDEN, &event)), 17);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_without_words_is_short),
        cmocka_unit_test(every_field_has_its_member),
        cmocka_unit_test(what_was_read_is_said_also_where_it_is_nothing),
        cmocka_unit_test(a_count_of_one_is_not_said),
        cmocka_unit_test(every_kind_outcome_and_source_has_a_name),
        cmocka_unit_test(times_are_those_of_the_calendar),
        cmocka_unit_test(a_time_that_can_not_be_written_is_null),
        cmocka_unit_test(hostile_text_stays_inside_its_string),
        cmocka_unit_test(every_byte_at_full_length_is_one_valid_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

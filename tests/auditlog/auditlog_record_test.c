/* auditlog_record, auditlog_time: what is a line of the trail, and what is none. */
#include "auditlog_text.h"
#include "auditlog_time.h"
#include "test.h"

#include <string.h>

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define END   ",\"hash\":\"" ZEROS "\"}"
#define START "{\"time\":\"2026-11-21T19:00:00.000Z\",\"seq\":7,\"source\":\"broker\""
#define LINE  START ",\"event\":\"admin\""

static enum err read_text(const char *text, struct auditlog_record *out)
{
    return auditlog_record_read(text, strlen(text), out);
}

static void a_line_is_read_into_its_members(void **state)
{
    struct auditlog_record r;

    (void)state;
    assert_int_equal(read_text(LINE ",\"offset\":-1,\"x\":null" END, &r), OK);
    assert_int_equal(r.seq, 7);
    assert_true(auditlog_view_is(r.event, "admin"));
    assert_false(auditlog_record_is_own(&r));
    assert_int_equal(r.body.len, strlen(LINE ",\"offset\":-1,\"x\":null"));
    assert_null(r.signature.ptr);
}

static void what_is_not_written_by_the_trail_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "{}",
        LINE "}",
        LINE END " ",
        LINE END "}",
        " " LINE END,
        "{ \"seq\":7" END,
        LINE ",\"seq\":8" END,       /* twice */
        LINE ",\"hash\":\"x\"" END,  /* twice */
        LINE ",\"a\":true" END,      /* never written */
        LINE ",\"a\":[1]" END,       /* not flat */
        LINE ",\"a\":{}" END,        /* not flat */
        LINE ",\"a\":01" END,        /* a leading zero */
        LINE ",\"a\":-" END,         /* no digit */
        LINE ",\"a\":\"\\x\"" END,   /* no such escape */
        LINE ",\"a\":\"\\u12\"" END, /* half an escape */
        LINE ",\"a\":\"\t\"" END,    /* not escaped */
        LINE ",\"\":1" END,          /* no name */
        LINE ",\"reason\":1" END,    /* of another kind */
        LINE ",\"epoch\":18446744073709551616" END,
        "{\"seq\":0,\"source\":\"a\",\"event\":\"b\"" END,
        "{\"source\":\"a\",\"event\":\"b\"" END,
        "{\"seq\":1,\"event\":\"b\"" END,
        "{\"seq\":1,\"source\":\"a\"" END,
    };
    struct auditlog_record r;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (read_text(bad[i], &r) != ERR_INVALID) {
            fail_msg("taken: %s", bad[i]);
        }
    }
}

static void every_truncation_of_a_line_is_refused(void **state)
{
    static const char line[] = LINE ",\"reason\":\"a\\u00e9\\n\"" END;
    struct auditlog_record r;

    (void)state;
    assert_int_equal(read_text(line, &r), OK);
    for (size_t n = 0; n < sizeof(line) - 1; n++) {
        assert_int_equal(auditlog_record_read(line, n, &r), ERR_INVALID);
    }
}

static void a_hash_is_in_lower_case(void **state)
{
    char line[] = LINE END;
    struct auditlog_record r;

    (void)state;
    line[sizeof(line) - 4] = 'f';
    assert_int_equal(read_text(line, &r), OK);
    assert_int_equal(r.hash[31], 0x0f);
    line[sizeof(line) - 4] = 'F';
    assert_int_equal(read_text(line, &r), ERR_INVALID);
}

static void text_is_unescaped(void **state)
{
    static const char text[] = "a\\\"\\\\\\n\\u0001\\u00e9\\u20ac";
    struct buf out;

    (void)state;
    buf_init(&out, 100);
    auditlog_unescape((struct auditlog_view){text, strlen(text)}, &out);
    assert_int_equal(out.length, 10);
    assert_memory_equal(out.bytes, "a\"\\\n\x01\xc3\xa9\xe2\x82\xac", 10);
    buf_fini(&out);
}

static void times_are_read_as_they_are_written(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 100);
    for (int64_t ms = 0; ms < 253402300800000; ms += (int64_t)86399999 * 331) {
        int64_t read = -1;
        buf_reset(&out);
        auditlog_time_add(&out, ms);
        assert_int_equal(auditlog_time_read(out.bytes + 1, out.length - 2, &read), OK);
        assert_int_equal(read, ms);
    }
    buf_fini(&out);
}

static void days_that_are_not_are_refused(void **state)
{
    static const char *const bad[] = {"2026-02-29", "2026-13-01", "2026-00-01",
        "2026-04-31", "2026-01-00", "1969-12-31", "2026-1-01", "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z", "2026-01-01T00:00:00", "2026-01-01T00:00:00.00Z", ""};
    int64_t ms = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(auditlog_time_read(bad[i], strlen(bad[i]), &ms), ERR_INVALID);
    }
    assert_int_equal(auditlog_time_read("2028-02-29", 10, &ms), OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_read_into_its_members),
        cmocka_unit_test(what_is_not_written_by_the_trail_is_refused),
        cmocka_unit_test(every_truncation_of_a_line_is_refused),
        cmocka_unit_test(a_hash_is_in_lower_case),
        cmocka_unit_test(text_is_unescaped),
        cmocka_unit_test(times_are_read_as_they_are_written),
        cmocka_unit_test(days_that_are_not_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

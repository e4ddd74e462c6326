/* auditlog_verify: what is whole, what is told, and what is missing. */
#include "auditlog_anchor.h"
#include "auditlog_fixture.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static struct fixture_trail trail;

static int begin_trail(void **state)
{
    (void)state;
    fixture_begin(&trail, AUDITLOG_ED25519);
    return 0;
}

static int end_trail(void **state)
{
    (void)state;
    fixture_free(&trail);
    return 0;
}

static void check_whole(const struct auditlog_known *known)
{
    struct fixture_verdict v;

    fixture_verify(&trail.text, known, &v);
    if (!v.whole) {
        fail_msg("line %llu: %s", (unsigned long long)v.place.line, v.text);
    }
}

static void check_problem(
    const struct auditlog_known *known, size_t line, const char *text)
{
    struct fixture_verdict v;

    fixture_verify(&trail.text, known, &v);
    assert_false(v.whole);
    if (v.place.line != line || strstr(v.text, text) == NULL) {
        fail_msg("line %llu: %s", (unsigned long long)v.place.line, v.text);
    }
}

static void nothing_at_all_is_not_a_trail(void **state)
{
    struct buf empty;
    struct fixture_verdict v;

    (void)state;
    buf_init(&empty, 16);
    fixture_verify(&empty, NULL, &v);
    assert_false(v.whole);
    assert_string_equal(v.text, "there is no record at all");
    buf_fini(&empty);
}

static void keys_follow_one_another_and_the_auditor_needs_the_first_only(void **state)
{
    struct auditlog_known known = {.has_key = true, .key = trail.key.now.key};

    (void)state;
    fixture_fill(&trail, 100, 5);
    fixture_signed(&trail, AUDITLOG_STOP);
    assert_int_equal(trail.key.epoch, 10);
    check_whole(&known);
}

static void a_key_of_a_later_epoch_serves_as_well(void **state)
{
    struct auditlog_known known = {.has_key = true, .epoch = 1};

    (void)state;
    fixture_fill(&trail, 10, 5);
    known.key = trail.key.now.key;
    fixture_signed(&trail, AUDITLOG_STOP);
    check_whole(&known);
    known.key.bytes[0] ^= 1;
    check_problem(&known, 14, "epoch 1 is another than the auditor's");
    known.epoch = 7;
    check_problem(&known, 15, "epoch 7, is not in this trail");
}

static void signatures_of_ecdsa_are_checked_too(void **state)
{
    struct auditlog_known known = {.has_key = true};

    (void)state;
    fixture_free(&trail);
    fixture_begin(&trail, AUDITLOG_ECDSA_P256);
    known.key = trail.key.now.key;
    fixture_fill(&trail, 20, 5);
    fixture_signed(&trail, AUDITLOG_STOP);
    check_whole(&known);
    known.key.bytes[10] ^= 1;
    check_problem(&known, 1, "another than the auditor's");
}

static void without_an_end_only_an_anchor_says_that_all_is_there(void **state)
{
    struct auditlog_known known = {.has_anchor = true};
    struct fixture_verdict v;

    (void)state;
    fixture_fill(&trail, 10, 5);
    known.anchor = trail.chain;
    check_problem(NULL, trail.count, "nothing says that the trail ends here");
    check_whole(&known);
    fixture_event(&trail, "");
    fixture_verify(&trail.text, &known, &v);
    assert_true(v.whole);
    assert_string_equal(v.note, "1 records from here on are not signed yet");
}

static void an_anchor_of_another_history_is_found_where_they_part(void **state)
{
    struct auditlog_known known = {.has_anchor = true};

    (void)state;
    fixture_fill(&trail, 10, 5);
    known.anchor = trail.chain;
    known.anchor.hash[0] ^= 1;
    fixture_signed(&trail, AUDITLOG_STOP);
    check_problem(&known, trail.count - 1, "is not the record that the anchor names");
}

static void a_trail_may_stop_and_go_on(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        fixture_fill(&trail, 5, 5);
        fixture_signed(&trail, AUDITLOG_STOP);
        fixture_signed(&trail, AUDITLOG_START);
    }
    fixture_signed(&trail, AUDITLOG_STOP);
    check_whole(NULL);
}

static void as_many_records_as_may_be_are_covered_by_one_signature(void **state)
{
    (void)state;
    fixture_fill(&trail, AUDITLOG_SEALED_MAX - 1, 5000);
    fixture_signed(&trail, AUDITLOG_STOP);
    check_whole(NULL);
}

static void one_more_lacks_a_checkpoint(void **state)
{
    (void)state;
    fixture_fill(&trail, AUDITLOG_SEALED_MAX, 5000);
    fixture_signed(&trail, AUDITLOG_STOP);
    check_problem(NULL, AUDITLOG_SEALED_MAX + 1, "a checkpoint is missing");
}

static void a_late_checkpoint_is_a_warning(void **state)
{
    struct fixture_verdict v;

    (void)state;
    fixture_signed(&trail, AUDITLOG_CHECKPOINT);
    fixture_event(&trail, "");
    trail.time_ms += 2 * AUDITLOG_LATE_MS;
    fixture_signed(&trail, AUDITLOG_STOP);
    fixture_verify(&trail.text, NULL, &v);
    assert_true(v.whole);
    assert_int_equal(v.warnings, 1);
}

static void what_was_counted_for_ten_seconds_before_it_was_told_is_not_late(void **state)
{
    struct fixture_verdict v;

    (void)state;
    fixture_signed(&trail, AUDITLOG_CHECKPOINT);
    fixture_event(&trail, "");
    trail.time_ms += 11500; /* the ten seconds, and one until the next checkpoint */
    fixture_signed(&trail, AUDITLOG_STOP);
    fixture_verify(&trail.text, NULL, &v);
    assert_true(v.whole);
    assert_int_equal(v.warnings, 0);
}

static void an_end_that_was_never_signed_is_found(void **state)
{
    struct auditlog_known known = {.has_anchor = true};

    (void)state;
    fixture_signed(&trail, AUDITLOG_CHECKPOINT);
    known.anchor = trail.chain;
    fixture_event(&trail, "");
    trail.time_ms += 2 * AUDITLOG_LATE_MS;
    fixture_event(&trail, "");
    check_problem(&known, 3, "a checkpoint is missing");
}

/* --- crashes ------------------------------------------------------------------------ */

static void tear(const char *piece)
{
    buf_add(&trail.text, piece, strlen(piece));
    buf_add_text(&trail.text, "\n");
    trail.starts[trail.count] = trail.text.length;
}

static void own_with_torn(
    const char *event, uint64_t bytes, const struct auditlog_torn *t)
{
    char hex[AUDITLOG_HASH_HEX + 1];
    char extra[200];

    auditlog_hex(t->hash, hex);
    (void)snprintf(extra, sizeof(extra),
        ",\"reason\":\"crash\",\"torn\":%llu,\"torn_hash\":\"%s\"",
        (unsigned long long)bytes, hex);
    fixture_own(&trail, event, extra);
    fixture_signed(&trail, AUDITLOG_STOP);
}

static void a_torn_line_that_the_next_tells_of_is_no_harm(void **state)
{
    struct auditlog_torn torn = {.bytes = 0};
    struct fixture_verdict v;

    (void)state;
    fixture_signed(&trail, AUDITLOG_CHECKPOINT);
    tear("{\"time\":\"20");
    assert_int_equal(auditlog_torn_add(&torn, &fixture_crypto, "{\"time\":\"20", 11), OK);
    own_with_torn(AUDITLOG_GAP, torn.bytes, &torn);
    fixture_verify(&trail.text, NULL, &v);
    assert_true(v.whole);
    assert_int_equal(v.notes, 2);
    trail.text.bytes[trail.starts[2] - 5] ^= 1;
    check_problem(NULL, 3, "not a record of this trail: 11 bytes");
}

static void a_torn_line_of_another_length_is_found(void **state)
{
    struct auditlog_torn torn = {.bytes = 0};

    (void)state;
    fixture_signed(&trail, AUDITLOG_CHECKPOINT);
    tear("{\"time\":\"20");
    assert_int_equal(auditlog_torn_add(&torn, &fixture_crypto, "{\"time\":\"20", 11), OK);
    own_with_torn(AUDITLOG_GAP, 12, &torn);
    check_problem(NULL, 3, "not a record of this trail");
}

static void what_is_too_long_for_a_line_is_none_and_ends_nothing(void **state)
{
    static char piece[3 * AUDITLOG_LINE_MAX + 18];

    (void)state;
    memset(piece, 'x', sizeof(piece) - 1);
    fixture_signed(&trail, AUDITLOG_CHECKPOINT);
    tear(piece);
    fixture_signed(&trail, AUDITLOG_STOP);
    check_problem(NULL, 3, "too long to be a record");
}

static void records_that_were_gone_are_named_by_the_gap(void **state)
{
    (void)state;
    fixture_signed(&trail, AUDITLOG_CHECKPOINT);
    trail.chain.seq += 5;
    fixture_own(&trail, AUDITLOG_GAP, ",\"reason\":\"gone\",\"lost\":5");
    fixture_signed(&trail, AUDITLOG_STOP);
    check_problem(NULL, 3, "records 3 to 7 are missing: they were gone");
}

/* --- files -------------------------------------------------------------------------- */

static void the_chain_goes_through_several_files(void **state)
{
    (void)state;
    fixture_fill(&trail, 5, 5);
    fixture_signed(&trail, AUDITLOG_FILE_END);
    fixture_signed(&trail, AUDITLOG_FILE_START);
    fixture_event(&trail, "");
    fixture_signed(&trail, AUDITLOG_STOP);
    check_whole(NULL);
}

static void a_last_file_that_is_missing_is_found(void **state)
{
    struct auditlog_known part = {.is_part = true};

    (void)state;
    fixture_fill(&trail, 5, 5);
    fixture_signed(&trail, AUDITLOG_FILE_END);
    check_problem(NULL, trail.count, "the file behind this one is missing");
    check_whole(&part);
}

static void first_files_that_are_missing_are_found_unless_the_auditor_knows_the_key(
    void **state)
{
    struct auditlog_known known = {.has_key = true, .is_part = true};

    (void)state;
    fixture_fill(&trail, 10, 5);
    fixture_signed(&trail, AUDITLOG_FILE_END);
    size_t cut = trail.starts[trail.count];
    fixture_signed(&trail, AUDITLOG_FILE_START);
    fixture_event(&trail, "");
    fixture_signed(&trail, AUDITLOG_STOP);
    buf_consume(&trail.text, cut);
    check_problem(NULL, 1, "records 1 to 15 are missing");
    known.epoch = trail.key.epoch;
    known.key = trail.key.now.key;
    check_whole(&known);
    known.is_part = false;
    check_problem(&known, 1, "records 1 to 15 are missing");
}

/* --- anchors ------------------------------------------------------------------------ */

static void the_newest_line_of_syslog_is_the_anchor(void **state)
{
    struct auditlog_chain found;
    struct buf text;

    (void)state;
    fixture_fill(&trail, 10, 5);
    buf_init(&text, 65536);
    for (size_t i = 0; i < trail.count; i++) {
        struct auditlog_view line = fixture_line(&trail, i);
        buf_add_text(&text, "Nov 21 19:00:00 host schloss-audit: ");
        buf_add(&text, line.ptr, line.len);
        buf_add_text(&text, "Nov 21 19:00:00 host cron: {nothing}\n");
    }
    assert_int_equal(auditlog_anchor_find(text.bytes, text.length, &found), OK);
    assert_int_equal(found.seq, trail.chain.seq);
    assert_memory_equal(found.hash, trail.chain.hash, AUDITLOG_HASH);
    assert_int_equal(auditlog_anchor_find("x\n\n{}", 5, &found), ERR_NOT_FOUND);
    buf_fini(&text);
}

/* The newest of what a trail wrote that was set back and went on is its own. */
static void an_older_anchor_is_looked_at_too(void **state)
{
    struct auditlog_chain old[2] = {{.seq = 0}};
    struct auditlog_known known = {.has_anchor = true, .others = old, .others_count = 2};

    (void)state;
    fixture_fill(&trail, 4, 5);
    fixture_signed(&trail, AUDITLOG_CHECKPOINT);
    old[0] = old[1] = trail.chain;
    size_t line = trail.count;
    fixture_fill(&trail, 10, 5);
    known.anchor = trail.chain;
    check_whole(&known);
    old[1].hash[5] ^= 1;
    check_problem(&known, line, "is not the record that the anchor names");
}

static void an_anchor_names_a_signed_record_or_was_made_up(void **state)
{
    struct auditlog_known known = {.has_anchor = true};

    (void)state;
    fixture_fill(&trail, 10, 5);
    fixture_event(&trail, "");
    known.anchor = trail.chain;
    check_problem(&known, trail.count, "the anchor is not genuine");
}

/* Who has no key can write its public half, and no more. */
static void the_auditors_key_must_have_signed_something(void **state)
{
    struct auditlog_known known = {.has_key = true, .key = trail.key.now.key};
    struct fixture_verdict v;

    (void)state;
    fixture_event(&trail, "");
    known.is_part = true;
    fixture_verify(&trail.text, &known, &v);
    assert_false(v.whole);
    assert_int_equal(v.problems, 2);
    known.has_anchor = true;
    known.anchor = trail.chain;
    fixture_verify(&trail.text, &known, &v);
    assert_int_equal(v.problems, 2);
    fixture_signed(&trail, AUDITLOG_STOP);
    known.has_anchor = false;
    check_whole(&known);
}

static void any_number_of_a_peer_is_a_record(void **state)
{
    (void)state;
    fixture_event(&trail, ",\"records\":18446744073709551615");
    fixture_event(&trail, ",\"records\":18446744073709551609");
    fixture_event(&trail, ",\"records\":1844674407370955161");
    fixture_signed(&trail, AUDITLOG_STOP);
    check_whole(NULL);
}

static void a_number_of_more_than_64_bits_is_none(void **state)
{
    (void)state;
    fixture_event(&trail, ",\"records\":18446744073709551616");
    fixture_signed(&trail, AUDITLOG_STOP);
    check_problem(NULL, 2, "not a record of this trail");
}

static void a_gap_which_says_that_the_trail_was_rewritten_is_a_problem(void **state)
{
    (void)state;
    fixture_own(&trail, AUDITLOG_GAP, ",\"reason\":\"" AUDITLOG_GAP_REWRITTEN "\"");
    fixture_signed(&trail, AUDITLOG_STOP);
    check_problem(NULL, 2, "the file was rewritten");
}

#define IN_TRAIL(test) cmocka_unit_test_setup_teardown(test, begin_trail, end_trail)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_at_all_is_not_a_trail),
        IN_TRAIL(keys_follow_one_another_and_the_auditor_needs_the_first_only),
        IN_TRAIL(a_key_of_a_later_epoch_serves_as_well),
        IN_TRAIL(signatures_of_ecdsa_are_checked_too),
        IN_TRAIL(without_an_end_only_an_anchor_says_that_all_is_there),
        IN_TRAIL(an_anchor_of_another_history_is_found_where_they_part),
        IN_TRAIL(a_trail_may_stop_and_go_on),
        IN_TRAIL(as_many_records_as_may_be_are_covered_by_one_signature),
        IN_TRAIL(one_more_lacks_a_checkpoint),
        IN_TRAIL(a_late_checkpoint_is_a_warning),
        IN_TRAIL(what_was_counted_for_ten_seconds_before_it_was_told_is_not_late),
        IN_TRAIL(an_end_that_was_never_signed_is_found),
        IN_TRAIL(a_torn_line_that_the_next_tells_of_is_no_harm),
        IN_TRAIL(a_torn_line_of_another_length_is_found),
        IN_TRAIL(what_is_too_long_for_a_line_is_none_and_ends_nothing),
        IN_TRAIL(records_that_were_gone_are_named_by_the_gap),
        IN_TRAIL(the_chain_goes_through_several_files),
        IN_TRAIL(a_last_file_that_is_missing_is_found),
        IN_TRAIL(first_files_that_are_missing_are_found_unless_the_auditor_knows_the_key),
        IN_TRAIL(the_newest_line_of_syslog_is_the_anchor),
        IN_TRAIL(an_older_anchor_is_looked_at_too),
        IN_TRAIL(an_anchor_names_a_signed_record_or_was_made_up),
        IN_TRAIL(the_auditors_key_must_have_signed_something),
        IN_TRAIL(any_number_of_a_peer_is_a_record),
        IN_TRAIL(a_number_of_more_than_64_bits_is_none),
        IN_TRAIL(a_gap_which_says_that_the_trail_was_rewritten_is_a_problem),
    };
    return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

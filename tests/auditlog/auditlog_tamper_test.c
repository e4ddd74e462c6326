/*
 * A trail of more than 1,000 records; each of them is edited, deleted, put in, moved, cut
 * off, set back. Each time it is found, and the right place is named. Then the same by one
 * who recomputes all hashes and numbers behind it, but has no key.
 */
#include "auditlog_fixture.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

#ifndef EVENTS /* fewer where every step is watched */
#define EVENTS 1000
#endif
#define SEALED 200

static struct fixture_trail trail;
static struct auditlog_known known;
static struct buf changed;

/* As the process ends and begins: each with a key of its own. */
static void restart(void)
{
    fixture_evolve(&trail);
    fixture_signed(&trail, AUDITLOG_STOP);
    fixture_signed(&trail, AUDITLOG_START);
    fixture_evolve(&trail);
}

static int set_up(void **state)
{
    int failed = fixture_open(state);

    if (failed == 0) {
        fixture_begin(&trail, AUDITLOG_ED25519);
        known.has_key = true;
        known.key = trail.key.now.key;
        fixture_fill(&trail, EVENTS / 2, SEALED);
        restart();
        fixture_fill(&trail, EVENTS / 2, SEALED);
        fixture_signed(&trail, AUDITLOG_STOP);
        known.anchor = trail.chain;
        buf_init(&changed, 2 * trail.text.length + AUDITLOG_LINE_MAX);
    }
    return failed;
}

static int tear_down(void **state)
{
    fixture_free(&trail);
    buf_fini(&changed);
    return fixture_close(state);
}

static void add(size_t from, size_t to)
{
    buf_add(&changed, trail.text.bytes + trail.starts[from],
        trail.starts[to] - trail.starts[from]);
}

static void add_line(size_t i)
{
    add(i, i + 1);
}

/* The first place that is named is line i (from 0). */
static void check_found(size_t i, const char *text)
{
    struct fixture_verdict v;

    assert_int_equal(buf_error(&changed), OK);
    fixture_verify(&changed, &known, &v);
    buf_reset(&changed);
    if (v.whole || v.place.line != i + 1 || strstr(v.text, text) == NULL) {
        fail_msg("change at line %zu: whole=%d line=%llu seq=%llu %s", i + 1, v.whole,
            (unsigned long long)v.place.line, (unsigned long long)v.place.seq, v.text);
    }
}

static void the_trail_itself_is_whole(void **state)
{
    struct fixture_verdict v;

    (void)state;
    fixture_verify(&trail.text, &known, &v);
    assert_true(v.whole);
    assert_int_equal(v.warnings + v.notes, 0);
    assert_true(trail.count > EVENTS);
    known.has_anchor = true;
    fixture_verify(&trail.text, &known, &v);
    assert_true(v.whole);
    known.has_anchor = false;
}

static void each_record_that_is_edited_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < trail.count; i++) {
        add(0, trail.count);
        uint8_t *line = changed.bytes + trail.starts[i];
        line[13] = line[13] == '7' ? '8' : '7'; /* of the year */
        check_found(i, "was changed");
    }
}

static void each_byte_of_a_record_counts(void **state)
{
    static const size_t lines[] = {0, 7, SEALED + 1, 2 * SEALED + 3};

    (void)state;
    for (size_t k = 0; k < sizeof(lines) / sizeof(lines[0]); k++) {
        for (size_t at = trail.starts[lines[k]]; at + 1 < trail.starts[lines[k] + 1];
             at++) {
            add(0, trail.count);
            changed.bytes[at] ^= 1;
            check_found(lines[k], "");
        }
    }
}

static void each_record_that_is_deleted_is_found(void **state)
{
    (void)state;
    for (size_t i = 1; i + 1 < trail.count; i++) {
        char text[80];
        add(0, i);
        add(i + 1, trail.count);
        (void)snprintf(
            text, sizeof(text), "records %zu to %zu are missing here", i + 1, i + 1);
        check_found(i, text);
    }
    add(1, trail.count);
    check_found(0, "begins in the middle");
    add(0, trail.count - 1);
    check_found(trail.count - 2, "nothing says that the trail ends here");
}

static void a_copy_of_a_record_is_found_wherever_it_is_put(void **state)
{
    (void)state;
    for (size_t i = 1; i <= trail.count; i++) {
        add(0, i);
        add_line((i + 500) % trail.count == i ? 3 : (i + 500) % trail.count);
        add(i, trail.count);
        check_found(i, "");
    }
}

static void each_record_that_changes_place_with_the_next_is_found(void **state)
{
    (void)state;
    for (size_t i = 1; i + 1 < trail.count; i++) {
        add(0, i);
        add_line(i + 1);
        add_line(i);
        add(i + 2, trail.count);
        check_found(i, "are missing here");
    }
}

static void each_record_that_is_set_back_to_an_older_one_is_found(void **state)
{
    (void)state;
    for (size_t i = 2; i < trail.count; i++) {
        add(0, i);
        add_line(i - 1);
        add(i + 1, trail.count);
        check_found(i, "inserted, repeated or moved");
    }
}

static bool is_end(size_t i)
{
    struct auditlog_view line = fixture_line(&trail, i);

    return memmem(line.ptr, line.len, "\"event\":\"stop\"", 14) != NULL;
}

/* Behind an end in good order only an anchor knows that there was more. */
static void a_trail_that_is_cut_behind_any_record_is_found(void **state)
{
    (void)state;
    for (size_t i = 1; i < trail.count; i++) {
        if (!is_end(i - 1)) {
            add(0, i);
            check_found(i - 1, "nothing says that the trail ends here");
        }
        known.has_anchor = true;
        add(0, i);
        char text[80];
        (void)snprintf(text, sizeof(text), "records %zu to %zu are missing: the anchor",
            i + 1, trail.count);
        check_found(i - 1, text);
        known.has_anchor = false;
    }
}

static void a_trail_that_is_cut_within_any_record_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < trail.count; i++) {
        add(0, i);
        buf_add(&changed, trail.text.bytes + trail.starts[i],
            (trail.starts[i + 1] - trail.starts[i]) / 2);
        check_found(i, "not a record of this trail");
    }
}

/* --- one who can compute hashes ----------------------------------------------------- */

static bool is_signed(size_t i)
{
    struct auditlog_view line = fixture_line(&trail, i);

    return memmem(line.ptr, line.len, "\"signature\"", 11) != NULL;
}

/* The first line from i on that is signed. */
static size_t next_signed(size_t i)
{
    while (!is_signed(i)) {
        i++;
    }
    return i;
}

static void chain_at(size_t i, struct auditlog_chain *out)
{
    struct auditlog_record r;

    *out = (struct auditlog_chain){.seq = i};
    if (i > 0) {
        struct auditlog_view before = fixture_line(&trail, i - 1);
        assert_int_equal(auditlog_record_read(before.ptr, before.len - 1, &r), OK);
        memcpy(out->hash, r.hash, sizeof(r.hash));
    }
}

/* Line i is not what was there; behind a signed end that is seen at once. */
static void check_forged(size_t i, size_t signed_at)
{
    bool behind = is_end(i - 1);

    check_found(
        behind ? i : signed_at, behind ? "behind a signed end" : "wrong signature");
}

static void forge(size_t from, size_t to, struct auditlog_chain *chain)
{
    for (size_t i = from; i < to; i++) {
        fixture_forge(fixture_line(&trail, i), chain, &changed);
    }
}

static void each_edit_with_new_hashes_is_found_at_the_next_signature(void **state)
{
    (void)state;
    for (size_t i = 1; i < trail.count; i++) {
        struct auditlog_chain chain;
        char copy[1024];
        struct auditlog_view line = fixture_line(&trail, i);
        assert_true(line.len < sizeof(copy));
        memcpy(copy, line.ptr, line.len);
        copy[13] = '7';
        chain_at(i, &chain);
        add(0, i);
        fixture_forge((struct auditlog_view){copy, line.len}, &chain, &changed);
        forge(i + 1, trail.count, &chain);
        check_found(next_signed(i), "wrong signature");
    }
}

static void each_deletion_with_new_hashes_is_found_at_the_next_signature(void **state)
{
    (void)state;
    for (size_t i = 1; i + 1 < trail.count; i++) {
        struct auditlog_chain chain;
        chain_at(i, &chain);
        add(0, i);
        forge(i + 1, trail.count, &chain);
        check_forged(i, next_signed(i + 1) - 1);
    }
}

static void each_insertion_with_new_hashes_is_found_at_the_next_signature(void **state)
{
    (void)state;
    for (size_t i = 1; i < trail.count; i++) {
        struct auditlog_chain chain;
        chain_at(i, &chain);
        add(0, i);
        fixture_forge(fixture_line(&trail, 5), &chain, &changed);
        forge(i, trail.count, &chain);
        check_forged(i, next_signed(i) + 1);
    }
}

static void each_exchange_with_new_hashes_is_found_at_the_next_signature(void **state)
{
    (void)state;
    for (size_t i = 1; i + 2 < trail.count; i++) {
        struct auditlog_chain chain;
        chain_at(i, &chain);
        add(0, i);
        fixture_forge(fixture_line(&trail, i + 1), &chain, &changed);
        fixture_forge(fixture_line(&trail, i), &chain, &changed);
        forge(i + 2, trail.count, &chain);
        check_forged(i, is_signed(i + 1) ? i : (is_signed(i) ? i + 1 : next_signed(i)));
    }
}

static void a_record_behind_a_signed_end_is_found(void **state)
{
    (void)state;
    struct auditlog_chain chain = trail.chain;
    add(0, trail.count);
    fixture_forge(fixture_line(&trail, 5), &chain, &changed);
    check_found(trail.count, "behind a signed end");
}

/* What the keys of a running process are worth to who takes them: nothing before them. */
static void the_key_of_after_a_restart_signs_nothing_before_it(void **state)
{
    static struct fixture_trail later;

    (void)state;
    for (size_t i = 1; i + 1 < trail.count; i++) {
        if (!is_end(i)) {
            continue;
        }
        /* The stop and the checkpoint before it once more, by the last key of all. */
        later = trail;
        chain_at(i - 1, &later.chain);
        buf_init(&later.text, AUDITLOG_LINE_MAX);
        later.starts[0] = 0;
        later.count = 0;
        fixture_event(&later, ",\"forged\":1");
        fixture_signed(&later, AUDITLOG_CHECKPOINT);
        add(0, i - 1);
        buf_add(&changed, later.text.bytes, later.text.length);
        check_found(i, "wrong signature");
        buf_fini(&later.text);
    }
}

static void a_trail_under_another_key_is_found_at_its_first_line(void **state)
{
    static struct fixture_trail other;

    (void)state;
    fixture_begin(&other, AUDITLOG_ED25519);
    fixture_fill(&other, 10, 5);
    fixture_signed(&other, AUDITLOG_STOP);
    buf_add(&changed, other.text.bytes, other.text.length);
    check_found(0, "another than the auditor's");
    fixture_free(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_trail_itself_is_whole),
        cmocka_unit_test(each_record_that_is_edited_is_found),
        cmocka_unit_test(each_byte_of_a_record_counts),
        cmocka_unit_test(each_record_that_is_deleted_is_found),
        cmocka_unit_test(a_copy_of_a_record_is_found_wherever_it_is_put),
        cmocka_unit_test(each_record_that_changes_place_with_the_next_is_found),
        cmocka_unit_test(each_record_that_is_set_back_to_an_older_one_is_found),
        cmocka_unit_test(a_trail_that_is_cut_behind_any_record_is_found),
        cmocka_unit_test(a_trail_that_is_cut_within_any_record_is_found),
        cmocka_unit_test(each_edit_with_new_hashes_is_found_at_the_next_signature),
        cmocka_unit_test(each_deletion_with_new_hashes_is_found_at_the_next_signature),
        cmocka_unit_test(each_insertion_with_new_hashes_is_found_at_the_next_signature),
        cmocka_unit_test(each_exchange_with_new_hashes_is_found_at_the_next_signature),
        cmocka_unit_test(a_record_behind_a_signed_end_is_found),
        cmocka_unit_test(the_key_of_after_a_restart_signs_nothing_before_it),
        cmocka_unit_test(a_trail_under_another_key_is_found_at_its_first_line),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

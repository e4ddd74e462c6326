#include "policy_fixture.h"

#include "mem.h"
#include "policy_blob.h"

#include <stdlib.h>

/* Word numbers of the header. */
enum { STRINGS = 2, COUNTS = 3, CLUSTER = 15 };

static const char sample[] = "policy 1 cluster c serial 4294967297\n"
                             "one: allow alice, bob to read topic a, aa*, b*\n"
                             "two: deny bob to all topic a group g\n"
                             "allow any to all topic a\n"
                             "allow any to describe cluster\n";

static uint32_t get(const struct buf *b, size_t word)
{
    uint32_t v = 0;
    for (size_t i = 4; i > 0; i--) {
        v = v << 8 | b->bytes[word * 4 + i - 1];
    }
    return v;
}

static void put(struct buf *b, size_t word, uint32_t v)
{
    for (size_t i = 0; i < 4; i++) {
        b->bytes[word * 4 + i] = (uint8_t)(v >> (8 * i));
    }
}

/* First word of element i of a section. */
static size_t at(const struct buf *b, enum policy_blob_section section, size_t i)
{
    size_t word = POLICY_BLOB_WORDS;

    for (size_t s = 0; s < (size_t)section; s++) {
        word += get(b, COUNTS + s) * policy_blob_words[s];
    }
    return i == 0 ? word : word + i * policy_blob_words[section];
}

static enum err load(const uint8_t *bytes, size_t length)
{
    struct policy *p = NULL;
    uint8_t *exact =
        malloc(length > 0 ? length : 1); /* so that a sanitizer sees the end */

    assert_non_null(exact);
    memcpy(exact, bytes, length);
    enum err e = policy_load(exact, length, 0, &p);
    assert_true(e == OK || p == NULL);
    if (e == OK) { /* whatever it says, it can be asked */
        (void)ask(p, "alice", POLICY_READ, POLICY_TOPIC, "aaa");
        (void)can_write_some_topic(p, "bob", false);
    }
    policy_free(&p);
    free(exact);
    return e;
}

static void a_blob_says_what_the_text_said(void **state)
{
    (void)state;
    struct policy *p = policy_of(sample);
    struct policy_header h = policy_header(p);

    assert_string_equal(h.cluster, "c");
    assert_true(h.serial == 4294967297);
    assert_int_equal(h.rules, 4);
    assert_true(can(p, "alice", POLICY_READ, POLICY_TOPIC, "aab"));
    assert_string_equal(ask(p, "bob", POLICY_WRITE, POLICY_TOPIC, "a").id, "two");
    policy_free(&p);
}

static void every_truncation_and_any_more_is_an_error(void **state)
{
    (void)state;
    struct buf b = compile_blob(sample);

    for (size_t length = 0; length < b.length; length++) {
        assert_int_equal(load(b.bytes, length), ERR_INVALID);
    }
    assert_int_equal(load(b.bytes, b.length), OK);
    buf_add(&b, "", 1);
    assert_int_equal(load(b.bytes, b.length), ERR_INVALID);
    buf_fini(&b);
}

static void every_bit_flip_is_refused_or_harmless(void **state)
{
    (void)state;
    struct buf b = compile_blob(sample);

    for (size_t i = 0; i < b.length * 8; i++) {
        b.bytes[i / 8] ^= (uint8_t)(1u << (i % 8));
        (void)load(b.bytes, b.length);
        b.bytes[i / 8] ^= (uint8_t)(1u << (i % 8));
    }
    buf_fini(&b);
}

static void every_word_at_its_limits_is_refused_or_harmless(void **state)
{
    (void)state;
    static const uint32_t values[] = {
        0, 1, 2, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffe};
    struct buf b = compile_blob(sample);

    for (size_t word = 0; word < at(&b, POLICY_SECTIONS, 0); word++) {
        uint32_t before = get(&b, word);
        for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
            put(&b, word, values[i]);
            (void)load(b.bytes, b.length);
        }
        put(&b, word, before);
    }
    buf_fini(&b);
}

static void check_refused(
    enum policy_blob_section section, size_t i, size_t field, uint32_t v)
{
    struct buf b = compile_blob(sample);

    assert_int_equal(load(b.bytes, b.length), OK);
    put(&b, at(&b, section, i) + field, v);
    if (load(b.bytes, b.length) != ERR_INVALID) {
        fail_msg("section %d element %zu field %zu = %u", (int)section, i, field, v);
    }
    buf_fini(&b);
}

static void each_field_is_bounded(void **state)
{
    (void)state;
    struct buf b = compile_blob(sample);
    uint32_t strings = get(&b, STRINGS);
    /* patterns: topic a | topic aa* | topic b* | group g | cluster; sorted: a, aa*, b*,
     * g, kafka */
    uint32_t a_offset = get(&b, at(&b, POLICY_PATTERNS, 0) + 2);
    uint32_t bob = get(&b, at(&b, POLICY_PRINCIPALS, 1));
    buf_fini(&b);

    for (size_t word = 0; word < COUNTS; word++) {
        b = compile_blob(sample);
        put(&b, word, get(&b, word) + 1);
        assert_int_equal(load(b.bytes, b.length), ERR_INVALID);
        buf_fini(&b);
    }
    check_refused(POLICY_FILES, 0, 0, strings);
    check_refused(POLICY_FILES, 0, 1, strings);
    check_refused(POLICY_RULES, 0, 0, POLICY_EFFECTS);
    check_refused(POLICY_RULES, 0, 1, 1);
    check_refused(POLICY_RULES, 0, 4, 0);
    check_refused(POLICY_RULES, 0, 4, 2);
    check_refused(POLICY_RULES, 0, 5, 1);
    check_refused(POLICY_PRINCIPALS, 0, 0, bob);
    check_refused(POLICY_PRINCIPALS, 0, 1, 0);
    check_refused(POLICY_PATTERNS, 0, 0, 1);
    check_refused(POLICY_PATTERNS, 0, 0, 8);
    check_refused(POLICY_PATTERNS, 0, 1, 2);
    check_refused(POLICY_PATTERNS, 0, 4, 0);
    check_refused(POLICY_PATTERNS, 0, 4, 4);
    check_refused(POLICY_PATTERNS, 2, 1, 0); /* exact behind a prefix: not sorted */
    check_refused(POLICY_PATTERNS, 4, 2, a_offset);
    check_refused(POLICY_PATTERNS, 3, 0, POLICY_CLUSTER);
    check_refused(POLICY_CELLS, 0, 0, 4);
    check_refused(POLICY_CELLS, 1, 0, 0);
    check_refused(POLICY_CELLS, 1, 0, 3);
    check_refused(POLICY_CELLS, 0, 1, 0);
    check_refused(POLICY_CELLS, 0, 1, 2);
    check_refused(POLICY_CELLS, 0, 2, 1);
    check_refused(POLICY_ENTRIES, 0, 0, 4);
    check_refused(POLICY_ENTRIES, 0, 1, 0);
    check_refused(POLICY_ENTRIES, 0, 1, 4);
    check_refused(POLICY_ENTRIES, 0, 1, 1u << 16);
}

/* One cell, two entries: the second may not repeat the first, in rule or in operations.
 */
static void entries_of_a_cell_are_disjoint_and_ascending(void **state)
{
    (void)state;
    static const char text[] =
        "policy 1\nallow a to create topic t\nallow a to write topic t\n";
    struct buf b = compile_blob(text);
    size_t second = at(&b, POLICY_ENTRIES, 1);

    put(&b, second, 0);
    assert_int_equal(load(b.bytes, b.length), ERR_INVALID);
    put(&b, second, 1);
    assert_int_equal(load(b.bytes, b.length), OK);
    put(&b, second + 1, get(&b, second + 1) | POLICY_BIT(POLICY_CREATE));
    assert_int_equal(load(b.bytes, b.length), ERR_INVALID);
    buf_fini(&b);
}

/* Operations that an earlier rule decides already are left out. */
static void a_cell_never_grows_beyond_its_operations(void **state)
{
    (void)state;
    static char text[20000] = "policy 1\n";
    for (int i = 0; i < 400; i++) {
        strcat(
            text, i % 2 == 0 ? "allow a to all topic t\n" : "deny a to write topic t\n");
    }
    struct buf b = compile_blob(text);
    assert_int_equal(get(&b, COUNTS + POLICY_RULES), 400);
    assert_int_equal(get(&b, COUNTS + POLICY_ENTRIES), 2);
    assert_int_equal(get(&b, COUNTS + POLICY_CELLS), 1);
    buf_fini(&b);
}

static void texts_are_clean_and_end_where_they_say(void **state)
{
    (void)state;
    static const uint8_t bad[] = {0, 1, 0x1f, 0x7f, 0x80, 0xff, '\n'};
    struct buf b = compile_blob(sample);
    size_t label = at(&b, POLICY_SECTIONS, 0) * 4 + get(&b, at(&b, POLICY_RULES, 0) + 3);

    for (size_t i = 0; i < sizeof(bad); i++) {
        uint8_t before = b.bytes[label + 1];
        b.bytes[label + 1] = bad[i];
        assert_int_equal(load(b.bytes, b.length), ERR_INVALID);
        b.bytes[label + 1] = before;
    }
    b.bytes[label + 1] = ' ';
    assert_int_equal(load(b.bytes, b.length), OK);
    b.bytes[label + 3] = 'x'; /* its end */
    assert_int_equal(load(b.bytes, b.length), ERR_INVALID);
    buf_fini(&b);
    b = compile_blob(sample);
    put(&b, CLUSTER, get(&b, STRINGS));
    assert_int_equal(load(b.bytes, b.length), ERR_INVALID);
    buf_fini(&b);
}

/* Overlapping strings would let a small blob ask for endless reading. */
static void strings_together_are_bounded(void **state)
{
    (void)state;
    enum { LENGTH = 4 << 20, FILES = 9 };
    size_t size = POLICY_BLOB_WORDS * 4 + FILES * 8 + LENGTH + 1;
    struct buf b;

    buf_init(&b, size);
    assert_non_null(buf_reserve(&b, size));
    buf_grew(&b, size);
    memset(b.bytes, 0, size);
    memset(b.bytes + size - LENGTH - 1, 'x', LENGTH);
    put(&b, 0, POLICY_BLOB_MAGIC);
    put(&b, 1, POLICY_BLOB_VERSION);
    put(&b, STRINGS, LENGTH + 1);
    put(&b, COUNTS + POLICY_FILES, FILES);
    for (size_t i = 0; i < FILES; i++) {
        put(&b, POLICY_BLOB_WORDS + 2 * i + 1, i < 8 ? LENGTH : 0);
    }
    put(&b, CLUSTER, LENGTH);
    put(&b, POLICY_BLOB_WORDS + 2 * 8, LENGTH);
    assert_int_equal(load(b.bytes, b.length), OK);
    put(&b, POLICY_BLOB_WORDS + 2 * 8, LENGTH - 1);
    put(&b, POLICY_BLOB_WORDS + 2 * 8 + 1, 1);
    assert_int_equal(load(b.bytes, b.length), ERR_INVALID);
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_blob_says_what_the_text_said),
        cmocka_unit_test(every_truncation_and_any_more_is_an_error),
        cmocka_unit_test(every_bit_flip_is_refused_or_harmless),
        cmocka_unit_test(every_word_at_its_limits_is_refused_or_harmless),
        cmocka_unit_test(each_field_is_bounded),
        cmocka_unit_test(entries_of_a_cell_are_disjoint_and_ascending),
        cmocka_unit_test(a_cell_never_grows_beyond_its_operations),
        cmocka_unit_test(texts_are_clean_and_end_where_they_say),
        cmocka_unit_test(strings_together_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

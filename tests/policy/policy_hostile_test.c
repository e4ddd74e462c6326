/* A compiled policy that has everything, and what may be done to its bytes. */
#include "policy_build_fixture.h"

#include "policy_blob.h"

#include <stdlib.h>

/* Word numbers of the header. */
enum { COUNTS = 3 };

static struct buf blob_with_everything(void)
{
    struct policy_build *b = begin_build();
    const struct policy_view members[] = {view_of("User:a"), view_of("User:b")};
    const struct policy_view listeners[] = {view_of("IN"), view_of("OUT")};
    const char *too_many = NULL;
    struct policy_net nets[2];
    struct buf blob;

    assert_true(policy_net_parse(view_of("10.0.0.0/8"), &nets[0]));
    assert_true(policy_net_parse(view_of("2001:db8::/32"), &nets[1]));
    const struct rule rules[] = {
        {POLICY_ALLOW, "any", POLICY_BIT(POLICY_READ), POLICY_TOPIC, "t",
            {.nets = nets, .net_count = 2, .is_outside = true}},
        {POLICY_DENY, "User:a", POLICY_BIT(POLICY_READ), POLICY_TOPIC, "t", {0}},
        {POLICY_ALLOW, "@0", POLICY_BITS_ALL, POLICY_TOPIC, "t*",
            {.listeners = listeners,
                .listener_count = 2,
                .methods = 2,
                .tls_min = 0x0303,
                .age_ms = 5,
                .issuer = view_of("i"),
                .after_ms = 1,
                .until_ms = 9}},
        {POLICY_DELEGATE, "any", POLICY_BITS_ALL, POLICY_GROUP, "*", {0}},
        {POLICY_NEVER, "@1", POLICY_BITS_ALL, POLICY_USER, "User:a", {0}},
    };
    (void)policy_build_team(b, view_of("one"), members, 2, view_of("ldap"), view_of("g"));
    (void)policy_build_team(b, view_of("two"), members, 1, view_of(""), view_of(""));
    policy_build_exclusive(b, 0, 1);
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        add_rule(b, &rules[i]);
    }
    buf_init(&blob, 1 << 20);
    assert_int_equal(policy_build_finish(b, &blob, &too_many), OK);
    policy_build_free(&b);
    return blob;
}

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
    return section == POLICY_SECTIONS ? word : word + i * policy_blob_words[section];
}

/* Whatever it says, it can be asked. */
static void ask_it(const struct policy *p)
{
    struct asker a = asker("User:a");
    const struct policy_group group = {view_of("ldap"), view_of("g")};
    struct policy_who who;
    uint32_t never;

    a.identity.groups = &group;
    a.identity.group_count = 1;
    policy_resolve(p, &a.identity, &who);
    who.is_excluded = false;
    const struct policy_query q = {.who = &who,
        .context = &a.context,
        .operation = POLICY_READ,
        .resource = POLICY_TOPIC,
        .name = view_of("t")};
    (void)policy_decide(p, &q);
    (void)policy_admits(p, &q, &never);
    (void)policy_allows_any(p, &who, &a.context, POLICY_WRITE, POLICY_TOPIC);
    (void)policy_operations(p, &who, &a.context, POLICY_GROUP, view_of("g"));
    (void)policy_next_change_ms(p, 0);
}

static enum err load(const uint8_t *bytes, size_t length)
{
    uint8_t *exact = malloc(length + 1); /* so that a sanitizer sees the end, nearly */
    struct policy *p = NULL;

    assert_non_null(exact);
    memcpy(exact + 1, bytes, length);
    enum err e = policy_load(exact + 1, length, 0, &p);
    if (e == OK) {
        ask_it(p);
    }
    policy_free(&p);
    free(exact);
    return e;
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    struct buf b = blob_with_everything();

    for (size_t length = 0; length < b.length; length++) {
        assert_int_equal(load(b.bytes, length), ERR_INVALID);
    }
    assert_int_equal(load(b.bytes, b.length), OK);
    buf_fini(&b);
}

static void every_bit_flip_is_refused_or_harmless(void **state)
{
    (void)state;
    struct buf b = blob_with_everything();

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
    struct buf b = blob_with_everything();

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

static void each_field_is_bounded(void **state)
{
    (void)state;
    static const struct {
        enum policy_blob_section section;
        size_t i;
        size_t field;
        uint32_t value;
    } cases[] = {
        {POLICY_RULES, 0, 0, POLICY_EFFECTS},
        {POLICY_RULES, 0, 5, 3}, /* a condition that is not there */
        {POLICY_RULES, 0, 5, 0}, /* its entry stands with the conditional ones */
        {POLICY_RULES, 1, 5, 1}, /* ... and this one does not */
        {POLICY_TEAMS, 0, 0, 1 << 20},
        {POLICY_TEAMS, 0, 5, 1 << 20},
        {POLICY_MEMBERS, 0, 0, 2},
        {POLICY_MEMBERS, 0, 1, 2},
        {POLICY_MEMBERS, 0, 1, 1},    /* twice */
        {POLICY_MEMBERS, 0, 0, 1},    /* not ascending */
        {POLICY_EXCLUSIVES, 0, 0, 1}, /* with itself */
        {POLICY_EXCLUSIVES, 0, 1, 2},
        {POLICY_CONDITIONS, 0, 0, 3},
        {POLICY_CONDITIONS, 0, 0, 1}, /* a network that is nobody's */
        {POLICY_CONDITIONS, 0, 1, 2},
        {POLICY_CONDITIONS, 1, 1, 1}, /* outside of nothing */
        {POLICY_CONDITIONS, 1, 2, 3},
        {POLICY_CONDITIONS, 1, 2, 1},
        {POLICY_CONDITIONS, 1, 3, 1u << POLICY_METHODS},
        {POLICY_CONDITIONS, 1, 4, 0x10000},
        {POLICY_CONDITIONS, 1, 6, 0x80000000}, /* negative */
        {POLICY_CONDITIONS, 1, 7, 1 << 20},
        {POLICY_CONDITIONS, 1, 10, 0x80000000},
        {POLICY_CONDITIONS, 1, 12, 0x80000000},
        {POLICY_NETS, 0, 4, 129},
        {POLICY_NETS, 0, 4, 96}, /* bits behind those that count */
        {POLICY_NETS, 1, 3, 1},
        {POLICY_LISTENERS, 0, 1, 1 << 20},
        {POLICY_PATTERNS, 0, 0, 8},
        {POLICY_CELLS, 0, 0, 6},
        {POLICY_CELLS, 0, 1, 1},
        {POLICY_CELLS, 0, 2, 2},
        {POLICY_CELLS, 0, 2, 0},
        {POLICY_ENTRIES, 0, 0, 5},
        {POLICY_ENTRIES, 0, 0, 1}, /* has no condition */
        {POLICY_ENTRIES, 0, 1, 0},
        {POLICY_ENTRIES, 0, 1, 1u << 16},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf b = blob_with_everything();
        size_t word = at(&b, cases[i].section, cases[i].i) + cases[i].field;
        assert_true(get(&b, word) != cases[i].value);
        put(&b, word, cases[i].value);
        if (load(b.bytes, b.length) != ERR_INVALID) {
            fail_msg("case %zu: section %d element %zu field %zu", i,
                (int)cases[i].section, cases[i].i, cases[i].field);
        }
        buf_fini(&b);
    }
}

static void an_older_form_is_refused(void **state)
{
    (void)state;
    struct buf b = blob_with_everything();

    put(&b, 1, 1);
    assert_int_equal(load(b.bytes, b.length), ERR_INVALID);
    put(&b, 1, POLICY_BLOB_VERSION);
    assert_int_equal(load(b.bytes, b.length), OK);
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(every_bit_flip_is_refused_or_harmless),
        cmocka_unit_test(every_word_at_its_limits_is_refused_or_harmless),
        cmocka_unit_test(each_field_is_bounded),
        cmocka_unit_test(an_older_form_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

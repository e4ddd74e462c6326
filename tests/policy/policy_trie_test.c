#include "policy_trie.h"
#include "test.h"

#include <string.h>

static struct policy_view view_of(const char *text)
{
    return (struct policy_view){(const uint8_t *)text, strlen(text)};
}

static void check(const char *const *texts, uint32_t count, const char *name)
{
    struct policy_view names[32];
    struct policy_trie trie;
    uint32_t longest = UINT32_MAX;

    for (uint32_t i = 0; i < count; i++) {
        names[i] = view_of(texts[i]);
        if (strncmp(name, texts[i], strlen(texts[i])) == 0) {
            longest = i; /* they are ascending: a later one is longer */
        }
    }
    assert_int_equal(policy_trie_init(&trie, names, count), OK);
    assert_int_equal(policy_trie_find(&trie, view_of(name)), longest);
    policy_trie_fini(&trie);
}

static void the_longest_prefix_is_found(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", "a", "aab", "aac", "abcdef", "abcdeg", "b", "ba\xff", "pay.", "pay.eu."};
    static const char *const names[] = {"", "a", "aa", "aab", "aabx", "abcde", "abcdef",
        "abcdefg", "abcdeh", "b", "ba\xff\xff", "ba\xfe", "c", "pay", "pay.", "pay.e",
        "pay.eu.x", "\xff"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        check(texts, 10, names[i]);    /* with one for every name */
        check(texts + 1, 9, names[i]); /* ... and without */
        check(texts + 2, 1, names[i]);
        check(texts, 0, names[i]);
    }
}

/* A chain of prefixes, each a byte longer, and a name that leaves it anywhere. */
static void prefixes_of_prefixes_are_found(void **state)
{
    (void)state;
    static char chain[300];
    struct policy_view names[299];
    struct policy_trie trie;

    memset(chain, 'x', sizeof(chain));
    for (uint32_t i = 0; i < 299; i++) {
        names[i] = (struct policy_view){(const uint8_t *)chain, i + 1};
    }
    assert_int_equal(policy_trie_init(&trie, names, 299), OK);
    for (uint32_t i = 0; i < 299; i++) {
        chain[i + 1] = 'y';
        const struct policy_view name = {(const uint8_t *)chain, 300};
        static uint8_t copy[300];
        memcpy(copy, name.ptr, sizeof(copy));
        chain[i + 1] = 'x';
        const struct policy_view asked = {copy, sizeof(copy)};
        assert_int_equal(policy_trie_find(&trie, asked), i);
    }
    policy_trie_fini(&trie);
}

/* A node with a child for each byte. */
static void every_byte_leads_somewhere(void **state)
{
    (void)state;
    uint8_t bytes[256];
    struct policy_view names[256];
    struct policy_trie trie;

    for (uint32_t i = 0; i < 256; i++) {
        bytes[i] = (uint8_t)i;
        names[i] = (struct policy_view){&bytes[i], 1};
    }
    assert_int_equal(policy_trie_init(&trie, names, 256), OK);
    for (uint32_t i = 0; i < 256; i++) {
        assert_int_equal(policy_trie_find(&trie, names[i]), i);
    }
    policy_trie_fini(&trie);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_prefix_is_found),
        cmocka_unit_test(prefixes_of_prefixes_are_found),
        cmocka_unit_test(every_byte_leads_somewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

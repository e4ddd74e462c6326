#include "scram_lookup.h"

#include "scram_client.h"
#include "test.h"

#include <string.h>

static struct scram_crypto crypto;
static struct scram_lookup lookup;
static char file[8192];

static void line(
    const char *name, const char *mechanism, const char *salt, int iterations)
{
    const size_t used = strlen(file);

    scram_client_line(name, mechanism, "a password", salt, iterations, file + used,
        sizeof(file) - used);
}

static void load(void)
{
    struct users_problem problem;

    scram_lookup_fini(&lookup);
    scram_lookup_init(&lookup, &crypto);
    assert_int_equal(scram_lookup_load(&lookup, file, strlen(file), &problem), OK);
}

static int setup(void **state)
{
    (void)state;
    file[0] = '\0';
    if (scram_crypto_init(&crypto) != OK) {
        return -1;
    }
    scram_lookup_init(&lookup, &crypto);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    scram_lookup_fini(&lookup);
    scram_crypto_fini(&crypto);
    return 0;
}

static struct scram_credential find(enum scram_mechanism mechanism, const char *name)
{
    const struct scram_part part = {name, strlen(name)};
    struct scram_credential c = {.iterations = 0};
    bool known = true;

    assert_int_equal(scram_lookup_find(&lookup, mechanism, &part, &c, &known), OK);
    assert_int_equal(
        known, scram_file_find(&lookup.file, mechanism, name, strlen(name)) != NULL);
    return c;
}

static void assert_same_salt(
    const struct scram_credential *a, const struct scram_credential *b, bool same)
{
    assert_int_equal(a->salt_length, b->salt_length);
    assert_int_equal(memcmp(a->salt, b->salt, a->salt_length) == 0, same);
}

#define KEY_LINE ":phantom-key$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"

static void users_have_their_own(void **state)
{
    (void)state;
    line("alice", "SCRAM-SHA-512", "0123456789", 5000);
    load();
    const struct scram_credential c = find(SCRAM_SHA_512, "alice");
    assert_int_equal(c.iterations, 5000);
    assert_int_equal(c.salt_length, 10);
    assert_memory_equal(c.salt, "0123456789", 10);
}

static void a_user_without_this_mechanism_is_a_phantom_there(void **state)
{
    (void)state;
    line("alice", "SCRAM-SHA-512", "0123456789", 5000);
    load();
    const struct scram_credential c = find(SCRAM_SHA_256, "alice");
    assert_int_equal(c.iterations, 4096);
    assert_int_equal(c.salt_length, SCRAM_SALT_SIZE);
}

static void phantoms_look_like_most_of_the_file(void **state)
{
    (void)state;
    line("a", "SCRAM-SHA-512", "0123456789", 9000);
    line("b", "SCRAM-SHA-512", "0123456789ab", 8192);
    line("c", "SCRAM-SHA-512", "0123456789", 5000);
    line("d", "SCRAM-SHA-512", "cd0123456789", 8192);
    line("a", "SCRAM-SHA-256", "01234567", 6000);
    load();
    assert_int_equal(find(SCRAM_SHA_512, "nobody").iterations, 8192);
    assert_int_equal(find(SCRAM_SHA_512, "nobody").salt_length, 12);
    assert_int_equal(find(SCRAM_SHA_256, "nobody").iterations, 6000);
    assert_int_equal(find(SCRAM_SHA_256, "nobody").salt_length, 8);
}

static void a_phantoms_salt_is_its_own_and_lasts_with_the_key(void **state)
{
    (void)state;
    (void)strcpy(file, KEY_LINE);
    load();
    assert_true(lookup.key_is_lasting);
    const struct scram_credential before = find(SCRAM_SHA_256, "nobody");
    const struct scram_credential other = find(SCRAM_SHA_256, "nobody else");
    const struct scram_credential mechanism = find(SCRAM_SHA_512, "nobody");
    assert_same_salt(&before, &other, false);
    assert_same_salt(&before, &mechanism, false);
    line("alice", "SCRAM-SHA-512", "0123456789", 5000); /* the file changes */
    load();
    const struct scram_credential after = find(SCRAM_SHA_256, "nobody");
    assert_same_salt(&before, &after, true);
}

static void a_key_file_comes_before_the_files_line(void **state)
{
    static const char key[] = "0123456789abcdef0123456789abcdef";

    (void)state;
    (void)strcpy(file, KEY_LINE);
    load();
    const struct scram_credential line_key = find(SCRAM_SHA_256, "nobody");
    assert_int_equal(scram_lookup_set_key(&lookup, key, 31), ERR_INVALID);
    assert_int_equal(
        scram_lookup_set_key(&lookup, key, SCRAM_KEY_FILE_MAX + 1), ERR_INVALID);
    assert_int_equal(scram_lookup_set_key(&lookup, key, 32), OK);
    const struct scram_credential file_key = find(SCRAM_SHA_256, "nobody");
    assert_same_salt(&line_key, &file_key, false);
    file[0] = '\0';
    load();
    assert_false(lookup.key_is_lasting);
    assert_int_equal(scram_lookup_set_key(&lookup, key, 32), OK);
    assert_true(lookup.key_is_lasting);
    const struct scram_credential again = find(SCRAM_SHA_256, "nobody");
    assert_same_salt(&file_key, &again, true);
}

/* Who knows a salt could otherwise try passwords of users against it. */
static void without_a_key_nothing_of_the_credentials_is_in_a_salt(void **state)
{
    (void)state;
    line("alice", "SCRAM-SHA-256", "0123456789", 5000);
    load();
    const struct scram_credential once = find(SCRAM_SHA_256, "nobody");
    load();
    const struct scram_credential again = find(SCRAM_SHA_256, "nobody");
    assert_same_salt(&once, &again, false);
}

static void who_has_any_credential_in_force_may_stay(void **state)
{
    (void)state;
    line("alice", "SCRAM-SHA-256", "0123456789", 5000);
    line("bob", "SCRAM-SHA-256", "0123456789", 5000);
    (void)strcpy(file + strlen(file) - 1, ":disabled\n");
    line("carol", "SCRAM-SHA-512", "0123456789", 5000);
    (void)strcpy(file + strlen(file) - 1, ":disabled\n");
    line("carol", "SCRAM-SHA-256", "0123456789", 5000);
    load();
    assert_true(scram_lookup_may_stay(&lookup, "alice", 5));
    assert_false(scram_lookup_may_stay(&lookup, "bob", 3));
    assert_true(scram_lookup_may_stay(&lookup, "carol", 5));
    assert_false(scram_lookup_may_stay(&lookup, "nobody", 6));
    assert_false(scram_lookup_may_stay(&lookup, "", 0));
}

static void a_failed_allocation_is_an_error(void **state)
{
    struct users_problem problem;
    unsigned failures = 0;

    (void)state;
    line("alice", "SCRAM-SHA-256", "0123456789", 5000);
    for (long n = 0;; n++) {
        scram_lookup_fini(&lookup);
        scram_lookup_init(&lookup, &crypto);
        mem_fail_after(n);
        enum err e = scram_lookup_load(&lookup, file, strlen(file), &problem);
        mem_fail_after(-1);
        if (e == OK) {
            break;
        }
        assert_int_equal(e, ERR_NOMEM);
        failures++;
    }
    assert_true(failures >= 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(users_have_their_own),
        TEST(a_user_without_this_mechanism_is_a_phantom_there),
        TEST(phantoms_look_like_most_of_the_file),
        TEST(a_phantoms_salt_is_its_own_and_lasts_with_the_key),
        TEST(a_key_file_comes_before_the_files_line),
        TEST(without_a_key_nothing_of_the_credentials_is_in_a_salt),
        TEST(who_has_any_credential_in_force_may_stay),
        TEST(a_failed_allocation_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "scram_kept.h"

#include "mem.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static const uint8_t SECRET[32] = {7};
static struct scram_kept kept;
static uint8_t sealed[SEAL_OFFER_MAX];
static size_t sealed_length;

static void fill(struct seal_credential *c, uint8_t mechanism, const char *name)
{
    uint8_t salted[SEAL_HASH_MAX] = {1, 2, 3};

    memset(c, 0, sizeof(*c));
    c->mechanism = mechanism;
    c->iterations = 4096;
    c->name_length = strlen(name);
    memcpy(c->name, name, c->name_length);
    c->salt_length = 8;
    memcpy(c->salt, "saltsalt", 8);
    seal_credential_derive(c, salted);
}

/* As a gate does it, into `sealed`. */
static void seal_for(uint8_t mechanism, const char *name)
{
    struct seal_credential c;

    fill(&c, mechanism, name);
    assert_int_equal(seal_offer(kept.keys.public_key, &c, sealed, &sealed_length), OK);
}

static int setup(void **state)
{
    (void)state;
    if (seal_prepare() != OK) {
        return -1;
    }
    scram_kept_init(&kept);
    scram_kept_set_secret(&kept, SECRET, sizeof(SECRET));
    seal_for(SEAL_SCRAM_SHA_256, "zoe");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    mem_fail_after(-1);
    scram_kept_fini(&kept);
    return 0;
}

/* What broker says of zoe; tests change what is not so. */
static struct schloss_auth_credential told(const void *bytes, size_t length)
{
    return (struct schloss_auth_credential){
        .size = sizeof(struct schloss_auth_credential),
        .cost = 4096,
        .name = {"zoe", 3},
        .mechanism = {"SCRAM-SHA-256", 13},
        .serial = 5,
        .bytes = {bytes, length}};
}

static enum err offer(
    const struct schloss_auth_credential *c, struct schloss_auth_bytes *stored_out)
{
    *stored_out = (struct schloss_auth_bytes){NULL, 0};
    return scram_kept_offer(&kept, c, stored_out);
}

/* zoe's, with that serial, as it is stored. */
static size_t store(uint64_t serial, uint8_t out[SEAL_STORED_MAX])
{
    struct schloss_auth_credential c = told(sealed, sealed_length);
    struct schloss_auth_bytes stored;

    c.serial = serial;
    assert_int_equal(offer(&c, &stored), OK);
    assert_true(stored.length <= SEAL_STORED_MAX);
    memcpy(out, stored.bytes, stored.length);
    return stored.length;
}

static const struct scram_credential *find(const char *name)
{
    return scram_kept_find(&kept, SCRAM_SHA_256, name, strlen(name));
}

static void what_is_offered_is_in_force_once_it_is_kept(void **state)
{
    struct seal_credential expected;
    uint8_t stored[SEAL_STORED_MAX];

    (void)state;
    const size_t length = store(5, stored);
    assert_null(find("zoe"));
    const struct schloss_auth_credential c = told(stored, length);
    assert_int_equal(scram_kept_keep(&kept, &c), OK);
    const struct scram_credential *found = find("zoe");
    assert_non_null(found);
    fill(&expected, SEAL_SCRAM_SHA_256, "zoe");
    assert_int_equal(found->mechanism, SCRAM_SHA_256);
    assert_int_equal(found->iterations, 4096);
    assert_int_equal(found->salt_length, 8);
    assert_memory_equal(found->salt, "saltsalt", 8);
    assert_memory_equal(found->stored_key, expected.stored_key, 32);
    assert_memory_equal(found->server_key, expected.server_key, 32);
    assert_false(found->disabled);
    assert_null(scram_kept_find(&kept, SCRAM_SHA_512, "zoe", 3));
    assert_null(find("zo"));
    assert_null(find(""));
    assert_int_equal(scram_kept_remove(&kept, &c), OK);
    assert_null(find("zoe"));
    assert_int_equal(scram_kept_remove(&kept, &c), OK); /* no harm */
}

static void a_process_that_comes_after_opens_what_was_stored(void **state)
{
    uint8_t stored[SEAL_STORED_MAX];

    (void)state;
    const size_t length = store(5, stored);
    scram_kept_fini(&kept);
    scram_kept_init(&kept);
    const struct schloss_auth_credential c = told(stored, length);
    assert_int_equal(scram_kept_keep(&kept, &c), ERR_UNSUPPORTED); /* no keys yet */
    scram_kept_set_secret(&kept, SECRET, sizeof(SECRET));
    assert_int_equal(scram_kept_keep(&kept, &c), OK);
    assert_non_null(find("zoe"));
}

static void another_secret_opens_nothing(void **state)
{
    static const uint8_t other[32] = {8};
    uint8_t stored[SEAL_STORED_MAX];
    struct schloss_auth_bytes out;

    (void)state;
    const size_t length = store(5, stored);
    scram_kept_set_secret(&kept, other, sizeof(other));
    struct schloss_auth_credential c = told(stored, length);
    assert_int_equal(scram_kept_keep(&kept, &c), ERR_INVALID);
    c = told(sealed, sealed_length);
    assert_int_equal(offer(&c, &out), ERR_INVALID);
}

typedef enum err act(const struct schloss_auth_credential *c);

static enum err act_offer(const struct schloss_auth_credential *c)
{
    struct schloss_auth_bytes out;
    enum err e = offer(c, &out);

    assert_true(e == OK || out.bytes == NULL);
    return e;
}

static enum err act_keep(const struct schloss_auth_credential *c)
{
    return scram_kept_keep(&kept, c);
}

/* Every word that broker says beside the sealed bytes. */
static void check_moved(act *does, const void *bytes, size_t length)
{
    struct schloss_auth_credential c = told(bytes, length);

    c.name = (struct schloss_auth_bytes){"zof", 3};
    assert_int_equal(does(&c), ERR_INVALID);
    c.name = (struct schloss_auth_bytes){"zo", 2};
    assert_int_equal(does(&c), ERR_INVALID);
    c.name = (struct schloss_auth_bytes){"zoe ", 4};
    assert_int_equal(does(&c), ERR_INVALID);
    c.name = (struct schloss_auth_bytes){NULL, 0};
    assert_int_equal(does(&c), ERR_INVALID);
    c = told(bytes, length);
    c.mechanism = (struct schloss_auth_bytes){"SCRAM-SHA-512", 13};
    assert_int_equal(does(&c), ERR_INVALID);
    c.mechanism = (struct schloss_auth_bytes){"PLAIN", 5};
    assert_int_equal(does(&c), ERR_INVALID);
    c = told(bytes, length);
    c.cost = 8192;
    assert_int_equal(does(&c), ERR_INVALID);
    c = told(bytes, length);
    c.serial = 0;
    assert_int_equal(does(&c), ERR_INVALID);
}

static void what_is_sealed_for_another_user_mechanism_or_number_is_refused(void **state)
{
    uint8_t stored[SEAL_STORED_MAX];

    (void)state;
    check_moved(act_offer, sealed, sealed_length);
    const size_t length = store(5, stored);
    check_moved(act_keep, stored, length);
    struct schloss_auth_credential c = told(stored, length);
    c.serial = 6; /* told as newer than it is */
    assert_int_equal(scram_kept_keep(&kept, &c), ERR_INVALID);
    assert_null(find("zoe"));
}

static void what_was_cut_or_altered_is_refused(void **state)
{
    uint8_t stored[SEAL_STORED_MAX];

    (void)state;
    const size_t length = store(5, stored);
    for (size_t n = 0; n < length; n++) {
        const struct schloss_auth_credential c = told(stored, n);
        assert_int_equal(scram_kept_keep(&kept, &c), ERR_INVALID);
    }
    for (size_t i = 0; i < length; i++) {
        const struct schloss_auth_credential c = told(stored, length);
        stored[i] ^= 0x80;
        assert_int_equal(scram_kept_keep(&kept, &c), ERR_INVALID);
        stored[i] ^= 0x80;
    }
    for (size_t i = 0; i < sealed_length; i++) {
        const struct schloss_auth_credential c = told(sealed, sealed_length);
        sealed[i] ^= 0x80;
        assert_int_equal(act_offer(&c), ERR_INVALID);
        sealed[i] ^= 0x80;
    }
    assert_null(find("zoe"));
}

static void nobody_but_the_plugin_makes_what_is_kept(void **state)
{
    const struct schloss_auth_credential c = told(sealed, sealed_length);

    (void)state;
    assert_int_equal(scram_kept_keep(&kept, &c), ERR_INVALID);
    assert_null(find("zoe"));
}

static void an_older_one_does_not_take_the_place_of_a_newer(void **state)
{
    uint8_t old[SEAL_STORED_MAX];
    uint8_t fresh[SEAL_STORED_MAX];

    (void)state;
    struct schloss_auth_credential c = told(old, store(5, old));
    assert_int_equal(scram_kept_keep(&kept, &c), OK);
    struct schloss_auth_credential d = told(fresh, store(6, fresh));
    d.serial = 6;
    assert_int_equal(scram_kept_keep(&kept, &d), OK);
    assert_int_equal(scram_kept_keep(&kept, &c), ERR_INVALID);
    assert_int_equal(scram_kept_keep(&kept, &d), OK); /* told twice: the same */
    assert_non_null(find("zoe"));
}

static void names_that_no_client_can_log_in_by_are_refused(void **state)
{
    static const char *const names[] = {"a:b", " a", "a ", "a\nb", "\xff\xfe"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        seal_for(SEAL_SCRAM_SHA_256, names[i]);
        struct schloss_auth_credential c = told(sealed, sealed_length);
        c.name = (struct schloss_auth_bytes){names[i], strlen(names[i])};
        assert_int_equal(act_offer(&c), ERR_INVALID);
    }
}

static void there_are_no_more_than_there_may_be(void **state)
{
    uint8_t stored[SEAL_STORED_MAX];
    char name[16];

    (void)state;
    for (unsigned i = 0; i <= SCRAM_KEPT_MAX; i++) {
        struct seal_credential made;
        (void)snprintf(name, sizeof(name), "user%u", i);
        fill(&made, SEAL_SCRAM_SHA_256, name);
        made.serial = 5;
        struct schloss_auth_credential c =
            told(stored, seal_store(&kept.keys, &made, stored));
        c.name = (struct schloss_auth_bytes){name, strlen(name)};
        assert_int_equal(scram_kept_keep(&kept, &c), i < SCRAM_KEPT_MAX ? OK : ERR_FULL);
    }
}

static void without_memory_what_was_in_force_stays(void **state)
{
    uint8_t stored[SEAL_STORED_MAX];

    (void)state;
    const size_t length = store(5, stored);
    const struct schloss_auth_credential c = told(stored, length);
    for (long n = 0; n < 2; n++) {
        mem_fail_after(n);
        assert_int_equal(scram_kept_keep(&kept, &c), ERR_NOMEM);
        mem_fail_after(-1);
        assert_null(find("zoe"));
    }
    assert_int_equal(scram_kept_keep(&kept, &c), OK);
}

static void without_keys_everything_is_refused(void **state)
{
    struct schloss_auth_bytes out;
    const struct schloss_auth_credential c = told(sealed, sealed_length);

    (void)state;
    scram_kept_fini(&kept);
    scram_kept_init(&kept);
    assert_int_equal(offer(&c, &out), ERR_UNSUPPORTED);
    assert_int_equal(scram_kept_keep(&kept, &c), ERR_UNSUPPORTED);
}

#define WITH_KEYS(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_KEYS(what_is_offered_is_in_force_once_it_is_kept),
        WITH_KEYS(a_process_that_comes_after_opens_what_was_stored),
        WITH_KEYS(another_secret_opens_nothing),
        WITH_KEYS(what_is_sealed_for_another_user_mechanism_or_number_is_refused),
        WITH_KEYS(what_was_cut_or_altered_is_refused),
        WITH_KEYS(nobody_but_the_plugin_makes_what_is_kept),
        WITH_KEYS(an_older_one_does_not_take_the_place_of_a_newer),
        WITH_KEYS(names_that_no_client_can_log_in_by_are_refused),
        WITH_KEYS(there_are_no_more_than_there_may_be),
        WITH_KEYS(without_memory_what_was_in_force_stays),
        WITH_KEYS(without_keys_everything_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

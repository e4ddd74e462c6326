#include "meta_credential.h"

#include "mem.h"
#include "meta_image.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static struct meta_image image;

static int setup(void **state)
{
    const struct meta_limits limits = {
        .topics_max = 4, .partitions_max = 4, .partitions_per_topic_max = 4};

    (void)state;
    meta_image_init(&image, &limits);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    mem_fail_after(-1);
    meta_image_fini(&image);
    return 0;
}

static struct meta_record record_of(
    const char *name, int8_t mechanism, int64_t serial, const char *sealed)
{
    return (struct meta_record){.type = META_SEALED_CREDENTIAL,
        .credential = {.remove = sealed == NULL,
            .credential = {.name = meta_view(name),
                .mechanism = mechanism,
                .iterations = sealed == NULL ? 0 : 4096,
                .serial = serial,
                .sealed = sealed == NULL ? (struct wire_view){0} : meta_view(sealed)}}};
}

/* As it is replayed: through its bytes. */
static enum err replay(
    const char *name, int8_t mechanism, int64_t serial, const char *sealed)
{
    const struct meta_record record = record_of(name, mechanism, serial, sealed);
    struct meta_record read;
    struct meta_change change;
    struct buf b;

    buf_init(&b, 4096);
    meta_record_encode(&b, &record);
    assert_int_equal(buf_error(&b), OK);
    assert_int_equal(meta_record_decode(b.bytes, b.length, &read), WIRE_OK);
    enum err e = meta_apply(&image, &read, &change);
    assert_true(e != OK || change.type == META_CHANGED_CREDENTIAL);
    buf_fini(&b); /* the image has a copy */
    return e;
}

static const struct meta_credential *find(const char *name, int8_t mechanism)
{
    return meta_credential_find(&image.credentials, meta_view(name), mechanism);
}

static void check(const char *name, int8_t mechanism, int64_t serial, const char *sealed)
{
    const struct meta_credential *c = find(name, mechanism);

    assert_non_null(c);
    assert_true(meta_view_equal(c->name, meta_view(name)));
    assert_true(meta_view_equal(c->sealed, meta_view(sealed)));
    assert_int_equal(c->serial, serial);
    assert_int_equal(c->iterations, 4096);
}

static void what_was_written_last_holds(void **state)
{
    (void)state;
    assert_int_equal(replay("alice", 1, 1, "one"), OK);
    assert_int_equal(replay("alice", 2, 2, "two"), OK);
    assert_int_equal(replay("bob", 1, 3, "three"), OK);
    assert_int_equal(replay("alice", 1, 4, "four"), OK);
    check("alice", 1, 4, "four");
    check("alice", 2, 2, "two");
    check("bob", 1, 3, "three");
    assert_null(find("bob", 2));
    assert_null(find("", 1));
    assert_int_equal(image.credentials.serial, 4);
}

static void what_is_removed_is_gone_and_its_serial_is_not_given_again(void **state)
{
    (void)state;
    assert_int_equal(replay("alice", 1, 5, "one"), OK);
    assert_int_equal(replay("alice", 1, 6, NULL), OK);
    assert_null(find("alice", 1));
    assert_int_equal(image.credentials.by_key.count, 0);
    assert_int_equal(image.credentials.serial, 6);
    assert_int_equal(replay("alice", 1, 7, NULL), OK); /* no harm */
    assert_int_equal(replay("alice", 1, 8, "again"), OK);
    check("alice", 1, 8, "again");
}

static void users_are_written_in_another_order_than_they_got_serials(void **state)
{
    (void)state;
    assert_int_equal(replay("alice", 1, 9, "nine"), OK);
    assert_int_equal(replay("bob", 1, 8, "eight"), OK);
    assert_int_equal(image.credentials.serial, 9);
}

static void an_older_one_in_the_place_of_a_newer_is_corrupt(void **state)
{
    (void)state;
    assert_int_equal(replay("alice", 1, 9, "nine"), OK);
    assert_int_equal(replay("alice", 1, 9, "same"), ERR_CORRUPT);
    assert_int_equal(replay("alice", 1, 8, "older"), ERR_CORRUPT);
    assert_int_equal(replay("alice", 1, 8, NULL), ERR_CORRUPT);
    check("alice", 1, 9, "nine");
}

static void check_no_record(const struct meta_record *record)
{
    struct meta_record read = {.type = META_NO_OP};
    struct buf b;

    buf_init(&b, 8192);
    meta_record_encode(&b, record);
    assert_int_equal(meta_record_decode(b.bytes, b.length, &read), WIRE_ERR_VALUE);
    buf_fini(&b);
}

static void what_can_be_no_credential_is_no_record(void **state)
{
    char long_text[META_CREDENTIAL_SEALED_MAX + 2];

    (void)state;
    memset(long_text, 'x', sizeof(long_text));
    long_text[sizeof(long_text) - 1] = '\0';
    struct meta_record r = record_of("alice", 1, 1, "sealed");
    r.credential.credential.iterations = 4095;
    check_no_record(&r);
    r.credential.credential.iterations = 16385;
    check_no_record(&r);
    r = record_of("alice", 1, 0, "sealed");
    check_no_record(&r);
    r = record_of("alice", 1, -1, "sealed");
    check_no_record(&r);
    r = record_of("", 1, 1, "sealed");
    check_no_record(&r);
    r = record_of("alice", 1, 1, "");
    check_no_record(&r);
    r = record_of("alice", 1, 1, long_text);
    check_no_record(&r);
    long_text[META_CREDENTIAL_NAME_MAX + 1] = '\0';
    r = record_of(long_text, 1, 1, "sealed");
    check_no_record(&r);
    for (int8_t m = -1; m < 4; m = m == 0 ? 3 : (int8_t)(m + 1)) {
        r = record_of("alice", m, 1, "sealed");
        check_no_record(&r);
        r = record_of("alice", m, 1, NULL);
        check_no_record(&r);
    }
}

static void a_removal_has_no_iterations(void **state)
{
    const struct meta_record r = record_of("a", 1, 1, NULL);
    struct meta_record read;
    struct buf b;

    (void)state;
    buf_init(&b, 100);
    meta_record_encode(&b, &r);
    /* frame, type (three bytes), version, name (two), mechanism: then the iterations */
    b.bytes[1 + 3 + 1 + 2 + 1 + 3] = 1;
    assert_int_equal(meta_record_decode(b.bytes, b.length, &read), WIRE_ERR_VALUE);
    buf_fini(&b);
}

static void there_are_no_more_than_there_may_be(void **state)
{
    char name[16];

    (void)state;
    for (int i = 0; i < META_CREDENTIALS_MAX; i++) {
        (void)snprintf(name, sizeof(name), "user%d", i);
        assert_int_equal(replay(name, 1, i + 1, "sealed"), OK);
    }
    assert_int_equal(replay("more", 1, 20000, "sealed"), ERR_FULL);
    assert_int_equal(replay("user7", 1, 20001, "another"), OK);
    check("user7", 1, 20001, "another");
}

static void without_memory_the_old_one_stays(void **state)
{
    const struct meta_record r = record_of("alice", 1, 2, "two");
    const struct meta_record first = record_of("bob", 1, 3, "three");
    struct meta_change change;

    (void)state;
    assert_int_equal(replay("alice", 1, 1, "one"), OK);
    mem_fail_after(0);
    assert_int_equal(meta_apply(&image, &r, &change), ERR_NOMEM);
    mem_fail_after(0);
    assert_int_equal(meta_apply(&image, &first, &change), ERR_NOMEM);
    mem_fail_after(-1);
    check("alice", 1, 1, "one");
    assert_null(find("bob", 1));
}

#define IN_AN_IMAGE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_AN_IMAGE(what_was_written_last_holds),
        IN_AN_IMAGE(what_is_removed_is_gone_and_its_serial_is_not_given_again),
        IN_AN_IMAGE(users_are_written_in_another_order_than_they_got_serials),
        IN_AN_IMAGE(an_older_one_in_the_place_of_a_newer_is_corrupt),
        IN_AN_IMAGE(what_can_be_no_credential_is_no_record),
        IN_AN_IMAGE(a_removal_has_no_iterations),
        IN_AN_IMAGE(there_are_no_more_than_there_may_be),
        IN_AN_IMAGE(without_memory_the_old_one_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "ipc_certificates.h"

#include "ipc_fixture.h"

#include <string.h>

static const uint8_t digest[IPC_CERTIFICATE_DIGEST] = {1, 2, 3};

static struct ipc_certificate told(uint8_t index, int64_t until, const char *subject)
{
    return (struct ipc_certificate){.index = index,
        .not_after_s = until,
        .digest = {.ptr = digest, .len = sizeof(digest)},
        .subject = ipc_text(subject)};
}

static void take(
    struct ipc_certificates *c, uint8_t index, int64_t until, const char *subject)
{
    struct ipc_certificate m = told(index, until, subject);

    assert_int_equal(ipc_certificates_take(c, &m), OK);
}

static void what_is_told_in_order_is_kept(void **state)
{
    struct ipc_certificates c = {.count = 0};

    (void)state;
    assert_null(ipc_certificates_first_to_end(&c));
    take(&c, 0, 500, "/CN=server");
    take(&c, 1, 400, "/CN=issuer");
    assert_int_equal(c.count, 2);
    assert_string_equal(c.items[0].subject, "/CN=server");
    assert_memory_equal(c.items[1].digest, digest, sizeof(digest));
    assert_true(ipc_certificates_first_to_end(&c)->not_after_s == 400);
}

static void the_first_begins_anew(void **state)
{
    struct ipc_certificates c = {.count = 0};

    (void)state;
    take(&c, 0, 1, "/CN=a");
    take(&c, 1, 2, "/CN=b");
    take(&c, 0, 3, "");
    assert_int_equal(c.count, 1);
    assert_string_equal(c.items[0].subject, "");
}

static void what_is_out_of_order_or_too_much_is_refused(void **state)
{
    struct ipc_certificates c = {.count = 0};
    struct ipc_certificate m = told(1, 1, "/CN=a");

    (void)state;
    assert_int_equal(ipc_certificates_take(&c, &m), ERR_INVALID);
    for (uint8_t i = 0; i < IPC_CERTIFICATES_MAX; i++) {
        take(&c, i, 1, "/CN=a");
    }
    m.index = IPC_CERTIFICATES_MAX;
    assert_int_equal(ipc_certificates_take(&c, &m), ERR_INVALID);
    assert_int_equal(c.count, IPC_CERTIFICATES_MAX);
    m = told(0, 1, "/CN=a");
    m.digest.len = sizeof(digest) - 1;
    assert_int_equal(ipc_certificates_take(&c, &m), ERR_INVALID);
    assert_int_equal(c.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_told_in_order_is_kept),
        cmocka_unit_test(the_first_begins_anew),
        cmocka_unit_test(what_is_out_of_order_or_too_much_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

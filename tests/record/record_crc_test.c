#include "record_crc.h"
#include "test.h"

#include <string.h>

static void check(const uint8_t *bytes, size_t len, uint32_t crc)
{
    assert_int_equal(record_crc32c(bytes, len), crc);
    assert_int_equal(record_crc32c_portable(0, bytes, len), crc);
}

/* RFC 3720, appendix B.4, and the usual check value. */
static void the_vectors_of_the_rfc_agree(void **state)
{
    uint8_t bytes[32];

    (void)state;
    memset(bytes, 0, sizeof(bytes));
    check(bytes, sizeof(bytes), 0x8a9136aa);
    memset(bytes, 0xff, sizeof(bytes));
    check(bytes, sizeof(bytes), 0x62a8ab43);
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)i;
    }
    check(bytes, sizeof(bytes), 0x46dd794e);
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(31 - i);
    }
    check(bytes, sizeof(bytes), 0x113fdb5c);
    check((const uint8_t *)"123456789", 9, 0xe3069283);
    check(bytes, 0, 0);
}

static void both_ways_agree_at_every_length_and_split(void **state)
{
    uint8_t bytes[67];

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(i * 37 + 11);
    }
    for (size_t len = 0; len <= sizeof(bytes); len++) {
        uint32_t whole = record_crc32c_portable(0, bytes, len);
        assert_int_equal(record_crc32c(bytes, len), whole);
        for (size_t at = 0; at <= len; at += 3) {
            uint32_t crc = record_crc32c(bytes, at);
            assert_int_equal(record_crc32c_extend(crc, bytes + at, len - at), whole);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_of_the_rfc_agree),
        cmocka_unit_test(both_ways_agree_at_every_length_and_split),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

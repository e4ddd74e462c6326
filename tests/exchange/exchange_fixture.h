/* exchange_fixture - a text imported, as text again: without the header of a policy. */
#ifndef EXCHANGE_FIXTURE_H
#define EXCHANGE_FIXTURE_H

#include "test.h"

#include "exchange_import.h"
#include "mem.h"

#include <string.h>

static inline char *imported(
    enum exchange_format format, const char *text, size_t *left_out)
{
    struct buf out;
    struct buf why;

    buf_init(&out, (size_t)4 << 20);
    buf_init(&why, 4096);
    if (exchange_import(format, exchange_view(text), &out, left_out, &why) != OK) {
        fail_msg("%.*s", (int)why.length, (const char *)why.bytes);
    }
    const size_t header = strlen(EXCHANGE_POLICY_HEADER);
    assert_true(out.length >= header);
    assert_memory_equal(out.bytes, EXCHANGE_POLICY_HEADER, header);
    const bool has_more = out.length > header;
    assert_true(!has_more || out.bytes[header] == '\n');
    const size_t skip = header + (has_more ? 1 : 0);
    char *copy = mem_copy_text((const char *)out.bytes + skip, out.length - skip);
    buf_fini(&out);
    buf_fini(&why);
    return copy;
}

static inline void expect_import(
    enum exchange_format format, const char *text, const char *expected, size_t notes)
{
    size_t left = 0;
    char *got = imported(format, text, &left);

    assert_string_equal(got, expected);
    assert_int_equal(left, notes);
    mem_free(got);
}

static inline void expect_refused(
    enum exchange_format format, const char *text, const char *expected)
{
    struct buf out;
    struct buf why;
    size_t left = 0;

    buf_init(&out, 65536);
    buf_init(&why, 4096);
    assert_int_equal(
        exchange_import(format, exchange_view(text), &out, &left, &why), ERR_INVALID);
    assert_int_equal(out.length, 0);
    buf_add(&why, "", 1);
    if (strstr((const char *)why.bytes, expected) == NULL) {
        fail_msg("expected: %s\ngot: %s", expected, (const char *)why.bytes);
    }
    buf_fini(&out);
    buf_fini(&why);
}

#endif

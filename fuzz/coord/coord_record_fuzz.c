/*
 * A log of group records, each behind two length bytes for key and value: what decodes
 * must survive encoding, and replay must take or refuse it without harm.
 */
#include "coord_groups.h"
#include "coord_record.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds) {
        __builtin_trap();
    }
}

static void check_group(struct wire_view value)
{
    struct arena arena;
    struct coord_record_group first;
    struct coord_record_group second;
    struct buf b;

    arena_init(&arena, 1 << 20);
    buf_init(&b, 1 << 16);
    if (coord_record_decode_group(value, &arena, &first) == WIRE_OK) {
        coord_record_encode_group(&b, &first);
        check(buf_error(&b) == OK);
        check(coord_record_decode_group(
                  (struct wire_view){b.bytes, b.length}, &arena, &second) == WIRE_OK);
        check(first.generation == second.generation);
        check(coord_view_equal(first.protocol_type, second.protocol_type));
        check(coord_view_equal(first.leader, second.leader));
        check(first.member_count == second.member_count);
        for (int32_t i = 0; i < first.member_count; i++) {
            const struct coord_record_member *a = &first.members[i];
            const struct coord_record_member *c = &second.members[i];
            check(coord_view_equal(a->member_id, c->member_id));
            check(coord_view_equal(a->assignment, c->assignment));
            check(coord_view_equal(a->subscription, c->subscription));
            check((a->instance_id.ptr == NULL) == (c->instance_id.ptr == NULL));
            check(a->rebalance_timeout_ms == c->rebalance_timeout_ms);
            check(a->session_timeout_ms == c->session_timeout_ms);
        }
    }
    buf_fini(&b);
    arena_fini(&arena);
}

static void check_offset(struct wire_view value)
{
    struct coord_record_offset first;
    struct coord_record_offset second;
    struct buf b;

    if (coord_record_decode_offset(value, &first) != WIRE_OK) {
        return;
    }
    buf_init(&b, 1 << 16);
    coord_record_encode_offset(&b, &first);
    check(coord_record_decode_offset((struct wire_view){b.bytes, b.length}, &second) ==
          WIRE_OK);
    check(first.offset == second.offset && first.leader_epoch == second.leader_epoch);
    check(first.commit_ms == second.commit_ms);
    check(coord_view_equal(first.metadata, second.metadata));
    buf_fini(&b);
}

static struct wire_view take(const uint8_t **data, size_t *size, size_t length)
{
    struct wire_view view = {*data, length < *size ? length : *size};

    *data += view.len;
    *size -= view.len;
    return view;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct coord_limits limits = {.members_max = 3,
        .session_min_ms = 6000,
        .session_max_ms = 60000,
        .groups_max = 3,
        .bytes_max = 20000,
        .offsets_max = 3,
        .offset_metadata_max = 20};
    struct coord_groups groups;

    coord_groups_init(&groups, &limits);
    while (size >= 2) {
        size_t key_length = data[0];
        size_t value_length = data[1];
        data += 2;
        size -= 2;
        struct wire_view key = take(&data, &size, key_length);
        struct wire_view value = take(&data, &size, value_length);
        check_group(value);
        check_offset(value);
        if (value_length == 0) {
            value.ptr = NULL;
        }
        enum err e = coord_groups_replay(&groups, key, value);
        check(e == OK || e == ERR_CORRUPT || e == ERR_FULL);
        check(groups.budget.used <= groups.budget.limit);
    }
    coord_groups_start(&groups, 1);
    coord_groups_fini(&groups);
    return 0;
}

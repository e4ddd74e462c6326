#include "coord_record.h"

#include "wire_reader.h"
#include "wire_writer.h"

#define OFFSET_KEY_LEGACY  0
#define OFFSET_KEY         1
#define GROUP_KEY          2
#define VALUE_WRITTEN      3
#define VALUE_READ_MAX     4
#define VALUE_FLEXIBLE_MIN 4
#define MEMBER_SIZE_MIN    15 /* the smallest of any version: all strings empty */

void coord_record_encode_offset_key(
    struct buf *b, struct wire_view group, struct wire_view topic, int32_t partition)
{
    wire_write_i16(b, OFFSET_KEY);
    wire_write_string(b, group, false);
    wire_write_string(b, topic, false);
    wire_write_i32(b, partition);
}

static struct wire_view not_null(struct wire_view view)
{
    return view.ptr == NULL ? (struct wire_view){(const uint8_t *)"", 0} : view;
}

void coord_record_encode_offset(struct buf *b, const struct coord_record_offset *value)
{
    wire_write_i16(b, VALUE_WRITTEN);
    wire_write_i64(b, value->offset);
    wire_write_i32(b, value->leader_epoch);
    wire_write_string(b, not_null(value->metadata), false);
    wire_write_i64(b, value->commit_ms);
}

void coord_record_encode_group_key(struct buf *b, struct wire_view group)
{
    wire_write_i16(b, GROUP_KEY);
    wire_write_string(b, group, false);
}

void coord_record_encode_group(struct buf *b, const struct coord_record_group *value)
{
    wire_write_i16(b, VALUE_WRITTEN);
    wire_write_string(b, not_null(value->protocol_type), false);
    wire_write_i32(b, value->generation);
    wire_write_string(b, value->protocol, false);
    wire_write_string(b, value->leader, false);
    wire_write_i64(b, value->state_since_ms);
    wire_write_count(b, value->member_count, false);
    for (int32_t i = 0; i < value->member_count; i++) {
        const struct coord_record_member *m = &value->members[i];
        wire_write_string(b, m->member_id, false);
        wire_write_string(b, m->instance_id, false);
        wire_write_string(b, not_null(m->client_id), false);
        wire_write_string(b, not_null(m->client_host), false);
        wire_write_i32(b, m->rebalance_timeout_ms);
        wire_write_i32(b, m->session_timeout_ms);
        wire_write_bytes(b, not_null(m->subscription), false);
        wire_write_bytes(b, not_null(m->assignment), false);
    }
}

enum wire_err coord_record_decode_key(
    struct wire_view bytes, struct coord_record_key *out)
{
    struct wire_reader r = wire_reader_init(bytes.ptr, bytes.len);
    struct coord_record_key key = {.type = COORD_RECORD_OTHER};
    int16_t version = wire_read_i16(&r);

    if (r.err != WIRE_OK) {
        return r.err;
    }
    if (version < 0) {
        return WIRE_ERR_VERSION;
    }
    if (version > GROUP_KEY) {
        *out = key;
        return WIRE_OK;
    }
    key.type = version == GROUP_KEY ? COORD_RECORD_GROUP : COORD_RECORD_OFFSET;
    key.group = wire_read_string(&r, false, false);
    if (key.type == COORD_RECORD_OFFSET) {
        key.topic = wire_read_string(&r, false, false);
        key.partition = wire_read_i32(&r);
    }
    enum wire_err err = wire_reader_finish(&r);
    if (err == WIRE_OK) {
        *out = key;
    }
    return err;
}

/* The version of a value; fails the reader when we cannot read it. */
static int16_t read_version(struct wire_reader *r)
{
    int16_t version = wire_read_i16(r);

    if (version < 0 || version > VALUE_READ_MAX) {
        wire_reader_fail(r, WIRE_ERR_VERSION);
    }
    return version;
}

static void skip_tags(struct wire_reader *r, int16_t version)
{
    if (version >= VALUE_FLEXIBLE_MIN) {
        wire_skip_tags(r);
    }
}

enum wire_err coord_record_decode_offset(
    struct wire_view bytes, struct coord_record_offset *out)
{
    struct wire_reader r = wire_reader_init(bytes.ptr, bytes.len);
    struct coord_record_offset value = {.leader_epoch = -1};
    int16_t version = read_version(&r);

    value.offset = wire_read_i64(&r);
    if (version >= 3) {
        value.leader_epoch = wire_read_i32(&r);
    }
    value.metadata = wire_read_string(&r, version >= VALUE_FLEXIBLE_MIN, false);
    value.commit_ms = wire_read_i64(&r);
    if (version == 1) {
        (void)wire_read_i64(
            &r); /* when it expires: the retention of the broker decides */
    }
    skip_tags(&r, version);
    enum wire_err err = wire_reader_finish(&r);
    if (err == WIRE_OK) {
        *out = value;
    }
    return err;
}

static struct coord_record_member read_member(struct wire_reader *r, int16_t version)
{
    bool flexible = version >= VALUE_FLEXIBLE_MIN;
    struct coord_record_member m = {.member_id = wire_read_string(r, flexible, false)};

    if (version >= 3) {
        m.instance_id = wire_read_string(r, flexible, true);
    }
    m.client_id = wire_read_string(r, flexible, false);
    m.client_host = wire_read_string(r, flexible, false);
    m.rebalance_timeout_ms = version >= 1 ? wire_read_i32(r) : -1;
    m.session_timeout_ms = wire_read_i32(r);
    m.subscription = wire_read_bytes(r, flexible, false);
    m.assignment = wire_read_bytes(r, flexible, false);
    skip_tags(r, version);
    return m;
}

static void read_members(struct wire_reader *r, int16_t version, struct arena *arena,
    struct coord_record_group *group)
{
    int32_t count =
        wire_read_count(r, version >= VALUE_FLEXIBLE_MIN, false, MEMBER_SIZE_MIN);

    if (count <= 0) {
        return;
    }
    group->members = arena_alloc(arena, (size_t)count, sizeof(*group->members));
    if (group->members == NULL) {
        wire_reader_fail(r, WIRE_ERR_MEMORY);
        return;
    }
    for (int32_t i = 0; i < count && r->err == WIRE_OK; i++) {
        group->members[i] = read_member(r, version);
    }
    group->member_count = count;
}

enum wire_err coord_record_decode_group(
    struct wire_view bytes, struct arena *arena, struct coord_record_group *out)
{
    struct wire_reader r = wire_reader_init(bytes.ptr, bytes.len);
    struct coord_record_group value = {.state_since_ms = -1};
    int16_t version = read_version(&r);
    bool flexible = version >= VALUE_FLEXIBLE_MIN;

    value.protocol_type = wire_read_string(&r, flexible, false);
    value.generation = wire_read_i32(&r);
    value.protocol = wire_read_string(&r, flexible, true);
    value.leader = wire_read_string(&r, flexible, true);
    if (version >= 2) {
        value.state_since_ms = wire_read_i64(&r);
    }
    read_members(&r, version, arena, &value);
    skip_tags(&r, version);
    enum wire_err err = wire_reader_finish(&r);
    if (err == WIRE_OK) {
        *out = value;
    }
    return err;
}

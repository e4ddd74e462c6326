#include "meta_record.h"

#include "err.h"
#include "meta_name.h"
#include "wire_reader.h"
#include "wire_writer.h"

#include <string.h>

#define FRAME_VERSION 1

/* The versions of each type: what we write, and the highest that we read. */
static const struct version {
    enum meta_record_type type;
    uint8_t written;
    uint8_t read_max;
} versions[] = {
    {META_TOPIC, 0, 0},
    {META_PARTITION, 1, 2},
    {META_CONFIG, 0, 0},
    {META_REMOVE_TOPIC, 0, 0},
    {META_FEATURE, 0, 0},
    {META_CLIENT_QUOTA, 0, 0},
    {META_PRODUCER_IDS, 0, 0},
    {META_ACL, 0, 0},
    {META_REMOVE_ACL, 0, 0},
    {META_NO_OP, 0, 0},
    {META_SEALED_CREDENTIAL, 0, 0},
};

static const struct version *find_version(uint32_t type)
{
    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
        if (versions[i].type == type) {
            return &versions[i];
        }
    }
    return NULL;
}

bool meta_uuid_equal(struct wire_uuid a, struct wire_uuid b)
{
    return memcmp(a.bytes, b.bytes, sizeof(a.bytes)) == 0;
}

bool meta_uuid_is_zero(struct wire_uuid id)
{
    return meta_uuid_equal(id, (struct wire_uuid){{0}});
}

static void write_replicas(struct buf *b, const struct meta_replicas *replicas)
{
    INVARIANT(replicas->count <= META_REPLICAS_MAX);
    wire_write_count(b, (int32_t)replicas->count, true);
    for (uint32_t i = 0; i < replicas->count; i++) {
        wire_write_i32(b, replicas->ids[i]);
    }
}

static void write_partition(struct buf *b, const struct meta_record_partition *p)
{
    wire_write_i32(b, p->index);
    wire_write_uuid(b, p->topic_id);
    write_replicas(b, &p->replicas);
    write_replicas(b, &p->isr);
    wire_write_count(b, 0, true); /* replicas being removed */
    wire_write_count(b, 0, true); /* replicas being added */
    wire_write_i32(b, p->leader);
    wire_write_i32(b, p->leader_epoch);
    wire_write_i32(b, p->partition_epoch);
    wire_write_count(b, (int32_t)p->replicas.count, true);
    for (uint32_t i = 0; i < p->replicas.count; i++) {
        wire_write_uuid(b, p->directories[i]);
    }
}

static void write_quota(struct buf *b, const struct meta_record_quota *q)
{
    int32_t count = 0;

    for (size_t i = 0; i < META_QUOTA_TYPES; i++) {
        count += q->entity.parts[i].form != META_QUOTA_ABSENT;
    }
    wire_write_count(b, count, true);
    for (size_t i = 0; i < META_QUOTA_TYPES; i++) {
        bool named = q->entity.parts[i].form == META_QUOTA_NAMED;
        if (q->entity.parts[i].form != META_QUOTA_ABSENT) {
            wire_write_string(
                b, meta_view(meta_quota_type_name((enum meta_quota_type)i)), true);
            wire_write_string(
                b, named ? q->entity.parts[i].name : (struct wire_view){0}, true);
            wire_write_uvarint(b, 0); /* no tagged fields */
        }
    }
    wire_write_string(b, meta_view(meta_quota_key_name(q->key)), true);
    wire_write_f64(b, q->value);
    wire_write_bool(b, q->remove);
}

static void write_credential(struct buf *b, const struct meta_record_credential *r)
{
    const struct meta_credential *c = &r->credential;

    wire_write_string(b, c->name, true);
    wire_write_i8(b, c->mechanism);
    wire_write_i32(b, r->remove ? 0 : c->iterations);
    wire_write_i64(b, c->serial);
    wire_write_bytes(b, r->remove ? (struct wire_view){0} : c->sealed, true);
}

static void write_acl(struct buf *b, const struct meta_acl *acl)
{
    wire_write_uuid(b, acl->id);
    wire_write_i8(b, acl->resource);
    wire_write_string(b, acl->name, true);
    wire_write_i8(b, acl->pattern);
    wire_write_string(b, acl->principal, true);
    wire_write_string(b, acl->host, true);
    wire_write_i8(b, acl->operation);
    wire_write_i8(b, acl->permission);
}

static void write_body(struct buf *b, const struct meta_record *record)
{
    switch (record->type) {
    case META_TOPIC:
        wire_write_string(b, record->topic.name, true);
        wire_write_uuid(b, record->topic.id);
        break;
    case META_PARTITION:
        write_partition(b, &record->partition);
        break;
    case META_CONFIG:
        wire_write_i8(b, record->config.resource_type);
        wire_write_string(b, record->config.resource, true);
        wire_write_string(b, record->config.name, true);
        wire_write_string(b, record->config.value, true);
        break;
    case META_REMOVE_TOPIC:
        wire_write_uuid(b, record->removed_topic);
        break;
    case META_FEATURE:
        wire_write_string(b, record->feature.name, true);
        wire_write_i16(b, record->feature.level);
        break;
    case META_CLIENT_QUOTA:
        write_quota(b, &record->quota);
        break;
    case META_PRODUCER_IDS:
        wire_write_i32(b, record->producer_ids.broker_id);
        wire_write_i64(b, record->producer_ids.broker_epoch);
        wire_write_i64(b, record->producer_ids.next_id);
        break;
    case META_SEALED_CREDENTIAL:
        write_credential(b, &record->credential);
        break;
    case META_ACL:
        write_acl(b, &record->acl);
        break;
    case META_REMOVE_ACL:
        wire_write_uuid(b, record->removed_acl);
        break;
    case META_NO_OP:
        break;
    }
}

void meta_record_encode(struct buf *b, const struct meta_record *record)
{
    const struct version *version = find_version(record->type);

    INVARIANT(version != NULL);
    wire_write_uvarint(b, FRAME_VERSION);
    wire_write_uvarint(b, (uint32_t)record->type);
    wire_write_uvarint(b, version->written);
    write_body(b, record);
    wire_write_uvarint(b, 0); /* no tagged fields */
}

static struct meta_replicas read_replicas(struct wire_reader *r)
{
    struct meta_replicas replicas = {.count = 0};
    int32_t count = wire_read_count(r, true, false, sizeof(int32_t));

    if (count > META_REPLICAS_MAX) {
        wire_reader_fail(r, WIRE_ERR_LIMIT);
        return replicas;
    }
    for (int32_t i = 0; i < count; i++) {
        replicas.ids[i] = wire_read_i32(r);
    }
    replicas.count = (uint32_t)count;
    return replicas;
}

static void require(struct wire_reader *r, bool holds)
{
    if (!holds) {
        wire_reader_fail(r, WIRE_ERR_VALUE);
    }
}

static struct meta_record_partition read_partition(struct wire_reader *r)
{
    struct meta_record_partition p = {.index = wire_read_i32(r)};

    p.topic_id = wire_read_uuid(r);
    p.replicas = read_replicas(r);
    p.isr = read_replicas(r);
    /* Nobody moves replicas here, so a record that says so is not ours. */
    require(r, read_replicas(r).count == 0);
    require(r, read_replicas(r).count == 0);
    p.leader = wire_read_i32(r);
    p.leader_epoch = wire_read_i32(r);
    p.partition_epoch = wire_read_i32(r);
    int32_t count = wire_read_count(r, true, false, sizeof(struct wire_uuid));
    require(r, count >= 0 && (uint32_t)count == p.replicas.count);
    for (uint32_t i = 0; r->err == WIRE_OK && i < p.replicas.count; i++) {
        p.directories[i] = wire_read_uuid(r);
    }
    return p;
}

/* What can not be an entity, or has a key that we do not know, is not ours. */
static struct meta_record_quota read_quota(struct wire_reader *r)
{
    struct meta_record_quota q = {.key = META_QUOTA_KEYS};
    int32_t count = wire_read_count(r, true, false, 3);

    require(r, count <= META_QUOTA_TYPES);
    for (int32_t i = 0; r->err == WIRE_OK && i < count; i++) {
        enum meta_quota_type type = meta_quota_type_of(wire_read_string(r, true, false));
        struct wire_view name = wire_read_string(r, true, true);
        require(r, wire_read_uvarint(r) == 0);
        require(
            r, type < META_QUOTA_TYPES && q.entity.parts[type].form == META_QUOTA_ABSENT);
        if (r->err == WIRE_OK) {
            q.entity.parts[type].form =
                name.ptr == NULL ? META_QUOTA_DEFAULT : META_QUOTA_NAMED;
            q.entity.parts[type].name = name;
        }
    }
    q.key = meta_quota_key_of(wire_read_string(r, true, false));
    q.value = wire_read_f64(r);
    q.remove = wire_read_bool(r);
    require(r, meta_quota_entity_error(&q.entity) == NULL && q.key < META_QUOTA_KEYS &&
                   (q.remove || meta_quota_value_error(q.key, q.value) == NULL));
    return q;
}

static struct meta_record_credential read_credential(struct wire_reader *r)
{
    struct meta_record_credential read = {
        .credential = {.name = wire_read_string(r, true, false)}};
    struct meta_credential *c = &read.credential;

    c->mechanism = wire_read_i8(r);
    c->iterations = wire_read_i32(r);
    c->serial = wire_read_i64(r);
    c->sealed = wire_read_bytes(r, true, true);
    read.remove = c->sealed.ptr == NULL;
    require(r, c->serial > 0 && (!read.remove || c->iterations == 0) &&
                   meta_credential_error(c, read.remove) == NULL);
    return read;
}

static struct meta_acl read_acl(struct wire_reader *r)
{
    struct meta_acl acl = {.id = wire_read_uuid(r)};

    acl.resource = wire_read_i8(r);
    acl.name = wire_read_string(r, true, false);
    acl.pattern = wire_read_i8(r);
    acl.principal = wire_read_string(r, true, false);
    acl.host = wire_read_string(r, true, false);
    acl.operation = wire_read_i8(r);
    acl.permission = wire_read_i8(r);
    require(r, !meta_uuid_is_zero(acl.id) && meta_acl_error(&acl) == NULL);
    return acl;
}

static void read_body(struct wire_reader *r, struct meta_record *record)
{
    switch (record->type) {
    case META_TOPIC:
        record->topic.name = wire_read_string(r, true, false);
        record->topic.id = wire_read_uuid(r);
        break;
    case META_PARTITION:
        record->partition = read_partition(r);
        break;
    case META_CONFIG:
        record->config.resource_type = wire_read_i8(r);
        record->config.resource = wire_read_string(r, true, false);
        record->config.name = wire_read_string(r, true, false);
        record->config.value = wire_read_string(r, true, true);
        break;
    case META_REMOVE_TOPIC:
        record->removed_topic = wire_read_uuid(r);
        break;
    case META_FEATURE:
        record->feature.name = wire_read_string(r, true, false);
        record->feature.level = wire_read_i16(r);
        break;
    case META_CLIENT_QUOTA:
        record->quota = read_quota(r);
        break;
    case META_PRODUCER_IDS:
        record->producer_ids.broker_id = wire_read_i32(r);
        record->producer_ids.broker_epoch = wire_read_i64(r);
        record->producer_ids.next_id = wire_read_i64(r);
        break;
    case META_SEALED_CREDENTIAL:
        record->credential = read_credential(r);
        break;
    case META_ACL:
        record->acl = read_acl(r);
        break;
    case META_REMOVE_ACL:
        record->removed_acl = wire_read_uuid(r);
        break;
    case META_NO_OP:
        break;
    }
}

enum wire_err meta_record_decode(
    const uint8_t *value, size_t length, struct meta_record *out)
{
    struct wire_reader r = wire_reader_init(value, length);
    struct meta_record record;

    memset(&record, 0, sizeof(record));
    require(&r, wire_read_uvarint(&r) == FRAME_VERSION);
    uint32_t type = wire_read_uvarint(&r);
    uint32_t version = wire_read_uvarint(&r);
    const struct version *known = find_version(type);
    if (r.err == WIRE_OK &&
        (known == NULL || version < known->written || version > known->read_max)) {
        wire_reader_fail(&r, WIRE_ERR_VERSION);
    }
    if (r.err != WIRE_OK) {
        return r.err;
    }
    record.type = known->type;
    read_body(&r, &record);
    require(&r, wire_read_uvarint(&r) == 0);
    enum wire_err err = wire_reader_finish(&r);
    if (err == WIRE_OK) {
        *out = record;
    }
    return err;
}

/*
 * meta_record - the values of the records in __cluster_metadata-0, as KRaft frames them.
 *
 * A value is: frame version 1, record type, record version (each an unsigned varint),
 * then the body in the flexible encoding. We write the versions that
 * metadata.version 3.9-IV0 (level 21) uses, so that upstream tools can print the log:
 * Topic 0, Partition 1 (with directories), Config 0, RemoveTopic 0, FeatureLevel 0,
 * ClientQuota 0, ProducerIds 0, AccessControlEntry 0,
 * RemoveAccessControlEntry 0, NoOp 0. Partition 2 is read too: without its tagged fields
 * it has the same bytes. One type is ours: SealedCredential 0 (meta_credential.h), with a
 * number that upstream is far from; its tools do not print it.
 *
 * Trust: bytes come from the disk. An unknown type, version or tagged field is an error:
 * to skip it would make our picture differ silently from what was decided.
 *
 * Ownership: views in a decoded record borrow the frame.
 */
#ifndef META_RECORD_H
#define META_RECORD_H

#include "buf.h"
#include "meta_acl.h"
#include "meta_credential.h"
#include "meta_quota.h"
#include "wire_feature.h"
#include "wire_types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define META_REPLICAS_MAX   8
#define META_RESOURCE_TOPIC 2

enum meta_record_type {
    META_TOPIC = 2,
    META_PARTITION = 3,
    META_CONFIG = 4,
    META_REMOVE_TOPIC = 9,
    META_FEATURE = 12,
    META_CLIENT_QUOTA = 14,
    META_PRODUCER_IDS = 15,
    META_ACL = 18,
    META_REMOVE_ACL = 19,
    META_NO_OP = 20,
    META_SEALED_CREDENTIAL = 20001,
};

struct meta_replicas {
    int32_t ids[META_REPLICAS_MAX];
    uint32_t count;
};

struct meta_record_topic {
    struct wire_view name;
    struct wire_uuid id;
};

struct meta_record_partition {
    int32_t index;
    struct wire_uuid topic_id;
    struct meta_replicas replicas;
    struct meta_replicas isr;
    int32_t leader;
    int32_t leader_epoch;
    int32_t partition_epoch;
    struct wire_uuid directories[META_REPLICAS_MAX]; /* one for each replica */
};

struct meta_record_config {
    int8_t resource_type;
    struct wire_view resource;
    struct wire_view name;
    struct wire_view value; /* null: back to the default */
};

struct meta_record_producer_ids {
    int32_t broker_id;
    int64_t broker_epoch;
    int64_t next_id;
};

struct meta_record_quota {
    struct meta_quota_entity
        entity; /* of a form that meta_quota_entity_error() accepts */
    enum meta_quota_key key;
    double value;
    bool remove;
};

struct meta_record_credential {
    struct meta_credential credential; /* one that meta_credential_error() accepts */
    bool remove; /* then nothing is sealed, and the iterations are 0 */
};

struct meta_record_feature {
    struct wire_view name;
    int16_t level;
};

struct meta_record {
    enum meta_record_type type;
    union {
        struct meta_record_topic topic;
        struct meta_record_partition partition;
        struct meta_record_config config;
        struct wire_uuid removed_topic;
        struct meta_record_producer_ids producer_ids;
        struct meta_record_feature feature;
        struct meta_record_quota quota;
        struct meta_record_credential credential;
        struct meta_acl acl; /* one that meta_acl_error() accepts */
        struct wire_uuid removed_acl;
    };
};

/* Appends the value; errors stick in the buffer. */
void meta_record_encode(struct buf *b, const struct meta_record *record);
/* *out is complete only when WIRE_OK is returned. */
enum wire_err meta_record_decode(const uint8_t *value, size_t length,
    struct meta_record *out) __attribute__((warn_unused_result));

bool meta_uuid_equal(struct wire_uuid a, struct wire_uuid b);
bool meta_uuid_is_zero(struct wire_uuid id);

#endif

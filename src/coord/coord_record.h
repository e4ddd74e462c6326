/*
 * coord_record - keys and values of the records in __consumer_offsets.
 *
 * A key or value begins with an int16 version; in a key the version also says what it is
 * about: 0 and 1 a committed offset, 2 a group. We write what brokers of Kafka 4 write:
 * OffsetCommitKey 1, OffsetCommitValue 3, GroupMetadataKey 2, GroupMetadataValue 3; we
 * read every version up to 4.
 *
 * Trust: bytes come from the disk, and a broker may have copied what peers sent into
 * them.
 *
 * Ownership: decoded views borrow the frame, decoded members the arena.
 */
#ifndef COORD_RECORD_H
#define COORD_RECORD_H

#include "arena.h"
#include "buf.h"
#include "wire_types.h"

#include <stddef.h>
#include <stdint.h>

enum coord_record_type {
    COORD_RECORD_OFFSET,
    COORD_RECORD_GROUP,
    COORD_RECORD_OTHER, /* of a newer protocol */
};

struct coord_record_key {
    enum coord_record_type type;
    struct wire_view group;
    struct wire_view topic; /* of an offset */
    int32_t partition;      /* of an offset */
};

struct coord_record_offset {
    int64_t offset;
    int32_t leader_epoch;
    struct wire_view metadata;
    int64_t commit_ms;
};

struct coord_record_member {
    struct wire_view member_id;
    struct wire_view instance_id; /* null: not static */
    struct wire_view client_id;
    struct wire_view client_host;
    int32_t rebalance_timeout_ms;
    int32_t session_timeout_ms;
    struct wire_view subscription;
    struct wire_view assignment;
};

struct coord_record_group {
    struct wire_view protocol_type;
    int32_t generation;
    struct wire_view protocol; /* may be null */
    struct wire_view leader;   /* may be null */
    int64_t state_since_ms;
    struct coord_record_member *members;
    int32_t member_count;
};

void coord_record_encode_offset_key(
    struct buf *b, struct wire_view group, struct wire_view topic, int32_t partition);
void coord_record_encode_offset(struct buf *b, const struct coord_record_offset *value);
void coord_record_encode_group_key(struct buf *b, struct wire_view group);
void coord_record_encode_group(struct buf *b, const struct coord_record_group *value);

/* *out is complete only when WIRE_OK is returned. */
enum wire_err coord_record_decode_key(struct wire_view bytes,
    struct coord_record_key *out) __attribute__((warn_unused_result));
enum wire_err coord_record_decode_offset(struct wire_view bytes,
    struct coord_record_offset *out) __attribute__((warn_unused_result));
enum wire_err coord_record_decode_group(struct wire_view bytes, struct arena *arena,
    struct coord_record_group *out) __attribute__((warn_unused_result));

#endif

/*
 * broker_store - what broker asks store for, and what happens with the answers.
 *
 * Every question has a callback that runs exactly once: with store's answer, or with the
 * error WIRE_CODE_KAFKA_STORAGE_ERROR when it could not be asked. (Store's death ends
 * broker, so no answer stays out for ever.)
 *
 * Ownership: the callback's context is the caller's.
 */
#ifndef BROKER_STORE_H
#define BROKER_STORE_H

#include "ipc_link.h"
#include "log.h"
#include "table.h"
#include "wire_types.h"

struct broker;

struct broker_store {
    struct table pending; /* request id -> struct pending */
    uint64_t request;
    size_t big_queries; /* whose answers are large: under way */
    struct log_limit log;
};

struct broker_store_answer {
    int16_t error;              /* a code of the protocol */
    int64_t offset;             /* APPENDED: base offset; OFFSET_, EPOCH_ANSWER: offset */
    int64_t timestamp;          /* OFFSET_ANSWER */
    int32_t leader_epoch;       /* OFFSET_ANSWER, EPOCH_ANSWER */
    int64_t log_start_offset;   /* PARTITION_OPENED, RECORDS_DELETED */
    int64_t log_end_offset;     /* PARTITION_OPENED, READ_DATA */
    int64_t size_bytes;         /* LOG_ANSWER */
    struct wire_view records;   /* READ_DATA; borrowed until the callback returns */
    struct wire_view producers; /* PRODUCERS_ANSWER; the same */
};

typedef void broker_store_done(
    struct broker *b, void *context, const struct broker_store_answer *answer);

struct broker_partition {
    struct wire_uuid topic_id;
    int32_t partition;
};

/* __cluster_metadata-0, whose topic id is fixed (KIP-595). */
extern const struct broker_partition broker_metadata_log;

void broker_store_init(struct broker_store *s);
/* Rows for the dispatch table: PARTITION_OPENED, PARTITION_DROPPED, APPENDED, READ_DATA,
 * OFFSET_ANSWER, EPOCH_ANSWER, PRODUCERS_ANSWER, RECORDS_DELETED, LOG_ANSWER. */
enum err broker_store_on_answer(void *context, const struct ipc_received *m);

/* So much is under way that nothing more is taken on for clients. */
bool broker_store_is_busy(const struct broker *b);

/* What store is to know of a partition. */
struct broker_log {
    struct wire_view topic;
    int32_t leader_epoch;
    uint32_t segment_bytes;
    uint32_t segment_index_bytes;
    int64_t segment_ms;
    int64_t retention_ms;    /* -1: no limit */
    int64_t retention_bytes; /* -1: no limit */
};

enum broker_open {
    BROKER_OPEN_EXISTING,
    BROKER_OPEN_OR_CREATE,
    BROKER_RECONFIGURE, /* one that was opened, or could not be: nothing to do then */
};

/* Opens a partition; an open one goes by these numbers from then on. */
void broker_store_open(struct broker *b, const struct broker_partition *at,
    const struct broker_log *log, enum broker_open how, broker_store_done *done,
    void *context);
void broker_store_drop(struct broker *b, const struct broker_partition *at,
    broker_store_done *done, void *context);
/* A whole record batch; the answer comes when it is durable. */
void broker_store_append(struct broker *b, const struct broker_partition *at,
    struct wire_view batch, broker_store_done *done, void *context);
/* Whole batches from offset on, at least one if there is one. */
void broker_store_read(struct broker *b, const struct broker_partition *at,
    int64_t offset, uint32_t max_bytes, broker_store_done *done, void *context);
/* How much of the disk its records take. */
void broker_store_measure(struct broker *b, const struct broker_partition *at,
    broker_store_done *done, void *context);
/* before: the first offset that stays; -1: all that is durable goes. */
void broker_store_delete_records(struct broker *b, const struct broker_partition *at,
    int64_t before, broker_store_done *done, void *context);
void broker_store_query(struct broker *b, const struct broker_partition *at,
    int64_t timestamp, uint8_t isolation, broker_store_done *done, void *context);
/* The offset at which an epoch ends, as OffsetForLeaderEpoch has it. */
void broker_store_query_epoch(struct broker *b, const struct broker_partition *at,
    int32_t epoch, broker_store_done *done, void *context);
/* Who wrote to it idempotently: entries as in PRODUCERS_ANSWER. */
void broker_store_query_producers(struct broker *b, const struct broker_partition *at,
    broker_store_done *done, void *context);

#endif

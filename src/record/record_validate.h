/*
 * record_validate - what a produced record set must satisfy before it may reach a log.
 *
 * Trust: the client chose every byte. Checks that it is exactly one batch of format 2
 * with a right CRC, and reads every record in it. Stricter than Apache Kafka in five
 * places:
 *   - bytes after the batch are refused, also where they are no whole second batch;
 *   - offset deltas must be 0, 1, 2, ... also in uncompressed batches: Apache stores what
 * was sent, and a delta beyond the batch makes consumers skip what others wrote;
 *   - a negative length other than -1 is malformed, not null;
 *   - the append-time bit of a client is refused on every topic;
 *   - a producer id needs an epoch, and a producer id below -1 is refused.
 *
 * Decompression comes from the caller, so that this folder needs no codec.
 *
 * Ownership: borrows everything.
 */
#ifndef RECORD_VALIDATE_H
#define RECORD_VALIDATE_H

#include "arena.h"
#include "record_batch.h"
#include "record_err.h"
#include "wire_types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct record_rules {
    int16_t produce_version;
    int32_t size_max;          /* max.message.bytes, header included */
    bool compacted;            /* every record needs a key */
    bool transactions_allowed; /* otherwise RECORD_ERR_TRANSACTIONAL */
    bool append_time;          /* message.timestamp.type=LogAppendTime */
    int64_t before_max_ms;
    int64_t after_max_ms;
    int64_t now_ms;
    /*
     * Gives the plain bytes of a compressed records part, or RECORD_ERR_PAYLOAD, _BOMB or
     * _MEMORY. out borrows from the context, until its next call. NULL: no compression is
     * accepted.
     */
    enum record_err (*decompress)(void *context, enum record_codec codec,
        struct wire_view in, struct wire_view *out);
    void *decompress_context;
    struct arena *arena; /* for the faults; NULL: they are not listed */
};

#define RECORD_FAULTS_MAX 1000 /* that one verdict names */

/* One record that the topic does not take, in a batch that could be read. */
struct record_fault {
    int32_t record_index;
    enum record_err err; /* RECORD_ERR_NULL_KEY, _TIMESTAMP or _APPEND_TIME */
};

struct record_verdict {
    enum record_err err;
    int32_t record_index;        /* of the first record at fault, or -1: the batch */
    struct record_fault *faults; /* in order of index; of the arena that was given */
    int32_t fault_count;         /* at most RECORD_FAULTS_MAX; further ones go unnamed */
    struct record_batch_header header;
    int64_t max_timestamp; /* of the records; what a leader writes into the header */
};

/*
 * Also returned: out->err. out->header is set once the header could be read. As in Apache
 * Kafka, a batch is read to its end for all the records that its topic does not take, and
 * one bad timestamp makes INVALID_TIMESTAMP the error of the whole (LogValidator).
 */
enum record_err record_validate(const uint8_t *bytes, size_t len,
    const struct record_rules *rules, struct record_verdict *out);

/*
 * Makes the header of an accepted batch what a leader stores on a CreateTime topic: max
 * timestamp as found, append-time bit clear. Changes nothing where it is so already.
 */
void record_validate_correct(
    uint8_t *bytes, size_t len, const struct record_verdict *verdict);

#endif

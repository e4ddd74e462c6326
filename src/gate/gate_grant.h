/*
 * gate_grant - the handles under which store serves this gate.
 *
 * A handle is asked from broker once per (topic, partition, operation) and kept; when
 * store says that it holds no longer, it is forgotten and asked for anew.
 */
#ifndef GATE_GRANT_H
#define GATE_GRANT_H

#include "gate_batch.h"
#include "ipc_words.h"
#include "table.h"
#include "wire_types.h"

struct gate;

struct gate_grant {
    uint64_t handle;
    struct wire_uuid topic_id;
    int32_t leader_epoch;
    int32_t max_message_bytes;
    bool append_time; /* the broker's clock stamps the records */
    int64_t before_max_ms;
    int64_t after_max_ms;
    bool compacted; /* every record needs a key */
    int32_t min_insync_replicas;
    struct gate_batch_form form; /* in which the topic keeps batches */
};

struct gate_grants {
    struct table by_key;
    char decision[33]; /* id of the last refusal; "" where it had none */
};

void gate_grants_init(struct gate_grants *grants);
void gate_grants_fini(struct gate_grants *grants);

/* What is to be opened: by name, or by id where name.ptr is NULL. */
struct gate_grant_key {
    struct wire_view name;
    struct wire_uuid topic_id;
    int32_t partition;
    enum ipc_operation operation;
    bool quiet; /* a refusal is no event: the client did not ask for this */
};

/*
 * The Kafka error code, 0 with *out set. Only a lost broker is an error: then the process
 * ends.
 */
int16_t gate_grant_open(
    struct gate *g, const struct gate_grant_key *key, struct gate_grant *out);
void gate_grant_forget(struct gate *g, const struct gate_grant_key *key);

#endif

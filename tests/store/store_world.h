/*
 * store_world - a store in this process, with a warden, a broker and gates played by the
 * test, in a directory of its own.
 */
#ifndef STORE_WORLD_H
#define STORE_WORLD_H

#include "test.h"

#include "log_batches.h"
#include "record_batch.h"
#include "store.h"

#define WORLD_GATES 4
#define WORLD_USES  512

struct world {
    struct store store;
    char path[64];             /* "": none yet */
    struct ipc_channel warden; /* the other ends */
    struct ipc_channel broker;
    struct ipc_channel gates[WORLD_GATES];
    struct ipc_received last;
    uint64_t request;
    struct ipc_used uses[WORLD_USES]; /* that broker was told of, the first ones first */
    size_t use_count;
};

/* What a test can change before world_start(); zero is the ordinary case. */
struct world_options {
    unsigned flushers; /* 0: flushes run in the loop */
    bool lax;          /* durability `os` */
    const struct store_files *files;
};

void world_start(struct world *w, const struct world_options *options);
/* Stops the store; the directory stays. Returns what store_finish() said. */
bool world_stop(struct world *w);
/* Stops without a word: what a crash leaves behind. */
void world_crash(struct world *w);
void world_remove(struct world *w);

/* Rounds of the loop until a message is there; it must be that one. Result in w->last. */
const union ipc_any *world_expect(
    struct world *w, struct ipc_channel *end, enum ipc_msg msg);
/* A few rounds; nothing may come. */
void world_expect_silence(struct world *w, struct ipc_channel *end);
/* The other side must close. */
void world_expect_end(struct world *w, struct ipc_channel *end);
void world_rounds(struct world *w, int count);

struct ipc_uuid world_topic(uint8_t n);
/* Topic n is called "topic-<n>"; returns the code. */
int16_t world_open(struct world *w, uint8_t topic, int32_t partition, bool create);
int16_t world_reconfigure(struct world *w, uint8_t topic, int32_t partition);
int16_t world_drop(struct world *w, uint8_t topic, int32_t partition);
/* Gate numbers are 1 to WORLD_GATES. */
struct ipc_channel *world_gate(struct world *w, uint64_t number);
void world_grant(struct world *w, uint64_t gate, uint64_t handle, uint8_t topic,
    enum ipc_operation operation);
void world_revoke(struct world *w, uint64_t gate, uint64_t handle);
/* The time passes after which broker is told of uses: they are in w->uses. */
void world_hear_uses(struct world *w);
void world_named(struct world *w);

/* Sends one batch of count records; returns the request. */
uint64_t world_produce(
    struct world *w, uint64_t gate, uint64_t handle, int16_t acks, int32_t count);
/* Waits for the answer; returns the code. */
int16_t world_produced(struct world *w, uint64_t gate, uint64_t request);
/* Both, and a must: the base offset. */
int64_t world_write(struct world *w, uint64_t gate, uint64_t handle, int32_t count);

struct world_fetch {
    uint64_t handle;
    int64_t offset;
    int32_t max_wait_ms;
    int32_t min_bytes;
    int32_t max_bytes; /* 0: a lot, for the whole and the partition */
    int32_t leader_epoch_plus_one;
    int32_t last_epoch_plus_one;
};

uint64_t world_fetch(struct world *w, uint64_t gate, const struct world_fetch *f);
/* Waits for the next FETCHED of that request. */
const struct ipc_fetched *world_fetched(struct world *w, uint64_t gate, uint64_t request);
/* Records in the last FETCHED, which must be whole batches that follow from offset. */
int64_t world_records(const struct ipc_fetched *f, int64_t offset);

#endif

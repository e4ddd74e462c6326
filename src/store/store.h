/*
 * store - the inside of the process that keeps the data; included by the files of this
 * folder and its tests.
 *
 * Trust: broker says which partitions exist and who may do what (GRANT, REVOKE); its
 * breach ends this process, which the warden then restarts together with broker. A gate
 * may have been taken over: what it sends is judged against the grants of that very
 * socket, and its breach ends its channel, never the process.
 *
 * Ownership: struct store owns everything. A gate that ends is only marked while handlers
 * run and is freed at the end of the round, so no handler loses its gate under its feet.
 *
 * Limits are the constants below; every queue has one.
 */
#ifndef STORE_H
#define STORE_H

#include "buckets.h"
#include "ipc_words.h"
#include "log.h"
#include "log_partition.h"
#include "role.h"
#include "store_files.h"
#include "store_flush.h"
#include "store_identity.h"
#include "table.h"

#define STORE_PARTITIONS_MAX 20480
/* However few descriptors there are, so many partitions may be tried. */
#define STORE_PARTITIONS_MIN 64
/* Descriptors that are not for partitions, and how many an open partition takes: its
 * directory and the three files of its last segment. */
#define STORE_FDS_RESERVED    12000
#define STORE_FDS_A_PARTITION 4
/* ... and each further segment of it. A fifth of the descriptors is for those. */
#define STORE_FDS_A_SEGMENT 3
#define STORE_SEGMENTS_MIN  64
/* Idempotent producers that all partitions together remember. */
#define STORE_PRODUCERS_MAX 500000
#define STORE_GATES_MAX     16384
#define STORE_GRANTS_A_GATE 65536
/* Produces of one gate that are not answered; above it the gate is not read. */
#define STORE_PRODUCES_A_GATE 1024
/* APPENDs of broker that wait for a flush; more is a breach. */
#define STORE_APPENDS_MAX 65536
/* Partitions whose directories wait to be removed, and files removed a tick. */
#define STORE_REMOVALS_MAX  65536
#define STORE_CLEAN_FILES   16
#define STORE_CLEAN_TICK_MS 20
/* Records of one partition in one answer, unless one batch alone is larger. */
#define STORE_PIECE_MAX ((size_t)8 * 1024 * 1024)
/* The same while more than STORE_QUEUED_MAX bytes wait for gates that do not read. */
#define STORE_PIECE_MIN  ((size_t)64 * 1024)
#define STORE_QUEUED_MAX ((size_t)512 * 1024 * 1024)
/* A gate is sent no more, and read no more, while so much waits for it. */
#define STORE_GATE_WINDOW ((size_t)1024 * 1024)
/* All answers to one FETCH together. */
#define STORE_FETCH_BYTES ((size_t)55 * 1024 * 1024)
/* Quotas in all: three a gate, and some of the past. */
#define STORE_QUOTAS_MAX 65536
/* Produced bytes that a gate may send although its client was told to wait: as many as the
 * rest of one request may have. Then it is not read until the time is over. */
#define STORE_OVER_QUOTA  ((size_t)IPC_BATCH_MAX)
#define STORE_WAIT_MAX_MS 300000
/* A gate that takes nothing of what waits for it in this time is ended. */
#define STORE_STALL_MS 30000
/* Appended bytes for whose durability nobody waits are flushed after this time. */
#define STORE_LAZY_FLUSH_MS 500
/* What a gate wrote and was given is told after this time, so many ranges of a partition
 * apart from each other. */
#define STORE_USE_MS     500
#define STORE_USE_RANGES 4
#define STORE_FLUSHERS   2

struct store;
struct store_gate;
struct store_partition;
struct store_produce;

/* --- partitions (store_partition.c) ---------------------------------------------------
 */

/* Somebody who is answered when the log is durable below `needed`. */
struct store_waiter {
    struct store_waiter *next;
    /* error: it never will be, or 0. */
    void (*settled)(
        struct store_partition *p, const struct store_waiter *w, int16_t error);
    uint64_t gate;                 /* 0: broker */
    uint64_t request;              /* of broker */
    struct store_produce *produce; /* of the gate: there as long as it is */
    int64_t needed;
    union {
        struct log_appended appended;  /* what waits */
        struct ipc_offset_query query; /* what is asked anew then; without its views */
        struct ipc_records_delete deletion;
    };
};

enum store_flush_state { STORE_FLUSH_IDLE, STORE_FLUSH_WANTED, STORE_FLUSH_RUNNING };

struct store_partition {
    struct store *store; /* borrowed */
    uint8_t key[20];     /* topic id, partition */
    char name[STORE_NAME_SIZE];
    int dir;                   /* owned; -1: none */
    struct log_partition *log; /* owned; NULL: it could not be opened */
    bool ours;                 /* the directory is known to belong to this topic id */
    bool dropped; /* no longer in the table; lives until the last reference goes */
    int32_t leader_epoch;
    struct log_retention retention;
    unsigned references;          /* the table, each grant, a running flush */
    struct store_waiter *waiters; /* the oldest first */
    struct store_waiter *last_waiter;
    struct store_fetch_entry *watchers; /* parked fetches that want more of it */
    enum store_flush_state flush;
    struct store_partition *next_wanted;
    struct store_flush_job job;
    bool lazy; /* in the list of those that are flushed in a while */
    struct store_partition *next_lazy;
};

/* What broker calls it. */
void store_partition_name(
    const struct store_partition *p, struct ipc_uuid *topic_id, int32_t *partition);
/* NULL: broker never named it. */
struct store_partition *store_partition_find(
    const struct store *s, const struct ipc_uuid *topic_id, int32_t partition);
/* The code of the protocol; 0 with *out set. A failed one stays in the table. */
int16_t store_partition_open(struct store *s, const struct ipc_partition_open *asked,
    struct store_partition **out);
int16_t store_partition_drop(struct store_partition *p);
void store_partition_release(struct store_partition *p);
/* (store_durable.c) Consumers see nothing at or above it. */
int64_t store_partition_high_watermark(const struct store_partition *p);
/* Something was appended, somebody may wait for it: flush now or in a while. */
void store_partition_appended(struct store_partition *p, bool someone_waits);
/*
 * Keeps an answer until the log is durable below `needed`. Takes the waiter, which its
 * owner allocated before it appended: what was written is never reported as failed because
 * memory was short.
 */
void store_partition_wait(struct store_partition *p, struct store_waiter *waiter);
/*
 * For a question of broker about what is appended already, so that who was answered with
 * acks=1 finds its records. True: *like was copied, and its settled is called when all of
 * it is durable. False: nothing to wait for, the log is read-only, or no memory: answer at
 * once.
 */
bool store_partition_wait_for_all(
    struct store_partition *p, const struct store_waiter *like);
/* The high watermark moved, or it never will. */
void store_partition_advanced(struct store_partition *p);
/* (store_retention.c) Removes what is too old or too much, a little at a time. */
void store_retention_begin(struct store *s);
/* Moves away the directories that no record named, and goes on with removals. */
void store_partition_sweep(struct store *s);
/* Flushes everything that is not durable, for a stop. */
void store_partition_flush_all(struct store *s);
/* What the end of a round and the end of a flush do. */
void store_partition_begin_flushes(struct store *s);
void store_partition_on_flushed(struct store_flush_job *job);
void store_partition_on_lazy(void *store);
/* Syncs and closes all; true when everything is durable. */
bool store_partition_close_all(struct store *s);

/* --- grants (store_grant.c)
 * -------------------------------------------------------------
 */

/* What a grant was used for and broker was not told of yet (store_use.c). */
struct store_use {
    struct store *store;       /* borrowed, as the grant */
    struct store_grant *grant; /* whose it is */
    struct store_use *next;    /* of all */
    struct store_use **link;
    struct ipc_used ranges[STORE_USE_RANGES];
    size_t count;
};

struct store_range {
    int64_t first_offset;
    int64_t last_offset;
    uint64_t records;
    uint64_t bytes;
};

struct store_grant {
    uint64_t handle;
    struct store_partition *partition; /* a reference */
    enum ipc_operation operation;
    int32_t leader_epoch;
    int32_t max_message_bytes;
    bool append_time;
    int64_t after_max_ms;
    uint64_t fetch;        /* number of the last fetch of its gate that named it */
    struct store_use *use; /* owned; NULL: nothing to tell */
};

/* The grant was used; broker is told within STORE_USE_MS, or when it is flushed. */
void store_use_add(
    struct store_gate *g, struct store_grant *grant, const struct store_range *range);
/* The same for whole batches, as they lie in the log. */
void store_use_add_batches(
    struct store_gate *g, struct store_grant *grant, const uint8_t *bytes, size_t length);
/* Before the grant goes. */
void store_use_flush(struct store_grant *grant);

enum err store_grant_on_grant(void *context, const struct ipc_received *m) MUST_CHECK;
enum err store_grant_on_revoke(void *context, const struct ipc_received *m) MUST_CHECK;
/* NULL: not, or no longer, a grant of this gate for this operation. */
struct store_grant *store_grant_find(
    struct store_gate *g, uint64_t handle, enum ipc_operation operation);
void store_grant_remove_all(struct store_gate *g);

/* --- gates (store_gate.c) --------------------------------------------------------------
 */

struct store_fetch_entry {
    struct ipc_fetch_entry asked;
    struct store_gate *gate;           /* borrowed */
    struct store_partition *partition; /* while parked on it: borrowed, it knows us */
    struct store_fetch_entry *next;
    struct store_fetch_entry **link;
    size_t available; /* bytes at the last look */
};

/* A PRODUCE that is not answered yet. */
struct store_produce {
    struct store_produce *next;
    uint64_t request;
    bool done; /* waits only for those before it */
    struct ipc_produced answer;
};

enum store_fetch_state { STORE_FETCH_NONE, STORE_FETCH_PARKED, STORE_FETCH_SENDING };

struct store_fetch {
    enum store_fetch_state state;
    uint64_t request;
    size_t min_bytes;
    size_t bytes_left; /* of what the client takes in all */
    bool starved;      /* its quota is used up: no records, not even one batch */
    size_t available;
    bool sent_some;
    struct store_fetch_entry *entries; /* owned */
    size_t count;
    size_t next;
    struct loop_timer deadline;
};

struct store_gate {
    struct store *store; /* borrowed */
    uint64_t number;
    bool dead; /* freed at the end of the round */
    struct store_gate *next_dead;
    struct ipc_channel channel;
    struct loop_watch watch;
    struct table grants;            /* by handle */
    struct store_produce *produces; /* owned; the oldest first */
    struct store_produce *last_produce;
    size_t produce_count;
    size_t counted; /* of store.queued */
    struct loop_timer stall;
    struct loop_timer resume; /* for messages that were read and not handled yet */
    struct store_gate_quota { /* see store_quota.c; NULL: no quota */
        struct buckets_row *produce;
        struct buckets_row *fetch;
        struct buckets_row *request;
        bool muted;            /* not read for a while */
        size_t over;           /* produced although its client was told to wait */
        int64_t told_until_ms; /* ... until then */
        struct loop_timer unmute;
    } quota;
    uint64_t fetches; /* so far */
    struct store_fetch fetch;
};

enum err store_gate_on_add(void *context, const struct ipc_received *m) MUST_CHECK;
enum err store_gate_on_gone(void *context, const struct ipc_received *m) MUST_CHECK;
struct store_gate *store_gate_find(const struct store *s, uint64_t number);
/*
 * The warden tells us of a gate before broker can tell us anything about it, but on
 * another socket: looks there before believing that a gate is unknown.
 */
struct store_gate *store_gate_find_introduced(struct store *s, uint64_t number);
/* reason: of enum ipc_kill_reason for the warden; 0: it left by itself. */
void store_gate_end(struct store_gate *g, uint16_t reason);
/* Sends; a gate that takes no more is ended. False: the gate is no more. */
bool store_gate_send(
    struct store_gate *g, enum ipc_msg msg, uint64_t request, const void *message);
/* Asks the loop for what the gate's state wants. */
void store_gate_settle(struct store_gate *g);
/* A larger message than this gate's grants allow is not taken in. */
void store_gate_allow(struct store_gate *g, int32_t max_message_bytes);
void store_gate_reap(struct store *s);
void store_gate_close_all(struct store *s);

/* --- bulk (store_produce.c, store_fetch.c) ---------------------------------------------
 */

enum err store_produce_on_produce(void *context, const struct ipc_received *m) MUST_CHECK;
void store_produce_drop(struct store_gate *g);

enum err store_fetch_on_fetch(void *context, const struct ipc_received *m) MUST_CHECK;
/* Sends as much as the gate's queue takes. */
void store_fetch_continue(struct store_gate *g);
/* There is more in the partition, or it was dropped, which ends every wait for it. */
void store_fetch_wake(struct store_partition *p);
/* A grant went: a fetch that waits ends now. */
void store_fetch_hurry(struct store_gate *g);
void store_fetch_drop(struct store_gate *g);

/* --- quotas (store_quota.c) -------------------------------------------------------------
 */

enum err store_quota_on_gate_quota(
    void *context, const struct ipc_received *m) MUST_CHECK;
void store_quota_release(struct store_gate *g);
/* Work for a gate, maybe amid work for another one, whose time then does not count. */
struct store_work {
    struct store_gate *before;
    bool counts;
};
struct store_work store_quota_begin(struct store_gate *g);
void store_quota_end(struct store *s, struct store_work work);
/*
 * A batch came. False: too much was produced to take it, too. Who goes on and on although
 * it was told to wait is no longer read; may end g.
 */
bool store_quota_take_produced(struct store_gate *g, size_t bytes) MUST_CHECK;
/* How long the client has to wait after its produce. */
int32_t store_quota_end_produce(struct store_gate *g);
/* How many bytes of records a fetch may have; 0: none, it is to wait. */
size_t store_quota_fetch_max(const struct store_gate *g);
void store_quota_take_fetched(struct store_gate *g, size_t bytes);
/* How long the client has to wait after its fetch: until then the gate is not read. */
int32_t store_quota_end_fetch(struct store_gate *g);

/* --- broker's own requests (store_broker.c, store_offset.c) ----------------------------
 */

enum err store_broker_on_open(void *context, const struct ipc_received *m) MUST_CHECK;
enum err store_broker_on_drop(void *context, const struct ipc_received *m) MUST_CHECK;
enum err store_broker_on_append(void *context, const struct ipc_received *m) MUST_CHECK;
enum err store_broker_on_read(void *context, const struct ipc_received *m) MUST_CHECK;
enum err store_broker_on_named(void *context, const struct ipc_received *m) MUST_CHECK;
enum err store_broker_on_epoch_query(
    void *context, const struct ipc_received *m) MUST_CHECK;
enum err store_broker_on_producers_query(
    void *context, const struct ipc_received *m) MUST_CHECK;
enum err store_broker_on_log_query(
    void *context, const struct ipc_received *m) MUST_CHECK;
enum err store_broker_on_delete_records(
    void *context, const struct ipc_received *m) MUST_CHECK;
enum err store_offset_on_query(void *context, const struct ipc_received *m) MUST_CHECK;

/* --- removal of dropped directories (store_clean.c) ------------------------------------
 */

struct store_removal {
    struct store_removal *next;
    char name[STORE_NAME_SIZE];
};

/* Removes the directory in small steps; what can not be queued goes at the next start. */
void store_clean_add(struct store *s, const char *name);
void store_clean_fini(struct store *s);

/* --- the process
 * ------------------------------------------------------------------------
 */

struct store_config {
    int32_t segment_bytes;
    int32_t index_interval_bytes;
    int32_t message_max_bytes;
    bool durable; /* acks=all waits for the disk */
    int64_t producer_expiry_ms;
    int64_t retention_check_ms;
};

struct store {
    struct role role;
    struct store_files files;
    int data_dir; /* owned */
    struct store_config config;
    struct store_identity identity;
    bool was_clean; /* the last run stopped in good order */
    bool named;     /* broker has named everything it knows */
    bool damaged;   /* some log failed: the next start must look closely */
    bool draining;  /* stopping: nothing new is taken */
    /* A sync of the data directory failed. What the kernel has dropped a second sync does
     * not bring back: nothing is made or dropped until the next start. */
    bool entries_lost;
    bool asked_to_stop;
    struct ipc_link broker;
    struct table partitions; /* by key */
    bool said_no_room;
    struct log_budget producers;
    struct log_budget segments;
    struct table gates; /* by number */
    struct buckets quotas;
    struct store_gate *at_work; /* whose time it is that passes; NULL: nobody's */
    int64_t work_since_us;
    struct store_use *uses;
    struct loop_timer use_timer;
    struct store_gate *dead;
    size_t queued;  /* bytes that wait for gates */
    size_t appends; /* of broker, waiting */
    struct store_flush flush;
    struct store_partition *wanted; /* to be flushed at the end of this round */
    struct store_partition *lazy;
    struct loop_timer lazy_timer;
    struct store_removal *removals;
    size_t removal_count;
    struct loop_timer clean_timer;
    struct loop_timer retention_timer;
    size_t
        retention_cursor; /* in partitions: those behind it are still to be looked at */
    uint8_t *piece;       /* what was read last; grows to the largest piece */
    size_t piece_size;
    struct log_limit log_limit;
};

extern const struct ipc_handler store_handlers[IPC_MSG_COUNT];

/* How many partitions so many descriptors are enough for, and how many segments besides
 * the one that each of them needs. */
size_t store_partitions_max(uint64_t descriptors);
size_t store_segments_max(uint64_t descriptors);
/* Reads the identity and takes the data directory. flushers: 0 flushes in the loop. */
enum err store_init(struct store *s, const struct store_files *files, int data_dir,
    const struct ipc_store_start *start, unsigned flushers, char *why,
    size_t why_size) MUST_CHECK;
/* The end of a round of the loop: flushes begin, ended gates go. */
void store_on_round(void *context);
/* Flushes all, answers those who waited, closes; true when the next start may trust it.
 */
bool store_finish(struct store *s);
/* Frees everything, threads too: for tests, which have no filter. After store_finish().
 */
void store_fini(struct store *s);
/* Memory for a piece of a log, kept for the next one; NULL: out of memory. */
uint8_t *store_piece(struct store *s, size_t size) MUST_CHECK;

int store_process(int argc, char **argv);

#endif

/*
 * meta_controller - decides what is written to the metadata log; the controller of a
 * single node.
 *
 * A submit function checks a request against the image and puts the records of the
 * decision into an empty batch. Nothing changes yet. The caller writes the batch as one
 * record batch, and once it is durable calls meta_commit(); when it could not be written,
 * meta_abort(). Until one of the two, the names and topics in the batch are reserved, so
 * that nobody else gets or removes them.
 *
 * Trust: requests are a peer's, already authorized. Sentences never repeat what the peer
 * sent.
 *
 * Ownership: the controller borrows the image and the environment.
 */
#ifndef META_CONTROLLER_H
#define META_CONTROLLER_H

#include "meta_batch.h"
#include "meta_image.h"

/* The codes of the Kafka protocol that a submit function may answer. */
enum meta_error {
    META_ERROR_SERVER = -1,
    META_ERROR_NONE = 0,
    META_ERROR_UNKNOWN_TOPIC = 3,
    META_ERROR_BUSY = 7, /* REQUEST_TIMED_OUT: clients try again */
    META_ERROR_TOPIC_NAME = 17,
    META_ERROR_TOPIC_EXISTS = 36,
    META_ERROR_PARTITIONS = 37,
    META_ERROR_REPLICATION_FACTOR = 38,
    META_ERROR_ASSIGNMENT = 39,
    META_ERROR_CONFIG = 40,
    META_ERROR_REQUEST = 42,
    META_ERROR_POLICY = 44,
    META_ERROR_UNKNOWN_TOPIC_ID = 100,
};

/* Randomness comes from outside, so that a test can choose it. */
struct meta_env {
    void (*random)(void *context, void *out, size_t length);
    void *context;
};

struct meta_node {
    int32_t id;
    struct wire_uuid directory; /* the log directory's own id, as in meta.properties */
    int32_t num_partitions;     /* num.partitions: what -1 in a request means */
};

struct meta_controller {
    struct meta_image *image; /* borrowed */
    struct meta_env env;
    struct meta_node node;
    struct table reserved_names; /* folded: being created */
    struct table removed_ids;    /* being deleted */
    struct table grown_ids;      /* getting partitions */
    struct table altered_ids;    /* getting other configs */
    int32_t reserved_partitions;
    size_t quotas_under_way;  /* records that are not in the image yet */
    size_t acls_under_way;    /* the same */
    int64_t next_producer_id; /* behind all blocks given out, written or not */
};

struct meta_answer {
    enum meta_error error;
    char message[192]; /* a sentence; empty on success */
};

struct meta_new_assignment {
    int32_t partition;
    const int32_t *replicas;
    size_t replica_count;
};

struct meta_new_setting {
    struct wire_view name;
    struct wire_view value; /* null is refused */
};

struct meta_new_topic {
    struct wire_view name;
    int32_t partitions;         /* -1: the default */
    int16_t replication_factor; /* -1: the default */
    const struct meta_new_assignment *assignments;
    size_t assignment_count;
    const struct meta_new_setting *settings;
    size_t setting_count;
    bool allow_internal; /* the broker's own topics: only the broker says so */
};

struct meta_created {
    struct wire_uuid id;
    int32_t partitions;
    int16_t replication_factor;
};

#define META_PRODUCER_BLOCK 1000

void meta_controller_init(struct meta_controller *c, struct meta_image *image,
    const struct meta_node *node, const struct meta_env *env);
void meta_controller_fini(struct meta_controller *c);

/* The first records of a new log: the feature level. Nothing when the image has one. */
void meta_submit_bootstrap(struct meta_controller *c, struct meta_batch *batch);
/* batch NULL: validate only; nothing is reserved, created->id is zero. */
struct meta_answer meta_submit_create(struct meta_controller *c,
    const struct meta_new_topic *request, struct meta_batch *batch,
    struct meta_created *created);
struct meta_answer meta_submit_delete(
    struct meta_controller *c, struct wire_view name, struct meta_batch *batch);
struct meta_answer meta_submit_delete_by_id(
    struct meta_controller *c, struct wire_uuid id, struct meta_batch *batch);
/* META_PRODUCER_BLOCK ids from *first_out on; not to be used before the commit. */
struct meta_answer meta_submit_producer_ids(
    struct meta_controller *c, struct meta_batch *batch, int64_t *first_out);

/* What a submit function of another file builds on. */
struct meta_answer meta_answer(enum meta_error error, const char *sentence);
/* A random UUID that nothing here has. False: the randomness is broken. */
bool meta_controller_draw_id(
    const struct meta_controller *c, struct wire_uuid *out) MUST_CHECK;
/* The topic of that name; NULL also when it is being deleted. */
const struct meta_topic *meta_controller_topic(
    const struct meta_controller *c, struct wire_view name);
/* The record of a partition on this node alone. */
void meta_add_partition(const struct meta_controller *c, struct meta_batch *batch,
    struct wire_uuid id, int32_t index);

/*
 * Applies the batch to the image, telling each change. An error is our own log
 * contradicting our own image: the caller must stop.
 */
enum err meta_commit(struct meta_controller *c, const struct meta_batch *batch,
    void (*on_change)(void *context, const struct meta_change *change),
    void *context) MUST_CHECK;
void meta_abort(struct meta_controller *c, const struct meta_batch *batch);

#endif

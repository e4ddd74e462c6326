#include "broker_start.h"

#include "broker_acl.h"
#include "broker_coord.h"
#include "broker_credential.h"
#include "broker_forget.h"
#include "broker_quota.h"
#include "broker_replay.h"
#include "broker_setting.h"
#include "broker_topic.h"
#include "mem.h"
#include "rand.h"

#include <stdlib.h>
#include <string.h>

#define BATCH_LIMIT    ((size_t)65536)
#define METADATA_TOPIC "__cluster_metadata"

struct opening {
    size_t waiting; /* partitions, and one while we still ask */
    size_t failed;
};

_Noreturn static void give_up(const char *what, enum err why)
{
    log_err("%s: %s; nothing is served from data that can not be trusted [MET001]", what,
        err_text(why));
    exit(ROLE_EXIT_FAULT);
}

bool broker_policy_fits(const struct broker *b, const struct policy *policy)
{
    const char *named = policy_header(policy).cluster;

    if (named[0] == '\0' || !b->started || strcmp(named, b->config.cluster_id) == 0) {
        return true;
    }
    log_err("the policy is for cluster \"%s\", this is \"%s\": it is refused [POL080]",
        named, b->config.cluster_id);
    return false;
}

void broker_start_check(struct broker *b)
{
    struct ipc_serving serving = {0};

    if (!b->replayed || b->policy == NULL || b->serving) {
        return;
    }
    if (!broker_policy_fits(b, b->policy)) {
        exit(ROLE_EXIT_CONFIG);
    }
    b->serving = true;
    log_info("serving: %zu topics, %d partitions", b->image.topic_count,
        (int)b->image.partition_count);
    if (ipc_link_send(&b->role.warden, IPC_MSG_SERVING, 0, &serving, -1) != OK) {
        give_up("the warden can not be told", ERR_IO);
    }
}

static void on_groups(struct broker *b, enum err why)
{
    if (why != OK) {
        give_up("__consumer_offsets can not be read", why);
    }
    b->replayed = true;
    broker_credential_give_all(b);
    broker_quota_tell_porter(b);
    broker_forget_hurry(b);
    broker_start_check(b);
}

static void opened(struct broker *b, struct opening *o)
{
    struct ipc_partitions_named named = {0};

    if (--o->waiting > 0) {
        return;
    }
    if (o->failed > 0) {
        log_err("%zu partitions can not be opened: they answer with an error [STO020]",
            o->failed);
    }
    mem_free(o);
    if (ipc_link_send(&b->store_link, IPC_MSG_PARTITIONS_NAMED, 0, &named, -1) != OK) {
        give_up("store can not be told", ERR_IO);
    }
    broker_coord_load(b, on_groups);
}

static void on_opened(
    struct broker *b, void *context, const struct broker_store_answer *answer)
{
    struct opening *o = context;

    o->failed += answer->error != 0 ? 1 : 0;
    opened(b, o);
}

static void open_partitions(struct broker *b)
{
    struct opening *o = mem_alloc(1, sizeof(*o));

    if (o == NULL) {
        give_up("the partitions can not be opened", ERR_NOMEM);
    }
    o->waiting = 1;
    for (size_t i = 0; i < b->image.topic_count; i++) {
        const struct meta_topic *t = b->image.topics[i];
        for (int32_t p = 0; p < t->partition_count; p++) {
            struct broker_partition at = {.topic_id = t->id, .partition = p};
            struct broker_log log = broker_topic_log(b, t, p);
            o->waiting++;
            /* The record is durable, the directory may not be: make it where it is
             * missing. */
            broker_store_open(b, &at, &log, BROKER_OPEN_OR_CREATE, on_opened, o);
        }
    }
    opened(b, o);
}

static void on_bootstrap(
    struct broker *b, void *context, int16_t error, const char *message)
{
    (void)context;
    (void)message;
    if (error != 0) {
        give_up("the metadata log can not be begun", ERR_IO);
    }
    open_partitions(b);
}

static void random_bytes(void *context, void *out, size_t length)
{
    (void)context;
    rand_bytes(out, length);
}

static void on_metadata(struct broker *b, void *context, enum err why)
{
    struct meta_node node = {.id = b->config.node_id,
        .directory = b->config.directory,
        .num_partitions = b->config.partitions_default};
    struct meta_env env = {.random = random_bytes};
    struct meta_batch batch;

    (void)context;
    if (why != OK) {
        give_up("the metadata log can not be read", why);
    }
    meta_controller_init(&b->controller, &b->image, &node, &env);
    why = broker_acl_start(b);
    if (why != OK) {
        give_up("the rules that clients set can not be asked", why);
    }
    meta_batch_init(&batch, BATCH_LIMIT);
    meta_submit_bootstrap(&b->controller, &batch);
    if (batch.count == 0) {
        meta_batch_fini(&batch);
        open_partitions(b);
    } else {
        broker_topic_submit(b, &batch, on_bootstrap, NULL);
    }
}

static enum err on_record(
    struct broker *b, void *context, struct wire_view key, struct wire_view value)
{
    struct meta_record record;
    struct meta_change change;

    (void)context;
    (void)key;
    if (meta_record_decode(value.ptr, value.len, &record) != WIRE_OK) {
        return ERR_CORRUPT;
    }
    return meta_apply(&b->image, &record, &change);
}

void broker_start(struct broker *b)
{
    broker_replay(
        b, &broker_metadata_log, METADATA_TOPIC, 0, true, on_record, on_metadata, NULL);
}

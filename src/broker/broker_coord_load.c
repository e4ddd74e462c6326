/*
 * broker_coord_load - the groups as __consumer_offsets tells them, one partition after
 * the other.
 */
#include "broker_coord.h"
#include "broker_replay.h"
#include "mem.h"

struct load {
    int32_t next; /* partition */
    void (*done)(struct broker *b, enum err why);
};

static void finish(struct broker *b, struct load *load, enum err why)
{
    void (*done)(struct broker * b, enum err why) = load->done;
    uint64_t skipped = broker_coord_groups(b)->skipped;

    mem_free(load);
    if (skipped > 0) {
        log_warn("%llu records of %s are of protocols that are not served here [GRP004]",
            (unsigned long long)skipped, BROKER_OFFSETS_TOPIC);
    }
    if (why == OK) {
        broker_coord_begin(b);
    }
    if (why == OK && broker_coord_groups(b)->is_above) {
        log_warn("%s holds more than is allowed of groups, offsets or metadata: it is "
                 "served, and more is refused [GRP005]",
            BROKER_OFFSETS_TOPIC);
    }
    done(b, why);
}

static enum err on_record(
    struct broker *b, void *context, struct wire_view key, struct wire_view value)
{
    (void)context;
    return coord_groups_replay(broker_coord_groups(b), key, value);
}

static void on_replayed(struct broker *b, void *context, enum err why)
{
    struct load *load = context;
    const struct meta_topic *topic = broker_coord_topic(b);

    if (why != OK || topic == NULL || load->next >= topic->partition_count) {
        finish(b, load, why);
        return;
    }
    struct broker_partition at = {.topic_id = topic->id, .partition = load->next++};
    broker_replay(b, &at, BROKER_OFFSETS_TOPIC,
        topic->partitions[at.partition].leader_epoch, false, on_record, on_replayed,
        load);
}

void broker_coord_load(struct broker *b, void (*done)(struct broker *b, enum err why))
{
    struct load *load = mem_alloc(1, sizeof(*load));

    if (load == NULL) {
        done(b, ERR_NOMEM);
        return;
    }
    load->done = done;
    on_replayed(b, load, OK);
}

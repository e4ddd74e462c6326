#include "broker_coord.h"

#include "broker_coord_answer.h"
#include "broker_topic.h"
#include "clock.h"
#include "coord_hash.h"
#include "coord_step.h"
#include "mem.h"
#include "record_builder.h"
#include "wire_code.h"

#include <string.h>

#define PARKED_MAX 262144
/* A record and what a batch puts around it. */
#define BATCH_LIMIT(record_max) ((record_max) + 65536)

struct parked {
    struct broker_call call;
};

/* When a group wants its next tick. */
struct watch {
    struct loop_timer timer;
    struct broker *broker;
    char *id; /* owned */
    size_t id_length;
};

struct write { /* a group record on its way into the log */
    char *id;  /* owned */
    size_t id_length;
    uint64_t number;
};

struct broker_coord {
    struct coord_groups groups;
    struct coord_update update;
    struct table parked;  /* token -> struct parked */
    struct table watches; /* group id -> struct watch */
    uint64_t token;
    bool ready;    /* the log is read */
    bool creating; /* its topic is being made */
    struct log_limit log;
};

enum err broker_coord_init(struct broker *b, const struct coord_limits *limits)
{
    struct broker_coord *c = mem_alloc(1, sizeof(*c));

    if (c == NULL) {
        return ERR_NOMEM;
    }
    enum err e = coord_update_init(&c->update, limits);
    if (e != OK) {
        coord_update_fini(&c->update);
        mem_free(c);
        return e;
    }
    coord_groups_init(&c->groups, limits);
    table_init(&c->parked, PARKED_MAX);
    /* One of each group at most, and the log may tell of more groups than are allowed. */
    table_init(&c->watches, SIZE_MAX);
    c->log = (struct log_limit){.burst = 5, .period_ms = 10000};
    b->coord = c;
    return OK;
}

static void drop_watch(struct broker *b, struct watch *w)
{
    (void)table_remove(&b->coord->watches, w->id, w->id_length);
    loop_timer_cancel(b->role.loop, &w->timer);
    mem_free(w->id);
    mem_free(w);
}

void broker_coord_fini(struct broker *b)
{
    struct broker_coord *c = b->coord;
    size_t cursor = 0;

    if (c == NULL) {
        return;
    }
    for (struct watch *w = table_next(&c->watches, &cursor); w != NULL;
         w = table_next(&c->watches, &cursor)) {
        drop_watch(b, w);
    }
    cursor = 0;
    for (struct parked *p = table_next(&c->parked, &cursor); p != NULL;
         p = table_next(&c->parked, &cursor)) {
        mem_free(p);
    }
    table_fini(&c->watches);
    table_fini(&c->parked);
    coord_groups_fini(&c->groups);
    coord_update_fini(&c->update);
    mem_free(c);
    b->coord = NULL;
}

struct coord_groups *broker_coord_groups(struct broker *b)
{
    return &b->coord->groups;
}

const struct meta_topic *broker_coord_topic(const struct broker *b)
{
    return meta_image_topic(
        &b->image, (struct wire_view){.ptr = (const uint8_t *)BROKER_OFFSETS_TOPIC,
                       .len = strlen(BROKER_OFFSETS_TOPIC)});
}

int16_t broker_coord_error(const struct broker *b)
{
    return b->coord->ready ? WIRE_CODE_NONE : WIRE_CODE_COORDINATOR_LOAD_IN_PROGRESS;
}

int16_t broker_coord_write_error(const struct broker *b)
{
    if (!b->coord->ready) {
        return WIRE_CODE_COORDINATOR_LOAD_IN_PROGRESS;
    }
    return b->coord->creating || broker_coord_topic(b) == NULL
               ? WIRE_CODE_COORDINATOR_NOT_AVAILABLE
               : WIRE_CODE_NONE;
}

int16_t broker_coord_change_error(const struct broker *b)
{
    return broker_trail_forbids_changes(b) ? WIRE_CODE_COORDINATOR_NOT_AVAILABLE
                                           : WIRE_CODE_NONE;
}

/* True where a line may be written about something that a peer can repeat. */
static bool may_log(struct broker *b)
{
    uint64_t left_out = 0;

    return log_limit_allows(&b->coord->log, loop_now_ms(b->role.loop), &left_out);
}

static void on_created(
    struct broker *b, void *context, int16_t error, const char *message)
{
    (void)context;
    b->coord->creating = false;
    if (error != 0 && may_log(b)) {
        log_err("%s can not be made: %s (error %d) [GRP001]", BROKER_OFFSETS_TOPIC,
            message, error);
    }
}

void broker_coord_make_topic(struct broker *b)
{
    if (b->coord->creating || broker_coord_topic(b) != NULL) {
        return;
    }
    b->coord->creating = true;
    broker_topic_create_internal(
        b, BROKER_OFFSETS_TOPIC, b->config.offsets_partitions, on_created, NULL);
}

uint64_t broker_coord_park(struct broker *b, const struct broker_call *call)
{
    struct broker_coord *c = b->coord;
    struct parked *p = mem_alloc(1, sizeof(*p));
    uint64_t token = ++c->token;

    if (p == NULL) {
        return 0;
    }
    p->call = *call;
    if (table_put(&c->parked, &token, sizeof(token), p) != OK) {
        mem_free(p);
        return 0;
    }
    return token;
}

static void deliver(
    struct broker *b, const struct coord_group *group, const struct coord_answer *answer)
{
    struct parked *p =
        table_remove(&b->coord->parked, &answer->token, sizeof(answer->token));

    if (p != NULL) {
        broker_coord_answer(b, &p->call, group, answer);
        mem_free(p);
    }
}

static void on_timer(void *context)
{
    struct watch *w = context;
    struct broker *b = w->broker;
    struct wire_view id = {.ptr = (const uint8_t *)w->id, .len = w->id_length};
    struct coord_group *group = coord_groups_find(&b->coord->groups, id);
    struct coord_event tick = {.type = COORD_TICK};

    if (group == NULL) {
        drop_watch(b, w);
    } else {
        broker_coord_step(b, group, &tick); /* w may be gone after it */
    }
}

static struct watch *watch_new(struct broker *b, struct wire_view id)
{
    struct watch *w = mem_alloc(1, sizeof(*w));

    if (w == NULL) {
        return NULL;
    }
    *w = (struct watch){.timer = {.on_timer = on_timer, .context = w},
        .broker = b,
        .id = mem_copy_text(id.ptr, id.len),
        .id_length = id.len};
    if (w->id == NULL || table_put(&b->coord->watches, id.ptr, id.len, w) != OK) {
        mem_free(w->id);
        mem_free(w);
        return NULL;
    }
    return w;
}

static void set_timer(struct broker *b, const struct coord_group *group, int64_t due_ms)
{
    struct wire_view id = coord_group_id(group);
    struct watch *w = table_get(&b->coord->watches, id.ptr, id.len);

    if (due_ms == INT64_MAX) {
        if (w != NULL) {
            drop_watch(b, w);
        }
        return;
    }
    if (w == NULL) {
        w = watch_new(b, id);
    }
    if ((w == NULL || loop_timer_set(b->role.loop, &w->timer, due_ms) != OK) &&
        may_log(b)) {
        log_err("a group gets no timer: out of memory [GRP002]");
    }
}

void broker_coord_release(struct broker *b, struct coord_group *group)
{
    struct wire_view id = coord_group_id(group);
    struct watch *w = table_get(&b->coord->watches, id.ptr, id.len);

    if (coord_groups_release(&b->coord->groups, group) && w != NULL) {
        drop_watch(b, w);
    }
}

void broker_coord_append(struct broker *b, struct wire_view group, struct wire_view batch,
    broker_store_done *done, void *context)
{
    const struct meta_topic *topic = broker_coord_topic(b);
    struct broker_store_answer failed = {.error = WIRE_CODE_KAFKA_STORAGE_ERROR};

    if (topic == NULL) {
        done(b, context, &failed);
        return;
    }
    struct broker_partition at = {.topic_id = topic->id,
        .partition = coord_partition_for(group, topic->partition_count)};
    broker_store_append(b, &at, batch, done, context);
}

static void tell_persisted(
    struct broker *b, struct wire_view id, uint64_t number, bool ok)
{
    struct coord_group *group = coord_groups_find(&b->coord->groups, id);
    struct coord_event event = {
        .type = COORD_PERSISTED, .persisted = {.write = number, .ok = ok}};

    if (group != NULL) {
        broker_coord_step(b, group, &event);
    }
}

static void on_written(
    struct broker *b, void *context, const struct broker_store_answer *answer)
{
    struct write *w = context;

    if (answer->error != 0 && may_log(b)) {
        log_err("a group could not be written to %s: error %d [GRP003]",
            BROKER_OFFSETS_TOPIC, answer->error);
    }
    tell_persisted(b,
        (struct wire_view){.ptr = (const uint8_t *)w->id, .len = w->id_length}, w->number,
        answer->error == 0);
    mem_free(w->id);
    mem_free(w);
}

static enum err make_batch(const struct coord_update *update, struct buf *out)
{
    struct record_builder_options options = record_builder_plain(clock_wall_ms());
    struct record_builder builder = record_builder_begin(out, &options);

    record_builder_add(&builder, options.base_timestamp,
        (struct wire_view){.ptr = update->key.bytes, .len = update->key.length},
        coord_update_value(update), NULL, 0);
    enum err e = record_builder_finish(&builder);
    return e == OK ? buf_error(out) : e;
}

static struct write *write_new(struct wire_view id, uint64_t number)
{
    struct write *w = mem_alloc(1, sizeof(*w));

    if (w == NULL) {
        return NULL;
    }
    *w = (struct write){
        .id = mem_copy_text(id.ptr, id.len), .id_length = id.len, .number = number};
    if (w->id == NULL) {
        mem_free(w);
        return NULL;
    }
    return w;
}

/* The last thing of a step: the answer may come at once, and is a step of its own. */
static void persist(struct broker *b, struct coord_group *group)
{
    const struct coord_update *update = &b->coord->update;
    struct wire_view id = coord_group_id(group);
    struct write *w = write_new(id, update->write);
    struct broker_store_answer failed = {.error = WIRE_CODE_KAFKA_STORAGE_ERROR};
    struct buf batch;

    buf_init(&batch, BATCH_LIMIT(b->coord->groups.limits.record_max));
    if (w == NULL) {
        tell_persisted(b, id, update->write, false);
    } else if (make_batch(update, &batch) != OK) {
        on_written(b, w, &failed);
    } else {
        broker_coord_append(b,
            (struct wire_view){.ptr = (const uint8_t *)w->id, .len = w->id_length},
            (struct wire_view){.ptr = batch.bytes, .len = batch.length}, on_written, w);
    }
    buf_fini(&batch);
}

void broker_coord_step(
    struct broker *b, struct coord_group *group, struct coord_event *event)
{
    struct coord_update *update = &b->coord->update;

    event->now_ms = loop_now_ms(b->role.loop);
    event->wall_ms = clock_wall_ms();
    event->is_crowded = coord_groups_are_crowded(&b->coord->groups);
    coord_step(group, event, update);
    for (size_t i = 0; i < update->answer_count; i++) {
        deliver(b, group, &update->answers[i]);
    }
    set_timer(b, group, update->next_due_ms);
    if (update->persist) {
        persist(b, group); /* such a group is not released: the log knows it */
    } else {
        broker_coord_release(b, group);
    }
}

/* Sets the timers of all groups: each gets a first tick. */
void broker_coord_begin(struct broker *b)
{
    struct broker_coord *c = b->coord;
    size_t cursor = 0;

    coord_groups_start(&c->groups, loop_now_ms(b->role.loop));
    c->ready = true;
    for (struct coord_group *g = coord_groups_next(&c->groups, &cursor); g != NULL;
         g = coord_groups_next(&c->groups, &cursor)) {
        struct coord_event tick = {.type = COORD_TICK};
        broker_coord_step(b, g, &tick);
    }
}

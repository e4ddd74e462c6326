#include "broker_forget.h"

#include "clock.h"
#include "coord_record.h"
#include "mem.h"
#include "record_builder.h"
#include "wire_code.h"

#include <string.h>

#define ROUND_BYTES    ((size_t)1024 * 1024)
#define ROUND_LIMIT    ((size_t)2 * 1024 * 1024)
#define ROUND_COUNT    4096
#define KEY_LIMIT      ((size_t)128 * 1024)
#define OFFSETS_A_LOOK 20000 /* then others have their turn */
#define GROUP_COST     200   /* to let a group go is as much work as so many offsets */

struct place {
    struct wire_view topic; /* in the arena */
    int32_t partition;
};

/* One walk over the offsets of a group, in their order; what comes behind us while we walk
 * stays. */
struct walk {
    char *group; /* owned */
    size_t group_length;
    bool group_may_go;
    broker_forget_filter *filter;
    void (*done)(struct broker *b, void *context, int16_t error);
    void *context;
    struct arena arena;   /* of the places */
    struct place *places; /* whose tombstones are on their way */
    size_t room;
    size_t count;
    char *last_topic; /* owned; NULL: nothing was looked at yet */
    size_t last_length;
    int32_t last_partition;
};

static struct wire_view group_id(const struct walk *w)
{
    return (struct wire_view){.ptr = (const uint8_t *)w->group, .len = w->group_length};
}

static void end(struct broker *b, struct walk *w, int16_t error)
{
    struct coord_group *group = coord_groups_find(broker_coord_groups(b), group_id(w));
    struct coord_event event = {.type = w->group_may_go ? COORD_FORGET : COORD_TICK};
    struct walk ended = *w;

    if (group != NULL) {
        group->is_kept = group->is_kept || !w->group_may_go;
        broker_coord_step(
            b, group, &event); /* it may have waited for these offsets only */
    }
    mem_free(w);
    mem_free(ended.group);
    mem_free(ended.last_topic);
    arena_fini(&ended.arena);
    if (ended.done != NULL) {
        ended.done(b, ended.context, error);
    }
}

static bool remember_last(struct walk *w, const struct coord_offset *o)
{
    char *topic = mem_copy_text(o->topic, o->topic_length);

    if (topic == NULL) {
        return false;
    }
    mem_free(w->last_topic);
    w->last_topic = topic;
    w->last_length = o->topic_length;
    w->last_partition = o->partition;
    return true;
}

static const struct coord_offset *next_offset(
    const struct walk *w, const struct coord_group *group)
{
    struct wire_view last = {
        .ptr = (const uint8_t *)w->last_topic, .len = w->last_length};

    return coord_offsets_after(&group->offsets, last, w->last_partition);
}

static bool add_place(struct walk *w, const struct coord_offset *o)
{
    const char *topic = arena_copy_text(&w->arena, o->topic, o->topic_length);

    if (topic != NULL) {
        w->places[w->count++] = (struct place){
            .topic = {.ptr = (const uint8_t *)topic, .len = o->topic_length},
            .partition = o->partition};
    }
    return topic != NULL;
}

static enum err add_tombstone(
    const struct walk *w, const struct coord_offset *o, struct record_builder *builder)
{
    struct wire_view topic = {.ptr = o->topic, .len = o->topic_length};
    struct buf key;

    buf_init(&key, KEY_LIMIT);
    coord_record_encode_offset_key(&key, group_id(w), topic, o->partition);
    enum err e = buf_error(&key);
    if (e == OK) {
        record_builder_add(builder, clock_wall_ms(),
            (struct wire_view){.ptr = key.bytes, .len = key.length},
            (struct wire_view){0}, NULL, 0);
    }
    buf_fini(&key);
    return e;
}

/* The next of them, as many as one batch is to hold. */
static enum err gather(struct walk *w, const struct coord_group *group, struct buf *out)
{
    struct record_builder_options options = record_builder_plain(clock_wall_ms());
    struct record_builder builder = record_builder_begin(out, &options);
    const struct coord_offset *o;

    arena_reset(&w->arena);
    w->count = 0;
    w->room = group->offsets.count < ROUND_COUNT ? group->offsets.count : ROUND_COUNT;
    w->places = arena_alloc(&w->arena, w->room, sizeof(*w->places));
    enum err e = w->places == NULL ? ERR_NOMEM : OK;
    while (e == OK && w->count < w->room && out->length < ROUND_BYTES &&
           (o = next_offset(w, group)) != NULL) {
        if (!remember_last(w, o)) {
            e = ERR_NOMEM;
        } else if (w->filter(w->context, group, o)) {
            e = add_place(w, o) ? add_tombstone(w, o, &builder) : ERR_NOMEM;
        }
    }
    if (e != OK || w->count == 0) {
        return e;
    }
    e = record_builder_finish(&builder);
    return e == OK ? buf_error(out) : e;
}

static void go_on(struct broker *b, struct walk *w);

static void on_written(
    struct broker *b, void *context, const struct broker_store_answer *answer)
{
    struct walk *w = context;
    struct coord_group *group = coord_groups_find(broker_coord_groups(b), group_id(w));

    if (answer->error != 0) {
        end(b, w, WIRE_CODE_COORDINATOR_NOT_AVAILABLE);
        return;
    }
    for (size_t i = 0; group != NULL && i < w->count; i++) {
        coord_offsets_remove(&group->offsets, w->places[i].topic, w->places[i].partition);
    }
    go_on(b, w);
}

static void go_on(struct broker *b, struct walk *w)
{
    struct coord_group *group = coord_groups_find(broker_coord_groups(b), group_id(w));
    struct buf batch;

    if (group == NULL) {
        end(b, w, 0);
        return;
    }
    if (broker_store_is_busy(b)) {
        end(b, w, WIRE_CODE_COORDINATOR_NOT_AVAILABLE);
        return;
    }
    buf_init(&batch, ROUND_LIMIT);
    enum err e = gather(w, group, &batch);
    if (e != OK || w->count == 0) {
        end(b, w, e == OK ? 0 : WIRE_CODE_UNKNOWN_SERVER_ERROR);
    } else {
        broker_coord_append(b, group_id(w),
            (struct wire_view){.ptr = batch.bytes, .len = batch.length}, on_written, w);
    }
    buf_fini(&batch);
}

void broker_forget(struct broker *b, struct wire_view group, bool group_may_go,
    broker_forget_filter *filter,
    void (*done)(struct broker *b, void *context, int16_t error), void *context)
{
    struct walk *w = mem_alloc(1, sizeof(*w));
    char *id = mem_copy_text(group.ptr, group.len);

    if (w == NULL || id == NULL) {
        mem_free(w);
        mem_free(id);
        if (done != NULL) {
            done(b, context, WIRE_CODE_UNKNOWN_SERVER_ERROR);
        }
        return;
    }
    *w = (struct walk){.group = id,
        .group_length = group.len,
        .group_may_go = group_may_go,
        .filter = filter,
        .done = done,
        .context = context};
    arena_init(&w->arena, ROUND_LIMIT);
    go_on(b, w);
}

/* Expiry. */

static bool is_expired(
    const void *context, const struct coord_group *group, const struct coord_offset *o)
{
    const struct broker *b = context;
    struct wire_view topic = {.ptr = o->topic, .len = o->topic_length};
    int64_t since_ms =
        group->state_since_ms > o->commit_ms ? group->state_since_ms : o->commit_ms;

    if (o->writing > 0) {
        return false; /* somebody wants it */
    }
    if (meta_image_topic(&b->image, topic) == NULL) {
        return true;
    }
    return group->state == COORD_EMPTY && group->pending.count == 0 &&
           clock_wall_ms() - since_ms > b->config.offsets_retention_ms;
}

static bool has_expired(const struct broker *b, const struct coord_group *group)
{
    const struct coord_offset *o;

    for (size_t cursor = 0; (o = coord_offsets_next(&group->offsets, &cursor)) != NULL;) {
        if (is_expired(b, group, o)) {
            return true;
        }
    }
    return false;
}

/* Members left it, and there is nothing that a later one would find. */
static bool is_left(const struct coord_group *group)
{
    return group->state == COORD_EMPTY && group->offsets.count == 0 &&
           group->pending.count == 0 && (group->has_record || group->is_kept);
}

static void arm(struct broker *b, int64_t in_ms)
{
    b->forgetting.timer.context = b;
    if (loop_timer_set(b->role.loop, &b->forgetting.timer,
            loop_now_ms(b->role.loop) + in_ms) != OK) {
        log_err("no memory for a timer: old offsets stay [GRP010]");
    }
}

/* The next group is looked at when this one is done. */
static void on_expired(struct broker *b, void *context, int16_t error)
{
    (void)context;
    (void)error; /* what stays is found again */
    b->forgetting.is_walking = false;
    arm(b, 0);
}

static void look(void *context)
{
    struct broker *b = context;
    struct broker_forgetting *f = &b->forgetting;

    for (size_t looked = 0; looked < OFFSETS_A_LOOK;) {
        struct coord_group *group = coord_groups_next(broker_coord_groups(b), &f->cursor);
        if (group == NULL) {
            bool again = f->again;
            f->cursor = 0;
            f->again = false;
            f->is_round = !again;
            arm(b, again ? 0 : b->config.offsets_check_ms);
            return;
        }
        looked += 1 + group->offsets.count;
        if (has_expired(b, group)) {
            f->is_walking = true;
            broker_forget(b, coord_group_id(group), true, is_expired, on_expired, b);
            return;
        }
        if (f->is_round && is_left(group) && !broker_store_is_busy(b)) {
            looked += GROUP_COST;
            struct coord_event forget = {.type = COORD_FORGET};
            broker_coord_step(b, group, &forget);
        }
    }
    arm(b, 0);
}

void broker_forget_hurry(struct broker *b)
{
    struct broker_forgetting *f = &b->forgetting;

    if (broker_coord_error(b) != WIRE_CODE_NONE) {
        return;
    }
    f->timer.on_timer = look;
    f->again = f->cursor != 0 || f->is_walking; /* those behind us, too */
    f->is_round = false;
    if (!f->is_walking) {
        arm(b, 0);
    }
}

void broker_forget_end(struct broker *b)
{
    loop_timer_cancel(b->role.loop, &b->forgetting.timer);
}

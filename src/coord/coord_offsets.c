#include "coord_offsets.h"

#include "err.h"
#include "mem.h"

#include <string.h>

#define TEXT_MAX 32767 /* what a record can hold */

void coord_offsets_init(struct coord_offsets *offsets, size_t limit, size_t metadata_max,
    struct coord_budget *budget)
{
    *offsets = (struct coord_offsets){
        .limit = limit, .metadata_max = metadata_max, .budget = budget};
}

static size_t charge_of(const struct coord_offset *o)
{
    return sizeof(*o) + o->topic_length + o->metadata_room;
}

static void free_offset(struct coord_offsets *offsets, struct coord_offset *o)
{
    coord_budget_give(offsets->budget, charge_of(o));
    mem_free(o->topic);
    mem_free(o->metadata);
    mem_free(o);
}

void coord_offsets_fini(struct coord_offsets *offsets)
{
    for (size_t i = 0; i < offsets->count; i++) {
        free_offset(offsets, offsets->sorted[i]);
    }
    mem_free(offsets->sorted);
    offsets->sorted = NULL;
    offsets->count = 0;
}

static int compare(
    const struct coord_offset *o, struct wire_view topic, int32_t partition)
{
    size_t common = o->topic_length < topic.len ? o->topic_length : topic.len;
    int order = common == 0 ? 0 : memcmp(o->topic, topic.ptr, common);

    if (order != 0) {
        return order;
    }
    if (o->topic_length != topic.len) {
        return o->topic_length < topic.len ? -1 : 1;
    }
    return o->partition < partition ? -1 : o->partition > partition;
}

/* Where it stands, or would stand. */
static size_t find_place(
    const struct coord_offsets *offsets, struct wire_view topic, int32_t partition)
{
    size_t low = 0;
    size_t high = offsets->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(offsets->sorted[middle], topic, partition) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static struct coord_offset *find(
    const struct coord_offsets *offsets, struct wire_view topic, int32_t partition)
{
    size_t place = find_place(offsets, topic, partition);

    if (place < offsets->count &&
        compare(offsets->sorted[place], topic, partition) == 0) {
        return offsets->sorted[place];
    }
    return NULL;
}

static enum err make_room(struct coord_offsets *offsets)
{
    if (offsets->count >= offsets->limit) {
        return ERR_FULL;
    }
    if (offsets->count < offsets->capacity) {
        return OK;
    }
    size_t capacity = offsets->capacity == 0 ? 8 : offsets->capacity * 2;
    struct coord_offset **sorted =
        mem_resize(offsets->sorted, capacity, sizeof(struct coord_offset *));
    if (sorted == NULL) {
        return ERR_NOMEM;
    }
    offsets->sorted = sorted;
    offsets->capacity = capacity;
    return OK;
}

static struct coord_offset *make_offset(
    struct coord_offsets *offsets, const struct coord_commit *commit)
{
    struct coord_offset empty = {.topic_length = commit->topic.len,
        .partition = commit->partition,
        .offset = -1,
        .leader_epoch = -1};

    if (!coord_budget_take(offsets->budget, charge_of(&empty))) {
        return NULL;
    }
    struct coord_offset *o = mem_alloc(1, sizeof(*o));
    empty.topic =
        o == NULL ? NULL : (uint8_t *)mem_copy_text(commit->topic.ptr, commit->topic.len);
    if (empty.topic == NULL) {
        mem_free(o);
        coord_budget_give(offsets->budget, charge_of(&empty));
        return NULL;
    }
    *o = empty;
    return o;
}

static struct coord_offset *find_or_insert(
    struct coord_offsets *offsets, const struct coord_commit *commit)
{
    struct coord_offset *o = find(offsets, commit->topic, commit->partition);

    if (o != NULL) {
        return o;
    }
    if (make_room(offsets) != OK) {
        return NULL;
    }
    o = make_offset(offsets, commit);
    if (o == NULL) {
        return NULL;
    }
    struct coord_offset **at =
        offsets->sorted + find_place(offsets, commit->topic, commit->partition);
    memmove(at + 1, at, (size_t)(offsets->sorted + offsets->count - at) * sizeof(*at));
    *at = o;
    offsets->count++;
    return o;
}

static void take_out(struct coord_offsets *offsets, struct coord_offset *o)
{
    size_t place =
        find_place(offsets, (struct wire_view){o->topic, o->topic_length}, o->partition);

    INVARIANT(place < offsets->count && offsets->sorted[place] == o);
    offsets->count--;
    memmove(offsets->sorted + place, offsets->sorted + place + 1,
        (offsets->count - place) * sizeof(struct coord_offset *));
    free_offset(offsets, o);
}

static enum err make_metadata_room(
    struct coord_offsets *offsets, struct coord_offset *o, size_t length)
{
    if (length <= o->metadata_room) {
        return OK;
    }
    if (!coord_budget_take(offsets->budget, length - o->metadata_room)) {
        return ERR_FULL;
    }
    uint8_t *metadata = mem_resize(o->metadata, length, 1);
    if (metadata == NULL) {
        coord_budget_give(offsets->budget, length - o->metadata_room);
        return ERR_NOMEM;
    }
    o->metadata = metadata;
    o->metadata_room = length;
    return OK;
}

static void end_write(struct coord_offsets *offsets, struct coord_offset *o)
{
    if (o->writing == 0 && !o->is_committed) {
        take_out(offsets, o);
    }
}

enum coord_error coord_offsets_begin(
    struct coord_offsets *offsets, const struct coord_commit *commit)
{
    if (commit->metadata.len > offsets->metadata_max || commit->metadata.len > TEXT_MAX) {
        return COORD_ERROR_OFFSET_METADATA;
    }
    if (commit->topic.len > TEXT_MAX) {
        return COORD_ERROR_OFFSET_SIZE;
    }
    struct coord_offset *o = find_or_insert(offsets, commit);
    if (o == NULL || o->writing == UINT32_MAX) {
        return COORD_ERROR_OFFSET_SIZE;
    }
    if (make_metadata_room(offsets, o, commit->metadata.len) != OK) {
        end_write(offsets, o);
        return COORD_ERROR_OFFSET_SIZE;
    }
    o->writing++;
    return COORD_ERROR_NONE;
}

static struct coord_offset *find_writing(
    struct coord_offsets *offsets, const struct coord_commit *commit)
{
    struct coord_offset *o = find(offsets, commit->topic, commit->partition);

    INVARIANT(o != NULL && o->writing > 0);
    o->writing--;
    return o;
}

void coord_offsets_commit(
    struct coord_offsets *offsets, const struct coord_commit *commit)
{
    struct coord_offset *o = find_writing(offsets, commit);

    INVARIANT(commit->metadata.len <= o->metadata_room);
    o->is_committed = true;
    o->offset = commit->offset;
    o->leader_epoch = commit->leader_epoch;
    o->commit_ms = commit->commit_ms;
    o->metadata_length = commit->metadata.len;
    if (commit->metadata.len > 0) {
        memcpy(o->metadata, commit->metadata.ptr, commit->metadata.len);
    }
    end_write(offsets, o);
}

void coord_offsets_cancel(
    struct coord_offsets *offsets, const struct coord_commit *commit)
{
    end_write(offsets, find_writing(offsets, commit));
}

void coord_offsets_remove(
    struct coord_offsets *offsets, struct wire_view topic, int32_t partition)
{
    struct coord_offset *o = find(offsets, topic, partition);

    if (o != NULL) {
        o->is_committed = false;
        end_write(offsets, o);
    }
}

const struct coord_offset *coord_offsets_get(
    const struct coord_offsets *offsets, struct wire_view topic, int32_t partition)
{
    const struct coord_offset *o = find(offsets, topic, partition);

    return o != NULL && o->is_committed ? o : NULL;
}

const struct coord_offset *coord_offsets_next(
    const struct coord_offsets *offsets, size_t *cursor)
{
    while (*cursor < offsets->count) {
        const struct coord_offset *o = offsets->sorted[(*cursor)++];
        if (o->is_committed) {
            return o;
        }
    }
    return NULL;
}

const struct coord_offset *coord_offsets_after(
    const struct coord_offsets *offsets, struct wire_view topic, int32_t partition)
{
    size_t cursor = topic.ptr == NULL ? 0 : find_place(offsets, topic, partition);

    if (topic.ptr != NULL && cursor < offsets->count &&
        compare(offsets->sorted[cursor], topic, partition) == 0) {
        cursor++;
    }
    return coord_offsets_next(offsets, &cursor);
}

bool coord_offsets_are_above(const struct coord_offsets *offsets)
{
    bool above = offsets->count > offsets->limit;

    for (size_t i = 0; !above && i < offsets->count; i++) {
        above = offsets->sorted[i]->metadata_length > offsets->metadata_max;
    }
    return above;
}

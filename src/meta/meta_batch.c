#include "meta_batch.h"

#include "mem.h"

void meta_batch_init(struct meta_batch *batch, size_t limit)
{
    *batch = (struct meta_batch){.error = OK};
    buf_init(&batch->bytes, limit);
}

void meta_batch_fini(struct meta_batch *batch)
{
    buf_fini(&batch->bytes);
    mem_free(batch->ends);
    batch->ends = NULL;
    batch->count = 0;
    batch->capacity = 0;
}

void meta_batch_reset(struct meta_batch *batch)
{
    buf_reset(&batch->bytes);
    batch->count = 0;
    batch->error = OK;
}

static enum err make_room(struct meta_batch *batch)
{
    if (batch->count < batch->capacity) {
        return OK;
    }
    size_t capacity = batch->capacity == 0 ? 16 : batch->capacity * 2;
    size_t *ends = mem_resize(batch->ends, capacity, sizeof(*ends));
    if (ends == NULL) {
        return ERR_NOMEM;
    }
    batch->ends = ends;
    batch->capacity = capacity;
    return OK;
}

void meta_batch_add(struct meta_batch *batch, const struct meta_record *record)
{
    if (batch->error == OK) {
        batch->error = make_room(batch);
    }
    if (batch->error != OK) {
        return;
    }
    meta_record_encode(&batch->bytes, record);
    batch->ends[batch->count++] = batch->bytes.length;
}

enum err meta_batch_error(const struct meta_batch *batch)
{
    return batch->error != OK ? batch->error : buf_error(&batch->bytes);
}

struct wire_view meta_batch_value(const struct meta_batch *batch, size_t i)
{
    INVARIANT(i < batch->count);
    size_t start = i == 0 ? 0 : batch->ends[i - 1];

    return (struct wire_view){batch->bytes.bytes + start, batch->ends[i] - start};
}

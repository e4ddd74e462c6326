#include "ipc_words.h"

#include <string.h>

void ipc_fetch_entry_add(struct buf *out, const struct ipc_fetch_entry *entry)
{
    buf_add(out, &entry->handle, sizeof(entry->handle));
    buf_add(out, &entry->offset, sizeof(entry->offset));
    buf_add(out, &entry->max_bytes, sizeof(entry->max_bytes));
    buf_add(out, &entry->leader_epoch, sizeof(entry->leader_epoch));
    buf_add(out, &entry->last_fetched_epoch, sizeof(entry->last_fetched_epoch));
}

struct ipc_fetch_entry ipc_fetch_entry_at(struct ipc_view view, size_t index)
{
    struct ipc_fetch_entry entry;
    const uint8_t *p = view.ptr + index * FETCH_ENTRY_BYTES;

    memcpy(&entry.handle, p, 8);
    memcpy(&entry.offset, p + 8, 8);
    memcpy(&entry.max_bytes, p + 16, 4);
    memcpy(&entry.leader_epoch, p + 20, 4);
    memcpy(&entry.last_fetched_epoch, p + 24, 4);
    return entry;
}

void ipc_producer_add(struct buf *out, const struct ipc_producer *producer)
{
    buf_add(out, &producer->id, sizeof(producer->id));
    buf_add(out, &producer->last_timestamp, sizeof(producer->last_timestamp));
    buf_add(out, &producer->last_sequence, sizeof(producer->last_sequence));
    buf_add(out, &producer->epoch, sizeof(producer->epoch));
}

struct ipc_producer ipc_producer_at(struct ipc_view view, size_t index)
{
    struct ipc_producer producer;
    const uint8_t *p = view.ptr + index * IPC_PRODUCER_BYTES;

    memcpy(&producer.id, p, 8);
    memcpy(&producer.last_timestamp, p + 8, 8);
    memcpy(&producer.last_sequence, p + 16, 4);
    memcpy(&producer.epoch, p + 20, 2);
    return producer;
}

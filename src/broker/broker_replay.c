#include "broker_replay.h"

#include "broker.h"
#include "broker_setting.h"
#include "log.h"
#include "mem.h"
#include "record_batch.h"
#include "record_reader.h"

#include <string.h>

#define READ_BYTES (1024u * 1024)

struct replay {
    struct broker_partition at;
    int64_t next;
    int64_t end;
    broker_replay_record *record;
    broker_replay_done *done;
    void *context;
};

static void finish(struct broker *b, struct replay *r, enum err why)
{
    struct replay ended = *r;

    mem_free(r);
    ended.done(b, ended.context, why);
}

/* The records of one batch; control batches hold nothing for us. */
static enum err take_batch(struct broker *b, struct replay *r, const uint8_t *bytes,
    size_t size, const struct record_batch_header *h)
{
    struct record_reader reader;
    struct record record;

    if (record_batch_codec(h) != RECORD_CODEC_NONE) {
        return ERR_CORRUPT; /* only we write here, and we do not compress */
    }
    if (record_batch_has(h, RECORD_ATTRIBUTE_CONTROL)) {
        return OK;
    }
    reader = record_reader_init(bytes + RECORD_BATCH_HEADER_SIZE,
        size - RECORD_BATCH_HEADER_SIZE, h->record_count);
    while (record_reader_next(&reader, &record)) {
        enum err e = r->record(b, r->context, record.key, record.value);
        if (e != OK) {
            return e;
        }
    }
    return record_reader_finish(&reader) == RECORD_OK ? OK : ERR_CORRUPT;
}

static enum err take_batches(struct broker *b, struct replay *r, struct wire_view bytes)
{
    while (bytes.len > 0) {
        struct record_batch_header h;
        if (record_batch_read(bytes.ptr, bytes.len, &h) != RECORD_OK ||
            h.last_offset_delta < 0 || record_batch_last_offset(&h) < r->next) {
            return ERR_CORRUPT;
        }
        size_t size = record_batch_size(&h);
        enum err e = take_batch(b, r, bytes.ptr, size, &h);
        if (e != OK) {
            return e;
        }
        r->next = record_batch_last_offset(&h) + 1;
        bytes.ptr += size;
        bytes.len -= size;
    }
    return OK;
}

static void on_data(
    struct broker *b, void *context, const struct broker_store_answer *answer)
{
    struct replay *r = context;
    int64_t before = r->next;

    if (answer->error != 0) {
        finish(b, r, ERR_IO);
        return;
    }
    enum err e = take_batches(b, r, answer->records);
    if (e == OK && r->next == before && r->next < r->end) {
        e = ERR_CORRUPT; /* nothing came though there is more */
    }
    if (e != OK || r->next >= r->end) {
        finish(b, r, e);
        return;
    }
    broker_store_read(b, &r->at, r->next, READ_BYTES, on_data, r);
}

static void on_opened(
    struct broker *b, void *context, const struct broker_store_answer *answer)
{
    struct replay *r = context;

    if (answer->error != 0) {
        finish(b, r, ERR_IO);
        return;
    }
    r->next = answer->log_start_offset;
    r->end = answer->log_end_offset;
    if (r->next >= r->end) {
        finish(b, r, OK);
        return;
    }
    broker_store_read(b, &r->at, r->next, READ_BYTES, on_data, r);
}

void broker_replay(struct broker *b, const struct broker_partition *at, const char *topic,
    int32_t leader_epoch, bool create, broker_replay_record *record,
    broker_replay_done *done, void *context)
{
    struct replay *r = mem_alloc(1, sizeof(*r));

    if (r == NULL) {
        done(b, context, ERR_NOMEM);
        return;
    }
    *r = (struct replay){.at = *at, .record = record, .done = done, .context = context};
    struct broker_log log = broker_kept_log(b, meta_view(topic), leader_epoch);
    broker_store_open(
        b, at, &log, create ? BROKER_OPEN_OR_CREATE : BROKER_OPEN_EXISTING, on_opened, r);
}

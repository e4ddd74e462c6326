/*
 * log_index - the two index files of a segment, in Apache Kafka's form.
 *
 *   offset index   relative offset int32 (last of a batch), position int32 of that batch
 *   time index     timestamp int64 (greatest so far), relative offset int32 of its batch
 *
 * Both are lists of (key, value) in which keys rise strictly and values never fall. An
 * index only makes reading faster: everything in it follows from the log, so it is
 * checked against the log when a segment is opened, never synced, and rebuilt when it is
 * wrong.
 *
 * Ownership: an index owns its descriptor until log_index_close().
 */
#ifndef LOG_INDEX_H
#define LOG_INDEX_H

#include "buf.h"
#include "err.h"
#include "log_fs.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_index_kind { LOG_INDEX_OFFSET, LOG_INDEX_TIME };

struct log_index_entry {
    int64_t key;
    int32_t value;
};

struct log_index {
    const struct log_fs *fs; /* borrowed */
    enum log_index_kind kind;
    int fd;                      /* -1: there is none; every search then finds nothing */
    int64_t count;               /* of entries */
    struct log_index_entry last; /* where count > 0 */
};

size_t log_index_entry_size(enum log_index_kind kind);
/* Bytes of its file. */
int64_t log_index_size(const struct log_index *index);
struct log_index_entry log_index_decode(enum log_index_kind kind, const uint8_t *bytes);
void log_index_encode(
    enum log_index_kind kind, struct log_index_entry entry, struct buf *out);

/* An index without a file. */
struct log_index log_index_none(const struct log_fs *fs, enum log_index_kind kind);
/* Takes the open file, which holds count good entries. */
enum err log_index_attach(struct log_index *index, int fd, int64_t count) MUST_CHECK;
void log_index_close(struct log_index *index);

/*
 * Adds an entry whose key lies above the last one; otherwise does nothing. A failed write
 * is not an error: the index then lacks an entry.
 */
void log_index_append(struct log_index *index, struct log_index_entry entry);

/* The last entry whose key (or value) is at most that; false where there is none or on
 * I/O error. */
bool log_index_floor_key(
    const struct log_index *index, int64_t key, struct log_index_entry *out);
bool log_index_floor_value(
    const struct log_index *index, int64_t value, struct log_index_entry *out);

/*
 * A file's content, compared with the log while that is walked: log_index_check_step()
 * for each thing that an entry may say, in order.
 */
struct log_index_check {
    enum log_index_kind kind;
    const uint8_t *bytes; /* borrowed: the file's content */
    size_t count;         /* whole entries */
    size_t next;          /* first entry that is not yet found in the log */
    bool damaged;         /* an entry contradicts the log */
};

struct log_index_check log_index_check_init(
    enum log_index_kind kind, const uint8_t *bytes, size_t len);
void log_index_check_step(struct log_index_check *c, struct log_index_entry truth);

#endif

#include "log_epochs.h"

#include "buf.h"
#include "mem.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#define FILE_SIZE_MAX ((size_t)1 << 20)
#define FILE_VERSION  0

void log_epochs_fini(struct log_epochs *e)
{
    mem_free(e->entries);
    *e = (struct log_epochs){0};
}

int32_t log_epochs_latest(const struct log_epochs *e)
{
    return e->count > 0 ? e->entries[e->count - 1].epoch : -1;
}

int32_t log_epochs_at(const struct log_epochs *e, int64_t offset)
{
    for (size_t i = e->count; i > 0; i--) {
        if (e->entries[i - 1].start_offset <= offset) {
            return e->entries[i - 1].epoch;
        }
    }
    return -1;
}

struct log_epoch log_epochs_end_of(
    const struct log_epochs *e, int32_t asked, int32_t current, int64_t end_offset)
{
    struct log_epoch none = {.epoch = -1, .start_offset = -1};
    struct log_epoch found = {.epoch = asked, .start_offset = end_offset};
    size_t above = 0;

    if (asked == LOG_EPOCH_NONE || asked > current) {
        return none;
    }
    while (above < e->count && e->entries[above].epoch <= asked) {
        above++;
    }
    if (asked < current && above > 0) {
        found.epoch = e->entries[above - 1].epoch;
    }
    if (above < e->count) {
        found.start_offset = e->entries[above].start_offset;
    }
    return found;
}

enum err log_epochs_note(
    struct log_epochs *e, int32_t epoch, int64_t offset, bool *added_out)
{
    *added_out = false;
    if (epoch <= log_epochs_latest(e)) {
        return OK;
    }
    if (e->count == e->capacity) {
        size_t capacity = e->capacity > 0 ? e->capacity * 2 : 4;
        struct log_epoch *entries = mem_resize(e->entries, capacity, sizeof(*entries));
        if (entries == NULL) {
            return ERR_NOMEM;
        }
        e->entries = entries;
        e->capacity = capacity;
    }
    e->entries[e->count++] = (struct log_epoch){.epoch = epoch, .start_offset = offset};
    *added_out = true;
    return OK;
}

void log_epochs_undo(struct log_epochs *e)
{
    INVARIANT(e->count > 0);
    e->count--;
}

static void write_text(const struct log_epochs *e, struct buf *out)
{
    buf_add_format(out, "%d\n%zu\n", FILE_VERSION, e->count);
    for (size_t i = 0; i < e->count; i++) {
        buf_add_format(out, "%" PRId32 " %" PRId64 "\n", e->entries[i].epoch,
            e->entries[i].start_offset);
    }
}

bool log_epochs_trim(struct log_epochs *e, int64_t start_offset)
{
    size_t gone = 0;
    bool changed;

    while (gone + 1 < e->count && e->entries[gone + 1].start_offset <= start_offset) {
        gone++;
    }
    changed = gone > 0;
    e->count -= gone;
    if (gone > 0) {
        memmove(e->entries, e->entries + gone, e->count * sizeof(e->entries[0]));
    }
    if (e->count > 0 && e->entries[0].start_offset < start_offset) {
        e->entries[0].start_offset = start_offset;
        changed = true;
    }
    return changed;
}

enum err log_epochs_store(const struct log_epochs *e, const struct log_fs *fs, int dir)
{
    struct buf text;

    buf_init(&text, FILE_SIZE_MAX);
    write_text(e, &text);
    enum err error = buf_error(&text);
    if (error == OK) {
        error = log_fs_replace(fs, dir, LOG_EPOCHS_FILE, text.bytes, text.length);
    }
    buf_fini(&text);
    return error;
}

/* Takes one line of decimal numbers off the text. */
static bool take_line(struct buf *text, int64_t *numbers, size_t count)
{
    uint8_t *end = text->length > 0 ? memchr(text->bytes, '\n', text->length) : NULL;

    if (end == NULL) {
        return false;
    }
    const char *at = (const char *)text->bytes;
    for (size_t i = 0; i < count; i++) {
        size_t left = (size_t)((const char *)end - at);
        const char *space = i + 1 < count ? memchr(at, ' ', left) : at + left;
        if (space == NULL ||
            text_to_i64(at, (size_t)(space - at), 0, INT64_MAX, &numbers[i]) != OK) {
            return false;
        }
        at = space + (i + 1 < count ? 1 : 0);
    }
    buf_consume(text, (size_t)(end + 1 - text->bytes));
    return true;
}

static bool is_checkpoint(struct buf *text)
{
    int64_t version;
    int64_t count;

    if (!take_line(text, &version, 1) || version != FILE_VERSION ||
        !take_line(text, &count, 1)) {
        return false;
    }
    for (int64_t i = 0; i < count; i++) {
        int64_t entry[2];
        if (!take_line(text, entry, 2) || entry[0] > INT32_MAX) {
            return false;
        }
    }
    return text->length == 0;
}

static enum log_epochs_state judge(const struct log_epochs *e, struct buf *text)
{
    struct buf wanted;

    buf_init(&wanted, FILE_SIZE_MAX);
    write_text(e, &wanted);
    bool same = buf_error(&wanted) == OK && wanted.length == text->length &&
                memcmp(wanted.bytes, text->bytes, text->length) == 0;
    buf_fini(&wanted);
    if (same) {
        return LOG_EPOCHS_SAME;
    }
    return is_checkpoint(text) ? LOG_EPOCHS_STALE : LOG_EPOCHS_DAMAGED;
}

enum err log_epochs_compare(const struct log_epochs *e, const struct log_fs *fs, int dir,
    enum log_epochs_state *out)
{
    struct buf text;
    int64_t size = 0;
    enum err error = OK;
    int fd = fs->ops->open(fs->context, dir, LOG_EPOCHS_FILE, O_RDONLY);

    if (fd == -ENOENT) {
        *out = LOG_EPOCHS_STALE;
        return OK;
    }
    if (fd < 0) {
        return ERR_IO;
    }
    buf_init(&text, FILE_SIZE_MAX);
    *out = LOG_EPOCHS_DAMAGED;
    if (fs->ops->size(fs->context, fd, &size) != 0) {
        error = ERR_IO;
    } else if (size <= (int64_t)FILE_SIZE_MAX) {
        uint8_t *room = buf_reserve(&text, (size_t)size);
        error =
            room == NULL ? buf_error(&text) : log_fs_read(fs, fd, room, (size_t)size, 0);
        if (error == OK) {
            buf_grew(&text, (size_t)size);
            *out = judge(e, &text);
        }
    }
    fs->ops->close(fs->context, fd);
    buf_fini(&text);
    return error;
}

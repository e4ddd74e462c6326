#include "log_identity.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

#define PREFIX      "version: 0\ntopic_id: "
#define PREFIX_SIZE (sizeof(PREFIX) - 1)
#define ID_SIZE     22
#define TEXT_SIZE   (PREFIX_SIZE + ID_SIZE + 1)

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* 16 bytes are 21 characters of six bits and one of two. */
static void write_text(struct wire_uuid id, char out[TEXT_SIZE])
{
    memcpy(out, PREFIX, PREFIX_SIZE);
    for (size_t i = 0; i < ID_SIZE; i++) {
        size_t bit = i * 6;
        unsigned high = id.bytes[bit / 8];
        unsigned low = bit / 8 + 1 < sizeof(id.bytes) ? id.bytes[bit / 8 + 1] : 0;
        unsigned both = high << 8 | low;
        out[PREFIX_SIZE + i] = alphabet[(both >> (10 - bit % 8)) & 0x3f];
    }
    out[TEXT_SIZE - 1] = '\n';
}

/* The right shape, whatever the id. Kafka's own writer may leave out the last newline. */
static bool is_identity(const char *text, size_t len)
{
    if (len < TEXT_SIZE - 1 || len > TEXT_SIZE ||
        memcmp(text, PREFIX, PREFIX_SIZE) != 0) {
        return false;
    }
    for (size_t i = 0; i < ID_SIZE; i++) {
        char c = text[PREFIX_SIZE + i];
        if (c == '\0' || strchr(alphabet, c) == NULL) {
            return false;
        }
    }
    return len == TEXT_SIZE - 1 || text[TEXT_SIZE - 1] == '\n';
}

enum err log_identity_compare(const struct log_fs *fs, int dir, struct wire_uuid topic_id,
    enum log_identity_state *out)
{
    char wanted[TEXT_SIZE];
    char found[TEXT_SIZE] = {0};
    int64_t size = 0;
    int fd = fs->ops->open(fs->context, dir, LOG_IDENTITY_FILE, O_RDONLY);

    if (fd == -ENOENT) {
        *out = LOG_IDENTITY_MISSING;
        return OK;
    }
    if (fd < 0) {
        return ERR_IO;
    }
    bool good = fs->ops->size(fs->context, fd, &size) == 0;
    size_t len = size <= (int64_t)TEXT_SIZE ? (size_t)size : 0;
    good = good && log_fs_read(fs, fd, found, len, 0) == OK;
    fs->ops->close(fs->context, fd);
    if (!good) {
        return ERR_IO;
    }
    write_text(topic_id, wanted);
    if (!is_identity(found, len)) {
        *out = LOG_IDENTITY_DAMAGED;
    } else {
        bool same = memcmp(found, wanted, TEXT_SIZE - 1) == 0;
        *out = same ? LOG_IDENTITY_SAME : LOG_IDENTITY_OTHER;
    }
    return OK;
}

enum err log_identity_store(const struct log_fs *fs, int dir, struct wire_uuid topic_id)
{
    char text[TEXT_SIZE];

    write_text(topic_id, text);
    return log_fs_replace(fs, dir, LOG_IDENTITY_FILE, text, sizeof(text));
}

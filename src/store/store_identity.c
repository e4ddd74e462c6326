#include "store_identity.h"

#include "rand.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define FILE_MAX    4096
#define UUID_DIGITS 22
#define CLEAN_TEXT  "{\"version\":0,\"brokerEpoch\":-1}"

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* 16 bytes are 21 digits of six bits and one of two. */
static void write_uuid(const struct ipc_uuid *id, char out[UUID_DIGITS + 1])
{
    for (size_t i = 0; i < UUID_DIGITS; i++) {
        size_t bit = i * 6;
        unsigned low = bit / 8 + 1 < sizeof(id->bytes) ? id->bytes[bit / 8 + 1] : 0;
        unsigned both = (unsigned)id->bytes[bit / 8] << 8 | low;
        out[i] = alphabet[(both >> (10 - bit % 8)) & 0x3f];
    }
    out[UUID_DIGITS] = '\0';
}

static enum err read_uuid(struct ipc_view text, struct ipc_uuid *out)
{
    struct ipc_uuid id = {{0}};

    if (text.len != UUID_DIGITS) {
        return ERR_CORRUPT;
    }
    for (size_t i = 0; i < text.len; i++) {
        const char *at = memchr(alphabet, text.ptr[i], sizeof(alphabet) - 1);
        if (at == NULL) {
            return ERR_CORRUPT;
        }
        unsigned value = (unsigned)(at - alphabet);
        for (unsigned b = 0; b < 6; b++) {
            size_t bit = i * 6 + b;
            unsigned set = (value >> (5 - b)) & 1;
            if (bit < 128) {
                id.bytes[bit / 8] |= (uint8_t)(set << (7 - bit % 8));
            } else if (set != 0) {
                return ERR_CORRUPT;
            }
        }
    }
    *out = id;
    return OK;
}

/* A random one (version 4) whose text does not begin with a dash, as Kafka's tools want.
 */
static void make_uuid(struct ipc_uuid *out, char text[UUID_DIGITS + 1])
{
    do {
        rand_bytes(out->bytes, sizeof(out->bytes));
        out->bytes[6] = (uint8_t)((out->bytes[6] & 0x0f) | 0x40);
        out->bytes[8] = (uint8_t)((out->bytes[8] & 0x3f) | 0x80);
        write_uuid(out, text);
    } while (text[0] == '-');
}

struct properties {
    struct ipc_view version;
    struct ipc_view node;
    struct ipc_view cluster;
    struct ipc_view directory;
};

static struct ipc_view trim(const char *from, const char *to)
{
    while (from < to && (*from == ' ' || *from == '\t')) {
        from++;
    }
    while (from < to && (to[-1] == ' ' || to[-1] == '\t' || to[-1] == '\r')) {
        to--;
    }
    return (struct ipc_view){.ptr = (const uint8_t *)from, .len = (size_t)(to - from)};
}

static void take_line(struct properties *p, const char *from, const char *to)
{
    const char *equals = memchr(from, '=', (size_t)(to - from));

    if (equals == NULL || from[0] == '#' || from[0] == '!') {
        return;
    }
    struct ipc_view key = trim(from, equals);
    struct ipc_view value = trim(equals + 1, to);
    struct ipc_view *slot = ipc_view_equals(key, "version")        ? &p->version
                            : ipc_view_equals(key, "node.id")      ? &p->node
                            : ipc_view_equals(key, "cluster.id")   ? &p->cluster
                            : ipc_view_equals(key, "directory.id") ? &p->directory
                                                                   : NULL;
    if (slot != NULL) {
        *slot = value;
    }
}

static struct properties parse(const char *text, size_t len)
{
    struct properties p = {0};
    const char *end = text + len;

    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *to = newline == NULL ? end : newline;
        take_line(&p, text, to);
        text = to + 1;
    }
    return p;
}

static bool is_cluster_id(struct ipc_view id)
{
    if (id.len == 0 || id.len > STORE_CLUSTER_MAX) {
        return false;
    }
    for (size_t i = 0; i < id.len; i++) {
        if (memchr(alphabet, id.ptr[i], sizeof(alphabet) - 1) == NULL) {
            return false;
        }
    }
    return true;
}

static enum err say(char *why, size_t size, enum err e, const char *text)
{
    (void)snprintf(why, size, "the data directory's " STORE_IDENTITY_FILE " %s", text);
    return e;
}

static enum err store_file(const struct log_fs *fs, int dir, uint32_t node_id,
    const struct store_identity *id, char *why, size_t why_size)
{
    char directory[UUID_DIGITS + 1];
    char text[512];

    write_uuid(&id->directory, directory);
    int n = snprintf(text, sizeof(text),
        "cluster.id=%s\ndirectory.id=%s\nnode.id=%u\nversion=1\n", id->cluster_id,
        directory, (unsigned)node_id);
    INVARIANT(n > 0 && (size_t)n < sizeof(text));
    if (log_fs_replace(fs, dir, STORE_IDENTITY_FILE, text, (size_t)n) != OK) {
        return say(why, why_size, ERR_IO, "can not be written");
    }
    return OK;
}

static enum err check(const struct properties *p, struct ipc_view cluster_id,
    uint32_t node_id, struct store_identity *out, char *why, size_t why_size)
{
    int64_t node = 0;

    if (!ipc_view_equals(p->version, "1")) {
        return say(why, why_size, ERR_CORRUPT, "is not of version 1");
    }
    if (text_to_i64((const char *)p->node.ptr, p->node.len, 0, INT32_MAX, &node) != OK ||
        !is_cluster_id(p->cluster) ||
        (p->directory.len > 0 && read_uuid(p->directory, &out->directory) != OK)) {
        return say(why, why_size, ERR_CORRUPT, "is damaged");
    }
    if (node != (int64_t)node_id) {
        return say(why, why_size, ERR_DENIED, "belongs to another node.id");
    }
    if (cluster_id.len > 0 &&
        (cluster_id.len != p->cluster.len ||
            memcmp(cluster_id.ptr, p->cluster.ptr, cluster_id.len) != 0)) {
        return say(why, why_size, ERR_DENIED,
            "belongs to another cluster than the configured cluster.id");
    }
    memcpy(out->cluster_id, p->cluster.ptr, p->cluster.len);
    out->cluster_id[p->cluster.len] = '\0';
    return OK;
}

/* The whole small file. ERR_NOT_FOUND where there is none. */
static enum err read_file(
    const struct log_fs *fs, int dir, char text[FILE_MAX], size_t *out)
{
    int64_t size = 0;
    int fd = fs->ops->open(fs->context, dir, STORE_IDENTITY_FILE, O_RDONLY);

    if (fd < 0) {
        return fd == -ENOENT ? ERR_NOT_FOUND : ERR_IO;
    }
    enum err e = fs->ops->size(fs->context, fd, &size) == 0 ? OK : ERR_IO;
    if (e == OK && size > FILE_MAX) {
        e = ERR_CORRUPT;
    }
    if (e == OK) {
        e = log_fs_read(fs, fd, text, (size_t)size, 0);
        *out = (size_t)size;
    }
    fs->ops->close(fs->context, fd);
    return e;
}

static enum err make(const struct log_fs *fs, int dir, struct ipc_view cluster_id,
    uint32_t node_id, struct store_identity *out, char *why, size_t why_size)
{
    char text[UUID_DIGITS + 1];
    struct ipc_uuid cluster;

    if (cluster_id.len > 0 && !is_cluster_id(cluster_id)) {
        (void)snprintf(why, why_size,
            "cluster.id is not made of letters, digits, '-' "
            "and '_'");
        return ERR_INVALID;
    }
    make_uuid(&out->directory, text);
    make_uuid(&cluster, text);
    struct ipc_view id = cluster_id.len > 0 ? cluster_id : ipc_text(text);
    memcpy(out->cluster_id, id.ptr, id.len);
    out->cluster_id[id.len] = '\0';
    return store_file(fs, dir, node_id, out, why, why_size);
}

enum err store_identity_load(const struct log_fs *fs, int dir, struct ipc_view cluster_id,
    uint32_t node_id, struct store_identity *out, char *why, size_t why_size)
{
    char text[FILE_MAX];
    size_t len = 0;
    struct store_identity id = {0};
    enum err e = read_file(fs, dir, text, &len);

    if (e == ERR_NOT_FOUND) {
        e = make(fs, dir, cluster_id, node_id, &id, why, why_size);
        id.is_new = true;
    } else if (e != OK) {
        return say(why, why_size, e, "can not be read");
    } else {
        struct properties p = parse(text, len);
        e = check(&p, cluster_id, node_id, &id, why, why_size);
        if (e == OK && p.directory.len == 0) {
            char digits[UUID_DIGITS + 1];
            make_uuid(&id.directory, digits);
            e = store_file(fs, dir, node_id, &id, why, why_size);
        }
    }
    if (e == OK) {
        *out = id;
    }
    return e;
}

enum err store_identity_take_clean(const struct log_fs *fs, int dir, bool *out)
{
    int gone = fs->ops->unlink(fs->context, dir, STORE_CLEAN_FILE);

    if (gone != 0 && gone != -ENOENT) {
        return ERR_IO;
    }
    *out = gone == 0;
    return gone == 0 && fs->ops->sync_dir(fs->context, dir) != 0 ? ERR_IO : OK;
}

enum err store_identity_mark_clean(const struct log_fs *fs, int dir)
{
    return log_fs_replace(fs, dir, STORE_CLEAN_FILE, CLEAN_TEXT, sizeof(CLEAN_TEXT) - 1);
}

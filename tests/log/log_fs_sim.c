#include "log_fs_sim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define FD_BASE 100
#define SECTOR  512

static uint64_t draw(struct sim *s)
{
    s->seed ^= s->seed << 13;
    s->seed ^= s->seed >> 7;
    s->seed ^= s->seed << 17;
    return s->seed;
}

void sim_init(struct sim *s, uint64_t seed)
{
    memset(s, 0, sizeof(*s));
    s->seed = seed * 2654435761u + 88172645463325252u;
    s->fail_after = -1;
    s->space = SIZE_MAX;
}

static void forget(struct sim_file *f)
{
    free(f->now);
    free(f->durable);
    memset(f, 0, sizeof(*f));
}

void sim_fini(struct sim *s)
{
    for (size_t i = 0; i < SIM_FILES; i++) {
        forget(&s->files[i]);
    }
}

static void assign(uint8_t **to, size_t *to_len, const uint8_t *bytes, size_t len)
{
    uint8_t *copy = calloc(len + 1, 1);

    if (copy == NULL) {
        abort();
    }
    if (len > 0) {
        memcpy(copy, bytes, len);
    }
    free(*to);
    *to = copy;
    *to_len = len;
}

static int resize(struct sim_file *f, size_t len)
{
    uint8_t *bytes = realloc(f->now, len + 1);

    if (bytes == NULL) {
        abort();
    }
    if (len > f->now_len) {
        memset(bytes + f->now_len, 0, len - f->now_len);
    }
    f->now = bytes;
    f->now_len = len;
    return 0;
}

struct sim_file *sim_find(struct sim *s, const char *name)
{
    for (size_t i = 0; i < SIM_FILES; i++) {
        if (s->files[i].used && strcmp(s->files[i].name, name) == 0) {
            return &s->files[i];
        }
    }
    return NULL;
}

static bool is_open(const struct sim *s, const struct sim_file *f)
{
    for (size_t i = 0; i < SIM_FDS; i++) {
        if (s->fds[i] == (int)(f - s->files) + 1) {
            return true;
        }
    }
    return false;
}

static struct sim_file *create(struct sim *s, const char *name)
{
    for (size_t i = 0; i < SIM_FILES; i++) { /* what is gone everywhere gives its place */
        struct sim_file *f = &s->files[i];
        if (f->name[0] == '\0' && f->durable_name[0] == '\0' && !is_open(s, f)) {
            forget(f);
        }
    }
    for (size_t i = 0; i < SIM_FILES; i++) {
        struct sim_file *f = &s->files[i];
        if (!f->used && strlen(name) < SIM_NAME) {
            f->used = true;
            strcpy(f->name, name);
            assign(&f->now, &f->now_len, NULL, 0);
            assign(&f->durable, &f->durable_len, NULL, 0);
            return f;
        }
    }
    return NULL;
}

void sim_put(struct sim *s, const char *name, const void *bytes, size_t len)
{
    struct sim_file *f = sim_find(s, name);

    f = f != NULL ? f : create(s, name);
    if (f == NULL) {
        abort();
    }
    strcpy(f->durable_name, name);
    uint8_t *copy = NULL; /* bytes may be the file's own */
    assign(&copy, &f->now_len, bytes, len);
    free(f->now);
    f->now = copy;
    assign(&f->durable, &f->durable_len, f->now, len);
}

size_t sim_open_descriptors(const struct sim *s)
{
    size_t count = 0;

    for (size_t i = 0; i < SIM_FDS; i++) {
        count += s->fds[i] != 0 ? 1 : 0;
    }
    return count;
}

/* Each changing call asks first. */
static int may_fail(struct sim *s)
{
    if (s->fail_after < 0) {
        return 0;
    }
    if (s->fail_after > 0) {
        s->fail_after--;
        return 0;
    }
    s->fail_after = s->fail_forever ? 0 : -1;
    return -s->fail_errno;
}

static struct sim_file *file_of(struct sim *s, int fd)
{
    int slot = fd - FD_BASE;

    if (slot < 0 || slot >= SIM_FDS || s->fds[slot] == 0) {
        abort(); /* the code under test used a closed descriptor */
    }
    return &s->files[s->fds[slot] - 1];
}

static int sim_open(void *context, int dir, const char *name, int flags)
{
    struct sim *s = context;
    struct sim_file *f = sim_find(s, name);

    if (dir != SIM_DIR || strchr(name, '/') != NULL) {
        return -EINVAL;
    }
    if (f != NULL && (flags & O_EXCL) != 0) {
        return -EEXIST;
    }
    if (f == NULL && (flags & O_CREAT) == 0) {
        return -ENOENT;
    }
    int error = f == NULL || (flags & O_TRUNC) != 0 ? may_fail(s) : 0;
    if (error != 0) {
        return error;
    }
    f = f != NULL ? f : create(s, name);
    if (f == NULL) {
        return -ENOSPC;
    }
    if ((flags & O_TRUNC) != 0) {
        resize(f, 0);
    }
    for (int i = 0; i < SIM_FDS; i++) {
        if (s->fds[i] == 0) {
            s->fds[i] = (int)(f - s->files) + 1;
            return FD_BASE + i;
        }
    }
    return -EMFILE;
}

static void sim_close(void *context, int fd)
{
    struct sim *s = context;

    (void)file_of(s, fd);
    s->fds[fd - FD_BASE] = 0;
}

static ssize_t sim_pread(void *context, int fd, void *bytes, size_t len, int64_t position)
{
    const struct sim_file *f = file_of(context, fd);

    if (position < 0 || (uint64_t)position >= f->now_len) {
        return 0;
    }
    size_t left = f->now_len - (size_t)position;
    size_t n = len < left ? len : left;
    memcpy(bytes, f->now + position, n);
    return (ssize_t)n;
}

static ssize_t sim_pwrite(
    void *context, int fd, const void *bytes, size_t len, int64_t position)
{
    struct sim *s = context;
    struct sim_file *f = file_of(s, fd);
    int error = may_fail(s);

    if (error != 0) {
        return error;
    }
    if (len > 0 && s->space == 0) {
        return -ENOSPC;
    }
    size_t n = len < s->space ? len : s->space;
    size_t end = (size_t)position + n;
    if (end > f->now_len) {
        resize(f, end);
    }
    memcpy(f->now + position, bytes, n);
    s->space -= s->space == SIZE_MAX ? 0 : n;
    return (ssize_t)n;
}

static int sim_fdatasync(void *context, int fd)
{
    struct sim *s = context;
    struct sim_file *f = file_of(s, fd);
    int error = may_fail(s);

    s->syncs++;
    if (error == 0 && !s->ignore_sync) {
        assign(&f->durable, &f->durable_len, f->now, f->now_len);
    }
    return error;
}

static int sim_sync_dir(void *context, int dir)
{
    struct sim *s = context;
    int error = may_fail(s);

    if (dir != SIM_DIR) {
        abort();
    }
    for (size_t i = 0; error == 0 && !s->ignore_sync && i < SIM_FILES; i++) {
        struct sim_file *f = &s->files[i];
        memcpy(f->durable_name, f->name, SIM_NAME);
    }
    return error;
}

static int sim_truncate(void *context, int fd, int64_t size)
{
    struct sim *s = context;
    struct sim_file *f = file_of(s, fd);
    int error = may_fail(s);

    return error != 0 ? error : resize(f, (size_t)size);
}

static int sim_size(void *context, int fd, int64_t *size_out)
{
    *size_out = (int64_t)file_of(context, fd)->now_len;
    return 0;
}

static int sim_unlink(void *context, int dir, const char *name)
{
    struct sim *s = context;
    struct sim_file *f = sim_find(s, name);
    int error = may_fail(s);

    (void)dir;
    if (f == NULL) {
        return -ENOENT;
    }
    if (error != 0) {
        return error;
    }
    f->name[0] = '\0';
    return 0;
}

static int sim_rename(void *context, int dir, const char *from, const char *to)
{
    struct sim *s = context;
    struct sim_file *f = sim_find(s, from);
    struct sim_file *old = sim_find(s, to);
    int error = may_fail(s);

    (void)dir;
    if (f == NULL) {
        return -ENOENT;
    }
    if (error != 0) {
        return error;
    }
    if (old != NULL) {
        old->name[0] = '\0';
    }
    strcpy(f->name, to);
    return 0;
}

static int sim_list(
    void *context, int dir, enum err (*on_name)(void *user, const char *name), void *user)
{
    struct sim *s = context;

    (void)dir;
    for (size_t i = 0; i < SIM_FILES; i++) {
        if (s->files[i].used && s->files[i].name[0] != '\0' &&
            on_name(user, s->files[i].name) != OK) {
            break;
        }
    }
    return 0;
}

struct log_fs sim_fs(struct sim *s)
{
    static const struct log_fs_ops ops = {
        .open = sim_open,
        .close = sim_close,
        .pread = sim_pread,
        .pwrite = sim_pwrite,
        .fdatasync = sim_fdatasync,
        .sync_dir = sim_sync_dir,
        .truncate = sim_truncate,
        .size = sim_size,
        .unlink = sim_unlink,
        .rename = sim_rename,
        .list = sim_list,
    };
    return (struct log_fs){.ops = &ops, .context = s};
}

static void cut_content(struct sim *s, struct sim_file *f)
{
    size_t low = f->durable_len < f->now_len ? f->durable_len : f->now_len;
    size_t high = f->durable_len > f->now_len ? f->durable_len : f->now_len;
    size_t len = low + (size_t)(draw(s) % (high - low + 1));
    uint8_t *bytes = calloc(high + 1, 1);

    if (bytes == NULL) {
        abort();
    }
    if (f->durable_len > 0) {
        memcpy(bytes, f->durable, f->durable_len);
    }
    for (size_t at = 0; at < f->now_len; at += SECTOR) {
        size_t n = f->now_len - at < SECTOR ? f->now_len - at : SECTOR;
        if (draw(s) % 2 == 0) {
            memcpy(bytes + at, f->now + at, n);
        }
    }
    assign(&f->now, &f->now_len, bytes, len);
    assign(&f->durable, &f->durable_len, bytes, len);
    free(bytes);
}

void sim_cut(struct sim *s)
{
    memset(s->fds, 0, sizeof(s->fds));
    for (size_t i = 0; i < SIM_FILES; i++) {
        struct sim_file *f = &s->files[i];
        if (!f->used) {
            continue;
        }
        /* An entry that changed is as it was or as it is. */
        if (strcmp(f->name, f->durable_name) != 0 && draw(s) % 2 == 0) {
            memcpy(f->durable_name, f->name, SIM_NAME);
        }
    }
    for (size_t i = 0; i < SIM_FILES; i++) {
        struct sim_file *f = &s->files[i];
        if (f->used) {
            memcpy(f->name, f->durable_name, SIM_NAME);
            cut_content(s, f);
            if (f->name[0] == '\0') {
                forget(f);
            }
        }
    }
    for (size_t i = 0; i < SIM_FILES; i++) {
        for (size_t j = i + 1; j < SIM_FILES; j++) {
            struct sim_file *a = &s->files[i];
            struct sim_file *b = &s->files[j];
            if (a->used && b->used && strcmp(a->name, b->name) == 0) {
                forget(draw(s) % 2 == 0 ? a : b);
            }
        }
    }
}

/* Removal of dropped directories: a few files a tick, so that nobody waits for it. */
#include "mem.h"
#include "store.h"

#include <errno.h>
#include <string.h>

struct names {
    char names[STORE_CLEAN_FILES][STORE_NAME_SIZE];
    size_t count;
};

static enum err on_name(void *user, const char *name)
{
    struct names *n = user;

    if (n->count == STORE_CLEAN_FILES || strlen(name) > STORE_NAME_MAX) {
        return ERR_FULL;
    }
    memcpy(n->names[n->count++], name, strlen(name) + 1);
    return OK;
}

/* True: there is more to do in it. */
static bool empty_a_little(struct store *s, const char *name)
{
    const struct log_fs *fs = &s->files.fs;
    struct names n = {.count = 0};
    size_t removed = 0;
    int dir = store_files_open_dir(&s->files, s->data_dir, name);

    if (dir < 0) {
        return false;
    }
    int listed = fs->ops->list(fs->context, dir, on_name, &n);
    for (size_t i = 0; i < n.count; i++) {
        removed += fs->ops->unlink(fs->context, dir, n.names[i]) == 0 ? 1 : 0;
    }
    fs->ops->close(fs->context, dir);
    return listed == 0 && removed > 0;
}

static void arm(struct store *s)
{
    int64_t due = loop_now_ms(s->role.loop) + STORE_CLEAN_TICK_MS;

    if (loop_timer_set(s->role.loop, &s->clean_timer, due) != OK) {
        log_err("no memory for a timer");
    }
}

static void on_tick(void *context)
{
    struct store *s = context;
    struct store_removal *r = s->removals;

    if (r == NULL) {
        return;
    }
    if (!empty_a_little(s, r->name)) {
        int gone = s->files.remove(s->files.fs.context, s->data_dir, r->name);
        if (gone != 0 && gone != -ENOENT) {
            log_warn(
                "directory %s can not be removed: errno=%d [STO006]", r->name, -gone);
        }
        s->removals = r->next;
        s->removal_count--;
        mem_free(r);
    }
    if (s->removals != NULL) {
        arm(s);
    }
}

void store_clean_add(struct store *s, const char *name)
{
    struct store_removal *r =
        s->removal_count < STORE_REMOVALS_MAX ? mem_alloc(1, sizeof(*r)) : NULL;

    if (r == NULL) {
        log_warn("directory %s is removed at the next start only [STO006]", name);
        return;
    }
    memcpy(r->name, name, strlen(name) + 1);
    r->next = s->removals;
    s->removals = r;
    s->removal_count++;
    if (!s->clean_timer.armed) {
        s->clean_timer.on_timer = on_tick;
        s->clean_timer.context = s;
        arm(s);
    }
}

void store_clean_fini(struct store *s)
{
    loop_timer_cancel(s->role.loop, &s->clean_timer);
    while (s->removals != NULL) {
        struct store_removal *r = s->removals;
        s->removals = r->next;
        mem_free(r);
    }
    s->removal_count = 0;
}

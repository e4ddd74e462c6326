#include "clock.h"
#include "mem.h"
#include "store.h"
#include "wire_code.h"

#include <errno.h>
#include <string.h>

static void make_key(const struct ipc_uuid *topic_id, int32_t partition, uint8_t key[20])
{
    memcpy(key, topic_id->bytes, 16);
    memcpy(key + 16, &partition, 4);
}

void store_partition_name(
    const struct store_partition *p, struct ipc_uuid *topic_id, int32_t *partition)
{
    memcpy(topic_id->bytes, p->key, 16);
    memcpy(partition, p->key + 16, 4);
}

struct store_partition *store_partition_find(
    const struct store *s, const struct ipc_uuid *topic_id, int32_t partition)
{
    uint8_t key[20];

    make_key(topic_id, partition, key);
    return table_get(&s->partitions, key, sizeof(key));
}

/* The names in the data directory are durable; once not, never again. */
static bool sync_entries(struct store *s)
{
    const struct log_fs *fs = &s->files.fs;

    if (!s->entries_lost && fs->ops->sync_dir(fs->context, s->data_dir) != 0) {
        log_err("the data directory can not be synced: no partition is made or dropped "
                "until the next start [STO008]");
        s->entries_lost = true;
        s->damaged = true;
    }
    return !s->entries_lost;
}

/* --- opening --------------------------------------------------------------------------
 */

/* Opens the directory, and makes it durably where it is not there and may be made. */
static int open_directory(struct store *s, const char *name, bool create)
{
    const struct log_fs *fs = &s->files.fs;
    int dir = store_files_open_dir(&s->files, s->data_dir, name);

    if (dir != -ENOENT || !create) {
        return dir;
    }
    int made = s->files.make(fs->context, s->data_dir, name);
    if (made != 0) {
        return made;
    }
    return store_files_open_dir(&s->files, s->data_dir, name);
}

static void say_report(const char *name, const struct log_report *r)
{
    if (r->truncated_bytes > 0) {
        log_warn("%s: a torn tail of %lld bytes was cut off at offset %lld and kept in"
                 " a .torn file [LOG001]",
            name, (long long)r->truncated_bytes, (long long)r->truncated_at_offset);
    }
    if (r->files_quarantined > 0 || r->indexes_failed > 0) {
        log_warn("%s: %u unreadable files were set aside, %u indexes can not be written "
                 "[LOG002]",
            name, r->files_quarantined, r->indexes_failed);
    }
}

static int32_t bounded(uint32_t asked, int32_t fallback)
{
    return asked > 0 && asked <= INT32_MAX ? (int32_t)asked : fallback;
}

/* What broker wants of the log, when it is made and whenever it is named again. */
static void configure(struct store_partition *p, const struct ipc_partition_open *asked,
    struct log_config *config)
{
    config->segment_bytes = bounded(asked->segment_bytes, p->store->config.segment_bytes);
    config->segment_index_bytes =
        bounded(asked->segment_index_bytes, config->segment_index_bytes);
    config->segment_ms = asked->segment_ms > 0 ? asked->segment_ms : config->segment_ms;
    p->retention = (struct log_retention){
        .ms = asked->retention_ms, .bytes = asked->retention_bytes};
}

static void reconfigure(struct store_partition *p, const struct ipc_partition_open *asked)
{
    struct log_config config = log_config_default((struct wire_uuid){{0}});

    configure(p, asked, &config);
    log_partition_configure(
        p->log, config.segment_bytes, config.segment_ms, config.segment_index_bytes);
}

static enum err open_log(
    struct store_partition *p, const struct ipc_partition_open *asked)
{
    struct store *s = p->store;
    struct wire_uuid topic_id;
    struct log_report report;

    memcpy(topic_id.bytes, asked->topic_id.bytes, sizeof(topic_id.bytes));
    struct log_config config = log_config_default(topic_id);
    configure(p, asked, &config);
    /* Segments may have been larger when it was written. */
    config.batch_max =
        config.segment_bytes > IPC_BATCH_MAX ? config.segment_bytes : IPC_BATCH_MAX;
    config.index_interval_bytes = s->config.index_interval_bytes;
    config.producer_expiry_ms = s->config.producer_expiry_ms;
    config.producers = &s->producers;
    config.segments = &s->segments;
    config.segment_bytes_max = s->config.segment_bytes;
    config.clean = s->was_clean;
    enum err e = log_partition_open(
        &s->files.fs, p->dir, &config, clock_wall_ms(), &p->log, &report);
    /* These two looked at the topic id first. */
    p->ours = e == OK || e == ERR_CORRUPT;
    if (e == OK) {
        say_report(p->name, &report);
    } else if (e == ERR_CORRUPT) {
        log_err("%s: segment %lld is damaged at byte %lld: not opened, its records "
                "were left as they are [LOG003]",
            p->name, (long long)report.damaged_segment,
            (long long)report.damaged_position);
    }
    return e;
}

static int16_t open_files(
    struct store_partition *p, const struct ipc_partition_open *asked)
{
    struct store *s = p->store;
    const struct log_fs *fs = &s->files.fs;

    if (asked->create != 0 && s->entries_lost) {
        return WIRE_CODE_KAFKA_STORAGE_ERROR;
    }
    p->dir = open_directory(s, p->name, asked->create != 0);
    enum err e = p->dir >= 0 ? open_log(p, asked) : ERR_IO;
    /* The entry too, also where an earlier try made it and ended before this. */
    if (e == OK && asked->create != 0 && !sync_entries(s)) {
        e = ERR_IO;
        log_partition_close(&p->log);
    }
    if (e == OK) {
        return 0;
    }
    log_err("%s can not be opened: %s%s [STO001]", p->name, err_text(e),
        e == ERR_DENIED ? " (the directory belongs to another topic id)" : "");
    if (p->dir >= 0) {
        fs->ops->close(fs->context, p->dir);
    }
    p->dir = -1;
    s->damaged = true;
    return WIRE_CODE_KAFKA_STORAGE_ERROR;
}

static struct store_partition *add_partition(struct store *s,
    const struct ipc_partition_open *asked, const char name[STORE_NAME_SIZE])
{
    struct store_partition *p = mem_alloc(1, sizeof(*p));

    if (p == NULL) {
        return NULL;
    }
    *p = (struct store_partition){.store = s, .dir = -1, .references = 1};
    make_key(&asked->topic_id, asked->partition, p->key);
    memcpy(p->name, name, STORE_NAME_SIZE);
    if (table_put(&s->partitions, p->key, sizeof(p->key), p) != OK) {
        mem_free(p);
        return NULL;
    }
    return p;
}

/* One line, however many partitions broker goes on to name. */
static void say_no_room(struct store *s, const char *name)
{
    if (!s->said_no_room) {
        log_err(
            "%s: no memory, or more than %zu partitions, for which the descriptors are "
            "enough [STO002]",
            name, s->partitions.limit);
    }
    s->said_no_room = true;
}

int16_t store_partition_open(
    struct store *s, const struct ipc_partition_open *asked, struct store_partition **out)
{
    char name[STORE_NAME_SIZE] = "";
    struct store_partition *p =
        store_partition_find(s, &asked->topic_id, asked->partition);

    *out = NULL;
    if (store_name_partition(asked->topic, asked->partition, name) != OK) {
        return WIRE_CODE_INVALID_TOPIC_EXCEPTION;
    }
    if (p == NULL) {
        p = add_partition(s, asked, name);
    } else if (strcmp(p->name, name) != 0) {
        return WIRE_CODE_INVALID_TOPIC_EXCEPTION; /* an id has one name */
    }
    if (p == NULL) {
        say_no_room(s, name);
        return WIRE_CODE_KAFKA_STORAGE_ERROR;
    }
    p->leader_epoch = asked->leader_epoch;
    int16_t error = 0;
    if (p->log != NULL) {
        reconfigure(p, asked);
    } else if (asked->only_configures == 0) {
        error = open_files(p, asked);
    } else {
        return 0; /* it failed at the start: what was changed counts from the next one on */
    }
    *out = error == 0 ? p : NULL;
    return error;
}

/* --- going away ------------------------------------------------------------------------
 */

void store_partition_release(struct store_partition *p)
{
    INVARIANT(p->references > 0);
    if (--p->references > 0) {
        return;
    }
    INVARIANT(p->waiters == NULL && p->watchers == NULL);
    log_partition_close(&p->log);
    if (p->dir >= 0) {
        p->store->files.fs.ops->close(p->store->files.fs.context, p->dir);
    }
    mem_free(p);
}

int16_t store_partition_drop(struct store_partition *p)
{
    struct store *s = p->store;
    const struct log_fs *fs = &s->files.fs;
    char name[STORE_NAME_SIZE];

    if (s->entries_lost) {
        return WIRE_CODE_KAFKA_STORAGE_ERROR;
    }
    if (p->ours) {
        store_name_deleted(p->name, name);
        int moved = fs->ops->rename(fs->context, s->data_dir, p->name, name);
        if (moved == 0 || moved == -ENOENT) {
            moved = sync_entries(s) ? 0 : -EIO;
        }
        if (moved != 0) {
            log_err("%s can not be moved away: errno=%d [STO003]", p->name, -moved);
            return WIRE_CODE_KAFKA_STORAGE_ERROR;
        }
        store_clean_add(s, name);
    } else {
        log_warn("%s was never opened: its directory stays, and is set aside at the next "
                 "start [STO007]",
            p->name);
    }
    (void)table_remove(&s->partitions, p->key, sizeof(p->key));
    p->dropped = true;
    store_partition_advanced(p);
    store_partition_release(p); /* the table's; a grant or a flush may still hold it */
    return 0;
}

struct leftovers {
    struct table named;          /* by name */
    struct store_removal *first; /* deleted ones and unnamed ones */
    size_t count;
};

static enum err on_entry(void *user, const char *name)
{
    struct leftovers *l = user;

    if ((!store_name_is_deleted(name) && !store_name_is_partition(name)) ||
        table_get(&l->named, name, strlen(name)) != NULL) {
        return OK;
    }
    struct store_removal *r =
        l->count < STORE_REMOVALS_MAX ? mem_alloc(1, sizeof(*r)) : NULL;
    if (r == NULL) {
        return ERR_FULL; /* the rest at the next start */
    }
    memcpy(r->name, name, strlen(name) + 1);
    r->next = l->first;
    l->first = r;
    l->count++;
    return OK;
}

static void quarantine(struct store *s, const char *name)
{
    const struct log_fs *fs = &s->files.fs;
    char away[STORE_NAME_SIZE];
    int dir = store_files_open_dir(&s->files, s->data_dir, name);

    if (dir < 0) {
        return; /* no directory, or none of ours */
    }
    fs->ops->close(fs->context, dir);
    store_name_quarantine(name, away);
    int moved = fs->ops->rename(fs->context, s->data_dir, name, away);
    if (moved == 0) {
        log_warn("directory %s belongs to no topic: moved to %s [STO004]", name, away);
    } else {
        log_err(
            "directory %s belongs to no topic and can not be moved: errno=%d [STO004]",
            name, -moved);
    }
}

static enum err index_names(struct store *s, struct table *out)
{
    struct store_partition *p;
    enum err e = OK;

    for (size_t cursor = 0;
         e == OK && (p = table_next(&s->partitions, &cursor)) != NULL;) {
        e = table_put(out, p->name, strlen(p->name), p);
    }
    return e;
}

void store_partition_sweep(struct store *s)
{
    const struct log_fs *fs = &s->files.fs;
    struct leftovers l = {.count = 0};

    table_init(&l.named, STORE_PARTITIONS_MAX);
    if (index_names(s, &l.named) != OK ||
        fs->ops->list(fs->context, s->data_dir, on_entry, &l) != 0) {
        log_err("the data directory can not be listed [STO005]");
    }
    table_fini(&l.named);
    while (l.first != NULL) {
        struct store_removal *r = l.first;
        l.first = r->next;
        if (store_name_is_deleted(r->name)) {
            store_clean_add(s, r->name);
        } else {
            quarantine(s, r->name);
        }
        mem_free(r);
    }
}

bool store_partition_close_all(struct store *s)
{
    struct store_partition *p;
    bool good = true;

    while (s->lazy != NULL) {
        p = s->lazy;
        s->lazy = p->next_lazy;
        p->lazy = false;
        store_partition_release(p);
    }
    for (size_t cursor = 0; (p = table_next(&s->partitions, &cursor)) != NULL;) {
        bool synced = p->log != NULL && log_partition_stop(p->log, clock_wall_ms()) == OK;
        good = good && synced;
        (void)table_remove(&s->partitions, p->key, sizeof(p->key));
        p->dropped = true;
        store_partition_advanced(p);
        store_partition_release(p);
    }
    return good;
}

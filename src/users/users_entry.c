#include "users_entry.h"

#include "mem.h"

#include <string.h>

static void free_text(char *text)
{
    if (text != NULL) {
        mem_wipe(text, strlen(text));
        mem_free(text);
    }
}

struct users_entry *users_entry_new(const char *name, size_t length, const char *hash)
{
    struct users_entry *entry = mem_alloc(1, sizeof(*entry));
    if (entry == NULL) {
        return NULL;
    }
    entry->name = mem_copy_text(name, length);
    entry->name_length = length;
    memcpy(entry->hash, hash, strlen(hash) + 1);
    if (entry->name == NULL) {
        users_entry_free(&entry);
    }
    return entry;
}

void users_entry_free(struct users_entry **entry)
{
    struct users_entry *old = *entry;

    *entry = NULL;
    if (old == NULL) {
        return;
    }
    for (size_t i = 0; i < old->group_count; i++) {
        mem_free(old->groups[i]);
    }
    mem_free(old->groups);
    mem_free(old->name);
    free_text(old->old_hash);
    mem_wipe(old->hash, sizeof(old->hash));
    mem_free(old);
}

void users_entry_set_hash(struct users_entry *entry, const char *hash)
{
    users_entry_drop_old(entry);
    memcpy(entry->hash, hash, strlen(hash) + 1);
}

enum err users_entry_rotate(struct users_entry *entry, const char *hash)
{
    char *old = mem_copy_text(entry->hash, strlen(entry->hash));
    if (old == NULL) {
        return ERR_NOMEM;
    }
    users_entry_set_hash(entry, hash);
    entry->old_hash = old;
    return OK;
}

void users_entry_drop_old(struct users_entry *entry)
{
    free_text(entry->old_hash);
    entry->old_hash = NULL;
}

/* The place of the group; group_count: he is not in it. */
static size_t find_group(const struct users_entry *entry, const char *name, size_t length)
{
    size_t i = 0;

    while (i < entry->group_count && (strlen(entry->groups[i]) != length ||
                                         memcmp(entry->groups[i], name, length) != 0)) {
        i++;
    }
    return i;
}

enum err users_entry_add_group(struct users_entry *entry, const char *name, size_t length)
{
    size_t at;

    if (users_name_problem(name, length, &at) != NULL) {
        return ERR_INVALID;
    }
    if (find_group(entry, name, length) < entry->group_count) {
        return ERR_EXISTS;
    }
    if (entry->group_count == USERS_GROUPS_MAX) {
        return ERR_FULL;
    }
    char **groups = mem_resize(entry->groups, entry->group_count + 1, sizeof(char *));
    if (groups == NULL) {
        return ERR_NOMEM;
    }
    entry->groups = groups;
    groups[entry->group_count] = mem_copy_text(name, length);
    if (groups[entry->group_count] == NULL) {
        return ERR_NOMEM;
    }
    entry->group_count++;
    return OK;
}

enum err users_entry_remove_group(
    struct users_entry *entry, const char *name, size_t length)
{
    size_t i = find_group(entry, name, length);
    if (i == entry->group_count) {
        return ERR_NOT_FOUND;
    }
    mem_free(entry->groups[i]);
    entry->group_count--;
    memmove(&entry->groups[i], &entry->groups[i + 1],
        (entry->group_count - i) * sizeof(entry->groups[0]));
    return OK;
}

bool users_entry_is_expired(const struct users_entry *entry, int64_t now_ms)
{
    return entry->expires_ms != 0 && entry->expires_ms <= now_ms;
}

void users_entry_write(const struct users_entry *entry, struct buf *out)
{
    char time[USERS_TIME_LENGTH + 1];

    buf_add(out, entry->name, entry->name_length);
    buf_add(out, ":", 1);
    buf_add_text(out, entry->hash);
    if (entry->old_hash != NULL) {
        buf_add(out, ":", 1);
        buf_add_text(out, entry->old_hash);
    }
    if (entry->disabled) {
        buf_add_text(out, ":disabled");
    }
    if (entry->expires_ms != 0) {
        users_time_format(entry->expires_ms, time);
        buf_add_text(out, ":expires=");
        buf_add_text(out, time);
    }
    for (size_t i = 0; i < entry->group_count; i++) {
        buf_add_text(out, ":group=");
        buf_add_text(out, entry->groups[i]);
    }
    buf_add(out, "\n", 1);
}

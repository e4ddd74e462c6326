#include "users_file.h"

#include "mem.h"

#include <string.h>

void users_file_init(struct users_file *f)
{
    *f = (struct users_file){.entries = NULL};
    table_init(&f->by_name, USERS_MAX);
}

void users_file_fini(struct users_file *f)
{
    for (size_t i = 0; i < f->count; i++) {
        users_entry_free(&f->entries[i]);
    }
    mem_free(f->entries);
    table_fini(&f->by_name);
    *f = (struct users_file){.entries = NULL};
}

const struct users_entry *users_file_find(
    const struct users_file *f, const char *name, size_t length)
{
    return table_get(&f->by_name, name, length);
}

struct users_entry *users_file_edit(struct users_file *f, const char *name, size_t length)
{
    return table_get(&f->by_name, name, length);
}

static enum err check(const char *name, size_t length, const char *hash)
{
    size_t at;
    bool good = users_name_problem(name, length, &at) == NULL &&
                users_hash_is_valid(hash, strnlen(hash, USERS_HASH_MAX));

    return good ? OK : ERR_INVALID;
}

static enum err make_room(struct users_file *f)
{
    if (f->count == USERS_MAX) {
        return ERR_FULL;
    }
    if (f->count < f->capacity) {
        return OK;
    }
    size_t capacity = f->capacity == 0 ? 16 : f->capacity * 2;
    struct users_entry **entries =
        mem_resize(f->entries, capacity, sizeof(struct users_entry *));
    if (entries == NULL) {
        return ERR_NOMEM;
    }
    f->entries = entries;
    f->capacity = capacity;
    return OK;
}

static enum err append(
    struct users_file *f, const char *name, size_t length, const char *hash)
{
    struct users_entry *entry = users_entry_new(name, length, hash);
    if (entry == NULL) {
        return ERR_NOMEM;
    }
    enum err e = table_put(&f->by_name, name, length, entry);
    if (e != OK) {
        users_entry_free(&entry);
        return e;
    }
    f->entries[f->count++] = entry;
    return OK;
}

enum err users_file_add(
    struct users_file *f, const char *name, size_t length, const char *hash)
{
    enum err e = check(name, length, hash);

    if (e == OK && users_file_find(f, name, length) != NULL) {
        e = ERR_EXISTS;
    }
    if (e == OK) {
        e = make_room(f);
    }
    return e == OK ? append(f, name, length, hash) : e;
}

enum err users_file_replace(
    struct users_file *f, const char *name, size_t length, const char *hash)
{
    enum err e = check(name, length, hash);
    if (e != OK) {
        return e;
    }
    struct users_entry *entry = users_file_edit(f, name, length);
    if (entry == NULL) {
        return ERR_NOT_FOUND;
    }
    users_entry_set_hash(entry, hash);
    return OK;
}

enum err users_file_remove(struct users_file *f, const char *name, size_t length)
{
    struct users_entry *entry = table_remove(&f->by_name, name, length);
    size_t i = 0;

    if (entry == NULL) {
        return ERR_NOT_FOUND;
    }
    while (f->entries[i] != entry) {
        i++;
    }
    f->count--;
    memmove(&f->entries[i], &f->entries[i + 1], (f->count - i) * sizeof(f->entries[0]));
    users_entry_free(&entry);
    return OK;
}

enum err users_file_serialise(const struct users_file *f, struct buf *out)
{
    const size_t start = out->length;

    for (size_t i = 0; i < f->count; i++) {
        users_entry_write(f->entries[i], out);
    }
    if (buf_error(out) != OK) {
        return buf_error(out);
    }
    return out->length - start > USERS_FILE_SIZE_MAX ? ERR_FULL : OK;
}

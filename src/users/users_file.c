#include "users_file.h"

#include "mem.h"
#include "text.h"

#include <string.h>

void users_file_init(struct users_file *f)
{
    *f = (struct users_file){.entries = NULL};
    table_init(&f->by_name, USERS_MAX);
}

static void entry_free(struct users_entry *entry)
{
    mem_free(entry->name);
    mem_wipe(entry->hash, sizeof(entry->hash));
    mem_free(entry);
}

void users_file_fini(struct users_file *f)
{
    for (size_t i = 0; i < f->count; i++) {
        entry_free(f->entries[i]);
    }
    mem_free(f->entries);
    table_fini(&f->by_name);
    *f = (struct users_file){.entries = NULL};
}

/*
 * Characters that a reader can not see or that turn the text around them: two names that
 * look the same must be the same. C0 and DEL are caught before; this is what is longer
 * than one byte.
 */
static bool is_invisible(const uint8_t *p, size_t left)
{
    static const struct {
        uint8_t bytes[3];
        uint8_t length;
        uint8_t last_max;
    } ranges[] = {
        {{0xc2, 0x80}, 2, 0xa0},       /* C1 controls, no-break space */
        {{0xc2, 0xad}, 2, 0xad},       /* soft hyphen */
        {{0xe2, 0x80, 0x80}, 3, 0x8f}, /* wide and zero-width spaces, direction marks */
        {{0xe2, 0x80, 0xa8}, 3, 0xaf}, /* line ends, embeddings, overrides */
        {{0xe2, 0x81, 0x9f}, 3, 0xaf}, /* invisible operators, isolates */
        {{0xe3, 0x80, 0x80}, 3, 0x80}, /* ideographic space */
        {{0xef, 0xbb, 0xbf}, 3, 0xbf}, /* byte order mark */
        {{0xef, 0xbf, 0xb0}, 3, 0xbb}, /* specials */
    };

    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        const size_t last = (size_t)ranges[i].length - 1;
        if (left > last && memcmp(p, ranges[i].bytes, last) == 0 &&
            p[last] >= ranges[i].bytes[last] && p[last] <= ranges[i].last_max) {
            return true;
        }
    }
    return false;
}

const char *users_name_problem(const char *name, size_t length, size_t *at_out)
{
    const uint8_t *p = (const uint8_t *)name;

    *at_out = 0;
    if (length == 0) {
        return "the name is empty";
    }
    if (length > USERS_NAME_MAX) {
        *at_out = USERS_NAME_MAX;
        return "the name is longer than 255 bytes";
    }
    if (!text_is_utf8(name, length)) {
        return "the name is not UTF-8";
    }
    for (size_t i = 0; i < length; i++) {
        *at_out = i;
        if (p[i] == ':') {
            return "the name holds a ':'";
        }
        if (p[i] < 0x20 || p[i] == 0x7f || is_invisible(p + i, length - i)) {
            return "the name holds a control or invisible character";
        }
        if (p[i] == ' ' && (i == 0 || i + 1 == length)) {
            return "the name begins or ends with a blank";
        }
    }
    return NULL;
}

const struct users_entry *users_file_find(
    const struct users_file *f, const char *name, size_t length)
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
    struct users_entry *entry = mem_alloc(1, sizeof(*entry));
    if (entry == NULL) {
        return ERR_NOMEM;
    }
    entry->name = mem_copy_text(name, length);
    entry->name_length = length;
    memcpy(entry->hash, hash, strlen(hash) + 1);
    enum err e = entry->name == NULL ? ERR_NOMEM : OK;
    if (e == OK) {
        e = table_put(&f->by_name, name, length, entry);
    }
    if (e != OK) {
        entry_free(entry);
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
    struct users_entry *entry = table_get(&f->by_name, name, length);
    if (entry == NULL) {
        return ERR_NOT_FOUND;
    }
    memcpy(entry->hash, hash, strlen(hash) + 1);
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
    entry_free(entry);
    return OK;
}

enum err users_file_serialise(const struct users_file *f, struct buf *out)
{
    const size_t start = out->length;

    for (size_t i = 0; i < f->count; i++) {
        buf_add(out, f->entries[i]->name, f->entries[i]->name_length);
        buf_add(out, ":", 1);
        buf_add_text(out, f->entries[i]->hash);
        buf_add(out, "\n", 1);
    }
    if (buf_error(out) != OK) {
        return buf_error(out);
    }
    return out->length - start > USERS_FILE_SIZE_MAX ? ERR_FULL : OK;
}

#include "scram_file.h"

#include "mem.h"

#include <string.h>

void scram_file_init(struct scram_file *f)
{
    *f = (struct scram_file){.entries = NULL};
    table_init(&f->by_name, SCRAM_FILE_MAX);
}

static void entry_free(struct scram_entry *entry)
{
    mem_free(entry->name);
    mem_wipe(entry, sizeof(*entry));
    mem_free(entry);
}

void scram_file_fini(struct scram_file *f)
{
    for (size_t i = 0; i < f->count; i++) {
        entry_free(f->entries[i]);
    }
    mem_free(f->entries);
    table_fini(&f->by_name);
    mem_wipe(f, sizeof(*f));
}

/* --- entries ---------------------------------------------------------------------- */

/* What the table knows an entry by. */
struct key {
    uint8_t bytes[1 + USERS_NAME_MAX];
    size_t length; /* 0: no such name can be */
};

static void key_make(
    struct key *key, enum scram_mechanism mechanism, const char *name, size_t length)
{
    key->length = 0;
    if (length > 0 && length <= USERS_NAME_MAX) {
        key->bytes[0] = (uint8_t)mechanism;
        memcpy(key->bytes + 1, name, length);
        key->length = 1 + length;
    }
}

static struct scram_entry *find(const struct scram_file *f,
    enum scram_mechanism mechanism, const char *name, size_t length)
{
    struct key key;

    key_make(&key, mechanism, name, length);
    return key.length > 0 ? table_get(&f->by_name, key.bytes, key.length) : NULL;
}

const struct scram_entry *scram_file_find(const struct scram_file *f,
    enum scram_mechanism mechanism, const char *name, size_t length)
{
    return find(f, mechanism, name, length);
}

static enum err make_room(struct scram_file *f)
{
    if (f->count == SCRAM_FILE_MAX) {
        return ERR_FULL;
    }
    if (f->count < f->capacity) {
        return OK;
    }
    size_t capacity = f->capacity == 0 ? 16 : f->capacity * 2;
    struct scram_entry **entries =
        mem_resize(f->entries, capacity, sizeof(struct scram_entry *));
    if (entries == NULL) {
        return ERR_NOMEM;
    }
    f->entries = entries;
    f->capacity = capacity;
    return OK;
}

static enum err append(struct scram_file *f, const char *name, size_t length,
    const struct scram_credential *credential)
{
    struct key key;
    struct scram_entry *entry = mem_alloc(1, sizeof(*entry));
    if (entry == NULL) {
        return ERR_NOMEM;
    }
    entry->name = mem_copy_text(name, length);
    entry->name_length = length;
    entry->credential = *credential;
    key_make(&key, credential->mechanism, name, length);
    enum err e = entry->name == NULL ? ERR_NOMEM : OK;
    if (e == OK) {
        e = table_put(&f->by_name, key.bytes, key.length, entry);
    }
    if (e != OK) {
        entry_free(entry);
        return e;
    }
    f->entries[f->count++] = entry;
    return OK;
}

enum err scram_file_add(struct scram_file *f, const char *name, size_t length,
    const struct scram_credential *credential)
{
    size_t at;

    if (users_name_problem(name, length, &at) != NULL) {
        return ERR_INVALID;
    }
    if (find(f, credential->mechanism, name, length) != NULL) {
        return ERR_EXISTS;
    }
    enum err e = make_room(f);
    return e == OK ? append(f, name, length, credential) : e;
}

static bool is_disabled(const struct scram_file *f, const char *name, size_t length)
{
    bool disabled = false;

    for (unsigned m = 0; m < SCRAM_MECHANISMS; m++) {
        const struct scram_entry *entry = find(f, (enum scram_mechanism)m, name, length);
        disabled |= entry != NULL && entry->credential.disabled;
    }
    return disabled;
}

enum err scram_file_set(struct scram_file *f, const char *name, size_t length,
    const struct scram_credential *credential)
{
    struct scram_credential c = *credential;
    struct scram_entry *entry = find(f, c.mechanism, name, length);
    enum err e = OK;

    c.disabled |= is_disabled(f, name, length);
    if (entry != NULL) {
        entry->credential = c;
    } else {
        e = scram_file_add(f, name, length, &c);
    }
    mem_wipe(&c, sizeof(c));
    return e;
}

static void remove_one(struct scram_file *f, struct scram_entry *entry)
{
    size_t i = 0;

    while (f->entries[i] != entry) {
        i++;
    }
    f->count--;
    memmove(&f->entries[i], &f->entries[i + 1], (f->count - i) * sizeof(f->entries[0]));
    entry_free(entry);
}

enum err scram_file_remove(struct scram_file *f, const char *name, size_t length)
{
    bool found = false;

    for (unsigned m = 0; m < SCRAM_MECHANISMS; m++) {
        struct key key;
        key_make(&key, (enum scram_mechanism)m, name, length);
        struct scram_entry *entry =
            key.length > 0 ? table_remove(&f->by_name, key.bytes, key.length) : NULL;
        if (entry != NULL) {
            remove_one(f, entry);
            found = true;
        }
    }
    return found ? OK : ERR_NOT_FOUND;
}

/* --- text ------------------------------------------------------------------------- */

static void add_phantom_key(const struct scram_file *f, struct buf *out)
{
    char text[SCRAM_BASE64_LENGTH(SCRAM_PHANTOM_KEY_SIZE) + 1];

    scram_base64_encode(f->phantom_key, sizeof(f->phantom_key), text);
    buf_add_text(out, ":phantom-key$");
    buf_add_text(out, text);
    buf_add(out, "\n", 1);
    mem_wipe(text, sizeof(text));
}

enum err scram_file_serialise(const struct scram_file *f, struct buf *out)
{
    const size_t start = out->length;
    char text[SCRAM_CREDENTIAL_MAX];

    if (f->has_phantom_key) {
        add_phantom_key(f, out);
    }
    for (size_t i = 0; i < f->count; i++) {
        scram_credential_format(&f->entries[i]->credential, text);
        buf_add(out, f->entries[i]->name, f->entries[i]->name_length);
        buf_add(out, ":", 1);
        buf_add_text(out, text);
        buf_add(out, "\n", 1);
    }
    mem_wipe(text, sizeof(text));
    if (buf_error(out) != OK) {
        return buf_error(out);
    }
    return out->length - start > USERS_FILE_SIZE_MAX ? ERR_FULL : OK;
}

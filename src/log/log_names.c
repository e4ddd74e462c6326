#include "log_names.h"

#include "log_snapshot.h"
#include "mem.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

#define OFFSET_DIGITS 20

static const char *const suffixes[LOG_NAME_KINDS] = {
    [LOG_NAME_SEGMENT] = ".log",
    [LOG_NAME_SNAPSHOT] = LOG_SNAPSHOT_SUFFIX,
    [LOG_NAME_LEFTOVER] = LOG_SNAPSHOT_SUFFIX LOG_FS_TEMPORARY,
};

struct listing {
    struct log_names names;
    enum err error;
};

static enum err add_offset(struct log_name_list *list, int64_t offset)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity > 0 ? list->capacity * 2 : 8;
        if (capacity > LOG_NAMES_MAX) {
            return ERR_FULL;
        }
        int64_t *offsets = mem_resize(list->offsets, capacity, sizeof(*offsets));
        if (offsets == NULL) {
            return ERR_NOMEM;
        }
        list->offsets = offsets;
        list->capacity = capacity;
    }
    list->offsets[list->count++] = offset;
    return OK;
}

static enum err on_name(void *user, const char *name)
{
    struct listing *l = user;
    int64_t offset = 0;

    if (strlen(name) <= OFFSET_DIGITS ||
        text_to_i64(name, OFFSET_DIGITS, 0, INT64_MAX - 1, &offset) != OK) {
        return OK;
    }
    for (size_t kind = 0; kind < LOG_NAME_KINDS; kind++) {
        if (strcmp(name + OFFSET_DIGITS, suffixes[kind]) == 0) {
            l->error = add_offset(&l->names.of[kind], offset);
        }
    }
    return l->error;
}

static int compare(const void *a, const void *b)
{
    const int64_t *x = a;
    const int64_t *y = b;

    return (*x > *y) - (*x < *y);
}

enum err log_names_list(const struct log_fs *fs, int dir, struct log_names *out)
{
    struct listing l = {.error = OK};

    if (fs->ops->list(fs->context, dir, on_name, &l) != 0) {
        l.error = ERR_IO;
    }
    if (l.error != OK) {
        log_names_fini(&l.names);
        return l.error;
    }
    for (size_t kind = 0; kind < LOG_NAME_KINDS; kind++) {
        struct log_name_list *list = &l.names.of[kind];
        if (list->count > 1) {
            qsort(list->offsets, list->count, sizeof(list->offsets[0]), compare);
        }
    }
    *out = l.names;
    return OK;
}

void log_names_fini(struct log_names *n)
{
    for (size_t kind = 0; kind < LOG_NAME_KINDS; kind++) {
        mem_free(n->of[kind].offsets);
        n->of[kind] = (struct log_name_list){0};
    }
}

bool log_names_has(const struct log_names *n, enum log_name_kind kind, int64_t offset)
{
    const struct log_name_list *list = &n->of[kind];

    return list->count > 0 && bsearch(&offset, list->offsets, list->count,
                                  sizeof(list->offsets[0]), compare) != NULL;
}

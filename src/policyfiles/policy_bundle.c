#include "policy_bundle.h"

#include "mem.h"

#include <stdlib.h>
#include <string.h>

#define MAGIC      "SCHLOSSB"
#define MAGIC_SIZE 8

/* --- names --- */

static bool is_part(const char *part, size_t length)
{
    return length > 0 && !(length == 1 && part[0] == '.') &&
           !(length == 2 && part[0] == '.' && part[1] == '.');
}

bool policy_bundle_is_name(const char *name, size_t length)
{
    size_t part = 0;

    if (length > POLICY_SOURCE_NAME_MAX) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (name[i] < 0x20 || name[i] > 0x7e || name[i] == '"') {
            return false;
        }
        if (name[i] == '/') {
            if (!is_part(name + part, i - part)) {
                return false;
            }
            part = i + 1;
        }
    }
    return is_part(name + part, length - part);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool differ_by_name(const struct policy_source *files, size_t count)
{
    const char *names[POLICY_SOURCES_MAX];

    for (size_t i = 0; i < count; i++) {
        names[i] = files[i].name;
    }
    qsort(names, count, sizeof(names[0]), compare_names);
    for (size_t i = 1; i < count; i++) {
        if (strcmp(names[i - 1], names[i]) == 0) {
            return false;
        }
    }
    return true;
}

/* --- writing --- */

static void add_number(struct buf *out, size_t n)
{
    const uint8_t bytes[4] = {
        (uint8_t)n, (uint8_t)(n >> 8), (uint8_t)(n >> 16), (uint8_t)(n >> 24)};

    buf_add(out, bytes, sizeof(bytes));
}

enum err policy_bundle_encode(
    const struct policy_source *files, size_t count, struct buf *out)
{
    size_t left = POLICY_TEXT_MAX;

    if (count > POLICY_SOURCES_MAX) {
        return ERR_FULL;
    }
    for (size_t i = 0; i < count; i++) {
        if (!policy_bundle_is_name(files[i].name, strlen(files[i].name))) {
            return ERR_INVALID;
        }
        if (files[i].length > left) {
            return ERR_FULL;
        }
        left -= files[i].length;
    }
    if (count == 0 || !differ_by_name(files, count)) {
        return ERR_INVALID;
    }
    buf_add(out, MAGIC, MAGIC_SIZE);
    add_number(out, count);
    for (size_t i = 0; i < count; i++) {
        add_number(out, strlen(files[i].name));
        add_number(out, files[i].length);
        buf_add_text(out, files[i].name);
        buf_add(out, files[i].text, files[i].length);
    }
    return buf_error(out);
}

/* --- reading --- */

struct reader {
    const uint8_t *at;
    size_t left;
    size_t text_left; /* of POLICY_TEXT_MAX */
};

static bool take(struct reader *r, size_t length, const uint8_t **out)
{
    if (r->left < length) {
        return false;
    }
    *out = r->at;
    r->at += length;
    r->left -= length;
    return true;
}

static bool take_number(struct reader *r, size_t *out)
{
    const uint8_t *b = NULL;

    if (!take(r, 4, &b)) {
        return false;
    }
    *out = b[0] | (size_t)b[1] << 8 | (size_t)b[2] << 16 | (size_t)b[3] << 24;
    return true;
}

/* name has room for POLICY_SOURCE_NAME_MAX bytes and a NUL. */
static bool take_file(struct reader *r, char *name, struct policy_source *out)
{
    size_t name_length = 0;
    const uint8_t *bytes = NULL;

    if (!take_number(r, &name_length) || !take_number(r, &out->length) ||
        name_length > POLICY_SOURCE_NAME_MAX || out->length > r->text_left ||
        !take(r, name_length, &bytes) || !take(r, out->length, &out->text) ||
        !policy_bundle_is_name((const char *)bytes, name_length)) {
        return false;
    }
    r->text_left -= out->length;
    memcpy(name, bytes, name_length);
    name[name_length] = '\0';
    out->name = name;
    return true;
}

enum err policy_bundle_decode(
    const uint8_t *bytes, size_t length, struct policy_bundle *out)
{
    struct reader r = {.at = bytes, .left = length, .text_left = POLICY_TEXT_MAX};
    struct policy_bundle b = {.files = NULL};
    const uint8_t *magic = NULL;

    if (!take(&r, MAGIC_SIZE, &magic) || memcmp(magic, MAGIC, MAGIC_SIZE) != 0 ||
        !take_number(&r, &b.count) || b.count == 0 || b.count > POLICY_SOURCES_MAX) {
        return ERR_INVALID;
    }
    b.files = mem_alloc(b.count, sizeof(*b.files));
    b.names = mem_alloc(b.count, POLICY_SOURCE_NAME_MAX + 1);
    enum err e = b.files == NULL || b.names == NULL ? ERR_NOMEM : OK;
    for (size_t i = 0; e == OK && i < b.count; i++) {
        char *name = b.names + i * (POLICY_SOURCE_NAME_MAX + 1);
        e = take_file(&r, name, &b.files[i]) ? OK : ERR_INVALID;
    }
    if (e == OK && (r.left > 0 || !differ_by_name(b.files, b.count))) {
        e = ERR_INVALID;
    }
    if (e != OK) {
        policy_bundle_fini(&b);
        return e;
    }
    *out = b;
    return OK;
}

void policy_bundle_fini(struct policy_bundle *b)
{
    mem_free(b->files);
    mem_free(b->names);
    *b = (struct policy_bundle){.files = NULL};
}

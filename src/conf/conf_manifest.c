#include "conf_manifest.h"

#include "arena.h"
#include "conf_properties.h"
#include "mem.h"
#include "report.h"
#include "scope.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

#define MEMORY_MAX          ((size_t)1 << 20)
#define MESSAGE_MAX_DEFAULT 16384
#define MESSAGE_MAX_MIN     1024
#define MESSAGE_MAX_MAX     65536

struct reading {
    struct conf_manifest *out;
    struct report *report;
    const struct conf_property *at;
};

static void fail(struct reading *r, const char *help, const char *what)
{
    report_error(r->report, &r->at->value_place, "CONF060", help, "%s", what);
}

static bool copy(char *out, size_t size, const char *text, size_t length)
{
    if (length == 0 || length >= size) {
        return false;
    }
    memcpy(out, text, length);
    out[length] = '\0';
    return true;
}

/* A comma-separated list without blanks, each word 1 to max characters of that kind. */
static bool is_list(const char *text, const char *good, size_t max)
{
    for (;;) {
        size_t length = strcspn(text, ",");
        if (length == 0 || length > max || strspn(text, good) < length) {
            return false;
        }
        if (text[length] == '\0') {
            return true;
        }
        text += length + 1;
    }
}

static const char in_names[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
static const char in_keys[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.";

static void read_mechanisms(struct reading *r)
{
    const char *value = r->at->value;

    if (!is_list(value, in_names, CONF_MANIFEST_NAME) ||
        !copy(r->out->mechanisms, sizeof(r->out->mechanisms), value, strlen(value))) {
        fail(r, "write names of SASL mechanisms with a comma between them, no blanks",
            "these are not mechanisms");
    }
}

static void read_principals(struct reading *r)
{
    const char *value = r->at->value;

    if (!scope_is_valid(value) ||
        !copy(r->out->principals, sizeof(r->out->principals), value, strlen(value))) {
        fail(r, "write User:NAME or User:* with one asterisk, parted by ';'",
            "these are not patterns");
    }
}

static void read_settings(struct reading *r)
{
    const char *text = r->at->value;

    if (!is_list(text, in_keys, CONF_MANIFEST_KEY)) {
        fail(r, "write keys of schloss.properties with a comma between them, no blanks",
            "these are not keys");
        return;
    }
    for (;;) {
        size_t length = strcspn(text, ",");
        if (r->out->setting_count == CONF_MANIFEST_SETTINGS) {
            fail(r, NULL, "more than 16 settings");
            return;
        }
        (void)copy(r->out->settings[r->out->setting_count++], CONF_MANIFEST_KEY + 1, text,
            length);
        if (text[length] == '\0') {
            return;
        }
        text += length + 1;
    }
}

static void read_file(struct reading *r, const char *name, bool is_public)
{
    struct conf_manifest_file *f = &r->out->files[r->out->file_count];
    const char *key = r->at->value;

    if (r->out->file_count == CONF_MANIFEST_FILES) {
        fail(r, NULL, "more than 8 files");
    } else if (!is_list(key, in_keys, CONF_MANIFEST_KEY) || strchr(key, ',') != NULL ||
               !copy(f->key, sizeof(f->key), key, strlen(key)) ||
               strspn(name, in_keys) != strlen(name) ||
               !copy(f->name, sizeof(f->name), name, strlen(name))) {
        fail(r, "write file.NAME=KEY, where KEY is a key of schloss.properties",
            "this names no file");
    } else {
        f->is_public = is_public;
        r->out->file_count++;
    }
}

static void read_message_max(struct reading *r)
{
    int64_t value = 0;

    if (text_to_i64(r->at->value, strlen(r->at->value), MESSAGE_MAX_MIN, MESSAGE_MAX_MAX,
            &value) != OK) {
        fail(r, "write a number from 1024 to 65536 bytes", "this is no size");
    }
    r->out->message_max = (int32_t)value;
}

static void read_scratch(struct reading *r)
{
    r->out->scratch = strcmp(r->at->value, "true") == 0;
    if (!r->out->scratch && strcmp(r->at->value, "false") != 0) {
        fail(r, "write true or false", "neither true nor false");
    }
}

static void read_dial(struct reading *r)
{
    const char *key = r->at->value;

    if (!is_list(key, in_keys, CONF_MANIFEST_KEY) || strchr(key, ',') != NULL ||
        !copy(r->out->dial, sizeof(r->out->dial), key, strlen(key))) {
        fail(r, "write dial=KEY, where KEY is a key of schloss.properties",
            "this names no key");
    }
}

static void read_property(struct reading *r)
{
    const char *key = r->at->key;

    if (strcmp(key, "mechanisms") == 0) {
        read_mechanisms(r);
    } else if (strcmp(key, "principals") == 0) {
        read_principals(r);
    } else if (strcmp(key, "settings") == 0) {
        read_settings(r);
    } else if (strncmp(key, "file.", 5) == 0) {
        read_file(r, key + 5, false);
    } else if (strncmp(key, "public.", 7) == 0) {
        read_file(r, key + 7, true);
    } else if (strcmp(key, "message.max.bytes") == 0) {
        read_message_max(r);
    } else if (strcmp(key, "scratch") == 0) {
        read_scratch(r);
    } else if (strcmp(key, "dial") == 0) {
        read_dial(r);
    } else {
        report_error(r->report, &r->at->key_place, "CONF061", "docs/plugins.md lists all",
            "a manifest has no such key");
    }
}

static void read_all(struct reading *r, const struct conf_properties *properties)
{
    for (size_t i = 0; i < properties->count; i++) {
        r->at = &properties->items[i];
        for (size_t k = 0; k < i; k++) {
            if (strcmp(properties->items[k].key, r->at->key) == 0) {
                report_error(r->report, &r->at->key_place, "CONF012", "keep one",
                    "a key twice in one file");
            }
        }
        read_property(r);
    }
}

static void check_whole(struct reading *r, const char *file)
{
    const struct report_place place = {.file = file, .line = 1};

    if (r->out->mechanisms[0] == '\0') {
        report_error(r->report, &place, "CONF062", "write mechanisms=...",
            "the plugin has no mechanism");
    }
    if (r->out->scratch && r->out->dial[0] != '\0') {
        report_error(r->report, &place, "CONF063", "leave one of them out",
            "a plugin has files or connections, not both");
    }
}

enum err conf_manifest_parse(
    const struct conf_source *file, struct conf_manifest *out, struct buf *errors_out)
{
    struct conf_properties *properties = mem_alloc(1, sizeof(*properties));
    struct conf_manifest m = {.principals = "User:*", .message_max = MESSAGE_MAX_DEFAULT};
    struct report report;
    struct reading r = {.out = &m, .report = &report};
    struct arena arena;

    if (properties == NULL) {
        return ERR_NOMEM;
    }
    report_init(&report, errors_out);
    arena_init(&arena, MEMORY_MAX);
    enum err e = conf_properties_read(properties, file, 0, &arena, &report);
    if (e == OK) {
        read_all(&r, properties);
        if (report.errors == 0) {
            check_whole(&r, file->name);
        }
        e = report.errors > 0 ? ERR_INVALID : OK;
        report_finish(&report, file->name, "plugin not loaded");
    }
    arena_fini(&arena);
    mem_free(properties);
    if (e == OK) {
        *out = m;
    }
    return e;
}

bool conf_manifest_has(const struct conf_manifest *m, const char *mechanism)
{
    size_t wanted = strlen(mechanism);

    for (const char *at = m->mechanisms; *at != '\0';) {
        size_t length = strcspn(at, ",");
        if (length == wanted && memcmp(at, mechanism, length) == 0) {
            return true;
        }
        at += length + (at[length] == ',' ? 1 : 0);
    }
    return false;
}

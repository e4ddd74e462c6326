#include "conf.h"

#include "conf_build.h"
#include "mem.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

#define MEMORY_MAX ((size_t)16 << 20)

static void refuse_key(struct conf_builder *b, const struct conf_property *p)
{
    const char *refusal = conf_schema_refusal(p->key);
    struct report_nearest near = {.word = p->key};
    char quoted[160];
    char help[160];

    (void)conf_quote(quoted, sizeof(quoted), p->key, strlen(p->key));
    if (refusal != NULL) {
        report_error(b->report, &p->key_place, "CONF011", refusal,
            "%s is not supported by this version", quoted);
        return;
    }
    for (size_t i = 0; i < conf_schema_count() && b->report->errors < REPORT_SHOWN_MAX;
         i++) {
        report_nearest_offer(&near, conf_key_at(i)->name);
    }
    if (near.best != NULL) {
        (void)snprintf(help, sizeof(help), "did you mean '%s'?", near.best);
    } else {
        (void)snprintf(
            help, sizeof(help), "remove it; docs/configuration-keys.md lists all keys");
    }
    report_error(b->report, &p->key_place, "CONF010", help, "unknown key %s", quoted);
}

static bool is_repeated(struct conf_builder *b, size_t i)
{
    const struct conf_property *p = &b->properties->items[i];

    for (size_t k = 0; k < i; k++) {
        const struct conf_property *other = &b->properties->items[k];
        if (other->source == p->source && strcmp(other->key, p->key) == 0) {
            char help[80];
            (void)snprintf(help, sizeof(help), "it is set in line %u already",
                other->key_place.line);
            report_error(
                b->report, &p->key_place, "CONF012", help, "a key twice in one file");
            return true;
        }
    }
    return false;
}

static uint32_t column_of(const struct report_place *place)
{
    return (uint32_t)place->offset + 1;
}

static void take_property(struct conf_builder *b, const struct conf_property *p)
{
    size_t i = conf_schema_find(p->key);

    if (i == conf_schema_count()) {
        refuse_key(b, p);
        return;
    }
    b->set[i] = p;
    b->conf->memory->values[i] = p->value;
    b->conf->memory->origins[i] = (struct conf_origin){
        .file = conf_copy(b, p->value_place.file, strlen(p->value_place.file)),
        .line = p->value_place.line,
        .column = column_of(&p->value_place),
    };
}

static enum err read_files(struct conf_builder *b)
{
    for (size_t i = 0; i < b->file_count; i++) {
        enum err e =
            conf_properties_read(b->properties, &b->files[i], i, b->arena, b->report);
        if (e != OK) {
            return e;
        }
    }
    for (size_t i = 0; i < conf_schema_count(); i++) {
        b->conf->memory->values[i] = conf_key_at(i)->fallback;
    }
    for (size_t i = 0; i < b->properties->count; i++) {
        if (!is_repeated(b, i)) {
            take_property(b, &b->properties->items[i]);
        }
    }
    return b->error;
}

static enum err build(struct conf_builder *b)
{
    enum err e = read_files(b);

    if (e != OK) {
        return e;
    }
    conf_values_read(b);
    if (b->error == OK) {
        conf_listeners_read(b);
    }
    if (b->error == OK) {
        conf_auth_read(b);
    }
    if (b->error == OK) {
        conf_check(b);
    }
    if (b->error != OK) {
        return b->error;
    }
    return b->report->errors > 0 ? ERR_INVALID : OK;
}

static struct conf *conf_new(void)
{
    struct conf *conf = mem_alloc(1, sizeof(*conf));

    if (conf == NULL) {
        return NULL;
    }
    conf->memory = mem_alloc(1, sizeof(*conf->memory));
    if (conf->memory == NULL) {
        mem_free(conf);
        return NULL;
    }
    arena_init(&conf->memory->arena, MEMORY_MAX);
    return conf;
}

enum err conf_parse(const struct conf_source *files, size_t count, struct conf **out,
    struct buf *errors_out)
{
    struct report report;
    struct conf_builder b = {.files = files, .file_count = count, .report = &report};
    enum err e = ERR_NOMEM;

    INVARIANT(count > 0);
    report_init(&report, errors_out);
    b.conf = conf_new();
    b.properties = mem_alloc(1, sizeof(*b.properties));
    if (b.conf != NULL && b.properties != NULL) {
        b.arena = &b.conf->memory->arena;
        e = build(&b);
    }
    if (e == ERR_INVALID) {
        report_finish(&report, files[0].name, "configuration not loaded");
    }
    mem_free(b.properties);
    if (e != OK) {
        conf_free(&b.conf);
        return e;
    }
    *out = b.conf;
    return OK;
}

void conf_free(struct conf **pointer)
{
    struct conf *conf = *pointer;

    if (conf == NULL) {
        return;
    }
    arena_fini(&conf->memory->arena);
    mem_free(conf->memory);
    mem_free(conf);
    *pointer = NULL;
}

const char *conf_value_of(const struct conf *conf, const char *key)
{
    for (size_t i = 0; i < conf->plugin_value_count; i++) {
        if (strcmp(conf->plugin_values[i].key, key) == 0) {
            return conf->plugin_values[i].value;
        }
    }
    size_t i = conf_schema_find(key);
    /* What only begins like it is not that key. */
    return i < conf_schema_count() && strcmp(conf_key_at(i)->name, key) == 0
               ? conf_value_at(conf, i)
               : NULL;
}

const char *conf_value_at(const struct conf *conf, size_t i)
{
    return i < conf_schema_count() ? conf->memory->values[i] : NULL;
}

struct conf_origin conf_origin_at(const struct conf *conf, size_t i)
{
    return i < conf_schema_count() ? conf->memory->origins[i]
                                   : (struct conf_origin){.line = 0};
}

#include "conf_manifest.h"
#include "mem.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text, size_t max, bool may_be_empty)
{
    size_t length = strnlen(text, max + 1);

    if (length > max || (length == 0 && !may_be_empty)) {
        __builtin_trap();
    }
}

static void check(const struct conf_manifest *m)
{
    check_text(m->mechanisms, CONF_MANIFEST_TEXT, false);
    check_text(m->principals, CONF_MANIFEST_TEXT, true);
    if (m->file_count > CONF_MANIFEST_FILES ||
        m->setting_count > CONF_MANIFEST_SETTINGS || m->message_max < 1024 ||
        m->message_max > 65536 || conf_manifest_has(m, "")) {
        __builtin_trap();
    }
    for (size_t i = 0; i < m->file_count; i++) {
        check_text(m->files[i].name, CONF_MANIFEST_NAME, false);
        check_text(m->files[i].key, CONF_MANIFEST_KEY, false);
    }
    for (size_t i = 0; i < m->setting_count; i++) {
        check_text(m->settings[i], CONF_MANIFEST_KEY, false);
    }
}

/* Any file: a sound manifest, or words for a person. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy =
        mem_alloc(size, 1); /* exactly that long: a sanitizer guards the end */
    struct conf_manifest manifest;
    struct buf errors;

    if (copy == NULL) {
        return 0;
    }
    if (size > 0) {
        memcpy(copy, data, size);
    }
    const struct conf_source file = {.name = "m", .text = copy, .length = size};
    buf_init(&errors, (size_t)4 << 20);
    enum err e = conf_manifest_parse(&file, &manifest, &errors);
    if (e == OK) {
        check(&manifest);
    }
    if (e == ERR_INVALID && errors.length == 0) {
        __builtin_trap();
    }
    buf_fini(&errors);
    mem_free(copy);
    return 0;
}

#include "conf.h"
#include "mem.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct conf *conf)
{
    for (size_t i = 0; i < conf->listener_count; i++) {
        const struct conf_listener *l = &conf->listeners[i];
        bool sasl = l->protocol == CONF_SASL_PLAINTEXT || l->protocol == CONF_SASL_SSL;
        if (l->advertised_host[0] == '\0' || sasl != (l->anonymous_principal == NULL)) {
            __builtin_trap();
        }
    }
    if (conf->listener_count == 0 || conf->log_dir[0] != '/' || conf->node_id < 0) {
        __builtin_trap();
    }
    for (size_t i = 0; conf_key_at(i) != NULL; i++) {
        const char *value = conf_value_at(conf, i);
        if (value != NULL && strlen(value) > 4095) {
            __builtin_trap();
        }
    }
}

/* Any two files, parted by a zero byte: a sound configuration, or words for a person. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *zero = size > 0 ? memchr(data, 0, size) : NULL;
    size_t first = zero != NULL ? (size_t)(zero - data) : size;
    size_t second = zero != NULL ? size - first - 1 : 0;
    uint8_t *a = mem_alloc(first, 1); /* exactly that long: a sanitizer guards the ends */
    uint8_t *b = mem_alloc(second, 1);
    struct conf *conf = NULL;
    struct buf errors;

    buf_init(&errors, (size_t)4 << 20);
    if (a != NULL && b != NULL) {
        if (first > 0) {
            memcpy(a, data, first);
        }
        if (second > 0) {
            memcpy(b, data + first + 1, second);
        }
        const struct conf_source files[] = {{"a", a, first}, {"b", b, second}};
        enum err e = conf_parse(files, 2, &conf, &errors);
        if ((e == OK) != (conf != NULL) || (e == ERR_INVALID) != (errors.length > 0)) {
            __builtin_trap();
        }
    }
    if (conf != NULL) {
        check(conf);
    }
    conf_free(&conf);
    buf_fini(&errors);
    mem_free(a);
    mem_free(b);
    return 0;
}

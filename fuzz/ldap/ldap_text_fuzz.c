#include "ldap_text.h"

#include "mem.h"
#include "text.h"

#include <ldap.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NAME_MAX_LENGTH 255

static void demand(bool holds)
{
    if (!holds) {
        __builtin_trap();
    }
}

/* Nothing of the name means anything in a filter. */
static void check_filter(const char *name, size_t length)
{
    struct buf out;

    buf_init(&out, 4096);
    ldap_text_expand(&out, "(uid=%u)", name, length);
    demand(buf_error(&out) == OK && out.length >= 6);
    for (size_t i = 5; i < out.length - 1; i++) {
        demand(strchr("()*", out.bytes[i]) == NULL && out.bytes[i] >= ' ' &&
               out.bytes[i] < 0x7f);
    }
    buf_fini(&out);
}

/* The library finds one value in the DN, the very name. */
static void check_dn(const char *name, size_t length)
{
    struct buf out;
    LDAPDN dn = NULL;

    buf_init(&out, 4096);
    ldap_text_expand(&out, "uid=%u,dc=x", name, length);
    buf_add(&out, "", 1);
    demand(buf_error(&out) == OK);
    bool read =
        ldap_str2dn((const char *)out.bytes, &dn, LDAP_DN_FORMAT_LDAPV3) == LDAP_SUCCESS;
    demand(read || !text_is_utf8(name, length));
    if (read) {
        demand(dn[0] != NULL && dn[0][1] == NULL && dn[1] != NULL && dn[2] == NULL);
        const struct berval *value = &dn[0][0]->la_value;
        demand(value->bv_len == length &&
               (length == 0 || memcmp(value->bv_val, name, length) == 0));
        ldap_dnfree(dn);
    }
    buf_fini(&out);
}

/* A template up to the first line end, then a name. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = memchr(data, '\n', size);
    size_t first = end == NULL ? size : (size_t)(end - data);
    const char *name = end == NULL ? "" : (const char *)end + 1;
    size_t length = end == NULL ? 0 : size - first - 1;
    char *text = mem_copy_text(data, first);
    struct buf out;

    if (text == NULL) {
        return 0;
    }
    length = length > NAME_MAX_LENGTH ? NAME_MAX_LENGTH : length;
    if (ldap_text_is_template(text)) {
        buf_init(&out, (size_t)1 << 20);
        ldap_text_expand(&out, text, name, length);
        demand(buf_error(&out) == OK || buf_error(&out) == ERR_FULL);
        buf_fini(&out);
    }
    if (ldap_text_has_one_spelling(name, length)) {
        demand(length > 0 && memchr(name, ' ', length) == NULL);
    }
    check_filter(name, length);
    check_dn(name, length);
    mem_free(text);
    return 0;
}

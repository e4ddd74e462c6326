#include "token_uri.h"

#include "text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

/* What is taken names one token and one key, by values that fit their fields. */
static void check(const char *text)
{
    struct token_uri u;

    if (token_uri_parse(text, &u) != NULL) {
        return;
    }
    demand(strlen(text) <= TOKEN_URI_MAX && strncmp(text, "pkcs11:", 7) == 0);
    demand(strchr(text, '?') == NULL);
    demand(u.token.length <= TOKEN_LABEL_MAX && u.serial.length <= TOKEN_SERIAL_MAX);
    demand(u.object.length <= TOKEN_OBJECT_MAX && u.id.length <= TOKEN_ID_MAX);
    demand(u.token.length + u.serial.length > 0);
    demand(u.object.length + u.id.length > 0);
    demand(text_is_utf8(u.object.bytes, u.object.length));
    demand(memchr(u.token.bytes, '\0', u.token.length) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    demand(text != NULL);
    if (size > 0) {
        memcpy(text, data, size);
    }
    text[size] = '\0';
    check(text);
    free(text);
    return 0;
}

#include "oauth_message.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

static bool is_inside(struct schloss_auth_bytes part, const uint8_t *data, size_t size)
{
    const uint8_t *p = part.bytes;

    return p >= data && p <= data + size && part.length <= (size_t)(data + size - p);
}

/* The message as RFC 7628 has it, looked at another way. */
static void check_parts(const uint8_t *data, size_t size, const struct oauth_message *m)
{
    const char *token = m->token.bytes;

    demand(size >= 4 && (data[0] == 'n' || data[0] == 'y') && data[1] == ',');
    demand(data[size - 1] == 1 && data[size - 2] == 1);
    demand(is_inside(m->token, data, size));
    demand(m->token.length == 0 || memchr(token, 1, m->token.length) == NULL);
    demand(m->token.length == 0 || token[0] != ' ');
    demand(m->user_length <= USERS_NAME_MAX);
    demand((m->user_length == 0) == (data[2] == ','));
    demand(memchr(m->user, '\0', m->user_length) == NULL);
    demand(token[m->token.length] == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct oauth_message m;

    /* A block of its very size, so that one byte too far is noticed. */
    uint8_t *copy = calloc(1, size > 0 ? size : 1);
    demand(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    if (oauth_message_parse(&m, copy, size) == SCHLOSS_AUTH_REASON_NONE) {
        check_parts(copy, size, &m);
    }
    free(copy);
    return 0;
}

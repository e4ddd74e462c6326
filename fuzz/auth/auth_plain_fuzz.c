#include "password_message.h"
#include "password_sasl.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

struct stub {
    const struct password_message *parsed;
    unsigned asked;
};

/* "right" is everybody's password. */
static enum password_answer verify(void *context, const struct password_proof *asked)
{
    struct stub *s = context;

    s->asked++;
    demand(asked->name_length == s->parsed->name_length);
    demand(memcmp(asked->name, s->parsed->name, asked->name_length) == 0);
    demand(strlen(asked->name) == asked->name_length);
    demand(strlen(asked->password) == asked->password_length);
    return strcmp(asked->password, "right") == 0 ? PASSWORD_RIGHT : PASSWORD_WRONG;
}

/* The message as RFC 4616 has it, counted another way: two NULs, and parts in bounds. */
static void check_parts(
    const uint8_t *data, size_t size, const struct password_message *m)
{
    size_t nuls = 0;
    size_t first = 0;

    for (size_t i = 0; i < size; i++) {
        nuls += data[i] == 0;
        first += nuls == 0;
    }
    demand(nuls == 2);
    demand(m->name_length >= 1 && m->name_length <= USERS_NAME_MAX);
    demand(m->password_length >= 1 && m->password_length <= USERS_PASSWORD_MAX);
    demand(first + m->name_length + m->password_length + 2 == size);
    demand(first == 0 || (first == m->name_length && memcmp(data, m->name, first) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool started;
    struct password_message m;
    enum password_answer answer;

    if (!started) {
        started = true;
        demand(password_sasl_start() == OK);
    }
    /* A block of its very size, so that one byte too far is noticed. */
    uint8_t *copy = malloc(size > 0 ? size : 1);
    demand(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    if (password_message_parse(&m, copy, size) == SCHLOSS_AUTH_REASON_NONE) {
        struct stub s = {.parsed = &m};
        const struct password_sasl_login login = {.message = copy,
            .length = size,
            .parsed = &m,
            .verify = verify,
            .context = &s};
        check_parts(copy, size, &m);
        bool right = m.password_length == 5 && memcmp(m.password, "right", 5) == 0;
        enum err e = password_sasl_run(&login, &answer);
        demand(s.asked == 1); /* Cyrus understood what we understood */
        demand(e == (right ? OK : ERR_DENIED));
        demand(answer == (right ? PASSWORD_RIGHT : PASSWORD_WRONG));
    }
    free(copy);
    return 0;
}

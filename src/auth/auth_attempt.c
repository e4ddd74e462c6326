#include "auth_attempt.h"

#include <string.h>

_Static_assert((AUTH_ATTEMPTS_MAX & (AUTH_ATTEMPTS_MAX - 1)) == 0, "a place is low bits");

enum err auth_attempts_init(struct auth_attempts *s)
{
    *s = (struct auth_attempts){.slots = NULL};
    table_init(&s->by_session, AUTH_ATTEMPTS_MAX);
    s->slots = mem_alloc(AUTH_ATTEMPTS_MAX, sizeof(*s->slots));
    return s->slots != NULL ? OK : ERR_NOMEM;
}

void auth_attempts_fini(struct auth_attempts *s)
{
    for (size_t i = 0; s->slots != NULL && i < AUTH_ATTEMPTS_MAX; i++) {
        secret_free(&s->slots[i].message);
    }
    mem_free(s->slots);
    table_fini(&s->by_session);
    *s = (struct auth_attempts){.slots = NULL};
}

enum err auth_attempts_add(struct auth_attempts *s, uint64_t session, uint32_t attempt,
    struct ipc_view address, struct auth_attempt **out)
{
    size_t place = 0;

    if (s->count == AUTH_ATTEMPTS_MAX) {
        return ERR_FULL;
    }
    while (s->slots[place].state != AUTH_FREE) {
        place++;
    }
    struct auth_attempt *a = &s->slots[place];
    enum err e = table_put(&s->by_session, &session, sizeof(session), a);
    if (e != OK) {
        return e;
    }
    s->generation++;
    *a = (struct auth_attempt){.state = AUTH_IDLE,
        .number = s->generation * AUTH_ATTEMPTS_MAX + place,
        .session = session,
        .attempt = attempt,
        .address_length = address.len};
    if (address.len > 0) {
        memcpy(a->address, address.ptr, address.len);
    }
    s->count++;
    *out = a;
    return OK;
}

void auth_attempts_release(struct auth_attempts *s, struct auth_attempt *a)
{
    auth_queue_remove(s, a);
    INVARIANT(table_remove(&s->by_session, &a->session, sizeof(a->session)) == a);
    secret_free(&a->message);
    *a = (struct auth_attempt){.state = AUTH_FREE};
    s->count--;
}

struct auth_attempt *auth_attempts_of_session(
    const struct auth_attempts *s, uint64_t session)
{
    return table_get(&s->by_session, &session, sizeof(session));
}

struct auth_attempt *auth_attempts_of_number(
    const struct auth_attempts *s, uint64_t number)
{
    struct auth_attempt *a = &s->slots[number % AUTH_ATTEMPTS_MAX];

    return a->state != AUTH_FREE && a->number == number ? a : NULL;
}

static bool is_from(const struct auth_attempt *a, const uint8_t *address, size_t length)
{
    return a->address_length == length && memcmp(a->address, address, length) == 0;
}

bool auth_queue_has_room(const struct auth_attempts *s, const struct auth_attempt *a)
{
    size_t share = 0;

    for (size_t i = 0; i < s->queued; i++) {
        share += is_from(s->queue[i], a->address, a->address_length);
    }
    return s->queued < AUTH_QUEUE_MAX && share < AUTH_QUEUE_SHARE_MAX;
}

void auth_queue_add(struct auth_attempts *s, struct auth_attempt *a)
{
    INVARIANT(s->queued < AUTH_ATTEMPTS_MAX);
    s->queue[s->queued] = a;
    s->queued++;
}

static void remove_at(struct auth_attempts *s, size_t at)
{
    s->queued--;
    memmove(&s->queue[at], &s->queue[at + 1], (s->queued - at) * sizeof(s->queue[0]));
}

void auth_queue_remove(struct auth_attempts *s, const struct auth_attempt *a)
{
    for (size_t i = 0; i < s->queued; i++) {
        if (s->queue[i] == a) {
            remove_at(s, i);
            return;
        }
    }
}

struct auth_attempt *auth_queue_take(struct auth_attempts *s)
{
    size_t at = 0;

    if (s->queued == 0) {
        return NULL;
    }
    for (size_t i = 0; i < s->queued; i++) {
        if (!is_from(s->queue[i], s->last_address, s->last_length)) {
            at = i;
            break;
        }
    }
    struct auth_attempt *a = s->queue[at];
    remove_at(s, at);
    s->last_length = a->address_length;
    memcpy(s->last_address, a->address, a->address_length);
    return a;
}

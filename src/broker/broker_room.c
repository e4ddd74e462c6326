#include "broker_room.h"

#include "mem.h"

#include <string.h>

#define REQUEST_MAX 104857600u /* what socket.request.max.bytes can be */
#define SHARES      4          /* of the whole; nobody has more than one */
#define OWNERS_MAX  65536

/* What the sessions of one principal have together. */
struct broker_room_owner {
    uint64_t used;
    size_t sessions; /* that have some, or wait */
    uint64_t full;   /* the last turn in which one of them found its share used up */
    char principal[BROKER_PRINCIPAL_MAX + 1];
};

void broker_room_init(struct broker_room *room, uint64_t max)
{
    *room = (struct broker_room){.max = max};
    table_init(&room->owners, OWNERS_MAX);
}

void broker_room_fini(struct broker_room *room)
{
    struct broker_room_owner *owner;

    for (size_t cursor = 0; (owner = table_next(&room->owners, &cursor)) != NULL;) {
        mem_free(owner);
    }
    table_fini(&room->owners);
}

static struct broker_room_owner *owner_of(struct broker_session *s)
{
    struct table *owners = &s->broker->room.owners;
    size_t length = strlen(s->principal);
    struct broker_room_owner *owner = table_get(owners, s->principal, length);

    if (owner != NULL) {
        return owner;
    }
    owner = mem_alloc(1, sizeof(*owner));
    if (owner == NULL || table_put(owners, s->principal, length, owner) != OK) {
        mem_free(owner);
        return NULL;
    }
    memcpy(owner->principal, s->principal, length + 1);
    return owner;
}

static bool fits(uint64_t used, uint64_t more, uint64_t max)
{
    return used == 0 || used + more <= max;
}

static enum err give(struct broker_session *s)
{
    struct ipc_room_given given = {0};

    s->room.given = true;
    s->room.owner->used += s->room.bytes;
    s->broker->room.used += s->room.bytes;
    return ipc_link_send(&s->link, IPC_MSG_ROOM_GIVEN, s->room.request, &given, -1);
}

static void unlink_waiting(struct broker_session *s)
{
    struct broker_room *room = &s->broker->room;
    struct broker_session *before = s->room.before;
    struct broker_session *behind = s->room.behind;

    *(before == NULL ? &room->first : &before->room.behind) = behind;
    *(behind == NULL ? &room->last : &behind->room.before) = before;
    s->room.before = NULL;
    s->room.behind = NULL;
}

static void wait_in_line(struct broker_session *s)
{
    struct broker_room *room = &s->broker->room;

    s->room.before = room->last;
    *(room->last == NULL ? &room->first : &room->last->room.behind) = s;
    room->last = s;
}

/*
 * The first in line is not overtaken where the whole is used up, so that a large request
 * gets its turn. Where its principal's share is, others go before it, but no others of the
 * same principal.
 */
static void serve_line(struct broker *b)
{
    struct broker_session *s = b->room.first;

    b->room.turn++;
    while (s != NULL) {
        struct broker_session *next = s->room.behind;
        struct broker_room_owner *owner = s->room.owner;
        if (owner->full == b->room.turn ||
            !fits(owner->used, s->room.bytes, b->room.max / SHARES)) {
            owner->full = b->room.turn;
        } else if (fits(b->room.used, s->room.bytes, b->room.max)) {
            unlink_waiting(s);
            (void)!give(s); /* where it fails, the end of its channel is heard of */
        } else {
            return;
        }
        s = next;
    }
}

void broker_room_leave(struct broker_session *s)
{
    struct broker *b = s->broker;
    struct broker_room_owner *owner = s->room.owner;

    if (owner == NULL) {
        return;
    }
    if (s->room.given) {
        owner->used -= s->room.bytes;
        b->room.used -= s->room.bytes;
    } else {
        unlink_waiting(s);
    }
    if (--owner->sessions == 0) {
        (void)table_remove(&b->room.owners, owner->principal, strlen(owner->principal));
        mem_free(owner);
    }
    memset(&s->room, 0, sizeof(s->room));
    serve_line(b);
}

enum err broker_room_on_room(struct broker_session *s, uint32_t bytes, uint64_t request)
{
    struct broker *b = s->broker;

    if (bytes == 0) {
        bool given = s->room.given;
        broker_room_leave(s);
        return given ? OK : ERR_INVALID;
    }
    if (bytes > REQUEST_MAX || s->room.owner != NULL) {
        return ERR_INVALID;
    }
    struct broker_room_owner *owner = owner_of(s);
    if (owner == NULL) {
        return ERR_NOMEM;
    }
    owner->sessions++;
    s->room =
        (struct broker_session_room){.owner = owner, .bytes = bytes, .request = request};
    wait_in_line(s);
    serve_line(b);
    return OK;
}

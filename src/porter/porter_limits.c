#include "porter_limits.h"

#include "mem.h"

#include <string.h>

#define ADDRESSES_MAX   65536
#define CONNECTIONS_MAX 65536
#define KEY_BYTES       16

struct porter_address {
    uint8_t key[KEY_BYTES];
    uint32_t connections;
    uint32_t unauthenticated;
    int64_t penalty_until_ms;
    bool turned_away; /* until then */
};

struct porter_connection {
    struct porter_address *address; /* borrowed: porter_limits.addresses */
    uint8_t listener;
    bool authenticated;
};

const char *porter_verdict_text(enum porter_verdict v)
{
    switch (v) {
    case PORTER_ADMIT:
        return "admitted";
    case PORTER_TOO_MANY:
        return "max.connections is reached";
    case PORTER_TOO_MANY_LISTENER:
        return "max.connections of its listener is reached";
    case PORTER_TOO_MANY_HERE:
        return "max.connections.per.ip is reached";
    case PORTER_TOO_MANY_UNKNOWN:
        return "too many connections that did not authenticate yet";
    case PORTER_TOO_MANY_UNKNOWN_HERE:
        return "too many connections of this address that did not authenticate yet";
    case PORTER_EARLY_DROP:
        return "dropped by chance, since many connections did not authenticate yet";
    case PORTER_TOO_FAST:
        return "its quota connection_creation_rate is used up";
    case PORTER_PENALTY:
        return "turned away for a while after earlier misbehaviour";
    case PORTER_NO_MEMORY:
        return "out of memory";
    }
    return "unknown";
}

void porter_limits_init(
    struct porter_limits *l, const struct porter_limits_config *config)
{
    *l = (struct porter_limits){.config = *config};
    table_init(&l->addresses, ADDRESSES_MAX);
    table_init(&l->gates, CONNECTIONS_MAX);
}

void porter_limits_fini(struct porter_limits *l)
{
    void *p;

    for (size_t cursor = 0; (p = table_next(&l->gates, &cursor)) != NULL;) {
        mem_free(p);
    }
    for (size_t cursor = 0; (p = table_next(&l->addresses, &cursor)) != NULL;) {
        mem_free(p);
    }
    table_fini(&l->gates);
    table_fini(&l->addresses);
}

static void make_key(const struct in6_addr *address, uint8_t key[KEY_BYTES])
{
    memcpy(key, address->s6_addr, KEY_BYTES);
    if (!IN6_IS_ADDR_V4MAPPED(address)) {
        memset(key + 8, 0, 8);
    }
}

static struct porter_address *get_address(
    struct porter_limits *l, const struct in6_addr *address)
{
    uint8_t key[KEY_BYTES];

    make_key(address, key);
    struct porter_address *a = table_get(&l->addresses, key, KEY_BYTES);
    if (a != NULL) {
        return a;
    }
    a = mem_alloc(1, sizeof(*a));
    if (a != NULL) {
        memcpy(a->key, key, KEY_BYTES);
        if (table_put(&l->addresses, key, KEY_BYTES, a) != OK) {
            mem_free(a);
            return NULL;
        }
    }
    return a;
}

/* From half of the limit on, the chance to be dropped grows to certainty at the limit. */
static bool is_dropped_early(const struct porter_limits *l, uint32_t luck)
{
    uint64_t half = l->config.unauthenticated_max / 2;

    if (half == 0 || l->unauthenticated <= half) {
        return false;
    }
    return (uint64_t)luck * half < ((uint64_t)(l->unauthenticated - half) << 32);
}

static enum porter_verdict judge(const struct porter_limits *l,
    const struct porter_address *a, uint8_t listener, int64_t now_ms, uint32_t luck)
{
    const struct porter_limits_config *c = &l->config;
    bool in_good_standing = a->connections > a->unauthenticated;

    if (a->turned_away && a->penalty_until_ms > now_ms) {
        return PORTER_PENALTY;
    }
    if (l->connections >= c->connections_max) {
        return PORTER_TOO_MANY;
    }
    if (l->listener_connections[listener] >= c->listener_max[listener]) {
        return PORTER_TOO_MANY_LISTENER;
    }
    if (a->connections >= c->per_address_max) {
        return PORTER_TOO_MANY_HERE;
    }
    if (a->unauthenticated >= c->unauthenticated_per_address_max) {
        return PORTER_TOO_MANY_UNKNOWN_HERE;
    }
    if (in_good_standing) {
        return PORTER_ADMIT;
    }
    if (l->unauthenticated >= c->unauthenticated_max) {
        return PORTER_TOO_MANY_UNKNOWN;
    }
    return is_dropped_early(l, luck) ? PORTER_EARLY_DROP : PORTER_ADMIT;
}

static bool is_forgettable(const struct porter_address *a, int64_t now_ms)
{
    return a->connections == 0 && a->penalty_until_ms <= now_ms;
}

static void forget_address(struct porter_limits *l, struct porter_address *a)
{
    (void)table_remove(&l->addresses, a->key, KEY_BYTES);
    mem_free(a);
}

static enum porter_verdict count_connection(
    struct porter_limits *l, uint64_t gate, uint8_t listener, struct porter_address *a)
{
    struct porter_connection *c = mem_alloc(1, sizeof(*c));

    if (c == NULL || table_put(&l->gates, &gate, sizeof(gate), c) != OK) {
        mem_free(c);
        return PORTER_NO_MEMORY;
    }
    c->address = a;
    c->listener = listener;
    a->connections++;
    a->unauthenticated++;
    l->connections++;
    l->listener_connections[listener]++;
    l->unauthenticated++;
    return PORTER_ADMIT;
}

enum porter_verdict porter_limits_admit(struct porter_limits *l, uint64_t gate,
    uint8_t listener, const struct in6_addr *address, int64_t now_ms, uint32_t luck)
{
    struct porter_address *a = get_address(l, address);

    if (a == NULL) {
        return PORTER_NO_MEMORY;
    }
    enum porter_verdict v = judge(l, a, listener, now_ms, luck);
    if (v == PORTER_ADMIT) {
        v = count_connection(l, gate, listener, a);
    }
    /* Strangers that are refused leave nothing behind that could fill the table. */
    if (v != PORTER_ADMIT && is_forgettable(a, now_ms)) {
        forget_address(l, a);
    }
    return v;
}

void porter_limits_trusted(struct porter_limits *l, uint64_t gate)
{
    struct porter_connection *c = table_get(&l->gates, &gate, sizeof(gate));

    if (c != NULL && !c->authenticated) {
        c->authenticated = true;
        c->address->unauthenticated--;
        l->unauthenticated--;
    }
}

/* The amounts are those of OpenSSH's PerSourcePenalties (sshd_config(5)). */
static int64_t penalty_ms(enum ipc_exit_class how, bool authenticated)
{
    switch (how) {
    case IPC_EXIT_CRASH:
        return 90000;
    case IPC_EXIT_AUTH_FAIL:
        return 5000;
    case IPC_EXIT_KILLED:
        return authenticated ? 0 : 90000;
    case IPC_EXIT_PEER_FAULT:
        return 1000;
    case IPC_EXIT_CLEAN:
        return 0;
    }
    return 0;
}

void porter_limits_gone(
    struct porter_limits *l, uint64_t gate, enum ipc_exit_class how, int64_t now_ms)
{
    struct porter_connection *c = table_remove(&l->gates, &gate, sizeof(gate));

    if (c == NULL) {
        return;
    }
    struct porter_address *a = c->address;
    if (a->penalty_until_ms <= now_ms) {
        a->turned_away = false;
    }
    int64_t start = a->penalty_until_ms > now_ms ? a->penalty_until_ms : now_ms;
    int64_t until = start + penalty_ms(how, c->authenticated);
    int64_t latest = now_ms + PORTER_PENALTY_MAX_MS;
    a->penalty_until_ms = until > latest ? latest : until;
    if (a->penalty_until_ms - now_ms >= PORTER_PENALTY_MIN_MS) {
        a->turned_away = true;
    }
    a->connections--;
    l->connections--;
    l->listener_connections[c->listener]--;
    if (!c->authenticated) {
        a->unauthenticated--;
        l->unauthenticated--;
    }
    mem_free(c);
}

void porter_limits_forget(struct porter_limits *l, int64_t now_ms)
{
    struct porter_address *a;

    for (size_t cursor = 0; (a = table_next(&l->addresses, &cursor)) != NULL;) {
        if (is_forgettable(a, now_ms)) {
            forget_address(l, a);
        }
    }
}

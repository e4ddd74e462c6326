#include "porter_process.h"

#include "clock.h"
#include "log.h"
#include "mem.h"
#include "porter_admin.h"
#include "porter_limits.h"
#include "porter_rates.h"
#include "rand.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define SPARES_MAX      256
#define ACCEPTS_A_ROUND 16
#define FORGET_EVERY_MS 10000
#define CONTROL_QUEUE   ((size_t)4 * 1024 * 1024)
#define GATE_QUEUE      ((size_t)64 * 1024)

struct listener {
    struct porter *porter;
    struct loop_watch watch; /* .active: we accept */
    uint8_t index;           /* below PORTER_LISTENERS_MAX */
    uint32_t connections_max;
    bool is_admin; /* the administrator's socket */
    char name[65];
};

/* A gate that waits for a client. It has nothing to say to us: anything it sends is a
 * breach. */
struct spare {
    struct porter *porter;
    struct ipc_link link;
    uint64_t gate;
};

struct porter {
    struct role role;
    struct ipc_link broker;
    struct porter_limits limits;
    struct porter_rates rates;
    struct porter_admin admin;
    size_t reserved; /* spare gates that are kept for administrators */
    struct listener listeners[IPC_LISTENERS_MAX];
    size_t listener_count;
    struct spare *spares[SPARES_MAX];
    size_t spare_count;
    struct log_limit log;
    struct log_limit admin_log; /* of its own: no client can use it up */
    struct loop_timer forget;
    bool accepting;
};

static const struct ipc_handler handlers[IPC_MSG_COUNT];

static void accept_or_wait(struct porter *p);

static void on_core_end(void *context, enum err why)
{
    struct porter *p = context;

    (void)why; /* the warden decides what follows */
    ipc_link_fini(&p->broker);
}

static void remove_spare(struct spare *s)
{
    struct porter *p = s->porter;

    for (size_t i = 0; i < p->spare_count; i++) {
        if (p->spares[i] == s) {
            p->spare_count--;
            memmove(&p->spares[i], &p->spares[i + 1],
                (p->spare_count - i) * sizeof(struct spare *));
            break;
        }
    }
    ipc_link_fini(&s->link);
    mem_free(s);
}

static void on_spare_end(void *context, enum err why)
{
    struct spare *s = context;
    struct porter *p = s->porter;

    if (why == ERR_INVALID) {
        struct ipc_gate_kill kill = {.gate = s->gate, .reason = IPC_KILL_BREACH};
        (void)!ipc_link_send(&p->role.warden, IPC_MSG_GATE_KILL, 0, &kill, -1);
    }
    remove_spare(s);
    accept_or_wait(p);
}

static void log_refusal(struct porter *p, const struct listener *l, const char *address,
    enum porter_verdict v)
{
    uint64_t left_out = 0;

    if (log_limit_allows(&p->log, loop_now_ms(p->role.loop), &left_out)) {
        log_warn("refused a connection from %s on listener %s: %s; %llu more not shown "
                 "[NET010]",
            address, l->name, porter_verdict_text(v), (unsigned long long)left_out);
    }
}

/* Tells broker first and the warden last, so that nobody hears of a session before its
 * origin: the message, which says it. */
static enum err hand_over(struct porter *p, const struct listener *l, struct spare *s,
    int fd, enum ipc_msg origin, const void *message)
{
    struct ipc_client client = {.gate = s->gate, .listener = l->index};
    struct ipc_gate_taken taken = {.gate = s->gate};
    enum err e = ipc_link_send(&p->broker, origin, 0, message, -1);

    if (e == OK) {
        e = ipc_link_send(&s->link, IPC_MSG_CLIENT, 0, &client, fd);
    }
    enum err told = ipc_link_send(&p->role.warden, IPC_MSG_GATE_TAKEN, 0, &taken, -1);
    return e != OK ? e : told;
}

static void take_connection(
    struct porter *p, struct listener *l, int fd, const struct sockaddr_in6 *from)
{
    struct spare *s = p->spares[0]; /* the one that its neighbours know longest */
    char address[INET6_ADDRSTRLEN] = "unknown";
    struct in6_addr ip = from->sin6_addr;
    uint16_t port = ntohs(from->sin6_port);
    int on = 1;

    if (from->sin6_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, from, sizeof(v4));
        memset(&ip, 0, sizeof(ip));
        ip.s6_addr[10] = ip.s6_addr[11] = 0xff;
        memcpy(ip.s6_addr + 12, &v4.sin_addr, 4);
        port = ntohs(v4.sin_port);
        (void)inet_ntop(AF_INET, &v4.sin_addr, address, sizeof(address));
    } else {
        (void)inet_ntop(AF_INET6, &ip, address, sizeof(address));
    }
    int64_t now_ms = loop_now_ms(p->role.loop);
    enum porter_verdict v = PORTER_TOO_FAST;
    if (porter_rates_admit(&p->rates, &ip, now_ms)) {
        v = porter_limits_admit(
            &p->limits, s->gate, l->index, &ip, now_ms, (uint32_t)rand_u64());
    }
    if (v != PORTER_ADMIT) {
        log_refusal(p, l, address, v);
        return;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    struct ipc_session_open open = {.gate = s->gate,
        .listener = l->index,
        .address = ipc_text(address),
        .port = port};
    enum err e = hand_over(p, l, s, fd, IPC_MSG_SESSION_OPEN, &open);
    if (e != OK) {
        log_err("a connection from %s could not be handed to a gate: %s [NET011]",
            address, err_text(e));
    }
    remove_spare(s);
}

static void log_not_heard(struct porter *p, uint32_t uid, const char *why)
{
    uint64_t left_out = 0;

    if (log_limit_allows(&p->admin_log, loop_now_ms(p->role.loop), &left_out)) {
        log_warn("uid %u is not heard on the administrator's socket: %s; %llu more not "
                 "shown [NET015]",
            uid, why, (unsigned long long)left_out);
    }
}

/* Who it is: the kernel noted it when the connection was made. */
static void take_administrator(struct porter *p, const struct listener *l, int fd)
{
    struct spare *s = p->spares[0];
    struct ucred peer = {0};
    socklen_t length = sizeof(peer);

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0 ||
        length != sizeof(peer)) {
        return;
    }
    if (!porter_admin_hears(&p->admin, peer.uid)) {
        log_not_heard(p, peer.uid, "neither root, nor who started schlossd");
        return;
    }
    if (!porter_admin_admit(&p->admin, s->gate, peer.uid)) {
        log_not_heard(p, peer.uid, "too many connections of administrators");
        return;
    }
    struct ipc_admin_open open = {.gate = s->gate, .listener = l->index, .uid = peer.uid};
    enum err e = hand_over(p, l, s, fd, IPC_MSG_ADMIN_OPEN, &open);
    if (e != OK) {
        log_err(
            "an administrator could not be handed to a gate: %s [NET011]", err_text(e));
    }
    remove_spare(s);
}

/* The last gate is for an administrator, however many clients come. */
static bool has_gate_for(const struct porter *p, const struct listener *l)
{
    return p->spare_count > (l->is_admin ? 0 : p->reserved);
}

static void on_connection(void *context, uint32_t events)
{
    struct listener *l = context;
    struct porter *p = l->porter;

    (void)events;
    /* Broker must hear where a client comes from before the gate can speak for it. */
    for (int i = 0; i < ACCEPTS_A_ROUND && has_gate_for(p, l) &&
                    !ipc_channel_wants_write(&p->broker.channel);
         i++) {
        struct sockaddr_in6 from = {0};
        socklen_t length = sizeof(from);
        int fd = accept4(
            l->watch.fd, (struct sockaddr *)&from, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
                errno == ENOMEM) {
                uint64_t left_out = 0;
                if (log_limit_allows(&p->log, loop_now_ms(p->role.loop), &left_out)) {
                    log_err(
                        "no descriptor or memory for a new connection: errno=%d [NET012]",
                        errno);
                }
            }
            break;
        }
        if (l->is_admin) {
            take_administrator(p, l, fd);
        } else {
            take_connection(p, l, fd, &from);
        }
        (void)close(fd);
    }
    accept_or_wait(p);
}

/* Without a spare gate connections wait in the kernel's queue, which is bounded. */
static void accept_or_wait(struct porter *p)
{
    bool accepts = p->accepting && ipc_link_is_open(&p->broker);

    for (size_t i = 0; i < p->listener_count; i++) {
        struct loop_watch *w = &p->listeners[i].watch;
        bool open = accepts && has_gate_for(p, &p->listeners[i]);
        if (open && !w->active) {
            if (loop_add(p->role.loop, w) != OK) {
                log_err("listener %s can not be watched [NET013]", p->listeners[i].name);
            }
        } else if (!open && w->active) {
            loop_remove(p->role.loop, w);
        }
    }
}

static struct listener *find_listener(struct porter *p, uint8_t index)
{
    for (size_t i = 0; i < p->listener_count; i++) {
        if (p->listeners[i].index == index) {
            return &p->listeners[i];
        }
    }
    return NULL;
}

static enum err on_listener(void *context, const struct ipc_received *m)
{
    struct porter *p = context;
    const struct ipc_listener *told = &m->body.listener;

    if (told->index >= IPC_LISTENERS_MAX || p->listener_count == IPC_LISTENERS_MAX ||
        find_listener(p, told->index) != NULL) {
        return ERR_INVALID;
    }
    struct listener *l = &p->listeners[p->listener_count++];
    *l = (struct listener){.porter = p,
        .index = told->index,
        .is_admin = told->protocol == IPC_PROTOCOL_ADMIN};
    memcpy(l->name, told->name.ptr, told->name.len);
    l->watch = (struct loop_watch){.fd = -1, .context = l, .on_event = on_connection};
    l->watch.events = EPOLLIN;
    return OK;
}

static enum err on_porter_listen(void *context, const struct ipc_received *m)
{
    struct porter *p = context;
    struct listener *l = find_listener(p, m->body.porter_listen.index);

    if (l == NULL || l->is_admin || l->watch.fd >= 0) {
        (void)close(m->fd);
        return ERR_INVALID;
    }
    l->watch.fd = m->fd;
    l->connections_max = m->body.porter_listen.connections_max;
    return OK;
}

static enum err on_porter_admin(void *context, const struct ipc_received *m)
{
    struct porter *p = context;
    const struct ipc_porter_admin *told = &m->body.porter_admin;
    struct listener *l = find_listener(p, told->index);

    if (l == NULL || !l->is_admin || l->watch.fd >= 0) {
        (void)close(m->fd);
        return ERR_INVALID;
    }
    l->watch.fd = m->fd;
    p->admin = (struct porter_admin){.uid = told->uid, .anybody = told->anybody != 0};
    p->reserved = 1;
    return OK;
}

static enum err on_peer_add(void *context, const struct ipc_received *m)
{
    struct porter *p = context;
    struct ipc_channel channel;

    if (m->body.peer_add.role != IPC_BROKER) {
        (void)close(m->fd);
        return ERR_INVALID;
    }
    ipc_link_fini(&p->broker);
    enum err e = ipc_channel_init(
        &channel, m->fd, IPC_PACKETS, IPC_PORTER, IPC_BROKER, CONTROL_QUEUE);
    if (e != OK) {
        ipc_channel_fini(&channel);
        return e;
    }
    e = ipc_link_init(&p->broker, p->role.loop, &channel, handlers, p, on_core_end);
    accept_or_wait(p);
    return e;
}

static enum err on_gate_add(void *context, const struct ipc_received *m)
{
    struct porter *p = context;
    struct spare *s = p->spare_count < SPARES_MAX ? mem_alloc(1, sizeof(*s)) : NULL;
    struct ipc_channel channel;

    if (s == NULL) {
        (void)close(m->fd); /* the gate sees its channel end, and ends */
        return OK;
    }
    *s = (struct spare){.porter = p, .gate = m->body.gate_add.gate};
    enum err e =
        ipc_channel_init(&channel, m->fd, IPC_PACKETS, IPC_PORTER, IPC_GATE, GATE_QUEUE);
    if (e == OK) {
        e = ipc_link_init(&s->link, p->role.loop, &channel, handlers, s, on_spare_end);
    } else {
        ipc_channel_fini(&channel);
    }
    if (e != OK) {
        mem_free(s);
        return OK;
    }
    p->spares[p->spare_count++] = s;
    accept_or_wait(p);
    return OK;
}

static enum err on_gate_gone(void *context, const struct ipc_received *m)
{
    struct porter *p = context;
    uint64_t gate = m->body.gate_gone.gate;

    porter_limits_gone(&p->limits, gate,
        (enum ipc_exit_class)m->body.gate_gone.exit_class, loop_now_ms(p->role.loop));
    porter_admin_gone(&p->admin, gate);
    for (size_t i = 0; i < p->spare_count; i++) {
        if (p->spares[i]->gate == gate) {
            remove_spare(p->spares[i]);
            break;
        }
    }
    accept_or_wait(p);
    return OK;
}

static enum err on_spare_drop(void *context, const struct ipc_received *m)
{
    struct porter *p = context;

    for (size_t i = 0; i < p->spare_count; i++) {
        if (p->spares[i]->gate == m->body.spare_drop.gate) {
            remove_spare(p->spares[i]);
            break;
        }
    }
    accept_or_wait(p);
    return OK;
}

static enum err on_session_trusted(void *context, const struct ipc_received *m)
{
    struct porter *p = context;

    porter_limits_trusted(&p->limits, m->body.session_trusted.gate);
    return OK;
}

/* "" is every address; another text that is none is that of nobody. */
static enum err on_address_rate(void *context, const struct ipc_received *m)
{
    struct porter *p = context;
    const struct ipc_address_rate *told = &m->body.address_rate;
    char text[IPC_ADDRESS_MAX + 1] = {0};
    struct in6_addr address = {.s6_addr = {[10] = 0xff, [11] = 0xff}};

    if (told->rate < 0) {
        return ERR_INVALID;
    }
    if (told->address.len == 0) {
        return porter_rates_set(&p->rates, NULL, told->rate);
    }
    memcpy(text, told->address.ptr, told->address.len);
    if (inet_pton(AF_INET, text, address.s6_addr + 12) != 1 &&
        inet_pton(AF_INET6, text, &address) != 1) {
        return OK;
    }
    enum err e = porter_rates_set(&p->rates, &address, told->rate);
    if (e != OK) {
        log_warn("a quota of connections can not be kept: %s [NET014]", err_text(e));
    }
    return OK;
}

static void on_forget(void *context)
{
    struct porter *p = context;
    int64_t now = loop_now_ms(p->role.loop);

    porter_limits_forget(&p->limits, now);
    if (loop_timer_set(p->role.loop, &p->forget, now + FORGET_EVERY_MS) != OK) {
        log_err("no memory for a timer");
    }
}

static enum err on_start(void *context, const struct ipc_received *m)
{
    struct porter *p = context;
    const struct ipc_porter_start *s = &m->body.porter_start;
    struct porter_limits_config config = {.connections_max = s->connections_max,
        .per_address_max = s->connections_per_address_max,
        .unauthenticated_max = s->unauthenticated_max,
        .unauthenticated_per_address_max = s->unauthenticated_per_address_max};

    for (size_t i = 0; i < p->listener_count; i++) {
        config.listener_max[p->listeners[i].index] = p->listeners[i].connections_max;
    }
    if (!p->role.started) {
        porter_limits_init(&p->limits, &config);
        p->forget = (struct loop_timer){.on_timer = on_forget, .context = p};
        on_forget(p);
    }
    p->limits.config = config;
    p->accepting = true;
    p->role.started = true;
    accept_or_wait(p);
    return OK;
}

static enum err on_stop(void *context, const struct ipc_received *m)
{
    struct porter *p = context;

    (void)m;
    p->accepting = false;
    accept_or_wait(p);
    p->role.stopping = true;
    return OK;
}

static const struct ipc_handler handlers[IPC_MSG_COUNT] = {
    [IPC_MSG_LISTENER] = {IPC_WARDEN, ROLE_STARTING, on_listener},
    [IPC_MSG_PORTER_LISTEN] = {IPC_WARDEN, ROLE_STARTING, on_porter_listen},
    [IPC_MSG_PORTER_ADMIN] = {IPC_WARDEN, ROLE_STARTING, on_porter_admin},
    [IPC_MSG_PORTER_START] = {IPC_WARDEN, ROLE_STARTING | ROLE_RUNNING, on_start},
    [IPC_MSG_PEER_ADD] = {IPC_WARDEN, ROLE_STARTING | ROLE_RUNNING, on_peer_add},
    [IPC_MSG_GATE_ADD] = {IPC_WARDEN, ROLE_RUNNING, on_gate_add},
    [IPC_MSG_GATE_GONE] = {IPC_WARDEN, ROLE_RUNNING, on_gate_gone},
    [IPC_MSG_SPARE_DROP] = {IPC_WARDEN, ROLE_RUNNING, on_spare_drop},
    [IPC_MSG_STOP] = {IPC_WARDEN, IPC_ANY_STATE, on_stop},
    [IPC_MSG_ADDRESS_RATE] = {IPC_BROKER, IPC_ANY_STATE, on_address_rate},
    [IPC_MSG_SESSION_TRUSTED] = {IPC_BROKER, IPC_ANY_STATE, on_session_trusted},
};

int porter_process(int argc, char **argv)
{
    static struct porter porter; /* the process's root struct */
    struct porter *p = &porter;

    p->log = (struct log_limit){.burst = 10, .period_ms = 10000};
    p->admin_log = p->log;
    porter_rates_init(&p->rates);
    role_begin(&p->role, IPC_PORTER, argc, argv, handlers, p);
    role_await_start(&p->role);
    role_enter(&p->role);
    return role_run(&p->role);
}

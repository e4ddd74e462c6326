/*
 * warden_start - what each process is told and given before it is ready, and who talks to
 * whom.
 */
#include "clock.h"
#include "mem.h"
#include "sandbox_verify.h"
#include "warden_admin.h"
#include "warden_audit.h"
#include "warden_child.h"
#include "warden_dial.h"
#include "warden_files.h"
#include "warden_life.h"
#include "warden_plugin.h"
#include "warden_token.h"

#include <string.h>
#include <unistd.h>

#define FIRST_FD 5 /* 0-2, the channel 3, epoll 4: what START carries comes behind */

/* Who has a channel to whom. */
static const struct {
    enum ipc_role a;
    enum ipc_role b;
} relations[] = {
    {IPC_PORTER, IPC_BROKER}, {IPC_BROKER, IPC_STORE}, {IPC_BROKER, IPC_AUTH},
    {IPC_KEYS, IPC_BROKER}, {IPC_KEYS, IPC_AUDIT}, {IPC_BROKER, IPC_AUDIT},
    {IPC_AUTH, IPC_DIAL}, /* of the same plugin */
};

static void expect_fd(struct warden_child *c, enum sandbox_fd_kind kind)
{
    c->fds[c->fd_count] = FIRST_FD + (int)c->fd_count;
    c->fd_kinds[c->fd_count] = (int)kind;
    c->fd_count++;
}

static struct ipc_view text_of(const char *text)
{
    return text == NULL ? (struct ipc_view){0} : ipc_text(text);
}

static void join_list(const struct conf_list *list, const char *separator,
    const char *prefix, struct buf *out)
{
    for (size_t i = 0; i < list->count; i++) {
        buf_add_text(out, i > 0 ? separator : "");
        buf_add_text(out, prefix);
        buf_add_text(out, list->items[i]);
    }
}

_Static_assert((int)CONF_POLICY_FILE == (int)IPC_POLICY_FILE &&
                   (int)CONF_POLICY_API == (int)IPC_POLICY_API &&
                   (int)CONF_POLICY_MIXED == (int)IPC_POLICY_MIXED,
    "the numbers are the same");
_Static_assert((int)CONF_CLIENT_AUTH_REQUESTED == (int)IPC_CLIENT_AUTH_REQUESTED &&
                   (int)CONF_CLIENT_AUTH_REQUIRED == (int)IPC_CLIENT_AUTH_REQUIRED,
    "the same numbers");

enum err warden_listener_send(struct warden *w, struct ipc_link *link, size_t index)
{
    const struct conf_listener *l = &w->conf->listeners[index];
    char anonymous[300] = "";
    uint16_t port =
        l->advertised_port != 0 ? l->advertised_port : w->listeners[index].port;
    struct buf mechanisms;

    buf_init(&mechanisms, 255);
    join_list(&l->mechanisms, ",", "", &mechanisms);
    if (l->anonymous_principal != NULL) {
        (void)snprintf(anonymous, sizeof(anonymous), "User:%s", l->anonymous_principal);
    }
    struct ipc_listener told = {.index = (uint8_t)index,
        .name = ipc_cut(ipc_text(l->name), 64),
        .protocol = (uint8_t)l->protocol,
        .host = ipc_cut(ipc_text(l->advertised_host), 255),
        .port = port,
        .anonymous = ipc_cut(ipc_text(anonymous), IPC_PRINCIPAL_MAX),
        .mechanisms = {.ptr = mechanisms.bytes, .len = mechanisms.length},
        .client_auth = (uint8_t)l->client_auth,
        .reauth_max_ms = l->reauth_max_ms,
        .sessions_max = (uint32_t)l->sessions_max,
        .tls_policy = (uint8_t)l->tls_policy};
    enum err e = buf_error(&mechanisms);
    if (e == OK) {
        e = ipc_link_send(link, IPC_MSG_LISTENER, 0, &told, -1);
    }
    buf_fini(&mechanisms);
    return e;
}

static enum err start_porter(struct warden_child *c)
{
    struct warden *w = c->warden;
    struct ipc_porter_start start = {.connections_max = (uint32_t)w->connections_max,
        .connections_per_address_max = (uint32_t)w->conf->max_connections_per_ip,
        .unauthenticated_max = (uint32_t)w->conf->max_connections_unauthenticated,
        .unauthenticated_per_address_max =
            (uint32_t)w->conf->max_connections_unauthenticated_per_ip};

    for (size_t i = 0; i < w->conf->listener_count; i++) {
        struct ipc_porter_listen listen = {.index = (uint8_t)i,
            .connections_max = (uint32_t)w->conf->listeners[i].connections_max};
        enum err e = warden_listener_send(w, &c->link, i);
        if (e == OK) {
            e = ipc_link_send(
                &c->link, IPC_MSG_PORTER_LISTEN, 0, &listen, w->listeners[i].fd);
        }
        if (e != OK) {
            return e;
        }
        expect_fd(c, SANDBOX_FD_SOCKET);
    }
    if (w->admin.bound) {
        enum err e = warden_admin_give(w, &c->link);
        if (e != OK) {
            return e;
        }
        expect_fd(c, SANDBOX_FD_SOCKET);
    }
    return ipc_link_send(&c->link, IPC_MSG_PORTER_START, 0, &start, -1);
}

/* Opens a file, sends it along, closes it. */
static enum err send_with_file(struct warden_child *c, enum ipc_msg msg,
    const void *message, const char *path, bool secret)
{
    struct warden_message why;
    int fd = -1;
    enum err e = warden_files_open(path, secret, &fd, &why);

    if (e != OK) {
        log_err("%s", why.text);
        return e;
    }
    e = ipc_link_send(&c->link, msg, 0, message, fd);
    (void)close(fd);
    return e;
}

/* The most that any listener asks for. */
static uint8_t client_auth_of(const struct conf *conf)
{
    enum conf_client_auth most = CONF_CLIENT_AUTH_NONE;

    for (size_t i = 0; i < conf->listener_count; i++) {
        enum conf_client_auth its = conf->listeners[i].client_auth;
        most = its > most ? its : most;
    }
    return (uint8_t)most;
}

/* A bit for each that a listener has. */
static uint8_t policies_of_tls(const struct conf *conf)
{
    unsigned policies = 0;

    for (size_t i = 0; i < conf->listener_count; i++) {
        const struct conf_listener *l = &conf->listeners[i];
        if (l->protocol == CONF_SSL || l->protocol == CONF_SASL_SSL) {
            policies |= 1u << l->tls_policy;
        }
    }
    return (uint8_t)policies;
}

/* What the key is called in messages, and the file of it, or of its PIN. */
static const char *key_name(const struct warden *w)
{
    return warden_token_is_wanted(w) ? w->conf->token_uri : w->conf->key_file;
}

static enum err send_key(struct warden_child *c, const struct ipc_keys_start *start)
{
    const struct conf *conf = c->warden->conf;
    const char *file = conf->key_file;

    if (warden_token_is_wanted(c->warden)) {
        enum err e = warden_token_send(c);
        if (e != OK) {
            return e;
        }
        file = conf->token_pin_file;
    }
    return send_with_file(c, IPC_MSG_KEYS_START, start, file, true);
}

static enum err start_keys(struct warden_child *c)
{
    struct warden *w = c->warden;
    struct ipc_keys_start start = {.tls12 = w->conf->tls12,
        .tls13 = w->conf->tls13,
        .client_auth = client_auth_of(w->conf),
        .tls_policies = policies_of_tls(w->conf),
        .fips = w->conf->fips,
        .certificate_file = ipc_cut(ipc_text(w->conf->certificate_file), 255),
        .key_file = ipc_cut(ipc_text(key_name(w)), 255)};
    struct warden_message why;
    struct buf chain;

    buf_init(&chain, 65536);
    enum err e = warden_files_chain(w->conf->certificate_file, &chain, &why);
    if (e != OK) {
        log_err("%s", why.text);
    } else {
        start.certificate_chain =
            (struct ipc_view){.ptr = chain.bytes, .len = chain.length};
        e = send_key(c, &start);
    }
    if (e == OK) {
        buf_fini(&c->chain);
        c->chain = chain; /* becomes the one in force when this process is ready */
        return OK;
    }
    buf_fini(&chain);
    return e;
}

/* The types of DescribeConfigs. */
static uint8_t wire_type(enum conf_type type)
{
    switch (type) {
    case CONF_BOOL:
        return 1;
    case CONF_INT:
        return 3;
    case CONF_LONG:
        return 5;
    case CONF_LIST:
    case CONF_LISTENERS:
    case CONF_PROTOCOLS:
    case CONF_NAMES:
        return 7;
    default:
        return 2;
    }
}

/* What clients with the right may see of schloss.properties. */
static enum err send_settings(struct warden *w, struct ipc_link *link)
{
    const struct conf_key *key;
    enum err e = OK;

    for (size_t i = 0; e == OK && (key = conf_key_at(i)) != NULL; i++) {
        const char *value = conf_value_at(w->conf, i);
        struct ipc_setting setting = {.name = text_of(key->name),
            .type = wire_type(key->type),
            .is_given = conf_origin_at(w->conf, i).file != NULL,
            .is_set = value != NULL && !key->secret,
            .is_secret = key->secret,
            .value = text_of(key->secret ? NULL : value),
            .meaning = text_of(key->doc)};
        if (!conf_key_is_of_listener(key)) { /* it is not one, but many */
            e = ipc_link_send(link, IPC_MSG_SETTING, 0, &setting, -1);
        }
    }
    return e;
}

static uint8_t audit_failure(enum conf_audit_failure word)
{
    static const uint8_t words[] = {[CONF_AUDIT_BLOCK] = IPC_AUDIT_BLOCK,
        [CONF_AUDIT_READONLY] = IPC_AUDIT_READONLY,
        [CONF_AUDIT_DROP] = IPC_AUDIT_DROP};

    return words[word];
}

static enum err start_broker(struct warden_child *c)
{
    struct warden *w = c->warden;
    const struct conf *conf = w->conf;
    struct buf super_users;

    buf_init(&super_users, 16384);
    join_list(&conf->super_users, ";", "User:", &super_users);
    struct ipc_broker_start start = {.node_id = (uint32_t)conf->node_id,
        .cluster_id = text_of(conf->cluster_id),
        .super_users = {.ptr = super_users.bytes, .len = super_users.length},
        .partitions_default = (uint32_t)conf->num_partitions,
        .auto_create_topics = conf->auto_create_topics_enable,
        .group_session_min_ms = (uint32_t)conf->group_min_session_timeout_ms,
        .group_session_max_ms = (uint32_t)conf->group_max_session_timeout_ms,
        .group_initial_delay_ms = (uint32_t)conf->group_initial_rebalance_delay_ms,
        .group_size_max = (uint32_t)conf->group_max_size,
        .offset_metadata_max = (uint32_t)conf->offset_metadata_max_bytes,
        .offsets_partitions = (uint32_t)conf->offsets_topic_num_partitions,
        .offsets_retention_minutes = (uint32_t)conf->offsets_retention_minutes,
        .offsets_check_ms = conf->offsets_retention_check_interval_ms,
        .message_max_bytes = (uint32_t)conf->message_max_bytes,
        .auth_rounds_max = (uint32_t)conf->auth_rounds_max,
        .auth_timeout_ms = (uint32_t)(conf->auth_timeout_ms + conf->handshake_timeout_ms),
        .delete_topics = conf->delete_topic_enable,
        .requests_max_bytes = conf->queued_max_request_bytes,
        .policy_mode = (uint8_t)conf->policy_mode,
        .policy_compat = conf->policy_compat,
        .policy_allow_everyone = conf->policy_allow_everyone,
        .segment_bytes = (uint32_t)conf->log_segment_bytes,
        .audit_failure = audit_failure(conf->audit_failure),
        .audit_changes_rate = (uint32_t)conf->audit_changes_rate,
        .authorizer_log = conf->log_kafka_authorizer};
    enum err e = buf_error(&super_users);
    for (size_t i = 0; e == OK && i < conf->listener_count; i++) {
        e = warden_listener_send(w, &c->link, i);
    }
    if (e == OK) {
        e = warden_admin_send(w, &c->link);
    }
    if (e == OK) {
        e = warden_plugin_tell(w, &c->link);
    }
    if (e == OK) {
        e = send_settings(w, &c->link);
    }
    if (e == OK) {
        e = ipc_link_send(&c->link, IPC_MSG_BROKER_START, 0, &start, -1);
    }
    buf_fini(&super_users);
    return e;
}

static enum err start_store(struct warden_child *c)
{
    struct warden *w = c->warden;
    const struct conf *conf = w->conf;
    struct ipc_store_start start = {.segment_bytes = (uint32_t)conf->log_segment_bytes,
        .index_interval_bytes = (uint32_t)conf->log_index_interval_bytes,
        .message_max_bytes = (uint32_t)conf->message_max_bytes,
        .durable = conf->durability == CONF_DURABILITY_FSYNC,
        .producer_expiry_ms = conf->producer_id_expiration_ms,
        .retention_check_ms = conf->log_retention_check_interval_ms,
        .node_id = (uint32_t)conf->node_id,
        .cluster_id = text_of(conf->cluster_id)};

    expect_fd(c, SANDBOX_FD_DIRECTORY);
    expect_fd(c, SANDBOX_FD_EVENT); /* how its flushers wake it */
    return ipc_link_send(&c->link, IPC_MSG_STORE_START, 0, &start, w->data_fd);
}

static enum err start_audit(struct warden_child *c)
{
    const struct conf *conf = c->warden->conf;
    struct ipc_audit_start start = {
        .fips = conf->fips, .max_bytes = conf->audit_max_bytes};
    struct warden_message why;
    int fd = -1;
    enum err e = warden_audit_open(conf, &fd, &why);

    if (e != OK) {
        log_err("%s", why.text);
        return e;
    }
    expect_fd(c, SANDBOX_FD_REGULAR);
    e = ipc_link_send(&c->link, IPC_MSG_AUDIT_START, 0, &start, fd);
    (void)close(fd);
    return e;
}

enum err warden_start_send(struct warden_child *c)
{
    switch (c->role) {
    case IPC_PORTER:
        return start_porter(c);
    case IPC_KEYS:
        return start_keys(c);
    case IPC_AUTH:
        return warden_plugin_start(c);
    case IPC_BROKER:
        return start_broker(c);
    case IPC_STORE:
        return start_store(c);
    case IPC_AUDIT:
        return start_audit(c);
    case IPC_DIAL:
        return warden_dial_start(c);
    case IPC_WARDEN:
    case IPC_GATE:
        break;
    }
    fatal("a role that is not started this way: %d", (int)c->role);
}

static enum err tell_peer(struct warden_child *c, const struct warden_child *peer, int fd)
{
    struct ipc_peer_add add = {.role = (uint16_t)peer->role,
        .authority = peer->plugin == NULL ? 0 : peer->plugin->number};

    return ipc_link_send(&c->link, IPC_MSG_PEER_ADD, 0, &add, fd);
}

static enum err connect_pair(struct warden_child *a, struct warden_child *b)
{
    int ends[2];
    enum err e = ipc_pair(IPC_PACKETS, ends);

    if (e != OK) {
        return e;
    }
    e = tell_peer(a, b, ends[0]);
    if (e == OK) {
        e = tell_peer(b, a, ends[1]);
    }
    (void)close(ends[0]);
    (void)close(ends[1]);
    return e;
}

static bool are_related(const struct warden_child *one, const struct warden_child *other)
{
    enum ipc_role a = one->role;
    enum ipc_role b = other->role;

    if (one->plugin != NULL && other->plugin != NULL && one->plugin != other->plugin) {
        return false;
    }
    for (size_t i = 0; i < sizeof(relations) / sizeof(relations[0]); i++) {
        if ((relations[i].a == a && relations[i].b == b) ||
            (relations[i].a == b && relations[i].b == a)) {
            return true;
        }
    }
    return false;
}

enum err warden_wire(struct warden_child *c)
{
    enum err e = OK;

    for (struct warden_child *other = c->warden->children; e == OK && other != NULL;
         other = other->next) {
        if (other->state == CHILD_READY && !other->retired && are_related(c, other)) {
            e = connect_pair(c, other);
        }
    }
    return e;
}

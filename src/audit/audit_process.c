#include "audit_process.h"

#include "audit_line.h"
#include "audit_space.h"
#include "audit_trail.h"
#include "clock.h"
#include "ipc_words.h"
#include "log.h"
#include "mem.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define SOURCES_MAX   128 /* each reload leaves a `keys` behind for its last handshakes */
#define NEXT_AGAIN_MS 60000

struct source {
    struct ipc_link link;
    struct audit *audit;
    enum ipc_role role;
    bool waits; /* for AUDIT_SYNCED */
    uint64_t number;
};

struct audit {
    struct role role;
    struct auditlog_crypto crypto;
    enum auditlog_algorithm algorithm;
    struct audit_trail trail;
    int log_fd;  /* until the trail has it */
    int past_fd; /* -1: there is none */
    char past_name[AUDITLOG_NAME_MAX + 1];
    uint64_t max_bytes; /* 0: no limit */
    int64_t asked_ms;   /* when the next file was asked for; 0: not */
    bool begun;         /* the trail goes on */
    bool told_to_stop;
    bool failed;
    struct loop_timer sign;
    bool sign_set;
    struct loop_timer turn; /* of the key */
    bool turn_set;
    struct loop_timer tell; /* syslog */
    bool tell_set;
    struct audit_space space;
    struct source *sources[SOURCES_MAX];
};

static const struct ipc_handler handlers[IPC_MSG_COUNT];

static struct audit_times times(void)
{
    return (struct audit_times){clock_wall_ms(), clock_mono_ms()};
}

static void on_source_end(void *context, enum err why)
{
    struct source *s = context;

    if (why == ERR_INVALID) {
        log_err("%s sent an event that breaks the rules: its channel is closed [AUD002]",
            ipc_role_name(s->role));
    }
    for (size_t i = 0; i < SOURCES_MAX; i++) {
        if (s->audit->sources[i] == s) {
            s->audit->sources[i] = NULL;
        }
    }
    ipc_link_fini(&s->link);
    mem_free(s);
}

/* The warden starts another and wires it anew. */
static void fail(struct audit *a, enum err e)
{
    if (!a->failed) {
        log_err("the audit file can not be written: %s, errno=%d [AUD001]", err_text(e),
            errno);
    }
    a->failed = true;
    a->role.stopping = true;
}

/* --- events ------------------------------------------------------------------------- */

static void sign(struct audit *a)
{
    enum err e = audit_trail_checkpoint(&a->trail, times());

    if (e == OK) {
        e = audit_trail_sync(&a->trail, times());
    }
    if (e != OK) {
        fail(a, e);
    }
}

static void on_sign(void *context)
{
    struct audit *a = context;

    a->sign_set = false;
    if (!a->failed) {
        sign(a);
        audit_space_look(&a->space, a->trail.log_fd, clock_mono_ms());
    }
}

/* Also when nothing comes any more: nobody shall find the key of what is long past. */
static void on_turn(void *context)
{
    struct audit *a = context;

    a->turn_set = false;
    enum err e = a->failed ? OK : audit_trail_turn(&a->trail, times());
    if (e != OK) {
        fail(a, e);
    }
}

/* The round that it begins does so. */
static void on_tell(void *context)
{
    struct audit *a = context;

    a->tell_set = false;
}

static void set_once(struct audit *a, struct loop_timer *timer, bool *is_set, int64_t ms)
{
    if (!*is_set && loop_timer_set(a->role.loop, timer, clock_mono_ms() + ms) == OK) {
        *is_set = true;
    }
}

static void record(struct audit *a, enum ipc_role from, const struct ipc_event *event)
{
    struct buf *out = audit_trail_open(&a->trail);

    audit_line_add(out, a->trail.chain.seq + 1, from, event);
    enum err e = audit_trail_close(&a->trail);
    if (e != OK) {
        fail(a, e);
    } else if (audit_trail_is_full(&a->trail)) {
        sign(a);
    } else {
        set_once(a, &a->sign, &a->sign_set, AUDIT_SIGN_MS);
    }
    set_once(a, &a->turn, &a->turn_set, AUDIT_EPOCH_MS);
    set_once(a, &a->tell, &a->tell_set, AUDIT_SYSLOG_MS + 2 * AUDIT_SIGN_MS);
}

static enum err on_event(void *context, const struct ipc_received *m)
{
    struct source *s = context;

    if (!s->audit->begun) {
        return ERR_INVALID;
    }
    if (!s->audit->failed) {
        record(s->audit, s->role, &m->body.event);
    }
    return OK;
}

static enum err on_sync(void *context, const struct ipc_received *m)
{
    struct source *s = context;

    s->waits = true;
    s->number = m->body.audit_sync.number;
    return OK;
}

/* --- the warden --------------------------------------------------------------------- */

static enum err on_peer_add(void *context, const struct ipc_received *m)
{
    struct source *warden = context;
    struct audit *a = warden->audit;
    size_t slot = 0;

    while (slot < SOURCES_MAX && a->sources[slot] != NULL) {
        slot++;
    }
    struct source *s = slot < SOURCES_MAX && a->begun ? mem_alloc(1, sizeof(*s)) : NULL;
    if (s == NULL) {
        (void)close(m->fd);
        return ERR_FULL;
    }
    *s = (struct source){.audit = a, .role = (enum ipc_role)m->body.peer_add.role};
    struct ipc_channel channel;
    enum err e =
        ipc_channel_init(&channel, m->fd, IPC_PACKETS, IPC_AUDIT, s->role, 65536);
    if (e == OK) {
        e = ipc_link_init(&s->link, a->role.loop, &channel, handlers, s, on_source_end);
    } else {
        ipc_channel_fini(&channel);
    }
    if (e != OK) {
        mem_free(s);
        return e;
    }
    a->sources[slot] = s;
    return OK;
}

static enum err on_start(void *context, const struct ipc_received *m)
{
    struct source *warden = context;
    struct audit *a = warden->audit;
    const struct ipc_audit_start *start = &m->body.audit_start;

    if (start->max_bytes < 0) {
        (void)close(m->fd);
        return ERR_INVALID;
    }
    a->log_fd = m->fd;
    a->max_bytes = (uint64_t)start->max_bytes;
    a->algorithm = start->fips != 0 ? AUDITLOG_ECDSA_P256 : AUDITLOG_ED25519;
    if (auditlog_crypto_open(&a->crypto, start->fips != 0) != OK) {
        role_refuse("audit: %s",
            start->fips != 0 ? algo_fips_missing : "OpenSSL can not be started");
    }
    a->role.started = true;
    return OK;
}

static void copy_name(char out[AUDITLOG_NAME_MAX + 1], struct ipc_view name)
{
    name = ipc_cut(name, AUDITLOG_NAME_MAX);
    if (name.len > 0) {
        memcpy(out, name.ptr, name.len);
    }
    out[name.len] = '\0';
}

/* Where a descriptor belongs, once; NULL: there is one already, or no such thing. */
static int *place_of(struct audit *a, uint8_t kind)
{
    int *place = NULL;

    switch (kind) {
    case IPC_AUDIT_KEY:
        place = &a->trail.key_fd;
        break;
    case IPC_AUDIT_HEAD:
        place = &a->trail.anchor_fds[AUDIT_ANCHOR_HEAD];
        break;
    case IPC_AUDIT_ANCHOR:
        place = &a->trail.anchor_fds[AUDIT_ANCHOR_FILE];
        break;
    case IPC_AUDIT_SYSLOG:
        place = &a->trail.anchor_fds[AUDIT_ANCHOR_SYSLOG];
        break;
    case IPC_AUDIT_PAST:
        place = &a->past_fd;
        break;
    default:
        break;
    }
    return place != NULL && *place < 0 ? place : NULL;
}

static enum err on_next(struct audit *a, const struct ipc_received *m)
{
    char previous[AUDITLOG_NAME_MAX + 1];

    copy_name(previous, m->body.audit_file.name);
    a->asked_ms = 0;
    enum err e = audit_trail_next(&a->trail, m->fd, previous, times());
    if (e != OK) {
        fail(a, e);
    }
    return OK;
}

/* What is elsewhere may have been replaced, and is opened anew with each reload. */
static bool take_anchor(struct audit *a, const struct ipc_received *m)
{
    const uint8_t kind = m->body.audit_file.kind;

    if (!a->begun || (kind != IPC_AUDIT_ANCHOR && kind != IPC_AUDIT_SYSLOG)) {
        return false;
    }
    audit_trail_anchor(&a->trail,
        kind == IPC_AUDIT_ANCHOR ? AUDIT_ANCHOR_FILE : AUDIT_ANCHOR_SYSLOG, m->fd);
    return true;
}

static enum err on_file(void *context, const struct ipc_received *m)
{
    struct source *warden = context;
    struct audit *a = warden->audit;
    const struct ipc_audit_file *file = &m->body.audit_file;

    if (a->begun && file->kind == IPC_AUDIT_LOG && !a->failed) {
        return on_next(a, m);
    }
    if (take_anchor(a, m)) {
        return OK;
    }
    int *place = a->begun ? NULL : place_of(a, file->kind);
    if (place == NULL) {
        (void)close(m->fd);
        return ERR_INVALID;
    }
    *place = m->fd;
    if (file->kind == IPC_AUDIT_PAST) {
        copy_name(a->past_name, file->name);
    }
    return OK;
}

/* --- going on ----------------------------------------------------------------------- */

/* At most what is looked at; from_start_out: the file has no more than that. */
static enum err read_past(struct audit *a, char *out, size_t *length_out)
{
    size_t length = 0;

    while (a->past_fd >= 0 && length < AUDIT_TAIL_BYTES) {
        ssize_t n = read(a->past_fd, out + length, AUDIT_TAIL_BYTES - length);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return ERR_IO;
        }
        if (n == 0) {
            break;
        }
        length += (size_t)n;
    }
    *length_out = length;
    return OK;
}

static enum err look_back(struct audit *a, struct audit_tail *out)
{
    char *bytes = mem_alloc(1, AUDIT_TAIL_BYTES);
    size_t length = 0;
    enum err e = bytes == NULL ? ERR_NOMEM : read_past(a, bytes, &length);

    if (e == OK) {
        const struct audit_bytes past = {bytes, length, length < AUDIT_TAIL_BYTES};
        e = audit_tail_read(&a->crypto, &past, &a->trail.key.signed_to, out);
    }
    mem_free(bytes);
    if (a->past_fd >= 0) {
        (void)close(a->past_fd);
        a->past_fd = -1;
    }
    return e;
}

/* What the administrator has to mend. */
static const char *refusal(enum err e)
{
    switch (e) {
    case ERR_CORRUPT:
        return "audit.key is damaged: move the files of audit.dir to another place, and "
               "a "
               "new trail begins [AUD005]";
    case ERR_EXISTS:
        return "audit.key is empty, but there is a trail: move the files of audit.dir to "
               "another place, and a new trail begins [AUD005]";
    case ERR_UNSUPPORTED:
        return "the trail was begun with another value of schloss.fips: move the files "
               "of "
               "audit.dir to another place, and a new trail begins [AUD005]";
    default:
        return NULL;
    }
}

static enum err on_begin(void *context, const struct ipc_received *m)
{
    struct source *warden = context;
    struct audit *a = warden->audit;
    struct audit_tail tail;

    (void)m;
    if (a->begun || a->trail.key_fd < 0) {
        return ERR_INVALID;
    }
    enum err e = audit_trail_load(&a->trail);
    if (e == OK) {
        e = look_back(a, &tail);
    }
    if (e == OK) {
        e = audit_trail_resume(&a->trail, a->algorithm, &tail,
            a->past_name[0] == '\0' ? NULL : a->past_name, times());
    }
    if (refusal(e) != NULL) {
        role_refuse("%s", refusal(e));
    }
    if (e != OK) {
        fail(a, e);
    }
    a->begun = true;
    return OK;
}

static enum err on_stop(void *context, const struct ipc_received *m)
{
    struct source *warden = context;

    (void)m;
    for (size_t i = 0; i < SOURCES_MAX; i++) {
        if (warden->audit->sources[i] != NULL) {
            ipc_link_drain(&warden->audit->sources[i]->link);
        }
    }
    warden->audit->told_to_stop = true;
    warden->audit->role.stopping = true;
    return OK;
}

/* --- each round --------------------------------------------------------------------- */

/* A source that does not read its answers loses its channel. */
static void answer(struct source *s)
{
    struct ipc_audit_synced synced = {.number = s->number};

    s->waits = false;
    if (ipc_link_send(&s->link, IPC_MSG_AUDIT_SYNCED, 0, &synced, -1) != OK) {
        on_source_end(s, ERR_FULL);
    }
}

/* The warden may not be able to: then it is asked again, and this file goes on. */
static void ask_for_next(struct audit *a)
{
    struct ipc_audit_next next = {0};
    int64_t now_ms = clock_mono_ms();

    if (a->max_bytes == 0 || a->trail.file_bytes < a->max_bytes ||
        (a->asked_ms != 0 && now_ms - a->asked_ms < NEXT_AGAIN_MS)) {
        return;
    }
    a->asked_ms = now_ms;
    if (ipc_link_send(&a->role.warden, IPC_MSG_AUDIT_NEXT, 0, &next, -1) != OK) {
        a->role.stopping = true;
    }
}

/* Once a round, not once an event. */
static void on_round(void *context)
{
    struct audit *a = context;

    if (a->failed || !a->begun) {
        return; /* nothing is promised */
    }
    enum err e = audit_trail_sync(&a->trail, times());
    if (e != OK) {
        fail(a, e);
        return;
    }
    for (size_t i = 0; i < SOURCES_MAX; i++) {
        if (a->sources[i] != NULL && a->sources[i]->waits) {
            answer(a->sources[i]);
        }
    }
    ask_for_next(a);
}

static const struct ipc_handler handlers[IPC_MSG_COUNT] = {
    [IPC_MSG_PEER_ADD] = {IPC_WARDEN, ROLE_RUNNING, on_peer_add},
    [IPC_MSG_AUDIT_START] = {IPC_WARDEN, ROLE_STARTING, on_start},
    [IPC_MSG_AUDIT_FILE] = {IPC_WARDEN, ROLE_RUNNING, on_file},
    [IPC_MSG_AUDIT_BEGIN] = {IPC_WARDEN, ROLE_RUNNING, on_begin},
    [IPC_MSG_STOP] = {IPC_WARDEN, IPC_ANY_STATE, on_stop},
    [IPC_MSG_EVENT] = {IPC_WARDEN | IPC_KEYS | IPC_BROKER, IPC_ANY_STATE, on_event},
    [IPC_MSG_AUDIT_SYNC] = {IPC_BROKER, IPC_ANY_STATE, on_sync},
};

/* Without the warden's word events may have been lost: then there is no end to sign. */
static int finish(struct audit *a, int status)
{
    if (a->begun && !a->failed) {
        enum err e = audit_trail_checkpoint(&a->trail, times());
        if (e == OK) {
            e = a->told_to_stop ? audit_trail_stop(&a->trail, times())
                                : audit_trail_sync(&a->trail, times());
        }
        if (e != OK) {
            fail(a, e);
        }
    }
    return a->failed ? ROLE_EXIT_FAULT : status;
}

int audit_process(int argc, char **argv)
{
    static struct audit audit; /* the process's root struct */
    struct audit *a = &audit;
    struct source warden = {.audit = a, .role = IPC_WARDEN};

    a->log_fd = -1;
    a->past_fd = -1;
    a->sign = (struct loop_timer){.on_timer = on_sign, .context = a};
    a->turn = (struct loop_timer){.on_timer = on_turn, .context = a};
    a->tell = (struct loop_timer){.on_timer = on_tell, .context = a};
    role_begin(&a->role, IPC_AUDIT, argc, argv, handlers, &warden);
    role_await_start(&a->role);
    if (audit_trail_init(&a->trail, &a->crypto, a->log_fd) != OK) {
        role_refuse("no memory for the buffer of lines");
    }
    loop_on_round(a->role.loop, on_round, a);
    role_enter(&a->role);
    int status = finish(a, role_run(&a->role));
    audit_trail_fini(&a->trail);
    auditlog_crypto_close(&a->crypto);
    return status;
}

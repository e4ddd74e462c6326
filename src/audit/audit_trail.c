#include "audit_trail.h"

#include "auditlog_write.h"
#include "log.h"
#include "text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define OUT_LIMIT (4 * AUDITLOG_LINE_MAX)
#define OUT_FULL  AUDITLOG_LINE_MAX /* is written before the round is over */

#define SYSLOG_PREFIX "<85>schloss-audit: " /* authpriv, notice */

static const char reason_crash[] =
    "the process ended without a signed end: events of its last second may be missing";
static const char reason_gone[] =
    "records that were signed are not there: the file was cut or set back";

enum err audit_trail_init(
    struct audit_trail *t, struct auditlog_crypto *crypto, int log_fd)
{
    struct stat st;

    *t = (struct audit_trail){.crypto = crypto, .log_fd = log_fd, .key_fd = -1};
    for (size_t i = 0; i < AUDIT_ANCHORS; i++) {
        t->anchor_fds[i] = -1;
    }
    buf_init(&t->out, OUT_LIMIT);
    if (buf_reserve(&t->out, OUT_LIMIT) == NULL) {
        return ERR_NOMEM;
    }
    if (fstat(log_fd, &st) != 0) {
        return ERR_IO;
    }
    t->file_bytes = (uint64_t)st.st_size;
    return OK;
}

static void close_one(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
        *fd = -1;
    }
}

void audit_trail_fini(struct audit_trail *t)
{
    close_one(&t->log_fd);
    close_one(&t->key_fd);
    for (size_t i = 0; i < AUDIT_ANCHORS; i++) {
        close_one(&t->anchor_fds[i]);
    }
    buf_fini(&t->out);
    auditlog_key_wipe(&t->key);
}

/* --- bytes -------------------------------------------------------------------------- */

static enum err write_out(struct audit_trail *t)
{
    const uint8_t *bytes = t->out.bytes;
    size_t left = t->out.length;

    while (left > 0) {
        ssize_t n = write(t->log_fd, bytes, left);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return ERR_IO;
        }
        t->dirty = true;
        t->file_bytes += (uint64_t)n;
        bytes += n;
        left -= (size_t)n;
    }
    buf_reset(&t->out);
    return OK;
}

static enum err sync_log(struct audit_trail *t)
{
    enum err e = write_out(t);

    if (e == OK && t->dirty) {
        e = fdatasync(t->log_fd) == 0 ? OK : ERR_IO;
        t->dirty = e != OK;
    }
    return e;
}

/* --- lines -------------------------------------------------------------------------- */

struct buf *audit_trail_open(struct audit_trail *t)
{
    t->start = t->out.length;
    return &t->out;
}

enum err audit_trail_close(struct audit_trail *t)
{
    enum err e = auditlog_write_end(&t->chain, t->crypto, &t->out, t->start);

    if (e == OK) {
        t->unsigned_count++;
        t->unsigned_bytes += t->out.length - t->start;
    }
    return e == OK && t->out.length >= OUT_FULL ? write_out(t) : e;
}

bool audit_trail_is_full(const struct audit_trail *t)
{
    return t->unsigned_count >= AUDIT_RECORDS_MAX || t->unsigned_bytes >= AUDIT_BYTES_MAX;
}

/* Its members follow. */
static struct buf *begin(struct audit_trail *t, const char *event, struct audit_times now)
{
    struct buf *out = audit_trail_open(t);

    auditlog_write_begin(out, now.wall_ms, t->chain.seq + 1, event);
    return out;
}

static void keep_anchor(struct audit_trail *t)
{
    size_t length = t->out.length - t->start;

    if (length <= sizeof(t->anchor)) {
        memcpy(t->anchor, t->out.bytes + t->start, length);
        t->anchor_length = length;
        t->anchor_due = true;
    }
}

/* Signs the line in hand, and with it all before. */
static enum err end_signed(struct audit_trail *t, const char *event, uint64_t epoch)
{
    buf_add_format(&t->out, ",\"epoch\":%" PRIu64, epoch);
    if (t->count_known) {
        buf_add_format(&t->out, ",\"records\":%" PRIu64, t->unsigned_count);
    }
    enum err e = auditlog_write_signature(
        &t->out, t->start, event, &t->chain, t->crypto, &t->key.now);
    if (e == OK) {
        e = auditlog_write_end(&t->chain, t->crypto, &t->out, t->start);
    }
    if (e != OK) {
        return e;
    }
    t->unsigned_count = 0;
    t->used = true;
    t->count_known = true;
    t->key.signed_to = t->chain;
    keep_anchor(t);
    return t->out.length >= OUT_FULL ? write_out(t) : OK;
}

static void add_torn(struct buf *out, const struct auditlog_torn *torn)
{
    char hex[AUDITLOG_HASH_HEX + 1];

    if (torn->bytes > 0) {
        auditlog_hex(torn->hash, hex);
        buf_add_format(
            out, ",\"torn\":%" PRIu64 ",\"torn_hash\":\"%s\"", torn->bytes, hex);
    }
}

static enum err trail_start(
    struct audit_trail *t, const struct auditlog_torn *torn, struct audit_times now)
{
    struct buf *out = begin(t, AUDITLOG_TRAIL_START, now);

    auditlog_write_trail(out, t->key.trail);
    buf_add_text(out, ",\"epoch\":0");
    auditlog_write_key(out, &t->key.now.key);
    add_torn(out, torn);
    return audit_trail_close(t);
}

/* previous: NULL: there is none any more. torn: of that file; may be NULL. */
static enum err file_start(struct audit_trail *t, const char *previous,
    const struct auditlog_torn *torn, struct audit_times now)
{
    char hex[AUDITLOG_HASH_HEX + 1];
    struct buf *out = begin(t, AUDITLOG_FILE_START, now);

    auditlog_write_trail(out, t->key.trail);
    if (previous != NULL) {
        buf_add_text(out, ",\"previous\":");
        text_add_json(out, previous, strlen(previous));
    }
    auditlog_hex(t->chain.hash, hex);
    buf_add_format(out, ",\"previous_hash\":\"%s\"", hex);
    auditlog_write_key(out, &t->key.now.key);
    if (torn != NULL) {
        add_torn(out, torn);
    }
    return end_signed(t, AUDITLOG_FILE_START, t->key.epoch);
}

/* lost: records that are not there, which the number of this line skips. */
static enum err gap(struct audit_trail *t, const char *reason, uint64_t lost,
    const struct auditlog_torn *torn, struct audit_times now)
{
    t->chain.seq += lost;
    struct buf *out = begin(t, AUDITLOG_GAP, now);
    buf_add_format(out, ",\"reason\":\"%s\"", reason);
    if (lost > 0) {
        buf_add_format(out, ",\"lost\":%" PRIu64, lost);
    }
    add_torn(out, torn);
    return audit_trail_close(t);
}

/* --- keys --------------------------------------------------------------------------- */

/* The announcement is on disk before the key that could be told again is gone. */
static enum err evolve(struct audit_trail *t, struct audit_times now)
{
    struct buf *out = begin(t, AUDITLOG_KEY, now);

    auditlog_write_key(out, &t->key.next.key);
    enum err e = end_signed(t, AUDITLOG_KEY, t->key.epoch + 1);
    if (e == OK) {
        e = sync_log(t);
    }
    if (e == OK) {
        e = auditlog_key_evolve(&t->key, t->crypto);
    }
    if (e == OK) {
        e = auditlog_key_store(t->key_fd, t->crypto, &t->key, true);
    }
    t->checkpoints = 0;
    t->used = false;
    t->epoch_from_ms = now.mono_ms;
    return e;
}

enum err audit_trail_checkpoint(struct audit_trail *t, struct audit_times now)
{
    if (t->unsigned_count == 0) {
        return OK;
    }
    (void)begin(t, AUDITLOG_CHECKPOINT, now);
    enum err e = end_signed(t, AUDITLOG_CHECKPOINT, t->key.epoch);
    t->checkpoints++;
    if (e == OK && (t->checkpoints >= AUDIT_EPOCH_RECORDS ||
                       now.mono_ms - t->epoch_from_ms >= AUDIT_EPOCH_MS)) {
        e = evolve(t, now);
    }
    return e;
}

enum err audit_trail_turn(struct audit_trail *t, struct audit_times now)
{
    enum err e = audit_trail_checkpoint(t, now);

    return e == OK && t->used ? evolve(t, now) : e;
}

/* --- going on ----------------------------------------------------------------------- */

static enum err begin_trail(struct audit_trail *t, enum auditlog_algorithm algorithm,
    const struct audit_tail *tail, struct audit_times now)
{
    if (tail->found || t->file_bytes > 0) {
        return ERR_EXISTS;
    }
    enum err e = auditlog_key_make(&t->key, t->crypto, algorithm);
    if (e == OK) {
        e = auditlog_key_store(t->key_fd, t->crypto, &t->key, true);
    }
    t->count_known = true;
    if (e == OK) {
        e = trail_start(t, &tail->torn, now);
    }
    return e == OK ? audit_trail_checkpoint(t, now) : e;
}

/* Behind the announcement of a key the process may have ended before it had it. */
static enum err catch_up(struct audit_trail *t, const struct audit_tail *tail)
{
    if (!tail->has_key || !auditlog_public_equals(&tail->key, &t->key.next.key)) {
        return OK;
    }
    enum err e = auditlog_key_evolve(&t->key, t->crypto);
    return e == OK ? auditlog_key_store(t->key_fd, t->crypto, &t->key, true) : e;
}

/* What became of the trail while nobody was there; NULL: nothing. */
static const char *damage(
    const struct audit_trail *t, const struct audit_tail *tail, uint64_t *lost_out)
{
    const struct auditlog_chain *last = &t->key.signed_to;

    *lost_out = 0;
    if (last->seq > tail->chain.seq) {
        *lost_out = last->seq - tail->chain.seq;
        return reason_gone;
    }
    if (tail->found && !tail->meets) {
        return AUDITLOG_GAP_REWRITTEN;
    }
    return tail->is_end && tail->torn.bytes == 0 ? NULL : reason_crash;
}

/* It ended before it had written a signature: perhaps nothing at all. */
static bool is_unborn(const struct audit_trail *t, const struct audit_tail *tail)
{
    return !tail->found && t->key.signed_to.seq == 0;
}

static enum err go_on(struct audit_trail *t, const struct audit_tail *tail,
    const char *previous, struct audit_times now)
{
    const struct auditlog_torn none = {.bytes = 0};
    const bool fresh_file = t->file_bytes == 0;
    uint64_t lost = 0;
    enum err e = catch_up(t, tail);

    if (e != OK) {
        return e;
    }
    t->chain = tail->chain;
    const char *reason = damage(t, tail, &lost);
    if (!tail->found) {
        t->chain = t->key.signed_to; /* nothing else is left of it */
        lost = 0;
    }
    if (!fresh_file && tail->cut) {
        buf_add_text(&t->out, "\n");
    }
    if (is_unborn(t, tail)) {
        e = trail_start(t, &tail->torn, now);
        reason = NULL;
    } else if (fresh_file) {
        e = file_start(t, previous, &tail->torn, now);
    } else if (reason == NULL) {
        (void)begin(t, AUDITLOG_START, now);
        e = end_signed(t, AUDITLOG_START, t->key.epoch);
    }
    if (e == OK && reason != NULL) {
        e = gap(t, reason, lost, fresh_file ? &none : &tail->torn, now);
    }
    /* The key lay in its file while nobody was there: it signs nothing else. */
    return e == OK ? audit_trail_turn(t, now) : e;
}

enum err audit_trail_load(struct audit_trail *t)
{
    enum err e = auditlog_key_load(t->key_fd, t->crypto, &t->key);

    t->has_key = e == OK;
    return e == ERR_NOT_FOUND ? OK : e;
}

enum err audit_trail_resume(struct audit_trail *t, enum auditlog_algorithm algorithm,
    const struct audit_tail *tail, const char *previous, struct audit_times now)
{
    enum err e = OK;

    t->epoch_from_ms = now.mono_ms;
    if (!t->has_key) {
        e = begin_trail(t, algorithm, tail, now);
    } else {
        e = t->key.now.key.algorithm == algorithm ? go_on(t, tail, previous, now)
                                                  : ERR_UNSUPPORTED;
    }
    return e == OK ? audit_trail_sync(t, now) : e;
}

/* --- anchors ------------------------------------------------------------------------ */

static bool tell_file(int fd, const char *line, size_t length)
{
    uint8_t padded[AUDITLOG_ANCHOR];

    return auditlog_anchor_write(line, length, padded) == OK &&
           pwrite(fd, padded, sizeof(padded), 0) == (ssize_t)sizeof(padded);
}

static bool tell_syslog(int fd, const char *line, size_t length)
{
    char text[sizeof(SYSLOG_PREFIX) + AUDITLOG_ANCHOR];
    int n = snprintf(text, sizeof(text), SYSLOG_PREFIX "%.*s", (int)length - 1, line);

    return n > 0 && send(fd, text, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL) == n;
}

/* False: it failed, which is said once; it is tried again with the next. */
static bool tell(
    struct audit_trail *t, enum audit_anchor which, bool (*by)(int, const char *, size_t))
{
    static const char *const names[] = {"audit.head", "audit.anchor.file", "syslog"};

    if (t->anchor_fds[which] < 0) {
        return true;
    }
    bool ok = by(t->anchor_fds[which], t->anchor, t->anchor_length);
    if (!ok && !t->anchor_failed[which]) {
        log_err(
            "the anchor of the audit trail can not be written to %s: errno=%d [AUD004]",
            names[which], errno);
    }
    t->anchor_failed[which] = !ok;
    return ok;
}

/* What it is not told at once it is told later, though nothing else is signed till then. */
static void tell_syslog_in_time(struct audit_trail *t, struct audit_times now)
{
    if (t->syslog_due &&
        (t->syslog_ms == 0 || now.mono_ms - t->syslog_ms >= AUDIT_SYSLOG_MS)) {
        t->syslog_ms = now.mono_ms;
        t->syslog_due = !tell(t, AUDIT_ANCHOR_SYSLOG, tell_syslog);
    }
}

void audit_trail_anchor(struct audit_trail *t, enum audit_anchor which, int fd)
{
    close_one(&t->anchor_fds[which]);
    t->anchor_fds[which] = fd;
    t->anchor_failed[which] = false;
    t->syslog_ms = which == AUDIT_ANCHOR_SYSLOG ? 0 : t->syslog_ms;
}

enum err audit_trail_sync(struct audit_trail *t, struct audit_times now)
{
    enum err e = sync_log(t);

    if (e == OK && t->anchor_due) {
        t->anchor_due = false;
        t->unsigned_bytes = 0;
        e = auditlog_key_store(t->key_fd, t->crypto, &t->key, false);
        (void)tell(t, AUDIT_ANCHOR_HEAD, tell_file);
        (void)tell(t, AUDIT_ANCHOR_FILE, tell_file);
        t->syslog_due = true;
    }
    if (e == OK) {
        tell_syslog_in_time(t, now);
    }
    return e;
}

/* --- files -------------------------------------------------------------------------- */

enum err audit_trail_next(
    struct audit_trail *t, int fd, const char *previous, struct audit_times now)
{
    (void)begin(t, AUDITLOG_FILE_END, now);
    enum err e = end_signed(t, AUDITLOG_FILE_END, t->key.epoch);
    if (e == OK) {
        e = audit_trail_sync(t, now);
    }
    if (e != OK) {
        (void)close(fd);
        return e;
    }
    close_one(&t->log_fd);
    t->log_fd = fd;
    t->file_bytes = 0;
    e = file_start(t, previous, NULL, now);
    return e == OK ? audit_trail_sync(t, now) : e;
}

enum err audit_trail_stop(struct audit_trail *t, struct audit_times now)
{
    enum err e = audit_trail_turn(t, now);

    if (e == OK) {
        (void)begin(t, AUDITLOG_STOP, now);
        e = end_signed(t, AUDITLOG_STOP, t->key.epoch);
    }
    t->syslog_ms = 0;
    return e == OK ? audit_trail_sync(t, now) : e;
}

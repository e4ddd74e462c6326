#include "auditlog_verify.h"

#include "auditlog_time.h"
#include "text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 4, 5))) static void say(struct auditlog_verify *v,
    enum auditlog_severity severity, const struct auditlog_place *place,
    const char *format, ...)
{
    char text[512];
    struct auditlog_finding finding = {severity, place, text};
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    v->totals.problems += severity == AUDITLOG_PROBLEM ? 1 : 0;
    v->totals.warnings += severity == AUDITLOG_WARNING ? 1 : 0;
    v->report(v->context, &finding);
}

void auditlog_verify_init(struct auditlog_verify *v, struct auditlog_crypto *crypto,
    const struct auditlog_known *known,
    void (*report)(void *context, const struct auditlog_finding *finding), void *context)
{
    memset(v, 0, sizeof(*v));
    v->crypto = crypto;
    v->known = *known;
    v->report = report;
    v->context = context;
    v->unsigned_ms = -1;
}

/* --- lines that are none ------------------------------------------------------------ */

/*
 * A process that died in the middle of a line leaves a piece of it. The one that goes on
 * says so in its first line: how many bytes, and their digest.
 */
static void add_junk(struct auditlog_verify *v)
{
    if (v->junk_at.line == 0) {
        v->junk_at = v->place;
        v->junk_at.seq = 0;
    }
    if (auditlog_torn_add(&v->junk, v->crypto, v->line, v->length) != OK) {
        say(v, AUDITLOG_PROBLEM, &v->place, "out of memory");
    }
}

/* The first good line behind them either accounts for them or does not. */
static void settle_junk(struct auditlog_verify *v, const struct auditlog_record *r)
{
    uint8_t told[AUDITLOG_HASH] = {0};

    if (v->junk_at.line == 0) {
        return;
    }
    bool is_told = r != NULL && auditlog_record_is_own(r) && r->torn == v->junk.bytes &&
                   auditlog_unhex(r->torn_hash.ptr, r->torn_hash.len, told) == OK &&
                   memcmp(told, v->junk.hash, sizeof(told)) == 0;
    if (is_told) {
        say(v, AUDITLOG_NOTE, &v->junk_at,
            "%" PRIu64 " bytes of a line that was not finished; the trail says so",
            v->junk.bytes);
    } else {
        say(v, AUDITLOG_PROBLEM, &v->junk_at,
            "%s: %" PRIu64 " bytes were changed, inserted or cut",
            v->junk.bytes >= AUDITLOG_LINE_MAX ? "too long to be a record"
                                               : "not a record of this trail",
            v->junk.bytes);
        v->counted = false;
    }
    v->junk_at.line = 0;
    v->junk = (struct auditlog_torn){.bytes = 0};
}

/* --- keys --------------------------------------------------------------------------- */

static void take_key(struct auditlog_verify *v, const struct auditlog_record *r)
{
    v->key_known = auditlog_record_key(r, &v->key) == OK;
    v->epoch = r->epoch;
    if (!v->key_known) {
        say(v, AUDITLOG_PROBLEM, &v->place,
            "the public key of this line can not be read");
    } else if (v->known.has_key && v->known.epoch == v->epoch) {
        v->matched = auditlog_public_equals(&v->known.key, &v->key);
        if (!v->matched) {
            say(v, AUDITLOG_PROBLEM, &v->place,
                "the key of epoch %" PRIu64 " is another than the auditor's", v->epoch);
        }
    }
}

/* The first line says which key all that follows is signed with. */
static void begin(struct auditlog_verify *v, const struct auditlog_record *r)
{
    v->totals.first_seq = r->seq;
    bool own = auditlog_record_is_own(r);
    bool start = own && auditlog_view_is(r->event, AUDITLOG_TRAIL_START);
    if (!start && !(own && auditlog_view_is(r->event, AUDITLOG_FILE_START))) {
        say(v, AUDITLOG_PROBLEM, &v->place,
            "the trail begins in the middle of a file: what stood before is missing");
        return;
    }
    v->counted = start;
    take_key(v, r);
    if (start && (r->seq != 1 || r->epoch != 0)) {
        say(v, AUDITLOG_PROBLEM, &v->place, "a trail begins with record 1 of epoch 0");
    }
    /* A directory is shown whole: there the first file is missing, whoever knows the key. */
    if (!start && v->matched && v->known.is_part) {
        say(v, AUDITLOG_NOTE, &v->place,
            "begins with record %" PRIu64 ", under the auditor's key of epoch %" PRIu64,
            r->seq, r->epoch);
    } else if (!start) {
        say(v, AUDITLOG_PROBLEM, &v->place,
            "records 1 to %" PRIu64 " are missing: the files before this one",
            r->seq - 1);
    }
}

/* --- signatures --------------------------------------------------------------------- */

static void check_count(struct auditlog_verify *v, const struct auditlog_record *r)
{
    /* Who went on behind a crash does not say how many there are. */
    if (v->counted && r->records != 0 && r->records != v->totals.unsigned_records) {
        say(v, AUDITLOG_PROBLEM, &v->place,
            "this line signs %" PRIu64 " records, but %" PRIu64 " stand before it",
            r->records, v->totals.unsigned_records);
    }
}

/* How long the first record that is not signed has waited. */
static int64_t waited_ms(const struct auditlog_verify *v)
{
    return v->totals.unsigned_records == 0 || v->unsigned_ms < 0
               ? 0
               : v->last_ms - v->unsigned_ms;
}

static void check_late(struct auditlog_verify *v)
{
    if (waited_ms(v) > AUDITLOG_LATE_MS) {
        say(v, AUDITLOG_WARNING, &v->unsigned_from,
            "the checkpoint of this record came %" PRId64 " s after it",
            waited_ms(v) / 1000);
    }
}

static void on_signed(struct auditlog_verify *v, const struct auditlog_record *r,
    const struct auditlog_chain *before)
{
    if (!v->key_known) {
        say(v, AUDITLOG_PROBLEM, &v->place,
            "this signature can not be checked: there is no key for it");
    } else if (!auditlog_line_verify(r, before, v->crypto, &v->key)) {
        say(v, AUDITLOG_PROBLEM, &v->place,
            "wrong signature: this line or one of the %" PRIu64
            " before it was changed, from %s:%" PRIu64 " on",
            v->totals.unsigned_records,
            v->totals.unsigned_records > 0 ? v->unsigned_from.file : v->place.file,
            v->totals.unsigned_records > 0 ? v->unsigned_from.line : v->place.line);
    } else {
        v->proved = v->proved || v->matched;
        check_count(v, r);
        check_late(v);
    }
    if (auditlog_view_is(r->event, AUDITLOG_KEY)) {
        if (r->epoch != v->epoch + 1) {
            say(v, AUDITLOG_PROBLEM, &v->place,
                "the key of epoch %" PRIu64 " follows that of %" PRIu64, r->epoch,
                v->epoch);
        }
        take_key(v, r);
        v->totals.keys++;
    } else if (r->epoch != v->epoch) {
        say(v, AUDITLOG_PROBLEM, &v->place, "says epoch %" PRIu64 " in epoch %" PRIu64,
            r->epoch, v->epoch);
    }
    v->totals.checkpoints += auditlog_view_is(r->event, AUDITLOG_CHECKPOINT) ? 1 : 0;
    v->totals.unsigned_records = 0;
    v->unsigned_ms = -1;
    v->counted = true;
    v->too_many = false;
}

static void count_unsigned(struct auditlog_verify *v, bool own)
{
    if (v->totals.unsigned_records++ == 0) {
        v->unsigned_from = v->place;
        v->unsigned_ms = v->last_ms;
    }
    if (v->totals.unsigned_records > AUDITLOG_SEALED_MAX && !own && !v->too_many) {
        v->too_many = true;
        say(v, AUDITLOG_PROBLEM, &v->place,
            "a checkpoint is missing: %" PRIu64 " records since %s:%" PRIu64,
            v->totals.unsigned_records, v->unsigned_from.file, v->unsigned_from.line);
    }
}

/* --- the chain ---------------------------------------------------------------------- */

static void say_order(struct auditlog_verify *v, const struct auditlog_record *r)
{
    uint64_t expected = v->chain.seq + 1;

    if (r->seq > expected && r->lost == r->seq - expected &&
        auditlog_view_is(r->event, AUDITLOG_GAP)) {
        say(v, AUDITLOG_PROBLEM, &v->place,
            "records %" PRIu64 " to %" PRIu64
            " are missing: they were gone when the trail went on, which says so",
            expected, r->seq - 1);
    } else if (r->seq > expected) {
        say(v, AUDITLOG_PROBLEM, &v->place,
            "records %" PRIu64 " to %" PRIu64 " are missing here", expected, r->seq - 1);
    } else {
        say(v, AUDITLOG_PROBLEM, &v->place,
            "record %" PRIu64 " stands where %" PRIu64
            " belongs: inserted, repeated or moved",
            r->seq, expected);
    }
}

static void say_gap(struct auditlog_verify *v, const struct auditlog_record *r)
{
    char reason[AUDITLOG_NAME_MAX + 1];

    bool own = auditlog_record_is_own(r);

    v->totals.gaps++;
    if (own) {
        v->unsigned_ms = -1; /* whatever was not signed waited for this line */
    }
    bool rewritten = own && auditlog_view_is(r->reason, AUDITLOG_GAP_REWRITTEN);
    say(v, rewritten ? AUDITLOG_PROBLEM : AUDITLOG_NOTE, &v->place, "gap: %s",
        text_escape(reason, sizeof(reason),
            r->reason.ptr == NULL ? "no reason given" : r->reason.ptr,
            r->reason.ptr == NULL ? 15 : r->reason.len));
}

/* A signed line is copied, no other: an anchor that names one of those was made up. */
static void meet_anchor(struct auditlog_verify *v, const struct auditlog_record *r,
    const struct auditlog_chain *anchor)
{
    if (memcmp(r->hash, anchor->hash, AUDITLOG_HASH) != 0) {
        say(v, AUDITLOG_PROBLEM, &v->place,
            "is not the record that the anchor names: it was rewritten, or one before "
            "it");
    } else if (!auditlog_record_is_own(r) || !auditlog_line_is_signed_kind(r->event)) {
        say(v, AUDITLOG_PROBLEM, &v->place,
            "is what the anchor names, but is not signed: the anchor is not genuine");
    }
}

static void check_anchor(struct auditlog_verify *v, const struct auditlog_record *r)
{
    const struct auditlog_known *known = &v->known;

    for (; v->others_seen < known->others_count &&
           known->others[v->others_seen].seq <= r->seq;
         v->others_seen++) {
        if (known->others[v->others_seen].seq == r->seq) {
            meet_anchor(v, r, &known->others[v->others_seen]);
        }
    }
    if (known->has_anchor && r->seq == known->anchor.seq) {
        v->anchor_seen = true;
        meet_anchor(v, r, &known->anchor);
    }
}

/* True: the chain is unbroken here. *before_out: the chain in front of this line. */
static bool check_link(struct auditlog_verify *v, const struct auditlog_record *r,
    struct auditlog_chain *before_out)
{
    uint8_t hash[AUDITLOG_HASH];
    bool in_order = !v->begun || r->seq == v->chain.seq + 1;
    bool ok =
        auditlog_chain_next(&v->chain, v->crypto, r->body.ptr, r->body.len, hash) == OK;
    bool linked = ok && memcmp(hash, r->hash, sizeof(hash)) == 0;

    *before_out = v->chain;
    if (!linked && v->in_doubt) {
        /* The line before may be right but for the hash that it says of itself. */
        memcpy(before_out->hash, v->computed, AUDITLOG_HASH);
        ok = auditlog_chain_next(before_out, v->crypto, r->body.ptr, r->body.len, hash) ==
             OK;
        linked = ok && memcmp(hash, r->hash, sizeof(hash)) == 0;
    }
    before_out->seq = r->seq - 1;
    if (!in_order) {
        say_order(v, r);
    } else if (!linked) {
        say(v, AUDITLOG_PROBLEM, &v->place,
            "this record was changed, or something before it was taken out or put in");
    }
    v->in_doubt = !linked;
    memcpy(v->computed, hash, sizeof(hash));
    return in_order && linked;
}

/* A trail that begins with the file of another day has a hash before it that we lack. */
static bool is_middle_start(
    const struct auditlog_verify *v, const struct auditlog_record *r)
{
    return !v->begun && r->seq != 1;
}

static bool before_middle(const struct auditlog_record *r, struct auditlog_chain *out)
{
    struct auditlog_cursor cursor = {
        .at = r->body.ptr, .left = r->body.len + AUDITLOG_SEAL - 1};
    struct auditlog_member m;

    while (auditlog_member_next(&cursor, &m)) {
        if (auditlog_view_is(m.name, "previous_hash") && m.kind == AUDITLOG_STRING) {
            out->seq = r->seq - 1;
            return auditlog_unhex(m.value.ptr, m.value.len, out->hash) == OK;
        }
    }
    return false;
}

/* Behind a line that says that it is the last, only one that says that it goes on. */
static void check_behind_end(struct auditlog_verify *v, const struct auditlog_record *r)
{
    if ((v->totals.ended || v->totals.file_ended) &&
        !(auditlog_record_is_own(r) &&
            (auditlog_view_is(r->event, AUDITLOG_START) ||
                auditlog_view_is(r->event, AUDITLOG_FILE_START)))) {
        say(v, AUDITLOG_PROBLEM, &v->place, "this record stands behind a signed end");
    }
    v->totals.ended = false;
    v->totals.file_ended = false;
}

static void note_time(struct auditlog_verify *v, const struct auditlog_record *r)
{
    if (auditlog_time_read(r->time.ptr, r->time.len, &v->last_ms) != OK) {
        v->last_ms = -1;
    }
}

static void on_record(struct auditlog_verify *v, const struct auditlog_record *r)
{
    struct auditlog_chain before;

    settle_junk(v, r);
    if (!v->begun) {
        begin(v, r);
        if (is_middle_start(v, r) && !before_middle(r, &v->chain)) {
            v->chain.seq = r->seq - 1;
        }
    } else if (auditlog_view_is(r->event, AUDITLOG_TRAIL_START)) {
        say(v, AUDITLOG_PROBLEM, &v->place, "another trail begins here");
    }
    bool whole = check_link(v, r, &before);
    v->begun = true;
    v->counted = v->counted && whole;
    v->chain.seq = r->seq;
    memcpy(v->chain.hash, r->hash, sizeof(r->hash));
    v->totals.last_seq = r->seq;
    note_time(v, r);
    check_behind_end(v, r);
    check_anchor(v, r);
    if (auditlog_view_is(r->event, AUDITLOG_GAP)) {
        say_gap(v, r);
    }
    bool own = auditlog_record_is_own(r);
    if (own && auditlog_line_is_signed_kind(r->event)) {
        uint64_t problems = v->totals.problems;
        on_signed(v, r, &before);
        bool good = problems == v->totals.problems;
        v->totals.ended = good && auditlog_view_is(r->event, AUDITLOG_STOP);
        v->totals.file_ended = good && auditlog_view_is(r->event, AUDITLOG_FILE_END);
    } else {
        count_unsigned(v, own);
    }
}

static void on_line(struct auditlog_verify *v)
{
    struct auditlog_record r;

    if (v->overlong || auditlog_record_read(v->line, v->length, &r) != OK) {
        v->place.seq = 0;
        add_junk(v);
        return;
    }
    v->place.seq = r.seq;
    v->totals.records++;
    on_record(v, &r);
}

/* --- bytes -------------------------------------------------------------------------- */

static void end_line(struct auditlog_verify *v)
{
    v->place.line++;
    on_line(v);
    v->length = 0;
    v->overlong = false;
}

void auditlog_verify_file(struct auditlog_verify *v, const char *name)
{
    if (v->length > 0 || v->overlong) {
        end_line(
            v); /* without its newline: what the next file begins with may tell of it */
    }
    (void)text_escape(v->place.file, sizeof(v->place.file), name, strlen(name));
    v->place.line = 0;
    v->totals.files++;
}

/* What is longer than a line is cut into pieces; none of them is a record. */
static void add_piece(struct auditlog_verify *v, const char *bytes, size_t length)
{
    while (length > 0) {
        size_t room = sizeof(v->line) - v->length;
        size_t n = length < room ? length : room;
        memcpy(v->line + v->length, bytes, n);
        v->length += n;
        bytes += n;
        length -= n;
        if (v->length == sizeof(v->line)) {
            v->place.line++;
            v->place.seq = 0;
            add_junk(v);
            v->place.line--;
            v->length = 0;
            v->overlong = true;
        }
    }
}

void auditlog_verify_bytes(struct auditlog_verify *v, const void *bytes, size_t length)
{
    const char *at = bytes;

    while (length > 0) {
        const char *end = memchr(at, '\n', length);
        size_t n = end == NULL ? length : (size_t)(end - at);
        add_piece(v, at, n);
        if (end != NULL) {
            end_line(v);
            n++;
        }
        at += n;
        length -= n;
    }
}

/* --- the end ------------------------------------------------------------------------ */

static void check_reach(struct auditlog_verify *v)
{
    const struct auditlog_chain *anchor = &v->known.anchor;

    if (v->known.has_anchor && anchor->seq > v->chain.seq) {
        say(v, AUDITLOG_PROBLEM, &v->place,
            "records %" PRIu64 " to %" PRIu64
            " are missing: the anchor knows of them; cut, or set back",
            v->chain.seq + 1, anchor->seq);
    } else if (v->known.has_anchor && !v->anchor_seen &&
               anchor->seq >= v->totals.first_seq) {
        say(v, AUDITLOG_PROBLEM, &v->place,
            "record %" PRIu64 ", which the anchor names, is missing", anchor->seq);
    } else if (!v->totals.ended && v->totals.file_ended && !v->known.is_part) {
        say(v, AUDITLOG_PROBLEM, &v->place, "the file behind this one is missing");
    } else if (!v->totals.ended && !v->totals.file_ended && !v->anchor_seen) {
        say(v, AUDITLOG_PROBLEM, &v->place,
            "nothing says that the trail ends here: there is no signed end, and no "
            "anchor");
    } else if (waited_ms(v) > AUDITLOG_LATE_MS) {
        say(v, AUDITLOG_PROBLEM, &v->unsigned_from,
            "a checkpoint is missing: %" PRIu64 " records from here on are not signed",
            v->totals.unsigned_records);
    } else if (v->totals.unsigned_records > 0) {
        say(v, AUDITLOG_NOTE, &v->unsigned_from,
            "%" PRIu64 " records from here on are not signed yet",
            v->totals.unsigned_records);
    }
}

bool auditlog_verify_end(struct auditlog_verify *v)
{
    if (v->length > 0 || v->overlong) {
        end_line(v);
    }
    settle_junk(v, NULL);
    if (!v->begun) {
        say(v, AUDITLOG_PROBLEM, &v->place, "there is no record at all");
        return false;
    }
    check_reach(v);
    if (v->known.has_key && !v->matched) {
        say(v, AUDITLOG_PROBLEM, &v->place,
            "the auditor's key, of epoch %" PRIu64 ", is not in this trail",
            v->known.epoch);
    } else if (v->known.has_key && !v->proved) {
        say(v, AUDITLOG_PROBLEM, &v->place,
            "nothing in this trail is signed with the auditor's key");
    }
    return v->totals.problems == 0;
}

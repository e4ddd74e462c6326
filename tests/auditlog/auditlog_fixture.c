#include "auditlog_fixture.h"

#include "auditlog_write.h"
#include "test.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX ((size_t)16 * 1024 * 1024)
#define BEGIN_MS 1790000000000

struct auditlog_crypto fixture_crypto;

int fixture_open(void **state)
{
    (void)state;
    return auditlog_crypto_open(&fixture_crypto, false) == OK ? 0 : -1;
}

int fixture_close(void **state)
{
    (void)state;
    auditlog_crypto_close(&fixture_crypto);
    return 0;
}

static void seal(struct fixture_trail *t)
{
    assert_true(t->count < FIXTURE_LINES);
    assert_int_equal(
        auditlog_write_end(&t->chain, &fixture_crypto, &t->text, t->starts[t->count]),
        OK);
    t->count++;
    t->starts[t->count] = t->text.length;
    t->time_ms += 10;
}

void fixture_begin(struct fixture_trail *t, enum auditlog_algorithm algorithm)
{
    memset(t, 0, sizeof(*t));
    buf_init(&t->text, TEXT_MAX);
    t->time_ms = BEGIN_MS;
    assert_int_equal(auditlog_key_make(&t->key, &fixture_crypto, algorithm), OK);
    auditlog_write_begin(&t->text, t->time_ms, 1, AUDITLOG_TRAIL_START);
    auditlog_write_trail(&t->text, t->key.trail);
    buf_add_text(&t->text, ",\"epoch\":0");
    auditlog_write_key(&t->text, &t->key.now.key);
    seal(t);
    t->unsigned_count = 1;
}

void fixture_free(struct fixture_trail *t)
{
    buf_fini(&t->text);
}

void fixture_event(struct fixture_trail *t, const char *extra)
{
    uint64_t seq = t->chain.seq + 1;

    buf_add_format(&t->text,
        "{\"time\":\"2026-09-21T14:%02u:%02u.%03uZ\",\"seq\":%" PRIu64
        ",\"source\":\"broker\",\"event\":\"denied\",\"name\":\"t-%" PRIu64 "\"%s",
        (unsigned)(t->time_ms / 60000 % 60), (unsigned)(t->time_ms / 1000 % 60),
        (unsigned)(t->time_ms % 1000), seq, seq, extra);
    seal(t);
    t->unsigned_count++;
}

void fixture_own(struct fixture_trail *t, const char *event, const char *extra)
{
    auditlog_write_begin(&t->text, t->time_ms, t->chain.seq + 1, event);
    buf_add_text(&t->text, extra);
    seal(t);
    t->unsigned_count++;
}

static void sign(struct fixture_trail *t, const char *event, uint64_t epoch)
{
    buf_add_format(&t->text, ",\"epoch\":%" PRIu64 ",\"records\":%" PRIu64, epoch,
        t->unsigned_count);
    assert_int_equal(auditlog_write_signature(&t->text, t->starts[t->count], event,
                         &t->chain, &fixture_crypto, &t->key.now),
        OK);
    seal(t);
    t->unsigned_count = 0;
}

void fixture_signed(struct fixture_trail *t, const char *event)
{
    char hex[AUDITLOG_HASH_HEX + 1];

    auditlog_write_begin(&t->text, t->time_ms, t->chain.seq + 1, event);
    if (strcmp(event, AUDITLOG_FILE_START) == 0) {
        auditlog_hex(t->chain.hash, hex);
        buf_add_format(&t->text, ",\"previous_hash\":\"%s\"", hex);
        auditlog_write_key(&t->text, &t->key.now.key);
    }
    sign(t, event, t->key.epoch);
}

void fixture_evolve(struct fixture_trail *t)
{
    auditlog_write_begin(&t->text, t->time_ms, t->chain.seq + 1, AUDITLOG_KEY);
    auditlog_write_key(&t->text, &t->key.next.key);
    sign(t, AUDITLOG_KEY, t->key.epoch + 1);
    assert_int_equal(auditlog_key_evolve(&t->key, &fixture_crypto), OK);
}

void fixture_fill(struct fixture_trail *t, size_t events, size_t sealed)
{
    for (size_t i = 1; i <= events; i++) {
        fixture_event(t, "");
        if (i % sealed == 0) {
            fixture_signed(t, AUDITLOG_CHECKPOINT);
        }
        if (i % (2 * sealed) == 0) {
            fixture_evolve(t);
        }
    }
}

struct auditlog_view fixture_line(const struct fixture_trail *t, size_t i)
{
    assert_true(i < t->count);
    return (struct auditlog_view){
        (const char *)t->text.bytes + t->starts[i], t->starts[i + 1] - t->starts[i]};
}

void fixture_forge(
    struct auditlog_view line, struct auditlog_chain *chain, struct buf *out)
{
    static const char member[] = "\"seq\":";
    const size_t start = out->length;
    const char *seq = memmem(line.ptr, line.len, member, sizeof(member) - 1);

    assert_non_null(seq);
    seq += sizeof(member) - 1;
    const char *behind = memchr(seq, ',', line.len);
    buf_add(out, line.ptr, (size_t)(seq - line.ptr));
    buf_add_format(out, "%" PRIu64, chain->seq + 1);
    buf_add(out, behind, line.len - AUDITLOG_SEAL - (size_t)(behind - line.ptr));
    assert_int_equal(auditlog_write_end(chain, &fixture_crypto, out, start), OK);
}

static void on_finding(void *context, const struct auditlog_finding *f)
{
    struct fixture_verdict *v = context;

    if (f->severity == AUDITLOG_PROBLEM && v->problems++ == 0) {
        v->place = *f->place;
        (void)snprintf(v->text, sizeof(v->text), "%s", f->text);
    }
    v->warnings += f->severity == AUDITLOG_WARNING ? 1 : 0;
    if (f->severity == AUDITLOG_NOTE) {
        v->notes++;
        (void)snprintf(v->note, sizeof(v->note), "%s", f->text);
    }
}

void fixture_verify(const struct buf *text, const struct auditlog_known *known,
    struct fixture_verdict *out)
{
    static const struct auditlog_known nothing = {.has_key = false};
    static struct auditlog_verify v;

    memset(out, 0, sizeof(*out));
    auditlog_verify_init(
        &v, &fixture_crypto, known == NULL ? &nothing : known, on_finding, out);
    auditlog_verify_file(&v, "audit.log");
    auditlog_verify_bytes(&v, text->bytes, text->length);
    out->whole = auditlog_verify_end(&v);
    assert_int_equal(out->whole, out->problems == 0);
    assert_int_equal(v.totals.problems, out->problems);
}

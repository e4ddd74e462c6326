/*
 * Any bytes as a trail: it ends, stays in its memory, and says the same however the bytes are
 * cut into pieces. Nothing of it is whole but what a key has signed.
 */
#include "auditlog_anchor.h"
#include "auditlog_text.h"
#include "auditlog_time.h"
#include "auditlog_verify.h"

#include <stdlib.h>
#include <string.h>

#define OTHERS 8

static struct auditlog_chain others[OTHERS];

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static struct auditlog_crypto crypto;
static struct auditlog_verify verify;

struct said {
    uint64_t findings;
    uint64_t lines;
};

static void on_finding(void *context, const struct auditlog_finding *f)
{
    struct said *said = context;

    if (f->text[0] == '\0' || memchr(f->text, '\n', strlen(f->text)) != NULL) {
        abort();
    }
    said->findings++;
    said->lines += f->place->line + f->place->seq;
}

/* piece: how many bytes at once; 0: all. */
static bool run(const uint8_t *bytes, size_t length, size_t piece,
    const struct auditlog_known *known, struct said *said)
{
    memset(said, 0, sizeof(*said));
    auditlog_verify_init(&verify, &crypto, known, on_finding, said);
    auditlog_verify_file(&verify, "audit.log");
    while (length > 0) {
        size_t n = piece == 0 || piece > length ? length : piece;
        auditlog_verify_bytes(&verify, bytes, n);
        bytes += n;
        length -= n;
    }
    return auditlog_verify_end(&verify);
}

/* Each line from a copy of its own, so that a read behind it is seen. */
static void read_lines(const uint8_t *bytes, size_t length)
{
    while (length > 0) {
        const uint8_t *end = memchr(bytes, '\n', length);
        size_t n = end == NULL ? length : (size_t)(end - bytes);
        char *copy = malloc(n == 0 ? 1 : n);
        struct auditlog_record r;
        struct auditlog_cursor cursor = {.at = copy, .left = n};
        struct auditlog_member m;
        int64_t time_ms = 0;
        if (copy == NULL) {
            abort();
        }
        memcpy(copy, bytes, n);
        if (auditlog_record_read(copy, n, &r) == OK && r.time.ptr != NULL) {
            (void)!auditlog_time_read(r.time.ptr, r.time.len, &time_ms);
        }
        while (auditlog_member_next(&cursor, &m)) {
            struct buf plain;
            buf_init(&plain, 2 * AUDITLOG_LINE_MAX);
            auditlog_unescape(m.value, &plain);
            if (plain.length > m.value.len) {
                abort();
            }
            buf_fini(&plain);
        }
        free(copy);
        n += end == NULL ? 0 : 1;
        bytes += n;
        length -= n;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct auditlog_known known = {.is_part = length % 2 == 0};
    struct said whole;
    struct said pieces;

    if (crypto.sha256 == NULL && auditlog_crypto_open(&crypto, false) != OK) {
        abort();
    }
    known.has_anchor = auditlog_anchor_find(bytes, length, &known.anchor) == OK;
    const char *at = (const char *)bytes;
    size_t left = length;
    while (known.others_count < OTHERS &&
           auditlog_anchor_next(&at, &left, &others[known.others_count])) {
        known.others_count++;
    }
    known.others = others; /* in any order: then some are not met */
    bool good = run(bytes, length, 0, &known, &whole);
    if (run(bytes, length, 7, &known, &pieces) != good ||
        memcmp(&whole, &pieces, sizeof(whole)) != 0) {
        abort();
    }
    read_lines(bytes, length);
    return 0;
}

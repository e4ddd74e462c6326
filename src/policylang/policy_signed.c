#include "policy_signed.h"

#include "policy_signature.h"
#include "text.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SHOWN_MAX 200

struct checking {
    const struct policy_signed_order *order;
    struct report *report;
    struct buf *good; /* may be NULL */
    struct policy_manifest manifest;
    struct policy_signature_key keys[POLICY_SIGNATURES_MAX];
    bool used[POLICY_SIGNATURES_MAX]; /* signed */
    size_t key_count;
};

__attribute__((format(printf, 5, 6))) static void fail(struct checking *c,
    const char *file, const char *code, const char *help, const char *format, ...)
{
    char shown[SHOWN_MAX];
    char sentence[512];
    struct report_place place = {
        .file = text_escape(shown, sizeof(shown), file, strlen(file)), .line = 1};
    va_list args;

    va_start(args, format);
    (void)vsnprintf(sentence, sizeof(sentence), format, args);
    va_end(args);
    report_error(c->report, &place, code, help, "%s", sentence);
}

/* --- keys --- */

static bool is_known(const struct checking *c, const struct policy_signature_key *key)
{
    for (size_t i = 0; i < c->key_count; i++) {
        if (memcmp(c->keys[i].key, key->key, sizeof(key->key)) == 0) {
            return true;
        }
    }
    return false;
}

static void read_keys(struct checking *c)
{
    const struct policy_signed_parts *keys = &c->order->keys;

    if (keys->count > POLICY_SIGNATURES_MAX) {
        fail(c, keys->items[0].name, "POL083", NULL,
            "there are more than %d trusted keys", POLICY_SIGNATURES_MAX);
        return;
    }
    for (size_t i = 0; i < keys->count; i++) {
        struct policy_signature_key key;
        if (!policy_signature_key_parse(keys->items[i].bytes, &key)) {
            fail(c, keys->items[i].name, "POL083",
                "put public keys of minisign there, one a file, and nothing else",
                "this is no public key");
        } else if (!is_known(c, &key)) {
            c->keys[c->key_count++] = key;
        }
    }
    if (c->key_count < c->order->required) {
        fail(c, c->order->manifest.name, "POL083",
            "add trusted keys, or ask for fewer signatures",
            "%u signatures are asked for and only %zu different keys are trusted",
            c->order->required, c->key_count);
    }
}

/* --- signatures --- */

/* Of the trusted keys the one that signed, else the nearest miss. */
static enum policy_signature_verdict try_keys(
    const struct checking *c, const struct policy_signature *s, size_t *key_out)
{
    enum policy_signature_verdict nearest = POLICY_SIGNATURE_OTHER_KEY;

    for (size_t i = 0; i < c->key_count; i++) {
        enum policy_signature_verdict v =
            policy_signature_verify(s, &c->keys[i], c->order->manifest.bytes);
        if (v == POLICY_SIGNATURE_GOOD) {
            *key_out = i;
            return v;
        }
        nearest = v == POLICY_SIGNATURE_OTHER_KEY ? nearest : v;
    }
    return nearest;
}

static void note(struct buf *out, const char *name, const char *what)
{
    char shown[SHOWN_MAX];

    buf_add_format(
        out, "  %s: %s\n", text_escape(shown, sizeof(shown), name, strlen(name)), what);
}

static void tell_good(
    struct checking *c, const char *name, const struct policy_signature *s)
{
    char id[POLICY_SIGNATURE_ID_TEXT];
    char comment[SHOWN_MAX];
    char line[SHOWN_MAX + 64];

    if (c->good == NULL) {
        return;
    }
    policy_signature_id_text(s->id, id);
    (void)snprintf(line, sizeof(line), "signed by key %s, %s", id,
        text_escape(comment, sizeof(comment), s->comment.ptr, s->comment.len));
    note(c->good, name, line);
}

/* What is wrong with it; NULL: it counts. */
static const char *judge(struct checking *c, const struct policy_signed_part *part)
{
    static const char *const sentences[] = {
        [POLICY_SIGNATURE_OTHER_KEY] = "made by a key that is not trusted here",
        [POLICY_SIGNATURE_OTHER_MESSAGE] = "not a signature of this manifest",
        [POLICY_SIGNATURE_OTHER_COMMENT] = "its trusted comment was changed",
    };
    struct policy_signature s;
    size_t key = 0;

    if (!policy_signature_parse(part->bytes, &s)) {
        return "not a signature in the form of minisign";
    }
    enum policy_signature_verdict v = try_keys(c, &s, &key);
    if (v != POLICY_SIGNATURE_GOOD) {
        return sentences[v];
    }
    if (c->used[key]) {
        return "a second one by the same key";
    }
    c->used[key] = true;
    tell_good(c, part->name, &s);
    return NULL;
}

static void add_reasons(struct buf *reasons, const char *name, const char *why)
{
    if (why != NULL) {
        note(reasons, name, why);
    }
}

/* How many keys signed. */
static uint32_t count_signers(struct checking *c)
{
    const struct policy_signed_parts *parts = &c->order->signatures;
    struct buf reasons;
    uint32_t count = 0;

    if (parts->count > POLICY_SIGNATURES_MAX) {
        fail(c, parts->items[0].name, "POL082", "delete old ones",
            "there are more than %d signatures", POLICY_SIGNATURES_MAX);
        return 0;
    }
    buf_init(&reasons, 16384);
    for (size_t i = 0; i < parts->count; i++) {
        const char *why = judge(c, &parts->items[i]);
        add_reasons(&reasons, parts->items[i].name, why);
        count += why == NULL ? 1 : 0;
    }
    if (count < c->order->required) {
        fail(c, c->order->manifest.name, "POL082",
            "have it signed with: schloss policy sign -k KEY",
            "%u of %u signatures that are asked for", count, c->order->required);
        buf_add(c->report->out, reasons.bytes, reasons.length);
    }
    buf_fini(&reasons);
    return count;
}

/* --- files --- */

static void check_file(struct checking *c, const struct policy_signed_part *part)
{
    uint8_t digest[POLICY_DIGEST_BYTES];
    struct policy_view path = {(const uint8_t *)part->name, strlen(part->name)};
    const struct policy_manifest_file *f = policy_manifest_find(&c->manifest, path);

    if (f == NULL) {
        fail(c, part->name, "POL081", "delete the file, or sign the policy with it",
            "the file is not in the manifest");
        return;
    }
    (void)crypto_hash_sha256(digest, part->bytes.ptr, part->bytes.len);
    if (memcmp(digest, f->digest, sizeof(digest)) != 0) {
        fail(c, part->name, "POL081", "sign the policy anew, or restore what was signed",
            "the file is not the one that was signed");
    }
}

static bool has_file(const struct checking *c, struct policy_view path)
{
    for (size_t i = 0; i < c->order->files.count; i++) {
        const char *name = c->order->files.items[i].name;
        if (strlen(name) == path.len && memcmp(name, path.ptr, path.len) == 0) {
            return true;
        }
    }
    return false;
}

static void check_files(struct checking *c)
{
    char shown[SHOWN_MAX];

    for (size_t i = 0; i < c->order->files.count; i++) {
        check_file(c, &c->order->files.items[i]);
    }
    for (size_t i = 0; i < c->manifest.count; i++) {
        struct policy_view path = c->manifest.files[i].path;
        if (!has_file(c, path)) {
            fail(c, c->order->manifest.name, "POL081",
                "restore the file, or sign the policy without it", "'%s' is missing",
                text_escape(shown, sizeof(shown), path.ptr, path.len));
        }
    }
}

/* --- cluster and serial --- */

static void check_cluster(struct checking *c)
{
    const struct policy_view *ours = &c->order->cluster;
    const struct policy_view *its = &c->manifest.cluster;
    char shown[SHOWN_MAX];

    if (ours->len == 0 ||
        (ours->len == its->len && memcmp(ours->ptr, its->ptr, its->len) == 0)) {
        return;
    }
    fail(c, c->order->manifest.name, "POL084",
        "a policy is signed for one cluster; cluster.id says which one this is",
        "the manifest is for the cluster '%s'",
        text_escape(shown, sizeof(shown), its->ptr, its->len));
}

static void check_serial(struct checking *c, const struct policy_state *now)
{
    struct policy_state last;
    const char *name = c->order->manifest.name;

    if (c->order->last.len == 0) {
        return;
    }
    if (!policy_state_parse(c->order->last, &last)) {
        fail(c, name, "POL086", "look why, then delete the file policy.state.file names",
            "what was kept of the policy in force last can not be read");
    } else if (now->serial < last.serial) {
        fail(c, name, "POL085", "raise the serial of the policy, then sign it",
            "serial %llu is below %llu, which was in force already",
            (unsigned long long)now->serial, (unsigned long long)last.serial);
    } else if (now->serial == last.serial &&
               memcmp(now->manifest, last.manifest, sizeof(last.manifest)) != 0) {
        fail(c, name, "POL085", "raise the serial of the policy, then sign it",
            "serial %llu was in force already, with other files",
            (unsigned long long)now->serial);
    }
}

static void check_all(struct checking *c, struct policy_state *out)
{
    const struct policy_view *manifest = &c->order->manifest.bytes;

    read_keys(c);
    *out = (struct policy_state){.serial = c->manifest.serial};
    (void)crypto_hash_sha256(out->manifest, manifest->ptr, manifest->len);
    out->signers = count_signers(c);
    check_cluster(c);
    check_serial(c, out);
    check_files(c);
}

enum err policy_signed_check(const struct policy_signed_order *o, struct report *report,
    struct buf *good, struct policy_state *out)
{
    struct checking c = {.order = o, .report = report, .good = good};
    struct policy_state state;
    size_t before = report->errors;

    if (o->manifest.bytes.len == 0) {
        fail(&c, o->manifest.name, "POL087", "make it with: schloss policy sign -k KEY",
            "the policy has no manifest, and signatures are asked for");
        return ERR_INVALID;
    }
    enum err e =
        policy_manifest_parse(o->manifest.name, o->manifest.bytes, report, &c.manifest);
    if (e != OK) {
        return e;
    }
    check_all(&c, &state);
    policy_manifest_fini(&c.manifest);
    if (report->errors > before) {
        return ERR_INVALID;
    }
    *out = state;
    return OK;
}

/* schloss audit verify and key: was the trail changed, and with which key to ask. */
#include "auditlog_anchor.h"
#include "auditlog_verify.h"
#include "cli_audit.h"
#include "cli_output.h"
#include "cli_run.h"
#include "mem.h"
#include "text.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define KEY_WORD     "schloss-audit-key-v1"
#define KEY_MAX      65536
#define ANCHOR_MAX   ((size_t)256 * 1024 * 1024) /* a log of syslog */
#define FINDINGS_MAX 100
#define OUT_MAX      ((size_t)1024 * 1024)
#define AGAIN_MAX    3
#define WAITS_MAX    5

/* --- the auditor's key -------------------------------------------------------------- */

/* The next word of a line, which is cut off its front. */
static struct auditlog_view word(struct auditlog_view *line)
{
    while (line->len > 0 && *line->ptr == ' ') {
        line->ptr++;
        line->len--;
    }
    struct auditlog_view w = {line->ptr, 0};
    while (w.len < line->len && line->ptr[w.len] != ' ') {
        w.len++;
    }
    line->ptr += w.len;
    line->len -= w.len;
    return w;
}

/* KEY_WORD ALGORITHM EPOCH BASE64 */
static enum err read_key_line(struct auditlog_view line, struct auditlog_known *out)
{
    struct auditlog_record r = {.seq = 1};
    int64_t epoch = 0;

    if (!auditlog_view_is(word(&line), KEY_WORD)) {
        return ERR_INVALID;
    }
    r.algorithm = word(&line);
    struct auditlog_view number = word(&line);
    r.key = word(&line);
    if (text_to_i64(number.ptr, number.len, 0, INT64_MAX, &epoch) != OK ||
        auditlog_record_key(&r, &out->key) != OK) {
        return ERR_INVALID;
    }
    out->epoch = (uint64_t)epoch;
    out->has_key = true;
    return OK;
}

static enum cli_exit read_key_file(const char *path, struct auditlog_known *out)
{
    struct buf text;

    buf_init(&text, KEY_MAX);
    enum cli_exit result = cli_audit_read_file(path, &text);
    for (size_t at = 0; result == CLI_EXIT_OK && at < text.length && !out->has_key;) {
        const char *start = (const char *)text.bytes + at;
        const char *end = memchr(start, '\n', text.length - at);
        size_t n = end == NULL ? text.length - at : (size_t)(end - start);
        (void)!read_key_line((struct auditlog_view){start, n}, out);
        at += n + 1;
    }
    buf_fini(&text);
    if (result != CLI_EXIT_OK || !out->has_key) {
        cli_error("it is what `schloss audit key` printed when the trail was begun",
            "%s holds no key of an audit trail", path);
        return CLI_EXIT_USAGE;
    }
    return CLI_EXIT_OK;
}

static bool take_key(void *context, const struct cli_audit_line *line)
{
    struct buf *out = context;
    struct auditlog_record r;
    struct auditlog_public key;

    if (auditlog_record_read(line->whole.ptr, line->whole.len, &r) == OK &&
        auditlog_record_key(&r, &key) == OK) {
        buf_add_format(out, KEY_WORD " %s %" PRIu64 " %.*s\n",
            auditlog_algorithm_name(key.algorithm), r.epoch, (int)r.key.len, r.key.ptr);
    }
    return false; /* the first line only */
}

enum cli_exit cli_audit_key(const struct cli *cli)
{
    struct cli_audit_files files;
    struct buf out;
    enum cli_exit result = cli_audit_files(cli, &files);

    if (result != CLI_EXIT_OK) {
        return result;
    }
    buf_init(&out, KEY_MAX);
    result = cli_audit_each(&files, take_key, &out);
    if (result == CLI_EXIT_OK && out.length == 0) {
        cli_error(NULL, "%s does not begin with a key", files.paths[0]);
        result = CLI_EXIT_NO;
    }
    (void)fwrite(out.bytes, 1, out.length, stdout);
    buf_fini(&out);
    cli_audit_files_fini(&files);
    return result;
}

/* --- anchors ------------------------------------------------------------------------ */

/* What the auditor and the directory know of the trail. */
struct anchors {
    struct auditlog_chain *all;
    size_t count;
    size_t capacity;
};

static enum err add_anchor(struct anchors *a, const struct auditlog_chain *anchor)
{
    if (a->count == a->capacity) {
        size_t capacity = a->capacity == 0 ? 64 : 2 * a->capacity;
        struct auditlog_chain *more = mem_resize(a->all, capacity, sizeof(*more));
        if (more == NULL) {
            return ERR_NOMEM;
        }
        a->all = more;
        a->capacity = capacity;
    }
    a->all[a->count++] = *anchor;
    return OK;
}

/* All that are in it: the newest of a trail that was set back and went on would fit. */
static enum cli_exit add_anchors(
    enum cli_exit (*by)(const char *, struct buf *), const char *path, struct anchors *a)
{
    struct auditlog_chain anchor;
    struct buf text;
    size_t before = a->count;
    enum err e = OK;

    buf_init(&text, ANCHOR_MAX);
    enum cli_exit result = by(path, &text) == CLI_EXIT_OK ? CLI_EXIT_OK : CLI_EXIT_USAGE;
    const char *at = (const char *)text.bytes;
    size_t left = result == CLI_EXIT_OK ? text.length : 0;
    while (e == OK && auditlog_anchor_next(&at, &left, &anchor)) {
        e = add_anchor(a, &anchor);
    }
    if (result == CLI_EXIT_OK && (e != OK || a->count == before)) {
        cli_error(NULL, "%s%s", path,
            e == OK ? " holds no anchor" : ": its anchors need too much memory");
        result = CLI_EXIT_NO;
    }
    buf_fini(&text);
    return result;
}

static int by_seq(const void *a, const void *b)
{
    const struct auditlog_chain *x = a;
    const struct auditlog_chain *y = b;

    return x->seq < y->seq ? -1 : x->seq > y->seq;
}

/* The one that reaches farthest, and the others. */
static void use_anchors(const struct anchors *a, struct auditlog_known *out)
{
    if (a->count > 0) {
        qsort(a->all, a->count, sizeof(a->all[0]), by_seq);
        out->has_anchor = true;
        out->anchor = a->all[a->count - 1];
        out->others = a->all;
        out->others_count = a->count - 1;
    }
}

static enum cli_exit know(const struct cli *cli, const struct cli_audit_files *files,
    struct anchors *anchors, struct auditlog_known *out)
{
    enum cli_exit result = CLI_EXIT_OK;

    *out = (struct auditlog_known){.is_part = !files->is_directory};
    if (cli_has(cli, CLI_KEY)) {
        result = read_key_file(cli->text[CLI_KEY], out);
    }
    if (result == CLI_EXIT_OK && cli_has(cli, CLI_ANCHOR)) {
        result = add_anchors(cli_audit_read_file, cli->text[CLI_ANCHOR], anchors);
    }
    if (result == CLI_EXIT_OK && files->head[0] != '\0' &&
        cli_audit_is_there(files->head)) {
        result = add_anchors(cli_audit_read_part, files->head, anchors);
    }
    use_anchors(anchors, out);
    return result;
}

/* --- reading ------------------------------------------------------------------------ */

struct run {
    struct auditlog_verify *verify;
    struct buf findings;
    enum cli_form form;
    uint64_t count;
};

static void add_finding_json(
    struct buf *out, const char *severity, const struct auditlog_finding *f)
{
    buf_add_format(
        out, "%s{\"severity\":\"%s\",\"file\":", out->length == 0 ? "" : ",", severity);
    text_add_json(out, f->place->file, strlen(f->place->file));
    buf_add_format(out,
        ",\"line\":%" PRIu64 ",\"seq\":%" PRIu64 ",\"text\":", f->place->line,
        f->place->seq);
    text_add_json(out, f->text, strlen(f->text));
    buf_add_text(out, "}");
}

static void on_finding(void *context, const struct auditlog_finding *f)
{
    static const char *const words[] = {"note", "warning", "problem"};
    struct run *run = context;
    const char *severity = words[f->severity];

    if (run->count++ >= FINDINGS_MAX) {
        return;
    }
    if (run->form == CLI_FORM_JSON) {
        add_finding_json(&run->findings, severity, f);
        return;
    }
    buf_add_format(
        &run->findings, "%s:%" PRIu64 ": %s: ", f->place->file, f->place->line, severity);
    if (f->place->seq > 0) {
        buf_add_format(&run->findings, "record %" PRIu64 ": ", f->place->seq);
    }
    buf_add_format(&run->findings, "%s\n", f->text);
}

/* A line that is being written just now: wait for the rest of it. */
static bool waits(const struct run *run, unsigned *times)
{
    const struct timespec pause = {.tv_nsec = 100000000};

    if (run->verify->length == 0 || ++*times > WAITS_MAX) {
        return false;
    }
    (void)nanosleep(&pause, NULL);
    return true;
}

static enum cli_exit verify_one(struct run *run, const char *path, bool last)
{
    char chunk[4096];
    unsigned times = 0;
    ssize_t n = 0;
    int fd = cli_audit_open(path);

    if (fd < 0) {
        return CLI_EXIT_USAGE;
    }
    auditlog_verify_file(run->verify, path);
    while (true) {
        n = read(fd, chunk, sizeof(chunk));
        if (n > 0) {
            auditlog_verify_bytes(run->verify, chunk, (size_t)n);
        } else if (n < 0 || !last || !waits(run, &times)) {
            break;
        }
    }
    if (n < 0) {
        cli_error(NULL, "cannot read %s: %s", path, strerror(errno));
    }
    (void)close(fd);
    return n < 0 ? CLI_EXIT_USAGE : CLI_EXIT_OK;
}

/* --- saying ------------------------------------------------------------------------- */

static void print_json(const struct run *run, bool whole)
{
    const struct auditlog_totals *t = &run->verify->totals;

    printf("{\"whole\":%s,\"files\":%" PRIu64 ",\"records\":%" PRIu64
           ",\"first_seq\":%" PRIu64 ",\"last_seq\":%" PRIu64 ",\"checkpoints\":%" PRIu64
           ",\"epoch\":%" PRIu64 ",\"gaps\":%" PRIu64 ",\"unsigned\":%" PRIu64
           ",\"ended\":%s,\"problems\":%" PRIu64 ",\"warnings\":%" PRIu64
           ",\"key_given\":%s,\"findings\":[%.*s]}\n",
        whole ? "true" : "false", t->files, t->records, t->first_seq, t->last_seq,
        t->checkpoints, run->verify->epoch, t->gaps, t->unsigned_records,
        t->ended ? "true" : "false", t->problems, t->warnings,
        run->verify->known.has_key ? "true" : "false", (int)run->findings.length,
        run->findings.length == 0 ? "" : (const char *)run->findings.bytes);
}

static void print_text(const struct run *run, bool whole)
{
    const struct auditlog_totals *t = &run->verify->totals;

    (void)fwrite(run->findings.bytes, 1, run->findings.length, stdout);
    if (run->count > FINDINGS_MAX) {
        printf("... and %" PRIu64 " more\n", run->count - FINDINGS_MAX);
    }
    printf("%s: records %" PRIu64 " to %" PRIu64 " in %" PRIu64 " file%s, %" PRIu64
           " checkpoints, epoch %" PRIu64 ", %" PRIu64 " gap%s%s\n",
        whole ? "whole" : "TAMPERED OR INCOMPLETE", t->first_seq, t->last_seq, t->files,
        t->files == 1 ? "" : "s", t->checkpoints, run->verify->epoch, t->gaps,
        t->gaps == 1 ? "" : "s",
        t->ended ? ", ended"
                 : (t->file_ended ? ", goes on in another file" : ", still open"));
}

/* --- verify ------------------------------------------------------------------------- */

static enum cli_exit verify_all(const struct cli_audit_files *files,
    const struct auditlog_known *known, struct auditlog_crypto *crypto, struct run *run)
{
    enum cli_exit result = CLI_EXIT_OK;

    buf_reset(&run->findings);
    run->count = 0;
    auditlog_verify_init(run->verify, crypto, known, on_finding, run);
    for (size_t i = 0; i < files->count && result == CLI_EXIT_OK; i++) {
        result = verify_one(run, files->paths[i], i + 1 == files->count);
    }
    if (result == CLI_EXIT_OK && !auditlog_verify_end(run->verify)) {
        result = CLI_EXIT_NO;
    }
    return result;
}

/* The broker may have begun another file while the directory was read: then once more. */
static enum cli_exit verify_again(
    const struct cli *cli, struct auditlog_crypto *crypto, struct run *run)
{
    enum cli_exit result = CLI_EXIT_NO;
    bool grew = true;

    for (int i = 0; i < AGAIN_MAX && grew && result == CLI_EXIT_NO; i++) {
        struct cli_audit_files files;
        struct cli_audit_files now = {.count = 0};
        struct anchors anchors = {.all = NULL};
        struct auditlog_known known;
        result = cli_audit_files(cli, &files);
        if (result != CLI_EXIT_OK) {
            return result;
        }
        result = know(cli, &files, &anchors, &known);
        if (result == CLI_EXIT_OK) {
            result = verify_all(&files, &known, crypto, run);
        } else {
            run->verify->crypto = NULL; /* nothing was looked at */
        }
        grew = result == CLI_EXIT_NO && cli_audit_files(cli, &now) == CLI_EXIT_OK &&
               now.count != files.count;
        mem_free(anchors.all);
        run->verify->known.others = NULL;
        run->verify->known.others_count = 0;
        cli_audit_files_fini(&now);
        cli_audit_files_fini(&files);
    }
    return result;
}

enum cli_exit cli_audit_verify(const struct cli *cli)
{
    struct auditlog_crypto crypto;
    struct run run = {.form = cli_form_of(cli)};
    enum cli_exit result = CLI_EXIT_NO;

    if (auditlog_crypto_open(&crypto, false) != OK) {
        cli_error(NULL, "OpenSSL can not be started");
        return CLI_EXIT_NO;
    }
    run.verify = mem_alloc(1, sizeof(*run.verify));
    buf_init(&run.findings, OUT_MAX);
    if (run.verify == NULL) {
        cli_error(NULL, "%s", err_text(ERR_NOMEM));
    } else {
        if (!cli_has(cli, CLI_KEY)) {
            cli_error("give the auditor's copy with --key; `schloss audit key` prints it",
                "warning: the key is taken from the trail itself: who rewrote all of it "
                "is not found");
        }
        result = verify_again(cli, &crypto, &run);
    }
    if (run.verify != NULL && run.verify->crypto != NULL && result != CLI_EXIT_USAGE) {
        (run.form == CLI_FORM_JSON ? print_json : print_text)(
            &run, result == CLI_EXIT_OK);
    }
    buf_fini(&run.findings);
    mem_free(run.verify);
    auditlog_crypto_close(&crypto);
    return result;
}

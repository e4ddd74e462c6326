#include "policy_manifest.h"

#include "mem.h"
#include "text.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define HEX_DIGITS ((size_t)2 * POLICY_DIGEST_BYTES)

_Static_assert(POLICY_DIGEST_BYTES == crypto_hash_sha256_BYTES, "of SHA-256");

static const char magic[] = "schloss-policy-manifest 1";

struct reading {
    const char *name;
    struct policy_view rest;
    struct policy_view line; /* without its end */
    uint32_t number;
    struct report *report;
    struct policy_manifest *out;
};

static bool fail(
    const struct reading *r, size_t offset, const char *help, const char *what)
{
    struct report_place place = {.file = r->name,
        .line = r->number,
        .text = (const char *)r->line.ptr,
        .length = r->line.len,
        .offset = offset};

    report_error(r->report, &place, "POL080", help, "%s", what);
    return false;
}

static const char help_again[] = "write it anew with: schloss policy sign";

/* False: there is no further line, or it has no end. */
static bool next_line(struct reading *r)
{
    const uint8_t *end = r->rest.len == 0 ? NULL : memchr(r->rest.ptr, '\n', r->rest.len);

    r->number++;
    if (end == NULL) {
        r->line = r->rest;
        return false;
    }
    r->line = (struct policy_view){r->rest.ptr, (size_t)(end - r->rest.ptr)};
    r->rest.ptr = end + 1;
    r->rest.len -= r->line.len + 1;
    return true;
}

static bool line_is(const struct reading *r, const char *text)
{
    return r->line.len == strlen(text) && memcmp(r->line.ptr, text, r->line.len) == 0;
}

/* What stands behind a word and one blank; false: the line does not begin like that. */
static bool take_value(
    const struct reading *r, const char *word, struct policy_view *value_out)
{
    size_t length = strlen(word);

    if (r->line.len <= length + 1 || memcmp(r->line.ptr, word, length) != 0 ||
        r->line.ptr[length] != ' ') {
        return false;
    }
    *value_out = (struct policy_view){r->line.ptr + length + 1, r->line.len - length - 1};
    return true;
}

static bool has_controls(struct policy_view text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < 0x20 || text.ptr[i] == 0x7f) {
            return true;
        }
    }
    return false;
}

bool policy_manifest_cluster_is_good(struct policy_view cluster)
{
    return cluster.len > 0 && cluster.len <= POLICY_MANIFEST_CLUSTER_MAX &&
           !has_controls(cluster) && text_is_utf8(cluster.ptr, cluster.len);
}

static bool part_is_good(struct policy_view part)
{
    bool dots = part.len <= 2 && memcmp(part.ptr, "..", part.len) == 0;

    return part.len > 0 && !dots;
}

bool policy_manifest_path_is_good(struct policy_view path)
{
    if (path.len == 0 || path.len > POLICY_MANIFEST_PATH_MAX || has_controls(path) ||
        !text_is_utf8(path.ptr, path.len)) {
        return false;
    }
    for (;;) {
        const uint8_t *slash = memchr(path.ptr, '/', path.len);
        size_t length = slash == NULL ? path.len : (size_t)(slash - path.ptr);
        if (!part_is_good((struct policy_view){path.ptr, length})) {
            return false;
        }
        if (slash == NULL) {
            return true;
        }
        path.ptr = slash + 1;
        path.len -= length + 1;
        if (path.len == 0) {
            return false;
        }
    }
}

static bool read_serial(struct reading *r)
{
    struct policy_view value;
    int64_t serial = 0;

    if (!next_line(r) || !take_value(r, "serial", &value) || value.ptr[0] == '0' ||
        text_to_i64((const char *)value.ptr, value.len, 1, INT64_MAX, &serial) != OK) {
        return fail(r, 0, help_again, "the third line is not `serial` and a number");
    }
    r->out->serial = (uint64_t)serial;
    return true;
}

static bool read_header(struct reading *r)
{
    if (!next_line(r) || !line_is(r, magic)) {
        return fail(r, 0, help_again,
            "this is no manifest: the first line is not `schloss-policy-manifest 1`");
    }
    if (!next_line(r) || !take_value(r, "cluster", &r->out->cluster) ||
        !policy_manifest_cluster_is_good(r->out->cluster)) {
        return fail(r, 0, help_again, "the second line is not `cluster` and its name");
    }
    return read_serial(r);
}

static int digit_value(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; /* capitals: another spelling */
}

static bool read_digest(struct policy_view line, uint8_t out[POLICY_DIGEST_BYTES])
{
    if (line.len < HEX_DIGITS) {
        return false;
    }
    for (size_t i = 0; i < POLICY_DIGEST_BYTES; i++) {
        int high = digit_value(line.ptr[2 * i]);
        int low = digit_value(line.ptr[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        out[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}

static int compare_views(struct policy_view a, struct policy_view b)
{
    size_t both = a.len < b.len ? a.len : b.len;
    int c = both == 0 ? 0 : memcmp(a.ptr, b.ptr, both);

    return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

static bool read_file(struct reading *r)
{
    struct policy_manifest *m = r->out;
    struct policy_manifest_file *f = &m->files[m->count];
    size_t behind = HEX_DIGITS + 2;

    if (m->count == POLICY_MANIFEST_FILES_MAX) {
        return fail(r, 0, NULL, "more than 256 files");
    }
    if (!read_digest(r->line, f->digest)) {
        return fail(r, 0, help_again, "the line does not begin with 64 hex digits");
    }
    if (r->line.len <= behind || memcmp(r->line.ptr + HEX_DIGITS, "  ", 2) != 0) {
        return fail(r, HEX_DIGITS, help_again, "no path stands behind two blanks");
    }
    f->path = (struct policy_view){r->line.ptr + behind, r->line.len - behind};
    if (!policy_manifest_path_is_good(f->path)) {
        return fail(
            r, behind, "a path is relative and has no `.` or `..`", "not a good path");
    }
    if (m->count > 0 && compare_views(f[-1].path, f->path) >= 0) {
        return fail(r, behind, help_again, "the lines are not sorted by path");
    }
    m->count++;
    return true;
}

static bool read_all(struct reading *r)
{
    if (!read_header(r)) {
        return false;
    }
    while (r->rest.len > 0) {
        if (!next_line(r)) {
            return fail(r, r->line.len, help_again, "the last line has no end");
        }
        if (!read_file(r)) {
            return false;
        }
    }
    if (r->out->count == 0) {
        r->line = (struct policy_view){0};
        return fail(r, 0, help_again, "the manifest names no file");
    }
    return true;
}

enum err policy_manifest_parse(const char *name, struct policy_view text,
    struct report *report, struct policy_manifest *out)
{
    struct reading r = {.name = name, .rest = text, .report = report, .out = out};

    *out = (struct policy_manifest){0};
    if (text.len > POLICY_MANIFEST_MAX) {
        (void)fail(&r, 0, NULL, "the manifest is larger than 256 KiB");
        return ERR_INVALID;
    }
    out->files = mem_alloc(POLICY_MANIFEST_FILES_MAX, sizeof(*out->files));
    if (out->files == NULL) {
        return ERR_NOMEM;
    }
    if (!read_all(&r)) {
        policy_manifest_fini(out);
        return ERR_INVALID;
    }
    return OK;
}

void policy_manifest_fini(struct policy_manifest *m)
{
    mem_free(m->files);
    *m = (struct policy_manifest){0};
}

const struct policy_manifest_file *policy_manifest_find(
    const struct policy_manifest *m, struct policy_view path)
{
    size_t low = 0;
    size_t high = m->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int c = compare_views(m->files[middle].path, path);
        if (c == 0) {
            return &m->files[middle];
        }
        if (c < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

static int compare_files(const void *a, const void *b)
{
    const struct policy_manifest_file *x = a;
    const struct policy_manifest_file *y = b;

    return compare_views(x->path, y->path);
}

static bool can_be_written(const struct policy_manifest *m)
{
    if (!policy_manifest_cluster_is_good(m->cluster) || m->serial == 0 ||
        m->serial > INT64_MAX || m->count == 0 || m->count > POLICY_MANIFEST_FILES_MAX) {
        return false;
    }
    for (size_t i = 0; i < m->count; i++) {
        if (!policy_manifest_path_is_good(m->files[i].path) ||
            (i > 0 && compare_files(&m->files[i - 1], &m->files[i]) == 0)) {
            return false;
        }
    }
    return true;
}

enum err policy_manifest_write(struct policy_manifest *m, struct buf *out)
{
    char hex[HEX_DIGITS + 1];

    if (m->count > 0) {
        qsort(m->files, m->count, sizeof(*m->files), compare_files);
    }
    if (!can_be_written(m)) {
        return ERR_INVALID;
    }
    buf_add_format(out, "%s\ncluster ", magic);
    buf_add(out, m->cluster.ptr, m->cluster.len);
    buf_add_format(out, "\nserial %llu\n", (unsigned long long)m->serial);
    for (size_t i = 0; i < m->count; i++) {
        (void)sodium_bin2hex(hex, sizeof(hex), m->files[i].digest, POLICY_DIGEST_BYTES);
        buf_add_format(out, "%s  ", hex);
        buf_add(out, m->files[i].path.ptr, m->files[i].path.len);
        buf_add_text(out, "\n");
    }
    return buf_error(out);
}

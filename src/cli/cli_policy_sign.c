/* schloss policy sign, verify, keygen: who answers for a policy. */
#include "cert_file.h"
#include "cli_output.h"
#include "cli_password.h"
#include "cli_run.h"
#include "clock.h"
#include "policy_compile.h"
#include "policy_papers.h"
#include "policy_secret.h"
#include "policy_signed.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define DIR_DEFAULT  "/etc/schloss"
#define KEYS_DEFAULT "/etc/schloss/policy-keys.d"
#define MAIN         "main.policy"
#define KEY_NAME_MAX 64
#define BLOB_MAX     ((size_t)16 << 20)
#define ERRORS_MAX   ((size_t)1 << 20)

/* --- the policy --------------------------------------------------------------------- */

struct subject {
    char main_path[CERT_PATH_MAX];
    char directory[CERT_PATH_MAX]; /* with its slash, or empty */
    struct policy_collected files;
    struct policy *policy; /* compiled */
    struct policy_header header;
};

static void subject_fini(struct subject *s)
{
    policy_collected_fini(&s->files);
    policy_free(&s->policy);
}

static enum cli_exit find_main(const char *given, struct subject *s)
{
    struct stat st;
    bool is_dir = stat(given, &st) != 0 || S_ISDIR(st.st_mode);
    int n = snprintf(s->main_path, sizeof(s->main_path), "%s%s", given,
        is_dir ? (given[0] != '\0' && given[strlen(given) - 1] == '/' ? MAIN : "/" MAIN)
               : "");

    if (n < 0 || (size_t)n >= sizeof(s->main_path)) {
        cli_error(NULL, "the name of the policy is too long");
        return CLI_EXIT_USAGE;
    }
    const char *slash = strrchr(s->main_path, '/');
    (void)snprintf(s->directory, sizeof(s->directory), "%.*s",
        slash == NULL ? 0 : (int)(slash + 1 - s->main_path), s->main_path);
    return CLI_EXIT_OK;
}

static void print(FILE *to, const struct buf *text)
{
    (void)fwrite(text->bytes, 1, text->length, to);
}

static enum cli_exit compile(struct subject *s)
{
    const struct policy_job job = {s->files.files, s->files.count, s->directory};
    struct buf blob;
    struct buf errors;

    buf_init(&blob, BLOB_MAX);
    buf_init(&errors, ERRORS_MAX);
    enum err e = policy_compile(&job, &blob, &errors);
    print(stderr, &errors);
    if (e == OK) {
        e = policy_load(blob.bytes, blob.length, 0, &s->policy);
    }
    if (e == OK) {
        s->header = policy_header(s->policy);
    } else if (errors.length == 0) {
        cli_error(NULL, "%s: %s", s->main_path, err_text(e));
    }
    buf_fini(&blob);
    buf_fini(&errors);
    return e == OK ? CLI_EXIT_OK : CLI_EXIT_NO;
}

/* Only a policy without an error is signed, and one that says what for. */
static enum cli_exit read_subject(const struct cli *cli, struct subject *s)
{
    struct policy_collect_message why;
    enum cli_exit result = find_main(cli->args_count > 0 ? cli->args[0] : DIR_DEFAULT, s);

    if (result != CLI_EXIT_OK) {
        return result;
    }
    if (policy_collect(s->main_path, &s->files, &why) != OK) {
        cli_error(NULL, "%s", why.text);
        return CLI_EXIT_NO;
    }
    result = compile(s);
    if (result != CLI_EXIT_OK) {
        subject_fini(s);
    }
    return result;
}

/* --- the manifest ------------------------------------------------------------------- */

static enum err add_manifest(
    const struct subject *s, struct policy_manifest_file *files, struct buf *out)
{
    struct policy_manifest m = {
        .cluster = {(const uint8_t *)s->header.cluster, strlen(s->header.cluster)},
        .serial = s->header.serial,
        .files = files,
        .count = s->files.count};

    for (size_t i = 0; i < s->files.count; i++) {
        const struct policy_source *f = &s->files.files[i];
        files[i].path = (struct policy_view){(const uint8_t *)f->name, strlen(f->name)};
        (void)crypto_hash_sha256(files[i].digest, f->text, f->length);
    }
    return policy_manifest_write(&m, out);
}

static enum cli_exit make_manifest(const struct subject *s, struct buf *out)
{
    enum err e = ERR_NOMEM;

    if (s->header.cluster[0] == '\0' || s->header.serial == 0) {
        cli_error("write: policy 1 cluster \"NAME\" serial NUMBER",
            "%s: a policy that is signed names its cluster and has a serial",
            s->main_path);
        return CLI_EXIT_NO;
    }
    struct policy_manifest_file *files = mem_alloc(s->files.count, sizeof(*files));
    if (files != NULL) {
        e = add_manifest(s, files, out);
    }
    mem_free(files);
    if (e != OK) {
        cli_error(NULL, "%s: no manifest can be made: %s", s->main_path, err_text(e));
    }
    return e == OK ? CLI_EXIT_OK : CLI_EXIT_NO;
}

static enum cli_exit write_new(
    const char *path, const struct buf *text, unsigned mode, bool replace)
{
    const struct cert_file f = {.path = path,
        .bytes = text->bytes,
        .length = text->length,
        .mode = mode,
        .replace = replace};
    enum err e = cert_file_write(&f);

    if (e == OK) {
        return CLI_EXIT_OK;
    }
    if (e == ERR_EXISTS) {
        cli_error("--yes replaces it", "there is %s already", path);
    } else {
        cli_error(NULL, "cannot write %s: %s", path, strerror(errno));
    }
    return CLI_EXIT_NO;
}

static bool is_same(const struct buf *a, const struct buf *b)
{
    return a->length == b->length && memcmp(a->bytes, b->bytes, a->length) == 0;
}

/* A manifest of other files with a serial that is not lower: two policies would go by one
 * number. */
static bool is_overtaken(const struct buf *old, const struct subject *s)
{
    struct policy_manifest m;
    struct report report;
    struct buf ignored;
    bool overtaken = false;

    buf_init(&ignored, ERRORS_MAX);
    report_init(&report, &ignored);
    if (policy_manifest_parse(
            "", (struct policy_view){old->bytes, old->length}, &report, &m) == OK) {
        overtaken = m.serial >= s->header.serial;
        policy_manifest_fini(&m);
    }
    buf_fini(&ignored);
    return overtaken;
}

/* One that is there and is the same stays, with the signatures that others made. */
static enum cli_exit keep_manifest(
    const struct subject *s, const struct buf *manifest, bool replace)
{
    char path[CERT_PATH_MAX + 32];
    struct buf old;
    enum cli_exit result = CLI_EXIT_OK;

    (void)snprintf(path, sizeof(path), "%s" POLICY_MANIFEST_NAME, s->directory);
    buf_init(&old, POLICY_MANIFEST_MAX);
    enum err e = cert_file_read(path, &old);
    if (e == OK && is_same(&old, manifest)) {
        buf_fini(&old);
        return CLI_EXIT_OK;
    }
    if (e == OK && !replace && is_overtaken(&old, s)) {
        cli_error("raise the serial in the policy's first line; --yes signs it as it is",
            "%s has other files and the same or a higher serial than %llu", path,
            (unsigned long long)s->header.serial);
        result = CLI_EXIT_NO;
    } else {
        result = write_new(path, manifest, 0644, true);
    }
    buf_fini(&old);
    return result;
}

/* --- sign --------------------------------------------------------------------------- */

static enum cli_exit parse_key(
    const char *path, struct policy_view text, struct policy_secret *out)
{
    struct secret password = {NULL, 0};
    enum cli_exit result = CLI_EXIT_OK;

    if (policy_secret_is_encrypted(text)) {
        result = cli_passphrase_read(path, false, &password);
    }
    if (result != CLI_EXIT_OK) {
        return result;
    }
    enum err e = policy_secret_parse(text, &password, out);
    secret_free(&password);
    if (e == ERR_DENIED) {
        cli_error(NULL, "this is not the passphrase of %s", path);
    } else if (e != OK) {
        cli_error(e == ERR_INVALID ? "make one with: schloss policy keygen" : NULL,
            "%s: %s", path, e == ERR_INVALID ? "no secret key of minisign" : err_text(e));
    }
    return e == OK ? CLI_EXIT_OK : CLI_EXIT_NO;
}

static enum cli_exit read_key(const char *path, struct policy_secret *out)
{
    struct buf text;
    enum cli_exit result = CLI_EXIT_NO;

    buf_init(&text, POLICY_SIGNATURE_TEXT_MAX);
    if (cert_file_read(path, &text) != OK) {
        cli_error(NULL, "cannot read %s: %s", path, strerror(errno));
    } else {
        result = parse_key(path, (struct policy_view){text.bytes, text.length}, out);
    }
    if (text.bytes != NULL) {
        mem_wipe(text.bytes, text.capacity);
    }
    buf_fini(&text);
    return result;
}

/* Of a key's file without its folder and its `.key`: part of the signature's name. */
static bool name_of(const char *path, char out[KEY_NAME_MAX + 1])
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    const char *dot = strrchr(name, '.');
    size_t length = dot == NULL || dot == name ? strlen(name) : (size_t)(dot - name);

    if (length == 0 || length > KEY_NAME_MAX ||
        strspn(
            name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.@") <
            length) {
        return false;
    }
    memcpy(out, name, length);
    out[length] = '\0';
    return true;
}

static enum cli_exit write_signature(const struct subject *s, const char *name,
    const struct policy_secret *key, const struct buf *manifest)
{
    char path[CERT_PATH_MAX + 2 * KEY_NAME_MAX];
    char comment[256];
    struct buf text;

    (void)snprintf(
        path, sizeof(path), "%s" POLICY_MANIFEST_NAME ".%s.minisig", s->directory, name);
    (void)snprintf(comment, sizeof(comment),
        "timestamp:%lld\tfile:" POLICY_MANIFEST_NAME "\tserial:%llu\thashed",
        (long long)(clock_wall_ms() / 1000), (unsigned long long)s->header.serial);
    buf_init(&text, POLICY_SIGNATURE_TEXT_MAX);
    enum err e = policy_secret_sign(
        key, (struct policy_view){manifest->bytes, manifest->length}, comment, &text);
    enum cli_exit result = CLI_EXIT_NO;
    if (e != OK) {
        cli_error(NULL, "cannot sign: %s", err_text(e));
    } else {
        result = write_new(path, &text, 0644, true);
    }
    buf_fini(&text);
    if (result == CLI_EXIT_OK) {
        printf("%s: serial %llu of cluster %s, %zu files\n", path,
            (unsigned long long)s->header.serial, s->header.cluster, s->files.count);
    }
    return result;
}

static enum cli_exit sign(
    const struct cli *cli, const struct subject *s, const char *name)
{
    struct policy_secret key;
    struct buf manifest;

    buf_init(&manifest, POLICY_MANIFEST_MAX);
    enum cli_exit result = make_manifest(s, &manifest);
    if (result == CLI_EXIT_OK) {
        result = read_key(cli->text[CLI_KEY], &key);
    }
    if (result == CLI_EXIT_OK) {
        result = keep_manifest(s, &manifest, cli_has(cli, CLI_YES));
        if (result == CLI_EXIT_OK) {
            result = write_signature(s, name, &key, &manifest);
        }
        policy_secret_fini(&key);
    }
    buf_fini(&manifest);
    return result;
}

enum cli_exit cli_policy_sign(const struct cli *cli)
{
    char name[KEY_NAME_MAX + 1];
    struct subject s = {.policy = NULL};

    if (!cli_has(cli, CLI_KEY)) {
        cli_error("make one with: schloss policy keygen NAME",
            "--key FILE: the secret key to sign with is needed");
        return CLI_EXIT_USAGE;
    }
    if (!name_of(cli->text[CLI_KEY], name)) {
        cli_error("rename it", "the key's file has a name that no signature can have");
        return CLI_EXIT_USAGE;
    }
    enum cli_exit result = read_subject(cli, &s);
    if (result == CLI_EXIT_OK) {
        result = sign(cli, &s, name);
        subject_fini(&s);
    }
    return result;
}

/* --- verify ------------------------------------------------------------------------- */

static struct policy_signed_parts parts_of(
    const struct policy_source *sources, size_t count, struct policy_signed_part *room)
{
    for (size_t i = 0; i < count; i++) {
        room[i] = (struct policy_signed_part){
            sources[i].name, {sources[i].text, sources[i].length}};
    }
    return (struct policy_signed_parts){room, count};
}

static void check_header(
    const struct subject *s, const struct policy_state *state, struct report *report)
{
    struct report_place place = {.file = s->main_path, .line = 1};

    if (s->header.serial != state->serial) {
        report_error(report, &place, "POL088", "sign it anew with: schloss policy sign",
            "the policy has another serial than its manifest");
    }
    if (s->header.signatures > state->signers) {
        report_error(report, &place, "POL082",
            "have it signed with: schloss policy sign -k KEY",
            "the policy asks for %u signatures, and there are %u", s->header.signatures,
            state->signers);
    }
}

static enum cli_exit tell(
    const struct subject *s, const struct policy_state *state, const struct buf *good)
{
    printf("%s" POLICY_MANIFEST_NAME ": serial %llu of cluster %s, %zu files\n",
        s->directory, (unsigned long long)state->serial, s->header.cluster,
        s->files.count);
    print(stdout, good);
    printf("%u different keys signed\n", state->signers);
    return CLI_EXIT_OK;
}

static enum cli_exit check(const struct cli *cli, const struct subject *s,
    const struct policy_papers *papers, struct policy_signed_part *room)
{
    int64_t required = cli_has(cli, CLI_REQUIRED) ? cli->number[CLI_REQUIRED] : 1;
    size_t others = papers->signature_count + papers->key_count;
    struct policy_signed_order order = {
        .cluster = {(const uint8_t *)s->header.cluster, strlen(s->header.cluster)},
        .required = (uint32_t)required,
        .manifest = {papers->manifest.name,
            {papers->manifest.text, papers->manifest.length}},
        .signatures = parts_of(papers->signatures, papers->signature_count, room),
        .keys = parts_of(papers->keys, papers->key_count, room + papers->signature_count),
        .files = parts_of(s->files.files, s->files.count, room + others)};
    struct policy_state state;
    struct report report;
    struct buf errors;
    struct buf good;

    buf_init(&errors, ERRORS_MAX);
    buf_init(&good, ERRORS_MAX);
    report_init(&report, &errors);
    enum err e = policy_signed_check(&order, &report, &good, &state);
    if (e == OK) {
        check_header(s, &state, &report);
    }
    report_finish(&report, s->main_path, "not what enough trusted keys signed");
    print(stderr, &errors);
    if (e == ERR_NOMEM) {
        cli_error(NULL, "%s", err_text(e));
    }
    bool whole = e == OK && report.errors == 0;
    enum cli_exit result = whole ? tell(s, &state, &good) : CLI_EXIT_NO;
    buf_fini(&errors);
    buf_fini(&good);
    return result;
}

enum cli_exit cli_policy_verify(const struct cli *cli)
{
    const char *keys = cli_has(cli, CLI_KEYS) ? cli->text[CLI_KEYS] : KEYS_DEFAULT;
    struct policy_collect_message why;
    struct policy_papers papers;
    struct subject s = {.policy = NULL};
    enum cli_exit result = read_subject(cli, &s);

    if (result != CLI_EXIT_OK) {
        return result;
    }
    if (policy_papers_read(s.main_path, keys, &papers, &why) != OK) {
        cli_error(NULL, "%s", why.text);
        subject_fini(&s);
        return CLI_EXIT_NO;
    }
    struct policy_signed_part *room = mem_alloc(
        papers.signature_count + papers.key_count + s.files.count, sizeof(*room));
    if (room == NULL) {
        cli_error(NULL, "%s", err_text(ERR_NOMEM));
        result = CLI_EXIT_NO;
    } else {
        result = check(cli, &s, &papers, room);
    }
    mem_free(room);
    policy_papers_fini(&papers);
    subject_fini(&s);
    return result;
}

/* --- keygen ------------------------------------------------------------------------- */

static enum cli_exit write_pair(const struct cli *cli, const struct policy_secret *key,
    const struct secret *password, const char *base)
{
    char path[CERT_PATH_MAX + 8];
    struct buf text;
    bool replace = cli_has(cli, CLI_YES);

    buf_init(&text, POLICY_SIGNATURE_TEXT_MAX);
    enum err e = policy_secret_write(key, password, &text);
    (void)snprintf(path, sizeof(path), "%s.key", base);
    enum cli_exit result = CLI_EXIT_NO;
    if (e != OK) {
        cli_error(NULL, "cannot make a key: %s", err_text(e));
    } else {
        result = write_new(path, &text, 0600, replace);
    }
    if (text.bytes != NULL) {
        mem_wipe(text.bytes, text.capacity);
    }
    if (result == CLI_EXIT_OK) {
        buf_reset(&text);
        policy_secret_write_public(key, &text);
        (void)snprintf(path, sizeof(path), "%s.pub", base);
        result = write_new(path, &text, 0644, replace);
    }
    if (result == CLI_EXIT_OK) {
        printf(
            "%s.key: keep it secret\n%s.pub: for policy.trusted.keys.dir\n", base, base);
    }
    buf_fini(&text);
    return result;
}

enum cli_exit cli_policy_keygen(const struct cli *cli)
{
    const char *dir = cli_has(cli, CLI_DIR) ? cli->text[CLI_DIR] : ".";
    char name[KEY_NAME_MAX + 1];
    char base[CERT_PATH_MAX];
    struct secret password = {NULL, 0};
    struct policy_secret key;
    enum cli_exit result = CLI_EXIT_OK;

    if (strchr(cli->args[0], '/') != NULL || strchr(cli->args[0], '.') != NULL ||
        !name_of(cli->args[0], name) || cert_file_path(base, dir, name) != OK) {
        cli_error("letters, digits, '_', '-' and '@'", "this is no name for a key");
        return CLI_EXIT_USAGE;
    }
    if (cli_has(cli, CLI_PASSPHRASE)) {
        result = cli_passphrase_read(base, true, &password);
    }
    if (result == CLI_EXIT_OK && policy_secret_make(&key) != OK) {
        cli_error(NULL, "no random numbers");
        result = CLI_EXIT_NO;
    }
    if (result == CLI_EXIT_OK) {
        result = write_pair(cli, &key, &password, base);
        policy_secret_fini(&key);
    }
    secret_free(&password);
    return result;
}

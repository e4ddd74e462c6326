/*
 * policy_manifest - the list of all files of a policy with their digests: what is signed.
 *
 *     schloss-policy-manifest 1
 *     cluster payments-prod
 *     serial 2026112001
 *     <64 hex digits>  main.policy
 *     <64 hex digits>  teams/ledger.policy
 *
 * Three lines of header, then one line for each file: the SHA-256 of its bytes, two
 * blanks, its path below the directory of the main file. Lines are sorted by the bytes of
 * the path, none stands twice, each ends with a newline. There is exactly one way to
 * write a manifest: what parses, serialises to the same bytes.
 *
 * Trust: may hold any bytes. Ownership: borrows the text, owns its array.
 */
#ifndef POLICY_MANIFEST_H
#define POLICY_MANIFEST_H

#include "buf.h"
#include "policy.h"
#include "report.h"

#define POLICY_MANIFEST_NAME        "policy.manifest"
#define POLICY_MANIFEST_MAX         ((size_t)256 * 1024)
#define POLICY_MANIFEST_FILES_MAX   256
#define POLICY_MANIFEST_PATH_MAX    512
#define POLICY_MANIFEST_CLUSTER_MAX 249
#define POLICY_DIGEST_BYTES         32

struct policy_manifest_file {
    struct policy_view path;
    uint8_t digest[POLICY_DIGEST_BYTES];
};

struct policy_manifest {
    struct policy_view cluster; /* never empty */
    uint64_t serial;            /* 1 to INT64_MAX */
    struct policy_manifest_file *files;
    size_t count;
};

/* ERR_INVALID: the report says which line is wrong; *out is empty. */
enum err policy_manifest_parse(const char *name, struct policy_view text,
    struct report *report, struct policy_manifest *out) MUST_CHECK;
void policy_manifest_fini(struct policy_manifest *m);
/* The file of that path, or NULL. */
const struct policy_manifest_file *policy_manifest_find(
    const struct policy_manifest *m, struct policy_view path);

/* Whether it may stand in a manifest: relative, no empty part, no `.` or `..`, UTF-8
 * without control characters. */
bool policy_manifest_path_is_good(struct policy_view path);
bool policy_manifest_cluster_is_good(struct policy_view cluster);
/* Sorts the files, then writes. ERR_INVALID: something in it could not be read again. */
enum err policy_manifest_write(struct policy_manifest *m, struct buf *out) MUST_CHECK;

#endif

/*
 * policy_papers - what lies beside a policy to prove who signed it: the manifest, its
 * signatures, and the keys that are trusted, read from their files.
 *
 * Beside the main file lie `policy.manifest` and any `policy.manifest.NAME.minisig`; the
 * directory of trusted keys has one `NAME.pub` for each. Nothing is parsed here. Symbolic
 * links are not followed.
 *
 * Trust: manifest and signatures may hold any bytes, and need not be there. Keys decide
 * who is believed: they and their directory must belong to root or to whoever reads them,
 * and be writable by nobody else.
 */
#ifndef POLICY_PAPERS_H
#define POLICY_PAPERS_H

#include "policy_collect.h"

#define POLICY_PAPERS_MAX      65 /* manifest, signatures and keys */
#define POLICY_PAPERS_EACH_MAX 32 /* signatures, or keys */

struct policy_papers {
    struct policy_source manifest; /* no length: there is none */
    struct policy_source *signatures;
    size_t signature_count;
    struct policy_source *keys;
    size_t key_count;
    struct policy_papers_text *texts; /* what the rest borrows from */
    size_t text_count;
};

/* keys_dir may be NULL. ERR_INVALID: *why says what is wrong. *out is to be freed after
 * OK only. */
enum err policy_papers_read(const char *main_path, const char *keys_dir,
    struct policy_papers *out, struct policy_collect_message *why) MUST_CHECK;
void policy_papers_fini(struct policy_papers *p);

#endif

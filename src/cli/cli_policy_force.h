/*
 * cli_policy_force - the policy in force: what schlossd says of it, and its files as they
 * were then.
 *
 * Trust: the answer is any peer's; a bundle of the history is taken only when its hash is
 * the one in the answer, and its text is parsed as any policy is.
 *
 * Ownership: owns connection, answer, bundle and model.
 */
#ifndef CLI_POLICY_FORCE_H
#define CLI_POLICY_FORCE_H

#include "cli_admin.h"
#include "policy_bundle.h"
#include "policy_history.h"
#include "policytool_load.h"

/* One bundle of the history, understood. */
struct cli_policy_kept {
    struct buf bytes;
    struct policy_bundle bundle;
    struct buf messages;
    struct report report;
    struct policytool_set set;
    bool is_decoded;
};

struct cli_policy_force {
    struct cli_admin admin;
    const struct status_response *status;
    const struct status_response_policy *policy;     /* in force */
    const struct status_response_policy *permissive; /* NULL: there is none */
    char *file;                        /* the main one, as schlossd names it */
    char *history;                     /* the directory */
    char hash[POLICY_HASH_DIGITS + 1]; /* "": no file counts */
};

/* Asks. CLI_EXIT_OK, or the error was printed; to be closed in any case. */
enum cli_exit cli_policy_force_open(struct cli_policy_force *f, const struct cli *cli);
/* The same question again, on the same connection. */
enum cli_exit cli_policy_force_ask(struct cli_policy_force *f);
void cli_policy_force_close(struct cli_policy_force *f);

/* The files of the policy in force. false: *why says why not. To be freed in any case. */
bool cli_policy_force_load(const struct cli_policy_force *f, struct cli_policy_kept *out,
    const char **why) MUST_CHECK;
void cli_policy_kept_fini(struct cli_policy_kept *k);

/* The hash of files as schlossd counts it. */
enum err cli_policy_files_hash(
    const struct policy_collected *files, char out[POLICY_HASH_DIGITS + 1]) MUST_CHECK;

#endif

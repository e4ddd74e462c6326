/*
 * scram_lookup - the credential of a name, or one that looks like it where there is none.
 *
 * A server shows salt and iterations to whoever names a user. For names that do not exist
 * (or have no credential of the mechanism) they come from a key: the same name has the
 * same salt each time, the length of the salt and the iterations are those that occur most
 * often for this mechanism. No password belongs to such a phantom. Known or
 * not, the same is computed.
 *
 * The key: from the file "phantom-key" where one is configured, else the line in the
 * credentials file that `schloss` puts there, else random until the process ends. It is
 * not computed from the credentials: who knows a salt that came from them could try
 * passwords against it at home.
 *
 * A user who stands in the file, be it disabled, has what stands there and nothing else;
 * of all others what was set over the network counts (scram_kept.h). The key is lasting
 * where it is of a file, and only then can anything be set over the network.
 *
 * Trust: the file is the administrator's, the name a peer's.
 *
 * Ownership: owns the credentials and the keys, and wipes them; crypto is borrowed.
 */
#ifndef SCRAM_LOOKUP_H
#define SCRAM_LOOKUP_H

#include "scram_file.h"
#include "scram_kept.h"

#define SCRAM_KEY_FILE_MIN 32u
#define SCRAM_KEY_FILE_MAX 4096u

/* How credentials of a mechanism look from outside. */
struct scram_shape {
    uint32_t iterations;
    size_t salt_length;
};

struct scram_lookup {
    struct scram_crypto *crypto; /* borrowed */
    struct scram_file file;
    struct scram_kept kept;
    struct scram_shape shapes[SCRAM_MECHANISMS];
    bool shapes_are_old; /* credentials were set since */
    uint8_t key[SCRAM_HASH_MAX];
    bool key_is_lasting;            /* not drawn for this process */
    uint8_t no_key[SCRAM_HASH_MAX]; /* stored and server key of all phantoms */
};

void scram_lookup_init(struct scram_lookup *l, struct scram_crypto *crypto);
void scram_lookup_fini(struct scram_lookup *l);

/* Once, on an empty one. ERR_INVALID fills problem_out. */
enum err scram_lookup_load(struct scram_lookup *l, const void *bytes, size_t length,
    struct users_problem *problem_out) MUST_CHECK;
/* Behind scram_lookup_load(). ERR_INVALID: fewer than SCRAM_KEY_FILE_MIN bytes, or more
 * than SCRAM_KEY_FILE_MAX. */
enum err scram_lookup_set_key(
    struct scram_lookup *l, const void *bytes, size_t length) MUST_CHECK;

/* *known_out: the user has this credential. An error: it could not be computed. */
enum err scram_lookup_find(struct scram_lookup *l, enum scram_mechanism mechanism,
    const struct scram_part *name, struct scram_credential *out,
    bool *known_out) MUST_CHECK;
/* Whether the file names the user, by any mechanism. */
bool scram_lookup_is_in_file(
    const struct scram_lookup *l, const char *name, size_t length) MUST_CHECK;
/* OFFER, KEEP and REMOVE, as scram_kept.h has them; ERR_EXISTS: the user who is offered a
 * credential stands in the file. */
enum err scram_lookup_told(struct scram_lookup *l,
    const struct schloss_auth_credential *credential,
    struct schloss_auth_bytes *stored_out) MUST_CHECK;
/* Any credential that is not disabled. */
bool scram_lookup_may_stay(
    const struct scram_lookup *l, const char *name, size_t length) MUST_CHECK;

#endif

/*
 * scram_file - the file of SCRAM credentials, in memory: one `name:SCRAM-...` a line for
 * each user and mechanism (scram_credential.h).
 *
 * Strict, as the password file is: no comments, no empty lines, no blanks around; a user
 * and a mechanism together once; the last line ends like the others. The first line may be
 * `:phantom-key$BASE64` instead: 32 random bytes from which users that do not exist get
 * their salts (it begins as no name can). What parses serialises to the same bytes.
 *
 * Trust: parsing takes any bytes and allocates no more than a small multiple of them.
 *
 * Ownership: the scram_file owns its entries; an entry is valid until it is removed or the
 * file is freed, which wipes it.
 *
 * Limits: those of the password file: USERS_FILE_SIZE_MAX bytes (which is about 10,000
 * users with both mechanisms), SCRAM_FILE_MAX lines, names of 1 to 255 bytes.
 */
#ifndef SCRAM_FILE_H
#define SCRAM_FILE_H

#include "scram_credential.h"
#include "users_file.h"

#define SCRAM_FILE_MAX         USERS_MAX
#define SCRAM_PHANTOM_KEY_SIZE 32u

struct scram_entry {
    char *name; /* NUL-terminated, holds no NUL */
    size_t name_length;
    struct scram_credential credential;
};

struct scram_file {
    struct scram_entry **entries; /* in the order of the file */
    size_t count;
    size_t capacity;
    struct table by_name; /* of a mechanism and a name */
    bool has_phantom_key;
    uint8_t phantom_key[SCRAM_PHANTOM_KEY_SIZE];
};

void scram_file_init(struct scram_file *f);
void scram_file_fini(struct scram_file *f);

/* f: initialised and empty. ERR_INVALID fills problem_out; on every error f is empty
 * again. users_problem_describe() tells it. */
enum err scram_file_parse(struct scram_file *f, const void *bytes, size_t length,
    struct users_problem *problem_out) MUST_CHECK;
/* Appends the whole file. ERR_FULL: it would be longer than may be read back. */
enum err scram_file_serialise(const struct scram_file *f, struct buf *out) MUST_CHECK;

/* NULL where there is none. */
const struct scram_entry *scram_file_find(const struct scram_file *f,
    enum scram_mechanism mechanism, const char *name, size_t length);
/* ERR_INVALID: no such name can be. ERR_EXISTS: the user has one of this mechanism.
 * ERR_FULL: the limit. */
enum err scram_file_add(struct scram_file *f, const char *name, size_t length,
    const struct scram_credential *credential) MUST_CHECK;
/* Adds or replaces. A user who is disabled, by any credential, stays so. */
enum err scram_file_set(struct scram_file *f, const char *name, size_t length,
    const struct scram_credential *credential) MUST_CHECK;
/* All credentials of the user. ERR_NOT_FOUND: there are none. */
enum err scram_file_remove(
    struct scram_file *f, const char *name, size_t length) MUST_CHECK;

#endif

/*
 * users_entry - one user of the password file: name, passwords, whether and until when he
 * may log in, and his groups.
 *
 * Trust: what is set is checked, or said to be checked by the caller.
 *
 * Ownership: an entry owns all that it points to; hashes are wiped.
 *
 * Limits: two hashes, USERS_GROUPS_MAX groups; their names are like those of users.
 */
#ifndef USERS_ENTRY_H
#define USERS_ENTRY_H

#include "buf.h"
#include "users_name.h"
#include "users_password.h"
#include "users_time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define USERS_HASHES     2 /* that a user has at most */
#define USERS_GROUPS_MAX ((size_t)32)

struct users_entry {
    char *name; /* NUL-terminated, holds no NUL */
    size_t name_length;
    char hash[USERS_HASH_MAX];
    char *old_hash; /* of the password before, which is good too; NULL: there is none */
    int64_t expires_ms; /* wall time from which on he is refused; 0: never */
    bool disabled;
    char **groups; /* NUL-terminated names, in the order of the file */
    size_t group_count;
};

/* Name and hash are valid. NULL: out of memory. */
struct users_entry *users_entry_new(const char *name, size_t length, const char *hash);
void users_entry_free(struct users_entry **entry);

/* hash: valid. The one password from now on. */
void users_entry_set_hash(struct users_entry *entry, const char *hash);
/* hash: valid. Becomes the password; the one so far stays good beside it, and one older
 * than that goes. */
enum err users_entry_rotate(struct users_entry *entry, const char *hash) MUST_CHECK;
void users_entry_drop_old(struct users_entry *entry);

/* ERR_INVALID: no name for a group. ERR_EXISTS: he is in it. ERR_FULL: the limit. */
enum err users_entry_add_group(
    struct users_entry *entry, const char *name, size_t length) MUST_CHECK;
enum err users_entry_remove_group(
    struct users_entry *entry, const char *name, size_t length) MUST_CHECK;

bool users_entry_is_expired(const struct users_entry *entry, int64_t now_ms);
/* Appends his line; errors stick to out. */
void users_entry_write(const struct users_entry *entry, struct buf *out);

#endif

/*
 * users_file - the password file: one user a line, in memory.
 *
 *   NAME:HASH[:HASH][:disabled][:expires=TIME][:group=NAME]...
 *
 *   alice:$argon2id$v=19$...
 *   bob:$argon2id$v=19$...:$argon2id$v=19$...:group=ops:group=night shift
 *   eve:$argon2id$v=19$...:disabled:expires=2027-01-31T23:59:59Z
 *
 * HASH is the stored form of a password (users_password.h). The second one is of the
 * password before, which is good too until it is dropped. `disabled` refuses the user,
 * and so does TIME (users_time.h) from that moment on. TIME holds ':' itself, but has one
 * length; names hold none (users_name.h), so that nothing is quoted.
 *
 * Strict: the fields in this order; no comments, since a name may begin with any mark, no
 * empty lines, no blanks around; each name once, each group of a user once; the last line
 * ends like the others, so that a file cut short is noticed. What parses serialises to
 * the same bytes: a change of one user leaves every other line as it is.
 *
 * Trust: parsing takes any bytes and allocates no more than a small multiple of them.
 *
 * Ownership: the users_file owns its entries; an entry is valid until it is removed or
 * the file is freed.
 *
 * Limits: USERS_FILE_SIZE_MAX bytes, USERS_MAX users, names of 1 to 255 bytes,
 * USERS_GROUPS_MAX groups for each user.
 */
#ifndef USERS_FILE_H
#define USERS_FILE_H

#include "buf.h"
#include "err.h"
#include "table.h"
#include "users_entry.h"

#include <stdbool.h>
#include <stddef.h>

#define USERS_FILE_SIZE_MAX ((size_t)4 << 20)
#define USERS_MAX           ((size_t)100000)

struct users_file {
    struct users_entry **entries; /* in the order of the file */
    size_t count;
    size_t capacity;
    struct table by_name;
};

/* Where and why a file was refused. The texts are constants; the code is stable. */
struct users_problem {
    size_t line; /* from 1 */
    size_t column;
    const char *message;
    const char *help;
    const char *code;
};

void users_file_init(struct users_file *f);
void users_file_fini(struct users_file *f);

/* f: initialised and empty. ERR_INVALID fills problem_out; on every error f is empty
 * again. */
enum err users_file_parse(struct users_file *f, const void *bytes, size_t length,
    struct users_problem *problem_out) MUST_CHECK;
/* Appends `path:line:column: error: message [CODE]` and a help line. No hash is shown. */
void users_problem_describe(
    const struct users_problem *problem, const char *path, struct buf *out);

const struct users_entry *users_file_find(
    const struct users_file *f, const char *name, size_t length);
/* The same, to be changed; NULL: there is none. */
struct users_entry *users_file_edit(
    struct users_file *f, const char *name, size_t length);
/* Name and hash must be valid (ERR_INVALID). ERR_EXISTS: the name is taken. ERR_FULL: the
 * limit. */
enum err users_file_add(
    struct users_file *f, const char *name, size_t length, const char *hash) MUST_CHECK;
/* The one password of the user from now on. ERR_NOT_FOUND: there is none. */
enum err users_file_replace(
    struct users_file *f, const char *name, size_t length, const char *hash) MUST_CHECK;
enum err users_file_remove(
    struct users_file *f, const char *name, size_t length) MUST_CHECK;
/* Appends the whole file. ERR_FULL: it would be longer than may be read back. */
enum err users_file_serialise(const struct users_file *f, struct buf *out) MUST_CHECK;

#endif

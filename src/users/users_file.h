/*
 * users_file - the password file: one `name:$argon2id$...` a line, in memory.
 *
 * Strict: no comments, no empty lines, no blanks around; each name once; the last line
 * ends like the others, so that a file cut short is noticed. What parses serialises to
 * the same bytes.
 *
 * Trust: parsing takes any bytes and allocates no more than a small multiple of them.
 *
 * Ownership: the users_file owns its entries; an entry is valid until it is removed or
 * the file is freed.
 *
 * Limits: USERS_FILE_SIZE_MAX bytes, USERS_MAX users, names of 1 to 255 bytes.
 */
#ifndef USERS_FILE_H
#define USERS_FILE_H

#include "buf.h"
#include "err.h"
#include "table.h"
#include "users_password.h"

#include <stdbool.h>
#include <stddef.h>

#define USERS_FILE_SIZE_MAX ((size_t)4 << 20)
#define USERS_MAX           ((size_t)100000)
#define USERS_NAME_MAX      ((size_t)255)

struct users_entry {
    char *name; /* NUL-terminated, holds no NUL */
    size_t name_length;
    char hash[USERS_HASH_MAX];
};

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

/* NULL: a good name; else what is wrong with it, and *at_out says at which byte. */
const char *users_name_problem(
    const char *name, size_t length, size_t *at_out) MUST_CHECK;

const struct users_entry *users_file_find(
    const struct users_file *f, const char *name, size_t length);
/* Name and hash must be valid (ERR_INVALID). ERR_EXISTS: the name is taken. ERR_FULL: the
 * limit. */
enum err users_file_add(
    struct users_file *f, const char *name, size_t length, const char *hash) MUST_CHECK;
enum err users_file_replace(
    struct users_file *f, const char *name, size_t length, const char *hash) MUST_CHECK;
enum err users_file_remove(
    struct users_file *f, const char *name, size_t length) MUST_CHECK;
/* Appends the whole file. ERR_FULL: it would be longer than may be read back. */
enum err users_file_serialise(const struct users_file *f, struct buf *out) MUST_CHECK;

#endif

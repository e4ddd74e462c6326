/*
 * users_password - passwords into their stored form and back to yes or no; generated
 * secrets.
 *
 * The stored form is libsodium's `$argon2id$v=19$m=...,t=...,p=1$salt$hash`. What a
 * person chose costs 3 passes over 24 MiB, about 50 ms on one core of a server: dear for
 * who guesses, and small enough that a bounded process can check one at a time. A
 * generated secret of 256 bits can not be guessed, so it is stored at the least cost that
 * the function has.
 *
 * Trust: a stored form is checked by users_hash_is_valid() before it is believed; its
 * limits keep a damaged or malicious file from asking for memory that a sandboxed process
 * does not have.
 */
#ifndef USERS_PASSWORD_H
#define USERS_PASSWORD_H

#include "err.h"
#include "mem.h"

#include <stdbool.h>
#include <stddef.h>

#define USERS_HASH_MAX       128 /* with its NUL */
#define USERS_PASSWORD_MIN   8
#define USERS_PASSWORD_MAX   1024
#define USERS_MEMORY_KIB     24576 /* what users_hash_make() asks for */
#define USERS_PASSES         3
#define USERS_MEMORY_MAX_KIB 65536 /* what a stored form may ask for */
#define USERS_PASSES_MAX     16

enum users_cost {
    USERS_COST_CHOSEN,    /* a person chose the password */
    USERS_COST_GENERATED, /* it came from users_secret_generate() */
};

/* out holds USERS_HASH_MAX bytes. ERR_INVALID: a length outside the limits, or a NUL
 * inside. */
enum err users_hash_make(
    char *out, const void *password, size_t length, enum users_cost cost) MUST_CHECK;
/* hash: NUL-terminated and valid. Takes the same time for each password of a hash. */
bool users_hash_matches(const char *hash, const void *password, size_t length) MUST_CHECK;
bool users_hash_is_valid(const char *hash, size_t length) MUST_CHECK;
/* 256 bits in base64url without padding: 43 characters. */
enum err users_secret_generate(struct secret *out) MUST_CHECK;

#endif

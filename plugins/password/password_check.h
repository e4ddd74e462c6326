/*
 * password_check - is this the password of that user, in a time that tells nothing else.
 *
 * Each way to be refused costs the same: one Argon2 of every cost that occurs in the file
 * (ordinarily one for chosen passwords and one, very cheap, for generated secrets). For
 * the cost of the user's own hash it is that hash, for the others, and for all of them
 * when the user does not exist, a phantom of random salt and hash. Right passwords are
 * remembered (password_cache.h).
 *
 * Trust: name and password are a peer's, checked for shape by password_message.h; the
 * file is the administrator's.
 *
 * Ownership: owns the users, the phantoms and the cache, and wipes them.
 */
#ifndef PASSWORD_CHECK_H
#define PASSWORD_CHECK_H

#include "password_cache.h"
#include "users_file.h"

#define PASSWORD_COSTS_MAX 4

enum password_answer {
    PASSWORD_RIGHT = 0x35,
    PASSWORD_WRONG = 0x5a,
    PASSWORD_UNKNOWN_USER = 0x93,
};

typedef bool password_match(const char *hash, const void *password, size_t length);

struct password_check {
    struct users_file users;
    char phantoms[PASSWORD_COSTS_MAX][USERS_HASH_MAX]; /* one for each cost */
    size_t costs;
    struct password_cache cache;
    password_match *match; /* users_hash_matches(); a test counts its calls */
};

enum err password_check_init(struct password_check *c, password_match *match) MUST_CHECK;
void password_check_fini(struct password_check *c);

/*
 * Once, on an empty one. ERR_INVALID fills problem_out; ERR_FULL: more than
 * PASSWORD_COSTS_MAX different costs.
 */
enum err password_check_load(struct password_check *c, const void *bytes, size_t length,
    struct users_problem *problem_out) MUST_CHECK;

/* Both NUL-terminated behind their length. */
enum password_answer password_check_run(struct password_check *c,
    const struct password_proof *asked, int64_t now_ms) MUST_CHECK;

#endif

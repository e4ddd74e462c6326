/*
 * password_check - is this the password of that user, in a time that tells nothing else.
 *
 * Each way to be refused costs the same: of every cost that occurs in the file (ordinarily
 * one for chosen passwords and one, very cheap, for generated secrets) as many Argon2 as
 * the user has who has the most hashes of it; that is one, and two where somebody has an
 * old password beside the new one. They are held against the user's own hashes first, and
 * for the rest against phantoms of random salt and hash. In place of who is unknown stands
 * a nobody: a user with a phantom, whom no name finds. Nobodies, and users who are
 * disabled or expired, take the same way as others and are refused at its end, whatever
 * their hash says. Right passwords are remembered (password_cache.h).
 *
 * One Argon2 runs at a time: the process has one thread, and a call returns only when the
 * password is judged, so that memory for one is enough.
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
#define PASSWORD_NOBODIES  64

enum password_answer {
    PASSWORD_RIGHT = 0x35,
    PASSWORD_WRONG = 0x5a,
    PASSWORD_UNKNOWN_USER = 0x93,
    PASSWORD_DISABLED = 0x6c,
    PASSWORD_EXPIRED = 0xc9,
};

/* What a moment is called by who waits, and by people. */
struct password_now {
    int64_t mono_ms;
    int64_t wall_ms;
};

typedef bool password_match(const char *hash, const void *password, size_t length);

struct password_check {
    struct users_file users;
    char phantoms[PASSWORD_COSTS_MAX][USERS_HASH_MAX]; /* one for each cost */
    unsigned runs[PASSWORD_COSTS_MAX]; /* Argon2 of that cost that a refusal takes */
    size_t costs;
    struct users_entry *nobodies[PASSWORD_NOBODIES]; /* in place of unknown users */
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
    const struct password_proof *asked, struct password_now now) MUST_CHECK;
/* Without a password: RIGHT: there is such a user, and he may be here. */
enum password_answer password_check_standing(const struct password_check *c,
    const char *name, size_t length, int64_t wall_ms) MUST_CHECK;
/* Wall time at which the user ends to be one; 0: it does not end, or there is no user. */
int64_t password_check_expires_ms(
    const struct password_check *c, const char *name, size_t length);

#endif

/*
 * password_backoff - who guesses waits, and only who guesses.
 *
 * The rule, for each pair of user name and client address:
 *  1. The first PASSWORD_FREE_FAILURES failures in a row change nothing.
 *  2. From then on the attempts of the pair take turns. A turn comes one pause after the
 *     last one or the last failure; the pause begins at PASSWORD_PAUSE_MIN_MS and doubles
 *     with each failure up to PASSWORD_PAUSE_MAX_MS. An attempt waits for its turn before
 *     anything of it is looked at, right or wrong, known or unknown, cached or not.
 *  3. An attempt whose turn is further than PASSWORD_WAIT_MAX_MS away is refused at once
 *     and unread, so that waiting is bounded too.
 *  4. A success, or PASSWORD_FORGET_MS without a failure, forgets the pair.
 *
 * So nobody can lock out a user who comes from another address, nor other users of the
 * same address. A user behind the very address of a guesser of the same name waits a few
 * seconds at most when the guesser is alone, and may have to try again. Names that do not
 * exist are counted like those that do.
 *
 * Ownership: owns its memory. Names and addresses are kept as hashes under a key of the
 * process.
 *
 * Limits: PASSWORD_BACKOFF_SETS * PASSWORD_BACKOFF_WAYS pairs; the one whose last failure
 * is longest ago makes room in its set. To push a pair out costs several Argon2 in one
 * set of an unknown key: slower than to wait.
 */
#ifndef PASSWORD_BACKOFF_H
#define PASSWORD_BACKOFF_H

#include "err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PASSWORD_FREE_FAILURES 5u
#define PASSWORD_PAUSE_MIN_MS  250
#define PASSWORD_PAUSE_MAX_MS  4000
#define PASSWORD_WAIT_MAX_MS   6000 /* below the time that a client has to authenticate */
#define PASSWORD_FORGET_MS     900000
#define PASSWORD_BACKOFF_SETS  1024
#define PASSWORD_BACKOFF_WAYS  4
#define PASSWORD_BACKOFF_HASH  32

struct password_pair {
    const char *name;
    size_t name_length;
    const char *address;
    size_t address_length;
};

struct password_backoff {
    struct password_backoff_entry *entries; /* owned */
    uint8_t key[PASSWORD_BACKOFF_HASH];
};

enum err password_backoff_init(struct password_backoff *b) MUST_CHECK;
void password_backoff_fini(struct password_backoff *b);

/* False: refuse. True: look at the attempt in *wait_ms_out, 0 for now; the turn is taken.
 */
bool password_backoff_turn(struct password_backoff *b, const struct password_pair *pair,
    int64_t now_ms, uint32_t *wait_ms_out) MUST_CHECK;
void password_backoff_failed(
    struct password_backoff *b, const struct password_pair *pair, int64_t now_ms);
void password_backoff_succeeded(
    struct password_backoff *b, const struct password_pair *pair);

#endif

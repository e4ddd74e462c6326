#include "password_check.h"

#include "mem.h"
#include "rand.h"

#include <sodium.h>
#include <string.h>

#define SALT_SIZE 16
#define HASH_SIZE 32

/* What a file without users costs: as one with a chosen password. */
#define COST_CHOSEN "$argon2id$v=19$m=24576,t=3,p=1$"

_Static_assert(
    USERS_MEMORY_KIB == 24576 && USERS_PASSES == 3, "COST_CHOSEN says the same");

enum err password_check_init(struct password_check *c, password_match *match)
{
    *c = (struct password_check){.match = match};
    users_file_init(&c->users);
    return password_cache_init(&c->cache);
}

void password_check_fini(struct password_check *c)
{
    users_file_fini(&c->users);
    password_cache_fini(&c->cache);
    mem_wipe(c, sizeof(*c));
}

/* How much of a stored form says what it costs: up to the fourth '$'. */
static size_t cost_length(const char *hash)
{
    size_t length = 0;

    for (unsigned dollars = 0; dollars < 4; length++) {
        INVARIANT(hash[length] != '\0'); /* users_hash_is_valid() saw it */
        dollars += hash[length] == '$';
    }
    return length;
}

static bool has_cost_of(const char *a, const char *b)
{
    size_t length = cost_length(a);

    return length == cost_length(b) && memcmp(a, b, length) == 0;
}

/* A stored form of the same cost that no password has. */
static void phantom_make(char *out, const char *like)
{
    uint8_t bytes[HASH_SIZE];
    size_t length = cost_length(like);

    memcpy(out, like, length);
    rand_bytes(bytes, sizeof(bytes));
    (void)sodium_bin2base64(out + length, USERS_HASH_MAX - length, bytes, SALT_SIZE,
        sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    length = strlen(out);
    out[length] = '$';
    length++;
    rand_bytes(bytes, sizeof(bytes));
    (void)sodium_bin2base64(out + length, USERS_HASH_MAX - length, bytes, HASH_SIZE,
        sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
}

static enum err add_cost(struct password_check *c, const char *hash)
{
    for (size_t i = 0; i < c->costs; i++) {
        if (has_cost_of(c->phantoms[i], hash)) {
            return OK;
        }
    }
    if (c->costs == PASSWORD_COSTS_MAX) {
        return ERR_FULL;
    }
    phantom_make(c->phantoms[c->costs], hash);
    c->costs++;
    return OK;
}

enum err password_check_load(struct password_check *c, const void *bytes, size_t length,
    struct users_problem *problem_out)
{
    enum err e = users_file_parse(&c->users, bytes, length, problem_out);

    for (size_t i = 0; e == OK && i < c->users.count; i++) {
        e = add_cost(c, c->users.entries[i]->hash);
    }
    if (e == OK && c->costs == 0) {
        e = add_cost(c, COST_CHOSEN);
    }
    return e;
}

/* One Argon2 of each cost but the user's own, which was paid already. */
static void pay_the_rest(struct password_check *c, const struct users_entry *user,
    const struct password_proof *asked)
{
    for (size_t i = 0; i < c->costs; i++) {
        if (user == NULL || !has_cost_of(user->hash, c->phantoms[i])) {
            (void)!c->match(c->phantoms[i], asked->password, asked->password_length);
        }
    }
}

enum password_answer password_check_run(
    struct password_check *c, const struct password_proof *asked, int64_t now_ms)
{
    const struct users_entry *user =
        users_file_find(&c->users, asked->name, asked->name_length);
    struct password_proof proof = *asked;

    /* A name that is unknown looks into the cache too: it costs the same there. */
    proof.hash = user != NULL ? user->hash : c->phantoms[0];
    if (password_cache_has(&c->cache, &proof, now_ms) && user != NULL) {
        return PASSWORD_RIGHT;
    }
    if (user != NULL && c->match(user->hash, asked->password, asked->password_length)) {
        password_cache_add(&c->cache, &proof, now_ms);
        return PASSWORD_RIGHT;
    }
    pay_the_rest(c, user, asked);
    return user != NULL ? PASSWORD_WRONG : PASSWORD_UNKNOWN_USER;
}

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
    for (size_t i = 0; i < PASSWORD_NOBODIES; i++) {
        users_entry_free(&c->nobodies[i]);
    }
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

/* The hashes that a password is held against. */
struct candidates {
    const char *hashes[USERS_HASHES]; /* behind count: a phantom that is not asked */
    size_t count;
};

static void candidates_of(const struct password_check *c, const struct users_entry *user,
    struct candidates *out)
{
    out->hashes[0] = user->hash;
    out->hashes[1] = user->old_hash == NULL ? c->phantoms[0] : user->old_hash;
    out->count = user->old_hash == NULL ? 1 : 2;
}

static enum err add_cost(struct password_check *c, const char *hash, unsigned runs)
{
    size_t i = 0;

    while (i < c->costs && !has_cost_of(c->phantoms[i], hash)) {
        i++;
    }
    if (i == PASSWORD_COSTS_MAX) {
        return ERR_FULL;
    }
    if (i == c->costs) {
        phantom_make(c->phantoms[i], hash);
        c->costs++;
    }
    c->runs[i] = runs > c->runs[i] ? runs : c->runs[i];
    return OK;
}

static enum err add_costs_of(struct password_check *c, const struct users_entry *user)
{
    if (user->old_hash == NULL) {
        return add_cost(c, user->hash, 1);
    }
    if (has_cost_of(user->hash, user->old_hash)) {
        return add_cost(c, user->hash, 2);
    }
    enum err e = add_cost(c, user->hash, 1);
    return e == OK ? add_cost(c, user->old_hash, 1) : e;
}

static enum err make_nobodies(struct password_check *c)
{
    char hash[USERS_HASH_MAX];

    for (size_t i = 0; i < PASSWORD_NOBODIES; i++) {
        phantom_make(hash, c->phantoms[0]);
        c->nobodies[i] = users_entry_new("", 0, hash);
        if (c->nobodies[i] == NULL) {
            return ERR_NOMEM;
        }
    }
    return OK;
}

enum err password_check_load(struct password_check *c, const void *bytes, size_t length,
    struct users_problem *problem_out)
{
    enum err e = users_file_parse(&c->users, bytes, length, problem_out);

    for (size_t i = 0; e == OK && i < c->users.count; i++) {
        e = add_costs_of(c, c->users.entries[i]);
    }
    if (e == OK && c->costs == 0) {
        e = add_cost(c, COST_CHOSEN, 1);
    }
    return e == OK ? make_nobodies(c) : e;
}

static enum password_answer standing_of(const struct users_entry *user, int64_t wall_ms)
{
    if (user == NULL) {
        return PASSWORD_UNKNOWN_USER;
    }
    if (user->disabled) {
        return PASSWORD_DISABLED;
    }
    return users_entry_is_expired(user, wall_ms) ? PASSWORD_EXPIRED : PASSWORD_RIGHT;
}

enum password_answer password_check_standing(
    const struct password_check *c, const char *name, size_t length, int64_t wall_ms)
{
    return standing_of(users_file_find(&c->users, name, length), wall_ms);
}

int64_t password_check_expires_ms(
    const struct password_check *c, const char *name, size_t length)
{
    const struct users_entry *user = users_file_find(&c->users, name, length);

    return user == NULL ? 0 : user->expires_ms;
}

/* Looks as often for each name. */
static bool is_cached(const struct password_check *c, const struct candidates *own,
    const struct password_proof *asked, int64_t now_ms)
{
    struct password_proof proof = *asked;
    bool found = false;

    for (size_t i = 0; i < USERS_HASHES; i++) {
        proof.hash = own->hashes[i];
        const bool has = password_cache_has(&c->cache, &proof, now_ms);
        found |= has && i < own->count;
    }
    return found;
}

/* The Argon2 of each cost that the candidates did not pay for. */
static void pay_the_rest(struct password_check *c, const struct candidates *own,
    const struct password_proof *asked)
{
    for (size_t i = 0; i < c->costs; i++) {
        unsigned paid = 0;
        for (size_t k = 0; k < USERS_HASHES; k++) {
            const bool same = has_cost_of(own->hashes[k], c->phantoms[i]);
            paid += same && k < own->count ? 1 : 0;
        }
        for (; paid < c->runs[i]; paid++) {
            (void)!c->match(c->phantoms[i], asked->password, asked->password_length);
        }
    }
}

/* The same for a name each time, and not one for all: as far away as a user is. */
static const struct users_entry *nobody_of(
    const struct password_check *c, const struct password_proof *asked)
{
    return c->nobodies[table_hash(asked->name, asked->name_length) % PASSWORD_NOBODIES];
}

enum password_answer password_check_run(
    struct password_check *c, const struct password_proof *asked, struct password_now now)
{
    const struct users_entry *user =
        users_file_find(&c->users, asked->name, asked->name_length);
    const enum password_answer standing = standing_of(user, now.wall_ms);
    const bool may = standing == PASSWORD_RIGHT;
    struct candidates own;

    candidates_of(c, user != NULL ? user : nobody_of(c, asked), &own);
    if (is_cached(c, &own, asked, now.mono_ms) && may) {
        return PASSWORD_RIGHT;
    }
    for (size_t i = 0; i < own.count; i++) {
        if (c->match(own.hashes[i], asked->password, asked->password_length) && may) {
            struct password_proof proof = *asked;
            proof.hash = own.hashes[i];
            password_cache_add(&c->cache, &proof, now.mono_ms);
            return PASSWORD_RIGHT;
        }
    }
    pay_the_rest(c, &own, asked);
    return may ? PASSWORD_WRONG : standing;
}

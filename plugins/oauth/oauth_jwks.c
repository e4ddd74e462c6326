#include "oauth_jwks.h"

#include <string.h>

static enum err refuse(
    struct oauth_jwks_problem *problem_out, size_t key, const char *message)
{
    *problem_out = (struct oauth_jwks_problem){key, message};
    return ERR_INVALID;
}

static enum err load_key(struct oauth_jwks *j, size_t number, const json_t *jwk,
    struct oauth_jwks_problem *problem_out)
{
    struct oauth_key *k = &j->keys[j->count];
    const char *why = "";

    enum err e = oauth_key_load(k, jwk, j->algo.library, &why);
    if (e == ERR_UNSUPPORTED) {
        j->left_out++;
        return OK;
    }
    if (e == ERR_INVALID) {
        return refuse(problem_out, number, why);
    }
    if (e != OK) {
        return e;
    }
    if (oauth_jwks_find(j, (struct schloss_auth_bytes){k->kid, k->kid_length}) != NULL) {
        oauth_key_fini(k);
        return refuse(problem_out, number, "has the kid of another key");
    }
    j->count++;
    return OK;
}

static enum err load_keys(
    struct oauth_jwks *j, const json_t *document, struct oauth_jwks_problem *problem_out)
{
    const json_t *keys = json_object_get(document, "keys");
    const size_t size = json_array_size(keys);

    if (!json_is_array(keys)) {
        return refuse(problem_out, 0, "has no list of keys");
    }
    if (size > OAUTH_KEYS_MAX) {
        return refuse(problem_out, 0, "has more than 64 keys");
    }
    for (size_t i = 0; i < size; i++) {
        enum err e = load_key(j, i + 1, json_array_get(keys, i), problem_out);
        if (e != OK) {
            return e;
        }
    }
    return j->count > 0 ? OK
                        : refuse(problem_out, 0, "has no key that checks a signature");
}

enum err oauth_jwks_load(struct oauth_jwks *j, const void *bytes, size_t length,
    struct oauth_jwks_problem *problem_out)
{
    json_t *document = NULL;

    memset(j, 0, sizeof(*j));
    if (length > OAUTH_JWKS_SIZE_MAX) {
        return refuse(problem_out, 0, "is longer than 1 MiB");
    }
    enum err e = oauth_json_parse(bytes, length, &document);
    if (e == ERR_INVALID) {
        return refuse(
            problem_out, 0, "is not a JSON object whose members are all different");
    }
    if (e == OK) {
        e = algo_open(&j->algo, ALGO_DEFAULT);
    }
    if (e == OK) {
        e = load_keys(j, document, problem_out);
    }
    json_decref(document);
    if (e != OK) {
        oauth_jwks_fini(j);
    }
    return e;
}

void oauth_jwks_fini(struct oauth_jwks *j)
{
    for (size_t i = 0; i < j->count; i++) {
        oauth_key_fini(&j->keys[i]);
    }
    algo_close(&j->algo);
    memset(j, 0, sizeof(*j));
}

const struct oauth_key *oauth_jwks_find(
    const struct oauth_jwks *j, struct schloss_auth_bytes kid)
{
    for (size_t i = 0; i < j->count; i++) {
        if (j->keys[i].kid_length == kid.length &&
            memcmp(j->keys[i].kid, kid.bytes, kid.length) == 0) {
            return &j->keys[i];
        }
    }
    return NULL;
}

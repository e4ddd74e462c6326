#include "gate_scram.h"

#include "gate_session.h"
#include "ipc_words.h"
#include "mem.h"
#include "seal_box.h"
#include "wire_alter_user_scram_credentials.h"

#include <string.h>

_Static_assert(SEAL_KEY_SIZE == IPC_SEAL_KEY_MAX && SEAL_OFFER_MAX <= IPC_SEALED_MAX,
    "what is sealed fits a message");

#define MECHANISMS 3 /* numbered from 1 */

/* Of each mechanism that the request names. */
struct keys {
    bool asked[MECHANISMS];
    bool has[MECHANISMS];
    uint8_t bytes[MECHANISMS][SEAL_KEY_SIZE];
};

/* NULL: nobody takes credentials of that mechanism. */
static const uint8_t *key_of(struct gate *g, struct keys *keys, uint8_t mechanism)
{
    const struct ipc_seal_ask ask = {.mechanism = mechanism};
    struct ipc_received answer;
    uint64_t id = ++g->request;

    if (!keys->asked[mechanism]) {
        keys->asked[mechanism] = true;
        enum err e = ipc_channel_send(&g->broker, IPC_MSG_SEAL_ASK, id, &ask, -1);
        if (e == OK) {
            e = gate_await(g, &g->broker, IPC_MSG_SEAL_KEY, id, -1, &answer);
        }
        if (e != OK) {
            gate_session_end(g, IPC_GATE_EXIT_NEIGHBOUR);
        }
        struct ipc_view key = answer.body.seal_key.key;
        keys->has[mechanism] = key.len == SEAL_KEY_SIZE;
        if (keys->has[mechanism]) {
            memcpy(keys->bytes[mechanism], key.ptr, key.len);
        }
    }
    return keys->has[mechanism] ? keys->bytes[mechanism] : NULL;
}

/* False: it is none that could be sealed. */
static bool read_credential(
    const struct alter_user_scram_credentials_request_scram_credential_upsertion *asked,
    struct seal_credential *out)
{
    memset(out, 0, sizeof(*out));
    if (asked->mechanism < 0 || asked->salted_password.len == 0 ||
        asked->salted_password.len != seal_hash_size((uint8_t)asked->mechanism) ||
        asked->name.len > SEAL_NAME_MAX || asked->salt.len > SEAL_SALT_MAX ||
        asked->iterations < 0) {
        return false;
    }
    out->mechanism = (uint8_t)asked->mechanism;
    out->iterations = (uint32_t)asked->iterations;
    out->name_length = asked->name.len;
    out->salt_length = asked->salt.len;
    memcpy(out->name, asked->name.ptr, asked->name.len);
    memcpy(out->salt, asked->salt.ptr, asked->salt.len);
    return seal_credential_is_good(out);
}

static enum err seal(struct gate *g, struct keys *keys,
    const struct alter_user_scram_credentials_request_scram_credential_upsertion *asked,
    struct wire_view *sealed_out)
{
    struct seal_credential c;
    size_t length = 0;

    *sealed_out = (struct wire_view){.ptr = (const uint8_t *)"", .len = 0};
    const bool good = read_credential(asked, &c);
    const uint8_t *key = good ? key_of(g, keys, c.mechanism) : NULL;
    if (key == NULL) {
        return OK;
    }
    uint8_t *sealed = arena_alloc(&g->arena, SEAL_OFFER_MAX, 1);
    if (sealed == NULL) {
        return ERR_NOMEM;
    }
    seal_credential_derive(&c, asked->salted_password.ptr);
    enum err e = seal_offer(key, &c, sealed, &length);
    mem_wipe(&c, sizeof(c));
    if (e == OK) {
        *sealed_out = (struct wire_view){.ptr = sealed, .len = length};
    }
    return OK;
}

enum err gate_scram_seal(struct gate *g, const void *request, const void **sealed_out)
{
    const struct alter_user_scram_credentials_request *r = request;
    const struct alter_user_scram_credentials_request_scram_credential_upsertion *asked =
        r->upsertions.items;
    const size_t count = r->upsertions.count > 0 ? (size_t)r->upsertions.count : 0;
    struct keys keys;
    enum err e = OK;

    if (count > GATE_SCRAM_CHANGES_MAX) {
        return ERR_FULL;
    }
    struct alter_user_scram_credentials_request *out =
        arena_alloc(&g->arena, 1, sizeof(*out));
    struct alter_user_scram_credentials_request_scram_credential_upsertion *sealed =
        arena_alloc(&g->arena, count, sizeof(*sealed));
    if (out == NULL || sealed == NULL) {
        return ERR_NOMEM;
    }
    memset(&keys, 0, sizeof(keys));
    for (size_t i = 0; e == OK && i < count; i++) {
        sealed[i] = asked[i];
        sealed[i].salt = (struct wire_view){.ptr = (const uint8_t *)"", .len = 0};
        e = seal(g, &keys, &asked[i], &sealed[i].salted_password);
    }
    *out = *r;
    out->upsertions.items = sealed;
    *sealed_out = out;
    return e;
}

void gate_scram_forget(struct gate *g)
{
    if (g->frame.bytes != NULL) {
        mem_wipe(g->frame.bytes, g->frame.length);
    }
}

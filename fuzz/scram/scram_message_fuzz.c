#include "scram_message.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

/* Whether the view lies in the message, behind what may have been before it. */
static bool is_inside(const struct scram_view *v, const char *bytes, size_t size)
{
    return v->bytes >= bytes && v->length <= size &&
           (size_t)(v->bytes - bytes) <= size - v->length;
}

/* A name as a client writes it. */
static size_t encode_name(const struct scram_first *m, char *out)
{
    size_t length = 0;

    for (size_t i = 0; i < m->name_length; i++) {
        if (m->name[i] == ',' || m->name[i] == '=') {
            memcpy(out + length, m->name[i] == ',' ? "=2C" : "=3D", 3);
            length += 3;
        } else {
            out[length] = m->name[i];
            length++;
        }
    }
    return length;
}

/* What was read, written again, is how the message began; the identity is the name. */
static void check_first(const struct scram_first *m, const char *bytes, size_t size)
{
    char name[3 * USERS_NAME_MAX];
    size_t at;

    demand(m->name_length >= 1 && m->name_length <= USERS_NAME_MAX);
    demand(users_name_problem(m->name, m->name_length, &at) == NULL);
    demand(m->gs2.bytes == bytes && m->gs2.length <= SCRAM_GS2_MAX);
    demand(
        m->gs2.length + m->bare.length == size && m->bare.bytes == bytes + m->gs2.length);
    demand(is_inside(&m->nonce, bytes, size));
    demand(m->nonce.length >= 1 && m->nonce.length <= SCRAM_CLIENT_NONCE_MAX);
    demand(memchr(m->nonce.bytes, ',', m->nonce.length) == NULL);
    const size_t length = encode_name(m, name);
    demand(m->bare.length >= 2 + length + 3 + m->nonce.length);
    demand(memcmp(m->bare.bytes, "n=", 2) == 0);
    demand(memcmp(m->bare.bytes + 2, name, length) == 0);
    demand(memcmp(m->bare.bytes + 2 + length, ",r=", 3) == 0);
    demand(m->nonce.bytes == m->bare.bytes + 2 + length + 3);
    demand(bytes[0] == 'n' || bytes[0] == 'y');
    demand(m->gs2.length == 3 ||
           (m->gs2.length == 5 + length && memcmp(bytes + 2, "a=", 2) == 0 &&
               memcmp(bytes + 4, name, length) == 0));
}

/* The message is what is proved, ",p=" and the one spelling of the proof. */
static void check_final(
    const struct scram_final *m, size_t proof_size, const char *bytes, size_t size)
{
    char proof[SCRAM_BASE64_LENGTH(SCRAM_HASH_MAX) + 1];
    const size_t used = m->without_proof.length;

    scram_base64_encode(m->proof, proof_size, proof);
    demand(m->without_proof.bytes == bytes && used + 3 + strlen(proof) == size);
    demand(memcmp(bytes + used, ",p=", 3) == 0);
    demand(memcmp(bytes + used + 3, proof, strlen(proof)) == 0);
    demand(is_inside(&m->binding, bytes, used) && is_inside(&m->nonce, bytes, used));
    demand(m->nonce.length >= 1 &&
           m->nonce.length <= SCRAM_CLIENT_NONCE_MAX + SCRAM_SERVER_NONCE);
    demand(memchr(m->nonce.bytes, ',', m->nonce.length) == NULL);
    demand(memchr(m->binding.bytes, ',', m->binding.length) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scram_first first;
    struct scram_final final;

    /* A block of its very size, so that one byte too far is noticed. */
    char *copy = calloc(size > 0 ? size : 1, 1);
    demand(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    if (scram_message_first(&first, copy, size) == SCHLOSS_AUTH_REASON_NONE) {
        demand(size <= SCRAM_MESSAGE_MAX);
        check_first(&first, copy, size);
    }
    for (size_t proof_size = 32; proof_size <= SCRAM_HASH_MAX; proof_size += 32) {
        if (scram_message_final(&final, proof_size, copy, size) ==
            SCHLOSS_AUTH_REASON_NONE) {
            demand(size <= SCRAM_MESSAGE_MAX);
            check_final(&final, proof_size, copy, size);
        }
    }
    free(copy);
    return 0;
}

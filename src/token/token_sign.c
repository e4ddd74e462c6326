#include "token_sign.h"

#include "token_der.h"

#include <string.h>

/* As the digest says: what PSS is done with. */
static const struct {
    const char *digest;
    CK_RSA_PKCS_PSS_PARAMS pss;
} digests[] = {
    {"SHA256", {CKM_SHA256, CKG_MGF1_SHA256, 32}},
    {"SHA384", {CKM_SHA384, CKG_MGF1_SHA384, 48}},
    {"SHA512", {CKM_SHA512, CKG_MGF1_SHA512, 64}},
};

/* What the module is asked: how, over which bytes. */
struct question {
    CK_MECHANISM mechanism;
    CK_RSA_PKCS_PSS_PARAMS pss;
    uint8_t bytes[KEYS_TEXT_MAX];
    size_t length;
};

static enum err ask_rsa(const struct keys_order *order, struct question *q)
{
    if (!order->pss) {
        _Static_assert(TOKEN_DIGEST_INFO_MAX <= KEYS_TEXT_MAX, "it fits");
        q->mechanism = (CK_MECHANISM){CKM_RSA_PKCS, NULL, 0};
        return token_der_digest_info(
            order->digest, order->bytes, order->length, q->bytes, &q->length);
    }
    for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++) {
        if (strcmp(digests[i].digest, order->digest) == 0) {
            q->pss = digests[i].pss;
            q->mechanism = (CK_MECHANISM){CKM_RSA_PKCS_PSS, &q->pss, sizeof(q->pss)};
            return OK;
        }
    }
    return ERR_INVALID;
}

static enum err ask(const struct keys_order *order, struct question *q)
{
    if (order->length > sizeof(q->bytes)) {
        return ERR_INVALID;
    }
    memcpy(q->bytes, order->bytes, order->length);
    q->length = order->length;
    switch (order->type) {
    case KEYS_RSA:
        return ask_rsa(order, q);
    case KEYS_P256:
    case KEYS_P384:
        q->mechanism = (CK_MECHANISM){CKM_ECDSA, NULL, 0};
        return OK;
    case KEYS_ED25519:
        q->mechanism = (CK_MECHANISM){CKM_EDDSA, NULL, 0};
        return OK;
    }
    return ERR_INVALID;
}

static enum err take(const struct keys_order *order, const uint8_t *made, size_t length,
    uint8_t *signature, size_t *length_out)
{
    const bool is_ec = order->type == KEYS_P256 || order->type == KEYS_P384;

    if (is_ec) {
        const size_t raw = order->type == KEYS_P256 ? 64 : 96;
        return length == raw ? token_der_ecdsa(made, length, signature, length_out)
                             : ERR_INVALID;
    }
    if (length == 0 || length > KEYS_SIGNATURE_MAX) {
        return ERR_INVALID;
    }
    memcpy(signature, made, length);
    *length_out = length;
    return OK;
}

enum err token_sign(const struct token_session *s, const struct keys_order *order,
    uint8_t signature[KEYS_SIGNATURE_MAX], size_t *length_out, CK_RV *code_out)
{
    struct question q = {.length = 0};
    uint8_t made[KEYS_SIGNATURE_MAX];
    CK_ULONG length = sizeof(made);

    *code_out = CKR_OK;
    if (ask(order, &q) != OK) {
        return ERR_IO;
    }
    *code_out = s->module->C_SignInit(s->session, &q.mechanism, s->key);
    if (*code_out == CKR_OK) {
        *code_out =
            s->module->C_Sign(s->session, q.bytes, (CK_ULONG)q.length, made, &length);
    }
    if (*code_out != CKR_OK ||
        take(order, made, (size_t)length, signature, length_out) != OK) {
        return ERR_IO;
    }
    return OK;
}

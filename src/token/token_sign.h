/*
 * token_sign - one signature by the token, in the form that TLS has it.
 *
 * Trust: what the module answers is bounded, and its length must be the one that the key
 * has.
 */
#ifndef TOKEN_SIGN_H
#define TOKEN_SIGN_H

#include "keys_signer.h"
#include "token_session.h"

/* ERR_IO: *code_out says what the module answered; CKR_OK: it was no such signature. */
enum err token_sign(const struct token_session *s, const struct keys_order *order,
    uint8_t signature[KEYS_SIGNATURE_MAX], size_t *length_out,
    CK_RV *code_out) MUST_CHECK;

#endif

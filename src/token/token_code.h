/*
 * token_code - the name of what a PKCS#11 module answered, for messages.
 *
 * Trust: the number is the module's; any is good.
 */
#ifndef TOKEN_CODE_H
#define TOKEN_CODE_H

#include <p11-kit/pkcs11.h>

struct token_code_text {
    char text[48];
};

/* "CKR_PIN_INCORRECT", or "0x80000001" of one without a name here. Returns out->text. */
const char *token_code(CK_RV code, struct token_code_text *out);

#endif

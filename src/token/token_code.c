#include "token_code.h"

#include <stdio.h>

#define NAME(code)                                                                       \
    {                                                                                    \
        code, #code                                                                      \
    }

static const struct {
    CK_RV code;
    const char *name;
} names[] = {
    NAME(CKR_OK),
    NAME(CKR_CANT_LOCK),
    NAME(CKR_CRYPTOKI_NOT_INITIALIZED),
    NAME(CKR_DATA_LEN_RANGE),
    NAME(CKR_DEVICE_ERROR),
    NAME(CKR_DEVICE_MEMORY),
    NAME(CKR_DEVICE_REMOVED),
    NAME(CKR_FUNCTION_FAILED),
    NAME(CKR_FUNCTION_NOT_SUPPORTED),
    NAME(CKR_GENERAL_ERROR),
    NAME(CKR_HOST_MEMORY),
    NAME(CKR_KEY_FUNCTION_NOT_PERMITTED),
    NAME(CKR_KEY_HANDLE_INVALID),
    NAME(CKR_KEY_TYPE_INCONSISTENT),
    NAME(CKR_MECHANISM_INVALID),
    NAME(CKR_MECHANISM_PARAM_INVALID),
    NAME(CKR_NEED_TO_CREATE_THREADS),
    NAME(CKR_OBJECT_HANDLE_INVALID),
    NAME(CKR_PIN_EXPIRED),
    NAME(CKR_PIN_INCORRECT),
    NAME(CKR_PIN_LEN_RANGE),
    NAME(CKR_PIN_LOCKED),
    NAME(CKR_SESSION_CLOSED),
    NAME(CKR_SESSION_HANDLE_INVALID),
    NAME(CKR_SLOT_ID_INVALID),
    NAME(CKR_TOKEN_NOT_PRESENT),
    NAME(CKR_TOKEN_NOT_RECOGNIZED),
    NAME(CKR_USER_NOT_LOGGED_IN),
    NAME(CKR_USER_PIN_NOT_INITIALIZED),
};

const char *token_code(CK_RV code, struct token_code_text *out)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].code == code) {
            (void)snprintf(out->text, sizeof(out->text), "%s", names[i].name);
            return out->text;
        }
    }
    (void)snprintf(out->text, sizeof(out->text), "0x%08lx", code);
    return out->text;
}

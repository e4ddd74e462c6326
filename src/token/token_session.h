/*
 * token_session - from a module to one private key: the token, the login, the object.
 *
 * Everything is looked for once, at the start, and what is not there exactly once is
 * refused with a sentence. A PIN is not tried where the token says that one more mistake
 * would lock it: a process that is started again and again must not do that.
 *
 * Trust: the module is the administrator's, and its answers are bounded and checked all
 * the same.
 *
 * Ownership: borrows the function list; the session lasts as long as the process.
 */
#ifndef TOKEN_SESSION_H
#define TOKEN_SESSION_H

#include "keys_key.h"
#include "keys_problem.h"
#include "token_uri.h"

#include <p11-kit/pkcs11.h>

#define TOKEN_SLOTS_MAX 64
#define TOKEN_PIN_MAX   255

struct token_pin {
    uint8_t bytes[TOKEN_PIN_MAX + 3]; /* with the end of its line, and one too many */
    size_t length;
};

struct token_session {
    CK_FUNCTION_LIST *module; /* borrowed */
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE key;
};

/* One line of a byte or more; its end is left out. ERR_INVALID with the problem said. */
enum err token_pin_read(
    int fd, struct token_pin *out, struct keys_problem *problem) MUST_CHECK;

/* C_Initialize(), without threads of its own. ERR_INVALID with the problem said. */
enum err token_session_begin(
    CK_FUNCTION_LIST *module, struct keys_problem *problem) MUST_CHECK;

/* Finds, logs in, finds. ERR_INVALID with the problem said. */
enum err token_session_open(struct token_session *s, CK_FUNCTION_LIST *module,
    const struct token_uri *uri, enum keys_type type, const struct token_pin *pin,
    struct keys_problem *problem) MUST_CHECK;

#endif

#include "token_session.h"

#include "mem.h"
#include "token_code.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define URI_KEY "ssl.key.pkcs11.uri"
#define PIN_KEY "ssl.key.pkcs11.pin.file"

static enum err failed(struct keys_problem *problem, const char *what, CK_RV code)
{
    struct token_code_text text;

    return keys_say(
        problem, "the PKCS#11 module fails to %s: %s", what, token_code(code, &text));
}

/* --- the PIN ---------------------------------------------------------------------- */

enum err token_pin_read(int fd, struct token_pin *out, struct keys_problem *problem)
{
    size_t length = 0;
    ssize_t n;

    while (length < sizeof(out->bytes) &&
           ((n = read(fd, out->bytes + length, sizeof(out->bytes) - length)) > 0 ||
               (n < 0 && errno == EINTR))) {
        length += n > 0 ? (size_t)n : 0;
    }
    if (length > 0 && out->bytes[length - 1] == '\n') {
        length--;
    }
    if (length > 0 && out->bytes[length - 1] == '\r') {
        length--;
    }
    out->length = length;
    if (length == 0 || length > TOKEN_PIN_MAX ||
        memchr(out->bytes, '\n', length) != NULL) {
        mem_wipe(out, sizeof(*out));
        return keys_say(problem,
            PIN_KEY ": the file must hold the PIN alone, one line of 1 to %d bytes",
            TOKEN_PIN_MAX);
    }
    return OK;
}

/* --- the token -------------------------------------------------------------------- */

enum err token_session_begin(CK_FUNCTION_LIST *module, struct keys_problem *problem)
{
    CK_C_INITIALIZE_ARGS arguments = {.flags = CKF_LIBRARY_CANT_CREATE_OS_THREADS};
    CK_RV code = module->C_Initialize(&arguments);

    if (code == CKR_NEED_TO_CREATE_THREADS) {
        return keys_say(problem,
            "the PKCS#11 module wants threads of its own, which the "
            "process of the key does not give it: use another module");
    }
    return code == CKR_OK ? OK : failed(problem, "start", code);
}

/* A field of PKCS#11 is padded with blanks, and has no end. */
static bool is_field(const CK_UTF8CHAR *field, size_t size, const struct token_field *f)
{
    if (f->length == 0) {
        return true; /* not asked for */
    }
    if (f->length > size || memcmp(field, f->bytes, f->length) != 0) {
        return false;
    }
    for (size_t i = f->length; i < size; i++) {
        if (field[i] != ' ') {
            return false;
        }
    }
    return true;
}

static bool is_token(const CK_TOKEN_INFO *t, const struct token_uri *uri)
{
    return (t->flags & CKF_TOKEN_INITIALIZED) != 0 &&
           is_field(t->label, sizeof(t->label), &uri->token) &&
           is_field(t->serialNumber, sizeof(t->serialNumber), &uri->serial);
}

static enum err find_slot(CK_FUNCTION_LIST *module, const struct token_uri *uri,
    CK_SLOT_ID *slot_out, CK_TOKEN_INFO *token_out, struct keys_problem *problem)
{
    CK_SLOT_ID slots[TOKEN_SLOTS_MAX];
    CK_ULONG count = TOKEN_SLOTS_MAX;
    CK_ULONG found = 0;
    CK_RV code = module->C_GetSlotList(CK_TRUE, slots, &count);

    if (code != CKR_OK || count > TOKEN_SLOTS_MAX) {
        return failed(problem, "list its tokens", code);
    }
    for (CK_ULONG i = 0; i < count; i++) {
        CK_TOKEN_INFO token = {.flags = 0};
        if (module->C_GetTokenInfo(slots[i], &token) == CKR_OK && is_token(&token, uri)) {
            *slot_out = slots[i];
            *token_out = token;
            found++;
        }
    }
    if (found == 0) {
        return keys_say(problem,
            URI_KEY ": there is no such token among %lu: is its name right, and may the "
                    "user %u of this process reach it (ssl.key.pkcs11.paths)",
            count, (unsigned)geteuid());
    }
    return found == 1 ? OK
                      : keys_say(problem,
                            URI_KEY ": there are %lu such tokens: name the serial number "
                                    "too",
                            found);
}

/* --- the login -------------------------------------------------------------------- */

static enum err check_pin_state(const CK_TOKEN_INFO *t, struct keys_problem *problem)
{
    if ((t->flags & CKF_USER_PIN_INITIALIZED) == 0) {
        return keys_say(problem, "the token has no user PIN: set one by its own tools");
    }
    if ((t->flags & CKF_USER_PIN_LOCKED) != 0) {
        return keys_say(problem, "the token's PIN is locked: unlock it by its own tools");
    }
    if ((t->flags & CKF_USER_PIN_FINAL_TRY) != 0) {
        return keys_say(problem, "one more wrong PIN would lock the token, so none is "
                                 "tried: log in with the right one by its own tools");
    }
    return OK;
}

static enum err log_in(struct token_session *s, const CK_TOKEN_INFO *t,
    const struct token_pin *pin, struct keys_problem *problem)
{
    struct token_code_text text;
    enum err e = check_pin_state(t, problem);

    if (e != OK) {
        return e;
    }
    /* The module takes it without const, and does not write there. */
    CK_RV code = s->module->C_Login(s->session, CKU_USER,
        (CK_UTF8CHAR *)(uintptr_t)pin->bytes, (CK_ULONG)pin->length);
    if (code == CKR_OK) {
        return OK;
    }
    return keys_say(problem,
        PIN_KEY ": the token refuses the login: %s: is this its user PIN",
        token_code(code, &text));
}

/* --- the object ------------------------------------------------------------------- */

static CK_KEY_TYPE key_type(enum keys_type type)
{
    switch (type) {
    case KEYS_RSA:
        return CKK_RSA;
    case KEYS_P256:
    case KEYS_P384:
        return CKK_EC;
    case KEYS_ED25519:
        break;
    }
    return CKK_EC_EDWARDS;
}

/* How many there are, two at most, and the first of them. */
static CK_RV find(struct token_session *s, const struct token_uri *uri, CK_ULONG *count)
{
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_OBJECT_HANDLE found[2] = {0, 0};
    CK_ATTRIBUTE wanted[3] = {{CKA_CLASS, &class, sizeof(class)}};
    CK_ULONG n = 1;

    if (uri->object.length > 0) {
        wanted[n++] = (CK_ATTRIBUTE){
            CKA_LABEL, (void *)(uintptr_t)uri->object.bytes, uri->object.length};
    }
    if (uri->id.length > 0) {
        wanted[n++] =
            (CK_ATTRIBUTE){CKA_ID, (void *)(uintptr_t)uri->id.bytes, uri->id.length};
    }
    CK_RV code = s->module->C_FindObjectsInit(s->session, wanted, n);
    if (code != CKR_OK) {
        return code;
    }
    code = s->module->C_FindObjects(s->session, found, 2, count);
    CK_RV end = s->module->C_FindObjectsFinal(s->session);
    s->key = found[0];
    return code != CKR_OK ? code : end;
}

static enum err check_key(
    const struct token_session *s, enum keys_type type, struct keys_problem *problem)
{
    CK_KEY_TYPE kind = 0;
    CK_BBOOL always = CK_FALSE;
    CK_ATTRIBUTE of_kind = {CKA_KEY_TYPE, &kind, sizeof(kind)};
    CK_ATTRIBUTE of_always = {CKA_ALWAYS_AUTHENTICATE, &always, sizeof(always)};
    CK_RV code = s->module->C_GetAttributeValue(s->session, s->key, &of_kind, 1);

    if (code != CKR_OK) {
        return failed(problem, "tell the kind of the key", code);
    }
    if (kind != key_type(type)) {
        return keys_say(problem,
            URI_KEY ": the key in the token is of another kind than the certificate's: "
                    "name the key that it was issued for");
    }
    /* A module that does not know it has no such keys. */
    code = s->module->C_GetAttributeValue(s->session, s->key, &of_always, 1);
    if (code == CKR_OK && always != CK_FALSE) {
        return keys_say(problem,
            URI_KEY ": the key wants the PIN for each signature "
                    "(CKA_ALWAYS_AUTHENTICATE), and nobody keeps it: use another key");
    }
    return OK;
}

static enum err find_key(struct token_session *s, const struct token_uri *uri,
    enum keys_type type, struct keys_problem *problem)
{
    CK_ULONG count = 0;
    CK_RV code = find(s, uri, &count);

    if (code != CKR_OK) {
        return failed(problem, "find the key", code);
    }
    if (count == 0) {
        return keys_say(problem, URI_KEY
            ": the token has no such private key: is the name of the object right");
    }
    if (count > 1) {
        return keys_say(problem,
            URI_KEY ": the token has several such private keys: name the id too");
    }
    return check_key(s, type, problem);
}

enum err token_session_open(struct token_session *s, CK_FUNCTION_LIST *module,
    const struct token_uri *uri, enum keys_type type, const struct token_pin *pin,
    struct keys_problem *problem)
{
    struct token_session made = {.module = module};
    CK_TOKEN_INFO token = {.flags = 0};
    CK_SLOT_ID slot = 0;
    enum err e = find_slot(module, uri, &slot, &token, problem);

    if (e != OK) {
        return e;
    }
    CK_RV code =
        module->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &made.session);
    if (code != CKR_OK) {
        return failed(problem, "open a session", code);
    }
    e = log_in(&made, &token, pin, problem);
    if (e == OK) {
        e = find_key(&made, uri, type, problem);
    }
    if (e == OK) {
        *s = made;
    }
    return e;
}

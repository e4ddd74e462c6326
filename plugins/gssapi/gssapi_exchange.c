#include "gssapi_exchange.h"

#include "gssapi_token.h"
#include "text.h"

#include <gssapi/gssapi_krb5.h>
#include <krb5.h>
#include <stdio.h>
#include <string.h>

/* Who has no name in Kerberos (RFC 8062). */
#define ANONYMOUS "WELLKNOWN/ANONYMOUS@"

#define SYSTEM_CODES_END 256u /* above every errno */
#define STATUS_MAX       300u /* of the library's own text in the log */

void gssapi_exchange_init(struct gssapi_exchange *x)
{
    *x = (struct gssapi_exchange){
        .stage = GSSAPI_STAGE_TOKEN, .context = GSS_C_NO_CONTEXT};
}

static void drop_context(struct gssapi_exchange *x)
{
    OM_uint32 minor;

    if (x->context != GSS_C_NO_CONTEXT) {
        (void)gss_delete_sec_context(&minor, &x->context, GSS_C_NO_BUFFER);
    }
}

void gssapi_exchange_fini(struct gssapi_exchange *x)
{
    drop_context(x);
    gssapi_exchange_init(x);
}

void gssapi_outcome_fini(struct gssapi_outcome *o)
{
    OM_uint32 minor;

    (void)gss_release_buffer(&minor, &o->answer);
}

static void deny(struct gssapi_outcome *out, enum schloss_auth_reason reason)
{
    out->verdict = SCHLOSS_AUTH_DENY;
    out->reason = reason;
}

/* The library reads its input only, but does not say so. */
static gss_buffer_desc borrow(struct schloss_auth_bytes message)
{
    return (gss_buffer_desc){
        .length = message.length, .value = (void *)(uintptr_t)message.bytes};
}

/* --- what the library says -------------------------------------------------------- */

static const struct {
    krb5_error_code code;
    enum schloss_auth_reason reason;
} reasons[] = {
    {KRB5KRB_AP_ERR_SKEW, SCHLOSS_AUTH_REASON_KRB_SKEW},
    {KRB5KRB_AP_ERR_TKT_NYV, SCHLOSS_AUTH_REASON_KRB_SKEW},
    {KRB5KRB_AP_ERR_TKT_EXPIRED, SCHLOSS_AUTH_REASON_KRB_EXPIRED},
    {KRB5KRB_AP_ERR_REPEAT, SCHLOSS_AUTH_REASON_KRB_REPLAY},
    {KRB5KRB_AP_WRONG_PRINC, SCHLOSS_AUTH_REASON_KRB_SERVICE},
    {KRB5KRB_AP_ERR_NOT_US, SCHLOSS_AUTH_REASON_KRB_SERVICE},
    {KRB5_KT_NOTFOUND, SCHLOSS_AUTH_REASON_KRB_NO_KEY},
    {KRB5_KT_KVNONOTFOUND, SCHLOSS_AUTH_REASON_KRB_NO_KEY},
    {KRB5KRB_AP_ERR_NOKEY, SCHLOSS_AUTH_REASON_KRB_NO_KEY},
    {KRB5KRB_AP_ERR_BADKEYVER, SCHLOSS_AUTH_REASON_KRB_NO_KEY},
    {KRB5KRB_AP_ERR_BAD_INTEGRITY, SCHLOSS_AUTH_REASON_KRB_NO_KEY},
    {KRB5_NOPERM_ETYPE, SCHLOSS_AUTH_REASON_KRB_NO_KEY},
    {KRB5_BAD_ENCTYPE, SCHLOSS_AUTH_REASON_KRB_NO_KEY},
    {KRB5_PROG_ETYPE_NOSUPP, SCHLOSS_AUTH_REASON_KRB_NO_KEY},
};

static enum schloss_auth_reason reason_of(OM_uint32 major, OM_uint32 minor)
{
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        if (minor == (OM_uint32)reasons[i].code) {
            return reasons[i].reason;
        }
    }
    switch (GSS_ROUTINE_ERROR(major)) {
    case GSS_S_DEFECTIVE_TOKEN:
    case GSS_S_BAD_SIG:
        return SCHLOSS_AUTH_REASON_MALFORMED;
    case GSS_S_CREDENTIALS_EXPIRED:
    case GSS_S_CONTEXT_EXPIRED:
        return SCHLOSS_AUTH_REASON_KRB_EXPIRED;
    default:
        return SCHLOSS_AUTH_REASON_KRB_OTHER;
    }
}

/* What the library says of its code, or nothing. */
static void status_text(OM_uint32 minor, gss_buffer_desc *out)
{
    OM_uint32 more = 0;
    OM_uint32 ignored;

    *out = (gss_buffer_desc)GSS_C_EMPTY_BUFFER;
    if (gss_display_status(&ignored, minor, GSS_C_MECH_CODE,
            (gss_OID)(uintptr_t)gss_mech_krb5, &more, out) != GSS_S_COMPLETE) {
        *out = (gss_buffer_desc)GSS_C_EMPTY_BUFFER;
    }
}

/* For bytes that are no DER the library has no code, and says so in this word. */
static bool is_codeless(const gss_buffer_desc *text)
{
    static const char word[] = "Success";

    return text->length == sizeof(word) - 1 &&
           memcmp(text->value, word, sizeof(word) - 1) == 0;
}

/* Numbers of the system, and of the replay cache: it is not the ticket that is wrong. */
static bool is_ours(OM_uint32 minor)
{
    return (minor > 0 && minor < SYSTEM_CODES_END) ||
           (minor >= (OM_uint32)KRB5_RC_TYPE_EXISTS &&
               minor <= (OM_uint32)KRB5_RC_IO_SPACE) ||
           minor == (OM_uint32)KRB5_RC_REQUIRED || minor == (OM_uint32)KRB5_CC_NOMEM;
}

/* The library refused. The codes of Kerberos say more than those of GSSAPI. */
static void deny_status(
    struct gssapi_outcome *out, const char *step, OM_uint32 major, OM_uint32 minor)
{
    gss_buffer_desc text;
    OM_uint32 ignored;

    status_text(minor, &text);
    if (minor == 0 || text.length == 0 || is_codeless(&text)) {
        enum schloss_auth_reason reason = reason_of(major, 0);
        deny(out, reason == SCHLOSS_AUTH_REASON_KRB_OTHER ? SCHLOSS_AUTH_REASON_MALFORMED
                                                          : reason);
    } else {
        if (!is_ours(minor)) {
            deny(out, reason_of(major, minor));
        }
        (void)snprintf(out->said, sizeof(out->said), "%s: %.*s [KRB010]", step,
            (int)(text.length < STATUS_MAX ? text.length : STATUS_MAX),
            (const char *)text.value);
    }
    (void)gss_release_buffer(&ignored, &text);
}

/* --- the first token -------------------------------------------------------------- */

/* A name that the library had to escape ('\') is none for us: it would be ambiguous. */
static bool is_plain(const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        uint8_t c = (uint8_t)name[i];
        if (c < 0x20 || c == 0x7f || c == '\\') {
            return false;
        }
    }
    return length > 0 && length <= GSSAPI_PRINCIPAL_MAX && text_is_utf8(name, length) &&
           memchr(name, '@', length) != NULL;
}

static bool take_name(struct gssapi_exchange *x, gss_name_t name)
{
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    gss_OID type = GSS_C_NO_OID;
    OM_uint32 minor;
    const size_t anonymous = sizeof(ANONYMOUS) - 1;

    if (gss_display_name(&minor, name, &text, &type) != GSS_S_COMPLETE) {
        return false;
    }
    bool good =
        gss_oid_equal(type, GSS_KRB5_NT_PRINCIPAL_NAME) != 0 &&
        is_plain(text.value, text.length) &&
        (text.length < anonymous || memcmp(text.value, ANONYMOUS, anonymous) != 0);
    if (good) {
        memcpy(x->principal, text.value, text.length);
        x->principal_length = text.length;
    }
    (void)gss_release_buffer(&minor, &text);
    return good;
}

static void offer_layer(struct gssapi_exchange *x, struct gssapi_outcome *out)
{
    static uint8_t offer[4] = {GSSAPI_LAYER_NONE, 0, 0, 0};
    gss_buffer_desc input = {.length = sizeof(offer), .value = offer};
    OM_uint32 minor = 0;

    OM_uint32 major =
        gss_wrap(&minor, x->context, 0, GSS_C_QOP_DEFAULT, &input, NULL, &out->answer);
    if (major != GSS_S_COMPLETE) {
        deny_status(out, "the Kerberos layer failed", major, minor);
        return;
    }
    out->verdict = SCHLOSS_AUTH_CONTINUE;
    x->stage = GSSAPI_STAGE_CHOICE;
}

/* In Kerberos one token is all there is; a client that wants a third leg (DCE) gets
 * none. */
static void on_token(struct gssapi_exchange *x, const struct gssapi_acceptor *acceptor,
    struct schloss_auth_bytes message, struct gssapi_outcome *out)
{
    gss_buffer_desc input = borrow(message);
    gss_name_t name = GSS_C_NO_NAME;
    OM_uint32 flags = 0;
    OM_uint32 minor = 0;
    OM_uint32 ignored;

    if (!gssapi_token_is_krb5(message.bytes, message.length)) {
        deny(out, SCHLOSS_AUTH_REASON_MALFORMED);
        return;
    }
    OM_uint32 major = gss_accept_sec_context(&minor, &x->context, acceptor->credential,
        &input, GSS_C_NO_CHANNEL_BINDINGS, &name, NULL, &out->answer, &flags, NULL, NULL);
    if (major != GSS_S_COMPLETE) {
        deny_status(out, "a Kerberos ticket was refused", major, minor);
    } else if ((flags & GSS_C_ANON_FLAG) != 0 || !take_name(x, name)) {
        deny(out, SCHLOSS_AUTH_REASON_KRB_NO_RULE);
    } else if (out->answer.length == 0) {
        offer_layer(x, out); /* nothing is left of the handshake */
    } else {
        out->verdict = SCHLOSS_AUTH_CONTINUE;
        x->stage = GSSAPI_STAGE_EMPTY;
    }
    (void)gss_release_name(&ignored, &name);
}

/* --- the layer -------------------------------------------------------------------- */

static void on_empty(struct gssapi_exchange *x, struct schloss_auth_bytes message,
    struct gssapi_outcome *out)
{
    if (message.length != 0) {
        deny(out, SCHLOSS_AUTH_REASON_MALFORMED);
        return;
    }
    offer_layer(x, out);
}

static bool is_authzid(
    const struct gssapi_choice *choice, const char *name, size_t length)
{
    return choice->authzid_length == length && memcmp(choice->authzid, name, length) == 0;
}

/* The broker's own name, as a service of a host: nobody that one could be. */
static bool is_service(const struct gssapi_choice *choice, const char *service)
{
    size_t length = strlen(service);

    return choice->authzid_length > length + 1 &&
           memcmp(choice->authzid, service, length) == 0 &&
           choice->authzid[length] == '@';
}

/*
 * When the ticket ends. gss_inquire_context() would add the tolerated clock skew; the
 * exported form of a context has the very time. It takes the context, which has done its
 * work.
 */
static bool take_end(struct gssapi_exchange *x, int64_t *expires_ms_out)
{
    OM_uint32 minor = 0;
    void *exported = NULL;

    OM_uint32 major =
        gss_krb5_export_lucid_sec_context(&minor, &x->context, 1, &exported);
    if (major != GSS_S_COMPLETE) {
        return false;
    }
    const gss_krb5_lucid_context_v1_t *lucid = exported;
    *expires_ms_out = (int64_t)lucid->endtime * 1000;
    (void)gss_krb5_free_lucid_sec_context(&minor, exported);
    return true;
}

static void judge(struct gssapi_exchange *x, const struct gssapi_acceptor *acceptor,
    const struct gssapi_choice *choice, int64_t now_ms, struct gssapi_outcome *out)
{
    if (choice->layer != GSSAPI_LAYER_NONE) {
        deny(out, SCHLOSS_AUTH_REASON_KRB_LAYER);
        return;
    }
    if (gssapi_rules_apply(acceptor->rules, x->principal, x->principal_length,
            &out->name) != GSSAPI_RULES_NAMED) {
        deny(out, SCHLOSS_AUTH_REASON_KRB_NO_RULE);
        return;
    }
    if (choice->authzid_length != 0 && !is_service(choice, acceptor->service) &&
        !is_authzid(choice, x->principal, x->principal_length) &&
        !is_authzid(choice, out->name.bytes, out->name.length)) {
        deny(out, SCHLOSS_AUTH_REASON_OTHER_IDENTITY);
        return;
    }
    if (!take_end(x, &out->expires_ms)) {
        return; /* an error of ours */
    }
    if (out->expires_ms <= now_ms) {
        deny(out, SCHLOSS_AUTH_REASON_KRB_EXPIRED);
        return;
    }
    out->verdict = SCHLOSS_AUTH_ALLOW;
    out->reason = SCHLOSS_AUTH_REASON_NONE;
}

static void on_choice(struct gssapi_exchange *x, const struct gssapi_acceptor *acceptor,
    struct schloss_auth_bytes message, int64_t now_ms, struct gssapi_outcome *out)
{
    gss_buffer_desc input = borrow(message);
    gss_buffer_desc plain = GSS_C_EMPTY_BUFFER;
    struct gssapi_choice choice;
    OM_uint32 minor = 0;

    OM_uint32 major = gss_unwrap(&minor, x->context, &input, &plain, NULL, NULL);
    /* Old, lost or doubled is said beside success. */
    if (major != GSS_S_COMPLETE) {
        deny_status(out, "the last message of a Kerberos login is not the client's",
            major, minor);
    } else if (!gssapi_choice_parse(&choice, plain.value, plain.length)) {
        deny(out, SCHLOSS_AUTH_REASON_MALFORMED);
    } else {
        judge(x, acceptor, &choice, now_ms, out);
    }
    (void)gss_release_buffer(&minor, &plain);
}

void gssapi_exchange_step(struct gssapi_exchange *x,
    const struct gssapi_acceptor *acceptor, struct schloss_auth_bytes message,
    int64_t now_ms, struct gssapi_outcome *out)
{
    *out = (struct gssapi_outcome){
        .verdict = SCHLOSS_AUTH_ERROR, .reason = SCHLOSS_AUTH_REASON_INTERNAL};
    if (message.length > GSSAPI_TOKEN_MAX) {
        deny(out, SCHLOSS_AUTH_REASON_TOO_LONG);
    } else {
        switch (x->stage) {
        case GSSAPI_STAGE_TOKEN:
            on_token(x, acceptor, message, out);
            break;
        case GSSAPI_STAGE_EMPTY:
            on_empty(x, message, out);
            break;
        case GSSAPI_STAGE_CHOICE:
            on_choice(x, acceptor, message, now_ms, out);
            break;
        case GSSAPI_STAGE_OVER:
            deny(out, SCHLOSS_AUTH_REASON_ROUNDS);
            break;
        }
    }
    if (out->verdict == SCHLOSS_AUTH_CONTINUE) {
        out->reason = SCHLOSS_AUTH_REASON_NONE;
        return;
    }
    /* An error token would tell the client why. */
    gssapi_outcome_fini(out);
    drop_context(x);
    x->stage = GSSAPI_STAGE_OVER;
}

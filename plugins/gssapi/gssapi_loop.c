#include "gssapi_loop.h"

#include "clock.h"
#include "gssapi_ticket.h"
#include "gssapi_token.h"

#include <gssapi/gssapi_krb5.h>
#include <string.h>

#define LIFE_S 600

/* --- credentials ------------------------------------------------------------------ */

/* The client's library believes these times, the service those in the ticket. */
static krb5_error_code store(struct gssapi_keytab *k, krb5_creds *creds, krb5_ccache *out)
{
    const int64_t now_s = clock_wall_ms() / 1000;

    creds->times = (krb5_ticket_times){.authtime = (krb5_timestamp)(now_s - 1),
        .starttime = (krb5_timestamp)(now_s - 1),
        .endtime = (krb5_timestamp)(now_s + LIFE_S)};
    krb5_error_code code = krb5_cc_new_unique(k->context, "MEMORY", NULL, out);
    if (code != 0) {
        return code;
    }
    code = krb5_cc_initialize(k->context, *out, creds->client);
    if (code == 0) {
        code = krb5_cc_store_cred(k->context, *out, creds);
    }
    if (code != 0) {
        (void)krb5_cc_destroy(k->context, *out);
    }
    return code;
}

static krb5_error_code make_cache(
    struct gssapi_keytab *k, const struct gssapi_ticket *wish, krb5_ccache *out)
{
    struct buf ticket;
    krb5_keytab_entry entry;
    krb5_creds creds = {.magic = KV5M_CREDS, .server = k->principal};

    if (gssapi_keytab_best(k, &entry) != OK) {
        return KRB5_KT_NOTFOUND;
    }
    buf_init(&ticket, GSSAPI_TICKET_MAX);
    krb5_error_code code = krb5_parse_name(k->context, wish->client, &creds.client);
    if (code == 0) {
        code = krb5_c_make_random_key(k->context, entry.key.enctype, &creds.keyblock);
    }
    if (code == 0) {
        creds.times = (krb5_ticket_times){.authtime = (krb5_timestamp)wish->start_s,
            .starttime = (krb5_timestamp)wish->start_s,
            .endtime = (krb5_timestamp)wish->end_s};
        code = gssapi_ticket_make(k->context, &entry, wish->spoilt, &creds, &ticket);
    }
    if (code == 0) {
        code = store(k, &creds, out);
    }
    krb5_free_keyblock_contents(k->context, &creds.keyblock);
    krb5_free_principal(k->context, creds.client);
    (void)krb5_free_keytab_entry_contents(k->context, &entry);
    buf_fini(&ticket);
    return code;
}

enum err gssapi_loop_credential(struct gssapi_keytab *k,
    const struct gssapi_ticket *ticket, gss_cred_id_t *credential_out,
    krb5_ccache *cache_out)
{
    OM_uint32 minor;

    if (make_cache(k, ticket, cache_out) != 0) {
        return ERR_UNSUPPORTED;
    }
    if (gss_krb5_import_cred(&minor, *cache_out, NULL, NULL, credential_out) !=
        GSS_S_COMPLETE) {
        (void)krb5_cc_destroy(k->context, *cache_out);
        return ERR_UNSUPPORTED;
    }
    return OK;
}

/* --- the client ------------------------------------------------------------------- */

static OM_uint32 client_step(struct gssapi_loop_client *c, OM_uint32 flags,
    const gss_buffer_desc *input, gss_buffer_desc *out)
{
    OM_uint32 minor;

    return gss_init_sec_context(&minor, c->credential, &c->context, c->target,
        (gss_OID)(uintptr_t)gss_mech_krb5, flags, 0, GSS_C_NO_CHANNEL_BINDINGS,
        (gss_buffer_t)(uintptr_t)input, NULL, out, NULL, NULL);
}

enum err gssapi_loop_client_init(struct gssapi_loop_client *c, struct gssapi_keytab *k,
    const struct gssapi_ticket *ticket, OM_uint32 flags)
{
    gss_buffer_desc name = {.length = strlen(k->name), .value = k->name};
    OM_uint32 minor;

    *c = (struct gssapi_loop_client){.context = GSS_C_NO_CONTEXT};
    enum err e = gssapi_loop_credential(k, ticket, &c->credential, &c->cache);
    if (e != OK) {
        return e;
    }
    if (GSS_ERROR(gss_import_name(
            &minor, &name, (gss_OID)(uintptr_t)GSS_KRB5_NT_PRINCIPAL_NAME, &c->target)) ||
        GSS_ERROR(client_step(c, flags, GSS_C_NO_BUFFER, &c->token))) {
        gssapi_loop_client_fini(c, k);
        return ERR_UNSUPPORTED;
    }
    return OK;
}

void gssapi_loop_client_fini(struct gssapi_loop_client *c, struct gssapi_keytab *k)
{
    OM_uint32 minor;

    (void)gss_release_buffer(&minor, &c->token);
    (void)gss_release_name(&minor, &c->target);
    if (c->context != GSS_C_NO_CONTEXT) {
        (void)gss_delete_sec_context(&minor, &c->context, GSS_C_NO_BUFFER);
    }
    if (c->credential != GSS_C_NO_CREDENTIAL) {
        (void)gss_release_cred(&minor, &c->credential);
        (void)krb5_cc_destroy(k->context, c->cache);
    }
    *c = (struct gssapi_loop_client){.context = GSS_C_NO_CONTEXT};
}

enum err gssapi_loop_client_finish(
    struct gssapi_loop_client *c, const gss_buffer_desc *answer)
{
    gss_buffer_desc rest = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor;

    OM_uint32 major = client_step(c, GSS_C_MUTUAL_FLAG, answer, &rest);
    (void)gss_release_buffer(&minor, &rest);
    return major == GSS_S_COMPLETE ? OK : ERR_DENIED;
}

enum err gssapi_loop_client_choose(struct gssapi_loop_client *c, uint8_t layer,
    const char *authzid, gss_buffer_desc *out)
{
    uint8_t plain[4 + 64] = {layer};
    size_t length = strlen(authzid);
    OM_uint32 minor;

    if (length > sizeof(plain) - 4) {
        return ERR_FULL;
    }
    memcpy(plain + 4, authzid, length);
    gss_buffer_desc input = {.length = 4 + length, .value = plain};
    return gss_wrap(&minor, c->context, 0, GSS_C_QOP_DEFAULT, &input, NULL, out) ==
                   GSS_S_COMPLETE
               ? OK
               : ERR_DENIED;
}

/* --- dummy logins ----------------------------------------------------------------- */

#define DUMMY "schloss-warm@REALM"

struct dummy {
    struct gssapi_keytab *keytab;
    struct gssapi_acceptor acceptor;
    struct gssapi_exchange exchange;
    struct gssapi_loop_client client;
    char said[GSSAPI_SAID_MAX];
};

static enum schloss_auth_reason dummy_step(
    struct dummy *d, const void *bytes, size_t length, struct gssapi_outcome *out)
{
    gssapi_exchange_step(&d->exchange, &d->acceptor,
        (struct schloss_auth_bytes){bytes, length}, clock_wall_ms(), out);
    memcpy(d->said, out->said, sizeof(d->said));
    return out->reason;
}

static bool dummy_rounds(
    struct dummy *d, const char *authzid, enum schloss_auth_reason expected)
{
    gss_buffer_desc choice = GSS_C_EMPTY_BUFFER;
    struct gssapi_outcome out;
    OM_uint32 minor;

    bool good = dummy_step(d, d->client.token.value, d->client.token.length, &out) ==
                    SCHLOSS_AUTH_REASON_NONE &&
                gssapi_loop_client_finish(&d->client, &out.answer) == OK;
    gssapi_outcome_fini(&out);
    good = good && dummy_step(d, NULL, 0, &out) == SCHLOSS_AUTH_REASON_NONE;
    gssapi_outcome_fini(&out);
    good = good && gssapi_loop_client_choose(
                       &d->client, GSSAPI_LAYER_NONE, authzid, &choice) == OK;
    good = good && dummy_step(d, choice.value, choice.length, &out) == expected;
    gssapi_outcome_fini(&out);
    (void)gss_release_buffer(&minor, &choice);
    return good;
}

static bool dummy_start(struct dummy *d, const struct gssapi_ticket *ticket)
{
    gssapi_exchange_init(&d->exchange);
    return gssapi_loop_client_init(&d->client, d->keytab, ticket, GSS_C_MUTUAL_FLAG) ==
           OK;
}

static void dummy_stop(struct dummy *d)
{
    gssapi_exchange_fini(&d->exchange);
    gssapi_loop_client_fini(&d->client, d->keytab);
}

/* A login that gets to its end. */
static bool dummy_whole(
    struct dummy *d, const char *authzid, enum schloss_auth_reason expected)
{
    const int64_t now_s = clock_wall_ms() / 1000;
    const struct gssapi_ticket ticket = {
        .client = DUMMY, .start_s = now_s - 1, .end_s = now_s + LIFE_S};

    bool good = dummy_start(d, &ticket) && dummy_rounds(d, authzid, expected);
    dummy_stop(d);
    return good;
}

/* One that ends with its first token. */
static bool dummy_first(struct dummy *d, const struct gssapi_ticket *ticket,
    enum schloss_auth_reason expected)
{
    struct gssapi_outcome out;

    bool good = dummy_start(d, ticket) && dummy_step(d, d->client.token.value,
                                              d->client.token.length, &out) == expected;
    if (good) {
        gssapi_outcome_fini(&out);
    }
    dummy_stop(d);
    return good;
}

/* The same token twice. */
static bool dummy_replay(struct dummy *d)
{
    const int64_t now_s = clock_wall_ms() / 1000;
    const struct gssapi_ticket ticket = {
        .client = DUMMY, .start_s = now_s - 1, .end_s = now_s + LIFE_S};
    struct gssapi_outcome out;
    bool good = dummy_start(d, &ticket);

    for (int i = 0; good && i < 2; i++) {
        gssapi_exchange_fini(&d->exchange);
        good = dummy_step(d, d->client.token.value, d->client.token.length, &out) ==
               (i == 0 ? SCHLOSS_AUTH_REASON_NONE : SCHLOSS_AUTH_REASON_KRB_REPLAY);
        gssapi_outcome_fini(&out);
    }
    dummy_stop(d);
    return good;
}

static bool dummy_garbage(struct dummy *d)
{
    /* The right frame, and nothing in it. */
    static const uint8_t token[] = {0x60, 0x0f, 0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7,
        0x12, 0x01, 0x02, 0x02, 0x01, 0x00, 0x6e, 0x00};
    struct gssapi_outcome out;

    gssapi_exchange_init(&d->exchange);
    bool good = dummy_step(d, token, sizeof(token), &out) != SCHLOSS_AUTH_REASON_NONE;
    gssapi_outcome_fini(&out);
    gssapi_exchange_fini(&d->exchange);
    return good;
}

bool gssapi_loop_run(
    struct gssapi_keytab *k, gss_cred_id_t acceptor, char said[GSSAPI_SAID_MAX])
{
    const int64_t now_s = clock_wall_ms() / 1000;
    const struct gssapi_ticket expired = {
        .client = DUMMY, .start_s = now_s - 7200, .end_s = now_s - 3600};
    const struct gssapi_ticket early = {
        .client = DUMMY, .start_s = now_s + 3600, .end_s = now_s + 7200};
    const struct gssapi_ticket spoilt = {
        .client = DUMMY, .start_s = now_s - 1, .end_s = now_s + LIFE_S, .spoilt = true};
    struct gssapi_rules_problem problem;
    struct dummy d = {
        .keytab = k, .acceptor = {.credential = acceptor, .service = k->service}};

    if (gssapi_rules_new(&d.acceptor.rules, "RULE:[1:$1@$0](.*)s/@.*//,DEFAULT", 33,
            "REALM", &problem) != OK) {
        said[0] = '\0';
        return false;
    }
    bool good = dummy_whole(&d, "", SCHLOSS_AUTH_REASON_NONE) &&
                dummy_whole(&d, "somebody", SCHLOSS_AUTH_REASON_OTHER_IDENTITY) &&
                dummy_first(&d, &expired, SCHLOSS_AUTH_REASON_KRB_EXPIRED) &&
                dummy_first(&d, &early, SCHLOSS_AUTH_REASON_KRB_SKEW) &&
                dummy_first(&d, &spoilt, SCHLOSS_AUTH_REASON_KRB_NO_KEY) &&
                dummy_replay(&d) && dummy_garbage(&d);
    gssapi_rules_free(&d.acceptor.rules);
    memcpy(said, d.said, GSSAPI_SAID_MAX);
    return good;
}

#include "gssapi_loop.h"

#include "buf.h"
#include "clock.h"
#include "gssapi_token.h"
#include "mem.h"

#include <gssapi/gssapi_krb5.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define TICKET_MAX   ((size_t)4096)
#define USAGE_TICKET 2 /* RFC 4120, 7.5.1 */
#define LIFE_S       600

/* --- a ticket in DER (RFC 4120, 5.3) ---------------------------------------------- */

enum {
    DER_INTEGER = 0x02,
    DER_BITS = 0x03,
    DER_OCTETS = 0x04,
    DER_TIME = 0x18,
    DER_STRING = 0x1b,
    DER_SEQUENCE = 0x30,
    DER_APPLICATION = 0x60,
    DER_FIELD = 0xa0,
};

static void der_add(struct buf *out, unsigned tag, const void *bytes, size_t length)
{
    const uint8_t head[4] = {(uint8_t)tag, 0x82, (uint8_t)(length >> 8), (uint8_t)length};

    if (length < 128) {
        buf_add(out, head, 1);
        buf_add(out, &head[3], 1);
    } else if (length < 256) {
        const uint8_t one = 0x81;
        buf_add(out, head, 1);
        buf_add(out, &one, 1);
        buf_add(out, &head[3], 1);
    } else {
        buf_add(out, head, sizeof(head));
    }
    buf_add(out, bytes, length);
}

/* What was added since `start` becomes the content of one element. */
static void der_close(struct buf *out, size_t start, unsigned tag)
{
    uint8_t content[TICKET_MAX];

    if (buf_error(out) != OK || out->length - start > sizeof(content)) {
        return;
    }
    size_t length = out->length - start;
    memcpy(content, out->bytes + start, length);
    out->length = start;
    der_add(out, tag, content, length);
    mem_wipe(content, length);
}

static void der_field(
    struct buf *out, unsigned field, unsigned tag, const void *bytes, size_t length)
{
    size_t start = out->length;

    der_add(out, tag, bytes, length);
    der_close(out, start, DER_FIELD + field);
}

static void der_number(struct buf *out, unsigned field, uint32_t number)
{
    const uint8_t bytes[5] = {0, (uint8_t)(number >> 24), (uint8_t)(number >> 16),
        (uint8_t)(number >> 8), (uint8_t)number};
    size_t skip = 0;

    while (skip < 4 && bytes[skip] == 0 && bytes[skip + 1] < 0x80) {
        skip++;
    }
    der_field(out, field, DER_INTEGER, bytes + skip, sizeof(bytes) - skip);
}

static void der_time(struct buf *out, unsigned field, int64_t seconds)
{
    char text[32];
    struct tm tm;
    time_t when = (time_t)seconds;

    size_t length = gmtime_r(&when, &tm) != NULL
                        ? strftime(text, sizeof(text), "%Y%m%d%H%M%SZ", &tm)
                        : 0;
    der_field(out, field, DER_TIME, text, length);
}

static void der_name(struct buf *out, unsigned field, krb5_const_principal name)
{
    size_t start = out->length;

    der_number(out, 0, (uint32_t)name->type);
    size_t strings = out->length;
    for (int i = 0; i < name->length; i++) {
        der_add(out, DER_STRING, name->data[i].data, name->data[i].length);
    }
    der_close(out, strings, DER_SEQUENCE);
    der_close(out, strings, DER_FIELD + 1);
    der_close(out, start, DER_SEQUENCE);
    der_close(out, start, DER_FIELD + field);
}

static void der_key(struct buf *out, unsigned field, const krb5_keyblock *key)
{
    size_t start = out->length;

    der_number(out, 0, (uint32_t)key->enctype);
    der_field(out, 1, DER_OCTETS, key->contents, key->length);
    der_close(out, start, DER_SEQUENCE);
    der_close(out, start, DER_FIELD + field);
}

static void add_secret_part(struct buf *out, const krb5_creds *creds)
{
    static const uint8_t flags[5] = {0, 0, 0, 0, 0};
    size_t start = out->length;

    der_field(out, 0, DER_BITS, flags, sizeof(flags));
    der_key(out, 1, &creds->keyblock);
    der_field(out, 2, DER_STRING, creds->client->realm.data, creds->client->realm.length);
    der_name(out, 3, creds->client);
    size_t transited = out->length;
    der_number(out, 0, 1);
    der_field(out, 1, DER_OCTETS, NULL, 0);
    der_close(out, transited, DER_SEQUENCE);
    der_close(out, transited, DER_FIELD + 4);
    der_time(out, 5, (uint32_t)creds->times.authtime);
    der_time(out, 6, (uint32_t)creds->times.starttime);
    der_time(out, 7, (uint32_t)creds->times.endtime);
    der_close(out, start, DER_SEQUENCE);
    der_close(out, start, DER_APPLICATION + 3);
}

static void add_ticket(
    struct buf *out, krb5_const_principal server, const krb5_enc_data *part)
{
    size_t start = out->length;

    der_number(out, 0, 5);
    der_field(out, 1, DER_STRING, server->realm.data, server->realm.length);
    der_name(out, 2, server);
    size_t encrypted = out->length;
    der_number(out, 0, (uint32_t)part->enctype);
    der_number(out, 1, part->kvno);
    der_field(out, 2, DER_OCTETS, part->ciphertext.data, part->ciphertext.length);
    der_close(out, encrypted, DER_SEQUENCE);
    der_close(out, encrypted, DER_FIELD + 3);
    der_close(out, start, DER_SEQUENCE);
    der_close(out, start, DER_APPLICATION + 1);
}

/* --- credentials ------------------------------------------------------------------ */

static krb5_error_code encrypt(krb5_context context, const krb5_keytab_entry *entry,
    const struct buf *plain, krb5_enc_data *out, struct buf *room)
{
    const krb5_data input = {
        .length = (unsigned)plain->length, .data = (char *)plain->bytes};
    size_t length = 0;

    krb5_error_code code =
        krb5_c_encrypt_length(context, entry->key.enctype, plain->length, &length);
    if (code != 0) {
        return code;
    }
    uint8_t *bytes = buf_reserve(room, length);
    if (bytes == NULL) {
        return KRB5_CC_NOMEM;
    }
    buf_grew(room, length);
    out->ciphertext = (krb5_data){.length = (unsigned)length, .data = (char *)bytes};
    code = krb5_c_encrypt(context, &entry->key, USAGE_TICKET, NULL, &input, out);
    out->kvno = entry->vno;
    return code;
}

/* creds->ticket is then owned by `out`. */
static krb5_error_code make_ticket(struct gssapi_keytab *k,
    const krb5_keytab_entry *entry, bool spoilt, krb5_creds *creds, struct buf *out)
{
    struct buf plain;
    struct buf room;
    krb5_enc_data part = {.magic = KV5M_ENC_DATA};

    buf_init(&plain, TICKET_MAX);
    buf_init(&room, TICKET_MAX);
    add_secret_part(&plain, creds);
    krb5_error_code code = buf_error(&plain) == OK
                               ? encrypt(k->context, entry, &plain, &part, &room)
                               : KRB5_CC_NOMEM;
    if (code == 0) {
        part.ciphertext.data[0] ^= spoilt;
        add_ticket(out, creds->server, &part);
        code = buf_error(out) == OK ? 0 : KRB5_CC_NOMEM;
        creds->ticket =
            (krb5_data){.length = (unsigned)out->length, .data = (char *)out->bytes};
    }
    if (plain.bytes != NULL) {
        mem_wipe(plain.bytes, plain.capacity);
    }
    buf_fini(&plain);
    buf_fini(&room);
    return code;
}

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
    buf_init(&ticket, TICKET_MAX);
    krb5_error_code code = krb5_parse_name(k->context, wish->client, &creds.client);
    if (code == 0) {
        code = krb5_c_make_random_key(k->context, entry.key.enctype, &creds.keyblock);
    }
    if (code == 0) {
        creds.times = (krb5_ticket_times){.authtime = (krb5_timestamp)wish->start_s,
            .starttime = (krb5_timestamp)wish->start_s,
            .endtime = (krb5_timestamp)wish->end_s};
        code = make_ticket(k, &entry, wish->spoilt, &creds, &ticket);
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
    struct dummy d = {.keytab = k, .acceptor = {.credential = acceptor}};

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

#include "gssapi_ticket.h"

#include "mem.h"

#include <string.h>
#include <time.h>

#define TICKET_MAX   GSSAPI_TICKET_MAX
#define USAGE_TICKET 2 /* RFC 4120, 7.5.1 */

/* The elements of DER that RFC 4120, 5.3 needs. */
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

krb5_error_code gssapi_ticket_make(krb5_context context, const krb5_keytab_entry *entry,
    bool spoilt, krb5_creds *creds, struct buf *out)
{
    struct buf plain;
    struct buf room;
    krb5_enc_data part = {.magic = KV5M_ENC_DATA};

    buf_init(&plain, TICKET_MAX);
    buf_init(&room, TICKET_MAX);
    add_secret_part(&plain, creds);
    krb5_error_code code = buf_error(&plain) == OK
                               ? encrypt(context, entry, &plain, &part, &room)
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

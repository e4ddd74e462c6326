#include "gssapi_keytab.h"

#include "gssapi_scratch.h"
#include "mem.h"

#include <stdio.h>
#include <string.h>

#define LISTED_MAX 10u /* principals in an error's text */

void gssapi_keytab_free(struct gssapi_keytab *k)
{
    if (k->keys != NULL) {
        (void)krb5_kt_close(k->context, k->keys);
    }
    krb5_free_principal(k->context, k->principal);
    mem_free(k->service);
    if (k->name != NULL) {
        krb5_free_unparsed_name(k->context, k->name);
    }
    *k = (struct gssapi_keytab){.context = NULL};
}

/* What the library says of its last failure. */
static void add_error(struct buf *problem, krb5_context context, krb5_error_code code)
{
    const char *text = krb5_get_error_message(context, code);

    buf_add_text(problem, text);
    krb5_free_error_message(context, text);
}

static bool is_text(const krb5_data *data, const char *text)
{
    return strlen(text) == data->length && memcmp(data->data, text, data->length) == 0;
}

static bool is_any(const char *hostname)
{
    return hostname != NULL && strcmp(hostname, "*") == 0;
}

static bool is_wanted(
    const struct gssapi_keytab_wanted *wanted, krb5_const_principal principal)
{
    return principal->length == 2 && is_text(&principal->data[0], wanted->service) &&
           (wanted->hostname == NULL || is_any(wanted->hostname) ||
               is_text(&principal->data[1], wanted->hostname));
}

static bool is_weak(krb5_enctype type)
{
    return type != ENCTYPE_AES128_CTS_HMAC_SHA1_96 &&
           type != ENCTYPE_AES256_CTS_HMAC_SHA1_96 &&
           type != ENCTYPE_AES128_CTS_HMAC_SHA256_128 &&
           type != ENCTYPE_AES256_CTS_HMAC_SHA384_192 &&
           type != ENCTYPE_CAMELLIA128_CTS_CMAC && type != ENCTYPE_CAMELLIA256_CTS_CMAC;
}

/* An entry of the file: keeps it if it is ours. */
static krb5_error_code look_at(struct gssapi_keytab *k,
    const struct gssapi_keytab_wanted *wanted, krb5_keytab_entry *entry)
{
    krb5_error_code code = 0;

    if (!is_wanted(wanted, entry->principal)) {
        return 0;
    }
    if (k->principal == NULL) {
        code = krb5_copy_principal(k->context, entry->principal, &k->principal);
        if (code != 0) {
            return code;
        }
    } else if (!k->any_host &&
               !krb5_principal_compare(k->context, k->principal, entry->principal)) {
        k->ambiguous = true;
        return 0;
    }
    k->only_weak = k->only_weak && is_weak(entry->key.enctype);
    return krb5_kt_add_entry(k->context, k->keys, entry);
}

/* Calls on_entry for each; stops at an error. */
static krb5_error_code each_entry(krb5_context context, krb5_keytab file,
    krb5_error_code (*on_entry)(void *self, krb5_keytab_entry *entry), void *self)
{
    krb5_kt_cursor cursor;
    krb5_keytab_entry entry;

    krb5_error_code code = krb5_kt_start_seq_get(context, file, &cursor);
    if (code != 0) {
        return code;
    }
    while (code == 0) {
        code = krb5_kt_next_entry(context, file, &entry, &cursor);
        if (code == 0) {
            code = on_entry(self, &entry);
            (void)krb5_free_keytab_entry_contents(context, &entry);
        }
    }
    (void)krb5_kt_end_seq_get(context, file, &cursor);
    return code == KRB5_KT_END ? 0 : code;
}

struct copying {
    struct gssapi_keytab *keytab;
    const struct gssapi_keytab_wanted *wanted;
};

static krb5_error_code on_copy(void *self, krb5_keytab_entry *entry)
{
    struct copying *c = self;

    return look_at(c->keytab, c->wanted, entry);
}

struct listing {
    krb5_context context;
    struct buf *out;
    unsigned count;
    char last[256];
};

/* One name for each principal: its keys follow one another. */
static krb5_error_code on_list(void *self, krb5_keytab_entry *entry)
{
    struct listing *l = self;
    char *name = NULL;

    krb5_error_code code = krb5_unparse_name(l->context, entry->principal, &name);
    if (code != 0) {
        return code;
    }
    if (strncmp(l->last, name, sizeof(l->last) - 1) != 0) {
        if (l->count < LISTED_MAX) {
            buf_add_format(l->out, "%s%s", l->count > 0 ? ", " : "", name);
        } else if (l->count == LISTED_MAX) {
            buf_add_text(l->out, ", ...");
        }
        l->count++;
        (void)snprintf(l->last, sizeof(l->last), "%s", name);
    }
    krb5_free_unparsed_name(l->context, name);
    return 0;
}

static void describe_missing(struct gssapi_keytab *k, krb5_keytab file,
    const struct gssapi_keytab_wanted *wanted, struct buf *problem)
{
    struct listing l = {.context = k->context, .out = problem};

    buf_add_format(problem, "the keytab has no key for %s/%s; it holds ", wanted->service,
        wanted->hostname != NULL ? wanted->hostname : "any host");
    (void)each_entry(k->context, file, on_list, &l);
    buf_add_format(problem,
        "%s: set sasl.kerberos.service.name and "
        "sasl.kerberos.hostname, or add the key [KRB002]",
        l.count == 0 ? "nothing" : "");
}

static enum err copy_entries(struct gssapi_keytab *k, const char *path,
    const struct gssapi_keytab_wanted *wanted, struct buf *problem)
{
    char name[GSSAPI_NAMED_MAX + 8];
    struct copying copying = {k, wanted};
    krb5_keytab file = NULL;

    (void)snprintf(name, sizeof(name), "FILE:%s", path);
    krb5_error_code code = krb5_kt_resolve(k->context, name, &file);
    if (code == 0) {
        code = krb5_kt_resolve(k->context, GSSAPI_KEYTAB_NAME, &k->keys);
    }
    if (code == 0) {
        code = each_entry(k->context, file, on_copy, &copying);
    }
    if (code == 0 && k->principal == NULL) {
        describe_missing(k, file, wanted, problem);
    } else if (code == 0) {
        code = krb5_unparse_name(k->context, k->principal, &k->name);
    }
    if (code != 0) {
        buf_add_text(problem, "the keytab can not be read: ");
        add_error(problem, k->context, code);
        buf_add_text(problem, " [KRB001]");
    }
    if (file != NULL) {
        (void)krb5_kt_close(k->context, file);
    }
    return code == 0 && k->principal != NULL ? OK : ERR_INVALID;
}

enum err gssapi_keytab_load(struct gssapi_keytab *k, krb5_context context, int fd,
    const struct gssapi_keytab_wanted *wanted, struct buf *problem)
{
    char name[GSSAPI_PATH_MAX + 32];
    char path[GSSAPI_NAMED_MAX];
    struct buf bytes;

    *k = (struct gssapi_keytab){.context = context,
        .only_weak = true,
        .any_host = is_any(wanted->hostname),
        .service = mem_copy_text(wanted->service, strlen(wanted->service))};
    (void)snprintf(name, sizeof(name), "%s/keytab", wanted->folder);
    gssapi_scratch_name(path, name);
    buf_init(&bytes, GSSAPI_KEYTAB_MAX + 65536);
    enum err e = k->service == NULL ? ERR_NOMEM : gssapi_scratch_read(fd, &bytes);
    if (e == OK && bytes.length > 0) {
        e = gssapi_scratch_write(path, bytes.bytes, bytes.length);
    } else if (e == OK) {
        e = ERR_INVALID;
    }
    if (e != OK) {
        buf_add_format(problem, "the keytab can not be read: %s [KRB001]",
            e == ERR_INVALID ? "it is empty" : err_text(e));
    } else {
        e = copy_entries(k, path, wanted, problem);
    }
    gssapi_scratch_shred(path, bytes.length);
    if (bytes.bytes != NULL) {
        mem_wipe(bytes.bytes, bytes.capacity);
    }
    buf_fini(&bytes);
    if (e != OK) {
        gssapi_keytab_free(k);
    }
    return e;
}

enum err gssapi_keytab_best(struct gssapi_keytab *k, krb5_keytab_entry *out)
{
    krb5_enctype *types = NULL;
    enum err e = ERR_NOT_FOUND;

    if (krb5_get_permitted_enctypes(k->context, &types) != 0) {
        return ERR_NOT_FOUND;
    }
    for (size_t i = 0; e != OK && types[i] != ENCTYPE_NULL; i++) {
        if (krb5_kt_get_entry(k->context, k->keys, k->principal, 0, types[i], out) == 0) {
            e = OK;
        }
    }
    krb5_free_enctypes(k->context, types);
    return e;
}

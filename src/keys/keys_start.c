#include "keys_start.h"

#include "clock.h"
#include "ipc_words.h"
#include "keys_sign.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The wall clock may be set meanwhile; the loop's timers do not see that. */
#define LOOK_AGAIN_S 3600

/* --- warnings of the end ---------------------------------------------------------- */

static const char *date_text(int64_t seconds, char *out, size_t size)
{
    const time_t when = (time_t)seconds;
    struct tm t;

    if (gmtime_r(&when, &t) == NULL ||
        strftime(out, size, "%Y-%m-%dT%H:%M:%SZ", &t) == 0) {
        (void)snprintf(out, size, "unknown");
    }
    return out;
}

static void warn(const struct keys_warning *w, int64_t now_s)
{
    const char *whose = w->is_issuer ? "a certificate behind the server's own"
                                     : "the server's certificate";
    const char *subject = w->fact->subject;
    char until[40];
    long long days = (long long)expiry_days(w->fact->not_after_s, now_s);

    (void)date_text(w->fact->not_after_s, until, sizeof(until));
    switch (w->step) {
    case EXPIRY_30_DAYS:
        log_info("%s ends in less than 30 days: have the next one issued, and send a "
                 "SIGHUP subject=\"%s\" days=%lld not-after=%s [KEY013]",
            whose, subject, days, until);
        break;
    case EXPIRY_7_DAYS:
        log_warn("%s ends in less than 7 days: have the next one issued, and send a "
                 "SIGHUP subject=\"%s\" days=%lld not-after=%s [KEY014]",
            whose, subject, days, until);
        break;
    case EXPIRY_1_DAY:
        log_err("%s ends in less than a day: then clients can not connect; put the next "
                "one there, and send a SIGHUP subject=\"%s\" not-after=%s [KEY015]",
            whose, subject, until);
        break;
    case EXPIRY_OVER:
        log_err("%s has expired: clients that check it can not connect; put another one "
                "there, and send a SIGHUP subject=\"%s\" not-after=%s [KEY016]",
            whose, subject, until);
        break;
    case EXPIRY_FAR:
        break;
    }
}

static void look_at_expiry(void *context)
{
    struct keys *k = context;
    int64_t now_s = clock_wall_ms() / 1000;
    struct keys_warning warning;

    while (keys_expiry_take(&k->expiry, now_s, &warning)) {
        warn(&warning, now_s);
    }
    int64_t next_s = keys_expiry_next_s(&k->expiry, now_s);
    int64_t wait_s = next_s - now_s < LOOK_AGAIN_S ? next_s - now_s : LOOK_AGAIN_S;
    if (next_s != INT64_MAX && loop_timer_set(k->role.loop, &k->expiry_timer,
                                   clock_mono_ms() + wait_s * 1000) != OK) {
        log_err("no memory to watch the end of the certificates [KEY017]");
    }
}

/* --- the pair --------------------------------------------------------------------- */

static void open_algorithms(struct keys *k, const struct ipc_keys_start *start)
{
    enum err e = algo_open(&k->algo, start->fips != 0 ? ALGO_FIPS : ALGO_DEFAULT);

    if (e != OK) {
        role_refuse("%s [KEY018]",
            start->fips != 0 ? algo_fips_missing : "OpenSSL can not be started");
    }
}

static void copy_name(struct ipc_view from, const char *otherwise, char out[256])
{
    size_t length = from.len < 255 ? from.len : 255;

    if (length == 0) {
        (void)snprintf(out, 256, "%s", otherwise);
        return;
    }
    memcpy(out, from.ptr, length);
    out[length] = '\0';
}

static void try_key(const struct keys *k, const struct keys_names *names)
{
    enum err e = keys_sign_try(&k->key);

    if (e == ERR_INVALID && k->signer != NULL) {
        role_refuse("%s: the private key does not belong to the first certificate of %s: "
                    "name the key that it was issued for [KEY008]",
            names->key, names->certificate);
    }
    if (e != OK && k->signer != NULL) {
        role_refuse("%s: the key does not make every signature of its kind; the line "
                    "before says why [KEY008]",
            names->key);
    }
    if (e != OK) {
        role_refuse("%s: a trial signature does not verify against the certificate: make "
                    "key and certificate anew [KEY008]",
            names->key);
    }
}

static void load_pair(struct keys *k, const struct ipc_keys_start *start, int fd)
{
    struct keys_source source = {.fd = fd,
        .signer = k->signer,
        .chain = start->certificate_chain.ptr,
        .chain_length = start->certificate_chain.len};
    struct keys_problem problem = {""};

    copy_name(start->certificate_file, "the certificate file", source.names.certificate);
    copy_name(start->key_file, "the key file", source.names.key);
    if (keys_key_load(&k->key, &k->algo, &source, &problem) != OK) {
        role_refuse("%s [KEY007]", problem.text);
    }
    try_key(k, &source.names);
}

/* Every listener must have a way to sign with this kind of key. */
static void check_policies(const struct keys *k)
{
    for (unsigned i = 0; i < TLSPOLICY_COUNT; i++) {
        const struct tlspolicy *p = tlspolicy_get(i);
        if ((k->policies & 1u << i) != 0 && !keys_scheme_suits(k->key.type, p)) {
            role_refuse(
                "a listener has schloss.tls.policy=%s, which has no signature for the "
                "server's kind of key: use a key of P-256, P-384 or RSA [KEY019]",
                p->name);
        }
    }
}

static void check_client_auth(const struct keys *k, uint8_t client_auth)
{
    if (client_auth != IPC_CLIENT_AUTH_NONE && k->key.type == KEYS_ED25519) {
        role_refuse(
            "a listener asks for client certificates (ssl.client.auth), for which "
            "the server's key can not be Ed25519: its signatures repeat, and with "
            "them a client's proof could be shown again; use a key of P-256, "
            "P-384 or RSA [KEY012]");
    }
}

enum err keys_start(struct keys *k, const struct ipc_keys_start *start, int fd)
{
    open_algorithms(k, start);
    load_pair(k, start, fd);
    (void)close(fd);
    k->tls12 = start->tls12 != 0;
    k->tls13 = start->tls13 != 0;
    k->policies = start->tls_policies;
    k->tells_broker =
        start->client_auth != IPC_CLIENT_AUTH_NONE || (k->tls12 && k->tls13);
    check_policies(k);
    check_client_auth(k, start->client_auth);
    enum err e = ipc_certificates_send(&k->key.facts, &k->role.warden);
    if (e != OK) {
        return e;
    }
    keys_expiry_init(&k->expiry, &k->key.facts);
    k->expiry_timer = (struct loop_timer){.on_timer = look_at_expiry, .context = k};
    look_at_expiry(k);
    k->role.started = true;
    return OK;
}

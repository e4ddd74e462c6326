/* schloss auth test: one login by the settings of a client, and a sentence about it. */
#include "cli_client.h"
#include "cli_output.h"
#include "cli_run.h"

#include <openssl/x509_vfy.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#define COUNT_OF(a)   (sizeof(a) / sizeof((a)[0]))
#define SCRAM_LIBRARY 0x020601ff /* the first librdkafka that does SCRAM as RFC 5802 */

struct outcome {
    const char *result; /* a stable word */
    const char *help;
    char sentence[1400];
};

/* What threads of librdkafka see on the way. */
struct watch {
    atomic_int trust_error; /* what OpenSSL made of the broker's certificate */
    atomic_int writers;     /* of offered: the first may */
    atomic_bool is_offered;
    char offered[300]; /* the mechanisms of the listener; behind is_offered */
    bool verbose;
};

/* Looks on: whether the certificate is trusted is not decided here. */
static int on_certificate(rd_kafka_t *handle, const char *name, int32_t id, int *error,
    int depth, const char *bytes, size_t size, char *why, size_t why_size, void *opaque)
{
    struct watch *w = ((struct cli_opaque *)opaque)->context;

    (void)handle;
    (void)name;
    (void)id;
    (void)depth;
    (void)bytes;
    (void)size;
    (void)why;
    (void)why_size;
    if (*error != X509_V_OK) {
        atomic_store(&w->trust_error, *error);
    }
    return *error == X509_V_OK ? 1 : 0;
}

/* With debug=security the library tells what the listener offers; the rest of that is kept
 * to itself. */
static void on_log(
    const rd_kafka_t *handle, int level, const char *facility, const char *text)
{
    static const char before[] = "SASL mechanisms: ";
    const struct cli_opaque *opaque = rd_kafka_opaque(handle);
    struct watch *w = opaque == NULL ? NULL : opaque->context;

    if (w == NULL) {
        return;
    }
    const char *found = strcmp(facility, "SASLMECHS") == 0 ? strstr(text, before) : NULL;
    if (found != NULL && atomic_fetch_add(&w->writers, 1) == 0) {
        (void)snprintf(w->offered, sizeof(w->offered), "%s", found + sizeof(before) - 1);
        atomic_store(&w->is_offered, true);
    }
    if (w->verbose && level < LOG_DEBUG) {
        cli_error(NULL, "%s: %s", facility, text);
    }
}

static void watch_all(rd_kafka_conf_t *conf)
{
    (void)rd_kafka_conf_set_ssl_cert_verify_cb(conf, on_certificate);
    rd_kafka_conf_set_log_cb(conf, on_log);
}

static const char *offered(const struct watch *w)
{
    return atomic_load(&w->is_offered) ? w->offered : NULL;
}

static bool say_trust(
    const struct cli_client *c, const struct watch *w, struct outcome *out)
{
    const int error = atomic_load(&w->trust_error);
    const bool name =
        error == X509_V_ERR_HOSTNAME_MISMATCH || error == X509_V_ERR_IP_ADDRESS_MISMATCH;

    if (error == X509_V_OK) {
        return false;
    }
    out->result = name ? "name-mismatch" : "not-trusted";
    out->help = name
                    ? "--bootstrap by a name that the certificate has, or have it issued "
                      "with this one"
                    : "set ssl.ca.location to the CA of the broker's certificate";
    (void)snprintf(out->sentence, sizeof(out->sentence),
        "not trusted: the broker's certificate: %s (%s)",
        X509_verify_cert_error_string(error), c->target);
    return true;
}

/* What librdkafka says, in the order in which it is looked for. */
static const struct {
    const char *part;
    const char *result;
    const char *sentence;
    const char *help;
} meanings[] = {
    {"mechanism handshake failed", "mechanism",
        "refused: the listener does not offer this mechanism",
        "set sasl.mechanisms to one that it offers"},
    {"SASL authentication error", "credentials", "refused: wrong credentials",
        "the broker's audit log says more than the client may know"},
    {"uthentication failed", "credentials", "refused: wrong credentials",
        "the broker's audit log says more than the client may know"},
    {"certificate required", "certificate-required",
        "refused: the listener wants a client certificate",
        "set ssl.certificate.location and ssl.key.location"},
    {"handshake failure", "certificate-required",
        "refused: the broker ended the TLS handshake",
        "does the listener want a client certificate? its log has the reason"},
    {"state SSL_HANDSHAKE", "closed",
        "closed: the connection was ended in the TLS handshake",
        "the listener has no TLS (security.protocol), or turns this address away after "
        "too many failures"},
};

static void read_setting(rd_kafka_t *handle, const char *key, char *out, size_t size)
{
    size_t length = size;

    if (rd_kafka_conf_get(rd_kafka_conf(handle), key, out, &length) != RD_KAFKA_CONF_OK) {
        out[0] = '\0';
    }
    out[size - 1] = '\0';
}

struct login {
    char protocol[32];
    char mechanism[64];
    char user[256];
    char certificate[256];
};

static void read_login(const struct cli_client *c, struct login *l)
{
    read_setting(c->handle, "security.protocol", l->protocol, sizeof(l->protocol));
    read_setting(c->handle, "sasl.mechanisms", l->mechanism, sizeof(l->mechanism));
    read_setting(c->handle, "sasl.username", l->user, sizeof(l->user));
    read_setting(
        c->handle, "ssl.certificate.location", l->certificate, sizeof(l->certificate));
    if (strncmp(l->protocol, "sasl", 4) != 0) {
        (void)snprintf(l->mechanism, sizeof(l->mechanism), "%s",
            l->certificate[0] == '\0' ? "none" : "client certificate");
        l->user[0] = '\0';
    }
}

static void say_success(const struct cli_client *c, const struct watch *w,
    const struct login *l, struct outcome *out)
{
    out->result = "logged-in";
    if (strcmp(l->mechanism, "none") == 0) {
        (void)snprintf(out->sentence, sizeof(out->sentence),
            "let in without a login (%s)", c->target);
    } else {
        (void)snprintf(out->sentence, sizeof(out->sentence),
            "logged in%s%s by %s%s%s%s (%s)", l->user[0] == '\0' ? "" : " as ", l->user,
            strcmp(l->mechanism, "client certificate") == 0 ? "a " : "", l->mechanism,
            offered(w) == NULL ? "" : "; the listener offers ",
            offered(w) == NULL ? "" : offered(w), c->target);
    }
}

/* An older one repeats its part of the nonce, which the broker refuses. */
static void say_library(
    const struct cli_client *c, const struct login *l, struct outcome *out)
{
    if (strncmp(l->mechanism, "SCRAM", 5) != 0 || rd_kafka_version() >= SCRAM_LIBRARY ||
        strcmp(out->result, "credentials") != 0) {
        return;
    }
    out->result = "unsupported";
    out->help = "try it with PLAIN, or with another client";
    (void)snprintf(out->sentence, sizeof(out->sentence),
        "not tried: this program's librdkafka %s does no SCRAM that the broker takes; "
        "2.6.1 does (%s)",
        rd_kafka_version_str(), c->target);
}

static void say_failure(const struct cli_client *c, const struct watch *w,
    const struct login *l, rd_kafka_resp_err_t code, struct outcome *out)
{
    const char *said = c->reason[0] == '\0' ? rd_kafka_err2str(code) : c->reason;

    if (say_trust(c, w, out)) {
        return;
    }
    for (size_t i = 0; i < COUNT_OF(meanings); i++) {
        if (strstr(said, meanings[i].part) != NULL) {
            out->result = meanings[i].result;
            out->help = meanings[i].help;
            (void)snprintf(out->sentence, sizeof(out->sentence), "%s: %s (%s)",
                meanings[i].sentence, said, c->target);
            say_library(c, l, out);
            return;
        }
    }
    out->result = "unreachable";
    out->help = cli_advice_of(c->reason_code);
    (void)snprintf(
        out->sentence, sizeof(out->sentence), "not reached: %s (%s)", said, c->target);
}

static enum cli_exit print(const struct cli *cli, const struct watch *w,
    const struct login *l, const struct outcome *o)
{
    static const struct cli_column columns[] = {{"RESULT", CLI_CELL_TEXT},
        {"MECHANISM", CLI_CELL_TEXT}, {"USER", CLI_CELL_TEXT}, {"OFFERED", CLI_CELL_TEXT},
        {"SENTENCE", CLI_CELL_TEXT}};
    struct cli_table t;

    cli_table_init(&t, columns, COUNT_OF(columns));
    cli_table_text(&t, o->result);
    cli_table_text(&t, l->mechanism);
    cli_table_text(&t, l->user[0] == '\0' ? NULL : l->user);
    cli_table_text(&t, offered(w));
    cli_table_text(&t, o->sentence);
    enum cli_exit result = cli_table_print(&t, cli);
    cli_table_fini(&t);
    return result;
}

static enum cli_exit print_sentence(const struct outcome *o)
{
    struct buf safe;

    buf_init(&safe, 16384);
    cli_add_safe(&safe, o->sentence, strlen(o->sentence), false);
    bool written = buf_error(&safe) == OK &&
                   printf("%.*s\n", (int)safe.length, (const char *)safe.bytes) > 0 &&
                   fflush(stdout) == 0;
    buf_fini(&safe);
    if (o->help != NULL) {
        (void)fprintf(stderr, "  help: %s\n", o->help);
    }
    return written ? CLI_EXIT_OK : CLI_EXIT_NO;
}

/* One login, and what it came to. CLI_EXIT_NO: none. */
static enum cli_exit attempt(
    struct cli_client *c, struct watch *w, struct login *l, struct outcome *out)
{
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_resp_err_t code = cli_client_metadata(c, NULL, &metadata);

    read_login(c, l);
    if (cli_interrupted()) {
        return CLI_EXIT_INTERRUPTED;
    }
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        rd_kafka_metadata_destroy(metadata);
        say_success(c, w, l, out);
        return CLI_EXIT_OK;
    }
    say_failure(c, w, l, code, out);
    return CLI_EXIT_NO;
}

enum cli_exit cli_auth_test(const struct cli *cli)
{
    /* One try: the broker counts those that fail. Another address of the name gets one,
     * too, before cli_client gives up. */
    static const char *const defaults[][2] = {{"reconnect.backoff.ms", "700"},
        {"reconnect.backoff.max.ms", "10000"}, {NULL, NULL}};
    static const char *const always[][2] = {{"debug", "security"}, {NULL, NULL}};
    struct watch w = {.trust_error = X509_V_OK, .verbose = cli_has(cli, CLI_VERBOSE)};
    const struct cli_prepare prepare = {.type = RD_KAFKA_PRODUCER,
        .defaults = defaults,
        .always = always,
        .callbacks = watch_all,
        .context = &w};
    struct cli_opaque opaque;
    struct cli_client c;
    struct login login;
    struct outcome outcome = {.result = NULL};

    enum cli_exit result = cli_client_open(&c, cli, &prepare, &opaque);
    if (result != CLI_EXIT_OK) {
        return result;
    }
    result = attempt(&c, &w, &login, &outcome);
    cli_client_close(&c); /* before w goes: its threads end here */
    if (result != CLI_EXIT_INTERRUPTED) {
        enum cli_exit printed = cli_has(cli, CLI_OUTPUT)
                                    ? print(cli, &w, &login, &outcome)
                                    : print_sentence(&outcome);
        result = result == CLI_EXIT_OK ? printed : result;
    }
    return result;
}

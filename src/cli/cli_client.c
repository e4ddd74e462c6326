#include "cli_client.h"

#include "cli_config.h"
#include "cli_output.h"
#include "clock.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GRACE_MS 1500 /* a name with several addresses gets each of them tried */
#define SLICE_MS 200

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

bool cli_interrupted(void)
{
    return interrupted != 0;
}

void cli_catch_signals(void)
{
    struct sigaction stop = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    struct sigaction ignore = {.sa_handler = SIG_IGN};

    (void)sigaction(SIGINT, &stop, NULL);
    (void)sigaction(SIGTERM, &stop, NULL);
    (void)sigaction(SIGPIPE, &ignore, NULL);
}

/* ---- what the library says ---- */

static int rank(rd_kafka_resp_err_t code)
{
    switch (code) {
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__SSL:
    case RD_KAFKA_RESP_ERR__FATAL:
        return 3;
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__TRANSPORT:
        return 2;
    case RD_KAFKA_RESP_ERR_NO_ERROR:
        return 0;
    default:
        return 1;
    }
}

static void on_error(rd_kafka_t *handle, int code, const char *reason, void *opaque)
{
    struct cli_client *c = ((struct cli_opaque *)opaque)->client;
    rd_kafka_resp_err_t err = (rd_kafka_resp_err_t)code;
    char fatal_text[sizeof(c->reason)];

    if (err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
        c->all_down = true;
    }
    if (err == RD_KAFKA_RESP_ERR__FATAL) {
        (void)rd_kafka_fatal_error(handle, fatal_text, sizeof(fatal_text));
        reason = fatal_text;
    }
    if (rank(err) >= rank(c->reason_code)) {
        c->reason_code = err;
        (void)snprintf(c->reason, sizeof(c->reason), "%s", reason);
    }
}

static void on_log(
    const rd_kafka_t *handle, int level, const char *facility, const char *text)
{
    const struct cli_opaque *opaque = rd_kafka_opaque(handle);

    (void)level;
    if (opaque != NULL && opaque->client->verbose) {
        cli_error(NULL, "%s: %s", facility, text);
    }
}

/* ---- settings ---- */

static bool set_one(
    void *context, const char *key, const char *value, struct buf *complaint)
{
    rd_kafka_conf_t *conf = context;
    char why[512];

    if (rd_kafka_conf_set(conf, key, value, why, sizeof(why)) == RD_KAFKA_CONF_OK) {
        return true;
    }
    buf_add_text(complaint, why);
    return false;
}

static void set_list(rd_kafka_conf_t *conf, const char *const (*pairs)[2])
{
    struct buf why;

    for (size_t i = 0; pairs != NULL && pairs[i][0] != NULL; i++) {
        buf_init(&why, 1024);
        bool set = set_one(conf, pairs[i][0], pairs[i][1], &why);
        buf_fini(&why);
        INVARIANT(set); /* our own constants */
    }
}

static enum cli_exit set_settings(rd_kafka_conf_t *conf, const struct cli_list *settings)
{
    for (size_t i = 0; i < settings->count; i++) {
        const char *equals = strchr(settings->items[i], '=');
        char key[256];
        char why[512];
        (void)snprintf(key, sizeof(key), "%.*s", (int)(equals - settings->items[i]),
            settings->items[i]);
        if (cli_config_is_secret(key)) {
            cli_error("write it into a file of mode 600 and name that with --config",
                "-X %s: a secret on the command line can be read by every process", key);
            return CLI_EXIT_USAGE;
        }
        if (rd_kafka_conf_set(conf, key, equals + 1, why, sizeof(why)) !=
            RD_KAFKA_CONF_OK) {
            cli_error("settings are those of librdkafka", "-X: %s", why);
            return CLI_EXIT_USAGE;
        }
    }
    return CLI_EXIT_OK;
}

static bool has_setting(const struct cli_list *settings, const char *key)
{
    size_t length = strlen(key);

    for (size_t i = 0; i < settings->count; i++) {
        if (strncmp(settings->items[i], key, length) == 0 &&
            settings->items[i][length] == '=') {
            return true;
        }
    }
    return false;
}

static void read_setting(
    const rd_kafka_conf_t *conf, const char *key, char *out, size_t size)
{
    size_t length = size;

    if (rd_kafka_conf_get(conf, key, out, &length) != RD_KAFKA_CONF_OK) {
        out[0] = '\0';
    }
    out[size - 1] = '\0';
}

static void describe_target(struct cli_client *c, const struct cli *cli,
    const rd_kafka_conf_t *conf, const char *file, const char *file_said_by)
{
    char servers[256];
    char protocol[32];
    char from[300];

    read_setting(conf, "bootstrap.servers", servers, sizeof(servers));
    read_setting(conf, "security.protocol", protocol, sizeof(protocol));
    if (has_setting(&cli->settings, "bootstrap.servers")) {
        (void)snprintf(from, sizeof(from), "from -X");
    } else if (cli_has(cli, CLI_BOOTSTRAP)) {
        (void)snprintf(from, sizeof(from), "from --bootstrap");
    } else if (file != NULL && strcmp(servers, "localhost:9092") != 0) {
        (void)snprintf(from, sizeof(from), "from %.200s", file);
    } else {
        (void)snprintf(from, sizeof(from), "the default");
    }
    (void)snprintf(c->target, sizeof(c->target), "%s://%s, %s%s%.100s%s%s", protocol,
        servers, from, file == NULL ? "" : "; settings of ", file == NULL ? "" : file,
        file == NULL ? "" : " by ", file == NULL ? "" : file_said_by);
}

static enum cli_exit configure(
    struct cli_client *c, const struct cli *cli, rd_kafka_conf_t *conf)
{
    const char *environment = secure_getenv("SCHLOSS_CONFIG");
    const char *file = cli_has(cli, CLI_CONFIG) ? cli->text[CLI_CONFIG] : environment;
    struct buf complaint;

    buf_init(&complaint, 16384);
    if (file != NULL && cli_config_load(file, set_one, conf, &complaint) != OK) {
        (void)fprintf(
            stderr, "%.*s", (int)complaint.length, (const char *)complaint.bytes);
        buf_fini(&complaint);
        return CLI_EXIT_USAGE;
    }
    const char *servers = cli->text[CLI_BOOTSTRAP];
    if (servers != NULL && !set_one(conf, "bootstrap.servers", servers, &complaint)) {
        cli_error(NULL, "--bootstrap: %.*s", (int)complaint.length,
            (const char *)complaint.bytes);
        buf_fini(&complaint);
        return CLI_EXIT_USAGE;
    }
    buf_fini(&complaint);
    enum cli_exit result = set_settings(conf, &cli->settings);
    if (result == CLI_EXIT_OK) {
        describe_target(c, cli, conf, file,
            cli_has(cli, CLI_CONFIG) ? "--config" : "$SCHLOSS_CONFIG");
    }
    return result;
}

enum cli_exit cli_client_open(struct cli_client *c, const struct cli *cli,
    const struct cli_prepare *prepare, struct cli_opaque *opaque)
{
    static const char *const defaults[][2] = {{"bootstrap.servers", "localhost:9092"},
        {"client.id", "schloss"}, {"log.connection.close", "false"}, {NULL, NULL}};
    char why[512];

    *c = (struct cli_client){.verbose = cli_has(cli, CLI_VERBOSE),
        .opened_ms = clock_mono_ms(),
        .timeout_ms = cli_has(cli, CLI_TIMEOUT) ? (int)cli->number[CLI_TIMEOUT] * 1000
                                                : CLI_TIMEOUT_MS};
    *opaque = (struct cli_opaque){.client = c, .context = prepare->context};
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_opaque(conf, opaque);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_log_cb(conf, on_log);
    set_list(conf, defaults);
    set_list(conf, prepare->defaults);
    enum cli_exit result = configure(c, cli, conf);
    if (result != CLI_EXIT_OK) {
        rd_kafka_conf_destroy(conf);
        return result;
    }
    set_list(conf, prepare->always);
    if (prepare->callbacks != NULL) {
        prepare->callbacks(conf);
    }
    c->handle = rd_kafka_new(prepare->type, conf, why, sizeof(why));
    if (c->handle == NULL) {
        rd_kafka_conf_destroy(conf);
        cli_error(
            "check the settings (files of certificates and keys, names of mechanisms)",
            "the settings do not work: %s (%s)", why, c->target);
        return CLI_EXIT_USAGE;
    }
    return CLI_EXIT_OK;
}

/*
 * librdkafka 2.0.2 can wait for ever in its destructor when an admin request was given
 * up. The process ends right after, so such a handle is left to the kernel.
 */
void cli_client_close(struct cli_client *c)
{
    if (c->handle != NULL && !c->stuck) {
        rd_kafka_destroy(c->handle);
        c->handle = NULL;
    }
}

/* ---- waiting ---- */

bool cli_client_is_hopeless(const struct cli_client *c)
{
    return rank(c->reason_code) == 3 ||
           (c->all_down && !c->connected && clock_mono_ms() - c->opened_ms > GRACE_MS);
}

static bool is_over(const struct cli_client *c, int64_t deadline_ms)
{
    return cli_interrupted() || cli_client_is_hopeless(c) ||
           clock_mono_ms() >= deadline_ms;
}

static bool is_worth_another_try(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__TIMED_OUT ||
           code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
}

static rd_kafka_resp_err_t metadata_once(struct cli_client *c, rd_kafka_topic_t *topic,
    int wait_ms, const struct rd_kafka_metadata **out)
{
    const struct rd_kafka_metadata *m = NULL;
    rd_kafka_resp_err_t code =
        rd_kafka_metadata(c->handle, topic == NULL ? 1 : 0, topic, &m, wait_ms);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return code;
    }
    if (topic != NULL) {
        code = m->topic_cnt == 1 ? m->topics[0].err
                                 : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    }
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        rd_kafka_metadata_destroy(m);
        return code;
    }
    *out = m;
    return code;
}

rd_kafka_resp_err_t cli_client_metadata(
    struct cli_client *c, const char *name, const struct rd_kafka_metadata **out)
{
    const int64_t deadline_ms = clock_mono_ms() + c->timeout_ms;
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__TIMED_OUT;
    rd_kafka_topic_t *topic = NULL;

    if (name != NULL) {
        topic = rd_kafka_topic_new(c->handle, name, NULL);
        if (topic == NULL) {
            return rd_kafka_last_error();
        }
    }
    for (int wait_ms = SLICE_MS; is_worth_another_try(code); wait_ms *= 2) {
        int64_t left_ms = deadline_ms - clock_mono_ms();
        if (is_over(c, deadline_ms)) {
            break;
        }
        wait_ms = c->all_down ? SLICE_MS : wait_ms > 3000 ? 3000 : wait_ms;
        code = metadata_once(c, topic, wait_ms < left_ms ? wait_ms : (int)left_ms, out);
        (void)rd_kafka_poll(c->handle, is_worth_another_try(code) ? 50 : 0);
    }
    if (topic != NULL) {
        rd_kafka_topic_destroy(topic);
    }
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        c->connected = true;
        c->reason_code = RD_KAFKA_RESP_ERR_NO_ERROR;
    }
    return code;
}

rd_kafka_event_t *cli_client_wait(struct cli_client *c, rd_kafka_queue_t *queue)
{
    const int64_t deadline_ms = clock_mono_ms() + c->timeout_ms + 1000;

    while (!is_over(c, deadline_ms)) {
        rd_kafka_event_t *event = rd_kafka_queue_poll(queue, SLICE_MS);
        if (event != NULL) {
            return event;
        }
        (void)rd_kafka_poll(c->handle, 0);
    }
    c->stuck = true;
    return NULL;
}

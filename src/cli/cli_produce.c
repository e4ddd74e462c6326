#include "cli_client.h"
#include "cli_lines.h"
#include "cli_output.h"
#include "cli_progress.h"
#include "cli_run.h"
#include "clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT_OF(a)    (sizeof(a) / sizeof((a)[0]))
#define INTERRUPTED_MS 5000 /* how long what is under way may still take */
#define POLL_EVERY     512  /* lines between two looks at delivery reports */

/* As Java's clients choose: the same key goes to the same partition from every client. */
static const char *const defaults[][2] = {{"acks", "all"}, {"enable.idempotence", "true"},
    {"message.timeout.ms", "60000"}, {"partitioner", "murmur2_random"},
    /* records without a key go to all partitions alike, not to one a batch */
    {"sticky.partitioning.linger.ms", "0"}, {NULL, NULL}};

struct produce {
    struct cli_client client;
    const struct cli *cli;
    const char *topic;
    uint64_t sent;
    uint64_t delivered;
    uint64_t failed;
    uint64_t bytes; /* of the input, whose records were delivered or failed */
    rd_kafka_resp_err_t last_error;
    struct cli_progress progress;
};

static void write_progress(const struct buf *text)
{
    if (text->length > 0) {
        (void)fwrite(text->bytes, 1, text->length, stderr);
        (void)fflush(stderr);
    }
}

static void draw_progress(struct produce *p)
{
    struct buf text;

    buf_init(&text, 4096);
    cli_progress_step(
        &p->progress, p->bytes, p->delivered + p->failed, clock_mono_ms(), &text);
    write_progress(&text);
    buf_fini(&text);
}

static void clear_progress(struct produce *p)
{
    struct buf text;

    buf_init(&text, 4096);
    cli_progress_clear(&p->progress, &text);
    write_progress(&text);
    buf_fini(&text);
}

static void line_failed(struct produce *p, uint64_t line, rd_kafka_resp_err_t code)
{
    p->failed++;
    p->last_error = code;
    clear_progress(p);
    cli_error(NULL, "line %llu was not delivered to %s: %s [%s]",
        (unsigned long long)line, p->topic, rd_kafka_err2str(code),
        rd_kafka_err2name(code));
}

static void on_delivery(rd_kafka_t *handle, const rd_kafka_message_t *m, void *opaque)
{
    struct produce *p = ((struct cli_opaque *)opaque)->context;

    (void)handle;
    p->bytes += m->len + m->key_len + 1;
    if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        p->delivered++;
    } else {
        line_failed(p, (uint64_t)(uintptr_t)m->_private, m->err);
    }
}

static void set_callbacks(rd_kafka_conf_t *conf)
{
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
}

struct record {
    const uint8_t *key; /* NULL: none */
    size_t key_length;
    const uint8_t *value;
    size_t value_length;
};

/* False: a separator was asked for and there is none in the line. */
static bool split(
    const uint8_t *line, size_t length, const char *separator, struct record *out)
{
    *out = (struct record){.value = line, .value_length = length};
    if (separator == NULL) {
        return true;
    }
    const size_t width = strlen(separator);
    const uint8_t *at = memmem(line, length, separator, width);
    if (at == NULL) {
        return false;
    }
    out->key = line;
    out->key_length = (size_t)(at - line);
    out->value = at + width;
    out->value_length = length - out->key_length - width;
    return true;
}

/* Waits while the queue is full. */
static rd_kafka_resp_err_t enqueue(
    struct produce *p, const struct record *r, uint64_t line)
{
    const int32_t partition = cli_has(p->cli, CLI_PARTITION)
                                  ? (int32_t)p->cli->number[CLI_PARTITION]
                                  : RD_KAFKA_PARTITION_UA;
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__QUEUE_FULL;

    while (code == RD_KAFKA_RESP_ERR__QUEUE_FULL && !cli_interrupted()) {
        code = rd_kafka_producev(p->client.handle, RD_KAFKA_V_TOPIC(p->topic),
            RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
            RD_KAFKA_V_KEY((void *)(uintptr_t)r->key, r->key_length),
            RD_KAFKA_V_VALUE((void *)(uintptr_t)r->value, r->value_length),
            RD_KAFKA_V_OPAQUE((void *)(uintptr_t)line), RD_KAFKA_V_END);
        if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
            (void)rd_kafka_poll(p->client.handle, 100);
            draw_progress(p);
        }
    }
    return code;
}

static void send_line(
    struct produce *p, const uint8_t *line, size_t length, uint64_t number)
{
    struct record r;

    p->sent++;
    if (!split(line, length, p->cli->text[CLI_KEY_SEPARATOR], &r)) {
        p->failed++;
        p->last_error = RD_KAFKA_RESP_ERR__INVALID_ARG;
        clear_progress(p);
        cli_error(NULL, "line %llu was not sent: it has no '%s'",
            (unsigned long long)number, p->cli->text[CLI_KEY_SEPARATOR]);
        return;
    }
    rd_kafka_resp_err_t code = enqueue(p, &r, number);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        line_failed(p, number, code);
    }
}

static bool is_fatal(struct produce *p)
{
    char why[8];

    return rd_kafka_fatal_error(p->client.handle, why, sizeof(why)) !=
           RD_KAFKA_RESP_ERR_NO_ERROR;
}

/* False: the input could not be read to its end; the error was printed. */
static bool send_lines(struct produce *p, struct cli_lines *lines)
{
    const uint8_t *line = NULL;
    size_t length = 0;

    while (!cli_interrupted() && !is_fatal(p)) {
        if (!cli_lines_next(lines, &line, &length)) {
            if (lines->error != ERR_AGAIN) {
                break;
            }
            continue;
        }
        send_line(p, line, length, lines->number);
        if (lines->number % POLL_EVERY == 0) {
            (void)rd_kafka_poll(p->client.handle, 0);
            draw_progress(p);
        }
    }
    if (lines->error == OK || lines->error == ERR_AGAIN) {
        return true;
    }
    cli_error(NULL, "cannot read line %llu: %s", (unsigned long long)lines->number + 1,
        lines->error == ERR_FULL ? "it is longer than 64 MiB" : strerror(errno));
    return false;
}

/* Waits for every delivery report; message.timeout.ms bounds it, and a signal shortens
 * it. */
static void finish(struct produce *p)
{
    int64_t deadline_ms = INT64_MAX;

    while (rd_kafka_outq_len(p->client.handle) > 0 && clock_mono_ms() < deadline_ms) {
        if (deadline_ms == INT64_MAX && (cli_interrupted() || is_fatal(p))) {
            deadline_ms = clock_mono_ms() + INTERRUPTED_MS;
        }
        (void)rd_kafka_poll(p->client.handle, 100);
        draw_progress(p);
    }
    if (rd_kafka_outq_len(p->client.handle) > 0) {
        (void)rd_kafka_purge(
            p->client.handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        (void)rd_kafka_flush(p->client.handle, 1000);
    }
    clear_progress(p);
}

static enum cli_exit report(struct produce *p, bool read_all)
{
    static const struct cli_column columns[] = {{"TOPIC", CLI_CELL_TEXT},
        {"DELIVERED", CLI_CELL_NUMBER}, {"FAILED", CLI_CELL_NUMBER}};
    enum cli_exit result = read_all ? CLI_EXIT_OK : CLI_EXIT_NO;

    if (cli_has(p->cli, CLI_OUTPUT)) {
        struct cli_table t;
        cli_table_init(&t, columns, COUNT_OF(columns));
        cli_table_text(&t, p->topic);
        cli_table_number(&t, (int64_t)p->delivered);
        cli_table_number(&t, (int64_t)p->failed);
        result = cli_table_print(&t, p->cli) == CLI_EXIT_OK ? result : CLI_EXIT_NO;
        cli_table_fini(&t);
    } else if (isatty(STDERR_FILENO) || cli_has(p->cli, CLI_VERBOSE)) {
        (void)fprintf(stderr, "%llu records delivered to %s, %llu not\n",
            (unsigned long long)p->delivered, p->topic, (unsigned long long)p->failed);
    }
    if (is_fatal(p)) {
        result = cli_client_fail(&p->client, RD_KAFKA_RESP_ERR__FATAL, NULL,
            "go on sending to topic %s", p->topic);
    } else if (p->failed > 0) {
        result = cli_client_fail(&p->client, p->last_error, NULL,
            "deliver %llu of %llu records to topic %s", (unsigned long long)p->failed,
            (unsigned long long)p->sent, p->topic);
    }
    if (cli_interrupted()) {
        return CLI_EXIT_INTERRUPTED;
    }
    return result != CLI_EXIT_OK && p->delivered > 0 ? CLI_EXIT_PARTIAL : result;
}

/* Unknown and forbidden topics are said at once, not after each line's time-out. */
static enum cli_exit check_topic(struct produce *p)
{
    const struct rd_kafka_metadata *m = NULL;
    rd_kafka_resp_err_t code = cli_client_metadata(&p->client, p->topic, &m);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        bool exists = !cli_has(p->cli, CLI_PARTITION) ||
                      p->cli->number[CLI_PARTITION] < m->topics[0].partition_cnt;
        rd_kafka_metadata_destroy(m);
        code = exists ? code : RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
    }
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return cli_client_fail(&p->client, code, NULL, "send to topic %s", p->topic);
    }
    return CLI_EXIT_OK;
}

static enum cli_exit send_file(struct produce *p, int fd)
{
    struct cli_lines lines;
    struct stat status;
    bool has_size = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);

    cli_lines_init(&lines, fd);
    cli_progress_start(
        &p->progress, has_size ? (uint64_t)status.st_size : 0, clock_mono_ms());
    bool read_all = send_lines(p, &lines);
    finish(p);
    cli_lines_fini(&lines);
    return report(p, read_all);
}

enum cli_exit cli_produce(const struct cli *cli)
{
    struct produce p = {.cli = cli, .topic = cli->args[0]};
    const struct cli_prepare prepare = {.type = RD_KAFKA_PRODUCER,
        .defaults = defaults,
        .callbacks = set_callbacks,
        .context = &p};
    struct cli_opaque opaque;
    int fd = STDIN_FILENO;

    if (cli_has(cli, CLI_KEY_SEPARATOR) && cli->text[CLI_KEY_SEPARATOR][0] == '\0') {
        cli_error(NULL, "--key-separator is empty");
        return CLI_EXIT_USAGE;
    }
    if (cli_has(cli, CLI_FILE)) {
        fd = open(cli->text[CLI_FILE], O_RDONLY | O_CLOEXEC | O_NOCTTY);
        if (fd < 0) {
            cli_error(NULL, "cannot open %s: %s", cli->text[CLI_FILE], strerror(errno));
            return CLI_EXIT_USAGE;
        }
    }
    enum cli_exit result = cli_client_open(&p.client, cli, &prepare, &opaque);
    if (result == CLI_EXIT_OK) {
        result = check_topic(&p);
        if (result == CLI_EXIT_OK) {
            result = send_file(&p, fd);
        }
        cli_client_close(&p.client);
    }
    if (fd != STDIN_FILENO) {
        (void)close(fd);
    }
    return result;
}

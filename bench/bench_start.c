#include "bench_start.h"

#include "bench_say.h"
#include "bench_wait.h"
#include "clock.h"

#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TOPIC    "bench.start"
#define START_MS 60000
#define LOOK_US  200

static enum err make_topic(struct bench_server *server)
{
    struct bench_client c;

    enum err e =
        bench_client_init(&c, &server->access, BENCH_PLAIN, RD_KAFKA_PRODUCER, NULL);
    e = e == OK ? bench_client_connect(&c) : e;
    e = e == OK ? bench_topic_create(&c, TOPIC, 1) : e;
    bench_client_fini(&c);
    return e;
}

enum err bench_start_prepare(struct bench_server *server)
{
    enum err e = bench_server_start(server);

    if (e == OK) {
        e = make_topic(server);
        if (e != OK) {
            (void)bench_server_alive(server); /* says why, if it ended */
        }
    }
    enum err stopped = bench_server_stop(server);
    return e == OK ? stopped : e;
}

/* Somebody listens there. A look, not a try: that would take a gate from its spares. */
static bool is_listening(unsigned port)
{
    FILE *file = fopen("/proc/net/tcp", "re");
    char line[256];
    bool found = false;

    while (file != NULL && !found && fgets(line, sizeof(line), file) != NULL) {
        unsigned local = 0;
        unsigned state = 0;
        found = sscanf(line, " %*u: %*8x:%x %*8x:%*x %x", &local, &state) == 2 &&
                local == port && state == TCP_LISTEN;
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return found;
}

static enum err await_port(struct bench_server *server, enum bench_transport transport)
{
    const int64_t deadline = bench_deadline(START_MS);
    const char *colon = strchr(server->access.servers[transport], ':');
    unsigned port = colon == NULL ? 0 : (unsigned)atoi(colon + 1);

    while (!is_listening(port)) {
        if (!bench_server_alive(server)) {
            return ERR_CLOSED;
        }
        if (bench_expired(deadline)) {
            bench_say("nobody listens %d s after the start", START_MS / 1000);
            return ERR_TIMEOUT;
        }
        (void)usleep(LOOK_US);
    }
    return OK;
}

static enum err await_answer(struct bench_client *c, struct bench_server *server)
{
    const int64_t deadline = bench_deadline(START_MS);
    rd_kafka_topic_t *topic = rd_kafka_topic_new(c->handle, TOPIC, NULL);
    enum err e = topic == NULL ? ERR_NOMEM : ERR_AGAIN;

    while (e == ERR_AGAIN) {
        const struct rd_kafka_metadata *metadata = NULL;
        if (rd_kafka_metadata(c->handle, 0, topic, &metadata, 1000) == 0) {
            rd_kafka_metadata_destroy(metadata);
            e = OK;
        } else if (!bench_server_alive(server)) {
            e = ERR_CLOSED;
        } else if (bench_expired(deadline)) {
            bench_say("no answer %d s after the start", START_MS / 1000);
            e = ERR_TIMEOUT;
        }
    }
    if (topic != NULL) {
        rd_kafka_topic_destroy(topic);
    }
    return e;
}

static enum err await_first(struct bench_client *c, struct bench_server *server)
{
    const int64_t deadline = bench_deadline(START_MS);
    const struct bench_delivery *d = &c->delivery;

    while (d->acknowledged == 0 && d->failed == 0) {
        if (rd_kafka_poll(c->handle, 100) == 0 && !bench_server_alive(server)) {
            return ERR_CLOSED;
        }
        if (bench_expired(deadline)) {
            bench_say("no record was acknowledged %d s after the start", START_MS / 1000);
            return ERR_TIMEOUT;
        }
    }
    if (d->failed > 0) {
        bench_say("the first record was not taken: %s", rd_kafka_err2str(d->first_error));
    }
    return d->failed == 0 ? OK : ERR_IO;
}

static enum err send_first(struct bench_client *c)
{
    static char record[] = "first";

    if (rd_kafka_producev(c->handle, RD_KAFKA_V_TOPIC(TOPIC),
            RD_KAFKA_V_VALUE(record, sizeof(record)), RD_KAFKA_V_END) != 0) {
        bench_say("cannot send: %s", rd_kafka_err2str(rd_kafka_last_error()));
        return ERR_IO;
    }
    return OK;
}

static enum err start_and_wait(struct bench_client *c, struct bench_server *server,
    enum bench_transport transport, int64_t *us_out)
{
    const int64_t start = clock_mono_us();
    enum err e = bench_server_start(server);

    e = e == OK ? await_port(server, transport) : e;
    e = e == OK ? bench_client_add_broker(c, &server->access, transport) : e;
    e = e == OK ? await_answer(c, server) : e;
    e = e == OK ? send_first(c) : e;
    e = e == OK ? await_first(c, server) : e;
    *us_out = clock_mono_us() - start;
    return e;
}

/*
 * The client is made before the clock starts, told of the broker once its port is open,
 * and asks for the topic before it sends: left alone, it would look again only a second
 * after it was refused, and that second is not the broker's.
 */
enum err bench_start(
    struct bench_server *server, enum bench_transport transport, int64_t *us_out)
{
    static const struct bench_setting settings[] = {{"acks", "all"}, {"linger.ms", "0"},
        {"reconnect.backoff.ms", "1"}, {"reconnect.backoff.max.ms", "4"},
        {"retry.backoff.ms", "1"}, {"topic.metadata.refresh.fast.interval.ms", "5"},
        {NULL, NULL}};
    struct bench_client c;

    enum err e = bench_client_init_unconnected(&c, &server->access, transport, settings);
    e = e == OK ? start_and_wait(&c, server, transport, us_out) : e;
    bench_client_fini(&c);
    return e;
}

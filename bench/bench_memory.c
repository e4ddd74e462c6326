#include "bench_memory.h"

#include "bench_run.h"
#include "bench_say.h"
#include "mem.h"

#define GATE "gate"

const char bench_figure_idle[] = "memory, idle";
const char bench_figure_connected[] = "memory, connected";
const char bench_total[] = "all";

static enum err connect_all(
    struct bench_client *clients, size_t count, const struct bench_target *target)
{
    enum err e = OK;

    for (size_t i = 0; i < count && e == OK; i++) {
        e = bench_client_init(
            &clients[i], target->access, target->transport, RD_KAFKA_PRODUCER, NULL);
        e = e == OK ? bench_client_connect(&clients[i]) : e;
    }
    return e;
}

static enum err settle(const struct bench_target *target, size_t gates, const char *state,
    struct bench_memory *out)
{
    enum err e = bench_tree_settle(target->broker, GATE, gates, out);

    if (e == ERR_DENIED) {
        bench_say("the memory of the broker's processes may not be read");
    } else if (e != OK) {
        bench_say("the processes do not come to rest %s: %zu, of them %zu gates", state,
            out->processes, bench_memory_count(out, GATE));
    }
    return e;
}

enum err bench_memory_measure(
    const struct bench_target *target, size_t connections, struct bench_connected *out)
{
    struct bench_client *clients = mem_alloc(connections, sizeof(*clients));

    if (clients == NULL) {
        return ERR_NOMEM;
    }
    enum err e = settle(target, SIZE_MAX, "when idle", &out->idle);
    e = e == OK ? connect_all(clients, connections, target) : e;
    e = e == OK ? settle(target, bench_memory_count(&out->idle, GATE) + connections,
                      "with connections", &out->connected)
                : e;
    for (size_t i = 0; i < connections; i++) {
        bench_client_fini(&clients[i]);
    }
    mem_free(clients);
    return e;
}

static enum err add(struct bench_sheet *sheet, enum bench_transport transport,
    const char *figure, const char *of, double kib)
{
    struct bench_name name = {
        .figure = figure, .of = of, .unit = "KiB", .nature = BENCH_STEADY};

    return bench_sheet_add(sheet, transport, &name, kib);
}

static enum err add_roles(struct bench_sheet *sheet, enum bench_transport transport,
    const char *figure, const struct bench_memory *m)
{
    enum err e = add(sheet, transport, figure, bench_total, (double)m->pss_kib);

    for (size_t i = 0; i < m->role_count && e == OK; i++) {
        const struct bench_role *role = &m->roles[i];
        e = add(sheet, transport, figure, role->name, (double)role->pss_kib);
    }
    return e;
}

enum err bench_memory_add(struct bench_sheet *sheet, enum bench_transport transport,
    size_t connections, const struct bench_connected *c)
{
    double more = (double)c->connected.pss_kib - (double)c->idle.pss_kib;

    enum err e = add_roles(sheet, transport, bench_figure_idle, &c->idle);
    e = e == OK ? add_roles(sheet, transport, bench_figure_connected, &c->connected) : e;
    return e == OK ? add(sheet, transport, "memory, each connection", bench_total,
                         more / (double)connections)
                   : e;
}

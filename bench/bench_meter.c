#include "bench_meter.h"

#include "bench_tree.h"
#include "clock.h"

#include <sys/resource.h>

static int64_t client_cpu_us(void)
{
    struct rusage usage;

    if (getrusage(RUSAGE_SELF, &usage) != 0) {
        fatal("getrusage of ourselves failed");
    }
    return (int64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
           (int64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

/* The look at the tree costs CPU time of ours, so it stays outside of our window. */
enum err bench_meter_start(struct bench_meter *m, pid_t broker)
{
    enum err e = broker == 0 ? OK : bench_tree_cpu(broker, &m->broker_us);

    m->client_us = client_cpu_us();
    m->wall_us = clock_mono_us();
    return e;
}

enum err bench_meter_stop(
    const struct bench_meter *m, pid_t broker, struct bench_outcome *out)
{
    int64_t wall_us = clock_mono_us();
    int64_t client_us = client_cpu_us();
    int64_t broker_us = 0;
    enum err e = broker == 0 ? OK : bench_tree_cpu(broker, &broker_us);

    out->elapsed_us = wall_us - m->wall_us;
    out->client_cpu_us = client_us - m->client_us;
    out->broker_cpu_us = broker == 0 || e != OK ? -1 : broker_us - m->broker_us;
    return e;
}

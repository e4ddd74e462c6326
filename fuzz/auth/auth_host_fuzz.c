#include "auth_host.h"
#include "ipc_words.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

#define SESSIONS 4
#define NUMBERS  16

/* The input says what broker sends and what the plugin does. */
static struct {
    const uint8_t *data;
    size_t left;
    const struct schloss_auth_host *offer;
    uint64_t numbers[NUMBERS]; /* attempts that the plugin has heard of */
    unsigned heard;
    unsigned depth;
    /* Per session: what broker may expect. */
    bool live[SESSIONS];
    uint32_t attempt[SESSIONS];
    bool stepped[SESSIONS]; /* a step is not answered yet */
} world;

static uint8_t take(void)
{
    if (world.left == 0) {
        return 0;
    }
    world.left--;
    world.data++;
    return world.data[-1];
}

/* --- the plugin ------------------------------------------------------------------- */

static void answer(uint64_t number)
{
    static const uint32_t verdicts[] = {SCHLOSS_AUTH_ALLOW, SCHLOSS_AUTH_DENY,
        SCHLOSS_AUTH_CONTINUE, SCHLOSS_AUTH_ERROR, 0, 1};
    static const char principal[] = "User:eve\n";
    static const char bytes[] = "something for the client";
    struct schloss_auth_result r = {.size = sizeof(r), .verdict = verdicts[take() % 6]};

    if (r.verdict == SCHLOSS_AUTH_ALLOW) {
        uint8_t length = take();
        r.principal = (struct schloss_auth_bytes){principal, length % sizeof(principal)};
    }
    r.answer = (struct schloss_auth_bytes){bytes, take() % sizeof(bytes)};
    ((schloss_auth_host_complete *)world.offer->functions[0].call)(
        world.offer->host, number, &r);
}

static void act(uint64_t number)
{
    if (world.depth > 3) {
        return;
    }
    world.depth++;
    switch (take() % 6) {
    case 0:
    case 1:
        answer(number);
        break;
    case 2:
        answer(world.numbers[take() % NUMBERS]);
        break;
    case 3:
        ((schloss_auth_host_wait *)world.offer->functions[2].call)(
            world.offer->host, number, take());
        break;
    case 4:
        answer(number);
        answer(number);
        break;
    default:
        break;
    }
    world.depth--;
}

static struct schloss_auth_instance *on_create(
    const struct schloss_auth_host *host, const struct schloss_auth_config *config)
{
    (void)config;
    world.offer = host;
    return (struct schloss_auth_instance *)&world;
}

static void on_destroy(struct schloss_auth_instance *p)
{
    (void)p;
}

static uint32_t on_warm(struct schloss_auth_instance *p)
{
    (void)p;
    return SCHLOSS_AUTH_READY;
}

static void on_begin(struct schloss_auth_instance *p, uint64_t number,
    struct schloss_auth_bytes mechanism, struct schloss_auth_bytes address)
{
    (void)p;
    (void)mechanism;
    (void)address;
    world.numbers[world.heard % NUMBERS] = number;
    world.heard++;
    if (take() % 8 == 0) {
        act(number);
    }
}

static void on_step(
    struct schloss_auth_instance *p, uint64_t number, struct schloss_auth_bytes message)
{
    (void)p;
    (void)message;
    act(number);
}

static void on_cancel(struct schloss_auth_instance *p, uint64_t number)
{
    (void)p;
    if (take() % 8 == 0) {
        act(number);
    }
}

static void on_resume(struct schloss_auth_instance *p, uint64_t number)
{
    (void)p;
    act(number);
}

/* --- broker ----------------------------------------------------------------------- */

/* Who was not begun, or did not ask, is never let in; and one that ended stays ended. */
static enum err on_send(void *context, const struct ipc_auth_result *r)
{
    (void)context;
    demand(r->session < SESSIONS);
    bool mine = world.live[r->session] && world.attempt[r->session] == r->attempt;
    switch (r->verdict) {
    case IPC_VERDICT_ALLOW:
        demand(mine && world.stepped[r->session]);
        demand(r->principal.len > 5 && memcmp(r->principal.ptr, "User:", 5) == 0);
        break;
    case IPC_VERDICT_CONTINUE:
        demand(mine && world.stepped[r->session] && r->principal.len == 0);
        break;
    case IPC_VERDICT_DENY:
        demand(mine);
        demand(r->bytes.len == 0 && r->principal.len == 0);
        break;
    default:
        demand(r->verdict == IPC_VERDICT_ERROR);
        demand(r->bytes.len == 0 && r->principal.len == 0);
        break;
    }
    if (mine) {
        world.stepped[r->session] = false;
        world.live[r->session] = r->verdict == IPC_VERDICT_CONTINUE;
    }
    return OK;
}

static void send_begin(struct auth_host *h, uint64_t session, int64_t now_ms)
{
    const struct ipc_auth_begin m = {.session = session,
        .attempt = take() % 4,
        .mechanism = ipc_text(take() % 16 == 0 ? "OTHER" : "TEST"),
        .address = ipc_text(take() % 2 == 0 ? "127.0.0.1" : "::1")};

    if (!world.live[session]) {
        world.live[session] = true;
        world.attempt[session] = m.attempt;
        world.stepped[session] = false;
    }
    auth_host_begin(h, &m, now_ms);
}

static void send_step(struct auth_host *h, uint64_t session, int64_t now_ms)
{
    static uint8_t bytes[AUTH_STEP_MAX + 1];
    const uint8_t length = take();
    const struct ipc_auth_step m = {.session = session,
        .attempt = take() % 8 == 0 ? 99 : world.attempt[session],
        .bytes = {bytes, length == 255 ? sizeof(bytes) : length}};

    if (m.attempt == world.attempt[session]) {
        world.stepped[session] |= world.live[session];
    }
    auth_host_step(h, &m, now_ms);
}

static void send_cancel(struct auth_host *h, uint64_t session, int64_t now_ms)
{
    const struct ipc_auth_cancel m = {
        .session = session, .attempt = take() % 8 == 0 ? 99 : world.attempt[session]};

    if (m.attempt == world.attempt[session]) {
        world.live[session] = false;
        world.stepped[session] = false;
    }
    auth_host_cancel(h, &m, now_ms);
}

static void run(struct auth_host *h)
{
    int64_t now_ms = 1000;

    while (world.left > 0) {
        uint64_t session = take() % SESSIONS;
        switch (take() % 6) {
        case 0:
            send_begin(h, session, now_ms);
            break;
        case 1:
            send_step(h, session, now_ms);
            break;
        case 2:
            send_cancel(h, session, now_ms);
            break;
        case 3:
            now_ms += (int64_t)take() * 64;
            auth_host_work(h, now_ms);
            break;
        default:
            auth_host_work(h, now_ms);
            break;
        }
        demand(h->attempts.count <= SESSIONS && h->attempts.queued <= h->attempts.count);
        demand(auth_host_next_ms(h) >= 0 || h->attempts.count == 0);
    }
    /* In the end everything ends. */
    for (unsigned i = 0; i < 64 && auth_host_next_ms(h) >= 0; i++) {
        now_ms += AUTH_TIMEOUT_MS;
        auth_host_work(h, now_ms);
    }
    demand(h->attempts.count == 0);
    for (unsigned i = 0; i < SESSIONS; i++) {
        demand(!world.live[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct schloss_auth_plugin about = {.size = sizeof(about),
        .abi_major = SCHLOSS_AUTH_ABI_MAJOR,
        .name = "fuzz",
        .version = "1",
        .mechanisms = "TEST"};
    static const struct auth_plugin plugin = {.about = &about,
        .create = on_create,
        .destroy = on_destroy,
        .warm = on_warm,
        .begin = on_begin,
        .step = on_step,
        .cancel = on_cancel,
        .resume = on_resume};
    static struct auth_host h;
    const struct auth_host_config config = {.mechanisms = ipc_text("TEST"),
        .failure_delay_ms = size % 2 == 0 ? 0 : 100,
        .timeout_ms = AUTH_TIMEOUT_MS,
        .send = on_send};

    memset(&world, 0, sizeof(world));
    world.data = data;
    world.left = size > 4096 ? 4096 : size;
    demand(auth_host_init(&h, &plugin, &config, NULL, 0) == OK);
    h.breach_limit.burst = 0; /* no log lines */
    run(&h);
    auth_host_fini(&h);
    return 0;
}

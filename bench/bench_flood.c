#include "bench_flood.h"

#include "bench_say.h"
#include "bench_wait.h"
#include "clock.h"
#include "mem.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define HELLO_MAX       ((size_t)2048)
#define EVENTS_MAX      128
#define STEP_MS         10
#define BURST_MAX       100 /* opened in one step */
#define BYTE_US         1000000
#define NICE            19
#define FIRST_ADDRESS   10000   /* clear of those who log in */
#define TOO_SLOW_US     5000000 /* a slow one that lasted so long had a gate */
#define DESCRIPTORS_TOO 64

struct stranger {
    enum bench_stranger kind;
    int fd;
    bool over;
    bool connected;
    bool answered;
    size_t sent;
    int64_t came_us;
    int64_t due_us;          /* the next byte of a slow one */
    struct bench_link *link; /* of an oversized one */
};

struct flood {
    const struct bench_flood_plan *plan;
    struct sockaddr_in to;
    SSL_CTX *context;
    struct bench_flood_counts *counts;
    struct stranger *strangers;
    size_t total;
    size_t came;
    size_t came_of[BENCH_STRANGERS];
    int epoll;
    uint8_t hello[HELLO_MAX];
    size_t hello_length;
};

/* ---- one of them ---- */

static void end(struct flood *f, struct stranger *s, enum bench_fate fate)
{
    if (s->link != NULL) {
        bench_link_close(s->link);
        mem_free(s->link);
    } else if (s->fd >= 0) {
        (void)close(s->fd);
    }
    s->fd = -1;
    s->link = NULL;
    s->over = true;
    f->counts->fates[s->kind][fate]++;
}

static void on_closed(struct flood *f, struct stranger *s)
{
    bool had_gate = s->answered || (s->kind == BENCH_SLOW &&
                                       clock_mono_us() - s->came_us >= TOO_SLOW_US);

    end(f, s, had_gate ? BENCH_ENDED : BENCH_TURNED_AWAY);
}

static bool watch(
    const struct flood *f, struct stranger *s, uint32_t events, int operation)
{
    struct epoll_event event = {.events = events, .data.ptr = s};

    return epoll_ctl(f->epoll, operation, s->fd, &event) == 0;
}

static void step_link(struct flood *f, struct stranger *s)
{
    static const uint8_t announced[] = {0x06, 0x40, 0, 0, 0, 3, 0, 1};
    struct bench_frame unused;
    enum err e = ERR_AGAIN;

    if (!s->answered) {
        e = bench_link_secure(s->link);
        if (e == OK) {
            s->answered = true;
            e = bench_link_send(s->link, announced, sizeof(announced));
        }
    }
    if (s->answered && e != ERR_CLOSED) {
        e = bench_link_answer(s->link, &unused);
    }
    if (e != ERR_AGAIN) {
        on_closed(f, s);
    } else {
        (void)watch(f, s, s->link->wants_write ? EPOLLOUT : EPOLLIN, EPOLL_CTL_MOD);
    }
}

static void step_bare(struct flood *f, struct stranger *s, uint32_t events)
{
    uint8_t bytes[1024];

    if (!s->connected && (events & (EPOLLERR | EPOLLHUP)) == 0) {
        s->connected = true;
        if (s->kind == BENCH_HALF_OPEN) {
            (void)!send(s->fd, f->hello, f->hello_length, MSG_NOSIGNAL);
        }
        (void)watch(f, s, EPOLLIN, EPOLL_CTL_MOD);
        return;
    }
    ssize_t n = recv(s->fd, bytes, sizeof(bytes), 0);
    if (n > 0) {
        s->answered = true;
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        on_closed(f, s);
    }
}

static void come(struct flood *f, struct stranger *s, enum bench_stranger kind)
{
    struct in_addr from = bench_loopback((uint32_t)(FIRST_ADDRESS + f->came));

    *s = (struct stranger){.kind = kind, .fd = -1, .came_us = clock_mono_us()};
    s->due_us = s->came_us;
    if (kind == BENCH_OVERSIZED) {
        s->link = mem_alloc(1, sizeof(*s->link));
        if (s->link != NULL && bench_link_open(s->link, &f->to, from, f->context) == OK) {
            s->fd = s->link->fd;
        }
    } else {
        s->fd = bench_link_socket(&f->to, from);
    }
    f->came++;
    f->came_of[kind]++;
    if (s->fd < 0 || !watch(f, s, EPOLLOUT, EPOLL_CTL_ADD)) {
        end(f, s, BENCH_UNHEARD);
    }
}

/* ---- all of them ---- */

/* Mixed as evenly as their numbers allow. */
static enum bench_stranger next_kind(const struct flood *f)
{
    size_t best = BENCH_HALF_OPEN;
    double least = 2;

    for (size_t i = 0; i < BENCH_STRANGERS; i++) {
        size_t wanted = f->plan->strangers[i];
        double share = wanted == 0 ? 2 : (double)f->came_of[i] / (double)wanted;
        if (share < least) {
            least = share;
            best = i;
        }
    }
    return (enum bench_stranger)best;
}

static void let_come(struct flood *f, int64_t begun_us)
{
    int64_t due = (clock_mono_us() - begun_us) * (int64_t)f->plan->a_second / 1000000;

    for (int i = 0; i < BURST_MAX && f->came < f->total && (int64_t)f->came <= due; i++) {
        come(f, &f->strangers[f->came], next_kind(f));
    }
}

static void drip(struct flood *f)
{
    int64_t now_us = clock_mono_us();

    for (size_t i = 0; i < f->came; i++) {
        struct stranger *s = &f->strangers[i];
        if (s->over || s->kind != BENCH_SLOW || !s->connected || s->due_us > now_us ||
            s->sent == f->hello_length) {
            continue;
        }
        s->due_us = now_us + BYTE_US;
        if (send(s->fd, f->hello + s->sent, 1, MSG_NOSIGNAL) == 1) {
            s->sent++;
        }
    }
}

static void work(struct flood *f)
{
    const int64_t begun_us = clock_mono_us();
    struct epoll_event events[EVENTS_MAX];
    int64_t over_us = INT64_MAX;

    while (clock_mono_us() < over_us && !bench_interrupted()) {
        int n = epoll_wait(f->epoll, events, EVENTS_MAX, STEP_MS);
        for (int i = 0; i < n; i++) {
            struct stranger *s = events[i].data.ptr;
            if (s->link != NULL) {
                step_link(f, s);
            } else {
                step_bare(f, s, events[i].events);
            }
        }
        let_come(f, begun_us);
        drip(f);
        if (f->came == f->total && over_us == INT64_MAX) {
            over_us = clock_mono_us() + f->plan->hold_ms * 1000;
            f->counts->complete = true;
        }
    }
    for (size_t i = 0; i < f->came; i++) {
        struct stranger *s = &f->strangers[i];
        if (!s->over) {
            end(f, s, s->connected || s->link != NULL ? BENCH_HELD : BENCH_UNHEARD);
        }
    }
}

/* One for all: what it greets is the same each time. */
static bool make_hello(struct flood *f)
{
    SSL *tls = SSL_new(f->context);
    BIO *in = BIO_new(BIO_s_mem());
    BIO *out = BIO_new(BIO_s_mem());
    bool made = tls != NULL && in != NULL && out != NULL;

    if (made) {
        SSL_set_bio(tls, in, out);
        SSL_set_connect_state(tls);
        (void)SSL_do_handshake(tls);
        made = BIO_read_ex(out, f->hello, sizeof(f->hello), &f->hello_length) == 1;
    }
    SSL_free(tls);
    return made;
}

static bool raise_descriptors(size_t wanted)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return false;
    }
    if (limit.rlim_cur < wanted) {
        limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
    return limit.rlim_cur >= wanted;
}

_Noreturn static void run_child(struct flood *f, int go)
{
    char unused = 0;

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)setpriority(PRIO_PROCESS, 0, NICE);
    f->strangers = mem_alloc(f->total, sizeof(*f->strangers));
    f->epoll = epoll_create1(EPOLL_CLOEXEC);
    bool ready = f->strangers != NULL && f->epoll >= 0 && make_hello(f) &&
                 raise_descriptors(f->total + DESCRIPTORS_TOO);
    if (!ready) {
        bench_say("no memory, or not %zu descriptors, for the flood", f->total);
        _exit(1);
    }
    if (read(go, &unused, 1) == 1) {
        work(f);
    }
    _exit(0);
}

enum err bench_flood_init(struct bench_flood *out, const struct bench_flood_plan *plan,
    const struct sockaddr_in *to, SSL_CTX *context)
{
    struct flood f = {.plan = plan, .to = *to, .context = context};
    int ends[2];

    *out = (struct bench_flood){.go = -1};
    for (size_t i = 0; i < BENCH_STRANGERS; i++) {
        f.total += plan->strangers[i];
    }
    f.counts = mmap(NULL, sizeof(*f.counts), PROT_READ | PROT_WRITE,
        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (f.counts == MAP_FAILED) {
        return ERR_NOMEM;
    }
    out->counts = f.counts;
    if (pipe(ends) != 0) {
        return ERR_IO;
    }
    out->pid = fork();
    if (out->pid == 0) {
        (void)close(ends[1]);
        run_child(&f, ends[0]);
    }
    (void)close(ends[0]);
    out->go = ends[1];
    return out->pid > 0 ? OK : ERR_IO;
}

void bench_flood_go(struct bench_flood *f)
{
    (void)!write(f->go, "", 1);
}

bool bench_flood_goes_on(void *flood)
{
    struct bench_flood *f = flood;

    if (f->pid > 0 && waitpid(f->pid, NULL, WNOHANG) == f->pid) {
        f->pid = 0;
    }
    return f->pid > 0;
}

void bench_flood_fini(struct bench_flood *f)
{
    if (f->pid > 0) {
        (void)kill(f->pid, SIGKILL);
        (void)waitpid(f->pid, NULL, 0);
    }
    if (f->go >= 0) {
        (void)close(f->go);
    }
    if (f->counts != NULL) {
        (void)munmap(f->counts, sizeof(*f->counts));
    }
    *f = (struct bench_flood){.go = -1};
}

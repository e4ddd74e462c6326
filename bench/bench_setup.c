#include "bench_setup.h"

#include "bench_program.h"
#include "bench_say.h"
#include "buf.h"
#include "mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define USER       "bench"
#define OUTPUT_MAX ((size_t)65536)
#define LEAF_MAX   64 /* longest name below our directory */

/* ---- files ---- */

static enum err write_file(const char *path, const struct buf *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    enum err e = buf_error(text);

    if (fd < 0 || e != OK ||
        write(fd, text->bytes, text->length) != (ssize_t)text->length) {
        bench_say("cannot write %s: %s", path, e == OK ? strerror(errno) : err_text(e));
        e = e == OK ? ERR_IO : e;
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return e;
}

/* directory/leaf; the lengths were checked by make_directory(). */
static void path_in(const struct bench_server *s, const char *leaf, char *out)
{
    (void)snprintf(
        out, BENCH_PATH_MAX, "%.*s/%s", BENCH_PATH_MAX - LEAF_MAX, s->dir, leaf);
}

static enum err make_directory(struct bench_server *s, const struct bench_place *place)
{
    char dir[BENCH_PATH_MAX];
    int n = snprintf(dir, sizeof(dir), "%s/schloss-bench.XXXXXX", place->parent);
    int m = snprintf(s->daemon, sizeof(s->daemon), "%s/schlossd", place->programs);

    if (place->parent[0] != '/' || n < 0 || n >= BENCH_PATH_MAX - LEAF_MAX || m < 0 ||
        m >= BENCH_PATH_MAX) {
        bench_say("%s: must be an absolute path, and not that long", place->parent);
        return ERR_INVALID;
    }
    if (access(s->daemon, X_OK) != 0) {
        bench_say("%s: %s; --programs DIR says where the programs are", s->daemon,
            strerror(errno));
        return ERR_NOT_FOUND;
    }
    if (mkdtemp(dir) == NULL) {
        bench_say("cannot make %s: %s", dir, strerror(errno));
        return ERR_IO;
    }
    memcpy(s->dir, dir, sizeof(dir));
    path_in(s, "schloss.properties", s->config);
    path_in(s, "schlossd.log", s->log);
    return OK;
}

static enum err make_certificates(struct bench_server *s, const struct bench_place *place)
{
    char program[BENCH_PATH_MAX];
    char dir[BENCH_PATH_MAX];
    char address[] = "127.0.0.1";
    char *argv[] = {program, dir, address, NULL};
    struct buf out;

    if (snprintf(program, sizeof(program), "%s/make-dev-ca", place->certs) >=
        BENCH_PATH_MAX) {
        return ERR_FULL;
    }
    path_in(s, "certs", dir);
    path_in(s, "certs/ca.pem", s->access.ca_file);
    buf_init(&out, OUTPUT_MAX);
    enum err e = bench_program_run(argv, NULL, &out);
    buf_fini(&out);
    return e;
}

/* The tool prints: name, tab, what it did, tab, secret. */
static enum err take_password(struct bench_server *s, const struct buf *out)
{
    const uint8_t *tab = memrchr(out->bytes, '\t', out->length);
    const uint8_t *end =
        tab == NULL ? NULL : memchr(tab, '\n', out->length - (size_t)(tab - out->bytes));

    if (end == NULL || end - tab < 2 ||
        (size_t)(end - tab) > sizeof(s->access.password)) {
        bench_say("`schloss user add --generate` printed no secret");
        return ERR_INVALID;
    }
    memcpy(s->access.password, tab + 1, (size_t)(end - tab - 1));
    s->access.password[end - tab - 1] = '\0';
    return OK;
}

static enum err make_user(struct bench_server *s, const struct bench_place *place)
{
    char program[BENCH_PATH_MAX];
    char file[BENCH_PATH_MAX];
    char words[][16] = {
        "user", "add", USER, "--generate", "--no-header", "-o", "tsv", "--file"};
    char *argv[] = {program, words[0], words[1], words[2], words[3], words[4], words[5],
        words[6], words[7], file, NULL};
    struct buf out;

    if (snprintf(program, sizeof(program), "%s/schloss", place->programs) >=
        BENCH_PATH_MAX) {
        return ERR_FULL;
    }
    path_in(s, "users", file);
    buf_init(&out, OUTPUT_MAX);
    enum err e = bench_program_run(argv, NULL, &out);
    e = e == OK ? take_password(s, &out) : e;
    if (out.bytes != NULL) {
        mem_wipe(out.bytes, out.capacity);
    }
    buf_fini(&out);
    (void)snprintf(s->access.user, sizeof(s->access.user), "%s", USER);
    return e;
}

static enum err make_policy(const struct bench_server *s)
{
    char path[BENCH_PATH_MAX];
    struct buf text;

    path_in(s, "main.policy", path);
    buf_init(&text, OUTPUT_MAX);
    buf_add_text(&text,
        "policy 1\nallow " USER " to produce, consume, manage, observe topic bench.*\n");
    enum err e = write_file(path, &text);
    buf_fini(&text);
    return e;
}

/* Held together, so that they differ; free again when we return. */
static enum err choose_ports(uint16_t *ports, size_t count)
{
    int fds[BENCH_TRANSPORTS] = {-1, -1};
    enum err e = OK;

    for (size_t i = 0; i < count && e == OK; i++) {
        struct sockaddr_in address = {.sin_family = AF_INET};
        socklen_t length = sizeof(address);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fds[i] < 0 || bind(fds[i], (struct sockaddr *)&address, length) != 0 ||
            getsockname(fds[i], (struct sockaddr *)&address, &length) != 0) {
            bench_say("no free port: %s", strerror(errno));
            e = ERR_IO;
        }
        ports[i] = ntohs(address.sin_port);
    }
    for (size_t i = 0; i < count; i++) {
        if (fds[i] >= 0) {
            (void)close(fds[i]);
        }
    }
    return e;
}

static enum err make_config(struct bench_server *s, const struct bench_place *place)
{
    uint16_t ports[BENCH_TRANSPORTS] = {0};
    struct buf text;
    enum err e = choose_ports(ports, BENCH_TRANSPORTS);

    if (e != OK) {
        return e;
    }
    buf_init(&text, OUTPUT_MAX);
    buf_add_format(&text,
        "node.id=1\n"
        "listeners=TLS://127.0.0.1:%u,OPEN://127.0.0.1:%u\n"
        "listener.security.protocol.map=TLS:SASL_SSL,OPEN:SASL_PLAINTEXT\n"
        "schloss.allow.plaintext=OPEN\n"
        "sasl.enabled.mechanisms=PLAIN\n"
        "num.partitions=3\n",
        ports[BENCH_TLS], ports[BENCH_PLAIN]);
    buf_add_format(&text,
        "ssl.certificate.location=%s/certs/broker.pem\n"
        "ssl.key.location=%s/certs/broker.key\n"
        "schloss.users.file=%s/users\n"
        "policy.file=%s/main.policy\n",
        s->dir, s->dir, s->dir, s->dir);
    buf_add_format(&text,
        "audit.dir=%s/audit\nlog.dirs=%s/data\nsandbox=%s\n"
        "max.connections.per.ip=%zu\n"
        "schloss.max.connections.unauthenticated.per.ip=%zu\n",
        s->dir, s->dir, geteuid() == 0 ? "strict" : "rootless", place->connections + 64,
        place->connections + 64);
    for (int t = 0; t < BENCH_TRANSPORTS; t++) {
        (void)snprintf(
            s->access.servers[t], sizeof(s->access.servers[t]), "127.0.0.1:%u", ports[t]);
    }
    s->access.protocols[BENCH_TLS] = "sasl_ssl";
    s->access.protocols[BENCH_PLAIN] = "sasl_plaintext";
    e = write_file(s->config, &text);
    buf_fini(&text);
    return e;
}

enum err bench_setup(struct bench_server *s, const struct bench_place *place)
{
    enum err e = make_directory(s, place);

    e = e == OK ? make_certificates(s, place) : e;
    e = e == OK ? make_user(s, place) : e;
    e = e == OK ? make_policy(s) : e;
    return e == OK ? make_config(s, place) : e;
}

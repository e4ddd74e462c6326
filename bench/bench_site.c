#include "bench_site.h"

#include "bench_program.h"
#include "bench_say.h"
#include "bench_wait.h"
#include "buf.h"
#include "mem.h"
#include "text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BYTES_MAX  ((size_t)16 << 20)
#define LEAF_MAX        64
#define START_MS        60000
#define CHOSEN_PASSWORD "a password of four words"
#define SECRET_PREFIX   "crowd"
#define CHOSEN_PREFIX   "chosen"
#define CERTIFIED_NAME  "certified"

/* ---- files ---- */

static void path_in(const struct bench_site *s, const char *leaf, char *out)
{
    (void)snprintf(
        out, BENCH_PATH_MAX, "%.*s/%s", BENCH_PATH_MAX - LEAF_MAX, s->server.dir, leaf);
}

static enum err read_whole(const struct bench_site *s, const char *leaf, struct buf *out)
{
    char path[BENCH_PATH_MAX];
    ssize_t n = -1;

    path_in(s, leaf, path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return ERR_NOT_FOUND;
    }
    do {
        uint8_t *room = buf_reserve(out, 65536);
        n = room == NULL ? -1 : read(fd, room, 65536);
        buf_grew(out, n > 0 ? (size_t)n : 0);
    } while (n > 0);
    (void)close(fd);
    return n == 0 ? buf_error(out) : ERR_IO;
}

static enum err write_whole(
    const struct bench_site *s, const char *leaf, const struct buf *text)
{
    char path[BENCH_PATH_MAX];
    enum err e = buf_error(text);

    path_in(s, leaf, path);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
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

/* ---- users ---- */

/* One of each kind, by the tool of an operator; their lines are then everybody's. */
static enum err make_samples(
    struct bench_site *s, const struct bench_place *place, struct buf *printed)
{
    char program[BENCH_PATH_MAX];
    char users[BENCH_PATH_MAX];
    char scram[BENCH_PATH_MAX];
    char words[][16] = {"user", "add", SECRET_PREFIX, "--generate", "--no-header", "-o",
        "tsv", "--file", "--scram-file", CHOSEN_PREFIX};
    char *generate[] = {program, words[0], words[1], words[2], words[3], words[4],
        words[5], words[6], words[7], users, words[8], scram, NULL};
    char *choose[] = {program, words[0], words[1], words[9], words[7], users, NULL};
    struct buf unused;

    (void)snprintf(program, sizeof(program), "%.*s/schloss", BENCH_PATH_MAX - LEAF_MAX,
        place->programs);
    path_in(s, "samples", users);
    path_in(s, "scram.samples", scram);
    enum err e = bench_program_run(generate, NULL, printed);
    buf_init(&unused, FILE_BYTES_MAX);
    e = e == OK ? bench_program_run(choose, CHOSEN_PASSWORD "\n", &unused) : e;
    buf_fini(&unused);
    return e;
}

/* name, tab, what it did, tab, secret */
static enum err take_secret(struct bench_site *s, const struct buf *printed)
{
    const uint8_t *tab = memrchr(printed->bytes, '\t', printed->length);
    size_t left = tab == NULL ? 0 : printed->length - (size_t)(tab + 1 - printed->bytes);

    if (left < 2 || left > sizeof(s->secret)) {
        bench_say("`schloss user add --generate` printed no secret");
        return ERR_INVALID;
    }
    memcpy(s->secret, tab + 1, left - 1);
    s->secret[left - 1] = '\0';
    return OK;
}

/* The sample's line, or each of several, once for every number behind its name. */
static void repeat(
    const struct buf *samples, const char *name, size_t users, struct buf *out)
{
    size_t name_length = strlen(name);
    const uint8_t *end = samples->bytes + samples->length;

    for (const uint8_t *line = samples->bytes; line < end;) {
        const uint8_t *stop = memchr(line, '\n', (size_t)(end - line));
        size_t length = stop == NULL ? (size_t)(end - line) : (size_t)(stop - line);
        if (length > name_length && memcmp(line, name, name_length) == 0 &&
            line[name_length] == ':') {
            for (size_t i = 0; i < users; i++) {
                buf_add_format(out, "%s%zu", name, i);
                buf_add(out, line + name_length, length - name_length);
                buf_add_text(out, "\n");
            }
        }
        line += length + 1;
    }
}

static enum err write_users(struct bench_site *s, size_t users)
{
    struct buf samples;
    struct buf text;

    buf_init(&samples, FILE_BYTES_MAX);
    buf_init(&text, FILE_BYTES_MAX);
    enum err e = read_whole(s, "users", &text); /* there is one already */
    e = e == OK ? read_whole(s, "samples", &samples) : e;
    if (e == OK) {
        repeat(&samples, SECRET_PREFIX, users, &text);
        repeat(&samples, CHOSEN_PREFIX, users, &text);
        e = write_whole(s, "users", &text);
    }
    buf_reset(&samples);
    buf_reset(&text);
    e = e == OK ? read_whole(s, "scram.samples", &samples) : e;
    if (e == OK) {
        repeat(&samples, SECRET_PREFIX, users, &text);
        e = write_whole(s, "scram", &text);
    }
    buf_fini(&samples);
    buf_fini(&text);
    return e;
}

static enum err make_users(
    struct bench_site *s, const struct bench_place *place, size_t users)
{
    struct buf printed;

    buf_init(&printed, FILE_BYTES_MAX);
    enum err e = make_samples(s, place, &printed);
    e = e == OK ? take_secret(s, &printed) : e;
    if (printed.bytes != NULL) {
        mem_wipe(printed.bytes, printed.capacity);
    }
    buf_fini(&printed);
    return e == OK ? write_users(s, users) : e;
}

/* ---- certificates of clients ---- */

/* A line of words for openssl, of which those that begin with @ are files of ours. */
static enum err run_openssl(const struct bench_site *s, const char *line)
{
    char words[512];
    char paths[8][BENCH_PATH_MAX];
    char *argv[40];
    size_t count = 0;
    size_t files = 0;
    char *rest = NULL;
    struct buf out;

    (void)snprintf(words, sizeof(words), "%s", line);
    for (char *w = strtok_r(words, " ", &rest); w != NULL && count < 39 && files < 8;
         w = strtok_r(NULL, " ", &rest)) {
        if (w[0] == '@') {
            path_in(s, w + 1, paths[files]);
            w = paths[files++];
        }
        argv[count++] = w;
    }
    argv[count] = NULL;
    buf_init(&out, FILE_BYTES_MAX);
    enum err e = bench_program_run(argv, NULL, &out);
    buf_fini(&out);
    return e;
}

static enum err make_client_certificate(const struct bench_site *s)
{
    static const char *const lines[] = {
        "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out @ca.key",
        "openssl req -x509 -new -key @ca.key -days 2 -subj /CN=clients -addext "
        "basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign -out "
        "@ca.pem",
        "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out @client.key",
        "openssl req -x509 -new -key @client.key -CA @ca.pem -CAkey @ca.key -days 2 "
        "-subj /CN=" CERTIFIED_NAME " -addext basicConstraints=critical,CA:FALSE "
        "-addext extendedKeyUsage=clientAuth -out @client.pem"};
    enum err e = OK;

    for (size_t i = 0; e == OK && i < sizeof(lines) / sizeof(lines[0]); i++) {
        e = run_openssl(s, lines[i]);
    }
    return e;
}

static enum err make_contexts(struct bench_site *s)
{
    char certificate[BENCH_PATH_MAX];
    char key[BENCH_PATH_MAX];
    SSL_CTX *contexts[2] = {
        SSL_CTX_new(TLS_client_method()), SSL_CTX_new(TLS_client_method())};

    s->plain = contexts[0];
    s->certified = contexts[1];
    path_in(s, "client.pem", certificate);
    path_in(s, "client.key", key);
    for (size_t i = 0; i < 2; i++) {
        if (contexts[i] == NULL || SSL_CTX_load_verify_locations(contexts[i],
                                       s->server.access.ca_file, NULL) != 1) {
            return ERR_INVALID;
        }
        SSL_CTX_set_verify(contexts[i], SSL_VERIFY_PEER, NULL);
        (void)SSL_CTX_set_session_cache_mode(contexts[i], SSL_SESS_CACHE_OFF);
    }
    return SSL_CTX_use_certificate_file(s->certified, certificate, SSL_FILETYPE_PEM) ==
                       1 &&
                   SSL_CTX_use_PrivateKey_file(s->certified, key, SSL_FILETYPE_PEM) == 1
               ? OK
               : ERR_INVALID;
}

/* ---- the whole ---- */

static enum err write_config(const struct bench_site *s)
{
    const char *dir = s->server.dir;
    struct buf text;

    buf_init(&text, FILE_BYTES_MAX);
    buf_add_text(&text, "node.id=1\n"
                        "listeners=CROWD://127.0.0.1:0,CERTIFIED://127.0.0.1:0\n"
                        "listener.security.protocol.map=CROWD:SASL_SSL,CERTIFIED:SSL\n"
                        "listener.name.certified.ssl.client.auth=required\n"
                        "sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256\n"
                        "ssl.principal.mapping.rules=RULE:^CN=([a-z]+)$/$1/\n");
    buf_add_format(&text,
        "ssl.certificate.location=%s/certs/broker.pem\n"
        "ssl.key.location=%s/certs/broker.key\n"
        "ssl.truststore.location=%s/ca.pem\n"
        "schloss.users.file=%s/users\n"
        "schloss.scram.file=%s/scram\n"
        "policy.file=%s/main.policy\n",
        dir, dir, dir, dir, dir, dir);
    buf_add_format(&text, "audit.dir=%s/audit\nlog.dirs=%s/data\nsandbox=%s\n", dir, dir,
        geteuid() == 0 ? "strict" : "rootless");
    enum err e = write_whole(s, "schloss.properties", &text);
    buf_fini(&text);
    return e;
}

static void set_identities(struct bench_site *s)
{
    for (size_t i = 0; i < BENCH_MECHANISMS; i++) {
        bool chosen = i == BENCH_LOGIN_PASSWORD;
        s->identities[i] = (struct bench_identity){.mechanism = (enum bench_mechanism)i,
            .context = i == BENCH_LOGIN_CERTIFICATE ? s->certified : s->plain,
            .prefix = chosen ? CHOSEN_PREFIX : SECRET_PREFIX,
            .password = chosen ? CHOSEN_PASSWORD : s->secret};
    }
}

enum err bench_site_init(
    struct bench_site *s, const struct bench_place *place, size_t users)
{
    *s = (struct bench_site){.plain = NULL};
    enum err e = bench_server_init(&s->server, place);
    e = e == OK ? make_users(s, place, users) : e;
    e = e == OK ? make_client_certificate(s) : e;
    e = e == OK ? make_contexts(s) : e;
    set_identities(s);
    return e == OK ? write_config(s) : e;
}

void bench_site_fini(struct bench_site *s)
{
    bench_server_fini(&s->server);
    SSL_CTX_free(s->plain);
    SSL_CTX_free(s->certified);
    mem_wipe(s->secret, sizeof(s->secret));
}

/* ---- its life ---- */

static enum err read_log(const struct bench_site *s, struct buf *out)
{
    enum err e = read_whole(s, "schlossd.log", out);

    buf_add(out, "", 1); /* as a text */
    return e == OK ? buf_error(out) : e;
}

/* `listening: NAME on 127.0.0.1 port N, ...` */
static bool find_port(const char *log, const char *name, struct sockaddr_in *out)
{
    char start[96];

    (void)snprintf(start, sizeof(start), "listening: %s on 127.0.0.1 port ", name);
    const char *at = strstr(log, start);
    if (at == NULL) {
        return false;
    }
    *out = (struct sockaddr_in){.sin_family = AF_INET};
    out->sin_port = htons((uint16_t)strtoul(at + strlen(start), NULL, 10));
    out->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return true;
}

static bool find_ports(struct bench_site *s)
{
    struct sockaddr_in crowd;
    struct sockaddr_in certified;
    struct bench_access *access = &s->server.access;
    struct buf log;

    buf_init(&log, FILE_BYTES_MAX);
    bool found = read_log(s, &log) == OK &&
                 find_port((const char *)log.bytes, "CROWD", &crowd) &&
                 find_port((const char *)log.bytes, "CERTIFIED", &certified);
    buf_fini(&log);
    if (!found) {
        return false;
    }
    for (size_t i = 0; i < BENCH_MECHANISMS; i++) {
        s->identities[i].to = i == BENCH_LOGIN_CERTIFICATE ? certified : crowd;
    }
    (void)snprintf(access->servers[BENCH_TLS], sizeof(access->servers[BENCH_TLS]),
        "127.0.0.1:%u", ntohs(crowd.sin_port));
    return true;
}

enum err bench_site_start(struct bench_site *s, struct bench_memory *idle_out)
{
    const int64_t deadline = bench_deadline(START_MS);

    (void)unlink(s->server.log);
    enum err e = bench_server_start(&s->server);
    while (e == OK && !find_ports(s)) {
        if (!bench_server_alive(&s->server)) {
            e = ERR_CLOSED;
        } else if (bench_expired(deadline)) {
            bench_say("schlossd does not serve");
            e = ERR_TIMEOUT;
        }
        bench_sleep_ms(5);
    }
    return e == OK ? bench_tree_settle(s->server.pid, "gate", SIZE_MAX, idle_out) : e;
}

enum err bench_site_stop(struct bench_site *s)
{
    return bench_server_stop(&s->server);
}

size_t bench_site_lines(const struct bench_site *s, const char *text)
{
    struct buf log;
    size_t count = 0;

    buf_init(&log, FILE_BYTES_MAX);
    if (read_log(s, &log) == OK) {
        for (const char *at = (const char *)log.bytes; (at = strstr(at, text)) != NULL;
             at += strlen(text)) {
            count++;
        }
    }
    buf_fini(&log);
    return count;
}

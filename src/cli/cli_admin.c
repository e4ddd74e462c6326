#include "cli_admin.h"

#include "cli_client.h"
#include "clock.h"
#include "mem.h"
#include "users_time.h"
#include "wire_codec.h"
#include "wire_writer.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define DEFAULT_PATH    "/run/schloss/admin.sock"
#define TIMEOUT_MS      60000
#define REQUEST_MAX     16384 /* as long as a gate lets it be */
#define ANSWER_MAX      ((uint32_t)32 * 1024 * 1024)
#define MEMORY_MAX      ((size_t)512 * 1024 * 1024)
#define LENGTH_BYTES    4
#define TIME_FIRST_MS   INT64_C(946684800000)    /* 2000-01-01T00:00:00Z */
#define TIME_LAST_MS    INT64_C(253402300799000) /* 9999-12-31T23:59:59Z */
#define PRINCIPAL_FIRST "User:"

bool cli_admin_is_recorded(const struct wire_array *parts)
{
    static const char code[] = "AUD017";
    const struct status_response_part *p = parts->items;

    for (int32_t i = 0; i < parts->count; i++) {
        if (p[i].code.len == sizeof(code) - 1 &&
            memcmp(p[i].code.ptr, code, sizeof(code) - 1) == 0) {
            cli_error("look whether audit runs, and into its trail",
                "it is done, but the audit did not say in time that its record is on "
                "disk [AUD017]");
            return false;
        }
    }
    return true;
}

struct wire_view cli_admin_view(const char *text)
{
    return (struct wire_view){.ptr = (const uint8_t *)text, .len = strlen(text)};
}

/* --- the connection ----------------------------------------------------------------- */

static enum cli_exit complain_connect(const struct cli_admin *a)
{
    switch (errno) {
    case ENOENT:
    case ENOTDIR:
        cli_error("is schlossd running, with schloss.admin.socket set? --admin-socket or "
                  "$SCHLOSS_ADMIN_SOCKET name another path",
            "there is no socket %s", a->path);
        return CLI_EXIT_UNREACHABLE;
    case EACCES:
    case EPERM:
        cli_error("be root, or the user who started schlossd, or in schloss.admin.group",
            "uid %u may not use the socket %s", geteuid(), a->path);
        return CLI_EXIT_REFUSED;
    case ECONNREFUSED:
        cli_error("is schlossd running?", "nobody listens on the socket %s", a->path);
        return CLI_EXIT_UNREACHABLE;
    default:
        cli_error(NULL, "cannot connect to the socket %s: %s", a->path, strerror(errno));
        return CLI_EXIT_UNREACHABLE;
    }
}

static const char *path_of(const struct cli *cli)
{
    const char *given = cli->text[CLI_ADMIN_SOCKET];
    const char *set = getenv("SCHLOSS_ADMIN_SOCKET");

    if (given != NULL) {
        return given;
    }
    return set != NULL && set[0] != '\0' ? set : DEFAULT_PATH;
}

enum cli_exit cli_admin_open(struct cli_admin *a, const struct cli *cli)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    *a = (struct cli_admin){.fd = -1, .path = path_of(cli), .timeout_ms = TIMEOUT_MS};
    arena_init(&a->arena, MEMORY_MAX);
    if (cli_has(cli, CLI_TIMEOUT)) {
        a->timeout_ms = cli->number[CLI_TIMEOUT] * 1000;
    }
    if (strlen(a->path) >= sizeof(address.sun_path)) {
        cli_error(NULL, "the path of a socket has at most %zu bytes: %s",
            sizeof(address.sun_path) - 1, a->path);
        return CLI_EXIT_USAGE;
    }
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", a->path);
    a->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (a->fd < 0 ||
        connect(a->fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        return complain_connect(a);
    }
    return CLI_EXIT_OK;
}

void cli_admin_close(struct cli_admin *a)
{
    if (a->fd >= 0) {
        (void)close(a->fd);
    }
    a->fd = -1;
    arena_fini(&a->arena);
}

/* --- one request -------------------------------------------------------------------- */

static enum cli_exit complain_end(const struct cli_admin *a)
{
    if (cli_interrupted()) {
        return CLI_EXIT_INTERRUPTED;
    }
    cli_error(
        "the log of schlossd says why: NET015 when this user is not heard, else the "
        "end of a process",
        "schlossd ended the connection to %s without an answer", a->path);
    return CLI_EXIT_REFUSED;
}

static enum cli_exit wait_for(const struct cli_admin *a, int64_t deadline_ms)
{
    struct pollfd p = {.fd = a->fd, .events = POLLIN};

    for (;;) {
        int64_t left = deadline_ms - clock_mono_ms();
        if (cli_interrupted()) {
            return CLI_EXIT_INTERRUPTED;
        }
        if (left <= 0) {
            cli_error("--timeout makes it longer", "no answer on %s in time", a->path);
            return CLI_EXIT_RETRY;
        }
        if (poll(&p, 1, left > INT_MAX ? INT_MAX : (int)left) > 0) {
            return CLI_EXIT_OK;
        }
    }
}

static enum cli_exit read_all(
    const struct cli_admin *a, uint8_t *out, size_t length, int64_t deadline_ms)
{
    size_t have = 0;

    while (have < length) {
        enum cli_exit result = wait_for(a, deadline_ms);
        if (result != CLI_EXIT_OK) {
            return result;
        }
        ssize_t n = recv(a->fd, out + have, length - have, 0);
        if (n == 0 || (n < 0 && errno != EINTR)) {
            return complain_end(a);
        }
        have += n > 0 ? (size_t)n : 0;
    }
    return CLI_EXIT_OK;
}

static enum cli_exit send_request(
    struct cli_admin *a, const struct wire_api *api, const void *request)
{
    enum cli_exit result = CLI_EXIT_OK;
    struct buf b;

    buf_init(&b, REQUEST_MAX);
    wire_write_i32(&b, 0); /* the length, when it is known */
    wire_write_i16(&b, api->key);
    wire_write_i16(&b, api->max);
    wire_write_i32(&b, ++a->asked);
    wire_write_string(&b, cli_admin_view("schloss"), false);
    wire_write_uvarint(&b, 0);
    wire_encode(api->request, api->max, true, request, &b);
    if (buf_error(&b) != OK) {
        cli_error("name fewer at once", "the request is too large");
        result = CLI_EXIT_USAGE;
    } else {
        uint32_t length = (uint32_t)(b.length - LENGTH_BYTES);
        for (int i = 0; i < LENGTH_BYTES; i++) {
            b.bytes[i] = (uint8_t)(length >> (24 - 8 * i));
        }
        /* It is shorter than what the kernel takes at once. */
        if (send(a->fd, b.bytes, b.length, MSG_NOSIGNAL) != (ssize_t)b.length) {
            result = complain_end(a);
        }
    }
    buf_fini(&b);
    return result;
}

static enum cli_exit read_answer(
    struct cli_admin *a, uint8_t **bytes_out, uint32_t *length_out)
{
    int64_t deadline_ms = clock_mono_ms() + a->timeout_ms;
    uint8_t head[LENGTH_BYTES];
    enum cli_exit result = read_all(a, head, sizeof(head), deadline_ms);

    if (result != CLI_EXIT_OK) {
        return result;
    }
    uint32_t length = (uint32_t)head[0] << 24 | (uint32_t)head[1] << 16 |
                      (uint32_t)head[2] << 8 | head[3];
    uint8_t *bytes =
        length == 0 || length > ANSWER_MAX ? NULL : arena_alloc(&a->arena, 1, length);
    if (bytes == NULL) {
        cli_error(NULL, "an answer of %u bytes on %s can not be read", length, a->path);
        return CLI_EXIT_NO;
    }
    *bytes_out = bytes;
    *length_out = length;
    return read_all(a, bytes, length, deadline_ms);
}

enum cli_exit cli_admin_call(struct cli_admin *a, enum wire_admin_key key,
    const void *request, const void **response_out)
{
    const struct wire_api *api = wire_admin_private_find((int16_t)key);
    uint8_t *bytes = NULL;
    uint32_t length = 0;

    enum cli_exit result = send_request(a, api, request);
    if (result == CLI_EXIT_OK) {
        result = read_answer(a, &bytes, &length);
    }
    if (result != CLI_EXIT_OK) {
        return result;
    }
    void *response = arena_alloc(&a->arena, 1, api->response->struct_size);
    struct wire_reader r = wire_reader_init(bytes, length);
    bool ours = wire_read_i32(&r) == a->asked;
    wire_skip_tags(&r);
    if (response == NULL || !ours ||
        wire_decode(api->response, api->max, true, &r, &a->arena, response) != WIRE_OK) {
        cli_error("is it a schlossd of this version?",
            "the answer on %s can not be understood", a->path);
        return CLI_EXIT_NO;
    }
    *response_out = response;
    return CLI_EXIT_OK;
}

enum cli_exit cli_admin_check(int16_t code, struct wire_view message, const char *task)
{
    if (code == 0) {
        return CLI_EXIT_OK;
    }
    cli_error(NULL, "cannot %s: %.*s (error %d)", task, (int)message.len,
        message.ptr == NULL ? "" : (const char *)message.ptr, code);
    return code == 7 ? CLI_EXIT_RETRY : CLI_EXIT_NO;
}

/* --- words -------------------------------------------------------------------------- */

const char *cli_admin_principal(struct cli_admin *a, const char *name)
{
    bool whole = strncmp(name, PRINCIPAL_FIRST, strlen(PRINCIPAL_FIRST)) == 0 ||
                 strncmp(name, "Admin:", strlen("Admin:")) == 0;
    size_t size = strlen(PRINCIPAL_FIRST) + strlen(name) + 1;
    char *text = arena_alloc(&a->arena, 1, size);

    if (text == NULL) {
        cli_error(NULL, "out of memory");
        return NULL;
    }
    (void)snprintf(text, size, "%s%s", whole ? "" : PRINCIPAL_FIRST, name);
    return text;
}

void cli_admin_add_text(struct cli_table *t, struct wire_view text)
{
    char *copy = text.len == 0 ? NULL : mem_copy_text(text.ptr, text.len);

    if (text.len > 0 && copy == NULL) {
        t->error = ERR_NOMEM;
        return;
    }
    cli_table_text(t, copy);
    mem_free(copy);
}

void cli_admin_time(int64_t ms, char out[CLI_ADMIN_TIME])
{
    char text[USERS_TIME_LENGTH + 1];

    if (ms < TIME_FIRST_MS || ms > TIME_LAST_MS) {
        (void)snprintf(out, CLI_ADMIN_TIME, "%lld ms", (long long)ms);
        return;
    }
    users_time_format(ms - ms % 1000, text);
    (void)snprintf(out, CLI_ADMIN_TIME, "%s", text);
}

void cli_admin_add_time(struct cli_table *t, int64_t ms)
{
    char text[CLI_ADMIN_TIME];

    cli_admin_time(ms, text);
    cli_table_text(t, ms == 0 ? NULL : text);
}

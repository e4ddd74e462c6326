#include "selftest_client.h"

#include "wire_codec.h"
#include "wire_reader.h"
#include "wire_sasl_authenticate.h"
#include "wire_sasl_handshake.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define TIMEOUT_S            10
#define FRAME_MAX            ((size_t)1024 * 1024)
#define CLIENT_ID            "selftest"
#define HANDSHAKE_VERSION    1
#define AUTHENTICATE_VERSION 1

int selftest_client_connect(
    const struct selftest_instance *i, enum selftest_door door, unsigned address)
{
    struct sockaddr_in from = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + address)};
    struct sockaddr_in to = {.sin_family = AF_INET,
        .sin_port = htons(i->ports[door]),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval limit = {.tv_sec = TIMEOUT_S};
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&from, sizeof(from)) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) != 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0 ||
        connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
        if (fd >= 0) {
            (void)close(fd);
        }
        return -1;
    }
    return fd;
}

/* The certificate is checked: nobody but `keys` could have signed for it. */
static bool start_tls(struct selftest_client *c, const struct selftest_instance *i)
{
    char path[300];
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());

    c->context = context;
    (void)snprintf(path, sizeof(path), "%s/broker.pem", i->dir);
    if (context == NULL || SSL_CTX_load_verify_file(context, path) != 1) {
        return false;
    }
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL *tls = SSL_new(context);
    c->tls = tls;
    return tls != NULL && SSL_set_fd(tls, c->fd) == 1 && SSL_connect(tls) == 1;
}

static void add_number(struct buf *out, uint32_t value, int bytes)
{
    for (int n = bytes - 1; n >= 0; n--) {
        uint8_t byte = (uint8_t)(value >> (8 * n));
        buf_add(out, &byte, 1);
    }
}

static bool read_all(struct selftest_client *c, uint8_t *out, size_t length)
{
    while (length > 0) {
        int n = SSL_read(c->tls, out, (int)length);
        if (n <= 0) {
            return false;
        }
        out += n;
        length -= (size_t)n;
    }
    return true;
}

static bool send_request(struct selftest_client *c, const struct wire_api *api,
    int16_t version, const void *request)
{
    buf_reset(&c->out);
    add_number(&c->out, 0, 4);
    add_number(&c->out, (uint16_t)api->key, 2);
    add_number(&c->out, (uint16_t)version, 2);
    add_number(&c->out, (uint32_t)++c->correlation_id, 4);
    add_number(&c->out, sizeof(CLIENT_ID) - 1, 2);
    buf_add_text(&c->out, CLIENT_ID);
    wire_encode(api->request, version, false, request, &c->out);
    if (buf_error(&c->out) != OK) {
        return false;
    }
    size_t length = c->out.length - 4;
    for (int n = 0; n < 4; n++) {
        c->out.bytes[n] = (uint8_t)(length >> (24 - 8 * n));
    }
    return SSL_write(c->tls, c->out.bytes, (int)c->out.length) == (int)c->out.length;
}

/* Versions without tags alone: they say all that is needed here. */
void *selftest_client_call(struct selftest_client *c, enum wire_api_key key,
    int16_t version, const void *request)
{
    const struct wire_api *api = wire_api_find((int16_t)key);
    uint8_t head[4];

    INVARIANT(api != NULL && !wire_api_is_flexible(api, version));
    if (c->tls == NULL || !send_request(c, api, version, request) ||
        !read_all(c, head, sizeof(head))) {
        return NULL;
    }
    size_t length = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 |
                    (size_t)head[3];
    arena_reset(&c->arena);
    uint8_t *frame = length > FRAME_MAX ? NULL : arena_alloc(&c->arena, 1, length + 1);
    void *response = arena_alloc(&c->arena, 1, api->response->struct_size);
    if (frame == NULL || response == NULL || !read_all(c, frame, length)) {
        return NULL;
    }
    struct wire_reader r = wire_reader_init(frame, length);
    if (wire_read_i32(&r) != c->correlation_id ||
        wire_decode(api->response, version, false, &r, &c->arena, response) != WIRE_OK ||
        wire_reader_finish(&r) != WIRE_OK) {
        return NULL;
    }
    return response;
}

static bool login(
    struct selftest_client *c, const struct selftest_instance *i, const char *user)
{
    static const char plain[] = "PLAIN";
    struct sasl_handshake_request handshake = {
        .mechanism = {.ptr = (const uint8_t *)plain, .len = sizeof(plain) - 1}};
    const struct sasl_handshake_response *shaken =
        selftest_client_call(c, WIRE_API_SASL_HANDSHAKE, HANDSHAKE_VERSION, &handshake);
    uint8_t token[256];

    if (shaken == NULL || shaken->error_code != 0) {
        return false;
    }
    int length =
        snprintf((char *)token, sizeof(token), "%c%s%c%s", 0, user, 0, i->password);
    struct sasl_authenticate_request proof = {
        .auth_bytes = {.ptr = token, .len = (size_t)length}};
    const struct sasl_authenticate_response *answer =
        selftest_client_call(c, WIRE_API_SASL_AUTHENTICATE, AUTHENTICATE_VERSION, &proof);
    return answer != NULL && answer->error_code == 0;
}

bool selftest_client_open(
    struct selftest_client *c, const struct selftest_instance *i, const char *user)
{
    *c =
        (struct selftest_client){.fd = selftest_client_connect(i, SELFTEST_DOOR_SASL, 0)};
    arena_init(&c->arena, 4 * FRAME_MAX);
    buf_init(&c->out, FRAME_MAX);
    return c->fd >= 0 && start_tls(c, i) && login(c, i, user);
}

void selftest_client_close(struct selftest_client *c)
{
    SSL_free(c->tls);
    SSL_CTX_free(c->context);
    arena_fini(&c->arena);
    buf_fini(&c->out);
    if (c->fd >= 0) {
        (void)close(c->fd);
    }
    *c = (struct selftest_client){.fd = -1};
}

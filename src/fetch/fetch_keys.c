#include "fetch_keys.h"

#include "oauth_jwks.h"

#define REQUEST_MAX ((size_t)CONF_URL_MAX + 1024)
#define PIECE       4096

static void compose(const struct conf_url *url, struct buf *out)
{
    /* Piece by piece: a formatted one is shorter than a URL may be. */
    buf_add_text(out, "GET ");
    buf_add_text(out, url->target);
    buf_add_text(out, " HTTP/1.1\r\nHost: ");
    buf_add_text(out, url->host);
    if (url->port != CONF_PORT_HTTPS) {
        buf_add_format(out, ":%u", (unsigned)url->port);
    }
    buf_add_text(out, "\r\nUser-Agent: schloss\r\nAccept: application/json\r\n"
                      "Accept-Encoding: identity\r\nConnection: close\r\n\r\n");
}

static enum err send_request(
    struct fetch_tls *t, const struct conf_url *url, struct tls_problem *problem)
{
    struct buf request;

    buf_init(&request, REQUEST_MAX);
    compose(url, &request);
    enum err e = buf_error(&request);
    if (e == OK) {
        e = fetch_tls_write(t, request.bytes, request.length, problem);
    } else {
        tls_problem_set(problem, "the request: %s", err_text(e));
    }
    buf_fini(&request);
    return e;
}

static enum err refuse(const struct fetch_http *answer, struct tls_problem *problem)
{
    if (answer->answer == FETCH_HTTP_STATUS) {
        tls_problem_set(problem, "the answer has status %u, not 200%s", answer->status,
            answer->status / 100 == 3 ? "; redirects are not followed" : "");
    } else {
        tls_problem_set(problem, "the answer %s", fetch_http_text(answer->answer));
    }
    return answer->answer == FETCH_HTTP_MEMORY ? ERR_NOMEM : ERR_INVALID;
}

enum err fetch_keys_get(struct fetch_tls *t, const struct conf_url *url,
    struct fetch_http *answer, struct tls_problem *problem)
{
    uint8_t piece[PIECE];
    size_t length = 0;

    enum err e = send_request(t, url, problem);
    while (e == OK) {
        e = fetch_tls_read(t, piece, sizeof(piece), &length, problem);
        if (e != OK) {
            break;
        }
        enum fetch_http_answer now = fetch_http_read(answer, piece, length);
        if (now == FETCH_HTTP_DONE) {
            return OK;
        }
        if (now != FETCH_HTTP_MORE || length == 0) {
            e = refuse(answer, problem);
        }
    }
    return e;
}

enum err fetch_keys_check(const struct buf *body, struct tls_problem *problem)
{
    static struct oauth_jwks keys;
    struct oauth_jwks_problem why = {.message = ""};

    oauth_json_start();
    enum err e = oauth_jwks_load(&keys, body->bytes, body->length, &why);
    oauth_jwks_fini(&keys);
    if (e == ERR_INVALID && why.key == 0) {
        tls_problem_set(problem, "the key set %s", why.message);
    } else if (e == ERR_INVALID) {
        tls_problem_set(problem, "the key set: key %zu %s", why.key, why.message);
    } else if (e != OK) {
        tls_problem_set(problem, "the key set: %s", err_text(e));
    }
    return e;
}

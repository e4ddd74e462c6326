/*
 * fetch - gets the keys of tokens from their URL once, and ends.
 *
 * Sees:       what one server answers, over TLS, to one request.
 * Holds:      nothing: the certificates of authorities on descriptor 3, room for the keys
 *             on 4, a socket on 5 that the warden has connected to the one address of the
 *             configuration, and room for messages on 2.
 * Talks to:   that server; the warden reads its exit status and what it wrote.
 * May call:   profile `fetch`: read, write, wait and memory; no file, no new socket, no
 *             network of its own.
 * If taken:   a wrong key set, hence tokens of the attacker's make, within the scope of
 *             the plugin, until the next fetch; it reaches no other address, no data and no
 *             credential.
 *
 * It is in its sandbox before it has read a byte of the server. A sentence on descriptor 2
 * says what went wrong.
 */
#include "clock.h"
#include "fetch_keys.h"
#include "log.h"
#include "sandbox_enter.h"
#include "sandbox_libraries.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define FD_ANCHORS  3
#define FD_KEYS     4
#define FD_SOCKET   5
#define EXIT_FAILED 1
#define ANCHORS_MAX ((size_t)4 * 1024 * 1024)
#define READ_SIZE   65536
#define TIMEOUT_MS  10000

static enum err read_anchors(struct buf *out, struct tls_problem *problem)
{
    for (;;) {
        uint8_t *room = buf_reserve(out, READ_SIZE);
        ssize_t n = room == NULL ? -1 : read(FD_ANCHORS, room, READ_SIZE);
        if (n == 0) {
            return OK;
        }
        if (n < 0) {
            tls_problem_set(problem, "the file of authorities can not be read, or is "
                                     "larger than 4 MiB");
            return ERR_IO;
        }
        buf_grew(out, (size_t)n);
    }
}

static enum err write_out(int fd, const void *bytes, size_t length)
{
    for (size_t done = 0; done < length;) {
        ssize_t n = write(fd, (const uint8_t *)bytes + done, length - done);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return ERR_IO;
        }
        done += (size_t)n;
    }
    return OK;
}

static enum err get(const struct conf_url *url, int64_t deadline_ms, struct fetch_http *h,
    struct tls_problem *problem)
{
    struct fetch_tls tls = {.library = NULL};
    struct buf anchors;

    buf_init(&anchors, ANCHORS_MAX + READ_SIZE);
    enum err e = read_anchors(&anchors, problem);
    if (e == OK) {
        e = fetch_tls_init(&tls, anchors.bytes, anchors.length, problem);
    }
    buf_fini(&anchors);
    if (e == OK) {
        e = fetch_tls_connect(&tls, FD_SOCKET, url->host, deadline_ms, problem);
    }
    if (e == OK) {
        e = fetch_keys_get(&tls, url, h, problem);
    }
    fetch_tls_fini(&tls);
    return e == OK ? fetch_keys_check(&h->body, problem) : e;
}

static void enter(void)
{
    struct sandbox_failure failure;

    if (sandbox_close_files(SANDBOX_FETCH, NULL, 0, &failure) != OK ||
        sandbox_close_calls(SANDBOX_FETCH, &failure) != OK) {
        sandbox_refuse("fetch", SANDBOX_STRICT, &failure);
    }
}

int main(int argc, char **argv)
{
    static struct fetch_http answer;
    struct tls_problem problem = {""};
    struct conf_url url;

    sandbox_print_libraries(argc, argv, NULL);
    log_init("fetch", LOG_LEVEL_INFO);
    int64_t deadline_ms = clock_mono_ms() + TIMEOUT_MS;
    enter();
    fetch_http_init(&answer);
    enum err e = ERR_INVALID;
    if (argc != 2 || conf_url_parse(argv[1], &url) != NULL) {
        tls_problem_set(&problem, "there is no URL to get");
    } else {
        e = get(&url, deadline_ms, &answer, &problem);
    }
    if (e == OK && write_out(FD_KEYS, answer.body.bytes, answer.body.length) != OK) {
        tls_problem_set(&problem, "there is no room for the keys");
        e = ERR_IO;
    }
    fetch_http_fini(&answer);
    if (e != OK) {
        (void)!write_out(STDERR_FILENO, problem.text, strlen(problem.text));
        return EXIT_FAILED;
    }
    return 0;
}

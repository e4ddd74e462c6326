#include "dial_server.h"

#include "test.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void open_with(struct dial_server *s, int backlog)
{
    struct sockaddr_in name = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(name);

    *s = (struct dial_server){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    memset(s->fillers, -1, sizeof(s->fillers));
    assert_int_equal(bind(s->fd, (struct sockaddr *)&name, size), 0);
    assert_int_equal(listen(s->fd, backlog), 0);
    assert_int_equal(getsockname(s->fd, (struct sockaddr *)&name, &size), 0);
    s->address.port = ntohs(name.sin_port);
    memcpy(s->address.bytes, &name.sin_addr, 4);
}

void dial_server_open(struct dial_server *s)
{
    open_with(s, 64);
}

void dial_server_open_silent(struct dial_server *s)
{
    struct sockaddr_in name = {.sin_family = AF_INET};

    open_with(s, 0);
    name.sin_port = htons(s->address.port);
    memcpy(&name.sin_addr, s->address.bytes, 4);
    for (size_t i = 0; i < DIAL_SERVER_FILLERS; i++) {
        s->fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        (void)!connect(s->fillers[i], (struct sockaddr *)&name, sizeof(name));
    }
}

void dial_server_close(struct dial_server *s)
{
    for (size_t i = 0; i < DIAL_SERVER_FILLERS; i++) {
        if (s->fillers[i] >= 0) {
            close(s->fillers[i]);
            s->fillers[i] = -1;
        }
    }
    if (s->fd >= 0) {
        close(s->fd);
    }
    s->fd = -1;
}

bool dial_server_is_at_end_of(struct dial_server *s, int fd)
{
    char byte = 0;
    int other = accept(s->fd, NULL, NULL);

    assert_true(other >= 0);
    bool same = send(other, "x", 1, MSG_NOSIGNAL) == 1 && recv(fd, &byte, 1, 0) == 1 &&
                byte == 'x';
    close(other);
    return same;
}

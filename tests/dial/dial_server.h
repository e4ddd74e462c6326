/* dial_server - addresses on loopback that answer, refuse, or are silent. */
#ifndef DIAL_SERVER_H
#define DIAL_SERVER_H

#include "dial_attempt.h"

#define DIAL_SERVER_FILLERS 8

struct dial_server {
    int fd;
    struct dial_address address;
    int fillers[DIAL_SERVER_FILLERS]; /* of one that is silent */
};

/* It answers. */
void dial_server_open(struct dial_server *s);
/* Nobody is there: each connection is refused. */
void dial_server_close(struct dial_server *s);
/* What it has to take is full: a connection is neither made nor refused. */
void dial_server_open_silent(struct dial_server *s);
/* Whether fd, the other end of the last connection, leads there. */
bool dial_server_is_at_end_of(struct dial_server *s, int fd);

#endif

/*
 * scram_host - what the host offers (auth_plugin.h), found in its table once.
 *
 * Trust: the host is ours, but may be older or newer. Ownership: borrows the host.
 */
#ifndef SCRAM_HOST_H
#define SCRAM_HOST_H

#include "buf.h"

#include <schloss/auth_plugin.h>
#include <stdbool.h>

struct scram_host {
    void *self;
    schloss_auth_host_complete *complete;
    schloss_auth_host_now_ms *now_ms;
    schloss_auth_host_wait *wait;
    schloss_auth_host_log *log;
};

/* False: it lacks something. */
bool scram_host_init(
    struct scram_host *out, const struct schloss_auth_host *host) MUST_CHECK;
void scram_host_say(
    const struct scram_host *host, enum schloss_auth_log level, const char *text);

/* Of a configured file; -1: there is none of that name. */
int scram_host_file(const struct schloss_auth_config *config, const char *name);
/* Of the configuration; NULL: not set. */
const char *scram_host_setting(
    const struct schloss_auth_config *config, const char *name);
/* The whole file from its beginning, wherever its descriptor stands. ERR_FULL: it is
 * longer than the buffer's limit. */
enum err scram_host_read(int fd, struct buf *out) MUST_CHECK;

#endif

#include "scram_host.h"

#include "mem.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define PIECE 4096u

bool scram_host_init(struct scram_host *out, const struct schloss_auth_host *host)
{
    *out = (struct scram_host){.self = NULL};
    if (host == NULL || host->size < sizeof(*host) ||
        host->abi_major != SCHLOSS_AUTH_ABI_MAJOR) {
        return false;
    }
    out->self = host->host;
    for (const struct schloss_auth_function *f = host->functions; f->id != 0; f++) {
        switch (f->id) {
        case SCHLOSS_AUTH_HOST_COMPLETE:
            out->complete = (schloss_auth_host_complete *)f->call;
            break;
        case SCHLOSS_AUTH_HOST_NOW_MS:
            out->now_ms = (schloss_auth_host_now_ms *)f->call;
            break;
        case SCHLOSS_AUTH_HOST_WAIT:
            out->wait = (schloss_auth_host_wait *)f->call;
            break;
        case SCHLOSS_AUTH_HOST_LOG:
            out->log = (schloss_auth_host_log *)f->call;
            break;
        default:
            break; /* a newer host */
        }
    }
    return out->complete != NULL && out->now_ms != NULL && out->wait != NULL &&
           out->log != NULL;
}

void scram_host_say(
    const struct scram_host *host, enum schloss_auth_log level, const char *text)
{
    host->log(host->self, level, (struct schloss_auth_bytes){text, strlen(text)});
}

int scram_host_file(const struct schloss_auth_config *config, const char *name)
{
    for (size_t i = 0; i < config->file_count; i++) {
        if (strcmp(config->files[i].name, name) == 0) {
            return config->files[i].fd;
        }
    }
    return -1;
}

const char *scram_host_setting(const struct schloss_auth_config *config, const char *name)
{
    if (config->size < sizeof(*config)) {
        return NULL; /* a host of minor 0 */
    }
    for (size_t i = 0; i < config->setting_count; i++) {
        if (strcmp(config->settings[i].name, name) == 0) {
            return config->settings[i].value;
        }
    }
    return NULL;
}

enum err scram_host_read(int fd, struct buf *out)
{
    uint8_t piece[PIECE];

    for (;;) {
        ssize_t n = pread(fd, piece, sizeof(piece), (off_t)out->length);
        if (n < 0 && errno != EINTR) {
            return ERR_IO;
        }
        if (n == 0) {
            mem_wipe(piece, sizeof(piece));
            return OK;
        }
        if (n > 0) {
            buf_add(out, piece, (size_t)n);
        }
        if (buf_error(out) != OK) {
            return buf_error(out);
        }
    }
}

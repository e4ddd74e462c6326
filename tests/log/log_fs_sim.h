/*
 * log_fs_sim - a file system in memory that loses, at a cut, what was not synced.
 *
 * A cut is a power failure: unsynced bytes survive or not in pieces of 512 bytes, an
 * unsynced file size is anything between the old and the new one, an unsynced directory
 * entry may be gone. What survives is drawn from a seed. There is one directory; its
 * descriptor is SIM_DIR.
 *
 * Ownership: the sim owns all files. Descriptors that are open at a cut are closed by it.
 */
#ifndef LOG_FS_SIM_H
#define LOG_FS_SIM_H

#include "log_fs.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_DIR   1
#define SIM_FILES 64
#define SIM_FDS   256
#define SIM_NAME  64

struct sim_file {
    uint8_t *now;
    size_t now_len;
    uint8_t *durable;
    size_t durable_len;
    char name[SIM_NAME];         /* "": no entry at present */
    char durable_name[SIM_NAME]; /* "": none on disk */
    bool used;
};

struct sim {
    struct sim_file files[SIM_FILES];
    int fds[SIM_FDS]; /* file number + 1; 0: free */
    uint64_t seed;
    bool ignore_sync; /* the negative control: syncs do nothing and say that they did */
    long fail_after; /* this many changing calls succeed, the next one fails; -1: never */
    int fail_errno;
    bool fail_forever; /* and all after it */
    size_t space;      /* bytes that may still be written; SIZE_MAX: no limit */
    size_t syncs;
};

void sim_init(struct sim *s, uint64_t seed);
void sim_fini(struct sim *s);
struct log_fs sim_fs(struct sim *s);
void sim_cut(struct sim *s);
/* NULL where there is no such file. */
struct sim_file *sim_find(struct sim *s, const char *name);
/* Creates or replaces a file, durably. */
void sim_put(struct sim *s, const char *name, const void *bytes, size_t len);
size_t sim_open_descriptors(const struct sim *s);

#endif

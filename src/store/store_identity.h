/*
 * store_identity - meta.properties: whose data directory this is. Apache Kafka's file.
 *
 * Trust: the file may be damaged or another cluster's; then nothing is opened.
 */
#ifndef STORE_IDENTITY_H
#define STORE_IDENTITY_H

#include "store_files.h"

#define STORE_IDENTITY_FILE "meta.properties"
#define STORE_CLEAN_FILE    ".kafka_cleanshutdown"
#define STORE_CLUSTER_MAX   64

struct store_identity {
    char cluster_id[STORE_CLUSTER_MAX + 1];
    struct ipc_uuid directory;
    bool is_new; /* nobody had used the directory before */
};

/*
 * Reads the file, or writes it where there is none. cluster_id empty: the file's, or a
 * new one. Otherwise a sentence in why: ERR_DENIED for another cluster or node,
 * ERR_CORRUPT, ERR_IO.
 */
enum err store_identity_load(const struct log_fs *fs, int dir, struct ipc_view cluster_id,
    uint32_t node_id, struct store_identity *out, char *why, size_t why_size) MUST_CHECK;

/* True when the last run ended well; the mark is gone durably when this returns. */
enum err store_identity_take_clean(
    const struct log_fs *fs, int dir, bool *out) MUST_CHECK;
enum err store_identity_mark_clean(const struct log_fs *fs, int dir) MUST_CHECK;

#endif

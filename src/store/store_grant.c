#include "mem.h"
#include "store.h"

#include <string.h>

static enum err add_grant(
    struct store_gate *g, struct store_partition *p, const struct ipc_grant *told)
{
    struct store_grant *grant = mem_alloc(1, sizeof(*grant));

    if (grant == NULL) {
        return ERR_NOMEM;
    }
    *grant = (struct store_grant){.handle = told->handle,
        .partition = p,
        .operation = (enum ipc_operation)told->operation,
        .leader_epoch = told->leader_epoch,
        .max_message_bytes = told->max_message_bytes,
        .append_time = told->append_time != 0,
        .after_max_ms = told->after_max_ms};
    enum err e = table_put(&g->grants, &grant->handle, sizeof(grant->handle), grant);
    if (e != OK) {
        mem_free(grant);
        return e;
    }
    p->references++;
    store_gate_allow(g, told->max_message_bytes);
    return OK;
}

enum err store_grant_on_grant(void *context, const struct ipc_received *m)
{
    struct store *s = context;
    const struct ipc_grant *told = &m->body.grant;

    if (told->handle == 0 || told->max_message_bytes < 0 ||
        (told->operation != IPC_OPERATION_READ &&
            told->operation != IPC_OPERATION_WRITE)) {
        return ERR_INVALID;
    }
    struct store_partition *p = store_partition_find(s, &told->topic_id, told->partition);
    struct store_gate *g = store_gate_find_introduced(s, told->gate);
    if (g == NULL || p == NULL) {
        return OK; /* gone meanwhile: the gate hears that its handle is none */
    }
    if (table_get(&g->grants, &told->handle, sizeof(told->handle)) != NULL) {
        return ERR_INVALID; /* a handle is given once */
    }
    if (add_grant(g, p, told) != OK) {
        log_warn("a grant of gate %llu could not be kept [STO012]",
            (unsigned long long)g->number);
    }
    return OK;
}

struct store_grant *store_grant_find(
    struct store_gate *g, uint64_t handle, enum ipc_operation operation)
{
    struct store_grant *grant = table_get(&g->grants, &handle, sizeof(handle));

    return grant != NULL && grant->operation == operation && !grant->partition->dropped
               ? grant
               : NULL;
}

static void forget(struct store_grant *grant)
{
    store_use_flush(grant);
    store_partition_release(grant->partition);
    mem_free(grant);
}

void store_grant_remove_all(struct store_gate *g)
{
    struct store_grant *grant;

    for (size_t cursor = 0; (grant = table_next(&g->grants, &cursor)) != NULL;) {
        (void)table_remove(&g->grants, &grant->handle, sizeof(grant->handle));
        forget(grant);
    }
}

static void revoke(struct store_gate *g, uint64_t handle)
{
    if (handle == 0) {
        store_grant_remove_all(g);
        store_fetch_hurry(g);
        return;
    }
    struct store_grant *grant = table_remove(&g->grants, &handle, sizeof(handle));
    if (grant != NULL) {
        forget(grant);
        store_fetch_hurry(g);
    }
}

enum err store_grant_on_revoke(void *context, const struct ipc_received *m)
{
    struct store *s = context;
    const struct ipc_revoke *told = &m->body.revoke;
    struct ipc_revoked done = {.gate = told->gate, .handle = told->handle};
    struct store_gate *g = store_gate_find(s, told->gate);

    if (g != NULL) {
        revoke(g, told->handle);
    }
    return ipc_link_send(&s->broker, IPC_MSG_REVOKED, m->request, &done, -1);
}

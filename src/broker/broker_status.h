/*
 * broker_status - Status and Reload of the administrator's socket: what is known here, and
 * what the warden is asked for.
 *
 * The warden answers each question by messages one behind the other: processes, parts of
 * the last reload, and then the one that ends it. Who waits for a status is answered with
 * the next; a reload is one at a time.
 *
 * Unless audit.on.failure says that nothing waits for it, a reload is answered when the
 * warden's record of it and the one of who asked are on disk; or, as the part `audit` with
 * AUD017, when the audit does not say so in time.
 */
#ifndef BROKER_STATUS_H
#define BROKER_STATUS_H

#include "broker.h"

/* From the warden. */
enum err broker_status_on_process(void *context, const struct ipc_received *m) MUST_CHECK;
enum err broker_status_on_policy(void *context, const struct ipc_received *m) MUST_CHECK;
enum err broker_status_on_part(void *context, const struct ipc_received *m) MUST_CHECK;
enum err broker_status_on_status(void *context, const struct ipc_received *m) MUST_CHECK;
enum err broker_status_on_reloaded(
    void *context, const struct ipc_received *m) MUST_CHECK;
/* More is on disk than before, or the audit is late. */
void broker_status_on_trail(struct broker *b);

#endif

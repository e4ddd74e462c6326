/*
 * warden_audit - the files of the audit trail: opened here, read and written by `audit`.
 *
 * In audit.dir: audit.log, which is appended to; audit-000001.log and so on, the files before
 * it; audit.key, which signs; audit.head, a copy of the last signed line.
 */
#ifndef WARDEN_AUDIT_H
#define WARDEN_AUDIT_H

#include "warden.h"
#include "warden_files.h"

/* What START carries: audit.log. */
enum err warden_audit_open(
    const struct conf *conf, int *fd_out, struct warden_message *why) MUST_CHECK;
/* Everything else, behind READY and before any peer. */
enum err warden_audit_begin(struct warden_child *c) MUST_CHECK;
/* The present file gets a number, and another takes its place. Harmless without `audit`. */
void warden_audit_next(struct warden *w);
/* The same when somebody else has moved audit.log away; the anchors are opened anew. */
void warden_audit_reload(struct warden *w);

#endif

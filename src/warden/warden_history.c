#include "warden_history.h"

#include "policy_history.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PATH_BYTES 1024
#define BESIDE     "history"

void warden_history_directory(const struct warden *w, char *out, size_t size)
{
    const char *state = w->conf->policy_state_file;
    const char *slash = strrchr(state, '/');

    if (w->conf->policy_history_dir != NULL) {
        (void)snprintf(out, size, "%s", w->conf->policy_history_dir);
    } else {
        (void)snprintf(out, size, "%.*s" BESIDE,
            slash == NULL ? 0 : (int)(slash - state) + 1, state);
    }
}

void warden_history_keep(struct warden *w)
{
    struct warden_in_force *p = &w->in_force;
    struct policy_history_entry entry = {.serial = p->serial};
    char directory[PATH_BYTES];

    if (p->bundle.length == 0) {
        return; /* policy.mode=api: no file counts */
    }
    memcpy(entry.hash, p->hash, sizeof(entry.hash));
    warden_history_directory(w, directory, sizeof(directory));
    const enum err e = policy_history_keep(directory, &entry, &p->bundle, w->admin.gid);
    if (e == ERR_DENIED) {
        log_warn("%s: others than uid %u may write there, so the policy in force is not "
                 "kept [POL099]",
            directory, w->admin.uid);
    } else if (e != OK) {
        log_warn("%s: the policy in force can not be kept there: %s; `schloss policy "
                 "apply` has no plan [POL099]",
            directory, strerror(errno));
    }
    buf_fini(&p->bundle);
}

/*
 * auth_given - what the warden gives a plugin before it starts: files that are open, by
 * their names, and settings.
 *
 * Ownership: copies texts, takes descriptors; auth_given_fini() closes and frees them.
 */
#ifndef AUTH_GIVEN_H
#define AUTH_GIVEN_H

#include "err.h"
#include "ipc_message.h"

#include <schloss/auth_plugin.h>

#define AUTH_GIVEN_FILES    8
#define AUTH_GIVEN_SETTINGS 20

struct auth_given {
    struct schloss_auth_file files[AUTH_GIVEN_FILES];
    size_t file_count;
    struct schloss_auth_setting settings[AUTH_GIVEN_SETTINGS];
    size_t setting_count;
    char *texts[AUTH_GIVEN_FILES + 2 * AUTH_GIVEN_SETTINGS]; /* owned: of the above */
    size_t text_count;
};

/* Takes fd. ERR_FULL, ERR_NOMEM. */
enum err auth_given_file(struct auth_given *g, struct ipc_view name, int fd) MUST_CHECK;
enum err auth_given_setting(
    struct auth_given *g, struct ipc_view name, struct ipc_view value) MUST_CHECK;
void auth_given_fini(struct auth_given *g);

#endif

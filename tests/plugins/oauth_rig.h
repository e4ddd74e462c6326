/* oauth_rig - the host of one instance of the plugin, which remembers what it was told.
 * */
#ifndef OAUTH_RIG_H
#define OAUTH_RIG_H

#include <schloss/auth_plugin.h>

#define RIG_ERROR "{\"status\":\"invalid_token\"}"

struct rig {
    const struct schloss_auth_plugin *plugin;
    struct schloss_auth_instance *instance;
    unsigned completions;
    uint64_t attempt;
    uint32_t verdict;
    uint32_t reason;
    int64_t expires_ms;
    char principal[300];
    char issuer[300];
    char answer[300];
    size_t answer_length;
    char said[600];
};

/* The function of that number; the test fails where there is none. */
void (*rig_find(const struct schloss_auth_plugin *plugin, uint32_t id))(void);
/* False: the plugin refused; rig.said is what it said. jwks NULL: no such file. */
int rig_start(struct rig *r, const struct schloss_auth_plugin *plugin, const char *jwks,
    const struct schloss_auth_setting *settings, size_t count);
void rig_stop(struct rig *r);
void rig_begin(struct rig *r, uint64_t attempt);
void rig_step(struct rig *r, uint64_t attempt, const void *bytes, size_t length);
void rig_cancel(struct rig *r, uint64_t attempt);
/* Begins, and sends a token as a client does. */
void rig_send_token(struct rig *r, uint64_t attempt, const void *token, size_t length);

#endif

/*
 * password_host - a host of the password plugin that remembers the last thing it was told.
 *
 * Argon2 is real, and counted.
 */
#ifndef PASSWORD_HOST_H
#define PASSWORD_HOST_H

#include "password_plugin.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct password_host {
    int64_t now_ms;
    unsigned completions;
    unsigned waits;
    uint64_t attempt;
    struct schloss_auth_result result;
    char principal[300];
    uint32_t delay_ms;
    char said[600];
    unsigned matches; /* Argon2 since the last message was sent */
};

extern struct password_host host;
extern struct schloss_auth_host password_host_offer;

typedef void password_host_function(void);

/* A function of the plugin; NULL: it has none of that number. */
password_host_function *password_host_find(uint32_t id);
/* For password_plugin_set_match(). */
bool password_host_match(const char *hash, const void *password, size_t length);
/* All forgotten, one second after the clock began. */
void password_host_reset(void);
/* NULL: the plugin refused the users file. */
struct schloss_auth_instance *password_host_create(const char *users);
/* The same, warm, its Argon2 counted; the test fails where there is none. */
struct schloss_auth_instance *password_host_start(const char *users);
void password_host_stop(struct schloss_auth_instance *p);
/* A stored form at the least cost. */
const char *password_host_hash(char *out, const char *password);

void password_host_send(struct schloss_auth_instance *p, uint64_t attempt,
    const char *address, const void *message, size_t length);
/* The one answer since the last was looked at. */
void password_host_answered(
    uint64_t attempt, enum schloss_auth_verdict verdict, enum schloss_auth_reason reason);

#define SEND(p, attempt, text)                                                           \
    password_host_send(p, attempt, "127.0.0.1", text, sizeof(text) - 1)

#endif

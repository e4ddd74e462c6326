#include "role.h"

#include "log.h"
#include "sandbox_enter.h"
#include "sandbox_libraries.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define WARDEN_QUEUE ((size_t)1024 * 1024)

enum sandbox_role role_sandbox(enum ipc_role self)
{
    switch (self) {
    case IPC_WARDEN:
        return SANDBOX_WARDEN;
    case IPC_PORTER:
        return SANDBOX_PORTER;
    case IPC_GATE:
        return SANDBOX_GATE;
    case IPC_KEYS:
        return SANDBOX_KEYS;
    case IPC_AUTH:
        return SANDBOX_AUTH;
    case IPC_BROKER:
        return SANDBOX_BROKER;
    case IPC_STORE:
        return SANDBOX_STORE;
    case IPC_AUDIT:
        return SANDBOX_AUDIT;
    case IPC_DIAL:
        return SANDBOX_DIAL;
    }
    fatal("no such role: %d", (int)self);
}

_Noreturn void role_refuse(const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    log_err("%s", text);
    exit(ROLE_EXIT_CONFIG);
}

static struct role
    *the_role; /* of this process; the link's context belongs to its handlers */

/* Without its warden a process has nobody to work for: it ends, whatever it was doing. */
static void on_warden_end(void *context, enum err why)
{
    (void)context;
    if (why == ERR_INVALID) {
        log_err("the warden sent what it may not send now [IPC001]");
    }
    the_role->stopping = true;
    ipc_link_fini(&the_role->warden);
}

void role_begin(struct role *r, enum ipc_role self, int argc, char **argv,
    const struct ipc_handler handlers[IPC_MSG_COUNT], void *context)
{
    struct ipc_channel channel;

    log_init(ipc_role_name(self), LOG_LEVEL_INFO);
    *r = (struct role){.self = self, .sandbox = role_sandbox(self)};
    the_role = r;
    r->loop = loop_new();
    if (r->loop == NULL) {
        role_refuse("no event loop can be made");
    }
    if (ipc_channel_init(&channel, ROLE_WARDEN_FD, IPC_PACKETS, self, IPC_WARDEN,
            WARDEN_QUEUE) != OK ||
        ipc_link_init(&r->warden, r->loop, &channel, handlers, context, on_warden_end) !=
            OK) {
        role_refuse("%s is started by schlossd, not by hand",
            argc > 0 ? argv[0] : "this program");
    }
    r->warden.channel.state = ROLE_STARTING;
}

void role_await_start(struct role *r)
{
    while (!r->started) {
        if (r->stopping || loop_once(r->loop, -1) != OK) {
            exit(ROLE_EXIT_FAULT);
        }
    }
}

void role_close_files(struct role *r, const int *directories, size_t count)
{
    struct sandbox_failure failure;

    if (sandbox_close_files(r->sandbox, directories, count, &failure) != OK) {
        sandbox_refuse(ipc_role_name(r->self), SANDBOX_STRICT, &failure);
    }
}

void role_close_files_but_reading(struct role *r, const int *paths, size_t count)
{
    struct sandbox_failure failure;

    if (sandbox_close_files_but_reading(r->sandbox, paths, count, &failure) != OK) {
        sandbox_refuse(ipc_role_name(r->self), SANDBOX_STRICT, &failure);
    }
}

void role_close_calls(struct role *r)
{
    struct ipc_ready ready = {0};
    struct sandbox_failure failure;

    r->warden.channel.state = ROLE_RUNNING;
    if (sandbox_close_calls(r->sandbox, &failure) != OK) {
        sandbox_refuse(ipc_role_name(r->self), SANDBOX_STRICT, &failure);
    }
    if (ipc_link_send(&r->warden, IPC_MSG_READY, 0, &ready, -1) != OK) {
        exit(ROLE_EXIT_FAULT);
    }
}

void role_enter(struct role *r)
{
    role_close_files(r, NULL, 0);
    role_close_calls(r);
}

void role_enter_but_ports(struct role *r, const uint16_t *ports, size_t count)
{
    struct sandbox_failure failure;

    if (sandbox_close_files_but_ports(r->sandbox, ports, count, &failure) != OK) {
        sandbox_refuse(ipc_role_name(r->self), SANDBOX_STRICT, &failure);
    }
    role_close_calls(r);
}

int role_run(struct role *r)
{
    while (!r->stopping) {
        if (loop_once(r->loop, -1) != OK) {
            log_err("the event loop failed");
            return ROLE_EXIT_FAULT;
        }
    }
    return ROLE_EXIT_OK;
}

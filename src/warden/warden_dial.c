#include "warden_dial.h"

#include "conf_dial.h"
#include "sandbox_landlock.h"

#include <string.h>

bool warden_dial_is_wanted(const struct warden_plugin *p)
{
    return p->manifest.dial[0] != '\0';
}

static enum err read_addresses(
    const struct conf *conf, const struct warden_plugin *p, struct conf_dial *out)
{
    const char *key = p->manifest.dial;
    const char *value = conf_value_of(conf, key);
    const char *why = "it is not set";
    enum err e = value == NULL ? ERR_INVALID : conf_dial_parse(value, out, &why);

    if (e != OK) {
        log_err("%s, where the plugin %s connects to: %s [PLG007]", key, p->name, why);
    }
    return e;
}

enum err warden_dial_check(const struct conf *conf, const struct warden_plugin *p)
{
    struct conf_dial dial;

    return warden_dial_is_wanted(p) ? read_addresses(conf, p, &dial) : OK;
}

void warden_dial_warn(const struct warden *w)
{
    if (sandbox_landlock_has_ports(w->sandbox.landlock_abi)) {
        return;
    }
    for (size_t i = 0; i < w->plugin_count; i++) {
        if (warden_dial_is_wanted(&w->plugins[i])) {
            log_warn("%s may connect to any TCP port, not to those of %s alone: this "
                     "kernel's Landlock has ABI %d, Linux 6.7 has 4 [DIA005]",
                w->plugins[i].dial, w->plugins[i].manifest.dial, w->sandbox.landlock_abi);
        }
    }
}

enum err warden_dial_start(struct warden_child *c)
{
    const struct ipc_dial_start start = {0};
    struct conf_dial dial;
    enum err e = read_addresses(c->warden->conf, c->plugin, &dial);

    for (size_t i = 0; e == OK && i < dial.count; i++) {
        const struct conf_dial_address *a = &dial.addresses[i];
        struct ipc_dial_address told = {.is_v6 = a->is_v6, .port = a->port};
        memcpy(told.address.bytes, a->bytes, sizeof(a->bytes));
        e = ipc_link_send(&c->link, IPC_MSG_DIAL_ADDRESS, 0, &told, -1);
    }
    return e == OK ? ipc_link_send(&c->link, IPC_MSG_DIAL_START, 0, &start, -1) : e;
}

#include "warden_alive.h"

#include "clock.h"

static const char *what_it_does(enum ipc_role role)
{
    switch (role) {
    case IPC_AUTH:
        return "its plugin is in a call";
    case IPC_KEYS:
        return "its PKCS#11 module is in a call";
    default:
        return "it does nothing";
    }
}

static void on_time(void *context)
{
    struct warden_child *c = context;
    const struct ipc_alive_ask ask = {0};

    if (c->asked) {
        log_err("%s does not answer: %s since more than %d s; it is ended [WAR003]",
            warden_child_name(c), what_it_does(c->role), WARDEN_ALIVE_ANSWER_MS / 1000);
        warden_child_kill(c);
        return;
    }
    c->asked = true;
    if (ipc_link_send(&c->link, IPC_MSG_ALIVE_ASK, 0, &ask, -1) != OK ||
        loop_timer_set(
            c->warden->loop, &c->alive, clock_mono_ms() + WARDEN_ALIVE_ANSWER_MS) != OK) {
        warden_child_kill(c); /* it can not be asked, and so not be trusted to end */
    }
}

enum err warden_alive_watch(struct warden_child *c)
{
    c->alive = (struct loop_timer){.on_timer = on_time, .context = c};
    return loop_timer_set(
        c->warden->loop, &c->alive, clock_mono_ms() + WARDEN_ALIVE_PERIOD_MS);
}

enum err warden_alive_answer(struct warden_child *c)
{
    if (!c->asked) {
        return ERR_INVALID;
    }
    c->asked = false;
    return loop_timer_set(
        c->warden->loop, &c->alive, clock_mono_ms() + WARDEN_ALIVE_PERIOD_MS);
}

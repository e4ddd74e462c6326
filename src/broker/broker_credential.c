#include "broker_credential.h"

#include "broker_authn.h"
#include "mem.h"

#include <string.h>

#define ASKED_MAX 65536 /* one a session */

struct asked {
    uint64_t request;
    const struct broker_auth *auth;
    broker_credential_done *done;
    void *context;
};

void broker_credential_init(struct broker *b)
{
    table_init(&b->credentials.asked, ASKED_MAX);
    table_init(&b->credentials.users, ASKED_MAX);
}

void broker_credential_fini(struct broker *b)
{
    struct asked *asked;

    for (size_t cursor = 0;
         (asked = table_next(&b->credentials.asked, &cursor)) != NULL;) {
        mem_free(asked);
    }
    table_fini(&b->credentials.asked);
    table_fini(&b->credentials.users);
}

int64_t broker_credential_serial(struct broker *b)
{
    int64_t *given = &b->credentials.serial;

    *given = *given > b->image.credentials.serial ? *given : b->image.credentials.serial;
    return ++*given;
}

/* --- questions -------------------------------------------------------------------------- */

static enum err ask(struct broker *b, struct broker_auth *auth,
    const struct ipc_credential *told, struct asked *asked)
{
    uint64_t request = ++b->credentials.request;

    asked->request = request;
    asked->auth = auth;
    enum err e = table_put(&b->credentials.asked, &request, sizeof(request), asked);
    if (e == OK) {
        e = ipc_link_send(&auth->link, IPC_MSG_CREDENTIAL, request, told, -1);
        if (e != OK) {
            (void)table_remove(&b->credentials.asked, &request, sizeof(request));
        }
    }
    return e;
}

/* Another plugin may have the mechanism on another listener. It is told what is in force,
 * and not waited for: who is gone is given everything when it is there again. */
static void tell_others(
    struct broker *b, const struct ipc_credential *told, const struct broker_auth *first)
{
    for (size_t i = 0; i < BROKER_AUTHORITIES_MAX; i++) {
        struct broker_authority *a = &b->authorities[i];
        struct broker_auth *auth = &a->processes[a->now];
        if (auth != first && broker_authn_has(a, told->mechanism) &&
            ipc_link_is_open(&auth->link)) {
            (void)!ipc_link_send(&auth->link, IPC_MSG_CREDENTIAL, 0, told, -1);
        }
    }
}

void broker_credential_tell(struct broker *b, const struct ipc_credential *told,
    broker_credential_done *done, void *context)
{
    const struct broker_credential_answer unheard = {.heard = false};
    struct broker_auth *auth = broker_authn_present(b, told->mechanism);

    if (told->act != IPC_CREDENTIAL_OFFER) {
        tell_others(b, told, auth);
    }
    struct asked *asked = auth == NULL ? NULL : mem_alloc(1, sizeof(*asked));

    if (asked != NULL) {
        *asked = (struct asked){.done = done, .context = context};
    }
    if (asked == NULL || ask(b, auth, told, asked) != OK) {
        mem_free(asked);
        done(b, context, &unheard);
    }
}

/* asked is in the table no more; takes it. */
static void end(
    struct broker *b, struct asked *asked, const struct broker_credential_answer *answer)
{
    struct asked ended = *asked;

    mem_free(asked);
    ended.done(b, ended.context, answer);
}

enum err broker_credential_on_answer(void *context, const struct ipc_received *m)
{
    struct broker_auth *from = context;
    struct broker *b = from->broker;
    const struct broker_credential_answer answer = {.heard = true,
        .status = m->body.credential_answer.status,
        .stored = m->body.credential_answer.stored};
    struct asked *asked =
        table_get(&b->credentials.asked, &m->request, sizeof(m->request));

    if (asked == NULL || asked->auth != from) {
        return ERR_INVALID; /* nobody asked it */
    }
    (void)table_remove(&b->credentials.asked, &m->request, sizeof(m->request));
    end(b, asked, &answer);
    return OK;
}

static struct asked *take_asked(struct broker_auth *auth)
{
    struct table *all = &auth->broker->credentials.asked;
    struct asked *asked;

    for (size_t cursor = 0; (asked = table_next(all, &cursor)) != NULL;) {
        if (asked->auth == auth) {
            return table_remove(all, &asked->request, sizeof(asked->request));
        }
    }
    return NULL;
}

void broker_credential_lost(struct broker_auth *auth)
{
    const struct broker_credential_answer unheard = {.heard = false};
    struct asked *asked;

    auth->has_sealing_key = false;
    while ((asked = take_asked(auth)) != NULL) {
        end(auth->broker, asked, &unheard); /* which may ask something else */
    }
}

/* --- what is in force ------------------------------------------------------------------- */

static enum err give_one(struct broker_auth *auth, const struct meta_credential *c)
{
    const struct ipc_credential told = {.act = IPC_CREDENTIAL_KEEP,
        .name = {.ptr = c->name.ptr, .len = c->name.len},
        .mechanism = ipc_text(meta_mechanism_name(c->mechanism)),
        .cost = (uint32_t)c->iterations,
        .serial = (uint64_t)c->serial,
        .bytes = {.ptr = c->sealed.ptr, .len = c->sealed.len}};

    if (!broker_authn_has(auth->authority, told.mechanism)) {
        return OK;
    }
    return ipc_link_send(&auth->link, IPC_MSG_CREDENTIAL, 0, &told, -1);
}

void broker_credential_give(struct broker_auth *auth)
{
    const struct meta_credentials *all = &auth->broker->image.credentials;
    const struct meta_credential *c;
    enum err e = OK;

    if (!auth->broker->replayed) {
        return;
    }
    for (size_t cursor = 0;
         e == OK && (c = meta_credential_next(all, &cursor)) != NULL;) {
        e = give_one(auth, c);
    }
    if (e != OK && e != ERR_CLOSED) {
        log_err("the credentials could not be given to %s: %s [IPC026]",
            auth->authority->name, err_text(e));
    }
}

void broker_credential_give_all(struct broker *b)
{
    for (size_t i = 0; i < BROKER_AUTHORITIES_MAX; i++) {
        for (size_t k = 0; k < 2; k++) {
            struct broker_auth *auth = &b->authorities[i].processes[k];
            if (ipc_link_is_open(&auth->link)) {
                broker_credential_give(auth);
            }
        }
    }
}

/* --- the key to seal to ----------------------------------------------------------------- */

enum err broker_credential_on_key(void *context, const struct ipc_received *m)
{
    struct broker_auth *from = context;
    const struct ipc_view key = m->body.sealing_key.key;

    if (key.len != sizeof(from->sealing_key)) {
        return ERR_INVALID;
    }
    memcpy(from->sealing_key, key.ptr, key.len);
    from->has_sealing_key = true;
    return OK;
}

enum err broker_credential_on_seal_ask(
    struct broker_session *s, const struct ipc_received *m)
{
    const char *name = meta_mechanism_name((int8_t)m->body.seal_ask.mechanism);
    const struct broker_auth *auth =
        name == NULL ? NULL : broker_authn_present(s->broker, ipc_text(name));
    struct ipc_seal_key answer = {.key = {.ptr = NULL}};

    if (auth != NULL && auth->has_sealing_key) {
        answer.key =
            (struct ipc_view){.ptr = auth->sealing_key, .len = sizeof(auth->sealing_key)};
    }
    return ipc_link_send(&s->link, IPC_MSG_SEAL_KEY, m->request, &answer, -1);
}

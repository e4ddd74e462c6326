#include "broker_knows.h"

#include "broker_debt.h"
#include "broker_event.h"
#include "log.h"

static bool is_asked_about(
    const struct broker_session *s, const struct broker_authority *a)
{
    return s->asked != NULL && s->authority == a && broker_session_is_trusted(s);
}

/* Something of ours failed, which is not the client's guilt: it may come again. */
static void give_up(struct broker_session *s, const char *reason)
{
    broker_event_authentication(s, IPC_OUTCOME_FAILURE, reason);
    broker_session_kill(s, IPC_KILL_NEIGHBOUR);
}

static void arm(struct broker_authority *a, struct broker *b, int64_t due_ms)
{
    struct broker_session *s;

    a->silence.is_set = loop_timer_set(b->role.loop, &a->silence.timer, due_ms) == OK;
    if (a->silence.is_set) {
        return;
    }
    for (size_t cursor = 0; (s = table_next(&b->sessions, &cursor)) != NULL;) {
        if (is_asked_about(s, a)) {
            broker_session_kill(s, IPC_KILL_NEIGHBOUR); /* nobody would watch them */
        }
    }
}

/* Ends those whose time is over, and waits for the next of the others. */
static void on_silence(void *context)
{
    struct broker_authority *a = context;
    struct broker *b = a->processes[a->now].broker;
    int64_t now_ms = loop_now_ms(b->role.loop);
    int64_t next_ms = 0;
    size_t ended = 0;
    struct broker_session *s;

    a->silence.is_set = false;
    for (size_t cursor = 0; (s = table_next(&b->sessions, &cursor)) != NULL;) {
        if (!is_asked_about(s, a)) {
            continue;
        }
        int64_t due_ms = s->asked_ms + a->silence.max_ms;
        if (due_ms <= now_ms) {
            give_up(s, "nobody said in time whether it may stay");
            ended++;
        } else if (next_ms == 0 || due_ms < next_ms) {
            next_ms = due_ms;
        }
    }
    if (ended > 0) {
        log_err("%s did not say in time whether %zu sessions may stay: they are ended "
                "[IPC024]",
            a->name, ended);
    }
    if (next_ms != 0) {
        arm(a, b, next_ms);
    }
}

void broker_knows_init(struct broker_authority *a)
{
    a->silence = (struct broker_silence){
        .timer = {.on_timer = on_silence, .context = a}, .max_ms = BROKER_KNOWS_MS};
}

/* Where the channel is broken its end is told, and the next process is asked. */
void broker_knows_ask(struct broker_auth *auth, struct broker_session *s)
{
    struct broker_authority *a = auth->authority;
    struct ipc_auth_knows question = {
        .session = s->gate, .principal = ipc_text(s->principal)};

    if (s->asked == NULL) {
        s->asked_ms = loop_now_ms(auth->broker->role.loop);
    }
    s->asked = auth;
    enum err e = ipc_link_send(&auth->link, IPC_MSG_AUTH_KNOWS, 0, &question, -1);
    if (e == OK) {
        auth->debt.knows++;
    } else if (e != ERR_CLOSED) {
        broker_session_kill(s, IPC_KILL_NEIGHBOUR); /* nobody would know */
        return;
    }
    if (!a->silence.is_set) {
        arm(a, auth->broker, s->asked_ms + a->silence.max_ms);
    }
}

void broker_knows_ask_all(struct broker_auth *auth)
{
    struct broker *b = auth->broker;
    struct broker_session *s;

    for (size_t cursor = 0; (s = table_next(&b->sessions, &cursor)) != NULL;) {
        if (broker_session_is_trusted(s) && s->authority == auth->authority) {
            broker_knows_ask(auth, s);
        }
    }
}

/* Who is no user any more, or may not be one now. */
enum err broker_knows_on_known(void *context, const struct ipc_received *m)
{
    struct broker_auth *from = context;
    const struct ipc_auth_known *answer = &m->body.auth_known;
    struct broker_session *s = broker_session_find(from->broker, answer->session);

    if (from->debt.knows == 0) {
        return broker_debt_on_unasked(from);
    }
    from->debt.knows--;
    if (s == NULL || !broker_session_is_trusted(s) || s->asked != from) {
        return OK; /* it ended, or another is asked about it by now */
    }
    bool doubtful = s->doubtful;
    s->asked = NULL;
    s->doubtful = false;
    if (answer->known == IPC_KNOWN_NO) {
        broker_event_authentication(
            s, IPC_OUTCOME_FAILURE, "removed, disabled or expired while logged in");
        broker_session_kill(s, IPC_KILL_RIGHT_LOST);
    } else if (answer->known != IPC_KNOWN_YES && doubtful) {
        give_up(s, "let in by what was replaced meanwhile");
    }
    return OK;
}

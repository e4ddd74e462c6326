#include "broker_debt.h"

#include "log.h"

#define SPAN_MS 60000 /* longer than an attempt takes in auth */

void broker_debt_reset(struct broker_auth *auth)
{
    auth->debt = (struct broker_debt){0};
}

/* What ended long ago is not on its way any more. */
static void turn(struct broker_auth *auth)
{
    struct broker_debt *d = &auth->debt;
    int64_t now_ms = loop_now_ms(auth->broker->role.loop);

    if (now_ms - d->since_ms < SPAN_MS) {
        return;
    }
    d->late[1] = now_ms - d->since_ms < 2 * SPAN_MS ? d->late[0] : 0;
    d->late[0] = 0;
    d->unasked /= 2;
    d->since_ms = now_ms;
}

void broker_debt_add(struct broker_session *s)
{
    s->owed++;
}

void broker_debt_pay(struct broker_session *s, bool ends)
{
    s->owed = ends || s->owed == 0 ? 0 : s->owed - 1;
}

void broker_debt_drop(struct broker_session *s)
{
    if (s->auth != NULL && s->owed > 0) {
        turn(s->auth);
        s->auth->debt.late[0] += s->owed;
    }
    s->owed = 0;
}

enum err broker_debt_on_late(struct broker_auth *from)
{
    struct broker_debt *d = &from->debt;

    turn(from);
    for (size_t i = 2; i-- > 0;) { /* the oldest first */
        if (d->late[i] > 0) {
            d->late[i]--;
            return OK;
        }
    }
    return broker_debt_on_unasked(from);
}

enum err broker_debt_on_unasked(struct broker_auth *from)
{
    turn(from);
    if (++from->debt.unasked <= BROKER_UNASKED_MAX) {
        return OK;
    }
    log_err("%s answered what nobody had asked, %u times: its channel is closed [IPC023]",
        from->authority->name, from->debt.unasked);
    return ERR_INVALID;
}

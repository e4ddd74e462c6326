#include "broker_review.h"

#include "broker_grant.h"
#include "clock.h"
#include "log.h"

#define EACH_MS 1000 /* at most: an age ends at any time, and clocks are set */

/* --- the list ----------------------------------------------------------------------- */

void broker_review_add(struct broker_grant *g)
{
    struct broker_review *r = &g->session->broker->review;

    g->reviewed = r->asked;
    g->before = r->last;
    g->behind = NULL;
    if (r->last != NULL) {
        r->last->behind = g;
    } else {
        r->first = g;
    }
    r->last = g;
}

void broker_review_remove(struct broker_grant *g)
{
    struct broker_review *r = &g->session->broker->review;

    if (g->before != NULL) {
        g->before->behind = g->behind;
    } else {
        r->first = g->behind;
    }
    if (g->behind != NULL) {
        g->behind->before = g->before;
    } else {
        r->last = g->before;
    }
}

/* Those behind the first one were looked at no earlier than that. */
static bool is_done(const struct broker *b, uint64_t number)
{
    return b->review.first == NULL || b->review.first->reviewed >= number;
}

bool broker_review_is_over(const struct broker *b)
{
    return is_done(b, b->review.begun);
}

/* What is revoked from now on is not its work. */
static void note_end(struct broker *b)
{
    struct broker_review *r = &b->review;

    if (r->ended != r->begun && broker_review_is_over(b)) {
        r->ended = r->begun;
        r->told = b->revokes_told;
    }
}

bool broker_review_is_settled(const struct broker *b)
{
    return b->review.ended == b->review.begun &&
           b->revokes_told - b->revokes >= b->review.told;
}

/* --- a look ------------------------------------------------------------------------- */

/* False: its session is ended, and all its grants with it. */
static bool look_at(struct broker_grant *g)
{
    if (g->reviewed < g->session->broker->review.compared) {
        broker_grant_compare(g);
    }
    if (broker_grant_stands(g)) {
        broker_review_remove(g);
        broker_review_add(g);
    } else if (g->operation == IPC_OPERATION_READ) {
        broker_session_kill(g->session, IPC_KILL_RIGHT_LOST);
        return false;
    } else {
        broker_grant_revoke(g);
    }
    return true;
}

static void look_at_some(struct broker *b)
{
    for (size_t i = 0; i < BROKER_REVIEW_SLICE && !is_done(b, b->review.asked); i++) {
        (void)look_at(b->review.first);
    }
    note_end(b);
}

bool broker_review_session(struct broker_session *s)
{
    struct broker_grant *g;

    for (size_t at = 0; (g = table_next(&s->grants, &at)) != NULL;) {
        if (!look_at(g)) {
            return false;
        }
    }
    return true;
}

/* --- when --------------------------------------------------------------------------- */

static int64_t next_ms(const struct broker *b)
{
    const int64_t wall_ms = clock_wall_ms();
    const int64_t change_ms = policy_next_change_ms(b->policy, wall_ms);
    int64_t in_ms = EACH_MS;

    if (change_ms > wall_ms && change_ms - wall_ms < in_ms) {
        in_ms = change_ms - wall_ms;
    }
    return loop_now_ms(b->role.loop) + in_ms;
}

static void on_timer(void *context);

/* For the rest of a review at once, else for the next one, where time brings any. */
static void set_timer(struct broker *b)
{
    struct broker_review *r = &b->review;
    const bool is_idle = is_done(b, r->asked);

    loop_timer_cancel(b->role.loop, &r->timer);
    if (is_idle && !b->authz.has_ages) {
        return;
    }
    r->timer.on_timer = on_timer;
    r->timer.context = b;
    if (loop_timer_set(b->role.loop, &r->timer,
            is_idle ? r->next_ms : loop_now_ms(b->role.loop)) != OK) {
        log_err("no memory to end rights: ending [POL098]");
        b->role.stopping = true;
    }
}

static void on_timer(void *context)
{
    struct broker *b = context;

    if (b->authz.has_ages && loop_now_ms(b->role.loop) >= b->review.next_ms) {
        b->review.asked++;
        b->review.next_ms = next_ms(b);
    }
    look_at_some(b);
    set_timer(b);
}

void broker_review_set_times(struct broker *b)
{
    b->review.next_ms = b->authz.has_ages ? next_ms(b) : 0;
    set_timer(b);
}

void broker_review_begin(struct broker *b)
{
    b->review.begun = ++b->review.asked;
    look_at_some(b);
    set_timer(b);
}

void broker_review_compare(struct broker *b)
{
    b->review.compared = ++b->review.asked;
    look_at_some(b);
    set_timer(b);
}

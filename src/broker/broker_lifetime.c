#include "broker_lifetime.h"

#include "clock.h"

#include <string.h>

#define RENEWAL_INTERVAL_MS 1000 /* between two beginnings, as in Apache Kafka */
#define LIFETIME_MAX_MS     INT64_C(3155760000000) /* a hundred years */

static bool has_sasl(const struct broker_session *s)
{
    return (broker_session_listener(s)->protocol & 2) != 0;
}

/* What is told as 0 would be no end: what is over already lasts a moment. */
static int64_t time_left(int64_t expires_ms)
{
    int64_t left = expires_ms - clock_wall_ms();

    if (left <= 0) {
        return 1;
    }
    return left < LIFETIME_MAX_MS ? left : LIFETIME_MAX_MS;
}

static int64_t first_end(int64_t a, int64_t b)
{
    return a == 0 || (b > 0 && b < a) ? b : a;
}

void broker_lifetime_start(struct broker_session *s, int64_t expires_ms)
{
    /* Its certificate, where one is needed as well, was shown once for all times. */
    expires_ms = first_end(expires_ms, s->proof.expires_ms);
    int64_t left = expires_ms > 0 ? time_left(expires_ms) : 0;
    int64_t most = has_sasl(s) ? broker_session_listener(s)->reauth_max_ms : 0;

    s->lifetime.ms = first_end(left, most);
    s->lifetime.credential_ends_ms = expires_ms;
    s->lifetime.is_renewing = false;
    if (s->lifetime.ms > 0) {
        broker_session_set_deadline(s, s->lifetime.ms);
    } else {
        loop_timer_cancel(s->broker->role.loop, &s->deadline);
    }
}

/* After SaslHandshake v0 bare tokens would come, among which nothing tells us apart. */
bool broker_lifetime_may_renew(const struct broker_session *s, int16_t version)
{
    int64_t now_ms = loop_now_ms(s->broker->role.loop);

    return s->state == SESSION_AUTHENTICATED && has_sasl(s) && version >= 1 &&
           s->lifetime.ms > 0 &&
           (s->lifetime.renewed_ms == 0 ||
               now_ms - s->lifetime.renewed_ms >= RENEWAL_INTERVAL_MS);
}

void broker_lifetime_renew(struct broker_session *s, struct wire_view mechanism)
{
    s->lifetime.is_renewing = true;
    s->lifetime.renewed_ms = loop_now_ms(s->broker->role.loop);
    s->lifetime.has_other_mechanism =
        mechanism.len != strlen(s->mechanism) ||
        memcmp(mechanism.ptr, s->mechanism, mechanism.len) != 0;
    s->state = SESSION_HANDSHAKE;
    /* connections.max.reauth.ms may pass meanwhile, the end of a credential may not. */
    int64_t left = s->lifetime.credential_ends_ms > 0
                       ? time_left(s->lifetime.credential_ends_ms)
                       : INT64_MAX;
    int64_t most = s->broker->config.auth_timeout_ms;
    broker_session_set_deadline(s, left < most ? left : most);
}

bool broker_lifetime_is_renewing(const struct broker_session *s)
{
    return s->lifetime.is_renewing && s->state != SESSION_ENDING &&
           s->state != SESSION_GONE;
}

bool broker_lifetime_has_other_mechanism(const struct broker_session *s)
{
    return broker_lifetime_is_renewing(s) && s->lifetime.has_other_mechanism;
}

bool broker_lifetime_has_other_principal(
    const struct broker_session *s, struct ipc_view principal)
{
    return broker_lifetime_is_renewing(s) &&
           (principal.len != strlen(s->principal) ||
               memcmp(principal.ptr, s->principal, principal.len) != 0);
}

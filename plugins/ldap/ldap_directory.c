#include "ldap_directory.h"

void ldap_directory_init(struct ldap_directory *d, const struct ldap_link *link,
    int64_t (*now)(void), uint32_t timeout_ms)
{
    *d = (struct ldap_directory){.link = link, .now = now, .timeout_ms = timeout_ms};
}

bool ldap_answer_is_failure(enum ldap_answer answer)
{
    switch (answer) {
    case LDAP_ANSWER_RIGHT:
    case LDAP_ANSWER_WRONG:
    case LDAP_ANSWER_UNKNOWN:
    case LDAP_ANSWER_SEVERAL:
    case LDAP_ANSWER_LOCKED:
    case LDAP_ANSWER_EXPIRED:
    case LDAP_ANSWER_DISABLED:
    case LDAP_ANSWER_GROUPS:
        return false;
    case LDAP_ANSWER_UNDECIDED:
    case LDAP_ANSWER_UNREACHABLE:
    case LDAP_ANSWER_UNTRUSTED:
    case LDAP_ANSWER_CONFUSED:
        break;
    }
    return true;
}

void ldap_directory_close(struct ldap_directory *d)
{
    d->link->close(d->link->context);
    d->is_open = false;
}

static enum ldap_answer ask_once(struct ldap_directory *d, const struct ldap_login *login,
    int64_t deadline_ms, struct ldap_groups *out)
{
    enum ldap_answer answer = LDAP_ANSWER_RIGHT;

    if (!d->is_open) {
        answer = d->link->open(d->link->context, deadline_ms);
        d->is_open = answer == LDAP_ANSWER_RIGHT;
    }
    if (d->is_open) {
        answer = d->link->check(d->link->context, login, deadline_ms, out);
    }
    if (ldap_answer_is_failure(answer)) {
        ldap_directory_close(d);
    }
    return answer;
}

/* Of the directory, not of one user: who picks the name can not shut out the others. */
static bool is_out_of_order(enum ldap_answer answer)
{
    return ldap_answer_is_failure(answer) && answer != LDAP_ANSWER_UNDECIDED;
}

static void pause_for_a_while(struct ldap_directory *d, enum ldap_answer why)
{
    int64_t pause_ms = LDAP_PAUSE_MIN_MS;

    for (unsigned i = 0; i < d->failures && pause_ms < LDAP_PAUSE_MAX_MS; i++) {
        pause_ms *= 2;
    }
    d->failures++;
    d->last_failure = why;
    d->resumes_ms =
        d->now() + (pause_ms < LDAP_PAUSE_MAX_MS ? pause_ms : LDAP_PAUSE_MAX_MS);
}

enum ldap_answer ldap_directory_ask(
    struct ldap_directory *d, const struct ldap_login *login, struct ldap_groups *out)
{
    int64_t now_ms = d->now();
    int64_t deadline_ms = now_ms + d->timeout_ms;
    bool was_open = d->is_open;

    if (login->password_length == 0) {
        return LDAP_ANSWER_WRONG; /* RFC 4513, 5.1.2: it would be no proof at all */
    }
    if (d->resumes_ms != 0 && now_ms < d->resumes_ms) {
        return d->last_failure;
    }
    enum ldap_answer answer = ask_once(d, login, deadline_ms, out);
    if (is_out_of_order(answer) && was_open && d->now() < deadline_ms) {
        answer =
            ask_once(d, login, deadline_ms, out); /* the server may have hung up since */
    }
    if (is_out_of_order(answer)) {
        pause_for_a_while(d, answer);
    } else {
        d->failures = 0;
        d->resumes_ms = 0;
    }
    return answer;
}

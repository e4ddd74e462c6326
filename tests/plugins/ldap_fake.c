#include "ldap_fake.h"

#include "test.h"

#include <string.h>

int64_t ldap_fake_now_ms;

int64_t ldap_fake_now(void)
{
    return ldap_fake_now_ms;
}

static enum ldap_answer on_open(void *context, int64_t deadline_ms)
{
    struct ldap_fake *f = context;

    assert_false(f->is_open);
    assert_true(deadline_ms > ldap_fake_now_ms);
    f->opened++;
    ldap_fake_now_ms += f->takes_ms;
    f->is_open = f->opens == LDAP_ANSWER_RIGHT;
    return f->opens;
}

static enum ldap_answer on_check(void *context, const struct ldap_login *login,
    int64_t deadline_ms, struct ldap_groups *out)
{
    struct ldap_fake *f = context;

    assert_true(f->is_open);
    assert_true(login->password_length > 0);
    (void)deadline_ms;
    *out = f->groups;
    f->checked++;
    ldap_fake_now_ms += f->takes_ms;
    if (f->hung_up) {
        f->hung_up = false;
        return LDAP_ANSWER_UNREACHABLE;
    }
    if (f->answers != 0) {
        return f->answers;
    }
    return login->password_length == 5 && memcmp(login->password, "right", 5) == 0
               ? LDAP_ANSWER_RIGHT
               : LDAP_ANSWER_WRONG;
}

static void on_close(void *context)
{
    struct ldap_fake *f = context;

    f->closed++;
    f->is_open = false;
}

void ldap_fake_init(struct ldap_fake *f)
{
    *f = (struct ldap_fake){.opens = LDAP_ANSWER_RIGHT,
        .link = {.open = on_open, .check = on_check, .close = on_close, .context = f}};
    ldap_fake_now_ms = 1000;
}

#include "ldap_connection.h"

#include "clock.h"
#include "ldap_text.h"

#include <errno.h>
#include <ldap.h>
#include <openldap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DN_MAX 4096

static enum ldap_answer failed(
    struct ldap_connection *c, enum ldap_answer answer, const char *what, const char *why)
{
    c->say(c->context, what, why);
    return answer;
}

static int64_t left_ms(const struct ldap_connection *c)
{
    int64_t left = c->deadline_ms - clock_mono_ms();

    return left > 0 ? left : 0;
}

static struct timeval left_time(const struct ldap_connection *c)
{
    int64_t left = left_ms(c);

    return (struct timeval){.tv_sec = left / 1000, .tv_usec = left % 1000 * 1000};
}

/* --- the library's bytes go through the stream -------------------------------------------- */

static int on_setup(Sockbuf_IO_Desc *d, void *stream)
{
    d->sbiod_pvt = stream;
    return 0;
}

static int on_remove(Sockbuf_IO_Desc *d)
{
    d->sbiod_pvt = NULL;
    return 0;
}

static int on_control(Sockbuf_IO_Desc *d, int option, void *argument)
{
    (void)argument;
    return option == LBER_SB_OPT_DATA_READY && ldap_stream_has_bytes(d->sbiod_pvt) ? 1
                                                                                   : 0;
}

static ber_slen_t on_read(Sockbuf_IO_Desc *d, void *out, ber_len_t size)
{
    return ldap_stream_read(d->sbiod_pvt, out, size);
}

/* The bytes are the request as the library keeps it, with a password in it, and it does not
 * wipe what it frees. It never sends a request twice: referrals are not followed. */
static ber_slen_t on_write(Sockbuf_IO_Desc *d, void *bytes, ber_len_t length)
{
    ber_slen_t n = ldap_stream_write(d->sbiod_pvt, bytes, length);

    mem_wipe(bytes, length);
    return n;
}

static int on_close(Sockbuf_IO_Desc *d)
{
    (void)d; /* the stream has the socket */
    return 0;
}

static Sockbuf_IO stream_io = {.sbi_setup = on_setup,
    .sbi_remove = on_remove,
    .sbi_ctrl = on_control,
    .sbi_read = on_read,
    .sbi_write = on_write,
    .sbi_close = on_close};

static bool set_options(LDAP *ld)
{
    static const int version = LDAP_VERSION3;
    static const int never = LDAP_DEREF_NEVER;

    return ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version) == LDAP_OPT_SUCCESS &&
           ldap_set_option(ld, LDAP_OPT_DEREF, &never) == LDAP_OPT_SUCCESS &&
           ldap_set_option(ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF) == LDAP_OPT_SUCCESS &&
           ldap_set_option(ld, LDAP_OPT_RESTART, LDAP_OPT_OFF) == LDAP_OPT_SUCCESS;
}

static bool make_ld(struct ldap_connection *c)
{
    ber_len_t most = LDAP_MESSAGE_MAX;
    Sockbuf *sockbuf = NULL;

    if (ldap_init_fd(c->stream->socket.fd, LDAP_PROTO_EXT, NULL, &c->ld) !=
        LDAP_SUCCESS) {
        c->ld = NULL;
        return false;
    }
    return set_options(c->ld) &&
           ldap_get_option(c->ld, LDAP_OPT_SOCKBUF, &sockbuf) == LDAP_OPT_SUCCESS &&
           sockbuf != NULL &&
           ber_sockbuf_ctrl(sockbuf, LBER_SB_OPT_SET_MAX_INCOMING, &most) == 1 &&
           ber_sockbuf_add_io(
               sockbuf, &stream_io, LBER_SBIOD_LEVEL_PROVIDER, c->stream) == 0;
}

enum err ldap_connection_warm(void)
{
    LDAP *ld = NULL;

    /* Neither ldap.conf nor what the environment says: everything is said here. */
    if (setenv("LDAPNOINIT", "1", 1) != 0 || ldap_create(&ld) != LDAP_SUCCESS) {
        return ERR_NOMEM;
    }
    bool good = set_options(ld);
    (void)ldap_unbind_ext(ld, NULL, NULL);
    return good ? OK : ERR_UNSUPPORTED;
}

/* --- one operation ---------------------------------------------------------------------- */

/* The next message of that operation; the type, or -1: none came in time. */
static int next_message(struct ldap_connection *c, int id, LDAPMessage **out)
{
    struct timeval time = left_time(c);

    *out = NULL;
    if (time.tv_sec == 0 && time.tv_usec == 0) {
        return -1;
    }
    int type = ldap_result(c->ld, id, LDAP_MSG_ONE, &time, out);
    return type > 0 ? type : -1;
}

/* Frees the message. -1: it is no result. */
static int code_of(struct ldap_connection *c, LDAPMessage *m, LDAPControl ***controls_out)
{
    int code = LDAP_OTHER;

    return ldap_parse_result(c->ld, m, &code, NULL, NULL, NULL, controls_out, 1) ==
                   LDAP_SUCCESS
               ? code
               : -1;
}

/* What the password policy adds, if the directory has one. */
static LDAPPasswordPolicyError policy_of(
    struct ldap_connection *c, LDAPControl **controls)
{
    LDAPPasswordPolicyError error = PP_noError;
    LDAPControl *control =
        ldap_control_find(LDAP_CONTROL_PASSWORDPOLICYRESPONSE, controls, NULL);
    ber_int_t expires = 0;
    ber_int_t grace = 0;

    if (control != NULL && ldap_parse_passwordpolicy_control(c->ld, control, &expires,
                               &grace, &error) != LDAP_SUCCESS) {
        return PP_noError;
    }
    return error;
}

static enum ldap_answer judge(int code, LDAPPasswordPolicyError policy)
{
    switch (code) {
    case LDAP_SUCCESS:
        return policy == PP_changeAfterReset ? LDAP_ANSWER_EXPIRED : LDAP_ANSWER_RIGHT;
    case LDAP_INVALID_CREDENTIALS:
        if (policy == PP_accountLocked) {
            return LDAP_ANSWER_LOCKED;
        }
        return policy == PP_passwordExpired ? LDAP_ANSWER_EXPIRED : LDAP_ANSWER_WRONG;
    case LDAP_NO_SUCH_OBJECT:
    case LDAP_INVALID_DN_SYNTAX:
        return LDAP_ANSWER_UNKNOWN;
    case LDAP_INAPPROPRIATE_AUTH:
        return LDAP_ANSWER_WRONG;
    case LDAP_CONSTRAINT_VIOLATION:
        return LDAP_ANSWER_LOCKED;
    case LDAP_UNWILLING_TO_PERFORM:
        return LDAP_ANSWER_DISABLED;
    case -1:
        return LDAP_ANSWER_CONFUSED;
    default:
        return LDAP_ANSWER_UNDECIDED;
    }
}

/* A text that somebody's name went into. */
static enum ldap_answer text_answer(
    struct ldap_connection *c, const struct buf *text, const char *what)
{
    enum err e = buf_error(text);

    if (e == OK) {
        return LDAP_ANSWER_RIGHT;
    }
    return e == ERR_FULL ? LDAP_ANSWER_UNKNOWN
                         : failed(c, LDAP_ANSWER_UNDECIDED, what, err_text(e));
}

/* dn and password are not empty: an empty one would prove nothing. */
static enum ldap_answer bind_as(
    struct ldap_connection *c, const char *dn, const struct berval *password)
{
    LDAPControl *policy = NULL;
    LDAPControl **controls = NULL;
    LDAPMessage *m;
    struct berval copy = *password;
    int id = -1;

    if (dn[0] == '\0' || password->bv_len == 0) {
        return LDAP_ANSWER_WRONG;
    }
    if (ldap_create_passwordpolicy_control(c->ld, &policy) != LDAP_SUCCESS) {
        return failed(c, LDAP_ANSWER_UNREACHABLE, "bind", "out of memory");
    }
    LDAPControl *asked[] = {policy, NULL};
    int code = ldap_sasl_bind(c->ld, dn, LDAP_SASL_SIMPLE, &copy, asked, NULL, &id);
    ldap_control_free(policy);
    if (code != LDAP_SUCCESS) {
        return failed(c, LDAP_ANSWER_UNREACHABLE, "bind", ldap_err2string(code));
    }
    int type = next_message(c, id, &m);
    if (type != LDAP_RES_BIND) {
        (void)ldap_msgfree(m);
        return failed(c, LDAP_ANSWER_UNREACHABLE, "bind", "no answer");
    }
    code = code_of(c, m, &controls);
    enum ldap_answer answer = judge(code, policy_of(c, controls));
    ldap_controls_free(controls);
    return answer != LDAP_ANSWER_CONFUSED && answer != LDAP_ANSWER_UNDECIDED
               ? answer
               : failed(c, answer, "bind", code < 0 ? NULL : ldap_err2string(code));
}

/* --- search ----------------------------------------------------------------------------- */

struct found {
    const struct ldap_login *login; /* who is looked for */
    unsigned entries;
    bool has_name; /* the first has the very name that was typed */
    char dn[DN_MAX];
    bool has_groups; /* ... and all of its groups are in */
    struct ldap_groups *groups;
};

/* Directories find Alice for alice: another name would be another principal. */
static bool has_value(
    struct ldap_connection *c, LDAPMessage *entry, const struct ldap_login *login)
{
    struct berval **values =
        ldap_get_values_len(c->ld, entry, c->settings->name_attribute);
    bool found = false;

    for (size_t i = 0; values != NULL && values[i] != NULL; i++) {
        found |= values[i]->bv_len == login->name_length &&
                 memcmp(values[i]->bv_val, login->name, login->name_length) == 0;
    }
    ldap_value_free_len(values);
    return found;
}

static bool take_values(struct ldap_connection *c, LDAPMessage *entry, const char *name,
    struct ldap_groups *out)
{
    struct berval **values = ldap_get_values_len(c->ld, entry, name);
    bool good = values != NULL;

    for (size_t i = 0; good && values[i] != NULL; i++) {
        good = ldap_groups_add(out, values[i]->bv_val, values[i]->bv_len);
    }
    ldap_value_free_len(values);
    return good;
}

/* Whether these are all. With an option, such as the range that Active Directory makes of
 * many values, or in two parts, they may not be. */
static bool take_groups(
    struct ldap_connection *c, LDAPMessage *entry, struct ldap_groups *out)
{
    const char *wanted = c->settings->group_attribute;
    int code = LDAP_SUCCESS;
    BerElement *ber = NULL;
    unsigned seen = 0;
    bool good = ldap_set_option(c->ld, LDAP_OPT_RESULT_CODE, &code) == LDAP_OPT_SUCCESS;

    if (wanted[0] == '\0') {
        return true;
    }
    for (char *name = ldap_first_attribute(c->ld, entry, &ber); name != NULL;
         name = ldap_next_attribute(c->ld, entry, ber)) {
        if (good && ldap_groups_is_attribute(name, wanted)) {
            good = ++seen == 1 && strlen(name) == strlen(wanted) &&
                   take_values(c, entry, name, out);
        }
        ldap_memfree(name);
    }
    ber_free(ber, 0);
    return good &&
           ldap_get_option(c->ld, LDAP_OPT_RESULT_CODE, &code) == LDAP_OPT_SUCCESS &&
           code == LDAP_SUCCESS;
}

static void take_entry(struct ldap_connection *c, LDAPMessage *entry, struct found *out)
{
    char *dn = ldap_get_dn(c->ld, entry);

    if (out->entries++ == 0 && dn != NULL && strlen(dn) < sizeof(out->dn)) {
        memcpy(out->dn, dn, strlen(dn) + 1);
        out->has_name = has_value(c, entry, out->login);
        out->has_groups = take_groups(c, entry, out->groups);
    }
    ldap_memfree(dn);
}

/* RIGHT: the search is over. */
static enum ldap_answer collect(struct ldap_connection *c, int id, struct found *out)
{
    for (unsigned i = 0; i < LDAP_MESSAGES_MAX; i++) {
        LDAPMessage *m;
        int type = next_message(c, id, &m);
        if (type == LDAP_RES_SEARCH_RESULT) {
            int code = code_of(c, m, NULL);
            return code == LDAP_SUCCESS || code == LDAP_SIZELIMIT_EXCEEDED
                       ? LDAP_ANSWER_RIGHT
                       : failed(c, LDAP_ANSWER_CONFUSED, "search",
                             code < 0 ? NULL : ldap_err2string(code));
        }
        if (type == LDAP_RES_SEARCH_ENTRY) {
            take_entry(c, m, out);
        }
        (void)ldap_msgfree(m); /* a referral is not followed */
        if (type < 0 && c->stream->frame.too_long) {
            return failed(c, LDAP_ANSWER_UNDECIDED, "search", "an entry is too long");
        }
        if (type < 0) {
            return failed(c, LDAP_ANSWER_UNREACHABLE, "search", "no answer");
        }
    }
    return failed(c, LDAP_ANSWER_CONFUSED, "search", "too many answers");
}

/* The library takes names that it could write to. */
struct attributes {
    char name[LDAP_SETTINGS_TEXT + 1];
    char groups[LDAP_SETTINGS_TEXT + 1];
    char *list[3];
};

static void list_attributes(const struct ldap_settings *s, struct attributes *out)
{
    memcpy(out->name, s->name_attribute, sizeof(out->name));
    memcpy(out->groups, s->group_attribute, sizeof(out->groups));
    out->list[0] = out->name;
    out->list[1] = out->groups[0] != '\0' ? out->groups : NULL;
    out->list[2] = NULL;
}

static enum ldap_answer search(struct ldap_connection *c, struct found *out)
{
    struct timeval time = left_time(c);
    struct attributes attributes;
    struct buf filter;
    int id = -1;

    list_attributes(c->settings, &attributes);
    buf_init(&filter, DN_MAX);
    ldap_text_expand(
        &filter, c->settings->filter, out->login->name, out->login->name_length);
    buf_add(&filter, "", 1);
    enum ldap_answer answer = text_answer(c, &filter, "search");
    if (answer == LDAP_ANSWER_RIGHT &&
        ldap_search_ext(c->ld, c->settings->base, LDAP_SCOPE_SUBTREE,
            (const char *)filter.bytes, attributes.list, 0, NULL, NULL, &time, 2,
            &id) != LDAP_SUCCESS) {
        answer = failed(c, LDAP_ANSWER_UNREACHABLE, "search", NULL);
    }
    buf_fini(&filter);
    return answer == LDAP_ANSWER_RIGHT ? collect(c, id, out) : answer;
}

/* Of the entry that was bound, and by who it is. Whatever else the directory says is about
 * this user only. */
static enum ldap_answer read_own_groups(
    struct ldap_connection *c, const char *dn, struct found *out)
{
    struct timeval time = left_time(c);
    struct attributes attributes;
    int id = -1;

    list_attributes(c->settings, &attributes);
    if (ldap_search_ext(c->ld, dn, LDAP_SCOPE_BASE, "(objectClass=*)",
            attributes.list + 1, 0, NULL, NULL, &time, 2, &id) != LDAP_SUCCESS) {
        return failed(c, LDAP_ANSWER_UNREACHABLE, "search", NULL);
    }
    enum ldap_answer answer = collect(c, id, out);
    if (answer == LDAP_ANSWER_CONFUSED) {
        return LDAP_ANSWER_UNDECIDED;
    }
    if (answer == LDAP_ANSWER_RIGHT && out->entries != 1) {
        return failed(
            c, LDAP_ANSWER_UNDECIDED, "search", "the user can not read its own entry");
    }
    return answer;
}

/* --- the link --------------------------------------------------------------------------- */

static struct berval berval_of(const void *bytes, size_t length)
{
    /* The library does not write through it. */
    return (struct berval){.bv_len = length, .bv_val = (char *)(uintptr_t)bytes};
}

static enum ldap_answer bind_to(
    struct ldap_connection *c, const struct buf *dn, const struct ldap_login *login)
{
    const struct berval password = berval_of(login->password, login->password_length);
    enum ldap_answer answer = text_answer(c, dn, "bind");

    return answer == LDAP_ANSWER_RIGHT ? bind_as(c, (const char *)dn->bytes, &password)
                                       : answer;
}

/* Who is not there takes the same way, so that the time does not tell. */
static enum ldap_answer pretend(struct ldap_connection *c, const struct ldap_login *login)
{
    struct buf dn;

    buf_init(&dn, DN_MAX);
    ldap_text_expand(&dn, "uid=%u,", login->name, login->name_length);
    buf_add_text(&dn, c->settings->base);
    buf_add(&dn, "", 1);
    enum ldap_answer answer = bind_to(c, &dn, login);
    buf_fini(&dn);
    return answer == LDAP_ANSWER_UNREACHABLE || answer == LDAP_ANSWER_CONFUSED
               ? answer
               : LDAP_ANSWER_UNKNOWN;
}

static enum ldap_answer check_by_search(
    struct ldap_connection *c, const struct ldap_login *login, struct ldap_groups *groups)
{
    const struct secret *own = &c->settings->bind_password;
    const struct berval own_password = berval_of(own->bytes, own->length);
    const struct berval password = berval_of(login->password, login->password_length);
    struct found found = {.login = login, .groups = groups};

    enum ldap_answer answer = bind_as(c, c->settings->bind_dn, &own_password);
    if (answer == LDAP_ANSWER_UNREACHABLE || answer == LDAP_ANSWER_CONFUSED) {
        return answer;
    }
    if (answer != LDAP_ANSWER_RIGHT) {
        return failed(
            c, LDAP_ANSWER_CONFUSED, "bind", "the account of search.bind.dn is refused");
    }
    answer = search(c, &found);
    if (answer != LDAP_ANSWER_RIGHT) {
        return answer;
    }
    if (found.entries > 1) {
        return LDAP_ANSWER_SEVERAL;
    }
    if (found.entries == 0 || !found.has_name) {
        return pretend(c, login);
    }
    answer = bind_as(c, found.dn, &password);
    return answer == LDAP_ANSWER_RIGHT && !found.has_groups ? LDAP_ANSWER_GROUPS : answer;
}

static enum ldap_answer check_by_template(
    struct ldap_connection *c, const struct ldap_login *login, struct ldap_groups *groups)
{
    struct found found = {.login = login, .has_groups = true, .groups = groups};
    struct buf dn;

    buf_init(&dn, DN_MAX);
    ldap_text_expand(&dn, c->settings->dn_template, login->name, login->name_length);
    buf_add(&dn, "", 1);
    enum ldap_answer answer = bind_to(c, &dn, login);
    if (answer == LDAP_ANSWER_RIGHT && c->settings->group_attribute[0] != '\0') {
        answer = read_own_groups(c, (const char *)dn.bytes, &found);
    }
    buf_fini(&dn);
    return answer == LDAP_ANSWER_RIGHT && !found.has_groups ? LDAP_ANSWER_GROUPS : answer;
}

static enum ldap_answer on_check(void *context, const struct ldap_login *login,
    int64_t deadline_ms, struct ldap_groups *out)
{
    struct ldap_connection *c = context;

    *out = (struct ldap_groups){.length = 0};
    c->deadline_ms = deadline_ms;
    ldap_stream_set_limits(c->stream, deadline_ms, LDAP_STREAM_BYTES_MAX);
    if (ldap_settings_searches(c->settings)) {
        return check_by_search(c, login, out);
    }
    /* Of another spelling the directory would think it is the same user; the policy not. */
    return ldap_text_has_one_spelling(login->name, login->name_length)
               ? check_by_template(c, login, out)
               : LDAP_ANSWER_UNKNOWN;
}

static enum ldap_answer secure(struct ldap_connection *c)
{
    const char *what = "StartTLS";
    enum err e = c->settings->starttls ? ldap_stream_start_tls(c->stream) : OK;

    if (e == OK) {
        what = "TLS";
        e = ldap_stream_secure(c->stream);
    }
    if (e == OK) {
        return LDAP_ANSWER_RIGHT;
    }
    return failed(c, e == ERR_DENIED ? LDAP_ANSWER_UNTRUSTED : LDAP_ANSWER_UNREACHABLE,
        what, c->stream->why != NULL ? c->stream->why : err_text(e));
}

static enum ldap_answer on_open(void *context, int64_t deadline_ms)
{
    struct ldap_connection *c = context;

    c->deadline_ms = deadline_ms;
    int fd = c->dial(c->context, (uint32_t)left_ms(c));
    if (fd < 0) {
        return failed(c, LDAP_ANSWER_UNREACHABLE, "connect", NULL);
    }
    ldap_stream_open(c->stream, fd, deadline_ms);
    enum ldap_answer answer = secure(c);
    if (answer == LDAP_ANSWER_RIGHT && !make_ld(c)) {
        answer = failed(c, LDAP_ANSWER_UNREACHABLE, "connect", "out of memory");
    }
    return answer;
}

static void on_link_close(void *context)
{
    struct ldap_connection *c = context;

    c->stream->failed = true; /* no farewell: it could block */
    if (c->ld != NULL) {
        (void)ldap_unbind_ext(c->ld, NULL, NULL);
        c->ld = NULL;
    }
    ldap_stream_close(c->stream);
}

struct ldap_link ldap_connection_link(struct ldap_connection *c)
{
    return (struct ldap_link){
        .open = on_open, .check = on_check, .close = on_link_close, .context = c};
}

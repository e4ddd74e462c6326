#include "password_sasl.h"

#include <limits.h>
#include <sasl/sasl.h>
#include <sasl/saslplug.h>
#include <string.h>

#define MECHANISM "PLAIN"
#define SERVICE   "kafka"
#define HOST      "localhost" /* given, so that Cyrus does not resolve our own name */

/* From libplain, which is on our link line. */
int plain_server_plug_init(const sasl_utils_t *utils, int maxversion, int *out_version,
    sasl_server_plug_t **pluglist, int *plugcount);

/* What Cyrus would read from a file; what is not here has its default. */
static int on_getopt(void *context, const char *plugin, const char *option,
    const char **result, unsigned *length)
{
    static const struct {
        const char *option;
        const char *value;
    } options[] = {
        {"pwcheck_method", "none"}, /* there is no other judge than on_checkpass() */
        {"auxprop_plugin", "none"},
        {"mech_list", MECHANISM},
        {"auto_transition", "no"},
        {"log_level", "0"},
    };

    (void)context;
    (void)plugin;
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        if (strcmp(option, options[i].option) == 0) {
            *result = options[i].value;
            if (length != NULL) {
                *length = (unsigned)strlen(options[i].value);
            }
            return SASL_OK;
        }
    }
    return SASL_FAIL;
}

/* A folder that is in nobody's root. */
static int on_getpath(void *context, const char **path)
{
    (void)context;
    *path = "/nonexistent";
    return SASL_OK;
}

static int on_verifyfile(void *context, const char *file, sasl_verify_type_t type)
{
    (void)context;
    (void)file;
    (void)type;
    return SASL_CONTINUE; /* do not use it */
}

/* Cyrus would write user names to syslog. */
static int on_log(void *context, int level, const char *message)
{
    (void)context;
    (void)level;
    (void)message;
    return SASL_OK;
}

struct judgement {
    const struct password_sasl_login *login;
    enum password_answer answer;
    bool asked;
};

static int on_checkpass(sasl_conn_t *conn, void *context, const char *user,
    const char *password, unsigned length, struct propctx *properties)
{
    struct judgement *j = context;
    const struct password_message *parsed = j->login->parsed;

    (void)conn;
    (void)properties;
    if (j->asked || user == NULL || password == NULL ||
        strlen(user) != parsed->name_length ||
        memcmp(user, parsed->name, parsed->name_length) != 0 ||
        length != parsed->password_length ||
        !mem_equal_constant_time(password, parsed->password, length)) {
        return SASL_BADAUTH;
    }
    const struct password_proof proof = {.name = user,
        .name_length = parsed->name_length,
        .password = password,
        .password_length = length};
    j->answer = j->login->verify(j->login->context, &proof);
    j->asked = true;
    return j->answer == PASSWORD_RIGHT ? SASL_OK : SASL_BADAUTH;
}

/* Cyrus's table holds functions of many shapes as one; each is called by its own. */
typedef void function(void);
typedef int callback(void);
#define CALLBACK(name) ((callback *)(function *)(name))

enum err password_sasl_start(void)
{
    static const sasl_callback_t callbacks[] = {
        {SASL_CB_GETOPT, CALLBACK(on_getopt), NULL},
        {SASL_CB_GETPATH, CALLBACK(on_getpath), NULL},
        {SASL_CB_GETCONFPATH, CALLBACK(on_getpath), NULL},
        {SASL_CB_VERIFYFILE, CALLBACK(on_verifyfile), NULL},
        {SASL_CB_LOG, CALLBACK(on_log), NULL},
        {SASL_CB_LIST_END, NULL, NULL},
    };

    if (sasl_server_init(callbacks, NULL) != SASL_OK) {
        return ERR_UNSUPPORTED;
    }
    if (sasl_server_add_plugin(MECHANISM, plain_server_plug_init) != SASL_OK) {
        password_sasl_stop();
        return ERR_UNSUPPORTED;
    }
    return OK;
}

void password_sasl_stop(void)
{
    (void)sasl_server_done();
}

/* Cyrus is done, and for the very name that we read. */
static bool is_for(sasl_conn_t *conn, const struct password_message *parsed)
{
    const void *name = NULL;

    return sasl_getprop(conn, SASL_USERNAME, &name) == SASL_OK && name != NULL &&
           strlen(name) == parsed->name_length &&
           memcmp(name, parsed->name, parsed->name_length) == 0;
}

enum err password_sasl_run(
    const struct password_sasl_login *login, enum password_answer *answer_out)
{
    struct judgement j = {.login = login, .answer = PASSWORD_WRONG};
    const sasl_callback_t callbacks[] = {
        {SASL_CB_SERVER_USERDB_CHECKPASS, CALLBACK(on_checkpass), &j},
        {SASL_CB_LIST_END, NULL, NULL},
    };
    const char *answer = NULL;
    unsigned answer_length = 0;
    sasl_conn_t *conn = NULL;

    *answer_out = PASSWORD_WRONG;
    if (login->length > PASSWORD_MESSAGE_MAX) {
        return ERR_INVALID;
    }
    if (sasl_server_new(SERVICE, HOST, NULL, NULL, NULL, callbacks, 0, &conn) !=
        SASL_OK) {
        return ERR_NOMEM;
    }
    int result = sasl_server_start(conn, MECHANISM, login->message,
        (unsigned)login->length, &answer, &answer_length);
    bool good = result == SASL_OK && j.asked && j.answer == PASSWORD_RIGHT &&
                answer_length == 0 && is_for(conn, login->parsed);
    sasl_dispose(&conn);
    if (good) {
        *answer_out = PASSWORD_RIGHT;
        return OK;
    }
    if (!j.asked || j.answer == PASSWORD_RIGHT) {
        return result == SASL_NOMEM ? ERR_NOMEM : ERR_INVALID;
    }
    *answer_out = j.answer;
    return ERR_DENIED;
}

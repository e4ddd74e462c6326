#include "token.h"

#include "algo.h"
#include "ipc_words.h"
#include "log.h"
#include "mem.h"
#include "role.h"
#include "token_code.h"
#include "token_sign.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- what the warden gives -------------------------------------------------------- */

static enum err copy_text(struct ipc_view from, char *out, size_t size)
{
    if (from.len == 0 || from.len >= size || memchr(from.ptr, '\0', from.len) != NULL) {
        return ERR_INVALID;
    }
    memcpy(out, from.ptr, from.len);
    out[from.len] = '\0';
    return OK;
}

static enum err add_path(struct token *t, struct ipc_view from)
{
    char path[256];
    enum err e = copy_text(from, path, sizeof(path));

    if (e != OK || t->path_count == TOKEN_PATHS_MAX) {
        return ERR_INVALID;
    }
    int fd = open(path, O_PATH | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        role_refuse("%s, of ssl.key.pkcs11.paths, can not be opened: %s [KEY007]", path,
            strerror(errno));
    }
    t->paths[t->path_count++] = fd;
    return OK;
}

static enum err set_variable(struct ipc_view name, struct ipc_view value)
{
    char name_text[65];
    char value_text[256];

    if (copy_text(name, name_text, sizeof(name_text)) != OK ||
        copy_text(value, value_text, sizeof(value_text)) != OK) {
        return ERR_INVALID;
    }
    return setenv(name_text, value_text, 1) == 0 ? OK : ERR_INVALID;
}

static enum err on_given(void *context, const struct ipc_received *m)
{
    struct token *t = context;
    enum err e;

    switch (m->msg) {
    case IPC_MSG_KEYS_TOKEN:
        e = copy_text(m->body.keys_token.module, t->module, sizeof(t->module));
        return e == OK ? copy_text(m->body.keys_token.uri, t->uri, sizeof(t->uri)) : e;
    case IPC_MSG_KEYS_PATH:
        return add_path(t, m->body.keys_path.path);
    case IPC_MSG_KEYS_VARIABLE:
        return set_variable(m->body.keys_variable.name, m->body.keys_variable.value);
    default:
        return ERR_INVALID;
    }
}

/* --- the module ------------------------------------------------------------------- */

/* ISO C has no conversion from an object's address to a function's; POSIX has. */
static CK_C_GetFunctionList entry_of(void *library)
{
    CK_C_GetFunctionList entry = NULL;
    void *symbol = dlsym(library, "C_GetFunctionList");

    _Static_assert(sizeof(entry) == sizeof(symbol), "one kind of address");
    memcpy(&entry, &symbol, sizeof(entry));
    return entry;
}

static enum err load(
    const struct token *t, CK_FUNCTION_LIST **out, struct keys_problem *problem)
{
    void *library = dlopen(t->module, RTLD_NOW | RTLD_LOCAL);

    if (library == NULL) {
        const char *why = dlerror();
        return keys_say(problem, "the PKCS#11 module %s can not be loaded: %s", t->module,
            why != NULL ? why : "no reason");
    }
    CK_C_GetFunctionList entry = entry_of(library);
    if (entry == NULL || entry(out) != CKR_OK || *out == NULL ||
        (*out)->version.major != 2) {
        return keys_say(problem, "%s is no PKCS#11 module of version 2", t->module);
    }
    return OK;
}

/* In a process with several threads this is refused, and else does nothing. */
static enum err check_threads(struct keys_problem *problem)
{
    return unshare(CLONE_THREAD) == 0
               ? OK
               : keys_say(problem,
                     "the PKCS#11 module has started a thread, which the "
                     "process of the key does not have: use another module");
}

static enum err on_open(
    void *context, enum keys_type type, int pin_fd, struct keys_problem *problem)
{
    struct token *t = context;
    CK_FUNCTION_LIST *module = NULL;
    struct token_uri uri;
    struct token_pin pin;
    const char *why = token_uri_parse(t->uri, &uri);

    if (why != NULL) {
        return keys_say(problem, "ssl.key.pkcs11.uri: this %s", why);
    }
    enum err e = load(t, &module, problem);
    if (e == OK) {
        e = token_session_begin(module, problem);
    }
    if (e == OK) {
        e = token_pin_read(pin_fd, &pin, problem);
    }
    if (e == OK) {
        e = token_session_open(&t->session, module, &uri, type, &pin, problem);
        mem_wipe(&pin, sizeof(pin));
    }
    return e == OK ? check_threads(problem) : e;
}

static enum err on_sign(void *context, const struct keys_order *order,
    uint8_t signature[KEYS_SIGNATURE_MAX], size_t *length_out)
{
    const struct token *t = context;
    struct token_code_text text;
    CK_RV code = CKR_OK;
    enum err e = token_sign(&t->session, order, signature, length_out, &code);

    if (e != OK) {
        log_err("the token does not sign: %s [KEY020]",
            code == CKR_OK ? "what it answers is no signature" : token_code(code, &text));
    }
    return e;
}

static const int *on_paths(void *context, size_t *count_out)
{
    const struct token *t = context;

    *count_out = t->path_count;
    return t->paths;
}

struct keys_signer token_signer(struct token *t)
{
    return (struct keys_signer){.context = t,
        .given = on_given,
        .open = on_open,
        .sign = on_sign,
        .paths = on_paths};
}

void token_print_files(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] == '/' && dlopen(argv[i], RTLD_NOW | RTLD_LOCAL) == NULL) {
            (void)fprintf(stderr, "%s\n", dlerror());
            exit(ROLE_EXIT_CONFIG);
        }
    }
    algo_print_files(argc, argv);
}

#include "auth_loader.h"

#include <dlfcn.h>
#include <string.h>

static bool is_text(const char *text, size_t max)
{
    if (text == NULL) {
        return false;
    }
    size_t length = strnlen(text, max + 1);
    if (length == 0 || length > max) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (text[i] < 0x20 || text[i] > 0x7e) {
            return false;
        }
    }
    return true;
}

/* False: that function was there before. */
static bool set_function(struct auth_plugin *p, const struct schloss_auth_function *f)
{
#define TAKE(NUMBER, field)                                                              \
    case NUMBER:                                                                         \
        if (p->field != NULL) {                                                          \
            return false;                                                                \
        }                                                                                \
        p->field = (schloss_auth_plugin_##field *)f->call;                               \
        break
    switch (f->id) {
        TAKE(SCHLOSS_AUTH_PLUGIN_CREATE, create);
        TAKE(SCHLOSS_AUTH_PLUGIN_DESTROY, destroy);
        TAKE(SCHLOSS_AUTH_PLUGIN_WARM, warm);
        TAKE(SCHLOSS_AUTH_PLUGIN_BEGIN, begin);
        TAKE(SCHLOSS_AUTH_PLUGIN_STEP, step);
        TAKE(SCHLOSS_AUTH_PLUGIN_CANCEL, cancel);
        TAKE(SCHLOSS_AUTH_PLUGIN_RESUME, resume);
        TAKE(SCHLOSS_AUTH_PLUGIN_KNOWS, knows);
        TAKE(SCHLOSS_AUTH_PLUGIN_SEALING_KEY, sealing_key);
        TAKE(SCHLOSS_AUTH_PLUGIN_CREDENTIAL, credential);
        TAKE(SCHLOSS_AUTH_PLUGIN_FILES, files);
    default:
        break; /* of a newer minor version */
    }
#undef TAKE
    return true;
}

static enum err take_functions(struct auth_plugin *p,
    const struct schloss_auth_function *functions, const char **why_out)
{
    *why_out = "its table of functions is missing or has no end";
    if (functions == NULL) {
        return ERR_INVALID;
    }
    for (size_t i = 0; functions[i].id != 0; i++) {
        if (i == AUTH_LOADER_FUNCTIONS_MAX) {
            return ERR_INVALID;
        }
        if (functions[i].call == NULL || !set_function(p, &functions[i])) {
            *why_out = "a function is empty or there twice";
            return ERR_INVALID;
        }
    }
    if (p->create == NULL || p->destroy == NULL || p->warm == NULL || p->begin == NULL ||
        p->step == NULL || p->cancel == NULL) {
        *why_out = "a function that is required is missing";
        return ERR_INVALID;
    }
    if ((p->sealing_key == NULL) != (p->credential == NULL)) {
        *why_out = "of the functions for credentials it has one alone";
        return ERR_INVALID;
    }
    return OK;
}

enum err auth_loader_check(struct auth_plugin *out,
    const struct schloss_auth_plugin *about, const char **why_out)
{
    struct auth_plugin p = {.about = about};

    if (about == NULL) {
        *why_out = "it does not work with this version of Schloss";
        return ERR_UNSUPPORTED;
    }
    if (about->size < sizeof(*about)) {
        *why_out = "its description is too short";
        return ERR_INVALID;
    }
    if (about->abi_major != SCHLOSS_AUTH_ABI_MAJOR) {
        *why_out = "it was built for another version of the plugin interface";
        return ERR_UNSUPPORTED;
    }
    if (!is_text(about->name, AUTH_LOADER_TEXT_MAX) ||
        !is_text(about->version, AUTH_LOADER_TEXT_MAX) ||
        !is_text(about->mechanisms, AUTH_LOADER_MECHANISM_MAX)) {
        *why_out = "its name, version or mechanisms are not short printable texts";
        return ERR_INVALID;
    }
    enum err e = take_functions(&p, about->functions, why_out);
    if (e != OK) {
        return e;
    }
    *out = p;
    return OK;
}

enum err auth_loader_open(struct auth_plugin *out, const char *path, const char **why_out)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);

    if (library == NULL) {
        *why_out = "the file is not there, or a library that it needs is not";
        return ERR_NOT_FOUND;
    }
    void *symbol = dlsym(library, SCHLOSS_AUTH_PLUGIN_ENTRY);
    if (symbol == NULL) {
        (void)dlclose(library);
        *why_out = "it is not an authentication plugin";
        return ERR_INVALID;
    }
    schloss_auth_plugin_entry *entry;
    memcpy(&entry, &symbol, sizeof(entry)); /* ISO C has no cast for this */
    enum err e = auth_loader_check(out, entry(SCHLOSS_AUTH_HOST_ABI), why_out);
    if (e != OK) {
        (void)dlclose(library);
        return e;
    }
    out->library = library;
    return OK;
}

void auth_loader_close(struct auth_plugin *p)
{
    if (p->library != NULL) {
        (void)dlclose(p->library);
    }
    *p = (struct auth_plugin){.library = NULL};
}

bool auth_loader_has_word(struct ipc_view list, struct ipc_view name)
{
    size_t start = 0;

    for (size_t i = 0; i <= list.len; i++) {
        if (i < list.len && list.ptr[i] != ' ' && list.ptr[i] != ',') {
            continue;
        }
        if (i > start && i - start == name.len &&
            memcmp(list.ptr + start, name.ptr, name.len) == 0) {
            return true;
        }
        start = i + 1;
    }
    return false;
}

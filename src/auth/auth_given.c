#include "auth_given.h"

#include "mem.h"

#include <unistd.h>

static const char *copy(struct auth_given *g, struct ipc_view text)
{
    char *copy = mem_copy_text(text.ptr, text.len);

    if (copy != NULL) {
        g->texts[g->text_count++] = copy;
    }
    return copy;
}

enum err auth_given_file(struct auth_given *g, struct ipc_view name, int fd)
{
    bool room = g->file_count < AUTH_GIVEN_FILES;
    const char *text = room ? copy(g, name) : NULL;

    if (text == NULL) {
        (void)close(fd);
        return room ? ERR_NOMEM : ERR_FULL;
    }
    g->files[g->file_count++] = (struct schloss_auth_file){.name = text, .fd = fd};
    return OK;
}

enum err auth_given_setting(
    struct auth_given *g, struct ipc_view name, struct ipc_view value)
{
    if (g->setting_count == AUTH_GIVEN_SETTINGS) {
        return ERR_FULL;
    }
    struct schloss_auth_setting *s = &g->settings[g->setting_count++];
    *s = (struct schloss_auth_setting){.name = copy(g, name), .value = copy(g, value)};
    return s->name == NULL || s->value == NULL ? ERR_NOMEM : OK;
}

void auth_given_fini(struct auth_given *g)
{
    for (size_t i = 0; i < g->file_count; i++) {
        (void)close(g->files[i].fd);
    }
    for (size_t i = 0; i < g->text_count; i++) {
        mem_free(g->texts[i]);
    }
    *g = (struct auth_given){.file_count = 0};
}

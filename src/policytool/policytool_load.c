#include "policytool_load.h"

#include "mem.h"
#include "text.h"

#include <string.h>

#define MESSAGES_MAX ((size_t)4 << 20)

enum err policytool_load_files(struct policytool_load *l, const char *path)
{
    const char *slash = strrchr(path, '/');
    const size_t length = slash == NULL ? 0 : (size_t)(slash - path) + 1;
    struct policy_collect_message why;

    *l = (struct policytool_load){.directory = mem_copy_text(path, length)};
    buf_init(&l->messages, MESSAGES_MAX);
    report_init(&l->report, &l->messages);
    if (l->directory == NULL) {
        return ERR_NOMEM;
    }
    l->report.directory = l->directory;
    const enum err e = policy_collect(path, &l->files, &why);
    l->is_collected = e == OK;
    if (e == ERR_INVALID) {
        text_add_safe(&l->messages, why.text, strlen(why.text), false);
        buf_add_text(&l->messages, "\n");
    }
    return e;
}

enum err policytool_load_set(struct policytool_load *l, const char *path)
{
    enum err e = policytool_load_files(l, path);

    if (e == OK) {
        e = policytool_set_make(l->files.files, l->files.count, &l->report, &l->set);
    }
    if (e == ERR_INVALID && l->is_collected) {
        report_finish(&l->report, l->files.files[0].name, "policy not loaded");
    }
    return e;
}

void policytool_load_close(struct policytool_load *l)
{
    policytool_set_fini(&l->set);
    if (l->is_collected) {
        policy_collected_fini(&l->files);
    }
    buf_fini(&l->messages);
    mem_free(l->directory);
    *l = (struct policytool_load){.directory = NULL};
}

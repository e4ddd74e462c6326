#include "cli_sources.h"

#include "cert_file.h"
#include "cli_output.h"
#include "mem.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILES_MAX  64
#define BYTES_MAX  ((size_t)1 << 20)
#define ERRORS_MAX ((size_t)65536)
#define ENDING     ".properties"

struct sources {
    struct conf_source items[FILES_MAX];
    struct buf texts[FILES_MAX];
    char paths[FILES_MAX][CERT_PATH_MAX];
    size_t count;
};

static enum cli_exit add_file(struct sources *s, const char *path)
{
    const size_t i = s->count;

    if (i == FILES_MAX) {
        cli_error(NULL, "more than %d configuration files", FILES_MAX);
        return CLI_EXIT_USAGE;
    }
    buf_init(&s->texts[i], BYTES_MAX);
    s->count++;
    enum err e = cert_file_read(path, &s->texts[i]);
    if (e != OK) {
        cli_error(NULL, "cannot read %s: %s", path, strerror(errno));
        return CLI_EXIT_USAGE;
    }
    (void)snprintf(s->paths[i], CERT_PATH_MAX, "%s", path);
    s->items[i] = (struct conf_source){
        .name = s->paths[i], .text = s->texts[i].bytes, .length = s->texts[i].length};
    return CLI_EXIT_OK;
}

static int is_properties(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);

    return length > strlen(ENDING) &&
           strcmp(entry->d_name + length - strlen(ENDING), ENDING) == 0;
}

static enum cli_exit add_drop_ins(struct sources *s, const char *path)
{
    const char *slash = strrchr(path, '/');
    char folder[CERT_PATH_MAX];
    char file[CERT_PATH_MAX];
    struct dirent **entries = NULL;
    enum cli_exit result = CLI_EXIT_OK;

    (void)snprintf(folder, sizeof(folder), "%.*s/conf.d",
        slash == NULL ? 1 : (int)(slash - path), slash == NULL ? "." : path);
    int n = scandir(folder, &entries, is_properties, alphasort);
    for (int i = 0; i < n; i++) {
        if (result == CLI_EXIT_OK) {
            result = cert_file_path(file, folder, entries[i]->d_name) == OK
                         ? add_file(s, file)
                         : CLI_EXIT_USAGE;
        }
        free(entries[i]);
    }
    free(entries);
    return result;
}

static void print_errors(struct buf *errors)
{
    if (errors->length > 0) {
        (void)fwrite(errors->bytes, 1, errors->length, stderr);
    }
    buf_fini(errors);
}

enum cli_exit cli_sources_conf(const char *path, struct conf **out)
{
    struct sources *s = mem_alloc(1, sizeof(*s));
    struct buf errors;

    if (s == NULL) {
        cli_error(NULL, "%s", err_text(ERR_NOMEM));
        return CLI_EXIT_NO;
    }
    buf_init(&errors, ERRORS_MAX);
    enum cli_exit result = add_file(s, path);
    result = result == CLI_EXIT_OK ? add_drop_ins(s, path) : result;
    if (result == CLI_EXIT_OK && conf_parse(s->items, s->count, out, &errors) != OK) {
        result = CLI_EXIT_USAGE;
    }
    print_errors(&errors);
    for (size_t i = 0; i < s->count; i++) {
        buf_fini(&s->texts[i]);
    }
    mem_free(s);
    return result;
}

/* --- manifests -------------------------------------------------------------------- */

static bool find_manifest(
    const struct conf *conf, const char *plugin, char out[CERT_PATH_MAX])
{
    char self[CERT_PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
    char *slash = length < 0 ? NULL : memrchr(self, '/', (size_t)length);

    if (slash != NULL) {
        *slash = '\0';
    }
    const char *folders[] = {slash == NULL ? NULL : self, conf->auth_plugin_dir};
    for (size_t i = 0; i < 2; i++) {
        int n = folders[i] == NULL
                    ? -1
                    : snprintf(out, CERT_PATH_MAX, "%s/%s.manifest", folders[i], plugin);
        if (n > 0 && n < CERT_PATH_MAX && access(out, F_OK) == 0) {
            return true;
        }
    }
    return false;
}

enum cli_exit cli_sources_manifest(
    const struct conf *conf, const char *plugin, struct conf_manifest *out)
{
    char path[CERT_PATH_MAX];
    struct buf text;
    struct buf errors;
    enum cli_exit result = CLI_EXIT_OK;

    if (!find_manifest(conf, plugin, path)) {
        cli_error("schloss.auth.plugin.dir names the folder of plugins from elsewhere",
            "there is no %s.manifest beside this program", plugin);
        return CLI_EXIT_NO;
    }
    buf_init(&text, BYTES_MAX);
    buf_init(&errors, ERRORS_MAX);
    enum err e = cert_file_read(path, &text);
    if (e != OK) {
        cli_error(NULL, "cannot read %s: %s", path, strerror(errno));
        result = CLI_EXIT_NO;
    } else {
        const struct conf_source source = {
            .name = path, .text = text.bytes, .length = text.length};
        result =
            conf_manifest_parse(&source, out, &errors) == OK ? CLI_EXIT_OK : CLI_EXIT_NO;
    }
    print_errors(&errors);
    buf_fini(&text);
    return result;
}

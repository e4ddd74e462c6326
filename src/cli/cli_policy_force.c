#include "cli_policy_force.h"

#include "mem.h"

#include <errno.h>
#include <string.h>

#define MESSAGES_MAX ((size_t)4 << 20)

static bool is_text(struct wire_view view, const char *text)
{
    return view.len == strlen(text) && memcmp(view.ptr, text, view.len) == 0;
}

static char *copy_view(struct wire_view view)
{
    return mem_copy_text(view.len == 0 ? (const uint8_t *)"" : view.ptr, view.len);
}

/* --- the question --- */

static enum cli_exit take(struct cli_policy_force *f, const struct status_response *r)
{
    const struct status_response_policy *p = r->policies.items;

    f->policy = NULL;
    f->permissive = NULL;
    for (int32_t i = 0; i < r->policies.count; i++) {
        if (is_text(p[i].mode, "permissive")) {
            f->permissive = &p[i];
        } else {
            f->policy = &p[i];
        }
    }
    if (f->policy == NULL ||
        (f->policy->hash.len != 0 &&
            !policy_history_is_hash(
                (const char *)f->policy->hash.ptr, f->policy->hash.len))) {
        cli_error("is it a schlossd of this version?",
            "schlossd does not say which policy is in force");
        return CLI_EXIT_NO;
    }
    mem_free(f->file);
    mem_free(f->history);
    f->file = copy_view(f->policy->file);
    f->history = copy_view(f->policy->history);
    memset(f->hash, 0, sizeof(f->hash));
    if (f->policy->hash.len != 0) {
        memcpy(f->hash, f->policy->hash.ptr, POLICY_HASH_DIGITS);
    }
    if (f->file == NULL || f->history == NULL) {
        cli_error(NULL, "%s", err_text(ERR_NOMEM));
        return CLI_EXIT_NO;
    }
    f->status = r;
    return CLI_EXIT_OK;
}

enum cli_exit cli_policy_force_ask(struct cli_policy_force *f)
{
    const struct status_request request = {.processes = true};
    const void *answer = NULL;
    enum cli_exit result =
        cli_admin_call(&f->admin, WIRE_ADMIN_STATUS, &request, &answer);

    if (result == CLI_EXIT_OK) {
        const struct status_response *r = answer;
        result = cli_admin_check(r->error_code, r->error_message, "ask for the policy");
        result = result == CLI_EXIT_OK ? take(f, r) : result;
    }
    return result;
}

enum cli_exit cli_policy_force_open(struct cli_policy_force *f, const struct cli *cli)
{
    *f = (struct cli_policy_force){.status = NULL};
    enum cli_exit result = cli_admin_open(&f->admin, cli);

    return result == CLI_EXIT_OK ? cli_policy_force_ask(f) : result;
}

void cli_policy_force_close(struct cli_policy_force *f)
{
    cli_admin_close(&f->admin);
    mem_free(f->file);
    mem_free(f->history);
    f->file = NULL;
    f->history = NULL;
}

/* --- its files --- */

static const char *decode(struct cli_policy_kept *k)
{
    enum err e = policy_bundle_decode(k->bytes.bytes, k->bytes.length, &k->bundle);

    if (e != OK) {
        return err_text(e);
    }
    k->is_decoded = true;
    e = policytool_set_make(k->bundle.files, k->bundle.count, &k->report, &k->set);
    return e == OK ? NULL : "this program reads its text otherwise than schlossd";
}

static const char *load(const struct cli_policy_force *f, struct cli_policy_kept *k)
{
    struct policy_history h;
    const struct policy_history_entry *found = NULL;

    if (policy_history_list(f->history, &h) != OK) {
        return strerror(errno);
    }
    for (size_t i = 0; i < h.count && found == NULL; i++) {
        found = strcmp(h.entries[i].hash, f->hash) == 0 ? &h.entries[i] : NULL;
    }
    if (found == NULL) {
        return "schlossd could not keep them; its log says why [POL099]";
    }
    enum err e = policy_history_read(f->history, found, &k->bytes);
    if (e != OK) {
        return e == ERR_IO ? strerror(errno) : "the file has another hash than its name";
    }
    return decode(k);
}

bool cli_policy_force_load(
    const struct cli_policy_force *f, struct cli_policy_kept *out, const char **why)
{
    *out = (struct cli_policy_kept){.is_decoded = false};
    buf_init(&out->bytes, POLICY_BUNDLE_MAX);
    buf_init(&out->messages, MESSAGES_MAX);
    report_init(&out->report, &out->messages);
    *why = load(f, out);
    return *why == NULL;
}

void cli_policy_kept_fini(struct cli_policy_kept *k)
{
    policytool_set_fini(&k->set);
    if (k->is_decoded) {
        policy_bundle_fini(&k->bundle);
    }
    buf_fini(&k->messages);
    buf_fini(&k->bytes);
}

enum err cli_policy_files_hash(
    const struct policy_collected *files, char out[POLICY_HASH_DIGITS + 1])
{
    struct buf bundle;

    buf_init(&bundle, POLICY_BUNDLE_MAX);
    enum err e = policy_bundle_encode(files->files, files->count, &bundle);
    if (e == OK) {
        policy_history_hash(bundle.bytes, bundle.length, out);
    }
    buf_fini(&bundle);
    return e;
}

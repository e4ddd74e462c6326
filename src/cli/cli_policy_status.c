/* schloss policy status: which policy is in force, and whether the files are it. */
#include "cli_policy_force.h"
#include "cli_run.h"
#include "clock.h"
#include "policy_state.h"
#include "policytool_text.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

#define OUT_MAX ((size_t)64 << 20)
#define SOON_MS (INT64_C(14) * 24 * 3600 * 1000)

struct shown {
    struct cli_policy_force force;
    struct cli_policy_kept kept;
    const char *no_history;                  /* why there is none; NULL: kept is read */
    char files_hash[POLICY_HASH_DIGITS + 1]; /* "": they can not be read */
    struct policy_state state;
    bool is_signed;
    bool differs;
};

static void look_at_files(struct shown *s)
{
    struct policy_collect_message why;
    struct policy_collected files;

    if (s->force.hash[0] == '\0') {
        return; /* policy.mode=api */
    }
    if (policy_collect(s->force.file, &files, &why) != OK) {
        cli_error(NULL, "%s", why.text);
    } else {
        if (cli_policy_files_hash(&files, s->files_hash) != OK) {
            s->files_hash[0] = '\0';
        }
        policy_collected_fini(&files);
    }
    s->differs = strcmp(s->files_hash, s->force.hash) != 0;
}

/* --- rules that end soon --- */

static const struct policy_model_rule *next_ending(const struct shown *s, size_t *cursor)
{
    const struct policy_model *m = &s->kept.set.model;
    const int64_t now_ms = clock_wall_ms();

    while (s->no_history == NULL && *cursor < m->rules_count) {
        const struct policy_model_rule *r = &m->rules[(*cursor)++];
        const int64_t until_ms = r->condition.until_ms;
        if (until_ms != 0 && until_ms >= now_ms && until_ms - now_ms <= SOON_MS) {
            return r;
        }
    }
    return NULL;
}

static void add_json_view(struct buf *out, const char *name, struct wire_view v)
{
    buf_add_format(out, "\"%s\": ", name);
    text_add_json(out, v.len == 0 ? (const uint8_t *)"" : v.ptr, v.len);
    buf_add_text(out, ", ");
}

static void add_json_ending(const struct shown *s, struct buf *out)
{
    const struct policy_model_rule *r = NULL;
    size_t cursor = 0;
    bool first = true;

    buf_add_text(out, "\"ending\": [");
    while ((r = next_ending(s, &cursor)) != NULL) {
        buf_add_format(out, "%s{\"rule\": \"%s\", \"file\": ", first ? "" : ", ", r->id);
        text_add_json(out, r->place.file, strlen(r->place.file));
        buf_add_format(out, ", \"line\": %u, \"until\": \"", r->place.line);
        policytool_add_time(out, r->condition.until_ms);
        buf_add_text(out, "\", \"text\": ");
        text_add_json(out, r->text.ptr, r->text.len);
        buf_add_text(out, "}");
        first = false;
    }
    buf_add_text(out, "]");
}

/* --- JSON --- */

static void add_json_policy(struct buf *out, const struct status_response_policy *p)
{
    add_json_view(out, "file", p->file);
    add_json_view(out, "mode", p->mode);
    buf_add_format(out, "\"serial\": %lld, ", (long long)p->serial);
    add_json_view(out, "hash", p->hash);
    buf_add_format(out, "\"since_ms\": %lld, \"refused_ms\": %lld, \"rules\": %d",
        (long long)p->since_ms, (long long)p->refused_ms, p->rules);
}

static void write_json(const struct shown *s, struct buf *out)
{
    const struct cli_policy_force *f = &s->force;

    buf_add_text(out, "{");
    add_json_policy(out, f->policy);
    buf_add_text(out, ", ");
    add_json_view(out, "cluster", f->status->cluster_id);
    if (s->is_signed) {
        buf_add_format(out, "\"signers\": %u, ", s->state.signers);
    } else {
        buf_add_text(out, "\"signers\": null, ");
    }
    buf_add_format(out, "\"files_hash\": \"%s\", \"files_differ\": %s, ", s->files_hash,
        s->differs ? "true" : "false");
    add_json_view(out, "history", f->policy->history);
    buf_add_format(
        out, "\"history_is_read\": %s, ", s->no_history == NULL ? "true" : "false");
    add_json_ending(s, out);
    buf_add_text(out, ", \"permissive\": ");
    if (f->permissive == NULL) {
        buf_add_text(out, "null");
    } else {
        buf_add_text(out, "{");
        add_json_policy(out, f->permissive);
        buf_add_text(out, "}");
    }
    buf_add_text(out, "}\n");
}

/* --- text --- */

static void add_line(struct buf *out, const char *name, struct wire_view v)
{
    buf_add_format(out, "%-12s", name);
    text_add_safe(out, v.len == 0 ? (const uint8_t *)"" : v.ptr, v.len, false);
    buf_add_text(out, "\n");
}

static void add_when(struct buf *out, const char *name, int64_t ms)
{
    char text[CLI_ADMIN_TIME];

    cli_admin_time(ms, text);
    buf_add_format(out, "%-12s%s\n", name, text);
}

static void add_text_policy(struct buf *out, const struct status_response_policy *p)
{
    add_line(out, "file", p->file);
    add_line(out, "mode", p->mode);
    buf_add_format(out, "%-12s%lld\n", "serial", (long long)p->serial);
    add_line(out, "hash", p->hash);
    add_when(out, "since", p->since_ms);
    buf_add_format(out, "%-12s%d\n", "rules", p->rules);
    if (p->refused_ms != 0) {
        add_when(out, "refused", p->refused_ms);
    }
}

static void write_text(const struct shown *s, struct buf *out)
{
    const struct cli_policy_force *f = &s->force;
    const struct policy_model_rule *r = NULL;
    size_t cursor = 0;

    add_text_policy(out, f->policy);
    add_line(out, "cluster", f->status->cluster_id);
    if (s->is_signed) {
        buf_add_format(out, "%-12s%u\n", "signers", s->state.signers);
    }
    while ((r = next_ending(s, &cursor)) != NULL) {
        buf_add_format(out, "%-12s%s  ", "ends soon", r->id);
        policytool_add_time(out, r->condition.until_ms);
        buf_add_text(out, "  ");
        policytool_add_place(out, &r->place);
        buf_add_text(out, "\n");
    }
    if (f->permissive != NULL) {
        buf_add_text(out, "permissive, which decides nothing:\n");
        add_text_policy(out, f->permissive);
    }
    if (s->differs) {
        buf_add_text(out, "the files on disk are not the policy in force\n");
    }
    if (f->policy->refused_ms != 0) {
        buf_add_text(out, "the last reload of the policy was refused\n");
    }
}

/* --- */

static enum cli_exit print(const struct shown *s, const struct cli *cli)
{
    const bool as_json =
        cli_has(cli, CLI_OUTPUT) && strcmp(cli->text[CLI_OUTPUT], "json") == 0;
    struct buf out;

    buf_init(&out, OUT_MAX);
    if (as_json) {
        write_json(s, &out);
    } else {
        write_text(s, &out);
    }
    const bool good = buf_error(&out) == OK &&
                      fwrite(out.bytes, 1, out.length, stdout) == out.length &&
                      fflush(stdout) == 0;
    buf_fini(&out);
    if (!good) {
        cli_error(NULL, "cannot write the result");
        return CLI_EXIT_NO;
    }
    return s->differs || s->force.policy->refused_ms != 0 ? CLI_EXIT_NO : CLI_EXIT_OK;
}

static enum cli_exit show(struct shown *s, const struct cli *cli)
{
    const struct wire_view state = s->force.policy->state;

    look_at_files(s);
    s->is_signed =
        state.len > 0 &&
        policy_state_parse((struct policy_view){state.ptr, state.len}, &s->state);
    if (!cli_policy_force_load(&s->force, &s->kept, &s->no_history) &&
        s->force.hash[0] != '\0') {
        cli_error(NULL, "rules that end soon are not known: %s: %s", s->force.history,
            s->no_history);
    }
    const enum cli_exit result = print(s, cli);
    cli_policy_kept_fini(&s->kept);
    return result;
}

enum cli_exit cli_policy_status(const struct cli *cli)
{
    struct shown s = {.no_history = NULL};
    enum cli_exit result = cli_policy_force_open(&s.force, cli);

    result = result == CLI_EXIT_OK ? show(&s, cli) : result;
    cli_policy_force_close(&s.force);
    return result;
}

#include "selftest_result.h"

#include "mem.h"

#include <string.h>

enum err selftest_results_init(struct selftest_results *r)
{
    *r = (struct selftest_results){
        .items = mem_alloc(SELFTEST_RESULTS_MAX, sizeof(struct selftest_result))};
    return r->items == NULL ? ERR_NOMEM : OK;
}

void selftest_results_fini(struct selftest_results *r)
{
    mem_free(r->items);
    *r = (struct selftest_results){0};
}

void selftest_results_add(struct selftest_results *r, bool over_ipc, const char *process,
    const char *attempt, const char *expected, const char *got)
{
    INVARIANT(r->count < SELFTEST_RESULTS_MAX);
    struct selftest_result *item = &r->items[r->count++];

    *item = (struct selftest_result){
        .over_ipc = over_ipc, .refused = strcmp(expected, got) == 0};
    (void)snprintf(item->process, sizeof(item->process), "%s", process);
    (void)snprintf(item->attempt, sizeof(item->attempt), "%s", attempt);
    (void)snprintf(item->expected, sizeof(item->expected), "%s", expected);
    (void)snprintf(item->got, sizeof(item->got), "%s", got);
    r->refused += item->refused ? 1 : 0;
}

static bool alike(const struct selftest_result *a, const struct selftest_result *b)
{
    return a->over_ipc == b->over_ipc && a->refused == b->refused &&
           strcmp(a->attempt, b->attempt) == 0 && strcmp(a->expected, b->expected) == 0 &&
           strcmp(a->got, b->got) == 0;
}

static bool is_first(const struct selftest_results *r, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (alike(&r->items[i], &r->items[index])) {
            return false;
        }
    }
    return true;
}

/* "gate", or "gate store keys", or "every one" of those that sandboxes were tried for. */
static void join_processes(
    const struct selftest_results *r, size_t index, char *out, size_t size)
{
    size_t at = 0;
    size_t count = 0;

    out[0] = '\0';
    for (size_t i = index; i < r->count; i++) {
        if (!alike(&r->items[i], &r->items[index])) {
            continue;
        }
        if (at + sizeof(r->items[i].process) + 2 < size) {
            at += (size_t)snprintf(
                out + at, size - at, "%s%s", count > 0 ? " " : "", r->items[i].process);
        }
        count++;
    }
    if (count == 8 && !r->items[index].over_ipc) {
        (void)snprintf(out, size, "all eight");
    }
}

void selftest_results_print(const struct selftest_results *r, FILE *out)
{
    char processes[160];
    size_t ipc = 0;

    (void)fprintf(out, "%-8s %-58s %-22s %-22s %s\n", "REFUSED", "ATTEMPT", "EXPECTED",
        "GOT", "PROCESS");
    for (size_t i = 0; i < r->count; i++) {
        const struct selftest_result *item = &r->items[i];
        ipc += item->over_ipc ? 1 : 0;
        if (!is_first(r, i)) {
            continue;
        }
        join_processes(r, i, processes, sizeof(processes));
        (void)fprintf(out, "%-8s %-58s %-22s %-22s %s\n", item->refused ? "yes" : "NO",
            item->attempt, item->expected, item->got, processes);
    }
    (void)fprintf(out,
        "\n%zu attempts, %zu of them by a gate or a plugin that was taken over: "
        "%zu refused, %zu NOT\n",
        r->count, ipc, r->refused, r->count - r->refused);
}

static void print_text(FILE *out, const char *name, const char *text)
{
    (void)fprintf(out, "\"%s\": \"", name);
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '"' || *p == '\\') {
            (void)fprintf(out, "\\%c", *p);
        } else if ((unsigned char)*p < 0x20) {
            (void)fprintf(out, "\\u%04x", (unsigned)(unsigned char)*p);
        } else {
            (void)fputc(*p, out);
        }
    }
    (void)fputs("\", ", out);
}

void selftest_results_print_json(const struct selftest_results *r, FILE *out)
{
    (void)fputs("[", out);
    for (size_t i = 0; i < r->count; i++) {
        const struct selftest_result *item = &r->items[i];
        (void)fputs(i == 0 ? "\n  {" : ",\n  {", out);
        print_text(out, "process", item->process);
        print_text(out, "attempt", item->attempt);
        print_text(out, "expected", item->expected);
        print_text(out, "got", item->got);
        (void)fprintf(out, "\"refused\": %s}", item->refused ? "true" : "false");
    }
    (void)fputs("\n]\n", out);
}

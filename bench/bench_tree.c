#include "bench_tree.h"

#include "bench_wait.h"
#include "mem.h"
#include "text.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROCESSES_MAX  65536
#define FILE_MAX       4096
#define CPU_TRIES      20
#define SETTLE_MS      20000
#define SETTLE_STEP_MS 50
#define SETTLE_STEPS   5 /* that often the same: at rest */

struct processes { /* the root first, then its descendants */
    struct bench_stat *list;
    size_t count;
    size_t capacity;
};

/* ---- files of /proc ---- */

/* At most size - 1 bytes, and a NUL. */
static enum err read_file(const char *path, char *out, size_t size, size_t *length_out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t length = 0;
    ssize_t n = -1;

    if (fd < 0) {
        return errno == EACCES || errno == EPERM ? ERR_DENIED : ERR_NOT_FOUND;
    }
    while (length < size - 1 && (n = read(fd, out + length, size - 1 - length)) > 0) {
        length += (size_t)n;
    }
    int error = n < 0 ? errno : 0;
    (void)close(fd);
    if (error != 0) {
        return error == EACCES || error == EPERM ? ERR_DENIED : ERR_NOT_FOUND;
    }
    out[length] = '\0';
    *length_out = length;
    return OK;
}

static bool next_number(const char **at, uint64_t *out)
{
    char *end = NULL;

    while (**at == ' ') {
        (*at)++;
    }
    if (!isdigit((unsigned char)**at)) {
        return false;
    }
    *out = strtoull(*at, &end, 10);
    *at = end;
    return true;
}

/* Fields are numbered as in proc(5); those between may be negative. */
static bool skip_fields(const char **at, unsigned count)
{
    while (count > 0 && **at != '\0') {
        *at += strspn(*at, " ");
        *at += strcspn(*at, " ");
        count--;
    }
    return count == 0;
}

enum err bench_stat_parse(const char *line, size_t length, struct bench_stat *out)
{
    const char *name_end = memrchr(line, ')', length);
    const char *at = line;
    uint64_t pid = 0;
    uint64_t parent = 0;
    uint64_t ticks[4] = {0}; /* utime, stime, cutime, cstime */

    if (name_end == NULL || !next_number(&at, &pid) || at >= name_end) {
        return ERR_INVALID;
    }
    at = name_end + 1;
    if (!skip_fields(&at, 1) || !next_number(&at, &parent) || !skip_fields(&at, 9)) {
        return ERR_INVALID;
    }
    for (size_t i = 0; i < 4; i++) {
        if (!next_number(&at, &ticks[i])) {
            return ERR_INVALID;
        }
    }
    *out = (struct bench_stat){.pid = (pid_t)pid,
        .parent = (pid_t)parent,
        .own_ticks = ticks[0] + ticks[1],
        .reaped_ticks = ticks[2] + ticks[3]};
    return OK;
}

static enum err read_stat(pid_t pid, struct bench_stat *out)
{
    char path[64];
    char line[FILE_MAX];
    size_t length = 0;

    (void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    enum err e = read_file(path, line, sizeof(line), &length);
    return e == OK ? bench_stat_parse(line, length, out) : e;
}

/* ---- the tree ---- */

static enum err add_process(struct processes *p, const struct bench_stat *stat)
{
    if (p->count == PROCESSES_MAX) {
        return ERR_FULL;
    }
    if (p->count == p->capacity) {
        size_t capacity = p->capacity == 0 ? 256 : p->capacity * 2;
        struct bench_stat *list = mem_resize(p->list, capacity, sizeof(*list));
        if (list == NULL) {
            return ERR_NOMEM;
        }
        p->list = list;
        p->capacity = capacity;
    }
    p->list[p->count++] = *stat;
    return OK;
}

static enum err read_all(struct processes *out)
{
    DIR *dir = opendir("/proc");
    enum err e = dir == NULL ? ERR_IO : OK;

    while (e == OK) {
        const struct dirent *entry = readdir(dir);
        struct bench_stat stat;
        if (entry == NULL) {
            break;
        }
        if (isdigit((unsigned char)entry->d_name[0]) &&
            read_stat((pid_t)atoi(entry->d_name), &stat) == OK) {
            e = add_process(out, &stat);
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
    return e;
}

static void swap(struct bench_stat *a, struct bench_stat *b)
{
    struct bench_stat kept = *a;

    *a = *b;
    *b = kept;
}

/* Moves the root and all below it to the front; says how many they are. */
static size_t gather(struct processes *p, pid_t root)
{
    size_t found = 0;

    for (size_t i = 0; i < p->count && found == 0; i++) {
        if (p->list[i].pid == root) {
            swap(&p->list[found++], &p->list[i]);
        }
    }
    for (size_t parent = 0; parent < found; parent++) {
        for (size_t i = found; i < p->count; i++) {
            if (p->list[i].parent == p->list[parent].pid) {
                swap(&p->list[found++], &p->list[i]);
            }
        }
    }
    return found;
}

static enum err read_tree(pid_t root, struct processes *out)
{
    *out = (struct processes){.list = NULL};
    enum err e = read_all(out);
    if (e == OK) {
        out->count = gather(out, root);
        e = out->count == 0 ? ERR_NOT_FOUND : OK;
    }
    if (e != OK) {
        mem_free(out->list);
        *out = (struct processes){.list = NULL};
    }
    return e;
}

/* ---- CPU time ---- */

static enum err thread_time(pid_t pid, const char *thread, uint64_t *ns_out)
{
    char path[128];
    char line[128];
    const char *at = line;
    size_t length = 0;

    (void)snprintf(path, sizeof(path), "/proc/%d/task/%.20s/schedstat", (int)pid, thread);
    enum err e = read_file(path, line, sizeof(line), &length);
    if (e == OK && !next_number(&at, ns_out)) {
        e = ERR_INVALID;
    }
    return e;
}

static enum err process_time(pid_t pid, uint64_t *ns_out)
{
    char path[64];
    uint64_t sum = 0;
    enum err e = OK;

    (void)snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    DIR *dir = opendir(path);
    if (dir == NULL) {
        return ERR_NOT_FOUND;
    }
    while (e == OK) {
        const struct dirent *entry = readdir(dir);
        uint64_t ns = 0;
        if (entry == NULL) {
            break;
        }
        if (isdigit((unsigned char)entry->d_name[0])) {
            e = thread_time(pid, entry->d_name, &ns);
            sum += ns;
        }
    }
    (void)closedir(dir);
    *ns_out = sum;
    return e;
}

/* ERR_NOT_FOUND where a process ended under our eyes. */
static enum err add_times(
    const struct processes *p, uint64_t *ns_out, uint64_t *ticks_out)
{
    uint64_t ns = 0;
    uint64_t ticks = 0;

    for (size_t i = 0; i < p->count; i++) {
        uint64_t own = 0;
        enum err e = process_time(p->list[i].pid, &own);
        if (e != OK) {
            return e;
        }
        ns += own;
        ticks += p->list[i].reaped_ticks;
    }
    *ns_out = ns;
    *ticks_out = ticks;
    return OK;
}

/* A process that is reaped between two looks would be missed or counted twice: look
 * again. */
enum err bench_tree_cpu(pid_t root, int64_t *us_out)
{
    const uint64_t hz = (uint64_t)sysconf(_SC_CLK_TCK);
    enum err e = ERR_AGAIN;

    for (int i = 0; i < CPU_TRIES && e != OK; i++) {
        struct processes p;
        struct bench_stat before;
        struct bench_stat after;
        uint64_t ns = 0;
        uint64_t ticks = 0;
        e = read_stat(root, &before);
        if (e != OK) {
            return e;
        }
        e = read_tree(root, &p);
        if (e != OK) {
            return e;
        }
        e = add_times(&p, &ns, &ticks);
        mem_free(p.list);
        if (e == OK) {
            e = read_stat(root, &after);
        }
        if (e == OK && before.reaped_ticks != after.reaped_ticks) {
            e = ERR_AGAIN;
        }
        *us_out = (int64_t)(ns / 1000 + ticks * 1000000 / hz);
    }
    return e;
}

/* ---- memory ---- */

/* `schloss-gate` is the gate; whatever is called otherwise is the root, the warden. */
static enum err role_of(pid_t pid, bool root, char *out, size_t size)
{
    static const char prefix[] = "schloss-";
    char path[64];
    char line[FILE_MAX];
    size_t length = 0;

    (void)snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
    enum err e = read_file(path, line, sizeof(line), &length);
    if (e != OK) {
        return e;
    }
    const char *slash = strrchr(line, '/');
    const char *name = slash == NULL ? line : slash + 1;
    if (strncmp(name, prefix, sizeof(prefix) - 1) == 0) {
        name += sizeof(prefix) - 1;
    }
    if (name[0] == '\0') {
        name = "ending"; /* it has no memory any more, and so no name */
    }
    (void)snprintf(out, size, "%.*s", (int)size - 1, root ? "warden" : name);
    return OK;
}

static enum err process_pss(pid_t pid, uint64_t *kib_out)
{
    char path[64];
    char text[FILE_MAX];
    size_t length = 0;

    (void)snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
    enum err e = read_file(path, text, sizeof(text), &length);
    if (e != OK) {
        return e;
    }
    const char *at = strstr(text, "\nPss:");
    if (at == NULL) {
        return ERR_NOT_FOUND; /* a process that is ending has no memory any more */
    }
    at += strlen("\nPss:");
    return next_number(&at, kib_out) ? OK : ERR_INVALID;
}

/* The largest of what was ever resident; 0: not known. */
static uint64_t process_peak(pid_t pid)
{
    static const char field[] = "\nVmHWM:";
    char path[64];
    char text[FILE_MAX];
    size_t length = 0;
    uint64_t kib = 0;

    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    if (read_file(path, text, sizeof(text), &length) != OK) {
        return 0;
    }
    const char *at = strstr(text, field);
    at = at == NULL ? text : at + sizeof(field) - 1;
    at += strspn(at, "\t");
    return next_number(&at, &kib) ? kib : 0;
}

static enum err add_memory(
    struct bench_memory *m, const char *name, uint64_t kib, uint64_t peak_kib)
{
    size_t i = 0;

    while (i < m->role_count && strcmp(m->roles[i].name, name) != 0) {
        i++;
    }
    if (i == BENCH_ROLES_MAX) {
        return ERR_FULL;
    }
    if (i == m->role_count) {
        m->role_count++;
        (void)snprintf(m->roles[i].name, sizeof(m->roles[i].name), "%s", name);
    }
    m->roles[i].processes++;
    m->roles[i].pss_kib += kib;
    if (m->roles[i].peak_kib < peak_kib) {
        m->roles[i].peak_kib = peak_kib;
    }
    m->processes++;
    m->pss_kib += kib;
    return OK;
}

enum err bench_tree_memory(pid_t root, struct bench_memory *out)
{
    struct processes p;
    enum err e = read_tree(root, &p);

    *out = (struct bench_memory){.processes = 0};
    for (size_t i = 0; e == OK && i < p.count; i++) {
        char name[sizeof(out->roles[0].name)];
        uint64_t kib = 0;
        e = role_of(p.list[i].pid, i == 0, name, sizeof(name));
        if (e == OK) {
            e = process_pss(p.list[i].pid, &kib);
        }
        if (e == OK) {
            e = add_memory(out, name, kib, process_peak(p.list[i].pid));
        }
    }
    mem_free(p.list);
    return e;
}

/* ---- CPU time by role ---- */

static enum err add_cpu(struct bench_cpu *c, const char *name, int64_t us)
{
    size_t i = 0;

    while (i < c->role_count && strcmp(c->roles[i].name, name) != 0) {
        i++;
    }
    if (i == BENCH_ROLES_MAX) {
        return ERR_FULL;
    }
    if (i == c->role_count) {
        c->role_count++;
        (void)snprintf(c->roles[i].name, sizeof(c->roles[i].name), "%s", name);
    }
    c->roles[i].us += us;
    return OK;
}

enum err bench_tree_cpu_by_role(pid_t root, struct bench_cpu *out)
{
    const uint64_t hz = (uint64_t)sysconf(_SC_CLK_TCK);
    struct processes p;
    enum err e = read_tree(root, &p);

    *out = (struct bench_cpu){.role_count = 0};
    for (size_t i = 0; e == OK && i < p.count; i++) {
        char name[sizeof(out->roles[0].name)];
        uint64_t ns = 0;
        if (role_of(p.list[i].pid, i == 0, name, sizeof(name)) != OK ||
            process_time(p.list[i].pid, &ns) != OK) {
            continue; /* it ended meanwhile */
        }
        e = add_cpu(out, name, (int64_t)(ns / 1000));
    }
    if (e == OK) {
        out->reaped_us = (int64_t)(p.list[0].reaped_ticks * 1000000 / hz);
    }
    mem_free(p.list);
    return e;
}

static int64_t cpu_of(const struct bench_cpu *c, const char *role)
{
    for (size_t i = 0; i < c->role_count; i++) {
        if (strcmp(c->roles[i].name, role) == 0) {
            return c->roles[i].us;
        }
    }
    return 0;
}

int64_t bench_cpu_between(
    const struct bench_cpu *before, const struct bench_cpu *after, const char *role)
{
    int64_t us = cpu_of(after, role) - cpu_of(before, role);

    return us > 0 ? us : 0; /* those that had used it are gone */
}

size_t bench_memory_count(const struct bench_memory *m, const char *role)
{
    for (size_t i = 0; i < m->role_count; i++) {
        if (strcmp(m->roles[i].name, role) == 0) {
            return m->roles[i].processes;
        }
    }
    return 0;
}

enum err bench_tree_settle(
    pid_t root, const char *role, size_t count, struct bench_memory *out)
{
    const int64_t deadline = bench_deadline(SETTLE_MS);
    size_t last = 0;
    int same = 0;

    while (!bench_expired(deadline)) {
        enum err e = bench_tree_memory(root, out);
        if (e != OK && e != ERR_NOT_FOUND) {
            return e;
        }
        bool wanted =
            e == OK && (count == SIZE_MAX || bench_memory_count(out, role) == count);
        same = wanted && out->processes == last ? same + 1 : 0;
        last = out->processes;
        if (same == SETTLE_STEPS) {
            return OK;
        }
        bench_sleep_ms(SETTLE_STEP_MS);
    }
    return ERR_TIMEOUT;
}

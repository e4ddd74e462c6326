#include "sandbox_landlock.h"
#include "sandbox_profile.h"

#include <inttypes.h>
#include <string.h>

#define TEXT_SIZE 256

static void print_compare(FILE *out, const struct sandbox_compare *c)
{
    if (c->mask == UINT64_MAX) {
        (void)fprintf(out, " arg%u==0x%" PRIx64, c->arg, c->value);
    } else {
        (void)fprintf(out, " arg%u&0x%" PRIx64 "==0x%" PRIx64, c->arg, c->mask, c->value);
    }
}

static void print_rule(FILE *out, const struct sandbox_rule *r, bool deny_list)
{
    (void)fprintf(out, "    %-18s", r->call);
    if (deny_list) {
        (void)fputs("kill", out);
    } else if (r->error != 0) {
        (void)fputs(strerrorname_np(r->error), out);
    } else {
        (void)fputs("allow", out);
    }
    for (unsigned i = 0; i < r->compare_count; i++) {
        print_compare(out, &r->compare[i]);
    }
    (void)fputc('\n', out);
}

static void print_limits(FILE *out, const struct sandbox_profile *p)
{
    (void)fputs("  limits:", out);
    for (size_t i = 0; i < SANDBOX_LIMITS_MAX && p->limits[i].name != NULL; i++) {
        (void)fprintf(out, " %s=%ju", p->limits[i].name, (uintmax_t)p->limits[i].value);
    }
    (void)fputs(p->threads ? " nproc=0 once its threads run\n" : "\n", out);
}

static const char *tcp_of(const struct sandbox_profile *p, int abi)
{
    if (!sandbox_landlock_has_ports(abi)) {
        return p->network
                   ? ", TCP connect to ANY port: this kernel is older than Linux 6.7"
                   : "";
    }
    return p->network ? ", no TCP bind, TCP connect to its ports alone"
                      : ", no TCP bind or connect";
}

static void print_files(FILE *out, const struct sandbox_profile *p, int abi)
{
    char rights[TEXT_SIZE];

    if (abi <= 0 && p->files != SANDBOX_FILES_ANY) {
        (void)fputs("  landlock: this kernel has none, and nothing starts on it\n", out);
        return;
    }
    switch (p->files) {
    case SANDBOX_FILES_ANY:
        (void)fputs("  landlock: none, its children have their own\n", out);
        break;
    case SANDBOX_FILES_NONE:
        (void)fprintf(out, "  landlock: no file%s%s\n", tcp_of(p, abi),
            sandbox_landlock_has_scopes(abi)
                ? ", no signal and no abstract socket beyond the process"
                : "");
        break;
    case SANDBOX_FILES_BENEATH:
        sandbox_landlock_beneath(rights, sizeof(rights));
        (void)fprintf(
            out, "  landlock: beneath the data directories %s; otherwise none\n", rights);
        break;
    case SANDBOX_FILES_READ:
        (void)fputs(
            "  landlock: of the given paths read-file read-dir; otherwise none\n", out);
        break;
    }
}

static void print_profile(FILE *out, enum sandbox_role role, int abi)
{
    const struct sandbox_profile *p = sandbox_profile(role);

    (void)fprintf(out, "%s (%s)\n", p->name, p->program);
    print_files(out, p, abi);
    if (!p->deny_list) {
        (void)fprintf(out,
            "  namespaces: pid mnt ipc uts cgroup%s\n"
            "  capabilities: none\n",
            p->network ? ", the network of the warden" : " net(empty)");
        print_limits(out, p);
    }
    if (p->deny_list) {
        (void)fputs("  otherwise: allow\n", out);
    } else {
        (void)fprintf(out, "  otherwise: kill; a number above %d answers ENOSYS\n",
            SANDBOX_NEWEST_CALL);
    }
    for (size_t g = 0; p->groups[g] != NULL; g++) {
        (void)fprintf(out, "  group %s\n", p->groups[g]->name);
        for (size_t i = 0; i < p->groups[g]->count; i++) {
            print_rule(out, &p->groups[g]->rules[i], p->deny_list);
        }
    }
    if (!p->deny_list) {
        (void)fprintf(
            out, "  calls it may make: %zu\n", sandbox_profile_call_count(role));
    }
}

void sandbox_print(FILE *out, int landlock_abi)
{
    for (unsigned role = 0; role < SANDBOX_ROLE_COUNT; role++) {
        print_profile(out, (enum sandbox_role)role, landlock_abi);
    }
}

#include "sandbox_filter.h"
#include "mem.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define X32_BIT        0x40000000
#define CODE_MAX       4096 /* the kernel's own limit */
#define PRELUDE_LENGTH 6

/* One tuple of arguments as libseccomp wants it. */
static int add_rule(scmp_filter_ctx context, const struct sandbox_rule *r, bool deny_list)
{
    struct scmp_arg_cmp compare[SANDBOX_COMPARES_MAX];
    uint32_t action = SCMP_ACT_ALLOW;

    if (deny_list) {
        action = SCMP_ACT_KILL_PROCESS;
    } else if (r->error != 0) {
        action = SCMP_ACT_ERRNO((uint16_t)r->error);
    }
    for (unsigned i = 0; i < r->compare_count; i++) {
        compare[i] = (struct scmp_arg_cmp){.arg = r->compare[i].arg,
            .op = SCMP_CMP_MASKED_EQ,
            .datum_a = r->compare[i].mask,
            .datum_b = r->compare[i].value};
    }
    return seccomp_rule_add_exact_array(
        context, action, r->number, r->compare_count, compare);
}

static scmp_filter_ctx make_context(const struct sandbox_profile *p)
{
    scmp_filter_ctx context =
        seccomp_init(p->deny_list ? SCMP_ACT_ALLOW : SCMP_ACT_KILL_PROCESS);

    if (context == NULL) {
        return NULL;
    }
    int failed =
        seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    for (size_t g = 0; p->groups[g] != NULL && failed == 0; g++) {
        for (size_t i = 0; i < p->groups[g]->count && failed == 0; i++) {
            failed = add_rule(context, &p->groups[g]->rules[i], p->deny_list);
        }
    }
    if (failed != 0) {
        seccomp_release(context);
        return NULL;
    }
    return context;
}

/* Through a pipe: it holds the largest filter there is, and no file limit applies to it.
 */
static enum err export_code(scmp_filter_ctx context, struct sandbox_filter *f, size_t at)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0) {
        return ERR_IO;
    }
    enum err e = seccomp_export_bpf(context, ends[1]) == 0 ? OK : ERR_IO;
    (void)close(ends[1]);
    size_t size = at * sizeof(f->code[0]);
    const size_t size_max = CODE_MAX * sizeof(f->code[0]);
    while (e == OK && size < size_max) {
        ssize_t n = read(ends[0], (uint8_t *)f->code + size, size_max - size);
        if (n == 0) {
            break;
        }
        if (n < 0) {
            e = ERR_IO;
        } else {
            size += (size_t)n;
        }
    }
    (void)close(ends[0]);
    f->length = size / sizeof(f->code[0]);
    return e != OK || f->length < CODE_MAX ? e : ERR_FULL;
}

/* A foreign architecture and x32 go on to libseccomp's program, which ends them. */
static size_t add_prelude(struct sock_filter *code)
{
    const struct sock_filter prelude[PRELUDE_LENGTH] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 4),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, SANDBOX_NEWEST_CALL, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
    };

    memcpy(code, prelude, sizeof(prelude));
    return PRELUDE_LENGTH;
}

enum err sandbox_filter_build(enum sandbox_role role, struct sandbox_filter *out)
{
    const struct sandbox_profile *p = sandbox_profile(role);
    struct sandbox_filter f = {.code = mem_alloc(CODE_MAX, sizeof(struct sock_filter))};
    scmp_filter_ctx context = make_context(p);
    enum err e = f.code != NULL && context != NULL ? OK : ERR_NOMEM;

    if (e == OK) {
        e = export_code(context, &f, p->deny_list ? 0 : add_prelude(f.code));
    }
    if (context != NULL) {
        seccomp_release(context);
    }
    if (e != OK) {
        sandbox_filter_fini(&f);
        return e;
    }
    *out = f;
    return OK;
}

void sandbox_filter_fini(struct sandbox_filter *f)
{
    mem_free(f->code);
    f->code = NULL;
    f->length = 0;
}

int sandbox_filter_load(const struct sandbox_filter *f)
{
    struct sock_fprog program = {.len = (unsigned short)f->length, .filter = f->code};

    INVARIANT(f->length > 0 && f->length <= CODE_MAX);
    /* A positive answer is the number of a thread that could not follow: not sandboxed.
     */
    long answer = syscall(
        SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
    if (answer > 0) {
        return ESRCH;
    }
    return answer == 0 ? 0 : errno;
}

static uint64_t fnv_add(uint64_t hash, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        hash = (hash ^ ((value >> (8 * i)) & 0xff)) * 0x100000001b3;
    }
    return hash;
}

uint64_t sandbox_filter_digest_of(const struct sock_filter *code, size_t length)
{
    uint64_t hash = 0xcbf29ce484222325;

    for (size_t i = 0; i < length; i++) {
        hash = fnv_add(hash, code[i].code, 2);
        hash = fnv_add(hash, code[i].jt, 1);
        hash = fnv_add(hash, code[i].jf, 1);
        hash = fnv_add(hash, code[i].k, 4);
    }
    return hash;
}

enum err sandbox_filter_digest(enum sandbox_role role, uint64_t *out)
{
    struct sandbox_filter f;
    enum err e = sandbox_filter_build(role, &f);

    if (e == OK) {
        *out = sandbox_filter_digest_of(f.code, f.length);
        sandbox_filter_fini(&f);
    }
    return e;
}

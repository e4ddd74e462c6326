#include "sandbox_sim.h"

#include <string.h>

struct machine {
    uint32_t a;
    size_t at;
    bool returned;
    uint32_t action;
};

static bool load(struct machine *m, const struct seccomp_data *data, uint32_t offset)
{
    if (offset % 4 != 0 || offset > sizeof(*data) - 4) {
        return false;
    }
    memcpy(&m->a, (const uint8_t *)data + offset, 4);
    return true;
}

static void jump(struct machine *m, const struct sock_filter *i, bool condition)
{
    m->at += condition ? i->jt : i->jf;
}

static bool step(
    struct machine *m, const struct sock_filter *i, const struct seccomp_data *data)
{
    switch (i->code) {
    case BPF_LD | BPF_W | BPF_ABS:
        return load(m, data, i->k);
    case BPF_ALU | BPF_AND | BPF_K:
        m->a &= i->k;
        return true;
    case BPF_JMP | BPF_JA:
        m->at += i->k;
        return true;
    case BPF_JMP | BPF_JEQ | BPF_K:
        jump(m, i, m->a == i->k);
        return true;
    case BPF_JMP | BPF_JGT | BPF_K:
        jump(m, i, m->a > i->k);
        return true;
    case BPF_JMP | BPF_JGE | BPF_K:
        jump(m, i, m->a >= i->k);
        return true;
    case BPF_JMP | BPF_JSET | BPF_K:
        jump(m, i, (m->a & i->k) != 0);
        return true;
    case BPF_RET | BPF_K:
        m->returned = true;
        m->action = i->k;
        return true;
    default:
        return false;
    }
}

bool sandbox_sim_run(const struct sock_filter *code, size_t length,
    const struct seccomp_data *data, uint32_t *action_out)
{
    struct machine m = {0};

    while (!m.returned) {
        if (m.at >= length) {
            return false;
        }
        const struct sock_filter *i = &code[m.at];
        m.at++;
        if (!step(&m, i, data)) {
            return false;
        }
    }
    *action_out = m.action;
    return true;
}

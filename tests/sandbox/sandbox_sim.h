/*
 * sandbox_sim - a small interpreter of classic BPF as seccomp uses it.
 *
 * Knows the instructions that filters are made of; anything else, a jump out of the
 * program or a load outside of the data is an error, never a guess.
 */
#ifndef SANDBOX_SIM_H
#define SANDBOX_SIM_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* False for a program that is not well formed on this path. *action_out: what it returns.
 */
bool sandbox_sim_run(const struct sock_filter *code, size_t length,
    const struct seccomp_data *data, uint32_t *action_out);

#endif

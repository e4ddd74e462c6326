/*
 * sandbox_filter - from a profile to the classic BPF program that the kernel runs.
 *
 * libseccomp turns the rules into a program; a prelude of six instructions stands before
 * it and answers ENOSYS for numbers newer than the tables. The same bytes are simulated
 * by the tests, hashed, and loaded.
 *
 * Ownership: sandbox_filter_fini() frees the code.
 */
#ifndef SANDBOX_FILTER_H
#define SANDBOX_FILTER_H

#include "sandbox_profile.h"

#include <linux/filter.h>

struct sandbox_filter {
    struct sock_filter *code;
    size_t length; /* instructions */
};

enum err sandbox_filter_build(
    enum sandbox_role role, struct sandbox_filter *out) MUST_CHECK;
void sandbox_filter_fini(struct sandbox_filter *f);
/* Loads it for every thread of the process; needs no_new_privs. Returns 0 or an errno. */
int sandbox_filter_load(const struct sandbox_filter *f) MUST_CHECK;

/* 64-bit FNV-1a of the instructions: to compare, not to authenticate. */
uint64_t sandbox_filter_digest_of(const struct sock_filter *code, size_t length);
enum err sandbox_filter_digest(enum sandbox_role role, uint64_t *out) MUST_CHECK;

#endif

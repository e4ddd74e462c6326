/*
 * bench_setup - the files a private schlossd needs: certificates, user, policy,
 * configuration.
 *
 * The first two are made by the programs that an operator would use.
 */
#ifndef BENCH_SETUP_H
#define BENCH_SETUP_H

#include "bench_server.h"

/* Fills s in; says on stderr what failed. */
enum err bench_setup(struct bench_server *s, const struct bench_place *place) MUST_CHECK;

#endif

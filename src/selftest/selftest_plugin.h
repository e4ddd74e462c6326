/*
 * selftest_plugin - what a plugin that was taken over can try: from inside of its own auth
 * process, in its genuine sandbox, on its genuine channels.
 *
 * Each attempt is an order to the plugin (selftest_hostile_plugin.c), by a client that logs
 * in by its mechanism; the gate that the attempt is aimed at is in the same hands. It
 * passes only when what must hold does (selftest_course.h); the other plugins are among the
 * processes that must live on.
 */
#ifndef SELFTEST_PLUGIN_H
#define SELFTEST_PLUGIN_H

#include "selftest_course.h"

/* dir: empty; the private broker lives there. 0, or what to exit with. */
int selftest_plugin_run(const char *dir, const char *program_dir, enum sandbox_mode mode,
    struct selftest_results *out);

#endif

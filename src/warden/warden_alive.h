/*
 * warden_alive - asks each auth process, and some others, now and then whether it still turns, and ends one
 * that does not answer.
 *
 * auth_host bounds the time of an attempt, but the clock it does that by stands still
 * while its one thread is inside a plugin. A plugin that never comes back would keep its
 * mechanisms from everybody for ever. The same goes for a dial, and for keys while its one
 * thread is inside a PKCS#11 module.
 *
 * Trust: the answer says nothing but that it came; one that nobody asked for is a breach.
 */
#ifndef WARDEN_ALIVE_H
#define WARDEN_ALIVE_H

#include "warden_child.h"

#define WARDEN_ALIVE_PERIOD_MS 5000 /* from an answer to the next question */
/* More than an attempt may take in auth. A message takes a plugin less than one second. */
#define WARDEN_ALIVE_ANSWER_MS 15000

/* From its READY to its end, also while it is retired or told to stop. */
enum err warden_alive_watch(struct warden_child *c) MUST_CHECK;
/* ERR_INVALID: it was not asked. */
enum err warden_alive_answer(struct warden_child *c) MUST_CHECK;

#endif

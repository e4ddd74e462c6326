/*
 * policy_resolve - what the names in a model stand for, once all files are read.
 *
 * Trust: as many names as the limits allow, all alike: look-ups are keyed against
 * flooding, and suggestions are made as long as a fixed number of comparisons lasts.
 *
 * Ownership: writes into the model; keeps nothing.
 */
#ifndef POLICY_RESOLVE_H
#define POLICY_RESOLVE_H

#include "policy_model.h"

/* Fills in teams, lists, methods and roles; says which names are unknown or defined
 * twice. ERR_NOMEM only. */
enum err policy_resolve_names(struct policy_model *m, struct report *report) MUST_CHECK;

#endif

/*
 * scram_warm - logins of nobody, so that everything was done once before the sandbox
 * closes, and a library that computes wrongly is noticed.
 */
#ifndef SCRAM_WARM_H
#define SCRAM_WARM_H

#include "scram_crypto.h"

/* For each mechanism: a right proof, a wrong one and an unknown user, over a file of its
 * own. False: one of them did not end as it must. */
bool scram_warm_run(struct scram_crypto *crypto) MUST_CHECK;

#endif

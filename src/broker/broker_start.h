/*
 * broker_start - from an empty memory to one that can be asked: the metadata log, the
 * partitions that it names, the groups.
 */
#ifndef BROKER_START_H
#define BROKER_START_H

#include "broker.h"

/* Store is there: begins. Ends the process when the logs can not be read. */
void broker_start(struct broker *b);
/* False: the policy names another cluster. True as long as we do not know our own. */
bool broker_policy_fits(const struct broker *b, const struct policy *policy);
/* Something became ready: tells the warden when all of it is. */
void broker_start_check(struct broker *b);

#endif

/*
 * selftest_sasl - the messages of a login, said by a gate that was taken over.
 */
#ifndef SELFTEST_SASL_H
#define SELFTEST_SASL_H

#include "selftest_course.h"

#define SELFTEST_REPLY_MAX 600

/* The code of the answer; -1: none, and a->got says how that ended. */
int selftest_sasl_handshake(struct selftest_attack *a, const char *mechanism);
void selftest_sasl_say(struct selftest_attack *a, const void *token, size_t length);
/* What came of a step: "error N" in a->got, and the server's text, "" where it refused. */
void selftest_sasl_hear(struct selftest_attack *a, char reply[SELFTEST_REPLY_MAX]);

#endif

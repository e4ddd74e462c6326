/*
 * audit_space - says in the log, while there is time, that the file system of the trail
 * fills up: what happens when it is full is audit.on.failure.
 *
 * It is looked at once a minute at most, when something was recorded. Each time that less
 * is left than one more of its steps it is told once, and once when there is room again.
 */
#ifndef AUDIT_SPACE_H
#define AUDIT_SPACE_H

#include <stdint.h>

#define AUDIT_SPACE_PERIOD_MS 60000

struct audit_space { /* begins as zero */
    unsigned told;   /* the step of the last line; 0: none */
    int64_t next_ms;
};

/* 0: enough is left; else how many of the steps (10, 5, 2, 1 percent) were gone below. */
unsigned audit_space_step(uint64_t left, uint64_t total);
/* What there is to tell of that: 1 that it is less, -1 that there is room again, 0 nothing.
 * There is room again from 15 percent on, so that nothing is told to and fro. */
int audit_space_change(struct audit_space *s, uint64_t left, uint64_t total);
/* fd: the file that is written to. */
void audit_space_look(struct audit_space *s, int fd, int64_t now_ms);

#endif

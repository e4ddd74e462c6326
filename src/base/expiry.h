/*
 * expiry - how near the end of a certificate is, in the steps at which people are told.
 *
 * Pure: times are arguments, seconds of 1970.
 */
#ifndef EXPIRY_H
#define EXPIRY_H

#include <stdint.h>

enum expiry { EXPIRY_FAR, EXPIRY_30_DAYS, EXPIRY_7_DAYS, EXPIRY_1_DAY, EXPIRY_OVER };

/* The step that it is in. */
enum expiry expiry_step(int64_t not_after_s, int64_t now_s);
/* When the next step begins; INT64_MAX: there is none. */
int64_t expiry_next_s(int64_t not_after_s, int64_t now_s);
/* Whole days that are left; 0: less than one, or none. */
int64_t expiry_days(int64_t not_after_s, int64_t now_s);

#endif

/* algo_private - what algo.c and algo_fips.c share, and nobody else. */
#ifndef ALGO_PRIVATE_H
#define ALGO_PRIVATE_H

#include "algo.h"

#define ALGO_FIPS_PROVIDER "fips"
#define ALGO_PATH_MAX      256

/* Tells the library context the settings of the FIPS provider, if there are any. */
void algo_fips_configure(OSSL_LIB_CTX *library);
/* The same, from that file. */
void algo_fips_configure_from(OSSL_LIB_CTX *library, const char *path);

#endif

/*
 * sandbox_testing - leaving a layer out, to show that a test would notice.
 *
 * In the product SANDBOX_LEAVES_OUT() is the constant false: there is no variable, no
 * argument and no environment that could change it. Only the library sandbox_testing,
 * which tests alone link, is compiled with SANDBOX_TESTING.
 */
#ifndef SANDBOX_TESTING_H
#define SANDBOX_TESTING_H

#ifdef SANDBOX_TESTING
/* Bits: 1u << enum sandbox_layer. */
extern unsigned sandbox_testing_without;
#define SANDBOX_LEAVES_OUT(layer) ((sandbox_testing_without & (1u << (layer))) != 0)
#else
#define SANDBOX_LEAVES_OUT(layer) (false)
#endif

#endif

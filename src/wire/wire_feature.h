/*
 * wire_feature - the one feature that is finalized here (KIP-584): at which level the
 * records of the metadata log are written.
 */
#ifndef WIRE_FEATURE_H
#define WIRE_FEATURE_H

#define WIRE_FEATURE_METADATA       "metadata.version"
#define WIRE_FEATURE_METADATA_LEVEL 21 /* 3.9-IV0 */

#endif

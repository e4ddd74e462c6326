/*
 * policy_source - the text of one policy file and its name.
 *
 * Names are relative to the directory of the main file: "main.policy",
 * "teams/ledger.policy".
 *
 * Ownership: borrows both.
 */
#ifndef POLICY_SOURCE_H
#define POLICY_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#define POLICY_SOURCES_MAX     256               /* that are looked at */
#define POLICY_SOURCE_NAME_MAX 255               /* bytes */
#define POLICY_TEXT_MAX        ((size_t)4 << 20) /* of all files together */

struct policy_source {
    const char *name;
    const uint8_t *text;
    size_t length;
};

#endif

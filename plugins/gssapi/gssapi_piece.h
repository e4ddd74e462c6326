/*
 * gssapi_piece - the formats and replacements of rules, piece by piece.
 *
 * Trust: any bytes. Each call takes one byte at least and none beyond end.
 */
#ifndef GSSAPI_PIECE_H
#define GSSAPI_PIECE_H

#include <stdbool.h>
#include <stdint.h>

/* A byte of its own, or what "$" and a number stand for. */
struct gssapi_piece {
    bool is_number;
    uint32_t number;
    char byte;
};

/* Digits; false: there are none, or their number is above max. */
bool gssapi_piece_number(const char **pos, const char *end, uint32_t max, uint32_t *out);

/* *pos is before end. False: "$" without a number, or with one above max. */
bool gssapi_piece_of_format(
    const char **pos, const char *end, uint32_t max, struct gssapi_piece *out);

/*
 * The same, as Java reads a replacement: a backslash makes the next byte literal, and
 * after "$" as many digits count as still name a group.
 */
bool gssapi_piece_of_replacement(
    const char **pos, const char *end, uint32_t groups, struct gssapi_piece *out);

#endif

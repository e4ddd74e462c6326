#include "gssapi_piece.h"

bool gssapi_piece_number(const char **pos, const char *end, uint32_t max, uint32_t *out)
{
    uint32_t number = 0;
    const char *start = *pos;

    while (*pos < end && **pos >= '0' && **pos <= '9') {
        number = number * 10 + (uint32_t)(**pos - '0');
        if (number > max) {
            return false;
        }
        (*pos)++;
    }
    *out = number;
    return *pos > start;
}

bool gssapi_piece_of_format(
    const char **pos, const char *end, uint32_t max, struct gssapi_piece *out)
{
    *out = (struct gssapi_piece){.byte = **pos};
    (*pos)++;
    if (out->byte != '$') {
        return true;
    }
    out->is_number = true;
    return gssapi_piece_number(pos, end, max, &out->number);
}

bool gssapi_piece_of_replacement(
    const char **pos, const char *end, uint32_t groups, struct gssapi_piece *out)
{
    *out = (struct gssapi_piece){.byte = **pos};
    (*pos)++;
    if (out->byte == '\\' && *pos < end) {
        out->byte = **pos;
        (*pos)++;
        return true;
    }
    if (out->byte != '$') {
        return out->byte != '\\';
    }
    const char *digit = *pos;
    while (*pos < end && **pos >= '0' && **pos <= '9') {
        uint32_t number = out->number * 10 + (uint32_t)(**pos - '0');
        if (number > groups) {
            break;
        }
        out->number = number;
        (*pos)++;
    }
    out->is_number = true;
    return *pos > digit;
}

#include "gssapi_token.h"

#include <string.h>

#define APPLICATION_0   0x60u
#define LENGTH_LONG     0x80u
#define LENGTH_SIZE_MAX 4u

/* The length that DER says, of what follows it. */
static bool take_length(const uint8_t **pos, const uint8_t *end, size_t *out)
{
    if (*pos == end) {
        return false;
    }
    size_t first = **pos;
    (*pos)++;
    if (first < LENGTH_LONG) {
        *out = first;
        return true;
    }
    size_t size = first - LENGTH_LONG;
    if (size == 0 || size > LENGTH_SIZE_MAX || size > (size_t)(end - *pos)) {
        return false;
    }
    uint64_t length = 0;
    for (size_t i = 0; i < size; i++) {
        length = length << 8 | (*pos)[i];
    }
    *pos += size;
    *out = (size_t)length;
    return true;
}

bool gssapi_token_is_krb5(const void *bytes, size_t length)
{
    /* The mechanism 1.2.840.113554.1.2.2, and the number of an AP-REQ. */
    static const uint8_t head[] = {
        0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02, 0x01, 0x00};
    size_t inner = 0;

    if (length == 0) {
        return false;
    }
    const uint8_t *pos = bytes;
    const uint8_t *end = pos + length;
    if (*pos != APPLICATION_0) {
        return false;
    }
    pos++;
    return take_length(&pos, end, &inner) && inner == (size_t)(end - pos) &&
           inner >= sizeof(head) && memcmp(pos, head, sizeof(head)) == 0;
}

bool gssapi_choice_parse(struct gssapi_choice *out, const void *bytes, size_t length)
{
    const uint8_t *p = bytes;

    if (length < 4) {
        return false;
    }
    /* Three bytes say how much the client could read with a layer: nothing to us. */
    *out = (struct gssapi_choice){
        .layer = p[0], .authzid = (const char *)p + 4, .authzid_length = length - 4};
    return true;
}

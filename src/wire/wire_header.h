/*
 * wire_header - what stands before the body of each request and response.
 *
 * Trust: a client wrote the request's header. Frame lengths are not looked at here.
 *
 * Ownership: client_id borrows the frame.
 */
#ifndef WIRE_HEADER_H
#define WIRE_HEADER_H

#include "buf.h"
#include "wire_api.h"
#include "wire_reader.h"

struct wire_request_header {
    int16_t key;
    int16_t version;
    int32_t correlation_id;
    struct wire_view client_id; /* may be null */
    const struct wire_api *api; /* NULL when the key is unknown */
    bool flexible;              /* of the body */
};

/*
 * Reads a request's header and leaves the reader at its body. WIRE_ERR_VERSION when we do
 * not speak that API or version: key, version, correlation_id and api are set even so,
 * because an ApiVersions request of any version has to be answered, in the layout of
 * version 0.
 */
enum wire_err wire_header_decode(struct wire_reader *r,
    struct wire_request_header *header_out) __attribute__((warn_unused_result));
/* The same where other APIs are spoken: find says which. */
enum wire_err wire_header_decode_by(struct wire_reader *r,
    const struct wire_api *(*find)(int16_t key), struct wire_request_header *header_out)
    __attribute__((warn_unused_result));

/* Appends the header of the response to a request of this API and version. */
void wire_header_encode(
    const struct wire_api *api, int16_t version, int32_t correlation_id, struct buf *out);

#endif

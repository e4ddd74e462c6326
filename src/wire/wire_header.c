#include "wire_header.h"

#include "text.h"
#include "wire_writer.h"

enum wire_err wire_header_decode_by(struct wire_reader *r,
    const struct wire_api *(*find)(int16_t key), struct wire_request_header *header_out)
{
    struct wire_request_header h = {0};

    h.key = wire_read_i16(r);
    h.version = wire_read_i16(r);
    h.correlation_id = wire_read_i32(r);
    if (r->err == WIRE_OK) {
        h.api = find(h.key);
        if (h.api == NULL || !wire_api_accepts(h.api, h.version)) {
            wire_reader_fail(r, WIRE_ERR_VERSION);
        } else {
            h.flexible = wire_api_is_flexible(h.api, h.version);
        }
    }
    /* An int16 length even where the header is flexible, so that old brokers could read
     * it. */
    h.client_id = wire_read_string(r, false, true);
    if (!text_is_utf8(h.client_id.ptr, h.client_id.len)) {
        wire_reader_fail(r, WIRE_ERR_UTF8);
    }
    if (h.flexible) {
        wire_skip_tags(r);
    }
    *header_out = h;
    return r->err;
}

enum wire_err wire_header_decode(
    struct wire_reader *r, struct wire_request_header *header_out)
{
    return wire_header_decode_by(r, wire_api_find, header_out);
}

void wire_header_encode(
    const struct wire_api *api, int16_t version, int32_t correlation_id, struct buf *out)
{
    wire_write_i32(out, correlation_id);
    /* A client that does not know our versions yet must be able to read ApiVersions'
     * answer. */
    if (wire_api_is_flexible(api, version) && api->key != WIRE_API_API_VERSIONS) {
        wire_write_uvarint(out, 0);
    }
}

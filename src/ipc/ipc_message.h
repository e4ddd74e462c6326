/*
 * ipc_message - one internal message: struct <-> bytes.
 *
 * Trust: the sender may have been taken over. A message is decoded field by field into a
 * struct, every length is bounded by the catalogue and by the bytes present, and all of
 * it must be used up. Nothing here is fatal for bytes that came in.
 *
 * Ownership: TEXT and BLOB fields of a decoded struct borrow the bytes it was decoded
 * from.
 *
 * Layout: 16 bytes of header (type, flags, length of what follows, request id;
 * little-endian), then the fields one after the other: numbers little-endian, TEXT and
 * BLOB with a u32 length.
 */
#ifndef IPC_MESSAGE_H
#define IPC_MESSAGE_H

#include "buf.h"
#include "err.h"
#include "ipc_catalogue.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ipc_role {
    IPC_WARDEN = 1 << 0,
    IPC_PORTER = 1 << 1,
    IPC_GATE = 1 << 2,
    IPC_KEYS = 1 << 3,
    IPC_AUTH = 1 << 4,
    IPC_BROKER = 1 << 5,
    IPC_STORE = 1 << 6,
    IPC_AUDIT = 1 << 7,
    IPC_DIAL = 1 << 8,
};

const char *ipc_role_name(enum ipc_role role);

/* IPC_MSG_READY, IPC_MSG_STOP, ...: the row of the catalogue, dense from 0. */
enum ipc_msg {
#define IPC_ENUM(NAME, name, number, from, to, fds) IPC_MSG_##NAME,
    IPC_CATALOGUE(IPC_ENUM)
#undef IPC_ENUM
        IPC_MSG_COUNT
};

struct ipc_view {
    const uint8_t *ptr;
    size_t len;
};

struct ipc_uuid {
    uint8_t bytes[16];
};

/* struct ipc_ready, struct ipc_gate_add, ... are made by these two lines and the list
 * below. */
#define IPC_C_U8                       uint8_t
#define IPC_C_U16                      uint16_t
#define IPC_C_U32                      uint32_t
#define IPC_C_U64                      uint64_t
#define IPC_C_I16                      int16_t
#define IPC_C_I32                      int32_t
#define IPC_C_I64                      int64_t
#define IPC_C_UUID                     struct ipc_uuid
#define IPC_C_TEXT                     struct ipc_view
#define IPC_C_BLOB                     struct ipc_view
#define IPC_MEMBER(S, kind, name, max) IPC_C_##kind name;

/* `unused` keeps a message without fields a legal struct. */
#define IPC_STRUCT(NAME, name, number, from, to, fds)                                    \
    struct ipc_##name {                                                                  \
        IPC_FIELDS_##NAME(IPC_MEMBER, name) uint8_t unused;                              \
    };
IPC_CATALOGUE(IPC_STRUCT)
#undef IPC_STRUCT

/* Memory that can hold any decoded message. */
union ipc_any {
#define IPC_ANY(NAME, name, number, from, to, fds) struct ipc_##name name;
    IPC_CATALOGUE(IPC_ANY)
#undef IPC_ANY
};

enum ipc_kind {
    IPC_U8,
    IPC_U16,
    IPC_U32,
    IPC_U64,
    IPC_I16,
    IPC_I32,
    IPC_I64,
    IPC_UUID,
    IPC_TEXT,
    IPC_BLOB
};

struct ipc_field {
    const char *name;
    enum ipc_kind kind;
    size_t offset;
    uint32_t max; /* TEXT and BLOB: bytes */
};

struct ipc_info {
    const char *name;
    uint16_t number;
    unsigned from; /* roles, or-ed */
    unsigned to;
    unsigned fds;
    const struct ipc_field *fields;
    size_t field_count;
    size_t length_min; /* encoded, without the header: all texts empty */
    size_t length_max;
};

/* msg < IPC_MSG_COUNT. */
const struct ipc_info *ipc_info(enum ipc_msg msg);
/* ERR_NOT_FOUND for a number that is in no row. */
enum err ipc_find(uint16_t number, enum ipc_msg *out) MUST_CHECK;

#define IPC_HEADER_BYTES 16

/* A message that is larger than a packet travels in fragments. */
#define IPC_FLAG_FIRST 1u /* a u32 with the total length, then the first bytes */
#define IPC_FLAG_NEXT  2u
#define IPC_FLAG_KNOWN (IPC_FLAG_FIRST | IPC_FLAG_NEXT)

struct ipc_header {
    uint16_t number;
    uint16_t flags;
    uint32_t length;
    uint64_t request;
};

void ipc_header_encode(const struct ipc_header *h, uint8_t out[IPC_HEADER_BYTES]);
struct ipc_header ipc_header_decode(const uint8_t in[IPC_HEADER_BYTES]);

/*
 * Appends the fields of *message, which is the struct of msg. A field above its maximum
 * is our own fault: callers bound what they send.
 */
void ipc_encode(enum ipc_msg msg, const void *message, struct buf *out);
/* ERR_INVALID: short, a length above its maximum, or bytes left over. TEXT is not checked
 * for UTF-8. */
enum err ipc_decode(
    enum ipc_msg msg, const uint8_t *bytes, size_t length, union ipc_any *out) MUST_CHECK;

struct ipc_view ipc_text(const char *text);
/* At most max bytes of it. */
struct ipc_view ipc_cut(struct ipc_view view, size_t max);
bool ipc_view_equals(struct ipc_view view, const char *text);

#endif

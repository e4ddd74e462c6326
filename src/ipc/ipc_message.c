#include "ipc_message.h"

#include <assert.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char *ipc_role_name(enum ipc_role role)
{
    switch (role) {
    case IPC_WARDEN:
        return "warden";
    case IPC_PORTER:
        return "porter";
    case IPC_GATE:
        return "gate";
    case IPC_KEYS:
        return "keys";
    case IPC_AUTH:
        return "auth";
    case IPC_BROKER:
        return "broker";
    case IPC_STORE:
        return "store";
    case IPC_AUDIT:
        return "audit";
    case IPC_DIAL:
        return "dial";
    }
    return "unknown";
}

/* One table of fields a message; the last row ends it and lets a message have none. */
#define IPC_ROW(S, kind, name, max)                                                      \
    {#name, IPC_##kind, offsetof(struct ipc_##S, name), max},
#define IPC_FIELD_TABLE(NAME, name, number, from, to, fds)                               \
    static const struct ipc_field name##_fields[] = {                                    \
        IPC_FIELDS_##NAME(IPC_ROW, name){NULL, IPC_U8, 0, 0}};
IPC_CATALOGUE(IPC_FIELD_TABLE)

/* Encoded sizes, summed by the compiler. */
#define IPC_MIN_U8                      1u
#define IPC_MIN_U16                     2u
#define IPC_MIN_U32                     4u
#define IPC_MIN_U64                     8u
#define IPC_MIN_I16                     2u
#define IPC_MIN_I32                     4u
#define IPC_MIN_I64                     8u
#define IPC_MIN_UUID                    16u
#define IPC_MIN_TEXT                    4u
#define IPC_MIN_BLOB                    4u
#define IPC_SUM_MIN(S, kind, name, max) +IPC_MIN_##kind
#define IPC_SUM_MAX(S, kind, name, max) +IPC_MIN_##kind + (size_t)(max)

static const struct ipc_info infos[IPC_MSG_COUNT] = {
#define IPC_INFO(NAME, lower, number_, from_, to_, fds_)                                 \
    [IPC_MSG_##NAME] = {.name = #NAME,                                                   \
        .number = number_,                                                               \
        .from = from_,                                                                   \
        .to = to_,                                                                       \
        .fds = fds_,                                                                     \
        .fields = lower##_fields,                                                        \
        .field_count = COUNT(lower##_fields) - 1,                                        \
        .length_min = 0 IPC_FIELDS_##NAME(IPC_SUM_MIN, lower),                           \
        .length_max = 0 IPC_FIELDS_##NAME(IPC_SUM_MAX, lower)},
    IPC_CATALOGUE(IPC_INFO)};

const struct ipc_info *ipc_info(enum ipc_msg msg)
{
    INVARIANT((unsigned)msg < IPC_MSG_COUNT);
    return &infos[msg];
}

enum err ipc_find(uint16_t number, enum ipc_msg *out)
{
    for (size_t i = 0; i < IPC_MSG_COUNT; i++) {
        if (infos[i].number == number) {
            *out = (enum ipc_msg)i;
            return OK;
        }
    }
    return ERR_NOT_FOUND;
}

static void put(uint8_t *out, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        out[i] = (uint8_t)(value >> (8 * i));
    }
}

static uint64_t get(const uint8_t *in, size_t bytes)
{
    uint64_t value = 0;

    for (size_t i = 0; i < bytes; i++) {
        value |= (uint64_t)in[i] << (8 * i);
    }
    return value;
}

void ipc_header_encode(const struct ipc_header *h, uint8_t out[IPC_HEADER_BYTES])
{
    put(out, h->number, 2);
    put(out + 2, h->flags, 2);
    put(out + 4, h->length, 4);
    put(out + 8, h->request, 8);
}

struct ipc_header ipc_header_decode(const uint8_t in[IPC_HEADER_BYTES])
{
    return (struct ipc_header){
        .number = (uint16_t)get(in, 2),
        .flags = (uint16_t)get(in + 2, 2),
        .length = (uint32_t)get(in + 4, 4),
        .request = get(in + 8, 8),
    };
}

static size_t width(enum ipc_kind kind)
{
    static const uint8_t widths[] = {
        [IPC_U8] = 1,
        [IPC_U16] = 2,
        [IPC_U32] = 4,
        [IPC_U64] = 8,
        [IPC_I16] = 2,
        [IPC_I32] = 4,
        [IPC_I64] = 8,
        [IPC_UUID] = 16,
        [IPC_TEXT] = 4,
        [IPC_BLOB] = 4,
    };

    return widths[kind];
}

/* Numbers are held in the machine's (little-endian) order, so their bytes are copied as
 * they are. */
static_assert(
    __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "ported to little-endian machines only");

void ipc_encode(enum ipc_msg msg, const void *message, struct buf *out)
{
    const struct ipc_info *info = ipc_info(msg);

    for (size_t i = 0; i < info->field_count; i++) {
        const struct ipc_field *field = &info->fields[i];
        const uint8_t *member = (const uint8_t *)message + field->offset;
        if (field->kind != IPC_TEXT && field->kind != IPC_BLOB) {
            buf_add(out, member, width(field->kind));
            continue;
        }
        struct ipc_view view;
        uint8_t length[4];
        memcpy(&view, member, sizeof(view));
        INVARIANT(view.len <= field->max);
        put(length, view.len, 4);
        buf_add(out, length, 4);
        buf_add(out, view.ptr, view.len);
    }
}

/* Decodes one field; returns how many bytes it took, or 0 when they do not hold it. */
static size_t decode_field(
    const struct ipc_field *field, const uint8_t *bytes, size_t left, uint8_t *member)
{
    size_t fixed = width(field->kind);

    if (left < fixed) {
        return 0;
    }
    if (field->kind != IPC_TEXT && field->kind != IPC_BLOB) {
        memcpy(member, bytes, fixed);
        return fixed;
    }
    size_t length = (size_t)get(bytes, 4);
    if (length > field->max || length > left - fixed) {
        return 0;
    }
    struct ipc_view view = {.ptr = bytes + fixed, .len = length};
    memcpy(member, &view, sizeof(view));
    return fixed + length;
}

enum err ipc_decode(
    enum ipc_msg msg, const uint8_t *bytes, size_t length, union ipc_any *out)
{
    const struct ipc_info *info = ipc_info(msg);

    memset(out, 0, sizeof(*out));
    for (size_t i = 0; i < info->field_count; i++) {
        const struct ipc_field *field = &info->fields[i];
        size_t used = decode_field(field, bytes, length, (uint8_t *)out + field->offset);
        if (used == 0) {
            return ERR_INVALID;
        }
        bytes += used;
        length -= used;
    }
    return length == 0 ? OK : ERR_INVALID;
}

struct ipc_view ipc_text(const char *text)
{
    return (struct ipc_view){.ptr = (const uint8_t *)text, .len = strlen(text)};
}

struct ipc_view ipc_cut(struct ipc_view view, size_t max)
{
    return (struct ipc_view){.ptr = view.ptr, .len = view.len > max ? max : view.len};
}

bool ipc_view_equals(struct ipc_view view, const char *text)
{
    return view.len == strlen(text) && memcmp(view.ptr, text, view.len) == 0;
}

#include "ipc_fixture.h"

#include <dirent.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

uint8_t *ipc_space(void)
{
    void *p = mmap(NULL, IPC_LAY_MAX, PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    assert_true(p != MAP_FAILED);
    return p;
}

static size_t number_bytes(enum ipc_kind kind)
{
    switch (kind) {
    case IPC_U8:
        return 1;
    case IPC_U16:
    case IPC_I16:
        return 2;
    case IPC_U32:
    case IPC_I32:
        return 4;
    case IPC_U64:
    case IPC_I64:
        return 8;
    case IPC_UUID:
        return 16;
    case IPC_TEXT:
    case IPC_BLOB:
        break;
    }
    return 0;
}

/* Empty: zeros; full: all bits; small: bytes that differ, so that order shows. */
static void lay_number(uint8_t *out, size_t bytes, enum ipc_shape shape, size_t seed)
{
    for (size_t i = 0; i < bytes; i++) {
        out[i] = shape == IPC_SHAPE_EMPTY  ? 0
                 : shape == IPC_SHAPE_FULL ? 0xff
                                           : (uint8_t)(1 + 16 * seed + i);
    }
}

size_t ipc_lay(enum ipc_msg msg, enum ipc_shape shape, size_t odd, uint8_t *out)
{
    const struct ipc_info *info = ipc_info(msg);
    size_t used = 0;

    for (size_t i = 0; i < info->field_count; i++) {
        const struct ipc_field *field = &info->fields[i];
        size_t bytes = number_bytes(field->kind);
        if (bytes > 0) {
            lay_number(out + used, bytes, shape, i);
            used += bytes;
            continue;
        }
        size_t length = shape == IPC_SHAPE_EMPTY  ? 0
                        : shape == IPC_SHAPE_FULL ? field->max
                                                  : 3;
        length = i == odd ? (size_t)field->max + 1 : length;
        for (size_t k = 0; k < 4; k++) {
            out[used + k] = (uint8_t)(length >> (8 * k));
        }
        if (length == 3) {
            memcpy(out + used + 4, "abc", 3);
        }
        used += 4 + length;
    }
    return used;
}

size_t ipc_packet_of(
    enum ipc_msg msg, uint64_t request, enum ipc_shape shape, uint8_t *out)
{
    size_t length = ipc_lay(msg, shape, SIZE_MAX, out + IPC_HEADER_BYTES);
    struct ipc_header header = {
        .number = ipc_info(msg)->number, .length = (uint32_t)length, .request = request};

    ipc_header_encode(&header, out);
    return IPC_HEADER_BYTES + length;
}

void ipc_raw_send(int fd, const uint8_t *bytes, size_t length, size_t count)
{
    struct iovec iov = {.iov_base = (uint8_t *)bytes, .iov_len = length};
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(16 * sizeof(int))];
    } control = {0};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};

    assert_true(count <= 16);
    if (count > 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(count * sizeof(int));
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(count * sizeof(int));
        memset(CMSG_DATA(&control.header), 0, count * sizeof(int));
    }
    assert_int_equal(sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT), length);
}

enum ipc_role ipc_first_role(unsigned roles)
{
    assert_true(roles != 0);
    return (enum ipc_role)(roles & -roles);
}

int ipc_open(struct ipc_channel *c, enum ipc_form form, enum ipc_role self,
    enum ipc_role peer, size_t queue_max)
{
    int ends[2];

    assert_int_equal(ipc_pair(form, ends), OK);
    assert_int_equal(ipc_channel_init(c, ends[0], form, self, peer, queue_max), OK);
    return ends[1];
}

size_t ipc_count_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    size_t count = 0;

    assert_non_null(dir);
    while (readdir(dir) != NULL) {
        count++;
    }
    closedir(dir);
    return count;
}

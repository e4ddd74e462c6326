/*
 * What is generated from the catalogue and committed: the fuzz dictionary and the seeds.
 * The test fails when they are out of date; run with the argument `write`, from the top
 * of the tree, this program makes them anew.
 */
#include "ipc_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define DICTIONARY "fuzz/ipc.dict"
#define CORPUS     "fuzz/corpus"

/* fuzz/ipc: a packet is control byte, u16 length, bytes; see ipc_packets_fuzz.c. */
#define FUZZ_DESCRIPTOR 0x01
#define FUZZ_FULL       0x04 /* zeros follow, up to the largest packet */

static uint8_t bytes[65536];

static void make_dictionary(struct buf *out)
{
    buf_add_text(out,
        "# The numbers of the messages, little-endian, as they stand in a header,\n"
        "# with flags of zero and as a first and a next fragment.\n");
    for (int i = 0; i < IPC_MSG_COUNT; i++) {
        const struct ipc_info *info = ipc_info((enum ipc_msg)i);
        for (unsigned flags = 0; flags <= IPC_FLAG_NEXT; flags++) {
            const char *suffix[] = {"", "_FIRST", "_NEXT"};
            buf_add_format(out, "%s%s=\"\\x%02x\\x%02x\\x%02x\\x00\"\n", info->name,
                suffix[flags], info->number & 0xffu, info->number >> 8, flags);
        }
    }
}

/* Every pair of roles that has a message, in an order that the harness shares: 64 pairs.
 */
static uint8_t pair_of(enum ipc_role self, enum ipc_role peer)
{
    unsigned a = (unsigned)__builtin_ctz(self);
    unsigned b = (unsigned)__builtin_ctz(peer);

    return (uint8_t)(a * 8 + b);
}

static void put_packet(struct buf *out, uint8_t control, size_t length)
{
    uint8_t head[3] = {control, (uint8_t)length, (uint8_t)(length >> 8)};

    buf_add(out, head, sizeof(head));
    buf_add(out, bytes, length);
}

/* Two fragments of a message that is a little larger than a packet. */
static void add_fragments(struct buf *out, enum ipc_msg msg)
{
    const uint32_t room = 65536 - IPC_HEADER_BYTES;
    const uint32_t total = room - 4 + 8;
    struct ipc_header h = {.number = ipc_info(msg)->number,
        .flags = IPC_FLAG_FIRST,
        .length = room,
        .request = 1};

    memset(bytes, 0, sizeof(bytes));
    ipc_header_encode(&h, bytes);
    memcpy(bytes + IPC_HEADER_BYTES, &total, sizeof(total));
    put_packet(out, FUZZ_FULL, IPC_HEADER_BYTES + sizeof(total));
    memset(bytes, 0, sizeof(bytes));
    h.flags = IPC_FLAG_NEXT;
    h.length = 8;
    ipc_header_encode(&h, bytes);
    put_packet(out, 0, IPC_HEADER_BYTES + 8);
}

typedef void maker(enum ipc_msg msg, struct buf *out);

static void make_message(enum ipc_msg msg, struct buf *out)
{
    uint8_t index = (uint8_t)msg;

    buf_add(out, &index, 1);
    buf_add(out, bytes, ipc_lay(msg, IPC_SHAPE_SMALL, SIZE_MAX, bytes));
}

static void make_packets(enum ipc_msg msg, struct buf *out)
{
    const struct ipc_info *info = ipc_info(msg);
    uint8_t pair = pair_of(ipc_first_role(info->to), ipc_first_role(info->from));
    uint8_t control = info->fds == 1 ? FUZZ_DESCRIPTOR : 0;

    buf_add(out, &pair, 1);
    put_packet(out, control, ipc_packet_of(msg, 1, IPC_SHAPE_SMALL, bytes));
    put_packet(out, control, ipc_packet_of(msg, 2, IPC_SHAPE_EMPTY, bytes));
    if (info->length_max > 65536 && info->fds == 0) {
        add_fragments(out, msg);
    }
}

static void make_stream(enum ipc_msg msg, struct buf *out)
{
    const struct ipc_info *info = ipc_info(msg);
    uint8_t head[2] = {
        pair_of(ipc_first_role(info->to), ipc_first_role(info->from)), 16 /* a read */};

    buf_add(out, head, sizeof(head));
    buf_add(out, bytes, ipc_packet_of(msg, 1, IPC_SHAPE_SMALL, bytes));
    buf_add(out, bytes, ipc_packet_of(msg, 2, IPC_SHAPE_EMPTY, bytes));
}

static void write_file(const char *path, const struct buf *b)
{
    FILE *file = fopen(path, "wb");

    if (file == NULL || fwrite(b->bytes, 1, b->length, file) != b->length ||
        fclose(file) != 0) {
        fatal("%s: %s", path, strerror(errno));
    }
}

static void compare_file(const char *path, const struct buf *b)
{
    static uint8_t there[1 << 18];
    FILE *file = fopen(path, "rb");

    if (file == NULL) {
        fail_msg("%s is missing: run ipc_generated_test write", path);
        return;
    }
    size_t length = fread(there, 1, sizeof(there), file);
    fclose(file);
    if (length != b->length || memcmp(there, b->bytes, length) != 0) {
        fail_msg("%s is out of date: run ipc_generated_test write", path);
    }
}

static void for_dictionary(void (*take)(const char *, const struct buf *))
{
    struct buf b;

    buf_init(&b, 1 << 18);
    make_dictionary(&b);
    take(DICTIONARY, &b);
    buf_fini(&b);
}

static void for_seeds(void (*take)(const char *, const struct buf *))
{
    static const struct {
        const char *module;
        maker *make;
    } kinds[] = {{"ipc_message", make_message}, {"ipc_packets", make_packets},
        {"ipc_stream", make_stream}};

    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        for (int i = 0; i < IPC_MSG_COUNT; i++) {
            struct buf b;
            char path[256];
            buf_init(&b, 1 << 18);
            kinds[k].make((enum ipc_msg)i, &b);
            (void)snprintf(path, sizeof(path), CORPUS "/%s/%s", kinds[k].module,
                ipc_info((enum ipc_msg)i)->name);
            take(path, &b);
            buf_fini(&b);
        }
    }
}

static void the_dictionary_is_up_to_date(void **state)
{
    (void)state;
    for_dictionary(compare_file);
}

static void every_message_has_its_seeds(void **state)
{
    (void)state;
    for_seeds(compare_file);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_dictionary_is_up_to_date),
        cmocka_unit_test(every_message_has_its_seeds),
    };

    if (argc > 1 && strcmp(argv[1], "write") == 0) {
        (void)mkdir(CORPUS "/ipc_message", 0755);
        (void)mkdir(CORPUS "/ipc_packets", 0755);
        (void)mkdir(CORPUS "/ipc_stream", 0755);
        for_dictionary(write_file);
        for_seeds(write_file);
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}

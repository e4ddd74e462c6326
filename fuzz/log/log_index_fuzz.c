#include "log_fs_sim.h"
#include "log_index.h"

#include <fcntl.h>

/*
 * Input: a byte for the kind, then an index file. What passes the check against the truth
 * holds nothing but the truth, in order, and is searched rightly.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TRUTHS 64

static void require(int condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

static struct log_index_entry truth_at(int32_t i)
{
    return (struct log_index_entry){.key = i * 3 + 2, .value = i * 100};
}

static int is_truth(struct log_index_entry e)
{
    return e.key % 3 == 2 && e.key >= 2 && e.key < TRUTHS * 3 &&
           e.value == (int32_t)(e.key - 2) / 3 * 100;
}

static void search(const struct log_index *index)
{
    for (int32_t i = -1; i <= TRUTHS; i++) {
        struct log_index_entry e;
        if (log_index_floor_key(index, i * 3 + 2, &e)) {
            require(e.key <= i * 3 + 2 && is_truth(e));
        }
        if (log_index_floor_value(index, i * 100, &e)) {
            require(e.value <= i * 100 && is_truth(e));
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sim sim;

    if (size < 1) {
        return 0;
    }
    enum log_index_kind kind = data[0] % 2 == 0 ? LOG_INDEX_OFFSET : LOG_INDEX_TIME;
    struct log_index_check c = log_index_check_init(kind, data + 1, size - 1);
    for (int32_t i = 0; i < TRUTHS; i++) {
        log_index_check_step(&c, truth_at(i));
    }
    require(c.next <= c.count);
    if (c.damaged || c.next < c.count) {
        return 0;
    }
    int64_t last = -1;
    for (size_t i = 0; i < c.count; i++) {
        struct log_index_entry e =
            log_index_decode(kind, data + 1 + i * log_index_entry_size(kind));
        require(e.key > last && is_truth(e));
        last = e.key;
    }
    sim_init(&sim, 1);
    struct log_fs fs = sim_fs(&sim);
    sim_put(&sim, "i", data + 1, size - 1);
    struct log_index index = log_index_none(&fs, kind);
    int fd = fs.ops->open(fs.context, SIM_DIR, "i", O_RDWR);
    require(log_index_attach(&index, fd, (int64_t)c.count) == OK);
    search(&index);
    log_index_append(&index, truth_at(TRUTHS));
    require(index.last.key == truth_at(TRUTHS).key);
    log_index_close(&index);
    sim_fini(&sim);
    return 0;
}

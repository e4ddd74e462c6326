/* The file as it may be on the disk: what is read from it is what is written again. */
#include "log_fs_sim.h"
#include "log_start.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sim sim;
    int64_t offset = -1;
    int64_t again = -1;

    sim_init(&sim, 1);
    sim_put(&sim, LOG_START_FILE, data, size);
    struct log_fs fs = sim_fs(&sim);
    enum err e = log_start_load(&fs, SIM_DIR, &offset);
    require(e == OK || e == ERR_CORRUPT);
    if (e == OK) {
        require(offset >= 0);
        require(log_start_store(&fs, SIM_DIR, offset) == OK);
        require(log_start_load(&fs, SIM_DIR, &again) == OK);
        require(again == offset);
    }
    require(sim_open_descriptors(&sim) == 0);
    sim_fini(&sim);
    return 0;
}

#include "scram_store.h"

#include "mem.h"
#include "rand.h"
#include "users_store.h"

enum err scram_store_load(
    const char *path, struct scram_file *f, struct users_problem *problem_out)
{
    struct buf bytes;

    buf_init(&bytes, USERS_FILE_SIZE_MAX + 1);
    enum err e = users_store_read(path, &bytes);
    if (e == OK) {
        e = scram_file_parse(f, bytes.bytes, bytes.length, problem_out);
    }
    if (bytes.bytes != NULL) {
        mem_wipe(bytes.bytes, bytes.capacity);
    }
    buf_fini(&bytes);
    return e;
}

enum err scram_store_save(const char *path, struct scram_file *f)
{
    struct buf bytes;

    if (!f->has_phantom_key) {
        rand_bytes(f->phantom_key, sizeof(f->phantom_key));
        f->has_phantom_key = true;
    }
    buf_init(&bytes, USERS_FILE_SIZE_MAX);
    enum err e = scram_file_serialise(f, &bytes);
    if (e == OK) {
        e = users_store_write(path, &bytes);
    }
    if (bytes.bytes != NULL) {
        mem_wipe(bytes.bytes, bytes.capacity);
    }
    buf_fini(&bytes);
    return e;
}

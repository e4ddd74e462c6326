#include "scram_file.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

static void check_entry(const struct scram_file *f, const struct scram_entry *entry)
{
    const struct scram_credential *c = &entry->credential;

    demand(
        c->iterations >= SCRAM_ITERATIONS_MIN && c->iterations <= SCRAM_ITERATIONS_MAX);
    demand(c->salt_length >= SCRAM_SALT_MIN && c->salt_length <= SCRAM_SALT_MAX);
    demand(scram_file_find(f, c->mechanism, entry->name, entry->name_length) == entry);
}

/* What parses serialises to the same bytes, inside the limits, and each user and mechanism
 * finds its own entry. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scram_file f;
    struct users_problem problem = {.line = 0};
    struct buf out;

    scram_file_init(&f);
    buf_init(&out, USERS_FILE_SIZE_MAX);
    enum err e = scram_file_parse(&f, data, size, &problem);
    if (e == OK) {
        demand(scram_file_serialise(&f, &out) == OK);
        demand(out.length == size && (size == 0 || memcmp(out.bytes, data, size) == 0));
        for (size_t i = 0; i < f.count; i++) {
            check_entry(&f, f.entries[i]);
        }
    } else {
        demand(e == ERR_INVALID && f.count == 0 && !f.has_phantom_key);
        demand(problem.line >= 1 && problem.column >= 1 && problem.column <= size + 1);
        demand(problem.help != NULL);
        users_problem_describe(&problem, "scram", &out);
        demand(buf_error(&out) == OK);
    }
    buf_fini(&out);
    scram_file_fini(&f);
    return 0;
}

/*
 * probe - a stand-in for each process: enters its sandbox, then does one forbidden thing.
 *
 * Arguments: role, attempt, the layers to leave out, a process to attack. What it does is
 * in selftest_stand_in.c, which ships; leaving layers out is for tests alone.
 */
#include "sandbox_libraries.h"
#include "sandbox_testing.h"
#include "selftest_stand_in.h"

#include <stdlib.h>

int main(int argc, char **argv)
{
    sandbox_print_libraries(argc, argv, NULL);
    if (argc != 5) {
        return 2;
    }
    sandbox_testing_without = (unsigned)strtoul(argv[3], NULL, 10);
    selftest_stand_in((enum sandbox_role)atoi(argv[1]), strtoul(argv[2], NULL, 10),
        (pid_t)atoi(argv[4]));
}

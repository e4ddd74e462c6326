/*
 * schloss-hostile - stands in for any process of the broker and attacks from inside.
 *
 * Sees:       nothing of anybody's.
 * Holds:      the descriptors that schloss-selftest gives it: a channel and bait.
 * Talks to:   schloss-selftest, which started it.
 * May call:   the profile of the role it stands in for.
 * If taken:   it is the intruder: that is its task.
 */
#include "sandbox_libraries.h"
#include "selftest_stand_in.h"

#include <stdlib.h>

int main(int argc, char **argv)
{
    sandbox_print_libraries(argc, argv, NULL);
    if (argc != 4) {
        return 2;
    }
    selftest_stand_in((enum sandbox_role)atoi(argv[1]), strtoul(argv[2], NULL, 10),
        (pid_t)atoi(argv[3]));
}

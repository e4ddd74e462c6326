/* prepare_try MODE: tries every layer of the mode as a warden does, says so, or refuses.
 */
#include "sandbox_landlock.h"
#include "sandbox_prepare.h"

#define UID_BASE 61000

int main(int argc, char **argv)
{
    enum sandbox_mode mode;
    struct sandbox_failure failure;
    struct sandbox s;
    char missing[256];

    if (argc != 2 || sandbox_mode_parse(argv[1], &mode) != OK) {
        return 2;
    }
    if (sandbox_prepare(&s, mode, UID_BASE, &failure) != OK) {
        sandbox_refuse("schlossd", mode, &failure);
    }
    sandbox_landlock_missing(s.landlock_abi, missing, sizeof(missing));
    (void)printf("sandbox=%s in force, landlock abi %d lacks: %s\n", argv[1],
        s.landlock_abi, missing);
    sandbox_fini(&s);
    return 0;
}

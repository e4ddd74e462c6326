#include "store_files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIRECTORY_MODE 0750

static int posix_make(void *context, int dir, const char *name)
{
    (void)context;
    return mkdirat(dir, name, DIRECTORY_MODE) == 0 ? 0 : -errno;
}

static int posix_remove(void *context, int dir, const char *name)
{
    (void)context;
    return unlinkat(dir, name, AT_REMOVEDIR) == 0 ? 0 : -errno;
}

struct store_files store_files_posix(void)
{
    return (struct store_files){
        .fs = log_fs_posix(), .make = posix_make, .remove = posix_remove};
}

int store_files_open_dir(const struct store_files *f, int dir, const char *name)
{
    return f->fs.ops->open(f->fs.context, dir, name, O_RDONLY | O_DIRECTORY);
}

#include "sandbox_profile.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#if !defined(__x86_64__)
#error "the system call tables are written for x86-64"
#endif

/* MAP_DROPPABLE is newer than the headers: glibc 2.41 maps its random state with it. */
#define NEW_MAP_DROPPABLE       0x08
#define NEW_MADV_GUARD_INSTALL  102
#define NEW_MADV_GUARD_REMOVE   103
#define NEW_MADV_POPULATE_WRITE 23

/* An int argument: the kernel looks at the low half only, so does the filter. */
#define INT(n, v)                                                                        \
    {                                                                                    \
        .arg = (n), .mask = 0xffffffff, .value = (uint32_t)(v)                           \
    }
#define LONG(n, v)                                                                       \
    {                                                                                    \
        .arg = (n), .mask = UINT64_MAX, .value = (uint64_t)(v)                           \
    }
/* Nothing but these bits may be set. */
#define ONLY(n, bits)                                                                    \
    {                                                                                    \
        .arg = (n), .mask = ~(uint64_t)(bits), .value = 0                                \
    }
/* These bits are exactly set, but for the optional ones. */
#define EXACT(n, bits, optional)                                                         \
    {                                                                                    \
        .arg = (n), .mask = ~(uint64_t)(optional), .value = (bits)                       \
    }
/* This bit is set, or is not; whatever the others are. */
#define WITH(n, bit)                                                                     \
    {                                                                                    \
        .arg = (n), .mask = (bit), .value = (bit)                                        \
    }
#define WITHOUT(n, bit)                                                                  \
    {                                                                                    \
        .arg = (n), .mask = (bit), .value = 0                                            \
    }
/* Of these bits exactly those are set. */
#define AMONG(n, of, bits)                                                               \
    {                                                                                    \
        .arg = (n), .mask = (of), .value = (bits)                                        \
    }
/* A descriptor that is open, not AT_FDCWD. */
#define OPEN_FD(n)                                                                       \
    {                                                                                    \
        .arg = (n), .mask = 0x80000000, .value = 0                                       \
    }

/* clang-format off */
#define CALL(name)            {#name, SYS_##name, 0, 0, {{0, 0, 0}}}
#define CALL1(name, a)        {#name, SYS_##name, 0, 1, {a}}
#define CALL2(name, a, b)     {#name, SYS_##name, 0, 2, {a, b}}
#define CALL3(name, a, b, c)  {#name, SYS_##name, 0, 3, {a, b, c}}
#define SOFT(name, e)         {#name, SYS_##name, e, 0, {{0, 0, 0}}}
#define SOFT1(name, e, a)     {#name, SYS_##name, e, 1, {a}}
#define SOFT2(name, e, a, b)  {#name, SYS_##name, e, 2, {a, b}}
/* clang-format on */

#define GROUP(id, text)                                                                  \
    static const struct sandbox_group id = {                                             \
        text, id##_rules, sizeof(id##_rules) / sizeof(id##_rules[0])}

/* clang-format off */
/* In its namespace each process is number 1, so abort() may signal itself and nobody else. */
static const struct sandbox_rule group_exit_rules[] = {
    CALL(exit), CALL(exit_group), CALL(rt_sigreturn), CALL(rt_sigprocmask), CALL(restart_syscall),
    CALL2(tgkill, INT(0, 1), INT(2, SIGABRT)),
};
GROUP(group_exit, "exit");

/* MAP_POPULATE: libsodium asks for it where Argon2 works. */
static const struct sandbox_rule group_mem_rules[] = {
    CALL(brk), CALL(munmap),
    CALL1(mremap, ONLY(3, MREMAP_MAYMOVE)),
    CALL2(mmap, ONLY(2, PROT_READ | PROT_WRITE),
        EXACT(3, MAP_PRIVATE | MAP_ANONYMOUS, MAP_NORESERVE | MAP_STACK | MAP_POPULATE)),
    SOFT1(mmap, EINVAL, LONG(3, NEW_MAP_DROPPABLE | MAP_ANONYMOUS)),
    CALL1(mprotect, ONLY(2, PROT_READ | PROT_WRITE)),
    CALL1(madvise, INT(2, MADV_DONTNEED)), CALL1(madvise, INT(2, MADV_FREE)),
    SOFT1(madvise, EINVAL, INT(2, MADV_HUGEPAGE)), SOFT1(madvise, EINVAL, INT(2, MADV_NOHUGEPAGE)),
    SOFT1(madvise, EINVAL, INT(2, MADV_DONTDUMP)), SOFT1(madvise, EINVAL, INT(2, MADV_DODUMP)),
    SOFT1(madvise, EINVAL, INT(2, MADV_WIPEONFORK)),
    SOFT1(madvise, EINVAL, INT(2, NEW_MADV_POPULATE_WRITE)),
    SOFT1(madvise, EINVAL, INT(2, NEW_MADV_GUARD_INSTALL)),
    SOFT1(madvise, EINVAL, INT(2, NEW_MADV_GUARD_REMOVE)),
};
GROUP(group_mem, "mem");

/* Sockets that are connected already: an address is never given nor asked for. One that was
 * closed, or listened, could be connected anew by sending. */
static const struct sandbox_rule group_io_rules[] = {
    CALL(read), CALL(write), CALL(readv), CALL(writev), CALL(close),
    CALL(recvmsg), CALL1(sendmsg, WITHOUT(2, MSG_FASTOPEN)), CALL(shutdown),
    CALL2(sendto, LONG(4, 0), INT(5, 0)),
    CALL2(recvfrom, LONG(4, 0), LONG(5, 0)),
};
GROUP(group_io, "io");

/* Files, and one stream that was connected: no message, which could carry an address. */
static const struct sandbox_rule group_stream_rules[] = {
    CALL(read), CALL(write), CALL(close),
    CALL2(sendto, LONG(4, 0), INT(5, 0)),
    CALL2(recvfrom, LONG(4, 0), LONG(5, 0)),
};
GROUP(group_stream, "stream");

static const struct sandbox_rule group_loop_rules[] = {
    CALL(epoll_ctl), CALL(epoll_wait), CALL(epoll_pwait), CALL(epoll_pwait2),
};
GROUP(group_loop, "loop");

static const struct sandbox_rule group_poll_rules[] = {
    CALL(poll), CALL(ppoll),
};
GROUP(group_poll, "poll");

static const struct sandbox_rule group_self_rules[] = {
    CALL(getpid), CALL(gettid), CALL(clock_gettime), CALL(gettimeofday), CALL(time),
    CALL(getrandom), CALL(uname),
    CALL1(futex, INT(1, FUTEX_WAIT_PRIVATE)), CALL1(futex, INT(1, FUTEX_WAKE_PRIVATE)),
};
GROUP(group_self, "self");

/* What libraries try and can live without: an errno, not an end. */
static const struct sandbox_rule group_soft_rules[] = {
    SOFT(open, EACCES), SOFT(stat, EACCES), SOFT(lstat, EACCES),
    SOFT(faccessat, EACCES), SOFT(readlink, EACCES), SOFT(readlinkat, EACCES),
    SOFT(openat2, ENOSYS), SOFT(faccessat2, ENOSYS), SOFT(statx, ENOSYS),
    SOFT(clone3, ENOSYS), SOFT(futex_waitv, ENOSYS), SOFT(sched_getaffinity, EPERM),
    SOFT1(ioctl, ENOTTY, INT(1, TCGETS)),
    SOFT(shmget, EACCES), SOFT(shmat, EACCES), SOFT(shmdt, EACCES),
    SOFT(prlimit64, EPERM),
};
GROUP(group_soft, "soft");

static const struct sandbox_rule group_noaccess_rules[] = {
    SOFT(access, EACCES),
};
GROUP(group_noaccess, "noaccess");

/* A Kerberos login: looks whether its configuration changed, and writes down which tickets
 * it has seen. A file is opened in one way only, which reads nothing that is not there. */
static const struct sandbox_rule group_scratch_rules[] = {
    CALL(access), CALL(newfstatat), SOFT(fstat, EACCES), SOFT(rseq, ENOSYS), CALL(lseek),
    CALL2(openat, INT(0, AT_FDCWD), EXACT(2, O_RDWR | O_CREAT, O_CLOEXEC | O_NOFOLLOW)),
    SOFT1(openat, EACCES, WITHOUT(2, O_CREAT)), SOFT2(openat, EACCES, OPEN_FD(0), WITH(2, O_CREAT)),
    CALL1(fcntl, INT(1, F_OFD_SETLKW)),
};
GROUP(group_scratch, "scratch");

/* A PKCS#11 module: reads its token's files, locks them meanwhile, and writes nothing. Its
 * lines for the system's log are lost: that would be a socket. Landlock says which files. */
static const struct sandbox_rule group_reads_rules[] = {
    CALL2(openat, INT(0, AT_FDCWD),
        ONLY(2, O_CLOEXEC | O_NONBLOCK | O_DIRECTORY | O_NOFOLLOW | O_LARGEFILE | O_NOCTTY)),
    SOFT2(openat, EACCES, INT(0, AT_FDCWD), WITH(2, O_WRONLY)),
    SOFT2(openat, EACCES, INT(0, AT_FDCWD), AMONG(2, O_WRONLY | O_RDWR, O_RDWR)),
    SOFT2(openat, EACCES, INT(0, AT_FDCWD), AMONG(2, O_WRONLY | O_RDWR | O_CREAT, O_CREAT)),
    SOFT2(openat, EACCES, INT(0, AT_FDCWD), AMONG(2, O_WRONLY | O_RDWR | O_CREAT | O_PATH, O_PATH)),
    SOFT1(openat, EACCES, OPEN_FD(0)),
    CALL(newfstatat), CALL(fstat), CALL(lseek), CALL(getdents64), SOFT(rseq, ENOSYS),
    CALL1(fcntl, INT(1, F_GETFL)), CALL1(fcntl, INT(1, F_SETLK)), CALL1(fcntl, INT(1, F_SETLKW)),
    SOFT2(socket, EACCES, INT(0, AF_UNIX), INT(1, SOCK_DGRAM | SOCK_CLOEXEC)),
};
GROUP(group_reads, "reads");

static const struct sandbox_rule group_nofiles_rules[] = {
    SOFT(openat, EACCES), SOFT(rseq, ENOSYS),
};
GROUP(group_nofiles, "nofiles");

static const struct sandbox_rule group_nostat_rules[] = {
    SOFT(newfstatat, EACCES), SOFT(fstat, EACCES),
};
GROUP(group_nostat, "nostat");

/* Threads exist before the filter; a new one may still be on its first lines when it comes. */
static const struct sandbox_rule group_thread_rules[] = {
    CALL(set_robust_list), CALL(rseq), CALL(sched_yield),
    CALL1(futex, INT(1, FUTEX_WAIT_BITSET_PRIVATE)),
    CALL1(futex, INT(1, FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME)),
    CALL1(futex, INT(1, FUTEX_REQUEUE_PRIVATE)), CALL1(futex, INT(1, FUTEX_CMP_REQUEUE_PRIVATE)),
};
GROUP(group_thread, "thread");

static const struct sandbox_rule group_accept_rules[] = {
    CALL1(accept4, INT(3, SOCK_NONBLOCK | SOCK_CLOEXEC)),
    CALL2(setsockopt, INT(1, IPPROTO_TCP), INT(2, TCP_NODELAY)),
    CALL2(setsockopt, INT(1, SOL_SOCKET), INT(2, SO_KEEPALIVE)),
    CALL2(getsockopt, INT(1, SOL_SOCKET), INT(2, SO_PEERCRED)),
};
GROUP(group_accept, "accept");

/* A filter sees no address: Landlock says which ports. */
static const struct sandbox_rule group_connect_rules[] = {
    CALL3(socket, INT(0, AF_INET), INT(1, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC), INT(2, 0)),
    CALL3(socket, INT(0, AF_INET6), INT(1, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC), INT(2, 0)),
    CALL(connect),
    CALL2(setsockopt, INT(1, IPPROTO_TCP), INT(2, TCP_NODELAY)),
    CALL2(getsockopt, INT(1, SOL_SOCKET), INT(2, SO_ERROR)),
};
GROUP(group_connect, "connect");

static const struct sandbox_rule group_secrets_rules[] = {
    CALL(mlock), CALL(munlock),
};
GROUP(group_secrets, "secrets");

static const struct sandbox_rule group_seals_rules[] = {
    CALL1(fcntl, INT(1, F_GET_SEALS)),
};
GROUP(group_seals, "seals");

/* Whether the clock is right. To set it takes a right that no process of ours has. */
static const struct sandbox_rule group_clock_rules[] = {
    CALL(adjtimex),
};
GROUP(group_clock, "clock");

/* An open descriptor's own state; a path can be named but nothing is found there. */
static const struct sandbox_rule group_fstat_rules[] = {
    CALL(fstat), CALL2(newfstatat, OPEN_FD(0), INT(3, AT_EMPTY_PATH)),
    SOFT1(newfstatat, EACCES, INT(0, AT_FDCWD)),
};
GROUP(group_fstat, "fstat");

/* Where a descriptor is opened for appending, pwrite64 appends. */
static const struct sandbox_rule group_append_rules[] = {
    CALL(fdatasync), CALL(pwrite64), CALL(fstatfs),
};
GROUP(group_append, "append");

static const struct sandbox_rule group_files_rules[] = {
    CALL1(openat, OPEN_FD(0)), SOFT1(openat, EACCES, INT(0, AT_FDCWD)),
    CALL(fstat), CALL1(newfstatat, OPEN_FD(0)), SOFT1(newfstatat, EACCES, INT(0, AT_FDCWD)),
    CALL(lseek), CALL(getdents64),
    CALL(pread64), CALL(preadv), CALL(preadv2), CALL(pwrite64), CALL(pwritev), CALL(pwritev2),
    CALL(fdatasync), CALL(fsync), CALL(sync_file_range), CALL(ftruncate), CALL(fallocate),
    CALL(fadvise64),
    CALL2(renameat, OPEN_FD(0), OPEN_FD(2)), CALL2(renameat2, OPEN_FD(0), OPEN_FD(2)),
    CALL1(unlinkat, OPEN_FD(0)), CALL1(mkdirat, OPEN_FD(0)),
    /* fdopendir() */
    CALL1(fcntl, INT(1, F_GETFL)), CALL2(fcntl, INT(1, F_SETFD), INT(2, FD_CLOEXEC)),
};
GROUP(group_files, "files");

/* The warden: what neither it nor any child ever needs once the roots are built. */
static const struct sandbox_rule group_warden_rules[] = {
    CALL(ptrace), CALL(process_vm_readv), CALL(process_vm_writev), CALL(kcmp), CALL(bpf),
    CALL(perf_event_open), CALL(init_module), CALL(finit_module), CALL(delete_module),
    CALL(kexec_load), CALL(kexec_file_load), CALL(add_key), CALL(request_key), CALL(keyctl),
    CALL(io_uring_setup), CALL(io_uring_enter), CALL(io_uring_register), CALL(userfaultfd),
    CALL(open_by_handle_at), CALL(name_to_handle_at), CALL(personality), CALL(mount),
    CALL(move_mount), CALL(open_tree), CALL(fsopen), CALL(fsconfig), CALL(fsmount), CALL(fspick),
    CALL(mount_setattr), CALL(chroot), CALL(swapon), CALL(swapoff), CALL(reboot), CALL(acct),
    CALL(iopl), CALL(ioperm), CALL(modify_ldt), CALL(quotactl), CALL(syslog), CALL(lookup_dcookie),
    CALL(settimeofday), CALL(clock_settime), CALL(clock_adjtime),
    CALL(move_pages), CALL(migrate_pages), CALL(process_madvise), CALL(fanotify_init),
};
GROUP(group_warden, "deny");
/* clang-format on */

#define EVERY_LIMIT(files)                                                               \
    {RLIMIT_CORE, "core", 0}, {RLIMIT_STACK, "stack", 1 << 20},                          \
        {RLIMIT_MSGQUEUE, "msgqueue", 0},                                                \
    {                                                                                    \
        RLIMIT_NOFILE, "nofile", (files)                                                 \
    }
#define NO_FILES                                                                         \
    {                                                                                    \
        RLIMIT_FSIZE, "fsize", 0                                                         \
    }
#define NO_CHILD                                                                         \
    {                                                                                    \
        RLIMIT_NPROC, "nproc", 0                                                         \
    }
#define LOCKED(bytes)                                                                    \
    {                                                                                    \
        RLIMIT_MEMLOCK, "memlock", (bytes)                                               \
    }
#define SPACE(bytes)                                                                     \
    {                                                                                    \
        RLIMIT_AS, "as", (rlim_t)(bytes)                                                 \
    }

#define MANY_FILES 65536
#define MIB        ((rlim_t)1 << 20)

static const struct sandbox_profile profiles[SANDBOX_ROLE_COUNT] = {
    [SANDBOX_WARDEN] = {.name = "warden",
        .program = "schlossd",
        .deny_list = true,
        .files = SANDBOX_FILES_ANY,
        .groups = {&group_warden}},
    [SANDBOX_PORTER] = {.name = "porter",
        .program = "schloss-porter",
        .files = SANDBOX_FILES_NONE,
        .groups = {&group_exit, &group_mem, &group_io, &group_loop, &group_self,
            &group_soft, &group_noaccess, &group_nofiles, &group_nostat, &group_accept},
        .limits = {EVERY_LIMIT(MANY_FILES), NO_FILES, NO_CHILD, LOCKED(0)}},
    [SANDBOX_GATE] = {.name = "gate",
        .program = "schloss-gate",
        .files = SANDBOX_FILES_NONE,
        .groups = {&group_exit, &group_mem, &group_io, &group_poll, &group_self,
            &group_soft, &group_noaccess, &group_nofiles, &group_nostat},
        .limits = {EVERY_LIMIT(16), NO_FILES, NO_CHILD, LOCKED(0), SPACE(1024 * MIB)}},
    [SANDBOX_KEYS] = {.name = "keys",
        .program = "schloss-keys",
        .files = SANDBOX_FILES_NONE,
        .groups = {&group_exit, &group_mem, &group_io, &group_loop, &group_self,
            &group_soft, &group_noaccess, &group_nofiles, &group_nostat, &group_secrets},
        .limits = {EVERY_LIMIT(MANY_FILES), NO_FILES, NO_CHILD, LOCKED(MIB)}},
    [SANDBOX_AUTH] = {.name = "auth",
        .program = "schloss-auth",
        .files = SANDBOX_FILES_NONE,
        .groups = {&group_exit, &group_mem, &group_io, &group_loop, &group_self,
            &group_soft, &group_noaccess, &group_nofiles, &group_nostat, &group_secrets},
        .limits = {EVERY_LIMIT(64), NO_FILES, NO_CHILD, LOCKED(MIB), SPACE(1024 * MIB)}},
    [SANDBOX_BROKER] = {.name = "broker",
        .program = "schloss-broker",
        .files = SANDBOX_FILES_NONE,
        .groups = {&group_exit, &group_mem, &group_io, &group_loop, &group_self,
            &group_soft, &group_noaccess, &group_nofiles, &group_nostat, &group_seals,
            &group_clock},
        .limits = {EVERY_LIMIT(MANY_FILES), NO_FILES, NO_CHILD, LOCKED(0)}},
    [SANDBOX_STORE] = {.name = "store",
        .program = "schloss-store",
        .threads = true,
        .files = SANDBOX_FILES_BENEATH,
        .groups = {&group_exit, &group_mem, &group_io, &group_loop, &group_self,
            &group_soft, &group_noaccess, &group_thread, &group_files},
        .limits = {EVERY_LIMIT(MANY_FILES), LOCKED(0)}},
    [SANDBOX_AUDIT] = {.name = "audit",
        .program = "schloss-audit",
        .files = SANDBOX_FILES_NONE,
        .groups = {&group_exit, &group_mem, &group_io, &group_loop, &group_self,
            &group_soft, &group_noaccess, &group_nofiles, &group_fstat, &group_append},
        .limits = {EVERY_LIMIT(64), NO_CHILD, LOCKED(0)}},
    [SANDBOX_COMPILER] = {.name = "compiler",
        .program = "schloss-compiler",
        .files = SANDBOX_FILES_NONE,
        .groups = {&group_exit, &group_mem, &group_io, &group_self, &group_soft,
            &group_noaccess, &group_nofiles, &group_fstat},
        .limits = {EVERY_LIMIT(64), {RLIMIT_FSIZE, "fsize", 64 * MIB}, NO_CHILD,
            LOCKED(0), SPACE(1024 * MIB), {RLIMIT_CPU, "cpu", 60}}},
    [SANDBOX_AUTH_SCRATCH] = {.name = "auth-scratch",
        .program = "schloss-auth",
        .files = SANDBOX_FILES_BENEATH,
        .groups = {&group_exit, &group_mem, &group_io, &group_loop, &group_self,
            &group_soft, &group_scratch, &group_secrets},
        .limits = {EVERY_LIMIT(64), {RLIMIT_FSIZE, "fsize", 16 * MIB}, NO_CHILD,
            LOCKED(MIB), SPACE(1024 * MIB)}},
    [SANDBOX_FETCH] = {.name = "fetch",
        .program = "schloss-fetch",
        .files = SANDBOX_FILES_NONE,
        .groups = {&group_exit, &group_mem, &group_stream, &group_poll, &group_self,
            &group_soft, &group_noaccess, &group_nofiles, &group_nostat},
        .limits = {EVERY_LIMIT(16), {RLIMIT_FSIZE, "fsize", MIB}, NO_CHILD, LOCKED(0),
            SPACE(1024 * MIB), {RLIMIT_CPU, "cpu", 20}}},
    [SANDBOX_AUTH_DIAL] = {.name = "auth-dial",
        .program = "schloss-auth",
        .files = SANDBOX_FILES_NONE,
        .groups = {&group_exit, &group_mem, &group_io, &group_loop, &group_poll,
            &group_self, &group_soft, &group_noaccess, &group_nofiles, &group_nostat,
            &group_secrets},
        .limits = {EVERY_LIMIT(64), NO_FILES, NO_CHILD, LOCKED(MIB), SPACE(1024 * MIB)}},
    [SANDBOX_DIAL] = {.name = "dial",
        .program = "schloss-dial",
        .network = true,
        .files = SANDBOX_FILES_NONE,
        .groups = {&group_exit, &group_mem, &group_io, &group_loop, &group_self,
            &group_soft, &group_noaccess, &group_nofiles, &group_nostat, &group_connect},
        .limits = {EVERY_LIMIT(64), NO_FILES, NO_CHILD, LOCKED(0)}},
    [SANDBOX_KEYS_TOKEN] = {.name = "keys-pkcs11",
        .program = "schloss-keys-pkcs11",
        .files = SANDBOX_FILES_READ,
        .groups = {&group_exit, &group_mem, &group_io, &group_loop, &group_self,
            &group_soft, &group_noaccess, &group_reads, &group_secrets},
        .limits = {EVERY_LIMIT(MANY_FILES), {RLIMIT_FSIZE, "fsize", MIB}, NO_CHILD,
            LOCKED(MIB)}},
};

const struct sandbox_profile *sandbox_profile(enum sandbox_role role)
{
    INVARIANT((unsigned)role < SANDBOX_ROLE_COUNT);
    return &profiles[role];
}

size_t sandbox_profile_call_count(enum sandbox_role role)
{
    const struct sandbox_profile *p = sandbox_profile(role);
    bool seen[SANDBOX_NEWEST_CALL + 1] = {false};
    size_t count = 0;

    for (size_t g = 0; p->groups[g] != NULL; g++) {
        for (size_t i = 0; i < p->groups[g]->count; i++) {
            const struct sandbox_rule *r = &p->groups[g]->rules[i];
            if (r->error == 0 && !seen[r->number]) {
                seen[r->number] = true;
                count++;
            }
        }
    }
    return count;
}

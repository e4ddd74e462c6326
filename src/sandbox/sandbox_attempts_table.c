#include "sandbox_attempts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/futex.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timex.h>

#define BIT(n)   (1u << (n))
#define STORE    BIT(SANDBOX_STORE)
#define AUDIT    BIT(SANDBOX_AUDIT)
#define SCRATCH  BIT(SANDBOX_AUTH_SCRATCH)
#define DIAL     BIT(SANDBOX_DIAL)
#define ALL      ((BIT(SANDBOX_ROLE_COUNT) - 1) & ~BIT(SANDBOX_WARDEN))
#define NOT(set) (ALL & ~(set))
#define LOOPS    NOT(BIT(SANDBOX_GATE) | BIT(SANDBOX_COMPILER) | BIT(SANDBOX_FETCH))
#define READS    BIT(SANDBOX_KEYS_TOKEN)
#define SECRETS                                                                          \
    (BIT(SANDBOX_KEYS) | BIT(SANDBOX_AUTH) | SCRATCH | BIT(SANDBOX_AUTH_DIAL) | READS)

#define FILTER BIT(SANDBOX_LAYER_SECCOMP)
#define FILES                                                                            \
    (FILTER | BIT(SANDBOX_LAYER_LANDLOCK) | BIT(SANDBOX_LAYER_ROOT) |                    \
        BIT(SANDBOX_LAYER_USERS) | BIT(SANDBOX_LAYER_NAMESPACES))
#define CODE     (FILTER | BIT(SANDBOX_LAYER_PROCESS))
#define LANDLOCK BIT(SANDBOX_LAYER_LANDLOCK)

#define KILLED SANDBOX_OUTCOME_SIGNAL(SIGSYS)

#define CHANNEL  SANDBOX_ATTEMPT_CHANNEL
#define READONLY SANDBOX_ATTEMPT_READONLY
#define DATA     SANDBOX_ATTEMPT_DATA

#define PAGE 4096
#define RWX  (PROT_READ | PROT_WRITE | PROT_EXEC)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

/* Newer than the headers that may be at hand. */
#define CALL_CACHESTAT 451
#define CALL_NEWER     600
#define X32_GETPID     (0x40000000 + SYS_getpid)
#define MADV_POISON    100
#define FAMILY_ALG     38
#define FAMILY_VSOCK   40

static const char passwd[] = "/etc/passwd";
static const struct rlimit small_limit = {8, 8};
static char space[PAGE] __attribute__((aligned(PAGE)));
static struct {
    uint64_t flags, mode, resolve;
} open_how;
static struct stat stat_space;
/* No clock would take it, should one be asked that might. */
static struct timex bad_tick = {.modes = ADJ_TICK, .tick = 1};

#define TEXT(s) ((long)(s))

#define CALL(name, roles, layers, expected, call, ...)                                   \
    {                                                                                    \
        name, roles, layers, expected, NULL, call,                                       \
        {                                                                                \
            __VA_ARGS__                                                                  \
        }                                                                                \
    }
#define KILL(name, ...) CALL(name, ALL, FILTER, KILLED, __VA_ARGS__)
#define DOES(name, roles, layers, expected, function)                                    \
    {                                                                                    \
        name, roles, layers, expected, function, 0,                                      \
        {                                                                                \
            0                                                                            \
        }                                                                                \
    }

/* clang-format off */
const struct sandbox_attempt sandbox_attempts[] = {
    /* Files by name. */
    CALL("open /etc/passwd", NOT(READS), FILES, EACCES, SYS_openat, AT_FDCWD, TEXT(passwd), O_RDONLY),
    CALL("open /etc/passwd the old way", ALL, FILES, EACCES, SYS_open, TEXT(passwd), O_RDONLY),
    CALL("open /etc/passwd by openat2", ALL, FILES, ENOSYS, SYS_openat2, AT_FDCWD, TEXT(passwd), TEXT(&open_how), sizeof(open_how)),
    CALL("open /../etc/passwd", NOT(READS), FILES, EACCES, SYS_openat, AT_FDCWD, TEXT("/../etc/passwd"), O_RDONLY),
    CALL("open / as a path", ALL, FILTER, EACCES, SYS_openat, AT_FDCWD, TEXT("/"), O_PATH),
    CALL("open /proc/self/status", NOT(READS), FILES, EACCES, SYS_openat, AT_FDCWD, TEXT("/proc/self/status"), O_RDONLY),
    CALL("open /dev/null", ALL, FILES, EACCES, SYS_openat, AT_FDCWD, TEXT("/dev/null"), O_RDWR),
    CALL("stat /etc/passwd", NOT(SCRATCH | READS), FILES, EACCES, SYS_newfstatat, AT_FDCWD, TEXT(passwd), TEXT(&stat_space), 0),
    CALL("statx /etc/passwd", ALL, FILES, ENOSYS, SYS_statx, AT_FDCWD, TEXT(passwd), 0, 0xfff, TEXT(space)),
    CALL("access /etc/passwd", NOT(SCRATCH), FILES, EACCES, SYS_access, TEXT(passwd), 4),
    /* It may ask, but there is no such file. */
    CALL("open /etc/passwd where there is none", READS, BIT(SANDBOX_LAYER_ROOT), ENOENT, SYS_openat, AT_FDCWD, TEXT(passwd), O_RDONLY),
    CALL("open /proc/self/status where there is none", READS, BIT(SANDBOX_LAYER_ROOT), ENOENT, SYS_openat, AT_FDCWD, TEXT("/proc/self/status"), O_RDONLY),
    CALL("list the root", READS, LANDLOCK, EACCES, SYS_openat, AT_FDCWD, TEXT("/"), O_RDONLY | O_DIRECTORY),
    CALL("read what is in the root", READS, LANDLOCK, EACCES, SYS_openat, AT_FDCWD, TEXT("/etc/ld.so.cache"), O_RDONLY),
    CALL("make a file in the root", READS, FILTER | LANDLOCK, EACCES, SYS_openat, AT_FDCWD, TEXT("/intruder"), O_CREAT | O_RDWR, 0600),
    CALL("tell the system's log", READS, FILTER, EACCES, SYS_socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0),
    CALL("stat /etc/passwd where there is none", SCRATCH | READS, BIT(SANDBOX_LAYER_ROOT), ENOENT, SYS_newfstatat, AT_FDCWD, TEXT(passwd), TEXT(&stat_space), 0),
    CALL("access /etc/passwd where there is none", SCRATCH, BIT(SANDBOX_LAYER_ROOT), ENOENT, SYS_access, TEXT(passwd), 4),
    CALL("make a file elsewhere", SCRATCH, BIT(SANDBOX_LAYER_ROOT), EROFS, SYS_openat, AT_FDCWD, TEXT("/intruder"), O_CREAT | O_RDWR, 0600),
    CALL("readlink /proc/self/exe", ALL, FILES, EACCES, SYS_readlink, TEXT("/proc/self/exe"), TEXT(space), PAGE),
    KILL("mkdir", SYS_mkdir, TEXT("/intruder"), 0700),
    KILL("unlink", SYS_unlink, TEXT("/intruder")),
    KILL("rename", SYS_rename, TEXT("/intruder"), TEXT("/other")),
    KILL("symlink", SYS_symlink, TEXT(passwd), TEXT("/intruder")),
    KILL("link by descriptor", SYS_linkat, READONLY, TEXT(""), AT_FDCWD, TEXT("/intruder"), AT_EMPTY_PATH),
    KILL("make a device", SYS_mknodat, AT_FDCWD, TEXT("/intruder"), S_IFCHR | 0600, 0x103),
    KILL("name a file by handle", SYS_name_to_handle_at, AT_FDCWD, TEXT("/"), TEXT(space), TEXT(space + 512), 0),
    KILL("open a file by handle", SYS_open_by_handle_at, AT_FDCWD, TEXT(space), O_RDONLY),
    KILL("watch files", SYS_inotify_init1, 0),

    /* Descriptors it holds. */
    DOES("reopen a read-only descriptor for writing", ALL, FILES, EACCES, sandbox_attempt_reopen_writable),
    KILL("change the mode of a read-only file", SYS_fchmod, READONLY, 0666),
    KILL("lock a read-only file", SYS_flock, READONLY, 2),
    KILL("map a file", SYS_mmap, 0, PAGE, PROT_READ, MAP_SHARED, READONLY, 0),
    CALL("read at an offset", NOT(STORE), FILTER, KILLED, SYS_pread64, READONLY, TEXT(space), 1, 0),
    CALL("write at an offset", NOT(STORE | AUDIT), FILTER, KILLED, SYS_pwrite64, READONLY, TEXT(space), 1, 0),
    CALL("write at an offset of what is open to read", AUDIT, 0, EBADF, SYS_pwrite64, READONLY, TEXT(space), 1, 0),
    CALL("sync", NOT(STORE | AUDIT), FILTER, KILLED, SYS_fdatasync, READONLY),
    CALL("ask how full a file system is", NOT(AUDIT), FILTER, KILLED, SYS_fstatfs, READONLY, TEXT(space)),
    CALL("truncate", NOT(STORE), FILTER, KILLED, SYS_ftruncate, READONLY, 0),
    KILL("copy a descriptor", SYS_dup, READONLY),
    KILL("change descriptor flags", SYS_fcntl, CHANNEL, F_SETFL, O_ASYNC),
    KILL("send a file", SYS_sendfile, CHANNEL, READONLY, 0, 1),
    KILL("splice", SYS_splice, READONLY, 0, CHANNEL, 0, 1, 0),
    KILL("type into a terminal", SYS_ioctl, CHANNEL, TIOCSTI, TEXT(space)),
    CALL("ask for a terminal", ALL, 0, ENOTTY, SYS_ioctl, CHANNEL, TCGETS, TEXT(space)),

    /* The store's directory. */
    DOES("write in the data directory", STORE, 0, 0, sandbox_attempt_write_data),
    DOES("write in the data directory from elsewhere", NOT(STORE), FILTER, EACCES, sandbox_attempt_write_data),
    CALL("leave the data directory upwards", STORE, LANDLOCK, EACCES, SYS_openat, DATA, TEXT("../escape"), O_CREAT | O_RDWR, 0600),
    CALL("leave the data directory by an absolute path", STORE, LANDLOCK, EACCES, SYS_openat, DATA, TEXT("/etc/ld.so.cache"), O_RDONLY),
    CALL("make a directory outside of the data directory", STORE, LANDLOCK, EACCES, SYS_mkdirat, DATA, TEXT("../outside"), 0700),
    CALL("move a file out of the data directory", STORE, LANDLOCK, EACCES, SYS_renameat2, DATA, TEXT("movable"), DATA, TEXT("../moved"), 0),

    /* Other programs and processes. */
    CALL("exec", ALL, FILES, KILLED, SYS_execve, TEXT("/bin/true"), 0, 0),
    KILL("exec by descriptor", SYS_execveat, READONLY, TEXT(""), 0, 0, AT_EMPTY_PATH),
    DOES("fork", ALL, FILTER | BIT(SANDBOX_LAYER_LIMITS), KILLED, sandbox_attempt_fork),
    KILL("clone into a new user namespace", SYS_clone, CLONE_NEWUSER | CLONE_FILES | CLONE_SIGHAND, 0, 0, 0, 0),
    CALL("clone3", ALL, FILTER, ENOSYS, SYS_clone3, 0, 0),
    DOES("signal the warden", ALL, FILES, KILLED, sandbox_attempt_kill_parent),
    DOES("read the warden's memory", ALL, FILTER, KILLED, sandbox_attempt_read_parent),
    DOES("trace the warden", ALL, FILTER, KILLED, sandbox_attempt_ptrace_parent),
    DOES("signal a sibling", ALL, FILES, KILLED, sandbox_attempt_kill_parent),
    DOES("read a sibling's memory", ALL, FILTER, KILLED, sandbox_attempt_read_parent),
    DOES("trace a sibling", ALL, FILTER, KILLED, sandbox_attempt_ptrace_parent),
    KILL("signal every process", SYS_kill, -1, 0),
    KILL("kill a thread", SYS_tgkill, 2, 2, 0),
    KILL("open a process", SYS_pidfd_open, 1, 0),
    KILL("take a process's descriptor", SYS_pidfd_getfd, CHANNEL, 0, 0),
    KILL("compare processes", SYS_kcmp, 1, 1, 0, 0, 0),
    KILL("advise another process", SYS_process_madvise, CHANNEL, TEXT(space), 0, 0, 0),

    /* The network. */
    KILL("socket inet", SYS_socket, AF_INET, SOCK_STREAM, 0),
    KILL("socket inet6", SYS_socket, AF_INET6, SOCK_DGRAM, 0),
    KILL("socket unix", SYS_socket, AF_UNIX, SOCK_STREAM, 0),
    KILL("socket netlink", SYS_socket, AF_NETLINK, SOCK_RAW, 0),
    KILL("socket packet", SYS_socket, AF_PACKET, SOCK_RAW, 0),
    KILL("socket alg", SYS_socket, FAMILY_ALG, SOCK_SEQPACKET, 0),
    KILL("socket vsock", SYS_socket, FAMILY_VSOCK, SOCK_STREAM, 0),
    KILL("socketpair", SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, TEXT(space)),
    CALL("connect", NOT(DIAL), FILTER, KILLED, SYS_connect, CHANNEL, TEXT(space), 16),
    CALL("make a socket to connect with", DIAL, 0, 0, SYS_socket, AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
    CALL("make a socket of another protocol", DIAL, FILTER, KILLED, SYS_socket, AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_SCTP),
    KILL("bind", SYS_bind, CHANNEL, TEXT(space), 16),
    DOES("bind a TCP port", ALL, FILTER | LANDLOCK, KILLED, sandbox_attempt_bind_tcp),
    DOES("connect by TCP", ALL, FILTER | LANDLOCK, KILLED, sandbox_attempt_connect_tcp),
    KILL("listen", SYS_listen, CHANNEL, 1),
    KILL("accept", SYS_accept, CHANNEL, 0, 0),
    CALL("accept4", NOT(BIT(SANDBOX_PORTER)), FILTER, KILLED, SYS_accept4, CHANNEL, 0, 0, SOCK_NONBLOCK | SOCK_CLOEXEC),
    DOES("send to an address", ALL, FILTER, KILLED, sandbox_attempt_send_to_address),
    /* Not of a socket, so that nothing is sent where the filter is taken away. */
    KILL("connect by sending", SYS_sendmsg, READONLY, TEXT(space), MSG_FASTOPEN),
    CALL("send a message", BIT(SANDBOX_FETCH), FILTER, KILLED, SYS_sendmsg, READONLY, TEXT(space), 0),
    CALL("receive a message", BIT(SANDBOX_FETCH), FILTER, KILLED, SYS_recvmsg, READONLY, TEXT(space), 0),
    CALL("shut a socket down", BIT(SANDBOX_FETCH), FILTER, KILLED, SYS_shutdown, READONLY, 0),
    KILL("set a socket option", SYS_setsockopt, CHANNEL, SOL_SOCKET, SO_RCVBUF, TEXT(space), 4),
    KILL("ask for the peer's address", SYS_getpeername, CHANNEL, TEXT(space), TEXT(space + 512)),

    /* Memory. */
    DOES("map memory", ALL, 0, 0, sandbox_attempt_map_memory),
    CALL("map executable memory", ALL, CODE, KILLED, SYS_mmap, 0, PAGE, RWX, ANON, -1, 0),
    KILL("map shared memory", SYS_mmap, 0, PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0),
    KILL("map at a fixed place", SYS_mmap, TEXT(space), PAGE, PROT_READ, ANON | MAP_FIXED, -1, 0),
    CALL("make memory executable", ALL, CODE, KILLED, SYS_mprotect, TEXT(space), PAGE, PROT_READ | PROT_EXEC),
    KILL("make memory executable by key", SYS_pkey_mprotect, TEXT(space), PAGE, PROT_EXEC, -1),
    KILL("move memory to a fixed place", SYS_mremap, TEXT(space), PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, 0x10000),
    KILL("remap file pages", SYS_remap_file_pages, TEXT(space), PAGE, 0, 0, 0),
    KILL("poison memory", SYS_madvise, TEXT(space), PAGE, MADV_POISON),
    CALL("keep memory out of no dump", ALL, FILTER, EINVAL, SYS_madvise, TEXT(space), PAGE, MADV_DODUMP),
    KILL("lock all memory", SYS_mlockall, 1),
    CALL("lock memory", NOT(SECRETS), FILTER, KILLED, SYS_mlock, TEXT(space), PAGE),
    KILL("memory as a file", SYS_memfd_create, TEXT("intruder"), 0),
    KILL("user faults", SYS_userfaultfd, 1),
    CALL("shared memory of System V", ALL, FILTER, EACCES, SYS_shmget, IPC_PRIVATE, PAGE, 0600),
    KILL("message queue of System V", SYS_msgget, IPC_PRIVATE, 0600),
    KILL("semaphores of System V", SYS_semget, IPC_PRIVATE, 1, 0600),
    KILL("futex with priorities", SYS_futex, TEXT(space), FUTEX_TRYLOCK_PI, 0, 0, 0, 0),

    /* The kernel. */
    KILL("io_uring", SYS_io_uring_setup, 1, TEXT(space)),
    KILL("bpf", SYS_bpf, BPF_MAP_CREATE, TEXT(space), 16),
    KILL("perf events", SYS_perf_event_open, TEXT(space), 0, -1, -1, 0),
    KILL("keyctl", SYS_keyctl, 0, -3, 0),
    KILL("add a key", SYS_add_key, TEXT("user"), TEXT("intruder"), TEXT("x"), 1, -3),
    KILL("load a module", SYS_finit_module, READONLY, TEXT(""), 0),
    KILL("kernel log", SYS_syslog, 10, 0, 0),
    KILL("mount", SYS_mount, TEXT("none"), TEXT("/"), TEXT("tmpfs"), 0, 0),
    KILL("new mount interface", SYS_fsopen, TEXT("tmpfs"), 0),
    KILL("chroot", SYS_chroot, TEXT("/")),
    KILL("pivot_root", SYS_pivot_root, TEXT("/"), TEXT("/")),
    KILL("unshare", SYS_unshare, CLONE_NEWUSER),
    KILL("setns", SYS_setns, READONLY, 0),
    KILL("become root", SYS_setuid, 0),
    KILL("become another user", SYS_setresuid, 1, 1, 1),
    KILL("set groups", SYS_setgroups, 0, 0),
    KILL("set capabilities", SYS_capset, TEXT(space), TEXT(space)),
    DOES("be dumpable", ALL, CODE, KILLED, sandbox_attempt_be_dumpable),
    KILL("become dumpable", SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0),
    KILL("another filter", SYS_seccomp, 1, 0, 0),
    KILL("personality", SYS_personality, 0x0400000),
    CALL("set a limit", ALL, FILTER, EPERM, SYS_prlimit64, 0, RLIMIT_NOFILE, TEXT(&small_limit), 0),
    KILL("set a limit the old way", SYS_setrlimit, RLIMIT_NOFILE, TEXT(&small_limit)),
    CALL("ask for processors", ALL, FILTER, EPERM, SYS_sched_getaffinity, 0, PAGE, TEXT(space)),
    KILL("choose processors", SYS_sched_setaffinity, 0, PAGE, TEXT(space)),
    KILL("catch signals", SYS_rt_sigaction, SIGSEGV, 0, 0, 8),
    KILL("new epoll", SYS_epoll_create1, 0),
    KILL("pipe", SYS_pipe2, TEXT(space), 0),
    CALL("wait for events", NOT(LOOPS), FILTER, KILLED, SYS_epoll_wait, CHANNEL, TEXT(space), 1, 0),
    CALL("a call newer than the tables", ALL, FILTER, ENOSYS, CALL_CACHESTAT, -1, 0, 0, 0),
    CALL("a number no kernel has", ALL, 0, ENOSYS, CALL_NEWER),
    KILL("a call of the x32 table", X32_GETPID),
    DOES("a call of the 32-bit table", ALL, FILTER, KILLED, sandbox_attempt_int80),
    CALL("ask whether the clock is right", NOT(BIT(SANDBOX_BROKER)), FILTER, KILLED, SYS_adjtimex, TEXT(space)),
    CALL("set the clock", BIT(SANDBOX_BROKER), 0, EPERM, SYS_adjtimex, TEXT(&bad_tick)),
    CALL("ask for its own number", ALL, 0, 0, SYS_getpid),
};
/* clang-format on */

const size_t sandbox_attempt_count =
    sizeof(sandbox_attempts) / sizeof(sandbox_attempts[0]);

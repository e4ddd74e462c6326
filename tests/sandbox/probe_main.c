/*
 * probe - a stand-in for each process: enters its sandbox, then does one forbidden thing.
 *
 * Arguments: role, attempt, the layers to leave out, a process to attack. Ready is one
 * byte on the channel; a byte back starts the attempt; the outcome is an int.
 */
#include "sandbox_attempts.h"
#include "sandbox_enter.h"
#include "sandbox_libraries.h"
#include "sandbox_profile.h"
#include "sandbox_testing.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;

/* As a flusher that has nothing to do. */
static void *wait_for_ever(void *context)
{
    (void)context;
    (void)pthread_mutex_lock(&lock);
    for (;;) {
        (void)pthread_cond_wait(&wake, &lock);
    }
    return NULL;
}

static void enter(enum sandbox_role role)
{
    static const int data = SANDBOX_ATTEMPT_DATA;
    const struct sandbox_profile *p = sandbox_profile(role);
    struct sandbox_failure failure;
    pthread_t thread;

    if (sandbox_close_files(
            role, &data, p->files == SANDBOX_FILES_BENEATH ? 1 : 0, &failure) != OK) {
        sandbox_refuse(p->name, SANDBOX_STRICT, &failure);
    }
    if (p->threads && pthread_create(&thread, NULL, wait_for_ever, NULL) != 0) {
        _exit(1);
    }
    if (sandbox_close_calls(role, &failure) != OK) {
        sandbox_refuse(p->name, SANDBOX_STRICT, &failure);
    }
}

int main(int argc, char **argv)
{
    char byte = 'r';

    sandbox_print_libraries(argc, argv, NULL);
    if (argc != 5) {
        return 2;
    }
    enum sandbox_role role = (enum sandbox_role)atoi(argv[1]);
    size_t attempt = strtoul(argv[2], NULL, 10);
    sandbox_testing_without = (unsigned)strtoul(argv[3], NULL, 10);
    pid_t parent = (pid_t)atoi(argv[4]);
    enter(role);
    if (write(SANDBOX_ATTEMPT_CHANNEL, &byte, 1) != 1 ||
        read(SANDBOX_ATTEMPT_CHANNEL, &byte, 1) != 1 ||
        attempt >= sandbox_attempt_count) {
        _exit(3);
    }
    int outcome = sandbox_attempt_perform(&sandbox_attempts[attempt], parent);
    _exit(write(SANDBOX_ATTEMPT_CHANNEL, &outcome, sizeof(outcome)) == sizeof(outcome)
              ? 0
              : 4);
}

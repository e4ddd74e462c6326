#include "selftest_stand_in.h"

#include "sandbox_attempts.h"
#include "sandbox_enter.h"
#include "sandbox_profile.h"

#include <pthread.h>
#include <unistd.h>

#define EXIT_NO_THREAD  1
#define EXIT_NO_CHANNEL 3

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

    enum err e = p->files == SANDBOX_FILES_READ
                     ? sandbox_close_files_but_reading(role, NULL, 0, &failure)
                     : sandbox_close_files(role, &data,
                           p->files == SANDBOX_FILES_BENEATH ? 1 : 0, &failure);

    if (e != OK) {
        sandbox_refuse(p->name, SANDBOX_STRICT, &failure);
    }
    if (p->threads && pthread_create(&thread, NULL, wait_for_ever, NULL) != 0) {
        _exit(EXIT_NO_THREAD);
    }
    if (sandbox_close_calls(role, &failure) != OK) {
        sandbox_refuse(p->name, SANDBOX_STRICT, &failure);
    }
}

_Noreturn void selftest_stand_in(enum sandbox_role role, size_t attempt, pid_t target)
{
    char byte = 'r';

    enter(role);
    if (write(SANDBOX_ATTEMPT_CHANNEL, &byte, 1) != 1 ||
        read(SANDBOX_ATTEMPT_CHANNEL, &byte, 1) != 1 ||
        attempt >= sandbox_attempt_count) {
        _exit(EXIT_NO_CHANNEL);
    }
    int outcome = sandbox_attempt_perform(&sandbox_attempts[attempt], target);
    bool told = write(SANDBOX_ATTEMPT_CHANNEL, &outcome, sizeof(outcome)) ==
                (ssize_t)sizeof(outcome);
    _exit(told ? 0 : EXIT_NO_CHANNEL);
}

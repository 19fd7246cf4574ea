// expect: none

// Results and errno stay what they were, for calls that fail and calls that do not.
#define _GNU_SOURCE
#include "tests/order.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>

static sem_t s;

static void on_usr1(int signal)
{
    (void)signal;
}

static void *interrupts(void *waiter)
{
    await_waiters(&s, 1);
    pthread_kill(*(pthread_t *)waiter, SIGUSR1);
    return NULL;
}

static int fails_with(int rc, int error)
{
    int same = rc == -1 && errno == error;

    errno = 77;
    return same;
}

int main(void)
{
    const struct timespec past = {0, 0}, wrong = {0, -1};
    const struct sigaction action = {.sa_handler = on_usr1};
    pthread_t self = pthread_self(), thread;
    int value, bad = 0;

    errno = 77;
    bad |= !fails_with(sem_init(&s, 0, (unsigned)SEM_VALUE_MAX + 1), EINVAL);
    bad |= sem_init(&s, 0, 1) != 0;
    bad |= sem_wait(&s) != 0 || errno != 77;
    bad |= !fails_with(sem_trywait(&s), EAGAIN);
    bad |= !fails_with(sem_timedwait(&s, &past), ETIMEDOUT);
    bad |= !fails_with(sem_timedwait(&s, &wrong), EINVAL);
    bad |= !fails_with(sem_clockwait(&s, CLOCK_MONOTONIC, &past), ETIMEDOUT);
    sigaction(SIGUSR1, &action, NULL);
    pthread_create(&thread, NULL, interrupts, &self);
    bad |= !fails_with(sem_wait(&s), EINTR);
    pthread_join(thread, NULL);
    bad |= sem_post(&s) != 0 || sem_getvalue(&s, &value) != 0 || value != 1 || errno != 77;
    bad |= sem_destroy(&s) != 0;
    bad |= sem_init(&s, 0, SEM_VALUE_MAX) != 0;
    bad |= !fails_with(sem_post(&s), EOVERFLOW);
    bad |= sem_open("/semantics_sem_ok-none", 0) != SEM_FAILED || errno != ENOENT;
    return bad;
}

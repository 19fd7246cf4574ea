// expect: relock warning threads=1 locks=checked
// expect: unlock-not-owner warning threads=2
// expect: unlock-not-owner warning threads=2
// expect: unlock-not-held warning threads=1 locks=recursive
// expect: destroy-in-use warning threads=2
// stdout-same: yes

// Results and errno stay what they were, for calls that fail and calls that do not.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <time.h>

static pthread_mutex_t plain = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t checked = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
static pthread_mutex_t recursive = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

static void *not_owner(void *failed)
{
    const struct timespec past = {0, 0}, wrong = {0, -1};
    int *bad = failed;

    *bad |= pthread_mutex_trylock(&plain) != EBUSY;
    *bad |= pthread_mutex_trylock(&recursive) != EBUSY;
    *bad |= pthread_mutex_unlock(&checked) != EPERM;
    *bad |= pthread_mutex_unlock(&recursive) != EPERM;
    *bad |= pthread_mutex_timedlock(&plain, &past) != ETIMEDOUT;
    *bad |= pthread_mutex_timedlock(&plain, &wrong) != EINVAL;
    *bad |= pthread_mutex_clocklock(&plain, CLOCK_MONOTONIC, &past) != ETIMEDOUT;
    *bad |= pthread_mutex_destroy(&plain) != EBUSY;
    return NULL;
}

int main(void)
{
    pthread_t thread;
    int bad = 0;

    errno = 77;
    bad |= pthread_mutex_lock(&plain) != 0;
    bad |= pthread_mutex_lock(&checked) != 0;
    bad |= pthread_mutex_lock(&checked) != EDEADLK;
    bad |= pthread_mutex_trylock(&checked) != EBUSY;
    bad |= pthread_mutex_lock(&recursive) != 0;
    bad |= pthread_mutex_trylock(&recursive) != 0;
    bad |= pthread_create(&thread, NULL, not_owner, &bad) != 0;
    bad |= pthread_join(thread, NULL) != 0;
    bad |= pthread_mutex_unlock(&recursive) != 0;
    bad |= pthread_mutex_unlock(&recursive) != 0;
    bad |= pthread_mutex_unlock(&recursive) != EPERM;
    bad |= pthread_mutex_unlock(&checked) != 0;
    bad |= pthread_mutex_unlock(&plain) != 0;
    bad |= pthread_mutex_destroy(&plain) != 0;
    return bad || errno != 77;
}

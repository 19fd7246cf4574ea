// expect: exit-holding note threads=1 locks=m
// stdout-same: yes

// A robust mutex outlives its owner: the next one gets EOWNERDEAD, makes it consistent, and goes on. Given
// back without that, it is not recoverable, and nobody waits for it again.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>

static pthread_mutex_t m;

static void *forgetful(void *arg)
{
    pthread_mutex_lock(&m);
    return arg;
}

static int lock_after_death(void)
{
    pthread_t thread;

    pthread_create(&thread, NULL, forgetful, NULL);
    pthread_join(thread, NULL);
    return pthread_mutex_lock(&m);
}

int main(void)
{
    pthread_mutexattr_t attr;

    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&m, &attr);
    if (lock_after_death() != EOWNERDEAD || pthread_mutex_consistent(&m) != 0)
        return 1;
    if (pthread_mutex_unlock(&m) != 0)
        return 1;
    if (lock_after_death() != EOWNERDEAD || pthread_mutex_unlock(&m) != 0)
        return 1;
    return pthread_mutex_lock(&m) == ENOTRECOVERABLE ? 0 : 1;
}

// expect: relock warning threads=1 locks=rw
// expect: relock warning threads=1 locks=rw
// stdout-same: yes

// Who writes is refused a second lock of either mode with EDEADLK; others are refused with EBUSY.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <time.h>

static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;

static void *other(void *failed)
{
    const struct timespec past = {0, 0};
    int *bad = failed;

    *bad |= pthread_rwlock_tryrdlock(&rw) != EBUSY;
    *bad |= pthread_rwlock_trywrlock(&rw) != EBUSY;
    *bad |= pthread_rwlock_timedrdlock(&rw, &past) != ETIMEDOUT;
    *bad |= pthread_rwlock_clockwrlock(&rw, CLOCK_MONOTONIC, &past) != ETIMEDOUT;
    return NULL;
}

int main(void)
{
    pthread_t thread;
    int bad = 0;

    bad |= pthread_rwlock_wrlock(&rw) != 0;
    bad |= pthread_rwlock_wrlock(&rw) != EDEADLK;
    bad |= pthread_rwlock_rdlock(&rw) != EDEADLK;
    pthread_create(&thread, NULL, other, &bad);
    pthread_join(thread, NULL);
    bad |= pthread_rwlock_unlock(&rw) != 0;
    bad |= pthread_rwlock_rdlock(&rw) != 0;
    bad |= pthread_rwlock_tryrdlock(&rw) != 0;
    bad |= pthread_rwlock_unlock(&rw) != 0;
    bad |= pthread_rwlock_trywrlock(&rw) != EBUSY;
    bad |= pthread_rwlock_unlock(&rw) != 0;
    bad |= pthread_rwlock_destroy(&rw) != 0;
    return bad;
}

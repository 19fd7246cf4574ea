// expect: lock-order note timed threads=2 locks=a,b
// stdout-same: yes

// A cycle for a while: one of its sides gives up when its time is over, and all go on.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <time.h>

#ifndef TIMEDLOCK
#define TIMEDLOCK(mutex, time) pthread_mutex_timedlock(mutex, time)
#define CLOCK CLOCK_REALTIME
#endif

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;
static int result;

static void *patient(void *arg)
{
    pthread_mutex_lock(&a);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
    return arg;
}

static void *hasty(void *arg)
{
    struct timespec end;

    pthread_mutex_lock(&b);
    pthread_barrier_wait(&both);
    clock_gettime(CLOCK, &end);
    end.tv_nsec += 200000000;
    end.tv_sec += end.tv_nsec / 1000000000;
    end.tv_nsec %= 1000000000;
    result = TIMEDLOCK(&a, &end);
    pthread_mutex_unlock(&b);
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&threads[0], NULL, patient, NULL);
    pthread_create(&threads[1], NULL, hasty, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return result == ETIMEDOUT ? 0 : 1;
}

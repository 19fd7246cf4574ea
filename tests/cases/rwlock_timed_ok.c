// expect: lock-order note timed threads=2 locks=a,b
// stdout-same: yes

// Two read-write locks in opposite orders, but one side asks for its second only for so long, four ways.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <time.h>

static pthread_rwlock_t a = PTHREAD_RWLOCK_INITIALIZER, b = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t both;
static int timed_out;

static int ask_for_a(int way)
{
    clockid_t clock = way < 2 ? CLOCK_REALTIME : CLOCK_MONOTONIC;
    struct timespec end;

    clock_gettime(clock, &end);
    end.tv_nsec += 100000000;
    end.tv_sec += end.tv_nsec / 1000000000;
    end.tv_nsec %= 1000000000;
    switch (way) {
    case 0:
        return pthread_rwlock_timedwrlock(&a, &end);
    case 1:
        return pthread_rwlock_timedrdlock(&a, &end);
    case 2:
        return pthread_rwlock_clockwrlock(&a, clock, &end);
    default:
        return pthread_rwlock_clockrdlock(&a, clock, &end);
    }
}

static void *patient(void *arg)
{
    for (int i = 0; i < 4; i++) {
        pthread_rwlock_wrlock(&a);
        pthread_barrier_wait(&both);
        pthread_rwlock_wrlock(&b);
        pthread_rwlock_unlock(&b);
        pthread_rwlock_unlock(&a);
        pthread_barrier_wait(&both);
    }
    return arg;
}

static void *hasty(void *arg)
{
    for (int i = 0; i < 4; i++) {
        pthread_rwlock_rdlock(&b);
        pthread_barrier_wait(&both);
        timed_out += ask_for_a(i) == ETIMEDOUT;
        pthread_rwlock_unlock(&b);
        pthread_barrier_wait(&both);
    }
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
    return timed_out == 4 ? 0 : 1;
}

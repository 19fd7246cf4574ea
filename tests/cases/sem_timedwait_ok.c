// expect: lock-order note timed threads=2 locks=a,b
// stdout-same: yes

// A cycle of semaphores used as locks, for a while: one side waits with a time-out, releases and tries
// again.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <time.h>

static sem_t a, b;
static pthread_barrier_t both;
static int timed_out;

static struct timespec in_200_ms(clockid_t clock)
{
    struct timespec end;

    clock_gettime(clock, &end);
    end.tv_nsec += 200000000;
    end.tv_sec += end.tv_nsec / 1000000000;
    end.tv_nsec %= 1000000000;
    return end;
}

static void *patient(void *arg)
{
    for (int i = 0; i < 2; i++) {
        sem_wait(&a);
        pthread_barrier_wait(&both);
        sem_wait(&b);
        sem_post(&b);
        sem_post(&a);
        pthread_barrier_wait(&both);
    }
    return arg;
}

static void *hasty(void *arg)
{
    for (int i = 0; i < 2; i++) {
        clockid_t clock = i ? CLOCK_MONOTONIC : CLOCK_REALTIME;
        struct timespec end;
        int rc;

        sem_wait(&b);
        pthread_barrier_wait(&both);
        end = in_200_ms(clock);
        rc = i ? sem_clockwait(&a, clock, &end) : sem_timedwait(&a, &end);
        timed_out += rc == -1 && errno == ETIMEDOUT;
        sem_post(&b);
        pthread_barrier_wait(&both);
    }
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    sem_init(&a, 0, 1);
    sem_init(&b, 0, 1);
    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&threads[0], NULL, patient, NULL);
    pthread_create(&threads[1], NULL, hasty, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return timed_out == 2 ? 0 : 1;
}

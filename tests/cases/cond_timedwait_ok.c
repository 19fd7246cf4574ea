// expect: wait-holding note timed threads=2 locks=nonempty,outer
// expect: wait-holding note timed threads=2 locks=nonempty,outer

// The nested monitor, but the wait has a time-out, by either clock; then the outer mutex is given up for a
// moment.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <time.h>

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, inner = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t nonempty = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t both;
static int items, timed_out;

static int wait_150_ms(clockid_t clock)
{
    struct timespec end;

    clock_gettime(clock, &end);
    end.tv_nsec += 150000000;
    end.tv_sec += end.tv_nsec / 1000000000;
    end.tv_nsec %= 1000000000;
    if (clock == CLOCK_REALTIME)
        return pthread_cond_timedwait(&nonempty, &inner, &end);
    return pthread_cond_clockwait(&nonempty, &inner, clock, &end);
}

static void *consumer(void *arg)
{
    for (int i = 0; i < 2; i++) {
        pthread_mutex_lock(&outer);
        pthread_barrier_wait(&both);
        pthread_mutex_lock(&inner);
        timed_out += wait_150_ms(i ? CLOCK_MONOTONIC : CLOCK_REALTIME) == ETIMEDOUT;
        pthread_mutex_unlock(&inner);
        pthread_mutex_unlock(&outer);
        pthread_barrier_wait(&both);
    }
    return arg;
}

static void *producer(void *arg)
{
    for (int i = 0; i < 2; i++) {
        pthread_barrier_wait(&both);
        pthread_mutex_lock(&outer);
        pthread_mutex_lock(&inner);
        items++;
        pthread_cond_signal(&nonempty);
        pthread_mutex_unlock(&inner);
        pthread_mutex_unlock(&outer);
        pthread_barrier_wait(&both);
    }
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&threads[0], NULL, consumer, NULL);
    pthread_create(&threads[1], NULL, producer, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return timed_out == 2 && items == 2 ? 0 : 1;
}

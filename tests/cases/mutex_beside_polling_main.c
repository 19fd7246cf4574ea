// expect: deadlock error certain threads=2 locks=a,b

// Two lock each other out while main keeps trying, with and without a time-out, and is never stuck itself.
#define _GNU_SOURCE
#include <pthread.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;

static void *forward(void *arg)
{
    pthread_mutex_lock(&a);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&b);
    return arg;
}

static void *backward(void *arg)
{
    pthread_mutex_lock(&b);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&a);
    return arg;
}

int main(void)
{
    struct timespec now;
    pthread_t thread;

    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&thread, NULL, forward, NULL);
    pthread_create(&thread, NULL, backward, NULL);
    for (;;) {
        if (pthread_mutex_trylock(&a) == 0)
            pthread_mutex_unlock(&a);
        clock_gettime(CLOCK_REALTIME, &now);
        now.tv_sec += 1;
        if (pthread_mutex_timedlock(&b, &now) == 0)
            pthread_mutex_unlock(&b);
        usleep(1000);
    }
}

// expect: spin-blocked note threads=1 locks=all

// The holder of a spinlock computes for long, then sleeps for long, while two others spin.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

static pthread_spinlock_t s;
static pthread_barrier_t all;
static volatile long sum;

static void *slow(void *arg)
{
    pthread_spin_lock(&s);
    pthread_barrier_wait(&all);
    for (long i = 0; i < 50000000; i++)
        sum += i;
    usleep(100000);
    pthread_spin_unlock(&s);
    return arg;
}

static void *spins(void *arg)
{
    pthread_barrier_wait(&all);
    pthread_spin_lock(&s);
    pthread_spin_unlock(&s);
    return arg;
}

int main(void)
{
    pthread_t threads[3];

    pthread_spin_init(&s, PTHREAD_PROCESS_PRIVATE);
    pthread_barrier_init(&all, NULL, 3);
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, i ? spins : slow, NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

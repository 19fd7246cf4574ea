// expect: deadlock error certain threads=2 locks=m,s
// expect: spin-blocked note threads=1 locks=both

// One spins for what the other holds asleep.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>

static pthread_spinlock_t s;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;

static void *spins(void *arg)
{
    pthread_mutex_lock(&m);
    pthread_barrier_wait(&both);
    pthread_spin_lock(&s);
    return arg;
}

static void *sleeps(void *arg)
{
    pthread_spin_lock(&s);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&m);
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    pthread_spin_init(&s, PTHREAD_PROCESS_PRIVATE);
    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&threads[0], NULL, spins, NULL);
    pthread_create(&threads[1], NULL, sleeps, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}

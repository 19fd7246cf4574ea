// expect: spin-blocked note threads=1 locks=both
// expect: spin-blocked note threads=1 locks=both

// One side of the cycle tries, fails and backs off.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <unistd.h>

static pthread_spinlock_t a, b;
static pthread_barrier_t both;

static void *spins(void *arg)
{
    pthread_spin_lock(&a);
    pthread_barrier_wait(&both);
    pthread_spin_lock(&b);
    usleep(50000);
    pthread_spin_unlock(&b);
    pthread_spin_unlock(&a);
    return arg;
}

static void *tries(void *arg)
{
    pthread_spin_lock(&b);
    pthread_barrier_wait(&both);
    while (pthread_spin_trylock(&a) == EBUSY) {
        pthread_spin_unlock(&b);
        usleep(2000);
        pthread_spin_lock(&b);
    }
    pthread_spin_unlock(&a);
    pthread_spin_unlock(&b);
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    pthread_spin_init(&a, PTHREAD_PROCESS_PRIVATE);
    pthread_spin_init(&b, PTHREAD_PROCESS_PRIVATE);
    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&threads[0], NULL, spins, NULL);
    pthread_create(&threads[1], NULL, tries, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}

// expect: wait-holding warning threads=2 locks=all,m

// Three meet at a barrier. One comes there holding a mutex that another took on the way; the third has no need of
// it, but the barrier takes all of them. This time the other was first.
#ifndef PARTIES
#define PARTIES 3
#endif
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t all;
static atomic_int passed;

static void *holds(void *arg)
{
    while (!passed)
        sched_yield();
    pthread_mutex_lock(&m);
    pthread_barrier_wait(&all);
    pthread_mutex_unlock(&m);
    return arg;
}

static void *takes(void *arg)
{
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
    passed = 1;
    pthread_barrier_wait(&all);
    return arg;
}

static void *comes(void *arg)
{
    pthread_barrier_wait(&all);
    return arg;
}

int main(void)
{
    void *(*const roles[])(void *) = {holds, takes, comes, comes};
    pthread_t threads[4];

    pthread_barrier_init(&all, NULL, PARTIES);
    for (int i = 0; i < (PARTIES == 3 ? 3 : 4); i++)
        pthread_create(&threads[i], NULL, roles[i], NULL);
    for (int i = 0; i < (PARTIES == 3 ? 3 : 4); i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&all);
    return 0;
}

// expect: deadlock error certain threads=2 locks=a,b

// The cycle closes among a hundred threads that wait for one or the other of its mutexes already.
#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>

#define WAITERS 100

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;

static void *forward(void *arg)
{
    pthread_mutex_lock(&a);
    pthread_barrier_wait(&both);
    usleep(300000);
    pthread_mutex_lock(&b);
    return arg;
}

static void *backward(void *arg)
{
    pthread_mutex_lock(&b);
    pthread_barrier_wait(&both);
    usleep(300000);
    pthread_mutex_lock(&a);
    return arg;
}

static void *waiter(void *mutex)
{
    pthread_mutex_lock(mutex);
    pthread_mutex_unlock(mutex);
    return NULL;
}

int main(void)
{
    pthread_attr_t small;
    pthread_t thread;

    pthread_barrier_init(&both, NULL, 3);
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 65536);
    pthread_create(&thread, NULL, forward, NULL);
    pthread_create(&thread, NULL, backward, NULL);
    pthread_barrier_wait(&both);
    for (int i = 0; i < WAITERS; i++)
        pthread_create(&thread, &small, waiter, i % 2 ? &a : &b);
    pthread_join(thread, NULL);
    return 0;
}

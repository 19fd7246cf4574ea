// expect: deadlock error certain threads=2 locks=a,b

// The handler closes the cycle: it wants b while the code that it interrupted holds a.
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stddef.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;

static void on_usr1(int signal)
{
    (void)signal;
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
}

static void *interrupted(void *arg)
{
    pthread_mutex_lock(&a);
    pthread_barrier_wait(&both);
    raise(SIGUSR1);
    pthread_mutex_unlock(&a);
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
    pthread_t threads[2];

    signal(SIGUSR1, on_usr1);
    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&threads[0], NULL, interrupted, NULL);
    pthread_create(&threads[1], NULL, backward, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}

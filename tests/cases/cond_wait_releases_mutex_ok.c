// expect: none

// A condition wait gives up its mutex: another thread takes that one and then waits for a mutex which the
// waiter still holds, as a timer thread would let it.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

static pthread_mutex_t inner = PTHREAD_MUTEX_INITIALIZER, outer = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ready = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t waiting;
static int is_ready;

static void *waiter(void *arg)
{
    pthread_mutex_lock(&outer);
    pthread_mutex_lock(&inner);
    pthread_barrier_wait(&waiting);
    while (!is_ready)
        pthread_cond_wait(&ready, &inner);
    pthread_mutex_unlock(&inner);
    pthread_mutex_unlock(&outer);
    return arg;
}

static void *wants_outer(void *arg)
{
    pthread_barrier_wait(&waiting);
    pthread_mutex_lock(&inner);
    pthread_mutex_unlock(&inner);
    pthread_mutex_lock(&outer);
    pthread_mutex_unlock(&outer);
    return arg;
}

static void *signaller(void *arg)
{
    pthread_barrier_wait(&waiting);
    usleep(300000);
    pthread_mutex_lock(&inner);
    is_ready = 1;
    pthread_cond_signal(&ready);
    pthread_mutex_unlock(&inner);
    return arg;
}

int main(void)
{
    void *(*const roles[])(void *) = {waiter, wants_outer, signaller};
    pthread_t threads[3];

    pthread_barrier_init(&waiting, NULL, 3);
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, roles[i], NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

// expect: none

// The routine of a once acquires m; the thread that ran it posts later, without m. The other one acquires m, and waits,
// after it has called pthread_once: so the routine is done.
#include "tests/order.h"
#include <pthread.h>
#include <semaphore.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t control = PTHREAD_ONCE_INIT;
static sem_t ready;

static void routine(void)
{
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
}

static void *one(void *unused)
{
    pthread_once(&control, routine);
    step();
    sem_post(&ready);
    return unused;
}

static void *two(void *unused)
{
    await_step(1);
    pthread_once(&control, routine);
    pthread_mutex_lock(&m);
    sem_wait(&ready);
    pthread_mutex_unlock(&m);
    return unused;
}

static void *(*const routines[])(void *) = {one, two};

int main(void)
{
    pthread_t threads[2];
    sem_init(&ready, 0, 0);
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, routines[i], NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

// expect: wait-holding note ordered threads=2 locks=m,ready

// Who posts is joined before the other one is made.
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

static sem_t ready;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;

static void *posts(void *arg)
{
    pthread_mutex_lock(&m);
    sem_post(&ready);
    pthread_mutex_unlock(&m);
    return arg;
}

static void *waits(void *arg)
{
    pthread_mutex_lock(&m);
    sem_wait(&ready);
    pthread_mutex_unlock(&m);
    return arg;
}

int main(void)
{
    pthread_t thread;

    sem_init(&ready, 0, 0);
    pthread_create(&thread, NULL, posts, NULL);
    pthread_join(thread, NULL);
    pthread_create(&thread, NULL, waits, NULL);
    pthread_join(thread, NULL);
    return 0;
}

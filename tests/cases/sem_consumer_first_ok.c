// expect: none

// The same two are stuck for a while, and main, which never posted before, brings the item itself.
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <unistd.h>

static sem_t full;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;

static void *produce(void *arg)
{
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&mutex);
    sem_post(&full);
    pthread_mutex_unlock(&mutex);
    return arg;
}

static void *consume(void *arg)
{
    pthread_mutex_lock(&mutex);
    pthread_barrier_wait(&both);
    sem_wait(&full);
    pthread_mutex_unlock(&mutex);
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    sem_init(&full, 0, 0);
    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&threads[0], NULL, produce, NULL);
    pthread_create(&threads[1], NULL, consume, NULL);
    usleep(400000);
    sem_post(&full);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}

// expect: deadlock error certain threads=3

// The consumer comes first and waits for an item with the mutex held. Nobody ever posted one: every thread
// there is belongs to the deadlock, main too, which waits for the producer.
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

static sem_t empty, full;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;

static void *produce(void *arg)
{
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&mutex);
    sem_wait(&empty);
    sem_post(&full);
    pthread_mutex_unlock(&mutex);
    return arg;
}

static void *consume(void *arg)
{
    pthread_mutex_lock(&mutex);
    pthread_barrier_wait(&both);
    sem_wait(&full);
    sem_post(&empty);
    pthread_mutex_unlock(&mutex);
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    sem_init(&empty, 0, 2);
    sem_init(&full, 0, 0);
    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&threads[0], NULL, produce, NULL);
    pthread_create(&threads[1], NULL, consume, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}

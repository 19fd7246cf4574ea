// expect: deadlock error certain threads=2 locks=empty,mutex
// expect: wait-holding warning threads=2 locks=full,mutex

// The mutex outside of the semaphores: after some rounds the producer waits for a place with the mutex held.
// Places were posted by the consumer alone, which waits for the mutex.
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

static sem_t empty, full;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t turn;

static void put(void)
{
    pthread_mutex_lock(&mutex);
    sem_wait(&empty);
    sem_post(&full);
    pthread_mutex_unlock(&mutex);
}

static void get(void)
{
    pthread_mutex_lock(&mutex);
    sem_wait(&full);
    sem_post(&empty);
    pthread_mutex_unlock(&mutex);
}

static void *produce(void *arg)
{
    for (int i = 0; i < 10; i++) {
        put();
        pthread_barrier_wait(&turn);
        pthread_barrier_wait(&turn);
    }
    put();
    put();
    pthread_mutex_lock(&mutex);
    pthread_barrier_wait(&turn);
    sem_wait(&empty);
    return arg;
}

static void *consume(void *arg)
{
    for (int i = 0; i < 10; i++) {
        pthread_barrier_wait(&turn);
        get();
        pthread_barrier_wait(&turn);
    }
    pthread_barrier_wait(&turn);
    get();
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    sem_init(&empty, 0, 2);
    sem_init(&full, 0, 0);
    pthread_barrier_init(&turn, NULL, 2);
    pthread_create(&threads[0], NULL, produce, NULL);
    pthread_create(&threads[1], NULL, consume, NULL);
#ifdef BESIDE
    BESIDE();
#endif
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}

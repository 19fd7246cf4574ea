// expect: none

// A binary semaphore as the mutex of a counter, eight threads, and whoever has it is at times slow.
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <unistd.h>

#define THREADS 8
#define ROUNDS 500

static sem_t mutex;
static int counter;

static void *worker(void *arg)
{
    for (int i = 0; i < ROUNDS; i++) {
        sem_wait(&mutex);
        if (++counter % 1000 == 0)
            usleep(50000);
        sem_post(&mutex);
    }
    return arg;
}

int main(void)
{
    pthread_t threads[THREADS];

    sem_init(&mutex, 0, 1);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, worker, NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return counter == THREADS * ROUNDS ? 0 : 1;
}

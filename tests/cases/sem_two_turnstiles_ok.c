// expect: none

// The reusable barrier (The Little Book of Semaphores, 3.7): two turnstiles, one of them locked by whoever
// comes last and opened again by whoever leaves last.
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <unistd.h>

#define N 4

static sem_t first, second;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int count, rounds;

static void arrive(void)
{
    pthread_mutex_lock(&mutex);
    if (++count == N) {
        sem_wait(&second);
        sem_post(&first);
        rounds++;
    }
    pthread_mutex_unlock(&mutex);
    sem_wait(&first);
    sem_post(&first);
}

static void leave(void)
{
    pthread_mutex_lock(&mutex);
    if (--count == 0) {
        sem_wait(&first);
        sem_post(&second);
    }
    pthread_mutex_unlock(&mutex);
    sem_wait(&second);
    sem_post(&second);
}

static void *party(void *arg)
{
    for (int i = 0; i < 30; i++) {
        arrive();
        if (i % 10 == 0 && arg)
            usleep(60000);
        leave();
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[N];

    sem_init(&first, 0, 0);
    sem_init(&second, 0, 1);
    for (int i = 0; i < N; i++)
        pthread_create(&threads[i], NULL, party, i == 0 ? &count : NULL);
    for (int i = 0; i < N; i++)
        pthread_join(threads[i], NULL);
    return rounds == 30 ? 0 : 1;
}

// expect: none

// Eight threads share three connections; some wait long, while those who have one sleep.
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <unistd.h>

static sem_t pool;

static void *client(void *arg)
{
    for (int i = 0; i < 3; i++) {
        sem_wait(&pool);
        usleep(80000);
        sem_post(&pool);
    }
    return arg;
}

int main(void)
{
    pthread_t threads[8];

    sem_init(&pool, 0, 3);
    for (int i = 0; i < 8; i++)
        pthread_create(&threads[i], NULL, client, NULL);
    for (int i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

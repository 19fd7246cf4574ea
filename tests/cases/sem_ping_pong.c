// expect: deadlock error certain threads=2 locks=ping,pong

// Turn by turn, until one forgets to hand over: each waits for the other's post, as each has posted before.
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

static sem_t ping, pong;

static void *forgetful(void *arg)
{
    for (int i = 0; i < 10; i++) {
        sem_wait(&pong);
        if (i != 7)
            sem_post(&ping);
    }
    return arg;
}

static void *partner(void *arg)
{
    for (int i = 0; i < 10; i++) {
        sem_wait(&ping);
        sem_post(&pong);
    }
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    sem_init(&ping, 0, 1);
    sem_init(&pong, 0, 0);
    pthread_create(&threads[0], NULL, forgetful, NULL);
    pthread_create(&threads[1], NULL, partner, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}

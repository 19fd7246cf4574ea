// expect: none

// Two threads took a binary semaphore each and want the other's: no cycle, for a third one, which has done
// nothing with them so far, posts both.
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <unistd.h>

static sem_t a, b;
static pthread_barrier_t both;

static void *forward(void *arg)
{
    sem_wait(&a);
    pthread_barrier_wait(&both);
    sem_wait(&b);
    return arg;
}

static void *backward(void *arg)
{
    sem_wait(&b);
    pthread_barrier_wait(&both);
    sem_wait(&a);
    return arg;
}

static void *gives(void *arg)
{
    usleep(400000);
    sem_post(&a);
    sem_post(&b);
    return arg;
}

int main(void)
{
    pthread_t threads[3];

    sem_init(&a, 0, 1);
    sem_init(&b, 0, 1);
    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&threads[0], NULL, forward, NULL);
    pthread_create(&threads[1], NULL, backward, NULL);
    pthread_create(&threads[2], NULL, gives, NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

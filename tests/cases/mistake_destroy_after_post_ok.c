// expect: none

// A semaphore is posted for its only waiter, and destroyed at once: it need not have noticed yet.
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <unistd.h>

static sem_t s, there;

static void *waiter(void *arg)
{
    sem_post(&there);
    sem_wait(&s);
    return arg;
}

int main(void)
{
    pthread_t thread;

    sem_init(&there, 0, 0);
    for (int i = 0; i < 100; i++) {
        sem_init(&s, 0, 0);
        pthread_create(&thread, NULL, waiter, NULL);
        sem_wait(&there);
        usleep(1000);
        sem_post(&s);
        sem_destroy(&s);
        pthread_join(thread, NULL);
    }
    return 0;
}

// expect: none

// All who ever posted have ended, and main waits: but a thread that never posted makes new ones that do.
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <unistd.h>

static sem_t served;

static void *serve(void *arg)
{
    sem_post(&served);
    return arg;
}

static void *acceptor(void *arg)
{
    pthread_t thread;

    for (int i = 0; i < 4; i++) {
        pthread_create(&thread, NULL, serve, NULL);
        pthread_join(thread, NULL);
        usleep(150000);
    }
    return arg;
}

int main(void)
{
    pthread_t thread;

    sem_init(&served, 0, 0);
    pthread_create(&thread, NULL, acceptor, NULL);
    for (int i = 0; i < 4; i++)
        sem_wait(&served);
    pthread_join(thread, NULL);
    return 0;
}

// expect: none

// Main goes through the mutex, makes the one who will wait, and posts: it never needs the mutex while that one has it.
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

static sem_t ready;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;

static void *waits(void *arg)
{
    pthread_mutex_lock(&m);
    sem_wait(&ready);
    pthread_mutex_unlock(&m);
    return arg;
}

int main(void)
{
    pthread_t thread;

    sem_init(&ready, 0, 0);
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
    pthread_create(&thread, NULL, waits, NULL);
    sem_post(&ready);
    pthread_join(thread, NULL);
    return 0;
}

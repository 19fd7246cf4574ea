// expect: unlock-not-owner warning threads=2

// Another thread has released it before its owner ends. So that is the only mistake.
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static sem_t taken, given;

static void *owner(void *arg)
{
    pthread_mutex_lock(&m);
    sem_post(&taken);
    sem_wait(&given);
    return arg;
}

int main(void)
{
    pthread_t thread;

    sem_init(&taken, 0, 0);
    sem_init(&given, 0, 0);
    pthread_create(&thread, NULL, owner, NULL);
    sem_wait(&taken);
    pthread_mutex_unlock(&m);
    sem_post(&given);
    pthread_join(thread, NULL);
    return 0;
}

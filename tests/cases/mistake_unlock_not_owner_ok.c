// expect: none

// The other thread tries the mutex and unlocks it only if it got it. What another one releases is a semaphore.
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static sem_t s;

static void *other(void *arg)
{
    if (pthread_mutex_trylock(&m) == 0)
        pthread_mutex_unlock(&m);
    sem_post(&s);
    return arg;
}

int main(void)
{
    pthread_t thread;

    sem_init(&s, 0, 1);
    for (int i = 0; i < 4; i++) {
        sem_wait(&s);
        if (i % 2 == 0)
            pthread_mutex_lock(&m);
        pthread_create(&thread, NULL, other, NULL);
        pthread_join(thread, NULL);
        if (i % 2 == 0)
            pthread_mutex_unlock(&m);
    }
    return 0;
}

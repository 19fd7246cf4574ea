// expect: none

// A token goes round. The owner passes it on without the mutex, though it went through that before it took the token;
// so who waits for it while holding the mutex gets it.
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

static sem_t token;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;

static void *passes(void *arg)
{
    for (int i = 0; i < 50; i++) {
        pthread_mutex_lock(&m);
        pthread_mutex_unlock(&m);
        sem_wait(&token);
        sem_post(&token);
    }
    return arg;
}

static void *holds(void *arg)
{
    for (int i = 0; i < 50; i++) {
        pthread_mutex_lock(&m);
        sem_wait(&token);
        pthread_mutex_unlock(&m);
        sem_post(&token);
    }
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    sem_init(&token, 0, 0);
    sem_post(&token);
    pthread_create(&threads[0], NULL, passes, NULL);
    pthread_create(&threads[1], NULL, holds, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}

// expect: none

// Threads with the smallest stack there is lock, wait, and unlock.
#define _GNU_SOURCE
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static sem_t go;

static void *worker(void *arg)
{
    sem_wait(&go);
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&b);
    usleep(1000);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
    return arg;
}

int main(void)
{
    pthread_t threads[16];
    pthread_attr_t attr;

    sem_init(&go, 0, 0);
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, PTHREAD_STACK_MIN);
    for (int i = 0; i < 16; i++) {
        if (pthread_create(&threads[i], &attr, worker, NULL) != 0)
            return 1;
    }
    for (int i = 0; i < 16; i++)
        sem_post(&go);
    for (int i = 0; i < 16; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

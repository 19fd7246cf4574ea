// expect: none

// Of two units one is borrowed and released without the mutex, before anybody posts who took none.
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stddef.h>

static sem_t units;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static atomic_int released;

static void *borrows(void *arg)
{
    sem_wait(&units);
    sem_post(&units);
    released = 1;
    return arg;
}

static void *adds(void *arg)
{
    while (!released)
        ;
    pthread_mutex_lock(&m);
    sem_post(&units);
    pthread_mutex_unlock(&m);
    return arg;
}

static void *takes(void *arg)
{
    pthread_mutex_lock(&m);
    sem_wait(&units);
    pthread_mutex_unlock(&m);
    return arg;
}

int main(void)
{
    void *(*const roles[])(void *) = {borrows, adds, takes};
    pthread_t threads[3];

    sem_init(&units, 0, 2);
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, roles[i], NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

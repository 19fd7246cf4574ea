// expect: none

// Who posts takes the mutex before, but not every time; and there is another one in the other program, which never
// does.
#ifndef ANOTHER
#define ANOTHER 0
#endif
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stddef.h>

static sem_t ready;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static atomic_int posted;

static void *posts(void *arg)
{
    for (int i = 0; i < 5; i++) {
        int take = arg == NULL && (ANOTHER || i != 3);
        if (take)
            pthread_mutex_lock(&m);
        sem_post(&ready);
        if (take)
            pthread_mutex_unlock(&m);
        posted++;
    }
    return arg;
}

static void *waits(void *arg)
{
    for (int i = 0; i < 5; i++) {
        while (posted <= i)
            sched_yield();
        pthread_mutex_lock(&m);
        sem_wait(&ready);
        pthread_mutex_unlock(&m);
    }
    return arg;
}

int main(void)
{
    pthread_t threads[3];

    sem_init(&ready, 0, 0);
    pthread_create(&threads[0], NULL, waits, NULL);
    pthread_create(&threads[1], NULL, posts, NULL);
    if (ANOTHER)
        pthread_create(&threads[2], NULL, posts, &ready);
    for (int i = 0; i < 2 + ANOTHER; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

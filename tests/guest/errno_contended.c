// expect: none

// A call that succeeds leaves errno as it was, also when many threads make locks known at the same time.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <stdio.h>

enum { THREADS = 4, ROUNDS = 3000 };

static void *worker(void *arg)
{
    for (int i = 0; i < ROUNDS; i++) {
        sem_t s;
        pthread_barrier_t b;
        pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, c = PTHREAD_MUTEX_INITIALIZER;
        errno = 77;
        sem_init(&s, 0, 0);
        pthread_barrier_init(&b, NULL, 2);
        pthread_mutex_lock(&a);
        pthread_mutex_lock(&c);
        sem_post(&s);
        pthread_mutex_unlock(&c);
        pthread_mutex_unlock(&a);
        pthread_mutex_destroy(&c);
        pthread_mutex_destroy(&a);
        pthread_barrier_destroy(&b);
        sem_wait(&s);
        sem_destroy(&s);
        if (errno != 77) {
            printf("errno %d\n", errno);
            break;
        }
    }
    return arg;
}

int main(void)
{
    pthread_t threads[THREADS];

    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, worker, NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

// expect: none

// A malloc may keep account of threads, and hear of a thread's end by a destructor. So no memory is asked for in the
// last round of them, when that would not be called any more.
#define _GNU_SOURCE
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

void *__libc_calloc(size_t count, size_t size);

enum { BEFORE_LAST = PTHREAD_DESTRUCTOR_ITERATIONS - 1 };
static __thread int rounds;
static int late;
static pthread_key_t key;
static sem_t posted;

void *calloc(size_t count, size_t size)
{
    late += rounds >= BEFORE_LAST;
    return __libc_calloc(count, size);
}

static void round_of_destructors(void *value)
{
    rounds++;
    pthread_setspecific(key, value);
}

static void *worker(void *arg)
{
    pthread_setspecific(key, &key);
    sem_post(&posted);
    return arg;
}

int main(void)
{
    pthread_t thread;

    sem_init(&posted, 0, 0);
    pthread_key_create(&key, round_of_destructors);
    pthread_create(&thread, NULL, worker, NULL);
    pthread_join(thread, NULL);
    printf("%d late\n", late);
    return 0;
}

// expect: deadlock error certain threads=3

// The same at the first wait: nobody ever signalled, so that every thread there is belongs to it, main too.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>

#ifndef HOLD_OUTER
#define HOLD_OUTER 1
#endif

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, inner = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t nonempty = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t both;
static int items;

static void *producer(void *arg)
{
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&outer);
    pthread_mutex_lock(&inner);
    items++;
    pthread_cond_signal(&nonempty);
    pthread_mutex_unlock(&inner);
    pthread_mutex_unlock(&outer);
    return arg;
}

static void *consumer(void *arg)
{
    pthread_mutex_lock(&outer);
    pthread_barrier_wait(&both);
    if (!HOLD_OUTER)
        pthread_mutex_unlock(&outer);
    pthread_mutex_lock(&inner);
    while (items == 0)
        pthread_cond_wait(&nonempty, &inner);
    items--;
    pthread_mutex_unlock(&inner);
    if (HOLD_OUTER)
        pthread_mutex_unlock(&outer);
    return arg;
}

int main(void)
{
    pthread_t threads[2];

#ifdef FIRST
    FIRST();
#endif
    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&threads[0], NULL, producer, NULL);
    pthread_create(&threads[1], NULL, consumer, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return items;
}

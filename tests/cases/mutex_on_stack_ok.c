// expect: none

// Mutexes that live on the stack for one call, at the same few addresses again and again, in several
// threads.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>

static int count(void)
{
    pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, inner = PTHREAD_MUTEX_INITIALIZER;
    int both = 0;

    pthread_mutex_lock(&outer);
    pthread_mutex_lock(&inner);
    both++;
    pthread_mutex_unlock(&inner);
    pthread_mutex_unlock(&outer);
    return both;
}

static int count_reversed(void)
{
    pthread_mutex_t inner = PTHREAD_MUTEX_INITIALIZER, outer = PTHREAD_MUTEX_INITIALIZER;
    int both = 0;

    pthread_mutex_lock(&inner);
    pthread_mutex_lock(&outer);
    both++;
    pthread_mutex_unlock(&outer);
    pthread_mutex_unlock(&inner);
    return both;
}

static void *worker(void *arg)
{
    int *sum = arg;

    for (int i = 0; i < 1000; i++)
        *sum += count() + count_reversed();
    return NULL;
}

int main(void)
{
    pthread_t threads[4];
    int sums[4] = {0};

    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, worker, &sums[i]);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    return sums[0] == 2000 && sums[3] == 2000 ? 0 : 1;
}

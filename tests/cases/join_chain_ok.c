// expect: none

// Each thread joins the one before it; the first is slow, and main joins the last.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <unistd.h>

#define N 8

static pthread_t threads[N];

static void *joins_previous(void *arg)
{
    intptr_t i = (intptr_t)arg;

    if (i == 0)
        usleep(400000);
    else
        pthread_join(threads[i - 1], NULL);
    return arg;
}

int main(void)
{
    void *last;

    for (intptr_t i = 0; i < N; i++)
        pthread_create(&threads[i], NULL, joins_previous, (void *)i);
    pthread_join(threads[N - 1], &last);
    return (intptr_t)last == N - 1 ? 0 : 1;
}

// expect: none

// Threads are cancelled before they come to the join that closes a cycle, or just then: nobody runs outside of
// it, and yet it ends. With -DTHEN=N (join_cancelled_too_late) nobody is cancelled in the end.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

#ifndef THEN
#define THEN 0
#endif
enum { ROUNDS = 150 };

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;

static void *needs(void *arg)
{
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
    return arg;
}

static void *joins(void *other)
{
    pthread_join(*(pthread_t *)other, NULL);
    return NULL;
}

int main(void)
{
    pthread_t other, joiner;

    for (int i = 0; i < ROUNDS + THEN; i++) {
        pthread_mutex_lock(&m);
        pthread_create(&other, NULL, needs, NULL);
        pthread_create(&joiner, NULL, joins, &other);
        if (i % 3 == 0)
            usleep(500);
        if (i < ROUNDS)
            pthread_cancel(joiner);
        pthread_join(joiner, NULL);
        pthread_mutex_unlock(&m);
        pthread_join(other, NULL);
    }
    return 0;
}

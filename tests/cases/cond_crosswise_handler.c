// expect: deadlock warning likely threads=3 locks=first,second,thread
// limit: 4

// Two threads wait for each other's condition, and nobody has signalled either so far. A handler for SIGTERM is
// installed: it may not call pthread_cond_signal, so it is not expected to wake anybody; but it could, and so it is
// only likely.
#include <pthread.h>
#include <signal.h>
#include <stddef.h>

#ifndef CROSSWISE
#define CROSSWISE 1
#endif

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t first = PTHREAD_COND_INITIALIZER, second = PTHREAD_COND_INITIALIZER;
static int first_came = 1 - CROSSWISE, second_came;
static volatile sig_atomic_t stop;

static void on_term(int signal)
{
    stop = signal;
}

static void *one(void *arg)
{
    pthread_mutex_lock(&m);
    while (!first_came)
        pthread_cond_wait(&first, &m);
    second_came = 1;
    pthread_cond_signal(&second);
    pthread_mutex_unlock(&m);
    return arg;
}

static void *two(void *arg)
{
    pthread_mutex_lock(&m);
    while (!second_came)
        pthread_cond_wait(&second, &m);
    first_came = 1;
    pthread_cond_signal(&first);
    pthread_mutex_unlock(&m);
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    signal(SIGTERM, on_term);
    pthread_create(&threads[0], NULL, one, NULL);
    pthread_create(&threads[1], NULL, two, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}

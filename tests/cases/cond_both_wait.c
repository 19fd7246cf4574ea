// expect: deadlock error certain

// Turn by turn over a condition, until one forgets to pass the turn: each waits for the other's signal, as
// each has signalled before.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>

#ifndef FORGETS
#define FORGETS 1
#endif

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t passed = PTHREAD_COND_INITIALIZER;
static int turn;

static void *player(void *arg)
{
    int self = (int)(intptr_t)arg;

    for (int i = 0; i < 10; i++) {
        pthread_mutex_lock(&m);
        while (turn != self)
            pthread_cond_wait(&passed, &m);
        if (!FORGETS || self == 0 || i != 7)
            turn = 1 - self;
        else
            turn = -1;
        pthread_cond_signal(&passed);
        pthread_mutex_unlock(&m);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[2];

    for (intptr_t i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, player, (void *)i);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

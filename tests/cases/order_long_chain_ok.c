// expect: none

// A chain of 3,000 locks, hand over hand, by one thread, and another one that acquires the first lock while holding the
// last. Two threads cannot close a cycle of 3,000 sides: nothing is found, and nothing was left out.
#include "tests/order.h"
#include <pthread.h>

enum { LOCKS = 3000 };
static pthread_mutex_t chain[LOCKS];

static void *one(void *unused)
{
    pthread_mutex_lock(&chain[0]);
    for (int i = 1; i < LOCKS; i++) {
        pthread_mutex_lock(&chain[i]);
        pthread_mutex_unlock(&chain[i - 1]);
    }
    pthread_mutex_unlock(&chain[LOCKS - 1]);
    step();
    await_step(2);
    return unused;
}

static void *two(void *unused)
{
    await_step(1);
    pthread_mutex_lock(&chain[LOCKS - 1]);
    pthread_mutex_lock(&chain[0]);
    pthread_mutex_unlock(&chain[0]);
    pthread_mutex_unlock(&chain[LOCKS - 1]);
    step();
    return unused;
}

int main(void)
{
    pthread_t threads[2];
    for (int i = 0; i < LOCKS; i++)
        pthread_mutex_init(&chain[i], NULL);
    pthread_create(&threads[0], NULL, one, NULL);
    pthread_create(&threads[1], NULL, two, NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

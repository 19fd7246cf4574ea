// expect: deadlock error certain

// One condition for producers and consumers, and signal instead of broadcast (OSTEP, figure 30.9): in the
// end a consumer's signal wakes the other consumer, and all sleep. Everyone who ever signalled is asleep or
// gone.
#define _GNU_SOURCE
#include "tests/order.h"
#include <pthread.h>
#include <stddef.h>

#define ITEMS 2000

#ifdef TWO_CONDITIONS
#define FILLED (&filled)
#define EMPTIED (&emptied)
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER, emptied = PTHREAD_COND_INITIALIZER;
#else
#define FILLED (&changed)
#define EMPTIED (&changed)
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
#endif

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static int full, taken;

static void *producer(void *arg)
{
    for (int i = 0; i < ITEMS; i++) {
        pthread_mutex_lock(&m);
        while (full)
            pthread_cond_wait(EMPTIED, &m);
        full = 1;
        pthread_cond_signal(FILLED);
        pthread_mutex_unlock(&m);
    }
    return arg;
}

static void *consumer(void *arg)
{
    for (int i = 0; i < ITEMS / 2; i++) {
        pthread_mutex_lock(&m);
        while (!full)
            pthread_cond_wait(FILLED, &m);
        full = 0;
        taken++;
        pthread_cond_signal(EMPTIED);
        pthread_mutex_unlock(&m);
    }
    return arg;
}

int main(void)
{
    pthread_t threads[3];

    pthread_create(&threads[0], NULL, consumer, NULL);
    pthread_create(&threads[1], NULL, consumer, NULL);
    await_waiters(FILLED, 2);
    pthread_create(&threads[2], NULL, producer, NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    return taken == ITEMS ? 0 : 1;
}

// expect: deadlock error certain threads=2 locks=m,meet

// One waits at the barrier with the mutex held; the other, which has come to the barrier every time before,
// needs the mutex on its way there.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

#ifndef HOLD
#define HOLD 1
#endif

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t meet;
static int sum;

static void *careless(void *arg)
{
    for (int i = 0; i < 10; i++)
        pthread_barrier_wait(&meet);
    pthread_mutex_lock(&m);
    sum++;
    if (!HOLD)
        pthread_mutex_unlock(&m);
    pthread_barrier_wait(&meet);
    if (HOLD)
        pthread_mutex_unlock(&m);
    return arg;
}

static void *other(void *arg)
{
    for (int i = 0; i < 10; i++)
        pthread_barrier_wait(&meet);
    while (HOLD && pthread_mutex_trylock(&m) == 0) { /* until the careless one has it */
        pthread_mutex_unlock(&m);
        usleep(1000);
    }
    pthread_mutex_lock(&m);
    sum++;
    pthread_mutex_unlock(&m);
    pthread_barrier_wait(&meet);
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    pthread_barrier_init(&meet, NULL, 2);
    pthread_create(&threads[0], NULL, careless, NULL);
    pthread_create(&threads[1], NULL, other, NULL);
#ifdef BESIDE
    BESIDE();
#endif
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return sum == 2 ? 0 : 1;
}

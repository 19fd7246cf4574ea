// env: LOCKWATCH_OPTIONS=hold_ms=1000:starve_ms=1000
// expect: none

// Held for long, but nobody waits; released for a wait at a condition, while others want it; wanted, but soon had.
#include <pthread.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER, alone = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static int done;

static void *counts(void *arg)
{
    for (int i = 0; i < 2000; i++) {
        pthread_mutex_lock(&m);
        done++;
        pthread_mutex_unlock(&m);
    }
    return arg;
}

static void *holds_alone(void *arg)
{
    pthread_mutex_lock(&alone);
    usleep(1200000);
    pthread_mutex_unlock(&alone);
    return arg;
}

int main(void)
{
    struct timespec later;
    pthread_t threads[3];

    clock_gettime(CLOCK_REALTIME, &later);
    later.tv_sec += 2;
    pthread_mutex_lock(&m);
    pthread_create(&threads[0], NULL, counts, NULL);
    pthread_create(&threads[1], NULL, counts, NULL);
    pthread_create(&threads[2], NULL, holds_alone, NULL);
    while (pthread_cond_timedwait(&c, &m, &later) == 0)
        ;
    pthread_mutex_unlock(&m);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    return done != 4000;
}

// expect: wait-holding warning threads=2 locks=m,ready
// json: f["threads"][0]["waits"]["timed"] is False and f["threads"][0]["holds"][0]["stack"][0]["function"] == "waits"

// The one who posts comes first, goes through the mutex and posts; then who waits takes the mutex and finds a unit. The
// other way round it would wait while holding the mutex. A flag that nobody sees makes it go well.
#ifndef WAIT
#define WAIT sem_wait(&ready)
#endif
#ifndef TAKE
#define TAKE pthread_mutex_lock(&m)
#define GIVE pthread_mutex_unlock(&m)
#endif
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stddef.h>
#include <time.h>

static sem_t ready;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static atomic_int posted;
static const struct timespec never = {1ll << 33, 0};

static void *posts(void *arg)
{
    TAKE;
    GIVE;
    sem_post(&ready);
    posted = 1;
    return arg;
}

static void *waits(void *arg)
{
    while (!posted)
        sched_yield();
    pthread_mutex_lock(&m);
    WAIT;
    pthread_mutex_unlock(&m);
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    sem_init(&ready, 0, 0);
    pthread_create(&threads[0], NULL, waits, NULL);
    pthread_create(&threads[1], NULL, posts, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    sem_destroy(&ready);
    pthread_mutex_destroy(&m);
    return never.tv_nsec != 0;
}

// expect: deadlock error certain threads=3 locks=m,ready,thread

// A recursive mutex is locked twice when its owner waits at a condition: libc unlocks it once, so it stays
// locked. Who is to signal locks it first. With -DNEEDED=0 (cond_recursive_still_locked_ok) it does not, and all is
// well.
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

#ifndef NEEDED
#define NEEDED 1
#endif

static pthread_mutex_t m;
static pthread_cond_t ready = PTHREAD_COND_INITIALIZER;
static sem_t posted;
static atomic_int waits, is_ready;

static void *waiter(void *arg)
{
    pthread_mutex_lock(&m);
    pthread_mutex_lock(&m);
    atomic_store(&waits, 1);
    while (!is_ready)
        pthread_cond_wait(&ready, &m);
    pthread_mutex_unlock(&m);
    pthread_mutex_unlock(&m);
    return arg;
}

static void *setter(void *arg)
{
    while (!waits)
        usleep(1000);
    usleep(400000);
    if (NEEDED)
        pthread_mutex_lock(&m);
    is_ready = 1;
    pthread_cond_broadcast(&ready);
    if (NEEDED)
        pthread_mutex_unlock(&m);
    return arg;
}

/* Nobody signals, the time runs out; what the waiter wants back then it never gave up. */
static void *timed_waiter(void *arg)
{
    struct timespec end;

    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec++;
    pthread_mutex_lock(&m);
    pthread_mutex_lock(&m);
    pthread_cond_timedwait(&ready, &m, &end);
    pthread_mutex_unlock(&m);
    pthread_mutex_unlock(&m);
    return arg;
}

/* Who has posted is missed when it ends: somebody looks then whether all others still go on. */
static void *brief(void *arg)
{
    usleep(50000);
    sem_post(&posted);
    return arg;
}

static void run(void *(*first)(void *), void *(*second)(void *))
{
    pthread_t threads[3];

    waits = is_ready = 0;
    pthread_create(&threads[0], NULL, first, NULL);
    if (second != NULL)
        pthread_create(&threads[1], NULL, second, NULL);
    pthread_create(&threads[2], NULL, brief, NULL);
    pthread_join(threads[2], NULL);
    pthread_join(threads[0], NULL);
    if (second != NULL)
        pthread_join(threads[1], NULL);
}

int main(void)
{
    pthread_mutexattr_t attributes;

    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&m, &attributes);
    sem_init(&posted, 0, 0);
    if (!NEEDED)
        run(timed_waiter, NULL);
    run(waiter, setter);
    return 0;
}

// expect: wait-holding warning threads=3 locks=a,b,s
// stderr-has: 3 threads can deadlock: T2 (waits) waits for semaphore s while holding a, and
// report-has: ) posted s after acquiring b
// report-has: a thread that posts s without b would make it harmless

// The wait depends on the lock that is held by way of another lock: the poster does not need a, but b, and a third
// thread acquires a while it holds b. This time the third came when all was over.
#ifndef ROUNDS
#define ROUNDS 3
#endif
#ifndef THIRD_IS_OTHER
#define THIRD_IS_OTHER 1
#endif
#include "tests/order.h"
#include <semaphore.h>
#include <time.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
__attribute__((unused)) static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static sem_t s;

#ifdef GATE
#define ENTER pthread_mutex_lock(&gate)
#define LEAVE pthread_mutex_unlock(&gate)
#else
#define ENTER (void)0
#define LEAVE (void)0
#endif

static void wait_for_it(void)
{
#ifdef TIMED
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += 100;
    sem_timedwait(&s, &end);
#else
    sem_wait(&s);
#endif
}

static void acquire_both(void)
{
    ENTER;
    pthread_mutex_lock(&b);
#ifdef TRIED
    if (pthread_mutex_trylock(&a) == 0)
        pthread_mutex_unlock(&a);
#else
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
#endif
    pthread_mutex_unlock(&b);
    LEAVE;
}

static void *waits(void *arg)
{
    for (int i = 0; i < ROUNDS; i++) {
        ENTER;
        pthread_mutex_lock(&a);
        wait_for_it();
        pthread_mutex_unlock(&a);
        LEAVE;
    }
    if (!THIRD_IS_OTHER)
        acquire_both();
    step();
    return arg;
}

static void *posts(void *arg)
{
    for (int i = 0; i < ROUNDS; i++) {
#ifdef SOMETIMES
        if (i == 0)
            sem_post(&s);
        else
#endif
        {
            pthread_mutex_lock(&b);
            pthread_mutex_unlock(&b);
            sem_post(&s);
        }
    }
    return arg;
}

static void *third(void *arg)
{
    await_step(1);
    if (THIRD_IS_OTHER)
        acquire_both();
    return arg;
}

int main(void)
{
    pthread_t waiter, poster, other;
    sem_init(&s, 0, 0);
    pthread_create(&waiter, NULL, waits, NULL);
    pthread_create(&poster, NULL, posts, NULL);
#ifdef LATER
    pthread_join(waiter, NULL);
#endif
    pthread_create(&other, NULL, third, NULL);
#ifndef LATER
    pthread_join(waiter, NULL);
#endif
    pthread_join(poster, NULL);
    pthread_join(other, NULL);
    return 0;
}

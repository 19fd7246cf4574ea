// expect: wait-holding warning threads=2 locks=m,thread
// json: f["message"].count("join") or "end of" in f["message"]

// Joined while holding a mutex that the other thread took. It had done so before, this time; but nothing sees to that.
#ifndef MUTEX
#define MUTEX m
#endif
#ifndef FIRST
#define FIRST
#define LAST
#endif
#ifndef JOIN
#define JOIN(thread) pthread_join(thread, NULL)
#endif
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stddef.h>
#include <time.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER, other = PTHREAD_MUTEX_INITIALIZER;
static sem_t gone;
static atomic_int passed;
static const struct timespec never = {1ll << 33, 0};

static void *passes(void *arg)
{
    FIRST;
    pthread_mutex_lock(&MUTEX);
    pthread_mutex_unlock(&MUTEX);
    LAST;
    passed = 1;
    return arg;
}

int main(void)
{
    pthread_t thread;

    sem_init(&gone, 0, 0);
    pthread_create(&thread, NULL, passes, NULL);
    while (!passed)
        sched_yield();
    pthread_mutex_lock(&m);
    JOIN(thread);
    pthread_mutex_unlock(&m);
    pthread_mutex_lock(&other);
    pthread_mutex_unlock(&other);
    return never.tv_nsec != 0;
}

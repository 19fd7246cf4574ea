// expect: wait-holding warning threads=2 locks=changed,outer
// json: f["coffman"]["circular_wait"]["met"] is True

// The nested monitor, in a run that goes well: who changes it has passed through the outer mutex just before the other
// one takes that and waits. A flag that nobody sees makes it go well.
#ifndef OUTER
#define OUTER 1
#endif
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, inner = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static atomic_int passed;
static bool waiting, done;

static void *waits(void *arg)
{
    while (!passed)
        sched_yield();
    pthread_mutex_lock(&outer);
    pthread_mutex_lock(&inner);
    waiting = true;
    while (!done)
        pthread_cond_wait(&changed, &inner);
    pthread_mutex_unlock(&inner);
    pthread_mutex_unlock(&outer);
    return arg;
}

static void *changes(void *arg)
{
    if (OUTER) {
        pthread_mutex_lock(&outer);
        pthread_mutex_unlock(&outer);
    }
    passed = 1;
    while (!done) {
        pthread_mutex_lock(&inner);
        if (waiting) {
            done = true;
            pthread_cond_signal(&changed);
        }
        pthread_mutex_unlock(&inner);
        sched_yield();
    }
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    pthread_create(&threads[0], NULL, waits, NULL);
    pthread_create(&threads[1], NULL, changes, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}

// expect: deadlock warning likely threads=2
// report-has: T1 did so at least once without acquiring m
// json: f["advice"].startswith("T1 has signalled c without acquiring m: ")
// json: f["advice"].endswith("Change what the condition stands for while holding m.")

// The flag is set and signalled without the mutex, after the worker's look and before its wait. Signals before that,
// with the mutex, were no help to see it.
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>

#ifndef WITHOUT
#define WITHOUT 1
#endif
enum { ITEMS = 5 };

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static int items, done;
static atomic_int stopped, looked;

static void *worker(void *arg)
{
    pthread_mutex_lock(&m);
    while (done < ITEMS + 1) {
        while (items == 0 && !(WITHOUT && stopped)) {
            if (done == ITEMS) {
                looked = 1;
                while (WITHOUT && !stopped)
                    sched_yield();
            }
            pthread_cond_wait(&c, &m);
        }
        items--;
        done++;
    }
    pthread_mutex_unlock(&m);
    return arg;
}

/* Runs beside them, and could signal, for all that is known. */
static void *idle(void *arg)
{
    for (;;)
        sched_yield();
    return arg;
}

int main(void)
{
    pthread_t thread, other;
    pthread_create(&other, NULL, idle, NULL);
    pthread_create(&thread, NULL, worker, NULL);
    for (int i = 0; i < ITEMS; i++) {
        pthread_mutex_lock(&m);
        items++;
        pthread_cond_signal(&c);
        pthread_mutex_unlock(&m);
    }
    while (!looked)
        sched_yield();
    if (WITHOUT) {
        pthread_cond_broadcast(&c);
        stopped = 1;
    } else {
        pthread_mutex_lock(&m);
        stopped = 1;
        pthread_cond_broadcast(&c);
        pthread_mutex_unlock(&m);
    }
    pthread_join(thread, NULL);
    return 0;
}

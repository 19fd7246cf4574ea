// expect: deadlock warning likely
// json: "T4" in f["advice"] and "arrived" in f["advice"] and "before it waits for go" in f["advice"]

// One of three workers fails in the second round and does not come to the barrier: the others wait there for it, it
// waits for a third round, and main for all of them. The barrier is part of the cycle or beside it, by who signalled.
#include <pthread.h>
#include <sched.h>
#include <stddef.h>

enum { WORKERS = 3 };
static pthread_barrier_t b;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t go = PTHREAD_COND_INITIALIZER, idle = PTHREAD_COND_INITIALIZER;
static int numbers[WORKERS] = {0, 1, 2}, round_number, busy;

static void *worker(void *number)
{
    for (int seen = 0;;) {
        pthread_mutex_lock(&m);
        while (round_number == seen)
            pthread_cond_wait(&go, &m);
        seen = round_number;
        pthread_mutex_unlock(&m);
        if (seen < 2 || *(int *)number != 1)
            pthread_barrier_wait(&b);
        pthread_mutex_lock(&m);
        if (--busy == 0)
            pthread_cond_signal(&idle);
        pthread_mutex_unlock(&m);
    }
    return number;
}

/* Runs beside them, and could signal, for all that is known. */
static void *spin(void *unused)
{
    for (;;)
        sched_yield();
    return unused;
}

int main(void)
{
    pthread_t thread;
    pthread_barrier_init(&b, NULL, WORKERS);
    pthread_create(&thread, NULL, spin, NULL);
    for (int i = 0; i < WORKERS; i++)
        pthread_create(&thread, NULL, worker, &numbers[i]);
    for (int i = 0; i < 3; i++) {
        pthread_mutex_lock(&m);
        busy = WORKERS;
        round_number++;
        pthread_cond_broadcast(&go);
        while (busy > 0)
            pthread_cond_wait(&idle, &m);
        pthread_mutex_unlock(&m);
    }
    return 0;
}

// expect: deadlock error certain threads=1 locks=m
// expect: exit-holding warning threads=1 locks=m
// stderr-has: which was cancelled
// report-has: was cancelled while holding mutex m Same cause as the deadlock above

// Cancelled while it holds the mutex, and no cleanup handler releases it.
#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;

static void *worker(void *arg)
{
    pthread_mutex_lock(&m);
    pthread_barrier_wait(&both);
    pause();
    pthread_mutex_unlock(&m);
    return arg;
}

int main(void)
{
    pthread_t thread;

    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&thread, NULL, worker, NULL);
    pthread_barrier_wait(&both);
    pthread_cancel(thread);
    pthread_join(thread, NULL);
    pthread_mutex_lock(&m);
    return 0;
}

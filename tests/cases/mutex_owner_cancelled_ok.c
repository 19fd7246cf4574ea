// expect: none

// Cancelled while it holds the mutex, which a cleanup handler releases.
#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;

static void release(void *mutex)
{
    pthread_mutex_unlock(mutex);
}

static void *worker(void *arg)
{
    pthread_mutex_lock(&m);
    pthread_cleanup_push(release, &m);
    pthread_barrier_wait(&both);
    pause();
    pthread_cleanup_pop(1);
    return arg;
}

int main(void)
{
    void *result;
    pthread_t thread;

    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&thread, NULL, worker, NULL);
    pthread_barrier_wait(&both);
    pthread_cancel(thread);
    pthread_mutex_lock(&m);
    pthread_join(thread, &result);
    pthread_mutex_unlock(&m);
    return result == PTHREAD_CANCELED ? 0 : 1;
}

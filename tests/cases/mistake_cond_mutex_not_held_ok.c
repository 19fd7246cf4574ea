// expect: none

// Mutexes of all types, held when the wait begins; the recursive one twice, so that it stays locked while waiting.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <time.h>

static pthread_mutex_t m[5] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP,
                               PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP, PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP};
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;

static int wait_with(pthread_mutex_t *mutex)
{
    const struct timespec past = {0, 0};
    pthread_mutex_lock(mutex);
    int result = pthread_cond_timedwait(&c, mutex, &past);
    pthread_mutex_unlock(mutex);
    return result;
}

static void *worker(void *bad)
{
    for (int i = 0; i < 5; i++)
        *(int *)bad |= wait_with(&m[i]) != ETIMEDOUT;
    pthread_mutex_lock(&m[3]);
    *(int *)bad |= wait_with(&m[3]) != ETIMEDOUT;
    pthread_mutex_unlock(&m[3]);
    return NULL;
}

int main(void)
{
    pthread_mutexattr_t a;
    pthread_t thread;
    int bad = 0;

    pthread_mutexattr_init(&a);
    pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST);
    pthread_mutexattr_setprotocol(&a, PTHREAD_PRIO_INHERIT);
    pthread_mutex_init(&m[4], &a);
    worker(&bad);
    pthread_create(&thread, NULL, worker, &bad);
    pthread_join(thread, NULL);
    return bad;
}

// expect: none

// One condition with two mutexes, but not at the same time: whoever waited with the first has been woken, though it may
// not have the mutex back yet.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t m[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static int waiting[2], woken[2];

static void *waiter(void *number)
{
    long i = (long)number;
    pthread_mutex_lock(&m[i]);
    for (waiting[i]++; !woken[i];)
        pthread_cond_wait(&c, &m[i]);
    waiting[i]--;
    woken[i] = 0;
    pthread_mutex_unlock(&m[i]);
    return NULL;
}

/* Releases the mutex only when the next one waits already. */
static pthread_t wake_and_next(long i, pthread_t next)
{
    pthread_mutex_lock(&m[i]);
    while (!waiting[i]) {
        pthread_mutex_unlock(&m[i]);
        pthread_mutex_lock(&m[i]);
    }
    woken[i] = 1;
    pthread_cond_broadcast(&c);
    pthread_t old = next;
    pthread_create(&next, NULL, waiter, (void *)(1 - i));
    for (int there = 0; !there;)
        if (pthread_mutex_trylock(&m[1 - i]) == 0) {
            there = waiting[1 - i];
            pthread_mutex_unlock(&m[1 - i]);
        }
    pthread_mutex_unlock(&m[i]);
    pthread_join(old, NULL);
    return next;
}

int main(void)
{
    pthread_t thread;

    pthread_create(&thread, NULL, waiter, (void *)0);
    for (int i = 0; i < 50; i++)
        thread = wake_and_next(i % 2, thread);
    pthread_mutex_lock(&m[0]);
    woken[0] = 1;
    pthread_cond_broadcast(&c);
    pthread_mutex_unlock(&m[0]);
    pthread_join(thread, NULL);
    return 0;
}

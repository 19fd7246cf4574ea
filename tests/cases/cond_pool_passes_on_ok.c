// expect: none
// limit: 20

// The workers of a pool wake each other, and nobody else has woken them so far: what they did first was there before
// they waited. They are idle, until main has more for them.
#include "../order.h"

#include <time.h>

enum { WORKERS = 3 };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER;
static int items = 20, ends;

#ifdef TAKES
__attribute__((noinline)) static int take(void)
{
    pthread_mutex_lock(&lock);
    while (items == 0 && !ends)
        pthread_cond_wait(&more, &lock);
    items -= !ends;
    int goes_on = !ends;
    pthread_mutex_unlock(&lock);
    return goes_on;
}

static void *worker(void *unused)
{
    const struct timespec moment = {0, 1000000};
    while (take()) {
        nanosleep(&moment, NULL);
        pthread_mutex_lock(&lock);
        pthread_cond_signal(&more);
        pthread_mutex_unlock(&lock);
    }
    return unused;
}
#else
static void *worker(void *unused)
{
    const struct timespec moment = {0, 1000000};
    pthread_mutex_lock(&lock);
    while (!ends) {
        if (items == 0) {
            pthread_cond_wait(&more, &lock);
            continue;
        }
        items--;
        pthread_cond_signal(&more);
        pthread_mutex_unlock(&lock);
        nanosleep(&moment, NULL);
        pthread_mutex_lock(&lock);
    }
    pthread_mutex_unlock(&lock);
    return unused;
}
#endif

int main(void)
{
    const struct timespec a_while = {2, 600000000};
    pthread_t thread[WORKERS];
    for (int i = 0; i < WORKERS; i++)
        pthread_create(&thread[i], NULL, worker, NULL);
    await_waiters(&more, WORKERS);
    nanosleep(&a_while, NULL);
    pthread_mutex_lock(&lock);
    ends = 1;
    pthread_cond_broadcast(&more);
    pthread_mutex_unlock(&lock);
    for (int i = 0; i < WORKERS; i++)
        pthread_join(thread[i], NULL);
    return 0;
}

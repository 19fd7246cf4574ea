// expect: none
// limit: 3

// The owner sleeps for a second while five threads wait for it.
#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>

#define WAITERS 5

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;

static void *waiter(void *arg)
{
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
    return arg;
}

int main(void)
{
    pthread_t threads[WAITERS];

    pthread_mutex_lock(&m);
    for (int i = 0; i < WAITERS; i++)
        pthread_create(&threads[i], NULL, waiter, NULL);
    sleep(1);
    pthread_mutex_unlock(&m);
    for (int i = 0; i < WAITERS; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

// expect: none

// A thread that joins itself is refused with EDEADLK, one that joins a detached thread EINVAL; both go on.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <unistd.h>

static void *joins_itself(void *arg)
{
    return pthread_join(pthread_self(), NULL) == EDEADLK ? arg : NULL;
}

static void *sleeps(void *arg)
{
    pause();
    return arg;
}

int main(void)
{
    pthread_t thread, main_thread = pthread_self();
    void *result;

    if (pthread_join(main_thread, NULL) != EDEADLK)
        return 1;
    pthread_create(&thread, NULL, joins_itself, &main_thread);
    pthread_join(thread, &result);
    if (result != &main_thread)
        return 1;
    pthread_create(&thread, NULL, sleeps, NULL);
    pthread_detach(thread);
    return pthread_join(thread, NULL) == EINVAL ? 0 : 1;
}

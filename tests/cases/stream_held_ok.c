// expect: none

// A thread has a stream locked for longer than others are patient. One waits for that stream, as the kernel says, with
// a mutex that another one waits for: they look, and accuse nobody.
#define _GNU_SOURCE
#include "../order.h"

#include <time.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static FILE *stream;

static void *works(void *arg)
{
    const struct timespec long_time = {6, 0};
    flockfile(stream);
    step();
    await_waiters(&m, 1);
    nanosleep(&long_time, NULL);
    funlockfile(stream);
    return arg;
}

static void *prints(void *arg)
{
    pthread_mutex_lock(&m);
    await_step(1);
    step();
    fputs("hello\n", stream);
    pthread_mutex_unlock(&m);
    return arg;
}

static void *waits(void *arg)
{
    await_step(2);
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
    return arg;
}

int main(void)
{
    void *(*const task[])(void *) = {works, prints, waits};
    pthread_t thread[3];
    stream = fopen("/dev/null", "w");
    for (int i = 0; i < 3; i++)
        pthread_create(&thread[i], NULL, task[i], NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(thread[i], NULL);
    return 0;
}

// expect: deadlock error certain threads=2 locks=m,file
// limit: 6
// stderr-has: waits by the kernel's word for stream
// report-has: while holding mutex m

// One thread locks a stream and then a mutex, the other one prints to that stream while it holds the mutex: libc locks
// it in a call that the library does not see. It is found once the thread at the mutex has waited for five seconds.
#define _GNU_SOURCE
#include "../order.h"

#ifndef HOLDS_MUTEX
#define HOLDS_MUTEX 1
#endif

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static FILE *stream;

static void meet(void)
{
    step();
    await_step(2);
}

static void *rotates(void *arg)
{
    flockfile(stream);
    meet();
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
    funlockfile(stream);
    return arg;
}

static void *prints(void *arg)
{
    if (HOLDS_MUTEX)
        pthread_mutex_lock(&m);
    meet();
    fputs("hello\n", stream);
    if (HOLDS_MUTEX)
        pthread_mutex_unlock(&m);
    return arg;
}

int main(void)
{
    pthread_t one, other;
    stream = fopen("/dev/null", "w");
    pthread_create(&one, NULL, rotates, NULL);
    pthread_create(&other, NULL, prints, NULL);
    pthread_join(one, NULL);
    pthread_join(other, NULL);
    return 0;
}

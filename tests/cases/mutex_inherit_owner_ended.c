// expect: deadlock error certain threads=1 locks=m
// expect: exit-holding warning threads=1 locks=m

// As mutex_owner_ended, with priority inheritance: the kernel refuses the wait for an owner that is gone, and libc then
// sleeps for ever elsewhere, not at the mutex. Another thread waits, so a recheck tells.
#define _GNU_SOURCE
#include <pthread.h>

static pthread_mutex_t m;

static void *forgetful(void *arg)
{
    pthread_mutex_lock(&m);
    return arg;
}

int main(void)
{
    pthread_mutexattr_t attributes;
    pthread_t first, second;

    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
    pthread_mutex_init(&m, &attributes);
    pthread_create(&first, NULL, forgetful, NULL);
    pthread_join(first, NULL);
    pthread_create(&second, NULL, forgetful, NULL);
    pthread_join(second, NULL);
    return 0;
}

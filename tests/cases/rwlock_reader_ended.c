// expect: deadlock error certain threads=1 locks=rw
// expect: exit-holding warning threads=1 locks=rw

// A reader ended without letting go; the writer waits for a thread that has ended.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>

static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;

static void *forgetful(void *arg)
{
    pthread_rwlock_rdlock(&rw);
    return arg;
}

int main(void)
{
    pthread_t thread;

    pthread_create(&thread, NULL, forgetful, NULL);
    pthread_join(thread, NULL);
    pthread_rwlock_wrlock(&rw);
    return 0;
}

// expect: deadlock error certain threads=1 locks=s
// expect: exit-holding warning threads=1 locks=s

// A thread ended with the spinlock held; main spins for it.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>

static pthread_spinlock_t s;

static void *forgetful(void *arg)
{
    pthread_spin_lock(&s);
    return arg;
}

int main(void)
{
    pthread_t thread;

    pthread_spin_init(&s, PTHREAD_PROCESS_PRIVATE);
    pthread_create(&thread, NULL, forgetful, NULL);
    pthread_join(thread, NULL);
    pthread_spin_lock(&s);
    return 0;
}

// expect: deadlock error certain threads=1 locks=m
// expect: exit-holding warning threads=1 locks=m

// Main has left by pthread_exit while holding the mutex.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;

static void *worker(void *main_thread)
{
    pthread_join(*(pthread_t *)main_thread, NULL);
    pthread_mutex_lock(&m);
    return NULL;
}

int main(void)
{
    static pthread_t self;
    pthread_t thread;

    self = pthread_self();
    pthread_mutex_lock(&m);
    pthread_create(&thread, NULL, worker, &self);
    pthread_exit(NULL);
}

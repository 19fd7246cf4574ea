// expect: deadlock error certain threads=2 locks=a,b

// Main has left by pthread_exit; the two that remain lock each other out.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;

static void *forward(void *main_thread)
{
    pthread_join(*(pthread_t *)main_thread, NULL);
    pthread_mutex_lock(&a);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&b);
    return NULL;
}

static void *backward(void *arg)
{
    pthread_mutex_lock(&b);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&a);
    return arg;
}

int main(void)
{
    static pthread_t self;
    pthread_t thread;

    self = pthread_self();
    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&thread, NULL, forward, &self);
    pthread_create(&thread, NULL, backward, NULL);
    pthread_exit(NULL);
}

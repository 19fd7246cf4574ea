// expect: wait-holding warning threads=4 locks=a,b,for_a,for_b
// report-has: It did not deadlock in this run because T3's wait (
// report-has: , or posts for_a without b would make it harmless

// One thread serves two: for the one it needs b, for the other a. Each of them waits for its answer holding the lock
// that the server needs for the other one. This time they came one after the other.
#include "tests/order.h"
#include <semaphore.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static sem_t for_a, for_b;

static void *with_a(void *arg)
{
    await_step(1);
    pthread_mutex_lock(&a);
    sem_wait(&for_a);
    pthread_mutex_unlock(&a);
    step();
    return arg;
}

static void *with_b(void *arg)
{
    await_step(3);
    pthread_mutex_lock(&b);
    sem_wait(&for_b);
    pthread_mutex_unlock(&b);
    return arg;
}

static void serve(sem_t *answer, pthread_mutex_t *needed)
{
    (void)needed;
#ifndef NEEDS_NOTHING
    pthread_mutex_lock(needed);
    pthread_mutex_unlock(needed);
#endif
    sem_post(answer);
}

static void *serves(void *arg)
{
    serve(&for_a, &b);
    step();
    await_step(2);
    serve(&for_b, &a);
    step();
    return arg;
}

int main(void)
{
    void *(*const roles[])(void *) = {with_a, with_b, serves};
    pthread_t thread[3];
    sem_init(&for_a, 0, 0);
    sem_init(&for_b, 0, 0);
    for (int i = 0; i < 3; i++)
        pthread_create(&thread[i], NULL, roles[i], NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(thread[i], NULL);
    return 0;
}

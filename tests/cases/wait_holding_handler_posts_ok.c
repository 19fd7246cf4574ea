// expect: none

// Posted by a handler, which may come at any time, also while the thread that it interrupts holds the mutex.
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

static sem_t ready;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static atomic_int posted;

static void post(int number)
{
    (void)number;
    sem_post(&ready);
}

static void *posts(void *arg)
{
    pthread_mutex_lock(&m);
    pthread_kill(pthread_self(), SIGUSR1);
    pthread_mutex_unlock(&m);
    posted = 1;
    return arg;
}

static void *waits(void *arg)
{
    while (!posted)
        sched_yield();
    pthread_mutex_lock(&m);
    sem_wait(&ready);
    pthread_mutex_unlock(&m);
    return arg;
}

int main(void)
{
    pthread_t threads[2];
    struct sigaction action = {.sa_handler = post};

    sigaction(SIGUSR1, &action, NULL);
    sem_init(&ready, 0, 0);
    pthread_create(&threads[0], NULL, waits, NULL);
    pthread_create(&threads[1], NULL, posts, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}

// expect: none

// Whom a broadcast, a post or the last one at a barrier has woken need not have left yet: libc sees to that.
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

enum { WAITERS = 3, ROUNDS = 200 };

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c;
static pthread_barrier_t b;
static sem_t s;
static int waiting, open;

static void *waiter(void *arg)
{
    pthread_mutex_lock(&m);
    waiting++;
    while (!open)
        pthread_cond_wait(&c, &m);
    pthread_mutex_unlock(&m);
    sem_wait(&s);
    pthread_barrier_wait(&b);
    return arg;
}

static void round_of(pthread_t *threads)
{
    pthread_cond_init(&c, NULL);
    pthread_barrier_init(&b, NULL, WAITERS + 1);
    sem_init(&s, 0, 0);
    waiting = open = 0;
    for (int i = 0; i < WAITERS; i++)
        pthread_create(&threads[i], NULL, waiter, NULL);
    for (int all = 0; !all;) {
        pthread_mutex_lock(&m);
        if ((all = waiting == WAITERS)) {
            open = 1;
            pthread_cond_broadcast(&c);
        }
        pthread_mutex_unlock(&m);
    }
    pthread_cond_destroy(&c);
    for (int i = 0; i < WAITERS; i++)
        sem_post(&s);
    pthread_barrier_wait(&b);
    pthread_barrier_destroy(&b);
    for (int i = 0; i < WAITERS; i++)
        pthread_join(threads[i], NULL);
    sem_destroy(&s);
}

int main(void)
{
    pthread_t threads[WAITERS];

    for (int i = 0; i < ROUNDS; i++)
        round_of(threads);
    return 0;
}

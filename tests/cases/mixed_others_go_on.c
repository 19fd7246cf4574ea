// expect: deadlock error certain threads=2 locks=a,b
// exit: 0

// Two of a hundred lock each other out; the others wait on conditions, are woken, read, write and work on,
// until the program ends.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

#define WORKERS 98
#define ROUNDS 10

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t b = PTHREAD_RWLOCK_INITIALIZER, table = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t next = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t both;
static int rounds;

static void *forward(void *arg)
{
    pthread_mutex_lock(&a);
    pthread_barrier_wait(&both);
    pthread_rwlock_wrlock(&b);
    return arg;
}

static void *backward(void *arg)
{
    pthread_rwlock_rdlock(&b);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&a);
    return arg;
}

static void *worker(void *arg)
{
    for (int i = 1; i <= ROUNDS; i++) {
        pthread_mutex_lock(&m);
        while (rounds < i)
            pthread_cond_wait(&next, &m);
        pthread_mutex_unlock(&m);
        pthread_rwlock_rdlock(&table);
        pthread_rwlock_unlock(&table);
    }
    return arg;
}

int main(void)
{
    pthread_t pair[2], workers[WORKERS];

    pthread_barrier_init(&both, NULL, 2);
    for (int i = 0; i < WORKERS; i++)
        pthread_create(&workers[i], NULL, worker, NULL);
    pthread_create(&pair[0], NULL, forward, NULL);
    pthread_create(&pair[1], NULL, backward, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        usleep(30000);
        pthread_rwlock_wrlock(&table);
        pthread_rwlock_unlock(&table);
        pthread_mutex_lock(&m);
        rounds++;
        pthread_cond_broadcast(&next);
        pthread_mutex_unlock(&m);
    }
    for (int i = 0; i < WORKERS; i++)
        pthread_join(workers[i], NULL);
    return 0;
}

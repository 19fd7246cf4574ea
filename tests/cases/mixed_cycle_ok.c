// expect: none

// The same chain, but its last link is not closed: the holder of the spinlock waits for main, which is slow.
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <unistd.h>

static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t spin_guard = PTHREAD_MUTEX_INITIALIZER;
static sem_t s, go;
static pthread_barrier_t all;

static void *writer(void *arg)
{
    pthread_barrier_wait(&all);
    pthread_rwlock_wrlock(&rw);
    pthread_rwlock_unlock(&rw);
    return arg;
}

static void *reader(void *arg)
{
    pthread_rwlock_rdlock(&rw);
    pthread_barrier_wait(&all);
    sem_wait(&s);
    sem_post(&s);
    pthread_rwlock_unlock(&rw);
    return arg;
}

static void *owner(void *arg)
{
    sem_wait(&s);
    sem_post(&s);
    sem_wait(&s);
    pthread_barrier_wait(&all);
    pthread_mutex_lock(&spin_guard);
    pthread_mutex_unlock(&spin_guard);
    sem_post(&s);
    return arg;
}

static void *last(void *arg)
{
    pthread_mutex_lock(&spin_guard);
    pthread_barrier_wait(&all);
    sem_wait(&go);
    pthread_mutex_unlock(&spin_guard);
    return arg;
}

int main(void)
{
    void *(*const roles[])(void *) = {writer, reader, owner, last};
    pthread_t threads[4];

    sem_init(&s, 0, 1);
    sem_init(&go, 0, 0);
    pthread_barrier_init(&all, NULL, 5);
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, roles[i], NULL);
    pthread_barrier_wait(&all);
    usleep(400000);
    sem_post(&go);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

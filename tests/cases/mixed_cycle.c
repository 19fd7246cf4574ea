// expect: deadlock warning likely threads=4 locks=rw,s,spin,thread
// expect: spin-blocked note threads=1 locks=all

// A cycle through four kinds: one wants to write what another reads, who wants a semaphore used as a lock,
// whose holder wants a spinlock, whose holder joins the first.
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <unistd.h>

static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static sem_t s;
static pthread_spinlock_t spin;
static pthread_barrier_t all;
static pthread_t writer_thread;

static void *writer(void *arg)
{
    pthread_barrier_wait(&all);
    pthread_rwlock_wrlock(&rw);
    return arg;
}

static void *reader(void *arg)
{
    pthread_rwlock_rdlock(&rw);
    pthread_barrier_wait(&all);
    sem_wait(&s);
    return arg;
}

static void *owner(void *arg)
{
    sem_wait(&s);
    sem_post(&s);
    sem_wait(&s);
    pthread_barrier_wait(&all);
    pthread_spin_lock(&spin);
    return arg;
}

static void *joiner(void *arg)
{
    pthread_spin_lock(&spin);
    pthread_barrier_wait(&all);
    pthread_join(writer_thread, NULL);
    return arg;
}

int main(void)
{
    pthread_t thread;

    sem_init(&s, 0, 1);
    pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
    pthread_barrier_init(&all, NULL, 4);
    pthread_create(&writer_thread, NULL, writer, NULL);
    pthread_create(&thread, NULL, reader, NULL);
    pthread_create(&thread, NULL, owner, NULL);
    pthread_create(&thread, NULL, joiner, NULL);
    for (;;)
        pause();
}

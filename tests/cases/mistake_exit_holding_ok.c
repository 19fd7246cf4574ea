// expect: none

// The process ends, with locks held by main and by a thread that still runs; cleanup handlers release theirs; and
// what one thread took of a semaphore another one posts.
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER, cleaned = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t mains = PTHREAD_MUTEX_INITIALIZER;
static sem_t taken, room, never;
static pthread_key_t key;

static void release(void *mutex)
{
    pthread_mutex_unlock(mutex);
}

static void *holder(void *arg)
{
    pthread_mutex_lock(&m);
    sem_post(&taken);
    pause();
    return arg;
}

static void *cancelled(void *arg)
{
    sem_wait(&room);
    pthread_mutex_lock(&cleaned);
    pthread_cleanup_push(release, &cleaned);
    sem_post(&taken);
    sem_wait(&never);
    pthread_cleanup_pop(1);
    return arg;
}

static void *at_last(void *arg)
{
    pthread_setspecific(key, &cleaned);
    pthread_mutex_lock(&cleaned);
    return arg;
}

int main(void)
{
    pthread_t thread;

    sem_init(&taken, 0, 0);
    sem_init(&never, 0, 0);
    sem_init(&room, 0, 1);
    pthread_key_create(&key, release);
    pthread_create(&thread, NULL, cancelled, NULL);
    sem_wait(&taken);
    pthread_cancel(thread);
    pthread_join(thread, NULL);
    sem_post(&room);
    pthread_create(&thread, NULL, at_last, NULL);
    pthread_join(thread, NULL);
    pthread_create(&thread, NULL, holder, NULL);
    sem_wait(&taken);
    pthread_mutex_lock(&mains);
    exit(0);
}

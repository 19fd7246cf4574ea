// expect: spin-blocked note threads=1 locks=m
// expect: spin-blocked note threads=1 locks=rw
// expect: spin-blocked note threads=1 locks=sem
// json: all(f["threads"][0]["name"] == "worker" for f in doc["findings"])

// Calls that may sleep, with a spinlock held. They did not sleep this time.
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

static pthread_spinlock_t s;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static sem_t sem;

static void *worker(void *arg)
{
    pthread_setname_np(pthread_self(), "worker");
    for (int i = 0; i < 2; i++) {
        pthread_spin_lock(&s);
        pthread_mutex_lock(&m);
        pthread_mutex_unlock(&m);
        pthread_rwlock_rdlock(&rw);
        sem_wait(&sem);
        sem_post(&sem);
        pthread_rwlock_unlock(&rw);
        pthread_spin_unlock(&s);
    }
    return arg;
}

int main(void)
{
    pthread_t thread;

    pthread_spin_init(&s, PTHREAD_PROCESS_PRIVATE);
    sem_init(&sem, 0, 1);
    pthread_create(&thread, NULL, worker, NULL);
    pthread_join(thread, NULL);
    return 0;
}

// expect: exit-holding warning threads=1 locks=m
// expect: exit-holding warning threads=1 locks=rw
// expect: exit-holding warning threads=1 locks=s[0]
// expect: exit-holding note threads=1 locks=sem
// json: [f["count"] for f in doc["findings"]] == [3, 3, 1, 1]
// json: [f["threads"][0]["name"] for f in doc["findings"]] == ["forgetful", "forgetful", "gone", "owner"]
// json: f["threads"][0]["waits"]["stack"][0]["function"] == "forgetful"

// Threads that end holding something: three in one place with a spinlock and a read lock, one by pthread_exit with
// a mutex, one with a unit of a semaphore that serves as a mutex.
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t s[3];
static sem_t sem;

static void *forgetful(void *spinlock)
{
    pthread_setname_np(pthread_self(), "forgetful");
    pthread_rwlock_rdlock(&rw);
    pthread_spin_lock(spinlock);
    return NULL;
}

static void *gone(void *arg)
{
    pthread_setname_np(pthread_self(), "gone");
    pthread_mutex_lock(&m);
    pthread_exit(arg);
}

static void *owner(void *arg)
{
    pthread_setname_np(pthread_self(), "owner");
    sem_wait(&sem);
    sem_post(&sem);
    sem_wait(&sem);
    return arg;
}

static void run(void *(*routine)(void *), void *arg)
{
    pthread_t thread;
    pthread_create(&thread, NULL, routine, arg);
    pthread_join(thread, NULL);
}

int main(void)
{
    sem_init(&sem, 0, 1);
    for (int i = 0; i < 3; i++) {
        pthread_spin_init(&s[i], PTHREAD_PROCESS_PRIVATE);
        run(forgetful, (void *)&s[i]);
    }
    run(gone, NULL);
    run(owner, NULL);
    return 0;
}

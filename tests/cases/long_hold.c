// env: LOCKWATCH_OPTIONS=hold_ms=50
// expect: long-hold note threads=2 locks=m
// expect: long-hold note threads=2 locks=rw
// expect: long-hold note threads=2 locks=s
// json: [f["threads"][0]["waits"]["mode"] for f in doc["findings"]] == ["exclusive", "shared", "exclusive"]
// json: all(f["threads"][0]["waits"]["stack"][0]["function"] == "holds" for f in doc["findings"])
// report-has: while

// Held for 200 ms while another thread waits: a mutex, a read lock, a semaphore.
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <unistd.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static sem_t s, taken[3];

static void *waits(void *arg)
{
    sem_wait(&taken[0]);
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
    sem_wait(&taken[1]);
    pthread_rwlock_wrlock(&rw);
    pthread_rwlock_unlock(&rw);
    sem_wait(&taken[2]);
    sem_wait(&s);
    sem_post(&s);
    return arg;
}

__attribute__((noinline)) static void holds(int which)
{
    if (which == 0)
        pthread_mutex_lock(&m);
    else if (which == 1)
        pthread_rwlock_rdlock(&rw);
    else
        sem_wait(&s);
    sem_post(&taken[which]);
    usleep(200000);
    if (which == 0)
        pthread_mutex_unlock(&m);
    else if (which == 1)
        pthread_rwlock_unlock(&rw);
    else
        sem_post(&s);
}

int main(void)
{
    pthread_t thread;

    sem_init(&s, 0, 1);
    for (int i = 0; i < 3; i++)
        sem_init(&taken[i], 0, 0);
    pthread_create(&thread, NULL, waits, NULL);
    for (int i = 0; i < 3; i++)
        holds(i);
    pthread_join(thread, NULL);
    return 0;
}

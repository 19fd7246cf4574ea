// expect: cond-two-mutexes warning threads=2 locks=c
// json: f["threads"][0]["name"] == "second" and f["threads"][1]["name"] == "first"

// Two threads wait on one condition at the same time, each with a mutex of its own.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t m1 = PTHREAD_MUTEX_INITIALIZER, m2 = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static int waiting, go;

static void *first(void *arg)
{
    pthread_setname_np(pthread_self(), "first");
    pthread_mutex_lock(&m1);
    for (waiting++; !go;)
        pthread_cond_wait(&c, &m1);
    pthread_mutex_unlock(&m1);
    return arg;
}

static void *second(void *arg)
{
    pthread_setname_np(pthread_self(), "second");
    pthread_mutex_lock(&m2);
    for (waiting++; !go;)
        pthread_cond_wait(&c, &m2);
    pthread_mutex_unlock(&m2);
    return arg;
}

static void wait_for(int count, pthread_mutex_t *m)
{
    for (int now = 0; now < count;) {
        pthread_mutex_lock(m);
        now = waiting;
        pthread_mutex_unlock(m);
    }
}

int main(void)
{
    pthread_t threads[2];

    pthread_create(&threads[0], NULL, first, NULL);
    wait_for(1, &m1);
    pthread_create(&threads[1], NULL, second, NULL);
    wait_for(2, &m2);
    pthread_mutex_lock(&m1);
    pthread_mutex_lock(&m2);
    go = 1;
    pthread_cond_broadcast(&c);
    pthread_mutex_unlock(&m2);
    pthread_mutex_unlock(&m1);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

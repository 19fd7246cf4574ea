// expect: deadlock error certain threads=2
// json: "m" in {l["name"] for l in f["locks"]}

// A thread that is ending still runs the destructors of its keys, and one of them needs a lock that main
// holds while it joins that thread.
#include <pthread.h>
#include <stddef.h>

#ifndef UNDER_LOCK
#define UNDER_LOCK 1
#endif

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;
static pthread_key_t key;
static int destroyed;

static void destroy(void *value)
{
    pthread_mutex_lock(&m);
    destroyed += value == &key;
    pthread_mutex_unlock(&m);
}

static void *worker(void *arg)
{
    pthread_setspecific(key, &key);
    pthread_barrier_wait(&both);
    return arg;
}

int main(void)
{
    pthread_t thread;

    pthread_barrier_init(&both, NULL, 2);
    pthread_key_create(&key, destroy);
    pthread_create(&thread, NULL, worker, NULL);
    if (UNDER_LOCK)
        pthread_mutex_lock(&m);
    pthread_barrier_wait(&both);
    pthread_join(thread, NULL);
    return destroyed == 1 ? 0 : 1;
}

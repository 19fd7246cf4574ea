// expect: deadlock error certain threads=2
// json: {"nonempty", "outer"} <= {l["name"] for l in f["locks"]}

// A wait gives up its own mutex, but not the outer one, which whoever signals needs first. Until then there
// had always been something to take, and so nothing to wait for.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, inner = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t nonempty = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t turn;
static int items;

static void put(void)
{
    pthread_mutex_lock(&outer);
    pthread_mutex_lock(&inner);
    items++;
    pthread_cond_signal(&nonempty);
    pthread_mutex_unlock(&inner);
    pthread_mutex_unlock(&outer);
}

static void take(pthread_barrier_t *meet)
{
    pthread_mutex_lock(&outer);
    pthread_mutex_lock(&inner);
    if (meet)
        pthread_barrier_wait(meet);
    while (items == 0)
        pthread_cond_wait(&nonempty, &inner);
    items--;
    pthread_mutex_unlock(&inner);
    pthread_mutex_unlock(&outer);
}

static void *producer(void *arg)
{
    for (int i = 0; i < 10; i++) {
        put();
        pthread_barrier_wait(&turn);
        pthread_barrier_wait(&turn);
    }
    pthread_barrier_wait(&turn);
    put();
    return arg;
}

static void *consumer(void *arg)
{
    for (int i = 0; i < 10; i++) {
        pthread_barrier_wait(&turn);
        take(NULL);
        pthread_barrier_wait(&turn);
    }
    take(&turn);
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    pthread_barrier_init(&turn, NULL, 2);
    pthread_create(&threads[0], NULL, producer, NULL);
    pthread_create(&threads[1], NULL, consumer, NULL);
#ifdef BESIDE
    BESIDE();
#endif
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}

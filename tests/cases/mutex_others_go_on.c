// expect: deadlock error certain threads=2 locks=a,b
// exit: 0
// json: sorted(t["name"] for t in f["threads"]) == ["backward", "forward"]

// Two of twenty threads lock each other out; the others take a third mutex and work on, and the program
// ends.
#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>

#define WORKERS 18

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t counter_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;
static int counter;

static void *forward(void *arg)
{
    pthread_setname_np(pthread_self(), "forward");
    pthread_mutex_lock(&a);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&b);
    return arg;
}

static void *backward(void *arg)
{
    pthread_setname_np(pthread_self(), "backward");
    pthread_mutex_lock(&b);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&a);
    return arg;
}

static void *worker(void *arg)
{
    for (int i = 0; i < 200; i++) {
        pthread_mutex_lock(&counter_lock);
        counter++;
        pthread_mutex_unlock(&counter_lock);
        usleep(1000);
    }
    return arg;
}

int main(void)
{
    pthread_t pair[2], workers[WORKERS];

    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&pair[0], NULL, forward, NULL);
    for (int i = 0; i < WORKERS; i++)
        pthread_create(&workers[i], NULL, worker, NULL);
    pthread_create(&pair[1], NULL, backward, NULL);
    for (int i = 0; i < WORKERS; i++)
        pthread_join(workers[i], NULL);
    return counter == 200 * WORKERS ? 0 : 1;
}

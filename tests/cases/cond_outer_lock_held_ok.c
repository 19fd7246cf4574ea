// expect: none

// An outer mutex held across a wait, and wanted by two threads meanwhile; but the one who signals needs it
// not.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, inner = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t all;
static int value;

static void *waits(void *arg)
{
    pthread_mutex_lock(&outer);
    pthread_barrier_wait(&all);
    pthread_mutex_lock(&inner);
    while (value < 3)
        pthread_cond_wait(&changed, &inner);
    pthread_mutex_unlock(&inner);
    pthread_mutex_unlock(&outer);
    return arg;
}

static void *wants_outer(void *arg)
{
    pthread_barrier_wait(&all);
    pthread_mutex_lock(&outer);
    pthread_mutex_unlock(&outer);
    return arg;
}

static void *signals(void *arg)
{
    pthread_barrier_wait(&all);
    for (int i = 0; i < 3; i++) {
        usleep(100000);
        pthread_mutex_lock(&inner);
        value++;
        pthread_cond_signal(&changed);
        pthread_mutex_unlock(&inner);
    }
    return arg;
}

int main(void)
{
    void *(*const roles[])(void *) = {waits, wants_outer, wants_outer, signals};
    pthread_t threads[4];

    pthread_barrier_init(&all, NULL, 4);
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, roles[i], NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

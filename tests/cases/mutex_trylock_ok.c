// expect: none

// One side tries, fails, backs off and starts anew.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;
static atomic_int failed;

static void *blocks(void *arg)
{
    pthread_mutex_lock(&a);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&b);
    usleep(100000);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
    return arg;
}

static void *backs_off(void *arg)
{
    pthread_mutex_lock(&b);
    pthread_barrier_wait(&both);
    while (pthread_mutex_trylock(&a) != 0) {
        failed++;
        pthread_mutex_unlock(&b);
        usleep(5000);
        pthread_mutex_lock(&b);
    }
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&b);
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&threads[0], NULL, blocks, NULL);
    pthread_create(&threads[1], NULL, backs_off, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return failed > 0 ? 0 : 1;
}

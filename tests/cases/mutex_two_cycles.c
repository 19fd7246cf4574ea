// expect: deadlock error certain threads=2 locks=a,b
// expect: deadlock error certain threads=2 locks=c,d
// exit: 0

// The same code closes a cycle twice, over other locks: two deadlocks, each said once.
#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>

struct order {
    pthread_mutex_t *first, *second;
    pthread_barrier_t *both;
};

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t c = PTHREAD_MUTEX_INITIALIZER, d = PTHREAD_MUTEX_INITIALIZER;

static void *take(void *arg)
{
    const struct order *order = arg;

    pthread_mutex_lock(order->first);
    pthread_barrier_wait(order->both);
    pthread_mutex_lock(order->second);
    return NULL;
}

static void close_cycle(struct order orders[2], pthread_barrier_t *both)
{
    pthread_t thread;

    pthread_barrier_init(both, NULL, 2);
    pthread_create(&thread, NULL, take, &orders[0]);
    pthread_create(&thread, NULL, take, &orders[1]);
}

int main(void)
{
    pthread_barrier_t ab, cd;
    struct order over_ab[2] = {{&a, &b, &ab}, {&b, &a, &ab}};
    struct order over_cd[2] = {{&c, &d, &cd}, {&d, &c, &cd}};

    close_cycle(over_ab, &ab);
    usleep(200000);
    close_cycle(over_cd, &cd);
    usleep(200000);
    _exit(0);
}

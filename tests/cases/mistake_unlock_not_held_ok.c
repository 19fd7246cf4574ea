// expect: none

// Mutexes of every type, locked as often as unlocked, out of order too; a recursive one more than once. Only a thread
// with a real-time policy can lock a priority-protected one.
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stddef.h>

enum { TYPES = 4, PROTOCOLS = 3, ALL = TYPES * PROTOCOLS * 2 };
static pthread_mutex_t m[ALL];

static void make(pthread_mutex_t *one, int type, int protocol, int robust)
{
    pthread_mutexattr_t a;

    pthread_mutexattr_init(&a);
    pthread_mutexattr_settype(&a, type);
    pthread_mutexattr_setprotocol(&a, protocol);
    pthread_mutexattr_setrobust(&a, protocol != PTHREAD_PRIO_PROTECT && robust);
    pthread_mutex_init(one, &a);
}

static int rounds(void)
{
    int bad = 0;

    for (int i = 0; i < ALL; i++)
        bad |= pthread_mutex_lock(&m[i]);
    for (int i = 0; i < ALL; i++)
        if (i % TYPES == PTHREAD_MUTEX_RECURSIVE_NP)
            bad |= pthread_mutex_lock(&m[i]) || pthread_mutex_unlock(&m[i]);
    for (int i = 0; i < ALL; i++)
        bad |= pthread_mutex_unlock(&m[i]);
    for (int i = 0; i < ALL; i++)
        bad |= pthread_mutex_trylock(&m[i]) || pthread_mutex_unlock(&m[i]);
    return bad;
}

static void *worker(void *arg)
{
    return rounds() ? NULL : arg;
}

int main(void)
{
    const struct sched_param lowest = {.sched_priority = sched_get_priority_min(SCHED_FIFO)};
    int protocols = pthread_setschedparam(pthread_self(), SCHED_FIFO, &lowest) == 0 ? PROTOCOLS : PROTOCOLS - 1;
    pthread_t thread;
    void *same;
    int bad;

    for (int i = 0; i < ALL; i++)
        make(&m[i], i % TYPES, i / TYPES % protocols, i >= ALL / 2);
    bad = rounds();
    pthread_create(&thread, NULL, worker, m);
    pthread_join(thread, &same);
    for (int i = 0; i < ALL; i++)
        bad |= pthread_mutex_destroy(&m[i]);
    return bad || same != m;
}

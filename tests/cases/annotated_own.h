/* A lock of a program's own making, as the example in lockwatch.h. */
#include "include/lockwatch.h"
#include "tests/order.h"
#include <pthread.h>
#include <stdbool.h>

struct own {
    int taken;
};

static bool own_try(struct own *o)
{
    return __atomic_exchange_n(&o->taken, 1, __ATOMIC_SEQ_CST) == 0;
}

__attribute__((unused)) static void own_lock(struct own *o)
{
    if (!own_try(o)) {
        LOCKWATCH_WAITS(o, 0);
        while (!own_try(o))
            sched_yield();
    }
    LOCKWATCH_ACQUIRED(o, 0);
}

__attribute__((unused)) static bool own_trylock(struct own *o)
{
    if (!own_try(o))
        return false;
    LOCKWATCH_ACQUIRED(o, LOCKWATCH_TRIED);
    return true;
}

__attribute__((unused)) static bool own_lock_or_give_up(struct own *o, int tries)
{
    if (!own_try(o)) {
        LOCKWATCH_WAITS(o, LOCKWATCH_TIMED);
        while (!own_try(o)) {
            if (tries-- == 0) {
                LOCKWATCH_GAVE_UP(o);
                return false;
            }
            sched_yield();
        }
    }
    LOCKWATCH_ACQUIRED(o, LOCKWATCH_TIMED);
    return true;
}

static void own_unlock(struct own *o)
{
    LOCKWATCH_RELEASES(o);
    __atomic_store_n(&o->taken, 0, __ATOMIC_SEQ_CST);
}

static void first(void);
static void second(void);

static void *run_first(void *arg)
{
    first();
    return arg;
}

static void *run_second(void *arg)
{
    second();
    return arg;
}

int main(void)
{
    pthread_t thread[2];
    pthread_create(&thread[0], NULL, run_first, NULL);
    pthread_create(&thread[1], NULL, run_second, NULL);
    pthread_join(thread[0], NULL);
    pthread_join(thread[1], NULL);
    return 0;
}

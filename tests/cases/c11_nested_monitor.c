// expect: deadlock error certain threads=3

// The nested monitor with mtx_t and cnd_t. Nobody ever signalled; main waits for one of the two.
#include <stdatomic.h>
#include <stddef.h>
#include <threads.h>

#ifndef HOLD_OUTER
#define HOLD_OUTER 1
#endif

static mtx_t outer, inner;
static cnd_t nonempty;
static atomic_int inside;
static int items;

static int producer(void *arg)
{
    (void)arg;
    while (!inside)
        thrd_yield();
    mtx_lock(&outer);
    mtx_lock(&inner);
    items++;
    cnd_signal(&nonempty);
    mtx_unlock(&inner);
    mtx_unlock(&outer);
    return 0;
}

static int consumer(void *arg)
{
    (void)arg;
    mtx_lock(&outer);
    inside = 1;
    if (!HOLD_OUTER)
        mtx_unlock(&outer);
    mtx_lock(&inner);
    while (items == 0)
        cnd_wait(&nonempty, &inner);
    items--;
    mtx_unlock(&inner);
    if (HOLD_OUTER)
        mtx_unlock(&outer);
    return 0;
}

int main(void)
{
    thrd_t threads[2];

    mtx_init(&outer, mtx_plain);
    mtx_init(&inner, mtx_plain);
    cnd_init(&nonempty);
    thrd_create(&threads[0], consumer, NULL);
    thrd_create(&threads[1], producer, NULL);
    thrd_join(threads[0], NULL);
    thrd_join(threads[1], NULL);
    return items;
}

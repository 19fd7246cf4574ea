// expect: deadlock error certain threads=2 locks=a,b

// The mutexes and threads of C11, in opposite orders.
#include <stdatomic.h>
#include <stddef.h>
#include <threads.h>

#ifndef ORDERED
#define ORDERED 0
#endif

static mtx_t a, b;
static atomic_int arrived;

static int worker(void *swap)
{
    mtx_t *first = swap && !ORDERED ? &b : &a, *second = first == &a ? &b : &a;

    for (int i = 0; i < 200; i++) {
        mtx_lock(first);
        arrived++;
        while (!ORDERED && arrived < 2)
            thrd_yield();
        mtx_lock(second);
        mtx_unlock(second);
        mtx_unlock(first);
    }
    return 7;
}

int main(void)
{
    thrd_t threads[2];
    int result;

    mtx_init(&a, mtx_plain);
    mtx_init(&b, mtx_plain);
    thrd_create(&threads[0], worker, NULL);
    thrd_create(&threads[1], worker, &a);
    thrd_join(threads[0], NULL);
    thrd_join(threads[1], &result);
    return result == 7 ? 0 : 1;
}

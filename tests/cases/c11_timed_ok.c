// expect: lock-order note timed threads=2 locks=a,b
// stdout-same: yes

// One side of the cycle asks with mtx_timedlock and gives up, then tries, and backs off.
#include <stdatomic.h>
#include <stddef.h>
#include <threads.h>
#include <time.h>

static mtx_t a, b;
static atomic_int arrived;
static int timed_out, busy;

static void meet(void)
{
    arrived++;
    while (arrived < 2)
        thrd_yield();
}

static int patient(void *arg)
{
    (void)arg;
    mtx_lock(&a);
    meet();
    mtx_lock(&b);
    mtx_unlock(&b);
    mtx_unlock(&a);
    return 0;
}

static int hasty(void *arg)
{
    struct timespec end;

    (void)arg;
    mtx_lock(&b);
    meet();
    busy = mtx_trylock(&a) == thrd_busy;
    timespec_get(&end, TIME_UTC);
    end.tv_sec += (end.tv_nsec + 200000000) / 1000000000;
    end.tv_nsec = (end.tv_nsec + 200000000) % 1000000000;
    timed_out = mtx_timedlock(&a, &end) == thrd_timedout;
    mtx_unlock(&b);
    return 0;
}

int main(void)
{
    thrd_t threads[2];

    mtx_init(&a, mtx_timed);
    mtx_init(&b, mtx_plain);
    thrd_create(&threads[0], patient, NULL);
    thrd_create(&threads[1], hasty, NULL);
    thrd_join(threads[0], NULL);
    thrd_join(threads[1], NULL);
    return timed_out && busy ? 0 : 1;
}

// expect: deadlock error certain threads=2 locks=m,thread

// thrd_join under a lock that the thread needs.
#include <stddef.h>
#include <threads.h>

#ifndef UNDER_LOCK
#define UNDER_LOCK 1
#endif

static mtx_t m;

static int worker(void *arg)
{
    (void)arg;
    mtx_lock(&m);
    mtx_unlock(&m);
    return 0;
}

int main(void)
{
    thrd_t thread;

    mtx_init(&m, mtx_plain);
    mtx_lock(&m);
    thrd_create(&thread, worker, NULL);
    if (!UNDER_LOCK)
        mtx_unlock(&m);
    thrd_join(thread, NULL);
    return 0;
}

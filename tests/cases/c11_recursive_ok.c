// expect: none

// A recursive mutex of C11, locked and tried many times over.
#include <stddef.h>
#include <threads.h>
#include <time.h>

static mtx_t m;

static int nest(void *depth)
{
    int left = depth ? *(int *)depth - 1 : 3;

    mtx_lock(&m);
    if (mtx_trylock(&m) != thrd_success)
        return 1;
    thrd_sleep(&(struct timespec){0, 5000000}, NULL);
    if (left > 0)
        nest(&left);
    mtx_unlock(&m);
    mtx_unlock(&m);
    return 0;
}

int main(void)
{
    thrd_t thread;
    int result = 1;

    mtx_init(&m, mtx_plain | mtx_recursive);
    thrd_create(&thread, nest, NULL);
    nest(NULL);
    thrd_join(thread, &result);
    mtx_destroy(&m);
    return result;
}

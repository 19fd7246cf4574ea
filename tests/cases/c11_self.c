// expect: deadlock error certain threads=1 locks=m

// A plain mutex of C11 locked twice.
#include <threads.h>

static mtx_t m;

int main(void)
{
    mtx_init(&m, mtx_plain);
    mtx_lock(&m);
    mtx_lock(&m);
    return 0;
}

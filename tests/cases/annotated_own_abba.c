// expect: deadlock error certain threads=2 locks=m,x.taken

// A lock of the program's own and a mutex, in both orders, and both threads between the two.
#include "tests/cases/annotated_own.h"

static struct own x;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;

static void first(void)
{
    own_lock(&x);
    step();
    await_step(2);
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
    own_unlock(&x);
}

static void second(void)
{
    pthread_mutex_lock(&m);
    step();
    await_step(2);
    own_lock(&x);
    own_unlock(&x);
    pthread_mutex_unlock(&m);
}

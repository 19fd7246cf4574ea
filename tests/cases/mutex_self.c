// expect: deadlock error certain threads=1 locks=m

// One thread, one normal mutex, locked twice; the program has no other thread.
#include <pthread.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;

static int push(int depth)
{
    int rc;

    pthread_mutex_lock(&m);
    rc = depth > 0 ? push(depth - 1) : 0;
    pthread_mutex_unlock(&m);
    return rc;
}

int main(void)
{
    return push(1);
}

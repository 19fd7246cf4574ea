// expect: deadlock error certain threads=1 locks=control

// The routine, some calls deeper, asks for its own once.
#define _GNU_SOURCE
#include <pthread.h>

static pthread_once_t control = PTHREAD_ONCE_INIT;

static void routine(void);

static int get(void)
{
    pthread_once(&control, routine);
    return 1;
}

static void routine(void)
{
    get();
}

int main(void)
{
    return get();
}

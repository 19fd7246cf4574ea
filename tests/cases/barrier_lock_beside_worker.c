// expect: deadlock warning likely threads=2 locks=m,meet

// The same while main, which never came to the barrier, goes on with something else.
#include <unistd.h>

static void work(void)
{
    for (;;)
        usleep(10000);
}

#define BESIDE work
#include "barrier_lock.c"

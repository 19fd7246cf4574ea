// expect: deadlock warning likely threads=2 locks=a,b

// The same while main goes on with something else. It never touched the semaphores; that it never will is
// likely, not certain.
#include <unistd.h>

static void work(void)
{
    for (;;)
        usleep(10000);
}

#define BESIDE work
#include "sem_abba.c"

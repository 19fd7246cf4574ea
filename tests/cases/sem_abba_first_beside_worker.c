// expect: deadlock warning likely threads=2 locks=a,b
// limit: 4

// In the very first round, while main goes on with something else: nothing shows yet that these semaphores are locks,
// so it must stand for two seconds.
#include <unistd.h>

static void work(void)
{
    for (;;)
        usleep(10000);
}

#define BESIDE work
#define CLEAN_ROUNDS 0
#include "sem_abba.c"

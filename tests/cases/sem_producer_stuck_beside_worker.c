// expect: deadlock warning likely threads=2 locks=empty,mutex
// expect: wait-holding warning threads=2 locks=full,mutex

// The same while main goes on with something else.
#include <unistd.h>

static void work(void)
{
    for (;;)
        usleep(10000);
}

#define BESIDE work
#include "sem_producer_stuck.c"

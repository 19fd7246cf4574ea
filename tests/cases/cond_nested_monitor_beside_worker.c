// expect: deadlock warning likely threads=2

// The same while main goes on with something else.
#include <unistd.h>

static void work(void)
{
    for (;;)
        usleep(10000);
}

#define BESIDE work
#include "cond_nested_monitor.c"

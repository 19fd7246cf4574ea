// expect: deadlock warning likely threads=3
// limit: 6
// report-has: condition nonempty with mutex inner was never signalled so far, and every
// report-has: other thread waits but T2 (idle), which never had anything to do with

// At the first wait, too, while a thread goes on that shares nothing with these.
#include <pthread.h>
#include <unistd.h>

static void *idle(void *arg)
{
    for (;;)
        usleep(10000);
    return arg;
}

static void start_idle(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, idle, NULL);
}

#define FIRST start_idle
#include "cond_nested_monitor_first.c"

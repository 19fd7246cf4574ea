// expect: deadlock error certain threads=2 locks=a,b

// Only a thread with a real-time policy can lock a priority-protected mutex. Where the system does not allow
// that, the mutexes stay plain.
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>

static void protect(pthread_mutexattr_t *attr)
{
    const struct sched_param lowest = {.sched_priority = sched_get_priority_min(SCHED_FIFO)};

    if (pthread_setschedparam(pthread_self(), SCHED_FIFO, &lowest) == 0)
        pthread_mutexattr_setprotocol(attr, PTHREAD_PRIO_PROTECT);
}

#define SET_KIND(attr) protect(attr)
#include "mutex_abba.c"

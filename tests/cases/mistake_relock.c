// expect: relock warning threads=1 locks=checked
// expect: relock warning threads=1 locks=checked
// expect: relock warning threads=1 locks=inherits
// stdout-same: yes
// json: f["count"] == 2 and f["threads"][0]["holds"][1]["lock"] == f["threads"][0]["waits"]["lock"]

// Refused with EDEADLK: an error-checking mutex, with a time-out too, and one with priority inheritance.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <time.h>

static pthread_mutex_t checked = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP, inherits;

__attribute__((noinline)) static int twice(void)
{
    return pthread_mutex_lock(&checked) != EDEADLK;
}

int main(void)
{
    const struct timespec past = {0, 0};
    pthread_mutexattr_t a;
    int bad = 0;

    pthread_mutexattr_init(&a);
    pthread_mutexattr_settype(&a, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutexattr_setprotocol(&a, PTHREAD_PRIO_INHERIT);
    pthread_mutex_init(&inherits, &a);
    pthread_mutex_lock(&checked);
    pthread_mutex_lock(&inherits);
    bad |= twice() != 0;
    bad |= twice() != 0;
    bad |= pthread_mutex_timedlock(&checked, &past) != EDEADLK;
    bad |= pthread_mutex_lock(&inherits) != EDEADLK;
    bad |= pthread_mutex_trylock(&checked) != EBUSY;
    bad |= pthread_mutex_unlock(&inherits) != 0;
    return bad || pthread_mutex_unlock(&checked) != 0;
}

// expect: relock warning threads=1 locks=m
// expect: unlock-not-held warning threads=1 locks=m
// stdout-same: yes

// The second lock is refused with EDEADLK, so nobody waits; the second unlock with EPERM.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>

static pthread_mutex_t m = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;

int main(void)
{
    if (pthread_mutex_lock(&m) != 0 || pthread_mutex_lock(&m) != EDEADLK)
        return 1;
    if (pthread_mutex_unlock(&m) != 0 || pthread_mutex_unlock(&m) != EPERM)
        return 1;
    return 0;
}

// expect: none

// The second lock is refused with EDEADLK and nobody waits. (The refusal itself is a matter of kind relock.)
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

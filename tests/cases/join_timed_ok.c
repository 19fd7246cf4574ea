// expect: none

// A join under a lock that the thread needs, but with a time-out, or only tried: main gives up, lets go of
// the lock, and joins then.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <time.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;

static void *worker(void *arg)
{
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
    return arg;
}

static struct timespec in_150_ms(clockid_t clock)
{
    struct timespec end;

    clock_gettime(clock, &end);
    end.tv_nsec += 150000000;
    end.tv_sec += end.tv_nsec / 1000000000;
    end.tv_nsec %= 1000000000;
    return end;
}

int main(void)
{
    struct timespec end;
    pthread_t thread;
    void *result;

    pthread_mutex_lock(&m);
    pthread_create(&thread, NULL, worker, &m);
    if (pthread_tryjoin_np(thread, NULL) != EBUSY)
        return 1;
    end = in_150_ms(CLOCK_REALTIME);
    if (pthread_timedjoin_np(thread, NULL, &end) != ETIMEDOUT)
        return 1;
    end = in_150_ms(CLOCK_MONOTONIC);
    if (pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &end) != ETIMEDOUT)
        return 1;
    pthread_mutex_unlock(&m);
    pthread_join(thread, &result);
    return result == &m ? 0 : 1;
}

// expect: none

// The clock is set an hour ahead while two threads wait for each other's posts. A third one, which never posted before,
// is about to do it: the two have waited for less than a second, and not for an hour.
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static sem_t a, b;
static atomic_int ahead; /* seconds */

/* In the place of libc's, for the library that looks at the clock as well. */
int clock_gettime(clockid_t clock, struct timespec *time)
{
    int result = (int)syscall(SYS_clock_gettime, clock, time);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        time->tv_sec += ahead;
    return result;
}

static void *first(void *arg)
{
    sem_post(&b);
    sem_wait(&a);
    sem_wait(&a);
    sem_post(&b);
    return arg;
}

static void *second(void *arg)
{
    sem_post(&a);
    sem_wait(&b);
    sem_wait(&b);
    return arg;
}

int main(void)
{
    pthread_t one, two;

    sem_init(&a, 0, 0);
    sem_init(&b, 0, 0);
    pthread_create(&one, NULL, first, NULL);
    pthread_create(&two, NULL, second, NULL);
    usleep(150000);
    ahead = 3600;
    usleep(700000);
    sem_post(&a);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    return 0;
}

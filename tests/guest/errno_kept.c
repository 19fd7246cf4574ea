// expect: none

// A call that succeeds leaves errno as it was, whether it had to wait or not, and for the first time or not.
#define _GNU_SOURCE
#include "tests/order.h"
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER, c = PTHREAD_MUTEX_INITIALIZER;
static sem_t s, never;

static void check(const char *what, int result)
{
    if (result != 0 || errno != 77)
        printf("%s: %d, errno %d\n", what, result, errno);
    errno = 77;
}

static void refused(const char *what, int result, int expected, int error)
{
    if (result != expected || errno != error)
        printf("%s: %d, errno %d\n", what, result, errno);
    errno = 77;
}

static void *slow(void *arg)
{
    errno = 77;
    check("lock", pthread_mutex_lock(&a));
    step();
    await_step(2 * *(int *)arg);
    await_waiters(&a, 1);
    check("unlock", pthread_mutex_unlock(&a));
    await_waiters(&s, 1);
    check("post", sem_post(&s));
    await_joiners(pthread_self(), 1);
    return arg;
}

static void round_of_calls(int number)
{
    pthread_t thread;
    struct timespec past = {0, 0}, soon;

    errno = 77;
    check("lock", pthread_mutex_lock(&a));
    check("nested lock", pthread_mutex_lock(&b));
    check("third lock", pthread_mutex_trylock(&c));
    check("unlock", pthread_mutex_unlock(&a));
    check("unlock", pthread_mutex_unlock(&b));
    check("unlock", pthread_mutex_unlock(&c));
    check("post", sem_post(&s));
    check("wait", sem_wait(&s));
    check("post", sem_post(&s));
    check("trywait", sem_trywait(&s));
    check("post", sem_post(&s));
    check("timedwait", sem_timedwait(&s, &past));
    refused("trywait", sem_trywait(&s), -1, EAGAIN);
    refused("timedwait", sem_timedwait(&s, &past), -1, ETIMEDOUT);
    clock_gettime(CLOCK_MONOTONIC, &soon);
    soon.tv_nsec = 0;
    refused("clockwait", sem_clockwait(&never, CLOCK_MONOTONIC, &soon), -1, ETIMEDOUT);
    check("create", pthread_create(&thread, NULL, slow, &number));
    await_step(2 * number - 1);
    refused("trylock", pthread_mutex_trylock(&a), EBUSY, 77);
    refused("timedlock", pthread_mutex_timedlock(&a, &past), ETIMEDOUT, 77);
    step();
    check("lock with a wait", pthread_mutex_lock(&a));
    check("unlock", pthread_mutex_unlock(&a));
    check("sem_wait with a wait", sem_wait(&s));
    refused("tryjoin", pthread_tryjoin_np(thread, NULL), EBUSY, 77);
    check("join", pthread_join(thread, NULL));
}

int main(void)
{
    sem_init(&s, 0, 0);
    sem_init(&never, 0, 0);
    round_of_calls(1);
    round_of_calls(2);
    printf("done\n");
    return 0;
}

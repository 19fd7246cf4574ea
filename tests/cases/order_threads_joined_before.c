// expect: lock-order note ordered locks=a,b

// The first thread has been joined when the second one, which takes the locks the other way round, is made. The files
// order_threads_*.c that define MAIN are this one with other threads.
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stddef.h>

#ifndef MAIN
#define MAIN START(one, ab) JOIN(one) START(two, ba) JOIN(two)
#endif
#ifndef NEST
#define NEST
#endif

#define START(thread, routine) pthread_create(&thread, NULL, routine, NULL);
#define JOIN(thread) pthread_join(thread, NULL);
#define AB in_order(&a, &b);
#define BA in_order(&b, &a);
#define AC in_order(&a, &c);

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER, c = PTHREAD_MUTEX_INITIALIZER;
static pthread_t one, two, inner;

/* One thread at a time, unseen by lockwatch: else two orders may meet, and the program hangs as is warned of. */
static void in_order(pthread_mutex_t *first, pthread_mutex_t *second)
{
    static char busy;
    while (__atomic_test_and_set(&busy, __ATOMIC_ACQUIRE))
        sched_yield();
    pthread_mutex_lock(first);
    pthread_mutex_lock(second);
    pthread_mutex_unlock(second);
    pthread_mutex_unlock(first);
    __atomic_clear(&busy, __ATOMIC_RELEASE);
}

static void *ab(void *unused)
{
    AB return unused;
}

static void *ba(void *unused)
{
    BA return unused;
}

static void *nest(void *unused)
{
    NEST return unused;
}

int main(void)
{
    MAIN(void) ab, (void)ba, (void)nest, (void)c, (void)one, (void)two, (void)inner; // not all are used in every case
    return 0;
}

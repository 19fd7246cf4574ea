// expect: exit-holding warning locks=mutex

// A thread ends with the mutex held, another one has just come to want it, and the process ends: that is a mistake, and
// no deadlock that anybody would have met.
#include "../order.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *owner(void *unused)
{
    pthread_mutex_lock(&mutex);
    return unused;
}

static void *waiter(void *unused)
{
    pthread_mutex_lock(&mutex);
    return unused;
}

int main(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, owner, NULL);
    pthread_join(thread, NULL);
    pthread_create(&thread, NULL, waiter, NULL);
    await_waiters(&mutex, 1);
    exit(0);
}

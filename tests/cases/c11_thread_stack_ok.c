// expect: none

// Threads made with thrd_create end with all that lies on their stacks: the lock of the second is another than that of
// the first, though it may lie at its address.
#include <pthread.h>
#include <stdatomic.h>
#include <threads.h>

static pthread_mutex_t common = PTHREAD_MUTEX_INITIALIZER;

static void nest(pthread_mutex_t *outer, pthread_mutex_t *inner)
{
    pthread_mutex_lock(outer);
    pthread_mutex_lock(inner);
    pthread_mutex_unlock(inner);
    pthread_mutex_unlock(outer);
}

static int work(void *own_first)
{
    pthread_mutex_t own = PTHREAD_MUTEX_INITIALIZER;
    if (own_first != NULL)
        nest(&own, &common);
    else
        nest(&common, &own);
    return 0;
}

int main(void)
{
    thrd_t thread;
    for (int i = 0; i < 4; i++) {
        thrd_create(&thread, work, i % 2 == 0 ? NULL : &common);
        thrd_detach(thread);
        const struct timespec moment = {0, 20000000};
        thrd_sleep(&moment, NULL);
    }
    return 0;
}

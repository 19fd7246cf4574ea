// expect: none

// A thread leaves by pthread_exit from deep inside; cleanup handlers release, in turn, what it held.
#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;

static void release(void *mutex)
{
    pthread_mutex_unlock(mutex);
}

static void inside(void *result)
{
    pthread_mutex_lock(&b);
    pthread_cleanup_push(release, &b);
    pthread_exit(result);
    pthread_cleanup_pop(1);
}

static void *worker(void *arg)
{
    pthread_mutex_lock(&a);
    pthread_cleanup_push(release, &a);
    inside(&b);
    pthread_cleanup_pop(1);
    return arg;
}

int main(void)
{
    void *result;

    for (int i = 0; i < 20; i++) {
        pthread_t thread;

        pthread_create(&thread, NULL, worker, NULL);
        pthread_mutex_lock(&b);
        pthread_mutex_unlock(&b);
        pthread_join(thread, &result);
        if (result != &b || pthread_mutex_trylock(&a) != 0)
            return 1;
        pthread_mutex_unlock(&a);
    }
    return 0;
}

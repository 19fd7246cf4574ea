// expect: none

// Tried, or after the spinlock was released, if out of order; a spinlock under a mutex; one under another.
#include <pthread.h>
#include <stddef.h>

static pthread_spinlock_t s, s2;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER, m2 = PTHREAD_MUTEX_INITIALIZER;

static void *worker(void *arg)
{
    for (int i = 0; i < 100; i++) {
        pthread_spin_lock(&s);
        if (pthread_mutex_trylock(&m) == 0)
            pthread_mutex_unlock(&m);
        pthread_spin_unlock(&s);
        pthread_spin_lock(&s);
        pthread_spin_lock(&s2);
        pthread_spin_unlock(&s2);
        int got = pthread_mutex_trylock(&m);
        pthread_spin_unlock(&s);
        pthread_mutex_lock(&m2);
        pthread_mutex_unlock(&m2);
        if (got == 0)
            pthread_mutex_unlock(&m);
        pthread_mutex_lock(&m);
        pthread_spin_lock(&s);
        pthread_spin_unlock(&s);
        pthread_mutex_unlock(&m);
    }
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    pthread_spin_init(&s, PTHREAD_PROCESS_PRIVATE);
    pthread_spin_init(&s2, PTHREAD_PROCESS_PRIVATE);
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, worker, NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

// expect: lock-order note guarded threads=2 locks=units,units
// report-has: units acquired unit by unit, always under a common lock, gate
// One thread at a time acquires its units, under a mutex.
#include "tests/order.h"
#include <pthread.h>
#include <semaphore.h>

static sem_t units;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void use(int count)
{
    pthread_mutex_lock(&gate);
    for (int i = 0; i < count; i++)
        sem_wait(&units);
    for (int i = 0; i < count; i++)
        sem_post(&units);
    pthread_mutex_unlock(&gate);
}

static void *one(void *unused)
{
    use(3);
    step();
    return unused;
}

static void *two(void *unused)
{
    await_step(1);
    use(2);
    return unused;
}

static void *(*const routines[])(void *) = {one, two};

int main(void)
{
    pthread_t threads[2];
    sem_init(&units, 0, 3);
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, routines[i], NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    sem_destroy(&units);
    return 0;
}

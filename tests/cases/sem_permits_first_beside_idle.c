// expect: deadlock warning likely threads=3 locks=pool,thread
// limit: 6
// report-has: semaphore pool was never posted so far, threads that wait for one more hold all its 2 units, and

// Two permits, and two threads that need both: each has one and waits for the other. Nobody has posted so far, and a
// thread goes on that shares nothing with these.
#include "tests/order.h"

#include <semaphore.h>

static sem_t pool;

static void *idle(void *arg)
{
    for (;;)
        usleep(10000);
    return arg;
}

static void *copy(void *arg)
{
    sem_wait(&pool);
    step();
    await_step(2);
    sem_wait(&pool);
    sem_post(&pool);
    sem_post(&pool);
    return arg;
}

int main(void)
{
    pthread_t threads[3];

    sem_init(&pool, 0, 2);
    pthread_create(&threads[0], NULL, idle, NULL);
    pthread_create(&threads[1], NULL, copy, NULL);
    pthread_create(&threads[2], NULL, copy, NULL);
    pthread_join(threads[1], NULL);
    pthread_join(threads[2], NULL);
    return 0;
}

// expect: lock-order warning threads=2 locks=units,units
// report-has: 2 threads can deadlock over the 3 units of units
// json: sum(sum(h["lock"] == f["locks"][0]["id"] for h in t["holds"]) for t in f["threads"]) == 3
// A pool of 3 units. One thread acquires three of them, one by one, another two: with 2 and 1 both want one more.
#include "tests/order.h"
#include <pthread.h>
#include <semaphore.h>

static sem_t units;

static void use(int count)
{
    for (int i = 0; i < count; i++)
        sem_wait(&units);
    for (int i = 0; i < count; i++)
        sem_post(&units);
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

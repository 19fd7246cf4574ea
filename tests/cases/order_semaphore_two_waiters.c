// expect: lock-order warning threads=2 locks=a,b

// Two wait: the second post may be for either of them.
#include "tests/order.h"
#include <pthread.h>
#include <semaphore.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static sem_t done;

static void ab(void)
{
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
}

static void ba(void)
{
    pthread_mutex_lock(&b);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&b);
}

static void *one(void *unused)
{
    sem_post(&done);
    ab();
    sem_post(&done);
    step();
    return unused;
}

static void *two(void *unused)
{
    await_step(1);
    sem_wait(&done);
    ba();
    step();
    return unused;
}

static void *three(void *unused)
{
    await_step(2);
    sem_wait(&done);
    return unused;
}

static void *(*const routines[])(void *) = {one, two, three};

int main(void)
{
    pthread_t threads[3];
    sem_init(&done, 0, 0);
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, routines[i], NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

// expect: deadlock warning likely threads=2

// Named semaphores as locks, in opposite orders. Other processes could open and post them too, so even with
// all threads asleep this is no more than likely.
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <unistd.h>

#ifndef ORDERED
#define ORDERED 0
#endif

static sem_t *a, *b;
static pthread_barrier_t both;

static sem_t *open_named(const char *which)
{
    char name[64];
    sem_t *s;

    snprintf(name, sizeof name, "/sem_named-%s-%d", which, (int)getpid());
    s = sem_open(name, O_CREAT | O_EXCL, 0600, 1);
    sem_unlink(name);
    return s;
}

static void take_both(sem_t *first, sem_t *second, pthread_barrier_t *meet)
{
    sem_wait(first);
    if (meet)
        pthread_barrier_wait(meet);
    sem_wait(second);
    sem_post(second);
    sem_post(first);
}

static void *worker(void *swap)
{
    for (int i = 0; i < 20; i++)
        take_both(a, b, NULL);
    pthread_barrier_wait(&both);
    if (!ORDERED)
        take_both(swap ? b : a, swap ? a : b, &both);
    return NULL;
}

int main(void)
{
    pthread_t threads[2];

    a = open_named("a");
    b = open_named("b");
    if (a == SEM_FAILED || b == SEM_FAILED)
        return 1;
    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&threads[0], NULL, worker, NULL);
    pthread_create(&threads[1], NULL, worker, &both);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return sem_close(a) == 0 && sem_close(b) == 0 ? 0 : 1;
}

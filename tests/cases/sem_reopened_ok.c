// expect: none

// Two named semaphores, one after the other at one address, as the first is closed before the second is opened. Each
// has an order of its own with the mutex. The first is closed, once too early to end it, by who has its unit.
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static sem_t *_Atomic second;

static sem_t *open_named(const char *which, int flags)
{
    char name[64];

    snprintf(name, sizeof name, "/sem_reopened-%s-%d", which, (int)getpid());
    sem_t *s = sem_open(name, flags, 0600, 1);
    if (s == SEM_FAILED || (flags == 0 && sem_unlink(name) != 0))
        _exit(1);
    return s;
}

/* Nothing that lockwatch knows orders the two threads, so only the semaphores' being two keeps them apart. */
static void *mutex_first(void *unused)
{
    (void)unused;
    while (atomic_load(&second) == NULL)
        sched_yield();
    pthread_mutex_lock(&mutex);
    sem_wait(second);
    sem_post(second);
    pthread_mutex_unlock(&mutex);
    return NULL;
}

int main(void)
{
    sem_t *first = open_named("first", O_CREAT | O_EXCL), *again = open_named("first", 0);
    pthread_t t;

    pthread_create(&t, NULL, mutex_first, NULL);
    sem_wait(first);
    sem_close(again);
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
    sem_close(first);
    atomic_store(&second, open_named("second", O_CREAT | O_EXCL));
    open_named("second", 0);
    pthread_join(t, NULL);
    printf("the same address: %d\n", second == first);
    return 0;
}

// expect: none

// Both processes acquire in one order; the one is slow, while the other waits with a lock of its own.
#include "tests/processes.h"

static void slow(struct together *t)
{
    pthread_mutex_lock(&t->mutex[1]);
    sem_wait(&t->semaphore[1]);
    meet(t, 2);
    work(2700);
    sem_post(&t->semaphore[1]);
    pthread_mutex_unlock(&t->mutex[1]);
}

static void patient(struct together *t)
{
    pthread_mutex_lock(&t->mutex[0]);
    meet(t, 2);
    pthread_mutex_lock(&t->mutex[1]);
    sem_wait(&t->semaphore[1]);
    sem_post(&t->semaphore[1]);
    pthread_mutex_unlock(&t->mutex[1]);
    pthread_mutex_unlock(&t->mutex[0]);
}

int main(void)
{
    struct together *t = together();
    init_mutexes(t, PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_STALLED);
    sem_init(&t->semaphore[1], 1, 1);
    child(slow, t);
    child(patient, t);
    return children();
}

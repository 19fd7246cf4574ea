// expect: none

// One process waits for a signal with a lock, for which another waits, with a lock, too. A third one sends the signal.
#include "tests/processes.h"

static void waits_for_signal(struct together *t)
{
    sem_wait(&t->semaphore[0]);
    meet(t, 3);
    sem_wait(&t->semaphore[2]);
    sem_post(&t->semaphore[0]);
}

static void waits_for_lock(struct together *t)
{
    sem_wait(&t->semaphore[1]);
    meet(t, 3);
    sem_wait(&t->semaphore[0]);
    sem_post(&t->semaphore[0]);
    sem_post(&t->semaphore[1]);
}

static void sends(struct together *t)
{
    meet(t, 3);
    work(2800);
    sem_post(&t->semaphore[2]);
}

int main(void)
{
    struct together *t = together();
    sem_init(&t->semaphore[0], 1, 1);
    sem_init(&t->semaphore[1], 1, 1);
    sem_init(&t->semaphore[2], 1, 0);
    child(waits_for_signal, t);
    child(waits_for_lock, t);
    child(sends, t);
    return children();
}

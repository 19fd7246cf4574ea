// expect: none

// A process dies with two robust mutexes, while the other waits for one of them with a lock of its own: it recovers.
#include "tests/processes.h"

#include <errno.h>

static void dies(struct together *t)
{
    pthread_mutex_lock(&t->mutex[1]);
    pthread_mutex_lock(&t->mutex[2]);
    meet(t, 2);
    work(2600);
    kill(getpid(), SIGKILL);
}

static void recovers(struct together *t)
{
    pthread_mutex_lock(&t->mutex[0]);
    meet(t, 2);
    for (int i = 1; i < 3; i++)
        if (pthread_mutex_lock(&t->mutex[i]) == EOWNERDEAD)
            pthread_mutex_consistent(&t->mutex[i]);
    for (int i = 2; i >= 0; i--)
        pthread_mutex_unlock(&t->mutex[i]);
}

int main(void)
{
    struct together *t = together();
    init_mutexes(t, PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST);
    child(dies, t);
    child(recovers, t);
    children();
    return 0;
}
